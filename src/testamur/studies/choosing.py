"""Pick my chart: a few plain questions, one method, and the reason in a sentence."""

from __future__ import annotations

from dataclasses import dataclass

from testamur.kernel.refusal import _


@dataclass(frozen=True)
class Kind:
    """A chart that can be kept.

    Attributes:
        method: id of a method of ``testamur.tqm``.
        shape: what a row of its data is: ``values``, ``count`` or ``count_of`` (a count, and of how many).
        why: when this is the chart to take (message id).
    """

    method: str
    shape: str
    why: str

    @property
    def measured(self) -> bool:
        return self.shape == "values"

    @property
    def remembers(self) -> bool:
        """Say whether each point carries those before it: such a chart has no run rules, and its rows are alike."""
        return self.method in ("ewma", "cusum_tabular")

    @property
    def counted_of(self) -> str:
        """Return the input of tqm that holds the counts."""
        return "defectives" if self.method in ("p", "np", "laney_p_prime") else "counts"


KINDS: dict[str, Kind] = {
    one.method: one
    for one in (
        Kind(
            "i_mr", "values",
            _("One measured value at a time: each value is a point, and the step to the one before shows the spread."),
        ),
        Kind(
            "xbar_r", "values",
            _("A few pieces at a time: the mean shows where the process stands, the range how much it spreads."),
        ),
        Kind(
            "xbar_s", "values",
            _("More than ten pieces at a time, or not always as many: the standard deviation uses every value."),
        ),
        Kind("ewma", "values", _("Small lasting shifts count: each point remembers those before it, so drifts show.")),
        Kind(
            "cusum_tabular", "values",
            _("A shift of known size from a target counts: deviations add up, and the chart says when it began."),
        ),
        Kind("p", "count_of", _("Nonconforming pieces, out of a number that may vary: the share is charted.")),
        Kind("np", "count_of", _("Nonconforming pieces, always out of as many: the number itself is charted.")),
        Kind(
            "laney_p_prime", "count_of",
            _("Nonconforming pieces out of thousands: ordinary limits would be too narrow; the real spread sets them."),
        ),
        Kind("c", "count", _("Faults in an area, hour or document that is always as large: the number is charted.")),
        Kind("u", "count_of", _("Faults in areas, hours or documents of varying size: faults per unit are charted.")),
        Kind(
            "laney_u_prime", "count_of",
            _("Faults in very large samples: ordinary limits would be too narrow; the real spread sets them."),
        ),
    )
}  # fmt: skip

#: Above so many pieces in a subgroup the range loses too much (ISO 7870-2).
RANGE_MOST = 10
#: From about so many inspected pieces on, ordinary p and u limits are narrower than processes are.
MANY = 2000


def pick(*, data: str, pieces: int = 1, varies: bool = False, small: bool = False, large: bool = False) -> Kind:
    """Return the chart that fits.

    Args:
        data: ``measured``, ``pieces`` (nonconforming pieces are counted) or ``faults`` (faults are counted).
        pieces: measured at a time.
        varies: the number inspected is not always the same.
        small: small shifts must show.
        large: thousands are inspected at a time.

    Source:
        ISO 7870-2:2023 (choice of a Shewhart chart), ISO 7870-6:2016 (EWMA), Laney (2002).
    """
    if data == "measured":
        if small:
            return KINDS["ewma"]
        if pieces <= 1:
            return KINDS["i_mr"]
        return KINDS["xbar_s" if pieces > RANGE_MOST or varies else "xbar_r"]
    if data == "pieces":
        return KINDS["laney_p_prime" if large else "p" if varies else "np"]
    return KINDS["laney_u_prime" if large else "u" if varies else "c"]
