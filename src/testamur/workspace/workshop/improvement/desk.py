"""What the first page of the workshop and the inbox show of improvement."""

from __future__ import annotations

from datetime import date

from testamur.parties.models import Membership
from testamur.workspace.desk import Card, Waiting
from testamur.workspace.workshop.improvement import desk_system


def cards(membership: Membership, today: date) -> list[Card]:
    """Return the doors of the workshop's first page."""
    return [*desk_system.cards(membership, today)]


def waiting(membership: Membership, today: date) -> list[Waiting]:
    """Return what waits for somebody here."""
    return [*desk_system.waiting(membership, today)]
