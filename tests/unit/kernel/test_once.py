"""Within a look a question is asked once; beyond it nothing is kept."""

from __future__ import annotations

from testamur.kernel.once import forget, kept, look, once


def test_a_question_is_asked_once_within_a_look_and_anew_after_it():
    asked = []

    def ask() -> int:
        asked.append(1)
        return len(asked)

    with look():
        assert [once("how many", ask), once("how many", ask)] == [1, 1]
        with look():
            assert once("how many", ask) == 1
        forget()
        assert once("how many", ask) == 2
    assert [once("how many", ask), once("how many", ask)] == [3, 4]


def test_a_table_lives_as_long_as_its_look():
    with look():
        kept("titles")["red"] = 1
        assert kept("titles") == {"red": 1}
    assert kept("titles") == {}
