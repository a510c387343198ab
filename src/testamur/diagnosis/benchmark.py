"""The benchmark: medians and quartiles of enterprises alike, let out only where nobody can be recognised in them.

Rules, each against one way of finding out about a single enterprise:

* a cell (all; an industry section; a section and size class) with fewer than ``LEAST`` enterprises is withheld;
* a wider cell is withheld where taking published narrower ones away would leave 1 to ``LEAST`` - 1 enterprises;
* a cell is computed anew only when at least ``LEAST`` enterprises came, left or answered anew since it was last let
  out, so that nobody reads one enterprise from the difference of two days;
* figures are rounded to whole multiples of ``GRAIN`` points, and the number of enterprises is told as a span.

Source: the threshold of enterprise statistics (at least three to five units, secondary suppression), as in the European
Statistical System's handbook on disclosure control; ours is the stricter end.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from django.db.models import Q

from testamur.diagnosis.models import Assessment, Participation, Release
from testamur.diagnosis.questionnaires import Questionnaire, offered

LEAST = 5
GRAIN = 5
#: Size classes by persons, first number of each; the plan of 2011 for manufacturing (micro, small, medium, large).
#: Where an industry's own limits differ, firms are still compared with firms of as many people.
SIZES: tuple[tuple[str, int], ...] = (("micro", 0), ("small", 20), ("medium", 300), ("large", 1000))
SPANS = ((5, 9), (10, 19), (20, 49), (50, 0))

Cell = tuple[str, str]


@dataclass(frozen=True)
class Shown:
    """What may be shown of a cell: ``at_least`` and ``at_most`` enterprises (0: no upper end), figures by group."""

    cell: Cell
    at_least: int
    at_most: int
    figures: Mapping[str, Mapping[str, int]]
    released_at: object


def size_of(personnel: int | None) -> str:
    """Return the size class of so many persons, "" where it is not known."""
    if personnel is None:
        return ""
    return next(name for name, first in reversed(SIZES) if personnel >= first)


def cells_of(section: str, size: str) -> list[Cell]:
    """Return the cells that an enterprise counts in, the narrowest first."""
    found: list[Cell] = [("", "")]
    if section:
        found.insert(0, (section, ""))
        if size:
            found.insert(0, (section, size))
    return found


def refresh(questionnaire_id: str) -> list[Release]:
    """Let out anew every cell that may be, and withhold at once every cell that became too small."""
    by_cell: dict[Cell, dict[str, int]] = {}
    for part in Participation.objects.filter(withdrawn_at=None).order_by("organisation_id"):
        last = (
            Assessment.objects.filter(organisation_id=part.organisation_id, questionnaire=questionnaire_id)
            .exclude(finished_at=None)
            .order_by("-finished_at", "-id")
            .first()
        )
        if last is not None:
            for cell in cells_of(part.section, part.size):
                by_cell.setdefault(cell, {})[str(part.organisation_id)] = last.pk
    before = _latest(questionnaire_id)
    made = []
    for cell in sorted({*by_cell, *before}):
        members, last_release = by_cell.get(cell, {}), before.get(cell)
        old: dict[str, int] = last_release.members if last_release else {}
        if len(members) < LEAST:
            if old:
                made.append(_let_out(questionnaire_id, cell, {}, {}))
            continue
        changed = sum(1 for one in {*old, *members} if old.get(one) != members.get(one))
        if changed >= LEAST:
            made.append(_let_out(questionnaire_id, cell, members, _figures(members.values())))
    return made


def shown(questionnaire_id: str, section: str, size: str) -> Shown | None:
    """Return the narrowest cell around an enterprise that may be shown, None where none may."""
    latest = {cell: one for cell, one in _latest(questionnaire_id).items() if one.members}
    for cell in cells_of(section, size):
        release = latest.get(cell)
        if release is None or _discloses(cell, latest):
            continue
        count = len(release.members)
        low, high = next((low, high) for low, high in SPANS if count >= low and (count <= high or not high))
        return Shown(cell, low, high, release.figures, release.recorded_at)
    return None


def _discloses(cell: Cell, latest: Mapping[Cell, Release]) -> bool:
    """Say whether a cell minus narrower ones that are let out would leave a few enterprises alone."""
    whole = set(latest[cell].members)
    inner = [set(one.members) for other, one in latest.items() if _inside(other, cell)]
    left = [whole - one for one in inner] + ([whole - set().union(*inner)] if inner else [])
    return any(0 < len(one) < LEAST for one in left)


def _inside(narrow: Cell, wide: Cell) -> bool:
    return narrow != wide and all(not outer or outer == inner for inner, outer in zip(narrow, wide, strict=True))


def _latest(questionnaire_id: str) -> dict[Cell, Release]:
    found: dict[Cell, Release] = {}
    for release in Release.objects.filter(questionnaire=questionnaire_id).order_by("id"):
        found[(release.section, release.size)] = release
    return found


def _let_out(
    questionnaire_id: str, cell: Cell, members: Mapping[str, int], figures: Mapping[str, Mapping[str, int]]
) -> Release:
    return Release.objects.create(
        questionnaire=questionnaire_id, section=cell[0], size=cell[1], members=dict(members), figures=dict(figures)
    )


def _figures(assessments: Iterable[int]) -> dict[str, dict[str, int]]:
    """Return quartiles by group; a group that fewer than ``LEAST`` scored is withheld as a cell is."""
    columns: dict[str, list[Decimal]] = {}
    for one in Assessment.objects.filter(pk__in=list(assessments)):
        for group, score in one.scores.items():
            columns.setdefault(group, []).append(Decimal(score))
        if one.total is not None:
            columns.setdefault("total", []).append(one.total)
    return {
        group: {name: _grain(quantile(values, share)) for name, share in _QUARTILES}
        for group, values in columns.items()
        if len(values) >= LEAST
    }


_QUARTILES = (("q1", Fraction(1, 4)), ("median", Fraction(1, 2)), ("q3", Fraction(3, 4)))


def quantile(values: Sequence[Decimal], share: Fraction) -> Fraction:
    """Return a quantile by linear interpolation between order statistics (type 7 of Hyndman and Fan, 1996)."""
    ordered = sorted(Fraction(value) for value in values)
    place = (len(ordered) - 1) * share
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def _grain(value: Fraction) -> int:
    return GRAIN * int((value / GRAIN) + Fraction(1, 2))


def refresh_all() -> list[Release]:
    """Let out anew whatever may be, of every questionnaire: somebody came or left."""
    return [release for one in offered() for release in refresh(one.id)]


def comparison(questionnaire: Questionnaire, organisation_id: int) -> Shown | None:
    """Return what an enterprise may compare itself with; by what it said itself when it joined, else with all."""
    part = Participation.objects.filter(Q(withdrawn_at=None), organisation_id=organisation_id).first()
    return shown(questionnaire.id, part.section if part else "", part.size if part else "")
