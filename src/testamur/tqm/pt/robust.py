"""Robust location and scale of many rounds at once (ISO 13528:2022, Annex C): the arithmetic, without words.

Every function takes a matrix of rounds × laboratories; a missing result is NaN and takes no part. Rounds are worked on
in blocks that fit the processor's cache, laboratories along the first axis, so that a sum over laboratories is a sum
of long vectors.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Floats = NDArray[np.float64]

#: Rounds of one block: 20 laboratories × 4,000 rounds are 640 kB, the second-level cache of a small server.
BLOCK = 4_000
#: Winsorising limit of Algorithm A, in s*.
LIMIT = 1.5

CONVERGED, NOT_CONVERGED, NO_VARIATION, COLLAPSED, TOO_FEW = range(5)
STATUS = ("converged", "not_converged", "no_variation", "collapsed", "too_few")
BY_MAD, BY_IQR, BY_SD = range(3)
START = ("MADe", "nIQR", "sd")


@lru_cache
def winsorised_factor() -> float:
    """Return 1/sqrt(E[min(|Z|, 1.5)²]) = 1.13339…; ISO 13528 prints it rounded to 1.134."""
    beyond = 2 * stats.norm.sf(LIMIT)
    inside = 1 - beyond - 2 * LIMIT * stats.norm.pdf(LIMIT)
    return float(1 / np.sqrt(inside + LIMIT**2 * beyond))


@lru_cache
def mad_factor() -> float:
    """Return 1/Φ⁻¹(0.75) = 1.482602…; ISO 13528 prints 1.483."""
    return float(1 / stats.norm.ppf(0.75))


@lru_cache
def iqr_factor() -> float:
    """Return 1/(2 Φ⁻¹(0.75)) = 0.741301…; ISO 13528 prints 0.7413."""
    return float(0.5 / stats.norm.ppf(0.75))


@lru_cache
def qn_factor() -> float:
    """Return 1/(√2 Φ⁻¹(5/8)) = 2.219144…; ISO 13528 prints 2.2191."""
    return float(1 / (np.sqrt(2) * stats.norm.ppf(0.625)))


def sorted_rounds(values: Floats) -> tuple[Floats, NDArray[np.intp]]:
    """Return the rounds sorted (missing results last) as laboratories × rounds, and the number of results of each."""
    ordered = np.sort(values, axis=1)
    return np.ascontiguousarray(ordered.T), np.count_nonzero(~np.isnan(values), axis=1)


def quantile(ordered: Floats, count: NDArray[np.intp], share: float) -> Floats:
    """Return the quantile of each sorted round by linear interpolation (type 7, as R and numpy)."""
    place = share * (np.maximum(count, 1) - 1)
    low = np.floor(place).astype(np.intp)
    high = np.minimum(low + 1, np.maximum(count, 1) - 1)
    columns = np.arange(ordered.shape[1])
    below = ordered[low, columns]
    # Written as a step from the lower value, equal neighbours give that value to the last bit.
    return np.asarray(below + (place - low) * (ordered[high, columns] - below))


def median_mad(ordered: Floats, count: NDArray[np.intp]) -> tuple[Floats, Floats]:
    """Return median and median absolute deviation (unscaled) of each sorted round."""
    middle = quantile(ordered, count, 0.5)
    return middle, quantile(np.sort(np.abs(ordered - middle), axis=0), count, 0.5)


def algorithm_a(
    values: Floats, *, factor: float, made: float, three_figures: bool, tolerance: float, limit: int
) -> tuple[Floats, Floats, NDArray[np.int8], NDArray[np.int8], NDArray[np.int32]]:
    """Return x*, s*, status, start and iterations of each round (ISO 13528:2022, C.3.1).

    Args:
        values: rounds × laboratories; NaN is a missing result.
        factor: 1.13339… or the printed 1.134.
        made: factor of the median absolute deviation for the first s*.
        three_figures: stop as ISO says, when the third significant figure no longer changes.
        tolerance: otherwise stop when neither value moves by more than this share of s*.
        limit: most iterations.
    """
    rounds = len(values)
    x, s = np.full(rounds, np.nan), np.full(rounds, np.nan)
    status = np.full(rounds, TOO_FEW, np.int8)
    start, steps = np.zeros(rounds, np.int8), np.zeros(rounds, np.int32)
    for first in range(0, rounds, BLOCK):
        part = slice(first, first + BLOCK)
        x[part], s[part], status[part], start[part], steps[part] = _algorithm_a(
            values[part], factor, made, three_figures, tolerance, limit
        )
    return x, s, status, start, steps


def _first(ordered: Floats, count: NDArray[np.intp], made: float) -> tuple[Floats, Floats, NDArray[np.int8]]:
    """Return the first x* and s*; where more than half the results are equal MADe is 0 and another scale begins."""
    x, mad = median_mad(ordered, count)
    s, start = made * mad, np.zeros(len(x), np.int8)
    flat = np.flatnonzero((s <= 0) & (count > 1))
    if len(flat):
        some, n = ordered[:, flat], count[flat]
        s[flat] = iqr_factor() * (quantile(some, n, 0.75) - quantile(some, n, 0.25))
        start[flat] = BY_IQR
        still = flat[s[flat] <= 0]
        if len(still):
            s[still] = np.nanstd(ordered[:, still], axis=0, ddof=1)
            # The deviation of equal numbers may come out as rounding noise of their mean.
            s[still[(ordered[0, still] == x[still]) & (_largest(ordered[:, still], count[still]) == x[still])]] = 0.0
            start[still] = BY_SD
    return x, s, start


def _largest(ordered: Floats, count: NDArray[np.intp]) -> Floats:
    return np.asarray(ordered[np.maximum(count, 1) - 1, np.arange(ordered.shape[1])])


def _algorithm_a(
    values: Floats, factor: float, made: float, three_figures: bool, tolerance: float, limit: int
) -> tuple[Floats, Floats, NDArray[np.int8], NDArray[np.int8], NDArray[np.int32]]:
    ordered, count = sorted_rounds(values)
    # Around its median a round keeps its digits, however far from zero it lies.
    centre = quantile(ordered, count, 0.5)
    ordered = ordered - centre
    complete = bool((count == values.shape[1]).all())
    x, s, start = _first(ordered, count, made)
    status = np.full(len(x), NOT_CONVERGED, np.int8)
    steps = np.zeros(len(x), np.int32)
    status[count < 2] = TOO_FEW
    x[count < 1] = np.nan
    s[count < 2] = np.nan
    status[(count >= 2) & ~(s > 0)] = NO_VARIATION
    active = np.flatnonzero(status == NOT_CONVERGED)
    smallest = 1e-9 * s
    data, n = ordered[:, active], count[active].astype(float)
    below_before = np.full(len(active), -1.0)
    above_before = np.full(len(active), -1.0)
    # A third figure counted from the value itself, so the centre comes back for the comparison.
    for step in range(1, limit + 1):
        if not len(active):
            break
        x0, s0 = x[active], s[active]
        reach = LIMIT * s0
        low, high = x0 - reach, x0 + reach
        clipped = np.minimum(np.maximum(data, low), high)
        if complete:
            mean = clipped.sum(axis=0) / n
            clipped -= mean
            spread = np.einsum("ij,ij->j", clipped, clipped)
        else:
            mean = np.nansum(clipped, axis=0) / n
            clipped -= mean
            spread = np.nansum(clipped * clipped, axis=0)
        x1, s1 = mean, factor * np.sqrt(spread / (n - 1))
        if three_figures:
            done = (_figures(x1 + centre[active]) == _figures(x0 + centre[active])) & (_figures(s1) == _figures(s0))
        else:
            done = (np.abs(x1 - x0) <= tolerance * s1) & (np.abs(s1 - s0) <= tolerance * s1)
            below, above = (data < low).sum(axis=0), (data > high).sum(axis=0)
            same = (below == below_before) & (above == above_before) & ~done
            if same.any():
                jump_x, jump_s, fits = _fixed_point(data[:, same], n[same], below[same], above[same], factor)
                x1[same] = np.where(fits, jump_x, x1[same])
                s1[same] = np.where(fits, jump_s, s1[same])
                below[same] = -1  # one free step before the next jump, so that two jumps cannot chase each other
            below_before, above_before = below.astype(float), above.astype(float)
        x[active], s[active], steps[active] = x1, s1, step
        collapsed = s1 <= smallest[active]
        if collapsed.any():
            # More than two thirds of such a round are one value, which is its median.
            s[active[collapsed]] = x[active[collapsed]] = 0.0
            status[active[collapsed]] = COLLAPSED
        status[active[done & ~collapsed]] = CONVERGED
        keep = ~(done | collapsed)
        if not keep.all():
            active, data, n = active[keep], data[:, keep], n[keep]
            below_before, above_before = below_before[keep], above_before[keep]
    return x + centre, s, status, start, steps


def _fixed_point(
    data: Floats, n: Floats, below: NDArray[np.intp], above: NDArray[np.intp], factor: float
) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Solve Algorithm A exactly for a known number of winsorised results at either end, and say where that holds.

    With the members of the middle fixed, x* is linear in s* and s* solves one quadratic equation; plain iteration
    creeps towards the same point by a factor of about two a step.
    """
    rows = np.arange(len(data))[:, None]
    kept = n.astype(np.intp) - above
    middle = (rows >= below) & (rows < kept)
    inside = np.where(middle, data, 0.0)
    m = (kept - below).astype(float)
    out = (below + above).astype(float)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = inside.sum(axis=0) / m
        inside = np.where(middle, data - mean, 0.0)
        squares = np.einsum("ij,ij->j", inside, inside)
        lean = LIMIT * (above - below) / m
        c = factor**2 / (n - 1)
        room = 1 - c * (LIMIT**2 * out + m * lean**2)
        s = np.sqrt(c * squares / room)
        x = mean + lean * s
        low, high = x - LIMIT * s, x + LIMIT * s
        fits = (room > 0) & (s > 0)
        fits &= ((data < low).sum(axis=0) == below) & ((data > high).sum(axis=0) == above)
    return x, s, fits


def _figures(values: Floats) -> Floats:
    """Round to three significant figures; zero stays zero."""
    with np.errstate(divide="ignore"):
        place = np.floor(np.log10(np.abs(values)))
    place[~np.isfinite(place)] = 0.0
    unit = 10.0 ** (place - 2)
    return np.asarray(np.round(values / unit) * unit)


#: Finite-sample factors of Qn for 2 to 12 results: simulated, hence a table (Croux and Rousseeuw 1992; ISO 13528:2022,
#: Table C.2, prints four figures of them).
_QN_SMALL = (0.399356, 0.99365, 0.51321, 0.84401, 0.61220, 0.85877, 0.66993, 0.87344, 0.72014, 0.88906, 0.75743)


def qn_finite(p: int) -> float:
    """Return the factor that makes Qn of ``p`` results unbiased for the normal distribution (Table C.2, C.20, C.21)."""
    if p <= 12:
        return _QN_SMALL[p - 2]
    if p % 2:
        return 1 / (1 + (1.60188 + (-2.1284 - 5.172 / p) / p) / p)
    return 1 / (1 + (3.67561 + (1.9654 + (6.987 - 77 / p) / p) / p) / p)


def qn(values: Floats) -> Floats:
    """Return the k-th smallest distance between two laboratories, k = h(h-1)/2 with h = p//2 + 1, of each round.

    All rounds have the same number of results and none is missing. The factor is the caller's.
    """
    rounds, p = values.shape
    h = p // 2 + 1
    k = h * (h - 1) // 2
    pairs = p * (p - 1) // 2
    found = np.empty(rounds)
    # Sorted laboratories give distances without a sign; within a block of half a megabyte partition beats sort.
    block = max(1, 1_000_000 // max(pairs, 1))
    for first in range(0, rounds, block):
        part = np.sort(values[first : first + block], axis=1)
        distances = np.empty((len(part), pairs))
        place = 0
        for lag in range(1, p):
            np.subtract(part[:, lag:], part[:, :-lag], out=distances[:, place : place + p - lag])
            place += p - lag
        distances.partition(k - 1, axis=1)
        found[first : first + block] = distances[:, k - 1]
    return found


def q_scale(distances: Floats, weights: Floats, step: float) -> float:
    """Return s* of the Q method from all distances between results of different laboratories (C.5.2.2).

    Args:
        distances: |difference|, not negative.
        weights: share of each distance in H1; they add up to 1.
        step: distances closer than this are equal, in the unit of the results.
    """
    # Two differences of written decimals that are equal on paper differ in their last binary digits: one step of H1.
    order = np.argsort(distances)
    distances, weights = distances[order], weights[order]
    new = np.concatenate([[True], np.diff(distances) > step])
    points, place = distances[new], np.cumsum(new) - 1
    h1 = np.cumsum(np.bincount(place, weights))
    at_zero = float(h1[0]) if points[0] <= step else 0.0
    if at_zero and points.size == 1:  # all results are equal; the shares may add up to a little less or more than 1
        return 0.0
    # G1 joins the middles of the steps of H1; the step at 0 is not halved, nothing lies on its other side.
    before = np.concatenate([[0.0], h1[:-1]])
    g1 = 0.5 * (h1 + before)
    if at_zero:
        g1[0] = at_zero
    else:
        points, g1 = np.concatenate([[0.0], points]), np.concatenate([[0.0], g1])
    reached = float(np.interp(0.25 + 0.75 * at_zero, g1, points))
    return reached / float(np.sqrt(2) * stats.norm.ppf(0.625 + 0.375 * at_zero))


def hampel_psi(q: Floats) -> Floats:
    """Return Hampel's ψ with the corners 1.5, 3 and 4.5 (C.5.3.2)."""
    size = np.abs(q)
    return np.asarray(np.sign(q) * np.maximum(np.minimum(np.minimum(size, 1.5), 4.5 - size), 0.0))


def hampel(values: Floats, s: float) -> tuple[float, int]:
    """Return the root of Σψ((x - x*)/s) nearest the median, and how many roots there are (C.5.3.3, finite steps).

    ψ is piecewise linear, so between two neighbouring corners the sum is a straight line and its root exact.
    """
    middle = float(np.median(values))
    corners = np.unique((values[:, None] + s * np.array([-4.5, -3, -1.5, 1.5, 3, 4.5])).ravel())
    total = hampel_psi((values[:, None] - corners) / s).sum(axis=0)
    total[np.abs(total) < 1e-12 * len(values)] = 0.0
    roots: list[float] = []
    # Outside the outermost corners every ψ is 0: that is no root, so the search stays within them.
    for left, right, low, high in zip(corners[:-1], corners[1:], total[:-1], total[1:], strict=True):
        if low == 0 == high:
            roots.append(float(min(max(middle, left), right)))
        elif low * high < 0:
            roots.append(float(left + (right - left) * low / (low - high)))
        elif high == 0 and right < corners[-1]:
            roots.append(float(right))
    if not roots:
        return middle, 0
    gaps = [abs(root - middle) for root in roots]
    nearest = min(gaps)
    best = {round(root, 15) for root, gap in zip(roots, gaps, strict=True) if gap <= nearest * (1 + 1e-9)}
    # Two roots equally far on either side: the median itself is the value (C.5.3.3).
    return (middle if len(best) > 1 else float(roots[gaps.index(nearest)])), len(roots)


def algorithm_s_factors(freedom: float) -> tuple[float, float]:
    """Return the limit factor η and the adjustment ξ of Algorithm S for ``freedom`` degrees (Table C.1, computed)."""
    eta = float(np.sqrt(stats.chi2.ppf(0.9, freedom) / freedom))
    within = float(stats.chi2.cdf(freedom * eta**2, freedom + 2))
    return eta, float(1 / np.sqrt(within + 0.1 * eta**2))


def algorithm_s(values: Floats, freedom: float, tolerance: float, limit: int) -> tuple[Floats, NDArray[np.int8]]:
    """Return the robust pooled value w* of each row of standard deviations or ranges (C.4), and its status."""
    eta, xi = algorithm_s_factors(freedom)
    ordered, count = sorted_rounds(values)
    w = quantile(ordered, count, 0.5)
    status = np.full(len(w), NOT_CONVERGED, np.int8)
    status[count < 1] = TOO_FEW
    n = np.maximum(count, 1)
    flat = (w <= 0) & (count > 0)
    if flat.any():
        w[flat] = np.sqrt(np.nansum(ordered[:, flat] ** 2, axis=0) / n[flat])
    status[(w <= 0) & (count > 0)] = NO_VARIATION
    smallest = 1e-9 * w
    active = np.flatnonzero(status == NOT_CONVERGED)
    for _step in range(limit):
        if not len(active):
            break
        before = w[active]
        clipped = np.minimum(ordered[:, active], eta * before)
        after = xi * np.sqrt(np.nansum(clipped * clipped, axis=0) / n[active])
        w[active] = after
        collapsed = after <= smallest[active]
        w[active[collapsed]] = 0.0
        status[active[collapsed]] = COLLAPSED
        done = np.abs(after - before) <= tolerance * after
        status[active[done & ~collapsed]] = CONVERGED
        active = active[~(done | collapsed)]
    return w, status


def sn(values: Floats) -> float:
    """Return Sn of Rousseeuw and Croux: low median of the high medians of distances, with its finite-sample factor."""
    p = len(values)
    high = np.partition(np.abs(values[:, None] - values), p // 2, axis=1)[:, p // 2]
    low = np.partition(high, (p + 1) // 2 - 1)[(p + 1) // 2 - 1]
    # Simulated by its authors (1992): there is nothing to compute these from.
    small = (0.743, 1.851, 0.954, 1.351, 0.993, 1.198, 1.005, 1.131)
    factor = small[p - 2] if p <= 9 else p / (p - 0.9) if p % 2 else 1.0
    return float(1.1926 * factor * low)
