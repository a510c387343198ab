"""From rows to records: compiled once from the mapping, then run over some thousand rows at a time.

A row that cannot be a record rejects itself, by the first thing that is wrong with it. What is odd but can be kept is
remarked by the linter and comes in. There is one set of readers, for one row as for many: each runs down a column, and
judges a value once however often it stands there.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from itertools import repeat
from json.encoder import encode_basestring as quoted
from operator import itemgetter
from typing import Any

from testamur.kernel.refusal import Refused, _
from testamur.kernel.words import Status
from testamur.register.reporting import inheriting, values
from testamur.register.reporting.columns import Memo, Part, Rejected
from testamur.register.reporting.holders import reader
from testamur.register.reporting.linting import Linter
from testamur.register.reporting.mapping import RegisterMapping
from testamur.register.reporting.places import Countries
from testamur.register.reporting.records import Found, Records, marks
from testamur.register.reporting.rows import Block, is_text
from testamur.register.reporting.stating import Saying, Texts, rests_on, together, turned
from testamur.register.reporting.values import Unreadable, word
from testamur.register.words import number_keys

#: Longest number that the register's column holds, characters.
NUMBER_MOST = 80
#: Rows looked at to find out the form of the days.
LOOKED_AT = 2_000

Days = Callable[[Part, Sequence[str]], list[str | None]]


class Judge:
    """A mapping, compiled.

    Attributes:
        left_out: rows whose status the mapping leaves out, so far.
        refused: keys of the rows among the last ones that were rejected: the file names these records all the same.
        unnamed: of each row so far of which it is not sure which record it is, the keys that it may bear.
    """

    def __init__(
        self,
        mapping: RegisterMapping,
        as_of: date,
        linter: Linter,
        found: Callable[[Found], None],
        first: Sequence[Sequence[str]],
    ) -> None:
        """Take the mapping, and the values of the first rows, by which the form of days is found."""
        self._mapping, self._linter, self._found, self._first = mapping, linter, found, first
        self._as_of = as_of.isoformat()
        self._at = {column: place for place, column in enumerate(mapping.columns)}
        self.left_out = 0
        self.refused: list[str] = []
        self.unnamed: list[list[str]] = []
        renamed = mapping.key.get("map", {})
        self._key = [(self._at[column], values.table(renamed.get(column, {}))) for column in mapping.key_columns]
        self._days = {
            one.to: (one.column[0], *self._day_reader(one.column, one.form, one.empty))
            for one in mapping.fields if one.read == "day"
        }  # fmt: skip
        self._saying = Saying(mapping, self._raw, self._at, linter)
        self._number = self._number_reader()
        self._issuer = self._issuer_reader()
        self._holder = reader(mapping, self._raw, Countries(mapping.holder.get("countries", {})))
        self._status = self._status_reader()
        self._scheme = self._scheme_reader()
        self._personal = self._personal_reader()
        self._rests_on = [rests_on(row, mapping, self._raw, self._at) for row in mapping.rests_on]
        self._inherits = [
            inheriting.claims(one, mapping, self._raw, self._parents(one.parent)) for one in mapping.inherit
        ]
        entries = mapping.fold.get("entries")
        self._entries = self._entry_reader(entries) if entries else None
        title = json.dumps(dict(mapping.source["title"]), ensure_ascii=False, separators=(",", ":"))
        self._begin = f'{{"title":{title},"authoritative":{quoted(mapping.language)}'

    # ------------------------------------------------------------ some rows

    def records(self, block: Block) -> Records:
        """Return the records of some rows; ``found`` is told of those that were rejected, and of what is odd."""
        p = Part(block, len(self._at))
        records = self._judge(p)
        told = [(one.row, one) for _place, one in p.found]
        told += [
            (row.number, Found(True, row.number, row.line, row.problem.column, row.problem.code, row.problem.facts))
            for row in block.broken if row.problem is not None
        ]  # fmt: skip
        for _row, one in sorted(told, key=itemgetter(0)):
            self._found(one)
        self.refused = [key for place, one in p.found if one.rejects and (key := records.key[place])]
        self.unnamed += [[] for place, one in p.found if one.rejects and not records.key[place]]
        for row in block.broken:
            self.refused += self.guessed(row.guesses, sure=row.sure)
        if p.out:
            records = records.those([place not in p.out for place in range(p.size)])
        return records

    def guessed(self, guesses: Sequence[Sequence[str]], *, sure: bool = False) -> list[str]:
        """Return the keys that a row which cannot be read may bear; unless that is sure, it is ``unnamed`` as well."""
        places = [place for place, _renamed in self._key]
        fit = [one for one in guesses if all("\0" not in one[place] and is_text(one[place]) for place in places)]
        found: list[str] = []
        if fit:
            p = Part(Block(range(len(fit)), range(len(fit)), fit, (), b""), len(self._at))
            keys = self._keys(p)
            found = list(dict.fromkeys(key for place, key in enumerate(keys) if place not in p.out and key))
        if not (sure and found):
            self.unnamed.append(found)
        return found

    def _judge(self, p: Part) -> Records:
        status, reason = self._status(p)
        key = self._keys(p)
        number = self._number(p)
        holder = self._holder(p)
        issuer = self._issuer(p)
        scheme = self._scheme(p)
        days = self._read_days(p)
        effective_on, expires_on, issued_on = days["effective_on"], days["expires_on"], days.get("issued_on")
        stated = status if self._mapping.status else None
        if Status.EXPIRED.value in status:
            status = [self._ended(one, last) for one, last in zip(status, expires_on, strict=True)]
        said = self._saying.read(p)
        parts: list[Iterable[str]] = [repeat(self._begin), *said.stated]
        if issued_on is not None:
            parts.append([f',"issued_on":"{day}"' if day and day != first else ""
                          for day, first in zip(issued_on, effective_on, strict=True)])  # fmt: skip
        parts += holder.said
        if said.lines is not None:
            parts.append(said.lines)
        if self._entries is not None:
            said.shown.append(self._entries(p))
        if said.shown:
            parts.append(together("shown", said.shown))
        said.declared += [
            [f',{quoted(name)}:"{day}"' if day else "" for day in found]
            for target, found in days.items() if (name := target.removeprefix("declared.")) != target
        ]  # fmt: skip
        if said.declared:
            parts.append(together("declared", said.declared))
        if reason is not None:
            parts.append(reason)
        if self._rests_on:
            rests = map("".join, zip(*[read(p) for read in self._rests_on], strict=True))
            parts.append([f',"rests_on":[{one[1:]}]' if one else "" for one in rests])
        if self._inherits:
            taken = zip(*[read(p) for read in self._inherits], strict=True)
            parts.append([f',"inherited":[{",".join(filter(None, one))}]' if any(one) else "" for one in taken])
        told = list(map("".join, zip(*parts, repeat("}"), strict=False))) if p.size else []
        regions = self._linter.regions(holder)
        words = said.words
        if holder.identified:
            words = list(map(" ".join, zip(words, holder.identified, strict=True))) if any(words) else holder.identified
        records = Records(
            p.numbers, p.lines, key, number, number_keys(number), holder.names, issuer, scheme, status, effective_on,
            expires_on, holder.countries, regions, said.standards, self._personal(p), told, words,
            marks(number, holder.names, issuer, scheme, status, effective_on, expires_on, said.standards, told),
        )  # fmt: skip
        self._linter.odd(p, records, holder, said, issued_on=issued_on, stated=stated)
        return records

    def _ended(self, status: str, last: str | None) -> str:
        """The calendar says by itself that something expired; what its source ended earlier was ended by an act."""
        if status != Status.EXPIRED.value:
            return status
        return Status.VALID.value if last is not None and last < self._as_of else Status.CANCELLED.value

    # ------------------------------------------------------------ readers, compiled

    def _keys(self, p: Part) -> Sequence[str]:
        columns = [_named(p, place, renamed) for place, renamed in self._key]
        if len(columns) == 1 and all(columns[0]) and max(map(len, columns[0]), default=0) <= 120:
            return columns[0]
        found = []
        for place, parts in enumerate(zip(*columns, strict=True)):
            if not any(parts):
                p.reject(place, "key_missing", "", {"columns": list(self._mapping.key_columns)})
            found.append(_key(parts) if any(parts) else "")
        return found

    def _parents(self, columns: Sequence[str]) -> Texts:
        """Return a reader of the keys of parents, empty where none is named: it reads them as keys are read."""
        places = [(self._at[column], renamed) for column, (_at, renamed) in zip(columns, self._key, strict=True)]

        def read(p: Part) -> Sequence[str]:
            parts = zip(*[_named(p, place, renamed) for place, renamed in places], strict=True)
            return [_key(one) if any(one) else "" for one in parts]

        return read

    def _raw(self, columns: Sequence[str], empty: Sequence[str] = ()) -> Texts:
        """Return a reader of the first of some columns that is not empty, cleaned."""
        places = [self._at[column] for column in columns]
        none = frozenset(empty)
        if len(places) == 1:
            [place] = places
            if not none:
                return lambda p: p.cleaned(place)
            return lambda p: ["" if text in none else text for text in p.cleaned(place)]

        def read(p: Part) -> Sequence[str]:
            found = zip(*[p.cleaned(place) for place in places], strict=True)
            return [next((text for text in texts if text and text not in none), "") for texts in found]

        return read

    def _number_reader(self) -> Texts:
        one = next(field for field in self._mapping.fields if field.to == "number")
        column, raw, turn = one.column[0], self._raw(one.column, one.empty), turned(one)
        memo = Memo(lambda text, _remark: turn(text) if turn is not None and text else text)

        def numbers(p: Part) -> Sequence[str]:
            found = raw(p) if turn is None else p.read(raw(p), memo)
            found = [text or "" for text in found]
            if not all(found) or max(map(len, found), default=0) > NUMBER_MOST:
                for place, text in enumerate(found):
                    if not text:
                        p.reject(place, "number_missing", column, {})
                    elif len(text) > NUMBER_MOST:
                        facts = {"value": text[:40], "length": len(text), "most": NUMBER_MOST}
                        p.reject(place, "too_long", column, facts)
            return found

        return numbers

    def _day_reader(self, columns: Sequence[str], forms: Sequence[str], empty: Sequence[str]) -> tuple[Texts, Days]:
        raw, column = self._raw(columns, empty), columns[0]
        if tuple(forms) == ("auto",):
            forms = self._form_found(column, raw)
        shown = " / ".join(forms)

        def day(text: str, _remark: Callable[..., None]) -> str | None:
            if not text:
                return None
            try:
                return values.day_of(text, forms).isoformat()
            except Unreadable:
                raise Rejected("day_unreadable", column, value=text[:60], form=shown) from None

        memo = Memo(day)
        return raw, lambda p, texts: p.read(texts, memo)

    def _form_found(self, column: str, raw: Texts) -> tuple[str, ...]:
        first = Part(Block(range(len(self._first)), (), self._first, (), b""), len(self._at))
        samples = [text for text in dict.fromkeys(raw(first)) if text]
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

    def _read_days(self, p: Part) -> dict[str, list[str | None]]:
        """Return every field that is a day; the first and the last day of validity in any case."""
        nothing: list[str | None] = [None] * p.size
        found = {"effective_on": nothing, "expires_on": nothing}
        found |= {target: read(p, raw(p)) for target, (_column, raw, read) in self._days.items()}
        first, last = found["effective_on"], found["expires_on"]
        if "effective_on" in self._days and None in first:
            for place, day in enumerate(first):
                if day is None:
                    p.reject(place, "start_missing", self._days["effective_on"][0], {})
        for place, (one, other) in enumerate(zip(first, last, strict=True)):
            if other is not None and one is not None and other < one:
                p.reject(place, "days_reversed", self._days["expires_on"][0], {"first": one, "last": other})
        return found

    def _issuer_reader(self) -> Texts:
        rules = self._mapping.issuer
        if "value" in rules:
            fixed = str(rules["value"])
            return lambda p: [fixed] * p.size
        column = str(rules["column"])
        raw = self._raw([column])
        known = values.table(rules["map"]) if "map" in rules else {}
        pattern = re.compile(str(rules.get("pattern", ".+")), re.DOTALL)
        absent = str(rules.get("absent", ""))

        def issuer(text: str, remark: Callable[..., None]) -> str:
            if not text:
                if not absent:
                    raise Rejected("issuer_missing", column)
                remark("issuer_absent", column, issuer=absent)
                return ""
            if not pattern.fullmatch(text):
                raise Rejected("issuer_unknown", column, value=text[:60])
            return known.get(word(text), text)

        memo = Memo(issuer)
        return lambda p: [one or "" for one in p.read(raw(p), memo)]

    def _status_reader(self) -> Callable[[Part], tuple[list[str], Sequence[str] | None]]:
        rules = self._mapping.status
        if not rules:
            return lambda p: ([Status.VALID.value] * p.size, None)
        column = str(rules["column"])
        raw = self._raw([column])
        known = values.table(rules["map"])
        out = {word(one) for one in rules.get("leave_out", ())}
        absent = str(rules.get("absent", ""))
        why = self._raw([rules["reason"]]) if "reason" in rules else None
        since = self._day_reader([rules["reason_on"]], ("%Y-%m-%d",), ()) if "reason_on" in rules else None
        language = quoted(self._mapping.language)

        def status(text: str, remark: Callable[..., None]) -> str:
            folded = word(text)
            if folded in out:
                return ""
            if not folded and absent:
                remark("status_absent", column, status=absent)
                return absent
            if folded not in known:
                raise Rejected("status_unknown", column, value=text[:60])
            return known[folded]

        memo = Memo(status)

        def read(p: Part) -> tuple[list[str], Sequence[str] | None]:
            texts = raw(p)
            found = p.read(texts, memo)
            if "" in found:
                for place, one in enumerate(found):
                    if one == "":
                        p.out.add(place)
                        self.left_out += 1
            found = [one or "" for one in found]
            if why is None and since is None:
                return found, None
            # Where no status is stated, nothing is asked about its reason.
            words = [one if text else "" for one, text in zip(why(p), texts, strict=True)] if why else [""] * p.size
            days = since[1](p, [one if text else "" for one, text in zip(since[0](p), texts, strict=True)]) \
                if since else [None] * p.size  # fmt: skip
            return found, [_reason(language, *told) for told in zip(words, days, strict=True)]

        return read

    def _scheme_reader(self) -> Texts:
        rules, fixed = self._mapping.scheme, str(self._mapping.source["scheme"])
        if not rules:
            return lambda p: [fixed] * p.size
        column = str(rules["column"])
        raw, known = self._raw([column]), values.table(rules["map"])

        def scheme(text: str, _remark: Callable[..., None]) -> str:
            found = known.get(word(text))
            if found is None:
                raise Rejected("value_unknown", column, value=text[:80])
            return found

        memo = Memo(scheme)
        return lambda p: [one or "" for one in p.read(raw(p), memo)]

    def _personal_reader(self) -> Callable[[Part], Sequence[bool]]:
        rules = self._mapping.personal
        if not rules:
            return lambda p: [False] * p.size
        raw, known = self._raw([rules["column"]]), {word(one) for one in rules["values"]}
        memo = Memo(lambda text, _remark: word(text) in known)
        return lambda p: p.read(raw(p), memo)

    def _entry_reader(self, rules: Mapping[str, Any]) -> Texts:
        """Return a reader of what one of several rows of a record adds: a day, and what happened on it."""
        name = quoted(str(rules["to"]).partition(".")[2] or str(rules["to"]))
        forms = rules["form"]
        raw, read = self._day_reader([rules["day"]], [forms] if isinstance(forms, str) else forms, ())
        columns = [self._raw([column]) for column in rules.get("columns", ())]

        def entries(p: Part) -> Sequence[str]:
            told = zip(read(p, raw(p)), *(one(p) for one in columns), strict=True)
            return [
                f",{name}:[{quoted(' · '.join(text for text in (day, *texts) if text))}]" if day else ""
                for day, *texts in told
            ]

        return entries


def _named(p: Part, place: int, renamed: Mapping[str, str]) -> Sequence[str]:
    """Return one column of a key; names that drift between two lists are one name in it."""
    texts = p.cleaned(place)
    return [word(renamed.get(word(text), text)) for text in texts] if renamed else texts


def _key(parts: Sequence[str]) -> str:
    if len(parts) == 1 and len(parts[0]) <= 120:
        return parts[0]
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:40]


def _reason(language: str, words: str, day: str | None) -> str:
    told = [f'"status":{{{language}:{quoted(words)}}}'] if words else []
    if day:
        told.append(f'"on":"{day}"')
    return f',"reason":{{{",".join(told)}}}' if told else ""
