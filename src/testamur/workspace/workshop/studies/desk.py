"""What the first page of the workshop and the inbox show of studies."""

from __future__ import annotations

from datetime import date

from django.urls import reverse
from django.utils.translation import gettext as _

from testamur.kernel.refusal import _ as marked
from testamur.kernel.words import Function
from testamur.parties import functions
from testamur.parties.models import Membership
from testamur.schemes.language.moments import working_days_left
from testamur.studies import queries
from testamur.workspace.desk import Card, Waiting


def cards(membership: Membership, today: date) -> list[Card]:
    """Return the doors of the workshop's first page."""
    charts = queries.charts_visible_to(membership).filter(closed_at=None)
    late = queries.gauges_visible_to(membership).filter(calibration_due_on__lt=today)
    return [
        Card(
            "studies",
            _("Control charts"),
            _("See early that a process changes, and find out why."),
            reverse("workspace:workshop-charts"),
            "chart-line",
            charts.count(),
            charts.exclude(signals=[]).count(),
        ),
        Card(
            "studies",
            _("Studies"),
            _("Capability, gauge studies, sampling plans: computed once, kept as evidence."),
            reverse("workspace:workshop-studies"),
            "calculator",
            queries.studies_visible_to(membership).count(),
        ),
        Card(
            "studies",
            _("Characteristics"),
            _("What you measure or count, and the limits it has to keep."),
            reverse("workspace:workshop-characteristics"),
            "ruler-measure",
            queries.characteristics_visible_to(membership).count(),
        ),
        Card(
            "studies",
            _("Gauges"),
            _("With what you measure, and until when its calibration holds."),
            reverse("workspace:workshop-gauges"),
            "ruler-2",
            queries.gauges_visible_to(membership).count(),
            late.count(),
        ),
    ]


def waiting(membership: Membership, today: date) -> list[Waiting]:
    """Return the signals that wait for their keeper's comment, and the calibrations that run out."""
    role = functions.WORDS[Function.QUALITY][0]
    found = []
    for chart in queries.charts_to_explain(membership, today):
        react_by = queries.comment_due(chart)
        found.append(
            Waiting(
                marked("Say what was different at point {point}, which signals"),
                {"point": chart.signals[0]},
                reverse("workspace:workshop-point", args=[chart.public_id, chart.signals[0]]),
                str(Function.QUALITY),
                about=chart.name,
                role=role,
                by=react_by,
                left=working_days_left(today, react_by, chart.organisation.country) if react_by else None,
                source="iso-7870-1@2019",
            )
        )
    for gauge in queries.calibrations_due(membership, today):
        due = gauge.calibration_due_on
        if due is None:
            continue
        found.append(
            Waiting(
                marked("Have gauge {number} calibrated"),
                {"number": gauge.number},
                reverse("workspace:workshop-gauge", args=[gauge.public_id]),
                str(Function.QUALITY),
                about=gauge.name,
                role=role,
                by=due,
                left=(due - today).days,
                unit="day",
                source="iso-9001@2015#7.1.5.2",
            )
        )
    return found
