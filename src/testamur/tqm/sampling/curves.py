"""What a sampling plan does to lots of a given quality: OC, AOQ, AOQL, ATI, ASN. Qualities are shares (0.01 is 1 %)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, stats

from testamur.kernel.refusal import Refused, _
from testamur.tqm.counting import whole
from testamur.tqm.data import Floats, choice, number, numbers
from testamur.tqm.methods import provenance
from testamur.tqm.results import Result, Warning

SOURCE, EDITION = "ISO 2859-10", "2006"
MODELS = ("binomial", "poisson", "hypergeometric")


@dataclass(frozen=True)
class Stages:
    """An attributes plan of one or more samples: sizes, and cumulated acceptance and rejection numbers.

    Raises:
        Refused: the numbers do not form a plan.
    """

    n: tuple[int, ...]
    ac: tuple[int, ...]
    re: tuple[int, ...]

    def __post_init__(self) -> None:
        if not len(self.n) == len(self.ac) == len(self.re) or not self.n:
            raise Refused(_("A plan needs as many acceptance and rejection numbers as samples."), field="plan")
        for size in self.n:
            whole(size, "n", at_least=1)
        for ac, re in zip(self.ac, self.re, strict=True):
            whole(ac, "c", at_least=0)
            whole(re, "r", at_least=1)
            if re <= ac:
                raise Refused(_("A rejection number is larger than its acceptance number."), field="plan")
        if self.re[-1] != self.ac[-1] + 1:
            raise Refused(_("After the last sample every lot is decided: Re = Ac + 1."), field="plan")
        if list(self.ac) != sorted(self.ac) or list(self.re) != sorted(self.re):
            raise Refused(_("Acceptance and rejection numbers are cumulated; they cannot fall."), field="plan")

    @classmethod
    def single(cls, n: int, c: int) -> Stages:
        """Return a single plan: accept up to ``c`` in ``n``."""
        return cls((whole(n, "n", at_least=1),), (whole(c, "c", at_least=0),), (whole(c, "c", at_least=0) + 1,))

    @classmethod
    def of(cls, plan: Any) -> Stages:
        """Return the stages of a plan: of this package, or with n, c (or ac) and r (or re)."""
        if isinstance(plan, Stages):
            return plan
        take = plan.get if isinstance(plan, Mapping) else lambda name, default=None: getattr(plan, name, default)
        n, c = take("n"), take("c", take("ac"))
        if n is None or c is None:
            raise Refused(_("A plan needs n and c."), field="plan")
        if not isinstance(n, (list, tuple)):
            re = take("r", take("re"))
            # Between Ac and Re (reduced inspection of MIL-STD-105E) a lot is still accepted.
            return cls.single(n, c if re is None else whole(re, "r", at_least=whole(c, "c", at_least=0) + 1) - 1)
        if not n or not isinstance(c, (list, tuple)) or len(c) != len(n):
            raise Refused(_("A plan needs as many acceptance and rejection numbers as samples."), field="plan")
        c = [whole(one, "c", at_least=0) for one in c]
        r = take("r", take("re")) or [c[-1] + 1] * len(c)
        if not isinstance(r, (list, tuple)):
            raise Refused(_("A plan needs as many acceptance and rejection numbers as samples."), field="plan")
        sizes = tuple(whole(one, "n", at_least=1) for one in n)
        return cls(sizes, tuple(c), tuple(whole(one, "r", at_least=1) for one in r))


@dataclass(frozen=True, kw_only=True)
class Curve(Result):
    """A curve over qualities.

    Attributes:
        p: qualities, share nonconforming (or nonconformities per item with the Poisson model).
        value: what the curve shows at each.
        of: ``oc`` (probability of acceptance), ``aoq``, ``ati`` or ``asn`` (items).
        model: how nonconforming items are distributed.
    """

    p: Floats
    value: Floats
    of: str
    model: str
    plan: Stages


@dataclass(frozen=True, kw_only=True)
class Limit(Result):
    """Average outgoing quality limit: the worst average quality after rectification, and where it is."""

    aoql: float
    p: float


@dataclass(frozen=True, kw_only=True)
class Curves(Result):
    """Several OC curves under their names."""

    p: Floats
    curves: Mapping[str, Floats]

    def answer(self) -> Any:
        return {"p": self.p, **self.curves}


def oc_curve(plan: Any, p: Any, *, model: str = "binomial", lot: int | None = None) -> Curve:
    """Return the probability of acceptance at each quality.

    Args:
        plan: :class:`Stages`, a plan of this package, or a mapping with n, c and, for two samples or more, r.
        p: qualities in 0..1; with ``poisson`` nonconformities per item, any value from 0.
        model: ``binomial`` (a process), ``poisson`` (nonconformities per 100 items), ``hypergeometric`` (one lot).
        lot: number of items, for the hypergeometric model; p is rounded to whole items of it.

    Raises:
        Refused: a quality is outside its range, or the samples exceed the lot.
    """
    stages = Stages.of(plan)
    quality, said = _qualities(p, model, lot)
    value = _walk(stages, quality, model, lot).accepted
    return _curve("oc", stages, quality, value, model, lot, said)


def asn(plan: Any, p: Any, *, model: str = "binomial", lot: int | None = None) -> Curve:
    """Return the average sample number at each quality, every sample inspected to its end."""
    stages = Stages.of(plan)
    quality, said = _qualities(p, model, lot)
    value = _walk(stages, quality, model, lot).inspected
    return _curve("asn", stages, quality, value, model, lot, said)


def aoq(plan: Any, p: Any, *, lot: int, model: str = "binomial") -> Curve:
    """Return the average outgoing quality: rejected lots are sorted and every nonconforming item found is replaced."""
    stages = Stages.of(plan)
    size = whole(lot, "lot", at_least=sum(stages.n))
    quality, said = _qualities(p, model, size)
    value = _walk(stages, quality, model, size).outgoing(quality, size)
    return _curve("aoq", stages, quality, value, model, size, said)


def ati(plan: Any, p: Any, *, lot: int, model: str = "binomial") -> Curve:
    """Return the average total inspection for each lot: samples, and the whole lot where it is rejected."""
    stages = Stages.of(plan)
    size = whole(lot, "lot", at_least=sum(stages.n))
    quality, said = _qualities(p, model, size)
    value = _walk(stages, quality, model, size).total(size)
    return _curve("ati", stages, quality, value, model, size, said)


def aoql(plan: Any, *, lot: int, model: str = "binomial") -> Limit:
    """Return the largest average outgoing quality and the incoming quality at which it comes about."""
    stages = Stages.of(plan)
    choice(model, "model", MODELS)
    size = whole(lot, "lot", at_least=sum(stages.n))

    def outgoing(p: Any) -> Floats:
        quality = np.atleast_1d(np.asarray(p, dtype=float))
        return _walk(stages, quality, model, size).outgoing(quality, size)

    # The curve cannot rise again beyond a few times Ac/n.
    end = min(1.0, 4 * (stages.ac[-1] + 2) / stages.n[0])
    if model == "hypergeometric":
        grid = np.arange(int(np.ceil(size * end)) + 1) / size  # a lot holds whole items: all of them
        worst = float(grid[int(np.argmax(outgoing(grid)))])
    else:
        grid = np.linspace(0, end, 201)
        top = int(np.argmax(outgoing(grid)))
        found = optimize.minimize_scalar(
            lambda p: -float(outgoing(p)[0]),
            bounds=(grid[max(top - 1, 0)], grid[min(top + 1, 200)]),
            method="bounded",
            options={"xatol": 1e-10},
        )
        worst = float(found.x)
    return Limit(
        aoql=float(outgoing(worst)[0]),
        p=worst,
        estimator=model,
        provenance=provenance(
            "aoql", SOURCE, EDITION, data={}, parameters={"plan": _said(stages), "lot": size, "model": model}
        ),
    )


def oc_variables(n: int, k: float, p: Any, *, sigma_known: bool = False) -> Curve:
    """Return the probability that a variables plan for one limit accepts (ISO 3951-1): exact, by non-central t.

    Args:
        n: sample size, at least 2 (1 with σ known).
        k: acceptability constant.
        p: share nonconforming of a normal process, in 0..1.
        sigma_known: the σ-method.
    """
    size, constant = whole(n, "n", at_least=1 if sigma_known else 2), number(k, "k")
    quality, said = _qualities(p, "binomial", None)
    value = accepts_variables(size, constant, quality, sigma_known)
    return Curve(
        p=quality,
        value=value,
        of="oc",
        model="normal",
        plan=Stages.single(size, 0),
        estimator="sigma" if sigma_known else "s",
        warnings=tuple(said),
        provenance=provenance(
            "oc_variables",
            "ISO 3951-1",
            "2022",
            data={"p": quality},
            parameters={"n": size, "k": constant, "sigma_known": sigma_known},
        ),
    )


def accepts_variables(n: int, k: float, p: Floats, sigma_known: bool) -> Floats:
    """Return P(Q ≥ k) for normal processes with share ``p`` beyond the one limit."""
    with np.errstate(divide="ignore", invalid="ignore"):
        z = stats.norm.isf(p)
        root = np.sqrt(n)
        inside = np.isfinite(z)
        z = np.where(inside, z, 0.0)
        value = stats.norm.cdf((z - k) * root) if sigma_known else stats.nct.sf(k * root, n - 1, z * root)
    return np.where(inside, value, np.where(np.asarray(p) <= 0, 1.0, 0.0))


def oc_curves(plans: Sequence[Mapping[str, Any]], p: Any) -> Curves:
    """Return the OC curves of several plans under their names; each has n and c, and perhaps model, r and lot."""
    found: dict[str, Floats] = {}
    said: list[Warning] = []
    quality = numbers(p, "pd")
    for plan in plans:
        model = str(plan.get("model", "binomial"))
        curve = oc_curve(plan, p, model=model, lot=plan.get("lot"))
        found[str(plan.get("name") or named(curve.plan, model, plan.get("lot")))] = curve.value
        said += curve.warnings
    return Curves(
        p=quality.values,
        curves=found,
        estimator="exact",
        warnings=tuple(said),
        provenance=provenance("oc_curve", SOURCE, EDITION, data={"plans": list(plans)}, parameters={"pd": p}),
    )


def named(plan: Stages, model: str, lot: int | None) -> str:
    """Name a plan shortly: ``binomial_n80_c2``, ``hyper_N1000_n80_c2``, ``double_n50_50_c0_3_r4_4``."""
    parts = ["_".join(str(one) for one in numbers) for numbers in (plan.n, plan.ac, plan.re)]
    if len(plan.n) == 1:
        short = {"hypergeometric": f"hyper_N{lot}"}.get(model, model)
        return f"{short}_n{parts[0]}_c{parts[1]}"
    kind = "double" if len(plan.n) == 2 else "multiple"
    return f"{kind}_n{parts[0]}_c{parts[1]}_r{parts[2]}"


@dataclass(frozen=True)
class _Walked:
    """What becomes of lots of each quality: shares accepted and rejected after each sample (samples × qualities)."""

    plan: Stages
    accepts: Floats
    rejects: Floats

    @property
    def reached(self) -> Floats:
        return np.cumsum(self.plan.n).astype(float)[:, None]

    @property
    def accepted(self) -> Floats:
        return np.minimum(1.0, self.accepts.sum(axis=0))

    @property
    def inspected(self) -> Floats:
        return np.asarray(((self.accepts + self.rejects) * self.reached).sum(axis=0))

    def outgoing(self, p: Floats, lot: int) -> Floats:
        return np.asarray(p * (self.accepts * (lot - self.reached)).sum(axis=0) / lot)

    def total(self, lot: int) -> Floats:
        return np.asarray((self.accepts * self.reached).sum(axis=0) + self.rejects.sum(axis=0) * lot)


def _walk(plan: Stages, p: Floats, model: str, lot: int | None) -> _Walked:
    """Carry the undecided lots from sample to sample: the number found so far → its probability at each quality."""
    undecided: dict[int, Floats] = {0: np.ones(len(p))}
    accepts, rejects = np.zeros((len(plan.n), len(p))), np.zeros((len(plan.n), len(p)))
    drawn = 0
    for place, (n, ac, re) in enumerate(zip(plan.n, plan.ac, plan.re, strict=True)):
        following: dict[int, Floats] = {}
        for found, weight in undecided.items():
            law = _law(model, n, p, lot, drawn, found)
            accepts[place] += weight * law.cdf(ac - found)
            rejects[place] += weight * law.sf(re - 1 - found)
            for more in range(max(ac + 1 - found, 0), re - found):
                following[found + more] = following.get(found + more, 0.0) + weight * law.pmf(more)
        undecided = following
        drawn += n
    return _Walked(plan, accepts, rejects)


def _law(model: str, n: int, p: Floats, lot: int | None, drawn: int, found: int) -> Any:
    if model == "poisson":
        return stats.poisson(n * p)
    if model == "binomial":
        return stats.binom(n, p)
    size = lot or 0
    left = np.round(p * size).astype(int) - found
    # A lot that has fewer than were found never comes here: its probability of having got so far is 0.
    return stats.hypergeom(size - drawn, np.clip(left, 0, size - drawn), n)


def _qualities(p: Any, model: str, lot: int | None) -> tuple[Floats, list[Warning]]:
    choice(model, "model", MODELS)
    read = numbers(p if isinstance(p, (list, tuple, np.ndarray)) else [p], "p")
    if read.values.min() < 0 or (model != "poisson" and read.values.max() > 1):
        raise Refused(_("A quality is a share between 0 and 1: 1 % is written 0.01."), field="p")
    if model != "hypergeometric":
        return read.values, []
    size = whole(lot, "lot", at_least=1)
    exact = read.values * size
    rounded = np.round(exact)
    if np.abs(exact - rounded).max() > 1e-6:
        said = Warning(
            "whole_items", _("Some qualities are no whole items of this lot and were rounded to the nearest.")
        )
        return np.asarray(rounded / size), [said]
    return read.values, []


def _curve(
    of: str, stages: Stages, p: Floats, value: NDArray[Any], model: str, lot: int | None, said: list[Warning]
) -> Curve:
    if model == "hypergeometric" and sum(stages.n) > (lot or 0):
        raise Refused(
            _("The samples ({n}) exceed the lot ({lot}): inspect every item instead."),
            {"n": sum(stages.n), "lot": lot},
            field="lot",
        )
    return Curve(
        p=p,
        value=value,
        of=of,
        model=model,
        plan=stages,
        estimator=model,
        warnings=tuple(said),
        provenance=provenance(
            of, SOURCE, EDITION, data={"p": p}, parameters={"plan": _said(stages), "model": model, "lot": lot}
        ),
    )


def _said(plan: Stages) -> dict[str, Any]:
    return {"n": plan.n, "ac": plan.ac, "re": plan.re}
