"""Which version is in force, who has still to read it, and which document is reviewed next."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Subquery, Value, When

from testamur.improvement.models import ControlledDocument, DocumentReview, DocumentVersion
from testamur.kernel import days
from testamur.kernel.refusal import _
from testamur.kernel.words import Function
from testamur.parties.models import Membership, Organisation

#: State of a version: its words.
WORDS = {
    "draft": _("draft"),
    "submitted": _("waits for approval"),
    "coming": _("approved, not yet in force"),
    "in_force": _("in force"),
    "superseded": _("superseded"),
    "withdrawn": _("withdrawn"),
}
KINDS = {
    ControlledDocument.Kind.POLICY: _("policy or manual"),
    ControlledDocument.Kind.PROCEDURE: _("procedure"),
    ControlledDocument.Kind.INSTRUCTION: _("work instruction"),
    ControlledDocument.Kind.FORM: _("form"),
    ControlledDocument.Kind.DRAWING: _("drawing or specification"),
    ControlledDocument.Kind.EXTERNAL: _("from outside"),
}


def visible_to(membership: Membership | None) -> QuerySet[ControlledDocument]:
    """Return the documents of a membership's own organisation, to those who do quality work."""
    if membership is None or not membership.holds(Function.QUALITY):
        return ControlledDocument.objects.none()
    return of_organisation(membership.organisation_id)


def of_organisation(organisation: int) -> QuerySet[ControlledDocument]:
    """Return the documents of an organisation."""
    rows = ControlledDocument.objects.filter(organisation=organisation)
    return rows.select_related("keeper__person", "process", "organisation").prefetch_related(
        "versions__author__person", "versions__approved_by__person", "reviews"
    )


def given_to(membership: Membership | None) -> QuerySet[ControlledDocument]:
    """Return the documents that were distributed to a member, by name or by function."""
    if membership is None:
        return ControlledDocument.objects.none()
    mine = Q(distributions__member=membership) | Q(distributions__function__in=membership.functions)
    rows = of_organisation(membership.organisation_id).filter(mine, distributions__ended_at=None)
    return rows.distinct()


def in_force(document: ControlledDocument, on: date) -> DocumentVersion | None:
    """Return the one version in force on a day; None before the first and from the withdrawal on."""
    if document.withdrawn_on is not None and on >= document.withdrawn_on:
        return None
    begun = [one for one in document.versions.all() if one.in_force_on is not None and one.in_force_on <= on]
    return max(begun, key=lambda one: (one.in_force_on, one.number), default=None)


def state(version: DocumentVersion, document: ControlledDocument, on: date) -> str:
    """Return the state of a version on a day, a key of ``WORDS``."""
    if version.approved_at is None or version.in_force_on is None:
        return "submitted" if version.submitted_at else "draft"
    if document.withdrawn_on is not None and on >= document.withdrawn_on:
        return "withdrawn"
    if version.in_force_on > on:
        return "coming"
    return "in_force" if version == in_force(document, on) else "superseded"


def state_of(document: ControlledDocument, on: date) -> str:
    """Return how a document stands: an open version counts before the one in force."""
    versions = list(document.versions.all())
    if document.withdrawn_on is not None and on >= document.withdrawn_on:
        return "withdrawn"
    states = [state(one, document, on) for one in versions]
    return next((one for one in ("submitted", "in_force", "coming", "draft") if one in states), "draft")


def next_review(document: ControlledDocument, on: date) -> date | None:
    """Return the day by which somebody looks whether the document still fits; None where nothing is in force."""
    current = in_force(document, on)
    if current is None or current.in_force_on is None:
        return None
    looked = [one.reviewed_on for one in document.reviews.all() if one.reviewed_on <= on]
    return days.add_months(max([current.in_force_on, *looked]), document.review_months)


def readers(document: ControlledDocument, on: date) -> list[Membership]:
    """Return the members who get the document on a day, each once."""
    living = document.distributions.filter(ended_at=None).select_related("member__person")
    direct = {row.member_id for row in living if row.member_id}
    functions = {row.function for row in living if row.function}
    return [
        one
        for one in members(document.organisation, on)
        if one.pk in direct or any(one.holds(function) for function in functions)
    ]


def members(organisation: Organisation, on: date) -> list[Membership]:
    """Return who acts for an organisation on a day."""
    rows = organisation.memberships.filter(from_day__lte=on).select_related("person")
    return [one for one in rows if one.lives_on(on)]


def standing(rows: QuerySet[ControlledDocument], on: date) -> QuerySet[ControlledDocument]:
    """Return documents as they stand on a day, read by the database: a list of thousands needs no version in memory.

    Annotated: ``stands`` (as :func:`state_of`), ``current`` (row of the version in force), ``current_number``,
    ``current_since`` (as :func:`in_force`), ``looked_on`` (day of the last review).
    """
    versions = DocumentVersion.objects.filter(document=OuterRef("pk"))
    begun = versions.filter(in_force_on__lte=on).order_by("-in_force_on", "-number")
    reviews = DocumentReview.objects.filter(document=OuterRef("pk"), reviewed_on__lte=on).order_by("-reviewed_on")

    def unless_withdrawn(field: str) -> Any:
        return Case(When(withdrawn_on__lte=on, then=None), default=Subquery(begun.values(field)[:1]))

    return rows.prefetch_related(None).annotate(
        current=unless_withdrawn("pk"),
        current_number=unless_withdrawn("number"),
        current_since=unless_withdrawn("in_force_on"),
        looked_on=Subquery(reviews.values("reviewed_on")[:1]),
        stands=Case(
            When(withdrawn_on__lte=on, then=Value("withdrawn")),
            When(Exists(versions.filter(approved_at=None, submitted_at__isnull=False)), then=Value("submitted")),
            When(Exists(begun), then=Value("in_force")),
            When(Exists(versions.filter(in_force_on__gt=on)), then=Value("coming")),
            default=Value("draft"),
        ),
    )


def review_day(row: Any) -> date | None:
    """Return :func:`next_review` of a document that :func:`standing` read."""
    if row.current_since is None:
        return None
    return days.add_months(max(row.current_since, row.looked_on or row.current_since), row.review_months)


def to_read(membership: Membership, on: date) -> list[DocumentVersion]:
    """Return the versions in force that a member gets and has not acknowledged."""
    current = [one.current for one in standing(given_to(membership), on)]  # type: ignore[attr-defined]
    rows = DocumentVersion.objects.filter(pk__in=[one for one in current if one is not None])
    unread = rows.exclude(acknowledgements__by=membership)
    return list(unread.select_related("document").order_by("document__number", "pk"))


def to_approve(membership: Membership) -> list[DocumentVersion]:
    """Return the submitted versions of the organisation that others wrote."""
    rows = DocumentVersion.objects.filter(
        document__in=visible_to(membership), approved_at=None, submitted_at__isnull=False, document__withdrawn_on=None
    )
    return list(rows.exclude(author__person=membership.person_id).select_related("document", "author__person"))


def to_review(
    rows: QuerySet[ControlledDocument], on: date, *, days_ahead: int = 30
) -> list[tuple[ControlledDocument, date]]:
    """Return (document, day) of the reviews that fall due within some days, the earliest first."""
    found = [(one, day) for one in standing(rows, on) if (day := review_day(one)) and (day - on).days <= days_ahead]
    return sorted(found, key=lambda pair: pair[1])
