"""The benchmark: medians and quartiles of enterprises alike, let out only where nobody can be recognised in them.

Rules, each against one way of finding out about a single enterprise:

* a cell (all; an industry section; a section and size class) with fewer than ``LEAST`` enterprises is withheld;
* a wider cell is withheld where taking shown narrower ones away would leave 1 to ``LEAST`` - 1 enterprises, and so is a
  figure of it, by those who scored that group;
* a cell is computed anew only when at least ``LEAST`` enterprises came, left or answered anew since it was last let
  out, so that nobody reads one enterprise from the difference of two days;
* figures are rounded to whole multiples of ``GRAIN`` points, and the number of enterprises is told as a span.

Source: the threshold of enterprise statistics (at least three to five units, secondary suppression), as in the European
Statistical System's handbook on disclosure control; ours is the stricter end.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
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
                made.append(_let_out(questionnaire_id, cell, {}))
            continue
        changed = sum(1 for one in {*old, *members} if old.get(one) != members.get(one))
        if changed >= LEAST:
            made.append(_let_out(questionnaire_id, cell, members))
    return made


def shown(questionnaire_id: str, section: str, size: str) -> Shown | None:
    """Return the narrowest cell around an enterprise that may be shown, None where none may."""
    found = published(questionnaire_id)
    return next((found[cell] for cell in cells_of(section, size) if cell in found), None)


def withheld(questionnaire_id: str, section: str, size: str) -> list[Cell]:
    """Return the cells around an enterprise that are withheld and narrower than what is shown to it.

    Which of the rules withholds one is told to nobody: it would say how many are in it.
    """
    found = published(questionnaire_id)
    around = cells_of(section, size)
    first = next((place for place, cell in enumerate(around) if cell in found), len(around))
    return around[:first]


def published(questionnaire_id: str) -> dict[Cell, Shown]:
    """Return what may be shown of each cell, with the figures that may.

    Cells are weighed from the narrowest to the widest, for only what is shown can be taken away from a wider one. What
    remains after that is nobody or at least ``LEAST``; so it is with those who scored each group.
    """
    latest = {cell: one for cell, one in _latest(questionnaire_id).items() if one.members}
    found: dict[Cell, Shown] = {}
    for cell in sorted(latest, key=lambda one: -sum(map(bool, one))):
        release = latest[cell]
        inner = [other for other in found if _inside(other, cell)]
        if _few(set(release.members) - {one for other in inner for one in latest[other].members}):
            continue
        figures = {}
        for group, row in release.figures.items():
            mine = _scored(release, group)
            if not _few(
                mine
                - {one for other in inner if group in found[other].figures for one in _scored(latest[other], group)}
            ):
                figures[group] = row
        count = len(release.members)
        low, high = next((low, high) for low, high in SPANS if count >= low and (count <= high or not high))
        found[cell] = Shown(cell, low, high, figures, release.recorded_at)
    return found


def _few(left: Collection[str]) -> bool:
    return 0 < len(left) < LEAST


def _scored(release: Release, group: str) -> set[str]:
    """Return the enterprises whose score of a group went in."""
    return set(release.members) - set(release.unscored.get(group, ()))


def _inside(narrow: Cell, wide: Cell) -> bool:
    return narrow != wide and all(not outer or outer == inner for inner, outer in zip(narrow, wide, strict=True))


def _latest(questionnaire_id: str) -> dict[Cell, Release]:
    found: dict[Cell, Release] = {}
    for release in Release.objects.filter(questionnaire=questionnaire_id).order_by("id"):
        found[(release.section, release.size)] = release
    return found


def _let_out(questionnaire_id: str, cell: Cell, members: Mapping[str, int]) -> Release:
    """Write quartiles by group; a group that fewer than ``LEAST`` scored is withheld as a cell is."""
    columns: dict[str, dict[str, Decimal]] = {}
    found = {one.pk: one for one in Assessment.objects.filter(pk__in=list(members.values()))}
    for member, pk in members.items():
        for group, score in found[pk].scores.items():
            columns.setdefault(group, {})[member] = Decimal(score)
        if (total := found[pk].total) is not None:
            columns.setdefault("total", {})[member] = total
    told = {group: values for group, values in columns.items() if len(values) >= LEAST}
    return Release.objects.create(
        questionnaire=questionnaire_id,
        section=cell[0],
        size=cell[1],
        members=dict(members),
        unscored={group: sorted(set(members) - set(values)) for group, values in told.items()},
        figures={
            group: {name: _grain(quantile(list(values.values()), share)) for name, share in _QUARTILES}
            for group, values in told.items()
        },
    )


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


def narrower(questionnaire: Questionnaire, organisation_id: int) -> list[Cell]:
    """Return what is withheld from an enterprise that takes part, narrower than what it is shown."""
    part = Participation.objects.filter(Q(withdrawn_at=None), organisation_id=organisation_id).first()
    return withheld(questionnaire.id, part.section, part.size) if part else []
