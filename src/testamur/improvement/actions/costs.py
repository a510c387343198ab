"""Enter what quality and its lack cost, and take an entry back."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from testamur.improvement.models import Problem, QualityCost
from testamur.improvement.policies.access import check_may_work, check_written
from testamur.improvement.policies.problems import check_day_past
from testamur.journal.actions import record
from testamur.kernel import days
from testamur.kernel.refusal import Refused, _
from testamur.parties.models import Membership

SOURCE = "testamur@2026-1#workshop"
MOST = Decimal("99999999999999.99")


@transaction.atomic
def enter_cost(
    *, kind: str, what: str, cause: str, amount: Decimal, day: date, by: Membership, at: datetime,
    currency: str = "CNY", problem: Problem | None = None,
) -> QualityCost:  # fmt: skip
    """Enter one cost.

    Args:
        kind: ``prevention``, ``appraisal``, ``internal`` or ``external``.
        cause: by which costs are put in order.
        amount: with at most two decimals, above 0; currency: ISO 4217.
    """
    check_may_work(by, by.organisation, at)
    if kind not in QualityCost.Kind.values:
        raise Refused(_("Choose one of the answers offered."), rule="form", field="kind", source=SOURCE)
    if problem is not None and problem.organisation_id != by.organisation_id:
        raise Refused(_("Choose one of the answers offered."), rule="form", field="problem", source=SOURCE)
    if not re.fullmatch(r"[A-Z]{3}", currency):
        raise Refused(
            _("A currency has three capital letters, for example CNY."), rule="improvement.cost", field="currency",
            source=SOURCE,
        )  # fmt: skip
    if not Decimal(0) < amount <= MOST or amount != round(amount, 2):
        raise Refused(
            _("An amount is above 0 and has at most two decimals."), rule="improvement.cost", field="amount",
            source=SOURCE,
        )  # fmt: skip
    check_day_past(day, days.day_of(at), "day")
    made = QualityCost.objects.create(
        organisation=by.organisation, kind=kind,
        what=check_written(what, "what", _("Say what it was spent on."), source=SOURCE, most=160),
        cause=check_written(cause, "cause", _("Name the cause, in the words you always use for it."), source=SOURCE,
                            most=120),
        amount=amount, currency=currency, day=day, problem=problem, by=by, effective_at=at,
    )  # fmt: skip
    facts = {"cost": made.public_id, "kind": kind, "amount": str(amount), "currency": currency}
    record("improvement.cost_entered", subject=made, by=by, at=at, source=SOURCE, payload=facts)
    return made


@transaction.atomic
def take_back_cost(*, cost: QualityCost, reason: str, by: Membership, at: datetime) -> QualityCost:
    """Take an entry back that was a mistake; it no longer counts and stays on record with the reason."""
    cost = QualityCost.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=cost.pk)
    check_may_work(by, cost.organisation, at)
    if cost.taken_back_because:
        raise Refused(_("This entry was taken back already."), rule="improvement.cost", source=SOURCE)
    cost.taken_back_because = check_written(reason, "reason", _("Say why it is taken back."), source=SOURCE, most=300)
    cost.save(update_fields=["taken_back_because"])
    facts = {"cost": cost.public_id}
    record("improvement.cost_taken_back", subject=cost, by=by, at=at, source=SOURCE, payload=facts)
    return cost
