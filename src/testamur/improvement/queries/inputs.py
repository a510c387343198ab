"""What a management review looks at, collected from what the platform knows (ISO 9001:2015, 9.3.2).

``TOPICS`` is the agenda. A topic's collector returns sentences with their facts; another part of improvement adds its
own by appending to it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from testamur.determination.models import Finding
from testamur.improvement.models import AuditFinding, InternalAudit, ReviewDecision, Training
from testamur.improvement.queries import documents, objectives, suppliers
from testamur.kernel.refusal import _
from testamur.parties.models import Organisation
from testamur.register import status
from testamur.register.models import Attestation
from testamur.studies.models import Chart, Study
from testamur.surveillance import queries as surveillance
from testamur.surveillance.models import Due

Line = tuple[str, dict[str, Any]]


@dataclass(frozen=True)
class Period:
    """Whose review, and from when to when: since the review before, or a year."""

    organisation: Organisation
    since: date
    until: date


@dataclass(frozen=True)
class Topic:
    """A point of the agenda: its title, its clause, and how it is collected."""

    key: str
    title: str
    source: str
    collect: Callable[[Period], list[Line]]


def _earlier(period: Period) -> list[Line]:
    rows = ReviewDecision.objects.filter(review__organisation=period.organisation, review__closed_at__isnull=False)
    lines: list[Line] = []
    for one in rows.select_related("owner__person", "review").order_by("due_on"):
        facts: dict[str, Any] = {
            "decision": one.text,
            "number": one.review.number,
            "day": one.due_on,
            "owner": one.owner.person.names,
        }
        if one.done_on is not None and one.done_on >= period.since:
            facts |= {"done": one.done_on, "result": one.result}
            lines.append((_("{number}: {decision} Done on {done}: {result}"), facts))
        elif one.done_on is None:
            late = one.due_on < period.until
            text = (
                _("{number}: {decision} Late, {owner} had to do it by {day}.")
                if late
                else _("{number}: {decision} Open, {owner} by {day}.")
            )
            lines.append((text, facts))
    return lines


def _changes(period: Period) -> list[Line]:
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
                lines.append((_("{document}, version {number}, in force from {day}: {why}"), facts))
    return lines


def _customers(period: Period) -> list[Line]:
    rows = Due.objects.filter(
        attestation__holder=period.organisation,
        kind=Due.Kind.TRIGGER,
        recorded_at__date__gte=period.since,
        recorded_at__date__lte=period.until,
    )
    return [
        (
            _("Reported on certificate {number}: {what}"),
            {
                "number": one.attestation.current.number if hasattr(one.attestation, "current") else "",
                "what": one.because.get("what") or {"en": one.key, "zh": one.key},
            },
        )
        for one in rows.select_related("attestation__current")
    ]


def _objectives(period: Period) -> list[Line]:
    lines: list[Line] = []
    for one in objectives.of_organisation(period.organisation.pk):
        if one.ended_at is not None and one.ended_at.date() < period.since:
            continue
        stands = objectives.progress(one, period.until)
        state = objectives.WORDS[stands.state]
        facts: dict[str, Any] = {
            "objective": one.statement,
            "state": {"message": state},
            "target": one.target,
            "unit": one.unit,
        }
        if stands.last is None:
            lines.append((_("{objective}: {state}."), facts))
        else:
            facts |= {"value": stands.last.typed, "day": stands.last.measured_on}
            lines.append((_("{objective}: {state}; {value} {unit} on {day}, target {target} {unit}."), facts))
    return lines


def _performance(period: Period) -> list[Line]:
    lines: list[Line] = [
        (
            _("Control chart {chart} of {characteristic}, kept by {keeper}."),
            {"chart": one.name, "characteristic": one.characteristic.name, "keeper": one.keeper.person.names},
        )
        for one in Chart.objects.filter(organisation=period.organisation, closed_at=None).select_related(
            "characteristic", "keeper__person"
        )
    ]
    studies = Study.objects.filter(
        organisation=period.organisation, effective_at__date__gte=period.since, effective_at__date__lte=period.until
    )
    return lines + [
        (_("Study “{study}” of {day}."), {"study": one.title, "day": one.effective_at.date()}) for one in studies
    ]


def _nonconformities(period: Period) -> list[Line]:
    lines: list[Line] = []
    found = AuditFinding.objects.filter(
        audit__programme__organisation=period.organisation,
        kind=AuditFinding.Kind.NONCONFORMITY,
        audit__reported_at__isnull=False,
        audit__held_on__range=(period.since, period.until),
    )
    for one in found.select_related("audit", "process"):
        facts: dict[str, Any] = {
            "audit": one.audit.number,
            "process": one.process.name,
            "clause": one.clause,
            "what": one.statement,
            "problem": one.problem or "–",
        }
        lines.append((_("Audit {audit}, {process}, clause {clause}: {what} (cured in {problem})"), facts))
    open_ones = Finding.objects.filter(
        case__client=period.organisation, closed_at__isnull=True, withdrawn_because=""
    ).select_related("case")
    for row in open_ones:
        facts = {"number": row.number, "case": row.case.number, "what": row.statement, "day": row.close_by or "–"}
        lines.append((_("Finding {number} in case {case}, open, to be closed by {day}: {what}"), facts))
    return lines


def _audits(period: Period) -> list[Line]:
    rows = InternalAudit.objects.filter(
        programme__organisation=period.organisation,
        reported_at__isnull=False,
        held_on__range=(period.since, period.until),
    )
    return [
        (
            _("Audit {number} of {day}: {conclusion}"),
            {"number": one.number, "day": one.held_on, "conclusion": one.conclusion},
        )
        for one in rows
    ]


def _certificates(period: Period) -> list[Line]:
    lines: list[Line] = []
    for one in Attestation.objects.filter(holder=period.organisation).select_related("current"):
        stands = status.status(one, on=period.until)
        if stands.status is None:
            continue
        facts: dict[str, Any] = {
            "number": one.current.number if hasattr(one, "current") else one.public_id,
            "status": suppliers.STATUS_NAMES[str(stands.status)],
            "day": stands.expires_on or "–",
        }
        lines.append((_("Certificate {number}: {status}, last day {day}."), facts))
        lines += [
            (
                _("Certificate {number}: something falls due on {day}."),
                {"number": facts["number"], "day": due.due_on},
            )
            for due in surveillance.waiting_for(one)
        ]
    return lines


def _suppliers(period: Period) -> list[Line]:
    rows = suppliers.of_organisation(period.organisation.pk)
    lines: list[Line] = []
    for one in rows:
        scores = [score for score in one.scores.all() if score.scored_on <= period.until]
        facts: dict[str, Any] = {"supplier": one.name, "state": {"message": suppliers.OUTCOMES[suppliers.outcome(one)]}}
        if scores:
            last = scores[-1]
            facts |= {"q": last.quality, "d": last.delivery, "s": last.service, "day": last.scored_on}
            lines.append((_("{supplier}: {state}; quality {q}, delivery {d}, service {s} of 100 on {day}."), facts))
        else:
            lines.append((_("{supplier}: {state}; not evaluated."), facts))
    return lines + [
        (suppliers.WARNINGS[one.warning], one.facts) for one in suppliers.warnings(rows, period.until)
    ]  # fmt: skip


def _resources(period: Period) -> list[Line]:
    rows = Training.objects.filter(
        version__document__organisation=period.organisation, trained_on__range=(period.since, period.until)
    )
    due = documents.to_review(documents.of_organisation(period.organisation.pk), period.until)
    lines: list[Line] = []
    if rows:
        counts = {"all": len(rows), "helped": sum(one.effective is True for one in rows),
                  "open": sum(one.effective is None for one in rows)}  # fmt: skip
        lines.append((_("{all} trainings; {helped} were checked and helped, {open} are not checked yet."), counts))
    return lines + [
        (_("{document} has to be reviewed by {day}."), {"document": str(one), "day": day}) for one, day in due
    ]


def _opportunities(period: Period) -> list[Line]:
    rows = AuditFinding.objects.filter(
        audit__programme__organisation=period.organisation,
        kind=AuditFinding.Kind.OBSERVATION,
        audit__reported_at__isnull=False,
        audit__held_on__range=(period.since, period.until),
    )
    return [
        (_("Observation of audit {audit}: {what}"), {"audit": one.audit.number, "what": one.statement})
        for one in rows.select_related("audit")
    ]


def _nothing(period: Period) -> list[Line]:
    return []


#: The agenda, in the order of the clause.
TOPICS: list[Topic] = [
    Topic("earlier", _("Decisions of earlier reviews"), "iso-9001@2015#9.3.2", _earlier),
    Topic("changes", _("Changes outside and inside"), "iso-9001@2015#9.3.2", _changes),
    Topic("customers", _("What customers say, and complaints"), "iso-9001@2015#9.3.2", _customers),
    Topic("objectives", _("Quality objectives and their trend"), "iso-9001@2015#9.3.2", _objectives),
    Topic("performance", _("Performance of processes, conformity of products"), "iso-9001@2015#9.3.2", _performance),
    Topic("nonconformities", _("Nonconformities and their cure"), "iso-9001@2015#9.3.2", _nonconformities),
    Topic("audits", _("Results of audits"), "iso-9001@2015#9.3.2", _audits),
    Topic("certificates", _("Our certificates and what falls due on them"), "iso-9001@2015#9.3.2", _certificates),
    Topic("suppliers", _("Suppliers"), "iso-9001@2015#9.3.2", _suppliers),
    Topic("resources", _("People, training, documents: is it enough?"), "iso-9001@2015#9.3.2", _resources),
    Topic("risks", _("Did the actions on risks and opportunities work?"), "iso-9001@2015#9.3.2", _nothing),
    Topic("improvement", _("What could be better"), "iso-9001@2015#9.3.2", _opportunities),
]


def collect(period: Period) -> list[dict[str, Any]]:
    """Return every input of the agenda as it is kept: texts are message ids, days are ``{"day": ISO}``."""
    return [
        {"key": topic.key, "lines": [{"text": text, "facts": _kept(facts)} for text, facts in topic.collect(period)]}
        for topic in TOPICS
    ]


def _kept(facts: dict[str, Any]) -> dict[str, Any]:
    return {key: {"day": value.isoformat()} if isinstance(value, date) else value for key, value in facts.items()}
