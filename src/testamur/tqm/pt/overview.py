"""The robust estimates of one round side by side, as a coordinator compares them (ISO 13528:2022, C and E.3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from testamur.kernel.refusal import _
from testamur.tqm.data import numbers
from testamur.tqm.methods import provenance
from testamur.tqm.pt import robust
from testamur.tqm.pt.consensus import EDITION, SOURCE, algorithm_a, hampel, q_method, qn
from testamur.tqm.results import Result, Warning


@dataclass(frozen=True, kw_only=True)
class Consensus(Result):
    """Assigned values and standard deviations by each estimator, in the unit of the results.

    Attributes:
        median, algorithm_a, q_hampel, mean: each with ``x_pt``, ``u`` and, but for the median, ``s``; ``q_hampel`` is
            empty where most results are equal.
        nIQR, MADe: robust standard deviations around the median.
    """

    median: Mapping[str, float]
    nIQR: float
    MADe: float
    algorithm_a: Mapping[str, float]
    q_hampel: Mapping[str, float]
    mean: Mapping[str, float]


@dataclass(frozen=True, kw_only=True)
class Summary(Result):
    """Robust location and scale by the estimators in use, in the unit of the results; ``values`` maps name to value."""

    values: Mapping[str, Any]

    def answer(self) -> Any:
        return dict(self.values)


def consensus(values: Any, *, factor: str = "printed") -> Consensus:
    """Return the assigned value with its uncertainty by median, Algorithm A, Q/Hampel and arithmetic mean.

    Standard uncertainties are 1.25 s/√p for the robust averages (with nIQR for the median) and s/√p for the mean.

    Args:
        values: results of one round.
        factor: ``printed`` takes the standard's rounded 1.483 and 1.134; ``computed`` their exact values.
    """
    read = numbers(values, "values", at_least=2)
    a = algorithm_a(values, factor=factor)
    x, root = read.centred, float(np.sqrt(len(read.values)))
    middle = float(np.median(x))
    low, high = np.quantile(x, [0.25, 0.75])
    spread = robust.iqr_factor() * float(high - low)
    deviation = (1.483 if factor == "printed" else robust.mad_factor()) * float(np.median(np.abs(x - middle)))
    sd = float(x.std(ddof=1))
    said = list(a.warnings)
    scale = q_method(values).s
    q: dict[str, float] = {}
    if scale > 0:
        found = hampel(values, s=scale)
        said += [warning for warning in found.warnings if warning.code.endswith("root")]
        q = {"x_pt": found.x_star, "s": scale, "u": found.u}
    else:
        said.append(Warning("no_q_hampel", _("Most results are equal: Q/Hampel gives no value.")))
    return Consensus(
        median={"x_pt": middle + read.origin, "u": 1.25 * spread / root},
        nIQR=spread,
        MADe=deviation,
        algorithm_a={"x_pt": a.x_star, "s": a.s_star, "u": a.u},
        q_hampel=q,
        mean={"x_pt": float(x.mean()) + read.origin, "s": sd, "u": sd / root},
        warnings=tuple(said),
        provenance=provenance(
            "iso13528_consensus",
            SOURCE,
            EDITION,
            clause="Annex C",
            data={"values": read.given},
            parameters={"factor": factor},
        ),
    )


def robust_summary(values: Any) -> Summary:
    """Return median, MADe, Algorithm A, Qn with and without its finite-sample factor, and Sn of one round.

    ``huber_hubers_mu`` is Huber's proposal 2 with k = 1.5: the same equations as Algorithm A with the computed factor,
    hence the same value.
    """
    read = numbers(values, "values", at_least=2)
    a = algorithm_a(values, tolerance=1e-12)
    x = read.centred
    middle = float(np.median(x))
    found = {
        "n": len(x),
        "median": middle + read.origin,
        "mad_e": robust.mad_factor() * float(np.median(np.abs(x - middle))),
        "algA_mean": a.x_star,
        "algA_sd": a.s_star,
        "qn_robustbase_finite": qn(values).s,
        "qn_no_finite_corr": qn(values, finite=False).s,
        "sn": robust.sn(x),
        "huber_hubers_mu": a.x_star,
    }
    return Summary(
        values=found,
        estimator="Algorithm A, Qn, Sn",
        warnings=a.warnings,
        provenance=provenance(
            "iso13528_robust_location_scale", SOURCE, EDITION, clause="Annex C", data={"values": read.given}
        ),
    )


def q_hampel_summary(values: Any) -> Summary:
    """Return Q/Hampel beside Algorithm A with the printed factor and Qn, for one round."""
    read = numbers(values, "values", at_least=2)
    found = hampel(values)
    a = algorithm_a(values, factor="printed")
    return Summary(
        values={
            "q_method_s": found.s_star,
            "hampel_x": found.x_star,
            "algA_x": a.x_star,
            "algA_s_with_1_134": a.s_star,
            "qn_iso_table": qn(values).s,
            "u": found.u,
        },
        estimator="Q method / Hampel",
        warnings=found.warnings,
        provenance=provenance("iso13528_q_hampel", SOURCE, EDITION, clause="C.5", data={"values": read.given}),
    )
