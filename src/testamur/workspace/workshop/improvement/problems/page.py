"""The page of one problem: where it stands, what is next, by whom and by when; every step can be worked from here."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from testamur.improvement import fishbone
from testamur.improvement.disciplines import Need, Standing, Step
from testamur.improvement.models import Analysis, Problem
from testamur.improvement.policies import problems as policies
from testamur.improvement.queries import costs
from testamur.improvement.queries import problems as queries
from testamur.kernel import clock
from testamur.kernel.refusal import refusal_of
from testamur.kernel.words import Function
from testamur.parties import acting
from testamur.parties.models import Membership
from testamur.wording.templatetags.say import language, translated, words
from testamur.workspace import case_pages
from testamur.workspace.said import said
from testamur.workspace.workshop.improvement.cited import bracket, chart_proof
from testamur.workspace.workshop.improvement.parts import UNIT, left_of, name_of, short
from testamur.workspace.workshop.improvement.problems.forms import Forms

#: Working days before its last day at which one's own turn is shown as near.
SOON = 5
#: What is missing → the form in which it is done.
WHERE = {
    "symptom": "state", "emergency_action": "state", "problem": "state", "is_not": "state", "leader": "team",
    "members": "team", "containment": "contain", "containment_check": "contain", "containment_effective": "contain",
    "evidence:D3": "contain", "cause_of_occurrence": "cause", "cause_of_escape": "escape", "verification:D4": "cause",
    "evidence:D4": "cause", "corrective_actions": "action", "verification:D5": "action", "check_agreed": "agree",
    "fmea_rows": "prevent", "control_plan": "prevent", "prevention": "prevent", "check_passed": "effect",
}  # fmt: skip


def problem_of(membership: Membership, public_id: str) -> Problem:
    """Return a problem that the member may see; 404 where there is none for them."""
    found = queries.visible_to(membership).filter(public_id=public_id).first()
    if found is None:
        raise Http404
    return found


@require_http_methods(["GET", "POST"])
@acting.requires(Function.QUALITY)
def problem(request: HttpRequest, problem_id: str) -> HttpResponse:
    """Show one problem and carry out what is sent."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    row = problem_of(membership, problem_id)
    forms = Forms(request, row, Standing(row))
    if forms.done:
        messages.success(request, _("Recorded."))
        return redirect("workspace:workshop-problem", problem_id=row.public_id)
    row.refresh_from_db()  # a refused form may have changed the object, never the row
    standing = Standing(row)
    today = case_pages.today_cn()
    return render(request, "workshop/improvement/problem.html", context_of(row, standing, forms, membership, today))


def context_of(
    row: Problem, standing: Standing, forms: Forms, membership: Membership, today: date
) -> dict[str, Any]:
    """Return everything the page shows."""
    done = sum(one.done for one in standing.steps)
    bones = list(row.bones.all())
    present = [one for one in bones if one.round == row.round]
    spent, sums = costs.of_problem(row)
    refusal = None if row.closed_at else refusal_of(policies.check_may_close, membership, row, clock.now())
    return {
        "problem": row,
        "standing": standing,
        "crumbs": [
            {"label": _("Quality workshop"), "href": reverse("workspace:workshop")},
            {"label": _("Problems"), "href": reverse("workspace:workshop-problems")},
            {"label": row.number, "mono": True},
        ],
        "head": {
            "title": f"{row.number}: {row.title}",
            "pills": [{"tone": "mute", "text": origin_words(row), "icon": "flag"}, state_pill(standing)],
            "facts": linked(row),
            "actions": [
                {"label": _("Report (PDF)"), "icon": "download",
                 "href": reverse("workspace:workshop-problem-report", args=[row.public_id])}
            ],
        },
        "next": next_of(standing, membership, today, forms),
        "steps": [step_row(standing, one) for one in standing.steps],
        "done": done,
        "total": len(standing.steps),
        "missing": [missing_row(one) for one in standing.missing],
        "close_refusal": refusal,
        "forms": sorted(forms.all, key=lambda one: not one.open),
        "fishbone": mark_safe(fishbone.drawn(row.title, present, translated, language())) if present else "",
        "bones": present,
        "analyses": list(standing.analyses.values()),
        "earlier": earlier(row),
        "files": [
            {"name": one.name, "size": one.file.size, "sha256": one.file.sha256, "received_at": one.recorded_at,
             "href": reverse("workspace:workshop-problem-file", args=[row.public_id, one.public_id])}
            for one in row.files.select_related("file").order_by("id")
        ],
        "costs": spent, "sums": sums, "today": today,
    }  # fmt: skip


def origin_words(row: Problem) -> str:
    """Say where a problem came from."""
    return translated(str(Problem.Origin(row.origin).label))


def state_pill(standing: Standing) -> dict[str, Any]:
    """Return the state as a pill: closed, or the step that is being worked."""
    if standing.problem.closed_at is not None:
        return {"tone": "ok", "text": _("closed")}
    now = standing.now
    place = next((place for place, one in enumerate(standing.steps, 1) if one is now), 1)
    if now is not None and standing.eight:
        return {"tone": "info", "text": _("{step} of 8").format(step=now.key)}
    return {"tone": "info", "text": _("step {n} of {all}").format(n=place, all=len(standing.steps))}


def linked(row: Problem) -> list[Any]:
    """Return what a problem is linked to: findings, chart, point."""
    found: list[Any] = []
    for one in row.audit_findings.select_related("audit"):
        text = _("finding {number} of internal audit {audit}").format(number=one.number, audit=one.audit.number)
        found.append({"text": text, "href": reverse("workspace:workshop-audit", args=[one.audit.public_id])})
    if row.finding is not None:
        href = reverse("workspace:finding", args=[row.finding.case.public_id, row.finding.public_id])
        found.append({"text": _("finding {number}").format(number=row.finding.number), "href": href})
    if row.chart is not None:
        name, place = ("workshop-point", [row.point]) if row.point else ("workshop-chart", [])
        state = chart_proof(row.chart)
        href = reverse(f"workspace:{name}", args=[row.chart.public_id, *place])
        found.append({"text": chart_words(row), "href": href, "note": bracket(state["verdict"])})
        if state["compare"]:
            found.append({"text": _("Before and after"), "href": state["compare"]})
    return found


def chart_words(row: Problem) -> str:
    """Name the chart on which a problem was seen, with its point."""
    if row.chart is None:
        return ""
    if row.point:
        return _("chart {name}, point {point}").format(name=row.chart.name, point=row.point)
    return _("chart {name}").format(name=row.chart.name)


def next_of(standing: Standing, membership: Membership, today: date, forms: Forms) -> dict[str, Any]:
    """Return the next strip: what, who, by when, and the way to the form."""
    if standing.problem.closed_at is not None:
        return {"step": _("Nothing: this problem is closed"), "tone": "wait"}
    need = standing.next
    leader = standing.leader
    if need is None:
        return {
            "step": _("Close it: everything is on record"), "who": name_of(leader), "tone": "",
            "actions": [{"label": _("Close"), "href": "#close", "main": True}],
        }  # fmt: skip
    left = left_of(need.due_on, today)
    mine = need.who is not None and need.who.pk == membership.pk
    tone = "wait" if not mine else ""
    if left is not None and left < 0:
        tone = "bad"
    elif left is not None and left <= SOON and mine:
        tone = "warn"
    ident = WHERE.get(need.key, "")
    if need.key in ("implemented", "before", "after", "evidence:D6"):
        open_ones = [one for one in standing.actions if one.done_on is None]
        first = min(open_ones, key=lambda one: one.due_on, default=None)
        ident = f"done-{first.public_id}" if first else ""
    known = {one.ident for one in forms.all}
    return {
        "step": said(need.sentence), "who": who_of(need.who, standing), "by": need.due_on,
        "left": case_pages.left_words(left, UNIT), "tone": tone,
        "actions": [{"label": _("Do it now"), "href": f"#{ident}", "main": True}] if ident in known else [],
    }  # fmt: skip


def who_of(who: Membership | None, standing: Standing) -> str:
    """Say who does it, with their part in the team."""
    part = next((one.part for one in standing.members if who is not None and one.membership_id == who.pk), "")
    return ", ".join(filter(None, [name_of(who), part]))


def step_row(standing: Standing, step: Step) -> dict[str, Any]:
    """Return one step of the list."""
    plan = standing.plans.get(step.key)
    is_now = step is standing.now
    state = "done" if step.done else "now" if is_now else "next"
    due = next((one.due_on for one in step.needs if one.due_on), plan.due_on if plan else None)
    return {
        "state": state, "key": step.key[1:] if step.key.startswith("D") else str(standing.steps.index(step) + 1),
        "title": translated(step.title), "note": note_of(standing, step),
        "missing": [translated(one.sentence) for one in step.needs] if not step.done else [],
        "day": step.at if step.done else None, "due": due if not step.done else None,
    }  # fmt: skip


def note_of(standing: Standing, step: Step) -> str:
    """Return in a line what is on record of a step."""
    held, check = standing.containment, standing.check
    actions = "; ".join(f"{short(one.what, 80)} ({name_of(one.owner)})" for one in standing.actions)
    team = ", ".join(
        _("{name} (lead)").format(name=name_of(one.membership)) if one.leads else name_of(one.membership)
        for one in standing.members
    )
    notes = {
        "D0": short(standing.problem.emergency, 160),
        "D1": team,
        "D2": f"{standing.problem.extent}, {standing.problem.place}",
        "D3": short(held.what, 160) if held else "",
        "D4": "; ".join(short(one.cause, 120) for one in standing.analyses.values()),
        "D5": actions,
        "D6": "; ".join(f"{short(one.before, 60)} → {short(one.after, 60)}" for one in standing.actions if one.done_on),
        "D7": f"{standing.prevention.failure_text}, {standing.prevention.plan_text}" if standing.prevention else "",
        "D8": short(check.criterion, 160) if check else "",
    }
    same = {"contain": "D3", "cause": "D4", "act": "D5", "effect": "D8"}
    return notes[same.get(step.key, step.key)]


def missing_row(need: Need) -> dict[str, Any]:
    """Return what is missing as ``_missing.html`` draws it: what, who and by when."""
    ident = WHERE.get(need.key, "")
    return {
        "state": "bad", "text": said(need.sentence), "who": name_of(need.who),
        "facts": said("{day}", {"day": need.due_on}) if need.due_on else "", "href": f"#{ident}" if ident else "",
    }  # fmt: skip


def earlier(row: Problem) -> list[dict[str, Any]]:
    """Return the rounds before this one: causes, actions, and why they did not hold."""
    rounds = []
    for number in range(1, row.round):
        check = row.effectcheck_rows.filter(round=number).last()
        rounds.append(
            {
                "number": number,
                "causes": [
                    (translated(str(Analysis.Strand(one.strand).label)), one.cause)
                    for one in row.analysis_rows.filter(round=number).order_by("id")
                ],
                "actions": [
                    f"{one.what} ({words(one.owner.person.names)})"
                    for one in row.problemaction_rows.filter(round=number).select_related("owner__person")
                ],
                "result": check.result if check else "",
                "day": check.checked_on if check else None,
            }
        )
    return rounds
