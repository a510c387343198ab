"""Single and double sampling plans by attributes (ISO 2859-1), generated from the law of the master tables.

Sample sizes and AQLs are both geometric series with the same ratio, so the acceptance number depends only on the sum of
the two places: the tables' diagonals. What the diagonals say is data here, the tables themselves are not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scipy import special

from testamur.kernel.refusal import Refused, _
from testamur.tqm.data import choice
from testamur.tqm.methods import provenance
from testamur.tqm.results import Result, Warning
from testamur.tqm.sampling.letters import AQLS, LEVELS, aql_column, code_letter, lookups, lot_size

SOURCE = "ISO 2859-1"
ISO, MIL = "1999", "MIL-STD-105E"
EDITIONS = (ISO, MIL)
SEVERITIES = ("normal", "tightened", "reduced")

LETTERS = "ABCDEFGHJKLMNPQR"
SIZES = (2, 3, 5, 8, 13, 20, 32, 50, 80, 125, 200, 315, 500, 800, 1250, 2000)
#: Tightened inspection has one larger sample, letter S.
TIGHTENED_SIZES = (*SIZES, 3150)
#: Double plans: two samples of the size one letter below; letter A has none.
DOUBLE_SIZES = (None, *SIZES[:-1])
#: Rows A to E of the tables reach the two largest acceptance numbers.
LONG_ROWS = 5

#: Diagonal (place of letter + place of AQL - offset) → acceptance number; absent is an arrow.
_NORMAL = {0: 0, 3: 1, 4: 2, 5: 3, 6: 5, 7: 7, 8: 10, 9: 14, 10: 21, 11: 30, 12: 44}
_TIGHTENED = {0: 0, 3: 1, 4: 2, 5: 3, 6: 5, 7: 8, 8: 12, 9: 18, 10: 27, 11: 41}
_OFFSET = {"normal": 14, "tightened": 15, "reduced": 14}
#: Reduced inspection stays on the diagonals of normal inspection, with the sample of two letters below; acceptance and
#: rejection numbers.
_REDUCED_MIL = {
    0: (0, 1),
    3: (0, 2),
    4: (1, 3),
    5: (1, 4),
    6: (2, 5),
    7: (3, 6),
    8: (5, 8),
    9: (7, 10),
    10: (10, 13),
    11: (14, 17),
    12: (21, 24),
}
#: The edition of 1999 has no gap between them, and three arrows between Ac 0 and Ac 1.
_REDUCED_ISO = {
    0: (0, 1),
    4: (1, 2),
    5: (2, 3),
    6: (3, 4),
    7: (5, 6),
    8: (6, 7),
    9: (8, 9),
    10: (10, 11),
    11: (14, 15),
    12: (21, 22),
}
#: Letters A and B, where two letters less do not exist.
_REDUCED_A = {place: (ac, ac + 1) for place, ac in _NORMAL.items() if place < 12}
_REDUCED_B = {
    0: (0, 1),
    3: (0, 2),
    4: (1, 3),
    5: (2, 4),
    6: (3, 5),
    7: (5, 6),
    8: (7, 8),
    9: (10, 11),
    10: (14, 15),
    11: (21, 22),
    12: (30, 31),
}

#: Acceptance number of the single plan → numbers of the double plan: Ac1, Re1, Ac2 (Re2 is Ac2 + 1).
_DOUBLE_MIL = {
    1: (0, 2, 1),
    2: (0, 3, 3),
    3: (1, 4, 4),
    5: (2, 5, 6),
    7: (3, 7, 8),
    8: (3, 7, 11),
    10: (5, 9, 12),
    12: (6, 10, 15),
    14: (7, 11, 18),
    18: (9, 14, 23),
    21: (11, 16, 26),
    27: (15, 20, 34),
    30: (17, 22, 37),
    41: (23, 29, 52),
    44: (25, 31, 56),
}
_DOUBLE_ISO = {**_DOUBLE_MIL, 3: (1, 3, 4), 7: (3, 6, 9), 8: (4, 7, 10)}


@dataclass(frozen=True, kw_only=True)
class Single(Result):
    """A single sampling plan.

    Attributes:
        letter: code letter of the lot; ``plan_letter`` that of the plan used, which differs where the table has an
            arrow, and then the plan's own sample size applies.
        n: items to inspect; the whole lot where ``hundred_percent``.
        ac, re: accept up to ``ac`` nonconforming items (or nonconformities), reject from ``re``. Where ``re`` exceeds
            ``ac`` + 1 (reduced inspection of MIL-STD-105E) a lot in between is accepted and normal inspection returns.
        lq10: quality, share of items, that such a plan still accepts one time in ten: the consumer's risk.
        aql: as given, percent nonconforming or nonconformities per 100 items.
    """

    letter: str
    plan_letter: str
    n: int
    ac: int
    re: int
    hundred_percent: bool
    lq10: float
    aql: str
    severity: str


@dataclass(frozen=True, kw_only=True)
class Double(Result):
    """A double sampling plan: numbers of the first sample, then of both together.

    Attributes:
        n: sizes of the two samples; ac, re: as in :class:`Single`, cumulated.
        single: the acceptance number of the plan is 0, for which there is no double plan: a single one stands here.
    """

    letter: str
    plan_letter: str
    n: tuple[int, ...]
    ac: tuple[int, ...]
    re: tuple[int, ...]
    single: bool
    hundred_percent: bool
    aql: str
    severity: str


@dataclass(frozen=True, kw_only=True)
class Plans(Result):
    """Several plans that were looked up."""

    plans: tuple[Single | Double, ...]

    def answer(self) -> Any:
        return {"plans": [plan.answer() for plan in self.plans]}


def plan_single(
    lot: Any, aql: Any, *, level: str = "II", severity: str = "normal", edition: str = ISO, letter: str | None = None
) -> Single:
    """Return the single sampling plan for a lot (ISO 2859-1:1999, 10; Tables 2-A to 2-C).

    Args:
        lot: number of items, or a range of Table 1 (then nothing is said of 100 % inspection).
        aql: preferred AQL, percent nonconforming (to 10) or nonconformities per 100 items.
        level: inspection level.
        severity: ``normal``, ``tightened`` or ``reduced``.
        edition: ``1999`` (ISO 2859-1) or ``MIL-STD-105E`` (also ANSI/ASQ Z1.4); they differ in reduced inspection.
        letter: code letter where it is agreed otherwise than by Table 1.

    Raises:
        Refused: lot, level, AQL, severity or edition is not in the tables.
    """
    severity, column, first = _asked(lot, aql, level, severity, edition, letter)
    place, (ac, re), moved = _cell(severity, LETTERS.index(first), column, edition)
    n = _sizes(severity)[place]
    size = lot_size(lot)
    everything = size is not None and n >= size
    said = list(_about(severity, edition, first, column, moved))
    if everything and size is not None:
        said.append(_hundred(n, size))
        n = size
    return Single(
        letter=first,
        plan_letter=_letter(place),
        n=n,
        ac=ac,
        re=re,
        hundred_percent=everything,
        lq10=0.0 if everything else float(special.betaincinv(re, n - re + 1, 0.9)) if n >= re else 1.0,
        aql=str(AQLS[column]),
        severity=severity,
        estimator="master table",
        warnings=tuple(said),
        provenance=provenance(
            "iso2859_1_single_plan_lookup",
            SOURCE,
            edition,
            clause="10",
            data={"lot": lot, "aql": str(aql), "level": level, "severity": severity},
        ),
    )


def plan_double(
    lot: Any, aql: Any, *, level: str = "II", severity: str = "normal", edition: str = MIL, letter: str | None = None
) -> Double:
    """Return the double sampling plan for a lot (MIL-STD-105E, Table III; ISO 2859-1:1999, Table 3).

    Arguments and refusals as for :func:`plan_single`; reduced double plans are not given here, because the editions
    differ and one of them could not be checked against a second source.
    """
    severity, column, first = _asked(lot, aql, level, severity, edition, letter)
    if severity == "reduced":
        raise Refused(
            _("There is no double plan for reduced inspection here; use the single plan."),
            source="ISO 2859-1, Table 3-C",
            field="severity",
        )
    place, (single, _re), moved = _cell(severity, LETTERS.index(first), column, edition)
    said = list(_about(severity, edition, first, column, moved))
    size = lot_size(lot)
    table = _DOUBLE_ISO if edition == ISO else _DOUBLE_MIL
    n1 = (*DOUBLE_SIZES, SIZES[-1])[place]
    if n1 is None or single not in table:
        n: tuple[int, ...] = (_sizes(severity)[place],)
        ac: tuple[int, ...] = (single,)
        re: tuple[int, ...] = (single + 1,)
        alone = True
        said.append(
            Warning("no_double_plan", _("There is no double plan with this acceptance number; use the single plan."))
        )
    else:
        ac1, re1, ac2 = table[single]
        n, ac, re, alone = (n1, n1), (ac1, ac2), (re1, ac2 + 1), False
        if edition == ISO:
            said.append(_single_source("double"))
    everything = size is not None and sum(n) >= size
    if everything and size is not None:
        said.append(_hundred(sum(n), size))
    return Double(
        letter=first,
        plan_letter=_letter(place),
        n=n,
        ac=ac,
        re=re,
        single=alone,
        hundred_percent=everything,
        aql=str(AQLS[column]),
        severity=severity,
        estimator="master table",
        warnings=tuple(said),
        provenance=provenance(
            "iso2859_1_double_plan_lookup",
            SOURCE,
            edition,
            clause="Table 3",
            data={"lot": lot, "aql": str(aql), "level": level, "severity": severity},
        ),
    )


def single_plans(rows: Any, *, edition: str = ISO) -> Plans:
    """Return the single plans of rows with lot, level (II), aql and severity (normal)."""
    found = tuple(plan_single(row["lot"], row["aql"], edition=edition, **_row(row)) for row in lookups(rows))
    return _plans("iso2859_1_single_plan_lookup", found, rows, edition)


def double_plans(rows: Any, *, edition: str = MIL) -> Plans:
    """Return the double plans of rows with lot, level (II), aql and severity (normal)."""
    found = tuple(plan_double(row["lot"], row["aql"], edition=edition, **_row(row)) for row in lookups(rows))
    return _plans("iso2859_1_double_plan_lookup", found, rows, edition)


def _plans(name: str, found: tuple[Any, ...], rows: Any, edition: str) -> Plans:
    said = {warning.code: warning for plan in found for warning in plan.warnings}
    return Plans(
        plans=found,
        estimator="master table",
        warnings=tuple(said.values()),
        provenance=provenance(name, SOURCE, edition, data={"lookups": rows}),
    )


def _row(row: Mapping[str, Any]) -> dict[str, str]:
    return {"level": str(row.get("level", "II")), "severity": str(row.get("severity", "normal"))}


def _asked(lot: Any, aql: Any, level: str, severity: str, edition: str, letter: str | None) -> tuple[str, int, str]:
    choice(level, "level", LEVELS)
    severity = choice(severity.lower() if isinstance(severity, str) else severity, "severity", SEVERITIES)
    choice(edition, "edition", EDITIONS)
    first = code_letter(lot, level) if letter is None else choice(letter, "letter", tuple(LETTERS))
    return severity, aql_column(aql), first


def _sizes(severity: str) -> tuple[int, ...]:
    if severity == "reduced":
        return (2, 2, *SIZES[:-2])
    return TIGHTENED_SIZES if severity == "tightened" else SIZES


def _letter(place: int) -> str:
    return (LETTERS + "S")[place]


def _cell(severity: str, start: int, column: int, edition: str) -> tuple[int, tuple[int, int], int]:
    """Follow the arrows from one cell; return the place of the plan's letter, its numbers, and the steps taken."""
    rows = len(_sizes(severity))
    place, step = start, 0
    for _count in range(2 * rows):
        numbers, arrow = _numbers(severity, place, column, edition)
        if numbers is not None:
            return place, numbers, place - start
        # An arrow down from the last row leads nowhere: the table has an arrow up there.
        step = step or arrow
        if place + step >= rows or place + step < 0:
            step = -step
        place += step
    raise Refused(
        _("The tables have no plan for AQL {aql} with letter {letter}."),
        {"aql": str(AQLS[column]), "letter": _letter(start)},
        source=SOURCE,
        field="aql",
    )


def _numbers(severity: str, place: int, column: int, edition: str) -> tuple[tuple[int, int] | None, int]:
    """Return the numbers of one cell, or None and the direction of its arrow (1 down, -1 up)."""
    if severity == "reduced":
        return _reduced(place, column, edition)
    diagonal = place + column - _OFFSET[severity]
    table = _NORMAL if severity == "normal" else _TIGHTENED
    last = 12 if severity == "normal" else 11
    if diagonal in table and (diagonal <= last - 2 or place < LONG_ROWS):
        return (table[diagonal], table[diagonal] + 1), 0
    if diagonal < 0 or diagonal == 2:
        return None, 1
    if diagonal == 1:
        return None, -1 if severity == "normal" else 1
    return None, -1


def _reduced(place: int, column: int, edition: str) -> tuple[tuple[int, int] | None, int]:
    diagonal = place + column - _OFFSET["reduced"]
    table = _REDUCED_ISO if edition == ISO else _REDUCED_MIL
    if place == 0:
        table = _REDUCED_A
    elif place == 1 and edition == MIL:
        table = _REDUCED_B
    if diagonal in table and (diagonal <= 10 or place < LONG_ROWS):
        return table[diagonal], 0
    return None, 1 if diagonal < 0 or diagonal in (2, 3) else -1


def _about(severity: str, edition: str, letter: str, column: int, moved: int) -> list[Warning]:
    said = []
    if moved:
        said.append(
            Warning(
                "arrow",
                _("The table has an arrow for letter {letter}: the sample size of the plan found applies."),
                {"letter": letter},
            )
        )
    if severity == "tightened" and LETTERS.index(letter) + column - _OFFSET["tightened"] == 1:
        said.append(
            Warning(
                "uncertain_cell",
                _(
                    "Sources differ on this cell of tightened inspection (arrow down to Ac 1, taken here, or up to "
                    "Ac 0): check it in your copy of the standard."
                ),
            )
        )
    if severity == "reduced":
        said.append(_single_source("reduced"))
        if edition == MIL:
            said.append(
                Warning(
                    "reduced_gap",
                    _("A lot between Ac and Re is accepted, and inspection returns to normal with the next lot."),
                )
            )
    return said


def _single_source(what: str) -> Warning:
    return Warning(
        "single_source",
        _("{what}: taken from one source; check it in your copy of the standard."),
        {"what": _TOPICS[what]},
    )


#: A fact in two languages, so that a sentence in either is whole.
_TOPICS = {
    "reduced": {"en": "Reduced inspection", "zh": "放宽检验"},
    "double": {
        "en": "Acceptance numbers of double plans in the 1999 edition",
        "zh": "1999年版二次抽样方案的接收数",
    },
}


def _hundred(n: int, size: int) -> Warning:
    return Warning(
        "hundred_percent",
        _("The plan asks for {n} items and the lot has {size}: inspect every item."),
        {"n": n, "size": size},
    )
