"""What people decide about a chart: comment, exclude, split, freeze. Each keeps its reason; none changes data."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from testamur.journal.actions import record
from testamur.kernel import clock
from testamur.kernel.days import day_of
from testamur.kernel.refusal import Refused, _
from testamur.parties.models import Membership
from testamur.studies import charting, policies
from testamur.studies.models import Chart, Exclusion, LimitSet, Remark, Stage, Subgroup
from testamur.tqm.spc import limits as tqm

#: Points from which limits may be frozen at all; under 20 they are preliminary, and the chart says so.
LEAST = 5


def _locked(chart: Chart, by: Membership, at: datetime) -> Chart:
    found = Chart.objects.select_for_update(of=("self",)).get(pk=chart.pk)
    policies.check_may_keep(by, found, at)
    return found


def _point(chart: Chart, number: int, field: str = "number") -> Subgroup:
    point = chart.subgroups.filter(number=number).first()
    if point is None:
        raise Refused(
            _("There is no point {number}; the chart has {count}."),
            {"number": number, "count": chart.subgroups.count()},
            rule="studies.point",
            source=policies.CHARTS,
            field=field,
        )
    return point


@transaction.atomic
def comment_point(*, chart: Chart, number: int, text: str, cause: str, by: Membership, at: datetime) -> Remark:
    """Say what was different at a point, and what kind of cause it was; a signal is answered by it.

    Args:
        cause: one of ``Remark.Cause``; *unknown* leaves the search open, and says so.
    """
    found = _locked(chart, by, at)
    point = _point(found, number)
    said = text.strip()
    if len(said) < policies.REASON_LEAST or len(said) > 2000:
        raise Refused(
            _("Say what was different, in 5 to 2,000 characters."),
            rule="studies.comment",
            source="iso-7870-1@2019",
            field="text",
        )
    if cause not in Remark.Cause.values:
        raise Refused(_("Choose one of the answers."), rule="studies.comment", source="iso-7870-1@2019", field="cause")
    made = Remark.objects.create(subgroup=point, text=said, cause=cause, by=by, effective_at=at)
    charting.refresh(found)
    record("studies.point_commented", subject=made, by=by, at=at, payload=_facts(found, number, text=said, cause=cause))
    return made


@transaction.atomic
def exclude_point(*, chart: Chart, number: int, reason: str, by: Membership, at: datetime) -> Exclusion:
    """Leave a point out of limits and runs, because its cause is known; it stays on the chart, hollow.

    Charts that remember (EWMA, CUSUM) are computed anew without it: the point after it follows the one before it.
    """
    found = _locked(chart, by, at)
    why = policies.check_reason(reason)
    point = _point(found, number)
    if point.exclusions.filter(ended_at=None).exists():
        raise Refused(
            _("Point {number} is excluded already."),
            {"number": number},
            rule="studies.exclusion",
            source=policies.CHARTS,
        )
    made = Exclusion.objects.create(subgroup=point, reason=why, by=by, effective_at=at)
    charting.refresh(found)
    record("studies.point_excluded", subject=made, by=by, at=at, payload=_facts(found, number, reason=why))
    return made


@transaction.atomic
def include_point(*, chart: Chart, number: int, reason: str, by: Membership, at: datetime) -> Exclusion:
    """Count a point again that was excluded."""
    found = _locked(chart, by, at)
    why = policies.check_reason(reason)
    exclusion = _point(found, number).exclusions.filter(ended_at=None).first()
    if exclusion is None:
        raise Refused(
            _("Point {number} is not excluded."), {"number": number}, rule="studies.exclusion", source=policies.CHARTS
        )
    _end(exclusion, by, why)
    charting.refresh(found)
    record("studies.point_included", subject=exclusion, by=by, at=at, payload=_facts(found, number, reason=why))
    return exclusion


@transaction.atomic
def split_stage(*, chart: Chart, first: int, reason: str, by: Membership, at: datetime) -> Stage:
    """Begin a new stage at a point: from there on the process is another one and has limits of its own."""
    found = _locked(chart, by, at)
    why = policies.check_reason(reason)
    _point(found, first, "first")
    if first == 1 or found.stages.filter(first=first, ended_at=None).exists():
        raise Refused(
            _("A stage begins at point {number} already."), {"number": first}, rule="studies.stage",
            source=policies.CHARTS, field="first",
        )  # fmt: skip
    made = Stage.objects.create(chart=found, first=first, reason=why, by=by, effective_at=at)
    charting.refresh(found)
    record("studies.stage_split", subject=made, by=by, at=at, payload=_facts(found, first, reason=why))
    return made


@transaction.atomic
def join_stage(*, chart: Chart, first: int, reason: str, by: Membership, at: datetime) -> Stage:
    """Take back a stage: the points belong to the one before it again."""
    found = _locked(chart, by, at)
    why = policies.check_reason(reason)
    stage = found.stages.filter(first=first, ended_at=None).first()
    if stage is None:
        raise Refused(
            _("No stage begins at point {number}."), {"number": first}, rule="studies.stage", source=policies.CHARTS
        )
    _end(stage, by, why)
    charting.refresh(found)
    record("studies.stage_joined", subject=stage, by=by, at=at, payload=_facts(found, first, reason=why))
    return stage


@transaction.atomic
def freeze_limits(*, chart: Chart, first: int, last: int, reason: str, by: Membership, at: datetime) -> LimitSet:
    """Freeze the limits that points ``first`` to ``last`` give. They judge from there on and move no more.

    The first limits of a stage judge it from its beginning, later ones from their own baseline on.

    Raises:
        Refused: too few points, points of two stages, no variation, no reason.
    """
    found = _locked(chart, by, at)
    why = policies.check_reason(reason)
    rows = charting.rows_of(found)
    if not 1 <= first <= last <= len(rows):
        raise Refused(
            _("Limits rest on points from 1 to {count}; {first} to {last} are not among them."),
            {"count": len(rows), "first": first, "last": last},
            rule="studies.baseline",
            source=policies.CHARTS,
            field="last",
        )
    stages = list(found.stages.filter(ended_at=None).values_list("first", flat=True))
    split = next((number for number in stages if first < number <= last), None)
    if split is not None:
        raise Refused(
            _("A new stage begins at point {number}; limits rest on points of one stage."),
            {"number": split},
            rule="studies.baseline",
            source=policies.CHARTS,
            field="last",
        )
    drawn = charting.draw(found, rows)
    left_out = {number - first: why_not for number, why_not in drawn.excluded.items() if first <= number <= last}
    if last - first + 1 - len(left_out) < LEAST:
        raise Refused(
            _("Limits rest on at least {least} points that count; 20 to 25 are usual."),
            {"least": LEAST},
            rule="studies.baseline",
            source=policies.CHARTS,
            field="last",
        )
    beginning = max((number for number in stages if number <= first), default=1)
    after = min((number for number in stages if number > last), default=len(rows) + 1)
    earlier = found.limit_sets.filter(holds_from__gte=beginning, holds_from__lt=after).exists()
    before = found.limit_sets.last()
    frozen = _frozen(found, rows[first - 1 : last], left_out, why, by, at, before)
    made = LimitSet.objects.create(
        chart=found, version=frozen.version, first=first, last=last, holds_from=first if earlier else beginning,
        reason=why, frozen=frozen.to_dict(), digest=frozen.digest, by=by, effective_at=at,
    )  # fmt: skip
    charting.refresh(found)
    facts = {"chart": found.public_id, "version": made.version, "first": first, "last": last, "sha256": made.digest}
    record("studies.limits_frozen", subject=made, by=by, at=at, payload=facts | {"reason": why})
    return made


def _frozen(
    chart: Chart, rows: list[charting.Row], left_out: dict[int, str], why: str, by: Membership, at: datetime,
    before: LimitSet | None,
) -> tqm.LimitSet:  # fmt: skip
    result: Any = charting.compute(chart, rows, left_out)
    return tqm.LimitSet.freeze(
        result,
        name=chart.name,
        reason=why,
        by=by.public_id,
        at=at,
        effective_from=day_of(at, chart.organisation.country),
        previous=tqm.LimitSet.from_dict(before.frozen) if before else None,
    )


def _end(row: Stage | Exclusion, by: Membership, why: str) -> None:
    row.ended_at, row.ended_by, row.ended_because = clock.now(), by, why
    row.save(update_fields=["ended_at", "ended_by", "ended_because"])


def _facts(chart: Chart, number: int, **more: str) -> dict[str, object]:
    return {"chart": chart.public_id, "point": number, **more}
