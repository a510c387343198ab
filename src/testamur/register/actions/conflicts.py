"""Acts on conflicts: saying which of two records of one certificate is right."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from testamur.journal.actions import record
from testamur.journal.marks import touch
from testamur.kernel.refusal import Refused, _
from testamur.parties.models import Membership, Platform
from testamur.register.answering.assurance import DELIVERIES
from testamur.register.models import Attestation, Conflict
from testamur.register.policies_reporting import CONFLICT, check_may_settle

Actor = Membership | Platform
#: Characters of a reason.
REASON_MOST = 300


@transaction.atomic
def settle(*, conflict: Conflict, holds: Attestation, reason: str, by: Actor, at: datetime) -> Conflict:
    """Say which of two records holds, until one of them says something else. Neither record is changed.

    Raises:
        Refused: as ``check_may_settle``; no reason is given.
    """
    conflict = Conflict.objects.select_for_update(of=("self",)).select_related("first", "second").get(pk=conflict.pk)
    check_may_settle(conflict, holds, by, at)
    if not reason.strip():
        raise Refused(
            _("Say why; both bodies and the public read it."), rule="register.conflict", source=CONFLICT, field="reason"
        )
    conflict.holds, conflict.rule = holds, Conflict.Rule.SETTLED
    conflict.reason = reason.strip()[:REASON_MOST]
    conflict.settled_by, conflict.settled_at = getattr(by, "pk", None), at
    conflict.save(update_fields=["holds", "rule", "reason", "settled_by", "settled_at"])
    record(
        "register.conflict_settled", subject=conflict.holds, by=by, at=at,
        payload={"conflict": conflict.pk, "reason": conflict.reason,
                 "records": [conflict.first.public_id, conflict.second.public_id]},
    )  # fmt: skip
    touch(DELIVERIES)
    return conflict
