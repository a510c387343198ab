"""Gauge repeatability and reproducibility, crossed: every operator measures every part (AIAG MSA, ANOVA method)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.special import chdtri, fdtrc, fdtri

from testamur.kernel.refusal import Refused, _
from testamur.tqm.data import number
from testamur.tqm.methods import provenance
from testamur.tqm.msa import mls
from testamur.tqm.msa.layout import Study, crossed
from testamur.tqm.results import Result, Warning

AIAG, EDITION = "AIAG MSA", "2010"
#: ndc is the PV/GRR ratio times this; the manual prints 1.41.
ROOT_2 = math.sqrt(2)


@dataclass(frozen=True)
class Component:
    """One component of variance.

    Attributes:
        variance: at least 0; sd: its root; both in the unit of the values (squared).
        contribution: share of the total variance, %; study: sd over total sd, %; tolerance: k sd over tolerance, %.
        lower, upper: interval of the sd.
        clamped: whether a negative estimate was set to 0.
    """

    variance: float
    sd: float
    contribution: float | None
    study: float | None
    tolerance: float | None
    lower: float
    upper: float
    clamped: bool = False


@dataclass(frozen=True, kw_only=True)
class GageRR(Result):
    """A gauge study.

    Attributes:
        model: ``"with_interaction"`` or ``"pooled"``: which model the components are of.
        components: repeatability, operator, interaction, reproducibility, grr, part, total.
        anova: degrees of freedom, sums of squares, mean squares, F, p in the order part, operator, interaction, error.
        models: the variances of both models, for comparison.
        ndc: number of distinct categories, unrounded; ndc_truncated: as the manual cuts it, at least 1.
        k: study variation in standard deviations (6; formerly 5.15); tolerance: width of the specification.
    """

    model: str
    components: Mapping[str, Component]
    anova: Mapping[str, Any]
    models: Mapping[str, Mapping[str, Any]]
    ndc: float | None
    ndc_truncated: int | None
    k: float
    tolerance: float | None
    conf: float
    status: str
    study: Study = field(repr=False)
    more: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def percent_grr(self) -> float | None:
        """Return %GRR of the study variation; None without variation."""
        return self.components["grr"].study

    def answer(self) -> dict[str, Any]:
        found = super().answer()
        del found["study"], found["more"]
        return found | {"pct_grr_study": self.percent_grr, **self.models, **self.more}


def gage_rr_crossed(
    part: Any,
    operator: Any,
    value: Any,
    *,
    k: float = 6.0,
    pool_interaction_alpha: float | None = 0.25,
    tolerance: float | None = None,
    process_sigma: float | None = None,
    conf: float = 0.95,
    edition: str | None = None,
) -> GageRR:
    """Return a crossed gauge study by analysis of variance.

    Args:
        part, operator, value: long columns, one row for each measurement; balanced.
        k: study variation in standard deviations.
        pool_interaction_alpha: the interaction joins repeatability where its p exceeds this (the manual: 0.25; common
            software: 0.05); None never pools. Both models are in the result.
        tolerance: width of the specification, for %tolerance.
        process_sigma: standard deviation of the process, for %study instead of the parts of this study.
        conf: level of the intervals (modified large samples).

    Source:
        AIAG MSA, 4th ed. (2010), chapter III section B.
    """
    study = crossed(part, operator, value)
    k = number(k, "k", above=0, at_most=20)
    conf = number(conf, "conf", above=0.5, below=1)
    width = None if tolerance is None else number(tolerance, "tolerance", above=0)
    sigma = None if process_sigma is None else number(process_sigma, "process_sigma", above=0)
    if pool_interaction_alpha is not None:
        pool_interaction_alpha = number(pool_interaction_alpha, "pool_interaction_alpha", at_least=0, at_most=1)
    anova = _anova(study)
    models, terms = _models(study, anova)
    p = anova["p_interaction"]
    pooled = pool_interaction_alpha is not None and (p is None or p > pool_interaction_alpha)
    model = "pooled" if pooled else "with_interaction"
    warnings: list[Warning] = []
    status = "ok"
    if models[model]["total"] <= (4 * np.spacing(abs(study.origin))) ** 2:
        status = "no_variation"
        warnings.append(Warning("no_variation", _("All values are equal: the gauge is too coarse for these parts.")))
    elif models[model]["grr"] == 0:
        warnings.append(
            Warning("no_repeatability", _("Repetitions are all equal: the gauge is too coarse to show how it varies."))
        )
    components = {
        name: component(variance, models[model]["total"], terms[model][name], k, width, sigma, conf)
        for name, variance in models[model].items()
        if name in terms[model]
    }
    clamped = [name for name, one in components.items() if one.clamped]
    if clamped and status == "ok":
        sentence = _("Negative estimates were set to 0: {names}.")
        warnings.append(Warning("negative_component_clamped", sentence, {"names": clamped}))
    warnings += layout_warnings(study, width)
    ndc = categories(models[model]["part"], models[model]["grr"])
    shown: dict[str, dict[str, Any]] = {
        name: variances
        | {
            "pct_grr_study": _percent(variances["grr"], variances["total"]),
            "ndc": categories(variances["part"], variances["grr"]),
        }
        for name, variances in models.items()
    }
    return GageRR(
        model=model,
        components=components,
        anova=anova,
        models=shown,
        ndc=ndc,
        ndc_truncated=None if ndc is None else max(1, math.floor(ndc)),
        k=k,
        tolerance=width,
        conf=conf,
        status=status,
        study=study,
        estimator="ANOVA, expected mean squares",
        warnings=tuple(warnings),
        provenance=provenance(
            "gage_rr_crossed",
            AIAG,
            edition or EDITION,
            data=study.given,
            parameters={
                "k": k,
                "pool_interaction_alpha": pool_interaction_alpha,
                "tolerance": tolerance,
                "process_sigma": process_sigma,
                "conf": conf,
            },
            clause="III.B",
        ),
    )


def _anova(study: Study) -> dict[str, Any]:
    x = study.centred
    p, o, r = x.shape
    grand = x.mean()
    cell, part, person = x.mean(axis=2), x.mean(axis=(1, 2)), x.mean(axis=(0, 2))
    ss = [
        o * r * float(((part - grand) ** 2).sum()),
        p * r * float(((person - grand) ** 2).sum()),
        r * float(((cell - part[:, None] - person[None, :] + grand) ** 2).sum()),
        float(((x - cell[:, :, None]) ** 2).sum()),
    ]
    df = [p - 1, o - 1, (p - 1) * (o - 1), p * o * (r - 1)]
    ms = [one / freedom for one, freedom in zip(ss, df, strict=True)]
    f_interaction = ms[2] / ms[3] if ms[3] > 0 else None
    by_interaction = [one / ms[2] if ms[2] > 0 else None for one in ms[:2]]
    pooled_ms, pooled_df = (ss[2] + ss[3]) / (df[2] + df[3]), df[2] + df[3]
    by_pooled = [one / pooled_ms if pooled_ms > 0 else None for one in ms[:2]]
    return {
        "df": df,
        "ss": ss,
        "ms": ms,
        "ss_total": float(((x - grand) ** 2).sum()),
        "F_vs_interaction": by_interaction,
        "p_vs_interaction": [
            None if f is None else float(fdtrc(freedom, df[2], f))
            for f, freedom in zip(by_interaction, df[:2], strict=True)
        ],
        "F_interaction": f_interaction,
        "p_interaction": None if f_interaction is None else float(fdtrc(df[2], df[3], f_interaction)),
        "pooled_ms": pooled_ms,
        "pooled_df": pooled_df,
        "F_vs_pooled": by_pooled,
        "p_vs_pooled": [
            None if f is None else float(fdtrc(freedom, pooled_df, f))
            for f, freedom in zip(by_pooled, df[:2], strict=True)
        ],
    }


Terms = dict[str, list[tuple[float, float, float]]]


def _models(study: Study, anova: Mapping[str, Any]) -> tuple[dict[str, dict[str, float]], dict[str, Terms]]:
    """Return the variances of both models, and each as a combination of mean squares for its interval."""
    p, o, r = study.centred.shape
    (ms_p, ms_o, ms_po, ms_e), (df_p, df_o, df_po, df_e) = anova["ms"], anova["df"]
    pooled_ms, pooled_df = anova["pooled_ms"], anova["pooled_df"]
    full: Terms = {
        "repeatability": [(1, ms_e, df_e)],
        "operator": [(1 / (p * r), ms_o, df_o), (-1 / (p * r), ms_po, df_po)],
        "interaction": [(1 / r, ms_po, df_po), (-1 / r, ms_e, df_e)],
        "part": [(1 / (o * r), ms_p, df_p), (-1 / (o * r), ms_po, df_po)],
        "reproducibility": [(1 / (p * r), ms_o, df_o), ((p - 1) / (p * r), ms_po, df_po), (-1 / r, ms_e, df_e)],
        "grr": [(1 / (p * r), ms_o, df_o), ((p - 1) / (p * r), ms_po, df_po), (1 - 1 / r, ms_e, df_e)],
        "total": [
            (1 / (o * r), ms_p, df_p),
            (1 / (p * r), ms_o, df_o),
            ((p * o - p - o) / (p * o * r), ms_po, df_po),
            (1 - 1 / r, ms_e, df_e),
        ],
    }
    short: Terms = {
        "repeatability": [(1, pooled_ms, pooled_df)],
        "operator": [(1 / (p * r), ms_o, df_o), (-1 / (p * r), pooled_ms, pooled_df)],
        "part": [(1 / (o * r), ms_p, df_p), (-1 / (o * r), pooled_ms, pooled_df)],
        "reproducibility": [(1 / (p * r), ms_o, df_o), (-1 / (p * r), pooled_ms, pooled_df)],
        "grr": [(1 / (p * r), ms_o, df_o), (1 - 1 / (p * r), pooled_ms, pooled_df)],
        "total": [
            (1 / (o * r), ms_p, df_p),
            (1 / (p * r), ms_o, df_o),
            (1 - 1 / (o * r) - 1 / (p * r), pooled_ms, pooled_df),
        ],
    }
    models = {}
    for name, terms in (("with_interaction", full), ("pooled", short)):
        found: dict[str, float] = {
            key: max(0.0, float(sum(c * ms for c, ms, _df in terms[key])))
            for key in ("repeatability", "operator", "interaction", "part")
            if key in terms
        }
        found["reproducibility"] = found["operator"] + found.get("interaction", 0.0)
        found["grr"] = found["repeatability"] + found["reproducibility"]
        found["total"] = found["grr"] + found["part"]
        models[name] = found
    return models, {"with_interaction": full, "pooled": short}


def component(
    variance: float,
    total: float,
    terms: list[tuple[float, float, float]],
    k: float,
    tolerance: float | None,
    process_sigma: float | None,
    conf: float,
) -> Component:
    """Return one component with its shares and the interval of its standard deviation."""
    raw = sum(c * ms for c, ms, _df in terms)
    low, high = mls.interval(terms, conf)
    reference = total if process_sigma is None else process_sigma**2
    sd = math.sqrt(variance)
    return Component(
        variance=variance,
        sd=sd,
        contribution=100 * variance / reference if reference > 0 else None,
        study=_percent(variance, reference),
        tolerance=None if tolerance is None else 100 * k * sd / tolerance,
        lower=math.sqrt(low),
        upper=math.sqrt(high),
        clamped=raw < 0 and variance == 0,
    )


def _percent(variance: float, total: float) -> float | None:
    return 100 * math.sqrt(variance / total) if total > 0 else None


def categories(part: float, grr: float) -> float | None:
    """Return the number of distinct categories, unrounded; None where the gauge shows no variation of its own."""
    return ROOT_2 * math.sqrt(part / grr) if grr > 0 else None


def layout_warnings(study: Study, tolerance: float | None) -> list[Warning]:
    """Return what the size of the study and the missing tolerance leave open."""
    found = []
    if len(study.operators) < 5:
        found.append(
            Warning(
                "few_operators",
                _("With {count} operators the variation between operators is nearly unknown; see its interval."),
                {"count": len(study.operators)},
            )
        )
    if tolerance is None:
        found.append(
            Warning(
                "no_tolerance",
                _("%GRR depends on how different the chosen parts are; give the tolerance to see %tolerance as well."),
            )
        )
    return found


def as_printed(study: GageRR, average_range: Any) -> dict[str, Any]:
    """Return both methods as the manual prints them: the pooled model with 90 % intervals, and average and range.

    The printed intervals are not those of modified large samples, which this package gives: that of AV takes the ratio
    of mean squares as an F quotient, and that of GRR takes the mean square of repeatability as known.
    """
    p, _o, r = study.study.centred.shape
    anova, pooled = study.anova, study.models["pooled"]
    ss, tail = anova["ss"], 0.05
    df_o, df_e = anova["df"][1], anova["pooled_df"]
    ev, av, grr = pooled["repeatability"], pooled["operator"], pooled["grr"]
    known = (1 - 1 / (p * r)) * anova["pooled_ms"]
    share = anova["ms"][1] * df_o / (p * r)

    def roots(low: float, high: float) -> list[float]:
        # The manual prints three decimals.
        return [round(math.sqrt(max(0.0, low)), 3), round(math.sqrt(high), 3)]

    table = {
        "SS": {"operator": ss[1], "part": ss[0], "interaction": ss[2], "equipment": ss[3], "total": anova["ss_total"]},
        "var": {"repeatability": ev, "operator": av, "part": pooled["part"]},
        "EV": math.sqrt(ev),
        "AV": math.sqrt(av),
        "GRR": math.sqrt(grr),
        "PV": math.sqrt(pooled["part"]),
        "TV": math.sqrt(pooled["total"]),
        "ndc": math.floor(pooled["ndc"] or 0),
        "ci90_EV": roots(ev * df_e / float(chdtri(df_e, tail)), ev * df_e / float(chdtri(df_e, 1 - tail))),
        "ci90_AV": roots(av / float(fdtri(df_o, df_e, 1 - tail)), av * float(fdtri(df_e, df_o, 1 - tail))),
        "ci90_GRR": roots(known + share / float(chdtri(df_o, tail)), known + share / float(chdtri(df_o, 1 - tail))),
    }
    return {"published_aiag_table_iiib9": table, "published_average_range": average_range.answer()}


def check_values(study: Study) -> None:
    """Refuse a study without any variation, where a method cannot say anything."""
    if float(np.ptp(study.centred)) == 0:
        raise Refused(_("All values are equal: the gauge is too coarse for these parts."), field="value")
