"""What is due, for whom, and what is late: shown to the public, the issuer and the regulator alike."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet

from testamur.determination.models import Activity
from testamur.kernel import clock, days
from testamur.kernel.once import once
from testamur.kernel.refusal import _
from testamur.kernel.words import Occasion, Outcome
from testamur.parties.models import Membership, Organisation
from testamur.register.models import Attestation
from testamur.selection.models import Case
from testamur.selection.turns import Turn
from testamur.surveillance.models import Due
from testamur.surveillance.programme import Life


def visible_to(membership: Membership | None) -> QuerySet[Due]:
    """Return the dues of attestations that a membership's organisation issued or holds, and those it oversees."""
    if membership is None:
        return Due.objects.none()
    organisation = membership.organisation_id
    visible = Q(attestation__issuer_id=organisation) | Q(attestation__holder_id=organisation)
    if membership.holds("supervision"):
        visible |= Q(attestation__confidential=False)
    return Due.objects.filter(visible)


def waiting() -> QuerySet[Due]:
    """Return what is neither done nor dropped."""
    return Due.objects.filter(done_on=None, dropped_because="").select_related("attestation", "case")


def waiting_for(attestation: Attestation) -> list[Due]:
    """Return what is neither done nor dropped of one attestation, the earliest first."""

    def ask() -> list[Due]:
        rows = waiting().filter(attestation=attestation).select_related(None).select_related("case")
        found = list(rows.order_by("due_on", "pk"))
        for one in found:
            one.attestation = attestation  # whose issuer and holder are mostly here already
        return found

    return once(("dues that wait", attestation.pk), ask)


@dataclass(frozen=True)
class Duty:
    """What an issuer had to do and has not done: the sentence every reader sees."""

    due: Due
    sentence: str
    facts: dict[str, object]
    source: str
    since: date


SENTENCES = {
    Due.Kind.ROUND: _("Surveillance is overdue since {since}: it had to be done by {due}."),
    Due.Kind.TRIGGER: _("A special assessment is overdue since {since}: it had to be done by {due}."),
    Due.Kind.GROUND: _("Overdue since {since}: the issuer had to act by {due}, because: {means}"),
    Due.Kind.LIFTING: _(
        "Overdue since {since}: the suspension reached its longest time on {due}; the issuer had to decide. {means}"
    ),
    Due.Kind.RENEWAL: _("The renewal had to be completed by {due}."),
}


def overdue(
    *, attestation: Attestation | None = None, issuer: Organisation | None = None, today: date | None = None
) -> list[Duty]:
    """Return the overdue duties of an attestation or of an issuer, oldest first. The platform suspends nobody."""
    today = today or days.day_of(clock.now())
    if attestation is not None:
        rows: Iterable[Due] = waiting_for(attestation) if issuer is None or issuer.pk == attestation.issuer_id else []
    else:
        rows = waiting().filter(due_on__lt=today).order_by("due_on", "pk")
        rows = rows if issuer is None else rows.filter(attestation__issuer=issuer)
    return [duty(one) for one in rows if one.due_on < today and one.kind != Due.Kind.RENEWAL]


def duty(due: Due) -> Duty:
    """Return the sentence about an overdue due."""
    facts: dict[str, object] = {
        "since": due.due_on + ONE_DAY,
        "due": due.due_on,
        "means": due.because.get("means", {"en": "", "zh": ""}),
    }
    return Duty(due, SENTENCES[Due.Kind(due.kind)], facts, str(due.because.get("source", "")), due.due_on + ONE_DAY)


ONE_DAY = date.resolution


def life(attestation: Attestation) -> Life:
    """Return what programme and dues count from."""
    editions = list(attestation.editions.exclude(scheme=None).order_by("edition"))
    start = next((one for one in reversed(editions) if one.reason in ("first", "renewal", "transfer")), editions[0])
    decided = attestation.decisions.filter(outcome__in=[Outcome.GRANT, Outcome.RENEW]).order_by("-id").first()
    done = (
        Activity.objects.filter(
            case__attestation=attestation,
            case__occasion=Occasion.SURVEILLANCE,
            case__stage=Case.Stage.DONE,
            ended_on__gte=start.issued_on,
        )
        .values_list("case_id", "ended_on")
        .order_by("ended_on")
    )
    last_days: dict[int, date] = {case: ended for case, ended in done if ended}
    return Life(
        decided=decided.decided_on if decided else start.issued_on,
        issued=start.issued_on,
        effective=start.effective_on,
        expires=editions[-1].expires_on,
        rounds_done=tuple(sorted(last_days.values())),
        cycle=1 + sum(one.reason == "renewal" for one in editions),
    )


def turn(case: Case) -> Turn | None:
    """Return what comes after a finished case: the next round, whose turn it is and by when."""
    if case.stage != Case.Stage.DONE or case.attestation is None:
        return None
    upcoming = waiting_for(case.attestation)
    return _turn(upcoming[0], case) if upcoming else None


def _turn(due: Due, case: Case) -> Turn:
    issuer = case.issuer if case.issuer_id == due.attestation.issuer_id else due.attestation.issuer
    people = [
        one
        for one in issuer.memberships.filter(until_day__isnull=True).select_related("person")
        if one.holds(_function(due))
    ]
    return Turn(
        case=case,
        function="surveillance",
        sentence=_TURNS[Due.Kind(due.kind)],
        facts={"due": due.due_on},
        role="",
        organisation=issuer,
        people=people,
        by=due.due_on,
        source=str(due.because.get("source", "")),
        link="surveillance",
    )


def _function(due: Due) -> str:
    return "decision" if due.kind in (Due.Kind.GROUND, Due.Kind.LIFTING) else "selection"


_TURNS = {
    Due.Kind.ROUND: _("Plan the next surveillance, to be done by {due}"),
    Due.Kind.TRIGGER: _("Plan the special assessment, to be done by {due}"),
    Due.Kind.GROUND: _("Decide: a ground fell due, act by {due}"),
    Due.Kind.LIFTING: _("Decide: the suspension ends at the latest on {due}"),
    Due.Kind.RENEWAL: _("Prepare the renewal, to be completed by {due}"),
}


def inbox(membership: Membership) -> list[Due]:
    """Return the dues that this person has to act on, the most urgent first: deciders see overdue duties first."""
    if not membership.holds("decision") and not membership.holds("selection"):
        return []
    mine = waiting().filter(attestation__issuer=membership.organisation)
    return [
        one
        for one in mine
        if membership.holds(_function(one)) and (one.may_open or one.kind in (Due.Kind.GROUND, Due.Kind.LIFTING))
    ]
