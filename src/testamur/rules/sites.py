"""MD1.*: how many sites of a multi-site organisation are audited. Whole-number arithmetic only.

Source: IAF MD 1:2023. ``n`` counts the sites without the central function, which is audited every time.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

from testamur.kernel.refusal import Refused, _
from testamur.rules.engine import Answer, Work, rule
from testamur.rules.exact import ceiling, ceiling_of_root, rounded
from testamur.rules.kinds import Number, Whole
from testamur.rules.saying import percent, say


def _sites() -> Whole:
    return Whole(
        en="sites without the central function", zh="场所数（不含中心职能）", unit="sites", minimum=1, maximum=1_000_000
    )


@rule(
    "MD1.sample",
    title=say("Sample of sites", "场所抽样数"),
    source="iaf-md1@2023#6.1.3.3",
    inputs={"n": _sites()},
    output={
        "initial": Answer("whole number, in sites", "initial audit", "初次审核"),
        "surveillance": Answer("whole number, in sites", "each surveillance", "每次监督审核"),
        "recert": Answer("whole number, in sites", "recertification", "再认证"),
        "recert_proven": Answer(
            "whole number, in sites",
            "recertification, system proved effective over the cycle",
            "再认证（体系已证实有效）",
        ),
    },
    bind=["n"],
    decides=["site_sample"],
)
def sample(work: Work, *, n: int) -> dict[str, Any]:
    """Square root of the sites; 0.6 of it at surveillance; 0.8 at recertification of a proven system."""
    risk = Fraction(work.parameter("md1.risk_multiplier"))
    lines = {
        "initial": ("Initial audit: √{n}, rounded up", "初次审核：√{n}，向上取整", "md1.share.initial"),
        "surveillance": ("Surveillance: {share} × √{n}", "监督审核：{share} × √{n}", "md1.share.surveillance"),
        "recert": ("Recertification: as the initial audit", "再认证：同初次审核", "md1.share.initial"),
        "recert_proven": (
            "Recertification of a proven system: {share} × √{n}",
            "体系已证实有效的再认证：{share} × √{n}",
            "md1.share.recert_proven",
        ),
    }
    answer = {}
    for name, (en, zh, parameter) in lines.items():
        share = Fraction(work.parameter(parameter))
        answer[name] = ceiling_of_root(share * risk, n)
        work.step(en, zh, answer[name], share=share, n=n)
    work.step(
        "{initial} of {n} sites at the initial audit, {later} at each surveillance; the central function always.",
        "初次审核抽{initial}／{n}个场所，每次监督抽{later}个；中心职能每次均审核。",
        initial=answer["initial"],
        n=n,
        later=answer["surveillance"],
    )
    return answer


@rule(
    "MD1.random_min",
    title=say("Sites drawn at random", "随机抽取的场所数"),
    source="iaf-md1@2023#6.1.3",
    inputs={"sample": Whole(en="sites in the sample", zh="样本场所数", unit="sites", minimum=0, maximum=1_000_000)},
    output={"sites": Answer("whole number, in sites", "least drawn at random", "随机抽取的最少场所数")},
    supplied=["sample"],
    decides=["site_random"],
)
def random_min(work: Work, *, sample: int) -> dict[str, Any]:
    """At least a quarter of the sample."""
    share = Fraction(work.parameter("md1.share.random"))
    sites = ceiling(share * sample)
    work.step(
        "At least {share} of {sample} sites are drawn at random: {sites}.",
        "{sample}个场所中至少{share}随机抽取：{sites}个。",
        sites,
        share=percent(share),
        sample=sample,
        sites=sites,
    )
    return {"sites": sites}


@rule(
    "MD1.nonsampled_surveillance",
    title=say("Surveillance where sites are not sampled", "不抽样组织的监督场所数"),
    source="iaf-md1@2023#6.2.1",
    inputs={"n": _sites()},
    output={"sites": Answer("whole number, in sites", "each calendar year", "每日历年场所数")},
)
def nonsampled_surveillance(work: Work, *, n: int) -> dict[str, Any]:
    """Every site at the initial audit and at recertification; 30 % in each calendar year between."""
    share = Fraction(work.parameter("md1.share.nonsampled"))
    sites = ceiling(share * n)
    work.step(
        "{share} of {n} sites in each calendar year: {sites}, and the central function.",
        "每日历年审核{n}个场所的{share}：{sites}个，另加中心职能。",
        sites,
        share=percent(share),
        n=n,
        sites=sites,
    )
    return {"sites": sites}


@rule(
    "MD1.site_reduction",
    title=say("Reduction of audit time at a site", "场所审核时间减少"),
    source="iaf-md1@2023#7.3.1",
    inputs={
        "table_days": Number(en="table value for the site", zh="该场所查表人日", unit="days", above=0, maximum=100_000),
        "charged_days": Number(en="days planned", zh="计划人日", unit="days", minimum=0, maximum=100_000),
    },
    output={
        "ok": Answer("yes/no", "within the limit", "未超过限值"),
        "reduction": Answer("decimal, share, four decimals", "reduction", "减少比例"),
    },
)
def site_reduction(work: Work, *, table_days: Decimal, charged_days: Decimal) -> dict[str, Any]:
    """All reductions together are at most half of the table value of a sampled site."""
    if charged_days > table_days:
        raise Refused(_("More days are planned than the table asks for, so nothing is reduced."), field="charged_days")
    cap = Fraction(work.parameter("md1.site_reduction_cap"))
    reduction = 1 - Fraction(charged_days) / Fraction(table_days)
    ok = reduction <= cap
    work.step("Table value, days", "查表人日", table_days)
    work.step("Planned, days", "计划人日", charged_days)
    if ok:
        work.step(
            "Reduced by {reduction}, within the limit of {cap}.",
            "减少{reduction}，未超过{cap}的限值。",
            reduction=percent(reduction),
            cap=percent(cap),
        )
    else:
        work.step(
            "Reduced by {reduction}, more than the limit of {cap}.",
            "减少{reduction}，超过{cap}的限值。",
            reduction=percent(reduction),
            cap=percent(cap),
        )
    return {"ok": ok, "reduction": rounded(reduction, 4)}
