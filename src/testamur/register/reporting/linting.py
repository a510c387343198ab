"""What is odd about a record that comes in: looked up once for each value, as the same few occur in a million rows."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from testamur.kernel.refusal import Refused
from testamur.parties.models import Organisation
from testamur.register.authority import Said, check_all, in_both
from testamur.register.reporting.columns import Memo, Part
from testamur.register.reporting.holders import Holders
from testamur.register.reporting.mapping import RegisterMapping
from testamur.register.reporting.places import Divisions
from testamur.register.reporting.records import Records
from testamur.requirements.models import Document, Node, Tree
from testamur.requirements.queries import newest_tree
from testamur.schemes.models import Scheme
from testamur.schemes.queries import effective

Remark = Callable[..., None]
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
        self._starts, self._editions, self._placed = Memo(self._start), Memo(self._edition), Memo(self._place)

    def look_up(self, tree: str, code: str, column: str, remark: Remark) -> None:
        """Remark a code that its tree does not hold; of a tree that is not held here nothing is said."""
        known = self._codes.get(tree, ...)
        if known is ...:
            held = Tree.objects.filter(key=tree).first() or newest_tree(tree)
            rows = Node.objects.filter(tree=held).values_list("code", flat=True) if held else ()
            known = self._codes[tree] = frozenset(rows) if held else None
        if known is not None and code not in known:
            remark("scope_unknown", column, value=code[:80], tree=tree)

    def odd(self, p: Part, records: Records, holders: Holders, lines: Sequence[str] | None) -> None:
        """Remark what is odd about some records."""
        days = self._columns.get("effective_on", "")
        p.read(records.effective_on, self._starts)
        if any(records.standards):
            p.read(records.standards, self._editions)
        for scheme in set(records.scheme):
            if (form := self._form(scheme)) is not None:
                self._read_numbers(p, records, scheme, *form)
        if self._divisions is not None and "CN" in records.country:
            stated = zip(records.country, records.region, holders.addresses, strict=True)
            p.read([one if one[0] == "CN" else ("", "", "") for one in stated], self._placed)
        if self._issuer is not None:
            scopes = lines if lines is not None else [""] * p.size
            told = zip(records.scheme, records.effective_on, scopes, strict=True)
            for place, (scheme, day, scope) in enumerate(told):
                if day is not None and (lacking := self._lacking(scheme, day, scope)) is not None:
                    p.remark(place, "authority_lacking", days, lacking)

    def regions(self, holders: Holders) -> Sequence[str]:
        """Return the divisions of some holders, out of the address where the source gives no code for it."""
        if self._divisions is None or "CN" not in holders.countries:
            return holders.regions
        return [
            region if region or country != "CN" or not address else self._divisions.of(address)
            for region, country, address in zip(holders.regions, holders.countries, holders.addresses, strict=True)
        ]

    def _start(self, day: str | None, remark: Remark) -> None:
        column = self._columns.get("effective_on", "")
        if day is None:
            return
        if day > self._as_of:
            remark("day_in_future", column, value=day, as_of=self._as_of)
        elif day < EARLIEST:
            remark("day_impossible", column, value=day)

    def _edition(self, standards: str, remark: Remark) -> None:
        for name in standards.split(" | ") if standards else ():
            if (gone := self._standard(name)[1]) is not None:
                remark("standard_withdrawn", self._columns.get("requirements", ""), **gone)

    def _place(self, told: tuple[str, str, str], remark: Remark) -> None:
        country, region, address = told
        if not country or self._divisions is None:
            return
        if region and region not in self._divisions.codes:
            remark("region_unknown", self._address, value=region, country=country)
        elif not region and address:
            remark("address_not_placed", self._address, value=address[:60])

    def _read_numbers(self, p: Part, records: Records, scheme: str, form: str, pattern: re.Pattern[str]) -> None:
        for place, (number, one) in enumerate(zip(records.number, records.scheme, strict=True)):
            if one == scheme and not pattern.fullmatch(number):
                facts = {"value": number, "scheme": scheme, "form": form}
                p.remark(place, "number_odd", self._columns["number"], facts)

    def key_of(self, name: str) -> str:
        """Return the key under which a standard is held here, or its name as the source has it."""
        return self._standard(name)[0]

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

    def _lacking(self, scheme: str, day: str, scope: str) -> dict[str, Any] | None:
        """Return why the reporting body had no authority on a day; asked once for each month, scheme and scope."""
        known = (scheme, day[:7], scope)
        if known not in self._authority:
            lines = json.loads(scope.partition(":")[2]) if scope else []
            self._authority[known] = self._why_lacking(scheme, date.fromisoformat(day), lines)
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


def _pattern(form: str) -> re.Pattern[str]:
    """Return the pattern of numbers of a form: ``LAMP-{year}-{serial:6}``."""
    parts = re.split(r"(\{[^}]*\})", form)
    return re.compile("".join(_part(one) if one.startswith("{") else re.escape(one) for one in parts))


def _part(written: str) -> str:
    return next(pattern for start, pattern in _PARTS.items() if written.startswith(start))
