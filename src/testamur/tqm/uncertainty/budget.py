"""Uncertainty budgets and the law of propagation with correlations (JCGM 100:2008, 5 and Annex G)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from testamur.kernel.refusal import Refused, _
from testamur.tqm.data import Floats, choice, number
from testamur.tqm.methods import provenance
from testamur.tqm.results import Result, Warning
from testamur.tqm.uncertainty.model import model_of
from testamur.tqm.uncertainty.rounding import rounded

SOURCE, EDITION = "JCGM 100", "2008"
#: From here on degrees of freedom are infinite: files write 1e9 where they cannot write infinity.
ENDLESS = 1e9
#: Standard deviation of a distribution in half-widths.
HALF_WIDTH = {"rectangular": 3**-0.5, "triangular": 6**-0.5, "arcsine": 2**-0.5}
DISTRIBUTIONS = ("normal", "t", *HALF_WIDTH)
#: Imaginary step: so small that its square vanishes, so the derivative has all digits.
STEP = 1e-30


@dataclass(frozen=True)
class Quantity:
    """One input of a model.

    Attributes:
        name: as in the model; x: best estimate, in its unit; u: standard uncertainty, same unit, not negative.
        dof: degrees of freedom of u; infinity for limits that are known.
        distribution: ``normal``, ``t``, ``rectangular``, ``triangular`` or ``arcsine``.
        type: ``A`` (from repeated observations) or ``B``.
        unit: for the table.
    """

    name: str
    x: float
    u: float
    dof: float = np.inf
    distribution: str = "normal"
    type: str = "B"
    unit: str = ""

    def __post_init__(self) -> None:
        number(self.x, self.name)
        number(self.u, f"u({self.name})", at_least=0)
        choice(self.distribution, "distribution", DISTRIBUTIONS)
        choice(self.type, "type", ("A", "B"))
        if not self.dof >= 1:
            raise Refused(_("Degrees of freedom of {name} are at least 1."), {"name": self.name}, field="nu")

    @classmethod
    def within(
        cls, name: str, x: float, half_width: float, distribution: str = "rectangular", unit: str = ""
    ) -> Quantity:
        """Return a quantity known to lie within x ± half_width."""
        shape = choice(distribution, "distribution", HALF_WIDTH)
        return cls(name, x, number(half_width, "half_width", at_least=0) * HALF_WIDTH[shape], np.inf, shape, "B", unit)

    @classmethod
    def expanded(cls, name: str, x: float, U: float, k: float = 2.0, unit: str = "") -> Quantity:
        """Return a quantity from a certificate: expanded uncertainty U with coverage factor k."""
        return cls(name, x, number(U, "U", at_least=0) / number(k, "k", above=0), np.inf, "normal", "B", unit)


@dataclass(frozen=True)
class Line:
    """One line of a budget: sensitivity c, contribution |c| u and its share of the variance in percent."""

    quantity: str
    x: float
    u: float
    type: str
    distribution: str
    dof: float
    c: float
    contribution: float
    percent: float


@dataclass(frozen=True, kw_only=True)
class Budget(Result):
    """Result of a propagation.

    Attributes:
        y: estimate of the measurand; u: combined standard uncertainty of first order.
        u_second: with the terms of second order (JCGM 100, 5.1.2, note); None where correlated.
        nu_eff: effective degrees of freedom; infinite where no input has fewer.
        k: coverage factor; U: expanded uncertainty k u; conf: coverage probability behind k, None where k was given.
        lines: the table; percent may exceed 100 or fall below 0 together with correlations.
        reported: y and U as they are written down.
    """

    y: float
    u: float
    u_second: float | None
    nu_eff: float
    k: float
    U: float
    conf: float | None
    lines: tuple[Line, ...]
    reported: tuple[str, str]

    def answer(self) -> Any:
        """Return the answer; degrees of freedom without end as 1e9."""
        nu = self.nu_eff if np.isfinite(self.nu_eff) else ENDLESS
        table = [vars(line) | {"dof": min(line.dof, ENDLESS)} for line in self.lines]
        return {
            "y": self.y,
            "u": self.u,
            "u_second": self.u_second,
            "nu_eff": nu,
            "k": self.k,
            "U": self.U,
            "conf": self.conf,
            "table": table,
            "reported": self.reported,
        }

    def published(self) -> Any:
        """Return the answer also under the names of the worked examples (metRology's, and JCGM 100 H.1 in nm)."""
        found = self.answer()
        nu = found["nu_eff"]
        second = self.u if self.u_second is None else self.u_second
        return found | {
            "uc_unrounded": self.u,
            "uc_published_rounded": float(rounded(self.y, self.u, digits=1)[1]),
            "U_published_rounded": float(rounded(self.y, self.U)[1]),
            "metrology_R": {"y": self.y, "uc": self.u, "nu_eff": nu},
            "published_GUM": {
                "L_mm": self.y * 1e-6,
                "uc_nm_first_order": self.u,
                "uc_nm_with_second_order": second,
                "nu_eff": float(np.floor(nu)),
                "k99": self.k,
                "U99_nm": self.U,
            },
        }


def propagate(
    model: Callable[..., Any] | str,
    quantities: Sequence[Quantity],
    *,
    correlation: Mapping[tuple[str, str], float] | Any = None,
    conf: float | None = 0.95,
    k: float | None = None,
    digits: int = 2,
) -> Budget:
    """Return estimate, combined and expanded uncertainty and the budget of a model.

    Args:
        model: formula of the quantities' names, or a function of them in their order that takes complex numbers.
        quantities: the inputs.
        correlation: coefficients of pairs of names, or the whole matrix.
        conf: coverage probability; k is then Student's for the effective degrees of freedom, truncated to whole
            ones as JCGM 100, G.4.1, advises.
        k: or the coverage factor itself, which then wins.
        digits: significant digits of the reported uncertainty.

    Raises:
        Refused: the model cannot be evaluated at the estimates, or a correlation is impossible.
    """
    inputs = _inputs(quantities)
    names = [one.name for one in inputs]
    f = model_of(model, names)
    x, u = np.array([one.x for one in inputs], dtype=float), np.array([one.u for one in inputs], dtype=float)
    r = correlation_matrix(names, correlation)
    y = _evaluate(f, x)
    c = gradient(f, x, u)
    with np.errstate(all="ignore"):
        parts = c * u
        variance = float(parts @ r @ parts)
    if not np.isfinite(variance):
        raise _not_finite()
    combined = float(np.sqrt(max(variance, 0.0)))
    correlated = bool((r != np.eye(len(r))).any())
    said = []
    second = None
    if not correlated:
        more = _second_order(f, x, u, c)
        second = float(np.sqrt(max(variance + more, 0.0))) if np.isfinite(more) else None
        if second is not None and second > 1.05 * combined:
            said.append(
                Warning(
                    "nonlinear",
                    _(
                        "The model bends within the uncertainties: with second-order terms u is {second}. "
                        "Use Monte Carlo."
                    ),
                    {"second": f"{second:.3g}"},
                )
            )
    nu = welch_satterthwaite(combined, parts, [one.dof for one in inputs])
    if correlated and np.isfinite(nu):
        said.append(
            Warning("correlated_dof", _("The effective degrees of freedom suppose independent inputs; these are not."))
        )
    level = None if k is not None else number(0.95 if conf is None else conf, "conf", above=0, below=1)
    factor = number(k, "k", above=0) if level is None else _coverage(level, nu)
    if combined == 0:
        said.append(Warning("no_uncertainty", _("The combined uncertainty is 0: no input contributes.")))
    return Budget(
        y=y,
        u=combined,
        u_second=second,
        nu_eff=nu,
        k=factor,
        U=factor * combined,
        conf=level,
        lines=tuple(_lines(inputs, c, parts, r, variance)),
        reported=rounded(y, factor * combined, digits=digits),
        estimator="first order",
        warnings=tuple(said),
        provenance=provenance(
            "gum_first_order",
            SOURCE,
            EDITION,
            clause="5",
            data={"quantities": [vars(one) for one in inputs], "correlation": r},
            parameters={
                "model": model if isinstance(model, str) else getattr(model, "__name__", "function"),
                "conf": level,
                "k": k,
            },
        ),
    )


def welch_satterthwaite(u: float, contributions: Sequence[float] | Floats, dof: Sequence[float]) -> float:
    """Return the effective degrees of freedom u⁴ / Σ(uᵢ⁴/νᵢ) (JCGM 100, G.4.1), not truncated; infinite without any.

    Args:
        u: combined standard uncertainty.
        contributions: |cᵢ| uᵢ.
        dof: degrees of freedom of each; 1e9 or more counts as infinite.
    """
    if not u > 0:
        return float("inf")
    # Shares of u first: a fourth power of the contributions themselves may not fit into a float.
    below = sum((float(part) / u) ** 4 / nu for part, nu in zip(contributions, dof, strict=True) if nu < ENDLESS)
    return float("inf") if below == 0 else 1 / below


def gradient(f: Callable[..., Any], x: Floats, u: Floats) -> Floats:
    """Return the sensitivity coefficients by complex steps; by differences for a function that refuses them."""
    found = np.empty(len(x))
    for place in range(len(x)):
        z = x.astype(complex)
        z[place] += 1j * STEP
        try:
            with np.errstate(all="ignore"):
                value = complex(f(*z.tolist()))
            found[place] = value.imag / STEP
        except TypeError:
            found[place] = _difference(f, x, u, place)
        if not np.isfinite(found[place]):
            raise _not_finite()
    return found


def _difference(f: Callable[..., Any], x: Floats, u: Floats, place: int) -> float:
    step = 1e-4 * (u[place] or abs(x[place]) or 1.0)
    up, down = x.copy(), x.copy()
    up[place] += step
    down[place] -= step
    return (_evaluate(f, up) - _evaluate(f, down)) / float(up[place] - down[place])


def _second_order(f: Callable[..., Any], x: Floats, u: Floats, c: Floats) -> float:
    """Return ΣΣ(½ fᵢⱼ² + fᵢ fᵢⱼⱼ) uᵢ² uⱼ², with derivatives over one standard uncertainty either way."""
    total = 0.0
    for j in range(len(x)):
        if u[j] == 0:
            continue
        up, down = x.copy(), x.copy()
        up[j] += u[j]
        down[j] -= u[j]
        try:
            high, low = gradient(f, up, u), gradient(f, down, u)
        except Refused:
            # The model ends within one standard uncertainty; Monte Carlo will say more.
            return float("nan")
        with np.errstate(all="ignore"):
            second = (high - low) / (2 * u[j])
            third = (high - 2 * c + low) / u[j] ** 2
            total += float(((0.5 * second**2 + c * third) * u**2).sum() * u[j] ** 2)
    return total


def correlation_matrix(names: Sequence[str], correlation: Any) -> Floats:
    """Return the matrix of correlations.

    Raises:
        Refused: a coefficient is not between -1 and 1, a name is unknown, or no inputs can be so correlated.
    """
    size = len(names)
    r = np.eye(size)
    if correlation is None:
        return r
    if isinstance(correlation, Mapping):
        for pair, value in correlation.items():
            ends = pair if isinstance(pair, tuple) else tuple(str(pair).split(","))
            places = [names.index(str(end).strip()) if str(end).strip() in names else -1 for end in ends]
            if len(places) != 2 or min(places) < 0 or places[0] == places[1]:
                raise Refused(
                    _("A correlation is between two quantities; {pair} names others."),
                    {"pair": str(pair)},
                    field="correlation",
                )
            r[places[0], places[1]] = r[places[1], places[0]] = number(value, "r", at_least=-1, at_most=1)
    else:
        r = np.array(correlation, dtype=float)
    if r.shape != (size, size) or not np.allclose(r, r.T) or not np.allclose(np.diag(r), 1) or np.abs(r).max() > 1:
        raise Refused(
            _("A correlation matrix is square and symmetric, has 1 on its diagonal and nothing beyond 1."),
            field="correlation",
        )
    if np.linalg.eigvalsh(r).min() < -1e-9:
        raise Refused(
            _("These correlations contradict each other: no quantities can have them all."), field="correlation"
        )
    return r


def _inputs(quantities: Sequence[Quantity]) -> list[Quantity]:
    found = list(quantities)
    if not found:
        raise Refused(_("A budget needs at least one quantity."), field="names")
    return found


def _evaluate(f: Callable[..., Any], x: Floats) -> float:
    with np.errstate(all="ignore"):
        try:
            value = float(f(*x))
        except (ZeroDivisionError, OverflowError, ValueError):
            raise _not_finite() from None
    if not np.isfinite(value):
        raise _not_finite()
    return value


def _not_finite() -> Refused:
    return Refused(
        _("The model has no finite value at these estimates: a division by 0 or a root of less than 0."), field="model"
    )


def _coverage(conf: float, nu: float) -> float:
    share = (1 + conf) / 2
    return float(stats.norm.ppf(share) if not np.isfinite(nu) else stats.t.ppf(share, max(np.floor(nu + 1e-9), 1)))


def _lines(inputs: Sequence[Quantity], c: Floats, parts: Floats, r: Floats, variance: float) -> list[Line]:
    shares = parts * (r @ parts)
    return [
        Line(
            one.name,
            float(one.x),
            float(one.u),
            one.type,
            one.distribution,
            float(one.dof),
            float(c[place]),
            abs(float(parts[place])),
            100 * float(shares[place]) / variance if variance > 0 else 0.0,
        )
        for place, one in enumerate(inputs)
    ]
