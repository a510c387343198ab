"""Measurement uncertainty in the registry of methods."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from testamur.kernel.refusal import Refused, _
from testamur.tqm.data import labels, number, numbers, same_length
from testamur.tqm.methods import Field, method
from testamur.tqm.results import Result
from testamur.tqm.uncertainty import budget, decision, trials

Given = Mapping[str, Any]
_MODEL = Field("formula", "measurement model", "测量模型（公式）", None)
_CORRELATION = Field("object a,b → r, or a matrix", "correlations", "相关系数", None)
_AT_LEAST = re.compile(r"\s*(?:>=|≥)?\s*([0-9.]+(?:[eE][+]?[0-9]+)?)\s*")


@method(
    "gum_first_order",
    title=("Uncertainty budget", "测量不确定度评定（GUM）"),
    source=budget.SOURCE,
    editions=(budget.EDITION,),
    clause="5",
    data={
        "names": Field("names", "quantities", "输入量名称"),
        "x": Field("numbers", "estimates", "估计值"),
        "u": Field("numbers", "standard uncertainties", "标准不确定度"),
        "nu": Field("numbers", "degrees of freedom, 1e9 for infinite", "自由度（无穷大写 1e9）", None, ("dof",)),
        "model": _MODEL,
        "correlation": _CORRELATION,
    },
    parameters={
        "model": _MODEL,
        "conf": Field("share", "coverage probability", "包含概率", 0.95),
        "k": Field("number", "coverage factor, instead of the probability", "包含因子（代替包含概率）", None),
    },
    chart="testamur.tqm.uncertainty.plots:budget_figure",
)
def _first_order(data: Given, parameters: Given) -> Result:
    names = labels(data["names"], "names")
    x, u = numbers(data["x"], "x").values, numbers(data["u"], "u").values
    nu = np.full(len(names), budget.ENDLESS) if data["nu"] is None else numbers(data["nu"], "nu").values
    same_length(names=names, x=x, u=u, nu=nu)
    inputs = [
        budget.Quantity(name, float(a), float(b), float(c) if c < budget.ENDLESS else np.inf)
        for name, a, b, c in zip(names, x, u, nu, strict=True)
    ]
    return budget.propagate(
        _formula(data["model"], parameters["model"]),
        inputs,
        correlation=data["correlation"],
        conf=parameters["conf"],
        k=parameters["k"],
    )


@method(
    "gum_monte_carlo",
    title=("Monte Carlo uncertainty", "蒙特卡洛法不确定度"),
    source=trials.SOURCE,
    editions=(trials.EDITION,),
    clause="7",
    data={
        "inputs": Field(
            "rows with name, dist, mean, std", "quantities; X1, X2 … where unnamed", "输入量（缺省名为 X1、X2…）"
        ),
        "correlation": _CORRELATION,
    },
    parameters={
        "model": _MODEL,
        "conf": Field("share", "coverage probability", "包含概率", 0.95),
        "trials": Field("whole number", "trials; until stable where absent", "试验次数，缺省为自适应", None),
        "seed": Field("whole number", "seed of the random numbers", "随机数种子", trials.SEED),
    },
)
def _trials(data: Given, parameters: Given) -> Result:
    rows = data["inputs"]
    if not isinstance(rows, (list, tuple)) or not all(isinstance(row, Mapping) for row in rows):
        raise Refused(_("inputs must be rows with dist, mean and std."), field="inputs")
    inputs = []
    for place, row in enumerate(rows, 1):
        mean, spread = row.get("mean", row.get("x")), row.get("std", row.get("u"))
        if mean is None or spread is None:
            raise Refused(_("inputs must be rows with dist, mean and std."), field="inputs")
        inputs.append(
            budget.Quantity(
                str(row.get("name", f"X{place}")),
                number(mean, "mean"),
                number(spread, "std", at_least=0),
                dof=number(row.get("dof", budget.ENDLESS), "dof", at_least=1),
                distribution=str(row.get("dist", row.get("distribution", "normal"))),
            )
        )
    return trials.monte_carlo(
        _formula(None, parameters["model"]),
        inputs,
        correlation=data["correlation"],
        conf=parameters["conf"],
        trials=_count(parameters["trials"]),
        seed=parameters["seed"],
    )


@method(
    "decision_rule",
    title=("Decision rule for conformity", "符合性判定规则"),
    source="JCGM 106",
    editions=("2012",),
    clause="8",
    data={
        "y": Field("number", "measured value", "测得值"),
        "u": Field("number", "standard uncertainty", "标准不确定度"),
    },
    parameters={
        "lower": Field("number", "lower tolerance limit", "下容差限", None),
        "upper": Field("number", "upper tolerance limit", "上容差限", None),
        "rule": Field(
            "word",
            "simple, guarded_acceptance or guarded_rejection",
            "判定规则：simple、guarded_acceptance 或 guarded_rejection",
            "guarded_acceptance",
        ),
        "r": Field("number", "guard band in U", "保护带（U 的倍数）", 1),
        "k": Field("number", "coverage factor of U", "包含因子", 2),
    },
)
def _decision(data: Given, parameters: Given) -> Result:
    return decision.decision_rule(
        data["y"],
        data["u"],
        lower=parameters["lower"],
        upper=parameters["upper"],
        rule=parameters["rule"],
        r=parameters["r"],
        k=parameters["k"],
    )


def _formula(*given: Any) -> Any:
    found = next((one for one in given if one is not None), None)
    if found is None:
        raise Refused(_("Give the model, such as 1000*m*P/V."), field="model")
    return found


def _count(value: Any) -> int | None:
    """Read a number of trials; ``>=1e6`` asks for that many."""
    if value is None:
        return None
    found = _AT_LEAST.fullmatch(value) if isinstance(value, str) else None
    return int(number(found[1] if found else value, "trials", at_least=1_000))
