"""Acceptance sampling in the registry of methods."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from testamur.kernel.refusal import Refused, _
from testamur.tqm.data import labels
from testamur.tqm.methods import Field, method, provenance
from testamur.tqm.results import Result
from testamur.tqm.sampling import attributes, curves, design, fraction, letters, switching, variables

Given = Mapping[str, Any]
_LOOKUPS = Field(
    "rows with lot, level, aql, severity",
    "plans to look up; level II and normal where not said",
    "待查方案：批量、检验水平、AQL、严格度（缺省为水平II、正常检验）",
)
_SHARES = [0.005, 0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.08, 0.1, 0.15, 0.2]


@method(
    "iso2859_1_code_letter",
    title=("Sample size code letters", "样本量字码"),
    source="ISO 2859-1",
    editions=attributes.EDITIONS,
    clause="Table 1",
    data={
        "lots": Field("lot sizes or ranges", "numbers of items", "批量或批量范围"),
        "levels": Field("names", "inspection levels", "检验水平", list(letters.LEVELS)),
    },
)
def _code_letters(data: Given, parameters: Given) -> Result:
    lots = data["lots"]
    if not isinstance(lots, (list, tuple)) or not lots:
        raise Refused(_("{name} must be a list of values."), {"name": "lots"}, field="lots")
    levels = labels(data["levels"], "levels")
    return letters.Letters(
        letters=tuple(tuple(letters.code_letter(lot, level) for level in levels) for lot in lots),
        estimator="Table 1",
        provenance=provenance(
            "iso2859_1_code_letter",
            "ISO 2859-1",
            parameters["edition"],
            clause="Table 1",
            data={"lots": lots, "levels": levels},
        ),
    )


@method(
    "iso2859_1_single_plan_lookup",
    title=("Single sampling plans", "一次抽样方案"),
    source="ISO 2859-1",
    editions=attributes.EDITIONS,
    clause="10",
    data={"lookups": _LOOKUPS},
)
def _single(data: Given, parameters: Given) -> Result:
    return attributes.single_plans(data["lookups"], edition=parameters["edition"])


@method(
    "iso2859_1_double_plan_lookup",
    title=("Double sampling plans", "二次抽样方案"),
    source="ISO 2859-1",
    editions=(attributes.MIL, attributes.ISO),
    clause="Table 3",
    data={"lookups": _LOOKUPS},
)
def _double(data: Given, parameters: Given) -> Result:
    return attributes.double_plans(data["lookups"], edition=parameters["edition"])


@method(
    "iso3951_1_s_method_lookup",
    title=("Plans by variables", "计量抽样方案"),
    source=variables.SOURCE,
    editions=variables.EDITIONS,
    clause="Table B-3",
    data={"lookups": _LOOKUPS},
    parameters={
        "sigma": Field("word", "unknown (s-method) or known (σ-method)", "unknown（s法）或 known（σ法）", "unknown")
    },
)
def _variables(data: Given, parameters: Given) -> Result:
    sigma = str(parameters["sigma"]).split(" ")[0]
    return variables.variables_plans(data["lookups"], sigma=sigma, edition=parameters["edition"])


@method(
    "iso3951_1_matched_plan",
    title=("Plan by variables matched to ISO 2859-1", "与 ISO 2859-1 匹配的计量方案"),
    source="ISO 3951-1",
    editions=("2022",),
    data={
        "lot": Field("whole number", "items of the lot", "批量"),
        "aql": Field("number", "preferred AQL, percent", "优先AQL（%）"),
    },
    parameters={
        "level": Field("word", "inspection level", "检验水平", "II"),
        "severity": Field("word", "normal, tightened or reduced", "严格度", "normal"),
        "sigma": Field("word", "unknown (s-method) or known (σ-method)", "unknown（s法）或 known（σ法）", "unknown"),
    },
)
def _matched(data: Given, parameters: Given) -> Result:
    return variables.matched_variables_plan(
        data["lot"], data["aql"], level=parameters["level"], severity=parameters["severity"], sigma=parameters["sigma"]
    )


@method(
    "variables_estimated_fraction",
    title=("Fraction nonconforming of a sample (Form 2)", "不合格品率估计（Form 2）"),
    source=variables.SOURCE,
    editions=(variables.Z19,),
    clause="Table B-5",
    data={"sample": Field("numbers", "measured values", "测得值")},
    parameters={
        "lower": Field("number", "lower specification limit", "下规范限", None),
        "upper": Field("number", "upper specification limit", "上规范限", None),
        "sigma": Field("number", "known standard deviation", "已知标准差", None),
        "questions": Field("object", "several named questions at once", "多个命名问题", None),
    },
)
def _fraction(data: Given, parameters: Given) -> Result:
    if parameters["questions"] is None:
        return fraction.estimated_fraction(
            data["sample"], lower=parameters["lower"], upper=parameters["upper"], sigma=parameters["sigma"]
        )
    return fraction.fractions(data["sample"], parameters["questions"])


@method(
    "variables_decision",
    title=("Decision on a lot by variables", "计量抽样批判定"),
    source=variables.SOURCE,
    editions=(variables.Z19,),
    data={"sample": Field("numbers", "measured values", "测得值")},
    parameters={
        "k": Field("number", "acceptability constant of the plan", "接收常数 k"),
        "M": Field(
            "number", "allowed fraction; computed from k where absent", "最大允许不合格品率，缺省由 k 计算", None
        ),
        "lower": Field("number", "lower specification limit", "下规范限", None),
        "upper": Field("number", "upper specification limit", "上规范限", None),
        "sigma": Field("number", "known standard deviation", "已知标准差", None),
    },
)
def _decision(data: Given, parameters: Given) -> Result:
    return fraction.accept_by_variables(
        data["sample"],
        k=parameters["k"],
        M=parameters["M"],
        lower=parameters["lower"],
        upper=parameters["upper"],
        sigma=parameters["sigma"],
    )


@method(
    "oc_curve",
    title=("Operating characteristic curves", "抽检特性曲线（OC曲线）"),
    source="ISO 2859-10",
    editions=("2006",),
    data={
        "plans": Field("rows with model, n, c, r, lot", "plans; model is binomial where absent", "方案；缺省为二项分布")
    },
    parameters={"pd": Field("numbers", "qualities, shares", "不合格品率", _SHARES, ("p",))},
    chart="testamur.tqm.sampling.plots:oc_figure",
)
def _oc(data: Given, parameters: Given) -> Result:
    plans = data["plans"]
    if not isinstance(plans, (list, tuple)) or not plans or not all(isinstance(plan, Mapping) for plan in plans):
        raise Refused(_("plans must be rows with n and c; model, r, lot and name may be added."), field="plans")
    return curves.oc_curves(plans, parameters["pd"])


def _curve_method(name: str, title: tuple[str, str], compute: Any) -> None:
    @method(
        name,
        title=title,
        source="ISO 2859-10",
        editions=("2006",),
        data={"plan": Field("object with n, c, r", "the plan", "抽样方案")},
        parameters={
            "p": Field("numbers", "qualities, shares", "不合格品率", _SHARES, ("pd",)),
            "lot": Field("whole number", "items of the lot", "批量", None),
            "model": Field("word", "binomial, poisson or hypergeometric", "分布模型", "binomial"),
        },
        chart="testamur.tqm.sampling.plots:curve_figure",
    )
    def _run(data: Given, parameters: Given) -> Result:
        found: Result = compute(data["plan"], parameters["p"], lot=parameters["lot"], model=parameters["model"])
        return found


_curve_method("aoq", ("Average outgoing quality", "平均出厂质量（AOQ）"), curves.aoq)
_curve_method("ati", ("Average total inspection", "平均检验总数（ATI）"), curves.ati)
_curve_method("asn", ("Average sample number", "平均样本量（ASN）"), curves.asn)


@method(
    "aoql",
    title=("Average outgoing quality limit", "平均出厂质量上限（AOQL）"),
    source="ISO 2859-10",
    editions=("2006",),
    data={"plan": Field("object with n, c, r", "the plan", "抽样方案")},
    parameters={
        "lot": Field("whole number", "items of the lot", "批量"),
        "model": Field("word", "binomial, poisson or hypergeometric", "分布模型", "binomial"),
    },
)
def _aoql(data: Given, parameters: Given) -> Result:
    return curves.aoql(data["plan"], lot=parameters["lot"], model=parameters["model"])


@method(
    "two_point_plan_design",
    title=("Plan through two points", "两点法设计抽样方案"),
    source="ISO 2859-10",
    editions=("2006",),
    parameters={
        "PRP": Field("quality, probability", "producer's point", "生产方风险点"),
        "CRP": Field("quality, probability", "consumer's point", "使用方风险点"),
        "lot": Field(
            "whole number",
            "lot of the hypergeometric plan; none where absent",
            "超几何方案的批量；缺省则不给出",
            None,
            ("N",),
        ),
    },
)
def _design(data: Given, parameters: Given) -> Result:
    return design.find_plans(parameters["PRP"], parameters["CRP"], lot=parameters["lot"])


@method(
    "c0_plan",
    title=("Zero acceptance plans", "零接收数抽样方案（c=0）"),
    source="ISO 2859-10",
    editions=("2006",),
    data={
        "questions": Field(
            "rows with conf, ltpd, N",
            "confidence, tolerated share and lot sizes of each plan",
            "各方案的置信水平、容许不合格品率与批量",
        )
    },
)
def _zero(data: Given, parameters: Given) -> Result:
    return design.zero_plans(data["questions"])


@method(
    "iso2859_2_isolated_lot",
    title=("Plan for an isolated lot", "孤立批抽样方案"),
    source="ISO 2859-2",
    editions=("2020",),
    data={
        "lot": Field("whole number", "items of the lot", "批量"),
        "limiting_quality": Field("share", "quality that shall rarely pass", "极限质量（LQ）", names=("LQ",)),
    },
    parameters={
        "ac": Field("whole number", "acceptance number", "接收数", 0),
        "consumer_risk": Field("share", "probability of passing at the limiting quality", "使用方风险", 0.10),
    },
)
def _isolated(data: Given, parameters: Given) -> Result:
    return design.isolated_lot(
        data["lot"], data["limiting_quality"], ac=parameters["ac"], consumer_risk=parameters["consumer_risk"]
    )


@method(
    "iso2859_switching",
    title=("Switching rules", "转移规则"),
    source="ISO 2859-1",
    editions=("1999",),
    clause="9.3",
    data={
        "accepted": Field(
            "yes or no of each lot", "results of a series of lots, or of several", "各批是否接收（一个或多个系列）"
        )
    },
    parameters={
        "start": Field("word", "severity of the first lot", "初始严格度", "normal"),
        "reduced_authorised": Field("yes or no", "reduced inspection is approved", "是否批准放宽检验", False),
        "ac": Field("whole number", "acceptance number of the plan", "方案的接收数", 0),
    },
)
def _switching(data: Given, parameters: Given) -> Result:
    return switching.switching(
        data["accepted"],
        start=parameters["start"],
        reduced_authorised=bool(parameters["reduced_authorised"]),
        ac=parameters["ac"],
    )
