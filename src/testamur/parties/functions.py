"""What people read instead of a function's id, and which functions weigh so much that they need special care."""

from __future__ import annotations

from testamur.kernel.words import Function

#: Function → its name and one line on what it allows, both in the two languages.
WORDS: dict[Function, tuple[dict[str, str], dict[str, str]]] = {
    Function.APPLICATION: (
        {"en": "Application", "zh": "申请"},
        {"en": "Applies for certification and answers findings.", "zh": "提出认证申请，答复不符合项。"},
    ),
    Function.SELECTION: (
        {"en": "Selection", "zh": "选取（申请评审与策划）"},
        {"en": "Reviews applications, plans visits and teams.", "zh": "评审申请，策划审核与审核组。"},
    ),
    Function.DETERMINATION: (
        {"en": "Determination", "zh": "确定（审核、检测、检查）"},
        {"en": "Audits, tests, inspects and records findings.", "zh": "实施审核、检测、检查，记录不符合项。"},
    ),
    Function.REVIEW: (
        {"en": "Review", "zh": "复核"},
        {"en": "Reviews the dossier and recommends.", "zh": "复核案卷并提出建议。"},
    ),
    Function.DECISION: (
        {"en": "Decision", "zh": "认证决定"},
        {"en": "Decides on grant, refusal and status.", "zh": "作出授予、不予授予及状态决定。"},
    ),
    Function.ATTESTATION: (
        {"en": "Attestation", "zh": "证明（签发证书）"},
        {"en": "Signs and issues certificates.", "zh": "签署并签发证书。"},
    ),
    Function.STATUS: (
        {"en": "Status", "zh": "证书状态"},
        {"en": "Suspends, restores, withdraws.", "zh": "暂停、恢复、撤销证书。"},
    ),
    Function.SURVEILLANCE: (
        {"en": "Surveillance", "zh": "监督"},
        {"en": "Follows certificates up in time.", "zh": "按期跟踪获证后监督。"},
    ),
    Function.SUPERVISION: (
        {"en": "Supervision", "zh": "行政监管"},
        {"en": "Oversees bodies, people and certificates.", "zh": "监管机构、人员和证书。"},
    ),
    Function.RECORDS: (
        {"en": "Records", "zh": "档案"},
        {"en": "Keeps dossiers and reports data in.", "zh": "保管案卷，报送数据。"},
    ),
    Function.STATISTICS: (
        {"en": "Statistics", "zh": "统计"},
        {"en": "Reads figures and bulletins.", "zh": "查看统计数据与公报。"},
    ),
    Function.QUALITY: (
        {"en": "Quality work", "zh": "质量管理"},
        {"en": "Charts, studies, improvement, proficiency tests.", "zh": "控制图、研究、改进与能力验证。"},
    ),
    Function.ADMINISTRATION: (
        {"en": "Administration", "zh": "组织管理"},
        {"en": "Keeps names, sites, people and keys.", "zh": "管理名称、场所、人员和密钥。"},
    ),
}

#: Exercised only by somebody who signed in with a second factor: what they do binds others.
SECOND_FACTOR = frozenset(
    {Function.DECISION, Function.ATTESTATION, Function.STATUS, Function.SUPERVISION, Function.ADMINISTRATION}
)
#: Nobody gives these to themselves, however much they administer: impartiality needs two people.
GIVEN_BY_ANOTHER = frozenset(
    {Function.REVIEW, Function.DECISION, Function.ATTESTATION, Function.STATUS, Function.SUPERVISION}
)
#: What a program may be let do under somebody's membership. Judging others' conformity, and saying who may, is a
#: person's own act (ISO/IEC 17065:2012, 7.5 and 7.6: persons review and decide).
BY_PROGRAM = frozenset(Function) - GIVEN_BY_ANOTHER - {Function.ADMINISTRATION}


#: Roles as which the demo can be entered → what the card says of each.
DEMO_ROLES: dict[str, tuple[dict[str, str], dict[str, str]]] = {
    "applicant": (
        {"en": "Applicant", "zh": "申请方"},
        {
            "en": "Fills in the application, answers findings, holds the certificate.",
            "zh": "填写申请、答复不符合项、持有证书。",
        },
    ),
    "planner": (
        {"en": "Planner", "zh": "审核策划人员"},
        {
            "en": "Reviews applications, works out audit time, puts teams together.",
            "zh": "评审申请、计算审核时间、组建审核组。",
        },
    ),
    "lead_auditor": (
        {"en": "Lead auditor", "zh": "审核组长"},
        {"en": "Audits on site, records evidence and findings.", "zh": "现场审核，记录证据和不符合项。"},
    ),
    "reviewer": (
        {"en": "Reviewer", "zh": "复核人员"},
        {"en": "Reads the frozen dossier and recommends.", "zh": "查阅冻结案卷并提出建议。"},
    ),
    "decider": (
        {"en": "Decider", "zh": "认证决定人员"},
        {
            "en": "Grants, refuses, or sends back; never audited the case.",
            "zh": "授予、不予授予或退回；未参与该项审核。",
        },
    ),
    "accreditor": (
        {"en": "Accreditor", "zh": "认可机构"},
        {"en": "Assesses bodies and accredits them.", "zh": "评审并认可认证机构。"},
    ),
    "regulator": (
        {"en": "Regulator", "zh": "监管部门"},
        {"en": "Licenses bodies and sees what is overdue.", "zh": "批准机构资质，查看逾期未办事项。"},
    ),
}


def words(functions: object) -> dict[str, str]:
    """Return the names of functions as one text in both languages, in the order of the list of functions."""
    given = {str(function) for function in functions or ()}  # type: ignore[attr-defined]
    names = [WORDS[function][0] for function in Function if function in given]
    return {"en": ", ".join(name["en"] for name in names), "zh": "、".join(name["zh"] for name in names)}
