"""Suppliers as they stand, and their certificates as the public register says today."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Prefetch, Q, QuerySet

from testamur.improvement.models import Supplier, SupplierApproval, SupplierCertificate
from testamur.kernel import days
from testamur.kernel.refusal import _
from testamur.kernel.words import Function, Status
from testamur.parties.models import Membership
from testamur.register import status
from testamur.register.answering import numbers
from testamur.register.models import Attestation
from testamur.register.status import Standing

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
    "suspended": _(
        "Certificate {number} of {supplier} is suspended since {day}. Buy nothing under it until it is restored, and "
        "check what was received since."
    ),
    "ended": _(
        "Certificate {number} of {supplier} is {status} since {day}. Ask for another proof or find another supplier, "
        "and check what was received since."
    ),
    "expired": _(
        "Certificate {number} of {supplier} expired on {day}. Ask for the new one; buy nothing under it until it is "
        "shown."
    ),
    "ends": _("Certificate {number} of {supplier} ends on {day}. Ask for the new one."),
    "not_yet": _("Certificate {number} of {supplier} is not in force yet."),
}
#: The same in a few words, beside the certificate itself.
TO_DO = {
    "": _("nothing to do"),
    "none": _("no such record: ask the supplier"),
    "withheld": _("not public: ask to see it"),
    "several": _("several records: ask which one"),
    "suspended": _("buy nothing under it"),
    "ended": _("ask for another proof"),
    "expired": _("ask for the new one"),
    "ends": _("ask for the new one"),
    "not_yet": _("not in force yet"),
}


@dataclass(frozen=True)
class Watched:
    """What the register says about a certificate number today.

    Attributes:
        warning: key of ``WARNINGS``; "" where nothing is to be done.
        status: of the one public record; None without one. expires_on: its last day, included.
        day: since when it does not hold, or until when it does; what is to be done counts from it.
        holder: names of its holder; the reader compares them with the supplier.
        record: public id of the record.
    """

    certificate: SupplierCertificate
    warning: str
    status: Status | None = None
    expires_on: date | None = None
    day: date | None = None
    holder: dict[str, str] | None = None
    record: str = ""

    @property
    def facts(self) -> dict[str, Any]:
        """Return the facts of the warning's sentence."""
        return {
            "number": self.certificate.number,
            "supplier": self.certificate.supplier.name,
            "day": self.day or "–",
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


def watched(certificates: Iterable[SupplierCertificate], today: date) -> dict[int, Watched]:
    """Ask the register about certificates, however many, at once: only public records count, as they stand today.

    Returns:
        row of a certificate → what the register says.
    """
    rows = list(certificates)
    found = numbers.bearing({one.number for one in rows})
    return {one.pk: _judged(one, numbers.named_so(found[one.number], ""), today) for one in rows}


def _judged(certificate: SupplierCertificate, found: list[Attestation], today: date) -> Watched:
    if not found:
        return Watched(certificate, "none")
    public = [one for one in found if not one.confidential]
    if not public:
        return Watched(certificate, "withheld")
    if len(public) > 1:
        return Watched(certificate, "several")
    stands = status.status(public[0], on=today)
    current = getattr(public[0], "current", None)
    warning, day = _warned(stands, today)
    return Watched(
        certificate,
        warning,
        status=stands.status,
        expires_on=stands.expires_on,
        day=day,
        holder=current.holder_names if current else None,
        record=public[0].public_id,
    )


def _warned(stands: Standing, today: date) -> tuple[str, date | None]:
    """Return the key of the warning, and the day it counts from."""
    area = status.area_of(stands.effective_edition)
    changed = days.day_of(stands.change.effective_at, area) if stands.change is not None else None
    if stands.status is None:
        return "not_yet", None
    if stands.status is Status.SUSPENDED:
        return "suspended", changed
    if stands.status is Status.EXPIRED:
        return "expired", stands.expires_on
    if stands.status is not Status.VALID:
        return "ended", changed
    soon = stands.expires_on is not None and stands.expires_on <= today + timedelta(days=WARNED)
    return ("ends" if soon else ""), stands.expires_on


def warnings(suppliers: Iterable[Supplier], today: date) -> list[Watched]:
    """Return the certificates of suppliers about which something is to be done."""
    found = watched([one for supplier in suppliers for one in supplier.certificates.all()], today)
    return [one for one in found.values() if one.warning]


def looked_after(membership: Membership, today: date) -> QuerySet[Supplier]:
    """Return the suppliers a member looks after, and those whose keeper acts for the organisation no more."""
    return visible_to(membership).filter(Q(keeper=membership) | Q(keeper__until_day__lt=today))


def next_evaluation(supplier: Supplier) -> date | None:
    """Return the day by which a supplier is evaluated again, by its class of risk; None before the first time."""
    rows = list(supplier.scores.all())
    return days.add_months(rows[-1].scored_on, EVALUATED[Supplier.Risk(supplier.risk)]) if rows else None
