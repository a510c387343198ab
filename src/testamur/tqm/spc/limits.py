"""Limit sets: limits that were frozen, by whom, when and why; each version keeps the one before it by its digest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from typing import Any

from testamur.kernel.refusal import Refused, _
from testamur.tqm.results import digest, kept, simple


@dataclass(frozen=True)
class LimitSet:
    """Frozen limits of one chart.

    Attributes:
        name: what is charted, e.g. ``"bore 12, line 3"``.
        version: 1, 2 …; a change is a new version, never an edit.
        method: the chart they belong to.
        parameters: ``center``, ``sigma`` … as the chart estimated them.
        nsigma: distance of the limits; estimator: how sigma was estimated.
        reason, by, at, effective_from: why, who, when frozen, and from which day they judge.
        inputs_sha256: digest of the Phase I data they come from.
        edition: of the document the chart followed.
        previous: digest of the version before; empty for the first.
    """

    name: str
    version: int
    method: str
    parameters: Mapping[str, Any]
    nsigma: float
    estimator: str
    reason: str
    by: str
    at: datetime
    effective_from: date
    inputs_sha256: str
    edition: str
    previous: str = ""
    stage: int = field(default=0)

    @classmethod
    def freeze(
        cls,
        chart: Any,
        *,
        name: str,
        reason: str,
        by: str,
        at: datetime,
        effective_from: date | None = None,
        stage: int = -1,
        previous: LimitSet | None = None,
    ) -> LimitSet:
        """Freeze the limits of a Phase I chart.

        Args:
            chart: the result of any chart function of this package.
            reason: why these limits, and from what (it is kept and shown).
            stage: which stage's limits, counted from 0; the last unless said.
            previous: the version that this one replaces.

        Raises:
            Refused: no reason; no variation; the chart was judged by frozen limits itself; a stage that is not there.
        """
        if not reason.strip():
            raise Refused(_("Say why these limits are frozen; whoever reads the chart later will ask."), field="reason")
        if not name.strip():
            raise Refused(_("Give the limit set a name: what is charted, and where."), field="name")
        if chart.phase == "II":
            raise Refused(_("This chart was judged by frozen limits; there is nothing new to freeze."), field="chart")
        if getattr(chart, "status", "ok") == "no_variation":
            raise Refused(_("The data do not vary, so there are no limits to freeze."), field="chart")
        if previous is not None and previous.method != chart.method:
            raise Refused(
                _("These limits were frozen for {frozen}; they cannot judge {method}."),
                {"frozen": previous.method, "method": chart.method},
                field="previous",
            )
        parameters, place = _of_stage(chart, stage)
        return cls(
            name=name.strip(),
            version=1 if previous is None else previous.version + 1,
            method=chart.method,
            parameters=kept(dict(parameters)),
            nsigma=float(getattr(chart, "nsigma", getattr(chart, "L", 3.0))),
            estimator=chart.estimator,
            reason=reason.strip(),
            by=by,
            at=at,
            effective_from=effective_from or at.date(),
            inputs_sha256=str(chart.evidence()["inputs_sha256"]),
            edition=chart.provenance.edition,
            previous="" if previous is None else previous.digest,
            stage=place,
        )

    def apply(self, *data: Any, **options: Any) -> Any:
        """Judge new data by these limits; they do not move, whatever the data.

        Args:
            data: as the chart's function takes them, e.g. the subgroups, or defectives and sizes.
            options: as the chart's function takes them, without limits and nsigma.
        """
        function = _functions()[self.method]
        if self.method not in _WITHOUT_NSIGMA:
            options["nsigma"] = self.nsigma
        return function(*data, limits=self, **options)

    @property
    def digest(self) -> str:
        """Return the SHA-256 of the whole set, for evidence and for the next version."""
        return digest(self.to_dict())

    def to_dict(self) -> dict[str, Any]:
        """Return JSON types."""
        found: dict[str, Any] = simple({f.name: getattr(self, f.name) for f in fields(self)})
        return found | {"at": self.at.isoformat(), "effective_from": self.effective_from.isoformat()}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> LimitSet:
        """Read what :meth:`to_dict` wrote.

        Raises:
            Refused: something is absent or unreadable.
        """
        known = {f.name for f in fields(cls)}
        absent = sorted(known - set(data) - {"previous", "stage"})
        if absent:
            raise Refused(_("A limit set needs {names}."), {"names": absent}, field=absent[0])
        try:
            times = {
                "at": datetime.fromisoformat(str(data["at"])),
                "effective_from": date.fromisoformat(str(data["effective_from"])),
            }
        except ValueError:
            raise Refused(
                _("A limit set's times are written 2026-03-31T12:00:00+00:00 and 2026-03-31."), field="at"
            ) from None
        return cls(**{name: value for name, value in data.items() if name in known} | times)


_WITHOUT_NSIGMA = frozenset({"ewma", "cusum_tabular", "hotelling_t2_individual", "hotelling_t2_subgroup", "mewma"})


def _of_stage(chart: Any, stage: int) -> tuple[Mapping[str, Any], int]:
    segments = [segment for segment in getattr(chart, "segments", ()) if segment.phase == "I"]
    if not segments:
        return chart.parameters, 0
    if not -len(segments) <= stage < len(segments):
        raise Refused(
            _("There is no stage {stage}; the chart has {count}, counted from 0."),
            {"stage": stage, "count": len(segments)},
            field="stage",
        )
    place = stage % len(segments)
    return segments[place].parameters, place


def _functions() -> dict[str, Any]:
    from testamur.tqm.spc import attributes, memory, multivariate, variables

    return {
        "xbar_r": variables.xbar_r,
        "xbar_s": variables.xbar_s,
        "i_mr": variables.i_mr,
        "p": attributes.p,
        "np": attributes.np_chart,
        "c": attributes.c,
        "u": attributes.u,
        "laney_p_prime": attributes.laney_p,
        "laney_u_prime": attributes.laney_u,
        "ewma": memory.ewma,
        "cusum_tabular": memory.cusum,
        "hotelling_t2_individual": multivariate.hotelling_t2,
        "hotelling_t2_subgroup": multivariate.hotelling_t2,
        "mewma": multivariate.mewma,
    }
