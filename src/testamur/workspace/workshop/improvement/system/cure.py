"""What follows the nonconformities of an audit: a problem opened with one press, one that is open already, or a
correction that is enough."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from testamur.improvement.actions import nonconformities as actions
from testamur.improvement.models import AuditFinding, InternalAudit, Problem
from testamur.improvement.policies import audits as policies
from testamur.improvement.queries import audits as queries
from testamur.improvement.queries import problems
from testamur.kernel import clock
from testamur.parties.models import Membership
from testamur.workspace.answers import Answers
from testamur.workspace.workshop.improvement.system import frame


class Cure:
    """The forms about the nonconformities of one audit."""

    def __init__(self, request: HttpRequest, found: InternalAudit, by: Membership) -> None:
        self.found, self.by = found, by
        self.opened = Answers(request, "open")
        self.named = Answers(request, "problem")
        self.corrected = Answers(request, "correct")

    @property
    def acts(self) -> list[tuple[Answers, Any, str]]:
        """Return (form, what it does, what is said then)."""
        return [
            (self.opened, self._open, _("The problem is open. Plan its steps there.")),
            (self.named, self._name, _("The problem is named.")),
            (self.corrected, self._correct, _("The correction is recorded.")),
        ]

    @property
    def cards(self) -> list[dict[str, Any]]:
        """Return the cards of a reported audit: one press for each nonconformity that waits, then the other ways."""
        if self.found.reported_at is None or self.found.closed_at is not None:
            return []
        waiting = queries.uncured(self.found)
        cards = [
            frame.form(self.opened, _("Nonconformity {number}: what now?").format(number=one.number), [],
                       _("Open a problem for nonconformity {number}").format(number=one.number), main=True,
                       lead=one.statement, source=policies.CURE, hidden=[("nonconformity", one.number)])
            for one in waiting
        ]  # fmt: skip
        rows = list(self.found.findings.filter(kind=AuditFinding.Kind.NONCONFORMITY))
        if not rows:
            return cards
        which = [{"id": str(one.number), "label": f"{one.number} · {one.statement[:80]}"} for one in rows]
        known = list(problems.visible_to(self.by).filter(closed_at=None))
        if known:
            questions = [
                self.named.ask("nonconformity", "choice", _("Nonconformity"), options=which),
                self.named.ask("problem", "choice", _("Problem in which it is cured"), options=[
                    {"id": one.public_id, "label": f"{one.number} · {one.title[:80]}"} for one in known]),
            ]  # fmt: skip
            cards.append(frame.form(self.named, _("A problem that is open already"), questions, _("Name the problem"),
                                    source=policies.CURE, folded=True))  # fmt: skip
        if waiting:
            questions = [
                self.corrected.ask("nonconformity", "choice", _("Nonconformity"), options=which),
                self.corrected.ask("correction", "long_text", _("What was put right, and why that is enough"), max=500),
            ]
            cards.append(frame.form(self.corrected, _("A correction that is enough"), questions,
                                    _("Record the correction"), source=policies.CURE, folded=True))  # fmt: skip
        return cards

    def _chosen(self, answers: Answers) -> AuditFinding | None:
        rows = self.found.findings.filter(kind=AuditFinding.Kind.NONCONFORMITY)
        chosen: AuditFinding | None = answers.chosen("nonconformity", {str(one.number): one for one in rows})
        return chosen

    def _open(self) -> Any:
        finding = self._chosen(self.opened)
        return actions.open_problem_of(finding=finding, by=self.by, at=clock.now()) if finding else None

    def _name(self) -> Any:
        finding = self._chosen(self.named)
        rows: dict[str, Problem] = {one.public_id: one for one in problems.visible_to(self.by)}
        problem = self.named.chosen("problem", rows)
        if finding is None or problem is None:
            return None
        return actions.name_problem(finding=finding, problem=problem, by=self.by, at=clock.now())

    def _correct(self) -> Any:
        finding = self._chosen(self.corrected)
        text = self.corrected.text("correction", required=True, most=500)
        if finding is None or not text:
            return None
        return actions.correct(finding=finding, correction=text, by=self.by, at=clock.now())


def cured(finding: AuditFinding) -> Any:
    """Return what became of a finding, as a cell: its problem, or its correction."""
    if finding.problem is not None:
        return {"text": finding.problem.number,
                "href": reverse("workspace:workshop-problem", args=[finding.problem.public_id])}  # fmt: skip
    return finding.correction
