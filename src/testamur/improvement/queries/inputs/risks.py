"""What a review sees of risks: actions taken and what they changed, actions that wait, risks nobody works on."""

from __future__ import annotations

from typing import Any

from testamur.improvement.models import FailureMode, RiskAction
from testamur.improvement.queries import risks as queries
from testamur.improvement.queries.inputs.lines import Line, Period
from testamur.kernel.refusal import _


def _actions(period: Period) -> Any:
    rows = RiskAction.objects.filter(
        failure__fmea__organisation=period.organisation, failure__removed_because="",
        effective_at__date__lte=period.until,
    )  # fmt: skip
    return rows.select_related("failure__fmea", "owner__person").prefetch_related("failure__ratings")


def taken(period: Period) -> list[Line]:
    """Return the actions taken in the period, with the priority of the risk before and now."""
    lines = []
    for one in _actions(period).filter(done_on__range=period.days).order_by("done_on", "id"):
        ratings = list(one.failure.ratings.all())
        before = next((row for row in reversed(ratings) if row.recorded_at <= one.recorded_at), ratings[0])
        facts = {
            "risk": str(one.failure), "mode": one.failure.mode, "what": one.what, "day": one.done_on,
            "before": before.priority, "after": ratings[-1].priority,
        }  # fmt: skip
        # The rating after an action is a new row; where there is none, nobody has judged the risk since.
        judged = ratings[-1] != before
        text = (
            _("{risk} {mode}: “{what}” taken on {day}; priority {before} before, {after} now.")
            if judged
            else _("{risk} {mode}: “{what}” taken on {day}; nobody rated the risk again, priority stays {before}.")
        )
        lines.append(Line(text, facts, ("fmea", one.failure.fmea.public_id)))
    return lines


def waiting(period: Period) -> list[Line]:
    """Return the actions that are not taken, late ones first."""
    return [
        Line(_("{risk} {mode}: “{what}” is LATE, {owner} had to take it by {day}.") if one.due_on < period.until
             else _("{risk} {mode}: “{what}” is open, {owner} by {day}."),
             {"risk": str(one.failure), "mode": one.failure.mode, "what": one.what, "owner": one.owner.person.names,
              "day": one.due_on}, ("fmea", one.failure.fmea.public_id))
        for one in _actions(period).filter(done_on=None).order_by("due_on", "id")
    ]  # fmt: skip


def bare(period: Period) -> list[Line]:
    """Return the risks of high priority on which nobody works."""
    rows = queries.failures(
        FailureMode.objects.filter(
            fmea__organisation=period.organisation, removed_because="", effective_at__date__lte=period.until
        )
    )
    return [
        Line(_("{risk} {mode}: high priority, and no action."), {"risk": str(one), "mode": one.mode},
             ("fmea", one.fmea.public_id))
        for one in queries.unanswered(list(rows))
    ]  # fmt: skip
