"""The page of a row of an FMEA: its ratings from the first on, its actions, what controls it."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from testamur.improvement.actions import risks as actions
from testamur.improvement.models import FailureMode, RiskAction
from testamur.improvement.queries import access, control_plans
from testamur.improvement.queries import problems as problem_queries
from testamur.improvement.queries import risks as queries
from testamur.kernel import clock, days
from testamur.kernel.words import Function
from testamur.parties import acting
from testamur.parties.models import Membership
from testamur.workspace import case_pages
from testamur.workspace.workshop.improvement.control_plans.views import look_words
from testamur.workspace.workshop.improvement.parts import (
    UNIT,
    Form,
    Part,
    left_of,
    name_of,
    people_options,
    short,
    tried,
)
from testamur.workspace.workshop.improvement.risks.questions import (
    crumbs,
    rating_questions,
    row_questions,
    sheet_of,
    texts_of,
)

TONES = {"H": "bad", "M": "warn", "L": "ok"}


@require_http_methods(["GET", "POST"])
@acting.requires(Function.QUALITY)
def failure(request: HttpRequest, fmea_id: str, failure_id: str) -> HttpResponse:
    """Show a row with its ratings from the first on; describe, rate, act."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    sheet = sheet_of(membership, fmea_id)
    row = queries.failures(sheet.failures.all()).filter(public_id=failure_id).first()
    if row is None:
        raise Http404
    forms = [] if row.removed_because else _row_forms(request, row, membership)
    if any(form.answers.sent and form.answers.result is not None for form in forms) or any(
        form.answers.again for form in forms
    ):
        messages.success(request, _("Recorded."))
        return redirect("workspace:workshop-failure", fmea_id=sheet.public_id, failure_id=row.public_id)
    today = case_pages.today_cn()
    row = queries.failures(sheet.failures.all()).get(pk=row.pk)
    rating = row.rating
    first = next((one for one in row.actions.all() if one.done_on is None), None)
    left = left_of(first.due_on if first else None, today)
    if first:
        strip = {
            "step": first.what, "who": name_of(first.owner), "by": first.due_on,
            "left": case_pages.left_words(left, UNIT), "tone": "bad" if left is not None and left < 0 else "",
        }  # fmt: skip
    else:
        need = rating.priority == "H" and not row.actions.all()
        strip = {
            "step": _("Choose an action, or rate anew with the reason") if need else _("Nothing is open in this row"),
            "tone": "" if need else "wait",
        }
    context = {
        "crumbs": [
            *crumbs(),
            {"label": sheet.number, "href": reverse("workspace:workshop-fmea", args=[sheet.public_id]), "mono": True},
            {"label": _("Row {n}").format(n=row.place)},
        ],
        "head": {
            "title": row.mode,
            "pills": [
                {"tone": TONES[rating.priority], "text": _("action priority {letter}").format(letter=rating.priority)}
            ],
            "number": f"{sheet.number}/{row.place}",
            "facts": [row.item],
        },
        "next": strip, "row": row, "rating": rating, "ratings": list(row.ratings.all())[::-1], "forms": forms,
        "controls": [
            {
                "text": f"{one.edition.plan.number}: {one.step}, {one.watched}", "look": look_words(one),
                "href": reverse("workspace:workshop-control-plan", args=[one.edition.plan.public_id]),
                "chart": one.chart,
            }
            for one in control_plans.controlling(row)
        ],
        "today": today,
    }  # fmt: skip
    return render(request, "workshop/improvement/failure.html", context)


def _take(action: RiskAction, part: Part, by: Membership) -> RiskAction:
    return actions.take_action(
        action=action, taken=part.said("taken"), done_on=part.day_of("done_on"), by=by, at=clock.now()
    )


def _row_forms(request: HttpRequest, row: FailureMode, by: Membership) -> list[Form]:
    at = clock.now()
    today = days.day_of(at)
    people = {one.public_id: one for one in access.colleagues(by, today)}
    charts = {one.public_id: one for one in problem_queries.charts(by)[:200]}
    rating = row.rating
    forms = []

    act = Part(request, "act", {"due_on": (today + timedelta(days=30)).isoformat()})
    asked = [
        act.question("what", "text", _("What will be done"), max=300),
        act.question("owner", "choice", _("Who does it"), options=people_options(people)),
        act.question("due_on", "date", _("By when")),
    ]

    def plan() -> Any:
        owner = act.one_of("owner", people)
        if owner is None:
            return None
        return actions.plan_action(
            failure=row, what=act.said("what"), owner=owner, due_on=act.day_of("due_on"), by=by, at=at
        )

    tried(act, plan)
    open_now = rating.priority == "H" and not row.actions.all()
    forms.append(Form("act", _("Plan an action"), act, asked, _("Plan it"), act.sent or open_now))
    for one in row.actions.all():
        if one.done_on is not None:
            continue
        done = Part(request, f"done{one.public_id}", {"done_on": today.isoformat()})
        asked = [
            done.question("done_on", "date", _("Day on which it was done")),
            done.question("taken", "text", _("What was done, and where one sees it"), max=300),
        ]
        tried(done, partial(_take, one, done, by))
        title = _("Report as done: {action}").format(action=short(one.what, 80))
        forms.append(Form(f"done-{one.public_id}", title, done, asked, _("Report as done"), True))

    rate = Part(request, "rate", {name: getattr(rating, name) for name in ("severity", "occurrence", "detection")})
    asked = [*rating_questions(rate), rate.question("reason", "text", _("What changed"), max=300)]
    tried(
        rate,
        lambda: actions.rate(
            failure=row, ratings={name: rate.said(name) for name in ("severity", "occurrence", "detection")},
            reason=rate.said("reason"), by=by, at=at,
        ),
    )  # fmt: skip
    forms.append(Form("rate", _("Rate anew"), rate, asked, _("Record the rating"), rate.sent))

    texts = {name: getattr(row, name) for name in (*actions.TEXTS, *actions.OPTIONAL)}
    chart_id = row.chart.public_id if row.chart else ""
    change = Part(request, "change", {**texts, "version": row.version, "chart": chart_id})
    asked = row_questions(change, charts)
    tried(
        change,
        lambda: actions.change_failure(
            failure=row, texts=texts_of(change), version=change.number(change("version")) or 0, by=by, at=at,
            chart=change.one_of("chart", charts, required=False) if charts else row.chart,
        ),
    )  # fmt: skip
    hidden = [(change("version"), str(change.raw(change("version"))))]
    forms.append(Form("change", _("Describe the row"), change, asked, _("Save"), change.sent, extra=hidden))

    out = Part(request, "remove")
    asked = [out.question("reason", "text", _("Why it is removed"), max=300)]
    tried(out, lambda: actions.remove_failure(failure=row, reason=out.said("reason"), by=by, at=at))
    forms.append(Form("remove", _("Remove the row"), out, asked, _("Remove"), out.sent))
    return forms
