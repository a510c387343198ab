"""What the first page of the workshop and the inbox show of improvement."""

from __future__ import annotations

from datetime import date

from testamur.parties.models import Membership
from testamur.workspace.desk import Card, Waiting
from testamur.workspace.workshop.improvement import desk_problems, desk_system

DESKS = (desk_problems, desk_system)


def cards(membership: Membership, today: date) -> list[Card]:
    """Return the doors of the workshop's first page."""
    return [card for desk in DESKS for card in desk.cards(membership, today)]


def waiting(membership: Membership, today: date) -> list[Waiting]:
    """Return what waits for somebody here."""
    return [one for desk in DESKS for one in desk.waiting(membership, today)]
