"""What a path shows of its links, what it reads of them, and how it says that one does not hold."""

from __future__ import annotations

from testamur.kernel.refusal import _
from testamur.kernel.scope import Line
from testamur.verification import history, layout
from testamur.verification.coverage import lines_of
from testamur.verification.extract import Demand
from testamur.verification.known import Known
from testamur.verification.verdict import KIND_WORDS, Code, Link, Rejected, Said

#: Kinds by which a root hands its authority on, for schemes that ask for authority by law.
_BY_LAW = ("law", "competence", "recognition")


def link_of(known: Known, under: int) -> Link:
    link = Link(known.kind, known.id, under=under)
    fill(link, known)
    return link


def fill(link: Link, known: Known) -> None:
    subject = known.subject
    holder = subject.get("issuedToParty") if known.is_certificate else None
    link.kind, link.id = known.kind, known.id
    link.number = str(subject.get("name" if known.is_certificate else "registeredId", ""))
    link.issuer, link.issuer_name = known.issuer, known.issuer_name
    if isinstance(holder, dict):
        link.subject, link.subject_name = str(holder.get("id", "")), str(holder.get("name", ""))
    else:
        link.subject, link.subject_name = str(subject.get("id", "")), str(subject.get("registeredName", ""))
    scope = subject.get("scopeLine" if known.is_certificate else "accreditationScope")
    link.scope = [line for line in scope if isinstance(line, dict)] if isinstance(scope, list) else []
    link.valid_from, link.valid_until = known.valid_from, known.valid_until


def root_link(did: str, name: str, under: int) -> Link:
    return Link("root", did, subject=did, subject_name=name, status="", under=under)


def scope_of(known: Known) -> list[Line]:
    """Return the lines of an authority, read once."""
    lines: list[Line] | None = known.kept.get("lines")
    if lines is None:
        lines = known.kept["lines"] = lines_of(known.subject.get("accreditationScope"))
    return lines


def named_authorities(known: Known) -> list[tuple[object, object]]:
    """Return (address, digest) of each authority that a credential names; raises Rejected on another shape."""
    listed = known.subject.get("authorisation", [])
    links = (
        [one.get("endorsementEvidence") if isinstance(one, dict) else None for one in listed]
        if isinstance(listed, list)
        else [None]
    )
    if len(links) > 20 or not all(isinstance(link, dict) for link in links):
        raise Rejected(Code.MALFORMED, _("The authorities that the credential names cannot be read."))
    return [(link.get("linkURL"), link.get("digestMultibase")) for link in links if isinstance(link, dict)]


def fits(demand: Demand, held: Known) -> bool:
    if demand.kind == "law":
        return held.kind in _BY_LAW
    if held.kind != demand.kind or (demand.grade and held.subject.get("grade") != demand.grade):
        return False
    scheme = held.subject.get("authorityScheme")
    address = scheme.get("id") if isinstance(scheme, dict) else None
    host = held.id.split("/")[2]
    named = layout.scheme_of(address, host)
    return not demand.any_of or (named is not None and named[0] in demand.any_of)


def withdrawn_by(known: Known) -> Rejected:
    return Rejected(Code.REVOKED, _("{issuer} has withdrawn or cancelled it."), {"issuer": known.issuer_name})


def suspended_by(known: Known) -> Rejected:
    return Rejected(Code.SUSPENDED, _("{issuer} has suspended it; it may be restored."), {"issuer": known.issuer_name})


def superseded_by(change: history.Change) -> Rejected:
    if change.successor:
        return Rejected(
            Code.SUPERSEDED,
            _("The attestation stands, but you hold an edition that was replaced; the current one is {successor}."),
            {"successor": change.successor},
        )
    return Rejected(Code.SUPERSEDED, _("The attestation stands, but you hold an edition that was replaced."))


def not_covered(line: Line, kind: str = "") -> Rejected:
    shown = line.canonical()
    if kind:
        return Rejected(
            Code.SCOPE_NOT_COVERED,
            _("The line {line} is not inside the scope of the issuer's {kind}."),
            {"line": shown, "kind": kind_word(kind)},
        )
    return Rejected(
        Code.SCOPE_NOT_COVERED,
        _("The line {line} is not inside the scope of the issuer's authorities."),
        {"line": shown},
    )


def kind_word(kind: str) -> Said:
    return Said(KIND_WORDS.get(kind, kind))
