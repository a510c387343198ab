"""What is odd about a record that comes in: looked up once for each value, as the same few occur in a million rows."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from testamur.kernel.refusal import Refused
from testamur.kernel.words import Status
from testamur.register.models import Source
from testamur.register.reporting.authorities import Authorities
from testamur.register.reporting.columns import Memo, Part
from testamur.register.reporting.holders import Holders
from testamur.register.reporting.lifetimes import Lifetimes
from testamur.register.reporting.mapping import RegisterMapping
from testamur.register.reporting.places import Divisions
from testamur.register.reporting.records import Records
from testamur.requirements.models import Document, Node, Tree
from testamur.requirements.queries import newest_tree
from testamur.schemes.language.definition import Definition
from testamur.schemes.models import Scheme
from testamur.schemes.queries import effective

if TYPE_CHECKING:
    from testamur.register.reporting.stating import Said

Remark = Callable[..., None]
#: What people type where a name is asked for and they have none, in the ways it is written.
PLACEHOLDERS = frozenset(
    way for one in (
        "n/a", "na", "n.a.", "none", "null", "nil", "nan", "unknown", "not known", "not available", "not applicable",
        "tbd", "tba", "tbc", "test", "example", "dummy", "xx", "xxx", "xxxx", "no name", "holder", "company",
        "无", "暂无", "未知", "不详", "不明", "空", "待定", "待补充", "测试", "不适用", "无名称", "企业名称",
    ) for way in (one, one.upper(), one.capitalize(), one.title())
)  # fmt: skip
#: GB/T 2260 by the name under which its tree is published.
REGIONS = "regions"
#: Parts of numbers that are figures, with the places they take where none are asked; others are letters and figures.
_FIGURES = {"serial": "+", "year": "{4}", "yy": "{2}", "renewal": "+"}


class Linter:
    """Everything that is asked about records besides what no record can do without."""

    def __init__(self, mapping: RegisterMapping, as_of: date, source: Source | None = None) -> None:
        """Take the source whose rows they are; without one nothing is asked about issuers."""
        self._day, self._as_of = as_of, as_of.isoformat()
        self._columns = {one.to: one.column[0] for one in mapping.fields}
        holder = mapping.holder["column"]
        self._holder = holder if isinstance(holder, str) else holder[0]
        self._address = str(mapping.holder.get("address", self._holder))
        # A mapping that says whose country a row states can say which row states none.
        self._country = str(mapping.holder.get("country", ""))
        self._codes: dict[str, frozenset[str] | None] = {}
        self._standards: dict[str, tuple[str, dict[str, Any] | None]] = {}
        self._forms: dict[str, tuple[str, re.Pattern[str]] | None] = {}
        self._definitions: dict[str, Definition | None] = {}
        self._divisions = self._read_divisions()
        self._gone, self._placed = Memo(self._editions_gone), Memo(self._place)
        self._lifetimes = Lifetimes(as_of, self._columns, self._definition)
        self._authorities = Authorities(source, mapping, as_of, self._definition)

    def look_up(self, tree: str, code: str, column: str, remark: Remark) -> None:
        """Remark a code that its tree does not hold; of a tree that is not held here nothing is said."""
        known = self._codes.get(tree, ...)
        if known is ...:
            held = Tree.objects.filter(key=tree).first() or newest_tree(tree)
            rows = Node.objects.filter(tree=held).values_list("code", flat=True) if held else ()
            known = self._codes[tree] = frozenset(rows) if held else None
        if known is not None and code not in known:
            remark("scope_unknown", column, value=code[:80], tree=tree)

    def odd(
        self, p: Part, records: Records, holders: Holders, said: Said, *,
        issued_on: Sequence[str | None] | None = None, stated: Sequence[str] | None = None,
    ) -> None:  # fmt: skip
        """Remark what is odd about some records.

        Args:
            said: what they say besides.
            issued_on: as stated; None where the mapping reads no such day.
            stated: the statuses as the source has them, before the calendar is asked; None where it has none.
        """
        self._lifetimes.odd(p, records, issued_on, stated)
        self._remark_holders(p, records.holder)
        if self._country and "" in holders.countries:
            for place, country in enumerate(holders.countries):
                if not country and not holders.stated[place]:
                    p.remark(place, "country_missing", self._country, {})
        if any(records.standards):
            self._remark_editions(p, records)
        for scheme in set(records.scheme):
            if (form := self._form(scheme)) is not None:
                self._read_numbers(p, records, scheme, *form)
            if self._shows_scope(scheme):
                self._remark_no_scope(p, records.scheme, scheme, said)
        if self._divisions is not None and "CN" in records.country:
            told = zip(records.country, records.region, holders.addresses, strict=True)
            p.read([one if one[0] == "CN" else ("", "", "") for one in told], self._placed)
        self._authorities.odd(p, records, said.lines)

    def regions(self, holders: Holders) -> Sequence[str]:
        """Return the divisions of some holders, out of the address where the source gives no code for it."""
        if self._divisions is None or "CN" not in holders.countries:
            return holders.regions
        return [
            region if region or country != "CN" or not address else self._divisions.of(address)
            for region, country, address in zip(holders.regions, holders.countries, holders.addresses, strict=True)
        ]

    def _remark_holders(self, p: Part, names: Sequence[str]) -> None:
        # A name that begins with a letter and is no known stopgap is a name: nearly all are let go by these two looks.
        for place, name in enumerate(names):
            if name in PLACEHOLDERS or not (name[:1].isalpha() or any(map(str.isalpha, name))):
                p.remark(place, "holder_odd", self._holder, {"value": name[:80]})

    def _remark_no_scope(self, p: Part, schemes: Sequence[str], scheme: str, said: Said) -> None:
        lines = said.lines if said.lines is not None else [""] * p.size
        for place, (one, words, codes) in enumerate(zip(schemes, said.statements, lines, strict=True)):
            if one == scheme and not words and not codes:
                p.remark(place, "scope_missing", self._columns.get("statement", ""), {"scheme": scheme})

    def _shows_scope(self, scheme: str) -> bool:
        found = self._definition(scheme)
        return found is not None and found.attestation is not None and "scope" in found.attestation.shows

    def _remark_editions(self, p: Part, records: Records) -> None:
        gone = list(map(self._gone.__getitem__, records.standards))
        if not any(gone):
            return
        for place, editions in enumerate(gone):
            last = records.expires_on[place]
            # What ended before the edition did was right as long as it lasted.
            if editions and records.status[place] == Status.VALID and (last is None or last >= self._as_of):
                for facts in editions:
                    p.remark(place, "standard_withdrawn", self._columns.get("requirements", ""), facts)

    def _editions_gone(self, standards: str, _remark: Remark) -> tuple[dict[str, Any], ...]:
        names = standards.split(" | ") if standards else ()
        return tuple(gone for name in names if (gone := self._standard(name)[1]) is not None)

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

    def _definition(self, scheme: str) -> Definition | None:
        if scheme not in self._definitions:
            try:
                self._definitions[scheme] = effective(scheme, self._day).definition
            except (Refused, Scheme.DoesNotExist):
                self._definitions[scheme] = None
        return self._definitions[scheme]

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
    name, _colon, width = written.strip("{}").partition(":")
    places = f"{{{width}}}" if width else _FIGURES.get(name, "+")
    return (r"\d" if name in _FIGURES else "[0-9A-Za-z.-]") + places
