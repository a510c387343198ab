"""CAB.cn_qms_application: may an organisation apply for quality management certification in China?

Source: CNCA-QMS-01:2025, 5.1.2.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from testamur.kernel.days import add_months
from testamur.rules.engine import Answer, Work, rule
from testamur.rules.kinds import Day, YesNo
from testamur.rules.saying import Words, say

#: Reason codes, by the name of the fact that gives them.
REASONS: dict[str, Words] = {
    "legal_entity": say("The legal entity is not valid.", "主体资格无效。"),
    "licences": say("A licence the activity needs is not valid.", "所需行政许可无效。"),
    "system_under_3_months": say("The system has run for less than 3 months.", "体系运行不足3个月。"),
    "own_cert_lost_under_1_year": say(
        "A certificate was lost for own reasons less than 1 year ago.", "因自身原因被暂停或撤销证书不足1年。"
    ),
    "former_cb_revoked_under_3_months": say(
        "The former body's approval was revoked less than 3 months ago.", "原发证机构资质被撤销不足3个月。"
    ),
    "stop_order": say("There is an order to stop production or business.", "正处于责令停产停业期间。"),
    "dishonesty_list": say("The organisation is on a list of serious dishonesty.", "被列入严重违法失信名单。"),
    "major_accident_under_1_year": say(
        "There was a major quality accident less than 1 year ago.", "发生重大质量事故不足1年。"
    ),
    "sampling_failed_not_rectified": say(
        "A product in scope failed official sampling within a year and was not rectified.",
        "范围内产品一年内国家监督抽查不合格且未整改。",
    ),
}


@rule(
    "CAB.cn_qms_application",
    title=say("May an organisation apply? (China, quality management)", "申请受理条件（中国，质量管理体系）"),
    source="cnca-qms-01@2025#5.1.2",
    inputs={
        "legal_entity_valid": YesNo(en="legal entity valid", zh="主体资格有效"),
        "licences_valid": YesNo(en="licences valid", zh="行政许可有效"),
        "system_started": Day(en="system in operation since", zh="体系开始运行日期"),
        "application_date": Day(en="day of the application", zh="申请日期"),
        "own_cert_lost_on": Day(
            en="certificate suspended or withdrawn for own reasons on",
            zh="因自身原因被暂停或撤销证书日期",
            optional=True,
        ),
        "former_cb_revoked_on": Day(
            en="former body's approval revoked on", zh="原发证机构资质被撤销日期", optional=True
        ),
        "stop_order": YesNo(en="order to stop production or business", zh="被责令停产停业"),
        "dishonesty_list": YesNo(en="on a list of serious dishonesty", zh="被列入严重违法失信名单"),
        "major_quality_accident_on": Day(en="last major quality accident", zh="最近重大质量事故日期", optional=True),
        "national_sampling_failed_on": Day(
            en="last failed official sampling in scope", zh="最近国家监督抽查不合格日期", optional=True
        ),
        "sampling_rectified": YesNo(
            en="failed sampling rectified", zh="抽查不合格已整改", optional=True, default=False
        ),
    },
    output={
        "accepted": Answer("yes/no", "the application may be accepted", "可以受理"),
        "reasons": Answer("list of text", "codes of what stands against it, sorted", "不予受理原因代码（已排序）"),
    },
    supplied=["application_date"],
    bind=[
        "legal_entity_valid",
        "licences_valid",
        "system_started",
        "own_cert_lost_on",
        "former_cb_revoked_on",
        "stop_order",
        "dishonesty_list",
        "major_quality_accident_on",
        "national_sampling_failed_on",
        "sampling_rectified",
    ],
    decides=["eligibility"],
)
def cn_qms_application(
    work: Work,
    *,
    legal_entity_valid: bool,
    licences_valid: bool,
    system_started: date,
    application_date: date,
    own_cert_lost_on: date | None,
    former_cb_revoked_on: date | None,
    stop_order: bool,
    dishonesty_list: bool,
    major_quality_accident_on: date | None,
    national_sampling_failed_on: date | None,
    sampling_rectified: bool,
) -> dict[str, Any]:
    """Each condition is judged by itself; all that fail are told at once."""

    def recent(day: date | None, parameter: str) -> bool:
        return day is not None and application_date < add_months(day, work.parameter(parameter))

    sampled = recent(national_sampling_failed_on, "cn.qms.sampling_months")
    against = {
        "legal_entity": not legal_entity_valid,
        "licences": not licences_valid,
        "system_under_3_months": recent(system_started, "cn.qms.system_months"),
        "own_cert_lost_under_1_year": recent(own_cert_lost_on, "cn.qms.lost_certificate_months"),
        "former_cb_revoked_under_3_months": recent(former_cb_revoked_on, "cn.qms.former_body_months"),
        "stop_order": stop_order,
        "dishonesty_list": dishonesty_list,
        "major_accident_under_1_year": recent(major_quality_accident_on, "cn.qms.accident_months"),
        "sampling_failed_not_rectified": sampled and not sampling_rectified,
    }
    reasons = sorted(code for code, stands in against.items() if stands)
    work.step("Day of the application", "申请日期", application_date)
    work.step(
        "The system has run long enough since {day}",
        "体系自{day}起运行时间已满足",
        not against["system_under_3_months"],
        day=system_started,
    )
    for code in reasons:
        work.step(REASONS[code]["en"], REASONS[code]["zh"])
    if reasons:
        work.step("The application cannot be accepted yet.", "暂不能受理申请。")
    else:
        work.step("Nothing stands against the application.", "未发现不予受理的情形。")
    return {"accepted": not reasons, "reasons": reasons}
