"""What a review sees of what is measured: objectives, control charts with signals, capability by its lower bound."""

from __future__ import annotations

from typing import Any

from testamur.improvement.queries import objectives as queries
from testamur.improvement.queries.inputs.lines import Line, Period
from testamur.kernel.refusal import _
from testamur.studies.models import Chart, Study

#: Indices of capability in the order in which one of them is told: the one that knows the nearer limit comes first.
INDICES = ("Ppk", "Ppu", "Ppl", "Pp")


def objectives(period: Period) -> list[Line]:
    """Return the living objectives as they stand against their lines."""
    lines: list[Line] = []
    for one in queries.of_organisation(period.organisation.pk):
        if one.ended_at is not None and one.ended_at.date() < period.since:
            continue
        stands = queries.progress(one, period.until)
        state = queries.WORDS[stands.state]
        facts: dict[str, Any] = {
            "objective": one.statement,
            "state": {"message": state},
            "target": one.target,
            "unit": one.unit,
        }
        about = ("objective", one.public_id)
        if stands.last is None:
            lines.append(Line(_("{objective}: {state}."), facts, about))
        else:
            facts |= {"value": stands.last.typed, "day": stands.last.measured_on}
            text = _("{objective}: {state}; {value} {unit} on {day}, target {target} {unit}.")
            lines.append(Line(text, facts, about))
    return lines


def charts(period: Period) -> list[Line]:
    """Return the open control charts, and on how many points something signals that nobody explained."""
    rows = Chart.objects.filter(
        organisation=period.organisation, closed_at=None, effective_at__date__lte=period.until
    ).select_related("characteristic", "keeper__person")  # fmt: skip
    lines = []
    for one in rows:
        facts: dict[str, Any] = {
            "chart": one.name, "characteristic": one.characteristic.name, "keeper": one.keeper.person.names,
            "count": len(one.signals), "points": ", ".join(str(number) for number in one.signals[:10]),
        }  # fmt: skip
        text = (
            _("Control chart {chart} of {characteristic}: {count} signals that {keeper} has not explained (points "
              "{points}).")
            if one.signals
            else _("Control chart {chart} of {characteristic}, kept by {keeper}: every signal is explained.")
        )  # fmt: skip
        lines.append(Line(text, facts, ("chart", one.public_id)))
    return lines


def _studies(period: Period) -> list[Study]:
    rows = Study.objects.filter(organisation=period.organisation, effective_at__date__range=period.days)
    return list(rows.select_related("characteristic").order_by("effective_at", "id"))


def _capability(study: Study) -> tuple[str, dict[str, Any]] | None:
    """Return the index told of a study of capability, with its value and its lower bound; None for other studies."""
    indices = study.answer.get("overall") or study.answer.get("indices") or {}
    if not isinstance(indices, dict):
        return None
    for name in INDICES:
        found = indices.get(name)
        if isinstance(found, dict) and found.get("lower_bound") is not None:
            return name, found
    return None


def capabilities(period: Period) -> list[Line]:
    """Return the studies of capability of the period: the lower bound first, for it is what may be relied on."""
    lines = []
    for one in _studies(period):
        found = _capability(one)
        if found is None:
            continue
        index, value = found
        facts = {
            "study": one.title, "index": index, "lower": f"{float(value['lower_bound']):.2f}",
            "value": f"{float(value['value']):.2f}", "day": one.effective_at.date(),
        }  # fmt: skip
        lines.append(
            Line(_("{study}, {day}: {index} at least {lower} (95 % lower bound; {value} computed)."), facts,
                 ("study", one.public_id))
        )  # fmt: skip
    return lines


def studies(period: Period) -> list[Line]:
    """Return the other studies of the period."""
    return [
        Line(_("Study “{study}” of {day}."), {"study": one.title, "day": one.effective_at.date()},
             ("study", one.public_id))
        for one in _studies(period)
        if _capability(one) is None
    ]  # fmt: skip
