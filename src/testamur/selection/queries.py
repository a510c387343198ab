"""Questions about cases: who may see them, whose turn it is, what is missing, who could do the work."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet

from testamur.journal.models import Event
from testamur.kernel import clock, days
from testamur.kernel.refusal import Refused, _
from testamur.parties.models import Membership, Person
from testamur.register import authority
from testamur.register.models import Attestation
from testamur.selection import deadlines, moments, planning
from testamur.selection.calculation import Calculation, calculate
from testamur.selection.facts import application_of, facts
from testamur.selection.form import form
from testamur.selection.models import Application, Case, PlannedVisit
from testamur.selection.planning import activities_of, objection_until, snapshot, standing_plan
from testamur.selection.programme import sites_of
from testamur.selection.roles import (
    applicants,
    cite,
    members_filling,
    planning_roles,
    reviewing_roles,
)
from testamur.selection.scope import agreed_scope, proposed
from testamur.selection.team import Candidate, candidates, team_checks
from testamur.selection.turns import Missing, Turn

__all__ = [
    "Candidate",
    "activities_of",
    "agreed_scope",
    "application_of",
    "calculate",
    "candidates",
    "clocks",
    "decision_deadline",
    "facts",
    "form",
    "inbox",
    "missing",
    "overseen",
    "proposed",
    "relation",
    "right_to_oversee",
    "sites_of",
    "team_checks",
    "turn",
    "visible_to",
    "visits_offered",
]

clocks = deadlines.clocks

#: How long a use of the overseer's right opens a case: a working day's reading, then it is recorded anew.
OVERSIGHT_HOURS = 24


def visible_to(membership: Membership | None) -> QuerySet[Case]:
    """Return the cases a membership may see: its own applications, its body's cases, those its person works on or its
    laboratory tests for, and those it opened as an overseer within the last day. A stranger sees none."""
    rows = Case.objects.select_related("scheme", "issuer", "client", "person", "attestation")
    if membership is None:
        return rows.none()
    organisation = membership.organisation_id
    mine = (
        Q(client_id=organisation)
        | Q(person_id=membership.person_id)
        | Q(assignments__membership=membership, assignments__removed_at=None)
        | Q(planned__visit__performer_id=organisation, planned__visit__cancelled_at=None)
    )
    if membership.functions:
        mine |= Q(issuer_id=organisation)
        mine |= Q(public_id__in=opened_as_overseer(membership))
    return rows.filter(pk__in=Case.objects.filter(mine).values("pk"))


def opened_as_overseer(membership: Membership) -> QuerySet[Event, str]:
    """Return the public ids of cases the membership opened by ``look_as_overseer`` within the last day."""
    since = clock.now() - timedelta(hours=OVERSIGHT_HOURS)
    return Event.objects.filter(
        kind="case.read_by_overseer", by_membership=membership.pk, recorded_at__gte=since
    ).values_list("case", flat=True)


def right_to_oversee(case: Case, membership: Membership, on: date | None = None) -> Attestation | None:
    """Return the attestation by which a member's organisation oversees the issuer of a case: the licence or
    accreditation
    that it gave and that is valid on the day; None where there is none."""
    if not membership.functions or not (
        membership.holds("supervision") or membership.holds("determination") or membership.holds("surveillance")
    ):
        return None
    day = on or moments.today(case)
    wanted = {scheme for table in case.scheme.definition.authorities_of("issuer") for scheme in table.any_of}
    if not wanted:
        return None
    for attestation in authority.held(case.issuer, schemes=wanted, on=day):
        if attestation.issuer_id == membership.organisation_id:
            return attestation
    return None


def overseen(membership: Membership) -> QuerySet[Case]:
    """Return the cases of the bodies to which the member's organisation gave something: number, scheme and
    body only may be
    shown before ``look_as_overseer`` opens one."""
    if not (membership.holds("supervision") or membership.holds("determination") or membership.holds("surveillance")):
        return Case.objects.none()
    bodies = Attestation.objects.filter(issuer_id=membership.organisation_id, holder__isnull=False).values("holder")
    rows = Case.objects.filter(issuer__in=bodies).select_related("scheme", "issuer")
    return rows.filter(pk__in=[case.pk for case in rows if right_to_oversee(case, membership)])


def relation(case: Case, membership: Membership | None) -> str:
    """Return how a membership stands to a case: applicant, issuer, performer, overseer or none (who sees what)."""
    if membership is None:
        return "none"
    if case.client_id == membership.organisation_id or case.person_id == membership.person_id:
        return "applicant"
    if case.issuer_id == membership.organisation_id:
        return "issuer"
    if (
        case.assignments.filter(membership=membership, removed_at=None).exists()
        or case.planned.filter(visit__performer_id=membership.organisation_id, visit__cancelled_at=None).exists()
    ):
        return "performer"
    return "overseer" if right_to_oversee(case, membership) else "none"


def visits_of(case: Case, membership: Membership) -> list[PlannedVisit]:
    """Return the planned visits of a case that a membership may know of: the applicant learns nothing of
    unannounced ones."""
    rows = (
        case.planned.filter(visit__cancelled_at=None)
        .select_related("visit__visited", "visit__performer")
        .order_by("visit__from_day", "id")
    )
    hidden = relation(case, membership) == "applicant"
    found: dict[int, PlannedVisit] = {}
    for row in rows:
        unannounced = case.scheme.definition.activity(row.activity).notice == "unannounced"
        if hidden and unannounced and not hasattr(row.visit, "visit"):
            continue
        found[row.visit_id] = row.visit
    return list(found.values())


def visits_offered(membership: Membership) -> QuerySet[PlannedVisit]:
    """Return the visits of other bodies that the member's body was offered to join and that are not over."""
    today = days.day_of(clock.now(), "CN")
    return PlannedVisit.objects.filter(offered_to=membership.organisation_id, cancelled_at=None, until_day__gte=today)


def audit_time(case: Case) -> Decimal | None:
    """Return the audit time of a case, days of 8 hours; of an integrated group, of the whole."""
    review = case.application_reviews.filter(accepted=True).order_by("-id").first()
    if review is None:
        return None
    for step in case.leader.application_reviews.filter(accepted=True).order_by("-id")[:1]:
        for row in step.calculation:
            if row.get("decides") == "integrated_time" and row.get("output"):
                return Decimal(str(row["output"]["days"]))
    return review.days


def people_on(case: Case, *, role: str | None = None) -> list[Membership]:
    """Return who is on a case now (in a role)."""
    rows = (
        case.assignments.filter(removed_at=None)
        .select_related("membership__person", "membership__organisation")
        .order_by("id")
    )
    return [row.membership for row in rows if role is None or row.role == role]


# Whose turn ----------------------------------------------------------------------------------------------------------


def decision_deadline(case: Case) -> date | None:
    """Return the last day for the decision by the scheme's clocks, None where none runs."""
    clock_ = deadlines.due_of(case, "decided")
    return clock_.due if clock_ else None


def turn(case: Case) -> Turn | None:
    """Return what selection has to do next in a case, or None where it is another function's turn."""
    if case.stage == Case.Stage.APPLICATION:
        return _turn_of_application(case)
    if case.stage == Case.Stage.SELECTION:
        return _turn_of_plan(case)
    return None


def _turn_of_application(case: Case) -> Turn | None:
    application = Application.objects.filter(case=case).first()
    if application is None:
        return None
    if application.state in (Application.State.DRAFT, Application.State.RETURNED):
        returned = application.state == Application.State.RETURNED
        clock_ = deadlines.due_of(case, "answered") if returned else None
        if case.joint_id and case.integrated_id:
            return None  # filled in on the leading case
        return Turn.of(
            case,
            "application",
            _("Complete what was found missing and hand the application in again")
            if returned
            else _("Fill in the application and hand it in"),
            role="",
            people=applicants(case),
            link="application",
            by=clock_.due if clock_ else None,
            source=cite(clock_.deadline) if clock_ else "",
            applicant=True,
        )
    if application.state == Application.State.SUBMITTED:
        roles = reviewing_roles(case)
        clock_ = deadlines.due_of(case, "accepted", "decided")
        question = next(iter(case.scheme.definition.questions), None)
        return Turn.of(
            case,
            "selection",
            _("Review the application: answer the questions, confirm the calculation, accept or refuse"),
            role=roles[0] if roles else "",
            people=members_filling(case, roles),
            link="application_review",
            by=clock_.due if clock_ else None,
            source=cite(clock_.deadline) if clock_ else cite(question),
        )
    return None


def _turn_of_plan(case: Case) -> Turn:
    definition = case.scheme.definition
    roles = planning_roles(case)
    role = roles[0] if roles else ""
    people = members_filling(case, roles)
    due = decision_deadline(case)
    table = definition.team
    if table is None or not planning.needs_agreement(case):
        lacking = [check for check in team_checks(case) if not check.ok]
        sentence = _("Assign the team") if lacking else _("Plan the work and begin determination")
        return Turn.of(
            case,
            "selection",
            sentence,
            role=role,
            people=people,
            link="team",
            by=due,
            source=cite(table or definition.scheme),
        )
    source = cite(table)
    plan = standing_plan(case)
    if plan is None or plan.objected_at is not None or plan.snapshot != snapshot(case):
        if plan is not None and plan.objected_at is not None:
            sentence, facts_ = (
                _("Answer the objection with a new team or other dates: {objection}"),
                {"objection": plan.objection},
            )
        elif plan is not None:
            sentence, facts_ = _("Propose the changed team and dates to the applicant"), {}
        else:
            sentence, facts_ = _("Set sites, dates and team, and propose them to the applicant"), {}
        return Turn.of(
            case, "selection", sentence, role=role, people=people, link="team", by=due, facts=facts_, source=source
        )
    if plan.agreed_at is None:
        until = objection_until(plan)
        if until is None or moments.today(case) <= until:
            return Turn.of(
                case,
                "application",
                _("Agree to the team and the dates, or object with the reason"),
                role="",
                people=applicants(case),
                link="plan",
                by=until,
                source=source,
                applicant=True,
            )
    lead = [one for one in people_on(case, role=table.lead) if one not in people]
    first = case.planned.filter(visit__cancelled_at=None).order_by("visit__from_day").first()
    return Turn.of(
        case,
        "selection",
        _("Begin determination: team and dates stand"),
        role=role,
        people=[*people, *lead],
        link="start",
        by=first.visit.from_day if first else due,
        source=source,
    )


def missing(case: Case) -> list[Missing]:
    """Return what the present step of selection needs and whether it is there, and every clock that has run out."""
    found: list[Missing] = []
    if case.stage == Case.Stage.APPLICATION:
        found += _missing_of_application(case)
    elif case.stage == Case.Stage.SELECTION:
        looked = [*team_checks(case), *planning.time_checks(case)]
        found += [
            Missing(
                check.sentence,
                check.facts,
                check.source,
                check.who,
                "ok" if check.ok else "bad" if check.rule.startswith("team.") else "warn",
                check.rule,
            )
            for check in looked
        ]
        if case.scheme.definition.team is not None:
            planned = [
                check
                for check in planning.missing_for_start(case, moments.today(case))
                if check.rule not in ("team.lead", "team.at_least", "team.together")
            ]
            waits = {"plan.agreed": "wait"}
            found += [
                Missing(check.sentence, check.facts, check.source, check.who, waits.get(check.rule, "bad"), check.rule)
                for check in planned
            ]
    found += [said for clock_ in deadlines.clocks(case) if (said := clock_.said()) is not None]
    return found


def _missing_of_application(case: Case) -> list[Missing]:
    application = (
        Application.objects.filter(case=case)
        .select_related("case__scheme", "case__client", "case__person", "case__issuer")
        .first()
    )
    if application is None:
        return []
    if application.state in (Application.State.DRAFT, Application.State.RETURNED):
        said = [
            Missing(one.message_id, one.facts, one.source, _("the applicant"), "bad", one.rule)
            for one in form(application).problems
        ]
        asked = [
            Missing(_("{asked}"), {"asked": row["sentence"]}, "", _("the applicant"), "bad", "application_review.once")
            for row in application.asked
        ]
        return asked + said
    if application.state == Application.State.SUBMITTED:
        return [
            Missing(one.message_id, one.facts, one.source, one.who, "bad", one.rule) for one in against_accepting(case)
        ]
    return []


def against_accepting(case: Case, calculation: Calculation | None = None) -> list[Refused]:
    """Return what stands against accepting an application before anybody has answered a question: conditions
    of the rules,
    and a scope that the body's own authority does not cover today."""
    from testamur.selection.actions.review import standing_against

    done = calculation or calculate(case)
    return standing_against(case, {}, done, proposed(case, done.facts), at=clock.now())


def inbox(membership: Membership) -> list[Turn]:
    """Return the cases in which selection waits for this person, most urgent first."""
    stages = [Case.Stage.APPLICATION, Case.Stage.SELECTION]
    turns = [turn(case) for case in visible_to(membership).filter(stage__in=stages)]
    mine = [one for one in turns if one is not None and any(person.pk == membership.pk for person in one.people)]
    return sorted(mine, key=lambda one: (one.by is None, one.by or date.max, one.case.pk))


def calendar(membership: Membership, from_day: date, until_day: date) -> list[dict[str, Any]]:
    """Return when the body's people are busy: rows of person, days and, for the own body's cases, the case.

    Another body's work shows as busy and nothing else.
    """
    people = (
        Person.objects.filter(memberships__organisation_id=membership.organisation_id, memberships__until_day=None)
        .distinct()
        .order_by("id")
    )
    rows = []
    for person in people:
        taken: list[dict[str, Any]] = []
        for membership_ in person.memberships.all():
            found = membership_.assignments.filter(
                removed_at=None, from_day__lte=until_day, until_day__gte=from_day
            ).select_related("case")
            for one in found:
                own = one.case.issuer_id == membership.organisation_id
                taken.append(
                    {
                        "from": one.from_day,
                        "until": one.until_day,
                        "case": one.case if own else None,
                        "role": one.role if own else "",
                    }
                )
        rows.append({"person": person, "busy": sorted(taken, key=lambda row: row["from"])})
    return rows
