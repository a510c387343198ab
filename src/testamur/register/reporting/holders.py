"""Whom records name: names, address, country, region and identifiers, as the party of a state."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from itertools import repeat
from json.encoder import encode_basestring as quoted
from typing import Any, NamedTuple

from testamur.register import identifiers
from testamur.register.reporting.check_characters import checked
from testamur.register.reporting.columns import Memo, Part, Rejected
from testamur.register.reporting.mapping import RegisterMapping
from testamur.register.reporting.places import Countries
from testamur.register.reporting.values import clean

Texts = Callable[[Part], Sequence[str]]
#: Longest name of a holder, characters; a list and a search show it whole.
NAME_MOST = 500


class Holders(NamedTuple):
    """Whom some rows name: columns. ``addresses`` are as stated, ``stated`` the words for the countries, ``said`` what
    ``parties`` of the states are made of, ``identified`` the identifiers as words; no column where no mapping names
    any."""

    names: Sequence[str]
    addresses: Sequence[str]
    countries: Sequence[str]
    regions: Sequence[str]
    said: Sequence[Iterable[str]]
    stated: Sequence[str]
    identified: Sequence[str]


def reader(
    mapping: RegisterMapping, raw: Callable[[Sequence[str]], Texts], countries: Countries
) -> Callable[[Part], Holders]:
    """Return a reader of the holders of some rows.

    Args:
        raw: columns → a reader of the first that is not empty.
    """
    rules = mapping.holder
    columns = (rules["column"],) if isinstance(rules["column"], str) else tuple(rules["column"])
    name_of = raw(columns)
    optional = {key: raw([rules[key]]) if key in rules else None for key in ("address", "country", "region")}
    address_of, country_of, region_of = optional["address"], optional["country"], optional["region"]
    schemes = [str(one["scheme"]) for one in rules.get("identifiers", [])]
    values_of = [_checked(str(one["scheme"]), one["column"], raw([one["column"]]))
                 for one in rules.get("identifiers", [])]  # fmt: skip
    language, column = quoted(mapping.language), columns[0]
    pattern = re.compile(str(rules["pattern"]), re.DOTALL) if "pattern" in rules else None
    default = "CN" if mapping.language == "zh" and country_of is None and pattern is None else ""

    def parted(text: str, _remark: Callable[..., None]) -> tuple[str, str, str]:
        found = pattern.fullmatch(text) if pattern is not None else None
        if found is None:
            return text, "", ""
        parts = found.groupdict("")
        address = clean(parts.get("address", "")).strip(", ")
        return clean(parts.get("name") or text), address, clean(parts.get("country", ""))

    def coded(text: str, remark: Callable[..., None]) -> str:
        if not text:
            return default
        code = countries.code(text)
        if not code:
            remark("country_unknown", rules.get("country", column), value=text[:60])
        return code

    parts, codes = Memo(parted), Memo(coded)

    def read(p: Part) -> Holders:
        names = name_of(p)
        _check(p, [not name for name in names], lambda _place: Rejected("holder_missing", column))
        addresses = address_of(p) if address_of is not None else [""] * p.size
        stated: Sequence[str] = [""] * p.size
        if pattern is not None:
            found = p.read(names, parts)
            names = [one[0] for one in found]
            addresses = [one[1] or address for one, address in zip(found, addresses, strict=True)]
            stated = [one[2] for one in found]
        _check(p, [len(name) > NAME_MOST for name in names], lambda place: _too_long(column, names[place]))
        if country_of is not None:
            stated = [one or other for one, other in zip(country_of(p), stated, strict=True)]
        found_codes = p.read(stated, codes)
        regions = [one[:12] for one in region_of(p)] if region_of is not None else [""] * p.size
        said: list[Iterable[str]] = [repeat(f',"parties":[{{"role":"holder","names":{{{language}:'), map(quoted, names)]
        said.append(repeat("}"))
        for values, before, after in (
            (addresses, f',"address":{{{language}:', "}"), (found_codes, ',"country":', ""), (regions, ',"region":', "")
        ):  # fmt: skip
            if any(values):
                said.append([f"{before}{quoted(one)}{after}" if one else "" for one in values])
        identified: list[Sequence[str]] = []
        if schemes:
            stated_as = [read_one(p) for read_one in values_of]
            said.append(map(_listed, zip(*([_identifier(quoted(scheme), one) for one in found]
                                           for scheme, found in zip(schemes, stated_as, strict=True)),
                                         strict=True)))  # fmt: skip
            identified = [identifiers.in_columns(*one) for one in zip(schemes, stated_as, strict=True)]
        said.append(repeat("}]"))
        words = identified[0] if len(identified) == 1 else list(map(" ".join, zip(*identified, strict=True)))
        return Holders(names, addresses, found_codes, regions, said, stated, words)

    return read


def _checked(scheme: str, column: str, read: Texts) -> Texts:
    """Return a reader of identifiers that remarks those whose check character is wrong."""
    odd = checked(scheme)
    if odd is None:
        return read

    def reading(p: Part) -> Sequence[str]:
        found = read(p)
        for place in odd(found):
            p.remark(place, "identifier_odd", column, {"value": found[place][:60], "scheme": scheme})
        return found

    return reading


def _identifier(scheme: str, value: str) -> str:
    return f'{{"scheme":{scheme},"value":{quoted(value)}}}' if value else ""


def _listed(found: tuple[str, ...]) -> str:
    told = found[0] if len(found) == 1 else ",".join([one for one in found if one])
    return f',"identifiers":[{told}]' if told else ""


def _too_long(column: str, name: str) -> Rejected:
    return Rejected("too_long", column, value=name[:40], length=len(name), most=NAME_MOST)


def _check(p: Part, wrong: Sequence[Any], why: Callable[[int], Rejected]) -> None:
    if any(wrong):
        for place, one in enumerate(wrong):
            if one:
                no = why(place)
                p.reject(place, no.code, no.column, no.facts)
