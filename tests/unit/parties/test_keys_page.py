"""The page of an organisation's signing keys, and the command for whoever runs the platform."""

from __future__ import annotations

import builtins
import re

import pytest
from django.test import Client

from small_world import PLATFORM, member, organisation
from testamur.cli.key import main
from testamur.journal.models import Event
from testamur.kernel import clock
from testamur.parties import queries
from testamur.parties.actions import create_key, open_account
from testamur.parties.models import Key
from testamur.transparency.actions import sequence

pytestmark = pytest.mark.django_db(transaction=True)
PAGE = "/w/organisation/keys/"


def signed_in(one, language="en"):
    account = open_account(
        person=one.person, email=f"{one.public_id.lower()}@sample.example", by=PLATFORM, at=clock.now(), verified=True
    )
    account.language = language
    account.save()
    client = Client(SERVER_NAME="localhost", headers={"Accept-Language": language})
    client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def keeper(db):
    one = member(organisation("Body"), "administration", name="Keeper")
    create_key(organisation=one.organisation, by=one, at=clock.now())
    return one


@pytest.fixture
def sent(keeper):
    return {"because": "stolen", "name": "k1"}


def test_the_page_shows_each_key_with_its_state_and_its_fingerprint(keeper):
    page = signed_in(keeper).get(PAGE).content.decode()
    key = Key.objects.get()

    assert key.thumbprint in page and "encrypted file" in page and "in use" in page
    assert "Change the key" in page and "Revoke k1" in page


def test_a_key_is_changed_by_one_press_and_the_old_one_stays_on_the_page(keeper):
    client = signed_in(keeper)

    said = client.post(f"{PAGE}rotation/", follow=True).content.decode()

    assert "The new key signs from now on" in said
    assert queries.active_key(keeper.organisation).fragment == "k2"
    assert "k1" in said and "retired" in said


def test_revoking_wants_a_reason_and_the_name_of_the_key(keeper, sent):
    client = signed_in(keeper)

    assert client.post(f"{PAGE}k1/revocation/", {**sent, "because": ""}).context["form"].errors["because"]
    wrong = client.post(f"{PAGE}k1/revocation/", {**sent, "name": "k2"})

    assert "This is not the name of the key." in wrong.content.decode()
    assert not Key.objects.filter(revoked_at__isnull=False).exists()


def test_a_revoked_key_says_from_which_log_entry_on_and_another_takes_over(keeper, sent):
    client = signed_in(keeper)

    said = client.post(f"{PAGE}k1/revocation/", sent, follow=True).content.decode()

    key = Key.objects.get(fragment="k1")
    assert "Everybody who verifies sees it from now on" in said
    assert f"from log entry {key.revoked_at_index} on" in said
    assert queries.active_key(keeper.organisation).fragment == "k2"
    assert Event.objects.get(kind="key.revoked").by_membership == keeper.pk


def test_nobody_else_of_the_organisation_opens_the_page_or_finds_anothers_key(keeper, sent):
    colleague = signed_in(member(keeper.organisation, "decision", "attestation", name="Ma"))
    stranger = signed_in(member(organisation("Other"), "administration", name="Zhou"))

    assert colleague.get(PAGE).status_code == 403
    assert colleague.post(f"{PAGE}rotation/").status_code == 403
    assert colleague.post(f"{PAGE}k1/revocation/", sent).status_code == 403
    assert stranger.post(f"{PAGE}k1/revocation/", sent).status_code == 404
    assert Key.objects.count() == 1


def test_the_page_speaks_chinese(keeper):
    page = signed_in(keeper, "zh-hans").get(PAGE).content.decode()

    assert "更换密钥" in page and "使用中" in page


def test_the_command_lists_changes_and_revokes(keeper, capsys):
    code = keeper.organisation.public_id

    assert main(["rotate", code, "--language", "en"]) == 0
    assert "k2 signs from now on" in capsys.readouterr().out
    assert main(["revoke", code, "k2", "--because", "stolen", "--yes", "--language", "en"]) == 0
    assert re.search(r"k2 is revoked from log entry \d+ on\.\nk3 signs from now on\.", capsys.readouterr().out)
    sequence()
    assert main(["list", code.lower(), "--language", "en"]) == 0
    listed = capsys.readouterr().out
    assert [word in listed for word in ("#k1", "retired", "#k2", "revoked", "#k3", "in use since")] == [True] * 6


def test_the_command_asks_before_it_revokes_and_says_what_it_does_not_find(keeper, capsys, monkeypatch):
    code = keeper.organisation.public_id
    monkeypatch.setattr(builtins, "input", lambda _question: "yes")

    assert main(["revoke", code, "k1", "--because", "lost", "--language", "en"]) == 1
    assert "Nothing was revoked." in capsys.readouterr().out
    assert main(["rotate", "NOBODY", "--language", "en"]) == 2
    assert "There is no organisation NOBODY." in capsys.readouterr().err
    assert not Key.objects.filter(revoked_at__isnull=False).exists()
