"""MD11.*: audits of several management systems in one go. Source: IAF MD 11:2023."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

from testamur.kernel.refusal import Refused, _
from testamur.rules.engine import Answer, Work, rule
from testamur.rules.exact import half_days, rounded
from testamur.rules.kinds import ListOf, Number, Whole
from testamur.rules.saying import percent, say


@rule(
    "MD11.ability",
    title=say("Ability of the team to audit several standards", "审核组实施一体化审核的能力"),
    source="iaf-md11@2023#annex 1",
    inputs={
        "x": ListOf(
            en="standards each auditor is qualified for",
            zh="每名审核员具备资格的标准数",
            at_least=1,
            item=Whole(en="standards", zh="标准数", minimum=1, maximum=100),
        ),
        "y": Whole(en="standards in the audit", zh="本次审核的标准数", minimum=2, maximum=100),
    },
    output={"percent": Answer("decimal, percent, two decimals", "ability", "能力百分比")},
)
def ability(work: Work, *, x: list[int], y: int) -> dict[str, Any]:
    """100 · Σ(xᵢ − 1) / (z · (y − 1)), z auditors, y standards."""
    for place, standards in enumerate(x):
        if standards > y:
            raise Refused(
                _("An auditor counts for the standards of this audit only: {count} of {all}."),
                {"count": standards, "all": y},
                field=f"x[{place}]",
            )
    more = sum(standards - 1 for standards in x)
    most = len(x) * (y - 1)
    share = rounded(Fraction(100 * more, most), 2)
    work.step("Standards beyond the first, over all auditors", "全体审核员首个标准之外的标准数", more)
    work.step("The most there could be: {z} × {rest}", "最大可能数：{z} × {rest}", most, z=len(x), rest=y - 1)
    work.step("The team's ability is {share} %.", "审核组能力为{share}%。", share, share=share)
    return {"percent": share}


@rule(
    "MD11.integrated_time",
    title=say("Audit time of an integrated audit", "一体化审核时间"),
    source="iaf-md11@2023#2.2",
    inputs={
        "parts": ListOf(
            en="audit time of each standard by itself",
            zh="各标准单独计算的审核时间",
            at_least=1,
            item=Number(en="audit time", zh="审核时间", unit="days", minimum=0, maximum=100_000),
        ),
        "reduction": Number(
            en="reduction for integration as a share, an increase is negative",
            zh="一体化减少比例（增加为负）",
            minimum=-1,
            maximum=1,
        ),
    },
    output={
        "days": Answer("decimal, in days", "the whole audit", "审核总人日"),
        "reduction_used": Answer("decimal, share", "reduction used", "采用的减少比例"),
    },
    supplied=["parts"],
    bind=["reduction"],
    decides=["integrated_time"],
)
def integrated_time(work: Work, *, parts: list[Decimal], reduction: Decimal) -> dict[str, Any]:
    """The sum of what each standard needs, less 20 % at most; after MD 5, never instead of it."""
    cap = Decimal(work.parameter("md11.reduction_cap"))
    total = sum(parts, Decimal(0))
    used = min(reduction, cap)
    work.step("Each standard by itself, days: {parts}", "各标准单独人日：{parts}", total, parts=parts)
    work.step("Reduction asked for integration", "申请的一体化减少比例", percent(reduction))
    if used != reduction:
        work.step("At most {cap}", "最多{cap}", percent(used), cap=percent(cap))
    days = half_days(Fraction(total) * (1 - Fraction(used)))
    work.step(
        "{total} × {factor}, to the nearest half day: {days} days.",
        "{total} × {factor}，取整到半日：{days}人日。",
        days,
        total=total,
        factor=1 - used,
        days=days,
    )
    return {"days": days, "reduction_used": used}
