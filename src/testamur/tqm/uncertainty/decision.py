"""Statements of conformity with a tolerance: decision rules and their risks (JCGM 106:2012; ILAC-G8:09/2019)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from scipy import stats

from testamur.kernel.refusal import Refused, _
from testamur.tqm.data import choice, number
from testamur.tqm.methods import provenance
from testamur.tqm.results import Result, Warning

RULES = ("simple", "guarded_acceptance", "guarded_rejection")


@dataclass(frozen=True, kw_only=True)
class Decision(Result):
    """One statement of conformity.

    Attributes:
        conforms: what is to be stated; None where neither may be stated (between the guard bands).
        rule: rule id; guard: width of the guard band w, in the unit of the result.
        lower_acceptance, upper_acceptance: acceptance limits.
        p_conform: probability that the true value lies within the tolerance, for a normal distribution.
        risk: probability that the statement is wrong; None where none is made.
    """

    conforms: bool | None
    rule: str
    guard: float
    lower_acceptance: float | None
    upper_acceptance: float | None
    p_conform: float
    risk: float | None


def decision_rule(
    y: Any,
    u: Any,
    *,
    lower: float | None = None,
    upper: float | None = None,
    rule: str = "guarded_acceptance",
    r: float = 1.0,
    k: float = 2.0,
) -> Decision:
    """State conformity by a rule agreed beforehand (ISO/IEC 17025:2017, 7.8.6).

    Args:
        y: measured value; u: its standard uncertainty.
        lower, upper: tolerance limits, at least one.
        rule: ``simple`` (accept within the limits: the risk is shared), ``guarded_acceptance`` (within the limits less
            w, ILAC-G8), ``guarded_rejection`` (reject only beyond the limits by more than w).
        r: w = r U; 1 holds the risk of a wrong acceptance to about 2.5 % at one limit, 0 is the simple rule.
        k: coverage factor of U = k u.

    Raises:
        Refused: no limit, limits crossed, or the guard bands leave nothing to accept.
    """
    value, spread = number(y, "y"), number(u, "u", at_least=0)
    choice(rule, "rule", RULES)
    low = None if lower is None else number(lower, "lower")
    high = None if upper is None else number(upper, "upper")
    if low is None and high is None:
        raise Refused(_("Give a lower or an upper tolerance limit."), field="lower")
    if low is not None and high is not None and low >= high:
        raise Refused(_("The lower tolerance limit must be below the upper one."), field="lower")
    w = 0.0 if rule == "simple" else number(r, "r", at_least=0) * number(k, "k", above=0) * spread
    sign = -1.0 if rule == "guarded_rejection" else 1.0
    low_in = None if low is None else low + sign * w
    high_in = None if high is None else high - sign * w
    if low_in is not None and high_in is not None and low_in > high_in:
        raise Refused(
            _("The guard bands meet and leave nothing to accept: measure better, or agree on another rule."),
            source="ILAC-G8:09/2019",
            field="u",
        )
    inside = (low_in is None or value >= low_in) and (high_in is None or value <= high_in)
    conforms: bool | None = inside
    if (
        not inside
        and rule == "guarded_acceptance"
        and (low is None or value >= low)
        and (high is None or value <= high)
    ):
        conforms = None
    if (
        inside
        and rule == "guarded_rejection"
        and not ((low is None or value >= low) and (high is None or value <= high))
    ):
        conforms = None
    p = _within(value, spread, low, high)
    said = []
    if rule == "simple" and spread > 0:
        said.append(
            Warning(
                "shared_risk", _("At a limit the simple rule is wrong half the time; state the rule on the report.")
            )
        )
    if conforms is None:
        said.append(
            Warning(
                "conditional", _("The value lies within a guard band: neither pass nor fail is stated by this rule.")
            )
        )
    if low is not None and high is not None and (high - low) < 4 * k * spread:
        said.append(
            Warning(
                "poor_capability", _("The tolerance is less than four times U: the measurement is too coarse for it.")
            )
        )
    return Decision(
        conforms=conforms,
        rule=rule,
        guard=w,
        lower_acceptance=low_in,
        upper_acceptance=high_in,
        p_conform=p,
        risk=None if conforms is None else 1 - p if conforms else p,
        estimator="normal",
        warnings=tuple(said),
        provenance=provenance(
            "decision_rule",
            "JCGM 106",
            "2012",
            clause="8",
            data={"y": y, "u": u},
            parameters={"lower": lower, "upper": upper, "rule": rule, "r": r, "k": k},
        ),
    )


def _within(value: float, u: float, low: float | None, high: float | None) -> float:
    if u == 0:
        return float((low is None or value >= low) and (high is None or value <= high))
    above = 0.0 if high is None else float(stats.norm.sf((high - value) / u))
    below = 0.0 if low is None else float(stats.norm.cdf((low - value) / u))
    return max(0.0, 1.0 - above - below)
