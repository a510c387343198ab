"""What follows a nonconformity of an internal audit: a problem in which its cause is removed, or a correction."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from testamur.improvement.actions.problems import open_problem
from testamur.improvement.models import AuditFinding, Problem
from testamur.improvement.policies import audits as policies
from testamur.improvement.policies.quality import SOURCE, check_text
from testamur.improvement.queries import problems
from testamur.journal.actions import record
from testamur.kernel.refusal import Refused, _
from testamur.parties.models import Membership


def _locked(finding: AuditFinding, by: Membership, at: datetime) -> AuditFinding:
    rows = AuditFinding.objects.select_for_update(of=("self",))
    row = rows.select_related("audit__programme__organisation", "process").get(pk=finding.pk)
    policies.check_may_cure(by, row, at)
    return row


@transaction.atomic
def open_problem_of(*, finding: AuditFinding, by: Membership, at: datetime) -> Problem:
    """Open a corrective action for a nonconformity; it says what the audit saw, until more is known."""
    finding = _locked(finding, by, at)
    if finding.problem is not None:
        raise Refused(
            _("Problem {number} cures this nonconformity already."), {"number": finding.problem.number},
            rule="improvement.audit", source=policies.CURE,
        )  # fmt: skip
    problem = open_problem(
        method=Problem.Method.FOUR_STEPS,
        origin=Problem.Origin.FINDING,
        statement={
            "title": _short(finding.statement, 160),
            "what": _short(finding.statement, 4000),
            "place": _short(f"{finding.process.name} ({finding.clause})", 200),
            "extent": _short(finding.seen, 200),
            "since": finding.audit.held_on,
        },
        by=by,
        at=at,
    )
    return _named(finding, problem, by, at).problem  # type: ignore[return-value]


@transaction.atomic
def name_problem(*, finding: AuditFinding, problem: Problem, by: Membership, at: datetime) -> AuditFinding:
    """Name the problem, opened already, in which the cause of a nonconformity is removed."""
    finding = _locked(finding, by, at)
    if not problems.visible_to(by).filter(pk=problem.pk).exists():
        raise Refused(_("Choose one of the answers offered."), rule="improvement.own", source=SOURCE, field="problem")
    return _named(finding, problem, by, at)


def _named(finding: AuditFinding, problem: Problem, by: Membership, at: datetime) -> AuditFinding:
    finding.problem = problem
    finding.save(update_fields=["problem"])
    record("improvement.audit_problem_named", subject=finding.audit, by=by, at=at,
           payload={"number": finding.number, "problem": problem.public_id}, source=policies.CURE)  # fmt: skip
    return finding


@transaction.atomic
def correct(*, finding: AuditFinding, correction: str, by: Membership, at: datetime) -> AuditFinding:
    """Say what was put right, and why the cause of this nonconformity needs no action."""
    finding = _locked(finding, by, at)
    finding.correction = check_text(correction, "correction", most=500)
    finding.save(update_fields=["correction"])
    record("improvement.audit_corrected", subject=finding.audit, by=by, at=at,
           payload={"number": finding.number, "correction": finding.correction}, source=policies.CURE)  # fmt: skip
    return finding


def _short(text: str, most: int) -> str:
    """Return a text that fits; what does not fit is read in the report of the audit."""
    said = text.strip()
    return said if len(said) <= most else f"{said[: most - 1]}…"
