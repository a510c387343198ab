"""The coverage of an audit programme: what was looked at, what is planned, what nobody looks at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from testamur.improvement.models import AuditFinding, AuditProgramme, AuditTarget, InternalAudit, Process
from testamur.kernel.refusal import _
from testamur.kernel.words import Function
from testamur.parties.models import Membership

#: State of a cell, and of an audit: its words.
CELLS = {
    "audited": _("audited"),
    "planned": _("planned"),
    "earlier": _("only in an earlier cycle"),
    "never": _("never"),
}
STATES = {
    "planned": _("planned"),
    "reported": _("reported"),
    "closed": _("closed"),
    "dropped": _("dropped"),
}
KINDS = {
    AuditFinding.Kind.CONFORMITY: _("conformity"),
    AuditFinding.Kind.OBSERVATION: _("observation"),
    AuditFinding.Kind.NONCONFORMITY: _("nonconformity"),
}


def visible_to(membership: Membership | None) -> QuerySet[AuditProgramme]:
    """Return the programmes of a membership's own organisation."""
    if membership is None or not membership.holds(Function.QUALITY):
        return AuditProgramme.objects.none()
    return AuditProgramme.objects.filter(organisation=membership.organisation_id).select_related("organisation")


def audits(membership: Membership | None) -> QuerySet[InternalAudit]:
    """Return the audits of a membership's own organisation."""
    rows = InternalAudit.objects.filter(programme__in=visible_to(membership))
    return rows.select_related("auditor__person", "programme__organisation")


def state_of(audit: InternalAudit) -> str:
    """Return the state of an audit, a key of ``STATES``."""
    if audit.dropped_because:
        return "dropped"
    if audit.closed_at is not None:
        return "closed"
    return "reported" if audit.reported_at is not None else "planned"


def uncured(audit: InternalAudit) -> list[AuditFinding]:
    """Return the nonconformities of an audit that have neither a problem nor a correction."""
    rows = audit.findings.filter(kind=AuditFinding.Kind.NONCONFORMITY, problem=None, correction="")
    return list(rows.select_related("process"))


def processes_of(audit: InternalAudit) -> list[Process]:
    """Return the processes an audit looks at, each once."""
    rows = Process.objects.filter(targets__audit=audit).select_related("owner__person")
    return list(rows.distinct())


def clauses_of(audit: InternalAudit) -> list[str]:
    """Return the clauses an audit looks at, each once, in the order of the standard."""
    return sorted(set(audit.targets.values_list("clause", flat=True)), key=order)


def order(number: str) -> list[int]:
    """Return what clauses are sorted by."""
    return [int(part) for part in number.split(".") if part.isdecimal()]


@dataclass(frozen=True)
class Cell:
    """One clause in one process: a key of ``CELLS``, and the last or the planned day with its audit."""

    state: str
    day: date | None = None
    audit: InternalAudit | None = None


def matrix(programme: AuditProgramme) -> dict[tuple[str, int], Cell]:
    """Return (clause, process) → cell for every clause and process of a programme."""
    targets = AuditTarget.objects.filter(
        process__in=programme.processes.all(),
        audit__programme__organisation=programme.organisation_id,
        audit__dropped_because="",
    ).select_related("audit")
    cells: dict[tuple[str, int], Cell] = {}
    for target in targets:
        audit = target.audit
        if audit.reported_at is not None and audit.held_on is not None:
            within = programme.first_day <= audit.held_on <= programme.last_day
            found = Cell("audited" if within else "earlier", audit.held_on, audit)
        elif audit.programme_id == programme.pk:
            found = Cell("planned", audit.planned_on, audit)
        else:
            continue
        place = (target.clause, target.process_id)
        cells[place] = _better(cells.get(place), found)
    columns = list(programme.processes.values_list("pk", flat=True))
    return {
        (clause, column): cells.get((clause, column), Cell("never"))
        for clause in programme.clauses
        for column in columns
    }


_RANK = {"never": 0, "earlier": 1, "planned": 2, "audited": 3}


def _better(old: Cell | None, new: Cell) -> Cell:
    if old is None or _RANK[new.state] != _RANK[old.state]:
        return new if old is None or _RANK[new.state] > _RANK[old.state] else old
    return new if (new.day or date.min) > (old.day or date.min) else old


@dataclass(frozen=True)
class Gaps:
    """What nobody looked at within the cycle.

    Attributes:
        clause_days: clause → day of the first audit planned for it; None: none is.
        process_days: row of a process → the same.
    """

    clauses: tuple[str, ...]
    processes: tuple[Process, ...]
    clause_days: dict[str, date | None]
    process_days: dict[int, date | None]

    @property
    def unplanned_clauses(self) -> tuple[str, ...]:
        """Return the clauses no audit is planned for."""
        return tuple(one for one in self.clauses if self.clause_days[one] is None)

    @property
    def unplanned_processes(self) -> tuple[Process, ...]:
        """Return the processes no audit is planned for."""
        return tuple(one for one in self.processes if self.process_days[one.pk] is None)


def gaps(programme: AuditProgramme) -> Gaps:
    """Return the clauses and the processes without a reported audit in the cycle."""
    cells = matrix(programme)
    processes = list(programme.processes.select_related("owner__person"))
    rows = {clause: [cells[clause, one.pk] for one in processes] for clause in programme.clauses}
    columns = {one.pk: [cells[clause, one.pk] for clause in programme.clauses] for one in processes}
    return Gaps(
        tuple(clause for clause in rows if not _looked_at(rows[clause])),
        tuple(one for one in processes if not _looked_at(columns[one.pk])),
        {clause: _first_planned(found) for clause, found in rows.items()},
        {column: _first_planned(found) for column, found in columns.items()},
    )


def _looked_at(cells: list[Cell]) -> bool:
    return any(one.state == "audited" for one in cells)


def _first_planned(cells: list[Cell]) -> date | None:
    return min((one.day for one in cells if one.state == "planned" and one.day is not None), default=None)


def to_hold(membership: Membership, today: date, *, days_ahead: int = 14) -> list[InternalAudit]:
    """Return the audits that a member holds within some days, and those that are late."""
    mine = audits(membership).filter(auditor__person=membership.person_id, reported_at=None, dropped_because="")
    return [one for one in mine if (one.planned_on - today).days <= days_ahead]


def to_close(membership: Membership) -> list[InternalAudit]:
    """Return the reported audits that are not closed."""
    return list(audits(membership).filter(reported_at__isnull=False, closed_at=None))
