"""Measurements come to a chart: each row a point, each paste once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from testamur.journal.actions import record
from testamur.kernel.refusal import Refused, _
from testamur.parties.models import Membership
from testamur.studies import charting, policies
from testamur.studies.models import Chart, Intake, Subgroup
from testamur.studies.reading import Taken
from testamur.tqm.figures.figure import MOST_POINTS
from testamur.tqm.results import digest


@transaction.atomic
def take_in(
    *,
    chart: Chart,
    rows: Sequence[Taken],
    by: Membership,
    at: datetime,
    name: str = "",
    note: str = "",
    again: bool = False,
) -> Intake:
    """Add points to a chart, after those that are there.

    Limits that are frozen do not move. The same rows sent again add nothing and are refused, unless ``again`` says that
    they were measured anew.

    Args:
        rows: as :func:`reading.rows` read them.
        name: of the file they came from.
        note: where they come from: a machine, an order, an export.

    Raises:
        Refused: no rows, rows that are there already, more points than a chart holds.
    """
    found = Chart.objects.select_for_update(of=("self",)).get(pk=chart.pk)
    policies.check_may_keep(by, found, at)
    if not rows:
        raise Refused(_("Paste the data, or choose a file."), rule="studies.data", source=policies.CHARTS, field="data")
    before = found.subgroups.count()
    if before + len(rows) > MOST_POINTS:
        raise Refused(
            _("A chart holds {most} points; it has {before} and these are {count} more. Start another chart."),
            {"most": MOST_POINTS, "before": before, "count": len(rows)},
            rule="studies.data",
            source=policies.CHARTS,
            field="data",
        )
    listed = [[row.values, row.size, row.taken_at.isoformat() if row.taken_at else "", row.note] for row in rows]
    mark = digest([listed, before] if again else listed)
    earlier = found.intakes.filter(digest=mark).first()
    if earlier is not None:
        place = earlier.subgroups.first()
        raise Refused(
            _("These rows are on the chart already, from point {first} on; nothing was added twice."),
            {"first": place.number if place else 1},
            rule="studies.same_data",
            source=policies.CHARTS,
            field="data",
        )
    intake = Intake.objects.create(
        chart=found, name=name[:120], note=note[:300], digest=mark, count=len(rows), by=by, effective_at=at
    )
    Subgroup.objects.bulk_create(
        [
            Subgroup(
                chart=found, intake=intake, number=before + place, values=row.values, size=row.size,
                taken_at=row.taken_at, note=row.note,
            )
            for place, row in enumerate(rows, 1)
        ],
        batch_size=1000,
    )  # fmt: skip
    charting.refresh(found)
    facts = {"chart": found.public_id, "first": before + 1, "last": before + len(rows), "sha256": mark}
    record("studies.data_taken_in", subject=intake, by=by, at=at, payload=facts)
    return intake
