"""CAB.transfer_eligibility: may a certificate move to another body, and until when? Source: IAF MD 2:2023."""

from __future__ import annotations

from datetime import date
from typing import Any

from testamur.kernel.days import add_months
from testamur.kernel.refusal import Refused, _
from testamur.rules.engine import Answer, Work, rule
from testamur.rules.kinds import Choice, Day, YesNo
from testamur.rules.saying import Words, say

_STATES: dict[str, Words] = {
    "operating": {"en": "operating", "zh": "正常运营"},
    "ceased_trading": {"en": "stopped trading", "zh": "已停业"},
    "accreditation_expired": {"en": "accreditation expired", "zh": "认可已到期"},
    "accreditation_suspended": {"en": "accreditation suspended", "zh": "认可被暂停"},
    "accreditation_withdrawn": {"en": "accreditation withdrawn", "zh": "认可被撤销"},
}


@rule(
    "CAB.transfer_eligibility",
    title=say("May a certificate be transferred?", "证书是否可以转换机构"),
    source="iaf-md2@2023#2.1",
    inputs={
        "status": Choice(
            en="status of the certificate",
            zh="证书状态",
            options={
                "valid": {"en": "valid", "zh": "有效"},
                "suspended": {"en": "suspended", "zh": "暂停"},
                "withdrawn": {"en": "withdrawn", "zh": "撤销"},
                "cancelled": {"en": "cancelled", "zh": "注销"},
                "expired": {"en": "expired", "zh": "有效期届满"},
            },
        ),
        "accredited_under_mla": YesNo(
            en="issued under an accreditation within the multilateral arrangement", zh="是否在多边互认协议的认可下颁发"
        ),
        "issuing_cb_state": Choice(en="state of the issuing body", zh="原发证机构情况", options=_STATES),
        "cb_event_date": Day(
            en="day the body's state changed, unless it operates", zh="原发证机构情况变化日期", optional=True
        ),
        "expiry": Day(en="expiry of the certificate", zh="证书有效期至"),
    },
    output={
        "eligible": Answer("yes/no", "may be transferred", "是否可以转换"),
        "complete_by": Answer(
            "day", "last day; none while the issuing body operates", "最迟完成日期；原机构正常运营时为空"
        ),
    },
    supplied=["status", "accredited_under_mla", "issuing_cb_state", "cb_event_date", "expiry"],
    decides=["transfer"],
)
def transfer_eligibility(
    work: Work,
    *,
    status: str,
    accredited_under_mla: bool,
    issuing_cb_state: str,
    cb_event_date: date | None,
    expiry: date,
) -> dict[str, Any]:
    """Only a valid, accredited certificate is transferred; six months at most where the body is gone."""
    eligible = status == "valid" and accredited_under_mla
    work.step("The certificate is valid", "证书有效", status == "valid", source="iaf-md2@2023#2.1.2")
    work.step(
        "It was issued under an arrangement's accreditation",
        "在多边互认的认可下颁发",
        accredited_under_mla,
        source="iaf-md2@2023#2.1.1",
    )
    complete_by = None
    if issuing_cb_state != "operating":
        if cb_event_date is None:
            raise Refused(
                _("The day on which the issuing body's state changed is needed: {state}."),
                {"state": _STATES[issuing_cb_state]},
                field="cb_event_date",
            )
        months = work.parameter("cab.transfer.months")
        complete_by = min(add_months(cb_event_date, months), expiry)
        work.step(
            "The issuing body: {state}, {day}",
            "原发证机构：{state}，{day}",
            cb_event_date,
            state=_STATES[issuing_cb_state],
            day=cb_event_date,
        )
        work.step(
            "{months} months after that, or expiry if sooner",
            "其后{months}个月或证书到期，以较早者为准",
            complete_by,
            source="iaf-md2@2023#2.1.3",
            months=months,
        )
    if not eligible:
        work.step(
            "It cannot be transferred; the body treats it as a new application.",
            "不能转换，新机构应按新申请受理。",
        )
    elif complete_by:
        work.step(
            "It may be transferred; the transfer is completed by {day}.",
            "可以转换，最迟于{day}前完成。",
            day=complete_by,
        )
    else:
        work.step("It may be transferred; its expiry stays.", "可以转换，原有效期不变。")
    return {"eligible": eligible, "complete_by": complete_by}
