"""Rounds of proficiency tests and trials of uncertainty: processor time of whole batches, peers in the same run."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from bench.figures import Figure

ROUNDS, LABORATORIES = 100_000, 20
TRIALS, INPUTS = 1_000_000, 10
#: Rounds that the peer computes, one call each; enough for a steady mean.
PEER_ROUNDS = 300


def figures() -> list[Figure]:
    """Return Algorithm A, Qn and Monte Carlo, each beside a peer or the bare draw of its random numbers."""
    rounds = _rounds()
    return [_algorithm_a(rounds), _qn(rounds), _monte_carlo(), _plans()]


def _rounds() -> Any:
    """Return rounds with two laboratories in twenty that scatter three times as wide."""
    draw = np.random.default_rng(13528)
    values = draw.standard_normal((ROUNDS, LABORATORIES)) + 50
    values[:, :2] += 3 * draw.standard_normal((ROUNDS, 2))
    return values


def _algorithm_a(rounds: Any) -> Figure:
    from testamur.tqm import algorithm_a

    own = _seconds(lambda: algorithm_a(rounds))
    beside = _peer("algorithm_a", rounds, own, tol=1e-10)
    return Figure(f"Algorithm A, {ROUNDS:,} rounds of {LABORATORIES}", own, "s", "≤ 1.5 s, ≥ 50 × the peer", beside)


def _qn(rounds: Any) -> Figure:
    from testamur.tqm import qn

    own = _seconds(lambda: qn(rounds))
    return Figure(f"Qn, {ROUNDS:,} rounds of {LABORATORIES}", own, "s", "≥ 10 × the peer", _peer("qn", rounds, own))


def _monte_carlo() -> Figure:
    from testamur.tqm import Quantity, monte_carlo

    inputs = [Quantity(f"X{place}", 10, 1) for place in range(1, INPUTS + 1)]
    model = "X1+X2*X3/X4+X5-X6+X7*X8-X9+X10"
    own = _seconds(lambda: monte_carlo(model, inputs, trials=TRIALS))
    draw = np.random.default_rng(1)
    bare = _seconds(lambda: [draw.standard_normal(TRIALS) for _input in range(INPUTS)])
    return Figure(
        f"Monte Carlo, {TRIALS:,} trials of {INPUTS} inputs", own, "s", "≤ 0.5 s", f"bare normal numbers {bare:.3f} s"
    )


def _plans() -> Figure:
    from testamur.tqm import find_plan

    own = _seconds(lambda: find_plan((0.001, 0.95), (0.01, 0.10)))
    return Figure("two-point plan (0.1 % / 1 %)", own * 1000, "ms")


def _peer(name: str, rounds: Any, own: float, **settings: Any) -> str:
    """Say how long pt13528 takes for one round, and how many times that is."""
    try:
        from pt13528 import robust
    except ImportError:
        return "pt13528 is not installed"
    compute = getattr(robust, name)
    rows = [row.tolist() for row in rounds[:PEER_ROUNDS]]
    each = _seconds(lambda: [compute(row, **settings) for row in rows], times=2) / PEER_ROUNDS
    return f"pt13528 {each * 1e6:.0f} µs a round, {each * len(rounds) / own:.0f} ×"


def _seconds(work: Callable[[], object], times: int = 4) -> float:
    """Return the least processor time of some runs: neighbours on a busy machine only ever add to it."""
    found = []
    for _time in range(times):
        began = time.process_time()
        work()
        found.append(time.process_time() - began)
    return min(found)
