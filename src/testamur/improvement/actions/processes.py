"""Processes are named, given to somebody, and end."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from testamur.improvement.models import Process
from testamur.improvement.policies.quality import SOURCE, check_colleague, check_may_work, check_text
from testamur.journal.actions import record
from testamur.kernel.days import day_of
from testamur.kernel.refusal import Refused, _
from testamur.parties.models import Membership


@transaction.atomic
def keep_process(
    *, name: str, owner: Membership, by: Membership, at: datetime, process: Process | None = None
) -> Process:
    """Name a process and who answers for it, or give it to somebody else."""
    check_may_work(by, by.organisation if process is None else process.organisation, at)
    called = check_text(name, "name", most=120)
    check_colleague(owner, by, day_of(at, by.organisation.country), "owner")
    others = Process.objects.filter(organisation=by.organisation, name=called)
    if process is not None:
        process = Process.objects.select_for_update().get(pk=process.pk)
        others = others.exclude(pk=process.pk)
    if others.exists():
        raise Refused(
            _("There is a process “{name}” already."), {"name": called}, rule="improvement.process", source=SOURCE,
            field="name",
        )  # fmt: skip
    if process is None:
        process = Process.objects.create(organisation=by.organisation, name=called, owner=owner, by=by, effective_at=at)
    else:
        process.name, process.owner = called, owner
        process.save(update_fields=["name", "owner"])
    record("improvement.process_kept", subject=process, by=by, at=at, payload={"owner": owner.pk})
    return process


@transaction.atomic
def end_process(*, process: Process, by: Membership, at: datetime) -> Process:
    """Say that a process is no longer done; what was audited of it stays."""
    process = Process.objects.select_for_update().get(pk=process.pk)
    check_may_work(by, process.organisation, at)
    if process.ended_at is not None:
        raise Refused(_("This process ended already."), rule="improvement.process", source=SOURCE)
    process.ended_at = at
    process.save(update_fields=["ended_at"])
    record("improvement.process_ended", subject=process, by=by, at=at)
    return process
