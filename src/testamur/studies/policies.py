"""May this happen? Each check raises :class:`Refused` with a sentence, or says nothing."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from testamur.kernel.refusal import Refused, _
from testamur.kernel.words import Function
from testamur.parties import policies as parties
from testamur.parties.models import Membership, Organisation
from testamur.studies.models import Chart

CHARTS = "iso-7870-2@2023"
GAUGES = "iso-9001@2015#7.1.5.2"
CAPABILITY = "iso-22514-1@2014"
#: Characters of a reason below which it says nothing to whoever reads the chart later.
REASON_LEAST = 5


def check_may_work(by: Membership, organisation: Organisation, at: datetime) -> None:
    """Studies are made by members of the organisation who do quality work."""
    parties.check_lives(by, at)
    parties.check_holds(by, Function.QUALITY, organisation)


def check_named(name: str, most: int, field: str = "name") -> str:
    """Return a name without spaces around it."""
    found = " ".join(name.split())
    if not found or len(found) > most:
        raise Refused(
            _("Give a name of at most {most} characters."),
            {"most": most},
            rule="studies.name",
            source=CHARTS,
            field=field,
        )
    return found


def check_version(found: int, seen: int) -> None:
    """What two people edit at a time is saved by the first; the second looks again."""
    if found != seen:
        raise Refused(
            _(
                "Somebody changed this while you were writing. Your words are still here;"
                " look at theirs, then save again."
            ),
            rule="version",
            source="testamur@2026-1#workspace",
        )


def check_specification(lower: Decimal | None, upper: Decimal | None, target: Decimal | None) -> None:
    """A lower limit lies below the upper, and a target between them."""
    for field, value in (("lower", lower), ("upper", upper), ("target", target)):
        if value is not None and (abs(value) >= Decimal(10) ** 14 or value != round(value, 10)):
            raise Refused(
                _("{value} has more than 14 digits before the point or more than 10 after it."),
                {"value": str(value)[:40]},
                rule="studies.specification",
                source="iso-22514-1@2014",
                field=field,
            )
    if lower is not None and upper is not None and lower >= upper:
        raise Refused(
            _("The lower limit {lower} must lie below the upper limit {upper}."),
            {"lower": lower, "upper": upper},
            rule="studies.specification",
            source="iso-22514-1@2014",
            field="lower",
        )
    if target is not None and ((lower is not None and target < lower) or (upper is not None and target > upper)):
        raise Refused(
            _("The target {target} lies outside the specification limits."),
            {"target": target},
            rule="studies.specification",
            source="iso-22514-1@2014",
            field="target",
        )


def check_calibration(calibrated_on: date | None, due_on: date | None, certificate: str, today: date) -> None:
    """A calibration has happened, and is renewed after it."""
    if calibrated_on is not None and calibrated_on > today:
        raise Refused(
            _("The calibration cannot be on a day to come ({day}); what is planned is the day it is due."),
            {"day": calibrated_on},
            rule="studies.calibration",
            source=GAUGES,
            field="calibrated_on",
        )
    if calibrated_on is not None and due_on is not None and due_on <= calibrated_on:
        raise Refused(
            _("The next calibration is due after the last one ({day})."),
            {"day": calibrated_on},
            rule="studies.calibration",
            source=GAUGES,
            field="calibration_due_on",
        )
    if certificate and calibrated_on is None:
        raise Refused(
            _("Say on which day the gauge was calibrated as the certificate states."),
            rule="studies.calibration",
            source=GAUGES,
            field="calibrated_on",
        )


def check_open(chart: Chart) -> None:
    """A closed chart stays as it was."""
    if chart.closed_at is not None:
        raise Refused(
            _("This chart was closed on {day}; it stays as it is. Start another one."),
            {"day": chart.closed_at},
            rule="studies.closed",
            source=CHARTS,
        )


def check_may_keep(by: Membership, chart: Chart, at: datetime) -> None:
    """An open chart is worked on by its organisation's members who do quality work."""
    check_may_work(by, chart.organisation, at)
    check_open(chart)


def check_reason(reason: str) -> str:
    """Return a reason that says something."""
    found = reason.strip()
    if len(found) < REASON_LEAST:
        raise Refused(
            _("Say why; whoever reads the chart later will ask."),
            rule="studies.reason",
            source="iso-7870-1@2019",
            field="reason",
        )
    if len(found) > 2000:
        raise Refused(
            _("At most {most} characters are kept here; this has {count}."),
            {"most": 2000, "count": len(found)},
            rule="studies.reason",
            source=CHARTS,
            field="reason",
        )
    return found
