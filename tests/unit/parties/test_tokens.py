"""Access tokens: what a program may do in a member's name, for how long, and who takes it back."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from small_world import PLATFORM, instant, member, organisation
from testamur.journal.models import Event
from testamur.kernel import clock
from testamur.kernel.refusal import Refused
from testamur.kernel.words import Function
from testamur.parties import actions, policies, queries
from testamur.parties.functions import BY_PROGRAM
from testamur.parties.models import AccessToken

pytestmark = pytest.mark.django_db
TODAY = date(2026, 3, 2)
NOON = instant(TODAY)
LATER = TODAY + timedelta(days=30)


@pytest.fixture(autouse=True)
def on_the_day():
    with clock.travel(NOON):
        yield


@pytest.fixture
def keeper():
    return member(organisation("Works"), "application", "records", "decision")


def made(by, functions=("records",), until=LATER, name="Nightly report"):
    return actions.make_token(name=name, functions=functions, until_day=until, by=by, at=NOON)


def test_a_token_is_told_once_and_only_its_digest_is_kept(keeper):
    token, secret = made(keeper)

    assert secret.startswith("testamur_") and len(secret) > 50
    assert secret not in str(AccessToken.objects.values().get())
    assert queries.with_secret(secret) == token
    assert queries.with_secret(secret + "x") is None
    assert secret not in str(list(Event.objects.values()))
    assert Event.objects.get(kind="token.made").payload["functions"] == ["records"]


def test_a_program_acts_with_what_was_given_and_is_still_held(keeper):
    token, _secret = made(keeper, ["application", "records"])
    keeper.functions = ["records", "decision"]
    keeper.save()

    acting = queries.acting_for(AccessToken.objects.get(pk=token.pk))

    assert (acting.pk, acting.functions, acting.via) == (keeper.pk, ["records"], token.public_id)


def test_what_a_program_does_is_told_from_what_its_member_does(keeper):
    token, _secret = made(keeper, ["application"])
    acting = queries.acting_for(AccessToken.objects.get(pk=token.pk))
    works = keeper.organisation

    actions.state_fact(party=works, name="organisation.premises", value="owned", by=acting, at=NOON)
    actions.state_fact(party=works, name="organisation.premises", value="rented", by=keeper, at=NOON)

    first, second = Event.objects.filter(kind="fact.stated").order_by("pk")
    assert (first.by_membership, first.payload["via"]) == (keeper.pk, token.public_id)
    assert (second.by_membership, "via" in second.payload) == (keeper.pk, False)


@pytest.mark.parametrize("function", sorted(set(Function) - BY_PROGRAM))
def test_what_a_person_does_is_given_to_no_program(function):
    by = member(organisation("Works"), function)

    with pytest.raises(Refused, match="done by a person"):
        made(by, [function])
    assert not AccessToken.objects.exists()


@pytest.mark.parametrize(
    ("functions", "until", "name", "why"),
    [
        (["selection"], LATER, "a", "does not hold"),
        (["flying"], LATER, "a", "no function"),
        ([], TODAY - timedelta(days=1), "a", "works until a day"),
        ([], TODAY + timedelta(days=367), "a", "works until a day"),
        ([], LATER, "   ", "Name the program"),
        ([], LATER, "x" * 81, "Name the program"),
    ],
)
def test_a_token_that_does_not_do_is_refused_with_its_reason(keeper, functions, until, name, why):
    with pytest.raises(Refused, match=why):
        made(keeper, functions, until, name)
    assert not AccessToken.objects.exists()


def test_nobody_gathers_tokens_without_end(keeper):
    for _number in range(policies.TOKENS_MOST):
        made(keeper, [])
    with pytest.raises(Refused, match="Revoke one"):
        made(keeper, [])

    actions.revoke_token(token=AccessToken.objects.first(), by=keeper, at=NOON)
    assert made(keeper, [])


def test_a_token_ends_with_its_day_its_membership_its_account_or_its_revocation(keeper):
    token, _secret = made(keeper)
    policies.check_token_works(token, instant(LATER))
    with pytest.raises(Refused, match="ended on"):
        policies.check_token_works(token, instant(LATER + timedelta(days=1)))

    account = actions.open_account(person=keeper.person, email="k@sample.example", by=PLATFORM, at=NOON)
    account.is_active = False
    account.save()
    token = AccessToken.objects.get(pk=token.pk)
    with pytest.raises(Refused, match="no longer sign in"):
        policies.check_token_works(token, NOON)

    account.is_active = True
    account.save()
    keeper.until_day = TODAY - timedelta(days=1)
    keeper.save()
    with pytest.raises(Refused, match="does not act"):
        policies.check_token_works(AccessToken.objects.get(pk=token.pk), NOON)


def test_a_token_is_revoked_by_its_member_or_an_administrator_once_and_by_nobody_else(keeper):
    works = keeper.organisation
    colleague, head = member(works, "records", name="Ma"), member(works, "administration", name="Wu")
    stranger = member(organisation("Stranger"), "administration", name="Zhou")
    first, second = made(keeper)[0], made(keeper)[0]

    for other in (colleague, stranger):
        with pytest.raises(Refused):
            actions.revoke_token(token=first, by=other, at=NOON)
    actions.revoke_token(token=first, by=keeper, at=NOON)
    actions.revoke_token(token=second, by=head, at=NOON)

    for token in AccessToken.objects.all():
        with pytest.raises(Refused, match="revoked"):
            policies.check_token_works(token, NOON)
    with pytest.raises(Refused, match="already"):
        actions.revoke_token(token=first, by=keeper, at=NOON)
    assert Event.objects.filter(kind="token.revoked").count() == 2


def test_an_administrator_sees_the_organisations_tokens_others_their_own(keeper):
    works = keeper.organisation
    colleague, head = member(works, "records", name="Ma"), member(works, "administration", name="Wu")
    stranger = member(organisation("Stranger"), "administration", name="Zhou")
    token, other = made(keeper)[0], made(colleague)[0]

    assert list(queries.tokens(keeper)) == [token]
    assert set(queries.tokens(head)) == {token, other}
    assert not queries.tokens(stranger).exists()
