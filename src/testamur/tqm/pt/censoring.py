"""Results below or above a limit of quantification (ISO 13528:2022, E.1): never replaced without saying so."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from testamur.kernel.refusal import Refused, _
from testamur.tqm.counting import rows_of
from testamur.tqm.data import number, numbers
from testamur.tqm.methods import provenance
from testamur.tqm.pt.consensus import EDITION, SOURCE, Robust, algorithm_a
from testamur.tqm.results import Result, Warning

_LESS = re.compile(r"\s*(?:<=|≤|<|＜)\s*(.+)")
_MORE = re.compile(r"\s*(?:>=|≥|>|＞)\s*(.+)")


@dataclass(frozen=True, kw_only=True)
class Censored(Result):
    """Algorithm A under each treatment of results such as ``<10``.

    Attributes:
        ignored: the sign is ignored, the limit itself enters.
        half: half the limit enters.
        omitted: these results are left out.
        median_low, median_high: whatever the true values are (none is below 0), the median lies between these.
        censored: how many results are below a limit.
    """

    ignored: Mapping[str, float]
    half: Mapping[str, float]
    omitted: Mapping[str, float]
    median_low: float
    median_high: float
    censored: int


def censored(values: Sequence[Any], *, factor: str = "printed", stop: str = "three_figures") -> Censored:
    """Return Algorithm A with censored results ignored, halved and omitted; which one counts is the provider's choice.

    Args:
        values: numbers and texts such as ``"<10"``.

    Raises:
        Refused: a cell is neither, a limit is not above 0, a result is above a limit (``">50"``), or fewer than two
            results have a value.
    """
    values = rows_of(values, "values")
    limits: list[float | None] = []
    plain: list[Any] = []
    for place, cell in enumerate(values, 1):
        text = cell if isinstance(cell, str) else ""
        if _MORE.fullmatch(text):
            raise Refused(
                _("Result {row} is only known to exceed a limit ({value}); have it measured, or omit it."),
                {"row": place, "value": text},
                field="values",
            )
        less = _LESS.fullmatch(text)
        limits.append(number(less[1], "values", above=0) if less else None)
        plain.append(less[1] if less else cell)
    read = numbers(plain, "values", at_least=2)
    below = np.array([limit is not None for limit in limits])
    kept = read.values[~below]
    if len(kept) < 2:
        raise Refused(
            _("Fewer than two results have a value; nothing can be said about their average."), field="values"
        )
    given = read.values
    low, high = np.where(below, 0.0, given), given
    ignored = algorithm_a(given, factor=factor, stop=stop)
    said = list(ignored.warnings)
    if below.any():
        said.append(
            Warning(
                "censored",
                _("{count} of {all} results are below a limit; three treatments are shown and none is chosen."),
                {"count": int(below.sum()), "all": len(given)},
            )
        )
    return Censored(
        ignored=_pair(ignored),
        half=_pair(algorithm_a(np.where(below, given / 2, given), factor=factor, stop=stop)),
        omitted=_pair(algorithm_a(kept, factor=factor, stop=stop)),
        median_low=float(np.median(low)),
        median_high=float(np.median(high)),
        censored=int(below.sum()),
        estimator="Algorithm A",
        warnings=tuple(said),
        provenance=provenance(
            "iso13528_censored",
            SOURCE,
            EDITION,
            clause="E.1",
            data={"values": list(values)},
            parameters={"factor": factor, "stop": stop},
        ),
    )


def _pair(found: Robust) -> dict[str, float]:
    return {"x_star": found.x_star, "s_star": found.s_star, "p": found.p}
