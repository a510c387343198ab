"""The closed words of the scheme language, moments and conditions, said for readers in both languages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from testamur.schemes.language.definition import Definition
from testamur.schemes.language.kinds import Condition, Moment, Period

Text = dict[str, str]


def _both(**rows: tuple[str, str]) -> dict[str, Text]:
    return {key: {"en": en, "zh": zh} for key, (en, zh) in rows.items()}


WORDS: dict[str, Text] = {
    **_both(
        # occasions
        initial=("first application", "初次"), surveillance=("surveillance", "监督"),
        renewal=("renewal", "再认证（续期）"),
        extension=("extension of scope", "扩大范围"), change=("change", "变更"),
        transition=("transition to a new edition", "标准换版"), transfer=("transfer", "转换"),
        special=("special assessment", "特殊评审"), restoration=("restoration", "恢复"),
        # functions
        application=("application", "申请"), selection=("selection", "选取（策划）"),
        determination=("determination", "确定"), review=("review", "复核"), decision=("decision", "决定"),
        attestation=("attestation", "证明（颁发）"), status=("status", "状态"),
        # outcomes
        grant=("grant", "授予"), refuse=("refuse", "不予授予"), maintain=("maintain", "保持"),
        extend=("extend", "扩大"), reduce=("reduce", "缩小"), suspend=("suspend", "暂停"),
        restore=("restore", "恢复"), withdraw=("withdraw", "撤销"), cancel=("cancel", "注销"), renew=("renew", "续期"),
        # objects, parties, holders
        product=("product", "产品"), process=("process", "过程"), service=("service", "服务"),
        system=("system", "体系"),
        installation=("installation", "装置"), project=("project", "项目"), data=("data", "数据"),
        design=("design", "设计"),
        material=("material", "材料"), claim=("claim", "声明"), person=("person", "人员"), body=("body", "机构"),
        organisation=("organisation", "组织"), agency=("agency", "机关"),
        first=("the supplier itself", "第一方（供方自身）"), second=("the buyer", "第二方（需方）"),
        third=("an independent third party", "独立的第三方"),
        # activities
        document_review=("document review", "文件评审"), stage1=("stage 1 audit", "一阶段审核"),
        stage2=("stage 2 audit", "二阶段审核"), audit=("audit", "审核"), type_test=("type test", "型式试验"),
        factory_inspection=("factory inspection", "工厂检查"), factory_sampling=("sampling at the factory", "工厂抽样"),
        market_sampling=("sampling from the market", "市场抽样"),
        process_assessment=("assessment of a process", "过程评价"),
        office_assessment=("office assessment", "办公室评审"), witness=("witness assessment", "见证评审"),
        exam=("examination", "考试"), interview=("interview", "面谈"),
        practice_record=("record of practice", "实践记录"), cpd_review=("review of development", "继续教育评价"),
        peer_evaluation=("peer evaluation", "同行评审"), indicator_check=("check of indicators", "指标核查"),
        validation=("validation", "确认"), verification=("verification", "核查"),
        self_assessment=("self-assessment", "自我评定"),
        # where, notice
        on_site=("on site", "现场"), remote=("remotely", "远程"), either=("on site or remotely", "现场或远程"),
        desk=("at the desk", "书面"), laboratory=("in a laboratory", "实验室"), announced=("announced", "事先通知"),
        short=("at short notice", "临时通知"), unannounced=("unannounced", "不事先通知"),
        # outputs, evidence
        report=("report", "报告"), findings=("findings", "发现"), test_report=("test report", "检测报告"),
        score=("score", "得分"), attendance=("attendance", "签到"), samples=("samples", "样品"),
        statement=("statement", "结论声明"), checklist=("checklist", "检查表"), documents=("documents", "文件"),
        photographs=("photographs", "照片"), raw_data=("raw data", "原始数据"),
        sample_record=("sample record", "抽样记录"), answers=("answers", "答卷"), interview_notes=("notes", "面谈记录"),
        # who
        issuer=("the issuer", "颁发机构"), holder=("the holder", "持有人"), applicant=("the applicant", "申请方"),
        regulator=("the regulator", "监管部门"), accreditor=("the accreditor", "认可机构"), anyone=("anyone", "任何人"),
        platform=("the calendar", "日历"), peer=("a peer", "同行"), expert=("an expert", "专家"),
        state=("the state", "国家"),
        both=("holder and issuer", "双方"), neither=("neither side", "均无过错"),
        # findings, decisions, goods, clocks
        correction=("correction", "纠正"), cause=("cause", "原因分析"), plan=("plan", "纠正措施计划"),
        corrective_action=("corrective action", "纠正措施"),
        all=("all", "全部"), majority=("majority", "过半数"), reduced=("smaller scope", "缩小范围"),
        from_now=("from that day on", "自当日起"), from_start=("void from the start", "自始无效"),
        may_sell=("may be sold", "可继续销售"), stop_shipping=("must not leave the factory", "不得出厂"),
        recall=("to be recalled", "应召回"), shown=("shown as late", "公示逾期"),
        deemed=("counts as done, in the applicant's favour", "视为已办理（利益归申请方）"),
        closed=("the case is closed", "案卷关闭"), escalated=("the regulator is told", "上报监管部门"),
        applicant_answer=("the applicant's answer", "申请方补正"), expert_review=("expert review", "专家评审"),
        testing=("testing", "检测"),
        # money, marks
        audit_day=("audit day", "审核人日"), test=("test", "检测"), year=("year", "年"),
        examination=("examination", "考试"), continuing_production=("continuing production", "持续生产的产品"),
        batch=("one batch", "批次"), advertising=("advertising", "广告宣传"), letterhead=("letterhead", "信笺"),
        package=("package", "包装"), website=("website", "网站"), vehicle=("vehicles", "车辆"),
        # use of requirements
        criteria=("criteria", "认证依据"), test_method=("test method", "检测方法"), procedure=("procedure", "程序"),
        body_requirements=("requirements on the body", "对机构的要求"),
        # what is public
        address=("address", "地址"), number=("number", "编号"), scope=("scope", "范围"), history=("history", "历史"),
        dates=("dates", "日期"), requirements=("standards", "依据标准"), authority=("line of authority", "授权链"),
        findings_count=("number of findings", "不符合数量"), photo=("photograph", "照片"),
        identity_number=("identity number", "证件号码"), reasons=("reasons", "理由"), parties=("parties", "各方"),
        scope_statement=("scope in words", "范围表述"), mode=("mode", "认证模式"), models=("models", "型号"),
        trademark=("trademark", "商标"), units=("units", "单元"), revision=("revision", "版次"), seal=("seal", "印章"),
        status_lookup=("where to look up the status", "状态查询方式"),
        validity_condition=("condition of validity", "有效条件"),
        # statuses
        valid=("valid", "有效"), suspended=("suspended", "暂停"), withdrawn=("withdrawn", "撤销"),
        cancelled=("cancelled", "注销"), expired=("expired", "有效期届满（失效）"),
        # field types
        text=("short text", "文本"), long_text=("text", "长文本"), whole_number=("whole number", "整数"),
        decimal=("number", "数字"), money=("amount", "金额"), date=("date", "日期"), yes_no=("yes or no", "是或否"),
        choice=("one of a list", "单选"), choices=("several of a list", "多选"), country=("country", "国别"),
        identifier=("identifier", "标识代码"), sites=("list of sites", "场所清单"),
        products=("list of products", "产品清单"), people=("list of people", "人员清单"), file=("file", "文件"),
        files=("files", "文件（可多份）"),
        # authorities
        licence=("licence", "资质批准"), accreditation=("accreditation", "认可"), designation=("designation", "指定"),
        qualification=("qualification", "资质认定"), registration=("registration", "人员注册"),
        recognition=("recognition", "互认"), competence=("competence", "授权权限"),
        law=("authority by statute", "法定权限"),
        certificate=("certificate", "证书"),
        # dimensions of a scope, and the trees they are taken from
        document=("standard", "标准"), sector=("sector", "专业领域"),
        sectors=("sectors", "专业领域"), field=("field", "认证领域"), fields=("fields", "认证领域"),
        method=("method", "检测方法"), methods=("methods", "检测方法"), activity=("activity", "合格评定活动"),
        activities=("conformity assessment activities", "合格评定活动"), functions=("functions", "职能"),
        regions=("regions", "地区"), organisations=("organisations", "组织机构"),
        # addressees
        banks=("banks", "银行"),
    ),
    **{
        "national-platform": {"en": "the national platform", "zh": "国家认证信息平台"},
        "appeals-committee": {"en": "the appeals committee", "zh": "申诉委员会"},
        "reconsideration-body": {"en": "the body of administrative reconsideration", "zh": "行政复议机关"},
        "superior-authority": {"en": "the superior authority", "zh": "上级主管机关"},
        # schemes that ours name and that nobody has published here
        "accreditation-lab": {"en": "accreditation of a laboratory", "zh": "实验室认可"},
        "auditor-registration-body": {"en": "designation of a registrar of auditors", "zh": "审核员注册机构指定"},
        "recognition-accreditor": {"en": "mutual recognition of accreditation bodies", "zh": "认可机构互认"},
        "base-management-system": {"en": "base of management system schemes", "zh": "管理体系认证方案基础"},
        "procurement-office": {"en": "procurement offices", "zh": "采购部门"},
        "current and previous cycle": {"en": "the current and the previous cycle", "zh": "本周期及上一周期"},
    },
}  # fmt: skip

#: Named days; also <activity>.started and <activity>.ended.
DAYS = _both(
    submitted=("the application was handed in", "申请提交"), accepted=("the application was accepted", "申请受理"),
    contracted=("the agreement was signed", "合同签订"), determined=("the last day of determination", "确定活动末日"),
    reviewed=("the review was finished", "复核完成"), decided=("the decision", "作出决定"),
    issued=("the document was issued", "颁发"), effective=("the first day of validity", "有效期起始日"),
    expiry=("the last day of validity", "有效期届满日"), suspended=("the suspension took effect", "暂停生效"),
    restored=("the suspension ended", "恢复"), withdrawn=("the withdrawal took effect", "撤销生效"),
    previous_round=("the previous surveillance, or the decision", "上次监督（或决定日）"),
    notified=("the party was told", "告知当事人"), changed=("the record changed", "记录变更"),
    complained=("the complaint came in", "收到投诉"), asked=("something was asked for", "要求补正"),
    planned=("the planned day of the visit", "计划现场日期"), recorded=("the fact was recorded", "事实登记"),
    year_end=("the end of the calendar year", "年末"), due=("the ground fell due", "事由成就"),
)  # fmt: skip
UNITS = _both(
    day=("day", "天"), **{"working day": ("working day", "个工作日")}, month=("month", "个月"), year=("year", "年")
)  # fmt: skip
TESTS: dict[str, Text] = {
    "is": {"en": "{fact} is {value}", "zh": "{fact}为{value}"},
    "not": {"en": "{fact} is not {value}", "zh": "{fact}不为{value}"},
    "in": {"en": "{fact} is one of {value}", "zh": "{fact}为{value}之一"},
    "at_least": {"en": "{fact} is at least {value}", "zh": "{fact}不少于{value}"},
    "at_most": {"en": "{fact} is at most {value}", "zh": "{fact}不多于{value}"},
}


def word(code: object) -> Text:
    """Return a closed word in both languages; a name of the scheme's own says itself, dashes read as spaces."""
    text = str(code)
    return WORDS.get(text, {"en": text.replace("_", " ").replace("-", " "), "zh": text})


def listed(codes: Iterable[object], joint: Text | None = None) -> Text:
    """Return several words as one line."""
    texts = [code if isinstance(code, Mapping) else word(code) for code in codes]
    joint = joint or {"en": ", ", "zh": "、"}
    return {key: joint[key].join(str(text[key]) for text in texts) for key in ("en", "zh")}


def period(value: Period | None) -> Text:
    """Return a length of time: ``6 months`` · ``6个月``."""
    if value is None:
        return {"en": "", "zh": ""}
    unit = UNITS[value.unit]
    plural = "" if value.number == 1 else "s"
    return {"en": f"{value.number} {unit['en']}{plural}", "zh": f"{value.number}{unit['zh']}"}


def moment(value: Moment | None, definition: Definition) -> Text:
    """Return a moment as a sentence part: ``90 days before the last day of validity``."""
    if value is None:
        return {"en": "", "zh": ""}
    if value.endless:
        return {"en": "no end", "zh": "长期有效"}
    day = _day(value.day, definition)
    if value.period is None:
        return {
            "en": f"on the day: {day['en']}" if day["en"].split()[0] != "the" else f"the day of: {day['en']}",
            "zh": f"{day['zh']}当日",
        }
    length, side = period(value.period), ("before", "前") if value.before else ("after", "后")
    return {"en": f"{length['en']} {side[0]} {day['en']}", "zh": f"{day['zh']}{side[1]}{length['zh']}"}


def _day(name: str, definition: Definition) -> Text:
    activity, _dot, side = name.rpartition(".")
    if not activity:
        return DAYS.get(name, word(name))
    titles = {row.id: row.title for row in definition.activities}
    title = titles.get(activity, word(activity))
    ends = {"started": ("began", "开始"), "ended": ("ended", "结束")}.get(side, (side, side))
    return {"en": f"{title['en']} {ends[0]}", "zh": f"{title['zh']}{ends[1]}"}


@lru_cache(maxsize=1)
def _facts() -> dict[str, Text]:
    from pathlib import Path

    import testamur.schemes
    from testamur.schemes.language.vocabulary import Vocabulary

    return Vocabulary(Path(testamur.schemes.__file__).parent / "library" / "vocabulary").facts


def fact(name: str, definition: Definition) -> Text:
    """Return what a condition asks for: the label of the form's field, or the fact's own words."""
    head, _dot, rest = name.partition(".")
    if head == "form":
        field, _dot, aspect = rest.partition(".")
        label = next((row.label for row in definition.fields if row.id == field), word(field))
        return {key: f"“{label[key]}”" + (f" ({word(aspect)[key]})" if aspect else "") for key in ("en", "zh")}
    if head == "rule":
        rule = next((row for row in definition.rules if row.id == rest.partition(".")[0]), None)
        said = f"{rule.rule}" if rule is not None else rest
        return {"en": f"the answer of {said}", "zh": f"{said}的结果"}
    return _facts().get(name, {"en": name, "zh": name})


def condition(value: Condition, definition: Definition) -> Text:
    """Return a condition as a sentence part."""
    said = fact(value.fact, definition)
    shape = TESTS[value.test]
    return {key: shape[key].format(fact=said[key], value=_value(value, key, definition)) for key in ("en", "zh")}


def _value(value: Condition, language: str, definition: Definition) -> str:
    given: Any = value.value
    if isinstance(given, bool):
        return {"en": ("no", "yes"), "zh": ("否", "是")}[language][given]
    items = given if isinstance(given, (list, tuple)) else [given]
    options = {}
    if value.fact.startswith("form."):
        name = value.fact.split(".")[1]
        row = next((row for row in definition.fields if row.id == name), None)
        options = {option["id"]: option for option in row.options} if row is not None else {}
    said = [
        str(options[item][language]) if item in options
        else word(item)[language] if isinstance(item, str)
        else str(item)
        for item in items
    ]  # fmt: skip
    return ("、" if language == "zh" else ", ").join(said)


def conditions(values: Iterable[Condition], definition: Definition) -> Text:
    """Return several conditions, all of which must hold."""
    return listed([condition(one, definition) for one in values], {"en": "; and ", "zh": "；且"})
