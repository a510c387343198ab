"""Objectives are drafted, agreed, measured and ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from testamur.improvement.models import Measurement, Objective, Process
from testamur.improvement.policies import objectives as policies
from testamur.improvement.policies.quality import (
    SOURCE,
    check_colleague,
    check_may_work,
    check_number,
    check_text,
    check_version,
)
from testamur.journal.actions import record
from testamur.kernel.days import day_of
from testamur.kernel.refusal import Refused, _
from testamur.parties.models import Membership
from testamur.studies.models import Chart

#: Months from one measuring to the next, at most.
MOST_MONTHS = 24


@dataclass(frozen=True)
class Terms:
    """What an objective says. A draft may leave numbers and days out."""

    statement: str
    owner: Membership
    indicator: str = ""
    unit: str = ""
    better: str = "more"
    start: Decimal | None = None
    start_on: date | None = None
    target: Decimal | None = None
    target_on: date | None = None
    every_months: int = 1
    means: str = ""
    process: Process | None = None
    chart: Chart | None = None


@transaction.atomic
def draft_objective(
    *, terms: Terms, by: Membership, at: datetime, objective: Objective | None = None, version: int = 0
) -> Objective:
    """Write an objective down, or rewrite a draft.

    Args:
        objective: the draft that is rewritten; None: a new one.
        version: of the draft, as the writer saw it.
    """
    if objective is None:
        check_may_work(by, by.organisation, at)
        objective = Objective(organisation=by.organisation, by=by, effective_at=at)
    else:
        objective = Objective.objects.select_for_update(of=("self",)).get(pk=objective.pk)
        policies.check_may_redraw(by, objective, at)
        check_version(objective.version, version)
        objective.version += 1
    _write(objective, terms, by, day_of(at, by.organisation.country))
    objective.save()
    record("improvement.objective_drafted", subject=objective, by=by, at=at, payload={"owner": terms.owner.pk})
    return objective


def _write(objective: Objective, terms: Terms, by: Membership, today: date) -> None:
    check_colleague(terms.owner, by, today, "owner")
    for belongs, field in ((terms.process, "process"), (terms.chart, "chart")):
        if belongs is not None and belongs.organisation_id != by.organisation_id:
            raise Refused(_("Choose one of the answers offered."), rule="improvement.own", source=SOURCE, field=field)
    if terms.better not in Objective.Better.values:
        raise Refused(_("Choose one of the answers offered."), rule="improvement.own", source=SOURCE, field="better")
    if not 1 <= terms.every_months <= MOST_MONTHS:
        raise Refused(
            _("Measure every 1 to {most} months."), {"most": MOST_MONTHS}, rule="improvement.objective",
            source=policies.MEASURABLE, field="every_months",
        )  # fmt: skip
    objective.statement = check_text(terms.statement, "statement", most=300)
    objective.indicator = check_text(terms.indicator, "indicator", most=120, required=False)
    objective.unit = check_text(terms.unit, "unit", most=30, required=False)
    objective.means = check_text(terms.means, "means", most=5000, required=False)
    objective.start = "" if terms.start is None else check_number(terms.start, "start")
    objective.target = "" if terms.target is None else check_number(terms.target, "target")
    objective.start_on, objective.target_on = terms.start_on, terms.target_on
    objective.owner, objective.process, objective.chart = terms.owner, terms.process, terms.chart
    objective.better, objective.every_months = terms.better, terms.every_months


@transaction.atomic
def agree_objective(*, objective: Objective, by: Membership, at: datetime) -> Objective:
    """Make a draft an objective: from now on its numbers do not move."""
    objective = Objective.objects.select_for_update(of=("self",)).get(pk=objective.pk)
    policies.check_may_agree(by, objective, at)
    objective.agreed_at = at
    objective.version += 1
    objective.save(update_fields=["agreed_at", "version"])
    record("improvement.objective_agreed", subject=objective, by=by, at=at, source=policies.MEASURABLE)
    return objective


@transaction.atomic
def measure_objective(
    *, objective: Objective, value: Decimal, measured_on: date, source: str, by: Membership, at: datetime
) -> Measurement:
    """Record what was measured on a day, and where the number comes from."""
    objective = Objective.objects.select_for_update(of=("self",)).get(pk=objective.pk)
    policies.check_may_measure(by, objective, measured_on, at)
    made = Measurement.objects.create(
        objective=objective,
        typed=check_number(value, "value"),
        measured_on=measured_on,
        source=check_text(source, "source", most=200),
        by=by,
    )
    record(
        "improvement.objective_measured", subject=objective, by=by, at=at,
        payload={"value": made.typed, "on": measured_on.isoformat()},
    )  # fmt: skip
    return made


@transaction.atomic
def end_objective(*, objective: Objective, because: str, by: Membership, at: datetime) -> Objective:
    """End an objective: reached, given up, or replaced by another."""
    objective = Objective.objects.select_for_update(of=("self",)).get(pk=objective.pk)
    policies.check_may_change(by, objective, at)
    objective.ended_because = check_text(because, "because", most=300)
    objective.ended_at = at
    objective.version += 1
    objective.save(update_fields=["ended_at", "ended_because", "version"])
    record("improvement.objective_ended", subject=objective, by=by, at=at)
    return objective
