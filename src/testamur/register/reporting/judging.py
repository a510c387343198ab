"""From a row to a record: compiled once from the mapping, then run for every row.

A row that cannot be a record rejects itself, by the first thing that is wrong with it. What is odd but can be kept is
remarked by the linter and comes in.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from itertools import product
from json.encoder import encode_basestring as quoted
from typing import Any

from testamur.kernel.refusal import Refused, _
from testamur.kernel.words import Status
from testamur.register.reporting import values
from testamur.register.reporting.linting import Linter
from testamur.register.reporting.mapping import Field, RegisterMapping
from testamur.register.reporting.places import Countries
from testamur.register.reporting.records import Found, Record
from testamur.register.reporting.rows import Row
from testamur.register.reporting.values import Unreadable, clean, word
from testamur.register.words import number_key

#: Longest texts that the register's columns hold, characters.
MOST = {"number": 80, "holder": 500, "scheme": 60, "grade": 40, "standards": 500}
#: Rows looked at to find out the form of the days.
LOOKED_AT = 2_000
#: Values remembered by one reader.
REMEMBERED = 50_000


class Rejected(Exception):
    """The row does not come in: code, column and facts."""

    def __init__(self, code: str, column: str = "", **facts: Any) -> None:
        super().__init__(code)
        self.code, self.column, self.facts = code, column, facts


Values = Sequence[str]


class Judge:
    """A mapping, compiled."""

    def __init__(
        self,
        mapping: RegisterMapping,
        as_of: date,
        linter: Linter,
        found: Callable[[Found], None],
        first: Sequence[Row],
    ) -> None:
        self._mapping, self._linter, self._found = mapping, linter, found
        self._as_of = as_of.isoformat()
        self._at = {column: place for place, column in enumerate(mapping.columns)}
        self._row = Row(0, 0, ())
        self.left_out = 0
        renamed = mapping.key.get("map", {})
        self._key = [(self._at[column], values.table(renamed.get(column, {}))) for column in mapping.key_columns]
        self._days: dict[str, tuple[str, Callable[[Values], str | None]]] = {}
        #: Group (shown, line, requirements; "": of the state itself), name as JSON writes it, reader.
        self._texts: list[tuple[str, str, Callable[[Values], Any]]] = []
        for one in mapping.fields:
            self._add(one, first)
        self._number = self._single("number")
        self._issuer = self._issuer_reader()
        self._holder = self._holder_reader()
        self._status = self._status_reader()
        self._scheme = self._scheme_reader()
        self._personal = self._personal_reader()
        self._rests_on = [self._rest(row) for row in mapping.rests_on]
        entries = mapping.fold.get("entries")
        self._entries = self._entry_reader(entries, first) if entries else None
        self._begin = self._constant_part()

    # ------------------------------------------------------------ one row

    def record(self, row: Row) -> Record | None:
        """Return the record of a row; None where it was rejected, which ``found`` is then told, or is left out."""
        self._row = row
        try:
            if row.problem is not None:
                raise Rejected(row.problem.code, row.problem.column, **row.problem.facts)
            return self._judge(row)
        except Rejected as no:
            self._found(Found(True, row.number, row.line, no.column, no.code, no.facts))
            return None

    def _judge(self, row: Row) -> Record | None:
        v = row.values
        status, reason = self._status(v)
        if status is None:
            self.left_out += 1
            return None
        key = self._key_of(v)
        number = self._number(v)
        if not number:
            raise Rejected("number_missing", self._number_column)
        if len(number) > 80:
            raise Rejected("too_long", self._number_column, value=number[:40], length=len(number), most=80)
        holder, party, country, region = self._holder(v)
        issuer = self._issuer(v)
        scheme = self._scheme(v)
        effective_on, expires_on, issued_on = self._read_days(v)
        if status == Status.EXPIRED:
            # The calendar says so by itself; a record that its source ended before its last day was ended by an act.
            over = expires_on is not None and expires_on < self._as_of
            status = Status.VALID.value if over else Status.CANCELLED.value
        parts = [self._begin]
        standards = ""
        shown: list[str] = []
        lines: list[list[str]] = []
        for group, name, read in self._texts:
            value = read(v)
            if value is None:
                continue
            if group == "":
                parts.append(name + value)
            elif group == "shown":
                shown.append(name + value)
            elif group == "line":
                lines.append([name + node for node in value])
            else:
                standards = " | ".join(value)[:500]
                parts.append(self._requirements(value))
        if issued_on and issued_on != effective_on:
            parts.append(f'"issued_on":"{issued_on}"')
        parts.append(party)
        if lines:
            parts.append('"lines":[' + ",".join("{" + ",".join(one) + "}" for one in product(*lines)) + "]")
        if self._entries is not None and (entry := self._entries(v)):
            shown.append(f"{self._entry_name}:[{quoted(entry)}]")
        if shown:
            parts.append('"shown":{' + ",".join(shown) + "}")
        if reason:
            parts.append(reason)
        rests = [text for read in self._rests_on for text in read(v)]
        if rests:
            parts.append('"rests_on":[' + ",".join(rests) + "]")
        record = Record(
            row.number, row.line, key, number, number_key(number), holder, issuer, scheme, status, effective_on,
            expires_on, country, region, standards, self._personal(v), "{" + ",".join(parts) + "}",
        )  # fmt: skip
        for code, column, facts in self._linter.odd(record):
            self.remark(code, column, **facts)
        return record

    def remark(self, code: str, column: str = "", **facts: Any) -> None:
        """Tell of something odd about the row that is being judged."""
        self._found(Found(False, self._row.number, self._row.line, column, code, facts))

    # ------------------------------------------------------------ readers, compiled

    def _constant_part(self) -> str:
        title = json.dumps(dict(self._mapping.source["title"]), ensure_ascii=False, separators=(",", ":"))
        return f'"title":{title},"authoritative":{quoted(self._mapping.language)}'

    def _requirements(self, names: Sequence[str]) -> str:
        told = [f'{{"key":{quoted(self._linter.key_of(one))},"designation":{quoted(one)}}}' for one in names]
        return '"requirements":[' + ",".join(told) + "]"

    def _key_of(self, v: Values) -> str:
        parts = [clean(v[place]) for place, _renamed in self._key]
        for place, (_at, renamed) in enumerate(self._key):
            if renamed:  # names that drift between two lists are one name in the key
                parts[place] = word(renamed.get(word(parts[place]), parts[place]))
        if not any(parts):
            raise Rejected("key_missing", columns=list(self._mapping.key_columns))
        if len(parts) == 1 and len(parts[0]) <= 120:
            return parts[0]
        return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:40]

    def _raw(self, columns: Sequence[str], empty: Sequence[str] = ()) -> Callable[[Values], str]:
        """Return a reader of the first of some columns that is not empty, cleaned."""
        places = [self._at[column] for column in columns]
        none = frozenset(empty)
        if len(places) == 1 and not none:
            [place] = places
            return lambda v: clean(v[place]) if v[place] else ""

        def read(v: Values) -> str:
            for place in places:
                text = clean(v[place])
                if text and text not in none:
                    return text
            return ""

        return read

    def _single(self, target: str) -> Callable[[Values], str]:
        one = next(field for field in self._mapping.fields if field.to == target)
        self._number_column = one.column[0]
        raw, turn = self._raw(one.column, one.empty), self._turn(one)
        return lambda v: turn(raw(v)) or ""

    def _turn(self, one: Field) -> Callable[[str], str | None]:
        """Return what makes of a cleaned text the value of a field, without its language or quotes."""
        known = values.table(one.map) if one.map is not None else None
        read = {"address": values.address_of, "file_stem": values.stem_of}.get(one.read)

        def turn(text: str) -> str | None:
            if not text:
                return None
            if known is not None:
                mapped = known.get(word(text))
                if mapped is None:
                    raise Rejected("value_unknown", one.column[0], value=text[:80])
                text = mapped
            if read is not None:
                text = read(text)
            return text[: one.keep] if one.keep else text

        return turn

    def _add(self, one: Field, first: Sequence[Row]) -> None:
        if one.to == "number":
            return
        if one.read == "day":
            self._days[one.to] = (one.column[0], self._day_reader(one.column, one.form, one.empty, first))
            return
        language, column = quoted(self._mapping.language), one.column[0]
        head, dot, rest = one.to.partition(".")
        group, name = (head, f"{quoted(rest)}:") if dot else ("", f'"{head}":')
        if one.read == "list":
            self._texts.append(("requirements" if head == "requirements" else group, name, self._list_reader(one)))
            return
        raw, turn = self._raw(one.column, one.empty), self._turn(one)
        most = MOST.get(one.to, 0)
        before, after = {
            "line": (f'{{"tree":{quoted(one.tree)},"node":', "}"),
            "shown": ("", ""),
            "grade": ("", ""),
        }.get(head, (f"{{{language}:", "}"))
        remembered: dict[str, Any] = {}
        linter, tree, found = self._linter, one.tree, self.remark

        def read(v: Values) -> Any:
            text = raw(v)
            if not text:
                return None
            if text in remembered:
                if tree:
                    linter.look_up(tree, text, column, found)
                return remembered[text]
            turned = turn(text)
            if turned is None:
                return None
            if most and len(turned) > most:
                raise Rejected("too_long", column, value=turned[:40], length=len(turned), most=most)
            if tree:
                linter.look_up(tree, turned, column, found)
            said: Any = before + quoted(turned) + after
            if head == "line":
                said = [said]
            if len(remembered) < REMEMBERED:
                remembered[text] = said
            return said

        self._texts.append((group, name, read))

    def _list_reader(self, one: Field) -> Callable[[Values], Any]:
        place, empty, column = self._at[one.column[0]], frozenset(one.empty), one.column[0]
        known = values.table(one.map) if one.map is not None else None
        plain, tree, linter = one.to == "requirements", one.tree, self._linter
        is_line = one.to.startswith("line.")

        def read(v: Values) -> Any:
            text = v[place]
            if not text:
                return None
            parts = [part for part in values.parts_of(text, one.separator) if part not in empty]
            if known is not None:
                for part in parts:
                    if word(part) not in known:
                        self.remark("scope_unknown", column, value=part[:80], tree=tree or column)
                parts = list(dict.fromkeys(known.get(word(part), part) for part in parts))
            if not parts:
                return None
            if tree:
                for part in parts:
                    linter.look_up(tree, part, column, self.remark)
            if plain:
                return parts
            if is_line:
                return [f'{{"tree":{quoted(tree)},"node":{quoted(part)}}}' for part in parts]
            return "[" + ",".join([quoted(part) for part in parts]) + "]"

        return read

    def _day_reader(
        self, columns: Sequence[str], forms: Sequence[str], empty: Sequence[str], first: Sequence[Row]
    ) -> Callable[[Values], str | None]:
        raw, column = self._raw(columns, empty), columns[0]
        if tuple(forms) == ("auto",):
            forms = self._form_found(column, raw, first)
        read, shown = values.day_reader(forms), " / ".join(forms)

        def day(v: Values) -> str | None:
            text = raw(v)
            if not text:
                return None
            try:
                return read(text)
            except Unreadable:
                raise Rejected("day_unreadable", column, value=text[:60], form=shown) from None

        return day

    def _form_found(self, column: str, raw: Callable[[Values], str], first: Sequence[Row]) -> tuple[str, ...]:
        samples = list(dict.fromkeys(text for row in first if row.problem is None if (text := raw(row.values))))
        read = [text for text in samples if values.form_of([text])]
        forms = values.form_of(read)
        if len(forms) > 1:
            raise Refused(
                _("The days of {column} can be read in several forms, {forms}; state the form in the mapping."),
                {"column": column, "forms": list(forms)}, field="mapping",
            )  # fmt: skip
        if forms:
            self._found(Found(False, 0, 0, column, "day_form_guessed", {"column": column, "form": forms[0]}))
        return forms or values.FORMS[:1]

    def _read_days(self, v: Values) -> tuple[str | None, str | None, str | None]:
        found: dict[str, str | None] = {target: read(v) for target, (_column, read) in self._days.items()}
        first, last = found.get("effective_on"), found.get("expires_on")
        if first is None and "effective_on" in self._days:
            raise Rejected("start_missing", self._days["effective_on"][0])
        if last is not None and first is not None and last < first:
            raise Rejected("days_reversed", self._days["expires_on"][0], first=first, last=last)
        return first, last, found.get("issued_on")

    def _issuer_reader(self) -> Callable[[Values], str]:
        rules = self._mapping.issuer
        if "value" in rules:
            fixed = str(rules["value"])
            return lambda _v: fixed
        column = str(rules["column"])
        raw = self._raw([column])
        known = values.table(rules["map"]) if "map" in rules else {}
        pattern = re.compile(str(rules.get("pattern", ".+")), re.DOTALL)
        absent = str(rules.get("absent", ""))
        remembered: dict[str, str] = {}

        def issuer(v: Values) -> str:
            text = raw(v)
            if text in remembered:
                return remembered[text]
            if not text:
                if not absent:
                    raise Rejected("issuer_missing", column)
                self.remark("issuer_absent", column, issuer=absent)
                return ""
            if not pattern.fullmatch(text):
                raise Rejected("issuer_unknown", column, value=text[:60])
            if len(remembered) < REMEMBERED:
                remembered[text] = known.get(word(text), text)
            return known.get(word(text), text)

        return issuer

    def _holder_reader(self) -> Callable[[Values], tuple[str, str, str, str]]:
        from testamur.register.reporting.holders import reader

        return reader(self._mapping, self._raw, self.remark, Countries(self._mapping.holder.get("countries", {})))

    def _status_reader(self) -> Callable[[Values], tuple[str | None, str]]:
        rules = self._mapping.status
        if not rules:
            return lambda _v: (Status.VALID.value, "")
        column = str(rules["column"])
        raw = self._raw([column])
        known = values.table(rules["map"])
        out = {word(one) for one in rules.get("leave_out", ())}
        absent = str(rules.get("absent", ""))
        why = self._raw([rules["reason"]]) if "reason" in rules else None
        since = self._day_reader([rules["reason_on"]], ("%Y-%m-%d",), (), ()) if "reason_on" in rules else None
        language = quoted(self._mapping.language)
        remembered: dict[str, str] = {}

        def status(v: Values) -> tuple[str | None, str]:
            text = raw(v)
            found = remembered.get(text)
            if found is None:
                folded = word(text)
                if folded in out:
                    return None, ""
                if not folded and absent:
                    self.remark("status_absent", column, status=absent)
                    return absent, ""
                if folded not in known:
                    raise Rejected("status_unknown", column, value=text[:60])
                found = remembered[text] = known[folded]
            if why is None and since is None:
                return found, ""
            told = []
            if why is not None and (words := why(v)):
                told.append(f'"status":{{{language}:{quoted(words)}}}')
            if since is not None and (day := since(v)):
                told.append(f'"on":"{day}"')
            return found, f'"reason":{{{",".join(told)}}}' if told else ""

        return status

    def _scheme_reader(self) -> Callable[[Values], str]:
        rules, fixed = self._mapping.scheme, str(self._mapping.source["scheme"])
        if not rules:
            return lambda _v: fixed
        column = str(rules["column"])
        raw, known = self._raw([column]), values.table(rules["map"])

        def scheme(v: Values) -> str:
            found = known.get(word(raw(v)))
            if found is None:
                raise Rejected("value_unknown", column, value=raw(v)[:80])
            return found

        return scheme

    def _personal_reader(self) -> Callable[[Values], bool]:
        rules = self._mapping.personal
        if not rules:
            return lambda _v: False
        raw, known = self._raw([rules["column"]]), {word(one) for one in rules["values"]}
        return lambda v: word(raw(v)) in known

    def _rest(self, rules: Mapping[str, Any]) -> Callable[[Values], list[str]]:
        if "value" in rules:
            told = {"kind": rules["kind"], "key": rules["value"], "names": {self._mapping.language: rules["value"]}}
            fixed = [json.dumps(told, ensure_ascii=False, separators=(",", ":"))]
            return lambda _v: fixed
        place = self._at[rules["column"]]
        names = self._raw([rules["names"]]) if "names" in rules else None
        kind, language = quoted(str(rules["kind"])), quoted(self._mapping.language)
        separator = str(rules.get("separator", ""))

        def rest(v: Values) -> list[str]:
            if not v[place]:
                return []
            found = []
            for part in values.parts_of(v[place], separator):
                called = names(v) if names is not None else part
                found.append(f'{{"kind":{kind},"key":{quoted(part)},"names":{{{language}:{quoted(called)}}}}}')
            return found

        return rest

    def _entry_reader(self, rules: Mapping[str, Any], first: Sequence[Row]) -> Callable[[Values], str]:
        """Return a reader of what one of several rows of a record adds: a day, and what happened on it."""
        self._entry_name = quoted(str(rules["to"]).partition(".")[2] or str(rules["to"]))
        forms = rules["form"]
        day = self._day_reader([rules["day"]], [forms] if isinstance(forms, str) else forms, (), first)
        columns = [self._raw([column]) for column in rules.get("columns", ())]

        def entry(v: Values) -> str:
            on = day(v)
            return "" if on is None else " · ".join(text for text in (on, *(read(v) for read in columns)) if text)

        return entry
