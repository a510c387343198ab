"""Pages of management reviews: the list, one review with its collected inputs, its minutes as PDF."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from testamur.files import reports
from testamur.improvement.actions import reviews as actions
from testamur.improvement.models import ManagementReview, ReviewDecision
from testamur.improvement.policies import reviews as policies
from testamur.improvement.queries import inputs
from testamur.improvement.queries import reviews as queries
from testamur.kernel import clock
from testamur.kernel.refusal import refusal_of
from testamur.kernel.words import Function
from testamur.parties import acting
from testamur.parties.models import Membership
from testamur.wording.templatetags.say import day as said_day
from testamur.wording.templatetags.say import refusal, translated, words
from testamur.workspace import case_pages
from testamur.workspace.answers import Answers
from testamur.workspace.said import said
from testamur.workspace.workshop.improvement.system import frame

TONES = {"planned": "info", "frozen": "turn", "closed": "ok"}


@require_safe
@acting.requires(Function.QUALITY)
def reviews(request: HttpRequest) -> HttpResponse:
    """List the management reviews; also as a file."""
    membership = frame.member_of(request)
    return frame.listing(
        request,
        title=_("Management reviews"),
        lead=_("The platform collects the inputs; the management decides."),
        rows=queries.visible_to(membership),
        columns=[
            frame.Column("number", _("Number"), lambda row: row.number),
            frame.Column("day", _("Day"), lambda row: row.held_on),
            frame.Column("chair", _("Chair"), lambda row: words(row.chair.person.names)),
            frame.Column("state", _("State"), lambda row: translated(queries.STATES[queries.state_of(row)])),
            frame.Column("decisions", _("Decisions"), lambda row: row.decisions.count(), numeric=True),
            frame.Column("open", _("still open"), lambda row: row.decisions.filter(done_on=None).count(), numeric=True),
        ],
        href=_page,
        name="management-reviews",
        icon="users-group",
        states=queries.STATES,
        state_of=queries.state_of,
        actions=[{"label": _("New review"), "href": reverse("workspace:workshop-review-new"), "icon": "plus"}],
        empty=(
            _("No management review yet"),
            _("Plan one: objectives, audits, suppliers, certificates and earlier decisions are collected for it."),
        ),
    )


def _page(review: ManagementReview) -> str:
    return reverse("workspace:workshop-review", args=[review.public_id])


@require_http_methods(["GET", "POST"])
@acting.requires(Function.QUALITY)
def review_new(request: HttpRequest) -> HttpResponse:
    """Plan a review."""
    membership, today = frame.member_of(request), case_pages.today_cn()
    people = frame.colleagues(membership, today)
    answers = Answers(request, initial={"held_on": today.isoformat(), "chair": membership.public_id})

    def plan() -> Any:
        day, chair = answers.day("held_on"), answers.chosen("chair", people)
        attendees = answers.text("attendees", required=True, most=500)
        if day is None or chair is None:
            return None
        return actions.plan_review(held_on=day, chair=chair, attendees=attendees, by=membership, at=clock.now())

    if answers.attempt(plan):
        return redirect(_page(answers.result) if answers.result else reverse("workspace:workshop-reviews"))
    questions = [
        answers.ask("held_on", "date", _("Day of the review")),
        answers.ask("chair", "choice", _("Chair"), options=frame.named(people)),
        answers.ask("attendees", "text", _("Who takes part"), max=500),
    ]
    return frame.sheet(
        request,
        head={"title": _("New review")},
        way=frame.crumbs((_("Management reviews"), reverse("workspace:workshop-reviews")), (_("New"), "")),
        main=[frame.form(answers, _("The review"), questions, _("Plan the review"), main=True, source=policies.INPUTS)],
    )


@require_http_methods(["GET", "POST"])
@acting.requires(Function.QUALITY)
def review(request: HttpRequest, review_id: str) -> HttpResponse:
    """Show one review: the agenda with what was collected, remarks, decisions, minutes."""
    membership, today = frame.member_of(request), case_pages.today_cn()
    found = get_object_or_404(queries.visible_to(membership), public_id=review_id)
    people = frame.colleagues(membership, today)
    frozen, remarked, decided = Answers(request, "freeze"), Answers(request, "remark"), Answers(request, "decide")
    closed, done = Answers(request, "close"), Answers(request, "done", {"done_on": today.isoformat()})
    for answers, act, told in (
        (frozen, lambda: actions.freeze_inputs(review=found, by=membership, at=clock.now()),
         _("The inputs are frozen.")),
        (remarked, lambda: actions.remark(review=found, topic=str(remarked.raw("topic")), by=membership, at=clock.now(),
                                          text=remarked.text("remark", required=True, most=5000)),
         _("The remark is recorded.")),
        (decided, lambda: _decide(decided, found, membership, people), _("The decision is recorded.")),
        (closed, lambda: actions.close_review(
            review=found, conclusion=closed.text("conclusion", required=True, most=5000), by=membership,
            at=clock.now()), _("The minutes are closed.")),
        (done, lambda: _done(done, found, membership), _("The decision is done.")),
    ):  # fmt: skip
        if answers.attempt(act):
            messages.success(request, told)
            return redirect(_page(found))
    state = queries.state_of(found)
    agenda = agenda_of(found, today)
    return frame.sheet(
        request,
        head={
            "title": _("Management review {number}").format(number=found.number),
            "pills": [{"tone": TONES[state], "text": translated(queries.STATES[state])}],
            "facts": [found.held_on, found.chair.person.names, found.attendees],
            "actions": [{"label": _("Minutes as PDF"), "icon": "file-download",
                         "href": reverse("workspace:workshop-review-pdf", args=[found.public_id])}]
            if found.frozen_at
            else [],
        },
        way=frame.crumbs((_("Management reviews"), reverse("workspace:workshop-reviews")), (found.number, "")),
        next_step=_next(found, state, membership, today),
        main=[
            {"title": _("Conclusion"), "paragraphs": [found.conclusion], "source": policies.OUTPUTS}
            if found.conclusion
            else None,
            _decisions(found) if found.frozen_at else None,
            *agenda,
        ],
        aside=[
            frame.form(frozen, _("Inputs"), [], _("Freeze the inputs"), main=True, source=policies.INPUTS,
                       lead=_("What is shown beside is kept as it stands, and does not change any more."),
                       refused=refusal_of(policies.check_may_freeze, membership, found, clock.now()))
            if state == "planned"
            else None,
            _remark_form(remarked) if state != "closed" else None,
            _decide_form(decided, people) if state == "frozen" else None,
            frame.form(closed, _("Minutes"), [closed.ask("conclusion", "long_text", _(
                "Conclusion: is the system suitable, adequate, effective, and in line with where we want to go?"))],
                       _("Close the minutes"), source=policies.OUTPUTS,
                       refused=refusal_of(policies.check_may_close, membership, found, clock.now()))
            if state == "frozen"
            else None,
            _done_form(done, found) if state == "closed" else None,
        ],
    )  # fmt: skip


def agenda_of(found: ManagementReview, today: date) -> list[dict[str, Any]]:
    """Return a card for each point of the agenda: frozen, or as it stands today."""
    rows = found.inputs if found.frozen_at else inputs.collect(queries.period_of(found, today))
    topics = {one.key: one for one in inputs.TOPICS}
    remarks: dict[str, list[str]] = {}
    for one in found.remarks.select_related("by__person"):
        remarks.setdefault(one.topic, []).append(f"{words(one.by.person.names)}: {one.text}")
    cards = []
    for row in rows:
        topic = topics.get(row["key"])
        lines = [{"text": line_text(line), "href": href_of(line)} for line in row["lines"]]
        own = remarks.get(row["key"], [])
        card: dict[str, Any] = {
            "title": translated(topic.title) if topic else row["key"],
            "source": topic.source if topic else "",
            "lines": lines,
            "paragraphs": own,
        }
        if not lines and not own:
            card["note"] = {"tone": "mute", "text": _("Nothing is recorded here; write a remark."), "source": ""}
        cards.append(card)
    return cards


def line_text(line: dict[str, Any]) -> str:
    """Return a kept line in the reader's language: days are ``{"day": ISO}``, words of ours ``{"message": id}``."""
    facts: dict[str, Any] = {}
    for name, value in line["facts"].items():
        if isinstance(value, dict) and set(value) == {"day"}:
            facts[name] = date.fromisoformat(value["day"])
        elif isinstance(value, dict) and set(value) == {"message"}:
            facts[name] = translated(value["message"])
        else:
            facts[name] = value
    return refusal(said(line["text"], facts))


#: Kind of record that an input comes from → its page; ids are left out where one page shows them all.
PAGES = {
    **{name: f"workspace:workshop-{name}" for name in (
        "audit", "chart", "document", "fmea", "objective", "problem", "review", "study", "supplier")},
    "costs": "workspace:workshop-costs",
    "documents": "workspace:workshop-documents",
    "case": "workspace:case",
    "certificate": "workspace:certificate",
}  # fmt: skip


def href_of(line: dict[str, Any]) -> str:
    """Return the page of the record a kept line comes from; empty where it has none."""
    kind, ident = line.get("about") or ("", "")
    return reverse(PAGES[kind], args=[ident] if ident else []) if kind in PAGES else ""


def _next(found: ManagementReview, state: str, membership: Membership, today: date) -> dict[str, Any]:
    if state == "planned":
        return {"step": _("Hold the review and freeze its inputs"), "who": found.chair.person.names,
                "by": found.held_on, "source": policies.INPUTS}  # fmt: skip
    if state == "frozen":
        gap = refusal_of(policies.check_may_close, membership, found, clock.now())
        step = refusal(gap) if gap else _("Write down the decisions, then close the minutes")
        return {"step": step, "who": found.chair.person.names, "source": policies.OUTPUTS, "tone": "warn"}
    waiting = found.decisions.filter(done_on=None).select_related("owner__person").order_by("due_on").first()
    if waiting is None:
        return {"step": _("Nothing: every decision is done."), "tone": "wait"}
    left = (waiting.due_on - today).days
    return {"step": waiting.text, "who": waiting.owner.person.names, "by": waiting.due_on,
            "left": case_pages.left_words(left, "day"), "tone": "bad" if left < 0 else ""}  # fmt: skip


def _remark_form(answers: Answers) -> dict[str, Any]:
    questions = [
        answers.ask("topic", "choice", _("Point of the agenda"),
                    options=[{"id": one.key, "label": translated(one.title)} for one in inputs.TOPICS]),
        answers.ask("remark", "long_text", _("Remark")),
    ]  # fmt: skip
    return frame.form(answers, _("Remark"), questions, _("Record the remark"), folded=True)


def _decide_form(answers: Answers, people: dict[str, Membership]) -> dict[str, Any]:
    questions = [
        answers.ask("kind", "choice", _("Kind"), options=frame.worded(queries.KINDS)),
        answers.ask("decision", "long_text", _("What is decided")),
        answers.ask("owner", "choice", _("Who does it"), options=frame.named(people)),
        answers.ask("due_on", "date", _("By")),
    ]
    return frame.form(answers, _("Decide"), questions, _("Record the decision"), main=True, source=policies.OUTPUTS)


def _decide(answers: Answers, found: ManagementReview, by: Membership, people: dict[str, Membership]) -> Any:
    kind = answers.chosen("kind", {str(key): str(key) for key in queries.KINDS})
    text = answers.text("decision", required=True, most=2000)
    owner, day = answers.chosen("owner", people), answers.day("due_on")
    if kind is None or owner is None or day is None:
        return None
    return actions.decide(review=found, kind=kind, text=text, owner=owner, due_on=day, by=by, at=clock.now())


def _decisions(found: ManagementReview) -> dict[str, Any]:
    rows = [
        {"cells": [one.number, one.text, one.owner.person.names, one.due_on,
                   f"{said_day(one.done_on)}: {one.result}" if one.done_on else _("open")]}
        for one in found.decisions.select_related("owner__person")
    ]  # fmt: skip
    labels = [_("No."), _("Decision"), _("Who"), _("By"), _("Result")]
    return {
        "title": _("Decisions"),
        "table": {"columns": [{"label": label} for label in labels], "rows": rows, "empty": _("None yet.")},
    }


def _done_form(answers: Answers, found: ManagementReview) -> dict[str, Any] | None:
    rows = found.decisions.filter(done_on=None)
    if not rows:
        return None
    questions = [
        answers.ask("carried", "choice", _("Decision"),
                    options=[{"id": str(one.number), "label": f"{one.number} · {one.text[:80]}"} for one in rows]),
        answers.ask("done_on", "date", _("Done on")),
        answers.ask("result", "text", _("What came of it"), max=500),
    ]  # fmt: skip
    return frame.form(answers, _("Follow up"), questions, _("Record what came of it"))


def _done(answers: Answers, found: ManagementReview, by: Membership) -> Any:
    rows = {str(one.number): one for one in ReviewDecision.objects.filter(review=found)}
    decision, day = answers.chosen("carried", rows), answers.day("done_on")
    result = answers.text("result", required=True, most=500)
    if decision is None or day is None:
        return None
    return actions.finish_decision(decision=decision, done_on=day, result=result, by=by, at=clock.now())


@require_safe
@acting.requires(Function.QUALITY)
def review_pdf(request: HttpRequest, review_id: str) -> HttpResponse:
    """Hand the minutes over as PDF."""
    rows = queries.visible_to(frame.member_of(request)).filter(frozen_at__isnull=False)
    found = get_object_or_404(rows, public_id=review_id)
    card = _decisions(found)
    labels = [column["label"] for column in card["table"]["columns"]]
    table = [[words(cell) if isinstance(cell, dict) else said_day(cell) if isinstance(cell, date) else str(cell)
              for cell in row["cells"]] for row in card["table"]["rows"]]  # fmt: skip
    sections = [
        reports.Section(
            one["title"],
            [*(line["text"] for line in one["lines"]), *one["paragraphs"]] or [_("Nothing is recorded.")],
        )
        for one in agenda_of(found, case_pages.today_cn())
    ]
    sections.append(
        reports.Section(
            _("Decisions"), () if table else [_("None yet.")], reports.Table(labels, table) if table else None
        )
    )
    if found.conclusion:
        sections.append(reports.Section(_("Conclusion"), [found.conclusion]))
    report = reports.Report(
        title=_("Management review {number}").format(number=found.number),
        facts=[
            (_("Organisation"), words(found.organisation.names)),
            (_("Day"), said_day(found.held_on)),
            (_("Chair"), words(found.chair.person.names)),
            (_("Who takes part"), found.attendees),
            (_("Inputs frozen on"), said_day(found.frozen_at)),
        ],
        sections=sections,
        footer=words(found.organisation.names),
    )
    return frame.as_pdf(report, found.number)
