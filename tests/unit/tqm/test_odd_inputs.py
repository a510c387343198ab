"""Whatever a file says to these methods, they answer with finite numbers or refuse with a sentence; nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from testamur.kernel.refusal import Refused
from testamur.tqm import algorithm_a, decision_rule
from testamur.tqm.cases import read
from testamur.tqm.methods import index

CASES = Path(__file__).resolve().parents[2] / "cases" / "tqm"
OURS = {"sampling", "improve", "pt", "precision", "uncertainty", "screens"}
GOOD: dict[str, tuple[Any, Any]] = {
    case["method"]: (case.get("data") or {}, case.get("parameters") or {}) for case in read(CASES)
} | {
    "algorithm_s": ({"deviations": [0.1, 0.2, 0.3]}, {"degrees_of_freedom": 2}),
    "aoq": ({"plan": {"n": 80, "c": 2}}, {"lot": 1000}),
    "aoql": ({"plan": {"n": 80, "c": 2}}, {"lot": 1000}),
    "asn": ({"plan": {"n": [50, 50], "c": [0, 3], "r": [4, 4]}}, {}),
    "ati": ({"plan": {"n": [50, 50], "c": [0, 3], "r": [4, 4]}}, {"lot": 1000}),
    "benjamini_hochberg": ({"p": [0.1, 0.2]}, {}),
    "cochran": ({"deviations": [0.1, 0.2, 0.3]}, {"replicates": 3}),
    "copied_blocks": ({"rows": [[1, 2], [3, 4], [5, 6], [1, 2], [3, 4], [5, 6], [0, 0]]}, {}),
    "decision_rule": ({"y": 1, "u": 0.1}, {"upper": 2}),
    "eight_d": ({"records": [{"step": "D0", "facts": {"symptom": "x", "emergency_action": "y"}}]}, {}),
    "fmea_rpn": ({"rows": [[1, 2, 3]]}, {}),
    "grubbs": ({"means": [1, 2, 3, 9]}, {}),
    "grubbs_double": ({"means": [1, 2, 3, 9, 9.1]}, {}),
    "kernel_density": ({"values": [1, 2, 3, 4.5, 9]}, {}),
    "hampel": ({"values": [1, 2, 3, 4.5, 9]}, {}),
    "iso13528_censored": ({"values": ["<5", 6, 7, 8, 9]}, {}),
    "iso2859_2_isolated_lot": ({"lot": 500, "limiting_quality": 0.05}, {}),
    "iso3951_1_matched_plan": ({"lot": 1000, "aql": 1.0}, {}),
    "iso5725_2_functional_relation": ({"m": [1, 2, 3], "s": [0.1, 0.2, 0.3]}, {}),
    "low_variance": ({"rows": [[1, 2], [2, 3], [3, 3.5]]}, {}),
    "q_method": ({"values": [1, 2, 3, 4], "lab": ["a", "a", "b", "c"]}, {}),
    "qn": ({"values": [1, 2, 3, 4]}, {}),
    "variables_decision": ({"sample": [1, 2, 3, 4, 5]}, {"k": 1.2, "upper": 9}),
}
ODD: list[Any] = [
    None, "", "abc", "1e999", float("nan"), float("inf"), -1, 0, 2.5, 1e308, 1e-320, 10**400, "1,2", True, [], {}, [[]],
    [None], ["x"], [1], {"a": 1}, [[1, 2], [3]], [1e308, -1e308], [0] * 5, [5.0] * 6, [[0, 0]] * 4,
    [{}], "<5", [1e149, -1e149, 1e149], [1e-149, 2e-149, 5e-149], 1e149, 1e-149,
]  # fmt: skip
METHODS = [name for name, method in index().items() if method.compute.__module__.split(".")[2] in OURS]


def places(value: Any, depth: int = 3, so_far: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Return the ways to each part of an input, at most two members of a list."""
    if so_far:
        yield so_far
    if depth and isinstance(value, dict):
        for name in value:
            yield from places(value[name], depth - 1, (*so_far, name))
    elif depth and isinstance(value, list):
        for place in range(min(len(value), 2)):
            yield from places(value[place], depth - 1, (*so_far, place))


def spoiled(value: Any, way: tuple[Any, ...], odd: Any) -> Any:
    if not way:
        return odd
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[way[0]] = spoiled(copy[way[0]], way[1:], odd)
    return copy


def test_every_method_has_an_input_to_spoil():
    assert [name for name in METHODS if name not in GOOD] == []


@pytest.mark.parametrize("name", METHODS)
def test_a_spoiled_input_is_answered_with_finite_numbers_or_refused_with_a_sentence(name):
    method = index()[name]
    data, parameters = GOOD[name]
    # Lists of hundreds of rows say no more than their first few; what needs many rows keeps them.
    short = {key: value[:3] if key == "lookups" else value for key, value in data.items()} if data else {}
    settings = {key: field.default for key, field in method.parameters.items() if field.default is not ...}
    good = {"data": short, "parameters": settings | (dict(parameters) if parameters else {})}
    refused = 0

    for way in places(good):
        for odd in ODD:
            bad = spoiled(good, way, odd)
            try:
                result = method.run(bad["data"], bad["parameters"])
            except Refused as refusal:
                assert str(refusal)
                refused += 1
            else:
                json.dumps(result.to_dict(), allow_nan=False)
                json.dumps(result.evidence(), allow_nan=False)

    assert refused


def test_a_slip_of_the_exponent_is_refused_before_it_becomes_an_infinity():
    for size in (1e200, 1e-200, "1e160"):
        with pytest.raises(Refused, match="too large or too small"):
            algorithm_a([size, 0.1, 0.2])
        with pytest.raises(Refused, match="too large or too small"):
            decision_rule(1.0, size, upper=2)
