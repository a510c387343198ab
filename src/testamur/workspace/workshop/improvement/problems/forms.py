"""The forms on the page of a problem: each carries out one action."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from testamur.improvement.actions import problems as actions
from testamur.improvement.disciplines import Standing
from testamur.improvement.models import Analysis, Problem
from testamur.parties.models import Membership
from testamur.wording.templatetags.say import translated, words
from testamur.workspace.workshop.improvement.parts import Form, Part, people_options
from testamur.workspace.workshop.improvement.problems.cause_forms import CauseForms
from testamur.workspace.workshop.improvement.problems.cure_forms import CureForms
from testamur.workspace.workshop.improvement.problems.statement import read_statement, stated, statement_questions


class Forms(CauseForms, CureForms):
    """Every form that a member may send for a problem as it stands; ``done`` names the one that was carried out."""

    def __init__(self, request: HttpRequest, problem: Problem, standing: Standing) -> None:
        super().__init__(request, problem, standing)
        if problem.closed_at is not None:
            self._reopen()
            return
        self._contain()
        self._cause(Analysis.Strand.OCCURRENCE)
        self._cause(Analysis.Strand.ESCAPE)
        self._bones()
        self._action()
        self._agree()
        for action in standing.actions:
            if action.done_on is None:
                self._report(action)
                self._drop(action)
        self._prevent()
        self._check()
        self._close()
        self._state()
        self._team()
        self._plan()

    def _close(self) -> None:
        if self.standing.missing:
            return
        part = Part(self.request, "close")
        questions = [part.question("recognition", "long_text", _("What the team did, and what was learnt"))]
        form = Form("close", _("Close and thank the team"), part, questions, _("Close"), True)
        self._add(form, lambda: actions.close(recognition=part.said("recognition"), **self._facts()))

    def _state(self) -> None:
        part = Part(self.request, "state", {**stated(self.problem), "version": self.problem.version})
        questions = statement_questions(part, self.problem.method)
        form = Form("state", _("Describe the problem"), part, questions, _("Save"), self._at_step("D0", "D2"),
                    extra=[(part("version"), str(part.raw(part("version"))))])  # fmt: skip
        self._add(
            form,
            lambda: actions.state_problem(
                statement=read_statement(part), version=part.number(part("version")) or 0, **self._facts()
            ),
        )

    def _team(self) -> None:
        lead = self.standing.leader
        others = [one for one in self.standing.members if not one.leads]
        rows = [{"who": one.membership.public_id, "part": one.part} for one in others]
        part = Part(self.request, "team", {"leader": lead.public_id if lead else "", "members": rows})
        named = [(key, words(one.person.names)) for key, one in self.people.items()]
        questions = [
            part.question("leader", "choice", _("Who leads"), options=people_options(self.people)),
            part.question(
                "members", "people", _("Who works on it"), required=False,
                columns=[{"id": "who", "label": _("Name"), "type": "text", "choices": named},
                         {"id": "part", "label": _("Part"), "type": "text"}],
            ),
        ]  # fmt: skip

        def name() -> Any:
            leader = part.one_of("leader", self.people)
            if leader is None:
                return None
            chosen = [(row.get("who", ""), row.get("part", "")) for row in part.rows(part("members"))]
            members = [(self.people[who], text) for who, text in chosen if who in self.people]
            return actions.name_team(leader=leader, members=members, **self._facts())

        self._add(Form("team", _("Name the team"), part, questions, _("Save the team"), self._at_step("D1")), name)

    def _plan(self) -> None:
        plans = self.standing.plans
        steps = [one for one in self.standing.steps if not one.done]
        initial: dict[str, Any] = {}
        for step in steps:
            if held := plans.get(step.key):
                initial |= {f"who-{step.key}": held.who.public_id, f"due-{step.key}": held.due_on.isoformat()}
        part = Part(self.request, "plan", initial)
        questions = []
        for step in steps:
            title = translated(step.title)
            questions += [
                part.question(f"who-{step.key}", "choice", _("{step}: who").format(step=title), required=False,
                              options=people_options(self.people)),
                part.question(f"due-{step.key}", "date", _("{step}: by").format(step=title), required=False),
            ]  # fmt: skip

        def plan() -> Any:
            wanted: dict[str, tuple[Membership, date]] = {}
            for step in steps:
                who = part.one_of(f"who-{step.key}", self.people, required=False)
                due = part.day(part(f"due-{step.key}"), required=who is not None)
                held = plans.get(step.key)
                if who is not None and due and not (held and (held.who_id, held.due_on) == (who.pk, due)):
                    wanted[step.key] = (who, due)
            return actions.plan_steps(plans=wanted, **self._facts())

        if questions:
            self._add(Form("plan", _("Plan the steps"), part, questions, _("Save the plan")), plan)

    def _reopen(self) -> None:
        part = Part(self.request, "reopen")
        questions = [part.question("reason", "long_text", _("Why it is opened again"))]
        form = Form("reopen", _("Reopen"), part, questions, _("Reopen, from the cause on"))
        self._add(form, lambda: actions.reopen(reason=part.said("reason"), **self._facts()))
