"""What the first page of the workshop and the inbox show of the management system."""

from __future__ import annotations

from datetime import date

from django.urls import reverse
from django.utils.translation import gettext as _

from testamur.improvement.queries import objectives
from testamur.kernel.refusal import _ as marked
from testamur.kernel.words import Function
from testamur.parties.models import Membership
from testamur.workspace.desk import Card, Waiting

MEASURE = marked("Measure the objective: {objective}")


def cards(membership: Membership, today: date) -> list[Card]:
    """Return the doors of the workshop's first page."""
    living = objectives.visible_to(membership).filter(ended_at=None)
    return [
        Card(
            "improvement",
            _("Quality objectives"),
            _("What shall be better by when, whose it is, and how it stands."),
            reverse("workspace:workshop-objectives"),
            "target",
            count=living.count(),
            open=len(objectives.to_measure(membership, today)),
        ),
    ]


def waiting(membership: Membership, today: date) -> list[Waiting]:
    """Return what waits: measurings that fall due within a week, to their owner."""
    return [
        Waiting(
            what=MEASURE,
            facts={"objective": one.statement},
            href=reverse("workspace:workshop-objective", args=[one.public_id]),
            function=Function.QUALITY,
            by=day,
            left=(day - today).days,
            unit="day",
            source="iso-9001@2015#9.1.1",
        )
        for one, day in objectives.to_measure(membership, today)
        if one.owner_id == membership.pk
    ]
