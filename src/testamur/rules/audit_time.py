"""MD5.*: effective personnel and audit time. Source: IAF MD 5 (issue 4, version 3), read in stored copies."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

from testamur.kernel.refusal import Refused, _
from testamur.rules.engine import Answer, Work, rule
from testamur.rules.exact import ceiling, floor, half_days
from testamur.rules.kinds import Choice, ListOf, Number, Record, Whole
from testamur.rules.saying import Words, percent, say

SYSTEMS: dict[str, Words] = {
    "QMS": {"en": "quality management", "zh": "质量管理体系"},
    "EMS": {"en": "environmental management", "zh": "环境管理体系"},
    "OHS": {"en": "occupational health and safety", "zh": "职业健康安全管理体系"},
}
COMPLEXITIES: dict[str, Words] = {
    "high": {"en": "high complexity", "zh": "复杂程度高"},
    "medium": {"en": "medium complexity", "zh": "复杂程度中"},
    "low": {"en": "low complexity", "zh": "复杂程度低"},
    "limited": {"en": "limited complexity", "zh": "复杂程度有限"},
}


def _system() -> Choice:
    return Choice(en="management system", zh="管理体系", options=SYSTEMS)


def _complexity() -> Choice:
    return Choice(
        en="complexity or risk; empty for quality management",
        zh="复杂程度／风险（质量管理体系不填）",
        options=COMPLEXITIES,
        optional=True,
    )


def _personnel() -> Whole:
    return Whole(en="effective personnel", zh="有效人数", unit="persons", minimum=1, maximum=5_000_000)


def table_days(work: Work, scheme: str, complexity: str | None, personnel: int) -> tuple[Fraction, bool]:
    """Return the days of the table for stage 1 and 2, and whether a person must look at them.

    Above the last band the table says "follow the progression"; how is this platform's decision, so such
    days are marked for manual review.
    """
    if scheme == "QMS" and complexity is not None:
        raise Refused(_("The table for quality management knows no complexity; leave it empty."), field="complexity")
    if scheme != "QMS" and complexity is None:
        raise Refused(_("{system} needs a complexity."), {"system": SYSTEMS[scheme]}, field="complexity")
    if scheme == "OHS" and complexity == "limited":
        raise Refused(_("Health and safety has the complexities high, medium and low only."), field="complexity")
    column = "qms" if scheme == "QMS" else f"{'ems' if complexity == 'limited' else 'ems_ohs'}.{complexity}"
    bands = work.parameter(f"md5.table.{column}")
    lower = 1
    for upper, days, *doubt in bands:
        if personnel <= upper:
            what = say("{system}", "{system}", system=SYSTEMS[scheme])
            if complexity:
                what = {
                    lang: f"{what[lang]}，{COMPLEXITIES[complexity][lang]}"
                    if lang == "zh"
                    else f"{what[lang]}, {COMPLEXITIES[complexity][lang]}"
                    for lang in what
                }
            work.step(
                "Table value for {lower} to {upper} people, {what}, days",
                "查表：{lower}至{upper}人，{what}（人日）",
                Decimal(days),
                source="iaf-md5@2023#annex A",
                unconfirmed=bool(doubt),
                lower=lower,
                upper=upper,
                what=what,
            )
            return Fraction(days), False
        lower = upper + 1
    return _beyond(work, column, bands, personnel), True


def _beyond(work: Work, column: str, bands: list[list[Any]], personnel: int) -> Fraction:
    step = Fraction(work.parameter(f"md5.beyond.{column}"))
    growth = Fraction(work.parameter("md5.beyond.band_growth"))
    upper, days = Fraction(bands[-1][0]), Fraction(bands[-1][1])
    width = upper - bands[-2][0]
    while personnel > upper:
        width *= growth
        upper += width
        days += step
    work.step(
        "Above {last} people the table follows its progression; somebody must review this value",
        "超过{last}人时按表的递进规律推算，须人工复核",
        Decimal(days.numerator) / days.denominator,
        source="testamur@2026-1",
        unconfirmed=True,
        last=bands[-1][0],
    )
    return days


def _decimal(days: Fraction) -> Decimal:
    return Decimal(days.numerator) / Decimal(days.denominator)


@rule(
    "MD5.table",
    title=say("Audit time: table value", "审核时间：查表值"),
    source="iaf-md5@2023#annex A",
    inputs={"scheme": _system(), "complexity": _complexity(), "personnel": _personnel()},
    output={
        "days": Answer("decimal, in days", "stage 1 and stage 2 together", "第一、二阶段合计人日"),
        "manual_review": Answer(
            "yes/no", "only above the last band: a person must look", "仅超出表列人数时：须人工复核"
        ),
    },
)
def table(work: Work, *, scheme: str, complexity: str | None, personnel: int) -> dict[str, Any]:
    """Stage 1 and stage 2 audit days by effective personnel."""
    days, review = table_days(work, scheme, complexity, personnel)
    work.step("{days} days for {n} people.", "{n}人对应{days}人日。", _decimal(days), days=days, n=personnel)
    return {"days": _decimal(days), **({"manual_review": True} if review else {})}


@rule(
    "MD5.effective_personnel",
    title=say("Effective personnel", "有效人数"),
    source=["iaf-md5@2023#2.3", "iaf-md5@2023#1.9"],
    inputs={
        "full_time": Whole(
            en="full-time people in scope, all shifts",
            zh="范围内全职人员（所有班次）",
            unit="persons",
            minimum=0,
            maximum=5_000_000,
        ),
        "part_time": ListOf(
            en="part-time people",
            zh="兼职人员",
            optional=True,
            default=[],
            item=Record(
                en="group",
                zh="组别",
                parts={
                    "n": Whole(en="people", zh="人数", unit="persons", minimum=0, maximum=5_000_000),
                    "hours": Number(en="hours each", zh="每人工时", unit="hours", minimum=0, maximum=744),
                },
            ),
        ),
        "full_time_hours": Number(
            en="hours of a full-time person in the same period", zh="同期全职工时", unit="hours", above=0, maximum=744
        ),
        "unskilled_similar": ListOf(
            en="groups in similar simple jobs",
            zh="从事相同简单工作的人员",
            optional=True,
            default=[],
            item=Record(
                en="group",
                zh="组别",
                parts={
                    "n": Whole(en="people", zh="人数", unit="persons", minimum=0, maximum=5_000_000),
                    "counted": Whole(en="counted as", zh="计为", unit="persons", minimum=0, maximum=5_000_000),
                },
            ),
        ),
    },
    output={"personnel": Answer("whole number, in persons", "effective personnel", "有效人数")},
    bind=["full_time", "part_time", "full_time_hours", "unskilled_similar"],
    decides=["personnel"],
    unconfirmed=True,
)
def effective_personnel(
    work: Work,
    *,
    full_time: int,
    part_time: list[dict[str, Any]],
    full_time_hours: Decimal,
    unskilled_similar: list[dict[str, Any]],
) -> dict[str, Any]:
    """Part-timers count by their hours; similar simple jobs may be counted in part with a recorded reason."""
    total = Fraction(full_time)
    work.step("Full-time people", "全职人员", full_time)
    for place, group in enumerate(part_time):
        if group["hours"] > full_time_hours:
            raise Refused(
                _("A part-time group works {hours} hours, more than the {full} hours of a full-time person."),
                {"hours": group["hours"], "full": full_time_hours},
                field=f"part_time[{place}].hours",
            )
        share = Fraction(group["n"]) * Fraction(group["hours"]) / Fraction(full_time_hours)
        total += share
        work.step(
            "{n} part-time people with {hours} of {full} hours count as",
            "{n}名兼职人员，每人{hours}／{full}小时，折合",
            _decimal(share),
            n=group["n"],
            hours=group["hours"],
            full=full_time_hours,
        )
    for place, group in enumerate(unskilled_similar):
        if group["counted"] > group["n"]:
            raise Refused(
                _("A group of {n} cannot be counted as {counted}."), group, field=f"unskilled_similar[{place}].counted"
            )
        total -= group["n"] - group["counted"]
        work.step(
            "{n} people in similar simple jobs are counted as {counted}; the reason is recorded",
            "{n}名从事相同简单工作的人员计为{counted}人，理由须记录",
            group["counted"] - group["n"],
            n=group["n"],
            counted=group["counted"],
        )
    people = ceiling(total)
    if people < 1:
        raise Refused(_("Nobody is left to count: check the people in similar simple jobs."), field="unskilled_similar")
    work.step("{people} effective people, rounded up.", "有效人数{people}人（向上取整）。", people, people=people)
    return {"personnel": people}


@rule(
    "MD5.audit_time",
    title=say("Audit time", "审核时间"),
    source=["iaf-md5@2023#3.9", "iaf-md5@2023#2.2.3"],
    inputs={
        "scheme": _system(),
        "complexity": _complexity(),
        "personnel": _personnel(),
        "adjustments": ListOf(
            en="adjustments as shares, a reduction is negative",
            zh="调整比例（减少为负）",
            optional=True,
            default=[],
            item=Number(en="adjustment", zh="调整", minimum=-1, maximum=10),
        ),
    },
    output={
        "days": Answer("decimal, in days", "stage 1 and stage 2 together", "第一、二阶段合计人日"),
        "net_adjustment_used": Answer("decimal, share", "net adjustment used", "采用的净调整比例"),
        "capped": Answer("yes/no", "the reduction was limited", "减少是否受限"),
        "manual_review": Answer(
            "yes/no", "only above the last band: a person must look", "仅超出表列人数时：须人工复核"
        ),
    },
    supplied=["adjustments"],
    bind=["scheme", "personnel"],
    decides=["audit_time"],
)
def audit_time(
    work: Work, *, scheme: str, complexity: str | None, personnel: int, adjustments: list[Decimal]
) -> dict[str, Any]:
    """Table value, adjusted by the net sum but never by more than 30 % down, to the nearest half day."""
    base, review = table_days(work, scheme, complexity, personnel)
    cap = Decimal(work.parameter("md5.reduction_cap"))
    net = sum(adjustments, Decimal(0))
    used = max(net, -cap)
    capped = used != net
    if adjustments:
        work.step("Adjustments: {items}", "调整：{items}", percent(net), items=[percent(item) for item in adjustments])
    else:
        work.step("No adjustments", "无调整", percent(Decimal(0)))
    if capped:
        work.step(
            "Net reduction may not pass {cap}",
            "净减少不得超过{cap}",
            percent(used),
            source="iaf-md5@2023#3.9",
            cap=percent(cap),
        )
    raw = base * (1 + Fraction(used))
    work.step("{base} × {factor}", "{base} × {factor}", _decimal(raw), base=base, factor=1 + Fraction(used))
    days = half_days(raw)
    floor_days = base * (1 - Fraction(cap))
    if Fraction(days) < floor_days:
        days += Decimal("0.5")
        work.step(
            "Rounding down would pass the limit, so to the next half day",
            "四舍五入后低于下限，进至下一半日",
            days,
            source="testamur@2026-1",
        )
    work.step(
        "{days} days of 8 hours, stage 1 and stage 2 together.",
        "第一、二阶段合计{days}人日（每日8小时）。",
        days,
        source="iaf-md5@2023#2.2.3",
        days=days,
    )
    answer: dict[str, Any] = {"days": days, "net_adjustment_used": used, "capped": capped}
    return {**answer, "manual_review": True} if review else answer


def _days(en: str, zh: str) -> Number:
    return Number(en=en, zh=zh, unit="days", minimum=0, maximum=100_000)


@rule(
    "MD5.round",
    title=say("To the nearest half day", "取整到半日"),
    source="iaf-md5@2023#2.2.3",
    inputs={"x": _days("days", "人日")},
    output={"days": Answer("decimal, in days", "nearest half day", "最接近的半日")},
)
def round_days(work: Work, *, x: Decimal) -> dict[str, Any]:
    """A tie goes up."""
    days = half_days(Fraction(x))
    work.step("{x} days to the nearest half day: {days}.", "{x}人日取整到半日：{days}。", days, x=x, days=days)
    return {"days": days}


def _share_of_initial(work: Work, name: str, initial_days: Decimal, en: str, zh: str) -> dict[str, Any]:
    share = Fraction(work.parameter(name))
    raw = Fraction(initial_days) * share
    work.step("Initial audit time, days", "初次审核时间（人日）", initial_days)
    work.step("{share} of it", "其{share}", _rounded_for_show(raw), share=f"{share.numerator}/{share.denominator}")
    days = half_days(raw)
    work.step(en, zh, days, days=days)
    return {"days": days}


def _rounded_for_show(days: Fraction) -> Decimal:
    return Decimal(floor(days * 100 + Fraction(1, 2))) / 100


@rule(
    "MD5.surveillance",
    title=say("Audit time of a surveillance", "监督审核时间"),
    source="iaf-md5@2023#5",
    inputs={"initial_days": _days("initial audit time for the client as it is now", "按现状计算的初次审核时间")},
    output={"days": Answer("decimal, in days", "each year", "每年人日")},
    supplied=["initial_days"],
    decides=["surveillance_time"],
)
def surveillance(work: Work, *, initial_days: Decimal) -> dict[str, Any]:
    """About one third of the initial time, each year."""
    return _share_of_initial(
        work,
        "md5.surveillance_share",
        initial_days,
        "{days} days of surveillance each year.",
        "每年监督审核{days}人日。",
    )


@rule(
    "MD5.recert",
    title=say("Audit time of a recertification", "再认证审核时间"),
    source="iaf-md5@2023#6",
    inputs={"initial_days": _days("initial audit time that would be needed now", "按现状计算的初次审核时间")},
    output={"days": Answer("decimal, in days", "recertification", "再认证人日")},
    supplied=["initial_days"],
    decides=["renewal_time"],
)
def recert(work: Work, *, initial_days: Decimal) -> dict[str, Any]:
    """About two thirds of the initial time that would be needed now."""
    return _share_of_initial(
        work, "md5.recert_share", initial_days, "{days} days of recertification.", "再认证审核{days}人日。"
    )


@rule(
    "MD5.onsite_min",
    title=say("Least time at the client", "现场审核最少时间"),
    source="iaf-md5@2023#4.1",
    inputs={"audit_days": _days("audit time", "审核时间")},
    output={
        "minimum_days": Answer(
            "decimal, in days, not rounded", "from opening to closing meeting", "首末次会议之间最少人日"
        )
    },
    supplied=["audit_days"],
    decides=["onsite_time"],
)
def onsite_min(work: Work, *, audit_days: Decimal) -> dict[str, Any]:
    """At least 80 % of the audit time; travel and breaks do not count."""
    share = Decimal(work.parameter("md5.onsite_share"))
    least = audit_days * share
    work.step("Audit time, days", "审核时间（人日）", audit_days)
    work.step(
        "At least {share} with the client: {days} days.",
        "在受审核方处至少{share}：{days}人日。",
        least,
        share=percent(share),
        days=least,
    )
    return {"minimum_days": least}
