"""What a Shewhart chart is made of: samples, lines, segments, panels, and the chart itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from testamur.tqm.results import Result, Warning
from testamur.tqm.spc import rules as run

Floats = NDArray[np.float64]
Points = NDArray[np.int64]
Line = float | Floats


@dataclass(frozen=True)
class Sample:
    """Statistics of subgroups in the order of time.

    Attributes:
        columns: name → one value for each subgroup (float64; locations are centred on ``origin``).
        origin: what was subtracted from locations.
        size: common subgroup size, or an array of sizes.
        resolution: smallest step of the measured values; None where unknown.
        given: input name → the input, for the evidence.
    """

    columns: dict[str, Floats]
    size: Line
    origin: float = 0.0
    resolution: float | None = None
    given: Mapping[str, Any] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    def part(self, where: slice | Points) -> Sample:
        """Return some of the subgroups."""
        size = self.size if isinstance(self.size, float) else self.size[where]
        return Sample({k: v[where] for k, v in self.columns.items()}, size, self.origin, self.resolution, self.given)


@dataclass(frozen=True)
class Lines:
    """One panel's points and lines over a segment: absolute values, and the standard deviation of a point."""

    points: Floats
    center: Line
    lcl: Line
    ucl: Line
    sd: Line
    z: Floats | None = None


class Family(Protocol):
    """A kind of chart."""

    @property
    def method(self) -> str:
        """Return the id of the method."""

    @property
    def source(self) -> str:
        """Return the document."""

    @property
    def edition(self) -> str:
        """Return the document's edition."""

    @property
    def panels(self) -> tuple[str, ...]:
        """Return what the panels plot."""

    @property
    def needs(self) -> tuple[str, ...]:
        """Return the parameters that frozen limits must have."""

    def estimate(self, sample: Sample) -> dict[str, float]:
        """Return the parameters (``center``, ``sigma`` …) of a baseline."""

    def lines(self, sample: Sample, parameters: Mapping[str, Any], nsigma: float) -> tuple[Lines, ...]:
        """Return points and lines of each panel."""

    def estimator(self) -> str:
        """Return the name of the estimator of spread."""

    def cautions(self, sample: Sample, parameters: Mapping[str, Any]) -> list[Warning]:
        """Return what a reader must know about this baseline."""


@dataclass(frozen=True)
class Segment:
    """A stretch of points with one set of parameters: ``start`` to before ``stop``, counted from 0."""

    start: int
    stop: int
    phase: str
    parameters: Mapping[str, Any]
    label: str = ""


@dataclass(frozen=True)
class Panel:
    """One of the paired charts.

    Attributes:
        id: what is plotted: ``xbar``, ``r``, ``s``, ``x``, ``mr``, ``p`` …
        points: plotted values, NaN where there is none.
        center, lcl, ucl: a number, or one for each point; NaN where there is no variation or no such limit.
        sd: standard deviation of a plotted point, in its unit.
        signals: rule id → indices from 0.
    """

    id: str
    points: Floats
    center: Line
    lcl: Line
    ucl: Line
    sd: Line
    signals: Mapping[str, Points]

    @property
    def beyond(self) -> Points:
        """Return the indices of points outside the limits."""
        found = np.flatnonzero((self.points > self.ucl) | (self.points < self.lcl))
        return found

    @property
    def numbers(self) -> dict[str, Floats]:
        """Return every plotted number, one row for each point."""
        shape = self.points.shape
        return {
            "point": self.points,
            "lcl": np.broadcast_to(self.lcl, shape),
            "center": np.broadcast_to(self.center, shape),
            "ucl": np.broadcast_to(self.ucl, shape),
        }

    def answer(self) -> dict[str, Any]:
        """Return the panel with points counted from 1, those above the limits first, then those below."""
        above, below = np.flatnonzero(self.points > self.ucl), np.flatnonzero(self.points < self.lcl)
        return {
            "center": self.center,
            "lcl": self.lcl,
            "ucl": self.ucl,
            "sd": self.sd,
            "points": self.points,
            "beyond_limits": np.concatenate([above, below]) + 1,
            "signals": {rule: places + 1 for rule, places in self.signals.items()},
        }


@dataclass(frozen=True, kw_only=True)
class ControlChart(Result):
    """A Shewhart chart: its panels, its segments and the status of its limits.

    Attributes:
        method: id of the method.
        panels: location first, then dispersion where there is one.
        segments: phases and stages in the order of time.
        excluded: indices (from 0) left out of mean, limits and runs.
        nsigma: distance of the limits in standard deviations.
        status: ``"ok"``, or ``"no_variation"`` where the limits would have no width and are not given.
        alternatives: other estimates of the same spread, by name, where the chart gives them.
        ruleset: the run rules that were applied to the location.
    """

    method: str
    panels: tuple[Panel, ...]
    segments: tuple[Segment, ...]
    excluded: tuple[int, ...] = ()
    reasons: tuple[str, ...] = ()
    nsigma: float = 3.0
    status: str = "ok"
    alternatives: Mapping[str, float] = field(default_factory=dict)
    ruleset: tuple[run.Rule, ...] = field(default=run.DEFAULT, repr=False)

    def panel(self, name: str) -> Panel:
        """Return a panel by what is plotted."""
        return next(panel for panel in self.panels if panel.id == name)

    @property
    def parameters(self) -> Mapping[str, Any]:
        """Return the parameters of the last segment: those in force."""
        return self.segments[-1].parameters

    @property
    def center(self) -> float:
        """Return the centre line in force."""
        return float(self.parameters["center"])

    @property
    def sigma(self) -> float:
        """Return the standard deviation in force, of single values."""
        return float(self.parameters["sigma"])

    @property
    def in_control(self) -> bool:
        """Say whether no panel has any signal, and there is variation to judge."""
        return self.status == "ok" and not any(
            len(places) for panel in self.panels for places in panel.signals.values()
        )

    def answer(self) -> dict[str, Any]:
        found: dict[str, Any] = {panel.id: panel.answer() for panel in self.panels}
        first = found[self.panels[0].id]
        first["sigma"] = self.parameters.get("sigma")
        if len(self.panels) == 1:
            found = {**first, **found}
        return {**found, **self._about()}

    def _about(self) -> dict[str, Any]:
        return {
            "parameters": self.parameters,
            "segments": [
                {
                    "from": segment.start + 1,
                    "to": segment.stop,
                    "phase": segment.phase,
                    "label": segment.label,
                    "parameters": segment.parameters,
                }
                for segment in self.segments
            ],
            "excluded": [
                {"point": place + 1, "reason": reason}
                for place, reason in zip(self.excluded, self.reasons, strict=True)
            ],
            "nsigma": self.nsigma,
            "status": self.status,
            "in_control": self.in_control,
            "rules": [rule.id for rule in self.ruleset],
        }
