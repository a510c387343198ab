"""Take part in the benchmark, and leave it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from testamur.diagnosis import benchmark, policies, queries
from testamur.diagnosis.models import Participation
from testamur.journal.actions import record
from testamur.kernel import clock
from testamur.kernel.refusal import Refused, _
from testamur.parties.models import Membership, Organisation


@transaction.atomic
def join_benchmark(*, section: str, size: str, by: Membership, at: datetime) -> Participation:
    """Let one's finished assessments count, nameless, among enterprises of a section and size class."""
    organisation = Organisation.objects.select_for_update().get(pk=by.organisation_id)
    policies.check_may_work(by, organisation, at)
    if section not in queries.sections():
        raise Refused(
            _("Choose the section of your industry."),
            rule="diagnosis.benchmark",
            source=policies.SOURCE,
            field="section",
        )
    if size not in dict(benchmark.SIZES):
        raise Refused(
            _("Choose how many people work for you."), rule="diagnosis.benchmark", source=policies.SOURCE, field="size"
        )
    if queries.participation(organisation) is not None:
        raise Refused(_("You take part already."), rule="diagnosis.benchmark", source=policies.SOURCE)
    made = Participation.objects.create(organisation=organisation, section=section, size=size, by=by, effective_at=at)
    record("diagnosis.benchmark_joined", subject=made, by=by, at=at, payload={"section": section, "size": size})
    benchmark.refresh_all()
    return made


@transaction.atomic
def leave_benchmark(*, by: Membership, at: datetime) -> Participation:
    """Count no longer: not in anything that is computed from now on."""
    policies.check_may_work(by, by.organisation, at)
    found = Participation.objects.select_for_update(of=("self",)).filter(
        organisation=by.organisation, withdrawn_at=None
    )
    participation = found.first()
    if participation is None:
        raise Refused(_("You do not take part."), rule="diagnosis.benchmark", source=policies.SOURCE)
    participation.withdrawn_at = clock.now()
    participation.save(update_fields=["withdrawn_at"])
    record("diagnosis.benchmark_left", subject=participation, by=by, at=at)
    benchmark.refresh_all()
    return participation
