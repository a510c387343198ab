"""Questionnaires as data: whole, in both languages, and with a line for every mistake."""

from __future__ import annotations

from decimal import Decimal

import pytest

from testamur.diagnosis import questionnaires, scoring
from testamur.diagnosis.questionnaires import LIBRARY, Mistake, read
from testamur.improvement import clauses

CHECKUP = questionnaires.get("iso-9001")
FILE = "iso-9001.2026-1.toml"
TEXT = (LIBRARY / FILE).read_text(encoding="utf-8")


def test_the_check_up_covers_every_clause_group_and_its_short_form_takes_twenty_minutes():
    assert [one.clause for one in CHECKUP.groups] == ["4", "5", "6", "7", "8", "9", "10"]
    assert len(CHECKUP.questions) > 50
    short = CHECKUP.asked("short")
    assert {one.group for one in short} == {one.id for one in CHECKUP.groups}
    assert CHECKUP.minutes(len(short)) == 20


@pytest.mark.parametrize(
    ("ident", "points", "of_results"),
    [("excellence", [120, 85, 85, 90, 85, 85, 450], 450), ("gbt-19580", [110, 90, 90, 130, 100, 80, 400], 400),
     ("efqm", [100, 100, 100, 200, 100, 200, 200], 400)],
)  # fmt: skip
def test_the_points_of_awards_add_up_to_a_thousand(ident, points, of_results):
    found = questionnaires.get(ident)
    by_group = [sum(one.weight for one in found.of_group(group.id, "full")) for group in found.groups]
    assert by_group == points
    assert sum(points) == 1000
    results = {group.id for group in found.groups if group.results}
    assert sum(one.weight for one in found.questions if one.group in results) == of_results


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('group = "context"', 'group = "contxt"', "q4-1: there is no group 'contxt'"),
        ("effect = 2", "effect = 9", "q4-1: effect is 1, 2, 3, 4 or 5"),
        ("weight = 2", "weight = 0", "q4-1: weight and effort are above 0"),
        ('id = "q4-2"', 'id = "q4-1"', "q4-1: is there twice"),
        ('id = "q4-1"', 'id = "Q 4"', "an id is made of small letters"),
        ('clause = "4.1"', 'clause = "four"', "q4-1: names no clause"),
        ('kind = "practice"', 'kind = "oracle"', "kind is 'oracle'"),
        ('version = "2026-1"', 'version = "2026-2"', "is called iso-9001.2026-2.toml"),
        ('zh = "列出相关方、要求和跟踪人"', 'zh = ""', "q4-2: no text in zh for next"),
    ],
)
def test_a_mistake_in_a_file_is_told_with_its_line(old, new, sentence):
    assert old in TEXT
    with pytest.raises(Mistake) as told:
        read(TEXT.replace(old, new, 1), FILE)
    assert sentence in str(told.value)
    assert str(told.value).startswith(f"{FILE}:")
    assert str(told.value).split(":")[1].isdecimal()


def test_scores_leave_out_what_does_not_apply():
    answers = {one.id: "yes" for one in CHECKUP.questions}
    answers |= {"q8-3a": "na", "q8-3b": "na", "q8-3c": "na", "q8-3d": "na"}
    assert scoring.scores(CHECKUP, "full", answers).total == Decimal("100.0")
    answers["q10-2a"] = "no"
    found = scoring.scores(CHECKUP, "full", answers)
    # Weights of improvement: 1 + 3 + 2 + 2 + 1; the heaviest is lost.
    assert found.groups["improvement"] == Decimal("66.7")
    assert found.groups["context"] == Decimal("100.0")


def test_next_steps_are_ranked_by_effect_per_effort_and_a_chosen_order_comes_first():
    answers = {one.id: "yes" for one in CHECKUP.questions}
    answers |= {"q9-2a": "no", "q8-7": "no", "q4-2": "partly"}
    ranked = scoring.suggestions(CHECKUP, "full", answers)
    # 8.7: 5 / 0.5 = 10; 9.2.1: 5 / 2 = 2.5; 4.2: 2 × 0.5 / 0.5 = 2.
    assert [(one.question.id, one.worth) for one in ranked] == [
        ("q8-7", Decimal(10)),
        ("q9-2a", Decimal("2.5")),
        ("q4-2", Decimal(2)),
    ]
    chosen = scoring.suggestions(CHECKUP, "full", answers, ["q4-2", "nothing"])
    assert [one.question.id for one in chosen] == ["q4-2", "q8-7", "q9-2a"]


def test_a_ladder_is_climbed_one_step_at_a_time():
    maturity = questionnaires.get("iso-9004")
    answers = {one.id: "5" for one in maturity.questions} | {"m5-2": "2"}
    (only,) = scoring.suggestions(maturity, "full", answers)
    assert (only.question.id, only.after) == ("m5-2", "3")


@pytest.mark.parametrize("ident", ["iso-9001", "iso-9004", "excellence", "gbt-19580", "efqm"])
def test_words_are_short_and_our_own_clauses_exist_and_what_is_unconfirmed_says_so(ident):
    found = questionnaires.get(ident)
    for one in found.questions:
        texts = [text for words in (one.ask, one.help, one.example, one.next) for text in words.values()]
        texts += [text for levels in one.levels.values() for text in levels]
        # A sentence of our own is short; a paragraph of a standard is not.
        assert max(map(len, texts)) <= 240, one.id
        assert one.clause.split(".")[0] == next(group.clause for group in found.groups if group.id == one.group)
        if ident == "iso-9001":
            assert ".".join(one.clause.split(".")[:2]) in clauses.OWN
    assert found.unconfirmed is (ident != "iso-9001")


@pytest.mark.parametrize("ident", ["excellence", "gbt-19580", "efqm"])
def test_bands_cover_every_five_percent_once(ident):
    found = questionnaires.get(ident)
    steps = [percent for band in found.bands for percent in range(band.start, band.end + 1, 5)]
    assert steps == list(range(0, 101, 5))


def test_a_band_counts_with_its_middle():
    found = questionnaires.get("excellence")
    shares = [str(100 * found.share(value)) for value in found.values()]
    assert [Decimal(one) for one in shares] == [Decimal(x) for x in ("2.5", "17.5", "37.5", "57.5", "77.5", "95")]
    every = {one.id: "50" for one in found.questions}
    assert scoring.scores(found, "full", every).total == Decimal("57.5")
    # 450 of 1000 points are results: those alone one band up are 20 percent of 450 points.
    results = {one.id: "70" for one in found.questions if one.group == "results"}
    assert scoring.scores(found, "full", every | results).total == Decimal("66.5")


@pytest.mark.parametrize(
    ("level", "score"), [("1", "0.0"), ("2", "25.0"), ("3", "50.0"), ("4", "75.0"), ("5", "100.0")]
)
def test_five_levels_are_spread_evenly_from_nought_to_a_hundred(level, score):
    found = questionnaires.get("iso-9004")
    assert scoring.scores(found, "full", {one.id: level for one in found.questions}).total == Decimal(score)
