"""Replay is a function of the rows, not of the order in which they came."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from testamur.kernel.words import Status
from testamur.register import replay
from testamur.register.replay import Fate

START = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Change:
    id: int
    status: str
    effective_at: datetime
    recorded_at: datetime
    corrects_id: int | None = None
    annuls_id: int | None = None
    lines: tuple[int, ...] | None = None
    from_start: bool = False


def day(number: int) -> datetime:
    return START + timedelta(days=number)


def changes(*rows: tuple[str, int, int], **links: tuple[int, int]) -> list[Change]:
    """Return changes from (status, effective day, recorded day); ids count from 1."""
    return [Change(n, status, day(effective), day(recorded)) for n, (status, effective, recorded) in enumerate(rows, 1)]


def statuses(rows: list[Change], known: datetime | None = None, days: range = range(60)) -> list[str | None]:
    standing = replay.standing(rows, known)
    return [row.status if (row := replay.holding(standing, day(number))) else None for number in days]


facts = st.lists(
    st.tuples(st.sampled_from(["valid", "suspended", "withdrawn"]), st.integers(0, 50)),
    min_size=1,
    max_size=8,
    unique_by=lambda fact: fact[1],
)


@given(facts, st.randoms(use_true_random=False))
def test_any_order_of_arrival_gives_the_same_replay(told, random):
    arrived = list(told)
    random.shuffle(arrived)
    in_order = [Change(n, status, day(on), day(100 + n)) for n, (status, on) in enumerate(told, 1)]
    shuffled = [Change(n, status, day(on), day(100 + n)) for n, (status, on) in enumerate(arrived, 1)]

    assert statuses(in_order) == statuses(shuffled)


@given(facts, st.randoms(use_true_random=False))
def test_the_order_in_which_the_database_returns_rows_does_not_matter(told, random):
    rows = [Change(n, status, day(on), day(100 + n)) for n, (status, on) in enumerate(told, 1)]
    returned = list(rows)
    random.shuffle(returned)

    assert statuses(returned) == statuses(rows)


@given(facts)
def test_a_record_that_arrives_twice_changes_nothing(told):
    once = [Change(n, status, day(on), day(100 + n)) for n, (status, on) in enumerate(told, 1)]
    twice = once + [Change(len(once) + n, row.status, row.effective_at, day(200 + n)) for n, row in enumerate(once, 1)]

    assert statuses(twice) == statuses(once)


@given(facts, st.integers(0, 10))
def test_what_was_known_then_does_not_depend_on_what_came_later(told, seen):
    rows = [Change(n, status, day(on), day(100 + n)) for n, (status, on) in enumerate(told, 1)]

    assert statuses(rows, known=day(100 + seen)) == statuses(rows[:seen])


def test_a_late_suspension_is_known_only_from_its_recording():
    rows = changes(("valid", 0, 0), ("suspended", 10, 20))

    assert statuses(rows, known=day(15))[12] == "valid"
    assert statuses(rows)[12] == "suspended"


def test_a_correction_takes_the_place_of_what_it_corrects_and_both_stay_in_the_trace():
    rows = [
        Change(1, "valid", day(0), day(0)),
        Change(2, "suspended", day(10), day(10)),
        Change(3, "suspended", day(20), day(30), corrects_id=2),
    ]

    assert statuses(rows)[15] == "valid"
    assert statuses(rows, known=day(25))[15] == "suspended"
    assert [(one.row.id, one.fate) for one in replay.trace(rows)] == [
        (1, Fate.STANDS),
        (2, Fate.CORRECTED),
        (3, Fate.STANDS),
    ]


def test_an_annulled_withdrawal_never_was_and_as_known_before_still_is():
    rows = [
        Change(1, "valid", day(0), day(0)),
        Change(2, "withdrawn", day(10), day(10)),
        Change(3, "valid", day(10), day(40), annuls_id=2),
    ]

    assert set(statuses(rows)) == {"valid"}
    assert statuses(rows, known=day(39))[20] == "withdrawn"


def test_an_annulment_that_is_annulled_itself_brings_the_withdrawal_back():
    rows = [
        Change(1, "valid", day(0), day(0)),
        Change(2, "withdrawn", day(10), day(10)),
        Change(3, "valid", day(10), day(40), annuls_id=2),
        Change(4, "withdrawn", day(10), day(50), annuls_id=3),
    ]

    assert statuses(rows)[20] == "withdrawn"


def test_a_chain_of_corrections_leaves_only_the_last():
    rows = [
        Change(1, "valid", day(0), day(0)),
        Change(2, "suspended", day(10), day(11), corrects_id=None),
        Change(3, "suspended", day(12), day(13), corrects_id=2),
        Change(4, "withdrawn", day(14), day(15), corrects_id=3),
    ]

    assert [row.id for row in replay.standing(rows)] == [1, 4]


def test_the_worse_of_two_statuses_is_the_one_further_from_valid():
    assert replay.worse(Status.VALID, Status.SUSPENDED) is Status.SUSPENDED
    assert replay.worse(Status.WITHDRAWN, Status.EXPIRED) is Status.WITHDRAWN
