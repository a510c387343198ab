"""Questions about attestation: what waits to be issued, and what a holder may take away."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from testamur.attestation import approvals, credentials, publishing
from testamur.attestation.models import Approval
from testamur.decision import queries as decisions
from testamur.decision.models import Appeal, Decision
from testamur.kernel import clock
from testamur.kernel.refusal import _
from testamur.kernel.words import Function
from testamur.parties.models import Membership
from testamur.register.models import Attestation, Credential, Edition
from testamur.selection import queries as selection
from testamur.selection.models import Case
from testamur.selection.turns import Turn


def visible_to(membership: Membership | None) -> QuerySet[Decision]:
    """Return the decisions whose carrying out a membership may see: those of its own body, and about what it holds."""
    return decisions.visible_to(membership)


def awaiting_attestation(membership: Membership) -> QuerySet[Decision]:
    """Return the decisions of the member's body that are made and not yet carried out, oldest first."""
    own = Q(case__issuer=membership.organisation_id, case__stage=Case.Stage.ATTESTATION)
    about = Q(case=None, attestation__issuer=membership.organisation_id)
    return (
        visible_to(membership)
        .filter(own | about, issued_at=None)
        .select_related("case__scheme", "case__issuer", "attestation")
        .order_by("id")
    )


def ready(membership: Membership) -> QuerySet[Decision]:
    """Return the decisions in cases of the member's body that can be carried out: nobody has still to sign them."""
    rows = awaiting_attestation(membership).filter(case__isnull=False)
    rows = rows.select_related("case__client", "case__person").prefetch_related("signatures")
    keys = [one.pk for one in rows if not decisions.roles_to_sign(one)]
    return rows.filter(pk__in=keys)


def turn(case: Case) -> Turn | None:
    """Return the step of attestation in a case: issue, once the conclusion is signed by all who must."""
    if case.stage != Case.Stage.ATTESTATION:
        return None
    decision = case.decisions.order_by("-id").first()
    if decision is None or decisions.roles_to_sign(decision):
        return None
    members = case.issuer.memberships.filter(until_day__isnull=True).select_related("person", "organisation")
    first = waiting_proposal(decision) if case.issuer.two_to_issue else None
    people = [one for one in members if one.holds(Function.ATTESTATION)]
    facts: dict[str, object] = {"outcome": decision.outcome}
    if first is not None:
        people = [one for one in people if one.person_id != first.member.person_id]
        facts["person"] = first.member.person.names
    return Turn(
        case=case,
        function="attestation",
        sentence=_("Issue what was decided") if first is None else _("Approve and issue what {person} proposed"),
        facts=facts,
        role="",
        organisation=case.issuer,
        people=people,
        by=selection.decision_deadline(case),
        source="iso-17000@2020#7.3",
        link="attestation",
    )


def waiting_proposal(decision: Decision) -> Approval | None:
    """Return the first person's proposal to carry a decision out, where a second one has to approve it."""
    return approvals.proposal(approvals.decision_key(decision.public_id), clock.now())


def awaiting_approval(membership: Membership) -> list[Decision]:
    """Return the decisions outside a case that a colleague proposed to carry out and this person may approve."""
    if not membership.organisation.two_to_issue or not membership.holds(Function.ATTESTATION):
        return []
    found = []
    for decision in awaiting_attestation(membership).filter(case=None):
        first = waiting_proposal(decision)
        if first is not None and first.member.person_id != membership.person_id:
            found.append(decision)
    return found


def inbox(membership: Membership) -> list[Turn]:
    """Return the cases that wait for this person to issue something."""
    cases = Case.objects.filter(stage=Case.Stage.ATTESTATION, issuer=membership.organisation).select_related(
        "scheme", "issuer"
    )
    return [one for case in cases if (one := turn(case)) is not None and membership in one.people]


def upheld_appeals(membership: Membership) -> QuerySet[Appeal]:
    """Return the appeals of the member's body that were upheld and not yet carried out."""
    own = Q(decision__attestation__issuer=membership.organisation_id)
    own |= Q(decision__case__issuer=membership.organisation_id)
    return Appeal.objects.filter(own, upheld=True, carried_out_at=None).order_by("id")


def credential_of(edition: Edition) -> Credential | None:
    """Return the newest credential of an edition; None for what was not issued here."""
    return edition.credentials.select_related("entry", "edition__attestation__issuer").order_by("-pk").first()


def may_download(attestation: Attestation, membership: Membership | None) -> bool:
    """Say whether somebody may take the files away: everybody what is public, else holder and issuer only."""
    if not credentials.opaque(attestation):
        return True
    if membership is None:
        return False
    mine = attestation.person_id is not None and attestation.person_id == membership.person_id
    return mine or membership.organisation_id in {attestation.holder_id, attestation.issuer_id} - {None}


def files_of(one: Credential) -> dict[str, bytes]:
    """Return the files of a credential by their ending: ``jwt json tlog-proof history.jwt history.tlog-proof``."""
    return publishing.files(one)


def bundle_of(one: Credential) -> bytes | None:
    """Return everything for offline use of one public credential, as of now; None while its proofs are awaited."""
    return publishing.make_bundle(one)
