"""One level of a precision experiment: repeatability, reproducibility, consistency (ISO 5725-2:2019, 8)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from testamur.kernel.refusal import Refused, _
from testamur.tqm.data import Floats, labels, numbers, same_length
from testamur.tqm.methods import provenance
from testamur.tqm.precision.outliers import (
    EDITION,
    SOURCE,
    OutlierTest,
    cochran,
    grubbs,
    grubbs_double,
    mandel,
    named,
)
from testamur.tqm.results import Result, Warning


@dataclass(frozen=True, kw_only=True)
class Precision(Result):
    """Precision at one level, in the unit of the results.

    Attributes:
        general_mean: of all results; s_r repeatability, s_L between laboratories (never below 0), s_R reproducibility.
        r_limit, R_limit: 1.96 √2 times s_r and s_R.
        labs, counts, cell_means, cell_sds, mandel_h, mandel_k: of each laboratory that took part, in one order.
        n_bar: mean cell size as it enters s_L with unequal cells.
        cochran, grubbs, grubbs_two: the tests; ``grubbs_two`` only where ``grubbs`` found no outlier.
        excluded: laboratory → the recorded reason.
    """

    general_mean: float
    s_r: float
    s_L: float
    s_R: float
    r_limit: float
    R_limit: float
    n_bar: float
    labs: tuple[str, ...]
    counts: tuple[int, ...]
    cell_means: Floats
    cell_sds: Floats
    mandel_h: Floats | None
    mandel_k: Floats | None
    mandel_h_crit_5: float | None
    mandel_h_crit_1: float | None
    mandel_k_crit_5: float | None
    mandel_k_crit_1: float | None
    cochran: OutlierTest
    grubbs: OutlierTest | None
    grubbs_two: OutlierTest | None
    excluded: Mapping[str, str]

    def answer(self) -> Any:
        found = super().answer()
        for name in ("cochran", "grubbs", "grubbs_two"):
            del found[name]
        c, g, two = self.cochran, self.grubbs, self.grubbs_two
        found |= {
            "cochran_C": c.statistic,
            "cochran_lab": "/".join(named(c.where, self.labs)),
            "cochran_p": c.p,
            "cochran_crit_5": c.crit_5,
            "cochran_crit_1": c.crit_1,
            "cochran_finding": c.finding,
        }
        if g is not None:
            found |= {
                "grubbs_G": g.statistic,
                "grubbs_lab": "/".join(named(g.where, self.labs)),
                "grubbs_p_onesided": g.p,
                "grubbs_crit_5_twosided": g.crit_5,
                "grubbs_crit_1_twosided": g.crit_1,
                "grubbs_finding": g.finding,
            }
        if two is not None:
            found |= {
                "grubbs_two_G": two.statistic,
                "grubbs_two_labs": named(two.where, self.labs),
                "grubbs_two_p": two.p,
                "grubbs_two_finding": two.finding,
            }
        return found


def precision_study(
    lab: Sequence[Any], value: Any, *, exclude: Mapping[str, str] | None = None, edition: str = EDITION
) -> Precision:
    """Return the precision of a method from the replicates of several laboratories at one level.

    Outliers are flagged and never removed by themselves: name a laboratory in ``exclude`` with the reason that the
    panel recorded.

    Args:
        lab: laboratory of each result.
        value: results; every laboratory at least two, not necessarily as many as the others.
        exclude: laboratory → reason, kept in the result.

    Raises:
        Refused: fewer than two laboratories, a laboratory with one result, a missing cell, or an exclusion without a
            reason.
    """
    names = labels(lab, "lab")
    read = numbers(value, "value", at_least=4)
    same_length(lab=names, value=read.values)
    out = {str(name): str(reason).strip() for name, reason in (exclude or {}).items()}
    for name, reason in out.items():
        if name not in names:
            raise Refused(_("There is no laboratory {lab} to exclude."), {"lab": name}, field="exclude")
        if not reason:
            raise Refused(
                _("Record why laboratory {lab} is excluded; a test alone is no reason."),
                {"lab": name},
                source="ISO 5725-2:2019, 8.3",
                field="exclude",
            )
    labs = tuple(dict.fromkeys(name for name in names if name not in out))
    if len(labs) < 2:
        raise Refused(_("Precision needs at least two laboratories."), field="lab")
    place = {name: number for number, name in enumerate(labs)}
    used = np.array([name in place for name in names])
    group = np.array([place[name] for name in names if name in place])
    x = read.centred[used]
    counts = np.bincount(group)
    few = [labs[number] for number, count in enumerate(counts) if count < 2]
    if few:
        raise Refused(
            _("Laboratory {lab} has one result only: repeatability needs at least two from each."),
            {"lab": few[0]},
            field="value",
        )
    means = np.bincount(group, x) / counts
    squares = np.asarray(np.bincount(group, (x - means[group]) ** 2), dtype=np.float64)
    # Equal replicates may leave rounding noise of their mean behind.
    for number in range(len(labs)):
        cell = x[group == number]
        if (cell == cell[0]).all():
            means[number], squares[number] = cell[0], 0.0
    return _study(labs, counts, means, squares, x, read.origin, out, lab, read.given, edition)


def _study(
    labs: tuple[str, ...],
    counts: Any,
    means: Floats,
    squares: Floats,
    x: Floats,
    origin: float,
    out: dict[str, str],
    lab: Sequence[Any],
    value: Any,
    edition: str,
) -> Precision:
    p, total = len(labs), int(counts.sum())
    general = float(x.mean())
    sds = np.sqrt(squares / (counts - 1))
    within = float(squares.sum()) / (total - p)
    between = float((counts * (means - general) ** 2).sum()) / (p - 1)
    n_bar = (total - float((counts**2).sum()) / total) / (p - 1)
    s2_l = (between - within) / n_bar
    factor = float(stats.norm.ppf(0.975) * np.sqrt(2))
    s_r, s_l = float(np.sqrt(within)), float(np.sqrt(max(s2_l, 0.0)))
    s_big = float(np.hypot(s_r, s_l))
    usual = Counter(int(count) for count in counts).most_common(1)[0][0]
    said = []
    if s2_l < 0:
        said.append(
            Warning("between_clamped", _("The variance between laboratories is estimated below 0 and was set to 0."))
        )
    if len(set(counts.tolist())) > 1:
        said.append(
            Warning(
                "unequal_cells",
                _("Cells differ in size: critical values are those of {count} results a cell."),
                {"count": usual},
            )
        )
    if p == 2:
        said.append(Warning("two_laboratories", _("With two laboratories the tests can hardly find anything.")))
    c = cochran(sds, replicates=usual)
    g = grubbs(means + origin) if p >= 3 else None
    two = grubbs_double(means + origin) if g is not None and g.finding != "outlier" and p >= 4 else None
    consistency = mandel(means, sds, replicates=usual, general_mean=general) if p >= 3 else None
    for name, test in (("Cochran", c), ("Grubbs", g), ("Grubbs (2)", two)):
        if test is not None and test.finding in {"straggler", "outlier"}:
            said.append(_flag(name, test, labs))
        if test is not None:
            said += [one for one in test.warnings if one not in said and one.code != "simulated"]
    return Precision(
        general_mean=general + origin,
        s_r=s_r,
        s_L=s_l,
        s_R=s_big,
        r_limit=factor * s_r,
        R_limit=factor * s_big,
        n_bar=n_bar,
        labs=labs,
        counts=tuple(int(count) for count in counts),
        cell_means=means + origin,
        cell_sds=sds,
        mandel_h=consistency.h if consistency else None,
        mandel_k=consistency.k if consistency else None,
        mandel_h_crit_5=consistency.h_crit_5 if consistency else None,
        mandel_h_crit_1=consistency.h_crit_1 if consistency else None,
        mandel_k_crit_5=consistency.k_crit_5 if consistency else None,
        mandel_k_crit_1=consistency.k_crit_1 if consistency else None,
        cochran=c,
        grubbs=g,
        grubbs_two=two,
        excluded=out,
        estimator="ANOVA",
        warnings=tuple(said),
        provenance=provenance(
            "iso5725_2_precision",
            SOURCE,
            edition,
            clause="8",
            data={"lab": list(lab), "value": value},
            parameters={"exclude": out},
        ),
    )


def _flag(name: str, test: OutlierTest, labs: tuple[str, ...]) -> Warning:
    facts = {"labs": named(test.where, labs), "test": name}
    if test.finding == "outlier":
        return Warning(
            "outlier",
            _("{test}: {labs} is an outlier (1 %). Find the cause; exclude it only with a recorded reason."),
            facts,
        )
    return Warning("straggler", _("{test}: {labs} is a straggler (5 %): keep it, and look for a cause."), facts)
