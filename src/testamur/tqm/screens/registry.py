"""Screens in the registry of methods."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from testamur.kernel.refusal import Refused, _
from testamur.tqm.methods import Field, method
from testamur.tqm.results import Result
from testamur.tqm.screens import copies, digits, many, spread

Given = Mapping[str, Any]
_OWN: dict[str, Any] = {"source": copies.SOURCE, "editions": (copies.EDITION,)}


@method(
    "benford",
    title=("Benford's law", "本福特定律检验"),
    source="Nigrini, Benford's Law",
    editions=("2012",),
    data={"values": Field("numbers", "amounts over two powers of ten", "跨越两个数量级的数值")},
    parameters={
        "digits": Field(
            "list", "1 first digit, 2 first two, second_digit", "1 首位，2 前两位，second_digit 第二位", (1, 2)
        )
    },
    chart="testamur.tqm.screens.plots:benford_figure",
)
def _benford(data: Given, parameters: Given) -> Result:
    wanted = parameters["digits"]
    return digits.benford(data["values"], digits=wanted if isinstance(wanted, (list, tuple)) else [wanted])


@method(
    "terminal_digit_chisq",
    title=("Terminal digits", "末位数字均匀性检验"),
    source="Mosimann et al.",
    editions=("1995",),
    data={"values": Field("numbers", "values as written", "原始记录数值")},
    parameters={"decimals": Field("whole number", "decimals recorded", "记录的小数位数", None)},
    chart="testamur.tqm.screens.plots:terminal_figure",
)
def _terminal(data: Given, parameters: Given) -> Result:
    return digits.terminal_digits(data["values"], decimals=parameters["decimals"])


@method(
    "duplicate_rows",
    title=("Repeated rows", "重复行筛查"),
    **_OWN,
    data={"rows": Field("rows of numbers", "one record a row", "每行一条记录")},
    parameters={"equal": Field("whole number", "columns in which near copies agree", "近似重复须相同的列数", None)},
)
def _duplicates(data: Given, parameters: Given) -> Result:
    return copies.duplicate_rows(data["rows"], equal=parameters["equal"])


@method(
    "copied_blocks",
    title=("Copied blocks", "成块复制筛查"),
    **_OWN,
    data={"rows": Field("rows of numbers", "records in their order", "按顺序的记录")},
    parameters={
        "length": Field("whole number", "fewest rows of a block", "最短行数", 3),
        "shifted": Field("yes or no", "also blocks with a constant added", "是否包括加常数后的复制", False),
    },
)
def _blocks(data: Given, parameters: Given) -> Result:
    rows = data["rows"]
    if not isinstance(rows, (list, tuple)):
        raise Refused(_("{name} must be a list of values."), {"name": "rows"}, field="rows")
    return copies.copied_blocks(rows, length=parameters["length"], shifted=bool(parameters["shifted"]))


@method(
    "low_variance",
    title=("Spread too small", "离散过小筛查"),
    **_OWN,
    data={
        "rows": Field("rows of numbers", "replicates of each laboratory", "各实验室的重复结果"),
        "lab": Field("names", "laboratories", "实验室", None),
    },
    parameters={
        "sigma": Field("number", "repeatability of the method", "方法的重复性标准差", None),
        "rate": Field("share", "accepted share of false leads", "可接受的误报比例", 0.05),
    },
)
def _low(data: Given, parameters: Given) -> Result:
    return spread.low_variance(data["rows"], lab=data["lab"], sigma=parameters["sigma"], rate=parameters["rate"])


@method(
    "benjamini_hochberg",
    title=("Many tests at once", "多重检验校正（BH法）"),
    source="Benjamini & Hochberg",
    editions=("1995",),
    data={"p": Field("numbers", "probability of each test", "各检验的概率")},
    parameters={"rate": Field("share", "accepted share of false leads", "可接受的误报比例", 0.05)},
)
def _many(data: Given, parameters: Given) -> Result:
    return many.benjamini_hochberg(data["p"], rate=parameters["rate"])
