"""Homogeneity and stability of proficiency test items (ISO 13528:2022, Annex B)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from testamur.kernel.refusal import Refused, _
from testamur.tqm.counting import rows_of, whole
from testamur.tqm.data import number, table
from testamur.tqm.methods import provenance
from testamur.tqm.pt.consensus import EDITION, SOURCE
from testamur.tqm.results import Result, Warning

#: Fewest items of a homogeneity check (B.2.2); fewer need a reason from earlier rounds.
ITEMS = 10


@dataclass(frozen=True, kw_only=True)
class Homogeneity(Result):
    """Between-item spread of one batch, in the unit of the results.

    Attributes:
        mean: general mean; ``s_x`` standard deviation of the item means; ``s_w`` within items; ``s_s`` between items,
            never below 0.
        u_hom: what goes into the uncertainty of the assigned value: s_s.
        sigma_pt: as given, or as a fraction of the mean; None where neither was given.
        criterion_0_3_sigma_pt: 0.3 σ_pt; ``homogeneous`` where s_s is at most that.
        criterion_expanded: √(F1 (0.3 σ_pt)² + F2 s_w²); ``homogeneous_expanded`` where s_s is at most that.
    """

    mean: float
    s_x: float
    s_w: float
    s_s: float
    u_hom: float
    items: int
    replicates: int
    sigma_pt: float | None = None
    criterion_0_3_sigma_pt: float | None = None
    homogeneous: bool | None = None
    criterion_expanded: float | None = None
    homogeneous_expanded: bool | None = None


@dataclass(frozen=True, kw_only=True)
class Stability(Result):
    """Change of the mean between the homogeneity check and later, in the unit of the results.

    Attributes:
        stability_difference: |later mean - earlier mean|; ``stable`` where at most 0.3 σ_pt.
        stable_expanded: where at most 0.3 σ_pt + 2 √(u1² + u2²), for imprecise measurements (B.5.2).
        u_stab: difference/√3, for the uncertainty of the assigned value where the difference is not negligible.
    """

    stability_mean: float
    stability_difference: float
    criterion_0_3_sigma_pt: float
    stable: bool
    stable_expanded: bool
    u_stab: float


@dataclass(frozen=True, kw_only=True)
class Material(Result):
    """Homogeneity and stability of one batch together."""

    homogeneity: Homogeneity
    stability: Stability | None

    def answer(self) -> Any:
        found = self.homogeneity.answer()
        return found if self.stability is None else found | self.stability.answer()


@dataclass(frozen=True, kw_only=True)
class Factors(Result):
    """Factors of the expanded criterion for each number of items (Table B.1, computed)."""

    F1: Sequence[float]
    F2: Sequence[float]


def homogeneity(items: Any, *, sigma_pt: float | None = None, sigma_pt_fraction: float | None = None) -> Homogeneity:
    """Return s_w, s_s and whether the batch is homogeneous enough (ISO 13528:2022, B.2 to B.4).

    Args:
        items: one row an item, its replicates in the row; every item the same number, two or more.
        sigma_pt: standard deviation for proficiency assessment, in the unit of the results.
        sigma_pt_fraction: or as a share of the general mean.

    Raises:
        Refused: fewer than two items, one replicate only, or a missing cell.
    """
    read = table(items, "homogeneity", at_least=2)
    g, m = read.values.shape
    if m < 2:
        raise Refused(
            _("Measure every item at least twice: with one result the items' spread cannot be seen."),
            source="ISO 13528:2022, B.2.2",
            field="homogeneity",
        )
    x = read.centred
    means = x.mean(axis=1)
    mean = float(means.mean()) + read.origin
    s_x = float(means.std(ddof=1))
    s_w = float(np.sqrt(((x - means[:, None]) ** 2).sum() / (g * (m - 1))))
    between = s_x**2 - s_w**2 / m
    s_s = float(np.sqrt(max(between, 0.0)))
    said = []
    if between < 0:
        said.append(
            Warning("between_clamped", _("The estimate of the spread between items is negative and was set to 0."))
        )
    if g < ITEMS:
        said.append(
            Warning(
                "few_items", _("{count} items were measured; {needed} are asked for."), {"count": g, "needed": ITEMS}
            )
        )
    if not np.any(x != x.flat[0]):
        said.append(Warning("no_variation", _("All results are equal: the measurement resolves no difference.")))
    sigma = _sigma(sigma_pt, sigma_pt_fraction, mean)
    found: dict[str, Any] = {}
    if sigma is not None:
        f1, f2 = _factors(g, m)
        limit = 0.3 * sigma
        expanded = float(np.sqrt(f1 * limit**2 + f2 * s_w**2))
        found = {
            "sigma_pt": sigma,
            "criterion_0_3_sigma_pt": limit,
            "homogeneous": s_s <= limit,
            "criterion_expanded": expanded,
            "homogeneous_expanded": s_s <= expanded,
        }
        if s_w / np.sqrt(m) > 0.5 * sigma:
            said.append(
                Warning(
                    "imprecise_check", _("The repeatability of the check exceeds 0.5 σ_pt; measure more replicates.")
                )
            )
    return Homogeneity(
        mean=mean,
        s_x=s_x,
        s_w=s_w,
        s_s=s_s,
        u_hom=s_s,
        items=g,
        replicates=m,
        **found,
        estimator="ANOVA",
        warnings=tuple(said),
        provenance=provenance(
            "homogeneity",
            SOURCE,
            EDITION,
            clause="B.2",
            data={"homogeneity": read.given},
            parameters={"sigma_pt": sigma_pt, "sigma_pt_fraction": sigma_pt_fraction},
        ),
    )


def stability(items: Any, *, reference: Homogeneity) -> Stability:
    """Return whether later results agree with those of the homogeneity check (ISO 13528:2022, B.5).

    Args:
        items: one row an item measured later, its replicates in the row.
        reference: the homogeneity check, with σ_pt.

    Raises:
        Refused: the check has no σ_pt, or a cell is missing.
    """
    if reference.sigma_pt is None:
        raise Refused(_("Give σ_pt with the homogeneity check: stability is judged against it."), field="sigma_pt")
    read = table(items, "stability")
    means = read.centred.mean(axis=1)
    mean = float(means.mean()) + read.origin
    difference = abs(mean - reference.mean)
    limit = 0.3 * reference.sigma_pt
    later = float(means.std(ddof=1) / np.sqrt(len(means))) if len(means) > 1 else 0.0
    earlier = reference.s_x / float(np.sqrt(reference.items))
    said = []
    if len(means) < 2:
        said.append(
            Warning("one_item", _("One item was measured later: the expanded criterion leaves its uncertainty out."))
        )
    return Stability(
        stability_mean=mean,
        stability_difference=difference,
        criterion_0_3_sigma_pt=limit,
        stable=difference <= limit,
        stable_expanded=difference <= limit + 2 * float(np.hypot(earlier, later)),
        u_stab=difference / float(np.sqrt(3)),
        estimator="difference of means",
        warnings=tuple(said),
        provenance=provenance(
            "stability",
            SOURCE,
            EDITION,
            clause="B.5",
            data={"stability": read.given, "homogeneity": reference.provenance.data.get("homogeneity")},
            parameters=reference.provenance.parameters,
        ),
    )


def material(
    homogeneity_items: Any, stability_items: Any = None, *, sigma_pt: float | None, sigma_pt_fraction: float | None
) -> Material:
    """Return both checks of one batch."""
    first = homogeneity(homogeneity_items, sigma_pt=sigma_pt, sigma_pt_fraction=sigma_pt_fraction)
    second = None if stability_items is None else stability(stability_items, reference=first)
    return Material(
        homogeneity=first,
        stability=second,
        estimator="ANOVA",
        warnings=first.warnings + (() if second is None else second.warnings),
        provenance=provenance(
            "iso13528_homogeneity_stability",
            SOURCE,
            EDITION,
            clause="Annex B",
            data={"homogeneity": first.provenance.data["homogeneity"], "stability": stability_items},
            parameters={"sigma_pt": sigma_pt, "sigma_pt_fraction": sigma_pt_fraction},
        ),
    )


def expanded_criterion(g: Sequence[int], *, replicates: int = 2) -> Factors:
    """Return F1 and F2 of the expanded criterion s_s² ≤ F1 (0.3 σ_pt)² + F2 s_w² (ISO 13528:2022, Table B.1).

    Args:
        g: numbers of items, each at least 2.
        replicates: results for each item, at least 2.
    """
    m = whole(replicates, "replicates", at_least=2)
    counts = [whole(count, "g", at_least=2) for count in rows_of(g, "g")]
    pairs = [_factors(count, m) for count in counts]
    return Factors(
        F1=tuple(pair[0] for pair in pairs),
        F2=tuple(pair[1] for pair in pairs),
        estimator="chi2 and F quantiles at 95 %",
        provenance=provenance(
            "iso13528_expanded_criterion",
            SOURCE,
            EDITION,
            clause="B.3",
            data={"g": counts},
            parameters={"replicates": m},
        ),
    )


def _factors(g: int, m: int) -> tuple[float, float]:
    f1 = float(stats.chi2.ppf(0.95, g - 1) / (g - 1))
    f2 = float((stats.f.ppf(0.95, g - 1, g * (m - 1)) - 1) / m)
    return f1, f2


def _sigma(sigma: float | None, fraction: float | None, mean: float) -> float | None:
    if sigma is not None:
        return number(sigma, "sigma_pt", above=0)
    if fraction is None:
        return None
    share = number(fraction, "sigma_pt_fraction", above=0)
    if mean == 0:
        raise Refused(_("The general mean is 0: give σ_pt itself, not a share of the mean."), field="sigma_pt_fraction")
    return share * abs(mean)
