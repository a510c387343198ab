"""Operating characteristic and its relatives as curves; OC curves carry the producer's and the consumer's marks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from testamur.kernel.refusal import _
from testamur.tqm.data import Floats
from testamur.tqm.figures.figure import Dots, Figure, Level, Mark, Path, Plot, Said, Table, check_size, written
from testamur.tqm.figures.titles import title_of
from testamur.tqm.methods import index
from testamur.tqm.sampling.curves import Curve, Curves, named, oc_curve

ROLES = ("a", "b", "c", "d", "other")
QUALITY = Said(_("Share nonconforming, %"))
#: Points of a drawn curve; those asked for stand on it as dots.
FINE = 120


def oc_figure(result: Curves) -> Figure:
    """Return the OC curves of several plans in one plot."""
    drawn = {}
    for plan in result.provenance.data["plans"]:
        model = str(plan.get("model", "binomial"))
        lot = plan.get("lot")
        p = np.linspace(0.0, float(result.p.max()), FINE + 1)
        if lot and model == "hypergeometric":
            p = np.unique(np.round(p * lot)) / lot
        curve = oc_curve(plan, p, model=model, lot=lot)
        drawn[str(plan.get("name") or named(curve.plan, model, lot))] = (curve.p, curve.value)
    return _figure(result, drawn, dict(result.curves), result.p, oc=True)


def curve_figure(result: Curve) -> Figure:
    """Return one curve: OC, AOQ, ATI or ASN."""
    order = np.argsort(result.p, kind="stable")
    name = named(result.plan, result.model, None)
    line = {name: (result.p[order], result.value[order])}
    return _figure(result, line, {name: result.value}, result.p, oc=result.of == "oc")


def _figure(
    result: Any, drawn: Mapping[str, tuple[Floats, Floats]], asked: Mapping[str, Floats], p: Floats, *, oc: bool
) -> Figure:
    check_size(sum(len(line[0]) for line in drawn.values()))
    title = title_of(index()[result.provenance.method].title)
    marks: list[Mark] = []
    for place, (name, (x, y)) in enumerate(drawn.items()):
        role = ROLES[place % len(ROLES)]
        marks += [Path(100 * x, y, role, name=name), Dots(100 * p, np.asarray(asked[name]), role)]
    if oc:
        marks += [Level(0.95, "stage", "95 %"), Level(0.10, "stage", "10 %")]
    height = Said(_("Probability of acceptance")) if oc else title
    rows = tuple(
        (100 * float(one), *(float(values[place]) for values in asked.values())) for place, one in enumerate(p)
    )
    table = Table(title, (QUALITY, *asked), rows)
    summary = Said(
        _("{title}: {count} plans, qualities up to {most} %."),
        {"title": title, "count": len(drawn), "most": written(100 * float(p.max()), 3)},
    )
    plot = Plot(title, tuple(marks), QUALITY, height, y_range=(0.0, 1.2) if oc else None, tables=(table,))
    return Figure(title, summary, (plot,), warnings=result.warnings)
