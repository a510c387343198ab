"""The frame that every page of one case shares: where we are, what it is, what comes next, by whom and by when."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from testamur.decision import queries as decisions
from testamur.kernel import clock, days
from testamur.parties.models import Membership
from testamur.selection.models import Case
from testamur.selection.policies import STAGE_WORDS
from testamur.selection.turns import Missing, Turn
from testamur.surveillance.turns import turn_of
from testamur.wording.templatetags.say import translated, words
from testamur.workspace import queries
from testamur.workspace.answers import refused_forms
from testamur.workspace.said import OCCASIONS, said

#: Stages in the order of the functions; ``done`` is followed by surveillance.
ORDER = ("application", "selection", "determination", "review", "decision", "attestation")
#: Stage → named day of the case on which its function ended.
ENDED = {
    "application": "accepted",
    "selection": "planned",
    "determination": "determined",
    "review": "reviewed",
    "decision": "decided",
    "attestation": "issued",
}
#: Page of a case → who may open it. An overseer reads, a client sees what concerns them.
READERS = {
    "case": {"issuer", "client", "peer", "performer", "overseer"},
    "application": {"issuer", "client", "peer", "overseer"},
    "application-review": {"issuer", "peer", "overseer"},
    "team": {"issuer", "overseer"},
    "plan": {"issuer", "client", "peer", "performer", "overseer"},
    "determination": {"issuer", "client", "peer", "performer", "overseer"},
    "findings": {"issuer", "client", "peer", "performer", "overseer"},
    "review": {"issuer", "peer", "overseer"},
    "decision": {"issuer", "client", "peer", "overseer"},
    "attestation": {"issuer", "overseer"},
}
TABS = (
    ("case", _("Overview")),
    ("application", _("Application")),
    ("application-review", _("Application review")),
    ("team", _("Team and visits")),
    ("plan", _("Plan")),
    ("determination", _("Determination")),
    ("findings", _("Findings")),
    ("review", _("Review")),
    ("decision", _("Decision")),
    ("attestation", _("Attestation")),
)
#: Pages that say nothing before the case has come to a stage.
FROM_STAGE = {"plan": 1, "team": 1, "determination": 2, "findings": 2, "review": 3, "decision": 4, "attestation": 5}


def open_case(request: HttpRequest, public_id: str, page: str = "case") -> tuple[Case, Membership, str]:
    """Return the case, who looks and from which side; 404 where there is no such page for them."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    case = queries.case_of(membership, public_id)
    side = queries.side_of(case, membership)
    if side not in READERS[page]:
        raise Http404
    return case, membership, side


def show(
    request: HttpRequest, case: Case, page: str, template: str, *, title: Any = "", turn: Turn | None = None,
    actions: Sequence[Any] | None = None, next_strip: dict[str, Any] | None = None, **context: Any,
) -> HttpResponse:  # fmt: skip
    """Render a page of a case in its frame.

    Args:
        page: key of ``TABS``.
        title: heading; default: who applies.
        turn: whose turn it is; default: asked of the function at whose stage the case is.
        actions: buttons of the next strip.
    """
    membership: Membership = request.membership  # type: ignore[attr-defined]
    side = queries.side_of(case, membership)
    turn = turn or turn_of(case)
    today = queries.today_of(case)
    frame = {
        "case": case,
        "side": side,
        "today": today,
        "turn": turn,
        "crumbs": _crumbs(case, page),
        "head": _head(case, title),
        "tabs": _tabs(case, side, page),
        "next": next_strip if next_strip is not None else next_of(turn, membership, today, actions, page, case),
    }
    response = render(request, template, {**frame, **context})
    refused = refused_forms(request)
    if refused and b'role="alert"' not in response.content:
        # Sent from an older page: the case has moved on and this one has no place for the form. Its refusal, and what
        # was typed, are said above everything else.
        response = render(request, template, {**frame, **context, "unsaid": refused})
    return response


def _crumbs(case: Case, page: str) -> list[dict[str, Any]]:
    crumbs: list[dict[str, Any]] = [
        {"label": _("Cases"), "href": reverse("workspace:cases")},
        {"label": case.number, "href": reverse("workspace:case", args=[case.public_id]), "mono": True},
    ]
    if page != "case":
        crumbs.append({"label": dict(TABS)[page]})
    return crumbs


def _head(case: Case, title: Any) -> dict[str, Any]:
    definition = case.scheme.definition
    facts: list[Any] = [translated(OCCASIONS[case.occasion]), case.scheme.title, case.scheme.key]
    if case.integrated is not None:
        facts.append(case.integrated.title)
    facts.append(case.issuer.names)
    del definition
    return {
        "title": title or queries.party_of(case),
        "pills": [stage_pill(case)],
        "number": case.number,
        "facts": facts,
    }


def stage_pill(case: Case) -> dict[str, Any]:
    """Return the stage as a pill."""
    tone = {"done": "ok", "closed": "mute"}.get(case.stage, "info")
    return {"tone": tone, "text": STAGE_WORDS[case.stage]}


def _tabs(case: Case, side: str, page: str) -> list[dict[str, Any]]:
    reached = _reached(case)
    tabs = []
    for name, label in TABS:
        if side not in READERS[name] or FROM_STAGE.get(name, 0) > reached:
            continue
        if name in ("application", "application-review") and not _has_application(case):
            continue
        tab: dict[str, Any] = {
            "label": label, "href": reverse(f"workspace:{name}", args=[case.public_id]), "current": name == page,
        }  # fmt: skip
        if name == "findings":
            tab["count"] = case.findings.filter(withdrawn_because="").count()
        tabs.append(tab)
    return tabs


def _has_application(case: Case) -> bool:
    return hasattr(case, "application") or hasattr(case.leader, "application")


def _reached(case: Case) -> int:
    """Return the place of the furthest function a case has come to, application being 0."""
    if case.stage in ORDER:
        return ORDER.index(case.stage)
    if case.stage == Case.Stage.DONE:
        issued = any(one.issued_at is not None for one in decisions.of_case(case))
        return len(ORDER) if issued else ORDER.index("decision")
    reached = 0
    for place, stage in enumerate(ORDER):
        if ENDED[stage] in case.days:
            reached = min(place + 1, len(ORDER) - 1)
    return reached


def steps(case: Case, side: str) -> dict[str, dict[str, Any]]:
    """Return the seven functions with their state, as the stepper draws them."""
    reached = _reached(case)
    ended = case.stage in (Case.Stage.DONE, Case.Stage.CLOSED)
    found: dict[str, dict[str, Any]] = {}
    pages = {"selection": "team" if side in READERS["team"] else "plan"}
    for place, stage in enumerate(ORDER):
        state = (
            "done"
            if place < reached or case.stage == Case.Stage.DONE
            else "now"
            if place == reached and not ended
            else "next"
        )
        day = case.days.get(ENDED[stage])
        note: Any = days_text(day) if state == "done" and day else ""
        page = pages.get(stage, stage)
        href = ""
        if state != "next" and side in READERS.get(page, set()) and (page != "application" or _has_application(case)):
            href = reverse(f"workspace:{page}", args=[case.public_id])
        found[stage] = {"state": state, "note": note, "href": href}
    found["surveillance"] = {"state": "now" if case.stage == Case.Stage.DONE and case.attestation_id else "next"}
    return found


def days_text(day: str) -> str:
    """Say an ISO day in the reader's language."""
    from testamur.wording.templatetags.say import day as say_day

    return say_day(day)


def next_of(
    turn: Turn | None, membership: Membership, today: Any, actions: Sequence[Any] | None, page: str, case: Case
) -> dict[str, Any]:
    """Return the next strip: what, who, by when; also where it is somebody else's turn."""
    if turn is None:
        return _nothing_next(case)
    mine = any(one.pk == membership.pk for one in turn.people)
    left = queries.left_of(turn, today)
    tone = "" if mine else "wait"
    if left is not None and left < 0:
        tone = "bad"
    elif left is not None and left <= 5 and mine:
        tone = "warn"
    buttons = list(actions or [])
    href = queries.step_address(turn)
    here = reverse(f"workspace:{page}", args=[case.public_id])
    if not buttons and mine and href != here:
        buttons = [{"label": gettext("Open this step"), "href": href, "main": True, "icon": "arrow-right"}]
    return {
        "step": said(turn.sentence, turn.facts),
        "who": who(turn, membership),
        "by": turn.by,
        "left": left_words(left, "working_day"),
        "source": turn.source,
        "tone": tone,
        "actions": buttons,
    }


def _nothing_next(case: Case) -> dict[str, Any]:
    if case.stage == Case.Stage.CLOSED:
        return {"step": gettext("Nothing: this case ended without an attestation"), "by": None, "tone": "wait"}
    return {
        "step": gettext("Nothing for now: the next duty shows here when its day is known"),
        "by": None,
        "tone": "wait",
    }


def who(turn: Turn, membership: Membership) -> str:
    """Say who has to act: you, people by name and role, or the organisation where nobody can yet."""
    definition = turn.case.scheme.definition
    role = next((words(one.title) for one in definition.roles if one.id == turn.role), "") if turn.role else ""
    organisation = words(turn.organisation.names) if turn.organisation is not None else ""
    if any(one.pk == membership.pk for one in turn.people):
        return ", ".join(filter(None, [gettext("You"), words(membership.person.names), role]))
    names = [words(one.person.names) for one in turn.people[:3]]
    if not names:
        return ", ".join(filter(None, [role or gettext("nobody fills this role yet"), organisation]))
    return ", ".join(filter(None, [*names, role, organisation]))


def left_words(left: int | None, unit: str) -> str:
    """Say how many days are left: working days for working-day terms, days for calendar terms; never mixed."""
    if left is None:
        return ""
    if unit == "working_day":
        if left < 0:
            return ngettext("{n} working day late", "{n} working days late", -left).format(n=-left)
        return ngettext("{n} working day left", "{n} working days left", left).format(n=left)
    if left < 0:
        return ngettext("{n} day late", "{n} days late", -left).format(n=-left)
    return ngettext("{n} day left", "{n} days left", left).format(n=left)


def checks(rows: list[Missing]) -> list[dict[str, Any]]:
    """Return what is missing, as ``_missing.html`` draws it."""
    return [
        {"state": row.state, "text": said(row.sentence, row.facts), "source": row.source, "who": translated(row.who)}
        for row in rows
    ]


def today_cn() -> Any:
    """Return the civil day in China, for pages that are about no scheme."""
    return days.day_of(clock.now())
