"""What a participant typed: read into values, kept as typed."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from testamur.kernel.refusal import Refused, _
from testamur.proficiency.models import Measurand
from testamur.proficiency.policies import RESULTS
from testamur.tqm.reading import decoded

_BELOW = re.compile(r"[<≤]\s*(.+)")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_WITH_UNIT = re.compile(r"[<≤]?\s*[+-]?[0-9][0-9.]*(e-?[0-9]+)?\s*([^\W\d_]|[%‰°]).*", re.IGNORECASE)
#: Signs of a Chinese keyboard, and the minus of typesetters, as every program reads them.
_SIGNS = str.maketrans("０１２３４５６７８９．－＋＜−", "0123456789.-+<-")
#: Digits of one typed number, and length of the name of a method.
DIGITS_MOST, METHOD_MOST = 30, 200
COLUMNS = ("measurand", "U", "k", "method")


@dataclass(frozen=True)
class Value:
    """A participant's result for one measurand.

    Attributes:
        text: mean of the replicates, or ``<0.05`` where one of them is below a limit.
        x: the mean as a number, None below a limit.
        U, k: expanded uncertainty and its factor, as typed; None where none was given.
    """

    text: str
    x: Decimal | None
    U: str | None
    k: str | None


def read(one: Measurand, typed: Mapping[str, Any], replicates: int) -> dict[str, Any] | None:
    """Return one measurand's entry as it is kept, None where nothing was typed.

    Args:
        typed: ``values`` (texts), ``U``, ``k``, ``method``.

    Raises:
        Refused: a value is no number, one is missing, or an uncertainty has no factor; ``field`` begins with the
            measurand's id.
    """
    values = [str(value).strip().translate(_SIGNS) for value in typed.get("values", ())]
    U, k = (str(typed.get(name) or "").strip().translate(_SIGNS) for name in ("U", "k"))
    method = str(typed.get("method") or "").strip()
    if not any(values):
        if U or k:
            _refuse(one, "values", _("{measurand}: an uncertainty is given, and no value."))
        return None
    if len(values) != replicates or not all(values):
        place = values.index("") if "" in values else 0
        _refuse(one, _field(place), _("{measurand}: give {count} results, as the round asks."), count=replicates)
    for place, value in enumerate(values):
        below = _BELOW.fullmatch(value)
        found = _decimal(one, _field(place), below[1] if below else value)
        if below and found <= 0:
            _refuse(one, _field(place), _("{measurand}: a limit of quantification is above 0."))
    if U and _decimal(one, "U", U) <= 0:
        _refuse(one, "U", _("{measurand}: an uncertainty is above 0; leave it empty where you have none."))
    needs = one.score_by in (Measurand.ScoreBy.ZETA, Measurand.ScoreBy.EN)
    if needs and not U and not any(map(_BELOW.fullmatch, values)):
        _refuse(one, "U", _("{measurand}: it is judged with your uncertainty; give U and k."))
    if U and not k:
        _refuse(one, "k", _("{measurand}: give the coverage factor k of the uncertainty."))
    if k and not Decimal("0.5") <= _decimal(one, "k", k) <= 10:
        _refuse(one, "k", _("{measurand}: a coverage factor lies between 0.5 and 10."))
    if len(method) > METHOD_MOST:
        _refuse(one, "method", _("{measurand}: name the method in at most {count} characters."), count=METHOD_MOST)
    return {"values": values, "U": U, "k": k if U else "", "method": method}


def value_of(entry: Mapping[str, Any] | None) -> Value | None:
    """Return what an entry says: the mean of its replicates; below a limit it is no number."""
    if not entry:
        return None
    limits = [below[1] for text in entry["values"] if (below := _BELOW.fullmatch(text))]
    U, k = entry.get("U") or None, entry.get("k") or None
    if limits:
        return Value(f"<{max(limits, key=Decimal)}", None, U, k)
    numbers = [Decimal(text) for text in entry["values"]]
    if len(numbers) == 1:
        return Value(entry["values"][0], numbers[0], U, k)
    mean = sum(numbers, Decimal(0)) / len(numbers)
    # One digit more than was typed: the mean of replicates has that much to say.
    finest = min(int(number.as_tuple().exponent) for number in numbers)
    mean = mean.quantize(Decimal(1).scaleb(finest - 1))
    return Value(str(mean), mean, U, k)


def from_table(text: str, measurands: Sequence[Measurand]) -> dict[str, dict[str, Any]]:
    """Return entries by measurand from a table: measurand, value (or value 1, value 2 …), U, k, method.

    Raises:
        Refused: a column or a measurand is missing or unknown, or stands there twice.
    """
    first = text.lstrip("\ufeff").partition("\n")[0]
    mark = next((sign for sign in "\t;," if sign in first), ",")
    try:
        read_rows = list(csv.reader(io.StringIO(text.lstrip("\ufeff")), delimiter=mark))
    except csv.Error:
        raise Refused(
            _("This is no table of results: one of its cells holds more than any result."), rule="proficiency.table",
            field="file",
        ) from None  # fmt: skip
    rows = [row for row in read_rows if any(map(str.strip, row))]
    head = [cell.strip().lower() for cell in rows[0]] if rows else []
    places = [place for place, name in enumerate(head) if name == "value" or re.fullmatch(r"value ?\d", name)]
    if "measurand" not in head or not places:
        raise Refused(
            _("The first row names the columns: measurand, value (or value 1, value 2 …), U, k, method."),
            rule="proficiency.table",
            source=RESULTS,
            field="file",
        )
    named = {name.strip().lower(): one for one in measurands for name in one.name.values()}
    column = {name: head.index(name.lower()) for name in COLUMNS if name.lower() in head}
    found: dict[str, dict[str, Any]] = {}
    for line, row in enumerate(rows[1:], 2):
        if any(map(str.strip, row[len(head) :])):
            raise Refused(
                _("Line {line} has more cells than the first row names. Write decimal marks as points: 12.5."),
                {"line": line},
                rule="proficiency.table",
                source=RESULTS,
                field="file",
            )
        cells = [cell.strip() for cell in row] + [""] * len(head)
        one = named.get(cells[column["measurand"]].lower())
        if one is None or one.public_id in found:
            raise Refused(
                _("Line {line}: “{name}” is no measurand of this round, or stands there twice."),
                {"line": line, "name": cells[column["measurand"]][:60]},
                rule="proficiency.table",
                field="file",
            )
        found[one.public_id] = {
            "values": [cells[place] for place in places],
            **{name: cells[column[name]] if name in column else "" for name in ("U", "k", "method")},
        }
    return found


def text_of(data: bytes) -> str:
    """Return the text of an uploaded table."""
    return decoded(data)


def _field(place: int) -> str:
    return f"values-{place}" if place else "values"


def _decimal(one: Measurand, field: str, text: str) -> Decimal:
    if not _NUMBER.fullmatch(text) or len(text) > DIGITS_MOST:
        typed = text[:40]
        if "," in text or "，" in text:
            sentence = _(
                "{measurand}: “{typed}” has a comma. Write the decimal mark as a point, 12.5, and thousands 1200."
            )
            _refuse(one, field, sentence, typed=typed)
        if one.unit and _WITH_UNIT.fullmatch(text):
            sentence = _("{measurand}: “{typed}” is more than a number. Write the number alone, in {unit}.")
            _refuse(one, field, sentence, typed=typed, unit=one.unit)
        _refuse(one, field, _("{measurand}: “{typed}” is not a number; write it as 12.50, or <0.05."), typed=typed)
    found = Decimal(text)
    # What lies beyond is no measured value, and no float.
    if abs(found.adjusted()) > 100:
        _refuse(one, field, _("{measurand}: “{typed}” is no measured value."), typed=text[:40])
    return found


def _refuse(one: Measurand, field: str, sentence: str, **facts: Any) -> None:
    raise Refused(
        sentence,
        {"measurand": one.name, **facts},
        rule="proficiency.result",
        source=RESULTS,
        field=f"{one.public_id}-{field}",
    )
