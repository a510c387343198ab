"""Studies of measurement systems as registered methods."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from testamur.tqm.methods import Field, method
from testamur.tqm.msa import agreement, anova, average_range, budget, kappa, nested, studies
from testamur.tqm.results import Result

Data = Mapping[str, Any]
AIAG: dict[str, Any] = {"source": "AIAG MSA", "editions": ("2010",)}
LONG = {
    "part": Field("labels", "part of each measurement", "每次测量的零件"),
    "operator": Field("labels", "operator of each measurement", "每次测量的评价人"),
    "value": Field("numbers", "measured values", "测量值"),
    "trial": Field(
        "labels",
        "trial; the order of rows counts, this column is for the reader",
        "测量次序（仅供阅读，以行序为准）",
        None,
    ),
}
WIDTH = Field("number", "width of the specification, for %tolerance", "公差宽度（用于计算占公差百分比）", None)
CONF = Field("number", "level of the intervals", "置信水平", 0.95)
K = Field("number", "study variation in standard deviations", "研究变异的标准差倍数", 6)
SIGMA = Field("number", "standard deviation of the process", "过程标准差", None)
POOL = Field("number", "the interaction is pooled where its p exceeds this", "交互作用的p值大于此值时并入重复性", 0.25)
STUDY = {"k": K, "tolerance": WIDTH, "process_sigma": SIGMA, "conf": CONF}
SIX: dict[str, Any] = {"chart": "testamur.tqm.figures.gauge:gauge_figure"}


@method(
    "gage_rr_crossed",
    title=("Gauge R&R, crossed", "测量系统重复性与再现性（交叉）"),
    data=LONG,
    parameters={**STUDY, "pool_interaction_alpha": POOL},
    clause="III.B",
    **AIAG,
    **SIX,
)
def _crossed(data: Data, parameters: Data) -> Result:
    return anova.gage_rr_crossed(data["part"], data["operator"], data["value"], **parameters)


@method(
    "gage_rr_average_range",
    title=("Gauge R&R by averages and ranges", "测量系统重复性与再现性（均值极差法）"),
    data=LONG,
    parameters={"k": K, "tolerance": WIDTH},
    clause="III.B",
    **AIAG,
)
def _average_range(data: Data, parameters: Data) -> Result:
    return average_range.gage_rr_average_range(data["part"], data["operator"], data["value"], **parameters)


@method(
    "gage_rr_crossed_anova_and_average_range",
    title=("Gauge R&R, crossed, by both methods", "测量系统重复性与再现性（两种方法）"),
    data=LONG,
    parameters={**STUDY, "pool_interaction_alpha": POOL},
    clause="III.B",
    **AIAG,
    **SIX,
)
def _both(data: Data, parameters: Data) -> Result:
    columns = (data["part"], data["operator"], data["value"])
    study = anova.gage_rr_crossed(*columns, **parameters)
    by_hand = average_range.gage_rr_average_range(
        *columns, k=parameters["k"], tolerance=parameters["tolerance"], edition=parameters["edition"]
    )
    about = replace(study.provenance, method="gage_rr_crossed_anova_and_average_range")
    own = {field.name: getattr(study, field.name) for field in fields(study)}
    return anova.GageRR(**own | {"more": anova.as_printed(study, by_hand), "provenance": about})


@method(
    "gage_rr_nested_anova",
    title=("Gauge R&R, nested", "测量系统重复性与再现性（嵌套）"),
    data=LONG,
    parameters=STUDY,
    **AIAG,
)
def _nested(data: Data, parameters: Data) -> Result:
    return nested.gage_rr_nested(data["part"], data["operator"], data["value"], **parameters)


@method(
    "bias_study",
    title=("Bias study", "偏倚研究"),
    data={"values": Field("numbers", "measurements of one reference part", "对一个基准件的测量值")},
    parameters={"reference": Field("number", "accepted reference value", "基准值"), "conf": CONF, "tolerance": WIDTH},
    **AIAG,
)
def _bias(data: Data, parameters: Data) -> Result:
    return studies.bias_study(data["values"], **parameters)


@method(
    "linearity_study",
    title=("Linearity study", "线性研究"),
    data={
        "reference": Field("numbers", "reference value of each measurement", "每次测量的基准值"),
        "value": LONG["value"],
    },
    parameters={"process_sigma": SIGMA, "conf": CONF},
    **AIAG,
)
def _linearity(data: Data, parameters: Data) -> Result:
    return studies.linearity_study(data["reference"], data["value"], **parameters)


@method(
    "stability_study",
    title=("Stability study", "稳定性研究"),
    data={
        "values": Field("numbers", "one measurement of the master at each time", "各时点对标准件的单次测量值", None),
        "subgroups": Field("rows of numbers", "several at each time", "各时点的多次测量值", None),
    },
    parameters={
        "reference": Field("number", "accepted value of the master", "标准件的基准值", None),
        "alpha": Field("number", "level of the test of drift", "漂移检验的显著性水平", 0.05),
        "rules": Field("set or list of rules", "run rules", "判异准则", None),
    },
    chart="testamur.tqm.figures.charts:stability_figure",
    **AIAG,
)
def _stability(data: Data, parameters: Data) -> Result:
    return studies.stability_study(data["values"], subgroups=data["subgroups"], **parameters)


RATINGS = {"ratings": Field("rows", "one row for each item, one column for each rater", "每行一个对象，每列一个评价人")}


@method(
    "cohen_kappa",
    title=("Cohen's kappa", "Cohen kappa系数"),
    data=RATINGS,
    source="Cohen (1960)",
    editions=("1960",),
    parameters={
        "weights": Field("none, linear or squared", "weights of ordered categories", "有序类别的权重", "none"),
        "conf": CONF,
    },
)
def _cohen(data: Data, parameters: Data) -> Result:
    return kappa.cohen_kappa(data["ratings"], **parameters)


@method(
    "weighted_kappa",
    title=("Weighted kappa", "加权kappa系数"),
    data=RATINGS,
    source="Cohen (1968)",
    editions=("1968",),
    parameters={
        "weights": Field("linear or squared", "weights of ordered categories", "有序类别的权重", "squared"),
        "conf": CONF,
    },
)
def _weighted(data: Data, parameters: Data) -> Result:
    found = kappa.cohen_kappa(data["ratings"], **parameters)
    return replace(found, provenance=replace(found.provenance, method="weighted_kappa", source="Cohen (1968)"))


@method(
    "fleiss_kappa",
    title=("Fleiss' kappa", "Fleiss kappa系数"),
    data=RATINGS,
    source="Fleiss (1971)",
    editions=("1971",),
)
def _fleiss(data: Data, parameters: Data) -> Result:
    return kappa.fleiss_kappa(data["ratings"], **parameters)


@method(
    "kendall_w",
    title=("Kendall's W", "Kendall协同系数W"),
    data=RATINGS,
    source="Kendall (1939)",
    editions=("1939",),
    parameters={"correct": Field("yes/no", "allow for ties", "对同秩进行修正", True)},
)
def _kendall(data: Data, parameters: Data) -> Result:
    return kappa.kendall_w(data["ratings"], **parameters)


@method(
    "attribute_agreement",
    title=("Attribute agreement", "计数型一致性分析"),
    clause="III.C",
    **AIAG,
    data={
        "item": Field("labels", "item of each decision", "每次判定的对象"),
        "appraiser": Field("labels", "appraiser of each decision", "每次判定的评价人"),
        "rating": Field("labels", "decision", "判定结果"),
        "reference": Field("labels", "true category of each row", "每行对象的真实类别", None),
    },
    parameters={
        "nonconforming": Field("label", "category that means nonconforming", "表示不合格的类别", None),
        "conf": CONF,
    },
)
def _agreement(data: Data, parameters: Data) -> Result:
    return agreement.attribute_agreement(
        data["item"], data["appraiser"], data["rating"], data["reference"], **parameters
    )


@method(
    "measurement_capability",
    title=("Capability of a measurement process", "测量过程能力"),
    source="ISO 22514-7",
    editions=("2021",),
    parameters={
        "tolerance": Field("number", "USL - LSL", "公差（上限减下限）"),
        "resolution": Field("number", "step of the display", "分辨力", None),
        "bias": Field("number", "mean less reference", "偏倚", 0.0),
        **{
            f"u_{name}": Field("number", f"standard uncertainty: {en}", f"标准不确定度：{zh}", 0.0)
            for name, en, zh in (
                ("evr", "repeatability on the reference", "基准件上的重复性"),
                ("evo", "repeatability on parts", "工件上的重复性"),
                ("cal", "calibration", "校准"),
                ("lin", "linearity", "线性"),
                ("rest", "other parts of the system", "系统的其他分量"),
                ("av", "operators", "评价人"),
                ("gv", "gauges", "测量设备之间"),
                ("ia", "interaction", "交互作用"),
                ("t", "temperature", "温度"),
                ("obj", "the part itself", "被测对象"),
                ("stab", "stability", "稳定性"),
            )
        },
    },
)
def _measurement(data: Data, parameters: Data) -> Result:
    return budget.measurement_capability(**parameters)
