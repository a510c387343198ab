"""What the client puts forward by itself, before the dossier is reviewed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db import transaction

from testamur.determination import policies
from testamur.determination.models import Exhibit
from testamur.files import actions as files
from testamur.journal.actions import record
from testamur.kernel import clock
from testamur.kernel.refusal import Refused, _
from testamur.parties.models import Membership, actor
from testamur.selection.models import Case

SOURCE = "testamur@2026-1#evidence"


@transaction.atomic
def exhibit(
    *,
    case: Case,
    kind: str,
    title: str,
    content: bytes,
    name: str,
    facts: Sequence[Mapping[str, str]],
    by: Membership,
    at: datetime,
    clauses: Iterable[str] = (),
) -> Exhibit:
    """Put a file forward in a case; its digest is in the dossier from now on. The same file twice is put forward once.

    Args:
        kind: what reads the file again: ``study``.
        facts: ``{"label", "value"}``, most telling first.
        clauses: clauses it is meant to serve.

    Raises:
        Refused: not the client, or the dossier is with the reviewer already.
    """
    case = Case.objects.select_for_update(of=("self",)).select_related("scheme", "client").get(pk=case.pk)
    policies.check_may_exhibit(case, by, at)
    stored = files.store(content, name=name, max_mb=50)
    same = case.exhibits.filter(file=stored, taken_back_at=None).first()
    if same is not None:
        return same
    made = Exhibit.objects.create(
        case=case,
        kind=kind,
        title=title.strip()[:255],
        file=stored,
        name=name[:255],
        clauses=sorted({str(one).strip() for one in clauses if str(one).strip()}),
        facts=[dict(one) for one in facts],
        effective_at=at,
        **actor(by),
    )
    record(
        "determination.exhibited",
        subject=made,
        by=by,
        at=at,
        case=case.public_id,
        payload={"kind": kind, "sha256": stored.sha256, "clauses": made.clauses},
    )
    return made


@transaction.atomic
def take_back(*, exhibit: Exhibit, reason: str, by: Membership, at: datetime) -> Exhibit:
    """Take back what was put forward; it stays on record with the reason.

    Raises:
        Refused: not the client, no reason, or the dossier is with the reviewer already.
    """
    row = Exhibit.objects.select_for_update(of=("self",)).select_related("case__client", "file").get(pk=exhibit.pk)
    policies.check_may_exhibit(row.case, by, at)
    if row.taken_back_at is not None:
        return row
    if not reason.strip():
        raise Refused(
            _("Say why it is taken back; the team reads it."), rule="exhibit.reason", source=SOURCE, field="reason"
        )
    row.taken_back_at, row.taken_back_because = clock.now(), reason.strip()[:300]
    row.save(update_fields=["taken_back_at", "taken_back_because"])
    record(
        "determination.exhibit_taken_back",
        subject=row,
        by=by,
        at=at,
        case=row.case.public_id,
        payload={"sha256": row.file.sha256, "reason": row.taken_back_because},
    )
    return row
