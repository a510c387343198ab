"""The gate before a capability: is the process stable, are values many and fine enough, is the gauge fit?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from testamur.kernel.refusal import Refused, _
from testamur.tqm.capability.normal import ENOUGH
from testamur.tqm.data import number, numbers, whole
from testamur.tqm.methods import provenance
from testamur.tqm.results import Result, Warning
from testamur.tqm.spc import variables


@dataclass(frozen=True, kw_only=True)
class Gate(Result):
    """The gate: ``passed`` says whether a capability may be claimed; ``checks`` is one yes/no for each question.

    ``signals`` names the run rules that signalled, with points counted from 1, by panel.
    """

    passed: bool
    checks: dict[str, bool]
    signals: dict[str, dict[str, list[int]]]
    n: int
    sigma: float


def stability_gate(
    values: Any = None,
    *,
    subgroups: Any = None,
    rules: Any = None,
    enough: int = ENOUGH,
    ndc: float | None = None,
    grr_percent: float | None = None,
    edition: str | None = None,
) -> Gate:
    """Return whether capability may be claimed of these values.

    Args:
        values: single values in the order of time; or ``subgroups`` by observations.
        rules: run rules; Nelson 1 and 2 unless said.
        enough: values wanted, 50 unless said.
        ndc, grr_percent: of the gauge study, where there is one; asked are ndc >= 5 and %GRR <= 30.

    Source:
        ISO 22514-1:2014 (stability before capability); AIAG MSA (2010) for the gauge.
    """
    enough = whole(enough, "enough", at_least=2)
    ndc = None if ndc is None else number(ndc, "ndc")
    grr_percent = None if grr_percent is None else number(grr_percent, "grr_percent", at_least=0)
    chart: Any
    if (values is None) == (subgroups is None):
        raise Refused(_("Give values or subgroups, one of the two."), field="values")
    if subgroups is not None:
        chart = variables.xbar_r(subgroups, rules=rules)
        n = sum(len(row) for row in subgroups)
        resolution = numbers([cell for row in subgroups for cell in row]).resolution
    else:
        chart = variables.i_mr(values, rules=rules)
        read = numbers(values)
        n, resolution = read.values.size, read.resolution
    checks = {
        "varies": chart.status == "ok",
        "stable": bool(chart.in_control),
        "enough_values": n >= enough,
        "fine_enough": not resolution or resolution <= 0.1 * chart.sigma * (1 + 1e-9),
    }
    if ndc is not None:
        checks["gauge_distinguishes"] = ndc >= 5
    if grr_percent is not None:
        checks["gauge_precise"] = grr_percent <= 30
    sentences = {
        "varies": _("The data do not vary, so there are no limits and nothing to judge."),
        "stable": _("The control chart signals, so capability is void: find and remove the causes first."),
        "enough_values": _("{n} values are fewer than the {enough} that a capability needs."),
        "fine_enough": _("The recording is too coarse: its step is more than a tenth of the standard deviation."),
        "gauge_distinguishes": _("The gauge tells fewer than five categories apart (ndc {ndc})."),
        "gauge_precise": _("The gauge takes more than 30 % of the variation (%GRR {grr})."),
    }
    facts = {"n": n, "enough": enough, "ndc": ndc, "grr": grr_percent}
    return Gate(
        passed=all(checks.values()),
        checks=checks,
        signals={
            panel.id: {rule: (places + 1).tolist() for rule, places in panel.signals.items() if len(places)}
            for panel in chart.panels
        },
        n=n,
        sigma=chart.sigma,
        estimator=chart.estimator,
        phase="I",
        warnings=tuple(Warning(name, sentences[name], facts) for name, passed in checks.items() if not passed),
        provenance=provenance(
            "stability_gate",
            "ISO 22514-1",
            edition or "2014",
            data=chart.provenance.data,
            parameters={"rules": [rule.id for rule in chart.ruleset], "enough": enough, "ndc": ndc, "grr": grr_percent},
        ),
    )
