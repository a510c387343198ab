"""Proficiency testing in the registry of methods."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from testamur.kernel.refusal import Refused, _
from testamur.tqm.counting import rows_of
from testamur.tqm.data import same_length
from testamur.tqm.methods import Field, method
from testamur.tqm.pt import censoring, consensus, density, material, overview, scoring
from testamur.tqm.results import Result

Given = Mapping[str, Any]
_VALUES = Field("numbers", "results of the participants, one round", "各参加者的结果（一轮）")
_ROUNDS = Field("numbers or rows of numbers", "results of one round, or one row a round", "一轮结果，或每行一轮")
_LAB = Field("names", "laboratory of each result, where there are replicates", "各结果所属实验室（有重复测定时）", None)
_FACTOR = Field(
    "word", "printed (1.134, 1.483) or computed (1.13339…)", "系数：printed（1.134、1.483）或 computed", "printed"
)
_ISO: dict[str, Any] = {"source": "ISO 13528", "editions": ("2022",)}


@method(
    "iso13528_algorithm_a",
    title=("Algorithm A", "算法A（稳健均值与标准差）"),
    clause="C.3.1",
    **_ISO,
    data={"values": _ROUNDS},
    parameters={
        "factor": _FACTOR,
        "stop": Field(
            "word",
            "three_figures (as the standard) or converged",
            "终止：three_figures（按标准）或 converged",
            "three_figures",
        ),
    },
)
def _algorithm_a(data: Given, parameters: Given) -> Result:
    return consensus.algorithm_a(
        data["values"], factor=parameters["factor"], stop=parameters["stop"], method="iso13528_algorithm_a"
    )


@method(
    "algorithm_s",
    title=("Algorithm S", "算法S（稳健合并标准差）"),
    clause="C.4",
    **_ISO,
    data={"deviations": Field("numbers or rows of numbers", "standard deviations or ranges", "标准差或极差")},
    parameters={"degrees_of_freedom": Field("whole number", "degrees of freedom of each", "各标准差的自由度")},
)
def _algorithm_s(data: Given, parameters: Given) -> Result:
    return consensus.algorithm_s(data["deviations"], degrees_of_freedom=parameters["degrees_of_freedom"])


@method(
    "qn",
    title=("Qn", "Qn 稳健标准差"),
    clause="C.5.1",
    **_ISO,
    data={"values": _ROUNDS},
    parameters={"finite": Field("yes or no", "apply the finite-sample factor", "是否作小样本修正", True)},
)
def _qn(data: Given, parameters: Given) -> Result:
    return consensus.qn(data["values"], finite=bool(parameters["finite"]))


@method("q_method", title=("Q method", "Q 法稳健标准差"), clause="C.5.2", **_ISO, data={"values": _VALUES, "lab": _LAB})
def _q_method(data: Given, parameters: Given) -> Result:
    return consensus.q_method(data["values"], laboratory=data["lab"])


@method(
    "hampel",
    title=("Hampel's robust average", "Hampel 稳健均值"),
    clause="C.5.3.3",
    **_ISO,
    data={"values": _VALUES, "lab": _LAB},
    parameters={
        "s": Field("number", "robust standard deviation; the Q method's where absent", "稳健标准差，缺省取 Q 法", None)
    },
)
def _hampel(data: Given, parameters: Given) -> Result:
    return consensus.hampel(data["values"], s=parameters["s"], laboratory=data["lab"])


@method("iso13528_q_hampel", title=("Q/Hampel", "Q/Hampel 法"), clause="C.5", **_ISO, data={"values": _VALUES})
def _q_hampel(data: Given, parameters: Given) -> Result:
    return overview.q_hampel_summary(data["values"])


@method(
    "iso13528_consensus",
    title=("Consensus values side by side", "公议值比较"),
    clause="Annex C",
    **_ISO,
    data={"values": _VALUES},
    parameters={"factor": _FACTOR},
)
def _consensus(data: Given, parameters: Given) -> Result:
    return overview.consensus(data["values"], factor=parameters["factor"])


@method(
    "iso13528_robust_location_scale",
    title=("Robust location and scale", "稳健位置与尺度估计"),
    clause="Annex C",
    **_ISO,
    data={"values": _VALUES},
)
def _robust(data: Given, parameters: Given) -> Result:
    return overview.robust_summary(data["values"])


@method(
    "iso13528_censored",
    title=("Results below a limit", "低于定量限的结果"),
    clause="E.1",
    **_ISO,
    data={
        "values": Field("numbers and texts such as <10", "results of the participants", "各参加者的结果（可含 <10）")
    },
)
def _censored(data: Given, parameters: Given) -> Result:
    return censoring.censored(data["values"])


@method(
    "kernel_density",
    title=("Kernel density of results", "结果的核密度图"),
    clause="10",
    **_ISO,
    data={"values": _VALUES},
    parameters={
        "bandwidth": Field(
            "number", "standard deviation of the kernel; 0.9 s*/p^0.2 unless given", "带宽（默认 0.9 s*/p^0.2）", None
        ),
        "x_pt": Field("number", "assigned value, for the drawing", "指定值（用于绘图）", None),
    },
    chart="testamur.tqm.pt.plots:density_figure",
)
def _kernel_density(data: Given, parameters: Given) -> Result:
    return density.kernel_density(data["values"], bandwidth=parameters["bandwidth"], x_pt=parameters["x_pt"])


@method(
    "pt_scores",
    title=("Performance scores", "能力评定得分"),
    clause="9",
    **_ISO,
    data={
        "results": Field("rows with lab, x, U, k", "results with expanded uncertainty", "结果及扩展不确定度", None),
        "x": Field("numbers", "or the results as columns: values", "或按列给出：结果", None),
        "lab": Field("names", "participants", "参加者", None),
        "U": Field("numbers", "expanded uncertainties", "扩展不确定度", None),
        "k": Field("numbers", "coverage factors, 2 where absent", "包含因子，缺省为2", None),
    },
    parameters={
        "x_pt": Field("number", "assigned value", "指定值"),
        "sigma_pt": Field("number", "standard deviation for proficiency assessment", "能力评定标准差", None),
        "U_xpt": Field("number", "expanded uncertainty of the assigned value", "指定值的扩展不确定度", None),
        "k_xpt": Field("number", "its coverage factor", "指定值的包含因子", 2),
        "delta_E": Field("number", "largest permitted error", "最大允许误差", None),
        "consensus": Field(
            "yes or no", "the assigned value is the consensus of these results", "指定值是否为公议值", False
        ),
    },
    chart="testamur.tqm.pt.plots:score_figure",
)
def _scores(data: Given, parameters: Given) -> Result:
    rows = data["results"] if data["results"] is not None else _columns(data)
    if not isinstance(rows, (list, tuple)) or not all(isinstance(row, Mapping) and "x" in row for row in rows):
        raise Refused(_("results must be rows with at least x; lab, U and k may be added."), field="results")
    if not rows:
        raise Refused(_("There is no result to score."), field="results")
    given = any(row.get("U") is not None for row in rows)
    return scoring.scores(
        [row["x"] for row in rows],
        U=[row.get("U") for row in rows] if given else None,
        k=[row.get("k", 2) for row in rows],
        lab=[row.get("lab", place) for place, row in enumerate(rows, 1)],
        x_pt=parameters["x_pt"],
        sigma_pt=parameters["sigma_pt"],
        U_xpt=parameters["U_xpt"],
        k_xpt=parameters["k_xpt"],
        delta_E=parameters["delta_E"],
        consensus=bool(parameters["consensus"]),
    )


@method(
    "horwitz_sigma_pt",
    title=("σ_pt by Horwitz", "Horwitz 法确定 σ_pt"),
    clause="8.4",
    **_ISO,
    data={"c": Field("numbers", "levels as mass fractions", "含量（质量分数）")},
)
def _horwitz(data: Given, parameters: Given) -> Result:
    return scoring.horwitz(data["c"])


@method(
    "iso13528_homogeneity_stability",
    title=("Homogeneity and stability", "均匀性与稳定性"),
    clause="Annex B",
    **_ISO,
    data={
        "homogeneity": Field("rows of numbers", "replicates of each item", "各样品的重复结果"),
        "stability": Field("rows of numbers", "replicates of items measured later", "后期测量的重复结果", None),
    },
    parameters={
        "sigma_pt": Field("number", "standard deviation for proficiency assessment", "能力评定标准差", None),
        "sigma_pt_fraction": Field("number", "or as a share of the mean", "或占均值的比例", None),
    },
)
def _material(data: Given, parameters: Given) -> Result:
    return material.material(
        data["homogeneity"],
        data["stability"],
        sigma_pt=parameters["sigma_pt"],
        sigma_pt_fraction=parameters["sigma_pt_fraction"],
    )


@method(
    "iso13528_expanded_criterion",
    title=("Factors of the expanded criterion", "扩展判据系数"),
    clause="B.3",
    **_ISO,
    data={"g": Field("whole numbers", "numbers of items", "样品数")},
    parameters={"replicates": Field("whole number", "results for each item", "每个样品的重复次数", 2)},
)
def _factors(data: Given, parameters: Given) -> Result:
    return material.expanded_criterion(data["g"], replicates=parameters["replicates"])


def _columns(data: Given) -> list[dict[str, Any]]:
    """Return columns of a table (lab, x, U, k) as rows."""
    given = {name: rows_of(data[name], name) for name in ("x", "lab", "U", "k") if data[name] is not None}
    if "x" not in given:
        raise Refused(_("results must be rows with at least x; lab, U and k may be added."), field="results")
    same_length(**given)
    return [dict(zip(given, row, strict=True)) for row in zip(*given.values(), strict=True)]
