"""Capability as registered methods."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from testamur.tqm.capability import boxcox, fit, gate, normal, quantile, tolerance
from testamur.tqm.data import grouped
from testamur.tqm.methods import Field, method
from testamur.tqm.results import Result
from testamur.tqm.spc.registry import LONG

Data = Mapping[str, Any]
VALUES = Field("numbers", "values in the order of time", "按时间顺序排列的数值")
EITHER = {
    "values": Field("numbers", "single values in the order of time", "按时间顺序排列的单值", None),
    "subgroups": Field("rows of numbers", "subgroups in the order of time", "按时间顺序排列的子组", None),
    **LONG,
}


def _rows(data: Data) -> Any:
    return (
        data["subgroups"]
        if data["subgroup"] is None or data["value"] is None
        else grouped(data["subgroup"], data["value"])
    )


LIMITS = {
    "lsl": Field("number", "lower specification limit", "规格下限", None),
    "usl": Field("number", "upper specification limit", "规格上限", None),
}
TARGET = {"target": Field("number", "target", "目标值", None)}
CONF = {"conf": Field("number", "level of the intervals", "置信水平", 0.95)}
RULES = Field("set or list of rules", "run rules that judge stability", "判断稳定性的判异准则", None)
SIXPACK: dict[str, Any] = {"chart": "testamur.tqm.figures.capability:capability_figure"}


@method(
    "capability_normal",
    title=("Capability and performance, normal", "正态过程能力与性能"),
    source="ISO 22514-2",
    editions=("2017",),
    data=EITHER,
    parameters={
        **LIMITS,
        **TARGET,
        **CONF,
        "sigma_within": Field("text", "estimator of sigma within subgroups", "子组内标准差的估计方法", None),
        "gate": Field("warn or refuse", "what an unstable process leads to", "过程不稳定时的处理", "warn"),
        "rules": RULES,
    },
    **SIXPACK,
)
def _normal(data: Data, parameters: Data) -> Result:
    return normal.capability_normal(data["values"], subgroups=_rows(data), **parameters)


@method(
    "capability_from_parameters",
    title=("Capability of a known mean and standard deviation", "已知均值与标准差的过程能力"),
    source="ISO 22514-2",
    editions=("2017",),
    parameters={
        **LIMITS,
        **TARGET,
        "mean": Field("number", "mean", "均值"),
        "sigma": Field("number", "standard deviation", "标准差"),
    },
)
def _from_parameters(data: Data, parameters: Data) -> Result:
    return normal.capability_from_parameters(**parameters)


@method(
    "capability_percentile",
    title=("Performance by quantiles", "分位数法过程性能"),
    source="ISO 22514-4",
    editions=("2016",),
    data={"values": VALUES},
    parameters={
        **LIMITS,
        **CONF,
        "distribution": Field(
            "name", "distribution to fit: " + ", ".join(fit.DISTRIBUTIONS), "拟合的分布", "lognormal"
        ),
        "resamples": Field("whole number", "bootstrap samples behind the bounds", "自助法重抽样次数", 1000),
        "seed": Field("whole number", "seed of the bootstrap", "随机种子", 22514),
    },
    **SIXPACK,
)
def _quantile(data: Data, parameters: Data) -> Result:
    return quantile.capability_quantile(data["values"], **parameters)


@method(
    "capability_boxcox",
    title=("Performance after Box-Cox", "Box-Cox变换后的过程性能"),
    source="ISO 22514-2",
    editions=("2017",),
    data={"values": VALUES},
    parameters={
        **LIMITS,
        **CONF,
        "lam": Field(
            "number", "power; by maximum likelihood unless given", "幂次；未给出时取极大似然估计", None, ("lambda",)
        ),
    },
)
def _boxcox(data: Data, parameters: Data) -> Result:
    return boxcox.capability_boxcox(data["values"], **parameters)


@method(
    "tolerance_interval",
    title=("Statistical tolerance interval", "统计容忍区间"),
    source="ISO 16269-6",
    editions=("2014",),
    data={"values": VALUES},
    parameters={
        **CONF,
        "share": Field("number", "share of the process inside", "区间内所含的比例", 0.99),
        "side": Field("two, lower or upper", "two bounds or one", "双侧或单侧", "two"),
        "distribution": Field("normal or free", "normal, or free of assumptions", "正态或分布自由", "normal"),
    },
)
def _tolerance(data: Data, parameters: Data) -> Result:
    return tolerance.tolerance_interval(data["values"], **parameters)


@method(
    "stability_gate",
    title=("Gate before a capability", "过程能力计算前的稳定性关卡"),
    source="ISO 22514-1",
    editions=("2014",),
    data=EITHER,
    parameters={
        "rules": RULES,
        "enough": Field("whole number", "values wanted", "所需数值个数", normal.ENOUGH),
        "ndc": Field("number", "number of distinct categories of the gauge", "测量系统的可区分类别数", None),
        "grr_percent": Field("number", "%GRR of the gauge", "测量系统的%GRR", None),
    },
)
def _gate(data: Data, parameters: Data) -> Result:
    return gate.stability_gate(data["values"], subgroups=_rows(data), **parameters)


@method(
    "normality",
    title=("Test of normality", "正态性检验"),
    source="D'Agostino and Stephens (1986)",
    editions=("1986",),
    data={"values": VALUES},
)
def _normality(data: Data, parameters: Data) -> Result:
    return fit.normality(data["values"], edition=parameters["edition"])
