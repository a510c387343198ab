"""What is said of a problem itself: asked, shown again, and read."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from testamur.improvement.models import Problem
from testamur.workspace.workshop.improvement.parts import Part


def statement_questions(part: Part, method: str) -> list[dict[str, Any]]:
    """Return the questions by which a problem is described."""
    eight = method == Problem.Method.EIGHT_D
    asked = [
        part.question("title", "text", _("The problem in a few words"), max=160),
        part.question("what", "long_text", _("What is not as it should be")),
        part.question("place", "text", _("Where was it seen?"), max=200),
        part.question("extent", "text", _("How many, how much?"), max=200),
        part.question("since", "date", _("Since when?")),
        part.question("emergency", "long_text", _("What was done at once"), required=eight),
    ]
    if eight:
        asked.append(
            part.question("is_not", "long_text", _("Where or when could it happen, and does not?"), required=False,
                          help=_("The difference often leads to the cause."))
        )  # fmt: skip
    return asked


def stated(problem: Problem) -> dict[str, Any]:
    """Return the description as the form shows it."""
    names = ("title", "what", "place", "extent", "emergency", "is_not")
    return {**{name: getattr(problem, name) for name in names}, "since": problem.since.isoformat()}


def read_statement(part: Part) -> dict[str, Any]:
    """Return the description that was typed."""
    names = ("title", "what", "place", "extent", "emergency", "is_not")
    return {**{name: part.said(name) for name in names}, "since": part.day(part("since"))}
