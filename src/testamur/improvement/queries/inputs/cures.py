"""What a review sees of problems: complaints, what is open or late, which effects were checked, what it all cost."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db.models import Q, Sum

from testamur.improvement.disciplines import Standing
from testamur.improvement.models import EffectCheck, Problem, QualityCost
from testamur.improvement.queries.inputs.lines import Line, Period
from testamur.kernel.refusal import _

CENT = Decimal("0.01")


def complaints(period: Period) -> list[Line]:
    """Return the complaints of customers that became problems in the period."""
    rows = Problem.objects.filter(organisation=period.organisation, origin=Problem.Origin.COMPLAINT)
    return [
        Line(_("Complaint, {number}: {what}, since {day}."),
             {"number": one.number, "what": one.title, "day": one.since}, ("problem", one.public_id))
        for one in rows.filter(effective_at__date__range=period.days).order_by("id")
    ]  # fmt: skip


def problems(period: Period) -> list[Line]:
    """Return every problem that is open, with its next step, and those closed in the period."""
    rows = Problem.objects.filter(
        Q(closed_at=None) | Q(closed_at__date__range=period.days),
        organisation=period.organisation,
        effective_at__date__lte=period.until,
    ).select_related("by__person")
    lines = []
    for one in rows.order_by("id"):
        facts: dict[str, Any] = {"number": one.number, "what": one.title}
        about = ("problem", one.public_id)
        if one.closed_at is not None:
            lines.append(Line(_("{number} {what}: closed on {day}."), facts | {"day": one.closed_at.date()}, about))
            continue
        need = Standing(one).next
        if need is None:
            lines.append(Line(_("{number} {what}: open, only its closing is left."), facts, about))
            continue
        facts |= {"step": {"message": need.sentence}, "owner": need.who.person.names if need.who else "–"}
        if need.due_on is None:
            lines.append(Line(_("{number} {what}: open. Next: {step} ({owner})."), facts, about))
        elif need.due_on < period.until:
            lines.append(Line(_("{number} {what}: LATE since {day}. Next: {step} ({owner})."),
                              facts | {"day": need.due_on}, about))  # fmt: skip
        else:
            lines.append(Line(_("{number} {what}: open. Next: {step} ({owner}) by {day}."),
                              facts | {"day": need.due_on}, about))  # fmt: skip
    return lines


def checks(period: Period) -> list[Line]:
    """Return the checks of effect made in the period, and whether the effect lasted."""
    rows = EffectCheck.objects.filter(
        problem__organisation=period.organisation, effective__isnull=False, checked_on__range=period.days
    ).select_related("problem")
    return [
        Line(_("{number}: the cure was checked on {day} and works: {result}") if one.effective
             else _("{number}: the cure was checked on {day} and does not work: {result}"),
             {"number": one.problem.number, "day": one.checked_on, "result": one.result},
             ("problem", one.problem.public_id))
        for one in rows.order_by("checked_on", "id")
    ]  # fmt: skip


def costs(period: Period) -> list[Line]:
    """Return what failures cost in the period, and what was spent against them, for each currency."""
    rows = QualityCost.objects.filter(
        organisation=period.organisation, taken_back_because="", day__range=period.days
    ).order_by("currency", "kind").values("currency", "kind").annotate(total=Sum("amount"))  # fmt: skip
    sums: dict[str, dict[str, Decimal]] = {}
    for row in rows:
        sums.setdefault(row["currency"], {})[row["kind"]] = row["total"].quantize(CENT)
    kinds = QualityCost.Kind
    lines = []
    for currency, by_kind in sums.items():
        internal, external = by_kind.get(kinds.INTERNAL, Decimal()), by_kind.get(kinds.EXTERNAL, Decimal())
        against = by_kind.get(kinds.PREVENTION, Decimal()) + by_kind.get(kinds.APPRAISAL, Decimal())
        facts = {
            "total": f"{internal + external:,.2f}", "inside": f"{internal:,.2f}", "outside": f"{external:,.2f}",
            "against": f"{against:,.2f}", "currency": currency,
        }  # fmt: skip
        text = _(
            "Poor quality cost {total} {currency}: {inside} found inside, {outside} at the customer; "
            "{against} {currency} were spent on prevention and appraisal."
        )
        lines.append(Line(text, facts, ("costs", "")))
    return lines
