"""An audit programme is begun and completed; audits are planned, recorded, reported, closed or dropped."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction

from testamur.improvement import clauses as known
from testamur.improvement.models import AuditFinding, AuditProgramme, AuditTarget, InternalAudit, Process
from testamur.improvement.policies import audits as policies
from testamur.improvement.policies.quality import check_colleague, check_may_work, check_not_ahead, check_text
from testamur.improvement.queries import audits as queries
from testamur.journal.actions import record
from testamur.kernel.days import day_of
from testamur.kernel.refusal import Refused, _
from testamur.parties.models import Membership


@transaction.atomic
def begin_programme(
    *, title: str, first_day: date, last_day: date, processes: Sequence[Process], by: Membership, at: datetime,
    clauses: Sequence[str] | None = None,
) -> AuditProgramme:  # fmt: skip
    """Begin the audit programme of a cycle.

    Args:
        processes: each of them is to be looked at in the cycle.
        clauses: numbers, each to be looked at; None: all of the standard.
    """
    check_may_work(by, by.organisation, at)
    called = check_text(title, "title", most=120)
    numbers = list(known.titles()) if clauses is None else list(clauses)
    unknown = [one for one in numbers if one not in known.titles()]
    if last_day <= first_day or unknown or not numbers:
        raise Refused(
            _("Choose clauses of the standard, and a last day after the first."), rule="improvement.programme",
            source=policies.PROGRAMME, field="last_day" if last_day <= first_day else "clauses",
        )  # fmt: skip
    if not processes or any(one.organisation_id != by.organisation_id or one.ended_at for one in processes):
        raise Refused(
            _("Choose at least one process; name your processes first where there is none."),
            rule="improvement.programme", source=policies.PROGRAMME, field="processes",
        )  # fmt: skip
    made = AuditProgramme.objects.create(
        organisation=by.organisation, title=called, first_day=first_day, last_day=last_day,
        clauses=sorted(set(numbers), key=queries.order), by=by, effective_at=at,
    )  # fmt: skip
    made.processes.set(processes)
    record("improvement.programme_begun", subject=made, by=by, at=at,
           payload={"first": first_day.isoformat(), "last": last_day.isoformat()})  # fmt: skip
    return made


@transaction.atomic
def complete_programme(*, programme: AuditProgramme, by: Membership, at: datetime) -> AuditProgramme:
    """Say that everything was looked at; refused while a clause or a process was not."""
    programme = AuditProgramme.objects.select_for_update(of=("self",)).get(pk=programme.pk)
    policies.check_may_complete(by, programme, at)
    programme.completed_at = at
    programme.save(update_fields=["completed_at"])
    record("improvement.programme_completed", subject=programme, by=by, at=at, source=policies.PROGRAMME)
    return programme


@transaction.atomic
def plan_audit(
    *, programme: AuditProgramme, auditor: Membership, planned_on: date, processes: Sequence[Process],
    clauses: Sequence[str], by: Membership, at: datetime, scope: str = "",
) -> InternalAudit:  # fmt: skip
    """Plan an audit of some clauses in some processes, by somebody who answers for none of them."""
    programme = AuditProgramme.objects.select_for_update(of=("self",)).get(pk=programme.pk)
    policies.check_may_plan(by, programme, at)
    check_colleague(auditor, by, day_of(at, by.organisation.country), "auditor")
    policies.check_auditor(auditor)
    policies.check_targets(programme, processes, clauses)
    policies.check_day_in_cycle(programme, planned_on, "planned_on")
    policies.check_independent(auditor, processes)
    audit = InternalAudit.objects.create(
        programme=programme, number=f"{programme.first_day.year}-{programme.audits.count() + 1}", auditor=auditor,
        planned_on=planned_on, scope=check_text(scope, "scope", most=300, required=False), by=by, effective_at=at,
    )  # fmt: skip
    AuditTarget.objects.bulk_create(
        AuditTarget(audit=audit, process=process, clause=clause)
        for process in processes
        for clause in sorted(set(clauses), key=queries.order)
    )
    record("improvement.audit_planned", subject=audit, by=by, at=at,
           payload={"auditor": auditor.pk, "on": planned_on.isoformat()})  # fmt: skip
    return audit


def _locked(audit: InternalAudit) -> InternalAudit:
    rows = InternalAudit.objects.select_for_update(of=("self",))
    return rows.select_related("programme__organisation", "auditor__person").get(pk=audit.pk)


@transaction.atomic
def record_finding(
    *, audit: InternalAudit, kind: str, process: Process, clause: str, statement: str, seen: str, by: Membership,
    at: datetime,
) -> AuditFinding:  # fmt: skip
    """Record what was found at one place, with the evidence for it."""
    audit = _locked(audit)
    policies.check_may_record(by, audit, at)
    if kind not in AuditFinding.Kind.values or not audit.targets.filter(process=process, clause=clause).exists():
        raise Refused(
            _("Choose a kind, and a clause and process that this audit looks at."), rule="improvement.audit",
            source=policies.PROGRAMME, field="clause",
        )  # fmt: skip
    made = AuditFinding.objects.create(
        audit=audit, number=audit.findings.count() + 1, kind=kind, process=process, clause=clause,
        statement=check_text(statement, "statement", most=5000), seen=check_text(seen, "seen", most=5000),
        by=by, effective_at=at,
    )  # fmt: skip
    record("improvement.audit_finding", subject=audit, by=by, at=at, payload={"number": made.number, "kind": kind})
    return made


@transaction.atomic
def report_audit(
    *, audit: InternalAudit, held_on: date, conclusion: str, by: Membership, at: datetime
) -> InternalAudit:
    """Say when the audit was held and what it comes to; from now on its findings stay."""
    audit = _locked(audit)
    policies.check_may_record(by, audit, at)
    check_not_ahead(held_on, at, by, "held_on")
    policies.check_day_in_cycle(audit.programme, held_on, "held_on")
    audit.held_on, audit.conclusion = held_on, check_text(conclusion, "conclusion", most=5000)
    audit.reported_at = at
    audit.save(update_fields=["held_on", "conclusion", "reported_at"])
    record("improvement.audit_reported", subject=audit, by=by, at=at, payload={"held": held_on.isoformat()})
    return audit


@transaction.atomic
def close_audit(*, audit: InternalAudit, by: Membership, at: datetime) -> InternalAudit:
    """Close a reported audit whose nonconformities are all being cured."""
    audit = _locked(audit)
    policies.check_may_close(by, audit, at)
    audit.closed_at = at
    audit.save(update_fields=["closed_at"])
    record("improvement.audit_closed", subject=audit, by=by, at=at)
    return audit


@transaction.atomic
def drop_audit(*, audit: InternalAudit, because: str, by: Membership, at: datetime) -> InternalAudit:
    """Say why a planned audit is not held; what it was to look at is open again."""
    audit = _locked(audit)
    policies.check_may_plan(by, audit.programme, at)
    if audit.reported_at is not None or audit.dropped_because:
        raise Refused(
            _("This audit was reported or dropped; its findings stay as they are."), rule="improvement.audit",
            source=policies.PROGRAMME,
        )  # fmt: skip
    audit.dropped_because = check_text(because, "because", most=300)
    audit.save(update_fields=["dropped_because"])
    record("improvement.audit_dropped", subject=audit, by=by, at=at)
    return audit
