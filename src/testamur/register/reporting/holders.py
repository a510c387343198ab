"""Whom a record names: names, address, country, region and identifiers, as the party of a state."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from json.encoder import encode_basestring as quoted
from typing import Any

from testamur.register.reporting.mapping import RegisterMapping
from testamur.register.reporting.places import Countries
from testamur.register.reporting.values import clean

Values = Sequence[str]
#: Longest name of a holder, characters; a list and a search show it whole.
NAME_MOST = 500


def reader(
    mapping: RegisterMapping,
    raw: Callable[[Sequence[str]], Callable[[Values], str]],
    remark: Callable[..., None],
    countries: Countries,
) -> Callable[[Values], tuple[str, str, str, str]]:
    """Return a reader of the holder: name, the ``parties`` of a state as JSON, country and region.

    Args:
        raw: columns → a reader of the first that is not empty.
    """
    from testamur.register.reporting.judging import Rejected

    rules = mapping.holder
    columns = (rules["column"],) if isinstance(rules["column"], str) else tuple(rules["column"])
    name_of = raw(columns)
    optional = {key: raw([rules[key]]) if key in rules else None for key in ("address", "country", "region")}
    address_of, country_of, region_of = optional["address"], optional["country"], optional["region"]
    pattern = re.compile(str(rules["pattern"]), re.DOTALL) if "pattern" in rules else None
    identifiers = [(quoted(str(one["scheme"])), raw([one["column"]])) for one in rules.get("identifiers", [])]
    language, column = quoted(mapping.language), columns[0]
    default = "CN" if mapping.language == "zh" and country_of is None and pattern is None else ""

    def read(v: Values) -> tuple[str, str, str, str]:
        name = name_of(v)
        if not name:
            raise Rejected("holder_missing", column)
        address = address_of(v) if address_of is not None else ""
        country = ""
        if pattern is not None:
            found = pattern.fullmatch(name)
            if found is not None:
                parts = found.groupdict("")
                name = clean(parts.get("name") or name)
                address = clean(parts.get("address", "")).strip(", ") or address
                country = clean(parts.get("country", ""))
        if len(name) > NAME_MOST:
            raise Rejected("too_long", column, value=name[:40], length=len(name), most=NAME_MOST)
        if country_of is not None:
            country = country_of(v) or country
        code = default
        if country:
            code = countries.code(country)
            if not code:
                remark("country_unknown", rules.get("country", column), value=country[:60])
        region = region_of(v)[:12] if region_of is not None else ""
        text = f'"role":"holder","names":{{{language}:{quoted(name)}}}'
        if address:
            text += f',"address":{{{language}:{quoted(address)}}}'
        if code:
            text += f',"country":"{code}"'
        if region:
            text += f',"region":{quoted(region)}'
        listed: list[Any] = [(scheme, value) for scheme, one in identifiers if (value := one(v))]
        if listed:
            told = ",".join([f'{{"scheme":{scheme},"value":{quoted(value)}}}' for scheme, value in listed])
            text += f',"identifiers":[{told}]'
        return name, f'"parties":[{{{text}}}]', code, region

    return read
