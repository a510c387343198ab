"""Characteristics: what is measured, and what it has to keep."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.db import transaction

from testamur.journal.actions import record
from testamur.kernel.refusal import Refused, _
from testamur.parties.models import Membership, Site
from testamur.studies import policies
from testamur.studies.models import Characteristic


@transaction.atomic
def describe_characteristic(
    *,
    name: str,
    unit: str = "",
    lower: Decimal | None = None,
    upper: Decimal | None = None,
    target: Decimal | None = None,
    site: Site | None = None,
    by: Membership,
    at: datetime,
) -> Characteristic:
    """Enter something that one's organisation measures or counts, with the limits of its specification."""
    policies.check_may_work(by, by.organisation, at)
    made = Characteristic(organisation=by.organisation, by=by, effective_at=at)
    _write(made, name, unit, lower, upper, target, site)
    made.save()
    record("studies.characteristic_described", subject=made, by=by, at=at, payload=_facts(made))
    return made


@transaction.atomic
def change_characteristic(
    *,
    characteristic: Characteristic,
    seen: int,
    name: str,
    unit: str = "",
    lower: Decimal | None = None,
    upper: Decimal | None = None,
    target: Decimal | None = None,
    site: Site | None = None,
    by: Membership,
    at: datetime,
) -> Characteristic:
    """Change a characteristic. Studies keep the limits that they were computed with.

    Args:
        seen: the version that was on the page.
    """
    found = Characteristic.objects.select_for_update(of=("self",)).get(pk=characteristic.pk)
    policies.check_may_work(by, found.organisation, at)
    policies.check_version(found.version, seen)
    if unit.strip() != found.unit and found.charts.filter(subgroups__isnull=False).exists():
        raise Refused(
            _("Values were recorded in {unit} already. Describe a new characteristic for another unit."),
            {"unit": found.unit or "–"},
            rule="studies.unit",
            source=policies.CHARTS,
            field="unit",
        )
    _write(found, name, unit, lower, upper, target, site)
    found.version += 1
    found.save()
    record("studies.characteristic_changed", subject=found, by=by, at=at, payload=_facts(found))
    return found


def _write(
    row: Characteristic,
    name: str,
    unit: str,
    lower: Decimal | None,
    upper: Decimal | None,
    target: Decimal | None,
    site: Site | None,
) -> None:
    policies.check_specification(lower, upper, target)
    row.name = policies.check_named(name, 120)
    row.unit = unit.strip() and policies.check_named(unit, 30, "unit")
    row.lower, row.upper, row.target, row.site = lower, upper, target, site


def _facts(row: Characteristic) -> dict[str, object]:
    limits = {
        name: None if (value := getattr(row, name)) is None else str(value) for name in ("lower", "upper", "target")
    }
    return {"characteristic": row.public_id, "name": row.name, "unit": row.unit, **limits}
