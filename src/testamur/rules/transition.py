"""TRANS.*: certificates to an old edition end with the transition. Source: pattern of IAF ID 9 and ID 10."""

from __future__ import annotations

from datetime import date
from typing import Any

from testamur.kernel.days import add_months
from testamur.rules.engine import Answer, Work, rule
from testamur.rules.kinds import Day, Whole
from testamur.rules.saying import say


def _end() -> Day:
    return Day(en="end of the transition; empty: not known", zh="换版过渡期截止日（未知则不填）", optional=True)


@rule(
    "TRANS.expiry",
    title=say("Expiry of a certificate to an old edition", "旧版标准证书的有效期"),
    source="iaf-id9@2015",
    inputs={
        "issue_date": Day(en="issue of the certificate", zh="发证日期"),
        "cycle_months": Whole(en="certification cycle", zh="认证周期", unit="months", minimum=1, maximum=240),
        "transition_end": _end(),
    },
    output={"expiry": Answer("day", "the certificate expires", "证书有效期至")},
    supplied=["issue_date", "transition_end"],
    bind=["cycle_months"],
    decides=["expiry"],
)
def expiry(work: Work, *, issue_date: date, cycle_months: int, transition_end: date | None) -> dict[str, Any]:
    """The cycle, or the end of the transition where that is sooner."""
    by_cycle = add_months(issue_date, cycle_months)
    work.step("Issued", "发证日期", issue_date)
    work.step("{months} months later", "{months}个月后", by_cycle, months=cycle_months)
    if transition_end is None:
        work.step("No end of a transition is known for this edition", "该版本尚无过渡期截止日")
    else:
        work.step("The transition ends", "换版过渡期截止", transition_end)
    day = by_cycle if transition_end is None else min(by_cycle, transition_end)
    work.step("The certificate expires on {day}.", "证书有效期至{day}。", day, day=day)
    return {"expiry": day}


@rule(
    "TRANS.status",
    title=say("Is a certificate to an old edition still valid?", "旧版标准证书是否仍有效"),
    source="iaf-id9@2015",
    inputs={"as_of": Day(en="day asked about", zh="查询日期"), "transition_end": _end()},
    output={"valid": Answer("yes/no", "the edition may still be certified to", "该版本证书仍可有效")},
)
def status(work: Work, *, as_of: date, transition_end: date | None) -> dict[str, Any]:
    """Valid to the last day of the transition; valid with a warning while that day is unknown."""
    if transition_end is None:
        work.step(
            "The end of the transition is not known, so certificates to this edition stay valid.",
            "过渡期截止日未知，该版本证书仍然有效。",
            source="testamur@2026-1",
        )
        return {"valid": True}
    valid = as_of <= transition_end
    work.step("The transition ends", "换版过渡期截止", transition_end)
    if valid:
        work.step("On {day} the old edition still counts.", "{day}旧版本仍然有效。", day=as_of)
    else:
        work.step("On {day} the old edition no longer counts.", "{day}旧版本已失效。", day=as_of)
    return {"valid": valid}
