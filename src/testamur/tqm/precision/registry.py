"""Precision experiments in the registry of methods."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from testamur.kernel.refusal import Refused, _
from testamur.tqm.methods import Field, method
from testamur.tqm.precision import outliers, relation, study
from testamur.tqm.results import Result

Given = Mapping[str, Any]
_ISO: dict[str, Any] = {"source": outliers.SOURCE, "editions": ("2019", "1994")}


@method(
    "iso5725_2_precision",
    title=("Repeatability and reproducibility", "重复性与再现性"),
    clause="8",
    **_ISO,
    data={
        "lab": Field("names", "laboratory of each result", "各结果所属实验室"),
        "value": Field("numbers", "results", "测定结果"),
    },
    parameters={
        "exclude": Field("object lab → reason", "laboratories excluded with a reason", "剔除的实验室及理由", None)
    },
    chart="testamur.tqm.precision.plots:mandel_figure",
)
def _precision(data: Given, parameters: Given) -> Result:
    exclude = parameters["exclude"]
    if exclude is not None and not isinstance(exclude, Mapping):
        raise Refused(_("exclude maps a laboratory to the recorded reason."), field="exclude")
    return study.precision_study(data["lab"], data["value"], exclude=exclude, edition=parameters["edition"])


@method(
    "cochran",
    title=("Cochran's test", "Cochran 检验"),
    clause="8.3.3",
    source=outliers.SOURCE,
    editions=("2019",),
    data={"deviations": Field("numbers", "standard deviation of each laboratory", "各实验室标准差")},
    parameters={"replicates": Field("whole number", "results in each cell", "每单元测定次数")},
)
def _cochran(data: Given, parameters: Given) -> Result:
    return outliers.cochran(data["deviations"], replicates=parameters["replicates"])


@method(
    "grubbs",
    title=("Grubbs' test for one outlier", "Grubbs 检验（单个离群值）"),
    clause="8.3.4.1",
    source=outliers.SOURCE,
    editions=("2019",),
    data={"means": Field("numbers", "cell means", "单元平均值")},
)
def _grubbs(data: Given, parameters: Given) -> Result:
    return outliers.grubbs(data["means"])


@method(
    "grubbs_double",
    title=("Grubbs' test for two outliers", "Grubbs 检验（两个离群值）"),
    clause="8.3.4.2",
    source=outliers.SOURCE,
    editions=("2019",),
    data={"means": Field("numbers", "cell means", "单元平均值")},
)
def _grubbs_double(data: Given, parameters: Given) -> Result:
    return outliers.grubbs_double(data["means"])


@method(
    "iso5725_2_functional_relation",
    title=("Precision and level", "精密度与水平的函数关系"),
    clause="8.5",
    source=outliers.SOURCE,
    editions=("2019",),
    data={
        "m": Field("numbers", "mean of each level", "各水平均值"),
        "s": Field("numbers", "standard deviation of each level", "各水平标准差"),
    },
)
def _relation(data: Given, parameters: Given) -> Result:
    return relation.functional_relation(data["m"], data["s"])
