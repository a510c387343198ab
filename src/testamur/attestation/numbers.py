"""Numbers of attestations, built from the scheme's format; one number is given once, ever.

The serial is counted within everything else the number says, for one issuer and scheme. A rolled-back act takes its
number back with it; a gap would not matter either.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from testamur.attestation.models import Series
from testamur.kernel.refusal import Refused, _
from testamur.parties.models import Organisation
from testamur.register.models import Attestation, Edition
from testamur.schemes.language.definition import Definition
from testamur.schemes.language.kinds import NumberFormat

#: Persons up to which an enterprise is of a size: S below 300, M below 1,000, else L. Statistical classification of
#: large, medium, small and micro enterprises (2017), industry; letters as certificates in China print them.
SIZES = ((300, "S"), (1000, "M"))
_SERIAL = re.compile(r"\{serial(?::\d+)?\}")


@dataclass(frozen=True)
class Wanted:
    """What a number is built from.

    Args:
        definition: of the scheme; its format builds the number.
        issuer: whose number it is.
        holder: whose size the number may tell.
        on: civil day of the decision; its year is the number's.
        lines: scope lines, from which category, system and area are read.
        grade: id of the grade given.
        renewals: how often it was renewed so far.
        licence: number of the licence by which the issuer acts, where issuing found one.
    """

    definition: Definition
    issuer: Organisation
    holder: Organisation | None
    on: date
    lines: Sequence[Mapping[str, Any]] = ()
    grade: str = ""
    renewals: int = 0
    licence: str = ""


def next_number(wanted: Wanted) -> str:
    """Return the next number of a scheme and issuer; see :func:`next_numbers`."""
    return next_numbers([wanted])[0]


def next_numbers(wanted: Sequence[Wanted]) -> list[str]:
    """Return the next numbers, in order; call it once in an act, inside its transaction.

    Each series is locked, read and written once, however many numbers are drawn from it.

    Raises:
        Refused: a part of a number cannot be known, or the serial has run out.
    """
    series: dict[str, Series] = {}
    given = [""] * len(wanted)
    places = list(range(len(wanted)))
    while places:
        for place in places:
            given[place] = _draw(wanted[place], series)
        # A number that was taken over from elsewhere is passed over; those given here came from the same series.
        taken = _taken({(one.issuer.pk, one.definition.id) for one in wanted}, [given[place] for place in places])
        places = [
            place for place in places if (wanted[place].issuer.pk, wanted[place].definition.id, given[place]) in taken
        ]
    for row in series.values():
        row.save(update_fields=["last"])
    return given


def _draw(wanted: Wanted, locked: dict[str, Series]) -> str:
    rules = wanted.definition.attestation
    assert rules is not None
    form = rules.number
    values = {part: _part(part, form, wanted) for part in form.parts if part != "serial"}
    key = f"{wanted.issuer.public_id}/{wanted.definition.id}/{_without_serial(form, values)}"[:200]
    if key not in locked:
        locked[key], _made = Series.objects.select_for_update(of=("self",)).get_or_create(key=key)
    locked[key].last += 1
    try:
        return form.render({**values, "serial": locked[key].last})
    except ValueError as error:
        raise Refused(
            _("No further number can be built in the form {form}: {why}"),
            {"form": str(form), "why": str(error)},
            rule="attestation.number",
            source="testamur@2026-1#attestation.number",
            who=_("whoever keeps the scheme, by a new version"),
        ) from None


def _taken(series: set[tuple[int, str]], numbers: list[str]) -> set[tuple[int, str, str]]:
    found: set[tuple[int, str, str]] = set()
    for issuer, scheme in series:
        rows = Edition.objects.filter(attestation__issuer=issuer, attestation__scheme_id_text=scheme)
        for start in range(0, len(numbers), 1000):
            known = rows.filter(number__in=numbers[start : start + 1000]).values_list("number", flat=True)
            found |= {(issuer, scheme, number) for number in known}
    return found


def of_part(main: Edition, count: int) -> str:
    """Return the number of a part: its main's number and the part's place, from 1."""
    return f"{main.number}-{count}"


def _without_serial(form: NumberFormat, values: Mapping[str, object]) -> str:
    return NumberFormat(_SERIAL.sub("*", form.text)).render(values)


def _part(part: str, form: NumberFormat, wanted: Wanted) -> object:
    definition, issuer, on, lines = wanted.definition, wanted.issuer, wanted.on, wanted.lines
    width = _width(form, part)
    if part == "year":
        return on.year
    if part == "yy":
        return f"{on.year % 100:02}"
    if part == "body":
        return _body(issuer, wanted.licence, width)
    if part == "renewal":
        return wanted.renewals
    if part == "size":
        return _size(wanted.holder)
    if part == "grade":
        return _rank(definition, wanted.grade)
    if part == "area":
        return _cut(issuer.region or issuer.country, width)
    if part == "category":
        return _cut(_node(definition, lines, ("products", "methods", "fields")), width) or 0
    assert part == "system"
    return _system(definition, lines, width)


def _width(form: NumberFormat, part: str) -> int:
    found = re.search(rf"\{{{part}:(\d+)\}}", form.text)
    return int(found[1]) if found else 0


def _body(issuer: Organisation, licence: str, width: int) -> str:
    """Return the code of the issuer: the last figures of its licence's number, else its place here."""
    width = width or 3
    digits = re.search(r"(\d+)\D*$", licence)
    return digits[1][-width:].zfill(width) if digits else str(issuer.pk % 10**width).zfill(width)


def _size(holder: Organisation | None) -> str:
    persons = holder.personnel if holder else None
    if persons is None:
        return "S"
    return next((letter for most, letter in SIZES if persons < most), "L")


def _rank(definition: Definition, grade: str) -> int:
    return next((row.rank for row in definition.grades if row.id == grade), 0)


def _node(definition: Definition, lines: Sequence[Mapping[str, Any]], trees: tuple[str, ...]) -> str:
    for tree in trees:
        for scope in definition.scopes:
            if scope.tree != tree:
                continue
            for line in lines:
                value = line.get(scope.id)
                if isinstance(value, Mapping) and "node" in value:
                    return str(value["node"])
    return ""


def _system(definition: Definition, lines: Sequence[Mapping[str, Any]], width: int) -> str:
    """Return the letter of the activity accredited (M systems, P products), or the start of a class."""
    node = _node(definition, lines, ("activities",)) or _node(definition, lines, ("fields", "methods", "products"))
    if width:
        return _cut(node, width) or "0"
    return (re.sub(r"[^A-Za-z]", "", node)[:1] or "M").upper()


def _cut(text: str, width: int) -> str:
    plain = re.sub(r"[^A-Za-z0-9]", "", text).upper()
    return plain[:width] if width else plain


def renewals_of(attestation: Attestation) -> int:
    """Return how often an attestation was renewed, counting what it continues."""
    count = attestation.editions.filter(reason=Edition.Reason.RENEWAL).count()
    before = attestation.continues
    seen = {attestation.pk}
    while before is not None and before.pk not in seen:
        seen.add(before.pk)
        count += 1 + before.editions.filter(reason=Edition.Reason.RENEWAL).count()
        before = before.continues
    return count
