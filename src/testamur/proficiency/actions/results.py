"""Results of participants: sent, corrected until the last day, sealed after it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from testamur.journal.actions import record
from testamur.kernel.days import day_of
from testamur.kernel.refusal import Refused, _
from testamur.parties.models import Membership
from testamur.proficiency import policies, reported
from testamur.proficiency.models import Participant, Submission
from testamur.tqm.results import digest


@transaction.atomic
def send(
    *, participant: Participant, entries: Mapping[str, Mapping[str, Any]], by: Membership, at: datetime
) -> Submission:
    """Send all results of a participant; a later sending takes the place of this one, and this one stays.

    Args:
        entries: measurand (public id) → ``values``, ``U``, ``k``, ``method``, as typed.
    """
    rows = Participant.objects.select_for_update(of=("self",)).select_related("round__organisation", "organisation")
    participant = rows.get(pk=participant.pk)
    policies.check_may_act_for(by, participant.organisation, at)
    found = participant.round
    policies.check_may_report(participant, day_of(at, found.organisation.country))
    body = {}
    for one in found.measurands.all():
        entry = reported.read(one, entries.get(one.public_id, {}), found.replicates)
        if entry is not None:
            body[one.public_id] = entry
    if not body:
        raise Refused(_("Write at least one result."), rule="proficiency.results", source=policies.RESULTS)
    last = participant.submissions.order_by("number").last()
    if last is not None and last.body == body:
        raise Refused(
            _("You sent exactly these results already: receipt {receipt}."), {"receipt": last.public_id},
            rule="proficiency.results",
        )  # fmt: skip
    number = 1 + (last.number if last else 0)
    sealed = digest({"round": found.public_id, "code": participant.code, "number": number, "results": body})
    made = Submission.objects.create(
        participant=participant, number=number, body=body, digest=sealed, by=by, effective_at=at
    )
    facts = {"participant": participant.public_id, "number": number, "digest": sealed}
    record("proficiency.results_sent", subject=made, by=by, at=at, payload=facts)
    return made
