"""Whatever a file says, a method answers or refuses with a sentence; it never fails, and never writes an infinity."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from testamur.kernel.refusal import Refused
from testamur.tqm import cases
from testamur.tqm.methods import index

RNG = np.random.default_rng(1)
VALUES = RNG.normal(10, 1, 40).round(3).tolist()
COUNTS = RNG.binomial(80, 0.1, 25).tolist()
VECTORS = RNG.normal(size=(30, 2)).tolist()
GOOD = {
    case["method"]: (case.get("data") or {}, case.get("parameters") or {})
    for case in cases.read(Path(__file__).resolve().parents[2] / "cases/tqm")
}
GAUGE = GOOD["gage_rr_crossed_anova_and_average_range"][0]
GOOD |= {
    **dict.fromkeys(("residual_chart", "autocorrelation", "stability_gate", "normality"), ({"values": VALUES}, {})),
    **dict.fromkeys(("tolerance_interval", "stability_study"), ({"values": VALUES}, {})),
    **dict.fromkeys(("p", "np"), ({"defectives": COUNTS, "sizes": 80}, {})),
    **dict.fromkeys(("gage_rr_crossed", "gage_rr_average_range"), (GAUGE, {})),
    "laney_u_prime": ({"counts": COUNTS, "sizes": 80}, {}),
    "hotelling_t2_subgroup": ({"observations": RNG.normal(size=(20, 3, 2)).tolist()}, {}),
    "mewma": ({"observations": VECTORS}, {}),
    "capability_boxcox": ({"values": VALUES}, {"usl": 15}),
    "weighted_kappa": ({"ratings": RNG.integers(0, 3, (20, 2)).tolist()}, {}),
    "kendall_w": ({"ratings": VECTORS}, {}),
    "attribute_agreement": (
        {
            "item": [1, 1, 2, 2] * 2,
            "appraiser": list("ABABABAB"),
            "rating": list("xyxyxyxy"),
            "reference": [1, 1, 2, 2] * 2,
        },
        {},
    ),
    "measurement_capability": ({}, {"tolerance": 0.1, "u_evr": 0.001}),
}
OURS = ("spc", "capability", "msa")
METHODS = [name for name, method in index().items() if method.compute.__module__.split(".")[2] in OURS]
JUNK = [
    None, "x", "", [], {}, [[]], [{}], -1, 0, 1, 2, 1e308, 1e-320, True, [None], ["x"], {"a": 1}, [1], [1, 2],
    [[1, 2], [3]], [[1], [2]], [[1, 2], [3, 4]], [1e308, -1e308, 1e308], [0, 0, 0, 0], [5] * 10, "1,5",
    [1e149] * 5 + [-1e149], [[1e149, -1e149]] * 5, [1e-149, 2e-149] * 5, [[[1]]], {"center": "x"}, {"center": 1},
    {"center": [1, 2], "covariance": [[1, 0], [0, 1]], "count": 5}, {"center": 1, "sigma": -1},
    {"center": 1, "sigma": 0}, {"set": "x"}, [{"id": "a", "kind": "beyond", "sigma": "x"}],
    [{"id": "a", "kind": "trend", "n": 2.5}], {"0": "r"}, {"-1": "r"}, [-1], [10**9], "nelson", float("nan"),
    float("inf"), [1, 2, 3, 4, 5, 6, 7, 8], ["1", "1", "2", "2"],
]  # fmt: skip


def test_every_method_has_an_input_to_be_spoiled():
    assert [name for name in METHODS if name not in GOOD] == []


@pytest.mark.parametrize("name", METHODS)
def test_junk_in_any_place_is_answered_or_refused(name):
    method = index()[name]
    data, parameters = GOOD[name]
    spoiled = [({**data, field: junk}, parameters) for field in method.data for junk in JUNK]
    spoiled += [(data, {**parameters, field: junk}) for field in method.parameters for junk in JUNK]
    refused = 0
    for pair in [(data, parameters), *spoiled]:
        try:
            result = method.run(*pair)
        except Refused as refusal:
            assert str(refusal)
            refused += 1
        else:
            assert json.dumps(result.to_dict(), allow_nan=False)
            assert len(result.evidence()["inputs_sha256"]) == 64

    assert refused > len(spoiled) / 4 if spoiled else not refused
