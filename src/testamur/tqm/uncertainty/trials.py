"""Propagation of distributions by Monte Carlo, adaptive, with the shortest coverage interval (JCGM 101:2008)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from testamur.kernel.refusal import Refused, _
from testamur.tqm.counting import whole
from testamur.tqm.data import Floats, number
from testamur.tqm.methods import provenance
from testamur.tqm.results import Result, Warning
from testamur.tqm.uncertainty.budget import ENDLESS, HALF_WIDTH, Quantity, correlation_matrix, gradient
from testamur.tqm.uncertainty.model import model_of

SOURCE, EDITION = "JCGM 101", "2008"
#: Trials of one block: inputs and results of a block stay in the processor's cache.
BLOCK = 20_000
SEED = 101
LARGEST = 100_000_000


@dataclass(frozen=True, kw_only=True)
class Trials(Result):
    """What the trials show, in the unit of the measurand.

    Attributes:
        mean, u: mean and standard deviation of the results.
        shortest_interval: shortest interval with probability ``conf``; symmetric_interval: with equal tails.
        gum_interval: what the law of propagation gives for the same inputs and probability.
        trials: results used; stable: the adaptive procedure ended by its criterion.
        gum_agrees: the two intervals agree to the numerical tolerance (JCGM 101, 8).
    """

    mean: float
    u: float
    shortest_interval: tuple[float, float]
    symmetric_interval: tuple[float, float]
    gum_interval: tuple[float, float]
    conf: float
    trials: int
    stable: bool
    gum_agrees: bool


def monte_carlo(
    model: Callable[..., Any] | str,
    quantities: Sequence[Quantity],
    *,
    trials: int | None = None,
    conf: float = 0.95,
    correlation: Any = None,
    seed: int = SEED,
    digits: int = 2,
    most: int = 10_000_000,
) -> Trials:
    """Return the distribution of the measurand.

    Args:
        model: formula of the quantities' names, or a function of arrays.
        quantities: inputs with their distributions; degrees of freedom make a normal input a scaled t distribution.
        trials: number of trials; None goes on in blocks until mean, u and both ends are stable in the last of
            ``digits`` significant digits of u (JCGM 101, 7.9).
        conf: coverage probability.
        correlation: of normal inputs only, as for :func:`propagate`.
        seed: of the random numbers; the same seed gives the same result.
        most: largest number of trials of the adaptive procedure.

    Raises:
        Refused: some trial has no finite value, or correlated inputs are not normal.
    """
    inputs = list(quantities)
    if not inputs:
        raise Refused(_("A budget needs at least one quantity."), field="names")
    level = number(conf, "conf", above=0, below=1)
    figures = whole(digits, "digits", at_least=1, at_most=4)
    start = whole(seed, "seed", at_least=0)
    names = [one.name for one in inputs]
    f = model_of(model, names)
    r = correlation_matrix(names, correlation)
    draw = _Inputs(inputs, r, start)
    if trials is None:
        values, stable = _adaptive(f, draw, level, figures, whole(most, "most", at_least=1_000))
    else:
        count = whole(trials, "trials", at_least=1_000, at_most=LARGEST)
        values, stable = draw.results(f, count), True
    values.sort()
    mean, u = float(values.mean()), float(values.std(ddof=1))
    shortest = _shortest(values, level)
    gum, tolerance = _gum(f, inputs, r, level, figures)
    said = []
    if not stable:
        said.append(
            Warning("not_stable", _("The results were not yet stable after {count} trials."), {"count": len(values)})
        )
    agrees = max(abs(gum[0] - shortest[0]), abs(gum[1] - shortest[1])) <= tolerance
    if not agrees:
        said.append(
            Warning("gum_disagrees", _("The law of propagation gives another interval; report that of the trials."))
        )
    return Trials(
        mean=mean,
        u=u,
        shortest_interval=shortest,
        symmetric_interval=_symmetric(values, level),
        gum_interval=gum,
        conf=level,
        trials=len(values),
        stable=bool(stable),
        gum_agrees=bool(agrees),
        estimator="Monte Carlo",
        warnings=tuple(said),
        provenance=provenance(
            "gum_monte_carlo",
            SOURCE,
            EDITION,
            clause="7",
            data={"quantities": [vars(one) for one in inputs], "correlation": r},
            parameters={
                "model": model if isinstance(model, str) else getattr(model, "__name__", "function"),
                "conf": level,
                "trials": len(values),
                "generator": "PCG64",
            },
            seed=start,
        ),
    )


class _Inputs:
    """Draws inputs in blocks; the state of the generator goes on from block to block."""

    def __init__(self, inputs: Sequence[Quantity], r: Floats, seed: int) -> None:
        self.inputs = inputs
        self.random = np.random.default_rng(seed)
        self.mixed: list[int] = [place for place in range(len(r)) if np.abs(r[place]).sum() > 1]
        for place in self.mixed:
            if inputs[place].distribution != "normal" or inputs[place].dof < ENDLESS:
                raise Refused(
                    _("Only normal inputs without degrees of freedom can be drawn with a correlation; {name} is none."),
                    {"name": inputs[place].name},
                    field="correlation",
                )
        some = r[np.ix_(self.mixed, self.mixed)]
        values, vectors = np.linalg.eigh(some) if self.mixed else (np.ones(0), np.zeros((0, 0)))
        self.root = vectors * np.sqrt(np.maximum(values, 0.0))

    def results(self, f: Callable[..., Any], count: int) -> Floats:
        """Return the model's value of ``count`` trials."""
        found = np.empty(count)
        for first in range(0, count, BLOCK):
            size = min(BLOCK, count - first)
            with np.errstate(all="ignore"):
                found[first : first + size] = f(*self.block(size))
        if not np.isfinite(found.sum()):
            raise Refused(
                _("Some trials have no finite value: the model divides by 0 or takes a root of less than 0 there."),
                field="model",
            )
        return found

    def block(self, size: int) -> list[Floats]:
        drawn: list[Floats] = [np.empty(0)] * len(self.inputs)
        if self.mixed:
            normal = self.root @ self.random.standard_normal((len(self.mixed), size))
            for row, place in enumerate(self.mixed):
                one = self.inputs[place]
                drawn[place] = one.x + one.u * normal[row]
        for place, one in enumerate(self.inputs):
            if place not in self.mixed:
                drawn[place] = self._one(one, size)
        return drawn

    def _one(self, one: Quantity, size: int) -> Floats:
        """Draw one input in place: one array, no temporary beside it."""
        random = self.random
        if one.distribution in HALF_WIDTH:
            half = one.u / HALF_WIDTH[one.distribution]
            value = random.random(size)
            if one.distribution == "triangular":
                value += random.random(size)
                value -= 1
            elif one.distribution == "arcsine":
                value *= np.pi
                np.cos(value, out=value)
            else:
                value *= 2
                value -= 1
            value *= half
        elif one.dof < ENDLESS:
            # JCGM 101, 6.4.9: an estimate from few observations has a scaled and shifted t distribution.
            value = random.standard_t(one.dof, size)
            value *= one.u
        else:
            value = random.standard_normal(size)
            value *= one.u
        value += one.x
        return value


def _adaptive(f: Callable[..., Any], draw: _Inputs, conf: float, digits: int, most: int) -> tuple[Floats, bool]:
    size = max(int(np.ceil(100 / (1 - conf))), 10_000)
    blocks: list[Floats] = []
    kept: list[tuple[float, float, float, float]] = []
    while True:
        block = draw.results(f, size)
        blocks.append(block.copy())
        block.sort()
        low, high = _shortest(block, conf)
        kept.append((float(block.mean()), float(block.std(ddof=1)), low, high))
        if len(kept) > 1:
            spread = 2 * np.std(kept, axis=0, ddof=1) / np.sqrt(len(kept))
            tolerance = _tolerance(float(np.mean([one[1] for one in kept])), digits)
            if (spread < tolerance).all() or tolerance == 0:
                return np.concatenate(blocks), True
        if (len(blocks) + 1) * size > most:
            return np.concatenate(blocks), False


def _tolerance(u: float, digits: int) -> float:
    """Return half a unit of the last significant digit of u (JCGM 101, 7.9.2)."""
    return 0.0 if not u > 0 else 0.5 * 10.0 ** (np.floor(np.log10(u)) - digits + 1)


def _shortest(ordered: NDArray[np.float64], conf: float) -> tuple[float, float]:
    """Return the shortest of all intervals that hold ``conf`` of the sorted results (JCGM 101, 7.7.4)."""
    count = len(ordered)
    inside = min(int(np.floor(conf * count + 0.5)), count - 1)
    widths = ordered[inside:] - ordered[: count - inside]
    place = int(np.argmin(widths))
    # A minimum near an end (a skewed distribution) is narrow: look only as far as that end.
    reach = min((count - inside) // 4, max(min(place, count - inside - 1 - place), 50))
    if reach >= 50:
        # Near its minimum the width hardly changes and noise decides: a smooth curve through the neighbourhood says
        # where the minimum lies far better than the smallest of many nearly equal widths.
        at = np.linspace(max(place - reach, 0), min(place + reach, count - inside - 1), 1001).astype(np.intp)
        smooth = np.polyval(np.polyfit((at - place) / reach, widths[at], 4), (at - place) / reach)
        place = int(at[np.argmin(smooth)])
    return float(ordered[place]), float(ordered[place + inside])


def _symmetric(ordered: NDArray[np.float64], conf: float) -> tuple[float, float]:
    low, high = np.quantile(ordered, [(1 - conf) / 2, (1 + conf) / 2])
    return float(low), float(high)


def _gum(
    f: Callable[..., Any], inputs: Sequence[Quantity], r: Floats, conf: float, digits: int
) -> tuple[tuple[float, float], float]:
    x, u = np.array([one.x for one in inputs], dtype=float), np.array([one.u for one in inputs], dtype=float)
    parts = gradient(f, x, u) * u
    combined = float(np.sqrt(max(float(parts @ r @ parts), 0.0)))
    reach = float(stats.norm.ppf((1 + conf) / 2)) * combined
    y = float(f(*x))
    return (y - reach, y + reach), _tolerance(combined, digits)
