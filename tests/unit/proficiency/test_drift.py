"""Scores over rounds: signals, and what is left out."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

import pytest

from testamur.proficiency.drift import series
from testamur.proficiency.models import Measurand


@dataclass
class Row:
    score: Decimal | None
    measurand: Measurand = field(default_factory=lambda: Measurand(name={"en": "Lead "}, unit="µg/L"))


def rows(*z):
    return [Row(None if one is None else Decimal(str(one))) for one in z]


@pytest.mark.parametrize(
    ("z", "signals"),
    [
        ((0.5, -1.2, 1.9), ()),
        ((0.5, 3.0), (("action", 1),)),
        ((2.1, -2.2), (("two_warnings", 1),)),
        ((2.1, 0.2, 2.2), ()),
        ((1.5,) * 6, (("drift", 5),)),
    ],
)
def test_signals(z, signals):
    (found,) = series(rows(*z))
    assert found.signals == signals


def test_rounds_without_a_score_and_on_another_scale_are_left_out():
    odd = Row(Decimal(2), Measurand(name={"en": "Lead"}, unit="µg/L", score_by="En"))
    (found,) = series([*rows(0.5, None, 0.7), odd])
    assert len(found.scores) == 2 and found.cusum is not None
    assert series(rows(None)) == []


def test_one_round_has_no_chart():
    (found,) = series(rows(0.1))
    assert found.cusum is None and found.ewma is None
