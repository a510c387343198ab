"""CAB.*: surveillance, recertification and restoration, suspension, verification of nonconformities.

Source: ISO/IEC 17021-1:2015; CNCA rules of 2016 and 2025 as dated parameters.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from testamur.kernel.days import add_months
from testamur.kernel.refusal import Refused, _
from testamur.rules.engine import Answer, Work, rule
from testamur.rules.kinds import Choice, Day, Kind, ListOf, Whole, YesNo
from testamur.rules.saying import Words, say

REGIMES: dict[str, Words] = {
    "ISO": {"en": "ISO/IEC 17021-1", "zh": "ISO/IEC 17021-1"},
    "CN-QMS-2016": {"en": "China, 2016 rules", "zh": "中国2016年规则"},
    "CN-QMS-2025": {"en": "China, CNCA-QMS-01:2025", "zh": "中国 CNCA-QMS-01:2025"},
}


def regime() -> Choice:
    """Return the input that says which set of rules applies."""
    return Choice(en="set of rules", zh="适用规则", options=REGIMES)


@rule(
    "CAB.first_surveillance_due",
    title=say("First surveillance due", "首次监督审核期限"),
    source="iso-17021-1@2015#9.1.3.3",
    inputs={"decision_date": Day(en="certification decision", zh="认证决定日期")},
    output={"due": Answer("day", "last day for the first surveillance", "首次监督审核最迟日期")},
    supplied=["decision_date"],
    decides=["surveillance_due"],
)
def first_surveillance_due(work: Work, *, decision_date: date) -> dict[str, Any]:
    """The first surveillance is not later than twelve months after the decision."""
    months = work.parameter("cab.surveillance.first", "ISO")
    due = add_months(decision_date, months)
    work.step("Certification was decided", "作出认证决定", decision_date)
    work.step("Months allowed after the decision", "决定后允许的月数", months)
    work.step("The first surveillance is due by {due}.", "首次监督审核最迟应于{due}前完成。", due, due=due)
    return {"due": due}


@rule(
    "CAB.surveillance_check",
    title=say("Was surveillance in time?", "监督审核是否按期"),
    source=["iso-17021-1@2015#9.1.3.3", "cnca-qms-01@2025#5.4.1.4", "cnca-qms-rules@2016"],
    inputs={
        "regime": regime(),
        "previous_event": Day(
            en="certificate issue or decision, or last surveillance", zh="发证（决定）或上次监督审核日期"
        ),
        "kind": Choice(
            en="which surveillance",
            zh="监督类别",
            options={
                "first": {"en": "first after certification or recertification", "zh": "初次或再认证后的首次"},
                "later": {"en": "later", "zh": "后续"},
            },
        ),
        "audit_date": Day(
            en="day of the surveillance; empty: only ask when it is due",
            zh="监督审核日期（不填则只算期限）",
            optional=True,
        ),
    },
    output={
        "ok": Answer("yes/no", "in time; none where no audit day was given", "是否按期；未填审核日期时为空"),
        "due": Answer("day", "last day", "最迟日期"),
    },
    supplied=["previous_event", "kind", "audit_date"],
    bind=["regime"],
    decides=["surveillance_due"],
)
def surveillance_check(
    work: Work, *, regime: str, previous_event: date, kind: str, audit_date: date | None
) -> dict[str, Any]:
    """First within 12 months; later once a calendar year (ISO), and within 15 or 12 months (China)."""
    work.step("Counted from", "起算日期", previous_event)
    limits = []
    if kind == "first":
        months = work.parameter("cab.surveillance.first", regime)
        limits.append(add_months(previous_event, months))
        work.step("Months allowed for the first surveillance", "首次监督审核允许的月数", months)
    else:
        if work.parameter("cab.surveillance.each_calendar_year", regime):
            year_end = date(previous_event.year + 1, 12, 31)
            limits.append(year_end)
            work.step("At least once in each calendar year, so by", "每个日历年至少一次，即不迟于", year_end)
        months = work.parameter("cab.surveillance.later", regime)
        if months:
            limits.append(add_months(previous_event, months))
            work.step("Longest interval, in months", "最长间隔（月）", months)
    due = min(limits)
    if audit_date is None:
        work.step("Surveillance is due by {due}.", "监督审核最迟应于{due}前完成。", due, due=due)
        return {"ok": None, "due": due}
    ok = audit_date <= due
    if ok:
        work.step(
            "The surveillance of {audit} was in time; the last day was {due}.",
            "{audit}的监督审核按期完成，最迟日期为{due}。",
            audit=audit_date,
            due=due,
        )
    else:
        work.step(
            "The surveillance of {audit} was late; the last day was {due}.",
            "{audit}的监督审核逾期，最迟日期为{due}。",
            audit=audit_date,
            due=due,
        )
    return {"ok": ok, "due": due}


class Years(Kind):
    """A list of calendar years, or one whole number n: one surveillance in every n calendar years."""

    word = "list of years, or a whole number n: one in every n calendar years of the cycle"

    def _read(self, value: Any, field: str) -> list[int] | int:
        if isinstance(value, (list, tuple)):
            year = Whole(en="year", zh="年份", minimum=1900, maximum=2200)
            return [year.read(item, f"{field}[{place}]") for place, item in enumerate(value)]
        every = Whole(en=self.en, zh=self.zh, minimum=1, maximum=10)
        return int(every.read(value, field))


@rule(
    "CAB.calendar_year_check",
    title=say("Surveillance in each calendar year", "各日历年监督审核"),
    source="iso-17021-1@2015#9.1.3.3",
    inputs={
        "surveillance_dates": ListOf(
            en="days of surveillance", zh="监督审核日期", item=Day(en="surveillance", zh="监督审核")
        ),
        "years_required": Years(en="calendar years that need one", zh="须实施监督的日历年"),
        "decision_date": Day(
            en="certification decision, needed where a number of years is given",
            zh="认证决定日期（按间隔年数计算时必填）",
            optional=True,
        ),
        "expiry": Day(
            en="end of the cycle, needed where a number of years is given",
            zh="证书有效期至（按间隔年数计算时必填）",
            optional=True,
        ),
    },
    output={"missing_years": Answer("list of whole number", "years without surveillance", "缺少监督的年份")},
    supplied=["surveillance_dates"],
    bind=["years_required"],
    decides=["surveillance_due"],
)
def calendar_year_check(
    work: Work,
    *,
    surveillance_dates: list[date],
    years_required: list[int] | int,
    decision_date: date | None,
    expiry: date | None,
) -> dict[str, Any]:
    """Surveillance at least once a calendar year, except in the year of the decision and of recertification."""
    if isinstance(years_required, int):
        if decision_date is None or expiry is None:
            raise Refused(
                _("The certification decision and the end of the cycle are needed to count calendar years."),
                field="decision_date" if decision_date is None else "expiry",
            )
        years = list(range(decision_date.year + years_required, expiry.year, years_required))
        work.step(
            "Calendar years between the decision and the year of recertification",
            "认证决定之后、再认证年份之前的日历年",
            years,
        )
    else:
        years = years_required
        work.step("Calendar years that need a surveillance", "须实施监督的日历年", years)
    done = sorted({day.year for day in surveillance_dates})
    missing = [year for year in years if year not in done]
    work.step("Years with a surveillance", "已实施监督的年份", done)
    if missing:
        work.step("Without a surveillance: {years}.", "以下年份缺少监督审核：{years}。", missing, years=missing)
    else:
        work.step("Every required year has a surveillance.", "各要求年份均已实施监督审核。", missing)
    return {"missing_years": missing}


_ROUTES: dict[str, Words] = {
    "not_expired": {
        "en": "Finished before expiry: an ordinary recertification.",
        "zh": "在有效期届满前完成，按正常再认证处理。",
    },
    "restore": {
        "en": "Finished within {months} months after expiry: certification may be restored.",
        "zh": "在届满后{months}个月内完成，可恢复认证。",
    },
    "stage2_required": {
        "en": "Later than {months} months after expiry: at least a stage 2 audit is needed.",
        "zh": "超过届满后{months}个月，至少须实施第二阶段审核。",
    },
    "initial_required": {
        "en": "Not finished on site before expiry: treated as an initial certification.",
        "zh": "未在有效期内现场完成再认证审核，按初次认证处理。",
    },
}


@rule(
    "CAB.restoration_route",
    title=say("Recertification finished late: which way?", "再认证逾期完成的处理途径"),
    source=["iso-17021-1@2015#9.6.3.2.5", "cnca-qms-01@2025#5.8.2"],
    inputs={
        "regime": regime(),
        "expiry": Day(en="expiry of the certificate", zh="证书有效期至"),
        "completed_on": Day(en="recertification work completed", zh="再认证工作完成日期"),
        "onsite_done_before_expiry": YesNo(
            en="recertification audit done on site before expiry", zh="届满前是否已完成现场再认证审核"
        ),
    },
    output={
        "route": Answer(
            "one of `not_expired`, `restore`, `stage2_required`, `initial_required`", "what follows", "处理途径"
        )
    },
    supplied=["expiry", "completed_on", "onsite_done_before_expiry"],
    bind=["regime"],
    decides=["late_renewal"],
)
def restoration_route(
    work: Work, *, regime: str, expiry: date, completed_on: date, onsite_done_before_expiry: bool
) -> dict[str, Any]:
    """ISO allows restoration within six months; CNCA-QMS-01:2025 allows none."""
    months = work.parameter("cab.restoration.months", regime)
    work.step("The certificate expires", "证书有效期至", expiry)
    work.step("The outstanding work was completed", "未尽工作完成日期", completed_on)
    if months:
        limit = add_months(expiry, months)
        work.step("Restoration is possible until", "可恢复认证的最迟日期", limit)
        if completed_on <= expiry:
            route = "not_expired"
        else:
            route = "restore" if completed_on <= limit else "stage2_required"
    else:
        work.step("These rules know no restoration after expiry", "该规则不允许届满后恢复", 0)
        work.step("Audit on site before expiry", "届满前完成现场审核", onsite_done_before_expiry)
        in_time = completed_on <= expiry and onsite_done_before_expiry
        route = "not_expired" if in_time else "initial_required"
    words = _ROUTES[route]
    work.step(words["en"], words["zh"], months=months)
    return {"route": route}


@rule(
    "CAB.major_nc_window",
    title=say("Time to verify a major nonconformity", "严重不符合验证期限"),
    source="iso-17021-1@2015#9.5.3.2",
    inputs={
        "stage2_last_day": Day(en="last day of stage 2", zh="第二阶段审核最后一天"),
        "verified_on": Day(
            en="correction verified; empty: only ask until when", zh="验证日期（不填则只算期限）", optional=True
        ),
    },
    output={
        "result": Answer(
            "one of `ok`, `repeat_stage2`", "what follows; none where nothing is verified yet", "结论；尚未验证时为空"
        ),
        "limit": Answer("day", "last day", "最迟日期"),
    },
    supplied=["stage2_last_day", "verified_on"],
    decides=["repeat_determination"],
)
def major_nc_window(work: Work, *, stage2_last_day: date, verified_on: date | None) -> dict[str, Any]:
    """Not verified within six months after stage 2: another stage 2 before recommending certification."""
    months = work.parameter("cab.major_nc.months")
    limit = add_months(stage2_last_day, months)
    work.step("Last day of stage 2", "第二阶段审核最后一天", stage2_last_day)
    work.step("Months to verify correction and corrective action", "验证纠正和纠正措施的月数", months)
    if verified_on is None:
        work.step(
            "Major nonconformities must be verified by {limit}.",
            "严重不符合应于{limit}前完成验证。",
            limit,
            limit=limit,
        )
        return {"result": None, "limit": limit}
    if verified_on <= limit:
        work.step(
            "Verified on {day}, in time; the last day was {limit}.",
            "{day}完成验证，未超过期限{limit}。",
            day=verified_on,
            limit=limit,
        )
        return {"result": "ok", "limit": limit}
    work.step(
        "Verified on {day}, after {limit}: another stage 2 is needed before certification.",
        "{day}完成验证，已超过期限{limit}：须重新实施第二阶段审核后方可推荐认证。",
        day=verified_on,
        limit=limit,
    )
    return {"result": "repeat_stage2", "limit": limit}


@rule(
    "CAB.suspension_check",
    title=say("How long may a suspension last?", "暂停期限"),
    source="iso-17021-1@2015#9.6.5.4",
    inputs={
        "suspended_on": Day(en="suspended on", zh="暂停日期"),
        "as_of": Day(en="day asked about", zh="查询日期"),
        "max_months": Whole(en="longest suspension", zh="最长暂停期限", unit="months", minimum=1, maximum=120),
    },
    output={
        "result": Answer("one of `within_limit`, `must_withdraw_or_reduce`", "what follows", "结论"),
        "limit": Answer("day", "last day of the suspension", "暂停最后一天"),
    },
    supplied=["suspended_on", "as_of"],
    bind=["max_months"],
    decides=["suspension_limit"],
)
def suspension_check(work: Work, *, suspended_on: date, as_of: date, max_months: int) -> dict[str, Any]:
    """A suspension that is not resolved in time ends in withdrawal or a reduced scope."""
    limit = add_months(suspended_on, max_months)
    work.step("Suspended", "暂停日期", suspended_on)
    work.step("Longest suspension, in months", "最长暂停期限（月）", max_months)
    if as_of <= limit:
        work.step(
            "On {day} the suspension may still last until {limit}.",
            "截至{day}，暂停最长可持续至{limit}。",
            day=as_of,
            limit=limit,
        )
        return {"result": "within_limit", "limit": limit}
    work.step(
        "On {day} the suspension had ended on {limit}: the body must withdraw or reduce the scope.",
        "截至{day}，暂停已于{limit}到期：认证机构应撤销证书或缩小范围。",
        day=as_of,
        limit=limit,
    )
    return {"result": "must_withdraw_or_reduce", "limit": limit}
