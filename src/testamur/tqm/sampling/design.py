"""Designing plans: through two points of the OC curve, with acceptance number zero, for one isolated lot."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any

import numpy as np
from scipy import optimize, stats

from testamur.kernel.refusal import Refused, _
from testamur.tqm.counting import whole
from testamur.tqm.data import choice, number
from testamur.tqm.methods import provenance
from testamur.tqm.results import Result, Warning
from testamur.tqm.sampling.curves import accepts_variables

KINDS = ("binomial", "poisson", "hypergeometric", "normal_sigma_known", "normal_sigma_unknown")
#: Larger samples are refused: no inspection does that, and the risks asked for are then to be looked at again.
LARGEST = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Designed(Result):
    """A plan and the risks it has.

    Attributes:
        n, c: sample size and acceptance number; ``k`` instead of ``c`` for a variables plan.
        producer_risk: probability of rejection at the producer's quality; consumer_risk: of acceptance at the
            consumer's.
    """

    n: int
    c: int | None
    k: float | None
    producer_risk: float
    consumer_risk: float


@dataclass(frozen=True, kw_only=True)
class Designs(Result):
    """The plans of every kind through the same two points."""

    plans: Mapping[str, Designed]

    def answer(self) -> Any:
        return {name: {"n": plan.n, "c": plan.c, "k": plan.k} for name, plan in self.plans.items()}


@dataclass(frozen=True, kw_only=True)
class Zero(Result):
    """A plan that accepts only where nothing nonconforming is found.

    Attributes:
        n: sample size from a process or a very large lot; n_hypergeometric: for each lot of ``N``.
    """

    conf: float
    ltpd: float
    n_infinite: int
    N: tuple[int, ...]
    n_hypergeometric: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Zeros(Result):
    """Several such plans."""

    plans: tuple[Zero, ...]

    def answer(self) -> Any:
        return [[plan.answer()] for plan in self.plans]


@dataclass(frozen=True, kw_only=True)
class Isolated(Result):
    """A plan for one lot by itself, indexed by limiting quality.

    Attributes:
        n, ac, re: as ever; hundred_percent: every item.
        consumer_risk: probability that a lot of the limiting quality is accepted.
        nonconforming: items of the lot at that quality.
    """

    n: int
    ac: int
    re: int
    hundred_percent: bool
    consumer_risk: float
    nonconforming: int


def find_plan(
    prp: Sequence[float], crp: Sequence[float], *, kind: str = "binomial", lot: int | None = None
) -> Designed:
    """Return the smallest plan through two points of the OC curve.

    Args:
        prp: quality and probability of acceptance that the producer needs at least, e.g. (0.01, 0.95).
        crp: quality and probability of acceptance that the consumer allows at most, e.g. (0.08, 0.10).
        kind: distribution of an attributes plan, or ``normal_sigma_known`` / ``normal_sigma_unknown`` for variables.
        lot: items, for ``hypergeometric``.

    Raises:
        Refused: the points do not fall, or no plan reaches both.
    """
    choice(kind, "kind", KINDS)
    (p1, pa1), (p2, pa2) = _point(prp, "PRP"), _point(crp, "CRP")
    if not (p1 < p2 and pa1 > pa2):
        raise Refused(_("The producer's point must have the better quality and the higher acceptance."), field="CRP")
    if kind.startswith("normal"):
        n, k = _variables(p1, pa1, p2, pa2, kind == "normal_sigma_known")
        known = kind == "normal_sigma_known"
        risks = accepts_variables(n, k, np.array([p1, p2]), known)
        c: int | None = None
    else:
        size = whole(lot, "lot", at_least=2) if kind == "hypergeometric" else None
        n, c = _attributes(kind, p1, pa1, p2, pa2, size)
        k = None
        risks = np.array([_accepts(kind, n, c, p1, size), _accepts(kind, n, c, p2, size)])
    return Designed(
        n=n,
        c=c,
        k=k,
        producer_risk=float(1 - risks[0]),
        consumer_risk=float(risks[1]),
        estimator=kind,
        provenance=provenance(
            "two_point_plan_design",
            "ISO 2859-10",
            "2006",
            data={},
            parameters={"PRP": list(prp), "CRP": list(crp), "kind": kind, "lot": lot},
        ),
    )


def find_plans(prp: Sequence[float], crp: Sequence[float], *, lot: int | None = None) -> Designs:
    """Return the plans of every kind through the same two points; a hypergeometric one where ``lot`` is given."""
    found = {}
    for kind in KINDS if lot is not None else [one for one in KINDS if one != "hypergeometric"]:
        name = f"hyper_N{lot}" if kind == "hypergeometric" else kind
        found[name] = find_plan(prp, crp, kind=kind, lot=lot)
    return Designs(
        plans=found,
        estimator="exact",
        provenance=provenance(
            "two_point_plan_design",
            "ISO 2859-10",
            "2006",
            data={},
            parameters={"PRP": list(prp), "CRP": list(crp), "lot": lot},
        ),
    )


def zero_acceptance(conf: Any, ltpd: Any, lots: Sequence[int] = ()) -> Zero:
    """Return the sample sizes of plans with acceptance number zero.

    For a lot the sample is the smallest for which a lot with ⌊LTPD·N⌋ nonconforming items passes with a probability of
    at most 1 - conf; where that is less than one item no sample short of the whole lot will do.

    Args:
        conf: confidence, e.g. 0.95.
        ltpd: share nonconforming that is to be found, e.g. 0.05.
        lots: lot sizes.

    Raises:
        Refused: confidence or share is not between 0 and 1.
    """
    confidence, share = number(conf, "conf", above=0, below=1), number(ltpd, "ltpd", above=0, below=1)
    sizes = [whole(lot, "N", at_least=1) for lot in lots]
    # Logarithms that meet an integer exactly must not round it up: test the candidate below as well.
    n = max(1, math.ceil(math.log1p(-confidence) / math.log1p(-share)))
    while n > 1 and (1 - share) ** (n - 1) <= (1 - confidence) * (1 + 1e-12):
        n -= 1
    said = []
    found = []
    for size in sizes:
        bad = math.floor(Decimal(str(ltpd)) * size)
        if bad < 1:
            found.append(size)
            said.append(
                Warning(
                    "less_than_one_item",
                    _("{share} of {lot} items is less than one item: only inspecting every item finds it."),
                    {"share": str(ltpd), "lot": size},
                )
            )
            continue
        found.append(_smallest(partial(_finds, size, bad, 1 - confidence), size))
    return Zero(
        conf=confidence,
        ltpd=share,
        n_infinite=n,
        N=tuple(sizes),
        n_hypergeometric=tuple(found),
        estimator="closed form; hypergeometric",
        warnings=tuple(said),
        provenance=provenance(
            "c0_plan", "ISO 2859-10", "2006", data={}, parameters={"conf": conf, "ltpd": ltpd, "N": sizes}
        ),
    )


def zero_plans(questions: Sequence[Mapping[str, Any]]) -> Zeros:
    """Return a plan for each question with conf, ltpd and N."""
    if not isinstance(questions, (list, tuple)) or not all(isinstance(one, Mapping) for one in questions):
        raise Refused(_("questions must be rows with conf, ltpd and N."), field="questions")
    found = tuple(zero_acceptance(one.get("conf", 0.95), one.get("ltpd"), one.get("N") or ()) for one in questions)
    return Zeros(
        plans=found,
        estimator="closed form; hypergeometric",
        warnings=tuple(warning for plan in found for warning in plan.warnings),
        provenance=provenance("c0_plan", "ISO 2859-10", "2006", data={"questions": list(questions)}),
    )


def isolated_lot(lot: Any, limiting_quality: Any, *, ac: int = 0, consumer_risk: float = 0.10) -> Isolated:
    """Return the smallest sample of one isolated lot that holds the consumer's risk at the limiting quality.

    ISO 2859-2 tabulates such plans for preferred limiting qualities; here they are computed exactly for the lot itself
    (hypergeometric), so a sample may differ from a printed one by a few items.

    Args:
        lot: number of items.
        limiting_quality: share nonconforming, e.g. 0.05, that shall rarely be accepted.
        ac: acceptance number.
        consumer_risk: probability of accepting such a lot, at most.

    Raises:
        Refused: the quality is not between 0 and 1, or the lot is smaller than 2.
    """
    size = whole(lot, "lot", at_least=2)
    number(limiting_quality, "limiting_quality", above=0, below=1)
    c = whole(ac, "ac", at_least=0)
    risk = number(consumer_risk, "consumer_risk", above=0, below=1)
    bad = math.floor(Decimal(str(limiting_quality)) * size)
    said = [
        Warning("computed_plan", _("Computed for this lot; a printed plan of ISO 2859-2 may differ by a few items."))
    ]
    if bad <= c:
        said.append(
            Warning(
                "every_item",
                _("At {share} this lot has {bad} nonconforming items, no more than Ac: inspect every item."),
                {"share": str(limiting_quality), "bad": bad},
            )
        )
        n = size
    else:
        n = _smallest(lambda m: float(stats.hypergeom.cdf(c, size, bad, m)) <= risk, size)
    return Isolated(
        n=n,
        ac=c,
        re=c + 1,
        hundred_percent=n >= size,
        nonconforming=bad,
        consumer_risk=float(stats.hypergeom.cdf(c, size, bad, n)),
        estimator="hypergeometric",
        warnings=tuple(said),
        provenance=provenance(
            "iso2859_2_isolated_lot",
            "ISO 2859-2",
            "2020",
            data={"lot": size},
            parameters={"limiting_quality": str(limiting_quality), "ac": c, "consumer_risk": risk},
        ),
    )


def _attributes(kind: str, p1: float, pa1: float, p2: float, pa2: float, lot: int | None) -> tuple[int, int]:
    largest = lot or LARGEST
    for c in range(largest):
        if _accepts(kind, largest, c, p2, lot) > pa2:
            break
        n = _smallest(partial(_protects, kind, c, p2, pa2, lot), largest)
        if _accepts(kind, n, c, p1, lot) >= pa1:
            return max(n, c + 1), c
    raise Refused(_("No plan reaches both points; move them apart, or allow larger risks."), field="PRP")


def _accepts(kind: str, n: int, c: int, p: float, lot: int | None) -> float:
    if kind == "poisson":
        return float(stats.poisson.cdf(c, n * p))
    if kind == "binomial":
        return float(stats.binom.cdf(c, n, p))
    size = lot or 0
    return float(stats.hypergeom.cdf(c, size, round(p * size), n))


def _smallest(holds: Callable[[int], bool], largest: int) -> int:
    """Return the smallest number from 1 for which a condition holds that holds from there on."""
    low, high = 0, 1
    while high < largest and not holds(high):
        low, high = high, min(2 * high, largest)
    while high - low > 1:
        middle = (low + high) // 2
        if holds(middle):
            high = middle
        else:
            low = middle
    return high


def _variables(p1: float, pa1: float, p2: float, pa2: float, known: bool) -> tuple[int, float]:
    def constant(n: int) -> float:
        root = math.sqrt(n)
        if known:
            return float(stats.norm.isf(p1) - stats.norm.ppf(pa1) / root)
        return float(stats.nct.ppf(1 - pa1, n - 1, stats.norm.isf(p1) * root) / root)

    def holds(n: int) -> bool:
        if n < 2 and not known:
            return False
        return float(accepts_variables(n, constant(n), np.array([p2]), known)[0]) <= pa2

    if not holds(5_000):
        raise Refused(_("No plan reaches both points; move them apart, or allow larger risks."), field="PRP")
    n = _smallest(holds, 5_000)
    return n, constant(n)


def matched(n: int, k: float, high: float = 0.95, low: float = 0.10) -> tuple[int, float]:
    """Return the σ-plan whose OC curve meets that of an s-plan where 95 % and 10 % of lots pass."""

    def quality(share: float) -> float:
        def gap(z: float) -> float:
            return float(stats.nct.sf(k * math.sqrt(n), n - 1, z * math.sqrt(n))) - share

        return float(optimize.brentq(gap, k - 10, k + 10))

    good, poor = quality(high), quality(low)
    z1, z2 = float(stats.norm.ppf(high)), float(stats.norm.ppf(low))
    size = max(1, math.ceil(((z1 - z2) / (good - poor)) ** 2 - 1e-9))
    return size, (good + poor) / 2 - (z1 + z2) / (2 * math.sqrt(size))


def _protects(kind: str, c: int, p: float, most: float, lot: int | None, n: int) -> bool:
    return _accepts(kind, n, c, p, lot) <= most


def _finds(lot: int, bad: int, most: float, n: int) -> bool:
    return float(stats.hypergeom.pmf(0, lot, bad, n)) <= most


def _point(value: Any, name: str) -> tuple[float, float]:
    if not isinstance(value, (list, tuple)) or len(value) != 2:
        raise Refused(
            _("{name} is a quality and a probability of acceptance, such as [0.01, 0.95]."), {"name": name}, field=name
        )
    return number(value[0], name, above=0, below=1), number(value[1], name, above=0, below=1)
