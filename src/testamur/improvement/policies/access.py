"""Who may work here at all."""

from __future__ import annotations

from datetime import datetime

from testamur.kernel.refusal import Refused, _
from testamur.kernel.words import Function
from testamur.parties import policies as parties
from testamur.parties.models import Membership, Organisation


def check_may_work(by: Membership, organisation: Organisation, at: datetime) -> None:
    """Quality work is done by the organisation's own members who hold the function *quality*."""
    parties.check_lives(by, at)
    parties.check_holds(by, Function.QUALITY, organisation)


def check_colleague(who: Membership, organisation: Organisation, at: datetime, *, field: str) -> None:
    """Work is given to somebody who acts for the same organisation on that day."""
    if who.organisation_id != organisation.pk:
        raise Refused(
            _("Choose somebody of your own organisation."), rule="improvement.colleague", field=field,
            source="testamur@2026-1#workshop",
        )  # fmt: skip
    parties.check_lives(who, at)


def check_written(text: str, field: str, sentence: str, *, source: str, most: int = 4000) -> str:
    """Return a text without the spaces around it; refuse an empty one with the sentence, and one that is no entry."""
    said = text.strip()
    if not said:
        raise Refused(sentence, rule="improvement.written", field=field, source=source)
    if len(said) > most:
        raise Refused(
            _("At most {most} characters fit here; this has {count}. Say it shorter, and attach the rest as a file."),
            {"most": most, "count": len(said)}, rule="improvement.written", field=field, source=source,
        )  # fmt: skip
    return said
