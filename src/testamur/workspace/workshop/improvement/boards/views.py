"""PDCA boards: cards in four columns, moved by buttons."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from testamur.improvement.actions import boards as actions
from testamur.improvement.models import Board, BoardCard
from testamur.improvement.queries import access, problems
from testamur.improvement.queries import boards as queries
from testamur.kernel import clock, days
from testamur.kernel.words import Function
from testamur.parties import acting
from testamur.parties.models import Membership
from testamur.wording.templatetags.say import translated
from testamur.workspace import case_pages
from testamur.workspace.answers import options
from testamur.workspace.listing import Column, listing
from testamur.workspace.workshop.improvement.parts import UNIT, Form, Part, left_of, name_of, people_options, tried

LIST = "workspace:workshop-boards"
STAGES = tuple(BoardCard.Stage.values)


@require_http_methods(["GET", "POST"])
@acting.requires(Function.QUALITY)
def boards(request: HttpRequest) -> HttpResponse:
    """List the boards, and make one."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    part = Part(request, "make")
    questions = [part.question("title", "text", _("Name of the board"), max=120)]
    if tried(part, lambda: actions.make_board(title=part.said("title"), by=membership, at=clock.now())):
        if part.result is None:
            return redirect(LIST)
        return redirect("workspace:workshop-board", board_id=part.result.public_id)
    text = request.GET.get("q", "").strip()[:100]
    rows = queries.visible_to(membership)
    if text:
        rows = rows.filter(title__icontains=text)
    columns: list[Column[Board]] = [
        Column("title", _("Board"), lambda row: row.title),
        Column("open", _("Open cards"), lambda row: row.cards.filter(finished_at=None).count(), numeric=True),
        Column("done", _("Finished"), lambda row: row.cards.exclude(finished_at=None).count(), numeric=True),
    ]
    listed = listing(
        request, list(rows), columns, name="boards", caption=_("PDCA boards"), sort="title",
        href=lambda row: reverse("workspace:workshop-board", args=[row.public_id]),
    )  # fmt: skip
    if isinstance(listed, HttpResponse):
        return listed
    context = {
        "crumbs": [
            {"label": _("Quality workshop"), "href": reverse("workspace:workshop")}, {"label": _("PDCA boards")},
        ],
        "head": {"title": _("PDCA boards"), "facts": [_("Plan, do, check, act: improvements in sight of everybody.")]},
        "text": text, "filtered": bool(text), "icon": "refresh", "today": case_pages.today_cn(),
        "none": (_("No board yet"), _("Make one for a team, a line or a year.")),
        "forms": [Form("make", _("Make a board"), part, questions, _("Make the board"), part.sent or not rows)],
        **listed,
    }  # fmt: skip
    return render(request, "workshop/improvement/list.html", context)


@require_http_methods(["GET", "POST"])
@acting.requires(Function.QUALITY)
def board(request: HttpRequest, board_id: str) -> HttpResponse:
    """Show a board; put a card on it, move one."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    row = get_object_or_404(queries.visible_to(membership), public_id=board_id)
    put = _put(request, row, membership)
    cards = list(queries.cards(row))
    moves = {one.pk: _move(request, one, membership) for one in cards}
    if (put.answers.sent and not (put.answers.errors or put.answers.refused)) or any(
        form.answers.sent and not (form.answers.errors or form.answers.refused) for form in moves.values()
    ):
        messages.success(request, _("Recorded."))
        return redirect("workspace:workshop-board", board_id=row.public_id)
    cards = list(queries.cards(row))
    today = case_pages.today_cn()
    first = cards[0] if cards else None
    left = left_of(first.due_on if first else None, today)
    context = {
        "crumbs": [
            {"label": _("Quality workshop"), "href": reverse("workspace:workshop")},
            {"label": _("PDCA boards"), "href": reverse(LIST)},
            {"label": row.title},
        ],
        "head": {"title": row.title, "facts": [_("A card moves on with a result, and ends with a decision.")]},
        "next": {
            "step": first.title, "who": name_of(first.owner), "by": first.due_on,
            "left": case_pages.left_words(left, UNIT), "tone": "bad" if left is not None and left < 0 else "",
        } if first else {"step": _("Put the first card on the board"), "tone": ""},
        "columns": [
            {
                "title": translated(str(BoardCard.Stage(stage).label)), "stage": stage,
                "cards": [
                    {"card": one, "form": moves[one.pk], "late": one.due_on < today, "owner": name_of(one.owner)}
                    for one in cards if one.stage == stage
                ],
            }
            for stage in STAGES
        ],
        "finished": list(row.cards.exclude(finished_at=None).select_related("owner__person").order_by("-finished_at")),
        "put": put, "today": today,
    }  # fmt: skip
    return render(request, "workshop/improvement/board.html", context)


def _put(request: HttpRequest, row: Board, by: Membership) -> Form:
    at = clock.now()
    today = days.day_of(at)
    people = {one.public_id: one for one in access.colleagues(by, today)}
    known = {one.public_id: one for one in problems.visible_to(by).filter(closed_at=None)[:200]}
    charts = {one.public_id: one for one in problems.charts(by)[:200]}
    part = Part(request, "put", {"owner": by.public_id, "due_on": (today + timedelta(days=30)).isoformat()})
    questions = [
        part.question("title", "text", _("Improvement"), max=160),
        part.question("aim", "text", _("What will be seen where it works"), max=300),
        part.question("owner", "choice", _("Who does it"), options=people_options(people)),
        part.question("due_on", "date", _("By when")),
    ]
    for name, label, rows in (("problem", _("Problem"), known), ("chart", _("Control chart"), charts)):
        if rows:
            named = options((key, getattr(one, "number", "") or one.name) for key, one in rows.items())
            questions.append(part.question(name, "choice", label, required=False, options=named))
    questions.append(part.question("objective", "text", _("Quality objective"), required=False, max=120))

    def act() -> Any:
        owner = part.one_of("owner", people)
        if owner is None:
            return None
        return actions.put_card(
            board=row, title=part.said("title"), aim=part.said("aim"), owner=owner, due_on=part.day_of("due_on"),
            problem=part.one_of("problem", known, required=False) if known else None,
            chart=part.one_of("chart", charts, required=False) if charts else None,
            objective=part.said("objective"), by=by, at=at,
        )  # fmt: skip

    tried(part, act)
    return Form("put", _("Put a card on the board"), part, questions, _("Put the card"), part.sent)


def _move(request: HttpRequest, card: BoardCard, by: Membership) -> Form:
    """Return the form that moves a card on, with the question that its next stage asks."""
    part = Part(request, f"move{card.public_id}", {"result": card.result, "version": card.version})
    verdicts = {key: translated(str(label)) for key, label in BoardCard.Verdict.choices}
    questions: list[dict[str, Any]] = []
    if card.stage == BoardCard.Stage.DO:
        questions = [part.question("result", "long_text", _("What was seen"))]
    elif card.stage == BoardCard.Stage.CHECK:
        questions = [part.question("decision", "choice", _("Decision"), options=options(verdicts.items()))]
    place = STAGES.index(card.stage)
    on = STAGES[place + 1] if place + 1 < len(STAGES) else "on"
    to = request.POST.get(f"{part.act}-to", "") if part.sent else ""

    def act() -> Any:
        back = STAGES[place - 1] if place else ""
        wanted = to if to in (on, back) and to else on
        decision = part.one_of("decision", {key: key for key in verdicts}, required=wanted == "act") if (
            card.stage == BoardCard.Stage.CHECK
        ) else ""
        return actions.move_card(
            card=card, to=wanted, version=part.number(part("version")) or 0, result=part.said("result"),
            decision=decision or "", by=by, at=clock.now(),
        )  # fmt: skip

    tried(part, act)
    words = {"do": _("To: do"), "check": _("To: check"), "act": _("To: act"), "on": _("Carry the decision out")}
    form = Form(f"card-{card.public_id}", card.title, part, questions, words[on], part.sent,
                extra=[(part("version"), str(part.raw(part("version"))))])  # fmt: skip
    form.lead = {"on": on, "back": STAGES[place - 1] if place else ""}
    return form
