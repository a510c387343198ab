"""The door: signing in needs an invitation, and works with a password, a passkey or a provider."""

from __future__ import annotations

import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from django.core import mail

from testamur.kernel import clock
from testamur.parties import actions
from testamur.parties.models import Account, Membership
from tests.browser.demo import free_port
from tests.unit.parties.conftest import BY, NOON, PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)
EMAIL = "lin@sample.example"


@pytest.fixture
def lin() -> Membership:
    """An administrator with a password, who has no second factor yet."""
    organisation = actions.register_organisation(
        names={"en": "Sample Works", "zh": "示例厂"}, address={"en": "1 Sample Road"}, by=BY, at=NOON
    )
    person = actions.add_person(names={"en": "Sample Lin", "zh": "示例林"}, by=BY, at=NOON)
    membership = actions.add_membership(
        person=person, organisation=organisation, functions=["application", "administration"], by=BY, at=NOON
    )
    actions.open_account(person=person, email=EMAIL, password=PASSWORD, verified=True, by=BY, at=NOON)
    return membership


@pytest.fixture
def strict(settings: Any) -> None:
    """As on a site that people sign in to: two factors."""
    settings.SECOND_FACTOR_REQUIRED, settings.DEMO = True, False
    settings.MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True  # this machine's own address has no certificate


@pytest.fixture
def device(page: Any) -> Any:
    """Give the browser a device that keeps passkeys and knows its owner; returns its session and its id."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    kept = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    made = session.send("WebAuthn.addVirtualAuthenticator", {"options": kept})
    return session, made["authenticatorId"]


def sign_in(page: Any) -> None:
    page.goto("/accounts/login/")
    page.locator("main input[type=email]").fill(EMAIL)
    page.locator("main input[type=password]").fill(PASSWORD)
    with page.expect_navigation():
        page.get_by_role("button", name="Sign in", exact=True).click()


def to_add_a_key(page: Any) -> None:
    sign_in(page)
    page.goto("/accounts/2fa/webauthn/add/")
    page.locator("main input[type=password]").fill(PASSWORD)  # once more before a new key
    with page.expect_navigation():
        page.locator("main button[type=submit]").first.click()
    assert page.get_by_role("button", name="Add the key").count() == 1


def test_the_sign_in_page_asks_for_address_and_password_and_loads_nothing_that_the_policy_refuses(page):
    page.goto("/accounts/login/")

    assert page.get_by_label("Email").count() >= 1
    assert page.locator("input[type=password]").count() == 1


def test_a_passkey_is_added_with_the_password_and_signs_in_without_it(page, lin, strict, device):
    session, authenticator = device
    to_add_a_key(page)
    page.get_by_label(re.compile("^Name")).fill("Sample telephone")
    page.get_by_label(re.compile("without a password")).check()
    with page.expect_navigation():
        page.get_by_role("button", name="Add the key").click()

    kept = session.send("WebAuthn.getCredentials", {"authenticatorId": authenticator})["credentials"]
    assert [one["rpId"] for one in kept] == ["localhost"]
    page.context.clear_cookies()
    page.goto("/accounts/login/")
    with page.expect_navigation(url="**/w/**"):
        page.get_by_role("button", name="Sign in with a passkey").click()
    assert page.locator("h1").inner_text() and "/accounts/" not in page.url
    page.goto("/w/organisation/people/")
    assert "Sample Lin" in page.locator("main").inner_text()


def test_who_has_no_passkey_reads_what_to_do_and_is_not_signed_in(page, lin, strict, device):
    page.goto("/accounts/login/")

    page.get_by_role("button", name="Sign in with a passkey").click()

    said = page.get_by_role("alert").filter(has_text="Your device gave no key")
    said.wait_for()
    assert "or sign in with your password" in said.inner_text()
    assert page.evaluate("document.activeElement.id") == "passkey-failed"
    page.goto("/w/")
    assert "/accounts/login/" in page.url


def test_a_device_that_refuses_adds_no_key_and_the_page_says_so(page, lin, strict, device):
    session, authenticator = device
    session.send("WebAuthn.setUserVerified", {"authenticatorId": authenticator, "isUserVerified": False})
    to_add_a_key(page)
    page.get_by_label(re.compile("without a password")).check()

    page.get_by_role("button", name="Add the key").click()

    said = page.get_by_role("alert").filter(has_text="Your device gave no key")
    said.wait_for()
    assert "Nothing was saved" in said.inner_text()


def test_without_a_second_factor_nobody_acts_for_an_organisation(page, lin, strict):
    sign_in(page)

    page.goto("/w/organisation/people/")

    assert "Sample Lin" not in page.locator("main").inner_text()
    assert page.locator("main a[href*='/2fa/']").count() >= 1


@pytest.fixture
def provider(settings: Any) -> Iterator[None]:
    """An OpenID provider on this machine, a program of somebody else, named to this site as an operator names one."""
    port = free_port()
    url = f"http://localhost:{port}"
    app = {
        "provider_id": "sample", "name": "Sample Provider", "client_id": "testamur", "secret": "sample-secret",
        "settings": {"server_url": url},
    }  # fmt: skip
    known = settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {**known, "APPS": [app]}}
    directives = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    to = {"DIRECTIVES": {**directives, "form-action": [*directives["form-action"], url]}}
    settings.CONTENT_SECURITY_POLICY = {**settings.CONTENT_SECURITY_POLICY, **to}
    settings.DEMO = False
    program = [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--port", str(port)]
    with subprocess.Popen(program, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            wait_for(f"{url}/.well-known/openid-configuration")
            yield
        finally:
            process.terminate()


def wait_for(url: str) -> None:
    until = time.monotonic() + 30
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:
            assert time.monotonic() < until, f"{url} does not answer"
            time.sleep(0.1)


def through_the_provider(page: Any, name: str) -> None:
    """Go to the provider and come back as somebody it knows."""
    with page.expect_navigation(url=re.compile("/oauth2/authorize")):
        page.get_by_role("button", name="Sample Provider").first.click()
    page.locator("input[name=sub]").fill(name)
    with page.expect_navigation(url=re.compile(r"/(accounts|w|invitations?)/")):
        page.locator("button[type=submit], input[type=submit]").first.click()


def test_an_account_of_a_provider_is_connected_and_signs_in_afterwards(page, lin, provider):
    sign_in(page)
    page.goto("/accounts/3rdparty/")
    through_the_provider(page, EMAIL)
    page.locator("main input[type=password]").fill(PASSWORD)  # once more before another way in
    with page.expect_navigation():
        page.locator("main button[type=submit]").first.click()
    assert EMAIL in page.locator("main").inner_text()

    page.context.clear_cookies()
    page.goto("/accounts/login/")
    through_the_provider(page, EMAIL)

    page.goto("/w/organisation/people/")
    assert "Sample Lin" in page.locator("main").inner_text()


def test_a_provider_opens_no_account_for_whom_nobody_invited(page, lin, provider):
    page.goto("/accounts/login/")
    through_the_provider(page, "stranger@sample.example")

    assert "invit" in page.locator("main").inner_text().lower()
    assert not Account.objects.filter(email="stranger@sample.example").exists()


def test_a_provider_does_not_open_the_account_of_somebody_with_the_same_address(page, lin, provider):
    page.goto("/accounts/login/")
    through_the_provider(page, EMAIL)  # whoever runs the provider may claim any address

    page.goto("/w/")
    assert "/accounts/login/" in page.url


def test_an_invited_person_comes_in_through_a_provider(page, lin, provider):
    facts = {"email": "wu@sample.example", "names": {"en": "Sample Wu", "zh": "示例吴"}, "functions": ["application"]}
    actions.invite(organisation=lin.organisation, by=lin, at=clock.now(), **facts)
    page.goto(re.search(r"https?://[^/]+(/\S+)", mail.outbox[-1].body)[1])
    through_the_provider(page, "wu@sample.example")
    with page.expect_navigation():
        page.get_by_role("button", name="Accept the invitation").click()

    made = Account.objects.get(email="wu@sample.example")
    assert [str(one.organisation.names["en"]) for one in made.person.memberships.all()] == ["Sample Works"]
    assert [mailed.to for mailed in mail.outbox] == [["wu@sample.example"]]  # the invitation proves the address
