"""CN.cb_conditions, CN.ccc_renew_from, CN.cma_renew_by: approvals in China and when to renew them."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from testamur.kernel.days import add_months
from testamur.rules.engine import Answer, Work, rule
from testamur.rules.kinds import Day, Number, Whole, YesNo
from testamur.rules.saying import number, say


@rule(
    "CN.cb_conditions",
    title=say("Conditions for a certification body's approval (China)", "认证机构设立条件（中国）"),
    source="cn-rca@2023-07-20#art. 10",
    inputs={
        "legal_person": YesNo(en="is a legal person", zh="具有法人资格"),
        "premises": YesNo(en="has fixed premises and facilities", zh="有固定场所和必要设施"),
        "system": YesNo(en="has a management system that meets the requirements", zh="有符合要求的管理制度"),
        "capital_cny": Number(en="registered capital", zh="注册资本", unit="CNY", minimum=0),
        "full_time_certifiers": Whole(
            en="full-time certifiers in the field", zh="相应领域专职认证人员", unit="persons", minimum=0
        ),
        "product_cert": YesNo(en="applies for product certification", zh="申请从事产品认证"),
        "test_capability": YesNo(
            en="has test or inspection capability", zh="具备检测、检查等技术能力", optional=True, default=False
        ),
    },
    output={
        "ok": Answer("yes/no", "all conditions are met", "全部符合"),
        "failed": Answer(
            "list of `legal_person`, `premises`, `system`, `capital`, `certifiers`, `capability`",
            "conditions that are not met",
            "未符合的条件",
        ),
    },
    bind=[
        "legal_person",
        "premises",
        "system",
        "capital_cny",
        "full_time_certifiers",
        "product_cert",
        "test_capability",
    ],
    decides=["eligibility"],
)
def cb_conditions(
    work: Work,
    *,
    legal_person: bool,
    premises: bool,
    system: bool,
    capital_cny: Decimal,
    full_time_certifiers: int,
    product_cert: bool,
    test_capability: bool,
) -> dict[str, Any]:
    """Legal person, premises, system, capital, ten certifiers; product bodies also test capability."""
    least_capital = work.parameter("cn.cb.capital")
    least_people = work.parameter("cn.cb.certifiers")
    met = {
        "legal_person": legal_person,
        "premises": premises,
        "system": system,
        "capital": capital_cny >= least_capital,
        "certifiers": full_time_certifiers >= least_people,
        "capability": test_capability or not product_cert,
    }
    work.step("Legal person", "法人资格", legal_person)
    work.step("Fixed premises and facilities", "固定场所和设施", premises)
    work.step("Management system", "管理制度", system)
    work.step(
        "Capital CNY {capital}; at least {least}",
        "注册资本{capital}元，不少于{least}元",
        met["capital"],
        capital=number(capital_cny),
        least=least_capital,
    )
    work.step(
        "{people} full-time certifiers; at least {least}",
        "专职认证人员{people}名，不少于{least}名",
        met["certifiers"],
        people=full_time_certifiers,
        least=least_people,
    )
    if product_cert:
        work.step("Product certification needs test capability", "产品认证须具备检测能力", test_capability)
    failed = [code for code, fulfilled in met.items() if not fulfilled]
    if failed:
        work.step("Conditions not met: {count}.", "未符合的条件：{count}项。", count=len(failed))
    else:
        work.step("All conditions are met.", "全部条件均符合。")
    return {"ok": not failed, "failed": failed}


@rule(
    "CN.ccc_renew_from",
    title=say("Renewal of a compulsory product certificate", "强制性产品认证证书续期"),
    source="cnca-ccc-practice@2022#renewal",
    inputs={"expiry": Day(en="expiry of the certificate", zh="证书有效期至")},
    output={"date": Answer("day", "first day on which renewal may be applied for", "可申请续期的首日")},
    supplied=["expiry"],
    decides=["renewal_opens"],
)
def ccc_renew_from(work: Work, *, expiry: date) -> dict[str, Any]:
    """Renewal is applied for within the ninety days before expiry."""
    days = work.parameter("cn.ccc.renewal_days")
    opens = expiry - timedelta(days=days)
    work.step("The certificate expires", "证书有效期至", expiry)
    work.step("Days before expiry", "届满前天数", days)
    work.step("Renewal may be applied for from {day} on.", "{day}起可申请续期。", opens, day=opens)
    return {"date": opens}


@rule(
    "CN.cma_renew_by",
    title=say("Renewal of a laboratory's qualification", "检验检测机构资质认定延续"),
    source="cn-cma-measures@2021",
    inputs={"expiry": Day(en="expiry of the qualification", zh="资质认定证书有效期至")},
    output={"date": Answer("day", "last day to apply for renewal", "申请延续的最迟日期")},
)
def cma_renew_by(work: Work, *, expiry: date) -> dict[str, Any]:
    """Renewal is applied for at least three months before expiry."""
    months = work.parameter("cn.cma.renewal_months")
    last = add_months(expiry, -months)
    work.step("The qualification expires", "证书有效期至", expiry)
    work.step("Months before expiry", "届满前月数", months)
    work.step("Renewal is applied for by {day}.", "最迟应于{day}前申请延续。", last, day=last)
    return {"date": last}
