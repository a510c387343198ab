"""Decide, sign, send back, appeal. A decision writes nothing into the register: attestation carries it out."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import transaction

from testamur.decision import policies, queries
from testamur.decision.models import Appeal, Decision, SendBack, Signature, Vote
from testamur.journal import actions as journal
from testamur.kernel import days
from testamur.kernel.refusal import Refused, _
from testamur.kernel.words import Occasion, Outcome
from testamur.parties.models import Membership, Platform, actor
from testamur.parties.policies import check_lives
from testamur.register import status as register_status
from testamur.register.authority import Said, in_both
from testamur.register.models import Attestation
from testamur.review.policies import check_acts, check_independent
from testamur.schemes.language.tables import Deadline
from testamur.selection.models import Case
from testamur.selection.roles import cite

#: Outcomes after which something has to be issued or entered; the others end the case.
CARRIED_OUT = frozenset(
    {
        Outcome.GRANT,
        Outcome.RENEW,
        Outcome.EXTEND,
        Outcome.REDUCE,
        Outcome.SUSPEND,
        Outcome.RESTORE,
        Outcome.WITHDRAW,
        Outcome.CANCEL,
    }
)


@transaction.atomic
def decide(
    *,
    case: Case,
    outcome: str,
    reasons: dict[str, str],
    by: Membership,
    at: datetime,
    scope: list[dict[str, Any]] | None = None,
    statement: dict[str, str] | None = None,
    conditions: dict[str, str] | None = None,
    ground: str = "",
    seen: str = "",
) -> Decision | Vote:
    """Decide a case, or give one of the votes that decide it together.

    Args:
        outcome: a word of the scheme's ``[decision] outcomes``.
        reasons: ``{bcp47: text}``; a refusal without reasons is refused.
        scope: lines decided on; fewer than reviewed is a partial decision. None: as reviewed.
        ground: the scheme's ground, where the outcome suspends, reduces or ends.
        seen: hash of the dossier the decider's page showed.

    Returns:
        The decision, or the vote where the quorum is not reached yet.
    """
    case = Case.objects.select_for_update(of=("self",)).get(pk=case.pk)
    check_lives(by, at)
    review = policies.check_may_decide(case, by)
    if seen and seen != review.digest:
        raise Refused(
            _("The dossier changed since you opened this page. Read the new review, then decide; your text is kept."),
            rule="review.frozen",
            source="testamur@2026-1#review.frozen",
        )
    policies.check_outcome(case, review, outcome)
    policies.check_person_did_not_advise(case, by, at)
    policies.check_body_may_favour(case, outcome, at)
    if not any(text.strip() for text in reasons.values()):
        raise Refused(
            _("Give the reasons; a decision is explained to the client."),
            rule="decision.reasons",
            source="iso-17021-1@2015#9.5.3",
            field="reasons",
        )
    decided = review.scope if scope is None else scope
    policies.check_scope(case, review, decided, outcome)
    policies.check_ground(case.scheme.definition, outcome, ground)
    definition = case.scheme.definition
    if review.votes.filter(by__person_id=by.person_id).exists():
        raise Refused(
            _("You voted on this case already; the others' votes are awaited."),
            rule="decision.persons",
            source=cite(definition.decision),
        )
    vote = Vote.objects.create(
        case=case,
        review=review,
        outcome=outcome,
        reasons=reasons,
        scope=decided,
        statement=statement or review.statement,
        conditions=conditions or {},
        ground=ground,
        effective_at=at,
        **actor(by),
    )
    journal.record(
        "decision.voted",
        subject=vote,
        by=by,
        at=at,
        case=case.public_id,
        payload={"outcome": outcome},
        role=definition.decision.by[0],
    )
    votes = list(review.votes.order_by("id"))
    carried = queries.agreed(definition, votes)
    if carried is None:
        return vote
    made = Decision.objects.create(
        case=case,
        attestation=case.attestation,
        review=review,
        outcome=carried.outcome,
        ground=carried.ground,
        reasons=carried.reasons,
        decided_on=days.day_of(at, definition.area),
        scope=carried.scope,
        statement=carried.statement,
        grade=review.grade,
        conditions=carried.conditions,
        effective_at=at,
        **actor(by),
    )
    review.votes.update(decision=made)
    # The last vote may be an outvoted one: who signs is somebody who voted for what was decided.
    for role in queries.roles_signed_by_deciding(definition):
        Signature.objects.create(decision=made, role=role, effective_at=at, by=carried.by, by_rule=carried.by_rule)
    journal.record(
        "decision.made",
        subject=made,
        by=by,
        at=at,
        case=case.public_id,
        payload={"outcome": made.outcome, "digest": review.digest, "persons": len(votes)},
        source=cite(definition.decision),
        role=definition.decision.by[0],
    )
    _move_on(case, made)
    return made


#: Reasons of a decision that nobody made in time.
SILENCE = _("Nothing was decided by {day}; by the source cited, the renewal counts as granted.")


@transaction.atomic
def renew_by_silence(*, case: Case, deadline: Deadline, day: date, by: Platform) -> Decision:
    """Record that a renewal counts as granted, on what stands, because the issuer decided nothing in time.

    The law decides here and no person (Administrative Licensing Law art. 50), so neither review nor vote stands under
    it. It takes effect in the last second of the day, while what is renewed is still valid.

    Args:
        deadline: the missed clock; its source is the law.
        day: its last day.

    Raises:
        Refused: the case is no renewal that the applicant handed in whole, or was decided already.
    """
    case = Case.objects.select_for_update(of=("self",)).get(pk=case.pk)
    edition = policies.check_renewed_by_silence(case, deadline)
    area = case.scheme.definition.area
    at = days.last_second(day, area)
    made = Decision.objects.create(
        case=case,
        attestation=case.attestation,
        outcome=Outcome.RENEW.value,
        reasons=in_both(Said(SILENCE, {"day": day})),
        decided_on=day,
        scope=[line.line for line in edition.lines.all()],
        statement=edition.statement,
        grade=edition.grade,
        effective_at=at,
        **actor(by),
    )
    journal.record(
        "decision.made",
        subject=made,
        by=by,
        at=at,
        case=case.public_id,
        payload={"outcome": made.outcome, "deadline": deadline.id, "persons": 0},
        rule=by.rule,
        source=cite(deadline),
    )
    case.move(Case.Stage.ATTESTATION, on=day, by_silence=True)
    return made


def _move_on(case: Case, made: Decision) -> None:
    written_anew = made.outcome == Outcome.MAINTAIN and case.occasion in (Occasion.CHANGE, Occasion.TRANSITION)
    if made.outcome in CARRIED_OUT or written_anew:
        case.move(Case.Stage.ATTESTATION, on=made.decided_on)
    elif made.outcome == Outcome.REFUSE:
        case.closed_on, case.closed_because = made.decided_on, made.reasons
        case.save(update_fields=["closed_on", "closed_because"])
        case.move(Case.Stage.CLOSED, on=made.decided_on)
    else:
        case.closed_on = made.decided_on
        case.save(update_fields=["closed_on"])
        case.move(Case.Stage.DONE, on=made.decided_on)


@transaction.atomic
def sign(*, decision: Decision, role: str, by: Membership, at: datetime) -> Signature:
    """Sign the conclusion in one of the roles that the scheme's ``signed_by`` names (Regulations art. 22).

    Raises:
        Refused: an act without a case; a role that is not awaited, or not yet: those named before it sign first; a
            person who does not fill the role.
    """
    decision = Decision.objects.select_for_update(of=("self",)).get(pk=decision.pk)
    check_lives(by, at)
    case = decision.case
    if case is None:
        raise Refused(
            _("An act on status carries the decider's signature only."),
            rule="decision.signed_by",
            source="cn-rca@2023-07-20#art. 22",
        )
    definition = case.scheme.definition
    source = cite(definition.decision)
    if role not in queries.roles_to_sign(decision):
        raise Refused(_("No signature of that role is awaited here."), rule="decision.signed_by", source=source)
    if not queries.may_sign(decision, role, by):
        raise Refused(
            _("This is signed by the {role} of the case; {person} is not that."),
            {"role": definition.role(role).title, "person": by.person.names},
            rule="decision.signed_by",
            source=source,
        )
    policies.check_signs_next(decision, role)
    made = Signature.objects.create(decision=decision, role=role, effective_at=at, **actor(by))
    journal.record(
        "decision.signed",
        subject=made,
        by=by,
        at=at,
        case=case.public_id,
        payload={"role": role},
        source=source,
        role=role,
    )
    return made


@transaction.atomic
def send_back(*, case: Case, to: str, reasons: dict[str, str], by: Membership, at: datetime) -> SendBack:
    """Send the case back to determination or review, saying what must be done first."""
    case = Case.objects.select_for_update(of=("self",)).get(pk=case.pk)
    table = case.scheme.definition.decision
    check_lives(by, at)
    if case.stage != Case.Stage.DECISION:
        raise Refused(
            _("Case {case} is not waiting for a decision."),
            {"case": case.number},
            rule="case.stage",
            source="iso-17000@2020#A.4",
        )
    check_acts(case, by, table.by, source=cite(table))
    check_independent(case, by, table.independent_of, source=cite(table))
    if to not in (Case.Stage.DETERMINATION, Case.Stage.REVIEW):
        raise Refused(
            _("A case is sent back to determination or to review."),
            rule="case.stage",
            source="iso-17000@2020#A.4",
            field="to",
        )
    if not any(text.strip() for text in reasons.values()):
        raise Refused(
            _("Say what must be done before a decision is possible."),
            rule="decision.reasons",
            source=cite(table),
            field="reasons",
        )
    made = SendBack.objects.create(case=case, to=to, reasons=reasons, effective_at=at, **actor(by))
    case.move(to, on=days.day_of(at, case.scheme.definition.area))
    journal.record(
        "decision.sent_back", subject=made, by=by, at=at, case=case.public_id, payload={"to": to, "reasons": reasons}
    )
    return made


@transaction.atomic
def decide_status(
    *,
    attestation: Attestation,
    outcome: str,
    ground: str,
    reasons: dict[str, str],
    by: Membership | Platform,
    at: datetime,
    scope: list[dict[str, Any]] | None = None,
    statement: dict[str, str] | None = None,
    changes: dict[str, Any] | None = None,
) -> Decision:
    """Decide about a living attestation without a case: suspend, restore, reduce, withdraw, cancel, change its words.

    ``by`` is a decider of the issuer, or the platform under a standing instruction that the issuer signed beforehand.
    """
    attestation = Attestation.objects.select_for_update(of=("self",)).get(pk=attestation.pk)
    definition = queries.governing_definition(attestation, days.day_of(at, "CN"))
    standing = register_status.status(attestation, on=days.day_of(at, definition.area))
    check_lives(by, at)
    if isinstance(by, Membership):
        policies.check_may_decide_status(
            attestation,
            by,
            outcome=outcome,
            ground=ground,
            status=standing.status,
            definition=definition,
            of_lines=(changes or {}).get("lines") is not None,
        )
    if not any(text.strip() for text in reasons.values()):
        raise Refused(
            _("Give the reason; the public page and the holder see it."),
            rule="decision.reasons",
            source=cite(definition.decision),
            field="reasons",
        )
    made = Decision.objects.create(
        attestation=attestation,
        outcome=outcome,
        ground=ground,
        reasons=reasons,
        decided_on=days.day_of(at, definition.area),
        scope=scope or [],
        statement=statement or {},
        changes=changes or {},
        effective_at=at,
        **actor(by),
    )
    journal.record(
        "decision.made",
        subject=made,
        by=by,
        at=at,
        payload={"outcome": outcome, "ground": ground, "attestation": attestation.public_id},
        source=cite(definition.decision),
    )
    return made


@transaction.atomic
def file_appeal(*, decision: Decision, reasons: str, by: Membership, at: datetime) -> Appeal:
    """Ask the body to reconsider a decision."""
    decision = Decision.objects.select_for_update(of=("self",)).get(pk=decision.pk)
    area = queries.definition_of(decision).area
    check_lives(by, at)
    policies.check_may_appeal(decision, by, on=days.day_of(at, area), until=queries.appeal_until(decision))
    if not reasons.strip():
        raise Refused(
            _("Say what is wrong with the decision, and what you ask for."),
            rule="appeal.reasons",
            source="iso-17021-1@2015#9.7",
            field="reasons",
        )
    made = Appeal.objects.create(decision=decision, reasons=reasons, effective_at=at, **actor(by))
    journal.record(
        "decision.appealed",
        subject=made,
        by=by,
        at=at,
        case=decision.case.public_id if decision.case else "",
        payload={"decision": decision.public_id},
        source="iso-17021-1@2015#9.7",
    )
    return made


@transaction.atomic
def answer_appeal(*, appeal: Appeal, upheld: bool, answer: dict[str, str], by: Membership, at: datetime) -> Appeal:
    """Answer an appeal. Upheld, the act it is about is annulled by attestation; the history keeps both."""
    appeal = Appeal.objects.select_for_update(of=("self",)).get(pk=appeal.pk)
    check_lives(by, at)
    if appeal.upheld is not None:
        raise Refused(_("This appeal was answered already."), rule="appeal.once", source="iso-17021-1@2015#9.7")
    policies.check_may_hear(appeal, by)
    if not any(text.strip() for text in answer.values()):
        raise Refused(
            _("Give the reasons of the answer; the appellant receives them."),
            rule="appeal.reasons",
            source="iso-17021-1@2015#9.7",
            field="answer",
        )
    appeal.upheld, appeal.answer, appeal.answered_by, appeal.answered_at = upheld, answer, by, at
    appeal.save(update_fields=["upheld", "answer", "answered_by", "answered_at"])
    decision = appeal.decision
    journal.record(
        "decision.appeal_answered",
        subject=appeal,
        by=by,
        at=at,
        case=decision.case.public_id if decision.case else "",
        payload={"upheld": upheld, "decision": decision.public_id},
        source="iso-17021-1@2015#9.7",
    )
    return appeal
