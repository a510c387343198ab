"""What all forms of a problem share: who sends, what may prove a step, and which one was carried out."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from testamur.improvement.disciplines import Standing
from testamur.improvement.models import Problem
from testamur.improvement.queries import access
from testamur.improvement.queries import problems as queries
from testamur.kernel import clock, days
from testamur.parties.models import Membership
from testamur.workspace.workshop.improvement.parts import Evidence, Form, tried


class Sending:
    """The forms that were made so far; ``done`` names the one that was carried out."""

    def __init__(self, request: HttpRequest, problem: Problem, standing: Standing) -> None:
        self.request, self.problem, self.standing = request, problem, standing
        self.by: Membership = request.membership  # type: ignore[attr-defined]
        self.at = clock.now()
        self.people = {one.public_id: one for one in access.colleagues(self.by, days.day_of(self.at))}
        self.evidence = Evidence(
            {one.public_id: one for one in queries.studies(self.by)[:100]},
            {one.public_id: one for one in queries.charts(self.by)[:100]},
        )
        self.done = ""
        now = standing.now
        self.now = now.key if now else ""
        self.all: list[Form] = []

    def _add(self, form: Form, act: Any) -> None:
        if tried(form.answers, act):
            self.done = form.ident
        form.open = form.open or form.answers.sent
        self.all.append(form)

    def _at_step(self, *steps: str) -> bool:
        return self.now in steps

    def _facts(self) -> dict[str, Any]:
        return {"problem": self.problem, "by": self.by, "at": self.at}
