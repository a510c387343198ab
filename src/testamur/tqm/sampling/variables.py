"""Sampling plans by variables: s-method and σ-method (ISO 3951-1, ANSI/ASQ Z1.9, MIL-STD-414).

The only table is that of the allowed fractions M (MIL-STD-414, Table B-3; public domain), with the few cells in which
Z1.9 differs. The acceptability constants k follow from it by the beta distribution, and so do reduced and tightened
plans: they are neighbouring columns.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from scipy import stats

from testamur.kernel.refusal import Refused, _
from testamur.tqm.data import choice
from testamur.tqm.methods import provenance
from testamur.tqm.results import Result, Warning
from testamur.tqm.sampling.attributes import plan_single
from testamur.tqm.sampling.design import find_plan, matched
from testamur.tqm.sampling.fraction import SOURCE, Z19, allowed_fraction, constant
from testamur.tqm.sampling.letters import lookups, lot_size, variables_letter

MIL = "MIL-STD-414"

EDITIONS = (Z19, MIL)

SEVERITIES = ("normal", "tightened", "reduced")

_AQLS = tuple(
    Decimal(text)
    for text in ("0.04", "0.065", "0.10", "0.15", "0.25", "0.40", "0.65", "1.0", "1.5", "2.5", "4.0", "6.5", "10", "15")
)

#: Sample size → M in percent, for the AQLs above counted from the right (MIL-STD-414, Table B-3).
_ALLOWED = {
    3: "7.59 18.86 26.94 33.69 40.47",
    4: "1.53 5.50 10.92 16.45 22.86 29.45 36.90",
    5: "1.33 3.32 5.83 9.80 14.39 20.19 26.56 33.99",
    7: "0.422 1.06 2.14 3.55 5.35 8.40 12.20 17.35 23.29 30.50",
    10: "0.349 0.716 1.30 2.17 3.26 4.77 7.29 10.54 15.17 20.74 27.57",
    15: "0.099 0.186 0.312 0.503 0.818 1.31 2.11 3.05 4.31 6.56 9.46 13.71 18.94 25.61",
    20: "0.135 0.228 0.365 0.544 0.846 1.29 2.05 2.95 4.09 6.17 8.92 12.99 18.03 24.53",
    25: "0.155 0.250 0.380 0.551 0.877 1.29 2.00 2.86 3.97 5.97 8.63 12.57 17.51 23.97",
    30: "0.179 0.280 0.413 0.581 0.879 1.29 1.98 2.83 3.91 5.86 8.47 12.36 17.24 23.58",
    35: "0.170 0.264 0.388 0.535 0.847 1.23 1.87 2.68 3.70 5.57 8.10 11.87 16.65 22.91",
    50: "0.163 0.250 0.363 0.503 0.789 1.17 1.71 2.49 3.45 5.20 7.61 11.23 15.87 22.00",
    75: "0.147 0.228 0.330 0.467 0.720 1.07 1.60 2.29 3.20 4.87 7.15 10.63 15.13 21.11",
    100: "0.145 0.220 0.317 0.447 0.689 1.02 1.53 2.20 3.07 4.69 6.91 10.32 14.75 20.66",
    150: "0.134 0.203 0.293 0.413 0.638 0.949 1.43 2.05 2.89 4.43 6.57 9.88 14.20 20.02",
    200: "0.135 0.204 0.294 0.414 0.637 0.945 1.42 2.04 2.87 4.40 6.53 9.81 14.12 19.92",
}

#: Where Z1.9 gives another fraction than MIL-STD-414 by more than a hundredth, or a plan where that has an arrow:
#: sample size → AQL → M in percent.
_ALLOWED_Z19 = {
    4: {"1.0": "1.49"},
    5: {"0.40": "0.041"},
    7: {"0.10": "0.005", "0.15": "0.087"},
    10: {"0.065": "0.077", "0.10": "0.179", "0.40": "1.27", "0.65": "2.14", "1.5": "4.72"},
    15: {"0.15": "0.491", "0.25": "0.839", "0.40": "1.33"},
    20: {"0.10": "0.356", "0.15": "0.531", "0.25": "0.864", "0.40": "1.33"},
    25: {"0.40": "1.32"},
    30: {"0.15": "0.567", "0.40": "1.32"},
    35: {"0.065": "0.253", "0.10": "0.373", "0.25": "0.833"},
    50: {"0.065": "0.243", "0.10": "0.355", "0.25": "0.778", "0.65": "1.73"},
    75: {"0.065": "0.225", "0.10": "0.326", "0.15": "0.461", "0.25": "0.711"},
}

#: Letters of Z1.9 and their sample sizes, for normal or tightened and for reduced inspection.
_LETTERS = "BCDEFGHIJKLMNP"

_SIZES = {
    "normal": (3, 4, 5, 7, 10, 15, 20, 25, 35, 50, 75, 100, 150, 200),
    "tightened": (3, 4, 5, 7, 10, 15, 20, 25, 35, 50, 75, 100, 150, 200),
    "reduced": (3, 3, 3, 3, 4, 5, 7, 10, 15, 20, 25, 30, 50, 75),
}


@dataclass(frozen=True, kw_only=True)
class VariablesPlan(Result):
    """A plan by variables for one specification limit, or by its M for two.

    Attributes:
        n: items to measure; k: accept where (limit - mean)/s ≥ k (s-method) or (limit - mean)/σ ≥ k (σ-method).
        M: or accept where the estimated fraction nonconforming is at most M (a share, not percent).
        plan_letter: letter whose plan applies after the arrows.
    """

    letter: str
    plan_letter: str
    n: int
    k: float
    M: float
    sigma: str
    severity: str
    hundred_percent: bool


@dataclass(frozen=True, kw_only=True)
class VariablesPlans(Result):
    """Several plans that were looked up."""

    plans: tuple[VariablesPlan, ...]

    def answer(self) -> Any:
        return {"plans": [plan.answer() for plan in self.plans]}


def plan_variables(
    lot: Any, aql: Any, *, level: str = "II", severity: str = "normal", sigma: str = "unknown", edition: str = Z19
) -> VariablesPlan:
    """Return the plan by variables for a lot (ANSI/ASQ Z1.9, or MIL-STD-414 with the letters of Z1.9).

    Args:
        lot: number of items, or a range of the table such as ``"501-1200"``.
        aql: preferred AQL in percent.
        level: inspection level.
        severity: normal, tightened, or reduced.
        sigma: ``unknown`` (s-method), or ``known``: the σ-plan whose OC curve meets that of the s-plan.
        edition: ``Z1.9`` or ``MIL-STD-414``, which differ in a few allowed fractions.

    Raises:
        Refused: the table has no such plan.
    """
    severity = choice(severity.lower() if isinstance(severity, str) else severity, "severity", SEVERITIES)
    choice(sigma, "sigma", ("unknown", "known"))
    choice(edition, "edition", EDITIONS)
    first = variables_letter(lot, level)
    column = _column(aql) + {"normal": 0, "tightened": -1, "reduced": 1}[severity]
    if not 0 <= column < len(_AQLS):
        raise Refused(
            _("There is no plan by variables for AQL {aql} at this severity and lot size."),
            {"aql": str(aql)},
            source="MIL-STD-414, Table B-3",
            field="aql",
        )
    sizes = _SIZES[severity]
    place = _LETTERS.index(first)
    n, share = _below(sizes, place, column, edition)
    moved = n != sizes[place]
    k = constant(share, n)
    said = [
        Warning(
            "single_source",
            _("Plan of {edition}; sample sizes and k of ISO 3951-1 differ: check your copy of the standard."),
            {"edition": edition},
        )
    ]
    if moved:
        said.append(
            Warning(
                "arrow",
                _("The table has an arrow for letter {letter}: the sample size of the plan found applies."),
                {"letter": first},
            )
        )
    if sigma == "known":
        n, k = matched(n, k)
        share = allowed_fraction(k, n, sigma="known") if n > 1 else float(stats.norm.sf(k))
        said.append(Warning("matched_plan", _("Computed to the OC curve of the s-plan; a printed σ-plan may differ.")))
    size = lot_size(lot)
    everything = size is not None and n >= size
    if everything and size is not None:
        said.append(
            Warning(
                "hundred_percent",
                _("The plan asks for {n} items and the lot has {size}: inspect every item."),
                {"n": n, "size": size},
            )
        )
    letter = _LETTERS[sizes.index(n)] if n in sizes else first
    return VariablesPlan(
        letter=first,
        plan_letter=letter if moved else first,
        n=size if everything and size else n,
        k=k,
        M=share,
        sigma=sigma,
        severity=severity,
        hundred_percent=everything,
        estimator="s" if sigma == "unknown" else "sigma",
        warnings=tuple(said),
        provenance=provenance(
            "iso3951_1_s_method_lookup",
            SOURCE,
            edition,
            clause="Table B-3",
            data={"lot": lot, "aql": str(aql), "level": level, "severity": severity},
            parameters={"sigma": sigma},
        ),
    )


def variables_plans(rows: Any, *, sigma: str = "unknown", edition: str = Z19) -> VariablesPlans:
    """Return the plans of rows with lot, level (II), aql and severity (normal)."""
    found = tuple(
        plan_variables(
            row["lot"],
            row["aql"],
            level=str(row.get("level", "II")),
            severity=str(row.get("severity", "normal")),
            sigma=sigma,
            edition=edition,
        )
        for row in lookups(rows)
    )
    said = {warning.code: warning for plan in found for warning in plan.warnings}
    return VariablesPlans(
        plans=found,
        estimator="s" if sigma == "unknown" else "sigma",
        warnings=tuple(said.values()),
        provenance=provenance(
            "iso3951_1_s_method_lookup", SOURCE, edition, data={"lookups": rows}, parameters={"sigma": sigma}
        ),
    )


def matched_variables_plan(
    lot: Any, aql: Any, *, level: str = "II", severity: str = "normal", sigma: str = "unknown"
) -> VariablesPlan:
    """Return the smallest variables plan that protects like the single plan of ISO 2859-1 for the same lot.

    ISO 3951-1 chooses its plans so that their OC curves resemble those of ISO 2859-1. Here the producer keeps the
    quality accepted with 95 % and the consumer that accepted with 10 %; n and k are computed exactly (non-central t).

    Raises:
        Refused: the attributes plan has no rejection at any quality worth asking for.
    """
    choice(sigma, "sigma", ("unknown", "known"))
    attributes = plan_single(lot, aql, level=level, severity=severity)
    if attributes.hundred_percent:
        raise Refused(_("The plan asks for every item of this lot: there is nothing to sample."), field="lot")
    n, ac = attributes.n, attributes.re - 1
    good = float(stats.beta.ppf(0.05, ac + 1, n - ac))
    poor = float(stats.beta.ppf(0.90, ac + 1, n - ac))
    found = find_plan(
        (good, 0.95), (poor, 0.10), kind="normal_sigma_known" if sigma == "known" else "normal_sigma_unknown"
    )
    k = float(found.k or 0.0)
    return VariablesPlan(
        letter=attributes.letter,
        plan_letter=attributes.plan_letter,
        n=found.n,
        k=k,
        M=allowed_fraction(k, found.n, sigma=sigma) if found.n > (1 if sigma == "known" else 2) else float("nan"),
        sigma=sigma,
        severity=severity,
        hundred_percent=False,
        estimator="matched OC",
        warnings=(
            *attributes.warnings,
            Warning("matched_plan", _("Computed to the OC curve of the single plan; a printed plan may differ.")),
        ),
        provenance=provenance(
            "iso3951_1_matched_plan",
            "ISO 3951-1",
            "2022",
            data={"lot": lot, "aql": str(aql), "level": level, "severity": severity},
            parameters={"sigma": sigma},
        ),
    )


def _column(aql: Any) -> int:
    text = str(aql).strip().replace(",", ".")
    for place, known in enumerate(_AQLS):
        if text.replace(".", "", 1).isdigit() and Decimal(text) == known:
            return place
    raise Refused(
        _("{aql} is no preferred AQL; the table has {near}."),
        {"aql": aql, "near": [str(one) for one in _AQLS]},
        source="MIL-STD-414",
        field="aql",
    )


def _below(sizes: tuple[int, ...], place: int, column: int, edition: str) -> tuple[int, float]:
    """Return the first plan at or below a row that has this AQL; its own sample size applies."""
    aql = str(_AQLS[column])
    for n in sizes[place:]:
        own = _ALLOWED_Z19.get(n, {}).get(aql) if edition == Z19 else None
        row = _ALLOWED[n].split()
        first = len(_AQLS) - len(row)
        found = own or (row[column - first] if column >= first else None)
        if found:
            return n, float(Decimal(found) / 100)
    raise Refused(
        _("There is no plan by variables for AQL {aql} at this severity and lot size."),
        {"aql": str(_AQLS[column])},
        field="aql",
    )
