"""What the first page of the workshop and the inbox show of the management system."""

from __future__ import annotations

from datetime import date

from django.urls import reverse
from django.utils.translation import gettext as _

from testamur.improvement.queries import audits, documents, objectives, reviews, suppliers
from testamur.kernel.words import Function
from testamur.parties.models import Membership
from testamur.workspace.desk import Card, Waiting
from testamur.workspace.workshop.improvement.system import words


def cards(membership: Membership, today: date) -> list[Card]:
    """Return the doors of the workshop's first page."""
    living = objectives.visible_to(membership).filter(ended_at=None)
    return [
        Card(
            "improvement",
            _("Quality objectives"),
            _("What shall be better by when, whose it is, and how it stands."),
            reverse("workspace:workshop-objectives"),
            "target",
            count=living.count(),
            open=len(objectives.to_measure(membership, today)),
        ),
        Card(
            "improvement",
            _("Documents under control"),
            _("One version in force on any day, approved by somebody else than its author."),
            reverse("workspace:workshop-documents"),
            "books",
            count=documents.visible_to(membership).count(),
            open=len(documents.to_approve(membership)),
        ),
        Card(
            "improvement",
            _("Internal audits"),
            _("Each clause and each process is looked at within the cycle, by somebody who does not answer for it."),
            reverse("workspace:workshop-audits"),
            "list-check",
            count=audits.visible_to(membership).count(),
            open=len(audits.to_hold(membership, today)),
        ),
        Card(
            "improvement",
            _("Management reviews"),
            _("The platform collects the inputs; the management decides."),
            reverse("workspace:workshop-reviews"),
            "users-group",
            count=reviews.visible_to(membership).count(),
            open=reviews.open_decisions(membership).count(),
        ),
        Card(
            "improvement",
            _("Suppliers"),
            _("How they are judged, and their certificates as the public register has them today."),
            reverse("workspace:workshop-suppliers"),
            "package",
            count=suppliers.visible_to(membership).count(),
            open=len(suppliers.warnings(suppliers.visible_to(membership), today)),
        ),
    ]


def waiting(membership: Membership, today: date) -> list[Waiting]:
    """Return what waits for somebody who does quality work."""
    return [
        *_objectives(membership, today),
        *_documents(membership, today),
        *_audits(membership, today),
        *_decisions(membership, today),
        *_certificates(membership, today),
        *reading(membership, today),
    ]


def _audits(membership: Membership, today: date) -> list[Waiting]:
    source = "iso-9001@2015#9.2.2"
    held = [
        Waiting(
            what=words.HOLD,
            facts={"number": one.number},
            href=reverse("workspace:workshop-audit", args=[one.public_id]),
            function=Function.QUALITY,
            about=one.programme.title,
            by=one.planned_on,
            left=(one.planned_on - today).days,
            unit="day",
            source=source,
        )
        for one in audits.to_hold(membership, today)
    ]
    reported = [
        Waiting(
            what=words.CLOSE,
            facts={"number": one.number},
            href=reverse("workspace:workshop-audit", args=[one.public_id]),
            function=Function.QUALITY,
            about=one.programme.title,
            source="iso-9001@2015#10.2",
        )
        for one in audits.to_close(membership)
    ]
    gaps = []
    for programme in audits.visible_to(membership).filter(completed_at=None, first_day__lte=today):
        found = audits.gaps(programme)
        names = [*(one.name for one in found.unplanned_processes), *found.unplanned_clauses]
        if names:
            gaps.append(
                Waiting(
                    what=words.GAP,
                    facts={"names": names},
                    href=reverse("workspace:workshop-programme", args=[programme.public_id]),
                    function=Function.QUALITY,
                    about=programme.title,
                    by=programme.last_day,
                    left=(programme.last_day - today).days,
                    unit="day",
                    source=source,
                )
            )
    return [*held, *reported, *gaps]


def reading(membership: Membership, today: date) -> list[Waiting]:
    """Return the versions that a member has still to read, whatever their functions."""
    return [
        Waiting(
            what=words.READ,
            facts={"number": one.number, "document": one.document.title},
            href=reverse("workspace:workshop-document-reading", args=[one.document.public_id]),
            function=Function.QUALITY,
            number=one.document.number,
            source="iso-9001@2015#7.5.3",
        )
        for one in documents.to_read(membership, today)
    ]


def doors(membership: Membership) -> list[dict[str, str]]:
    """Return the door to the documents that a member gets, whatever their functions."""
    if not documents.given_to(membership).exists():
        return []
    return [{"label": _("Documents for you"), "href": reverse("workspace:workshop-readings"), "icon": "books"}]


def _documents(membership: Membership, today: date) -> list[Waiting]:
    approvals = [
        Waiting(
            what=words.APPROVE,
            facts={"number": one.number, "document": one.document.title},
            href=reverse("workspace:workshop-document", args=[one.document.public_id]),
            function=Function.QUALITY,
            number=one.document.number,
            source="iso-9001@2015#7.5.2",
        )
        for one in documents.to_approve(membership)
    ]
    reviews = [
        Waiting(
            what=words.REVIEW,
            facts={"document": one.title},
            href=reverse("workspace:workshop-document", args=[one.public_id]),
            function=Function.QUALITY,
            number=one.number,
            by=day,
            left=(day - today).days,
            unit="day",
            source="iso-9001@2015#7.5.2",
        )
        for one, day in documents.to_review(documents.visible_to(membership).filter(keeper=membership), today)
    ]
    return [*approvals, *reviews]


def _objectives(membership: Membership, today: date) -> list[Waiting]:
    return [
        Waiting(
            what=words.MEASURE,
            facts={"objective": one.statement},
            href=reverse("workspace:workshop-objective", args=[one.public_id]),
            function=Function.QUALITY,
            about=one.indicator,
            by=day,
            left=(day - today).days,
            unit="day",
            source="iso-9001@2015#9.1.1",
        )
        for one, day in objectives.to_measure(membership, today)
        if one.owner_id == membership.pk
    ]


def _decisions(membership: Membership, today: date) -> list[Waiting]:
    return [
        Waiting(
            what=words.DECIDED,
            facts={"number": one.review.number, "decision": one.text},
            href=reverse("workspace:workshop-review", args=[one.review.public_id]),
            function=Function.QUALITY,
            about=_("Management reviews"),
            by=one.due_on,
            left=(one.due_on - today).days,
            unit="day",
            source="iso-9001@2015#9.3.3",
        )
        for one in reviews.to_do(membership, today)
    ]


def _certificates(membership: Membership, today: date) -> list[Waiting]:
    return [
        Waiting(
            what=suppliers.WARNINGS[one.warning],
            facts=one.facts,
            href=reverse("workspace:workshop-supplier", args=[one.certificate.supplier.public_id]),
            function=Function.QUALITY,
            about=one.certificate.supplier.supplies,
            by=one.day,
            left=(one.day - today).days if one.day else None,
            unit="day",
            source="iso-9001@2015#8.4.1",
        )
        for one in suppliers.warnings(suppliers.looked_after(membership, today), today)
    ]
