"""The answer of path validation: a stable code, a sentence a person can act on, the path, and as of when it holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from testamur.kernel.days import iso
from testamur.kernel.refusal import _, plain

Translate = Callable[[str], str]


class Code(StrEnum):
    """Stable codes (trust.md 6.2): new ones may be added, none renamed."""

    VALID = "VALID"
    SUPERSEDED = "SUPERSEDED"
    MALFORMED = "MALFORMED"
    INVALID_SIGNATURE = "INVALID_SIGNATURE"
    KEY_INVALID = "KEY_INVALID"
    UNTRUSTED_ISSUER = "UNTRUSTED_ISSUER"
    NOT_LOGGED = "NOT_LOGGED"
    LOG_INVALID = "LOG_INVALID"
    NOT_YET_VALID = "NOT_YET_VALID"
    ACCREDITATION_INVALID = "ACCREDITATION_INVALID"
    SCOPE_NOT_COVERED = "SCOPE_NOT_COVERED"
    STATUS_INVALID = "STATUS_INVALID"
    STATUS_STALE = "STATUS_STALE"
    REVOKED = "REVOKED"
    SUSPENDED = "SUSPENDED"
    EXPIRED = "EXPIRED"
    TRUST_INVALID = "TRUST_INVALID"


#: What each code is called where people read it. STATUS_STALE is no verdict on the certificate, and says so.
HEADLINES: dict[Code, str] = {
    Code.VALID: _("Valid"),
    Code.SUPERSEDED: _("Superseded: a newer edition is current"),
    Code.MALFORMED: _("Not valid: the file is damaged or of another kind"),
    Code.INVALID_SIGNATURE: _("Not valid: the signature does not fit"),
    Code.KEY_INVALID: _("Not valid: the key is not one the issuer may use"),
    Code.UNTRUSTED_ISSUER: _("Not valid: the line of authority does not reach a root you trust"),
    Code.NOT_LOGGED: _("Not valid: not in the public log"),
    Code.LOG_INVALID: _("Not valid: the proof of the public log does not hold"),
    Code.NOT_YET_VALID: _("Not valid yet"),
    Code.ACCREDITATION_INVALID: _("Not valid: an authority of the issuer does not hold"),
    Code.SCOPE_NOT_COVERED: _("Not valid: outside the scope of the issuer's authority"),
    Code.STATUS_INVALID: _("Not valid: the status information is wrong"),
    Code.STATUS_STALE: _("Cannot be told: the status information is missing or too old"),
    Code.REVOKED: _("Not valid: withdrawn or cancelled"),
    Code.SUSPENDED: _("Not valid: suspended"),
    Code.EXPIRED: _("Not valid: expired"),
    Code.TRUST_INVALID: _("Cannot be told: the list of roots to trust does not hold"),
}

#: Kinds of links, as people call them.
KIND_WORDS: dict[str, str] = {
    "certificate": _("certificate"),
    "law": _("authority by law"),
    "licence": _("licence"),
    "competence": _("competence"),
    "accreditation": _("accreditation"),
    "designation": _("designation"),
    "qualification": _("qualification"),
    "registration": _("registration"),
    "recognition": _("recognition"),
    "root": _("root"),
}


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence and the values of its placeholders; translated where it is shown."""

    message_id: str
    facts: Mapping[str, Any] = field(default_factory=dict)

    def sentence(self, translate: Translate = str, shown: Callable[[Any], str] = plain) -> str:
        """Return the sentence in the reader's language."""
        facts = {
            name: value.sentence(translate, shown) if isinstance(value, Said) else shown(value)
            for name, value in self.facts.items()
        }
        return translate(self.message_id).format_map(facts)


class Rejected(Exception):
    """A check of the path failed: the code, and the sentence that says what and why."""

    def __init__(self, code: Code, message_id: str, facts: Mapping[str, Any] | None = None) -> None:
        super().__init__(f"{code}: {message_id}")
        self.code = code
        self.said = Said(message_id, facts or {})


@dataclass(slots=True)
class Link:
    """One credential of the path, or the root at its end.

    Args:
        kind: a key of ``KIND_WORDS``.
        id: the credential's id; the DID for a root.
        number: number of the document, or empty.
        issuer: DID of who issued it; empty for a root.
        issuer_name: their name.
        subject: id of whom it is about.
        subject_name: their name.
        scope: scope lines as the credential writes them.
        valid_from, valid_until: the credential's dates.
        status: valid, suspended, withdrawn, superseded, expired, unknown; empty for a root.
        verdict: VALID, or why this link does not hold.
        under: place in the path of the link that rests on this one; -1 for the credential asked about.
    """

    kind: str
    id: str
    number: str = ""
    issuer: str = ""
    issuer_name: str = ""
    subject: str = ""
    subject_name: str = ""
    scope: list[dict[str, Any]] = field(default_factory=list)
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    status: str = "unknown"
    verdict: Code = Code.VALID
    under: int = -1

    def to_json(self) -> dict[str, Any]:
        """Return the link as ``--json`` prints it."""
        return {
            "kind": self.kind,
            "id": self.id,
            "number": self.number,
            "issuer": {"id": self.issuer, "name": self.issuer_name},
            "subject": {"id": self.subject, "name": self.subject_name},
            "scope": self.scope,
            "valid_from": iso(self.valid_from) if self.valid_from else None,
            "valid_until": iso(self.valid_until) if self.valid_until else None,
            "status": self.status,
            "verdict": str(self.verdict),
            "under": self.under,
        }


@dataclass(slots=True)
class AsOf:
    """As of when a verdict holds, and what it rests on.

    Args:
        now: the verifier's instant.
        log: name of the log.
        log_index: place of the credential's entry.
        logged_at: instant that the entry claims.
        witnesses: (name, Unix seconds) of the cosigners that saw it.
        status_from: newest of the instants at which the status lists were signed.
        status_until: earliest end of their validity.
    """

    now: datetime
    log: str = ""
    log_index: int | None = None
    logged_at: datetime | None = None
    witnesses: list[tuple[str, int]] = field(default_factory=list)
    status_from: datetime | None = None
    status_until: datetime | None = None

    def to_json(self) -> dict[str, Any]:
        """Return it as ``--json`` prints it."""
        return {
            "now": iso(self.now),
            "log": self.log,
            "log_index": self.log_index,
            "logged_at": iso(self.logged_at) if self.logged_at else None,
            "witnesses": [{"name": name, "time": time} for name, time in self.witnesses],
            "status_from": iso(self.status_from) if self.status_from else None,
            "status_until": iso(self.status_until) if self.status_until else None,
        }


@dataclass(slots=True)
class Verdict:
    """What path validation found.

    Args:
        result: the answer to what was asked: now, on a day, or at issue.
        reason: the sentence behind the result.
        now: code at the verifier's instant.
        at_issue: code at the log's instant, or None where it was not asked to look.
        on: the past day that was asked about, and its code.
        path: the links; the credential first, then what it rests on.
        as_of: see :class:`AsOf`.
        assurance: what the reader must know beside the verdict, e.g. that nobody has cosigned the log yet.
        sample: whether the credential says it is a sample world's.
    """

    result: Code
    reason: Said
    now: Code
    as_of: AsOf
    at_issue: Code | None = None
    on: tuple[date, Code] | None = None
    path: list[Link] = field(default_factory=list)
    assurance: list[Said] = field(default_factory=list)
    sample: bool = False

    @property
    def valid(self) -> bool:
        """True for VALID only: every other verdict ends the command with status 1."""
        return self.result is Code.VALID

    def sentence(self, translate: Translate = str, shown: Callable[[Any], str] = plain) -> str:
        """Return the reason in the reader's language."""
        return self.reason.sentence(translate, shown)

    def to_json(self, translate: Translate = str) -> dict[str, Any]:
        """Return the verdict as ``--json`` prints it; codes are never translated."""
        found: dict[str, Any] = {
            "result": str(self.result),
            "reason": self.sentence(translate),
            "now": str(self.now),
            "at_issue": str(self.at_issue) if self.at_issue else None,
            "path": [link.to_json() for link in self.path],
            "as_of": self.as_of.to_json(),
            "assurance": [said.sentence(translate) for said in self.assurance],
            "sample": self.sample,
        }
        if self.on:
            found["on"] = {"day": self.on[0].isoformat(), "code": str(self.on[1])}
        return found
