"""Suppliers are named, evaluated, decided on, and their certificates watched."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from testamur.improvement.models import Supplier, SupplierApproval, SupplierCertificate, SupplierScore
from testamur.improvement.policies import suppliers as policies
from testamur.improvement.policies.quality import (
    SOURCE,
    check_colleague,
    check_may_work,
    check_not_ahead,
    check_text,
    check_version,
)
from testamur.journal.actions import record
from testamur.kernel.days import day_of
from testamur.kernel.refusal import Refused, _
from testamur.parties.models import Membership


@transaction.atomic
def keep_supplier(
    *, name: str, supplies: str, risk: str, keeper: Membership, by: Membership, at: datetime,
    supplier: Supplier | None = None, version: int = 0,
) -> Supplier:  # fmt: skip
    """Name a supplier, or change what is kept of it.

    Args:
        version: of the row that is changed, as the writer saw it.
    """
    check_may_work(by, by.organisation if supplier is None else supplier.organisation, at)
    check_colleague(keeper, by, day_of(at, by.organisation.country), "keeper")
    called = check_text(name, "name", most=160)
    if risk not in Supplier.Risk.values:
        raise Refused(_("Choose one of the answers offered."), rule="improvement.own", source=SOURCE, field="risk")
    if supplier is None:
        supplier = Supplier(organisation=by.organisation, by=by, effective_at=at)
    else:
        supplier = Supplier.objects.select_for_update(of=("self",)).get(pk=supplier.pk)
        check_version(supplier.version, version)
        supplier.version += 1
    policies.check_named_once(called, by, supplier if supplier.pk else None)
    supplier.name, supplier.supplies = called, check_text(supplies, "supplies", most=300)
    supplier.risk, supplier.keeper = risk, keeper
    supplier.save()
    record("improvement.supplier_kept", subject=supplier, by=by, at=at, payload={"risk": risk})
    return supplier


@transaction.atomic
def decide_on_supplier(
    *, supplier: Supplier, outcome: str, reasons: str, by: Membership, at: datetime
) -> SupplierApproval:
    """Approve a supplier, with conditions or without, or block it."""
    check_may_work(by, supplier.organisation, at)
    if outcome not in SupplierApproval.Outcome.values:
        raise Refused(_("Choose one of the answers offered."), rule="improvement.own", source=SOURCE, field="outcome")
    made = SupplierApproval.objects.create(
        supplier=supplier, outcome=outcome, reasons=check_text(reasons, "reasons", most=500),
        decided_on=day_of(at, by.organisation.country), by=by,
    )  # fmt: skip
    record("improvement.supplier_decided", subject=supplier, by=by, at=at, payload={"outcome": outcome})
    return made


@transaction.atomic
def score_supplier(
    *, supplier: Supplier, scored_on: date, quality: int | None, delivery: int | None, service: int | None, basis: str,
    by: Membership, at: datetime,
) -> SupplierScore:  # fmt: skip
    """Record how a supplier did, each score 0 to 100, and what that rests on."""
    check_may_work(by, supplier.organisation, at)
    check_not_ahead(scored_on, at, by, "scored_on")
    made = SupplierScore.objects.create(
        supplier=supplier, scored_on=scored_on, quality=policies.check_score(quality, "quality"),
        delivery=policies.check_score(delivery, "delivery"), service=policies.check_score(service, "service"),
        basis=check_text(basis, "basis", most=300), by=by,
    )  # fmt: skip
    record("improvement.supplier_scored", subject=supplier, by=by, at=at, payload={"on": scored_on.isoformat()})
    return made


@transaction.atomic
def watch_certificate(*, supplier: Supplier, number: str, by: Membership, at: datetime) -> SupplierCertificate:
    """Watch a certificate that a supplier showed, by its number."""
    supplier = Supplier.objects.select_for_update(of=("self",)).get(pk=supplier.pk)
    check_may_work(by, supplier.organisation, at)
    kept = check_text(number, "certificate", most=80)
    if supplier.certificates.filter(number=kept, ended_at=None).exists():
        raise Refused(
            _("This number is watched already."), rule="improvement.supplier", source=policies.CONTROL,
            field="certificate",
        )  # fmt: skip
    made = SupplierCertificate.objects.create(supplier=supplier, number=kept, by=by, effective_at=at)
    record("improvement.certificate_watched", subject=supplier, by=by, at=at, payload={"number": kept})
    return made


@transaction.atomic
def stop_watching(*, certificate: SupplierCertificate, by: Membership, at: datetime) -> SupplierCertificate:
    """Stop watching a certificate: replaced, or no longer relied on."""
    certificate = SupplierCertificate.objects.select_for_update(of=("self",)).select_related(
        "supplier__organisation"
    ).get(pk=certificate.pk)  # fmt: skip
    check_may_work(by, certificate.supplier.organisation, at)
    if certificate.ended_at is not None:
        raise Refused(_("This ended already."), rule="improvement.supplier", source=policies.CONTROL)
    certificate.ended_at = at
    certificate.save(update_fields=["ended_at"])
    record("improvement.certificate_unwatched", subject=certificate.supplier, by=by, at=at,
           payload={"number": certificate.number})  # fmt: skip
    return certificate
