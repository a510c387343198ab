"""What every Shewhart chart shares: estimate on a baseline, freeze, stage, exclude, draw limits, apply run rules.

A *family* (Xbar-R, p, …) says how to read its statistics, what to estimate and where its lines lie; :func:`chart`
does the rest once for all of them. So limits never move when new data come, and an excluded point leaves mean and
limits alike, whatever the chart.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from testamur.kernel.refusal import Refused, _
from testamur.tqm.data import number, places, whole
from testamur.tqm.methods import provenance
from testamur.tqm.results import Warning
from testamur.tqm.spc import rules as run
from testamur.tqm.spc.model import ControlChart, Family, Floats, Line, Lines, Panel, Points, Sample, Segment

if TYPE_CHECKING:
    from testamur.tqm.spc.limits import LimitSet

#: Fewer points than this make limits preliminary (ISO 7870-2 speaks of at least 20 to 25 subgroups).
ENOUGH = 20


def chart(
    family: Family,
    sample: Sample,
    later: Sample | None = None,
    *,
    limits: LimitSet | Mapping[str, Any] | None = None,
    stages: Sequence[int] | None = (),
    excluded: Sequence[int] | Mapping[int, str] | None = (),
    nsigma: float = 3.0,
    rules: Any = None,
    edition: str | None = None,
    made: type[ControlChart] = ControlChart,
    alternatives: Mapping[str, float] | None = None,
) -> ControlChart:
    """Return the chart of a sample.

    Args:
        later: Phase II subgroups; they are judged by the limits of ``sample``, which they never change.
        limits: frozen limits (or ``{"center": …, "sigma": …}``); every point is then Phase II.
        stages: indices (from 0) at which a new stage begins; each stage estimates its own limits.
        excluded: indices (from 0) to leave out of mean, limits and runs; as a mapping, with the reason of each.
        nsigma: distance of the limits in standard deviations of the plotted statistic.
        rules: run rules of the location panel; Nelson 1 and 2 unless said.

    Raises:
        Refused: an index is outside the data; stages and frozen limits are both given; a stage has too few points.
    """
    nsigma = number(nsigma, "nsigma", above=0, at_most=10)
    ruleset = run.chosen(rules)
    stages = places(stages, "stages")
    whole_sample = sample if later is None else joined(sample, later)
    total = len(whole_sample)
    reasons = _excluded(excluded, total)
    keep = np.ones(total, bool)
    keep[list(reasons)] = False
    segments = _segments(family, sample, total, keep, limits, stages)
    warnings = list[Warning]()
    parts: list[tuple[Lines, ...]] = []
    status = "ok"
    for segment in segments:
        piece = whole_sample if (segment.start, segment.stop) == (0, total) else whole_sample.part(
            slice(segment.start, segment.stop)
        )  # fmt: skip
        drawn = family.lines(piece, segment.parameters, nsigma)
        if _flat(segment.parameters, whole_sample):
            status = "no_variation"
            drawn = tuple(_without_limits(lines) for lines in drawn)
        parts.append(drawn)
    panels = tuple(
        _panel(name, [part[i] for part in parts], keep, segments, ruleset if i == 0 else (), whole_sample)
        for i, name in enumerate(family.panels)
    )
    if status == "no_variation":
        warnings.append(
            Warning("no_variation", _("The data do not vary, so there are no limits and nothing to judge."))
        )
    warnings += _cautions(family, whole_sample, keep, segments, panels, status)
    return made(
        method=family.method,
        panels=panels,
        segments=tuple(segments),
        excluded=tuple(reasons),
        reasons=tuple(reasons.values()),
        nsigma=nsigma,
        status=status,
        alternatives=dict(alternatives or {}),
        ruleset=ruleset,
        estimator=family.estimator() if limits is None else "frozen",
        phase="II" if limits is not None else "I" if later is None else "I+II",
        warnings=tuple(warnings),
        provenance=provenance(
            family.method,
            family.source,
            edition or family.edition,
            data={**sample.given, **({f"phase2_{k}": v for k, v in later.given.items()} if later else {})},
            parameters={
                "nsigma": nsigma,
                "rules": [rule.id for rule in ruleset],
                "stages": list(stages),
                "excluded": {str(place): reason for place, reason in reasons.items()},
                "sigma_estimator": family.estimator(),
                **({"limits": frozen(limits, family.method, family.needs)} if limits is not None else {}),
            },
        ),
    )


def joined(first: Sample, second: Sample) -> Sample:
    """Return two samples in one, the second after the first."""
    if isinstance(first.size, float) and isinstance(second.size, float) and first.size == second.size:
        size: Line = first.size
    else:
        sizes = (np.broadcast_to(first.size, (len(first),)), np.broadcast_to(second.size, (len(second),)))
        size = np.concatenate(sizes)
    shift = second.origin - first.origin
    columns = {}
    for name, values in first.columns.items():
        other = second.columns[name]
        columns[name] = np.concatenate([values, other + shift if name in {"location", "x"} else other])
    resolution = None if first.resolution is None else first.resolution
    return Sample(columns, size, first.origin, resolution, first.given)


def frozen(limits: Any, method: str, needs: Sequence[str] = ("center",)) -> dict[str, Any]:
    """Return the parameters of frozen limits.

    Args:
        needs: names that must be there; those of single numbers are read as numbers.

    Raises:
        Refused: they belong to another chart, or are incomplete.
    """
    parameters = limits if isinstance(limits, Mapping) else getattr(limits, "parameters", None)
    if not isinstance(parameters, Mapping):
        raise Refused(_("Frozen limits are a limit set, or names and values such as center and sigma."), field="limits")
    if not isinstance(limits, Mapping) and limits.method != method:
        raise Refused(
            _("These limits were frozen for {frozen}; they cannot judge {method}."),
            {"frozen": limits.method, "method": method},
            field="limits",
        )
    found = dict(parameters)
    for name in needs:
        if name not in found:
            raise Refused(_("Frozen limits need a {name}."), {"name": name}, field="limits")
    for name in ("center", "sigma", "rate", "sigma_z", "lam", "L", "h", "k"):
        if name in found and not (name == "center" and "covariance" in needs):
            found[name] = number(found[name], name, **({} if name == "center" else {"at_least": 0}))
    return found


def _segments(
    family: Family,
    sample: Sample,
    total: int,
    keep: NDArray[np.bool_],
    limits: LimitSet | Mapping[str, Any] | None,
    stages: Sequence[int],
) -> list[Segment]:
    if limits is not None:
        if len(stages):
            raise Refused(
                _("Give stages or frozen limits, not both: each stage estimates its own limits."), field="stages"
            )
        return [Segment(0, total, "II", frozen(limits, family.method, family.needs))]
    first = len(sample)
    starts = sorted({0, *stages})
    if starts[0] < 0 or starts[-1] >= first:
        raise Refused(
            _("A stage cannot begin at point {place} of the chart: there are {count}."),
            {"place": (starts[0] if starts[0] < 0 else starts[-1]) + 1, "count": first},
            field="stages",
        )
    segments = []
    for start, stop in zip(starts, [*starts[1:], first], strict=True):
        if bool(keep[start:stop].all()):
            baseline = sample if (start, stop) == (0, first) else sample.part(slice(start, stop))
        else:
            baseline = sample.part(np.flatnonzero(keep[:first][start:stop]) + start)
        if not len(baseline):
            raise Refused(
                _("The stage that begins at point {place} has no point left to estimate limits from."),
                {"place": start + 1},
                field="excluded",
            )
        segments.append(Segment(start, stop, "I", family.estimate(baseline)))
    if total > first:
        segments.append(Segment(first, total, "II", segments[-1].parameters))
    return segments


def _excluded(excluded: Sequence[int] | Mapping[int, str] | None, total: int) -> dict[int, str]:
    if isinstance(excluded, Mapping):
        pairs = [(whole(place, "excluded"), reason) for place, reason in excluded.items()]
    else:
        pairs = [(place, "") for place in places(excluded, "excluded")]
    found = {}
    for index, reason in pairs:
        if not 0 <= index < total:
            raise Refused(
                _("Point {place} of the chart cannot be excluded: there are {count}."),
                {"place": index + 1, "count": total},
                field="excluded",
            )
        found[index] = str(reason)
    return dict(sorted(found.items()))


def _flat(parameters: Mapping[str, Any], sample: Sample) -> bool:
    sigma = parameters.get("sigma")
    if sigma is None or (isinstance(sigma, float) and math.isnan(sigma)):
        return False
    return float(sigma) <= 4 * np.spacing(abs(sample.origin))  # rounding of the offset is no variation


def _without_limits(lines: Lines) -> Lines:
    return Lines(lines.points, lines.center, math.nan, math.nan, math.nan, np.full(lines.points.shape, math.nan))


def _panel(
    name: str,
    parts: Sequence[Lines],
    keep: NDArray[np.bool_],
    segments: Sequence[Segment],
    ruleset: Sequence[run.Rule],
    sample: Sample,
) -> Panel:
    points = parts[0].points if len(parts) == 1 else np.concatenate([part.points for part in parts])

    def line(attribute: str) -> Line:
        values = [getattr(part, attribute) for part in parts]
        if len(values) == 1 or all(isinstance(value, float) and value == values[0] for value in values):
            only: Line = values[0]
            return only
        return np.concatenate(
            [np.broadcast_to(value, part.points.shape) for value, part in zip(values, parts, strict=True)]
        )

    center, lcl, ucl, sd = line("center"), line("lcl"), line("ucl"), line("sd")
    allowed = None if bool(keep.all()) else keep
    out = (points > ucl) | (points < lcl)
    if allowed is not None:
        out &= allowed
    first = next((rule.id for rule in ruleset if rule.kind == "beyond"), "beyond_limits")
    signals: dict[str, Points] = {}
    others = [rule for rule in ruleset if rule.kind != "beyond"]
    if not ruleset or len(others) < len(ruleset):
        signals[first] = np.flatnonzero(out)
    if others:
        z = _standardised(parts, points, center, sd)
        if allowed is not None:
            z = np.where(allowed, z, math.nan)
        for start, stop in _stages(segments):
            for rule, mask in run.masks(z[start:stop], others).items():
                found = np.flatnonzero(mask) + start
                signals[rule] = np.concatenate([signals[rule], found]) if rule in signals else found
    return Panel(name, points, center, lcl, ucl, sd, signals)


def _standardised(parts: Sequence[Lines], points: Floats, center: Line, sd: Line) -> Floats:
    if all(part.z is not None for part in parts):
        z = parts[0].z if len(parts) == 1 else np.concatenate([part.z for part in parts if part.z is not None])
        return np.asarray(z)
    with np.errstate(invalid="ignore", divide="ignore"):
        z = (points - center) / sd
    z[~np.isfinite(z)] = math.nan
    return np.asarray(z)


def _stages(segments: Sequence[Segment]) -> list[tuple[int, int]]:
    """Return the stretches over which runs are counted: a new stage begins anew, Phase II goes on from Phase I."""
    found: list[tuple[int, int]] = []
    for segment in segments:
        if found and segment.phase == "II":
            found[-1] = (found[-1][0], segment.stop)
        else:
            found.append((segment.start, segment.stop))
    return found


def _cautions(
    family: Family,
    sample: Sample,
    keep: NDArray[np.bool_],
    segments: Sequence[Segment],
    panels: Sequence[Panel],
    status: str,
) -> list[Warning]:
    from testamur.tqm.spc.dependence import lag_one

    found: list[Warning] = []
    first = segments[0]
    if first.phase == "I":
        count = int(keep[first.start : first.stop].sum())
        found += family.cautions(sample, first.parameters)
        if count < ENOUGH:
            found.append(
                Warning(
                    "few_points",
                    _("Limits rest on {count} points; they are preliminary until there are {enough}."),
                    {"count": count, "enough": ENOUGH},
                )
            )
    sigma = segments[-1].parameters.get("sigma")
    if sample.resolution and sigma and status == "ok" and sample.resolution > float(sigma):
        found.append(
            Warning(
                "coarse_resolution",
                _("Values are recorded in steps of {step}, above a standard deviation ({sigma}): limits are rough."),
                {"step": f"{sample.resolution:g}", "sigma": f"{float(sigma):.4g}"},
            )
        )
    if status == "ok":
        r, bound = lag_one(panels[0].points if bool(keep.all()) else np.where(keep, panels[0].points, math.nan))
        if abs(r) > bound:
            found.append(
                Warning(
                    "autocorrelated",
                    _(
                        "Neighbouring points are correlated (lag 1: {r}, bound {bound}), so false alarms are not as"
                        " rare as promised. A chart of residuals or an EWMA chart is an alternative."
                    ),
                    {"r": f"{r:.3f}", "bound": f"{bound:.3f}"},
                )
            )
    return found
