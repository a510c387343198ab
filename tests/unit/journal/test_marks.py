"""What a process remembers of rarely written areas: nothing is believed a moment longer than it holds."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import transaction
from django.db.models.signals import post_delete, post_save

from testamur.journal import marks
from testamur.journal.marks import remembered, remembered_each, touch, touched_by
from testamur.journal.models import Mark
from testamur.kernel.once import look

pytestmark = pytest.mark.django_db


class Asked:
    """A question that counts how often it is really asked."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> int:
        self.times += 1
        return self.times


def test_a_question_is_asked_again_only_after_its_area_was_written():
    ask = Asked()
    touch("weather")
    assert [remembered(("weather",), "rain?", ask) for _ in range(3)] == [1, 1, 1]
    touch("weather")
    assert remembered(("weather",), "rain?", ask) == 2


def test_another_area_does_not_matter_and_each_of_several_does():
    ask = Asked()
    touch("weather")
    touch("tide")
    remembered(("weather", "tide"), "sail?", ask)
    touch("moon")
    assert remembered(("weather", "tide"), "sail?", ask) == 1
    touch("tide")
    assert remembered(("weather", "tide"), "sail?", ask) == 2


def test_an_area_that_never_was_written_holds_until_it_is():
    ask = Asked()
    assert [remembered(("never written",), "ever?", ask) for _ in range(2)] == [1, 1]
    touch("never written")
    assert remembered(("never written",), "ever?", ask) == 2


def test_what_was_read_in_a_transaction_that_is_rolled_back_is_not_believed_after_it():
    ask = Asked()
    touch("weather")
    remembered(("weather",), "rain?", ask)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        touch("weather")
        assert remembered(("weather",), "rain?", ask) == 2
        raise ZeroDivisionError
    # The word that stood before stands again; what was read beside the other one is gone with it.
    assert remembered(("weather",), "rain?", ask) == 3
    touch("weather")
    assert remembered(("weather",), "rain?", ask) == 4


def test_within_one_look_a_write_is_seen_at_once():
    ask = Asked()
    touch("weather")
    with look():
        assert remembered(("weather",), "rain?", ask) == 1
        touch("weather")
        assert remembered(("weather",), "rain?", ask) == 2


@pytest.fixture
def marked() -> Iterator[None]:
    touched_by("marks of marks", Mark, when=lambda row: row.area == "told")
    yield
    for signal in (post_save, post_delete):
        assert signal.disconnect(sender=Mark, dispatch_uid="marks of marks: Mark")


def test_a_saved_row_touches_its_area_only_where_it_belongs_to_it(marked):
    Mark.objects.create(area="not told", word="x")
    assert not Mark.objects.filter(area="marks of marks").exists()
    Mark.objects.create(area="told", word="x")
    assert Mark.objects.filter(area="marks of marks").exists()


def test_of_many_questions_only_those_not_remembered_are_asked_and_together():
    touch("weather")
    asked = []

    def rain(towns):
        asked.append(set(towns))
        return {town: f"rain in {town}" for town in towns if town != "Nowhere"}

    first = remembered_each(("weather",), "rain in", {"Bath", "Nowhere"}, rain)
    again = remembered_each(("weather",), "rain in", {"Bath", "Nowhere", "Cork"}, rain)
    other = remembered_each(("weather",), "snow in", {"Bath"}, rain)
    touch("weather")
    anew = remembered_each(("weather",), "rain in", {"Bath"}, rain)

    assert first == {"Bath": "rain in Bath"}
    assert again == {"Bath": "rain in Bath", "Cork": "rain in Cork"} and other == first == anew
    assert asked == [{"Bath", "Nowhere"}, {"Cork"}, {"Bath"}, {"Bath"}]


def test_the_older_half_goes_when_a_process_keeps_too_much(monkeypatch):
    monkeypatch.setattr(marks, "MOST", 4)
    monkeypatch.setattr(marks, "_kept", {})
    touch("weather")
    asks = [Asked() for _ in range(5)]
    for number, ask in enumerate(asks):
        remembered(("weather",), number, ask)

    assert remembered(("weather",), 4, asks[4]) == remembered(("weather",), 2, asks[2]) == 1
    assert remembered(("weather",), 0, asks[0]) == 2
