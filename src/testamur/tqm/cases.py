"""Worked cases: run each through its method and compare what came out with what was expected, within its tolerance.

A case is ``{id, method, data, parameters, expected, tolerance, source, notes?}``. Tolerances: ``rel`` and ``abs`` (the
wider wins); ``abs_NAME`` and ``rel_NAME`` for the answers whose key is, begins or ends with NAME (``abs_limits``:
control limits); ``abs_for_cusum_and_near_zero`` as a floor for the arms of a CUSUM and for zeros; ``published_rel`` and
``published_abs`` for what stands under a key beginning with ``published``. Without these such keys quote a book that
differs for a stated reason, and are not compared. Texts, yes/no and, with ``signals: exact``, points are exact.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from testamur.kernel.refusal import Refused, _
from testamur.tqm.methods import find
from testamur.tqm.results import simple

#: What shared cases take from their source and name by a key alone: case id → its data and parameters.
UNSAID: Mapping[str, Mapping[str, Mapping[str, Any]]] = {
    "as_oc_single_double": {
        "data": {
            "plans": [
                {"model": "binomial", "n": 80, "c": 2},
                {"model": "poisson", "n": 80, "c": 2},
                {"model": "hypergeometric", "n": 80, "c": 2, "lot": 1000},
                {"model": "binomial", "n": [50, 50], "c": [0, 3], "r": [4, 4]},
            ]
        }
    },
    "as_zero_acceptance": {
        "data": {
            "questions": [
                {"conf": 0.95, "ltpd": 0.05, "N": [50, 100, 500, 5000]},
                {"conf": 0.90, "ltpd": 0.1, "N": [50, 100, 500]},
            ]
        }
    },
    "as_find_plan": {"parameters": {"lot": 500}},
    # The examples of R's AQLSchemes (EPn, MPn). Those of two_known stand in no source we have; these give its answer.
    "as_iso3951_form2_pn": {
        "parameters": {
            "questions": {
                "one_known": {"mean": 110, "n": 10, "lower": 100, "sigma": 8},
                "one_unknown": {"mean": 255, "s": 15, "n": 42, "lower": 225},
                "upper_sample": {"upper": 209},
                "two_sample": {"lower": 180, "upper": 209},
                "two_known": {"mean": 108.3, "n": 21, "lower": 100, "upper": 125, "sigma": 5},
                "M_known_k1.6094_n10": {"k": 1.6094, "n": 10, "method": "known"},
                "M_unknown_k1.905285_n42": {"k": 1.905285, "n": 42},
            }
        }
    },
}
_LIMITS = frozenset({"ucl", "lcl", "mr_ucl", "mr_lcl"})


@dataclass(frozen=True)
class Outcome:
    """One case that was run; ``problems`` is empty where it passed, ``compared`` counts single values."""

    case: str
    method: str
    problems: tuple[str, ...] = ()
    compared: int = 0


def read(folder: Path) -> list[dict[str, Any]]:
    """Read every ``*.json`` of a folder, or one file.

    Raises:
        Refused: there is none, or a file is no case.
    """
    files = [folder] if folder.is_file() else sorted(folder.glob("*.json"))
    if not files:
        raise Refused(_("{folder} holds no cases (files ending in .json)."), {"folder": str(folder)})
    found = []
    for file in files:
        try:
            case = json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise Refused(_("{file} cannot be read: {reason}"), {"file": str(file), "reason": str(error)}) from None
        if not isinstance(case, dict) or not {"id", "method", "expected"} <= set(case):
            raise Refused(_("{file} needs id, method and expected."), {"file": str(file)})
        found.append(case)
    return found


def inputs(case: Mapping[str, Any]) -> tuple[Any, dict[str, Any]]:
    """Return data and parameters of a case, with what it names by a key alone."""
    unsaid, known = UNSAID.get(str(case["id"]), {}), find(str(case["method"]))
    data = case.get("data") or (known.asked(case["expected"]) if known.asked else unsaid.get("data"))
    return data, {**unsaid.get("parameters", {}), **dict(case.get("parameters") or {})}


def run(case: Mapping[str, Any]) -> Outcome:
    """Run one case."""
    name, method = str(case["id"]), str(case["method"])
    try:
        known = find(method)
        answer = simple(known.run(*inputs(case)).published())
    except Refused as refusal:
        return Outcome(name, method, (f"refused: {refusal}",))
    tolerance = case.get("tolerance") or {}
    compared = list(_compare(case["expected"], answer, dict(tolerance), ""))
    problems = tuple(problem for problem in compared if problem)
    if not compared:
        problems = ("nothing was compared",)
    return Outcome(name, method, problems, len(compared))


def _compare(expected: Any, got: Any, tolerance: Mapping[str, Any], path: str) -> Iterator[str]:
    """Yield one text for each single value compared: empty where it agrees."""
    key = path.rpartition(".")[2].partition("[")[0]
    if key.startswith("published"):
        said = {name[10:]: value for name, value in tolerance.items() if name in {"published_rel", "published_abs"}}
        if not said and "quoted" not in tolerance:
            return
        tolerance = said | {"quoted": True} if said else tolerance
    if isinstance(expected, Mapping):
        if not isinstance(got, Mapping):
            yield f"{path}: expected an object, got {got!r:.80}"
            return
        for name, value in expected.items():
            if name in {"note", "notes"}:
                continue
            here = f"{path}.{name}" if path else name
            if name in got or name.startswith("published"):
                yield from _compare(value, got.get(name), tolerance, here)
            else:
                yield f"{here}: there is no such answer"
    elif isinstance(expected, list):
        if not isinstance(got, list) or len(got) != len(expected):
            yield f"{path}: expected {expected!r:.80}, got {got!r:.80}"
            return
        if not expected:
            yield ""
        for place, (one, other) in enumerate(zip(expected, got, strict=True)):
            yield from _compare(one, other, tolerance, f"{path}[{place}]")
    elif _is_number(expected) and _is_number(got):
        exact = isinstance(expected, int) and "signals" in tolerance and _points(key)
        allowed = 0.0 if exact else _allowed(expected, tolerance, key)
        close = math.isclose(got, expected, rel_tol=0, abs_tol=allowed)
        yield "" if close else f"{path}: expected {expected!r}, got {got!r} (allowed {allowed:.3g})"
    else:
        yield "" if type(expected) is type(got) and expected == got else f"{path}: expected {expected!r}, got {got!r}"


def _allowed(expected: float, tolerance: Mapping[str, Any], key: str) -> float:
    """Return the difference that a case allows at this key: its own tolerance where one is named, else the general."""
    special = []
    for name, value in tolerance.items():
        kind, _mark, about = name.partition("_")
        named = bool(about) and (key == about or key.startswith(f"{about}_") or key.endswith(f"_{about}"))
        about_this = key in _LIMITS if about == "limits" else named
        if kind in {"abs", "rel"} and about_this:
            special.append(float(value) * (abs(expected) if kind == "rel" else 1.0))
    if special:
        return max(special)
    return max(
        float(tolerance.get("abs", 0)),
        float(tolerance.get("rel", 0)) * abs(expected),
        float(tolerance.get("abs_for_cusum_and_near_zero", 0)) if _cusum(key, expected) else 0.0,
    )


def _points(key: str) -> bool:
    return key.startswith(("signal", "beyond"))


def _cusum(key: str, expected: float) -> bool:
    return key.startswith("c_") or abs(expected) < 1e-9


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
