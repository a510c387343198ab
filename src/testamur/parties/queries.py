"""Questions about parties. Organisations are public facts; what belongs to one organisation is seen by its members."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from typing import Any, TypeVar

from django.conf import settings
from django.db.models import Model, Q, QuerySet

from testamur.journal.marks import remembered
from testamur.kernel import clock
from testamur.kernel.days import day_of
from testamur.kernel.words import Function
from testamur.parties.models import (
    AccessToken,
    Account,
    Engagement,
    Fact,
    Invitation,
    Key,
    Membership,
    Organisation,
    Ownership,
    Person,
)
from testamur.transparency import custody
from testamur.verification import layout
from testamur.verification.trust_file import Trust

Row = TypeVar("Row", bound=Model)
Party = Organisation | Person


def visible_to(membership: Membership | None, rows: QuerySet[Row]) -> QuerySet[Row]:
    """Narrow rows that belong to one organisation (memberships, invitations, facts, sites) to the reader's own."""
    if membership is None:
        return rows.none()
    return rows.filter(organisation=membership.organisation_id)


# Who acts ------------------------------------------------------------------------------------------------------------


def living(rows: QuerySet[Membership], on: date) -> QuerySet[Membership]:
    """Narrow memberships to those in force on a day."""
    return rows.filter(from_day__lte=on).filter(Q(until_day__isnull=True) | Q(until_day__gte=on))


def memberships(account: Account, on: date | None = None) -> list[Membership]:
    """Return the memberships under which an account may act on a day, oldest first."""
    if account.person_id is None or not account.is_active:
        return []
    rows = Membership.objects.filter(person=account.person_id).select_related("organisation", "person")
    return [row for row in rows.order_by("from_day", "pk") if row.lives_on(on or today(row.organisation))]


def organisations_of(account: Account, on: date | None = None) -> list[Organisation]:
    """Return the organisations for which an account may act on a day."""
    return [membership.organisation for membership in memberships(account, on)]


def members(organisation: Organisation, on: date | None = None, *functions: Function) -> list[Membership]:
    """Return who acts for an organisation on a day, holding every one of the functions."""
    rows = living(organisation.memberships.select_related("person", "organisation"), on or today(organisation))
    return [row for row in rows.order_by("from_day", "pk") if row.holds(*functions)]


def open_invitations(membership: Membership) -> QuerySet[Invitation]:
    """Return the reader's organisation's invitations that nobody has accepted or withdrawn, newest first."""
    rows = visible_to(membership, Invitation.objects.all())
    return rows.filter(accepted_at__isnull=True, withdrawn_at__isnull=True).order_by("-recorded_at")


def token_digest(secret: str) -> str:
    """Return what is kept of an access token: SHA-256, lower-case hex. A copy of the database opens no door."""
    return hashlib.sha256(secret.encode()).hexdigest()


def with_secret(secret: str) -> AccessToken | None:
    """Return the access token that a program showed, whether it still works or not; None where there is none."""
    rows = AccessToken.objects.select_related("membership__person__account", "membership__organisation")
    return rows.filter(digest=token_digest(secret)).first()


def tokens(membership: Membership) -> QuerySet[AccessToken]:
    """Return the access tokens that a member may look after: their own, an administrator's whole organisation's."""
    rows = AccessToken.objects.filter(membership__organisation=membership.organisation_id)
    if not membership.holds(Function.ADMINISTRATION):
        rows = rows.filter(membership=membership)
    return rows.select_related("membership__person", "membership__organisation").order_by("-pk")


def acting_for(token: AccessToken) -> Membership:
    """Return the membership as a program acts under it: with the token's functions that the member still holds."""
    membership = token.membership
    membership.functions = [one for one in membership.functions if one in token.functions]
    membership.via = token.public_id  # type: ignore[misc]
    return membership


def demo_accounts() -> QuerySet[Account]:
    """Return the sample accounts that the demo offers, in their order."""
    rows = Account.objects.filter(person__sample=True, is_active=True).exclude(demo_role="")
    return rows.select_related("person").order_by("demo_order", "pk")


def today(organisation: Organisation | None = None) -> date:
    """Return the civil day in an organisation's zone."""
    return day_of(clock.now(), organisation.country if organisation else "CN")


# Facts and ties ------------------------------------------------------------------------------------------------------


def fresh_fact(party: Party, name: str, *, on: date, since: date | None = None) -> Fact | None:
    """Return the latest answer given by a day.

    Args:
        name: of the fact, e.g. ``organisation.premises``.
        on: no fact stated after this day counts.
        since: an answer stated before this day is no longer fresh; None where any age will do.
    """
    side = {"person": party} if isinstance(party, Person) else {"organisation": party}
    rows = Fact.objects.filter(**side, name=name, stated_on__lte=on)
    if since is not None:
        rows = rows.filter(stated_on__gte=since)
    return rows.prefetch_related("files__file").order_by("stated_on", "pk").last()


def engagements(
    client: Organisation, *, person: Person | None = None, organisation: Organisation | None = None
) -> QuerySet[Engagement]:
    """Return the recorded ties of a person or an organisation with a client, newest first."""
    rows = Engagement.objects.filter(client=client)
    if person is not None:
        rows = rows.filter(person=person)
    if organisation is not None:
        rows = rows.filter(organisation=organisation)
    return rows.order_by("-from_day", "-pk")


def owners(organisation: Organisation, on: date) -> list[Ownership]:
    """Return who owns which share on a day, largest first."""
    rows = organisation.owned_by.filter(from_day__lte=on).filter(Q(until_day__isnull=True) | Q(until_day__gte=on))
    return list(rows.select_related("owner").order_by("-share"))


def with_identifier(scheme: str, value: str) -> Organisation | None:
    """Return the organisation that bears a valid identifier, or None."""
    return Organisation.objects.filter(
        identifiers__scheme=scheme, identifiers__value=value, identifiers__state="valid"
    ).first()


# Keys and roots ------------------------------------------------------------------------------------------------------


def did(organisation: Organisation) -> str:
    """Return ``did:web:<HOST>:org:<public id, lower case>``."""
    return layout.organisation_did(settings.HOST, organisation.public_id.lower())


def kid(key: Key) -> str:
    """Return the DID URL by which signatures name a key."""
    return f"{did(key.organisation)}#{key.fragment}"


def active_key(organisation: Organisation) -> Key | None:
    """Return the key an organisation signs with, or None: the newest in use that is neither retired nor revoked.

    A key that has an end was replaced; it signs nothing new, though verifiers take its signatures until then.
    """
    rows = organisation.keys.filter(revoked_at__isnull=True, from_at__isnull=False, expires_at__isnull=True)
    return max(rows.order_by(), key=lambda one: one.pk, default=None)


def waiting_key(organisation: Organisation) -> Key | None:
    """Return the key that is published and will sign once the log shows it, or None."""
    return organisation.keys.filter(from_at__isnull=True, revoked_at__isnull=True).first()


def keys(membership: Membership) -> QuerySet[Key]:
    """Return the keys of the member's organisation, newest first."""
    return visible_to(membership, Key.objects.select_related("organisation", "revocation")).order_by("-pk")


def roots() -> list[Organisation]:
    """Return the organisations where lines of authority may end: the settings' and those named here, oldest first."""
    from_settings = Q(public_id__in=[root.upper() for root in getattr(settings, "TESTAMUR_ROOTS", ())])
    named = Q(rootings__isnull=False, rootings__ended_at__isnull=True)
    return list(Organisation.objects.filter(from_settings | named).distinct().order_by("pk"))


def is_root(organisation: Organisation) -> bool:
    """Say whether an organisation is one of this installation's roots."""
    asked = ("roots", tuple(getattr(settings, "TESTAMUR_ROOTS", ())))
    return organisation.pk in remembered(("roots",), asked, lambda: {root.pk for root in roots()})


def trust() -> Trust:
    """Return what this installation itself trusts: its roots (none before there is one), its log, its cosigners."""
    policy = custody.cosigning_policy()
    return Trust(
        host=settings.HOST,
        roots=frozenset(did(root) for root in roots()),
        log=custody.log_verifier_key(),
        witnesses=policy.keys,
        quorum=policy.quorum,
        sample=settings.SAMPLE,
    )


def trust_config(version: int) -> dict[str, Any]:
    """Return the trust file that a verifier of this installation may start from.

    The roots are named by DID; quorum 0 says that nobody witnesses this log yet.
    """
    return {"v": 1, "version": version, **trust().to_json()}


def pretty(document: object) -> bytes:
    """Return a JSON document as bytes that a person can read; digests are taken over its canonical form."""
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()
