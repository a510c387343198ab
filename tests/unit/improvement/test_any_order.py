"""Whatever is tried, in whatever order: nothing closes without its verified cause and its passed check."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from small_world import instant, member, organisation
from testamur.improvement.actions import causes, cures, problems
from testamur.improvement.actions.proofs import Proof
from testamur.improvement.disciplines import Standing
from testamur.improvement.models import Problem, ProblemAction
from testamur.kernel.refusal import Refused

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 18)
JUDGED = DAY + timedelta(days=30)
PAPER = Proof(record="Record 118")
QUICK = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


class Team:
    """Three people who try the steps of one problem; a refusal is an answer."""

    def __init__(self, people, method):
        self.lead, self.owner, self.checker = people
        stated = {"title": "t", "what": "w", "place": "p", "extent": "e", "since": DAY, "is_not": "n", "emergency": "s"}
        self.problem = problems.open_problem(
            method=method, origin="internal", statement=stated, by=self.lead, at=instant(DAY)
        )

    def attempt(self, move):
        self.problem.refresh_from_db()
        with suppress(Refused), transaction.atomic():
            getattr(self, move)()
        self.problem.refresh_from_db()

    def team(self):
        problems.name_team(problem=self.problem, leader=self.lead, members=[(self.owner, "Line")], by=self.lead,
                           at=instant(DAY))  # fmt: skip

    def contain(self):
        causes.contain(problem=self.problem, what="x", checked_how="y", checked_on=DAY, works=True, proof=PAPER,
                       by=self.lead, at=instant(DAY))  # fmt: skip

    def _analyse(self, strand, proof=PAPER):
        causes.analyse(problem=self.problem, strand=strand, whys=["a", "b"], cause=strand, verification="seen",
                       proof=proof, by=self.lead, at=instant(DAY))  # fmt: skip

    def cause(self):
        self._analyse("occurrence")

    def cause_unproved(self):
        self._analyse("occurrence", Proof())

    def escape(self):
        self._analyse("escape")

    def choose(self):
        cures.choose_action(problem=self.problem, kind="corrective", what="x", expectation="y", owner=self.owner,
                            due_on=DAY, by=self.lead, at=instant(DAY))  # fmt: skip

    def agree(self):
        cures.agree_check(problem=self.problem, criterion="0 of 100", due_on=JUDGED, checker=self.checker,
                          by=self.lead, at=instant(DAY))  # fmt: skip

    def report(self):
        for action in ProblemAction.objects.filter(problem=self.problem, done_on=None, dropped_because=""):
            cures.report_done(action=action, done_on=DAY, before="b", after="a", proof=PAPER, by=self.owner,
                              at=instant(DAY))  # fmt: skip

    def drop(self):
        action = ProblemAction.objects.filter(problem=self.problem, dropped_because="").first()
        if action is not None:
            cures.drop_action(action=action, reason="no", by=self.owner, at=instant(DAY))

    def prevent(self):
        cures.prevent(problem=self.problem, failure_text="1", plan_text="2", what="3", by=self.lead, at=instant(DAY))

    def _judge(self, effective, by, day):
        cures.check_effect(problem=self.problem, effective=effective, result="seen", proof=PAPER, by=by,
                           at=instant(day))  # fmt: skip

    def passes(self):
        self._judge(True, self.checker, JUDGED)

    def passes_too_early(self):
        self._judge(True, self.checker, DAY)

    def passes_itself(self):
        self._judge(True, self.owner, JUDGED)

    def fails(self):
        self._judge(False, self.checker, DAY)

    def close(self):
        problems.close(problem=self.problem, recognition="thanks", by=self.lead, at=instant(JUDGED))

    def reopen(self):
        problems.reopen(problem=self.problem, reason="again", by=self.lead, at=instant(JUDGED))


STEPS = ("team", "contain", "cause", "escape", "choose", "agree", "report", "prevent", "passes", "close")
MOVES = (*STEPS, "cause_unproved", "drop", "passes_too_early", "passes_itself", "fails", "reopen")


@pytest.fixture
def people():
    works = organisation("Works")
    return [member(works, "quality", name=name) for name in ("Wu", "Chen", "Guo")]


def check_closed_rightly(problem):
    """Read the rows themselves: what the rules of closing say is not what they are judged by."""
    analyses = {row.strand: row for row in problem.analysis_rows.filter(round=problem.round)}
    assert "occurrence" in analyses and (problem.method == "ca" or "escape" in analyses)
    assert all(row.verification and row.evidence for row in analyses.values())
    check = problem.effectcheck_rows.get(round=problem.round)
    assert check.effective is True and check.checked_on >= check.due_on and check.evidence
    actions = problem.problemaction_rows.filter(round=problem.round, dropped_because="")
    assert actions and all(one.done_on and one.evidence for one in actions)
    assert check.checker.person_id not in {one.owner.person_id for one in actions}


@pytest.mark.parametrize("method", ["8d", "ca"])
def test_no_order_of_steps_closes_a_problem_without_cause_and_check(people, method):
    @QUICK
    @given(st.lists(st.sampled_from(MOVES), max_size=30))
    def hold(moves):
        with transaction.atomic():
            team = Team(people, method)
            for move in moves:
                ready = not Standing(team.problem).missing
                team.attempt(move)
                if move == "close" and team.problem.closed_at is None:
                    assert not ready
                if team.problem.closed_at is not None:
                    check_closed_rightly(team.problem)
            transaction.set_rollback(True)

    hold()


@pytest.mark.parametrize("method", ["8d", "ca"])
def test_every_order_of_steps_comes_to_its_end_when_tried_again(people, method):
    @QUICK
    @given(st.permutations(STEPS))
    def hold(moves):
        with transaction.atomic():
            team = Team(people, method)
            for move in moves * len(STEPS):  # each time round, at least the first step that was refused is possible
                if move != "choose" or not Standing(team.problem).actions:  # one action is enough
                    team.attempt(move)
                if team.problem.closed_at is not None:
                    break
            assert team.problem.closed_at is not None, [one.key for one in Standing(team.problem).missing]
            check_closed_rightly(team.problem)
            assert Problem.objects.get(pk=team.problem.pk).round == 1
            transaction.set_rollback(True)

    hold()
