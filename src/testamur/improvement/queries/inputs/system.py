"""What a review sees of the management system itself: decisions, documents, internal audits, training."""

from __future__ import annotations

from typing import Any

from testamur.improvement.models import AuditFinding, InternalAudit, ReviewDecision, Training
from testamur.improvement.queries import documents
from testamur.improvement.queries.inputs.lines import Line, Period
from testamur.kernel.refusal import _


def earlier(period: Period) -> list[Line]:
    """Return the decisions of earlier reviews that are open, or were carried out in the period."""
    rows = ReviewDecision.objects.filter(review__organisation=period.organisation, review__closed_at__isnull=False)
    lines: list[Line] = []
    for one in rows.select_related("owner__person", "review").order_by("due_on"):
        facts: dict[str, Any] = {
            "decision": one.text,
            "number": one.review.number,
            "day": one.due_on,
            "owner": one.owner.person.names,
        }
        about = ("review", one.review.public_id)
        if one.done_on is not None and one.done_on >= period.since:
            facts |= {"done": one.done_on, "result": one.result}
            lines.append(Line(_("{number}: {decision} Done on {done}: {result}"), facts, about))
        elif one.done_on is None:
            late = one.due_on < period.until
            text = (
                _("{number}: {decision} Late, {owner} had to do it by {day}.")
                if late
                else _("{number}: {decision} Open, {owner} by {day}.")
            )
            lines.append(Line(text, facts, about))
    return lines


def changes(period: Period) -> list[Line]:
    """Return the versions of documents that came into force in the period, and why."""
    lines: list[Line] = []
    for document in documents.of_organisation(period.organisation.pk):
        for one in document.versions.all():
            if one.in_force_on is not None and period.since <= one.in_force_on <= period.until:
                facts: dict[str, Any] = {
                    "document": str(document),
                    "number": one.number,
                    "day": one.in_force_on,
                    "why": one.changed,
                }
                text = _("{document}, version {number}, in force from {day}: {why}")
                lines.append(Line(text, facts, ("document", document.public_id)))
    return lines


def nonconformities(period: Period) -> list[Line]:
    """Return the nonconformities of internal audits of the period, and where each is cured."""
    lines = []
    found = AuditFinding.objects.filter(
        audit__programme__organisation=period.organisation,
        kind=AuditFinding.Kind.NONCONFORMITY,
        audit__reported_at__isnull=False,
        audit__held_on__range=period.days,
    )
    for one in found.select_related("audit", "process", "problem").order_by("audit__held_on", "id"):
        facts: dict[str, Any] = {
            "audit": one.audit.number,
            "process": one.process.name,
            "clause": one.clause,
            "what": one.statement,
        }
        if one.problem is not None:
            text = _("Audit {audit}, {process}, clause {clause}: {what} (cured in {problem})")
            facts["problem"] = one.problem.number
        elif one.correction:
            text = _("Audit {audit}, {process}, clause {clause}: {what} (corrected: {correction})")
            facts["correction"] = one.correction
        else:
            text = _("Audit {audit}, {process}, clause {clause}: {what} (nobody cures it yet)")
        lines.append(Line(text, facts, ("audit", one.audit.public_id)))
    return lines


def audits(period: Period) -> list[Line]:
    """Return the conclusions of the internal audits of the period, and the audits that are late."""
    rows = InternalAudit.objects.filter(programme__organisation=period.organisation, dropped_because="")
    held = [
        Line(_("Audit {number} of {day}: {conclusion}"),
             {"number": one.number, "day": one.held_on, "conclusion": one.conclusion}, ("audit", one.public_id))
        for one in rows.filter(reported_at__isnull=False, held_on__range=period.days).order_by("held_on", "id")
    ]  # fmt: skip
    late = [
        Line(_("Audit {number}, planned for {day}, was not held."), {"number": one.number, "day": one.planned_on},
             ("audit", one.public_id))
        for one in rows.filter(reported_at=None, planned_on__lt=period.until)
    ]  # fmt: skip
    return [*held, *late]


def resources(period: Period) -> list[Line]:
    """Return trainings of the period, and documents that fall due for review."""
    rows = Training.objects.filter(
        version__document__organisation=period.organisation, trained_on__range=period.days
    )
    due = documents.to_review(documents.of_organisation(period.organisation.pk), period.until)
    lines: list[Line] = []
    if rows:
        counts = {"all": len(rows), "helped": sum(one.effective is True for one in rows),
                  "open": sum(one.effective is None for one in rows)}  # fmt: skip
        text = _("{all} trainings; {helped} were checked and helped, {open} are not checked yet.")
        lines.append(Line(text, counts, ("documents", "")))
    return lines + [
        Line(_("{document} has to be reviewed by {day}."), {"document": str(one), "day": day},
             ("document", one.public_id))
        for one, day in due
    ]  # fmt: skip


def observations(period: Period) -> list[Line]:
    """Return the observations of internal audits of the period."""
    rows = AuditFinding.objects.filter(
        audit__programme__organisation=period.organisation,
        kind=AuditFinding.Kind.OBSERVATION,
        audit__reported_at__isnull=False,
        audit__held_on__range=period.days,
    )
    return [
        Line(_("Observation of audit {audit}: {what}"), {"audit": one.audit.number, "what": one.statement},
             ("audit", one.audit.public_id))
        for one in rows.select_related("audit")
    ]  # fmt: skip
