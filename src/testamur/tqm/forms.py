"""The form of a statistical method, made from what the method says of its inputs: labels, kinds, defaults."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from testamur.kernel.refusal import Refused, _
from testamur.tqm.methods import REQUIRED, Field, Method
from testamur.tqm.spc.rules import SETS

#: Kinds that only a program writes; the command and the JSON of a file take them.
FOR_PROGRAMS = frozenset({"center and sigma", "center, covariance, count", "list", "object", "object lab → reason"})
_YES_NO = frozenset({"yes/no", "yes or no"})
#: A page answers within a second or two; longer computations belong to the command.
MOST = 100_000
#: Numbers that a page computes with; a server answers others meanwhile.
MOST_VALUES = 200_000
#: Methods that compare every value with every other: what they take a second for.
PAIRWISE = {
    "fleiss_kappa": 6_000, "grubbs_double": 300, "hampel": 800, "iso13528_consensus": 1_000, "iso13528_q_hampel": 1_000,
    "iso13528_robust_location_scale": 2_000, "q_method": 2_000, "qn": 5_000,
}  # fmt: skip
#: Characters of one answer; hundreds of points with their reasons.
LONGEST = 20_000
_WORDS = re.compile(r"[\w./]+(?:, [\w./]+)* or [\w./]+")
#: People count points as the chart does, from 1; programs from 0.
_COUNTED = {
    "stages": {"en": "Points at which a new stage begins", "zh": "新阶段的起始点"},
    "excluded": {"en": "Points left out of mean and limits", "zh": "不计入均值和控制限的点"},
}
#: Answers that are everyday words; symbols say themselves.
_SAID = {
    "refuse": {"en": "refuse", "zh": "拒绝"},
    "drop": {"en": "leave out", "zh": "略去"},
    "warn": {"en": "warn", "zh": "提示"},
    "exact": {"en": "exact", "zh": "精确"},
    "asymptotic": {"en": "asymptotic", "zh": "渐近"},
    "normal": {"en": "normal", "zh": "正态"},
    "probability": {"en": "by probability", "zh": "按概率"},
    "free": {"en": "free of a distribution", "zh": "不假定分布"},
    "two": {"en": "two-sided", "zh": "双侧"},
    "lower": {"en": "lower", "zh": "下侧"},
    "upper": {"en": "upper", "zh": "上侧"},
    "none": {"en": "none", "zh": "无"},
    "linear": {"en": "linear", "zh": "线性"},
    "squared": {"en": "squared", "zh": "平方"},
}
_RULES = {
    "default": {"en": "Nelson 1 and 2", "zh": "尼尔森准则1和2"},
    "nelson": {"en": "Nelson 1 to 8", "zh": "尼尔森准则1至8"},
    "weco": {"en": "Western Electric 1 to 4", "zh": "西部电气准则1至4"},
    "rule_1": {"en": "beyond the limits only", "zh": "仅超出控制限"},
}


@dataclass
class Entry:
    """One place of the form. ``shape``: text, number, choice; ``options``: (value, label) of a choice."""

    name: str
    label: dict[str, str]
    shape: str
    value: str = ""
    required: bool = False
    hint: dict[str, str] = field(default_factory=dict)
    options: list[tuple[str, Any]] = field(default_factory=list)
    error: Refused | None = None

    @property
    def ident(self) -> str:
        return f"p-{self.name}"


def form(method: Method, typed: Mapping[str, str]) -> list[Entry]:
    """Return the entries of a method's parameters, with what was typed, else with the defaults."""
    return [_entry(name, about, typed) for name, about in method.parameters.items() if about.kind not in FOR_PROGRAMS]


def _entry(name: str, about: Field, typed: Mapping[str, str]) -> Entry:
    shape, options, hint = _shape(about)
    default = "" if about.default in (REQUIRED, None, ()) else _written(about.default)
    value = typed.get(f"p.{name}", default)
    label = _COUNTED.get(name) or {"en": about.en[:1].upper() + about.en[1:], "zh": about.zh}
    return Entry(name, label, shape, value, about.default is REQUIRED, hint, options)


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple)):
        return "; ".join(str(one) for one in value)
    return str(value)


def _shape(about: Field) -> tuple[str, list[tuple[str, Any]], dict[str, str]]:
    if about.kind in _YES_NO:
        return "choice", [("yes", {"en": "yes", "zh": "是"}), ("no", {"en": "no", "zh": "否"})], {}
    if about.kind == "set or list of rules":
        return "choice", [("", {"en": "–", "zh": "–"}), *((key, _RULES[key]) for key in SETS)], {}
    if _WORDS.fullmatch(about.kind):
        empty = [("", "–")] if about.default is None else []
        return "choice", empty + [(word, _SAID.get(word, word)) for word in re.split(", | or ", about.kind)], {}
    if about.kind == "whole numbers" and about.default is REQUIRED:
        return "text", [], {"en": "Several: 2, 5, 10", "zh": "可填多个：2, 5, 10"}
    if about.kind == "whole numbers":
        return (
            "text",
            [],
            {
                "en": "Counted from 1, as on the chart; several: 12, 24",
                "zh": "与图上一致，从1起计；可填多个：12, 24",
            },
        )
    if about.kind == "whole numbers, or with reasons":
        return (
            "text",
            [],
            {
                "en": "Counted from 1, with the reason: 12 tool broke; 24 power cut",
                "zh": "从1起计，附原因：12 刀具断裂; 24 停电",
            },
        )
    if about.kind in ("numbers", "quality, probability"):
        return "text", [], {"en": "Several: 0.01; 0.05", "zh": "可填多个：0.01; 0.05"}
    return ("number" if about.kind in ("number", "whole number", "share") else "text"), [], {}


def read(method: Method, entries: list[Entry]) -> dict[str, Any]:
    """Return the parameters that were typed; an entry that cannot be read gets its error and is left out."""
    found: dict[str, Any] = {}
    for entry in entries:
        text = entry.value.strip()
        if not text:
            if entry.required:
                entry.error = Refused(_("Fill this in."), field=entry.name)
            continue
        try:
            if len(text) > LONGEST:
                raise Refused(_("At most {most} characters."), {"most": LONGEST}, field=entry.name)
            found[entry.name] = _value(method.parameters[entry.name], text, entry)
        except Refused as refused:
            entry.error = refused
    return found


def _value(about: Field, text: str, entry: Entry) -> Any:
    if entry.options and text not in [value for value, _label in entry.options]:
        raise Refused(_("Choose one of the answers."), field=entry.name)
    if about.kind in _YES_NO:
        return text == "yes"
    readers: dict[str, Callable[[str, str], Any]] = {
        "whole numbers": _several if entry.name in _COUNTED else _plainly,
        "whole numbers, or with reasons": _with_reasons,
        "whole number": whole,
        "numbers": _numbers,
        "quality, probability": _numbers,
    }
    read_it = readers.get(about.kind)
    if read_it is not None:
        return read_it(text, entry.name)
    return int(text) if about.kind == "1 or 2" else text


def _numbers(text: str, name: str) -> list[str]:
    """Return the numbers of a list; a comma between two digits is a decimal mark, not a gap."""
    return [one for one in re.split(r"[\s;；、]+|,\s+|，", text) if one]


def whole(text: str, name: str) -> int:
    """Return a whole number that a page computes with; raises Refused."""
    if not re.fullmatch(r"[+-]?\d{1,12}", text):
        raise Refused(_("{value} is no whole number."), {"value": text[:40]}, field=name)
    if abs(int(text)) > MOST:
        raise Refused(
            _("A page computes with at most {most}; the command testamur tqm has no such limit."),
            {"most": MOST},
            field=name,
        )
    return int(text)


def _plainly(text: str, name: str) -> list[int]:
    return [whole(one, name) for one in re.split(r"[\s,;，；、]+", text) if one]


def _several(text: str, name: str) -> list[int]:
    """Return points counted from 0, as methods count, of points counted from 1."""
    found = _plainly(text, name)
    if any(one < 1 for one in found):
        raise Refused(_("Points are counted from 1."), field=name)
    return [one - 1 for one in found]


def _with_reasons(text: str, name: str) -> list[int] | dict[str, str]:
    parts = [one.strip() for one in re.split(r"[;；\n]", text) if one.strip()]
    pairs = [re.fullmatch(r"(\d{1,6})\s+(\D.*)", one) for one in parts]
    if parts and all(pairs):
        places, reasons = [pair[1] for pair in pairs if pair], [pair[2] for pair in pairs if pair]
        return {str(place): reason for place, reason in zip(_several(" ".join(places), name), reasons, strict=True)}
    return _several(text, name)


def check_size(found: Method, data: Any, extra: Any) -> None:
    """Refuse what would keep a server busy; the command has no such limits."""
    count, most = _leaves(data), PAIRWISE.get(found.id, MOST_VALUES)
    if count > most:
        raise Refused(
            _("{count} values are more than a page computes with ({most}); the command testamur tqm takes them."),
            {"count": count, "most": most},
            field="data",
        )
    for name, about in found.parameters.items():
        if about.kind == "whole number" and isinstance(extra, Mapping) and name in extra:
            whole(str(extra[name]), name)


def _leaves(value: Any) -> int:
    if isinstance(value, Mapping):
        return sum(map(_leaves, value.values()))
    return sum(map(_leaves, value)) if isinstance(value, list) else 1
