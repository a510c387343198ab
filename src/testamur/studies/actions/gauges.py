"""Gauges: with what is measured, and until when its calibration holds."""

from __future__ import annotations

from datetime import date, datetime

from django.db import IntegrityError, transaction

from testamur.journal.actions import record
from testamur.kernel.days import day_of
from testamur.kernel.refusal import Refused, _
from testamur.parties.models import Membership
from testamur.studies import policies
from testamur.studies.models import Gauge


@transaction.atomic
def enter_gauge(
    *,
    number: str,
    name: str,
    certificate: str = "",
    calibrated_on: date | None = None,
    calibration_due_on: date | None = None,
    by: Membership,
    at: datetime,
) -> Gauge:
    """Enter a measuring instrument under its own number."""
    policies.check_may_work(by, by.organisation, at)
    made = Gauge(organisation=by.organisation, by=by, effective_at=at)
    _write(made, number, name, certificate, calibrated_on, calibration_due_on, at)
    _save(made)
    record("studies.gauge_entered", subject=made, by=by, at=at, payload=_facts(made))
    return made


@transaction.atomic
def change_gauge(
    *,
    gauge: Gauge,
    seen: int,
    number: str,
    name: str,
    certificate: str = "",
    calibrated_on: date | None = None,
    calibration_due_on: date | None = None,
    by: Membership,
    at: datetime,
) -> Gauge:
    """Change what is known of a gauge, e.g. after a calibration; the journal keeps what stood there before.

    Args:
        seen: the version that was on the page.
    """
    found = Gauge.objects.select_for_update(of=("self",)).get(pk=gauge.pk)
    policies.check_may_work(by, found.organisation, at)
    policies.check_version(found.version, seen)
    _write(found, number, name, certificate, calibrated_on, calibration_due_on, at)
    found.version += 1
    _save(found)
    record("studies.gauge_changed", subject=found, by=by, at=at, payload=_facts(found))
    return found


def _write(
    row: Gauge, number: str, name: str, certificate: str, calibrated_on: date | None, due_on: date | None, at: datetime
) -> None:
    row.number = policies.check_named(number, 40, "number")
    row.name = policies.check_named(name, 120)
    row.certificate = certificate.strip() and policies.check_named(certificate, 80, "certificate")
    policies.check_calibration(calibrated_on, due_on, row.certificate, day_of(at, row.organisation.country))
    row.calibrated_on, row.calibration_due_on = calibrated_on, due_on


def _save(row: Gauge) -> None:
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        raise Refused(
            _("There is a gauge {number} already. Each gauge has a number of its own."),
            {"number": row.number},
            rule="studies.gauge_number",
            source=policies.GAUGES,
            field="number",
        ) from None


def _facts(row: Gauge) -> dict[str, object]:
    days = {
        name: (day.isoformat() if (day := getattr(row, name)) else None)
        for name in ("calibrated_on", "calibration_due_on")
    }
    return {"gauge": row.public_id, "number": row.number, "name": row.name, "certificate": row.certificate, **days}
