"""Releases: a laboratory lets somebody see its results, and takes that back. Whoever looks leaves a record."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from testamur.journal.actions import record
from testamur.kernel import clock
from testamur.kernel.days import day_of
from testamur.kernel.refusal import Refused, _
from testamur.parties.models import Membership, Organisation
from testamur.proficiency import policies, queries
from testamur.proficiency.models import Participant, Release, Round


@transaction.atomic
def release(*, to: Organisation, found: Round | None, until_day: date, by: Membership, at: datetime) -> Release:
    """Let an organisation see one's own results, of a round or of all (None), until a day."""
    part = None if found is None else queries.participations(by).filter(round=found).first()
    policies.check_may_release(by, to, found, part.group if part else None, until_day, at)
    made = Release.objects.create(
        organisation=by.organisation, to=to, round=found, until_day=until_day, by=by, effective_at=at
    )
    facts = {"to": to.public_id, "round": found.public_id if found else "", "until": until_day.isoformat()}
    record("proficiency.results_released", subject=made, by=by, at=at, payload=facts)
    return made


@transaction.atomic
def revoke(*, found: Release, by: Membership, at: datetime) -> Release:
    """Take a release back, from now on. What was seen was seen; the journal says when."""
    found = Release.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=found.pk)
    policies.check_may_revoke(found, by, at)
    found.revoked_at, found.revoked_by = clock.now(), by
    found.save(update_fields=["revoked_at", "revoked_by"])
    record("proficiency.release_revoked", subject=found, by=by, at=at, payload={"release": found.public_id})
    return found


@transaction.atomic
def look(*, participant: Participant, by: Membership, at: datetime) -> Participant:
    """Look at results one may see; every look is recorded, and the laboratory sees that it happened."""
    policies.check_may_look(by, at)
    today = day_of(at, by.organisation.country)
    found = queries.shown_to(by, today).filter(pk=participant.pk).first()
    if found is None:
        raise Refused(_("These results are not released to you."), rule="proficiency.release", source=policies.SECRECY)
    record("proficiency.results_looked_at", subject=found, by=by, at=at, payload={"participant": found.public_id})
    return found
