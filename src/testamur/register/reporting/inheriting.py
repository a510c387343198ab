"""What a record takes from its parent: "audits same as parent" is a statement too, and its value stands in another row.

A row only says that it takes something, and from whom. Who really states it is known when all rows are judged: then the
spool is written again, each record with what it takes and from which record that comes. A record keeps what its own row
states. See ``ancestry`` for how the chains are followed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from json.encoder import encode_basestring as quoted
from typing import Any

from testamur.register.models import Source
from testamur.register.reporting.ancestry import Ancestry, End, value_of
from testamur.register.reporting.columns import Memo, Part
from testamur.register.reporting.mapping import Inherit, RegisterMapping
from testamur.register.reporting.records import Found, Record, Records, in_columns, marked
from testamur.register.reporting.spool import Spool
from testamur.register.reporting.stating import MOST, Texts
from testamur.register.reporting.values import word

#: Stands in what a record says that takes something; a text of its source has its quotation marks escaped.
_TAKES = ',"inherited":[{"parent":'
_WRONG = {End.UNKNOWN: "parent_unknown", End.CIRCLE: "parent_circle", End.SILENT: "parent_silent"}


def claims(rules: Inherit, mapping: RegisterMapping, raw: Callable[..., Texts], parents: Texts) -> Texts:
    """Return a reader of what rows say that they take from their parents, by one table of the mapping.

    Args:
        parents: reads the keys of the parents, empty where none is named.

    Returns:
        A reader of JSON texts, empty where a row takes nothing.
    """
    known = {word(one) for one in rules.values}
    takes = json.dumps(list(rules.fields), separators=(",", ":"))
    lacking = {"columns": [mapping.column_of(field) for field in rules.fields]}
    said = raw([rules.column])
    memo = Memo(lambda text, _remark: bool(text) and word(text) in known)

    def read(p: Part) -> Sequence[str]:
        found = []
        for place, (flag, key) in enumerate(zip(p.read(said(p), memo), parents(p), strict=True)):
            if flag and not key:
                p.remark(place, "parent_unnamed", rules.parent[0], lacking)
            found.append(f'{{"parent":{quoted(key)},"takes":{takes}}}' if flag and key else "")
        return found

    return read


def inherit(
    judged: Spool, into: Spool, mapping: RegisterMapping, source: Source, *, whole: bool, found: Callable[[Found], None]
) -> None:
    """Write the records of a spool into another one, each with what it takes from those above it.

    Args:
        whole: a snapshot: a parent which it does not list is gone, whatever the register holds of it.
        found: is told of each record that takes something which nobody states.
    """
    with Ancestry(judged, mapping.inherit, source, whole=whole) as ancestry:
        into.write(_Heirs(mapping, ancestry, found).blocks(judged))


class _Heirs:
    def __init__(self, mapping: RegisterMapping, ancestry: Ancestry, found: Callable[[Found], None]) -> None:
        self._mapping, self._ancestry, self._found = mapping, ancestry, found
        self._rules = {one.fields: one for one in mapping.inherit}

    def blocks(self, judged: Spool) -> Iterator[tuple[Records, list[str]]]:
        place = 0
        for block, (_keys, refused) in zip(judged.blocks(), judged.keys(), strict=True):
            if any(_TAKES in said for said in block.said):
                records = (self._filled(record, place + at) for at, record in enumerate(block.each()))
                yield in_columns(records), refused
            else:
                yield block, refused
            place += block.size

    def _filled(self, record: Record, place: int) -> Record:
        if _TAKES not in record.said:
            return record
        said = json.loads(record.said)
        for claim in said.get("inherited", ()):
            lacking = [field for field in claim["takes"] if value_of(said, field) is None]
            wrong: dict[End, str] = {}
            for field in lacking:
                ancestor = self._ancestry.of(place, field)
                if ancestor.end is End.STATED:
                    _put(said, field, ancestor.value)
                    claim.setdefault("from", {})[field] = ancestor.key
                else:
                    wrong.setdefault(ancestor.end, ancestor.key)
            # Who states one thing need not state the other; where nothing at all is stated, the chain says nothing.
            if len(lacking) < len(claim["takes"]) or "from" in claim:
                wrong.pop(End.SILENT, None)
            for end, key in wrong.items():
                self._tell(record, claim, end, key)
        text = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
        standards = " | ".join(one["designation"] for one in said.get("requirements", ()))
        return marked(record._replace(said=text, standards=record.standards or standards[: MOST["standards"]]))

    def _tell(self, record: Record, claim: Mapping[str, Any], end: End, key: str) -> None:
        rules = self._rules[tuple(claim["takes"])]
        facts = {
            "parent": claim["parent"] if end is End.UNKNOWN else key,
            "columns": [self._mapping.column_of(field) for field in rules.fields],
        }
        self._found(Found(False, record.row, record.line, rules.parent[0], _WRONG[end], facts))


def _put(said: dict[str, Any], field: str, value: Any) -> None:
    group, dot, name = field.partition(".")
    if group == "rests_on":
        said["rests_on"] = [*said.get("rests_on", ()), *value]
    elif dot:
        said[group] = {**said.get(group, {}), name: value}
    else:
        said[group] = value
