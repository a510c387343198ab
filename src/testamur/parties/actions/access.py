"""People, their accounts, and under which memberships they act."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse

from testamur.journal.actions import record
from testamur.kernel import clock
from testamur.kernel.days import day_of
from testamur.kernel.refusal import Refused, _
from testamur.kernel.words import Function
from testamur.parties import functions as duties
from testamur.parties import policies, queries
from testamur.parties.actions.organisations import _names, identify, register_organisation
from testamur.parties.models import Account, Invitation, Membership, Organisation, Person, Platform
from testamur.parties.policies import Actor

#: How long an invitation can be accepted.
INVITATION_DAYS = 14
#: What an enterprise that registers itself may do at once.
JOINED = (Function.APPLICATION, Function.QUALITY, Function.ADMINISTRATION)


@transaction.atomic
def add_person(*, names: Mapping[str, str], by: Actor, at: datetime, country: str = "CN") -> Person:
    """Enter a person by name; an administrator of any organisation may, because a name alone allows nothing."""
    policies.check_lives(by, at)
    policies.check_holds(by, Function.ADMINISTRATION)
    person = Person.objects.create(names=_names(names), country=country, sample=settings.SAMPLE)
    record("person.added", subject=person, by=by, at=at)
    return person


@transaction.atomic
def open_account(
    *,
    person: Person,
    email: str,
    by: Actor,
    at: datetime,
    password: str | None = None,
    verified: bool = False,
    language: str = "en",
    demo_role: str = "",
    demo_order: int = 0,
) -> Account:
    """Give a person a sign-in.

    Args:
        password: None for an account that can only be entered through the demo or another provider.
        verified: whether the address is known to be the person's, so that no confirmation is asked.
        language: a code of ``settings.LANGUAGES``.
        demo_role: offered as a card on the demo page; only on a sample platform.
    """
    if not isinstance(by, Platform):
        raise Refused(
            _("Accounts are opened by invitation or by registering an enterprise."),
            rule="parties.account",
            who=policies.ADMINISTRATOR,
        )
    if Account.objects.filter(email__iexact=email).exists() or hasattr(person, "account"):
        raise Refused(_("This person or address has an account already."), rule="parties.account", field="email")
    if demo_role and not settings.SAMPLE:
        raise Refused(_("Demo roles exist on sample platforms only."), rule="parties.demo", who=policies.OPERATOR)
    account = Account.objects.create_user(
        email, password, person=person, language=language, demo_role=demo_role, demo_order=demo_order
    )
    from allauth.account.models import EmailAddress

    EmailAddress.objects.create(user=account, email=account.email, verified=verified, primary=True)
    record("account.opened", subject=account, by=by, at=at)
    return account


@transaction.atomic
def add_membership(
    *,
    person: Person,
    organisation: Organisation,
    functions: Iterable[Function | str],
    by: Actor,
    at: datetime,
    title: Mapping[str, str] | None = None,
    from_day: date | None = None,
    until_day: date | None = None,
) -> Membership:
    """Let a person act for an organisation with these functions.

    Args:
        title: job title shown beside the name, in both languages.
        from_day: first day; default is the day of ``at`` in the organisation's zone.
        until_day: last day included; None where it goes on.
    """
    given = policies.check_known_functions(str(function) for function in functions)
    policies.check_may_give(by, given, organisation, at, to=person)
    return _begin(person, organisation, given, by=by, at=at, title=title, from_day=from_day, until_day=until_day)


def _begin(
    person: Person,
    organisation: Organisation,
    given: list[str],
    *,
    by: Actor | None,
    at: datetime,
    title: Mapping[str, str] | None = None,
    from_day: date | None = None,
    until_day: date | None = None,
    payload: dict[str, Any] | None = None,
) -> Membership:
    """Make the membership; ``by=None`` where the person takes up what was offered, under the new membership itself."""
    Organisation.objects.select_for_update(of=("self",)).get(pk=organisation.pk)
    first = from_day or day_of(at, organisation.country)
    if until_day is not None and until_day < first:
        raise Refused(_("The last day lies before the first."), rule="parties.membership", field="until_day")
    for other in organisation.memberships.filter(person=person):
        ends_before = other.until_day is not None and other.until_day < first
        if not ends_before and (until_day is None or other.from_day <= until_day):
            raise Refused(
                _("{person} acts for {organisation} already, since {day}."),
                {"person": person.names, "organisation": organisation.names, "day": other.from_day},
                rule="parties.membership",
            )
    membership = Membership.objects.create(
        person=person,
        organisation=organisation,
        functions=given,
        title=dict(title or {}),
        from_day=first,
        until_day=until_day,
    )
    facts = {"person": person.public_id, "functions": given, **(payload or {})}
    record("membership.begun", subject=membership, by=by or membership, at=at, payload=facts)
    return membership


@transaction.atomic
def change_functions(
    *, membership: Membership, functions: Iterable[Function | str], by: Actor, at: datetime
) -> Membership:
    """Change what a member may do. The last administrator keeps administration."""
    wanted = policies.check_known_functions(str(function) for function in functions)
    membership = _locked(membership)
    added = set(wanted) - set(membership.functions)
    policies.check_may_give(by, added, membership.organisation, at, to=membership.person)
    if Function.ADMINISTRATION not in wanted:
        policies.check_administrator_stays(membership, day_of(at, membership.organisation.country))
    before = list(membership.functions)
    if before != wanted:
        membership.functions = wanted
        membership.save(update_fields=["functions"])
        record("membership.changed", subject=membership, by=by, at=at, payload={"before": before, "after": wanted})
    return membership


@transaction.atomic
def end_membership(*, membership: Membership, by: Actor, at: datetime, until_day: date | None = None) -> Membership:
    """End a membership; its last day is included. A member may leave by themselves, the last administrator may not."""
    membership = _locked(membership)
    if isinstance(by, Platform) or by.pk != membership.pk:
        policies.check_may_administer(by, membership.organisation, at)
    else:
        policies.check_lives(by, at)
    today = day_of(at, membership.organisation.country)
    last = until_day or today
    if membership.until_day is not None and membership.until_day <= today:
        raise Refused(_("This membership ended on {day}."), {"day": membership.until_day}, rule="parties.membership")
    if last < membership.from_day:
        raise Refused(_("The last day lies before the first."), rule="parties.membership", field="until_day")
    policies.check_administrator_stays(membership, last)
    membership.until_day = last
    membership.save(update_fields=["until_day"])
    record("membership.ended", subject=membership, by=by, at=at, payload={"last_day": last.isoformat()})
    return membership


def _locked(membership: Membership) -> Membership:
    """Lock the organisation first: two administrators must not remove one another at the same moment."""
    Organisation.objects.select_for_update(of=("self",)).get(pk=membership.organisation_id)
    return (
        Membership.objects.select_for_update(of=("self",))
        .select_related("person", "organisation")
        .get(pk=membership.pk)
    )


# Invitations ---------------------------------------------------------------------------------------------------------


def digest(token: str) -> str:
    """Return what is stored of an invitation's token: a copy of the database opens no door."""
    return hashlib.sha256(token.encode()).hexdigest()


@transaction.atomic
def invite(
    *,
    organisation: Organisation,
    email: str,
    names: Mapping[str, str],
    functions: Iterable[Function | str],
    by: Membership,
    at: datetime,
) -> Invitation:
    """Offer somebody a membership by mail. The link in the mail is the only copy of the token."""
    given = policies.check_known_functions(str(function) for function in functions)
    policies.check_may_give(by, given, organisation, at)
    token = secrets.token_urlsafe(32)
    invitation = Invitation.objects.create(
        organisation=organisation,
        email=email.strip().lower(),
        names=_names(names),
        functions=given,
        token_digest=digest(token),
        invited_by=by,
        expires_at=clock.now() + timedelta(days=INVITATION_DAYS),
    )
    record("invitation.sent", subject=invitation, by=by, at=at, payload={"functions": given})
    transaction.on_commit(lambda: _send(invitation, token), robust=True)  # a silent mail server undoes no invitation
    return invitation


def _send(invitation: Invitation, token: str) -> None:
    facts = {
        "invitation": invitation,
        "organisation": invitation.organisation,
        "by": invitation.invited_by,
        "functions": duties.words(invitation.functions),
        "address": settings.ORIGIN + reverse("parties:invitation", args=[token]),
        "days": INVITATION_DAYS,
    }
    subject = " ".join(render_to_string("parties/email/invitation_subject.txt", facts).split())
    send_mail(
        settings.EMAIL_SUBJECT_PREFIX.replace("[Django]", "[Testamur]") + subject,
        render_to_string("parties/email/invitation.txt", facts),
        settings.DEFAULT_FROM_EMAIL,
        [invitation.email],
    )


def find_invitation(token: str) -> Invitation:
    """Return the open invitation of a token.

    Raises:
        Refused: no such link, used, withdrawn, expired, or its sender may no longer invite.
    """
    invitation = (
        Invitation.objects.filter(token_digest=digest(token))
        .select_related("organisation", "invited_by__person")
        .first()
    )
    if invitation is None or invitation.withdrawn_at is not None:
        raise Refused(_("This invitation does not exist, or was withdrawn."), rule="parties.invitation")
    if invitation.accepted_at is not None:
        raise Refused(_("This invitation was accepted already; sign in instead."), rule="parties.invitation")
    if invitation.expires_at <= clock.now():
        raise Refused(
            _("This invitation ended on {day}. Ask {organisation} for a new one."),
            {
                "day": day_of(invitation.expires_at, invitation.organisation.country),
                "organisation": invitation.organisation.names,
            },
            rule="parties.invitation",
            who=policies.ADMINISTRATOR,
        )
    sender = invitation.invited_by
    day = queries.today(invitation.organisation)
    if sender is not None and not (sender.lives_on(day) and sender.holds(Function.ADMINISTRATION)):
        raise Refused(
            _("{person}, who sent this invitation, no longer administers {organisation}. Ask for a new one."),
            {"person": sender.person.names, "organisation": invitation.organisation.names},
            rule="parties.invitation",
            who=policies.ADMINISTRATOR,
        )
    return invitation


@transaction.atomic
def accept_invitation(
    *,
    token: str,
    at: datetime,
    account: Account | None = None,
    password: str | None = None,
    names: Mapping[str, str] | None = None,
    language: str = "en",
) -> Membership:
    """Take up an invitation, once.

    Args:
        token: from the mail.
        account: who is signed in; None to open a new account for the invited address.
        password: of the new account; checked by the form against the platform's rules.
        names: as the person writes them; default is how the invitation named them.

    Raises:
        Refused: the invitation is not open, or the address has an account (sign in, then accept).
    """
    found = find_invitation(token)
    invitation = Invitation.objects.select_for_update(of=("self",)).get(pk=found.pk)
    if invitation.accepted_at is not None:
        raise Refused(_("This invitation was accepted already; sign in instead."), rule="parties.invitation")
    acceptance = Platform(rule="parties.invitation")
    if account is None:
        if Account.objects.filter(email__iexact=invitation.email).exists():
            raise Refused(
                _("The address {email} has an account. Sign in first, then accept."),
                {"email": invitation.email},
                rule="parties.invitation",
            )
        person = add_person(
            names=names or invitation.names, by=acceptance, at=at, country=invitation.organisation.country
        )
        # Whoever holds the link received the mail, so the address needs no second confirmation.
        open_account(
            person=person,
            email=invitation.email,
            password=password,
            verified=True,
            language=language,
            by=acceptance,
            at=at,
        )
    elif account.person is None:
        person = add_person(
            names=names or invitation.names, by=acceptance, at=at, country=invitation.organisation.country
        )
        account.person = person
        account.save(update_fields=["person"])
    else:
        person = account.person
    membership = _begin(
        person, invitation.organisation, list(invitation.functions), by=None, at=at,
        payload={"invited_by": invitation.invited_by_id},
    )  # fmt: skip
    invitation.accepted_at = clock.now()
    invitation.membership = membership
    invitation.save(update_fields=["accepted_at", "membership"])
    record("invitation.accepted", subject=invitation, by=membership, at=at)
    return membership


@transaction.atomic
def withdraw_invitation(*, invitation: Invitation, by: Membership, at: datetime) -> Invitation:
    """Take an open invitation back: its link opens nothing any more."""
    policies.check_may_administer(by, invitation.organisation, at)
    invitation = Invitation.objects.select_for_update(of=("self",)).get(pk=invitation.pk)
    if invitation.accepted_at is not None or invitation.withdrawn_at is not None:
        raise Refused(_("This invitation is not open any more."), rule="parties.invitation")
    invitation.withdrawn_at = clock.now()
    invitation.save(update_fields=["withdrawn_at"])
    record("invitation.withdrawn", subject=invitation, by=by, at=at)
    return invitation


@transaction.atomic
def join(
    *,
    organisation: Mapping[str, Any],
    uscc: str,
    uscc_reason: str,
    person: Mapping[str, str],
    email: str,
    password: str,
    at: datetime,
    language: str = "en",
) -> Account:
    """Let an enterprise register itself: organisation, its first administrator, and their account.

    The account can sign in once its address is confirmed; until then nothing can be done with it.

    Args:
        organisation: fields of :func:`register_organisation`.
        uscc: unified social credit code, or empty where the country has none.
        person: names of the first administrator.
    """
    by = Platform(rule="parties.join")
    entered = register_organisation(by=by, at=at, **organisation)
    if uscc:
        identify(party=entered, scheme="CN.uscc", value=uscc, reason=uscc_reason, by=by, at=at)
    administrator = add_person(names=person, by=by, at=at, country=entered.country)
    account = open_account(person=administrator, email=email, password=password, language=language, by=by, at=at)
    add_membership(person=administrator, organisation=entered, functions=JOINED, by=by, at=at)
    return account
