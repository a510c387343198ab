"""The quality workshop: the screens of studies, improvement, diagnosis and proficiency, below ``/w/workshop/``."""

from __future__ import annotations

from datetime import date

from testamur.kernel.words import Function
from testamur.parties.models import Membership
from testamur.workspace.desk import Card, Waiting
from testamur.workspace.workshop.diagnosis import desk as diagnosis
from testamur.workspace.workshop.improvement import desk as improvement
from testamur.workspace.workshop.improvement import desk_system
from testamur.workspace.workshop.proficiency import desk as proficiency
from testamur.workspace.workshop.studies import desk as studies

DESKS = (diagnosis, studies, improvement, proficiency)


def cards(membership: Membership, today: date) -> list[Card]:
    """Return the doors of the first page, in the order in which a small firm comes to need them."""
    return [card for desk in DESKS for card in desk.cards(membership, today)]


def waiting(membership: Membership, today: date) -> list[Waiting]:
    """Return what waits for somebody in the workshop: documents to read for everybody, the rest for quality work."""
    if not membership.holds(Function.QUALITY):
        return desk_system.reading(membership, today)
    return [one for desk in DESKS for one in desk.waiting(membership, today)]


def doors(membership: Membership) -> list[dict[str, str]]:
    """Return what the inbox leads to besides: the documents somebody works by, read or not."""
    return desk_system.doors(membership)
