"""Charts: started, handed on, closed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import transaction

from testamur.journal.actions import record
from testamur.kernel import clock
from testamur.kernel.refusal import Refused, _
from testamur.kernel.words import Function
from testamur.parties.models import Membership
from testamur.studies import charting, policies
from testamur.studies.choosing import KINDS
from testamur.studies.models import Characteristic, Chart, Gauge
from testamur.tqm.spc.rules import SETS

EWMA, CUSUM = "iso-7870-6@2016", "iso-7870-4@2021"


@transaction.atomic
def start_chart(
    *,
    characteristic: Characteristic,
    method: str,
    name: str = "",
    gauge: Gauge | None = None,
    keeper: Membership | None = None,
    parameters: Mapping[str, Any] | None = None,
    by: Membership,
    at: datetime,
) -> Chart:
    """Start a control chart of a characteristic.

    Args:
        method: one of :data:`choosing.KINDS`.
        name: the characteristic's unless said.
        keeper: who answers for its signals; oneself unless said.
        parameters: ``rules`` (a set's name), ``lam`` of an EWMA; ``h``, ``k``, ``fir`` and ``target`` of a CUSUM.
    """
    policies.check_may_work(by, characteristic.organisation, at)
    if method not in KINDS:
        raise Refused(
            _("There is no chart of this kind to keep. Choose one of those offered."),
            rule="studies.method",
            source=policies.CHARTS,
            field="method",
        )
    keeper = _keeper(keeper or by, characteristic.organisation_id, at)
    _check_gauge(gauge, characteristic.organisation_id)
    made = Chart.objects.create(
        organisation=characteristic.organisation,
        characteristic=characteristic,
        gauge=gauge,
        name=policies.check_named(name or characteristic.name, 120),
        method=method,
        parameters=_parameters(method, parameters or {}),
        keeper=keeper,
        by=by,
        effective_at=at,
    )
    facts = {"chart": made.public_id, "method": method, "characteristic": characteristic.public_id}
    record("studies.chart_started", subject=made, by=by, at=at, payload=facts | {"parameters": made.parameters})
    return made


@transaction.atomic
def change_chart(
    *,
    chart: Chart,
    seen: int,
    name: str,
    gauge: Gauge | None,
    keeper: Membership,
    parameters: Mapping[str, Any],
    by: Membership,
    at: datetime,
) -> Chart:
    """Change name, gauge, keeper or run rules of a chart; its data and limits stay as they are.

    Args:
        seen: the version that was on the page.
    """
    found = Chart.objects.select_for_update(of=("self",)).get(pk=chart.pk)
    policies.check_may_keep(by, found, at)
    policies.check_version(found.version, seen)
    _check_gauge(gauge, found.organisation_id)
    found.name = policies.check_named(name, 120)
    found.gauge, found.keeper = gauge, _keeper(keeper, found.organisation_id, at)
    found.parameters = _parameters(found.method, {**found.parameters, **parameters})
    found.save()
    charting.refresh(found)
    facts = {"chart": found.public_id, "name": found.name, "parameters": found.parameters}
    more = {"keeper": found.keeper.public_id, "gauge": gauge.public_id if gauge else None}
    record("studies.chart_changed", subject=found, by=by, at=at, payload=facts | more)
    return found


@transaction.atomic
def close_chart(*, chart: Chart, reason: str, by: Membership, at: datetime) -> Chart:
    """Close a chart that is kept no longer; it can be read for ever."""
    found = Chart.objects.select_for_update(of=("self",)).get(pk=chart.pk)
    policies.check_may_keep(by, found, at)
    why = policies.check_reason(reason)
    found.closed_at = clock.now()
    found.version += 1
    found.save(update_fields=["closed_at", "version"])
    record("studies.chart_closed", subject=found, by=by, at=at, payload={"chart": found.public_id, "reason": why})
    return found


def _keeper(keeper: Membership, organisation: int, at: datetime) -> Membership:
    if keeper.organisation_id != organisation or not keeper.holds(Function.QUALITY):
        raise Refused(
            _("A chart is kept by a member of the organisation who does quality work."),
            rule="studies.keeper",
            source=policies.CHARTS,
            field="keeper",
        )
    return keeper


def _check_gauge(gauge: Gauge | None, organisation: int) -> None:
    if gauge is not None and gauge.organisation_id != organisation:
        raise Refused(
            _("This gauge belongs to another organisation."),
            rule="studies.gauge",
            source=policies.GAUGES,
            field="gauge",
        )


def _parameters(method: str, given: Mapping[str, Any]) -> dict[str, Any]:
    rules = str(given.get("rules") or "default")
    if rules not in SETS:
        raise Refused(
            _("Choose one of the rule sets offered."), rule="studies.rules", source=policies.CHARTS, field="rules"
        )
    if method == "ewma":
        refused = _("The weight of the newest point lies above 0 and up to 1; 0.2 is usual.")
        weight = _decimal(given, "lam", "0.2", refused, EWMA)
        if weight is None or not 0 < weight <= 1:
            raise Refused(refused, rule="studies.weight", source=EWMA, field="lam")
        return {"rules": rules, "lam": str(weight)}
    return {"rules": rules, **_of_cusum(given)} if method == "cusum_tabular" else {"rules": rules}


def _of_cusum(given: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {"fir": bool(given.get("fir", False))}
    for name, usual, message, most in (
        ("h", "5", _("The decision interval h lies above 0 and up to 20; 5 is usual, 4 signals sooner."), 20),
        ("k", "0.5", _("The reference value k lies above 0 and up to 5: half the shift to find; 0.5 is usual."), 5),
    ):
        value = _decimal(given, name, usual, message, CUSUM)
        if value is None or not 0 < value <= most:
            raise Refused(message, rule="studies.cusum", source=CUSUM, field=name)
        found[name] = str(value)
    target = _decimal(
        given, "target", "", _("The target is a number in the characteristic's unit; empty: the mean."), CUSUM
    )
    return found if target is None else found | {"target": str(target)}


def _decimal(given: Mapping[str, Any], name: str, usual: str, message: str, source: str) -> Decimal | None:
    """Return a setting as typed; ``usual`` where it is empty, None where that is empty too."""
    text = str(given.get(name) or usual).strip()
    if not text:
        return None
    try:
        found = Decimal(text)
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite():
        raise Refused(message, rule="studies.setting", source=source, field=name)
    return found
