"""Questions about decisions: who may, who must, what is awaited."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import TYPE_CHECKING

from django.db.models import Q, QuerySet

from testamur.decision.models import Appeal, Decision, Vote
from testamur.kernel.once import once
from testamur.kernel.refusal import _
from testamur.parties.models import Membership
from testamur.register.models import Attestation
from testamur.review import queries as reviews
from testamur.schemes import queries as schemes
from testamur.schemes.language.moments import resolve
from testamur.selection import queries as selection
from testamur.selection.models import Case
from testamur.selection.roles import cite
from testamur.selection.turns import Missing, Turn
from testamur.verification import jcs

if TYPE_CHECKING:
    from testamur.schemes.language.definition import Definition


def visible_to(membership: Membership | None) -> QuerySet[Decision]:
    """Return the decisions of the cases a membership may see, and of attestations its organisation issued or holds."""
    if membership is None:
        return Decision.objects.none()
    organisation = membership.organisation_id
    return Decision.objects.filter(
        Q(case__in=selection.visible_to(membership))
        | Q(attestation__issuer_id=organisation)
        | Q(attestation__holder_id=organisation)
    ).distinct()


def definition_of(decision: Decision) -> Definition:
    """Return the definition a decision was taken under."""
    if decision.case is not None:
        return decision.case.scheme.definition
    assert decision.attestation is not None  # the constraint decision_about_something
    return governing_definition(decision.attestation, decision.decided_on)


def governing_definition(attestation: Attestation, on: date) -> Definition:
    """Return the definition that governs the status of a living attestation on a day: its own version, or a later one
    that lawfully took the function over (language.md 7)."""
    edition = attestation.editions.exclude(scheme=None).order_by("-edition").first()
    if edition is None or edition.scheme is None:
        raise LookupError(f"Attestation {attestation.public_id} was not made here; its scheme version is unknown.")
    return schemes.governing(edition.scheme, function="status", on=on).definition


def agreed(definition: Definition, votes: list[Vote]) -> Vote | None:
    """Return the latest of the votes that carry the decision, or None while the quorum is not reached.

    ``persons`` votes are needed; ``agree`` says whether all of them or a majority must name the same outcome, on the
    same scope and for the same ground.
    """
    table = definition.decision
    if len(votes) < table.persons:
        return None
    counts = Counter(_terms(vote) for vote in votes)
    terms, most = counts.most_common(1)[0]
    carried = most == len(votes) if table.agree == "all" else most * 2 > len(votes)
    return next(vote for vote in reversed(votes) if _terms(vote) == terms) if carried else None


def _terms(vote: Vote) -> tuple[str, str, frozenset[bytes]]:
    return vote.outcome, vote.ground, frozenset(jcs.canonical(line) for line in vote.scope)


def roles_signed_by_deciding(definition: Definition) -> list[str]:
    """Return the roles of ``signed_by`` whose signature the decision itself is."""
    return [role for role in definition.decision.signed_by if role in definition.decision.by]


def roles_to_sign(decision: Decision) -> list[str]:
    """Return the roles whose signature is still awaited, in the order in which they sign."""
    if decision.case is None:
        return []
    signed = {one.role for one in decision.signatures.all()}
    return [role for role in decision.case.scheme.definition.decision.signed_by if role not in signed]


def next_to_sign(decision: Decision) -> str | None:
    """Return the role whose signature is next in the order of ``signed_by``; None where none is awaited.

    The decider's own signature comes with the decision, whatever its place: nobody can sign a conclusion before there
    is one. The order binds those that are still awaited.
    """
    return next(iter(roles_to_sign(decision)), None)


def may_sign(decision: Decision, role: str, by: Membership) -> bool:
    """Say whether a person may sign in a role: who was assigned to it in the case, or who fills it in the body."""
    case = decision.case
    assert case is not None
    assigned = case.assignments.filter(role=role, removed_at__isnull=True)
    if assigned.exists():
        return assigned.filter(membership__person_id=by.person_id).exists()
    return by.organisation_id == case.issuer_id and by.holds(*case.scheme.definition.role(role).functions)


def appeal_until(decision: Decision) -> date | None:
    """Return the last day for an appeal."""
    table = definition_of(decision).decision
    if not table.appeal_until:
        return None
    known = {"decided": decision.decided_on, "notified": decision.decided_on, "issued": decision.decided_on}
    return resolve(table.appeal_until, known, definition_of(decision).area)


def of_case(case: Case) -> list[Decision]:
    """Return the decisions in a case with who made them, newest first."""
    rows = case.decisions.select_related("by__person", "attestation").order_by("-id")
    return once(("decisions in", case.pk), lambda: list(rows))


def awaiting_decision(membership: Membership) -> list[Case]:
    """Return the cases that wait for this person's decision."""
    return [one.case for one in inbox(membership) if one.link == "decision"]


def deciders(case: Case) -> list[Membership]:
    """Return who may decide the case and has not voted yet."""
    table = case.scheme.definition.decision
    voted = set(
        case.votes.filter(decision=None, review=case.reviews.order_by("-id").first()).values_list(
            "by__person_id", flat=True
        )
    )
    return [one for one in reviews.fillers(case, table.by, not_in=table.independent_of) if one.person_id not in voted]


def turn(case: Case) -> Turn | None:
    """Return what deciding has to do next in a case, or None where it is not its turn."""
    definition = case.scheme.definition
    if case.stage == Case.Stage.DECISION:
        again = reviews.standing_review(case) is None
        return Turn(
            case=case,
            function="review" if again else "decision",
            sentence=_("Review again: the dossier changed after the last review") if again else _("Decide"),
            facts={},
            role=definition.review.by[0] if again else definition.decision.by[0],
            organisation=case.issuer,
            people=reviews.fillers(case, definition.review.by, not_in=definition.review.independent_of)
            if again
            else deciders(case),
            by=selection.decision_deadline(case),
            source=cite(definition.decision),
            link="review" if again else "decision",
        )
    if case.stage == Case.Stage.ATTESTATION:
        decision = case.decisions.order_by("-id").first()
        signs = next_to_sign(decision) if decision else None
        if decision and signs:
            members = case.issuer.memberships.filter(until_day__isnull=True).select_related("person")
            return Turn(
                case=case,
                function="decision",
                sentence=_("Sign the conclusion as {role}"),
                facts={"role": definition.role(signs).title},
                role=signs,
                organisation=case.issuer,
                people=[one for one in members if may_sign(decision, signs, one)],
                by=selection.decision_deadline(case),
                source=cite(definition.decision),
                link="signature",
            )
    return None


def missing(case: Case) -> list[Missing]:
    """Return the signatures that are awaited before anything is issued."""
    decision = next(iter(of_case(case)), None) if case.stage == Case.Stage.ATTESTATION else None
    if decision is None:
        return []
    definition = case.scheme.definition
    return [
        Missing(
            sentence=_("The conclusion is not yet signed by the {role}."),
            facts={"role": definition.role(role).title},
            source=cite(definition.decision),
            who="",
            state="wait",
        )
        for role in roles_to_sign(decision)
    ]


def inbox(membership: Membership) -> list[Turn]:
    """Return the cases that wait for this person's decision or signature."""
    cases = Case.objects.filter(
        reviews.of_theirs(membership), stage__in=[Case.Stage.DECISION, Case.Stage.ATTESTATION]
    ).select_related("scheme", "issuer")
    turns = [turn(case) for case in cases if _may_ask(case, membership)]
    return [one for one in turns if one is not None and membership in one.people]


def _may_ask(case: Case, membership: Membership) -> bool:
    if case.stage != Case.Stage.DECISION:
        return True  # any role may have to sign
    definition = case.scheme.definition
    return reviews.may_fill(case, (*definition.review.by, *definition.decision.by), membership)


def open_appeals(membership: Membership) -> QuerySet[Appeal]:
    """Return the appeals that wait for an answer of the member's body."""
    return Appeal.objects.filter(upheld__isnull=True).filter(
        Q(decision__attestation__issuer=membership.organisation) | Q(decision__case__issuer=membership.organisation)
    )
