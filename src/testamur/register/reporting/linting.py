"""What is odd about a record that comes in: looked up once for each value, as the same few occur in a million rows."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

from testamur.kernel.refusal import Refused
from testamur.parties.models import Organisation
from testamur.register.authority import Said, check_all, in_both
from testamur.register.reporting.mapping import RegisterMapping
from testamur.register.reporting.places import Divisions
from testamur.register.reporting.records import Record
from testamur.requirements.models import Document, Node, Tree
from testamur.requirements.queries import newest_tree
from testamur.schemes.models import Scheme
from testamur.schemes.queries import effective

Odd = tuple[str, str, dict[str, Any]]  # code, column, facts
#: Before this day nothing of the kind was issued: a day of it is a slip (1900-01-00 in spreadsheets).
EARLIEST = "1950-01-01"
#: GB/T 2260 by the name under which its tree is published.
REGIONS = "regions"
_PARTS = {
    "{serial": r"\d+", "{year": r"\d{4}", "{month": r"\d\d", "{edition": r"\d+", "{": r"[0-9A-Za-z.-]+",
}  # fmt: skip


class Linter:
    """Everything that is asked about records besides what no record can do without."""

    def __init__(self, mapping: RegisterMapping, as_of: date, issuer: Organisation | None = None) -> None:
        self._as_of, self._issuer = as_of.isoformat(), issuer
        self._day = as_of
        self._columns = {one.to: one.column[0] for one in mapping.fields}
        self._address = str(mapping.holder.get("address", mapping.holder["column"]))
        self._codes: dict[str, frozenset[str] | None] = {}
        self._standards: dict[str, tuple[str, dict[str, Any] | None]] = {}
        self._forms: dict[str, tuple[str, re.Pattern[str]] | None] = {}
        self._authority: dict[tuple[str, str, str], dict[str, Any] | None] = {}
        self._divisions = self._read_divisions()

    def look_up(self, tree: str, code: str, column: str, remark: Callable[..., None]) -> None:
        """Remark a code that its tree does not hold; of a tree that is not held here nothing is said."""
        known = self._codes.get(tree, ...)
        if known is ...:
            held = Tree.objects.filter(key=tree).first() or newest_tree(tree)
            rows = Node.objects.filter(tree=held).values_list("code", flat=True) if held else ()
            known = self._codes[tree] = frozenset(rows) if held else None
        if known is not None and code not in known:
            remark("scope_unknown", column, value=code[:80], tree=tree)

    def odd(self, record: Record) -> Iterator[Odd]:
        """Yield what is odd about a record."""
        first = record.effective_on
        if first is not None:
            column = self._columns.get("effective_on", "")
            if first > self._as_of:
                yield "day_in_future", column, {"value": first, "as_of": self._as_of}
            elif first < EARLIEST:
                yield "day_impossible", column, {"value": first}
        if record.standards:
            for name in record.standards.split(" | "):
                gone = self._withdrawn(name)
                if gone is not None:
                    yield "standard_withdrawn", self._columns.get("requirements", ""), gone
        form = self._form(record.scheme)
        if form is not None and not form[1].fullmatch(record.number):
            facts = {"value": record.number, "scheme": record.scheme, "form": form[0]}
            yield "number_odd", self._columns["number"], facts
        if record.country == "CN" and self._divisions is not None:
            if record.region and record.region not in self._divisions.codes:
                yield "region_unknown", self._address, {"value": record.region, "country": "CN"}
            elif not record.region:
                address = _address_of(record.said)
                if address and not self._divisions.of(address):
                    yield "address_not_placed", self._address, {"value": address[:60]}
        if self._issuer is not None and first is not None:
            lacking = self._lacking(record, first)
            if lacking is not None:
                yield "authority_lacking", self._columns.get("effective_on", ""), lacking

    def region_of(self, record: Record) -> str:
        """Return the division that the holder's address names, where the source gives no code for it."""
        if record.region or record.country != "CN" or self._divisions is None:
            return record.region
        return self._divisions.of(_address_of(record.said))

    def key_of(self, name: str) -> str:
        """Return the key under which a standard is held here, or its name as the source has it."""
        return self._standard(name)[0]

    def _withdrawn(self, name: str) -> dict[str, Any] | None:
        return self._standard(name)[1]

    def _standard(self, name: str) -> tuple[str, dict[str, Any] | None]:
        if name not in self._standards:
            document = Document.objects.filter(designation=name).first()
            gone = document is not None and document.withdrawn_on is not None and document.withdrawn_on <= self._day
            facts = {"value": name, "day": document.withdrawn_on.isoformat()} if gone else None  # type: ignore[union-attr]
            self._standards[name] = (document.key if document else name, facts)
        return self._standards[name]

    def _form(self, scheme: str) -> tuple[str, re.Pattern[str]] | None:
        """Return the form of a scheme's numbers and its pattern, where the scheme is published here."""
        if scheme not in self._forms:
            found = self._definition(scheme)
            text = getattr(getattr(found, "attestation", None), "number", None) if found else None
            self._forms[scheme] = (text.text, _pattern(text.text)) if text else None
        return self._forms[scheme]

    def _definition(self, scheme: str) -> Any:
        try:
            return effective(scheme, self._day).definition
        except (Refused, Scheme.DoesNotExist):
            return None

    def _lacking(self, record: Record, day: str) -> dict[str, Any] | None:
        """Return why the reporting body had no authority on a day; asked once for each month, scheme and scope."""
        at = record.said.find('"lines":[')
        lines = record.said[at:].split("]", 1)[0][8:] + "]" if at >= 0 else "[]"
        known = (record.scheme, day[:7], lines)
        if known not in self._authority:
            self._authority[known] = self._why_lacking(record.scheme, date.fromisoformat(day), json.loads(lines))
        return self._authority[known]

    def _why_lacking(self, scheme: str, day: date, lines: list[dict[str, Any]]) -> dict[str, Any] | None:
        definition = self._definition(scheme)
        if definition is None or self._issuer is None:
            return None
        try:
            check_all(definition, of="issuer", holder=self._issuer, claim=lines, on=day)
        except Refused as refused:
            return {"day": day.isoformat(), "why": in_both(Said(refused.message_id, refused.facts))}
        return None

    def _read_divisions(self) -> Divisions | None:
        tree = newest_tree(REGIONS)
        if tree is None:
            return None
        rows = Node.objects.filter(tree=tree).values_list("code", "title")
        return Divisions({code: str(title.get("zh", "")) for code, title in rows})


def _address_of(said: str) -> str:
    """Return the address out of a state's JSON without reading all of it."""
    at = said.find('"address":{')
    if at < 0:
        return ""
    begin = said.find(':"', at + 11) + 2
    return said[begin : said.find('"', begin)]


def _pattern(form: str) -> re.Pattern[str]:
    """Return the pattern of numbers of a form: ``LAMP-{year}-{serial:6}``."""
    parts = re.split(r"(\{[^}]*\})", form)
    return re.compile("".join(_part(one) if one.startswith("{") else re.escape(one) for one in parts))


def _part(written: str) -> str:
    return next(pattern for start, pattern in _PARTS.items() if written.startswith(start))
