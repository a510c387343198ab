"""Team: who is put on a case, who cannot be and why (ISO/IEC 17021-1:2015, 9.1.4, 9.2.2)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from testamur.kernel import clock
from testamur.kernel.refusal import Refused, refusal_of
from testamur.parties import acting
from testamur.parties.models import Membership
from testamur.schemes.language.moments import is_working
from testamur.selection import actions, planning, policies
from testamur.selection import queries as selection
from testamur.selection.models import Case
from testamur.selection.programme import sites_of
from testamur.wording.templatetags.say import day as say_day
from testamur.wording.templatetags.say import translated, words
from testamur.workspace import case_pages
from testamur.workspace.answers import Answers, within_reach
from testamur.workspace.planned_visits import move, visit_form, visit_of, visits_of
from testamur.workspace.said import said


@require_http_methods(["GET", "POST"])
@acting.requires()
def team(request: HttpRequest, case_id: str) -> HttpResponse:
    """Set visits and people; who cannot be put on the team is listed with the clause that says so."""
    case, membership, side = case_pages.open_case(request, case_id, "team")
    refusal = refusal_of(policies.check_may_plan, case, membership, clock.now())
    first, last = _period(request, case)
    roles = _roles(case)
    visits = visit_form(request, case, membership)
    people = Answers(request, act="assign", initial={"from_day": first.isoformat(), "until_day": last.isoformat()})
    simple = Answers(request, act="step")
    moved = Answers(request, act="move")
    if isinstance(visits, HttpResponse):
        return visits
    here = redirect("workspace:team", case.public_id)
    if people.sent and people.attempt(lambda: _assign(case, membership, people, roles)):
        messages.success(request, _("The person is on the team for these days."))
        return here
    if moved.sent and moved.attempt(lambda: move(case, membership, moved)):
        messages.success(
            request, _("The visit is moved. What the applicant agreed to is void; propose the plan again.")
        )
        return here
    if simple.sent:
        done = _step(request, case, membership, simple)
        if done:
            messages.success(request, done)
            return redirect(
                "workspace:determination" if case.stage != Case.Stage.SELECTION else "workspace:team", case.public_id
            )
    role = request.GET.get("role") or (next(iter(roles)) if roles else "")
    found = selection.candidates(case, role, first, last) if role in roles and side == "issuer" else []
    plan = planning.standing_plan(case)
    return case_pages.show(
        request,
        case,
        "team",
        "workspace/team.html",
        title=_("Team and visits"),
        actions=_team_buttons(case, membership, plan, refusal),
        refusal=refusal,
        roles=[(key, words(title)) for key, title in roles.items()],
        role=role,
        first=first,
        last=last,
        able=[_candidate(case, one, role, first, last) for one in found if one.refusal is None],
        unable=[
            {
                "state": "bad",
                "icon": "user-off",
                "text": _("{person} · {organisation}").format(
                    person=words(one.membership.person.names), organisation=words(one.membership.organisation.names)
                ),
                "facts": one.refusal,
                "source": one.refusal.source,
                "who": _("from {day}").format(day=say_day(one.refusal.until))
                if one.refusal.until
                else translated(one.refusal.who),
            }
            for one in found
            if one.refusal is not None
        ],
        assigned=_assigned(case, roles),
        visits=visits_of(case, membership),
        visit_form=visits,
        people=people,
        simple=simple,
        moved=moved,
        checks=case_pages.checks(list(selection.missing(case))) if case.stage == Case.Stage.SELECTION else [],
        sites=sites_of(case.leader),
        calendar=_calendar(case, membership, found, first, last) if found else None,
        plan=plan,
        days=selection.audit_time(case),
        can=refusal is None,
    )


def _roles(case: Case) -> dict[str, Any]:
    """Return the roles that can be put on a case: of the team, and of whoever does an activity of this occasion."""
    definition = case.scheme.definition
    wanted = list(definition.team.roles) if definition.team else []
    for activity in planning.activities_of(case):
        wanted += [one for one in activity.by if one not in wanted]
    for table in (definition.review, definition.decision):
        wanted += [one for one in (table.by if table else ()) if one not in wanted]
    titles = {role.id: role.title for role in definition.roles if role.side != "holder"}
    return {one: titles[one] for one in wanted if one in titles}


def _period(request: HttpRequest, case: Case) -> tuple[date, date]:
    """Return the days that candidates are asked for: of the address, else of the planned visits, else a week ahead."""

    def day(name: str) -> date | None:
        try:
            return within_reach(date.fromisoformat(request.GET.get(name, "")))
        except ValueError:
            return None

    first, last = day("from"), day("until")
    if first is None:
        rows = [row.visit for row in case.planned.filter(visit__cancelled_at=None).select_related("visit")]
        if rows:
            first, last = min(one.from_day for one in rows), max(one.until_day for one in rows)
    first = first or case_pages.queries.today_of(case) + timedelta(days=7)
    last = last or first
    return (first, last) if first <= last else (last, first)


def _assign(case: Case, by: Membership, answers: Answers, roles: dict[str, Any]) -> Any:
    role = str(answers.raw("role"))
    if role not in roles:
        raise Http404
    first, last = answers.day("from_day"), answers.day("until_day")
    if answers.errors or first is None or last is None:
        return None
    candidate = next(
        (
            one
            for one in selection.candidates(case, role, first, last)
            if one.membership.public_id == answers.raw("membership")
        ),
        None,
    )
    if candidate is None:
        raise Http404
    return actions.assign(
        case=case, membership=candidate.membership, role=role, from_day=first, until_day=last, by=by, at=clock.now()
    )


def _step(request: HttpRequest, case: Case, by: Membership, answers: Answers) -> str:
    """Do what a single button asks for; returns what is to be said, "" where it was refused."""
    step = str(answers.raw("step"))
    at = clock.now()
    if step == "propose":
        return (
            _("The plan is with the applicant.")
            if answers.attempt(lambda: actions.propose_plan(case=case, by=by, at=at))
            else ""
        )
    if step == "start":
        done = answers.attempt(lambda: actions.start_determination(case=case, by=by, at=at))
        case.refresh_from_db()
        return _("Determination has begun.") if done else ""
    if step == "release":
        assignment = get_object_or_404(case.assignments, pk=answers.number("assignment"), removed_at=None)
        done = answers.attempt(
            lambda: actions.release(assignment=assignment, because=answers.text("because"), by=by, at=at)
        )
        return _("The person is released; that they were on the team stays on record.") if done else ""
    if step == "cancel":
        visit = visit_of(case, str(answers.raw("visit")))
        done = answers.attempt(
            lambda: actions.cancel_visit(planned=visit, because=answers.text("because"), by=by, at=at)
        )
        return _("The visit is cancelled.") if done else ""
    raise Http404


def _team_buttons(case: Case, membership: Membership, plan: Any, refusal: Refused | None) -> list[dict[str, Any]]:
    if case.stage != Case.Stage.SELECTION or refusal is not None:
        return []
    here = reverse("workspace:team", args=[case.public_id])

    def button(step: str, label: str, *, main: bool, refused: Refused | None = None) -> dict[str, Any]:
        fields = [{"name": "act", "value": "step"}, {"name": "step", "value": step}]
        return {"label": label, "post": here, "fields": fields, "main": main, "refused": refused}

    today = case_pages.queries.today_of(case)
    before_start = [one.refusal() for one in planning.missing_for_start(case, today)]
    if case.scheme.definition.team is not None and planning.needs_agreement(case) and before_start:
        unchanged = plan is not None and plan.objected_at is None and plan.snapshot == planning.snapshot(case)
        if not unchanged:
            lacking = [one.refusal() for one in planning.missing_for_plan(case)]
            return [
                button("propose", _("Propose to the applicant"), main=True, refused=lacking[0] if lacking else None)
            ]
    return [button("start", _("Begin determination"), main=True, refused=before_start[0] if before_start else None)]


def _candidate(case: Case, one: Any, role: str, first: date, last: date) -> dict[str, Any]:
    return {
        "membership": one.membership,
        "checks": [
            {"state": "ok" if check.ok else "warn", "text": said(check.sentence, check.facts), "source": check.source}
            for check in one.checks
        ],
        "on": case.assignments.filter(membership=one.membership, role=role, removed_at=None).exists(),
    }


def _assigned(case: Case, roles: dict[str, Any]) -> list[dict[str, Any]]:
    titles = {role.id: role.title for role in case.scheme.definition.roles}
    rows = (
        case.assignments.filter(removed_at=None)
        .select_related("membership__person", "membership__organisation")
        .order_by("id")
    )
    return [{"row": row, "role": titles.get(row.role, row.role), "person": row.membership.person.names} for row in rows]


def _calendar(case: Case, membership: Membership, found: list[Any], first: date, last: date) -> dict[str, Any]:
    """Return who is free when, a week around the days asked for."""
    begin = first - timedelta(days=first.weekday())
    end = max(last, begin + timedelta(days=11))
    end = min(end, begin + timedelta(days=27))
    columns = [begin + timedelta(days=n) for n in range((end - begin).days + 1)]
    busy = {row["person"].pk: row["busy"] for row in selection.calendar(membership, begin, end)}
    rows = []
    for one in found:
        slots = [_slot(case, day, busy.get(one.membership.person_id, [])) for day in columns]
        rows.append(
            {
                "name": one.membership.person.names,
                "out": one.refusal is not None,
                "slots": _joined(slots),
            }
        )
    area = case.scheme.definition.area
    return {
        "caption": _("Who is free when"),
        "days": [{"day": day, "off": not is_working(day, area), "mark": first <= day <= last} for day in columns],
        "rows": rows,
    }


def _slot(case: Case, day: date, busy: list[dict[str, Any]]) -> tuple[str, str]:
    for row in busy:
        if row["from"] <= day <= (row["until"] or row["from"]):
            if row["case"] is not None and row["case"].pk == case.pk:
                return "prop", _("this case")
            return "busy", row["case"].number if row["case"] else _("other work")
    return ("free", "") if is_working(day, case.scheme.definition.area) else ("off", "")


def _joined(slots: list[tuple[str, str]]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for kind, text in slots:
        if rows and (rows[-1]["kind"], rows[-1]["text"]) == (kind, text) and kind != "off":
            rows[-1]["span"] += 1
        else:
            rows.append({"kind": kind, "text": text, "span": 1})
    return rows
