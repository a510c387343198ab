"""Run rules: patterns that a process in control seldom shows. Whole series at once, by sliding and/or, no loops.

Conventions: strict inequalities; a point exactly on a line counts for neither side; the index (counted from 0) is that
of the point that completes the pattern; in k-of-n rules the completing point lies in the zone itself; a missing or
excluded point ends every run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from testamur.kernel.refusal import Refused, _
from testamur.tqm.data import number, numbers, whole
from testamur.tqm.methods import provenance
from testamur.tqm.results import Result, Warning

Mask = NDArray[np.bool_]
KINDS = ("beyond", "same_side", "trend", "alternating", "k_of_n", "within", "outside")


@dataclass(frozen=True)
class Rule:
    """One pattern.

    Attributes:
        id: e.g. ``"nelson_2"``.
        kind: ``beyond`` (one point beyond ``sigma``), ``same_side`` (``n`` in a row), ``trend`` (``n`` steadily up or
            down), ``alternating`` (``n`` up and down), ``k_of_n`` (``k`` of ``n`` beyond ``sigma`` on one side),
            ``within`` (``n`` in a row inside ``sigma``), ``outside`` (``n`` in a row outside it, some on each side).
        number: what a chart writes beside the point.
    """

    id: str
    kind: str
    n: int = 1
    k: int = 0
    sigma: float = 0.0
    number: str = ""

    def __post_init__(self) -> None:
        wrong = (
            self.kind not in KINDS
            or not 1 <= self.n <= 1000
            or (self.kind == "k_of_n" and not 1 <= self.k <= self.n)
            or (self.kind in {"trend", "alternating"} and self.n < 3)
            or not 0 <= self.sigma <= 100
            or (self.kind in {"within", "outside", "beyond"} and self.sigma == 0)
        )
        if wrong:
            raise Refused(
                _("The run rule {rule} is not usable: kind of {kinds}, n at least 1, k from 1 to n, sigma above 0."),
                {"rule": self.id, "kinds": KINDS},
                field="rules",
            )


NELSON = (
    Rule("nelson_1", "beyond", sigma=3, number="1"),
    Rule("nelson_2", "same_side", n=9, number="2"),
    Rule("nelson_3", "trend", n=6, number="3"),
    Rule("nelson_4", "alternating", n=14, number="4"),
    Rule("nelson_5", "k_of_n", n=3, k=2, sigma=2, number="5"),
    Rule("nelson_6", "k_of_n", n=5, k=4, sigma=1, number="6"),
    Rule("nelson_7", "within", n=15, sigma=1, number="7"),
    Rule("nelson_8", "outside", n=8, sigma=1, number="8"),
)
WECO = (
    Rule("we_1", "beyond", sigma=3, number="W1"),
    Rule("we_2", "k_of_n", n=3, k=2, sigma=2, number="W2"),
    Rule("we_3", "k_of_n", n=5, k=4, sigma=1, number="W3"),
    Rule("we_4", "same_side", n=8, number="W4"),
)
#: What a chart uses unless it is told otherwise: rare false alarms, and a lasting shift is still found.
DEFAULT = (NELSON[0], NELSON[1])
SETS: dict[str, tuple[Rule, ...]] = {"nelson": NELSON, "weco": WECO, "default": DEFAULT, "rule_1": (NELSON[0],)}
_BY_ID = {rule.id: rule for rule in (*NELSON, *WECO)}


def chosen(rules: Any) -> tuple[Rule, ...]:
    """Return rules from a set's name, ids, rules, or objects ``{id, kind, n, k, sigma}`` (a custom set).

    ``{"set": "nelson", "same_side": 7}`` is Nelson's set with another length of rule 2, as some programs allow.
    """
    if rules is None:
        return DEFAULT
    if isinstance(rules, str):
        if rules in SETS:
            return SETS[rules]
        rules = [rules]
    if isinstance(rules, Mapping):
        return _changed(rules)
    if not isinstance(rules, Iterable):
        raise Refused(_("Run rules are the name of a set or a list of rules."), field="rules")
    found = []
    for rule in rules:
        if isinstance(rule, Rule):
            found.append(rule)
        elif isinstance(rule, str) and rule in _BY_ID:
            found.append(_BY_ID[rule])
        elif isinstance(rule, Mapping) and {"id", "kind"} <= set(rule):
            found.append(_custom(rule))
        else:
            raise Refused(
                _("{rule} is no run rule; known are {known}."), {"rule": rule, "known": list(_BY_ID)}, field="rules"
            )
    return tuple(found)


def _custom(rule: Mapping[str, Any]) -> Rule:
    counts = {name: whole(rule[name], name, at_most=1000) for name in ("n", "k") if name in rule}
    sigma = number(rule.get("sigma", 0.0), "sigma")
    return Rule(str(rule["id"]), str(rule["kind"]), sigma=sigma, number=str(rule.get("number", "")), **counts)


def _changed(rules: Mapping[str, Any]) -> tuple[Rule, ...]:
    base = SETS.get(str(rules.get("set", "nelson")))
    if base is None:
        raise Refused(
            _("{rule} is no run rule; known are {known}."),
            {"rule": rules.get("set"), "known": list(SETS)},
            field="rules",
        )
    length = whole(rules.get("same_side", 9), "same_side", at_least=2, at_most=1000)
    return tuple(
        Rule(rule.id, rule.kind, length, rule.k, rule.sigma, rule.number) if rule.kind == "same_side" else rule
        for rule in base
    )


def masks(z: NDArray[np.float64], rules: Sequence[Rule]) -> dict[str, Mask]:
    """Return rule id → mask of the completing points.

    Args:
        z: standardised points, NaN where a point is missing; the last axis is time, others are charts of a batch.
    """
    cache: dict[Any, Mask] = {}
    return {rule.id: _mask(z, rule, cache) for rule in rules}


def _mask(z: NDArray[np.float64], rule: Rule, cache: dict[Any, Mask]) -> Mask:
    def side(sign: int, sigma: float) -> Mask:
        key = (sign, sigma)
        if key not in cache:
            cache[key] = z > sigma if sign > 0 else z < -sigma
        return cache[key]

    if rule.kind == "beyond":
        return side(1, rule.sigma) | side(-1, rule.sigma)
    if rule.kind == "same_side":
        return _all(side(1, 0.0), rule.n) | _all(side(-1, 0.0), rule.n)
    if rule.kind == "outside":
        # Nelson's eighth pattern is a mixture, so on both sides; on one side alone it is a shift, found by rule 6.
        above, below = side(1, rule.sigma), side(-1, rule.sigma)
        return _all(above | below, rule.n) & ~_all(above, rule.n) & ~_all(below, rule.n)
    if rule.kind == "within":
        with np.errstate(invalid="ignore"):
            return _all(np.abs(z) < rule.sigma, rule.n)
    if rule.kind == "k_of_n":
        return _count(side(1, rule.sigma), rule.k, rule.n) | _count(side(-1, rule.sigma), rule.k, rule.n)
    up, down = np.zeros(z.shape, bool), np.zeros(z.shape, bool)
    np.greater(z[..., 1:], z[..., :-1], out=up[..., 1:])
    np.less(z[..., 1:], z[..., :-1], out=down[..., 1:])
    if rule.kind == "trend":
        return _all(up, rule.n - 1) | _all(down, rule.n - 1)
    turned = np.zeros(z.shape, bool)
    turned[..., 1:] = (up[..., 1:] & down[..., :-1]) | (down[..., 1:] & up[..., :-1])
    return _all(turned, rule.n - 2)


def _all(mask: Mask, n: int) -> Mask:
    """Return where the last n entries are all true; by doubling, so it costs log2(n) passes over bits."""
    found = mask
    width = 1
    while width < n:
        step = min(width, n - width)
        longer = np.zeros(mask.shape, bool)
        np.logical_and(found[..., step:], found[..., :-step] if step else found, out=longer[..., step:])
        found, width = longer, width + step
    return found


def _count(mask: Mask, k: int, n: int) -> Mask:
    """Return where the entry is true and at least k of the last n are."""
    total = mask.astype(np.uint16)
    for back in range(1, min(n, mask.shape[-1])):
        total[..., back:] += mask[..., :-back]
    return np.asarray(mask & (total >= k))


@dataclass(frozen=True, kw_only=True)
class RunRules(Result):
    """Signals of some series.

    Attributes:
        series: for each series, rule id → indices (from 0) of the points that complete the pattern.
        rules: the rules that were applied.
        single: whether one series was given, not several.
    """

    series: tuple[dict[str, NDArray[np.int64]], ...]
    rules: tuple[Rule, ...] = field(repr=False)
    single: bool = False

    @property
    def signals(self) -> dict[str, NDArray[np.int64]]:
        """Return the signals of the first series."""
        return self.series[0]

    def answer(self) -> dict[str, Any]:
        return {"signals": self.series[0] if self.single else list(self.series)}


def run_rules(
    z: Any, ruleset: Any = "nelson", *, center: float = 0.0, sigma: float = 1.0, edition: str | None = None
) -> RunRules:
    """Apply run rules to one series, or to several of any lengths.

    Args:
        z: a series of points, or a list of series.
        ruleset: ``"nelson"``, ``"weco"``, ``"default"`` (Nelson 1 and 2) or a custom set; see :func:`chosen`.
        center, sigma: centre line and standard deviation of the points, in their unit.

    Returns:
        the signals; indices count from 0.

    Source:
        Nelson (1984), J. Qual. Technol. 16(4), 237-239; Western Electric (1956), Statistical Quality Control Handbook.
    """
    rules = chosen(ruleset)
    many = isinstance(z, (list, tuple)) and bool(z) and isinstance(z[0], (list, tuple, np.ndarray))
    many = many or (isinstance(z, np.ndarray) and z.ndim == 2)
    found: list[dict[str, NDArray[np.int64]]] = []
    warnings: tuple[Warning, ...] = ()
    spread, middle = number(sigma, "sigma", above=0), number(center, "center")
    for series in z if many else [z]:
        read = numbers(series, "sequences", missing="keep", at_least=0)
        standardised = read.values if (middle, spread) == (0.0, 1.0) else (read.values - middle) / spread
        found.append({name: np.flatnonzero(mask) for name, mask in masks(standardised, rules).items()})
    return RunRules(
        series=tuple(found),
        rules=rules,
        single=not many,
        estimator="given",
        phase="II",
        warnings=warnings,
        provenance=provenance(
            "run_rules",
            "Nelson (1984); Western Electric (1956)",
            edition or "1984",
            data={"sequences": z},
            parameters={"center": middle, "sigma": spread, "rules": [rule.id for rule in rules]},
        ),
    )


def false_alarm_rate(ruleset: Any = "default", *, points: int = 1_000_000, seed: int = 20260101) -> float:
    """Return the share of points that signal though the process is in control: the price of a set of rules.

    Args:
        points: simulated independent normal points; the standard error is about ``sqrt(rate / points)``.
        seed: seed of the simulation, so that the same question has the same answer.
    """
    z = np.random.default_rng(seed).standard_normal(points)
    fired = np.zeros(points, bool)
    for mask in masks(z, chosen(ruleset)).values():
        fired |= mask
    return float(fired.mean())
