"""Reading a gauge study: long columns into a balanced array; what is missing is named, never dropped."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from testamur.kernel.refusal import Refused, _
from testamur.tqm.data import labels, numbers, same_length

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Study:
    """A balanced study: ``values[part, operator, trial]`` (crossed) or ``values[operator, part, trial]`` (nested).

    Attributes:
        centred: the same less ``origin``, exact to the last written digit.
    """

    parts: tuple[str, ...]
    operators: tuple[str, ...]
    centred: Floats
    origin: float
    resolution: float | None
    given: dict[str, Any]

    @property
    def values(self) -> Floats:
        """Return the measured values in their unit."""
        return self.centred + self.origin


def crossed(part: Any, operator: Any, value: Any) -> Study:
    """Read a study in which every operator measured every part equally often.

    Raises:
        Refused: fewer than two parts, operators or trials; a cell without its trials (named).
    """
    parts, operators, read = labels(part, "part"), labels(operator, "operator"), numbers(value, "value")
    same_length(part=parts, operator=operators, value=read.values)
    names, people = tuple(dict.fromkeys(parts)), tuple(dict.fromkeys(operators))
    _enough(len(names), "part", 2)
    _enough(len(people), "operator", 2)
    cells: dict[tuple[str, str], list[float]] = {(name, person): [] for name in names for person in people}
    for name, person, number in zip(parts, operators, read.centred, strict=True):
        cells[name, person].append(float(number))
    _balanced(cells, "part", "operator")
    shape = (len(names), len(people), len(next(iter(cells.values()))))
    array = np.array([cells[name, person] for name in names for person in people]).reshape(shape)
    given = {"part": tuple(parts), "operator": tuple(operators), "value": read.given}
    return Study(names, people, array, read.origin, read.resolution, given)


def nested(part: Any, operator: Any, value: Any) -> Study:
    """Read a study in which each operator measured parts of his own (destructive tests).

    Labels of parts count within an operator, so two operators may both have a part ``1``.
    """
    parts, operators, read = labels(part, "part"), labels(operator, "operator"), numbers(value, "value")
    same_length(part=parts, operator=operators, value=read.values)
    cells: dict[tuple[str, str], list[float]] = {}
    for name, person, number in zip(parts, operators, read.centred, strict=True):
        cells.setdefault((person, name), []).append(float(number))
    people = tuple(dict.fromkeys(operators))
    _enough(len(people), "operator", 2)
    counts = {person: sum(1 for owner, _name in cells if owner == person) for person in people}
    if len(set(counts.values())) > 1:
        raise Refused(
            _("Operators measured different numbers of parts ({counts}); give each the same number."),
            {"counts": [f"{person}: {count}" for person, count in counts.items()]},
            field="part",
        )
    _enough(next(iter(counts.values())), "part", 2)
    _balanced(cells, "operator", "part")
    ordered = [values for person in people for (owner, _name), values in cells.items() if owner == person]
    shape = (len(people), next(iter(counts.values())), len(ordered[0]))
    given = {"part": tuple(parts), "operator": tuple(operators), "value": read.given}
    names = tuple(dict.fromkeys(parts))
    return Study(names, people, np.array(ordered).reshape(shape), read.origin, read.resolution, given)


def _enough(count: int, what: str, least: int) -> None:
    if count < least:
        raise Refused(
            _("The study has {count} in the column {name}; at least {least} are needed."),
            {"count": count, "name": what, "least": least},
            field=what,
        )


def _balanced(cells: dict[tuple[str, str], list[float]], first: str, second: str) -> None:
    trials = max(len(values) for values in cells.values())
    if trials < 2:
        raise Refused(
            _("Each part was measured once; without a repetition there is no repeatability. Measure at least twice."),
            field="value",
        )
    for (one, other), values in cells.items():
        if len(values) != trials:
            raise Refused(
                _("{first} {one}, {second} {other} has {count} of {trials} trials. Measure again, or leave it out."),
                {"first": first, "one": one, "second": second, "other": other, "count": len(values), "trials": trials},
                field="value",
            )
