"""The data dictionary of the open data: every column of a snapshot, once, in both languages.

The files, ``datapackage.json``, the pages and ``docs/reference/open-data.md`` are all made from this table.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from testamur.kernel.words import Origin, Status

Text = dict[str, str]


@dataclass(frozen=True)
class Column:
    """A column of ``certificates``.

    Attributes:
        name: in the files.
        type: of Frictionless Table Schema: ``string``, ``date``, ``datetime``.
        means: what it says, {bcp47: text}.
        filled: whether every row has a value.
        values: the closed list of values, where there is one.
        unless: field of a scheme's disclosure; the cell is empty where the scheme does not make it public.
    """

    name: str
    type: str
    means: Text
    filled: bool = False
    values: tuple[str, ...] = field(default=())
    unless: str = ""


def _both(en: str, zh: str) -> Text:
    return {"en": en, "zh": zh}


COLUMNS = (
    Column("id", "string", _both("Public id of the record; it never changes.", "记录的公开标识，永不改变。"), True),
    Column("page", "string", _both("Address of the record's page, where its present state and history stand.",
                                   "记录网页的地址，载有其现状和历史。"), True),
    Column("number", "string", _both("Number on the document. It is no key: bodies may give the same one.",
                                     "文件上的编号。不是唯一键：不同机构可能使用同一编号。")),
    Column("status", "string", _both("Status on the day of the snapshot; expired is told by the last day of validity.",
                                     "快照当日的状态；是否过期按有效期末日判断。"), True,
           tuple(str(one) for one in Status)),
    Column("valid_from", "date", _both("First day of validity.", "有效期首日。")),
    Column("valid_until", "date", _both("Last day of validity, included; empty: no end is stated.",
                                        "有效期末日（含当日）；为空表示未注明终止日。")),
    Column("scheme", "string", _both("Id of the scheme here, or the word of the source for it.",
                                     "本平台的方案标识，或来源所用的名称。"), True),
    Column("standards", "string", _both("Designations of the standards, separated by “ | ”.",
                                        "标准代号，以“ | ”分隔。"), unless="requirements"),
    Column("scope", "string", _both("Wording of the scope in the language that prevails.",
                                    "认证范围的文字表述，取优先语言。"), unless="scope_statement"),
    Column("holder", "string", _both("Names of the holder as the source states them, separated by “ / ”.",
                                     "来源所载的持有人名称，以“ / ”分隔。"), unless="holder"),
    Column("holder_identifiers", "string", _both("Identifiers of the holder as scheme:value, separated by “ | ”.",
                                                 "持有人的标识，格式为“体系:值”，以“ | ”分隔。"), unless="parties"),
    Column("country", "string", _both("Country of the holder, ISO 3166-1 alpha-2.",
                                      "持有人所在国家或地区，ISO 3166-1 两位代码。"), unless="holder"),
    Column("region", "string", _both("Division of the holder's address; in China a code of GB/T 2260.",
                                     "持有人地址所属区划；中国采用GB/T 2260代码。"), unless="holder"),
    Column("issuer", "string", _both("Public id of the body that gave it.", "颁发机构的公开标识。"), True),
    Column("issuer_name_en", "string", _both("Name of the body in Latin script.", "颁发机构的西文名称。")),
    Column("issuer_name_zh", "string", _both("Name of the body in Chinese.", "颁发机构的中文名称。")),
    Column("origin", "string", _both("How the record came into the register; it claims no more than that allows.",
                                     "记录进入登记簿的方式；其可信程度以此为限。"), True,
           tuple(str(one) for one in Origin)),
    Column("source", "string", _both("Key of the source that tells of it; empty: issued or entered here.",
                                     "提供该记录的来源代号；为空表示在本平台颁发或录入。")),
    Column("stated_since", "date", _both("Day for which the source first stated this.", "来源首次作此陈述的日期。")),
    Column("gone_since", "date", _both("Day for which the source no longer lists it; empty: it lists it.",
                                       "来源不再列出该记录的日期；为空表示仍在列。")),
    Column("recorded_at", "datetime", _both("When the register learned this state, UTC.",
                                            "登记簿获知该状态的时间（UTC）。"), True),
)  # fmt: skip

NAMES = tuple(column.name for column in COLUMNS)


def schema() -> dict[str, Any]:
    """Return the columns as a Frictionless Table Schema."""
    fields = []
    for column in COLUMNS:
        constraints: dict[str, Any] = {"required": True} if column.filled else {}
        if column.name == "id":
            constraints["unique"] = True
        if column.values:
            constraints["enum"] = list(column.values)
        row: dict[str, Any] = {"name": column.name, "type": column.type, "description": column.means["en"]}
        row["description_zh"] = column.means["zh"]
        if column.type == "datetime":
            row["format"] = "%Y-%m-%dT%H:%M:%SZ"
        fields.append({**row, "constraints": constraints} if constraints else row)
    return {"fields": fields, "primaryKey": "id", "missingValues": [""]}
