"""SMP.*: how many to look at. Fractions, so that a ceiling never slips by a rounding error."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

from testamur.rules.engine import Answer, Work, rule
from testamur.rules.exact import ceiling
from testamur.rules.kinds import Number, Whole
from testamur.rules.saying import percent, say


def _population() -> Whole:
    return Whole(en="items in all", zh="总数", minimum=0, maximum=10**12)


@rule(
    "SMP.proportion",
    title=say("Sample by share", "按比例抽样数"),
    source="testamur@2026-1#sampling",
    inputs={"share": Number(en="share, 0 to 1", zh="比例（0至1）", minimum=0, maximum=1), "N": _population()},
    output={"count": Answer("whole number", "items to draw", "抽取数")},
)
def proportion(work: Work, *, share: Decimal, N: int) -> dict[str, Any]:
    """The share, rounded up; at least one where there is anything."""
    count = max(ceiling(Fraction(share) * N), 1) if N else 0
    work.step(
        "{share} of {n}, rounded up and at least one: {count}.",
        "{n}的{share}，向上取整且至少1个：{count}。",
        count,
        share=percent(share),
        n=N,
        count=count,
    )
    return {"count": count}


@rule(
    "SMP.size",
    title=say("Sample size for a share", "估计比例的样本量"),
    source="cochran@1977",
    inputs={
        "N": Whole(en="items in all", zh="总数", minimum=1, maximum=10**12),
        "e": Number(en="margin of error, share", zh="允许误差", above=0, maximum=1),
        "p": Number(en="expected share", zh="预期比例", above=0, below=1),
        "z": Number(en="standard normal quantile", zh="标准正态分位数", above=0, maximum=10),
    },
    output={"n": Answer("whole number", "sample size", "样本量")},
    supplied=["N"],
    bind=["e", "p", "z"],
    decides=["sample_size"],
)
def size(work: Work, *, N: int, e: Decimal, p: Decimal, z: Decimal) -> dict[str, Any]:
    """Cochran with the correction for a finite population."""
    share, margin, quantile = Fraction(p), Fraction(e), Fraction(z)
    unlimited = quantile**2 * share * (1 - share) / margin**2
    work.step("n₀ = z²·p·(1−p)/e²", "n₀ = z²·p·(1−p)/e²", unlimited)
    corrected = unlimited / (1 + (unlimited - 1) / N)
    work.step("n₀ / (1 + (n₀−1)/N), N = {n}", "n₀ / (1 + (n₀−1)/N)，N = {n}", corrected, n=N)
    n = ceiling(corrected)
    work.step("{n} items, rounded up.", "样本量{n}（向上取整）。", n, n=n)
    return {"n": n}
