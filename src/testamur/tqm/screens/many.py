"""Many tests at once: which leads remain when a share of false ones is accepted (Benjamini and Hochberg, 1995)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from testamur.kernel.refusal import Refused, _
from testamur.tqm.counting import rows_of
from testamur.tqm.data import Floats, number, numbers
from testamur.tqm.methods import provenance
from testamur.tqm.results import Result, Warning

#: What every screen says: a lead is where a person looks next.
LEAD = Warning(
    "lead_only", _("A screen gives leads, not proof: a person must look at the records before anyone is told.")
)


@dataclass(frozen=True, kw_only=True)
class Adjusted(Result):
    """Probabilities adjusted for the number of tests.

    Attributes:
        q: adjusted probability of each test: the share of false leads among all at least as strong.
        leads: places (from 0) with q at most ``rate``, strongest first.
        rate: accepted share of false leads.
    """

    q: Floats
    leads: tuple[int, ...]
    rate: float


def benjamini_hochberg(p: Any, *, rate: float = 0.05) -> Adjusted:
    """Return the leads among many tests, of which about ``rate`` will be false.

    Args:
        p: probability of each test, 0 to 1; NaN (untested) stays NaN and is no lead.
        rate: accepted share of false leads, above 0 and below 1.

    Raises:
        Refused: a probability lies outside 0 to 1.
    """
    # A probability below any unit of measurement is simply 0 here; as a measured number it would be refused.
    small = [0.0 if isinstance(one, float) and 0 < one < 1e-150 else one for one in rows_of(p, "p")]
    read = numbers(small, "p", missing="keep")
    share = number(rate, "rate", above=0, below=1)
    if np.nanmin(read.values) < 0 or np.nanmax(read.values) > 1:
        raise Refused(_("A probability lies between 0 and 1."), field="p")
    q = adjusted(read.values)
    order = np.argsort(q, kind="stable")
    return Adjusted(
        q=q,
        leads=tuple(int(place) for place in order if q[place] <= share),
        rate=share,
        estimator="Benjamini-Hochberg",
        provenance=provenance(
            "benjamini_hochberg", "Benjamini & Hochberg", "1995", data={"p": read.given}, parameters={"rate": share}
        ),
    )


def adjusted(p: Floats) -> Floats:
    """Return q of each p; NaN stays NaN and does not count as a test."""
    q = np.full(len(p), np.nan)
    tested = np.flatnonzero(~np.isnan(p))
    if len(tested):
        order = tested[np.argsort(p[tested], kind="stable")]
        raised = p[order] * len(order) / np.arange(1, len(order) + 1)
        q[order] = np.minimum(1.0, np.minimum.accumulate(raised[::-1])[::-1])
    return q
