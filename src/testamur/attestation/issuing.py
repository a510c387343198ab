"""How a decision becomes an attestation or the next edition: rows, credential, log entry, lists and statements.

Everything here runs inside the transaction of the act that calls it; files follow once the log numbered the entries.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.conf import settings

from testamur.attestation import credentials, documents, families, numbers, policies, statements, status_lists, validity
from testamur.decision import policies as decisions
from testamur.decision.models import Decision
from testamur.journal.actions import record
from testamur.kernel import clock, days
from testamur.kernel.refusal import Refused, _
from testamur.kernel.words import Origin, Outcome, Status
from testamur.parties.models import Membership, Platform, Site
from testamur.register import policies as register
from testamur.register.documents import Document
from testamur.register.models import Attestation, Credential, Edition
from testamur.register.status import status
from testamur.register.writing import write_attestation, write_current, write_edition
from testamur.schemes.language.definition import Definition
from testamur.selection.models import Case
from testamur.selection.moments import known_days

Actor = Membership | Platform


def grant(
    decision: Decision, *, by: Actor, at: datetime, sites: Iterable[Site], continues: Attestation | None
) -> Edition:
    """Issue a new attestation with its number, validity, credential and, for the sites named, its sub-certificates."""
    case = decision.case
    assert case is not None
    definition = case.scheme.definition
    area = definition.area
    today = days.day_of(at, area)
    holder = case.client or case.person
    assert holder is not None
    policies.check_parties(issuer=case.issuer, holder=holder, on=today)
    if continues is not None:
        families.check_continued(continues, case.issuer)
    policies.check_scope(definition, decision.scope)
    held = policies.authorities_on(definition, issuer=case.issuer, claim=decision.scope, on=today)
    known = {**known_days(case), "decided": decision.decided_on, "issued": today}
    span = validity.of_first(definition, known)
    renewals = numbers.renewals_of(continues) + 1 if continues is not None and continues.issuer == case.issuer else 0
    number = numbers.next_number(
        definition,
        issuer=case.issuer,
        holder=case.client,
        on=decision.decided_on,
        lines=decision.scope,
        grade=decision.grade,
        renewals=renewals,
        licence=_licence(held),
    )
    answers = documents.answers_of(case)
    shown: dict[str, Any] = {"authorities": held}
    if span.capped_by:
        shown["capped_by"] = span.capped_by
    document = documents.first(
        case, decision, answers=answers, number=number, issued_on=today, validity=span, shown=shown
    )
    warnings = _check_beside(case, document, continues)
    attestation, edition, change = write_attestation(
        issuer=case.issuer,
        scheme_id=case.scheme.scheme_id,
        document=document,
        holder=case.client,
        person=case.person,
        origin=Origin.NATIVE,
        continues=continues,
        confidential=bool(answers.get("confidential")),
        personal=case.person is not None,
        sample=settings.SAMPLE,
        reason={},
    )
    one = _announce(
        "attestation.issued",
        edition,
        by=by,
        at=at,
        case=case,
        payload={
            "attestation": attestation.public_id,
            "number": number,
            "edition": 1,
            "continues": continues.public_id if continues else None,
            "not_unique": warnings,
        },
    )
    families.issue_for_sites(edition, sites, by=by, at=at)
    statements.begin(one, change)
    _done(decision, case, edition, one, today)
    return edition


def _check_beside(case: Case, document: Document, continues: Attestation | None) -> list[str]:
    found = register.clashes(
        scheme=case.scheme,
        issuer=case.issuer,
        holder=case.client,
        person=case.person,
        document=document,
        besides=continues,
    )
    register.check_unique(found)
    register.check_same(scheme=case.scheme, holder=case.client, person=case.person, document=document)
    return [clash.attestation.public_id for clash in found]


def next_edition(
    attestation: Attestation,
    decision: Decision,
    *,
    reason: str,
    by: Actor,
    at: datetime,
    definition: Definition,
    reason_text: dict[str, str] | None = None,
) -> Edition:
    """Issue the next edition of an attestation and of its living parts, in one act."""
    before = attestation.editions.select_related("scheme").order_by("-edition").first()
    assert before is not None and before.scheme is not None
    today = days.day_of(at, definition.area)
    holder = attestation.holder or attestation.person
    assert holder is not None
    policies.check_parties(issuer=attestation.issuer, holder=holder, on=today)
    document = documents.changed(attestation, Document.of(before), decision.changes, issued_on=today, decision=decision)
    document = _dated(document, attestation, decision, reason=reason, definition=definition, today=today)
    if reason == Edition.Reason.REDUCTION:
        decisions.check_smaller([line.line for line in before.lines.all()], document.lines)
    policies.check_scope(definition, document.lines)
    held = policies.authorities_on(definition, issuer=attestation.issuer, claim=document.lines, on=today)
    document = document.with_(
        shown={**document.shown, "authorities": held},
        requirements=documents.standards(definition, document.lines) or document.requirements,
        grade=decision.grade or document.grade,
        conditions=dict(decision.conditions) or document.conditions,
    )
    register.check_still_continues(attestation, document)
    edition = write_edition(
        attestation, document, reason=reason, reason_text=reason_text or _what_changed(before, document, reason)
    )
    write_current(attestation)
    one = _announce(
        "attestation.edition",
        edition,
        by=by,
        at=at,
        case=decision.case,
        payload={"attestation": attestation.public_id, "edition": edition.edition, "reason": reason},
    )
    touched = families.follow_edition(edition, reason=reason, by=by, at=at)
    status_lists.follow([attestation, *touched])
    statements.write(attestation)
    for part in touched:
        statements.write(part)
    _done(decision, decision.case, edition, one, today)
    return edition


def _dated(
    document: Document,
    attestation: Attestation,
    decision: Decision,
    *,
    reason: str,
    definition: Definition,
    today: date,
) -> Document:
    """Return the document with the dates and number of its reason: a renewal counts anew, all else keeps its end."""
    if reason != Edition.Reason.RENEWAL:
        return document
    assert decision.case is not None
    known = {**known_days(decision.case), "decided": decision.decided_on, "issued": today}
    if document.expires_on is not None:
        known["expiry"] = document.expires_on
    span = validity.of_renewal(definition, known)
    rules = definition.attestation
    assert rules is not None
    number = document.number
    if "renewal" in rules.number.parts:
        number = numbers.next_number(
            definition,
            issuer=attestation.issuer,
            holder=attestation.holder,
            on=decision.decided_on,
            lines=document.lines,
            grade=decision.grade or document.grade,
            renewals=numbers.renewals_of(attestation) + 1,
            licence=_licence(document.shown.get("authorities", [])),
        )
    return document.with_(
        number=number,
        scheme=decision.case.scheme,
        effective_on=span.effective_on,
        expires_on=span.expires_on,
        shown={**document.shown, **({"capped_by": span.capped_by} if span.capped_by else {})},
    )


def _licence(held: list[dict[str, str]]) -> str:
    return next((row["number"] for row in held if row["kind"] == "licence"), "")


def _what_changed(before: Edition, after: Document, reason: str) -> dict[str, str]:
    """Return in words what the new edition says differently, for whoever holds the old one."""
    old = Document.of(before)
    words: list[tuple[str, str]] = []
    pairs = (
        (old.parties, after.parties, "holder's name or address", "名称或地址"),
        (old.sites, after.sites, "sites", "场所"),
        (old.statement, after.statement, "scope statement", "范围表述"),
        (old.lines, after.lines, "scope", "范围"),
        (old.expires_on, after.expires_on, "last day of validity", "有效期"),
        (old.number, after.number, "number", "证书编号"),
        (old.requirements, after.requirements, "standard", "认证依据"),
        (old.shown.get("authorities"), after.shown.get("authorities"), "the issuer's authority", "发证机构资格"),
    )
    words += [(en, zh) for was, now, en, zh in pairs if was != now]
    if not words:
        return {}
    return {"en": ", ".join(en for en, _zh in words), "zh": "、".join(zh for _en, zh in words)}


def reissue(edition: Edition, *, by: Actor, at: datetime, kind: str, payload: dict[str, Any]) -> Credential:
    """Sign and log the credential of an edition that was just written outside a case: of a part, or after an appeal."""
    return _announce(kind, edition, by=by, at=at, case=None, payload=payload)


def _announce(
    kind: str, edition: Edition, *, by: Actor, at: datetime, case: Case | None, payload: dict[str, Any]
) -> Credential:
    """Sign the credential of an edition and write the one event of the act, with the entry that makes it public."""
    one, fields = credentials.make(edition)
    event = record(
        kind,
        subject=edition,
        by=by,
        at=at,
        case=case.public_id if case is not None else "",
        payload={**payload, "credential": one.public_id, "d": one.digest},
        entry=(credentials.entry_type(one, "issue"), fields),
    )
    one.entry = event.entry
    one.save()
    return one


def _done(decision: Decision, case: Case | None, edition: Edition, one: Credential, today: date) -> None:
    decision.issued_at = clock.now()
    changed = ["issued_at"]
    if decision.attestation_id is None:
        decision.attestation = edition.attestation
        changed.append("attestation")
    decision.save(update_fields=changed)
    if case is None:
        return
    if case.attestation_id is None:
        case.attestation = edition.attestation
        case.save(update_fields=["attestation"])
    if case.stage == Case.Stage.ATTESTATION:
        case.move(Case.Stage.DONE, on=today)


def check_continues(attestation: Attestation, outcome: Outcome, on: date) -> bool:
    """Say whether a positive decision about an attestation makes a new one that continues it: it has expired.

    Raises:
        Refused: it was withdrawn or cancelled; whoever lost it applies anew.
    """
    standing = status(attestation, on)
    if standing.status in (Status.WITHDRAWN, Status.CANCELLED):
        raise Refused(
            _("{number} has ended and cannot be {outcome}; the holder applies anew."),
            {
                "number": standing.effective_edition.number if standing.effective_edition else attestation.public_id,
                "outcome": OUTCOMES[outcome],
            },
            rule="register.no_return",
            source="testamur@2026-1#register.editions",
        )
    return standing.status is Status.EXPIRED


#: Outcomes as participles, in both languages, for sentences.
OUTCOMES: dict[Outcome, dict[str, str]] = {
    Outcome.GRANT: {"en": "granted", "zh": "授予"},
    Outcome.RENEW: {"en": "renewed", "zh": "续期"},
    Outcome.EXTEND: {"en": "extended", "zh": "扩大范围"},
    Outcome.REDUCE: {"en": "reduced", "zh": "缩小范围"},
    Outcome.MAINTAIN: {"en": "maintained", "zh": "保持"},
    Outcome.RESTORE: {"en": "restored", "zh": "恢复"},
    Outcome.SUSPEND: {"en": "suspended", "zh": "暂停"},
    Outcome.WITHDRAW: {"en": "withdrawn", "zh": "撤销"},
    Outcome.CANCEL: {"en": "cancelled", "zh": "注销"},
    Outcome.REFUSE: {"en": "refused", "zh": "不予认证"},
}
