"""Begin and end a visit; sign in and out with time and place."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from testamur.determination import policies
from testamur.determination.models import Attendance, Visit
from testamur.journal.actions import record
from testamur.kernel.refusal import Refused, _
from testamur.parties.models import Membership, Person, Site, actor
from testamur.selection.models import PlannedVisit


@transaction.atomic
def start_visit(*, planned: PlannedVisit, by: Membership, at: datetime) -> Visit:
    """Begin a planned visit. Pressed twice, or by two auditors, it begins once."""
    planned = PlannedVisit.objects.select_for_update(of=("self",)).get(pk=planned.pk)
    begun = Visit.objects.filter(planned=planned).first()
    if begun is not None:
        policies.check_is_on_visit(begun, by, at)
        return begun
    policies.check_may_visit(planned, by, at)
    visit = Visit.objects.create(
        planned=planned, visited=planned.visited, where=planned.where, started_at=at, effective_at=at, **actor(by)
    )
    for case in policies.cases_of(visit):
        record(
            "determination.visit_started",
            subject=visit,
            by=by,
            at=at,
            case=case.public_id,
            payload={"visit": visit.public_id},
        )
    return visit


def _locked(visit: Visit) -> Visit:
    row = Visit.objects.select_for_update(of=("self",)).get(pk=visit.pk)
    if row.ended_at is not None:
        raise Refused(
            _("This visit ended on {day}."),
            {"day": row.ended_at.date()},
            rule="visit.state",
            source="testamur@2026-1#visits",
        )
    return row


@transaction.atomic
def sign_in(
    *,
    visit: Visit,
    person: Person,
    site: Site | None = None,
    position: str = Attendance.Position.UNKNOWN,
    by: Membership,
    at: datetime,
    remark: str = "",
) -> Attendance:
    """Record that a person arrived. Of the position only *inside* or *outside the site's radius* is kept.

    Args:
        at: time of arrival; the time of recording is the clock's.
        position: ``inside``, ``outside`` (explained in ``remark``) or ``unknown``.
    """
    visit = _locked(visit)
    policies.check_is_on_visit(visit, by, at)
    policies.check_not_in_future(at)
    if position not in Attendance.Position.values:
        raise Refused(
            _("“{value}” is no position; it is inside, outside or unknown."),
            {"value": position},
            rule="attendance.position",
            source="testamur@2026-1#people",
            field="position",
        )
    if at < visit.started_at:
        raise Refused(
            _("{person} cannot have arrived at {when}, before the visit began."),
            {"person": person.names, "when": at},
            rule="attendance.order",
            source="testamur@2026-1#clocks",
            field="at",
        )
    cases = policies.cases_of(visit)
    on_team = any(case.assignments.filter(membership__person=person, removed_at=None).exists() for case in cases)
    if not on_team and person.pk != by.person_id:
        raise Refused(
            _("{person} is not on the team of this visit."),
            {"person": person.names},
            rule="attendance.team",
            source="iso-17021-1@2015#9.2.2",
            who=_("whoever plans in the body"),
        )
    if site is not None and visit.visited_id is not None and site.organisation_id != visit.visited_id:
        raise Refused(
            _("{site} is no site of whoever is visited."),
            {"site": site.names},
            rule="visit.sites",
            source="testamur@2026-1#visits",
            field="site",
        )
    open_row = visit.attendances.filter(person=person, left_at=None).first()
    if open_row is not None:  # two presses, or the same record sent again when the network came back
        return open_row
    made = Attendance.objects.create(
        visit=visit,
        person=person,
        site=site,
        arrived_at=at,
        position=position,
        remark=remark.strip()[:300],
        effective_at=at,
        **actor(by),
    )
    for case in cases:
        record(
            "determination.signed_in",
            subject=made,
            by=by,
            at=at,
            case=case.public_id,
            payload={"person": person.public_id, "position": str(position), "site": site.public_id if site else ""},
        )
    return made


@transaction.atomic
def sign_out(*, visit: Visit, person: Person, by: Membership, at: datetime) -> Attendance:
    """Record that a person left."""
    visit = _locked(visit)
    policies.check_is_on_visit(visit, by, at)
    policies.check_not_in_future(at)
    row = visit.attendances.select_for_update(of=("self",)).filter(person=person, left_at=None).order_by("-id").first()
    if row is None:
        last = visit.attendances.filter(person=person).order_by("-id").first()
        if last is not None and last.left_at == at:
            return last
        raise Refused(
            _("{person} is not signed in on this visit."),
            {"person": person.names},
            rule="attendance.order",
            source="testamur@2026-1#clocks",
        )
    if at < row.arrived_at:
        raise Refused(
            _("{person} cannot have left at {when}; they arrived at {arrived}."),
            {"person": person.names, "when": at, "arrived": row.arrived_at},
            rule="attendance.order",
            source="testamur@2026-1#clocks",
            field="at",
        )
    row.left_at = at
    row.save(update_fields=["left_at"])
    for case in policies.cases_of(visit):
        record(
            "determination.signed_out",
            subject=row,
            by=by,
            at=at,
            case=case.public_id,
            payload={"person": person.public_id},
        )
    return row


@transaction.atomic
def explain(*, attendance: Attendance, remark: str, by: Membership, at: datetime) -> Attendance:
    """Explain a position outside the site, or a time that looks odd; work goes on meanwhile."""
    policies.check_is_on_visit(attendance.visit, by, at)
    if not remark.strip():
        raise Refused(
            _("Write what happened."), rule="attendance.remark", source="testamur@2026-1#people", field="remark"
        )
    attendance.remark = remark.strip()[:300]
    attendance.save(update_fields=["remark"])
    return attendance


@transaction.atomic
def end_visit(*, visit: Visit, by: Membership, at: datetime) -> Visit:
    """End a visit; everybody must have signed out. Pressed twice, it ends once."""
    row = Visit.objects.select_for_update(of=("self",)).get(pk=visit.pk)
    policies.check_is_on_visit(row, by, at)
    if row.ended_at is not None:
        return row
    policies.check_not_in_future(at)
    if at < row.started_at:
        raise Refused(
            _("The visit cannot end at {when}, before it began."),
            {"when": at},
            rule="visit.days",
            source="testamur@2026-1#clocks",
            field="at",
        )
    there = row.attendances.filter(left_at=None).select_related("person").first()
    if there is not None:
        raise Refused(
            _("{person} is still signed in; sign out first."),
            {"person": there.person.names},
            rule="attendance.order",
            source="testamur@2026-1#clocks",
        )
    row.ended_at = at
    row.version += 1
    row.save(update_fields=["ended_at", "version"])
    for case in policies.cases_of(row):
        record(
            "determination.visit_ended",
            subject=row,
            by=by,
            at=at,
            case=case.public_id,
            payload={"visit": row.public_id},
        )
    return row
