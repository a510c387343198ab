"""How a decision becomes an attestation or the next edition: rows, credential, log entry, lists and statements.

Everything here runs inside the transaction of the act that calls it; files follow once the log numbered the entries.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db.models import Q

from testamur.attestation import credentials, documents, families, numbers, policies, statements, status_lists, validity
from testamur.decision import policies as decisions
from testamur.decision.models import Decision
from testamur.journal.actions import Act, record_many
from testamur.kernel import clock, days
from testamur.kernel.once import look
from testamur.kernel.refusal import Refused, _
from testamur.kernel.words import Origin, Outcome, Status
from testamur.parties.models import Membership, Platform, Site
from testamur.parties.policies import check_not_barred
from testamur.register import policies as register
from testamur.register.documents import Document
from testamur.register.models import Attestation, Credential, Edition
from testamur.register.status import status
from testamur.register.writing import First, write_attestations, write_current, write_edition
from testamur.schemes.language.definition import Definition
from testamur.selection.impartiality import check_body_did_not_advise
from testamur.selection.models import Case
from testamur.selection.moments import known_days, planning_days
from testamur.transparency import rows
from testamur.verification import jcs

Actor = Membership | Platform


@dataclass
class Plan:
    """A grant that passed every check and is not written yet; its document lacks the number only."""

    decision: Decision
    document: Document
    wanted: numbers.Wanted
    continues: Attestation | None
    answers: dict[str, Any]
    warnings: list[str]
    today: date

    @property
    def case(self) -> Case:
        """The case that was decided."""
        assert self.decision.case is not None
        return self.decision.case


def grant(
    decision: Decision, *, by: Actor, at: datetime, sites: Iterable[Site], continues: Attestation | None
) -> Edition:
    """Issue a new attestation with its number, validity, credential and, for the sites named, its sub-certificates."""
    with look():  # nothing is written between the checks, and two of them ask the same
        plan = check(decision, at=at, continues=continues)
    [edition] = write([plan], by=by, at=at)
    families.issue_for_sites(edition, sites, by=by, at=at)
    return edition


def grant_many(decisions: Sequence[Decision], *, by: Actor, at: datetime) -> list[Edition]:
    """Issue new attestations of one issuer for holders of whom none is named twice, as :func:`grant` issues one.

    What each check asks of the database is asked for all of them together.
    """
    with look():  # between the first check and the last nothing is written that a check asks about
        ahead = Ahead.of(decisions, at)
        plans = []
        for one in decisions:
            with naming(one):
                plans.append(check(one, at=at, continues=None, ahead=ahead))
    return write(plans, by=by, at=at)


@contextmanager
def naming(decision: Decision) -> Iterator[None]:
    """Let a refusal within an act about many say, as its place, which case it is about."""
    try:
        yield
    except Refused as refused:
        about = decision.case.number if decision.case is not None else decision.public_id
        refused.field = refused.field or about
        raise


@dataclass(frozen=True)
class Ahead:
    """What the checks of many grants ask of the database, read together.

    Args:
        planning: see ``selection.moments.planning_days``.
        alone: keys of the cases whose holder has no other attestation of the scheme: nothing to compare with.
        authorities: what the issuer holds for a scope, by scheme and canonical scope.
    """

    planning: dict[int, dict[str, date]]
    alone: set[int]
    authorities: dict[tuple[int, str], list[dict[str, str]]]

    @classmethod
    def of(cls, decisions: Sequence[Decision], at: datetime) -> Ahead:
        """Read it; refuses where a party is barred, as the check of one does."""
        cases = [one.case for one in decisions if one.case is not None]
        for on, some in _by_day(cases, at).items():
            holders = [holder for case in some if (holder := case.client or case.person) is not None]
            for start in range(0, len(holders), 500):
                check_not_barred(some[0].issuer, *holders[start : start + 500], on=on)
        return cls(planning_days(cases), _alone(cases), {})


def _by_day(cases: Sequence[Case], at: datetime) -> dict[date, list[Case]]:
    found: dict[date, list[Case]] = {}
    for case in cases:
        found.setdefault(days.day_of(at, case.scheme.definition.area), []).append(case)
    return found


def _alone(cases: Sequence[Case]) -> set[int]:
    """Return the cases whose holder has no attestation under any version of the scheme, whoever issued it."""
    found: set[int] = set()
    for scheme in {case.scheme.scheme_id for case in cases}:
        some = [case for case in cases if case.scheme.scheme_id == scheme]
        busy: set[tuple[int | None, int | None]] = set()
        for start in range(0, len(some), 500):
            part = some[start : start + 500]
            asked = Q(holder__in=[case.client_id for case in part if case.client_id])
            asked |= Q(person__in=[case.person_id for case in part if case.person_id])
            rows = Attestation.objects.filter(asked, scheme_id_text=scheme)
            busy |= set(rows.values_list("holder_id", "person_id"))
        found |= {case.pk for case in some if (case.client_id, case.person_id) not in busy}
    return found


def check(decision: Decision, *, at: datetime, continues: Attestation | None, ahead: Ahead | None = None) -> Plan:
    """Check everything that a grant must meet and work out what it will say; writes nothing.

    Raises:
        Refused: somebody is barred, an authority is missing, a second attestation is not allowed …
    """
    case = decision.case
    assert case is not None
    definition = case.scheme.definition
    today = days.day_of(at, definition.area)
    holder = case.client or case.person
    assert holder is not None
    if ahead is None:
        policies.check_parties(issuer=case.issuer, holder=holder, on=today)
        check_body_did_not_advise(definition, issuer=case.issuer, client=case.client, on=today)
    if continues is not None:
        families.check_continued(continues, case.issuer)
    policies.check_scope(definition, decision.scope)
    held = _authorities(case, decision, today, ahead)
    planning = ahead.planning if ahead is not None else None
    known = {**known_days(case, planning), "decided": decision.decided_on, "issued": today}
    span = validity.of_first(definition, known)
    renewals = numbers.renewals_of(continues) + 1 if continues is not None and continues.issuer == case.issuer else 0
    answers = documents.answers_of(case)
    shown: dict[str, Any] = {"authorities": held}
    if span.capped_by:
        shown["capped_by"] = span.capped_by
    document = documents.first(case, decision, answers=answers, number="", issued_on=today, validity=span, shown=shown)
    rules = definition.attestation
    assert rules is not None
    compares = ahead is None or case.pk not in ahead.alone or "holder" not in rules.unique
    return Plan(
        decision=decision,
        document=document,
        wanted=numbers.Wanted(
            definition,
            issuer=case.issuer,
            holder=case.client,
            on=decision.decided_on,
            lines=decision.scope,
            grade=decision.grade,
            renewals=renewals,
            licence=_licence(held),
        ),
        continues=continues,
        answers=answers,
        warnings=_check_beside(case, document, continues) if compares else [],
        today=today,
    )


def _authorities(case: Case, decision: Decision, today: date, ahead: Ahead | None) -> list[dict[str, str]]:
    definition = case.scheme.definition
    if ahead is None:
        return policies.authorities_on(definition, issuer=case.issuer, claim=decision.scope, on=today)
    place = case.scheme_id, jcs.canonical(decision.scope).decode()
    if place not in ahead.authorities:
        found = policies.authorities_on(definition, issuer=case.issuer, claim=decision.scope, on=today)
        ahead.authorities[place] = found
    return ahead.authorities[place]


def write(plans: Sequence[Plan], *, by: Actor, at: datetime) -> list[Edition]:
    """Write grants of one issuer that were checked: numbers, rows, credentials, events, entries, statements."""
    given = numbers.next_numbers([plan.wanted for plan in plans])
    written = write_attestations(
        [
            First(
                Attestation(
                    issuer=plan.case.issuer,
                    scheme_id_text=plan.case.scheme.scheme_id,
                    holder=plan.case.client,
                    person=plan.case.person,
                    origin=Origin.NATIVE,
                    continues=plan.continues,
                    confidential=bool(plan.answers.get("confidential")),
                    personal=plan.case.person is not None,
                    sample=settings.SAMPLE,
                ),
                plan.document.with_(number=number),
            )
            for plan, number in zip(plans, given, strict=True)
        ]
    )
    editions = [edition for _attestation, edition, _change in written]
    issued = _announce_many(
        "attestation.issued",
        [
            (
                edition,
                plan.case,
                {
                    "attestation": attestation.public_id,
                    "number": edition.number,
                    "edition": 1,
                    "continues": plan.continues.public_id if plan.continues else None,
                    "not_unique": plan.warnings,
                },
            )
            for plan, (attestation, edition, _change) in zip(plans, written, strict=True)
        ],
        by=by,
        at=at,
    )
    statements.begin_many([(one, change) for one, (_a, _e, change) in zip(issued, written, strict=True)])
    _done([(plan.decision, plan.case, edition, plan.today) for plan, edition in zip(plans, editions, strict=True)])
    return editions


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
    if reason in (Edition.Reason.EXTENSION, Edition.Reason.RENEWAL):
        check_body_did_not_advise(definition, issuer=attestation.issuer, client=attestation.holder, on=today)
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
    _announce(
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
    _done([(decision, decision.case, edition, today)])
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
            numbers.Wanted(
                definition,
                issuer=attestation.issuer,
                holder=attestation.holder,
                on=decision.decided_on,
                lines=document.lines,
                grade=decision.grade or document.grade,
                renewals=numbers.renewals_of(attestation) + 1,
                licence=_licence(document.shown.get("authorities", [])),
            )
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
    return _announce_many(kind, [(edition, case, payload)], by=by, at=at)[0]


def _announce_many(
    kind: str, issued: Sequence[tuple[Edition, Case | None, dict[str, Any]]], *, by: Actor, at: datetime
) -> list[Credential]:
    """Sign and announce editions of one issuer, each with an event and an entry of its own."""
    made = credentials.make_many([edition for edition, _case, _payload in issued])
    acts = [
        Act(
            subject=edition,
            case=case.public_id if case is not None else "",
            payload={**payload, "credential": one.public_id, "d": one.digest},
            entry=(credentials.entry_type(one, "issue"), fields),
        )
        for (one, fields), (edition, case, payload) in zip(made, issued, strict=True)
    ]
    for (one, _fields), event in zip(made, record_many(kind, acts, by=by, at=at), strict=True):
        one.entry = event.entry
    return rows.insert([one for one, _fields in made])


def _done(carried_out: Sequence[tuple[Decision, Case | None, Edition, date]]) -> None:
    """Mark decisions as carried out, and their cases as done."""
    now, cases = clock.now(), []
    for decision, case, edition, today in carried_out:
        decision.issued_at = now
        if decision.attestation_id is None:
            decision.attestation = edition.attestation
        if case is None:
            continue
        if case.attestation_id is None:
            case.attestation = edition.attestation
        if case.stage == Case.Stage.ATTESTATION:
            case.go(Case.Stage.DONE, on=today)
        cases.append(case)
    rows.update([decision for decision, *_rest in carried_out], "issued_at", "attestation")
    rows.update(cases, "attestation", *Case.MOVED)


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
