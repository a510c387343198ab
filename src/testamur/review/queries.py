"""Questions about reviews, and whose turn it is."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from typing import Any

from django.db.models import Q

from testamur.determination import queries as determination
from testamur.journal.models import Event
from testamur.kernel.refusal import _
from testamur.parties.models import Membership
from testamur.review.models import Review
from testamur.selection import queries as selection
from testamur.selection.models import Assignment, Case
from testamur.selection.roles import fills, members_filling
from testamur.selection.turns import Missing, Turn
from testamur.verification import jcs


def visible_to(membership: Membership | None) -> Any:
    """Return the reviews that a membership may see: those of the cases it may see."""
    return Review.objects.filter(case__in=selection.visible_to(membership))


def dossier(case: Case) -> tuple[dict[str, Any], str]:
    """Return today's dossier and its SHA-256 (hex of the canonical JSON)."""
    body = determination.dossier(case)
    return body, hashlib.sha256(jcs.canonical(body)).hexdigest()


def standing_review(case: Case) -> Review | None:
    """Return the latest review if the dossier is still the one that was reviewed, by as many as the scheme wants."""
    review = case.reviews.order_by("-id").first()
    if review is None or review.digest != dossier(case)[1]:
        return None
    return review if len(together(review)) >= case.scheme.definition.review.persons else None


def together(review: Review) -> list[Review]:
    """Return the reviews that count together with one: of the same dossier, each by another person, none from before
    the case was last sent back. Where one person reviews, that is the review itself."""
    case = review.case
    if case.scheme.definition.review.persons == 1:
        return [review]
    return counting(case, review.digest)


def counting(case: Case, digest: str) -> list[Review]:
    """Return the reviews of a dossier that count, the earliest first."""
    events = Event.objects.filter(case=case.public_id)
    back = events.filter(kind__in=("decision.sent_back", "review.more_wanted")).order_by("-id").first()
    told = events.filter(kind="review.recorded", id__gt=back.pk if back else 0).values_list("subject_id", flat=True)
    rows = case.reviews.filter(digest=digest, pk__in=[int(one) for one in told]).select_related("by__person")
    return list(rows.order_by("id"))


def actors(case: Case, function: str) -> set[int]:
    """Return the ids of the persons who acted in a function of this case."""
    if function == "determination":
        return determination.evaluators(case)
    if function == "review":
        return set(case.reviews.values_list("by__person_id", flat=True))
    prefixes = {"application": ("selection.application_",), "selection": ("selection.",)}.get(
        function, (f"{function}.",)
    )
    ids = {
        by
        for kind, by in Event.objects.filter(case=case.public_id, by_membership__isnull=False).values_list(
            "kind", "by_membership"
        )
        if by is not None and kind.startswith(prefixes)
    }
    # Only the issuer's own people act in its functions; the applicant's submission is not selection.
    return set(
        Membership.objects.filter(pk__in=ids, organisation_id=case.issuer_id).values_list("person_id", flat=True)
    )


def fillers(case: Case, roles: tuple[str, ...], *, not_in: tuple[str, ...]) -> list[Membership]:
    """Return who may fill one of the roles and took no part in the functions: of the issuer's people, and of the peers
    and experts who were assigned to the case."""
    excluded: set[int] = set()
    third_party = case.scheme.definition.scheme.party == "third"
    for function in {*not_in, *(["determination"] if third_party else [])}:
        excluded |= actors(case, function)
    named = {role for role in roles if case.scheme.definition.role(role).side != "issuer"}
    outside = assigned(case, named) if named else []
    return [one for one in [*members_filling(case, roles), *outside] if one.person_id not in excluded]


def assigned(case: Case, roles: Collection[str]) -> list[Membership]:
    """Return the living memberships that were put on a case in one of the roles."""
    rows = case.assignments.filter(role__in=roles, removed_at=None, membership__until_day=None)
    found = {row.membership_id: row.membership for row in rows.select_related("membership__person").order_by("id")}
    return list(found.values())


def of_theirs(membership: Membership) -> Q:
    """Return the cases in which somebody may be asked: of their own body, and those they were assigned to."""
    on = Assignment.objects.filter(membership=membership, removed_at=None).values("case")
    return Q(issuer=membership.organisation_id) | Q(pk__in=on)


def turn(case: Case) -> Turn | None:
    """Return what the review has to do next in a case, or None where it is not its turn."""
    if case.stage != Case.Stage.REVIEW:
        return None
    definition = case.scheme.definition
    counted = counting(case, dossier(case)[1]) if definition.review.persons > 1 else []
    sentence = (
        _("Review again: the dossier changed after the last review")
        if not counted and case.reviews.exists()
        else _("Review whether the evidence is sufficient, and recommend")
    )
    done = {one.by.person_id for one in counted if one.by}
    able = fillers(case, definition.review.by, not_in=definition.review.independent_of)
    return Turn(
        case=case,
        function="review",
        sentence=sentence,
        facts={},
        role=definition.review.by[0],
        organisation=case.issuer,
        people=[one for one in able if one.person_id not in done],
        by=selection.decision_deadline(case),
        source=str(definition.review.source[0]),
        link="review",
    )


def missing(case: Case) -> list[Missing]:
    """Return what is missing before a decision, as far as the review knows."""
    if case.stage != Case.Stage.DECISION or standing_review(case) is not None:
        return []
    return [
        Missing(
            sentence=_("The dossier changed after it was reviewed; a new review is necessary."),
            facts={},
            source="testamur@2026-1#review.frozen",
            who="",
            state="bad",
        )
    ]


def inbox(membership: Membership) -> list[Turn]:
    """Return the cases that wait for this person's review; a review that fell away is asked for by the decision."""
    cases = Case.objects.filter(of_theirs(membership), stage=Case.Stage.REVIEW).select_related("scheme", "issuer")
    # Putting a dossier together is dear: only where this person could be asked at all.
    turns = [turn(case) for case in cases if may_fill(case, case.scheme.definition.review.by, membership)]
    return [one for one in turns if one is not None and membership in one.people]


def may_fill(case: Case, roles: Iterable[str], membership: Membership) -> bool:
    """Say whether somebody's functions make them one of these roles, whatever they did in the case so far."""
    return any(fills(case, role, membership) for role in roles)
