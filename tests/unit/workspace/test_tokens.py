"""Access tokens on the page of one's own organisation: made, shown once, revoked."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client

from small_world import PLATFORM, instant, member, organisation
from testamur.kernel import clock
from testamur.parties import queries
from testamur.parties.actions import make_token, open_account
from testamur.parties.allowance import QUOTAS, counts
from testamur.parties.models import AccessToken
from testamur.wording.templatetags.say import number

pytestmark = pytest.mark.django_db
LIST, NEW = "/w/organisation/tokens/", "/w/organisation/tokens/new/"


def signed_in(one):
    account = open_account(
        person=one.person, email=f"{one.public_id.lower()}@sample.example", by=PLATFORM, at=clock.now(), verified=True
    )
    client = Client(SERVER_NAME="localhost", headers={"Accept-Language": "en"})
    client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def keeper(db):
    return member(organisation("Works"), "application", "records", name="Wei")


def sent(keeper, **more):
    until = queries.today(keeper.organisation) + timedelta(days=10)
    return {"name": "Nightly <report>", "functions": ["records"], "until_day": until.isoformat(), **more}


def test_a_token_is_shown_on_one_page_and_never_again(keeper):
    client = signed_in(keeper)
    made = client.post(NEW, sent(keeper))
    token = AccessToken.objects.get()
    secret = made.context["secret"]

    assert queries.with_secret(secret) == token
    assert secret in made.content.decode()
    assert "no-store" in made.headers["Cache-Control"]
    listed = client.get(LIST).content.decode()
    assert secret not in listed and token.hint in listed
    assert "Nightly &lt;report&gt;" in listed


def test_only_functions_that_a_program_may_have_are_offered(keeper):
    keeper.functions = ["records", "decision", "administration"]
    keeper.save()
    client = signed_in(keeper)

    page = client.get(NEW).content.decode()

    assert 'value="records"' in page and 'value="decision"' not in page and 'value="administration"' not in page
    assert client.post(NEW, sent(keeper, functions=["decision"])).context["form"].errors
    assert not AccessToken.objects.exists()


def test_a_day_too_far_ahead_is_refused_at_its_field_and_the_name_stays(keeper):
    answer = signed_in(keeper).post(NEW, sent(keeper, until_day="2199-01-01"))

    assert "works until a day" in str(answer.context["form"].errors["until_day"])
    assert "Nightly &lt;report&gt;" in answer.content.decode()
    assert not AccessToken.objects.exists()


def test_a_member_revokes_their_own_and_finds_nobody_elses(keeper):
    colleague = member(keeper.organisation, "records", name="Ma")
    until = queries.today(keeper.organisation)
    own, other = (
        make_token(name="P", functions=[], until_day=until, by=one, at=instant(until))[0] for one in (keeper, colleague)
    )
    client = signed_in(keeper)

    assert client.post(f"{LIST}{own.public_id}/revocation/").status_code == 302
    assert client.post(f"{LIST}{other.public_id}/revocation/").status_code == 404
    assert [one.revoked_at is None for one in AccessToken.objects.order_by("pk")] == [False, True]


def test_a_second_click_makes_no_second_token_and_says_what_to_do(keeper):
    client = signed_in(keeper)
    once = re.search(r'name="once" value="(\w+)"', client.get(NEW).content.decode())[1]

    client.post(NEW, sent(keeper, once=once))
    again = client.post(NEW, sent(keeper, once=once), follow=True)

    assert AccessToken.objects.count() == 1
    assert "sent twice and made one token" in again.content.decode()


def test_the_page_says_how_much_may_be_asked_and_what_is_left(keeper, settings):
    made, secret = make_token(
        name="Platform", functions=[], until_day=queries.today(keeper.organisation), by=keeper, at=clock.now()
    )
    counts.clear()
    client = Client(SERVER_NAME="localhost")
    answer = client.get("/api/v1/verifications/N-1", headers={"Authorization": f"Bearer {secret}"})
    quota = QUOTAS["verify_number"]

    page = signed_in(keeper).get(LIST).content.decode()

    assert answer["RateLimit-Limit"] == str(quota.token) and answer["RateLimit-Remaining"] == str(quota.token - 1)
    assert f"{made.name}: {number(quota.token - 1)}" in page
    assert counts.left("verify_number", "somebody", 5).left == 5
