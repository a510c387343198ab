"""Documents are registered, given to people, reviewed and withdrawn."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from testamur.improvement.models import ControlledDocument, Distribution, DocumentReview, Process
from testamur.improvement.policies import documents as policies
from testamur.improvement.policies.quality import SOURCE, check_colleague, check_may_work, check_not_ahead, check_text
from testamur.journal.actions import record
from testamur.kernel.days import day_of
from testamur.kernel.refusal import Refused, _
from testamur.kernel.words import Function
from testamur.parties.models import Membership

#: Months from one review of a document to the next, at most.
MOST_MONTHS = 60


@transaction.atomic
def register_document(
    *, number: str, title: str, kind: str, keeper: Membership, by: Membership, at: datetime,
    process: Process | None = None, review_months: int = 24,
) -> ControlledDocument:  # fmt: skip
    """Put a document under control; its first version is added next."""
    check_may_work(by, by.organisation, at)
    check_colleague(keeper, by, day_of(at, by.organisation.country), "keeper")
    called = check_text(number, "number", most=40)
    if kind not in ControlledDocument.Kind.values or (process and process.organisation_id != by.organisation_id):
        raise Refused(_("Choose one of the answers offered."), rule="improvement.own", source=SOURCE, field="kind")
    if not 1 <= review_months <= MOST_MONTHS:
        raise Refused(
            _("Review it every 1 to {most} months."), {"most": MOST_MONTHS}, rule="improvement.document",
            source=policies.CREATED, field="review_months",
        )  # fmt: skip
    if ControlledDocument.objects.filter(organisation=by.organisation, number=called).exists():
        raise Refused(
            _("There is a document {number} already; add a version to it."), {"number": called},
            rule="improvement.document", source=policies.CREATED, field="number",
        )  # fmt: skip
    made = ControlledDocument.objects.create(
        organisation=by.organisation, number=called, title=check_text(title, "title", most=160), kind=kind,
        keeper=keeper, process=process, review_months=review_months, by=by, effective_at=at,
    )  # fmt: skip
    record("improvement.document_registered", subject=made, by=by, at=at, payload={"number": called})
    return made


@transaction.atomic
def withdraw_document(
    *, document: ControlledDocument, on: date, because: str, by: Membership, at: datetime
) -> ControlledDocument:
    """Take a document out of force from a day on; every version stays to be read, marked."""
    document = ControlledDocument.objects.select_for_update(of=("self",)).get(pk=document.pk)
    policies.check_may_change(by, document, at)
    if on < day_of(at, by.organisation.country):
        raise Refused(
            _("People worked by it until today; withdraw it from today or a later day."),
            rule="improvement.document", source=policies.CONTROLLED, field="withdrawn_on",
        )  # fmt: skip
    document.withdrawn_on, document.withdrawn_because = on, check_text(because, "withdrawn_because", most=300)
    document.save(update_fields=["withdrawn_on", "withdrawn_because"])
    record("improvement.document_withdrawn", subject=document, by=by, at=at, payload={"on": on.isoformat()})
    return document


@transaction.atomic
def distribute(
    *, document: ControlledDocument, by: Membership, at: datetime, member: Membership | None = None, function: str = ""
) -> Distribution:
    """Give a document to a member, or to whoever holds a function now or later."""
    document = ControlledDocument.objects.select_for_update(of=("self",)).get(pk=document.pk)
    policies.check_may_change(by, document, at)
    if (member is None) == (not function) or (function and function not in set(Function)):
        raise Refused(
            _("Choose a member or a function, one of the two."), rule="improvement.distribution",
            source=policies.CONTROLLED, field="member",
        )  # fmt: skip
    if member is not None:
        check_colleague(member, by, day_of(at, by.organisation.country), "member")
    if document.distributions.filter(member=member, function=function, ended_at=None).exists():
        raise Refused(
            _("It is distributed there already."), rule="improvement.distribution", source=policies.CONTROLLED,
            field="member",
        )  # fmt: skip
    made = Distribution.objects.create(document=document, member=member, function=function, by=by, effective_at=at)
    record("improvement.document_distributed", subject=document, by=by, at=at,
           payload={"member": member.pk if member else None, "function": function})  # fmt: skip
    return made


@transaction.atomic
def end_distribution(*, distribution: Distribution, by: Membership, at: datetime) -> Distribution:
    """Stop giving a document to somebody; what they read stays recorded."""
    distribution = Distribution.objects.select_for_update(of=("self",)).select_related("document").get(
        pk=distribution.pk
    )  # fmt: skip
    check_may_work(by, distribution.document.organisation, at)
    if distribution.ended_at is not None:
        raise Refused(_("This ended already."), rule="improvement.distribution", source=policies.CONTROLLED)
    distribution.ended_at = at
    distribution.save(update_fields=["ended_at"])
    record("improvement.distribution_ended", subject=distribution.document, by=by, at=at,
           payload={"distribution": distribution.pk})  # fmt: skip
    return distribution


@transaction.atomic
def review_document(
    *, document: ControlledDocument, reviewed_on: date, fits: bool, note: str, by: Membership, at: datetime
) -> DocumentReview:
    """Record that somebody looked whether a document still fits, and what they found."""
    document = ControlledDocument.objects.select_for_update(of=("self",)).get(pk=document.pk)
    policies.check_may_change(by, document, at)
    check_not_ahead(reviewed_on, at, by, "reviewed_on")
    made = DocumentReview.objects.create(
        document=document, reviewed_on=reviewed_on, fits=fits, note=check_text(note, "note", most=500), by=by
    )
    record("improvement.document_reviewed", subject=document, by=by, at=at,
           payload={"on": reviewed_on.isoformat(), "fits": fits})  # fmt: skip
    return made
