"""Kernel density of participants' results: whether they gather around one value or around several."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from testamur.kernel.refusal import Refused, _
from testamur.tqm.data import Floats, number, numbers
from testamur.tqm.methods import provenance
from testamur.tqm.pt import robust
from testamur.tqm.pt.consensus import EDITION, SOURCE
from testamur.tqm.results import Result, Warning

METHOD = "kernel_density"
#: Fewer results have no shape that a curve could show.
LEAST = 6
#: Points of the curve.
POINTS = 200
#: The curve is drawn so many robust standard deviations around the robust average; what lies beyond is counted.
REACH = 6.0
#: A maximum is a mode where it is higher than a single result makes it by this factor.
ALONE = 1.5


@dataclass(frozen=True, kw_only=True)
class Density(Result):
    """A density of results.

    Attributes:
        x: places of the curve, in the unit of the results; ``density`` there, per unit; the area below is 1 where no
            result lies outside the curve.
        bandwidth: standard deviation of the Gaussian kernel, in the unit of the results.
        modes: places of the maxima, lowest first.
        values: the results, ``outside`` how many of them lie beyond the curve.
        x_pt: assigned value, None where there is none.
    """

    x: Floats
    density: Floats
    bandwidth: float
    modes: Floats
    values: Floats
    outside: int
    x_pt: float | None = None

    def answer(self) -> Any:
        return {"bandwidth": self.bandwidth, "modes": self.modes, "outside": self.outside}


def kernel_density(values: Any, *, bandwidth: float | None = None, x_pt: float | None = None) -> Density:
    """Return the density of one round's results with a Gaussian kernel.

    Args:
        values: results, one a participant.
        bandwidth: in the unit of the results; 0.9 s*/p^0.2 with the robust standard deviation of Algorithm A unless
            given.
        x_pt: assigned value, for the drawing.

    Raises:
        Refused: fewer than six results, or so many equal ones that they have no spread.

    Source:
        ISO 13528:2022, section 10 asks for such a plot. The bandwidth is that of Silverman (1986), eq. 3.31, with a
        robust standard deviation; whether the standard prints the same factor is unconfirmed.
    """
    read = numbers(values, "values", at_least=LEAST)
    found = read.values
    factor, made = robust.winsorised_factor(), robust.mad_factor()
    with np.errstate(all="ignore"):
        centre, spread, *_rest = robust.algorithm_a(
            found.reshape(1, -1), factor=factor, made=made, three_figures=False, tolerance=1e-10, limit=1000
        )
    middle, s = float(centre[0]), float(spread[0])
    # What is left of a spread after rounding is none.
    if not 1e-12 * float(np.abs(found).max()) < s < 1e300:
        raise Refused(_("The results are equal, or nearly all of them; there is no density to draw."), field="values")
    h = 0.9 * s / found.size**0.2 if bandwidth is None else number(bandwidth, "bandwidth", above=0)
    low = max(float(found.min()) - 3 * h, middle - REACH * s)
    high = min(float(found.max()) + 3 * h, middle + REACH * s)
    x = np.linspace(low, high, POINTS)
    alone = 1 / (found.size * h * np.sqrt(2 * np.pi))  # height that one result alone makes
    density = alone * np.exp(-0.5 * ((x[:, None] - found[None, :]) / h) ** 2).sum(axis=1)
    inner = density[1:-1]
    peak = (inner > density[:-2]) & (inner >= density[2:]) & (inner >= ALONE * alone)
    modes = x[1:-1][peak]
    outside = int(((found < low) | (found > high)).sum())
    return Density(
        x=x,
        density=density,
        bandwidth=h,
        modes=modes,
        values=found,
        outside=outside,
        x_pt=None if x_pt is None else number(x_pt, "x_pt"),
        estimator="gaussian",
        warnings=tuple(_about(modes.size, outside)),
        provenance=provenance(
            METHOD, SOURCE, EDITION, clause="10", data={"values": read.given},
            parameters={"bandwidth": bandwidth, "x_pt": x_pt},
        ),
    )  # fmt: skip


def _about(modes: int, outside: int) -> list[Warning]:
    found = []
    if modes > 1:
        message = _(
            "The results gather around {count} values: look at methods and units before one value is assigned to all."
        )
        found.append(Warning("several_modes", message, {"count": modes}))
    if outside:
        found.append(Warning("outside", _("Results outside the drawing: {count}."), {"count": outside}))
    return found
