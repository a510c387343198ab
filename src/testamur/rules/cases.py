"""Worked cases: run each through its rule and compare what came out with what was expected."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from testamur.kernel.refusal import Refused, _
from testamur.rules.engine import evaluate, index
from testamur.rules.writing import to_json


@dataclass(frozen=True)
class Outcome:
    """One case that was run; ``problems`` is empty where it passed."""

    case: str
    rule: str
    problems: tuple[str, ...] = ()


def read(file: Path) -> list[dict[str, Any]]:
    """Read a file of cases.

    Raises:
        Refused: it cannot be read, is not YAML, or holds no list of cases.
    """
    # Only this reads YAML; who computes a rule needs no such package.
    try:
        import yaml
    except ModuleNotFoundError:
        raise Refused(_("Cases are YAML: install PyYAML (testamur[test]) to read them.")) from None
    try:
        data = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(_("{file} cannot be read: {reason}."), {"file": str(file), "reason": str(error)}) from None
    except yaml.YAMLError as error:
        raise Refused(_("{file} is not YAML: {reason}"), {"file": str(file), "reason": str(error)}) from None
    cases = data.get("cases") if isinstance(data, Mapping) else None
    if not isinstance(cases, list):
        raise Refused(_("{file} holds no list called cases."), {"file": str(file)})
    for place, case in enumerate(cases, 1):
        whole = isinstance(case, Mapping) and {"id", "rule", "inputs", "expected"} <= set(case)
        if not whole or not isinstance(case["inputs"], Mapping) or not isinstance(case["expected"], Mapping):
            raise Refused(
                _("Case {place} of {file} needs id, rule, inputs and expected."), {"place": place, "file": str(file)}
            )
    return cases


def known(cases: Iterable[Mapping[str, Any]]) -> tuple[list[Mapping[str, Any]], list[Mapping[str, Any]]]:
    """Split cases into those whose rule is in this build and those whose rule is not."""
    rules = index()
    here: list[Mapping[str, Any]] = []
    elsewhere: list[Mapping[str, Any]] = []
    for case in cases:
        (here if case["rule"] in rules else elsewhere).append(case)
    return here, elsewhere


def run(case: Mapping[str, Any]) -> Outcome:
    """Run one case whose rule is in this build."""
    name, rule = str(case["id"]), str(case["rule"])
    try:
        output = evaluate(rule, case["inputs"]).output
    except Refused as refusal:
        return Outcome(name, rule, (f"refused: {refusal}",))
    tolerance = decimal(case.get("tolerance"))
    relative = decimal(case.get("tolerance_rel"))
    problems = []
    for key, expected in case["expected"].items():
        if key not in output:
            problems.append(f"{key}: expected {to_json(expected)}, there is no such output")
        elif not same(output[key], expected, tolerance, relative):
            problems.append(f"{key}: expected {to_json(expected)}, got {to_json(output[key])}")
    return Outcome(name, rule, tuple(problems))


def decimal(value: Any) -> Decimal | None:
    """Return a number of a case file as the decimal that was written there, or None."""
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
        return None
    return Decimal(repr(value)) if isinstance(value, float) else Decimal(value)


def same(got: Any, expected: Any, tolerance: Decimal | None = None, relative: Decimal | None = None) -> bool:
    """Say whether an output is what a case expects: exactly, or within its tolerance where it names one."""
    wanted, found = decimal(expected), decimal(got)
    if wanted is not None and found is not None:
        allowed = max(tolerance or Decimal(0), (relative or Decimal(0)) * abs(wanted))
        return abs(found - wanted) <= allowed
    if isinstance(got, date):
        return bool(got.isoformat() == str(expected))
    if isinstance(got, (list, tuple)) and isinstance(expected, list):
        pairs = zip(got, expected, strict=False)
        return len(got) == len(expected) and all(same(a, b, tolerance, relative) for a, b in pairs)
    if isinstance(got, Mapping) and isinstance(expected, Mapping):
        return set(got) == set(expected) and all(same(got[key], expected[key], tolerance, relative) for key in expected)
    return type(got) is type(expected) and bool(got == expected)
