"""Suppliers as they stand, and their certificates as the public register says today."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Prefetch, QuerySet

from testamur.improvement.models import Supplier, SupplierApproval, SupplierCertificate
from testamur.kernel import days
from testamur.kernel.refusal import _
from testamur.kernel.words import Function, Status
from testamur.parties.models import Membership
from testamur.register import answers, status

#: Days before the last day of a supplier's certificate on which the workshop warns.
WARNED = 60
#: Months from one evaluation to the next, by class of risk.
EVALUATED = {Supplier.Risk.LOW: 24, Supplier.Risk.MEDIUM: 12, Supplier.Risk.HIGH: 6}
OUTCOMES = {
    "new": _("not decided yet"),
    SupplierApproval.Outcome.APPROVED: _("approved"),
    SupplierApproval.Outcome.CONDITIONAL: _("approved with conditions"),
    SupplierApproval.Outcome.BLOCKED: _("blocked"),
}
RISKS = {Supplier.Risk.LOW: _("low"), Supplier.Risk.MEDIUM: _("medium"), Supplier.Risk.HIGH: _("high")}
#: What is to be done about a certificate: a sentence each, with {number}, {supplier} and {day}.
WARNINGS = {
    "none": _("Certificate {number} of {supplier}: the register has no such record. Ask the supplier, and the body."),
    "withheld": _("Certificate {number} of {supplier}: its record is not public. Ask the supplier to show it."),
    "several": _("Certificate {number} of {supplier}: several records bear this number. Ask which one is meant."),
    "not_valid": _("Certificate {number} of {supplier} is not valid: {status}. Check what is still bought under it."),
    "ends": _("Certificate {number} of {supplier} ends on {day}. Ask for the new one."),
    "not_yet": _("Certificate {number} of {supplier} is not in force yet."),
}


@dataclass(frozen=True)
class Watched:
    """What the register says about a certificate number today.

    Attributes:
        warning: key of ``WARNINGS``; "" where nothing is to be done.
        status: of the one public record; None without one. expires_on: its last day, included.
        holder: names of its holder; the reader compares them with the supplier.
        record: public id of the record.
    """

    certificate: SupplierCertificate
    warning: str
    status: Status | None = None
    expires_on: date | None = None
    holder: dict[str, str] | None = None
    record: str = ""

    @property
    def facts(self) -> dict[str, Any]:
        """Return the facts of the warning's sentence."""
        return {
            "number": self.certificate.number,
            "supplier": self.certificate.supplier.name,
            "day": self.expires_on,
            "status": STATUS_NAMES.get(str(self.status), ""),
        }


#: Status of the register in both languages, for sentences.
STATUS_NAMES: dict[str, Any] = {
    "valid": {"en": "valid", "zh": "有效"},
    "suspended": {"en": "suspended", "zh": "暂停"},
    "withdrawn": {"en": "withdrawn", "zh": "撤销"},
    "cancelled": {"en": "cancelled", "zh": "注销"},
    "expired": {"en": "expired", "zh": "到期失效"},
}


def visible_to(membership: Membership | None) -> QuerySet[Supplier]:
    """Return the suppliers of a membership's own organisation."""
    if membership is None or not membership.holds(Function.QUALITY):
        return Supplier.objects.none()
    return of_organisation(membership.organisation_id)


def of_organisation(organisation: int) -> QuerySet[Supplier]:
    """Return the suppliers of an organisation, with what is judged and watched of them."""
    living = SupplierCertificate.objects.filter(ended_at=None).select_related("supplier")
    rows = Supplier.objects.filter(organisation=organisation).select_related("keeper__person", "organisation")
    return rows.prefetch_related("approvals", "scores", Prefetch("certificates", queryset=living))


def outcome(supplier: Supplier) -> str:
    """Return how the supplier stands, a key of ``OUTCOMES``: what was decided last."""
    rows = list(supplier.approvals.all())
    return rows[-1].outcome if rows else "new"


def watched(certificate: SupplierCertificate, today: date) -> Watched:
    """Ask the register about a certificate: only public records count, and their status is of today."""
    found = answers.by_number(certificate.number)
    if not found:
        return Watched(certificate, "none")
    public = [one for one in found if not one.confidential and not one.personal]
    if not public:
        return Watched(certificate, "withheld")
    if len(public) > 1:
        return Watched(certificate, "several")
    stands = status.status(public[0], on=today)
    current = getattr(public[0], "current", None)
    soon = stands.expires_on is not None and stands.expires_on <= today + timedelta(days=WARNED)
    if stands.status is None:
        warning = "not_yet"
    elif stands.status is not Status.VALID:
        warning = "not_valid"
    else:
        warning = "ends" if soon else ""
    return Watched(
        certificate,
        warning,
        status=stands.status,
        expires_on=stands.expires_on,
        holder=current.holder_names if current else None,
        record=public[0].public_id,
    )


def warnings(suppliers: QuerySet[Supplier], today: date) -> list[Watched]:
    """Return the certificates of suppliers about which something is to be done."""
    found = [watched(one, today) for supplier in suppliers for one in supplier.certificates.all()]
    return [one for one in found if one.warning]


def next_evaluation(supplier: Supplier) -> date | None:
    """Return the day by which a supplier is evaluated again, by its class of risk; None before the first time."""
    rows = list(supplier.scores.all())
    return days.add_months(rows[-1].scored_on, EVALUATED[Supplier.Risk(supplier.risk)]) if rows else None
