"""A mapping made by choosing: where each column of a file goes, and what its words mean.

What a choice cannot say (folding, patterns, what records rest on) is written as a file; of such a mapping only the
names of columns are changed, see ``revising``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from testamur.kernel.refusal import Refused, _
from testamur.register.reporting.looking import Column, Look
from testamur.register.reporting.values import parts_of, word

#: Where a column can go → what people call it; several columns may be *shown*, each other place takes one.
TARGETS: dict[str, str] = {
    "number": _("Certificate number"),
    "key": _("Your own key of the record"),
    "holder": _("Holder: name"),
    "address": _("Holder: address"),
    "country": _("Holder: country"),
    "region": _("Holder: region (code)"),
    "uscc": _("Holder: unified social credit code"),
    "issuer": _("Issuer"),
    "scheme": _("Scheme"),
    "status": _("Status"),
    "reason": _("Reason for the status"),
    "effective_on": _("First day of validity"),
    "expires_on": _("Last day of validity"),
    "issued_on": _("Day of issue"),
    "requirements": _("Standards"),
    "statement": _("Scope in words"),
    "line": _("Scope codes"),
    "grade": _("Grade or level"),
    "mode": _("Certification mode"),
    "conditions": _("Conditions"),
    "shown": _("Shown as it stands"),
}
DAYS = ("effective_on", "expires_on", "issued_on")
#: Without these no row is a record.
NEEDED = ("number", "holder")
#: Places whose words are taken for something: each of their values is shown with what it is taken for.
WORDED = ("status", "country", "scheme", "requirements", "line")
LEAVE_OUT = "leave_out"
#: Folded names of columns by which a place is guessed; equal ones first, then those that hold one.
NAMES: dict[str, tuple[str, ...]] = {
    "number": ("证书编号", "证书号", "certificate number", "certificate no", "cert no", "cert_num", "number", "注册号"),
    "key": ("记录编号", "record id", "id", "key"),
    "holder": ("获证组织名称", "获证组织", "组织名称", "持有人", "企业名称", "holder", "client", "company",
               "organisation", "organization", "name", "who"),
    "address": ("注册地址", "地址", "address"),
    "country": ("国家", "国别", "country"),
    "region": ("行政区划代码", "行政区划", "region"),
    "uscc": ("统一社会信用代码", "信用代码", "uscc"),
    "issuer": ("发证机构", "认证机构", "issuer", "body"),
    "scheme": ("认证项目", "认证领域", "scheme", "programme"),
    "status": ("证书状态", "状态", "status", "state"),
    "reason": ("状态原因", "暂停原因", "撤销原因", "reason"),
    "effective_on": ("生效日期", "有效期起", "起始日期", "valid from", "valid_from", "effective", "start date", "from"),
    "expires_on": ("有效期至", "到期日期", "截止日期", "valid until", "valid to", "valid_to", "expiry", "expires",
                   "until", "end date"),
    "issued_on": ("颁证日期", "发证日期", "issue date", "issued", "date of issue"),
    "requirements": ("认证依据", "依据标准", "标准", "standards", "standard", "requirements"),
    "statement": ("认证范围", "覆盖范围", "范围", "scope", "what", "statement"),
    "line": ("专业代码", "范围代码", "scope code", "scope codes", "nace", "iaf"),
    "grade": ("等级", "级别", "grade", "level"),
    "mode": ("认证模式", "mode"),
    "conditions": ("条件", "conditions"),
}  # fmt: skip
#: Words for a status → the status; as bodies write them.
STATUS: dict[str, str] = {
    **dict.fromkeys(("valid", "active", "current", "有效", "在用"), "valid"),
    **dict.fromkeys(("suspended", "on hold", "暂停"), "suspended"),
    **dict.fromkeys(("withdrawn", "revoked", "撤销"), "withdrawn"),
    **dict.fromkeys(("cancelled", "canceled", "注销"), "cancelled"),
    **dict.fromkeys(("expired", "过期", "失效", "到期"), "expired"),
}
_IDENTIFIERS = {"uscc": "CN.uscc"}
_SEPARATORS = (";", "；", "|", "、", ",", "，", "\n")


@dataclass
class Choice:
    """What was chosen for a column.

    Attributes:
        to: key of ``TARGETS``; empty: not read.
        form: of its days.
        separator: between the parts of a list.
        tree: key of the classification, of scope codes.
        words: value → what it is taken for.
        kept: words that an earlier mapping explained and this file does not hold.
        before: the name by which the mapping knew this column, where it was renamed.
    """

    to: str = ""
    form: str = ""
    separator: str = ""
    tree: str = ""
    words: dict[str, str] = field(default_factory=dict)
    kept: dict[str, str] = field(default_factory=dict)
    before: str = ""


def guessed(look: Look, *, reports: bool, trees: Sequence[str] = ()) -> dict[str, Choice]:
    """Return what the columns of a file probably are, by their names and values; each place is taken once."""
    found = {column.name: Choice() for column in look.columns}
    places = [place for place in NAMES if place != "issuer" or not reports]
    for exact in (True, False):
        for place in places:
            if any(one.to == place for one in found.values()):
                continue
            for column in look.columns:
                if not found[column.name].to and named(column.name, place, exact) and (exact or _fits(column, place)):
                    found[column.name] = _settled(Choice(place), column, trees)
                    break
    return found


def named(name: str, place: str, exact: bool) -> bool:
    folded = " ".join(re.split(r"[\s_\-./()（）]+", name.casefold())).strip()
    known = [" ".join(one.split("_")) for one in NAMES[place]]
    if exact:
        return folded in known
    # In Chinese two characters are a word; in Latin letters so few stand in the middle of any.
    return any(one in folded for one in known if len(one) > (3 if one.isascii() else 1))


def _fits(column: Column, place: str) -> bool:
    return place not in DAYS or bool(column.forms) or not column.values


def _settled(choice: Choice, column: Column, trees: Sequence[str] = ()) -> Choice:
    if choice.to in DAYS and len(column.forms) == 1:
        choice.form = column.forms[0]
    if choice.to in ("requirements", "line"):
        choice.separator = next((one for one in _SEPARATORS if any(one in text for text in column.values)), "")
    if choice.to == "line" and trees:
        choice.tree = choice.tree or trees[0]
    return choice


def values_of(column: Column, choice: Choice) -> list[tuple[str, int]]:
    """Return the different words of a column and how often each occurs, the most frequent first."""
    if choice.to not in ("requirements", "line"):
        return column.values.most_common()
    counts: dict[str, int] = {}
    for text, count in column.values.items():
        for part in parts_of(text, choice.separator):
            counts[part] = counts.get(part, 0) + count
    return sorted(counts.items(), key=lambda one: (-one[1], one[0]))


def status_of(text: str) -> str:
    """Return the status that a word probably means; empty where it is not known."""
    return STATUS.get(word(text), "")


def body_of(
    look: Look, choices: Mapping[str, Choice], source: Mapping[str, Any], *, issuer: str = "", separator: str = ""
) -> dict[str, Any]:
    """Return the mapping that choices say, as ``mapping.read`` takes it.

    Args:
        source: its ``[source]`` table.
        issuer: public id of the body that reports; empty: a column names the issuer.
        separator: between the values of a line, where the guess was corrected.

    Raises:
        Refused: a place chosen twice or lacking; days of a form nobody chose; words taken for nothing.
    """
    at = _places(choices, issuer)
    by = {place: choices[column] for place, column in at.items()}
    body: dict[str, Any] = {"source": dict(source), "file": {"columns": [one.name for one in look.columns]}}
    # What the next file says by itself is left to it.
    if look.kind == "csv" and look.encoding != "utf-8":
        body["file"]["encoding"] = look.encoding
    if separator:
        body["file"]["delimiter"] = separator
    body["key"] = {"columns": [at.get("key", at["number"])]}
    body["issuer"] = {"value": issuer} if issuer else {"column": at["issuer"]}
    holder: dict[str, Any] = {"column": at["holder"]}
    holder |= {place: at[place] for place in ("address", "country", "region") if place in at}
    if "country" in at and (named := _meant(by["country"])):
        holder["countries"] = named
    if "uscc" in at:
        holder["identifiers"] = [{"scheme": scheme, "column": at[place]} for place, scheme in _IDENTIFIERS.items()]
    body["holder"] = holder
    if "status" in at:
        body["status"] = _status(at, by["status"])
    if "scheme" in at:
        body["scheme"] = {"column": at["scheme"], "map": _all_meant("scheme", at["scheme"], by["scheme"])}
    body["field"] = _fields(at, by, choices)
    return body


def _places(choices: Mapping[str, Choice], issuer: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for column, choice in choices.items():
        if not choice.to or choice.to == "shown":
            continue
        if choice.to in found:
            raise Refused(
                _("{first} and {second} both go to “{place}”; choose one of them."),
                {"first": found[choice.to], "second": column, "place": _both(TARGETS[choice.to])}, field="columns",
            )  # fmt: skip
        found[choice.to] = column
    lacking = [place for place in (*NEEDED, *(() if issuer else ("issuer",))) if place not in found]
    if lacking:
        raise Refused(
            _("Say which column holds: {places}."), {"places": [_both(TARGETS[place]) for place in lacking]},
            field="columns",
        )  # fmt: skip
    return found


def _status(at: Mapping[str, str], choice: Choice) -> dict[str, Any]:
    # Usual words are known before a file first holds them: a first suspension is no reason to reject a row.
    meant = STATUS | _all_meant("status", at["status"], choice)
    told: dict[str, Any] = {"column": at["status"]}
    told["map"] = {text: status for text, status in meant.items() if status != LEAVE_OUT}
    if out := [text for text, status in meant.items() if status == LEAVE_OUT]:
        told["leave_out"] = out
    if "reason" in at:
        told["reason"] = at["reason"]
    return told


def _meant(choice: Choice) -> dict[str, str]:
    return choice.kept | {text: meant for text, meant in choice.words.items() if meant}


def _all_meant(place: str, column: str, choice: Choice) -> dict[str, str]:
    open_ = [text for text, meant in choice.words.items() if not meant]
    if open_:
        raise Refused(
            _("Say what these words of {column} mean: {words}."),
            {"column": column, "words": [f"“{text}”" for text in open_[:10]]}, field=place,
        )  # fmt: skip
    return choice.kept | choice.words


def _fields(at: Mapping[str, str], by: Mapping[str, Choice], choices: Mapping[str, Choice]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [{"to": "number", "column": at["number"]}]
    for place in ("statement", "grade", "mode", "conditions"):
        if place in at:
            found.append({"to": place, "column": at[place]})
    for place in DAYS:
        if place in at:
            if not by[place].form:
                raise Refused(
                    _("Say in which order day and month stand in {column}."), {"column": at[place]}, field="columns"
                )
            found.append({"to": place, "column": at[place], "read": "day", "form": by[place].form})
    for place in ("requirements", "line"):
        if place in at:
            found.append(_listed(place, at[place], by[place]))
    names: dict[str, int] = {}
    for column, choice in choices.items():
        if choice.to == "shown":
            name = re.sub(r"\W+", "_", column.casefold()).strip("_")[:40] or "column"
            names[name] = names.get(name, 0) + 1
            found.append({"to": f"shown.{name}{'' if names[name] == 1 else names[name]}", "column": column})
    return found


def _listed(place: str, column: str, choice: Choice) -> dict[str, Any]:
    told: dict[str, Any] = {"column": column, "read": "list", "separator": choice.separator}
    if place == "line":
        if not choice.tree:
            raise Refused(
                _("Say of which classification the codes of {column} are."), {"column": column}, field="columns"
            )
        told |= {"to": f"line.{choice.tree.partition('@')[0]}", "tree": choice.tree}
    else:
        told["to"] = "requirements"
    known = choice.kept | choice.words
    if any(meant and meant != text for text, meant in known.items()):
        told["map"] = {text: meant or text for text, meant in known.items()}
    return told


def _both(message: str) -> dict[str, str]:
    from testamur.register.authority import Said, in_both

    return in_both(Said(message))
