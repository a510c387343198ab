"""Let somebody look at an assessment; advice of theirs, sentence by sentence, generic or client-specific."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import transaction

from testamur.diagnosis import policies
from testamur.diagnosis.models import Advice, Assessment, Grant
from testamur.journal.actions import record
from testamur.kernel import clock
from testamur.kernel.days import day_of
from testamur.kernel.refusal import Refused, _
from testamur.parties.actions import record_engagement
from testamur.parties.models import Engagement, Membership, Organisation


@transaction.atomic
def let_in(
    *, assessment: Assessment, to: Organisation, until_day: date, fee_tied: bool, by: Membership, at: datetime
) -> Grant:
    """Let another organisation look at a finished assessment until a day.

    Args:
        fee_tied: what is paid for the help depends on certification; all their advice then counts as client-specific.
    """
    assessment = Assessment.objects.select_for_update(of=("self",)).get(pk=assessment.pk)
    policies.check_may_let_in(assessment, to, until_day, by, at)
    grant = Grant.objects.create(
        assessment=assessment, to=to, until_day=until_day, fee_tied=fee_tied, by=by, effective_at=at
    )
    payload = {"to": to.public_id, "until": until_day.isoformat(), "fee_tied": fee_tied}
    record("diagnosis.grant_given", subject=grant, by=by, at=at, payload=payload)
    return grant


@transaction.atomic
def revoke_grant(*, grant: Grant, by: Membership, at: datetime) -> Grant:
    """End a look, from now on; what was advised stays."""
    grant = Grant.objects.select_for_update(of=("self",)).get(pk=grant.pk)
    policies.check_may_work(by, grant.assessment.organisation, at)
    if grant.revoked_at is not None:
        raise Refused(_("This was revoked already."), rule="diagnosis.grant", source=policies.SOURCE)
    grant.revoked_at = clock.now()
    grant.save(update_fields=["revoked_at"])
    record("diagnosis.grant_revoked", subject=grant, by=by, at=at, payload={"to": grant.to.public_id})
    return grant


@transaction.atomic
def write_advice(
    *,
    grant: Grant,
    sentence: str,
    kind: str,
    about: str,
    by: Membership,
    at: datetime,
    question: str = "",
    confirmed: bool = False,
) -> Advice:
    """Write one sentence of advice; a client-specific one writes engagements of the person and of the organisation.

    Args:
        kind: ``generic`` or ``specific``; with a fee that depends on certification everything is specific.
        about: of ``Advice.About``; a solution is always specific.
        confirmed: the writer knows that two years follow.

    Source:
        ISO/IEC 17021-1:2015, 3.3 note 2 (what is no consultancy), 5.2.5, 5.2.7, 5.2.10 (what follows from it).
    """
    grant = Grant.objects.select_for_update(of=("self",)).get(pk=grant.pk)
    policies.check_may_look(grant, by, at)
    if kind not in Advice.Kind.values:
        raise Refused(_("Say whether it is generic or client-specific."), rule="diagnosis.advice", field="kind")
    if about not in Advice.About.values:
        raise Refused(_("Say what it is about."), rule="diagnosis.advice", field="about")
    if not sentence.strip() or len(sentence) > 500:
        raise Refused(_("Write one sentence of at most 500 characters."), rule="diagnosis.advice", field="sentence")
    specific = kind == Advice.Kind.SPECIFIC or about == Advice.About.SOLUTION or grant.fee_tied
    if specific:
        policies.check_consequence_known(confirmed)
    made = Advice.objects.create(
        assessment=grant.assessment,
        grant=grant,
        kind=Advice.Kind.SPECIFIC if specific else Advice.Kind.GENERIC,
        about=about,
        question=question if grant.assessment.answers.filter(question=question).exists() else "",
        sentence=" ".join(sentence.split()),
        by=by,
        effective_at=at,
    )
    if specific:
        made.engagements.set(_engagements(grant, by, at))
    payload = {"kind": made.kind, "about": about, "client": grant.assessment.organisation.public_id}
    record("diagnosis.advice_written", subject=made, by=by, at=at, payload=payload, source="iso-17021-1@2015#3.3")
    return made


def _engagements(grant: Grant, by: Membership, at: datetime) -> list[Engagement]:
    """Return the consulting of the day by the person and by the organisation; one a day is enough."""
    client = grant.assessment.organisation
    today = day_of(at, client.country)
    sides: tuple[dict[str, Any], ...] = ({"person": by.person}, {"organisation": by.organisation})
    common: dict[str, Any] = {
        "client": client,
        "kind": Engagement.Kind.CONSULTING,
        "from_day": today,
        "until_day": today,
    }
    source = f"advice on self-assessment {grant.assessment.public_id}"
    found = []
    for side in sides:
        row = Engagement.objects.filter(**side, **common, client_specific=True).first()
        found.append(row or record_engagement(**side, **common, source=source, by=by, at=at))
    return found
