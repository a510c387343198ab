"""May this happen? Each check raises :class:`Refused` with a sentence, or says nothing."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import Q

from testamur.journal.models import Event
from testamur.kernel.days import day_of
from testamur.kernel.refusal import Refused, _
from testamur.kernel.words import Function
from testamur.parties import functions as duties
from testamur.parties.models import AccessToken, Bar, Membership, Organisation, Ownership, Person, Platform

if TYPE_CHECKING:
    from testamur.parties.models import Account

Actor = Membership | Platform
Party = Organisation | Person

ADMINISTRATOR = _("an administrator of the organisation")
OPERATOR = _("whoever runs the platform")
SUPERVISOR = _("a supervising authority")


def check_lives(by: Actor, at: datetime) -> None:
    """The membership is in force on the day of the act, in the organisation's zone."""
    if isinstance(by, Platform):
        return
    day = day_of(at, by.organisation.country)
    facts = {"person": by.person.names, "organisation": by.organisation.names}
    if day < by.from_day:
        raise Refused(
            _("{person} acts for {organisation} only from {day}."),
            {**facts, "day": by.from_day},
            rule="parties.membership_lives",
            until=by.from_day,
        )
    if not by.lives_on(day):
        raise Refused(
            _("{person} does not act for {organisation} any more; the last day was {day}."),
            {**facts, "day": by.until_day},
            rule="parties.membership_lives",
            who=ADMINISTRATOR,
        )


def check_holds(by: Actor, function: Function, organisation: Organisation | None = None) -> None:
    """The membership is of this organisation and holds the function; without one, of any organisation."""
    if isinstance(by, Platform):
        return
    if organisation is not None and by.organisation_id != organisation.pk:
        raise Refused(
            _("{person} acts for {own}, not for {organisation}."),
            {"person": by.person.names, "own": by.organisation.names, "organisation": organisation.names},
            rule="parties.function",
        )
    if not by.holds(function):
        raise Refused(
            _("This needs the function {function}, which {person} does not hold for {organisation}."),
            {
                "function": duties.WORDS[Function(function)][0],
                "person": by.person.names,
                "organisation": by.organisation.names,
            },
            rule="parties.function",
            who=ADMINISTRATOR,
        )


def check_may_administer(by: Actor, organisation: Organisation, at: datetime) -> None:
    """Names, people, invitations and keys are an administrator's business."""
    check_lives(by, at)
    check_holds(by, Function.ADMINISTRATION, organisation)


def check_another_administrator(first: Membership, by: Membership) -> None:
    """Who asked that one person issue alone does not agree to it as well."""
    if first.person_id == by.person_id:
        raise Refused(
            _(
                "You asked that one person issue alone; another administrator of {organisation} has to agree. "
                "Where there is none, invite one."
            ),
            {"organisation": by.organisation.names},
            rule="attestation.two_persons",
            source="testamur@2026-1#keys",
        )


def check_may_register(by: Actor, at: datetime) -> None:
    """A body enters its client, an authority a body; an enterprise registers itself through ``parties.join``."""
    check_lives(by, at)
    if isinstance(by, Platform):
        return
    allowed = (Function.SELECTION, Function.SUPERVISION, Function.RECORDS, Function.ADMINISTRATION)
    if not any(by.holds(function) for function in allowed):
        check_holds(by, Function.ADMINISTRATION)


def check_may_describe(by: Actor, organisation: Organisation, at: datetime) -> None:
    """Details are kept by the organisation itself; until somebody acts for it, by whoever entered it."""
    check_lives(by, at)
    if isinstance(by, Platform):
        return
    if by.organisation_id != organisation.pk and _entered(by, organisation):
        return
    if by.organisation_id == organisation.pk and by.holds(Function.APPLICATION):
        return
    check_holds(by, Function.ADMINISTRATION, organisation)


def _entered(by: Membership, organisation: Organisation) -> bool:
    if organisation.memberships.filter(until_day__isnull=True).exists():
        return False
    return Event.objects.filter(
        kind="party.registered",
        subject_type="parties.organisation",
        subject_id=str(organisation.pk),
        by_organisation=by.organisation_id,
    ).exists()


def check_may_give(
    by: Actor, given: Iterable[Function | str], organisation: Organisation, at: datetime, to: Person | None = None
) -> None:
    """Functions are given by an administrator; deciding ones never to oneself.

    Args:
        given: the functions that would be new.
        to: who would hold them; None for somebody invited, who is somebody else.
    """
    check_may_administer(by, organisation, at)
    new = {Function(function) for function in given}
    if not isinstance(by, Platform) and to is not None and to.pk == by.person_id and new & duties.GIVEN_BY_ANOTHER:
        raise Refused(
            _("Nobody gives themselves these functions: {functions}. Another administrator has to."),
            {"functions": duties.words(new & duties.GIVEN_BY_ANOTHER)},
            rule="parties.function_by_another",
            source="iso-17021-1@2015#5.2.1",
            who=_("another administrator of the organisation"),
            field="functions",
        )


def check_known_functions(given: Iterable[str]) -> list[str]:
    """Return the functions in the order of their list, each once; at least one, and none unknown."""
    wanted = {str(function) for function in given}
    unknown = sorted(wanted - set(Function))
    if unknown:
        raise Refused(
            _("There is no function {names}."),
            {"names": ", ".join(unknown)},
            rule="parties.function",
            field="functions",
        )
    if not wanted:
        raise Refused(_("A membership needs at least one function."), rule="parties.function", field="functions")
    return [str(function) for function in Function if function in wanted]


def check_administrator_stays(membership: Membership, on: date) -> None:
    """Somebody must be able to let others in: the last administrator cannot leave or lay the function down."""
    if not membership.holds(Function.ADMINISTRATION):
        return
    others = Membership.objects.filter(organisation=membership.organisation, from_day__lte=on).exclude(pk=membership.pk)
    others = others.filter(Q(until_day__isnull=True) | Q(until_day__gt=on))
    if not any(other.holds(Function.ADMINISTRATION) for other in others):
        raise Refused(
            _("{person} is the last administrator of {organisation}. Make somebody else an administrator first."),
            {"person": membership.person.names, "organisation": membership.organisation.names},
            rule="parties.last_administrator",
            who=ADMINISTRATOR,
        )


TOKENS = "testamur@2026-1#tokens"
#: An access token works for at most so many days, and one member has at most so many that work.
TOKEN_DAYS, TOKENS_MOST = 366, 20


def check_may_let_act(by: Membership, functions: Iterable[Function | str], until_day: date, at: datetime) -> list[str]:
    """A program gets some of what its member holds, for at most a year; returns the functions in their order.

    Raises:
        Refused: a function that is a person's own, one that the member does not hold, a day that does not do.
    """
    check_lives(by, at)
    wanted = {str(function) for function in functions}
    given = check_known_functions(wanted) if wanted else []
    own = [function for function in given if Function(function) not in duties.BY_PROGRAM]
    if own:
        raise Refused(
            _("No program is given these functions: {functions}. What they do is done by a person."),
            {"functions": duties.words(own)},
            rule="parties.token",
            source="iso-17065@2012#7.6",
            field="functions",
        )
    for function in given:
        check_holds(by, Function(function), by.organisation)
    today = day_of(at, by.organisation.country)
    last = today + timedelta(days=TOKEN_DAYS)
    if not today <= until_day <= last:
        raise Refused(
            _("A token works until a day from {first} to {last}."),
            {"first": today, "last": last},
            rule="parties.token",
            source=TOKENS,
            field="until_day",
        )
    if by.access_tokens.filter(revoked_at=None, until_day__gte=today).count() >= TOKENS_MOST:
        raise Refused(
            _("You have {most} tokens that work. Revoke one that no program uses any more."),
            {"most": TOKENS_MOST},
            rule="parties.token",
            source=TOKENS,
        )
    return given


def check_may_revoke(by: Membership, token: AccessToken, at: datetime) -> None:
    """One's own token, or as administrator any of the organisation."""
    check_lives(by, at)
    if token.membership_id != by.pk:
        check_holds(by, Function.ADMINISTRATION, token.membership.organisation)


def check_token_works(token: AccessToken, at: datetime) -> None:
    """The token is not revoked, its last day has not passed, and its member still acts and may still sign in."""
    if token.revoked_at is not None:
        raise Refused(_("This access token was revoked."), rule="parties.token", source=TOKENS)
    if token.until_day < day_of(at, token.membership.organisation.country):
        raise Refused(
            _("This access token ended on {day}. Make a new one."),
            {"day": token.until_day},
            rule="parties.token",
            source=TOKENS,
        )
    check_lives(token.membership, at)
    account = getattr(token.membership.person, "account", None)
    if account is not None and not account.is_active:
        raise Refused(_("Who made this access token can no longer sign in."), rule="parties.token", source=TOKENS)


def check_may_state(by: Actor, party: Party, at: datetime) -> None:
    """Facts are stated by the organisation they are about, of a person by that person or an administrator."""
    check_lives(by, at)
    if isinstance(by, Platform):
        return
    if isinstance(party, Person):
        if by.person_id == party.pk:
            return
        if by.holds(Function.ADMINISTRATION) and party.memberships.filter(organisation=by.organisation_id).exists():
            return
        raise Refused(
            _("Only {person}, or an administrator they act with, can state facts about {person}."),
            {"person": party.names},
            rule="parties.fact",
        )
    check_may_describe(by, party, at)


def check_may_record_engagement(
    by: Actor, person: Person | None, organisation: Organisation | None, client: Organisation, at: datetime
) -> None:
    """Ties are recorded by one of the sides, by whoever plans with the person, or by a supervisor."""
    check_lives(by, at)
    if isinstance(by, Platform) or by.holds(Function.SUPERVISION):
        return
    sides = {client.pk, organisation.pk if organisation else None}
    own = by.organisation_id in sides or (person is not None and person.pk == by.person_id)
    colleague = person is not None and person.memberships.filter(organisation=by.organisation_id).exists()
    if not (own or (colleague and (by.holds(Function.SELECTION) or by.holds(Function.ADMINISTRATION)))):
        raise Refused(
            _("{person} takes no part in this tie and plans for neither side, so cannot record it."),
            {"person": by.person.names},
            rule="parties.engagement",
        )


def check_may_record_ownership(by: Actor, owner: Organisation, owned: Organisation, at: datetime) -> None:
    """Shares are recorded by an administrator of one of the two, or by a supervisor."""
    check_lives(by, at)
    if isinstance(by, Platform) or by.holds(Function.SUPERVISION):
        return
    side = owner if by.organisation_id == owner.pk else owned
    check_holds(by, Function.ADMINISTRATION, side)


def check_share(owned: Organisation, share: object, from_day: date, until_day: date | None) -> None:
    """Shares held at one time never add up to more than 100 percent."""
    at_the_time = Ownership.objects.filter(owned=owned).filter(Q(until_day__isnull=True) | Q(until_day__gte=from_day))
    if until_day is not None:
        at_the_time = at_the_time.filter(from_day__lte=until_day)
    total = sum((row.share for row in at_the_time), start=share)  # type: ignore[call-overload]
    if total > 100:
        raise Refused(
            _("With this share the owners of {organisation} would hold {total} % together."),
            {"organisation": owned.names, "total": total},
            rule="parties.ownership",
            field="share",
        )


def check_may_bar(by: Actor, at: datetime) -> None:
    """Only a supervising authority bars, and lifts a bar."""
    check_lives(by, at)
    check_holds(by, Function.SUPERVISION)


def check_not_barred(party: Party, *others: Party, on: date) -> None:
    """Nobody who is barred on the day may act or apply (CN.person_bar, or a scheme's ground)."""
    people = [one for one in (party, *others) if isinstance(one, Person)]
    organisations = [one for one in (party, *others) if not isinstance(one, Person)]
    asked = Q(person__in=people) | Q(organisation__in=organisations)
    rows = Bar.objects.filter(asked, from_day__lte=on).filter(Q(until_day__isnull=True) | Q(until_day__gte=on))
    bars = list(rows.filter(Q(lifted_on__isnull=True) | Q(lifted_on__gt=on)).order_by())
    if not bars:
        return
    bar = max(sorted(bars, key=lambda one: one.pk), key=lambda one: one.until_day or date.max)
    barred = bar.person or bar.organisation
    assert barred is not None
    facts = {"party": barred.names, "day": bar.from_day, "until": bar.until_day, "ground": bar.ground}
    if bar.until_day is None:
        message = _("{party} is barred for good since {day} (ground {ground}).")
    else:
        message = _("{party} is barred from {day} until {until} (ground {ground}).")
    raise Refused(message, facts, rule="CN.person_bar", source=bar.source, who=SUPERVISOR, until=bar.until_day)


def check_may_name_roots(by: Actor) -> None:
    """Which authorities are taken as given is the decision of whoever runs the installation."""
    if not isinstance(by, Platform):
        raise Refused(
            _("Roots of trust are named by whoever runs the platform, not under a membership."),
            rule="parties.root",
            source="testamur@2026-1#keys",
            who=OPERATOR,
        )


def check_second_factor(account: Account, membership: Membership) -> None:
    """What binds others is done only by somebody who signs in with two factors; a demo has no passwords at all."""
    if not settings.SECOND_FACTOR_REQUIRED:
        return
    weighty = {Function(function) for function in membership.functions} & duties.SECOND_FACTOR
    if not weighty:
        return
    from allauth.mfa.utils import is_mfa_enabled

    if not is_mfa_enabled(account):
        raise Refused(
            _(
                "You act for {organisation} with the functions {functions}. "
                "These need a second factor when you sign in: set up an authenticator app or a passkey here first."
            ),
            {"organisation": membership.organisation.names, "functions": duties.words(weighty)},
            rule="parties.second_factor",
            source="testamur@2026-1#keys",
        )
