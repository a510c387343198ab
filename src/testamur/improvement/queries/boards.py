"""Questions about PDCA boards."""

from __future__ import annotations

from datetime import date

from django.db.models import QuerySet

from testamur.improvement.models import Board, BoardCard
from testamur.improvement.queries.access import own
from testamur.parties.models import Membership


def visible_to(membership: Membership | None) -> QuerySet[Board]:
    """Return the boards of the membership's organisation."""
    return own(Board.objects.all(), membership).select_related("organisation")


def cards(board: Board) -> QuerySet[BoardCard]:
    """Return the cards of a board that are worked on."""
    return board.cards.filter(finished_at=None).select_related("owner__person", "problem", "chart")


def due(membership: Membership, until: date) -> QuerySet[BoardCard]:
    """Return this member's own cards that fall due until a day."""
    rows = BoardCard.objects.filter(board__in=visible_to(membership), owner=membership, finished_at=None)
    return rows.filter(due_on__lte=until).select_related("board")
