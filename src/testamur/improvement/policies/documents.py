"""Who may write, approve and use a version (ISO 9001:2015, 7.5.2 and 7.5.3)."""

from __future__ import annotations

from datetime import date, datetime

from testamur.improvement.models import ControlledDocument, DocumentVersion
from testamur.improvement.policies.quality import check_may_work
from testamur.kernel.days import day_of
from testamur.kernel.refusal import Refused, _
from testamur.parties.models import Membership

CREATED = "iso-9001@2015#7.5.2"
CONTROLLED = "iso-9001@2015#7.5.3"
COMPETENCE = "iso-9001@2015#7.2"


def check_may_change(by: Membership, document: ControlledDocument, at: datetime) -> None:
    """A document that was withdrawn is a record."""
    check_may_work(by, document.organisation, at)
    if document.withdrawn_on is not None:
        raise Refused(
            _("This document was withdrawn from {day}; its versions stay to be read. Register a new document."),
            {"day": document.withdrawn_on},
            rule="improvement.document",
            source=CONTROLLED,
        )


def check_may_add(by: Membership, document: ControlledDocument, at: datetime) -> None:
    """One version after the other: while one is drafted or waits, no second one begins."""
    check_may_change(by, document, at)
    open_one = document.versions.filter(approved_at=None).first()
    if open_one is not None:
        raise Refused(
            _("Version {number} is not approved yet. Finish it before another begins."),
            {"number": open_one.number},
            rule="improvement.document",
            source=CONTROLLED,
        )


def check_may_submit(by: Membership, version: DocumentVersion, at: datetime) -> None:
    """Its author submits a draft."""
    check_may_change(by, version.document, at)
    if version.approved_at is not None or version.submitted_at is not None:
        raise Refused(_("This version was submitted already."), rule="improvement.document", source=CREATED)
    if version.author.person_id != by.person_id:
        raise Refused(
            _("{person} wrote this version and submits it."),
            {"person": version.author.person.names},
            rule="improvement.document",
            source=CREATED,
        )


def check_may_judge(by: Membership, version: DocumentVersion, at: datetime) -> None:
    """A version is approved, or sent back, by somebody else than its author."""
    check_may_change(by, version.document, at)
    if version.approved_at is not None or version.submitted_at is None:
        raise Refused(
            _("This version does not wait for approval."), rule="improvement.document_approval", source=CREATED
        )
    if version.author.person_id == by.person_id:
        raise Refused(
            _("{person} wrote this version and cannot approve it. A colleague with the function quality work does."),
            {"person": by.person.names},
            rule="improvement.document_approval",
            source=CREATED,
        )


def check_day_in_force(version: DocumentVersion, on: date, at: datetime, by: Membership) -> None:
    """A version is in force from the day of its approval at the earliest, and after the one before it."""
    today = day_of(at, by.organisation.country)
    if on < today:
        raise Refused(
            _("It is approved today; it cannot have been in force on {day}. Choose {today} or later."),
            {"day": on, "today": today},
            rule="improvement.document",
            source=CONTROLLED,
            field="in_force_on",
        )
    last = version.document.versions.exclude(in_force_on=None).order_by("-in_force_on").first()
    if last is not None and last.in_force_on is not None and on <= last.in_force_on:
        raise Refused(
            _("Version {number} is in force from {day}; this one follows later."),
            {"number": last.number, "day": last.in_force_on},
            rule="improvement.document",
            source=CONTROLLED,
            field="in_force_on",
        )


def check_approved(version: DocumentVersion) -> None:
    """People are trained on what is approved."""
    if version.approved_at is None:
        raise Refused(
            _("This version is not approved. Train on one that is."),
            rule="improvement.document",
            source=COMPETENCE,
            field="version",
        )
