"""Capability of a measuring system and a measurement process against a tolerance, by uncertainty (ISO 22514-7)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from testamur.kernel.refusal import Refused, _
from testamur.tqm.data import number
from testamur.tqm.methods import provenance
from testamur.tqm.results import Result, Warning

#: Contributions of the measuring system alone, and those of its use.
SYSTEM = ("cal", "ev", "bi", "lin", "rest")
PROCESS = ("av", "gv", "ia", "t", "obj", "stab")
LIMIT_SYSTEM, LIMIT_PROCESS = 15.0, 30.0


@dataclass(frozen=True, kw_only=True)
class MeasurementCapability(Result):
    """Capability of measuring system (MS) and measurement process (MP).

    Attributes:
        u: contribution → standard uncertainty; ``ev`` is the larger of repeatability and resolution.
        U_MS, U_MP: expanded uncertainties, k = 2, in the unit of the tolerance.
        Q_MS, Q_MP: 2U over the tolerance, %; capable: whether both keep their limits.
        smallest_tolerance: smallest tolerance for which the process would be capable.
    """

    u: Mapping[str, float]
    u_MS: float
    u_MP: float
    U_MS: float
    U_MP: float
    Q_MS: float
    Q_MP: float
    capable: bool
    smallest_tolerance: float
    resolution_pct: float | None


def measurement_capability(
    tolerance: Any,
    *,
    resolution: Any = None,
    u_evr: Any = 0.0,
    bias: Any = 0.0,
    u_cal: Any = 0.0,
    u_lin: Any = 0.0,
    u_rest: Any = 0.0,
    u_evo: Any = 0.0,
    u_av: Any = 0.0,
    u_gv: Any = 0.0,
    u_ia: Any = 0.0,
    u_t: Any = 0.0,
    u_obj: Any = 0.0,
    u_stab: Any = 0.0,
    edition: str | None = None,
) -> MeasurementCapability:
    """Return the capability of a measuring system and of its use.

    Args:
        tolerance: USL - LSL, in the unit of the rest.
        resolution: step of the display; u_RE = resolution / √12.
        u_evr: repeatability on the reference; u_evo: on parts; bias: mean less reference, u_BI = |bias| / √3.
        u_cal, u_lin, u_rest: calibration, linearity, other parts of the system.
        u_av, u_gv, u_ia, u_t, u_obj, u_stab: operators, gauges, interaction, temperature, part, stability.

    Source:
        ISO 22514-7:2021.
    """
    width = number(tolerance, "tolerance", above=0)
    step = None if resolution is None else number(resolution, "resolution", above=0)
    given = {
        name: number(value, f"u_{name}", at_least=0)
        for name, value in {
            "evr": u_evr, "cal": u_cal, "lin": u_lin, "rest": u_rest, "evo": u_evo, "av": u_av,
            "gv": u_gv, "ia": u_ia, "t": u_t, "obj": u_obj, "stab": u_stab,
        }.items()
    }  # fmt: skip
    re = 0.0 if step is None else step / math.sqrt(12)
    bi = abs(number(bias, "bias")) / math.sqrt(3)
    system = {"cal": given["cal"], "ev": max(given["evr"], re), "bi": bi, "lin": given["lin"], "rest": given["rest"]}
    process = {name: given[name] for name in PROCESS}
    u_ms = math.sqrt(sum(one**2 for one in system.values()))
    whole = system | {"ev": max(given["evr"], given["evo"], re)} | process
    u_mp = math.sqrt(sum(one**2 for one in whole.values()))
    if u_ms == 0:
        raise Refused(
            _("No contribution to the uncertainty was given; a gauge without any does not exist."), field="u_evr"
        )
    q_ms, q_mp = 400 * u_ms / width, 400 * u_mp / width
    warnings = []
    if step is not None and step > 0.05 * width:
        sentence = _("The display steps by {share} % of the tolerance; at most 5 % is asked.")
        warnings.append(Warning("coarse_resolution", sentence, {"share": f"{100 * step / width:.1f}"}))
    return MeasurementCapability(
        u={**whole, "re": re, "evr": given["evr"], "evo": given["evo"]},
        u_MS=u_ms,
        u_MP=u_mp,
        U_MS=2 * u_ms,
        U_MP=2 * u_mp,
        Q_MS=q_ms,
        Q_MP=q_mp,
        capable=q_ms <= LIMIT_SYSTEM and q_mp <= LIMIT_PROCESS and not warnings,
        smallest_tolerance=max(400 * u_ms / LIMIT_SYSTEM, 400 * u_mp / LIMIT_PROCESS),
        resolution_pct=None if step is None else 100 * step / width,
        estimator="quadratic sum, k = 2",
        warnings=tuple(warnings),
        provenance=provenance(
            "measurement_capability",
            "ISO 22514-7",
            edition or "2021",
            data={},
            parameters={"tolerance": tolerance, "resolution": resolution, "bias": bias}
            | {f"u_{name}": value for name, value in given.items()},
        ),
    )
