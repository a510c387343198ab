"""Improvement in the registry of methods."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from testamur.tqm.improve import eight, fmea, pareto_chart
from testamur.tqm.methods import Field, method
from testamur.tqm.results import Result

Given = Mapping[str, Any]
_ROWS = Field("rows [S, O, D]", "ratings from 1 to 10", "严重度、频度、探测度评分（1–10）")


@method(
    "pareto",
    title=("Pareto analysis", "排列图（帕累托分析）"),
    source="ISO/TR 10017",
    editions=("2021",),
    data={
        "categories": Field("names", "categories", "类别"),
        "counts": Field("numbers", "count of each; each name once where absent", "各类频数，缺省每个名称计1次", None),
        "costs": Field("numbers", "cost of one occurrence of each", "各类单次成本", None),
    },
    parameters={"share": Field("share", "share of the vital few", "关键少数所占比例", 0.8)},
    chart="testamur.tqm.improve.plots:pareto_figure",
)
def _pareto(data: Given, parameters: Given) -> Result:
    return pareto_chart.pareto(data["categories"], data["counts"], costs=data["costs"], share=parameters["share"])


@method(
    "fmea_action_priority",
    title=("FMEA action priority", "FMEA 措施优先级（AP）"),
    source=fmea.SOURCE,
    editions=(fmea.EDITION,),
    data={"rows": _ROWS, "table": Field("word", "DFMEA/PFMEA", "适用表：DFMEA/PFMEA", "DFMEA/PFMEA")},
)
def _priority(data: Given, parameters: Given) -> Result:
    return fmea.fmea_action_priority(data["rows"], table=data["table"])


@method(
    "fmea_rpn",
    title=("Risk priority number", "风险顺序数（RPN）"),
    source="AIAG FMEA",
    editions=("4",),
    data={"rows": _ROWS},
)
def _rpn(data: Given, parameters: Given) -> Result:
    return fmea.fmea_rpn(data["rows"])


@method(
    "eight_d",
    title=("8D report", "8D 报告"),
    source="VDA 8D",
    editions=("2018",),
    data={"records": Field("rows with step, facts, evidence", "what was recorded, in order", "按顺序记录的各步骤")},
)
def _eight_d(data: Given, parameters: Given) -> Result:
    return eight.eight_d(data["records"])
