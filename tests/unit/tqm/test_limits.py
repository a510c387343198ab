"""Limit sets: frozen with a reason, versioned, applied without moving."""

from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime

import numpy as np
import pytest

from testamur import tqm
from testamur.kernel.refusal import Refused
from testamur.tqm import LimitSet

RNG = np.random.default_rng(11)
AT = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
ROWS = RNG.normal(10, 1, (30, 4))
SIZES = [100] * 25
COUNTS = RNG.binomial(100, 0.1, 25)
VECTORS = RNG.multivariate_normal([1, 2], [[1, 0.5], [0.5, 2]], 60)

CHARTS = {
    "xbar_r": (lambda **o: tqm.xbar_r(ROWS, **o), (ROWS,)),
    "xbar_s": (lambda **o: tqm.xbar_s(ROWS, **o), (ROWS,)),
    "i_mr": (lambda **o: tqm.i_mr(ROWS[:, 0], **o), (ROWS[:, 0],)),
    "p": (lambda **o: tqm.p(COUNTS, SIZES, **o), (COUNTS, SIZES)),
    "np": (lambda **o: tqm.np_chart(COUNTS, SIZES, **o), (COUNTS, SIZES)),
    "c": (lambda **o: tqm.c(COUNTS, **o), (COUNTS,)),
    "u": (lambda **o: tqm.u(COUNTS, SIZES, **o), (COUNTS, SIZES)),
    "laney_p_prime": (lambda **o: tqm.laney_p(COUNTS, SIZES, **o), (COUNTS, SIZES)),
    "laney_u_prime": (lambda **o: tqm.laney_u(COUNTS, SIZES, **o), (COUNTS, SIZES)),
    "ewma": (lambda **o: tqm.ewma(ROWS, lam=0.3, **o), (ROWS,)),
    "cusum_tabular": (lambda **o: tqm.cusum(ROWS, h=4, **o), (ROWS,)),
    "hotelling_t2_individual": (lambda **o: tqm.hotelling_t2(VECTORS, **o), (VECTORS,)),
    "mewma": (lambda **o: tqm.mewma(VECTORS, **o), (VECTORS,)),
}


def frozen(chart, **options):
    return LimitSet.freeze(
        chart, name="bore, line 3", reason="30 subgroups in control", by="Sample Wang", at=AT, **options
    )


@pytest.mark.parametrize("name", CHARTS)
def test_frozen_limits_applied_to_their_own_data_are_the_same_limits(name):
    make, data = CHARTS[name]
    chart = make()
    again = frozen(chart).apply(*data)

    assert again.phase == "II"
    assert again.parameters["center"] == pytest.approx(chart.parameters["center"], rel=1e-13)
    if hasattr(chart, "panels"):
        for before, after in zip(chart.panels, again.panels, strict=True):
            assert np.asarray(after.ucl) == pytest.approx(np.asarray(before.ucl), rel=1e-12)
    elif name == "ewma":
        assert again.ucl == pytest.approx(chart.ucl, rel=1e-12) and again.lam == 0.3
    elif name == "cusum_tabular":
        assert again.c_pos == pytest.approx(chart.c_pos, abs=1e-9) and again.h == 4
    else:
        assert again.t2 == pytest.approx(chart.t2, rel=1e-9)


def test_a_limit_set_survives_being_written_and_read():
    one = frozen(tqm.xbar_r(ROWS), effective_from=date(2026, 4, 1))
    two = LimitSet.from_dict(one.to_dict())

    assert two.digest == one.digest
    assert two.effective_from == date(2026, 4, 1)
    assert two.apply(ROWS).parameters == one.apply(ROWS).parameters


def test_a_new_version_names_the_one_before_by_its_digest():
    first = frozen(tqm.xbar_r(ROWS[:20]))
    second = frozen(tqm.xbar_r(ROWS), previous=first)

    assert (first.version, second.version) == (1, 2)
    assert second.previous == first.digest != second.digest


def test_a_limit_set_cannot_be_edited():
    with pytest.raises(dataclasses.FrozenInstanceError):
        frozen(tqm.xbar_r(ROWS)).nsigma = 2


def test_limits_of_a_chosen_stage_are_frozen():
    chart = tqm.xbar_r(ROWS, stages=[12])

    assert frozen(chart, stage=0).parameters == tqm.xbar_r(ROWS[:12]).parameters
    assert frozen(chart).parameters["center"] == pytest.approx(tqm.xbar_r(ROWS[12:]).center, rel=1e-13)
    with pytest.raises(Refused, match="no stage 2; the chart has 2"):
        frozen(chart, stage=2)


def test_the_digest_of_the_data_behind_the_limits_is_kept():
    chart = tqm.xbar_r(ROWS)

    assert frozen(chart).inputs_sha256 == chart.evidence()["inputs_sha256"]


def test_limits_of_two_and_a_half_sigma_stay_so():
    assert frozen(tqm.xbar_r(ROWS, nsigma=2.5)).apply(ROWS + 1).nsigma == 2.5


@pytest.mark.parametrize(
    ("freeze", "sentence"),
    [
        (lambda: LimitSet.freeze(tqm.c(COUNTS), name="x", reason=" ", by="y", at=AT), "Say why"),
        (lambda: LimitSet.freeze(tqm.c(COUNTS), name="", reason="r", by="y", at=AT), "Give the limit set a name"),
        (lambda: frozen(tqm.c([3] * 20, limits={"center": 3})), "nothing new to freeze"),
        (lambda: frozen(tqm.i_mr([3] * 20)), "do not vary"),
        (lambda: frozen(tqm.c(COUNTS), previous=frozen(tqm.xbar_r(ROWS))), "frozen for xbar_r"),
        (lambda: tqm.xbar_s(ROWS, limits=frozen(tqm.xbar_r(ROWS))), "frozen for xbar_r"),
        (lambda: tqm.i_mr([1, 2, 3], limits={"sigma": 1}), "need a center"),
        (lambda: LimitSet.from_dict({"name": "x"}), "A limit set needs"),
        (lambda: LimitSet.from_dict(frozen(tqm.c(COUNTS)).to_dict() | {"at": "yesterday"}), "times are written"),
    ],
)
def test_what_cannot_be_frozen_or_applied_is_refused(freeze, sentence):
    with pytest.raises(Refused, match=sentence):
        freeze()
