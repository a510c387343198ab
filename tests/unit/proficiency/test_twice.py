"""The same act twice, two people at once, and an act that breaks off in its middle."""

from __future__ import annotations

import pytest

from proficiency_bench import AFTER, DISPATCH, REPORT, Bench, on
from testamur.journal.models import Event
from testamur.kernel.refusal import Refused
from testamur.proficiency import queries
from testamur.proficiency.actions import editions, results, rounds
from testamur.proficiency.models import Edition, Round, Score, Submission

pytestmark = pytest.mark.django_db


@pytest.fixture
def bench():
    return Bench()


def counted(kind: str) -> int:
    return Event.objects.filter(kind=f"proficiency.{kind}").count()


def test_a_round_is_opened_and_dispatched_once_also_by_who_looks_at_an_old_page(bench):
    found = bench.draft()
    old = Round.objects.get(pk=found.pk)
    with on(AFTER.replace(month=2, day=9)) as at:
        rounds.open_round(found=found, by=bench.keeper, at=at)
        with pytest.raises(Refused, match="open for enrolment"):
            rounds.open_round(found=old, by=bench.second, at=at)
    assert found.rules_versions.count() == 1 and counted("round_opened") == 1
    bench.opened = lambda **_more: Round.objects.get(pk=found.pk)
    found = bench.dispatched()
    with on(DISPATCH) as at, pytest.raises(Refused, match="dispatched"):
        rounds.dispatch(found=old, by=bench.second, at=at)
    assert counted("round_dispatched") == 1


def test_an_evaluation_proposed_twice_is_one(bench):
    found = bench.sealed()
    first, again = bench.propose(found), bench.propose(found)
    assert first == again and Edition.objects.count() == 1 and counted("evaluation_proposed") == 1
    other = bench.propose(found, comment={"en": "More"})
    assert other != first and queries.proposed(found) == other


def test_an_evaluation_issued_twice_is_issued_once(bench):
    found = bench.sealed()
    edition = bench.propose(found)
    old = Edition.objects.get(pk=edition.pk)
    with on(REPORT) as at:
        editions.issue(edition=edition, by=bench.second, at=at)
        with pytest.raises(Refused, match="issued already"):
            editions.issue(edition=old, by=bench.second, at=at)
    assert Score.objects.count() == 14 and counted("evaluation_issued") == 1
    assert list(Edition.objects.values_list("number", flat=True)) == [1]


def test_what_broke_off_in_its_middle_left_nothing_and_is_done_again(bench, monkeypatch):
    found = bench.sealed()
    edition = bench.propose(found)
    create, seen = Score.objects.create, []

    def breaks(**facts):
        seen.append(facts)
        if len(seen) == 5:
            raise RuntimeError("the machine stops")
        return create(**facts)

    monkeypatch.setattr(Score.objects, "create", breaks)
    with on(REPORT) as at, pytest.raises(RuntimeError):
        editions.issue(edition=edition, by=bench.second, at=at)
    found.refresh_from_db()
    edition.refresh_from_db()
    assert found.state == "dispatched" and edition.issued_at is None and not Score.objects.exists()
    assert counted("evaluation_issued") == 0
    monkeypatch.setattr(Score.objects, "create", create)
    with on(REPORT) as at:
        editions.issue(edition=edition, by=bench.second, at=at)
    found.refresh_from_db()
    assert found.state == "reported" and Score.objects.count() == 14


def test_who_proposed_meanwhile_is_not_overrun(bench):
    """Two keepers at once: the second looks at an evaluation that is no longer the last."""
    found = bench.sealed()
    seen = bench.propose(found)
    bench.propose(found, comment={"en": "Corrected"})
    with on(REPORT) as at, pytest.raises(Refused, match="A later evaluation was proposed"):
        editions.issue(edition=seen, by=bench.second, at=at)
    assert not Score.objects.exists()


def test_results_sent_twice_are_kept_once(bench):
    found = bench.dispatched(labs=bench.labs[:1])
    bench.send(found, bench.labs[0], "12.0")
    with pytest.raises(Refused, match="exactly these results already"):
        bench.send(found, bench.labs[0], "12.0")
    assert Submission.objects.count() == 1 and counted("results_sent") == 1


def test_results_that_break_off_leave_no_receipt(bench, monkeypatch):
    found = bench.dispatched(labs=bench.labs[:1])

    def breaks(*_args, **_more):
        raise RuntimeError("the machine stops")

    monkeypatch.setattr(results, "record", breaks)
    with pytest.raises(RuntimeError):
        bench.send(found, bench.labs[0], "12.0")
    assert not Submission.objects.exists()


def test_an_appeal_is_answered_once(bench):
    found = bench.reported()
    lab = bench.labs[12]
    part = found.participants.get(organisation=lab.organisation)
    with on(REPORT) as at:
        made = editions.appeal(participant=part, text="Wrong unit", by=lab, at=at)
        with pytest.raises(Refused, match="waits for its answer"):
            editions.appeal(participant=part, text="Wrong unit", by=lab, at=at)
        editions.answer_appeal(found=made, upheld=False, answer="It is right", by=bench.second, at=at)
        with pytest.raises(Refused, match="answered already"):
            editions.answer_appeal(found=made, upheld=True, answer="No", by=bench.second, at=at)
    assert counted("appeal_answered") == 1
