"""What a capability says of its gauge: a warning where it is not fit, a softer one where it is fit for some uses."""

from __future__ import annotations

from typing import Any

import pytest

from testamur.studies import exhibits, gauging


def document(
    *, due: str = "2027-01-31", grr: float | None = 8.0, gauge: bool = True, method: str = "capability_normal"
) -> dict[str, Any]:
    own = None if grr is None else {"method": "gage_rr_crossed", "answer": {"components": {"grr": {"study": grr}}}}
    return {
        "study": {
            "method": method, "made_at": "2026-11-02T08:00:00+00:00", "evidence": {},
            "answer": {"overall": {"Ppk": {"value": 1.5, "lower_bound": 1.35}}},
        },
        "gauge": {"number": "BG-04", "calibration": {"due_on": due}, "study": own} if gauge else None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("more", "codes"),
    [
        ({}, []),
        ({"due": ""}, []),  # not calibrated at intervals
        ({"due": "2026-11-02"}, []),  # its last day
        ({"due": "2026-11-01"}, ["calibration"]),
        ({"grr": 10.0}, []),
        ({"grr": 10.1}, ["limited"]),
        ({"grr": 30.0}, ["limited"]),
        ({"grr": 30.1}, ["unfit"]),
        ({"grr": None}, ["no_study"]),
        ({"grr": 45.0, "due": "2025-12-31"}, ["calibration", "unfit"]),
        ({"gauge": False}, ["no_gauge"]),
        ({"gauge": False, "method": "gage_rr_crossed"}, []),
        ({"grr": 45.0, "method": "normality"}, []),
    ],
)
def test_each_weakness_of_a_gauge_is_said(more, codes):
    assert [one.code for one in gauging.cautions(document(**more))] == codes


def test_only_a_gauge_fit_for_some_uses_is_said_softly():
    assert [one.severe for one in gauging.cautions(document(grr=27.9))] == [False]
    assert [one.severe for one in gauging.cautions(document(grr=30.5, due="2020-01-01"))] == [True, True]


def test_the_file_of_an_exhibit_says_it_after_the_lower_bound_with_its_source():
    facts = exhibits.facts_of(document(grr=45.0))
    assert [one["label"]["en"] for one in facts[:3]] == ["Ppk, 95 % lower bound", "Ppk", "Caution"]
    assert "not fit" in facts[2]["value"]["en"] and "ISO 22514-7:2021" in facts[2]["value"]["en"]
    assert "不适用" in facts[2]["value"]["zh"] and "45%" in facts[2]["value"]["zh"]
