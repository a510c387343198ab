"""Who audits what, and when a programme is complete (ISO 9001:2015, 9.2.2)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from testamur.improvement import clauses
from testamur.improvement.models import AuditFinding, AuditProgramme, InternalAudit, Process
from testamur.improvement.policies.quality import check_may_work
from testamur.improvement.queries import audits as queries
from testamur.kernel.refusal import Refused, _
from testamur.kernel.words import Function
from testamur.parties.models import Membership

PROGRAMME = "iso-9001@2015#9.2.2"
CURE = "iso-9001@2015#10.2"


def check_may_plan(by: Membership, programme: AuditProgramme, at: datetime) -> None:
    """A complete programme is a record."""
    check_may_work(by, programme.organisation, at)
    if programme.completed_at is not None:
        raise Refused(
            _("This programme is complete. Begin the next one."), rule="improvement.programme", source=PROGRAMME
        )


def check_independent(auditor: Membership, processes: Iterable[Process]) -> None:
    """Nobody audits their own work: who answers for a process does not audit it."""
    own = [one.name for one in processes if one.owner.person_id == auditor.person_id]
    if own:
        raise Refused(
            _("{person} answers for {processes} and cannot audit it. Choose another auditor, or leave it out."),
            {"person": auditor.person.names, "processes": own},
            rule="improvement.auditor_independent",
            source=PROGRAMME,
            field="auditor",
        )


def check_auditor(auditor: Membership) -> None:
    """An auditor records in the workshop, so holds the function."""
    if not auditor.holds(Function.QUALITY):
        raise Refused(
            _("{person} does not hold the function quality work, and could not record the audit."),
            {"person": auditor.person.names},
            rule="improvement.auditor",
            source=PROGRAMME,
            field="auditor",
        )


def check_targets(programme: AuditProgramme, processes: Iterable[Process], numbers: Iterable[str]) -> None:
    """An audit looks at something, and at what the programme covers."""
    wanted, own = list(processes), set(programme.processes.values_list("pk", flat=True))
    listed = list(numbers)
    if not wanted or not listed:
        raise Refused(
            _("Choose at least one process and one clause."),
            rule="improvement.audit",
            source=PROGRAMME,
            field="clauses" if wanted else "processes",
        )
    strange = [one.name for one in wanted if one.pk not in own]
    strange += [one for one in listed if one not in programme.clauses]
    if strange:
        raise Refused(
            _("The programme does not cover {names}."),
            {"names": strange},
            rule="improvement.audit",
            source=PROGRAMME,
            field="processes",
        )


def check_day_in_cycle(programme: AuditProgramme, day: date, field: str) -> None:
    """An audit of a programme is held within its cycle."""
    if not programme.first_day <= day <= programme.last_day:
        raise Refused(
            _("The cycle of this programme is {first} to {last}."),
            {"first": programme.first_day, "last": programme.last_day},
            rule="improvement.audit",
            source=PROGRAMME,
            field=field,
        )


def check_may_record(by: Membership, audit: InternalAudit, at: datetime) -> None:
    """The auditor records findings and reports; what was reported does not change."""
    check_may_plan(by, audit.programme, at)
    if audit.reported_at is not None or audit.dropped_because:
        raise Refused(
            _("This audit was reported or dropped; its findings stay as they are."),
            rule="improvement.audit",
            source=PROGRAMME,
        )
    if audit.auditor.person_id != by.person_id:
        raise Refused(
            _("{person} is the auditor and records what was found."),
            {"person": audit.auditor.person.names},
            rule="improvement.audit",
            source=PROGRAMME,
        )
    check_independent(audit.auditor, queries.processes_of(audit))


def check_may_cure(by: Membership, finding: AuditFinding, at: datetime) -> None:
    """What follows a nonconformity is said between the report of the audit and its closing."""
    audit = finding.audit
    check_may_work(by, audit.programme.organisation, at)
    if finding.kind != AuditFinding.Kind.NONCONFORMITY or audit.reported_at is None or audit.closed_at is not None:
        raise Refused(
            _("Only a nonconformity of a reported audit that is not closed is cured here."),
            rule="improvement.audit",
            source=CURE,
        )


def check_may_close(by: Membership, audit: InternalAudit, at: datetime) -> None:
    """An audit closes when it is reported and each nonconformity has a problem, or a correction that is enough."""
    check_may_work(by, audit.programme.organisation, at)
    if audit.reported_at is None:
        raise Refused(_("Report the audit first."), rule="improvement.audit", source=PROGRAMME)
    if audit.closed_at is not None:
        raise Refused(_("This audit is closed already."), rule="improvement.audit", source=PROGRAMME)
    uncured = queries.uncured(audit)
    if uncured:
        raise Refused(
            _("Nonconformities without a problem and without a correction: {numbers}. Open a problem for each, or say "
              "what was put right and why that is enough."),
            {"numbers": [str(one.number) for one in uncured]},
            rule="improvement.audit",
            source=CURE,
        )


def check_may_complete(by: Membership, programme: AuditProgramme, at: datetime) -> None:
    """A programme is complete when each clause and each process was looked at within the cycle."""
    check_may_plan(by, programme, at)
    gaps = queries.gaps(programme)
    if gaps.clauses or gaps.processes:
        known = clauses.titles()
        raise Refused(
            _("Nobody looked at: {gaps}. Hold an audit of each before the programme is complete."),
            {"gaps": [*(one.name for one in gaps.processes), *(_named(one, known) for one in gaps.clauses)]},
            rule="improvement.programme_covers",
            source=PROGRAMME,
        )


def _named(number: str, known: dict[str, dict[str, str]]) -> dict[str, str]:
    title = known.get(number, {})
    return {key: f"{number} {title.get(key, '')}".strip() for key in ("en", "zh")}
