"""Two persons approve each issue, where the issuer's policy says so: one proposes, another one issues.

The first call of an act that issues something records the proposal and issues nothing; the same act by another person
who may sign for the issuer carries it out. Nobody is both (separation of duties; trust.md 7).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from testamur.attestation.models import Approval
from testamur.journal.actions import record
from testamur.kernel.refusal import Refused, _
from testamur.kernel.words import Function
from testamur.parties import policies as parties
from testamur.parties.models import Membership, Organisation, Platform, actor

SOURCE = "testamur@2026-1#keys"


@dataclass(frozen=True, slots=True)
class Agreement:
    """An issue may go ahead.

    Args:
        sites: public ids of the sites that were proposed; None where one person may issue alone.
    """

    sites: frozenset[str] | None = field(default=None)


def decision_key(public_id: str) -> str:
    """Return what an approval of carrying out a decision is kept under."""
    return f"decision:{public_id}"


def agree(
    *,
    key: str,
    issuer: Organisation,
    by: Membership | Platform,
    at: datetime,
    case: str = "",
    sites: Iterable[str] = (),
) -> Agreement | None:
    """Say whether something may be issued now, or record the proposal of it.

    Args:
        key: what is to be issued; the same for both persons.
        issuer: in whose name.
        case: public id of its case, for the journal.
        sites: public ids of what is proposed besides.

    Returns:
        None where this was the proposal and another person has to approve.

    Raises:
        Refused: the same person proposed it.
    """
    if not issuer.two_to_issue or isinstance(by, Platform):
        return Agreement()
    first = proposal(key, at)
    if first is None:
        made = Approval.objects.create(
            key=key, issuer=issuer, member=by, sites=sorted(sites), proposes=True, effective_at=at, **actor(by)
        )
        record("attestation.proposed", subject=made, by=by, at=at, case=case, payload={"what": key})
        return None
    check_another(first, by)
    made = Approval.objects.create(key=key, issuer=issuer, member=by, proposes=False, effective_at=at, **actor(by))
    record("attestation.approved", subject=made, by=by, at=at, case=case, payload={"what": key})
    return Agreement(frozenset(first.sites))


def check_another(first: Approval | None, by: Membership) -> None:
    """Whoever proposed an issue is not its second person."""
    if first is not None and first.member.person_id == by.person_id:
        raise Refused(
            _("{person} proposed this. {issuer} lets two persons approve each issue: another one has to issue it."),
            {"person": by.person.names, "issuer": by.organisation.names},
            rule="attestation.two_persons",
            source=SOURCE,
            who=_("another member of the issuer with the function attestation"),
        )


def proposal(key: str, at: datetime) -> Approval | None:
    """Return the proposal that waits for a second person; none by somebody who may not sign any more."""
    rows = Approval.objects.filter(key=key).select_related("member__person", "member__organisation")
    last = rows.order_by("-pk").first()
    if last is None or not last.proposes:
        return None
    try:
        parties.check_lives(last.member, at)
    except Refused:
        return None
    signs = last.member.holds(Function.ATTESTATION) or last.member.holds(Function.STATUS)
    return last if signs or last.member.holds(Function.DECISION) or last.member.holds(Function.ADMINISTRATION) else None


def given(key: str) -> list[Approval]:
    """Return who approved something, the proposer first."""
    return list(Approval.objects.filter(key=key).select_related("member__person").order_by("pk"))
