"""What a state says besides number, holder and days: texts, scope lines, standards and whatever else a document shows.

Every reader gives a column of JSON that begins with a comma or is empty, so that a state is its parts joined.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from itertools import product
from json.encoder import encode_basestring as quoted
from typing import Any

from testamur.register.reporting import values
from testamur.register.reporting.columns import Memo, Part, Rejected
from testamur.register.reporting.linting import Linter
from testamur.register.reporting.mapping import Field, RegisterMapping
from testamur.register.reporting.values import word

#: Longest texts that the register's columns hold, characters.
MOST = {"grade": 40, "standards": 500}
Texts = Callable[[Part], Sequence[str]]
Raw = Callable[..., Texts]
Remark = Callable[..., None]


def turned(one: Field) -> Callable[[str], str] | None:
    """Return what makes of a cleaned text the value of a field; None where it is taken as it is."""
    known = values.table(one.map) if one.map is not None else None
    read = {"address": values.address_of, "file_stem": values.stem_of}.get(one.read)
    if known is None and read is None and not one.keep:
        return None

    def turn(text: str) -> str:
        if known is not None:
            mapped = known.get(word(text))
            if mapped is None:
                raise Rejected("value_unknown", one.column[0], value=text[:80])
            text = mapped
        if read is not None:
            text = read(text)
        return text[: one.keep] if one.keep else text

    return turn


class Saying:
    """The fields of a mapping that go into ``said``, compiled."""

    def __init__(self, mapping: RegisterMapping, raw: Raw, place_of: Mapping[str, int], linter: Linter) -> None:
        self._language, self._linter, self._raw, self._at = quoted(mapping.language), linter, raw, place_of
        self._readers: list[tuple[str, Callable[[Part], Sequence[Any]]]] = []
        #: Fields by whose words search finds a record.
        self._words: list[Callable[[Part], Sequence[str]]] = []
        self._statement: Texts | None = None
        for one in mapping.fields:
            if one.to != "number" and one.read != "day":
                self._add(one)
        self._lines = Memo(_lines)

    def read(self, p: Part) -> Said:
        """Return what some rows say."""
        said = Said(p.size)
        lines: list[Sequence[Any]] = []
        for group, read in self._readers:
            found = read(p)
            if group == "requirements":
                said.standards = [one[0] or before for one, before in zip(found, said.standards, strict=True)]
                said.stated.append([one[1] for one in found])
            elif group == "line":
                lines.append(found)
            else:
                {"shown": said.shown, "declared": said.declared}.get(group, said.stated).append(found)
        if lines:
            said.lines = list(map(self._lines.__getitem__, zip(*lines, strict=True)))
        if self._statement is not None:
            said.statements = self._statement(p)
        words = [read(p) for read in self._words]
        if words:
            said.words = words[0] if len(words) == 1 else list(map(" ".join, zip(*words, strict=True)))
        return said

    def _add(self, one: Field) -> None:
        head, dot, rest = one.to.partition(".")
        group, name = (head, quoted(rest)) if dot else ("", f'"{head}"')
        if one.read == "list":
            group = "requirements" if head == "requirements" else group
            self._readers.append((group, self._list_reader(one, group, name)))
            return
        texts = self._texts(one)
        if head == "line":
            node = Memo(lambda text, _remark: (f'{name}:{{"tree":{quoted(one.tree)},"node":{quoted(text)}}}',)
                        if text else None)  # fmt: skip
            self._readers.append((group, lambda p: list(map(node.__getitem__, texts(p)))))
            return
        bare = head in ("shown", "grade")
        before, after = (f",{name}:", "") if bare else (f",{name}:{{{self._language}:", "}")

        def read(p: Part) -> Sequence[str]:
            found = texts(p)
            return [f"{before}{said}{after}" if text else "" for text, said in zip(found, map(quoted, found),
                                                                                 strict=True)]  # fmt: skip

        self._readers.append((group, read))
        if head in ("statement", "title"):
            self._words.append(texts)
        if head == "statement":
            self._statement = texts

    def _texts(self, one: Field) -> Texts:
        """Return a reader of the values of a field, empty where there is none."""
        raw, turn, most, column = self._raw(one.column, one.empty), turned(one), MOST.get(one.to, 0), one.column[0]
        linter, tree = self._linter, one.tree
        if turn is None and not most and not tree:
            return raw

        def judge(text: str, remark: Remark) -> str:
            if not text:
                return ""
            text = turn(text) if turn is not None else text
            if most and len(text) > most:
                raise Rejected("too_long", column, value=text[:40], length=len(text), most=most)
            if tree and text:
                linter.look_up(tree, text, column, remark)
            return text

        memo = Memo(judge)
        return lambda p: [text or "" for text in p.read(raw(p), memo)]

    def _list_reader(self, one: Field, group: str, name: str) -> Callable[[Part], Sequence[Any]]:
        place, empty, column = self._at[one.column[0]], frozenset(one.empty), one.column[0]
        known = values.table(one.map) if one.map is not None else None
        tree, linter = one.tree, self._linter

        def parts_of(text: str, remark: Remark) -> list[str]:
            parts = [part for part in values.parts_of(text, one.separator) if part not in empty]
            if known is not None:
                for part in parts:
                    if word(part) not in known:
                        remark("scope_unknown", column, value=part[:80], tree=tree or column)
                parts = list(dict.fromkeys(known.get(word(part), part) for part in parts))
            if tree:
                for part in parts:
                    linter.look_up(tree, part, column, remark)
            return parts

        def judge(text: str, remark: Remark) -> Any:
            parts = parts_of(text, remark) if text else []
            if group == "requirements":
                return (" | ".join(parts)[: MOST["standards"]], self._requirements(parts)) if parts else ("", "")
            if group == "line":
                return tuple(f'{name}:{{"tree":{quoted(tree)},"node":{quoted(part)}}}' for part in parts) or None
            return f",{name}:[" + ",".join([quoted(part) for part in parts]) + "]" if parts else ""

        memo = Memo(judge)
        return lambda p: p.read(p.columns[place], memo)

    def _requirements(self, names: Sequence[str]) -> str:
        told = [f'{{"key":{quoted(self._linter.key_of(one))},"designation":{quoted(one)}}}' for one in names]
        return ',"requirements":[' + ",".join(told) + "]"


class Said:
    """What some rows say: columns of parts, in the order in which a state says them."""

    def __init__(self, size: int) -> None:
        self.standards: Sequence[str] = [""] * size
        self.stated: list[Sequence[str]] = []
        self.lines: Sequence[str] | None = None
        self.shown: list[Sequence[str]] = []
        self.declared: list[Sequence[str]] = []
        self.words: Sequence[str] = [""] * size
        self.statements: Sequence[str] = self.words


def together(name: str, parts: Sequence[Sequence[str]]) -> Sequence[str]:
    """Return the parts of an object as one part that says it."""
    found = parts[0] if len(parts) == 1 else map("".join, zip(*parts, strict=True))
    return [f',"{name}":{{{one[1:]}}}' if one else "" for one in found]


def _lines(groups: tuple[tuple[str, ...] | None, ...], _remark: Remark) -> str:
    """Return scope lines: every node of one field with every node of the others."""
    told = [one for one in groups if one]
    if not told:
        return ""
    return ',"lines":[' + ",".join("{" + ",".join(one) + "}" for one in product(*told)) + "]"


def rests_on(rules: Mapping[str, Any], mapping: RegisterMapping, raw: Raw, place_of: Mapping[str, int]) -> Texts:
    """Return a reader of what records rest on by one table of the mapping."""
    kind, language = quoted(str(rules["kind"])), quoted(mapping.language)
    if "value" in rules:
        told = {"kind": rules["kind"], "key": rules["value"], "names": {mapping.language: rules["value"]}}
        fixed = "," + json.dumps(told, ensure_ascii=False, separators=(",", ":"))
        return lambda p: [fixed] * p.size
    place, separator = place_of[rules["column"]], str(rules.get("separator", ""))
    names = raw([rules["names"]]) if "names" in rules else None

    def judge(told: tuple[str, str], _remark: Remark) -> str:
        text, called = told
        parts = values.parts_of(text, separator) if text else []
        return "".join(f',{{"kind":{kind},"key":{quoted(part)},"names":{{{language}:{quoted(called or part)}}}}}'
                       for part in parts)  # fmt: skip

    memo = Memo(judge)

    def read(p: Part) -> Sequence[str]:
        called = names(p) if names is not None else [""] * p.size
        return list(map(memo.__getitem__, zip(p.columns[place], called, strict=True)))

    return read
