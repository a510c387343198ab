"""Plan, share, move and cancel visits. One visit may serve several cases, also of several issuers by agreement."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import transaction

from testamur.journal.actions import record
from testamur.kernel import clock
from testamur.kernel.refusal import Refused, _
from testamur.parties.models import Organisation, Person, Site, actor
from testamur.schemes.language.moments import resolve
from testamur.schemes.language.tables import Activity
from testamur.selection import moments, policies
from testamur.selection.facts import facts_for
from testamur.selection.models import Case, PlannedActivity, PlannedVisit
from testamur.selection.policies import Actor
from testamur.selection.roles import cite

Work = Sequence[tuple[Case, str, Any]]

WHERE = ("on_site", "remote", "desk", "laboratory", "either")


@transaction.atomic
def plan_visit(
    *,
    work: Work,
    visited: Organisation | None,
    sites: Iterable[Site] = (),
    where: str,
    from_day: date,
    until_day: date,
    performer: Organisation | None = None,
    by: Actor,
    at: datetime,
) -> PlannedVisit:
    """Plan one visit for one or several cases of the body.

    Args:
        work: ``[(case, activity id, audit days or None)]``; the first case leads.
        visited: who is visited; None at the desk.
        sites: of whoever is visited.
        where: on_site, remote, desk, laboratory.
        from_day, until_day: civil days, both included.
        performer: who does it, where it is not the body itself (a laboratory).

    Raises:
        Refused: days out of order, a place the scheme does not allow, an activity that is not of the occasion,
        too early,
            too late or before the one it follows; a site of somebody else.
    """
    if not work:
        raise Refused(
            _("Say which activity of which case the visit is for."),
            rule="visit.work",
            source="testamur@2026-1#visits",
            field="work",
        )
    _check_days(from_day, until_day)
    if where not in WHERE:
        raise Refused(
            _("“{where}” is no place of work."),
            {"where": where},
            rule="visit.where",
            source="testamur@2026-1#visits",
            field="where",
        )
    chosen = list(sites)
    for site in chosen:
        if visited is None or site.organisation_id != visited.pk:
            raise Refused(
                _("{site} is no site of whoever is visited."),
                {"site": site.names},
                rule="visit.sites",
                source="testamur@2026-1#visits",
                field="sites",
            )
        if site.closed_on is not None and site.closed_on < from_day:
            raise Refused(
                _("{site} was closed on {day}."),
                {"site": site.names, "day": site.closed_on},
                rule="visit.sites",
                source="testamur@2026-1#visits",
                field="sites",
            )
    cases = {case.pk: Case.objects.select_for_update(of=("self",)).get(pk=case.pk) for case, _activity, _days in work}
    for case in cases.values():
        policies.check_may_plan(case, by, at)
    for case, activity, _days in work:
        _check_activity(cases[case.pk], activity, where, from_day, until_day, performer)
    visit = PlannedVisit.objects.create(
        visited=visited,
        where=where,
        from_day=from_day,
        until_day=until_day,
        performer=performer,
        effective_at=at,
        **actor(by),
    )
    visit.sites.set(chosen)
    for case, activity, days in work:
        _add(visit, cases[case.pk], activity, days)
    for case in cases.values():
        record("selection.visit_planned", subject=visit, by=by, at=at, case=case.public_id, payload=_said(visit, case))
    return visit


def _check_days(from_day: date, until_day: date) -> None:
    if until_day < from_day:
        raise Refused(
            _("The visit ends on {until}, before it begins on {from}."),
            {"from": from_day, "until": until_day},
            rule="visit.days",
            source="testamur@2026-1#visits",
            field="until_day",
        )
    if until_day - from_day > timedelta(days=366):
        raise Refused(
            _("A visit of more than a year cannot be meant; check the years."),
            rule="visit.days",
            source="testamur@2026-1#visits",
            field="until_day",
        )


def _check_activity(
    case: Case, activity_id: str, where: str, from_day: date, until_day: date, performer: Organisation | None
) -> Activity:
    definition = case.scheme.definition
    table = next((one for one in definition.activities_on(case.occasion) if one.id == activity_id), None)
    if table is None:
        raise Refused(
            _("“{activity}” is no activity of this case."),
            {"activity": activity_id},
            rule="activity.on",
            source=cite(definition.scheme),
            field="activity",
        )
    source = cite(table)
    known_facts = facts_for(case, table.when)
    if not all(condition.holds(known_facts) for condition in table.when):
        raise Refused(
            _("“{activity}” is not done in this case: its conditions do not hold."),
            {"activity": table.title},
            rule="activity.when",
            source=source,
            field="activity",
        )
    allowed = {"either": {"on_site", "remote", "either"}}.get(table.where, {table.where})
    if where not in allowed:
        raise Refused(
            _("“{activity}” is done {wanted}, not {where}."),
            {
                "activity": table.title,
                "wanted": policies.PLACES_OF_WORK[table.where],
                "where": policies.PLACES_OF_WORK[where],
            },
            rule="activity.where",
            source=source,
            field="where",
        )
    known = moments.known_days(case)
    opens = resolve(table.opens, known, definition.area)
    closes = resolve(table.closes, known, definition.area)
    if opens is not None and from_day < opens:
        raise Refused(
            _("“{activity}” can begin on {day} at the earliest."),
            {"activity": table.title, "day": opens},
            rule="activity.opens",
            source=source,
            until=opens,
            field="from_day",
        )
    if closes is not None and until_day > closes:
        raise Refused(
            _("“{activity}” must be completed by {day}."),
            {"activity": table.title, "day": closes},
            rule="activity.closes",
            source=source,
            field="until_day",
        )
    for before in table.after:
        row = case.planned.filter(activity=before, visit__cancelled_at=None).order_by("-visit__from_day").first()
        if row is not None and row.visit.from_day > from_day:
            raise Refused(
                _("“{activity}” comes after “{before}”, which is planned from {day} on."),
                {"activity": table.title, "before": definition.activity(before).title, "day": row.visit.from_day},
                rule="activity.after",
                source=source,
                field="from_day",
            )
    if performer is not None and case.client_id == performer.pk:
        raise Refused(
            _("{organisation} cannot assess itself."),
            {"organisation": performer.names},
            rule="selection.independence",
            source="iso-17000@2020#4.3",
            field="performer",
        )
    return table


def _add(visit: PlannedVisit, case: Case, activity: str, days: Any) -> PlannedActivity:
    amount = None
    if days is not None and str(days).strip():
        try:
            amount = Decimal(str(days))
        except InvalidOperation:
            amount = Decimal("NaN")
        if not amount.is_finite() or not 0 < amount <= 9999:
            raise Refused(
                _("“{value}” is no number of days; write for example 2.5."),
                {"value": str(days)},
                rule="visit.audit_days",
                source="iaf-md5@2023#2.2",
                field="days",
            )
    if visit.activities.filter(case=case, activity=activity).exists():
        raise Refused(
            _("The visit does this for the case already."),
            rule="visit.work",
            source="testamur@2026-1#visits",
            field="activity",
        )
    return PlannedActivity.objects.create(visit=visit, case=case, activity=activity, days=amount)


def _said(visit: PlannedVisit, case: Case) -> dict[str, Any]:
    return {
        "visit": visit.public_id,
        "from": visit.from_day.isoformat(),
        "until": visit.until_day.isoformat(),
        "activities": sorted(visit.activities.filter(case=case).values_list("activity", flat=True)),
    }


def _locked(planned: PlannedVisit) -> PlannedVisit:
    visit = PlannedVisit.objects.select_for_update(of=("self",)).get(pk=planned.pk)
    if visit.cancelled_at is not None:
        raise Refused(_("This visit was cancelled."), rule="visit.state", source="testamur@2026-1#visits")
    return visit


def _check_leads(visit: PlannedVisit, by: Actor, at: datetime) -> Case:
    """The case that leads the visit is the one it was planned for first."""
    row = visit.activities.select_related("case__scheme", "case__issuer").order_by("id").first()
    assert row is not None
    policies.check_may_plan(row.case, by, at)
    return row.case


def _check_not_begun(visit: PlannedVisit) -> None:
    if hasattr(visit, "visit"):
        raise Refused(
            _("This visit has begun; it can be ended, but no longer moved or cancelled."),
            rule="visit.state",
            source="testamur@2026-1#visits",
        )


@transaction.atomic
def offer_visit(*, planned: PlannedVisit, to: Organisation, by: Actor, at: datetime) -> PlannedVisit:
    """Offer another body to join a case of its own to a visit: one visit, several issuers, each with its own
    findings and decision."""
    visit = _locked(planned)
    case = _check_leads(visit, by, at)
    if to.pk == case.issuer_id:
        raise Refused(
            _("A visit is offered to another body; cases of the own body are simply planned on it."),
            rule="visit.offer",
            source="testamur@2026-1#visits",
            field="to",
        )
    visit.offered_to.add(to)
    record(
        "selection.visit_offered",
        subject=visit,
        by=by,
        at=at,
        case=case.public_id,
        payload={"visit": visit.public_id, "to": to.public_id},
    )
    return visit


@transaction.atomic
def join_visit(*, planned: PlannedVisit, work: Work, by: Actor, at: datetime) -> PlannedVisit:
    """Put further work on a planned visit: of the own body, or of another body to which the visit was offered."""
    visit = _locked(planned)
    leading = visit.activities.select_related("case").order_by("id").first()
    assert leading is not None
    for one, activity, days in work:
        case = Case.objects.select_for_update(of=("self",)).get(pk=one.pk)
        policies.check_may_plan(case, by, at)
        if case.issuer_id != leading.case.issuer_id and not visit.offered_to.filter(pk=case.issuer_id).exists():
            raise Refused(
                _("This visit of {leader} was not offered to {issuer}."),
                {"leader": leading.case.issuer.names, "issuer": case.issuer.names},
                rule="visit.offer",
                source="testamur@2026-1#visits",
                who=_("the body that leads the visit"),
            )
        _check_activity(case, activity, visit.where, visit.from_day, visit.until_day, visit.performer)
        _add(visit, case, activity, days)
        record("selection.visit_joined", subject=visit, by=by, at=at, case=case.public_id, payload=_said(visit, case))
    return visit


@transaction.atomic
def move_visit(
    *, planned: PlannedVisit, from_day: date, until_day: date, version: int | None, by: Actor, at: datetime
) -> PlannedVisit:
    """Move a visit to other days, with those people whose days were the visit's; who cannot come then stops the move.

    An agreed plan is void by it: the client is asked again.
    """
    visit = _locked(planned)
    policies.check_version(visit, version)
    _check_not_begun(visit)
    _check_leads(visit, by, at)
    _check_days(from_day, until_day)
    before = (visit.from_day, visit.until_day)
    rows = list(visit.activities.select_related("case__scheme", "case__issuer", "case__client"))
    for row in rows:
        _check_activity(row.case, row.activity, visit.where, from_day, until_day, visit.performer)
    visit.from_day, visit.until_day = from_day, until_day
    visit.version += 1
    visit.save(update_fields=["from_day", "until_day", "version"])
    for case in {row.case_id: row.case for row in rows}.values():
        moved = case.assignments.filter(removed_at=None, from_day=before[0], until_day=before[1]).select_related(
            "membership__person", "membership__organisation"
        )
        for assignment in moved:
            Person.objects.select_for_update(of=("self",)).get(pk=assignment.membership.person_id)
            looked = policies.check_may_assign(case, assignment.membership, assignment.role, from_day, until_day)
            assignment.from_day, assignment.until_day = from_day, until_day
            assignment.checked = [check.to_json() for check in looked]
            assignment.save(update_fields=["from_day", "until_day", "checked"])
        record(
            "selection.visit_moved",
            subject=visit,
            by=by,
            at=at,
            case=case.public_id,
            payload={**_said(visit, case), "before": [day.isoformat() for day in before]},
        )
    return visit


@transaction.atomic
def cancel_visit(*, planned: PlannedVisit, because: str, by: Actor, at: datetime) -> PlannedVisit:
    """Cancel a visit that has not begun; a second press changes nothing."""
    visit = PlannedVisit.objects.select_for_update(of=("self",)).get(pk=planned.pk)
    if visit.cancelled_at is not None:
        return visit
    _check_not_begun(visit)
    _check_leads(visit, by, at)
    visit.cancelled_at = clock.now()
    visit.version += 1
    visit.save(update_fields=["cancelled_at", "version"])
    for case in Case.objects.filter(planned__visit=visit).distinct():
        record(
            "selection.visit_cancelled",
            subject=visit,
            by=by,
            at=at,
            case=case.public_id,
            payload={"visit": visit.public_id, "because": because.strip()},
        )
    return visit
