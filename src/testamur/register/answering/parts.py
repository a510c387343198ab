"""The two parts of an answer as they are signed: whether it holds, and whether it covers what was asked.

Both are JSON objects with sentences in both languages, so that one signature serves every reader. What a reader may
not see is not in them.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings

from testamur.kernel import days
from testamur.kernel.words import Answer
from testamur.register.answering.assurance import origin_of
from testamur.register.answering.words import reason
from testamur.register.answers import VerificationAnswer
from testamur.register.disclosure import EVERYTHING, public_fields


def shown_of(found: VerificationAnswer, *, disclosed: bool = False, named: bool = False) -> frozenset[str]:
    """Return what may be shown of a record.

    Args:
        disclosed: the reader is its holder or issuer.
        named: the reader asked by the person's whole name, so that the name is no news.
    """
    if found.attestation is None or disclosed:
        return EVERYTHING
    shown = public_fields(found.attestation, found.edition)
    if found.attestation.personal and not named:
        shown -= {"holder", "parties", "address"}
    return shown


def status_part(found: VerificationAnswer, shown: frozenset[str]) -> dict[str, Any]:
    """Return the first part: one of the five answers, with its reasons, who vouches for it and as of when."""
    withheld = found.answer is Answer.WITHHELD and "reasons" not in shown
    open_reasons = "reasons" in shown or withheld
    reasons = found.reasons if open_reasons and not withheld else found.reasons[:1]
    record, edition = found.attestation, found.edition
    part: dict[str, Any] = {
        "part": "status",
        "answer": str(found.answer),
        "status": str(found.status) if found.status else None,
        "authority": "not_disclosed" if withheld else found.authority,
        "disclosure": found.disclosure,
        "reasons": [reason(one) for one in reasons],
        "origin": _origin(found),
        **_as_of(found),
    }
    if record is None:
        return part
    part |= {
        "record": record.public_id,
        "number": edition.number if edition is not None else getattr(record.current, "number", None),
        "edition": edition.edition if edition is not None else None,
    }
    if "issuer" in shown:
        part["issuer"] = {"id": record.issuer.public_id, "names": dict(record.issuer.names)}
    if "holder" in shown and edition is not None:
        part["holder"] = _holder(found)
    if "dates" in shown and edition is not None:
        part |= {"valid_from": edition.effective_on.isoformat(), "valid_until": _day(edition.expires_on)}
    if found.standing is not None and found.standing.listing is not None:
        listing = found.standing.listing
        part["listed"] = {"listed": listing.listed, "since": listing.since.isoformat()}
    if found.conflicts and not withheld:
        part["conflicts"] = [
            {"record": one.other.public_id, "fields": list(one.fields), "precedes": one.precedes, "rule": str(one.rule),
             **reason(one.said)}
            for one in found.conflicts
        ]
    return part


def coverage_part(found: VerificationAnswer) -> dict[str, Any] | None:
    """Return the second part: covered, partly, not covered, cannot be told; None where nothing was asked."""
    if found.attestation is None or found.coverage is None:
        return None
    return {
        "part": "coverage",
        "record": found.attestation.public_id,
        "answer": str(found.answer),
        "coverage": str(found.coverage),
        "claim": [
            {"of": line.part, "asked": _asked(line.asked), "coverage": str(line.coverage), **reason(line.why)}
            for line in found.lines
        ],
        "origin": _origin(found),
        **_as_of(found),
    }


def _as_of(found: VerificationAnswer) -> dict[str, Any]:
    return {
        "on": _day(found.on),
        "known": days.iso(found.known) if found.known else None,
        "as_of": days.iso(found.as_of),
        "host": settings.HOST,
        "sample": bool(settings.SAMPLE),
    }


def _origin(found: VerificationAnswer) -> dict[str, Any] | None:
    return origin_of(found.assurance) if found.assurance is not None else None


def _holder(found: VerificationAnswer) -> dict[str, str]:
    record, edition = found.attestation, found.edition
    assert record is not None and edition is not None
    named = next((one for one in edition.parties.all() if one.role == "holder"), None)
    party = named or record.holder or record.person
    return dict(party.names) if party is not None else {}


def _asked(value: Any) -> Any:
    if isinstance(value, tuple):
        return [dict(one) for one in value]
    return value if isinstance(value, str) else _day(value)


def _day(value: Any) -> str | None:
    return value.isoformat() if value is not None else None
