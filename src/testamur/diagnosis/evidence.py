"""What the firm's own work proves: per clause of ISO 9001 what measuring and improving left, and what it still lacks.

Each collector asks the queries of the package whose rows it shows, so that a stranger, or a colleague without the
function *quality*, finds nothing. What is only planned proves nothing and is not shown as being there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from testamur.diagnosis.models import FolderPaper
from testamur.files.models import StoredFile
from testamur.improvement.models import AuditFinding, DocumentVersion, InternalAudit, ReviewDecision, Training
from testamur.improvement.queries import audits, control_plans, documents, objectives, problems, processes, reviews
from testamur.improvement.queries import suppliers as supplied
from testamur.kernel import days
from testamur.kernel.refusal import _
from testamur.parties.models import Membership
from testamur.schemes.language.said import Said
from testamur.studies import queries as studies

#: Months after which an internal audit or a management review no longer shows how things are.
FRESH = 12


@dataclass(frozen=True)
class Found:
    """Something that is there for a clause.

    Attributes:
        title, note: what it is, and what an auditor sees in it: text, or a sentence with facts.
        kind, ident: where it is kept: a key of the page's table, and its public id; "" for papers and the plan.
        file, name: what goes into the ZIP.
        paper: what can be taken out again.
    """

    title: str | Said
    note: str | Said = ""
    on: date | None = None
    kind: str = ""
    ident: str = ""
    file: StoredFile | None = None
    name: str = ""
    paper: FolderPaper | None = None


@dataclass(frozen=True)
class Lack:
    """Something that stands against a clause although something is there; ``kind`` and ``ident`` as in ``Found``."""

    said: Said
    kind: str = ""
    ident: str = ""


Collected = Iterable[tuple[str, Found | Lack]]
Collector = Callable[[Membership, date], Collected]


def of_version(version: DocumentVersion, **more: Any) -> Found:
    """Return a version in force as what is there."""
    assert version.approved_by is not None
    document = version.document
    facts = {"number": version.number, "person": version.approved_by.person.names}
    note = Said(_("version {number}, approved by {person}"), facts)
    return Found(
        str(document), note, version.in_force_on, "document", document.public_id, version.file, version.name, **more
    )


def controlled_documents(membership: Membership, today: date) -> Collected:
    """Every document in force under 7.5.3, those of a process under 4.4.2 too, and the training that was given."""
    described = set()
    for document in documents.visible_to(membership):
        version = documents.in_force(document, today)
        if version is None:
            continue
        yield "7.5.3", of_version(version)
        if document.process_id is not None:
            described.add(document.process_id)
            yield "4.4.2", of_version(version)
        due = documents.next_review(document, today)
        if due is not None and due < today:
            facts = {"document": str(document), "day": due}
            said = Said(_("{document}: nobody looked since whether it still fits; due on {day}."), facts)
            yield "7.5.3", Lack(said, "document", document.public_id)
        yield from _training(version)
    for process in processes.living(membership):
        if process.pk not in described:
            said = Said(_("{process}: no document in force describes it."), {"process": process.name})
            yield "4.4.2", Lack(said, "process", process.public_id)


def _training(version: DocumentVersion) -> Collected:
    last: dict[int, Training] = {}
    for row in Training.objects.filter(version=version).select_related("trained__person"):
        last[row.trained_id] = row
    for row in last.values():
        facts = {"person": row.trained.person.names, "document": str(version.document)}
        where = ("document", version.document.public_id)
        if row.effective:
            yield "7.2", Found(Said(_("{person}: trained on {document}"), facts), row.checked, row.trained_on, *where)
        else:
            yield "7.2", Lack(Said(_("{person}: not shown yet that the training on {document} helped."), facts), *where)


def agreed_objectives(membership: Membership, today: date) -> Collected:
    """Objectives that can be measured, with the last value; a draft is none yet."""
    for one in objectives.visible_to(membership).filter(ended_at=None):
        where = ("objective", one.public_id)
        if one.agreed_at is None:
            yield "6.2.1", Lack(Said(_("{objective}: no number and no day yet."), {"objective": one.statement}), *where)
            continue
        stands = objectives.progress(one, today)
        facts: dict[str, Any] = {
            "indicator": one.indicator, "target": one.target, "unit": one.unit, "day": one.target_on,
            "state": Said(objectives.WORDS[stands.state]),
        }  # fmt: skip
        if stands.last is None:
            note = Said(_("{indicator}: target {target} {unit} by {day}; {state}"), facts)
        else:
            facts["value"] = stands.last.typed
            note = Said(_("{indicator}: {value} {unit}, target {target} {unit} by {day}; {state}"), facts)
        yield "6.2.1", Found(one.statement, note, stands.last.measured_on if stands.last else None, *where)


def gauges(membership: Membership, today: date) -> Collected:
    """Measuring instruments with their calibration, and studies of how well they measure."""
    for one in studies.gauges_visible_to(membership):
        where = ("gauge", one.public_id)
        if one.is_overdue(today):
            facts = {"gauge": str(one), "day": one.calibration_due_on}
            yield "7.1.5", Lack(Said(_("{gauge}: calibration ran out on {day}."), facts), *where)
        elif one.calibrated_on is None:
            yield "7.1.5", Lack(Said(_("{gauge}: no calibration is recorded."), {"gauge": str(one)}), *where)
        else:
            facts = {"number": one.certificate or "–", "day": one.calibration_due_on or "–"}
            note = Said(_("certificate {number}, holds until {day}"), facts)
            yield "7.1.5", Found(str(one), note, one.calibrated_on, *where)


def charts_and_studies(membership: Membership, today: date) -> Collected:
    """Control charts that are kept and studies that were computed; a study of a gauge belongs to the gauge."""
    for one in studies.charts_visible_to(membership).filter(closed_at=None):
        where = ("chart", one.public_id)
        if one.subgroups.exists():
            facts = {"characteristic": str(one.characteristic), "count": one.subgroups.count()}
            note = Said(_("control chart of {characteristic}, {count} points"), facts)
            yield "9.1.1", Found(one.name, note, None, *where)
        if one.signals:
            facts = {"chart": one.name, "points": [str(number) for number in one.signals]}
            yield "9.1.1", Lack(Said(_("{chart}: nobody said yet why these points signal: {points}."), facts), *where)
    for study in studies.studies_visible_to(membership):
        clause = "7.1.5" if study.gauge_id is not None and study.chart_id is None else "9.1.1"
        on = days.day_of(study.effective_at, membership.organisation.country)
        yield clause, Found(study.title, Said(_("study, computed and kept")), on, "study", study.public_id)


def approved_control_plans(membership: Membership, today: date) -> Collected:
    """The edition of each control plan that holds."""
    for plan in control_plans.visible_to(membership):
        held = next((one for one in control_plans.editions(plan) if one.approved_at is not None), None)
        where = ("control_plan", plan.public_id)
        title = f"{plan.number} {plan.title}"
        if held is None or held.approved_at is None:
            yield "8.1", Lack(Said(_("{plan}: no edition is approved yet."), {"plan": title}), *where)
            continue
        facts = {"number": held.edition, "count": held.rows.count()}
        on = days.day_of(held.approved_at, membership.organisation.country)
        yield "8.1", Found(title, Said(_("control plan, edition {number}, {count} lines"), facts), on, *where)


def suppliers(membership: Membership, today: date) -> Collected:
    """Suppliers that were decided on, what the register says of their certificates, and who is to be judged again."""
    for one in supplied.visible_to(membership):
        where = ("supplier", one.public_id)
        outcome = supplied.outcome(one)
        if outcome == "new":
            yield "8.4.1", Lack(Said(_("{supplier}: not decided yet."), {"supplier": one.name}), *where)
            continue
        approval = list(one.approvals.all())[-1]
        facts = {"state": Said(supplied.OUTCOMES[outcome]), "reasons": approval.reasons}
        yield "8.4.1", Found(one.name, Said(_("{state}: {reasons}"), facts), approval.decided_on, *where)
        due = supplied.next_evaluation(one)
        if due is not None and due < today:
            yield (
                "8.4.1",
                Lack(
                    Said(_("{supplier}: was to be judged again by {day}."), {"supplier": one.name, "day": due}), *where
                ),
            )
    for warned in supplied.warnings(supplied.visible_to(membership), today):
        supplier = warned.certificate.supplier
        said = Said(supplied.WARNINGS[warned.warning], warned.facts)
        yield "8.4.1", Lack(said, "supplier", supplier.public_id)


def internal_audits(membership: Membership, today: date) -> Collected:
    """The programme, audits that were reported with what they found, and what nobody looked at."""
    programmes = list(audits.visible_to(membership))
    for one in programmes:
        facts = {"first": one.first_day, "last": one.last_day}
        yield (
            "9.2.2",
            Found(
                one.title, Said(_("audit programme from {first} to {last}"), facts), None, "programme", one.public_id
            ),
        )
        if one.first_day <= today and one.completed_at is None:
            gaps = audits.gaps(one)
            names = [*(process.name for process in gaps.unplanned_processes), *gaps.unplanned_clauses]
            if names:
                said = Said(_("{programme}: no audit looks at {names}."), {"programme": one.title, "names": names})
                yield "9.2.2", Lack(said, "programme", one.public_id)
    reported = [one for one in audits.audits(membership) if one.reported_at is not None]
    for audit in reported:
        yield from _audit(audit)
    last = max((one.held_on for one in reported if one.held_on), default=None)
    if programmes and last is None:
        yield "9.2.2", Lack(Said(_("No internal audit was held yet.")), "programme", programmes[0].public_id)
    elif last is not None and days.add_months(last, FRESH) < today:
        yield "9.2.2", Lack(Said(_("The last internal audit was more than a year ago.")), "programme", "")


def _audit(audit: InternalAudit) -> Collected:
    where = ("audit", audit.public_id)
    facts = {"number": audit.number, "person": audit.auditor.person.names}
    title = Said(_("Internal audit {number} by {person}"), facts)
    yield "9.2.2", Found(title, audit.conclusion, audit.held_on, *where)
    for finding in audit.findings.select_related("process"):
        facts = {
            "number": f"{audit.number}/{finding.number}",
            "kind": Said(audits.KINDS[AuditFinding.Kind(finding.kind)]),
            "clause": finding.clause,
            "process": finding.process.name,
        }
        title = Said(_("{number} {kind}, {clause}, {process}"), facts)
        yield "9.2.2", Found(title, finding.statement, audit.held_on, *where)
    if audit.closed_at is None:
        said = Said(_("Internal audit {number}: reported and not closed."), {"number": audit.number})
        yield "9.2.2", Lack(said, *where)


def management_reviews(membership: Membership, today: date) -> Collected:
    """Reviews that were closed, with what was decided and what came of it."""
    closed = list(reviews.visible_to(membership).exclude(closed_at=None))
    for one in closed:
        where = ("review", one.public_id)
        yield "9.3.3", Found(one.number, one.conclusion, one.held_on, *where)
        for decision in one.decisions.all():
            facts = {"number": f"{one.number}/{decision.number}", "decision": decision.text}
            title = Said(_("{number} decided: {decision}"), facts)
            if decision.done_on is not None:
                yield "9.3.3", Found(title, decision.result, decision.done_on, *where)
            elif decision.due_on < today:
                yield "9.3.3", Lack(_late(one.number, decision), *where)
            else:
                note = Said(_("to be done by {day}"), {"day": decision.due_on})
                yield "9.3.3", Found(title, note, None, *where)
    last = max((one.held_on for one in closed), default=None)
    if last is not None and days.add_months(last, FRESH) < today:
        yield "9.3.3", Lack(Said(_("The last management review was more than a year ago.")), "review", "")


def _late(number: str, decision: ReviewDecision) -> Said:
    facts = {"number": f"{number}/{decision.number}", "decision": decision.text, "day": decision.due_on}
    return Said(_("{number}: “{decision}” was to be done by {day}."), facts)


def solved_problems(membership: Membership, today: date) -> Collected:
    """Problems with how far their cure is."""
    for one in problems.visible_to(membership):
        where = ("problem", one.public_id)
        check = one.effectcheck_rows.order_by("id").last()
        if one.closed_at is not None:
            on = days.day_of(one.closed_at, membership.organisation.country)
            facts = {"day": on, "result": check.result if check else "–"}
            note = Said(_("closed on {day}; effect: {result}"), facts)
        else:
            note = Said(_("open; cause, actions and effect are kept with it"))
        yield "10.2.2", Found(f"{one.number} {one.title}", note, one.since, *where)


COLLECTORS: tuple[Collector, ...] = (
    controlled_documents,
    agreed_objectives,
    gauges,
    charts_and_studies,
    approved_control_plans,
    suppliers,
    internal_audits,
    management_reviews,
    solved_problems,
)
