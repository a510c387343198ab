"""Questions. Every one begins with who asks: a provider its rounds, a laboratory its part, an accreditor releases."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from django.db.models import Count, Q, QuerySet

from testamur.kernel import clock
from testamur.kernel.days import day_of
from testamur.kernel.words import Function
from testamur.parties.models import Membership, Organisation
from testamur.proficiency.models import (
    Appeal,
    Edition,
    Invitation,
    Measurand,
    Participant,
    Release,
    Round,
    Score,
)


def today_of(organisation: Organisation) -> date:
    """Return the civil day where the organisation is."""
    return day_of(clock.now(), organisation.country)


def run_by(membership: Membership) -> QuerySet[Round]:
    """Return the rounds that one's own organisation runs."""
    return Round.objects.filter(organisation=membership.organisation_id)


def visible_to(membership: Membership) -> QuerySet[Round]:
    """Return the rounds somebody may know of: their own, those for everybody, those they were asked to, or are in."""
    own = membership.organisation_id
    told = Q(admits=Round.Admits.EVERYBODY) | Q(invitations__organisation=own) | Q(participants__organisation=own)
    return Round.objects.filter(Q(organisation=own) | (told & ~Q(state=Round.State.DRAFT))).distinct()


def participations(membership: Membership) -> QuerySet[Participant]:
    """Return where one's own organisation takes part, or did."""
    return Participant.objects.filter(organisation=membership.organisation_id).select_related(
        "round__organisation", "group", "rules", "seen", "organisation"
    )


def participants(membership: Membership, found: Round) -> QuerySet[Participant]:
    """Return who takes part in a round, to its provider; to others nobody. ``sent`` counts what each sent."""
    rows = Participant.objects.filter(round=found, round__organisation=membership.organisation_id)
    return rows.select_related("organisation", "group", "round", "seen").annotate(sent=Count("submissions"))


def invitation_of(found: Round, laboratory: Organisation) -> Invitation | None:
    """Return how a laboratory was asked to take part."""
    return found.invitations.filter(organisation=laboratory).select_related("group").first()


def issued(found: Round) -> Edition | None:
    """Return the edition in force: the last one issued."""
    return found.editions.exclude(issued_at=None).order_by("number").last()


def proposed(found: Round) -> Edition | None:
    """Return the evaluation that waits for its second person: the last one proposed after the last one issued."""
    last = found.editions.order_by("id").last()
    return last if last is not None and last.issued_at is None else None


def own_scores(membership: Membership) -> QuerySet[Score]:
    """Return one's own organisation's scores, of issued editions only."""
    rows = Score.objects.filter(participant__organisation=membership.organisation_id)
    return rows.select_related("edition__round", "participant__round__organisation", "measurand")


def scores_of(parts: Collection[Participant]) -> QuerySet[Score]:
    """Return the scores of parts that somebody may see, of issued editions."""
    rows = Score.objects.filter(participant__in=[one.pk for one in parts])
    return rows.select_related("edition__round", "participant__round__organisation", "measurand")


def invited(membership: Membership, today: date) -> QuerySet[Round]:
    """Return the open rounds that one's own organisation was asked to and has not enrolled in."""
    own = membership.organisation_id
    rows = Round.objects.filter(state=Round.State.OPEN, enrol_until__gte=today, invitations__organisation=own)
    return rows.exclude(participants__organisation=own)


def peers(participant: Participant, edition: Edition) -> QuerySet[Score]:
    """Return the scores a participant is shown: those of its own group in an edition of its own round."""
    rows = Score.objects.filter(edition=edition, edition__round=participant.round_id)
    return rows.filter(participant__group=participant.group_id).select_related("participant", "measurand")


def in_force(rows: QuerySet[Score]) -> list[Score]:
    """Return the scores of the last edition of each round, oldest round first."""
    found: dict[tuple[int, int], Score] = {}
    for row in rows.order_by("edition__number"):
        found[row.participant_id, row.measurand_id] = row
    return sorted(found.values(), key=lambda one: (one.edition.round.results_until, one.edition.round_id, one.pk))


def unanswered(membership: Membership) -> list[Score]:
    """Return one's own scores in force that ask for an answer and have none."""
    rows = in_force(own_scores(membership).prefetch_related("responses"))
    asked = (Score.Rating.WARNING, Score.Rating.ACTION)
    return [one for one in rows if one.rating in asked and not one.responses.all()]


def appeals(membership: Membership) -> QuerySet[Appeal]:
    """Return the appeals against what one's own organisation evaluated."""
    return Appeal.objects.filter(edition__round__organisation=membership.organisation_id).select_related(
        "participant", "edition__round"
    )


def releases(membership: Membership) -> QuerySet[Release]:
    """Return what one's own organisation released."""
    return Release.objects.filter(organisation=membership.organisation_id).select_related("to", "round")


def measurands(found: Round) -> list[Measurand]:
    """Return what is measured, in its order."""
    return list(found.measurands.all())


def shown_to(membership: Membership, today: date) -> QuerySet[Participant]:
    """Return whose results an accreditor's member may see today, and no other's.

    Either the rules that the laboratory read before it enrolled name the accreditor (later versions of the rules do
    not count), or the laboratory released that round, or all its rounds, and the release is in force. Never those of a
    blind group, and nobody whose round is not reported.
    """
    if not (membership.holds(Function.SUPERVISION) or membership.holds(Function.SELECTION)):
        return Participant.objects.none()
    asker = membership.organisation
    living = Release.objects.filter(to=asker, until_day__gte=today, revoked_at=None)
    shown = Q(pk__in=[])
    for one in living.values("organisation", "round"):
        shown |= Q(organisation=one["organisation"], **({"round": one["round"]} if one["round"] else {}))
    rows = Participant.objects.filter(round__state=Round.State.REPORTED, group__blind=False, withdrawn_at=None)
    named = [
        one.pk
        for one in rows.filter(round__accreditors=asker).select_related("rules")
        if asker.public_id in one.rules.body["accreditors"]
    ]
    rows = rows.filter(shown | Q(pk__in=named))
    return rows.select_related("organisation", "round__organisation", "group").order_by("-round__results_until", "pk")
