"""Determination of a case: its visits, who was there, its activities (ISO/IEC 17021-1:2015, 9.3, 9.4)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from testamur.determination import actions, policies
from testamur.determination import queries as determination
from testamur.determination.models import Activity, Attendance, Visit
from testamur.kernel import clock
from testamur.kernel.refusal import Refused, refusal_of
from testamur.parties import acting
from testamur.parties.models import Membership
from testamur.selection import queries as selection
from testamur.selection.models import Case, PlannedVisit
from testamur.wording.templatetags.say import translated
from testamur.workspace import case_pages
from testamur.workspace.answers import Answers, now_for_input
from testamur.workspace.said import PLACES, POSITIONS, said, word


@require_http_methods(["GET", "POST"])
@acting.requires()
def overview(request: HttpRequest, case_id: str) -> HttpResponse:
    """Show what has to be found out and by whom; begin visits and activities, sign people in and out, finish."""
    case, membership, side = case_pages.open_case(request, case_id, "determination")
    step = Answers(request, act="step")
    sign = Answers(request, act="sign", initial={"at": now_for_input(case.scheme.definition.area)})
    if step.sent:
        done = _step(case, membership, step)
        if done is not None:
            messages.success(request, done[0])
            return done[1]
    if sign.sent and sign.attempt(lambda: _sign(case, membership, sign)):
        messages.success(request, _("Attendance is recorded."))
        return redirect("workspace:determination", case.public_id)
    works = (
        refusal_of(policies.check_works_on, case, membership) if case.stage == Case.Stage.DETERMINATION else said("")
    )
    missing = determination.missing(case) if case.stage == Case.Stage.DETERMINATION else []
    return case_pages.show(
        request,
        case,
        "determination",
        "workspace/determination.html",
        title=_("Determination"),
        actions=_buttons(case, works, missing),
        activities=_activities(case, side),
        exhibits=case.exhibits.select_related("file"),
        visits=_visits(case, membership),
        checks=case_pages.checks(missing) if side != "client" else [],
        step=step,
        sign=sign,
        works=works is None,
        refusal=works if case.stage == Case.Stage.DETERMINATION and side == "issuer" else None,
        sign_questions=_sign_questions(case, sign),
        positions=[(key, translated(text)) for key, text in POSITIONS.items()],
        now=now_for_input(case.scheme.definition.area),
    )


def _buttons(case: Case, works: Refused | None, missing: list[Any]) -> list[dict[str, Any]]:
    if case.stage != Case.Stage.DETERMINATION or works is not None:
        return []
    lacking = [row for row in missing if row.state == "bad"]
    refused = (
        said(lacking[0].sentence, lacking[0].facts, source=lacking[0].source, who=lacking[0].who) if lacking else None
    )
    fields = [{"name": "act", "value": "step"}, {"name": "step", "value": "finish"}]
    here = reverse("workspace:determination", args=[case.public_id])
    return [{"label": _("Finish determination"), "post": here, "fields": fields, "main": True, "refused": refused}]


def _step(case: Case, by: Membership, answers: Answers) -> tuple[str, HttpResponse] | None:
    step, at = str(answers.raw("step")), clock.now()
    here = redirect("workspace:determination", case.public_id)
    if step == "finish":
        if answers.attempt(lambda: actions.finish(case=case, by=by, at=at)):
            return _("Determination is finished; the dossier is with the reviewer."), redirect(
                "workspace:case", case.public_id
            )
    elif step == "visit":
        planned = get_object_or_404(
            PlannedVisit.objects.filter(activities__case=case).distinct(), public_id=answers.raw("visit")
        )
        if answers.attempt(lambda: actions.start_visit(planned=planned, by=by, at=at)):
            return _("The visit has begun. Sign in whoever is there."), here
    elif step == "end":
        visit = _visit(case, str(answers.raw("visit")))
        if answers.attempt(lambda: actions.end_visit(visit=visit, by=by, at=at)):
            return _("The visit has ended."), here
    elif step == "explain":
        row = get_object_or_404(Attendance, pk=answers.number("attendance"), visit__in=determination.visits(case))
        if answers.attempt(lambda: actions.explain(attendance=row, remark=answers.text("remark"), by=by, at=at)):
            return _("The explanation is recorded."), here
    elif step == "start":
        return _start(case, by, answers)
    else:
        raise Http404
    return None


def _start(case: Case, by: Membership, answers: Answers) -> tuple[str, HttpResponse] | None:
    visit_id, witnessed = str(answers.raw("visit")), str(answers.raw("witnesses"))
    visit = _visit(case, visit_id) if visit_id else None
    witness = get_object_or_404(_witnessable(case), public_id=witnessed) if witnessed else None
    started = answers.attempt(
        lambda: actions.start_activity(
            case=case, activity=str(answers.raw("activity")), by=by, at=clock.now(), visit=visit, witnesses=witness
        )
    )
    if not started:
        return None
    if answers.again or answers.result is None:
        return _("The activity has begun."), redirect("workspace:determination", case.public_id)
    return _("The activity has begun."), redirect("workspace:activity", case.public_id, answers.result.public_id)


def _visit(case: Case, public_id: str) -> Visit:
    return get_object_or_404(determination.visits(case), public_id=public_id)


def _witnessable(case: Case) -> Any:
    """Return the audits of the client that a witness assessment can point at."""
    return (
        Activity.objects.filter(case__issuer=case.client)
        .select_related("case__scheme", "case__client")
        .order_by("-started_on")
    )


def _sign(case: Case, by: Membership, answers: Answers) -> Any:
    visit = _visit(case, str(answers.raw("visit")))
    people = {one.person.public_id: one.person for one in _who_may_attend(visit)}
    person = answers.chosen("person", people)
    at = answers.instant("at", area=case.scheme.definition.area)
    if person is None or at is None:
        return None
    if answers.raw("way") == "out":
        return actions.sign_out(visit=visit, person=person, by=by, at=at)
    sites = {site.public_id: site for site in (visit.visited.sites.all() if visit.visited else [])}
    site = answers.chosen("site", sites, required=False)
    position = answers.chosen("position", {key: key for key in POSITIONS}, required=False)
    return actions.sign_in(
        visit=visit,
        person=person,
        site=site,
        position=position or Attendance.Position.UNKNOWN,
        by=by,
        at=at,
        remark=answers.text("remark", most=300),
    )


def _who_may_attend(visit: Visit) -> list[Membership]:
    found: dict[int, Membership] = {}
    for case in policies.cases_of(visit):
        for one in selection.people_on(case):
            found[one.person_id] = one
    if visit.visited is not None:
        for one in visit.visited.memberships.filter(until_day=None).select_related("person", "organisation"):
            found.setdefault(one.person_id, one)
    return list(found.values())


def _sign_questions(case: Case, answers: Answers) -> list[dict[str, Any]]:
    return [
        answers.ask("at", "text", _("When (day and time there)"), help=_("Written as 2026-03-31T09:30.")),
        answers.ask("remark", "text", _("Remark"), required=False, help=_("Explain a position outside the site.")),
    ]


def _activities(case: Case, side: str) -> list[dict[str, Any]]:
    newest = determination.standing(case)
    rows = []
    visits = list(determination.visits(case).filter(ended_at=None))
    shown = {table.id for table in determination.activities_of(case)} | set(newest)
    for table in case.scheme.definition.activities:
        if table.id not in shown:
            continue
        row = newest.get(table.id)
        if side == "client" and table.notice == "unannounced" and row is None:
            continue  # what comes unannounced is not announced by a page
        running = row is not None and row.completed_at is None
        again = row is not None and row.completed_at is not None and determination.may_repeat(case, row)
        rows.append(
            {
                "table": table,
                "row": row,
                "place": translated(word(PLACES, table.where)),
                "pill": pill_of(row),
                "may_start": (row is None or again) and case.stage == Case.Stage.DETERMINATION,
                "visits": visits if table.where in ("on_site", "either", "remote") else [],
                "witness": list(_witnessable(case)[:30]) if table.kind == "witness" else [],
                "running": running,
                "source": str(table.source[0]) if table.source else "",
                "href": reverse("workspace:activity", args=[case.public_id, row.public_id])
                if row and side != "client"
                else "",
            }
        )
    return rows


def pill_of(row: Activity | None) -> dict[str, Any]:
    if row is None:
        return {"tone": "mute", "text": _("not begun")}
    if row.completed_at is None:
        return {"tone": "info", "text": _("under way")}
    if row.passed is False:
        return {"tone": "bad", "text": _("not passed")}
    return {"tone": "ok", "text": _("completed")}


def _visits(case: Case, membership: Membership) -> list[dict[str, Any]]:
    rows = []
    for planned in selection.visits_of(case, membership):
        visit = getattr(planned, "visit", None)
        rows.append(_visit_row(planned, visit))
    known = {row["visit"].pk for row in rows if row["visit"]}
    rows += [_visit_row(None, visit) for visit in determination.visits(case) if visit.pk not in known]
    return rows


def _visit_row(planned: PlannedVisit | None, visit: Visit | None) -> dict[str, Any]:
    return {
        "planned": planned,
        "visit": visit,
        "where": translated(word(PLACES, (visit or planned).where)),  # type: ignore[union-attr]
        "attendances": list(visit.attendances.select_related("person", "site").order_by("arrived_at")) if visit else [],
        "people": _who_may_attend(visit) if visit and visit.ended_at is None else [],
        "sites": list(visit.visited.sites.filter(closed_on=None)) if visit and visit.visited else [],
    }
