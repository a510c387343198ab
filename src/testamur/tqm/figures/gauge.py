"""The six panels of a gauge study: components, ranges and means by operator, values by part and operator, lines."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from testamur.kernel.refusal import _
from testamur.tqm import constants
from testamur.tqm.figures.figure import (
    Bars,
    Dots,
    Figure,
    Level,
    Mark,
    Path,
    Plot,
    Said,
    Table,
    Text,
    check_size,
    written,
)
from testamur.tqm.figures.titles import title_of
from testamur.tqm.methods import index
from testamur.tqm.msa.anova import GageRR

Floats = NDArray[np.float64]
PART, OPERATOR, VALUE = Said(_("Part")), Said(_("Operator")), Said(_("Value"))
ROLES = ("a", "b", "c", "d", "other")


def gauge_figure(result: GageRR) -> Figure:
    """Return the six panels of a crossed gauge study."""
    check_size(result.study.centred.size)
    title = title_of(index()[result.provenance.method].title)
    facts = {"title": title, "grr": written(result.percent_grr, 3) or "–", "ndc": result.ndc_truncated or "–"}
    summary = Said(_("{title}: %GRR {grr}, distinct categories {ndc}."), facts)
    plots = (
        _components(result),
        _by_part(result),
        _ranges(result),
        _by_operator(result),
        _means(result),
        _interaction(result),
    )
    return Figure(title, summary, plots, columns=2, warnings=result.warnings)


#: The components that are drawn, as bars in this order, with the letters of gauge studies.
DRAWN = {"grr": "GRR", "repeatability": "EV", "reproducibility": "AV", "part": "PV"}
COMPONENTS = {
    "grr": Said(_("Gauge R&R")),
    "repeatability": Said(_("Repeatability")),
    "reproducibility": Said(_("Reproducibility")),
    "operator": Said(_("Operator")),
    "interaction": Said(_("Interaction")),
    "part": Said(_("Part to part")),
    "part_within_operator": Said(_("Part within operator")),
    "total": Said(_("Total")),
}


def _components(result: GageRR) -> Plot:
    names = [name for name in DRAWN if name in result.components]
    kinds: list[tuple[str, Said, str]] = [
        ("contribution", Said(_("% contribution")), "a"),
        ("study", Said(_("% study variation")), "b"),
        ("tolerance", Said(_("% tolerance")), "c"),
    ]
    shown = [kind for kind in kinds if getattr(result.components["grr"], kind[0]) is not None]
    marks: list[Mark] = []
    width = 0.8 / max(1, len(shown))
    at = np.arange(1, len(names) + 1, dtype=np.float64)
    for place, (attribute, label, role) in enumerate(shown):
        heights = np.array([float(getattr(result.components[name], attribute)) for name in names])
        left = np.asarray(at - 0.4 + place * width, dtype=np.float64)
        marks.append(Bars(left, left + width * 0.92, np.zeros(len(names)), heights, role, label))
    columns: tuple[Text, ...] = (
        Said(_("Component")), *(label for _a, label, _r in kinds), Said(_("Standard deviation")), Said(_("Lower")),
        Said(_("Upper")),
    )  # fmt: skip
    rows = tuple(
        (COMPONENTS.get(name, name), one.contribution, one.study, one.tolerance, one.sd, one.lower, one.upper)
        for name, one in result.components.items()
    )
    title = Said(_("Components of variation"))
    short = tuple(DRAWN[name] for name in names)
    table = Table(title, columns, rows)
    return Plot(title, tuple(marks), "", "%", x_names=short, x_range=(0.4, len(names) + 0.6), tables=(table,))


def _cells(result: GageRR) -> tuple[Floats, list[tuple[str, str]]]:
    """Return cells in the order operator by operator: (operators x parts, trials), and their names."""
    x = np.asarray(result.study.values)
    names = [(person, part) for person in result.study.operators for part in result.study.parts]
    return x.transpose(1, 0, 2).reshape(-1, x.shape[2]), names


def _by_cell(result: GageRR, title: Said, values: Floats, lines: list[Mark]) -> Plot:
    parts = len(result.study.parts)
    x = np.arange(1, values.size + 1, dtype=np.float64)
    marks: list[Mark] = list(lines)
    for place, person in enumerate(result.study.operators):
        one = slice(place * parts, (place + 1) * parts)
        marks += [Path(x[one], values[one]), Dots(x[one], values[one])]
        marks.append(Level(place * parts + 0.5, "stage", person, upright=True))
    names = _cells(result)[1]
    rows = tuple((person, part, float(value)) for (person, part), value in zip(names, values, strict=True))
    labels = tuple(part for _person, part in names)
    table = Table(title, (OPERATOR, PART, VALUE), rows)
    return Plot(title, tuple(marks), PART, "", x_names=labels, x_range=(0.5, values.size + 0.5), tables=(table,))


def _ranges(result: GageRR) -> Plot:
    cells, _names = _cells(result)
    values = cells.max(axis=1) - cells.min(axis=1)
    middle, trials = float(values.mean()), cells.shape[1]
    levels = (("UCL", constants.D4(trials) * middle), ("CL", middle), ("LCL", constants.D3(trials) * middle))
    return _by_cell(result, Said(_("Ranges by operator")), values, _levels(levels))


def _means(result: GageRR) -> Plot:
    cells, _names = _cells(result)
    values = cells.mean(axis=1)
    middle = float(values.mean())
    reach = constants.A2(cells.shape[1]) * float((cells.max(axis=1) - cells.min(axis=1)).mean())
    levels = (("UCL", middle + reach), ("CL", middle), ("LCL", middle - reach))
    return _by_cell(result, Said(_("Means by operator")), values, _levels(levels))


def _levels(levels: tuple[tuple[str, float], ...]) -> list[Mark]:
    return [Level(at, "center" if name == "CL" else "limit", f"{name} {written(at, 4)}") for name, at in levels]


def _by_part(result: GageRR) -> Plot:
    x = np.asarray(result.study.values)
    title = Said(_("Values by part"))
    return _grouped(title, PART, result.study.parts, x.reshape(x.shape[0], -1))


def _by_operator(result: GageRR) -> Plot:
    x = np.asarray(result.study.values).transpose(1, 0, 2)
    title = Said(_("Values by operator"))
    return _grouped(title, OPERATOR, result.study.operators, x.reshape(x.shape[0], -1))


def _grouped(title: Said, label: Said, names: tuple[str, ...], values: Floats) -> Plot:
    at = np.arange(1, len(names) + 1, dtype=np.float64)
    means = values.mean(axis=1)
    marks = (
        Dots(np.repeat(at, values.shape[1]), values.ravel(), "data", hollow=True),
        Path(at, means, "fit2"),
        Dots(at, means, "b", "diamond"),
    )
    rows = tuple((name, *map(float, row), float(mean)) for name, row, mean in zip(names, values, means, strict=True))
    numbers: tuple[Text, ...] = tuple(str(place) for place in range(1, values.shape[1] + 1))
    table = Table(title, (label, *numbers, Said(_("Mean"))), rows)
    return Plot(title, marks, label, VALUE, x_names=names, x_range=(0.5, len(names) + 0.5), tables=(table,))


def _interaction(result: GageRR) -> Plot:
    x = np.asarray(result.study.values)
    means = x.mean(axis=2)
    at = np.arange(1, means.shape[0] + 1, dtype=np.float64)
    marks: list[Mark] = []
    shapes = ("circle", "square", "diamond", "triangle")
    for place, person in enumerate(result.study.operators):
        role = ROLES[min(place, len(ROLES) - 1)]
        marks.append(Path(at, means[:, place], role, name=person))
        marks.append(Dots(at, means[:, place], role, shapes[place % len(shapes)]))
    title = Said(_("Interaction of part and operator"))
    rows = tuple((part, *map(float, row)) for part, row in zip(result.study.parts, means, strict=True))
    table: Any = Table(title, (PART, *result.study.operators), rows)
    names = result.study.parts
    return Plot(title, tuple(marks), PART, VALUE, x_names=names, x_range=(0.5, len(names) + 0.5), tables=(table,))
