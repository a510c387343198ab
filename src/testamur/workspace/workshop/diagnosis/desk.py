"""What the first page of the workshop and the inbox show of diagnosis."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext

from testamur.diagnosis import queries
from testamur.kernel.refusal import _
from testamur.kernel.words import Function
from testamur.parties.models import Membership
from testamur.workspace.desk import Card, Waiting
from testamur.workspace.workshop.diagnosis import pages


def cards(membership: Membership, today: date) -> list[Card]:
    """Return the doors of the workshop's first page."""
    checkups, plan = queries.visible_to(membership), queries.plan(membership)
    lent = queries.let_in(membership, today).count()
    others = [
        Card(
            "diagnosis",
            gettext("Check-ups of others"),
            gettext("They let you look, and read your advice."),
            reverse("workspace:workshop-visits"),
            "eye",
            lent,
        )
    ]
    return [
        Card(
            "diagnosis",
            gettext("The way to a certificate"),
            gettext("Six steps in plain words; where you are, what comes next."),
            reverse("workspace:workshop-path"),
            "route",
        ),
        Card(
            "diagnosis",
            gettext("Check-ups"),
            gettext("Where you stand, and what to do first."),
            reverse("workspace:workshop-diagnosis"),
            "gauge",
            checkups.count(),
            checkups.filter(finished_at=None).count(),
        ),
        Card(
            "diagnosis",
            gettext("Improvement plan"),
            gettext("Who does what by when."),
            reverse("workspace:workshop-plan"),
            "list-check",
            plan.count(),
            plan.filter(done_on=None).count(),
        ),
        Card(
            "diagnosis",
            gettext("Folder for the auditor"),
            gettext("Papers by clause: there, or missing."),
            reverse("workspace:workshop-folder"),
            "folders",
            queries.papers(membership).count(),
        ),
        *(others if lent else []),
    ]


def first_step(membership: Membership) -> dict[str, Any] | None:
    """Return what a firm that did nothing here yet does first: one press to the first question; None: it has begun."""
    if queries.visible_to(membership).exists() or queries.plan(membership).exists():
        return None
    return {
        "step": gettext("Find out where you stand: 25 plain questions, about 20 minutes"),
        "who": membership.person.names,
        "actions": [
            pages.begin_short(),
            {"label": gettext("See the whole way"), "href": reverse("workspace:workshop-path")},
        ],
    }


def waiting(membership: Membership, today: date) -> list[Waiting]:
    """Return the member's own steps of the plan, and a check-up that is not finished."""
    found = [
        Waiting(
            _("Do what you planned: {what}"),
            {"what": item.what},
            reverse("workspace:workshop-plan-item", args=[item.public_id]),
            Function.QUALITY,
            by=item.due_on,
            left=(item.due_on - today).days,
            unit="day",
        )
        for item in queries.plan(membership).filter(done_on=None, owner=membership)
    ]
    for one in queries.visible_to(membership).filter(finished_at=None, by=membership):
        found.append(
            Waiting(
                _("Go on with your check-up: {title}"),
                {"title": queries.questionnaire_of(one).title},
                reverse("workspace:workshop-assessment", args=[one.public_id]),
                Function.QUALITY,
            )
        )
    return found
