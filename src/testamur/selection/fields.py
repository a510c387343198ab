"""What an answer looks like: the 19 types of field, each read into its value or told what is wrong with it.

A draft keeps whatever was typed; reading never raises, it returns the value and the problems.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from testamur.kernel.refusal import Refused, _
from testamur.parties.actions.organisations import check_identifier
from testamur.parties.models import Organisation, Person
from testamur.schemes.language.definition import Definition
from testamur.schemes.language.tables import Field

#: Longest answers, in characters.
TEXT, LONG_TEXT = 500, 20_000
FILES = ("file", "files")
COMPOSITE = ("sites", "products", "people")


def empty(raw: Any) -> bool:
    """Say whether nothing was answered. *No* and *zero* are answers."""
    return raw is None or (isinstance(raw, (str, list, dict)) and not raw) or (isinstance(raw, str) and not raw.strip())


def read(field: Field, raw: Any, *, definition: Definition, reason: str = "", on: date) -> tuple[Any, list[Refused]]:
    """Return the value of an answer and what is wrong with it.

    Args:
        field: the question.
        raw: the answer as it was typed or sent; composite answers are lists of objects.
        reason: why an odd answer is right all the same (early codes, a day still to come).
        on: civil day of answering, in the area of the scheme.

    Returns:
        The value (text, int, Decimal, date, bool, list …), None where it cannot be read; and the problems.
    """
    source = str(definition.source_of(field)[0]) if definition.source_of(field) else ""
    try:
        value = _READERS[field.type](field, raw, reason, on)
    except Refused as refused:
        refused.field = refused.field or field.id
        if not refused.field.startswith(field.id):
            refused.field = field.id
        refused.source = refused.source or source
        refused.rule = refused.rule or "application.answer"
        return getattr(refused, "value", None), [refused]
    return value, []


def _no(message: str, **facts: Any) -> Refused:
    return Refused(message, facts)


def _text(field: Field, raw: Any, reason: str, on: date) -> str:
    most = LONG_TEXT if field.type == "long_text" else TEXT
    if not isinstance(raw, str):
        raise _no(_("Answer in words."))
    if len(raw) > most:
        raise _no(
            _("The answer has {count} characters; at most {most} are kept. Put the rest into a file."),
            count=len(raw),
            most=most,
        )
    return raw.strip()


def _whole(field: Field, raw: Any, reason: str, on: date) -> int:
    number = _number(raw)
    if number != number.to_integral_value():
        raise _no(_("“{value}” is not a whole number; write it without decimals."), value=str(raw))
    _bounds(field, number)
    return int(number)


def _decimal(field: Field, raw: Any, reason: str, on: date) -> Decimal:
    number = _number(raw)
    _bounds(field, number)
    return number


def _money(field: Field, raw: Any, reason: str, on: date) -> Decimal:
    number = _number(raw)
    if number.as_tuple().exponent < -2:  # type: ignore[operator]
        raise _no(_("“{value}” has more than two decimals; money is counted to the hundredth."), value=str(raw))
    _bounds(field, number)
    return number


def _number(raw: Any) -> Decimal:
    if isinstance(raw, bool) or not isinstance(raw, (int, str, Decimal)):
        raise _no(_("“{value}” is not a number; write figures, for example 118."), value=str(raw))
    text = str(raw).strip().replace(" ", "").replace(" ", "")
    if re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?", text):
        text = text.replace(",", "")
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise _no(_("“{value}” is not a number; write figures, for example 118."), value=str(raw)) from None
    if not number.is_finite() or abs(number) >= Decimal(10) ** 15:
        raise _no(_("“{value}” is not a number; write figures, for example 118."), value=str(raw))
    return number


def _bounds(field: Field, number: Decimal) -> None:
    unit = {"en": field.unit or "", "zh": UNITS_ZH.get(field.unit or "", field.unit or "")}
    if field.min is not None and number < field.min:
        raise _no(
            _("{value} is too small; at least {limit} {unit} can be answered here."),
            value=number,
            limit=field.min,
            unit=unit,
        )
    if field.max is not None and number > field.max:
        raise _no(
            _("{value} is too large; at most {limit} {unit} can be answered here."),
            value=number,
            limit=field.max,
            unit=unit,
        )


#: Units as schemes write them, in Chinese.
UNITS_ZH = {"persons": "人", "percent": "%", "years": "年", "CNY": "元", "certificates": "张", "W": "W", "days": "人日"}


def _day(field: Field, raw: Any, reason: str, on: date) -> date:
    if not isinstance(raw, str) or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", raw.strip()):
        raise _no(_("“{value}” is not a day; write it as 2026-03-31."), value=str(raw))
    try:
        day = date.fromisoformat(raw.strip())
    except ValueError:
        raise _no(_("The calendar has no day {value}."), value=raw) from None
    if not 1900 <= day.year <= 2200:
        raise _no(_("{day} cannot be meant; check the year."), day=day)
    if day > on and not reason.strip():
        refused = _no(
            _("{day} is still to come, and the question asks what has been. If it is meant, say why."), day=day
        )
        refused.rule = "application.dates_in_order"
        refused.value = day  # type: ignore[attr-defined]
        raise refused
    return day


def _yes_no(field: Field, raw: Any, reason: str, on: date) -> bool:
    if isinstance(raw, bool):
        return raw
    if raw in ("yes", "true", "True", "1", "on"):
        return True
    if raw in ("no", "false", "False", "0"):
        return False
    raise _no(_("Answer yes or no."))


def _choice(field: Field, raw: Any, reason: str, on: date) -> str:
    known = [str(option["id"]) for option in field.options]
    if raw not in known:
        raise _no(_("“{value}” is not one of the answers offered."), value=str(raw))
    return str(raw)


def _choices(field: Field, raw: Any, reason: str, on: date) -> list[str]:
    chosen = [raw] if isinstance(raw, str) else raw
    if not isinstance(chosen, list):
        raise _no(_("Choose from the answers offered."))
    return [_choice(field, item, reason, on) for item in dict.fromkeys(map(str, chosen))]


def _country(field: Field, raw: Any, reason: str, on: date) -> str:
    from testamur.requirements.models import Node

    code = str(raw).strip().upper()
    known = Node.objects.filter(tree__name="countries")
    if not re.fullmatch(r"[A-Z]{2}", code) or (known.exists() and not known.filter(code=code).exists()):
        raise _no(_("“{value}” is no country; write its two letters, for example CN."), value=str(raw))
    return code


def _address(field: Field, raw: Any, reason: str, on: date) -> dict[str, str]:
    if isinstance(raw, str) and raw.strip():
        return {"zh" if any("一" <= sign <= "鿿" for sign in raw) else "en": raw.strip()}
    if isinstance(raw, dict):
        lines = {str(language): str(line).strip() for language, line in raw.items() if str(line).strip()}
        if lines:
            return lines
    raise _no(_("Write the address."))


def _identifier(field: Field, raw: Any, reason: str, on: date) -> str:
    if not isinstance(raw, str):
        raise _no(_("Answer in words."))
    code = re.sub(r"\s+", "", raw).upper()
    try:
        check_identifier(field.identifier or "", code, reason, on)
    except Refused as refused:
        refused.value = None  # type: ignore[attr-defined]
        raise
    return code


def _organisation(field: Field, raw: Any, reason: str, on: date) -> dict[str, Any]:
    asked = {"id": raw} if isinstance(raw, str) else raw
    if not isinstance(asked, dict):
        raise _no(_("Choose an organisation, or write its name."))
    if asked.get("id"):
        found = Organisation.objects.filter(public_id=str(asked["id"])).first()
        if found is not None:
            return {"id": found.public_id, "names": found.names}
        if not isinstance(raw, str):
            raise _no(_("No organisation here has the id {value}. Write its name instead."), value=str(asked["id"]))
        return {"names": {"en": raw.strip()}}
    names = asked.get("names") or ({"en": str(asked["name"]).strip()} if str(asked.get("name") or "").strip() else {})
    if not names:
        raise _no(_("Choose an organisation, or write its name."))
    return {"names": dict(names)}


def _person(field: Field, raw: Any, reason: str, on: date) -> dict[str, Any]:
    asked = {"id": raw} if isinstance(raw, str) else raw
    if not isinstance(asked, dict):
        raise _no(_("Write the person's name."))
    if asked.get("id"):
        found = Person.objects.filter(public_id=str(asked["id"])).first()
        if found is not None:
            return {**{k: v for k, v in asked.items() if k != "id"}, "id": found.public_id, "names": found.names}
    names = asked.get("names") or ({"en": str(asked["name"]).strip()} if str(asked.get("name") or "").strip() else {})
    if not names:
        raise _no(_("Write the person's name."))
    return {**asked, "names": dict(names)}


def _rows(raw: Any) -> list[dict[str, Any]]:
    if not isinstance(raw, list) or not all(isinstance(row, dict) for row in raw):
        raise _no(_("This answer is a list; add one line for each."))
    rows = [
        {str(k): v for k, v in row.items()} for row in raw if any(not empty(v) and v is not False for v in row.values())
    ]
    if not rows:
        raise _no(_("This answer is a list; add one line for each."))
    return rows


def _named(row: dict[str, Any], place: int) -> dict[str, str]:
    names = row.get("names") or row.get("name")
    if isinstance(names, str) and names.strip():
        return {"en": names.strip()}
    if isinstance(names, dict) and any(str(name).strip() for name in names.values()):
        return {str(language): str(name).strip() for language, name in names.items() if str(name).strip()}
    raise _no(_("Line {line} has no name."), line=place)


def _count(row: dict[str, Any], key: str, place: int, least: int = 0) -> int:
    try:
        number = _number(row.get(key))
    except Refused:
        number = Decimal("0.5")
    if number != number.to_integral_value() or number < least:
        raise _no(
            _("Line {line}: the number of people must be a whole number, at least {least}."), line=place, least=least
        )
    return int(number)


def _sites(field: Field, raw: Any, reason: str, on: date) -> list[dict[str, Any]]:
    """Sites: names, address, people, and exactly one that holds the central function (IAF MD 1; amendments B8)."""
    rows = []
    for place, row in enumerate(_rows(raw), 1):
        address = row.get("address") or {}
        rows.append(
            {
                **row,
                "names": _named(row, place),
                "address": _address(field, address, reason, on) if not empty(address) else {},
                "headcount": _count(row, "headcount", place) if not empty(row.get("headcount")) else 0,
                "central": row.get("central") in (True, "true", "on", "yes", "1"),
            }
        )
        if not rows[-1]["address"]:
            raise _no(_("Line {line}: the site has no address."), line=place)
    central = sum(1 for row in rows if row["central"])
    if len(rows) == 1 and central == 0:
        rows[0]["central"] = True
    elif central != 1:
        refused = _no(
            _(
                "{count} sites are marked as holding the central function; "
                "mark exactly one: where the system is managed."
            ),
            count=central,
        )
        refused.source = "iaf-md1@2023#6.1"
        refused.rule = "MD1.sample"
        raise refused
    return rows


def _products(field: Field, raw: Any, reason: str, on: date) -> list[dict[str, Any]]:
    """Products, methods or models: a name each, a model where there is one, a node of the scope's tree."""
    rows, seen = [], set()
    for place, row in enumerate(_rows(raw), 1):
        names = _named(row, place)
        key = (tuple(sorted(names.items())), str(row.get("model") or ""), str(row.get("node") or ""))
        if key in seen:
            raise _no(_("Line {line} says the same as a line before."), line=place)
        seen.add(key)
        if field.scope and empty(row.get("node")):
            raise _no(_("Line {line}: choose the category, so that its place in the scope is known."), line=place)
        rows.append(
            {**row, "names": names, "model": str(row.get("model") or "").strip(), "node": str(row.get("node") or "")}
        )
    return rows


def _people(field: Field, raw: Any, reason: str, on: date) -> list[dict[str, Any]]:
    """Groups of people ({n, hours} or {n, counted}) or named persons with their registration."""
    rows = []
    for place, row in enumerate(_rows(raw), 1):
        if not empty(row.get("n")):
            kept: dict[str, Any] = {"n": _count(row, "n", place, 1)}
            if not empty(row.get("hours")):
                hours = _number(row["hours"])
                if not 0 < hours <= 744:
                    raise _no(
                        _("Line {line}: {hours} hours cannot be; write the usual hours of one person."),
                        line=place,
                        hours=hours,
                    )
                kept["hours"] = str(hours)
            if not empty(row.get("counted")):
                kept["counted"] = _count(row, "counted", place)
                if kept["counted"] > kept["n"]:
                    raise _no(_("Line {line}: {n} people cannot be counted as {counted}."), line=place, **kept)
            rows.append(kept)
        else:
            rows.append({**row, "names": _named(row, place)})
    return rows


def _file(field: Field, raw: Any, reason: str, on: date) -> Any:
    return raw  # files hang on the application as attachments; the form looks there


_READERS: dict[str, Callable[[Field, Any, str, date], Any]] = {
    "text": _text,
    "long_text": _text,
    "whole_number": _whole,
    "decimal": _decimal,
    "money": _money,
    "date": _day,
    "yes_no": _yes_no,
    "choice": _choice,
    "choices": _choices,
    "country": _country,
    "address": _address,
    "identifier": _identifier,
    "organisation": _organisation,
    "person": _person,
    "sites": _sites,
    "products": _products,
    "people": _people,
    "file": _file,
    "files": _file,
}
