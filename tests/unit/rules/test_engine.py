"""The engine: registration, inputs, dated parameters, the working, JSON."""

from __future__ import annotations

import json
import string
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from testamur.kernel.refusal import Refused
from testamur.rules import cases, evaluate, index, parameters, reference, rule
from testamur.rules.exact import ceiling, ceiling_of_root, half_days, rounded
from testamur.rules.kinds import Day, ListOf, MapOf, Number, Text, Whole, YesNo
from testamur.rules.parameters import Parameter, lookup
from testamur.rules.saying import percent, say
from testamur.rules.sources import written
from testamur.rules.writing import from_json, to_json
from tests.shared import ROOT, shared

LIMITS = (
    Parameter(
        "x.limit", 6, date(2020, 1, 1), "testamur@2026-1", {"en": "Limit", "zh": "期限"}, "A", date(2025, 12, 31)
    ),
    Parameter("x.limit", 12, date(2026, 1, 1), "testamur@2026-1", {"en": "Limit", "zh": "期限"}, "A"),
    Parameter("x.limit", 24, date(2099, 1, 1), "testamur@2026-1", {"en": "Limit", "zh": "期限"}, "B"),
)


@pytest.fixture
def limits(monkeypatch):
    monkeypatch.setattr(parameters, "rows", lambda: LIMITS)


@pytest.mark.parametrize(
    ("on", "value"), [(date(2020, 1, 1), 6), (date(2025, 12, 31), 6), (date(2026, 1, 1), 12), (None, 12)]
)
def test_the_value_is_the_one_that_holds_on_the_day(limits, on, value):
    assert lookup("x.limit", "A", on).value == value


@pytest.mark.parametrize(
    ("regime", "on", "sentence"),
    [
        ("A", date(2019, 12, 31), "Limit: no value holds on 2019-12-31; the first one begins on 2020-01-01."),
        ("B", None, "the first one begins on 2099-01-01."),
        ("C", None, "Limit: there is no value for the regime C; there is one for: A, B."),
    ],
)
def test_a_day_or_regime_without_a_value_is_refused_with_the_days_there_are(limits, regime, on, sentence):
    with pytest.raises(Refused) as refused:
        lookup("x.limit", regime, on)
    assert sentence in str(refused.value)


def test_a_value_that_has_ended_says_when():
    with pytest.raises(Refused, match="the last one ended on 2025-12-31"):
        lookup("cab.surveillance.later", "CN-QMS-2016", date(2026, 1, 1))


def test_who_names_a_past_regime_and_no_day_gets_its_last_value():
    assert lookup("cab.surveillance.later", "CN-QMS-2016").value == 15


def test_two_rows_that_hold_on_one_day_are_refused():
    overlapping = [LIMITS[0], Parameter("x.limit", 9, date(2025, 6, 1), "s", {"en": "", "zh": ""}, "A")]

    with pytest.raises(ValueError, match="two rows hold on 2025-06-01"):
        parameters.check(overlapping)


def test_a_row_that_ends_before_it_begins_or_holds_a_binary_fraction_is_refused():
    title = {"en": "", "zh": ""}
    with pytest.raises(ValueError, match="ends before it begins"):
        parameters.check([Parameter("x", 1, date(2026, 1, 2), "s", title, valid_to=date(2026, 1, 1))])
    with pytest.raises(ValueError, match=r"write 0\.3 as text"):
        parameters.check([Parameter("x", 0.3, date(2026, 1, 2), "s", title)])


def test_every_parameter_is_read_by_a_rule_and_every_source_can_be_written():
    code = "".join(file.read_text() for file in (ROOT / "src/testamur/rules").glob("*.py"))
    families = ("md5.table.", "md5.beyond.", "cn.person_bar.", "cn.calendar.")
    unread = [
        row.name for row in parameters.rows() if f'"{row.name}"' not in code and not row.name.startswith(families)
    ]

    assert unread == []
    for row in parameters.rows():
        assert written(row.source)["zh"]
        assert row.title["en"] and row.title["zh"]


def test_every_rule_speaks_both_languages_and_cites_a_document_we_can_name():
    for found in index().values():
        assert found.title["en"] and found.title["zh"], found.id
        assert found.compute.__doc__, found.id
        for source in found.source:
            assert written(source)["en"]
        for kind in found.inputs.values():
            assert kind.en and kind.zh, found.id
        for output in found.outputs.values():
            assert output.en and output.zh, found.id
        assert set(found.supplied) | set(found.bind) <= set(found.inputs), found.id


def fields(text: str) -> set[str]:
    return {name for _text, name, _spec, _conversion in string.Formatter().parse(text) if name}


def test_a_step_shows_days_and_numbers_as_each_language_writes_them():
    step = evaluate("CAB.first_surveillance_due", {"decision_date": "2024-03-15"}).working[-1]

    assert step.words == {
        "en": "The first surveillance is due by 15 Mar 2025.",
        "zh": "首次监督审核最迟应于2025年3月15日前完成。",
    }
    assert say("{a} {b} {c}", "{a} {b} {c}", a=Decimal("6.50"), b=True, c=["x", "y"]) == {
        "en": "6.5 yes x, y",
        "zh": "6.5 是 x、y",
    }
    assert percent(Decimal("-0.30")) == {"en": "−30 %", "zh": "−30%"}


def test_two_rules_cannot_have_one_id():
    with pytest.raises(ValueError, match=r"Two rules are called CN\.uscc"):
        index()
        rule("CN.uscc", title={"en": "", "zh": ""}, source="s", inputs={}, output={})(lambda work: {})


def test_the_vocabulary_of_the_scheme_language_and_the_index_agree():
    import tomllib

    vocabulary = tomllib.loads(shared("design", "schemes", "vocabulary.toml").read_text())["rules"]
    for name, entry in vocabulary.items():
        if name == "REC.recognise":  # recognition answers it, which lies above this package
            continue
        found = index()[name]
        assert list(found.supplied) == entry["supplied"], name
        assert list(found.bind) == entry["bind"], name
        assert list(found.decides) == entry["decides"], name
        assert set(entry.get("optional", [])) <= set(found.optional), name


def test_every_rule_that_the_library_of_schemes_binds_is_here():
    import tomllib

    bound = set()
    for file in shared("design", "schemes", "library").rglob("*.toml"):
        bound |= {entry["rule"] for entry in tomllib.loads(file.read_text()).get("rule", [])}

    assert bound
    assert bound - set(index()) == set()


@pytest.mark.parametrize(
    ("kind", "value", "sentence"),
    [
        (Day(en="day"), None, "Day (x) is needed."),
        (Day(en="day"), "2026-02-30", "Day (x) is 2026-02-30, and the calendar has no such day."),
        (Day(en="day"), "30.2.2026", "Day (x) must be a day, written 2026-03-31."),
        (Day(en="day"), 20260331, "Day (x) must be a day, written 2026-03-31."),
        (Day(en="day"), datetime(2026, 3, 31), "Day (x) must be a day without a time, written 2026-03-31."),
        (Day(en="day"), "9999-12-31", "Day (x) must lie between the years 1900 and 2200."),
        (Number(en="n"), "twelve", "N (x) must be a number, written 12.5."),
        (Number(en="n"), True, "N (x) must be a number, written 12.5."),
        (Number(en="n"), float("nan"), "N (x) must be a number, written 12.5."),
        (Number(en="n"), "1e999999", "N (x) must be a number, written 12.5."),
        (Number(en="n", above=0), 0, "N (x) must be more than 0."),
        (Number(en="n", below=1), 1, "N (x) must be less than 1."),
        (Whole(en="n", maximum=5), 6, "N (x) must be at most 5."),
        (Whole(en="n"), "1.5", "N (x) must be a whole number."),
        (YesNo(en="b"), "yes", "B (x) must be yes or no (true or false)."),
        (Text(en="t"), 10.71, "T (x) must be a text, written in quotation marks."),
        (Text(en="t", at_most=3), "four", "T (x) must have at most 3 characters."),
        (ListOf(en="l", item=Whole(en="n")), 3, "L (x) must be a list."),
        (ListOf(en="l", item=Whole(en="n")), [1, "a"], "N (x[1]) must be a number, written 12.5."),
        (ListOf(en="l", item=Text(en="t"), distinct=True), ["a", "b", "a"], "L (x) names the same item twice: a."),
        (MapOf(en="m", item=Whole(en="n")), [], "M (x) must map names to values."),
    ],
)
def test_an_input_of_the_wrong_kind_is_refused_with_what_was_expected(kind, value, sentence):
    with pytest.raises(Refused) as refused:
        kind.read(value, "x")
    assert str(refused.value) == sentence
    assert refused.value.field.startswith("x")


def test_a_number_keeps_every_digit_that_was_written():
    assert Number(en="n").read("0.10", "x") == Decimal("0.10")
    assert Number(en="n").read(0.1, "x") == Decimal("0.1")
    assert Whole(en="n").read("12", "x") == 12


NASTY = [None, True, 0, -1, 1e308, "", "x" * 10_000, [], {}, [[]], [{}], {"a": [1]}, "2026-13-01", "9999-12-31"]


@pytest.mark.parametrize("nasty", NASTY, ids=lambda value: repr(value)[:20])
def test_no_value_of_any_input_makes_a_rule_stumble(nasty):
    good = {case["rule"]: case["inputs"] for case in cases.read(ROOT / "tests/cases/rules.yaml")}
    for found in index().values():
        for name in found.inputs:
            try:
                evaluate(found.id, {**good[found.id], name: nasty})
            except Refused as refusal:
                assert refusal.rule == found.id
                assert fields(refusal.message_id) <= set(refusal.facts)
                assert str(refusal)


@given(st.fractions(min_value=0, max_value=1000))
def test_half_days_are_at_most_a_quarter_away_and_ties_go_up(days):
    got = Fraction(half_days(days))

    assert (got * 2).denominator == 1
    assert -Fraction(1, 4) < got - days <= Fraction(1, 4)


@given(st.fractions(min_value=-100, max_value=100), st.integers(0, 6))
def test_rounding_and_ceiling_are_exact(value, places):
    assert abs(Fraction(rounded(value, places)) - value) <= Fraction(1, 2 * 10**places)
    assert 0 <= ceiling(value) - value < 1


@given(st.integers(0, 10_000))
def test_the_ceiling_of_a_root_is_the_smallest(count):
    k = ceiling_of_root(Fraction(1), count)

    assert k * k >= count
    assert k == 0 or (k - 1) ** 2 < count


def test_json_keeps_decimals_exact_and_is_readable_by_any_reader():
    data = {
        "day": date(2026, 1, 2),
        "x": Decimal("0.10"),
        "list": [1, "中", None, True],
        "none": [],
        "e": Decimal("1E+2"),
    }

    assert to_json(data) == '{"day": "2026-01-02", "x": 0.1, "list": [1, "中", null, true], "none": [], "e": 100}'
    assert json.loads(to_json(data, indent=2))["list"] == [1, "中", None, True]
    assert from_json("0.1") == Decimal("0.1")


def test_a_result_says_which_parameters_it_used():
    data = json.loads(to_json(evaluate("MD5.recert", {"initial_days": 7}).to_json()))

    assert data["output"] == {"days": 4.5}
    assert [row["name"] for row in data["parameters"]] == ["md5.recert_share"]
    assert data["unconfirmed"] is True


def test_the_reference_page_is_what_the_code_says():
    page = (ROOT / "docs/reference/rules.md").read_text(encoding="utf-8")

    assert page == reference.page().rstrip() + "\n", "run: python -m testamur.rules.reference"
    for name in index():
        assert f"## {name}\n" in page


def test_the_reference_command_writes_the_page(tmp_path, capsys):
    assert reference.main([str(tmp_path / "rules.md")]) == 0
    assert (tmp_path / "rules.md").read_text(encoding="utf-8").startswith("# Rules\n")
    assert f"{len(index())} rules" in capsys.readouterr().out
