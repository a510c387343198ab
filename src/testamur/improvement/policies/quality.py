"""What holds for all quality work of an organisation: who may, and what a text or a number must be."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from testamur.kernel.days import day_of
from testamur.kernel.refusal import Refused, _
from testamur.kernel.words import Function
from testamur.parties.models import Membership, Organisation
from testamur.parties.policies import check_holds, check_lives

SOURCE = "testamur@2026-1#improvement"
#: Digits of a number, before and after the point together.
DIGITS = 24


def check_may_work(by: Membership, organisation: Organisation, at: datetime) -> None:
    """Quality work is done by members of the organisation who hold the function."""
    check_lives(by, at)
    check_holds(by, Function.QUALITY, organisation)


def check_text(text: str, field: str, *, most: int, required: bool = True) -> str:
    """Return a text without spaces around it.

    Raises:
        Refused: nothing where something is needed, or more than is kept.
    """
    kept = text.strip()
    if required and not kept:
        raise Refused(_("Write something here."), rule="improvement.text", source=SOURCE, field=field)
    if len(kept) > most:
        raise Refused(
            _("At most {most} characters are kept here; this has {count}."),
            {"most": most, "count": len(kept)},
            rule="improvement.text",
            source=SOURCE,
            field=field,
        )
    return kept


def check_number(value: Decimal, field: str) -> str:
    """Return a number as it was typed, in figures without an exponent.

    Raises:
        Refused: no finite number, or one with more digits than anybody measures.
    """
    if not value.is_finite() or len(value.as_tuple().digits) > DIGITS or abs(value.adjusted()) > DIGITS:
        raise Refused(
            _("A number here has at most {digits} digits."),
            {"digits": DIGITS},
            rule="improvement.number",
            source=SOURCE,
            field=field,
        )
    return f"{value:f}"


def check_colleague(member: Membership, by: Membership, on: date, field: str) -> None:
    """Whoever is given something to do acts for the same organisation on that day."""
    if member.organisation_id != by.organisation_id or not member.lives_on(on):
        raise Refused(
            _("{person} does not act for {organisation} on {day}. Choose somebody who does."),
            {"person": member.person.names, "organisation": by.organisation.names, "day": on},
            rule="improvement.colleague",
            source=SOURCE,
            field=field,
        )


def check_not_ahead(day: date, at: datetime, by: Membership, field: str) -> None:
    """What is recorded as done was done by today."""
    today = day_of(at, by.organisation.country)
    if day > today:
        raise Refused(
            _("{day} is still to come. Record it when it has happened."),
            {"day": day},
            rule="improvement.day",
            source=SOURCE,
            field=field,
        )


def check_version(kept: int, seen: int) -> None:
    """Nobody writes over what somebody else wrote in the meantime."""
    if kept != seen:
        raise Refused(
            _("Somebody changed this since you opened it. Load the page again and look before you change it."),
            rule="version",
            source=SOURCE,
        )
