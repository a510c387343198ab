"""Judge competence, put people on a case, release them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import transaction

from testamur.journal.actions import record
from testamur.kernel import clock, days
from testamur.kernel.refusal import Refused, _
from testamur.kernel.scope import MalformedScope, Scope
from testamur.kernel.words import Function
from testamur.parties import policies as parties
from testamur.parties.models import Membership, Organisation, Person, actor
from testamur.selection import moments, policies
from testamur.selection.models import Assignment, Case, Competence
from testamur.selection.policies import Actor


@transaction.atomic
def judge_competence(
    *,
    person: Person,
    organisation: Organisation,
    role: str,
    scope: list[dict[str, Any]],
    evidence: str,
    from_day: date,
    by: Actor,
    at: datetime,
    until_day: date | None = None,
) -> Competence:
    """Record that a body found a person competent for a role in a scope, from a day until a day.

    Args:
        role: id of a scheme's role, e.g. ``auditor``; a lead's competence counts for a member's.
        scope: scope lines in the dimensions of the schemes, e.g. ``[{"sector": {"tree": …, "node": "17"}}]``.
        evidence: what the judgement rests on.
    """
    parties.check_lives(by, at)
    if isinstance(by, Membership):
        if by.organisation_id != organisation.pk:
            parties.check_holds(by, Function.SELECTION, organisation)
        if not (by.holds(Function.SELECTION) or by.holds(Function.ADMINISTRATION)):
            parties.check_holds(by, Function.SELECTION, organisation)
        if (
            by.person_id == person.pk
            and by.organisation_id == organisation.pk
            and not by.holds(Function.ADMINISTRATION)
        ):
            raise Refused(
                _("Nobody judges their own competence."), rule="competence.by_another", source="iso-17021-1@2015#7.2"
            )
    if not evidence.strip():
        raise Refused(
            _("Say what the judgement rests on."),
            rule="competence.evidence",
            source="iso-17021-1@2015#7.2.8",
            field="evidence",
        )
    if until_day is not None and until_day < from_day:
        raise Refused(
            _("The last day lies before the first."),
            rule="competence.days",
            source="iso-17021-1@2015#7.2",
            field="until_day",
        )
    try:
        Scope.from_json(scope)
    except MalformedScope as error:
        raise Refused(
            _("The scope cannot be read: {why}"),
            {"why": str(error)},
            rule="scope.form",
            source="testamur@2026-1#scope",
            field="scope",
        ) from None
    made = Competence.objects.create(
        person=person,
        organisation=organisation,
        role=role,
        scope=scope,
        evidence=evidence.strip(),
        from_day=from_day,
        until_day=until_day,
        effective_at=at,
        **actor(by),
    )
    record(
        "competence.judged",
        subject=made,
        by=by,
        at=at,
        payload={
            "person": person.public_id,
            "role": role,
            "scope": scope,
            "from": from_day.isoformat(),
            "until": until_day.isoformat() if until_day else None,
        },
        source="iso-17021-1@2015#7.2",
    )
    return made


@transaction.atomic
def withdraw_competence(*, competence: Competence, on: date, by: Actor, at: datetime) -> Competence:
    """End a competence from a day on; what was done before stands."""
    parties.check_lives(by, at)
    if isinstance(by, Membership) and not by.holds(Function.ADMINISTRATION):
        parties.check_holds(by, Function.SELECTION, competence.organisation)
    competence.withdrawn_on = on
    competence.save(update_fields=["withdrawn_on"])
    record(
        "competence.withdrawn",
        subject=competence,
        by=by,
        at=at,
        payload={"on": on.isoformat()},
        source="iso-17021-1@2015#7.2.10",
    )
    return competence


@transaction.atomic
def assign(
    *,
    case: Case,
    membership: Membership,
    role: str,
    from_day: date | None = None,
    until_day: date | None = None,
    by: Actor,
    at: datetime,
) -> Assignment:
    """Put a person on a case in a role, for the days of the work; every check is kept with the assignment.

    Assigned a second time, the days are replaced and checked anew. Without days the work is at the desk, today.

    Raises:
        Refused: the first check that does not hold, with its clause.
    """
    case = Case.objects.select_for_update(of=("self",)).get(pk=case.pk)
    planner = policies.check_may_plan(case, by, at)
    # One person, one diary: two planners must not book the same days at the same moment.
    Person.objects.select_for_update(of=("self",)).get(pk=membership.person_id)
    today = days.day_of(at, case.scheme.definition.area)
    first = from_day or today
    last = until_day or first
    looked = policies.check_may_assign(case, membership, role, first, last)
    kept = [check.to_json() for check in looked]
    made, new = Assignment.objects.update_or_create(
        case=case,
        membership=membership,
        role=role,
        removed_at=None,
        defaults={
            "from_day": from_day,
            "until_day": until_day or from_day,
            "checked": kept,
            "effective_at": at,
            **actor(by),
        },
    )
    record(
        "selection.assigned",
        subject=made,
        by=by,
        at=at,
        case=case.public_id,
        role=planner,
        payload={
            "person": membership.person.public_id,
            "role": role,
            "from": first.isoformat(),
            "until": last.isoformat(),
            "again": not new,
            "checks": sorted({check.rule for check in looked}),
        },
    )
    return made


@transaction.atomic
def release(*, assignment: Assignment, because: str, by: Actor, at: datetime) -> Assignment:
    """Take a person off a case; that they were on it stays on record."""
    assignment = (
        Assignment.objects.select_for_update(of=("self",))
        .select_related("case__scheme", "membership__person")
        .get(pk=assignment.pk)
    )
    planner = policies.check_may_plan(assignment.case, by, at)
    policies.check_still_assigned(assignment)
    assignment.removed_at = clock.now()
    assignment.removed_because = because.strip()
    assignment.save(update_fields=["removed_at", "removed_because"])
    record(
        "selection.released",
        subject=assignment,
        by=by,
        at=at,
        case=assignment.case.public_id,
        role=planner,
        payload={"person": assignment.membership.person.public_id, "role": assignment.role, "because": because.strip()},
    )
    return assignment


def still_free(case: Case) -> None:
    """Check every assignment of a case again for its own days.

    Raises:
        Refused: somebody on the team may not do the work on the days they have now.
    """
    for row in case.assignments.filter(removed_at=None).select_related(
        "membership__person", "membership__organisation"
    ):
        if row.from_day is None:
            continue
        policies.check_may_assign(case, row.membership, row.role, row.from_day, row.until_day or row.from_day)


def day_of_work(assignment: Assignment, case: Case) -> tuple[date, date]:
    """Return the days an assignment is for; at the desk, today."""
    first = assignment.from_day or moments.today(case)
    return first, assignment.until_day or first
