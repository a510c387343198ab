"""CAB.impartiality_person, CAB.decision_independence, CN.person_bar: who may take part, and who may not yet."""

from __future__ import annotations

from datetime import date
from typing import Any

from testamur.kernel.days import add_months
from testamur.kernel.refusal import Refused, _
from testamur.rules.engine import Answer, Work, rule
from testamur.rules.kinds import Choice, Day, ListOf, Text
from testamur.rules.saying import Words, say


@rule(
    "CAB.impartiality_person",
    title=say("Consulted or audited the client before?", "曾为客户提供咨询或内审的人员"),
    source="iso-17021-1@2015#5.2.10",
    inputs={
        "consulting_or_internal_audit_end": Day(
            en="end of consultancy or internal audit at the client; empty: none",
            zh="为该客户咨询或内审的结束日期（无则不填）",
            optional=True,
        ),
        "audit_date": Day(en="day of the audit or decision", zh="审核或决定日期"),
    },
    output={"allowed": Answer("yes/no", "may take part", "是否可以参与")},
    supplied=["consulting_or_internal_audit_end", "audit_date"],
    decides=["person_allowed"],
)
def impartiality_person(
    work: Work, *, consulting_or_internal_audit_end: date | None, audit_date: date
) -> dict[str, Any]:
    """Two years must have passed since consultancy or internal audit for the client ended."""
    if consulting_or_internal_audit_end is None:
        work.step(
            "No consultancy or internal audit for this client: the person may take part.",
            "未曾为该客户提供咨询或内审，可以参与。",
        )
        return {"allowed": True}
    months = work.parameter("cab.impartiality.months")
    free_from = add_months(consulting_or_internal_audit_end, months)
    allowed = audit_date >= free_from
    work.step("Consultancy or internal audit ended", "咨询或内审结束", consulting_or_internal_audit_end)
    work.step("{months} months later", "{months}个月后", free_from, months=months)
    if allowed:
        work.step("On {day} the person may take part.", "{day}可以参与。", day=audit_date)
    else:
        work.step(
            "On {day} the person may not take part; only from {free} on.",
            "{day}不得参与，{free}起方可参与。",
            day=audit_date,
            free=free_from,
        )
    return {"allowed": allowed}


@rule(
    "CAB.decision_independence",
    title=say("Are the deciders independent of the audit?", "认证决定人员是否独立于审核"),
    source=["iso-17021-1@2015#9.5.1", "cn-rca@2023-07-20#art. 22"],
    inputs={
        "audit_team": ListOf(en="audit team", zh="审核组成员", item=Text(en="person", zh="人员")),
        "decision_makers": ListOf(
            en="people who decide", zh="认证决定人员", item=Text(en="person", zh="人员"), at_least=1
        ),
    },
    output={"ok": Answer("yes/no", "nobody audits and decides", "无人既审核又决定")},
    supplied=["audit_team", "decision_makers"],
    decides=["deciders_independent"],
)
def decision_independence(work: Work, *, audit_team: list[str], decision_makers: list[str]) -> dict[str, Any]:
    """Who decides took no part in the audit."""
    both = sorted(set(audit_team) & set(decision_makers))
    work.step("Audit team", "审核组", audit_team)
    work.step("Deciders", "认证决定人员", decision_makers)
    if both:
        work.step("In both: {people}. They cannot decide.", "既审核又决定：{people}，不得参与决定。", people=both)
    else:
        work.step("Nobody audits and decides.", "无人既审核又决定。")
    return {"ok": not both}


_GROUNDS: dict[str, Words] = {
    "rca72": {"en": "registration of a certifier revoked", "zh": "认证人员被撤销执业资格"},
    "rca67": {"en": "accreditation body's staff dismissed", "zh": "认可机构人员被撤职或解聘"},
    "fsl138_dismissed": {"en": "dismissed for a false food test report", "zh": "因出具虚假食品检验报告被开除"},
    "fsl138_criminal": {"en": "criminal penalty in food testing", "zh": "因食品检验违法受到刑事处罚"},
    "fsl138_major_accident": {
        "en": "false food test report that led to a major accident",
        "zh": "出具虚假检验报告导致重大食品安全事故",
    },
    "policy2018_permanent": {
        "en": "permanent ban announced by [2018] 3",
        "zh": "国发〔2018〕3号提出的永久禁入",
    },
}


@rule(
    "CN.person_bar",
    title=say("How long is a person barred?", "人员从业禁止期限"),
    source=["cn-rca@2023-07-20#art. 72", "cn-rca@2023-07-20#art. 67", "cn-food-safety-law@2021-04-29#art. 138"],
    inputs={
        "ground": Choice(en="ground", zh="依据", options=_GROUNDS),
        "date": Day(en="day of the decision", zh="处理决定日期"),
        "legal_act": Text(
            en="legal act, for a ban that rests on policy only", zh="法律依据（仅凭政策文件时必填）", optional=True
        ),
    },
    output={"until": Answer("day or `permanent`", "barred until", "禁止期限至")},
    supplied=["date"],
    bind=["ground"],
    decides=["reapply_after"],
)
def person_bar(work: Work, *, ground: str, date: date, legal_act: str | None) -> dict[str, Any]:
    """Five or ten years, or for ever, by the article that bars."""
    if ground == "policy2018_permanent" and not legal_act:
        raise Refused(
            _("This ban is announced by a policy only; name the legal act on which it is applied."),
            source="cn-council-2018-3@2018-01-26",
            field="legal_act",
        )
    months = work.parameter(f"cn.person_bar.{ground}")
    work.step("Ground: {ground}", "依据：{ground}", ground=_GROUNDS[ground])
    work.step("Decided", "决定日期", date)
    if legal_act:
        work.step("Legal act named: {act}", "所引法律依据：{act}", act=legal_act)
    if months == "permanent":
        work.step("The person is barred for ever.", "终身不得从业。")
        return {"until": "permanent"}
    until = add_months(date, months)
    work.step("Years barred", "禁止年数", months // 12)
    work.step("No application is accepted before {until}.", "{until}前不受理其申请。", until, until=until)
    return {"until": until}
