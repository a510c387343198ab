"""The charts as registered methods."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from testamur.tqm import constants
from testamur.tqm.data import grouped, number, whole
from testamur.tqm.methods import Field, absent, method, provenance
from testamur.tqm.results import Result
from testamur.tqm.spc import arl, attributes, dependence, memory, multivariate, rules, variables
from testamur.tqm.spc.chart import frozen

Data = Mapping[str, Any]
ISO_2: dict[str, Any] = {"source": "ISO 7870-2", "editions": ("2023",)}
DRAWN: dict[str, Any] = {"chart": "testamur.tqm.figures.charts:control_chart"}

VALUES = Field("numbers", "values in the order of time", "按时间顺序排列的数值")
LATER_VALUES = Field(
    "numbers", "Phase II values, judged by the limits of the first", "第二阶段数值，按第一阶段控制限判定", None
)
ROWS = Field("rows of numbers", "subgroups in the order of time", "按时间顺序排列的子组", None)
LONG = {
    "subgroup": Field("labels", "instead of rows: the subgroup of each value", "长格式：各数值所属的子组", None),
    "value": Field("numbers", "instead of rows: the values", "长格式：数值", None),
}
LATER_ROWS = Field(
    "rows of numbers",
    "Phase II subgroups, judged by the limits of the first",
    "第二阶段子组，按第一阶段控制限判定",
    None,
)
DEFECTIVES = Field("counts", "nonconforming items in each sample", "各样本中的不合格品数")
SIZES = Field("counts, or one for all", "items in each sample", "各样本量")
COUNTS = Field("counts", "nonconformities in each sample", "各样本中的不合格数")
UNITS = Field("numbers, or one for all", "units (areas, hours) in each sample", "各样本的单位数（面积、时间等）")
LATER_COUNTS = Field("counts", "Phase II counts", "第二阶段的计数", None)
LATER_SIZES = Field("numbers, or one for all", "Phase II sizes", "第二阶段的样本量", None)
OBSERVATIONS = Field(
    "rows of numbers", "points by characteristics, or subgroups of such rows", "各点的多个特性值，或由其构成的子组"
)

SHEWHART = {
    "nsigma": Field("number", "distance of the limits in standard deviations", "控制限与中心线的距离（标准差倍数）", 3),
    "rules": Field(
        "set or list of rules",
        "run rules; Nelson 1 and 2 unless said",
        "判异准则；默认为尼尔森准则1和2",
        None,
        ("ruleset",),
    ),
    "stages": Field("whole numbers", "indices from 0 at which a stage begins", "各阶段起点的序号（从0起）", ()),
    "excluded": Field(
        "whole numbers, or with reasons",
        "indices from 0 left out of mean and limits",
        "不计入均值和控制限的点的序号（从0起）",
        (),
    ),
    "limits": Field(
        "center and sigma", "frozen limits; all points are then Phase II", "已冻结的控制限；所有点均为第二阶段", None
    ),
}
MISSING = Field(
    "refuse or drop",
    "a missing cell is refused, or its subgroup counts with the others",
    "缺失单元格：拒绝，或子组按其余值计算",
    "refuse",
)
LIMITS_BY = Field(
    "normal or probability",
    "limits by nsigma or by exact probability",
    "控制限按标准差倍数或按精确概率",
    "normal",
    ("limits_kind",),
)


def rows_of(method: str, data: Data) -> Any:
    """Return subgroups, given as rows or as long columns."""
    if data["subgroups"] is None and data["subgroup"] is not None and data["value"] is not None:
        return grouped(data["subgroup"], data["value"])
    if data["subgroups"] is None:
        raise absent(method, "subgroups", ROWS)
    return data["subgroups"]


def _options(parameters: Data) -> dict[str, Any]:
    return {name: parameters[name] for name in (*SHEWHART, "edition")}


@method(
    "xbar_r",
    title=("Xbar-R chart", "均值-极差控制图"),
    data={"subgroups": ROWS, "phase2_subgroups": LATER_ROWS, **LONG},
    parameters={
        **SHEWHART,
        "missing": MISSING,
        "sigma_estimator": Field("Rbar/d2 or mvlue_r", "estimator of sigma", "标准差的估计方法", "Rbar/d2"),
    },
    **ISO_2,
    **DRAWN,
)
def _xbar_r(data: Data, parameters: Data) -> Result:
    return variables.xbar_r(
        rows_of("xbar_r", data),
        data["phase2_subgroups"],
        sigma_estimator=parameters["sigma_estimator"],
        missing=parameters["missing"],
        **_options(parameters),
    )


@method(
    "xbar_s",
    title=("Xbar-S chart", "均值-标准差控制图"),
    data={"subgroups": ROWS, "phase2_subgroups": LATER_ROWS, **LONG},
    parameters={
        **SHEWHART,
        "missing": MISSING,
        "sigma_estimator": Field(
            "Sbar/c4, mvlue_s, pooled or pooled/c4", "estimator of sigma", "标准差的估计方法", "Sbar/c4"
        ),
    },
    **ISO_2,
    **DRAWN,
)
def _xbar_s(data: Data, parameters: Data) -> Result:
    return variables.xbar_s(
        rows_of("xbar_s", data),
        data["phase2_subgroups"],
        sigma_estimator=parameters["sigma_estimator"],
        missing=parameters["missing"],
        **_options(parameters),
    )


@method(
    "i_mr",
    title=("Individuals and moving range chart", "单值-移动极差控制图"),
    data={"values": VALUES, "phase2_values": LATER_VALUES},
    parameters={
        **SHEWHART,
        "span": Field("whole number", "values in a moving range", "移动极差的跨度", 2),
        "sigma_estimator": Field("MRbar/d2 or median_mr", "estimator of sigma", "标准差的估计方法", "MRbar/d2"),
    },
    **ISO_2,
    **DRAWN,
)
def _i_mr(data: Data, parameters: Data) -> Result:
    return variables.i_mr(
        data["values"],
        data["phase2_values"],
        sigma_estimator=parameters["sigma_estimator"],
        span=parameters["span"],
        **_options(parameters),
    )


@method(
    "residual_chart",
    title=("Chart of residuals of an autoregression", "自回归残差控制图"),
    data={"values": VALUES},
    parameters=SHEWHART,
    source="Alwan and Roberts (1988)",
    editions=("1988",),
    **DRAWN,
)
def _residuals(data: Data, parameters: Data) -> Result:
    return dependence.residual_chart(data["values"], **_options(parameters))


@method(
    "autocorrelation",
    title=("Autocorrelation", "自相关"),
    data={"values": VALUES},
    parameters={"lags": Field("whole number", "number of lags", "滞后阶数", 10)},
    source="Box-Jenkins",
    editions=("1994",),
)
def _autocorrelation(data: Data, parameters: Data) -> Result:
    return dependence.autocorrelation(data["values"], lags=parameters["lags"], edition=parameters["edition"])


def _later(data: Data, counts: str) -> tuple[Any, Any] | None:
    return None if data[f"phase2_{counts}"] is None else (data[f"phase2_{counts}"], data["phase2_sizes"])


BINOMIAL = {"defectives": DEFECTIVES, "sizes": SIZES, "phase2_defectives": LATER_COUNTS, "phase2_sizes": LATER_SIZES}
POISSON = {"counts": COUNTS, "sizes": UNITS, "phase2_counts": LATER_COUNTS, "phase2_sizes": LATER_SIZES}


@method(
    "p",
    title=("p chart", "不合格品率控制图（p图）"),
    data=BINOMIAL,
    parameters={**SHEWHART, "limits_by": LIMITS_BY},
    **ISO_2,
    **DRAWN,
)
def _p(data: Data, parameters: Data) -> Result:
    later = _later(data, "defectives")
    return attributes.p(
        data["defectives"], data["sizes"], later, limits_by=parameters["limits_by"], **_options(parameters)
    )


@method(
    "np",
    title=("np chart", "不合格品数控制图（np图）"),
    data=BINOMIAL,
    parameters={**SHEWHART, "limits_by": LIMITS_BY},
    **ISO_2,
    **DRAWN,
)
def _np(data: Data, parameters: Data) -> Result:
    later = _later(data, "defectives")
    return attributes.np_chart(
        data["defectives"], data["sizes"], later, limits_by=parameters["limits_by"], **_options(parameters)
    )


@method(
    "c",
    title=("c chart", "不合格数控制图（c图）"),
    data={"counts": COUNTS, "phase2_counts": LATER_COUNTS},
    parameters={**SHEWHART, "limits_by": LIMITS_BY},
    **ISO_2,
    **DRAWN,
)
def _c(data: Data, parameters: Data) -> Result:
    return attributes.c(
        data["counts"], data["phase2_counts"], limits_by=parameters["limits_by"], **_options(parameters)
    )


@method(
    "u",
    title=("u chart", "单位不合格数控制图（u图）"),
    data=POISSON,
    parameters={**SHEWHART, "limits_by": LIMITS_BY},
    **ISO_2,
    **DRAWN,
)
def _u(data: Data, parameters: Data) -> Result:
    later = _later(data, "counts")
    return attributes.u(data["counts"], data["sizes"], later, limits_by=parameters["limits_by"], **_options(parameters))


@method(
    "laney_p_prime",
    title=("Laney p' chart", "Laney p′控制图"),
    data=BINOMIAL,
    parameters=SHEWHART,
    source="Laney (2002)",
    editions=("2002",),
    **DRAWN,
)
def _laney_p(data: Data, parameters: Data) -> Result:
    return attributes.laney_p(data["defectives"], data["sizes"], _later(data, "defectives"), **_options(parameters))


@method(
    "laney_u_prime",
    title=("Laney u' chart", "Laney u′控制图"),
    data=POISSON,
    parameters=SHEWHART,
    source="Laney (2002)",
    editions=("2002",),
    **DRAWN,
)
def _laney_u(data: Data, parameters: Data) -> Result:
    return attributes.laney_u(data["counts"], data["sizes"], _later(data, "counts"), **_options(parameters))


@dataclass(frozen=True, kw_only=True)
class PAndNp(Result):
    """The same samples as shares (p) and as numbers (np)."""

    p: attributes.CountsChart
    np: attributes.CountsChart

    @property
    def panels(self) -> tuple[Any, ...]:
        """Return the panels of both charts."""
        return (*self.p.panels, *self.np.panels)

    def answer(self) -> dict[str, Any]:
        found = {"p": self.p.answer()["p"], "np": self.np.answer()["np"]}
        count = len(self.p.panels[0].points)
        for name in ("lcl", "ucl"):
            # One limit for each sample, as samples may differ in size.
            limit = found["p"][name]
            found["p"][name] = [limit] * count if isinstance(limit, float) else limit
        return found


@method(
    "p_np",
    title=("p and np charts", "p图与np图"),
    data=BINOMIAL,
    parameters={**SHEWHART, "limits_by": LIMITS_BY},
    **ISO_2,
    **DRAWN,
)
def _p_np(data: Data, parameters: Data) -> Result:
    shares: Any = _p(data, parameters)
    numbers: Any = _np(data, parameters)
    about = provenance(
        "p_np",
        "ISO 7870-2",
        parameters["edition"],
        data=shares.provenance.data,
        parameters=shares.provenance.parameters,
    )
    return PAndNp(
        p=shares, np=numbers, estimator=shares.estimator, phase=shares.phase, warnings=shares.warnings, provenance=about
    )


MEMORY = {
    "target": Field(
        "number", "centre; the Phase I mean unless given", "中心值；未给出时取第一阶段均值", None, ("center",)
    ),
    "sigma": Field(
        "number", "standard deviation of single values; estimated unless given", "单值标准差；未给出时估计", None
    ),
    "sigma_estimator": Field("text", "estimator of sigma for subgroups", "子组标准差的估计方法", None),
    "frozen": Field(
        "center and sigma", "frozen limits; all points are then Phase II", "已冻结的控制限；所有点均为第二阶段", None
    ),
}
EITHER = {
    "values": Field("numbers", "values in the order of time", "按时间顺序排列的数值", None),
    "subgroups": Field("rows of numbers", "subgroups in the order of time", "按时间顺序排列的子组", None),
    "phase2_values": LATER_VALUES,
    "phase2_subgroups": LATER_ROWS,
}


def _either(data: Data) -> tuple[Any, Any]:
    if data["subgroups"] is not None:
        return data["subgroups"], data["phase2_subgroups"]
    return data["values"], data["phase2_values"]


@method(
    "ewma",
    title=("EWMA chart", "指数加权移动平均控制图（EWMA）"),
    data=EITHER,
    source="ISO 7870-6",
    editions=("2016",),
    **DRAWN,
    parameters={
        **MEMORY,
        "lam": Field("number", "weight of the newest point", "最新点的权重", 0.2, ("lambda",)),
        "L": Field("number", "distance of the limits", "控制限倍数", 3),
        "limits": Field(
            "exact or asymptotic",
            "limits that widen with time, or those in the long run",
            "精确（随时间变化）或渐近控制限",
            "exact",
        ),
        "start": Field("number", "z before the first point", "初始值", None),
    },
)
def _ewma(data: Data, parameters: Data) -> Result:
    values, later = _either(data)
    return memory.ewma(
        values,
        later,
        lam=parameters["lam"],
        L=parameters["L"],
        target=parameters["target"],
        sigma=parameters["sigma"],
        sigma_estimator=parameters["sigma_estimator"],
        limits_by=parameters["limits"],
        start=parameters["start"],
        limits=parameters["frozen"],
        edition=parameters["edition"],
    )


@method(
    "cusum_tabular",
    title=("Tabular CUSUM", "表格式累积和控制图（CUSUM）"),
    data=EITHER,
    source="ISO 7870-4",
    editions=("2021",),
    **DRAWN,
    parameters={
        **MEMORY,
        "h": Field("number", "decision interval, standard errors", "判定距（标准误）", 5),
        "k": Field("number", "reference value, standard errors; half of shift_se, else 0.5", "参考值（标准误）", None),
        "shift_se": Field(
            "number", "shift to find, standard errors; k is its half unless given", "待检出的偏移（标准误）", None
        ),
        "fir": Field("yes/no", "fast initial response", "快速初始响应", False),
    },
)
def _cusum(data: Data, parameters: Data) -> Result:
    values, later = _either(data)
    k, shift = parameters["k"], parameters["shift_se"]
    if k is None:
        k = 0.5 if shift is None else number(shift, "shift_se", above=0) / 2
    return memory.cusum(
        values,
        later,
        h=parameters["h"],
        k=k,
        target=parameters["target"],
        sigma=parameters["sigma"],
        sigma_estimator=parameters["sigma_estimator"],
        fir=bool(parameters["fir"]),
        limits=parameters["frozen"],
        edition=parameters["edition"],
    )


T2 = {
    "alpha": Field(
        "number", "probability of a false alarm at a point", "每点的误报概率", multivariate.ALPHA, ("alpha_total",)
    ),
    "limits": Field(
        "center, covariance, count",
        "frozen limits; all points are then Phase II",
        "已冻结的控制限；所有点均为第二阶段",
        None,
        ("frozen",),
    ),
    "phase": Field("1 or 2", "1: the points are their own baseline", "1：以这些点自身为基准", None),
}


def _t2(data: Data, parameters: Data) -> Result:
    limits = parameters["limits"]
    if parameters["phase"] is not None and whole(parameters["phase"], "phase", at_least=1, at_most=2) == 2:
        frozen(limits, "hotelling_t2_individual", ("center", "covariance", "count"))
    return multivariate.hotelling_t2(
        data["observations"], alpha=parameters["alpha"], limits=limits, edition=parameters["edition"]
    )


method(
    "hotelling_t2_individual",
    title=("Hotelling T² chart of single points", "霍特林T²控制图（单值）"),
    data={"observations": OBSERVATIONS},
    parameters=T2,
    source="ISO 7870-7",
    editions=("2020",),
    **DRAWN,
)(_t2)
method(
    "hotelling_t2_subgroup",
    title=("Hotelling T² chart of subgroups", "霍特林T²控制图（子组）"),
    data={"observations": OBSERVATIONS},
    parameters=T2,
    source="ISO 7870-7",
    editions=("2020",),
    **DRAWN,
)(_t2)


@method(
    "mewma",
    title=("Multivariate EWMA chart", "多元EWMA控制图"),
    data={"observations": OBSERVATIONS},
    source="Lowry et al. (1992)",
    editions=("1992",),
    **DRAWN,
    parameters={
        "lam": Field("number", "weight of the newest point", "最新点的权重", 0.1, ("lambda",)),
        "arl0": Field("number", "average run length in control", "受控时的平均链长", 370.4),
        "ucl": Field("number", "limit; computed from arl0 unless given", "控制限；未给出时由arl0计算", None),
        "limits": Field("center, covariance, count", "frozen limits", "已冻结的控制限", None),
    },
)
def _mewma(data: Data, parameters: Data) -> Result:
    return multivariate.mewma(
        data["observations"],
        lam=parameters["lam"],
        arl0=parameters["arl0"],
        ucl=parameters["ucl"],
        limits=parameters["limits"],
        edition=parameters["edition"],
    )


@method(
    "run_rules",
    title=("Run rules", "判异准则"),
    source="Nelson (1984); Western Electric (1956)",
    editions=("1984",),
    data={"sequences": Field("one or several series", "points in the order of time", "按时间顺序排列的点")},
    parameters={
        "center": Field("number", "centre line", "中心线", 0),
        "sigma": Field("number", "standard deviation of a point", "点的标准差", 1),
        "rules": Field(
            "set or list of rules",
            "Nelson's and Western Electric's unless said",
            "默认为尼尔森准则和西电准则",
            None,
            ("ruleset",),
        ),
    },
)
def _run_rules(data: Data, parameters: Data) -> Result:
    chosen = parameters["rules"] if parameters["rules"] is not None else (*rules.NELSON, *rules.WECO)
    return rules.run_rules(
        data["sequences"],
        chosen,
        center=parameters["center"],
        sigma=parameters["sigma"],
        edition=parameters["edition"],
    )


@dataclass(frozen=True, kw_only=True)
class Constants(Result):
    """Constants of some subgroup sizes; each field has one value for each ``n``."""

    n: list[int]
    values: dict[str, list[float]]

    def answer(self) -> dict[str, Any]:
        return {"n": self.n, **self.values}


@method(
    "control_chart_constants",
    title=("Constants of control charts", "控制图系数"),
    **ISO_2,
    parameters={"n": Field("whole numbers", "subgroup sizes", "子组大小")},
)
def _constants(data: Data, parameters: Data) -> Result:
    wanted = parameters["n"] if isinstance(parameters["n"], (list, tuple)) else [parameters["n"]]
    sizes = [whole(n, "n", at_least=2, at_most=10_000) for n in wanted]
    names = ("d2", "d3", "c4", "c5", "A2", "A3", "B3", "B4", "D3", "D4", "E2")
    return Constants(
        n=sizes,
        values={name: [getattr(constants, name)(n) for n in sizes] for name in names},
        estimator="integration",
        provenance=provenance(
            "control_chart_constants", "ISO 7870-2", parameters["edition"], data={}, parameters={"n": sizes}
        ),
    )


def _grid() -> tuple[list[dict[str, float]], list[dict[str, float]]]:
    """Return the designs that textbooks tabulate: what is asked for where no design is given."""
    cusums = [
        {"k": k, "h": h, "shift": shift} for k in (0.25, 0.5, 1) for h in (3, 4, 5) for shift in (0, 0.5, 1, 2, 3)
    ]
    ewmas = [
        {"lambda": lam, "L": L, "shift": shift}
        for lam in (0.05, 0.1, 0.2, 0.4)
        for L in (2.7, 3)
        for shift in (0, 0.5, 1, 2, 3)
    ]
    return cusums, ewmas


def _asked(expected: Any) -> dict[str, Any]:
    """Return the designs that a case's rows name: its questions stand beside its answers."""
    return {
        kind: [{name: value for name, value in row.items() if name != "arl"} for row in expected.get(kind, [])]
        for kind in ("cusum", "ewma")
    }


DESIGNS = Field("rows k, h, shift", "CUSUM designs", "CUSUM方案", None)
DESIGNS_E = Field("rows lambda, L, shift", "EWMA designs", "EWMA方案", None)


@method(
    "arl_zero_state",
    title=("Average run lengths", "平均链长"),
    source="Page (1954); Crowder (1987)",
    editions=("1987",),
    data={"cusum": DESIGNS, "ewma": DESIGNS_E},
    asked=_asked,
)
def _arl(data: Data, parameters: Data) -> Result:
    cusums, ewmas = data["cusum"], data["ewma"]
    if cusums is None and ewmas is None:
        cusums, ewmas = _grid()
    return arl.run_lengths(cusums or [], ewmas or [], parameters["edition"])
