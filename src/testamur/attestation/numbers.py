"""Numbers of attestations, built from the scheme's format; one number is given once, ever.

The serial is counted within everything else the number says, for one issuer and scheme. A rolled-back act takes its
number back with it; a gap would not matter either.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
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


def next_number(
    definition: Definition,
    *,
    issuer: Organisation,
    holder: Organisation | None,
    on: date,
    lines: Sequence[Mapping[str, Any]] = (),
    grade: str = "",
    renewals: int = 0,
    licence: str = "",
) -> str:
    """Return the next number of a scheme and issuer; call it inside the act's transaction.

    Args:
        on: civil day of the decision; its year is the number's.
        lines: scope lines, from which category, system and area are read.
        grade: id of the grade given.
        renewals: how often it was renewed so far.
        licence: number of the licence by which the issuer acts, where issuing found one.

    Raises:
        Refused: a part of the number cannot be known, or the serial has run out.
    """
    rules = definition.attestation
    assert rules is not None
    form = rules.number
    values = {
        part: value
        for part in form.parts
        if part != "serial"
        for value in [_part(part, form, definition, issuer, holder, on, lines, grade, renewals, licence)]
    }
    key = f"{issuer.public_id}/{definition.id}/{_without_serial(form, values)}"
    series, _made = Series.objects.select_for_update(of=("self",)).get_or_create(key=key[:200])
    while True:
        series.last += 1
        try:
            number = form.render({**values, "serial": series.last})
        except ValueError as error:
            raise Refused(
                _("No further number can be built in the form {form}: {why}"),
                {"form": str(form), "why": str(error)},
                rule="attestation.number",
                source="testamur@2026-1#attestation.number",
                who=_("whoever keeps the scheme, by a new version"),
            ) from None
        if not Edition.objects.filter(
            number=number, attestation__issuer=issuer, attestation__scheme_id_text=definition.id
        ).exists():
            break
    series.save(update_fields=["last"])
    return number


def of_part(main: Edition, count: int) -> str:
    """Return the number of a part: its main's number and the part's place, from 1."""
    return f"{main.number}-{count}"


def _without_serial(form: NumberFormat, values: Mapping[str, object]) -> str:
    return NumberFormat(_SERIAL.sub("*", form.text)).render(values)


def _part(
    part: str,
    form: NumberFormat,
    definition: Definition,
    issuer: Organisation,
    holder: Organisation | None,
    on: date,
    lines: Sequence[Mapping[str, Any]],
    grade: str,
    renewals: int,
    licence: str,
) -> object:
    width = _width(form, part)
    if part == "year":
        return on.year
    if part == "yy":
        return f"{on.year % 100:02}"
    if part == "body":
        return _body(issuer, licence, width)
    if part == "renewal":
        return renewals
    if part == "size":
        return _size(holder)
    if part == "grade":
        return _rank(definition, grade)
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
