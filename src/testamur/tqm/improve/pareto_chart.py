"""Pareto analysis: which few categories make up most of the trouble."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from testamur.kernel.refusal import Refused, _
from testamur.tqm.data import Floats, labels, number, numbers, same_length
from testamur.tqm.methods import provenance
from testamur.tqm.results import Result, Warning

#: Categories that gather the rest and always stand last, whatever their size.
REST = frozenset({"other", "others", "rest", "misc", "miscellaneous", "其他", "其它"})


@dataclass(frozen=True, kw_only=True)
class Pareto(Result):
    """Categories in falling order.

    Attributes:
        order: names; equal ones keep the order given, "other" stands last.
        weight: count, or count × cost; cumulative: their running total; percent and cumulative_percent: shares × 100.
        vital_few_80: how many of the first categories together reach the share asked for (80 % unless said).
    """

    order: tuple[str, ...]
    weight: Floats
    cumulative: Floats
    percent: Floats
    cumulative_percent: Floats
    vital_few_80: int


def pareto(categories: Sequence[Any], counts: Any = None, *, costs: Any = None, share: float = 0.8) -> Pareto:
    """Return the categories in the order of their weight.

    Args:
        categories: names; where no counts are given each occurrence counts once. A name given twice is added up.
        counts: of each category, none negative.
        costs: of one occurrence of each; then the weight is count × cost.
        share: of the total that the vital few make up, above 0 and at most 1.

    Raises:
        Refused: a count or cost is negative, all are 0, or the columns differ in length.
    """
    names = labels(categories, "categories")
    part = number(share, "share", above=0, at_most=1)
    if not names:
        raise Refused(_("{name} must be a list of values."), {"name": "categories"}, field="categories")
    count = np.ones(len(names)) if counts is None else numbers(counts, "counts").values
    cost = np.ones(len(names)) if costs is None else numbers(costs, "costs").values
    same_length(categories=names, counts=count, costs=cost)
    if count.min() < 0 or cost.min() < 0:
        raise Refused(_("Counts and costs cannot be negative."), field="counts")
    unique = list(dict.fromkeys(names))
    place = {name: number for number, name in enumerate(unique)}
    raw = np.bincount([place[name] for name in names], count * cost, minlength=len(unique))
    total = float(raw.sum())
    if not total > 0:
        raise Refused(_("All counts are 0: there is nothing to put in order."), field="counts")
    rest = np.array([name.casefold() in REST for name in unique])
    order = np.lexsort((np.arange(len(unique)), -raw, rest))
    weight = np.asarray(raw[order], dtype=np.float64)
    cumulative: Floats = np.cumsum(weight)
    said = []
    if counts is not None and len(unique) < len(names):
        said.append(Warning("added_up", _("Categories given more than once were added up.")))
    if rest.any() and float(weight[rest[order]].sum()) > 0.25 * total:
        said.append(Warning("large_rest", _("More than a quarter is “other”: split it before deciding where to act.")))
    return Pareto(
        order=tuple(unique[number] for number in order),
        weight=weight,
        cumulative=cumulative,
        percent=100 * weight / total,
        cumulative_percent=100 * cumulative / total,
        # A share that is reached exactly on paper counts, though binary fractions may miss it by a last digit.
        vital_few_80=int(np.searchsorted(cumulative, part * total * (1 - 1e-12))) + 1,
        estimator="count" if costs is None else "count × cost",
        warnings=tuple(said),
        provenance=provenance(
            "pareto",
            "ISO/TR 10017",
            "2021",
            data={"categories": list(categories), "counts": counts, "costs": costs},
            parameters={"share": part},
        ),
    )
