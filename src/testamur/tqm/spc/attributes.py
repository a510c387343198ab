"""Charts of counts: p, np, c, u, and Laney's p' and u' for large samples (ISO 7870-2)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from testamur.kernel.refusal import Refused, _
from testamur.tqm import constants
from testamur.tqm.data import choice, numbers, same_length
from testamur.tqm.results import Warning
from testamur.tqm.spc import rules as run
from testamur.tqm.spc.chart import chart
from testamur.tqm.spc.model import ControlChart, Line, Lines, Sample

Floats = NDArray[np.float64]
ISO, EDITION = "ISO 7870-2", "2023"
#: Probability of a point beyond either exact limit, as for 3 sigma limits of normal points.
TAIL = 0.00135


def counted(
    counts: Any, sizes: Any, names: tuple[str, str], *, whole_sizes: bool = True, at_most: bool = True
) -> Sample:
    """Read counts and the sizes of their samples.

    Args:
        names: names of the two inputs, for sentences and evidence.
        whole_sizes: sizes are whole numbers (items), else areas of opportunity.
        at_most: a count cannot exceed its size.

    Raises:
        Refused: a count is negative or not whole, a size not above 0, or a count above its size.
    """
    x = numbers(counts, names[0])
    if sizes is None:
        n, given = np.ones(x.values.size), None
    elif isinstance(sizes, (int, float, str, Decimal, np.generic)):
        one = numbers([sizes], names[1])
        n, given = np.full(x.values.size, one.values[0]), sizes
    else:
        read = numbers(sizes, names[1])
        n, given = read.values, read.given
    same_length(**{names[0]: x.values, names[1]: n})
    _check(x.values, names[0], (x.values < 0) | (x.values != np.floor(x.values)), _COUNT)
    _check(n, names[1], n <= 0, _SIZE)
    if whole_sizes:
        _check(n, names[1], n != np.floor(n), _WHOLE)
    if at_most:
        _check(x.values, names[0], x.values > n, _MORE)
    constant = bool((n == n[0]).all())
    columns = {"x": np.array(x.values), "n": np.array(n)}
    data = {names[0]: x.given} | ({names[1]: given} if given is not None else {})
    return Sample(columns, float(n[0]) if constant else np.array(n), 0.0, None, data)


_COUNT = _("{name}, row {row}: {value} is no count; counts are whole numbers of at least 0.")
_SIZE = _("{name}, row {row}: {value} is no sample size; it must be more than 0.")
_WHOLE = _("{name}, row {row}: {value} is no number of items; it must be whole. For areas use a u chart.")
_MORE = _("{name}, row {row}: {value} is more than the sample holds.")


def _check(values: Floats, name: str, wrong: NDArray[np.bool_], sentence: str) -> None:
    if bool(wrong.any()):
        row = int(np.flatnonzero(wrong)[0])
        raise Refused(sentence, {"name": name, "row": row + 1, "value": f"{values[row]:g}"}, field=name)


@dataclass(frozen=True)
class _Counts:
    """p, np (binomial) and c, u (Poisson), with Laney's widening of the limits."""

    method: str
    binomial: bool
    share: bool
    laney: bool = False
    exact: bool = False
    source: str = ISO
    edition: str = EDITION
    needs: tuple[str, ...] = ("center",)

    @property
    def panels(self) -> tuple[str, ...]:
        return (self.method.removeprefix("laney_").removesuffix("_prime"),)

    def estimator(self) -> str:
        spread = "binomial" if self.binomial else "poisson"
        return f"{spread} x MRbar(z)/d2" if self.laney else f"{spread} exact" if self.exact else spread

    def estimate(self, sample: Sample) -> dict[str, float]:
        x, n = sample.columns["x"], sample.columns["n"]
        rate = float(x.sum() / n.sum())
        single = math.sqrt(rate * (1 - rate)) if self.binomial else math.sqrt(rate)
        found = {"rate": rate, "center": rate if self.share else rate * float(np.mean(n)), "sigma": single}
        if self.laney:
            found["sigma_z"] = self._sigma_z(x, n, rate, single)
        return found

    @staticmethod
    def _sigma_z(x: Floats, n: Floats, rate: float, single: float) -> float:
        if single == 0:
            return 0.0
        if len(x) < 2:
            raise Refused(_("Laney's chart needs at least two samples."), field="sizes")
        z = (x / n - rate) / (single / np.sqrt(n))
        return float(np.abs(np.diff(z)).mean()) / constants.d2(2)

    def lines(self, sample: Sample, parameters: Mapping[str, Any], nsigma: float) -> tuple[Lines, ...]:
        x, n = sample.columns["x"], sample.columns["n"]
        rate = float(parameters["rate"] if "rate" in parameters else parameters["center"])
        if "rate" not in parameters and not self.share:
            rate /= float(np.mean(n))
        if rate < 0 or (self.binomial and rate > 1):
            raise Refused(
                _("The frozen centre line {value} is no share or rate."), {"value": f"{rate:g}"}, field="limits"
            )
        single = math.sqrt(rate * (1 - rate)) if self.binomial else math.sqrt(rate)
        wider = float(parameters.get("sigma_z", 1.0)) if self.laney else 1.0
        size: Line = sample.size
        root = math.sqrt(size) if isinstance(size, float) else np.sqrt(size)
        unit: Line = 1.0 if self.share else size
        center: Line = rate * unit
        sd: Line = single * wider / root * unit
        low, high = center - nsigma * sd, center + nsigma * sd
        if self.exact:
            low, high = self._probability_limits(rate, size)
            low, high = (low / size, high / size) if self.share else (low, high)
        top: Line = unit if self.binomial else math.inf
        low, high = np.maximum(low, 0.0), np.minimum(high, top)
        if isinstance(size, float):
            low, high = float(low), float(high)
        return (Lines(x / n if self.share else x, center, low, high, sd),)

    def _probability_limits(self, rate: float, size: Line) -> tuple[Line, Line]:
        """Return limits in counts: fewer than the lower, or more than the upper, has probability at most TAIL."""
        from scipy import stats

        law = stats.binom(np.asarray(size, int), rate) if self.binomial else stats.poisson(np.asarray(size) * rate)
        low, high = np.asarray(law.ppf(TAIL), float), np.asarray(law.isf(TAIL), float)
        # A count equal to a limit is inside; ppf is the smallest count whose lower tail exceeds TAIL.
        low = np.maximum(low, 0.0)
        return (float(low), float(high)) if isinstance(size, float) else (low, high)

    def cautions(self, sample: Sample, parameters: Mapping[str, Any]) -> list[Warning]:
        x, n, found = sample.columns["x"], sample.columns["n"], []
        rate = parameters["rate"]
        expected = float(np.min(n)) * rate
        if not self.exact and not self.laney and 0 < expected < 5:
            found.append(
                Warning(
                    "small_expectation",
                    _("Only {expected} are expected in the smallest sample: normal limits mislead; use exact limits."),
                    {"expected": f"{expected:.2g}"},
                )
            )
        if not isinstance(sample.size, float):
            found.append(
                Warning(
                    "stepped_limits", _("Samples differ in size, so limits step: a larger sample has narrower limits.")
                )
            )
        if parameters["sigma"] > 0 and len(x) >= 10:
            ratio = parameters.get("sigma_z") or self._sigma_z(x, n, rate, parameters["sigma"])
            found += self._dispersion(ratio, float(np.mean(n)))
        return found

    def _dispersion(self, ratio: float, size: float) -> list[Warning]:
        facts = {"ratio": f"{ratio:.2f}", "size": f"{size:.0f}"}
        if self.laney:
            if ratio < 1:
                sentence = _(
                    "Samples vary less than chance alone would (ratio {ratio}): limits are narrower than usual."
                )
                return [Warning("underdispersion", sentence, facts)]
            return []
        if ratio > 1.5:
            sentence = _(
                "Samples of {size} on average vary {ratio} times as much as chance alone: use Laney's chart, else"
                " most points signal."
            )
            return [Warning("overdispersion", sentence, facts)]
        if ratio < 0.5:
            sentence = _(
                "Samples vary less than chance alone would (ratio {ratio}): are they sorted, mixed or invented?"
            )
            return [Warning("underdispersion", sentence, facts)]
        return []


@dataclass(frozen=True, kw_only=True)
class CountsChart(ControlChart):
    """A chart of counts."""

    def answer(self) -> dict[str, Any]:
        found = super().answer()
        panel = self.panels[0]
        seven = run.Rule("seven", "same_side", n=7)
        with np.errstate(invalid="ignore"):
            side = np.sign(panel.points - panel.center)
        run_of_7 = np.flatnonzero(run.masks(side, (seven,))["seven"]) + 1
        more = {"run_of_7_same_side_last_points": run_of_7, "beyond_1based": found["beyond_limits"]}
        if "sigma_z" in self.parameters:
            more["sigma_z"] = self.parameters["sigma_z"]
        found[panel.id] = found[panel.id] | more
        return found | more


def _chart(
    family: _Counts, first: tuple[Any, Any], later: tuple[Any, Any] | None, names: tuple[str, str], **options: Any
) -> ControlChart:
    reading = {"whole_sizes": family.binomial, "at_most": family.binomial}
    sample = counted(*first, names, **reading)
    second = None if later is None else counted(*later, names, **reading)
    return chart(family, sample, second, made=CountsChart, **options)


def _exact(limits_by: str) -> bool:
    return choice(limits_by, "limits_by", ("normal", "probability")) == "probability"


def p(
    defectives: Any, sizes: Any, later: tuple[Any, Any] | None = None, *, limits_by: str = "normal", **options: Any
) -> ControlChart:
    """Return the chart of shares nonconforming.

    Args:
        defectives: nonconforming items in each sample, counts.
        sizes: items in each sample, or one number for all.
        later: Phase II (defectives, sizes), judged by the limits of the first.
        limits_by: ``"normal"`` (nsigma) or ``"probability"`` (exact binomial, 0.135 % in each tail).
        options: limits, stages, excluded, nsigma, rules; see :func:`~testamur.tqm.spc.chart.chart`.
    """
    family = _Counts("p", True, True, exact=_exact(limits_by))
    return _chart(family, (defectives, sizes), later, ("defectives", "sizes"), **options)


def np_chart(
    defectives: Any, sizes: Any, later: tuple[Any, Any] | None = None, *, limits_by: str = "normal", **options: Any
) -> ControlChart:
    """Return the chart of numbers nonconforming; arguments as for :func:`p`."""
    family = _Counts("np", True, False, exact=_exact(limits_by))
    return _chart(family, (defectives, sizes), later, ("defectives", "sizes"), **options)


def c(counts: Any, later: Any = None, *, limits_by: str = "normal", sizes: Any = None, **options: Any) -> ControlChart:
    """Return the chart of nonconformities in samples of one size.

    Args:
        counts: nonconformities in each sample.
        later: Phase II counts, judged by the limits of the first.
        limits_by: ``"normal"`` or ``"probability"`` (exact Poisson, 0.135 % in each tail).
    """
    if sizes is not None:
        raise Refused(_("A c chart has samples of one size; with sizes use a u chart."), field="sizes")
    family = _Counts("c", False, False, exact=_exact(limits_by))
    return _chart(family, (counts, None), None if later is None else (later, None), ("counts", "sizes"), **options)


def u(
    counts: Any, sizes: Any, later: tuple[Any, Any] | None = None, *, limits_by: str = "normal", **options: Any
) -> ControlChart:
    """Return the chart of nonconformities for each unit.

    Args:
        counts: nonconformities in each sample.
        sizes: units (areas, hours …) in each sample; need not be whole.
    """
    family = _Counts("u", False, True, exact=_exact(limits_by))
    return _chart(family, (counts, sizes), later, ("counts", "sizes"), **options)


def laney_p(defectives: Any, sizes: Any, later: tuple[Any, Any] | None = None, **options: Any) -> ControlChart:
    """Return Laney's p' chart: limits widened by the variation between samples, estimated from moving ranges.

    Source:
        Laney (2002), Quality Engineering 14(4), 531-537.
    """
    family = _Counts("laney_p_prime", True, True, laney=True, source="Laney (2002)", edition="2002")
    return _chart(family, (defectives, sizes), later, ("defectives", "sizes"), **options)


def laney_u(counts: Any, sizes: Any, later: tuple[Any, Any] | None = None, **options: Any) -> ControlChart:
    """Return Laney's u' chart; as :func:`laney_p`, for nonconformities for each unit."""
    family = _Counts("laney_u_prime", False, True, laney=True, source="Laney (2002)", edition="2002")
    return _chart(family, (counts, sizes), later, ("counts", "sizes"), **options)
