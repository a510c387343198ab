"""How a decision changes a status: the row, the parts, the bits, the statements, the one event."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from testamur.attestation import families, policies, statements, status_lists
from testamur.decision import queries as decisions
from testamur.decision.models import Decision
from testamur.decision.policies import check_ground
from testamur.journal.actions import record
from testamur.kernel import clock, days
from testamur.kernel.words import Outcome, Status
from testamur.parties.models import Membership, Platform
from testamur.register import policies as register
from testamur.register import replay
from testamur.register.models import Attestation, StatusChange
from testamur.register.writing import write_current
from testamur.selection.models import Case

Actor = Membership | Platform
STATUS_OF = {
    Outcome.SUSPEND: Status.SUSPENDED,
    Outcome.RESTORE: Status.VALID,
    Outcome.WITHDRAW: Status.WITHDRAWN,
    Outcome.CANCEL: Status.CANCELLED,
}
EVENT_OF = {
    Outcome.SUSPEND: "attestation.suspended",
    Outcome.RESTORE: "attestation.restored",
    Outcome.WITHDRAW: "attestation.withdrawn",
    Outcome.CANCEL: "attestation.cancelled",
}


def change_status(
    attestation: Attestation, decision: Decision, outcome: Outcome, *, by: Actor, at: datetime
) -> StatusChange:
    """Record what a decision did to a status, on the attestation and on its parts, in lists and statements."""
    definition = decisions.definition_of(decision)
    check_ground(definition, outcome, decision.ground)
    lines = decision.changes.get("lines") if decision.changes else None
    change = _write_change(attestation, decision, outcome, at=decision.effective_at, lines=lines)
    touched = [attestation]
    if lines is None:
        touched += _parts_follow(attestation, decision, outcome, change)
    for one in touched:
        write_current(one)
    status_lists.follow(touched)
    for one in touched:
        statements.write(one)
    record(
        EVENT_OF[outcome],
        subject=attestation,
        by=by,
        at=decision.effective_at,
        case=decision.case.public_id if decision.case is not None else "",
        payload={
            "attestation": attestation.public_id,
            "change": change.pk,
            "ground": decision.ground,
            "lines": lines,
            "parts": [one.public_id for one in touched[1:]],
        },
        source=change.source,
    )
    decision.issued_at = clock.now()
    decision.save(update_fields=["issued_at"])
    case = decision.case
    if case is not None and case.stage == Case.Stage.ATTESTATION:
        case.move(Case.Stage.DONE, on=days.day_of(at, definition.area))
    return change


def _write_change(
    attestation: Attestation,
    decision: Decision,
    outcome: Outcome,
    *,
    at: datetime,
    lines: Sequence[int] | None = None,
) -> StatusChange:
    new = STATUS_OF[outcome]
    register.check_may_follow(attestation, new, effective_at=at, lines=lines)
    if lines is not None:
        register.check_lines_exist(attestation, lines, at)
    ground = policies.ground_of(decisions.definition_of(decision), decision.ground)
    return StatusChange.objects.create(
        attestation=attestation,
        status=new,
        lines=list(lines) if lines is not None else None,
        ground=decision.ground if outcome is not Outcome.RESTORE else "",
        cause=ground.cause if ground else "",
        from_start=bool(ground and ground.effect == "from_start"),
        legal_word=(ground.legal_kind or "") if ground else "",
        reason=decision.reasons,
        source="; ".join(str(source) for source in ground.source or ()) if ground else "",
        decision=decision.public_id,
        effective_at=at,
    )


def _parts_follow(main: Attestation, decision: Decision, outcome: Outcome, change: StatusChange) -> list[Attestation]:
    """Do the same to the living parts; a restoration lifts only what the main's own suspension brought about."""
    touched = []
    new = STATUS_OF[outcome]
    suspension = None
    if outcome is Outcome.RESTORE:
        rows = [
            row for row in replay.standing(main.changes.all()) if row.status == Status.SUSPENDED and row.lines is None
        ]
        suspension = rows[-1].decision if rows else None
    for part in families.living(main):
        rows = [row for row in replay.standing(part.changes.all()) if row.lines is None]
        last = replay.holding(rows, change.effective_at)
        if last is None or Status(last.status) is new:
            continue
        if outcome is Outcome.RESTORE and last.decision != suspension:
            continue
        _write_change(part, decision, outcome, at=change.effective_at)
        touched.append(part)
    return touched
