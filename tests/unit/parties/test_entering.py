"""Signing in, joining, being invited, the demo, acting as: the doors of the platform."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.urls import reverse

from testamur.kernel import clock
from testamur.kernel.refusal import Refused
from testamur.parties import acting, actions
from testamur.parties.actions import access
from testamur.parties.models import Account, Invitation, Membership, Organisation

from .conftest import BY, NOON, PASSWORD

pytestmark = pytest.mark.django_db
SECRET = "JBSWY3DPEHPK3PXP"
JOIN = {
    "name_zh": "示例精密零件有限公司",
    "name_en": "Sample Precision Parts Co., Ltd.",
    "uscc": "91350100M000100Y43",
    "country": "CN",
    "region": "350100",
    "address_zh": "示例市示例路8号",
    "personnel": "40",
    "person_zh": "示例吴",
    "email": "wu@sample.example",
    "password": PASSWORD,
    "password_again": PASSWORD,
    "allowed": "on",
}


@pytest.fixture
def real(settings):
    """A platform that is no demo, whose workspace has a page to look at."""
    settings.DEMO = False
    settings.SECOND_FACTOR_REQUIRED = True


def sign_in(client, email, password=PASSWORD):
    return client.post(reverse("account_login"), {"login": email, "password": password})


# Signing in ----------------------------------------------------------------------------------------------------------


def test_somebody_signs_in_with_address_and_password(client, works, account_of):
    account_of(works["wu"])

    answer = sign_in(client, "Wu@sample.example")

    assert (answer.status_code, answer.url) == (302, "/w/")
    assert client.session["_auth_user_id"]


def test_a_wrong_password_and_an_unknown_address_read_the_same(client, works, account_of):
    account_of(works["wu"])

    wrong = sign_in(client, "wu@sample.example", "something else entirely").content.decode()
    unknown = sign_in(client, "nobody@sample.example", "something else entirely").content.decode()

    def said(page):
        return re.findall(r'class="t-error"[^>]*>([^<]+)<|<li>([^<]+)</li>', page)

    assert said(wrong) == said(unknown) != []


def test_guessing_a_password_stops_after_some_tries(client, works, account_of):
    account_of(works["wu"])
    for _try in range(12):
        sign_in(client, "wu@sample.example", "guess")

    assert "too many" in sign_in(client, "wu@sample.example").content.decode().lower()
    assert "_auth_user_id" not in client.session


def test_asking_for_a_new_password_tells_nobody_whether_an_account_exists(client, works, account_of, mailoutbox):
    account_of(works["wu"])

    known = client.post(reverse("account_reset_password"), {"email": "wu@sample.example"})
    unknown = client.post(reverse("account_reset_password"), {"email": "nobody@sample.example"})

    assert (known.status_code, known.url) == (unknown.status_code, unknown.url)
    assert len(mailoutbox) == 2


def test_nobody_signs_up_by_themselves(client):
    answer = client.post(reverse("account_signup"), {"email": "x@sample.example", "password1": PASSWORD})

    assert not Account.objects.exists()
    assert reverse("parties:join") in answer.content.decode()


def test_the_second_factor_is_asked_when_it_is_set_up(client, works, account_of):
    account = account_of(works["lin"])
    TOTP.activate(account, SECRET)

    answer = sign_in(client, account.email)
    assert answer.url == reverse("mfa_authenticate")
    assert "_auth_user_id" not in client.session

    code = format_hotp_value(hotp_value(SECRET, next(iter(yield_hotp_counters_from_time()))))
    assert client.post(answer.url, {"code": code}).url == "/w/"


# The workspace's door ------------------------------------------------------------------------------------------------


def test_a_stranger_is_sent_to_sign_in_and_comes_back(client, real):
    answer = client.get("/w/organisation/?tab=1")

    assert answer.url == f"{reverse('account_login')}?next=/w/organisation/%3Ftab%3D1"


def test_functions_that_bind_others_ask_for_a_second_factor(client, works, account_of, real):
    account = account_of(works["lin"])
    client.force_login(account)

    answer = client.get("/w/", follow=True)
    assert answer.redirect_chain[0] == (reverse("mfa_index"), 302)
    assert "These need a second factor" in answer.content.decode()

    TOTP.activate(account, SECRET)
    assert client.get("/w/").status_code != 302


def test_functions_that_bind_nobody_ask_for_none(client, works, account_of, real):
    client.force_login(account_of(works["wu"]))

    assert client.get("/w/").status_code != 302


def test_htmx_is_told_to_leave_the_page(client, works, account_of, real):
    client.force_login(account_of(works["lin"]))

    answer = client.get("/w/", headers={"HX-Request": "true"})

    assert (answer.status_code, answer["HX-Redirect"]) == (204, reverse("mfa_index"))


def test_somebody_whose_membership_ended_acts_for_nobody(client, works, account_of, real):
    client.force_login(account_of(works["wu"]))
    Membership.objects.filter(pk=works["wu"].pk).update(until_day="2026-03-05")

    answer = client.get("/w/")

    assert answer.status_code == 403
    assert "You act for no organisation" in answer.content.decode()


def test_a_request_without_a_session_touches_none(client, rf):
    seen = {}
    acting.ActingMiddleware(lambda request: seen.update(m=request.membership, all=request.memberships))(rf.get("/"))

    assert seen == {"m": None, "all": []}
    assert "Cookie" not in client.get("/healthz").headers.get("Vary", "")


# Acting as -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def double(works, body):
    """Wu acts for the works, and for the body too."""
    return actions.add_membership(
        person=works["wu"].person, organisation=body["organisation"], functions=["records"], by=BY, at=NOON
    )


def test_one_acts_under_the_membership_one_chose(client, works, double, account_of):
    client.force_login(account_of(works["wu"]))

    answer = client.post(reverse("parties:acting"), {"membership": double.public_id, "next": "/w/organisation/"})

    assert answer.url == "/w/organisation/"
    assert client.session[acting.CHOSEN] == double.public_id
    assert client.get("/accounts/2fa/").wsgi_request.membership == double


def test_a_strangers_membership_cannot_be_chosen(client, works, body, double, account_of):
    client.force_login(account_of(works["wu"]))

    answer = client.post(reverse("parties:acting"), {"membership": body["dai"].public_id})

    assert answer.status_code == 404
    assert acting.CHOSEN not in client.session


def test_a_strangers_membership_in_the_session_is_not_in_force(client, works, body, account_of):
    client.force_login(account_of(works["wu"]))
    session = client.session
    session[acting.CHOSEN] = body["dai"].public_id
    session.save()

    assert client.get("/accounts/2fa/").wsgi_request.membership == works["wu"]


def test_an_ended_membership_falls_back_to_a_living_one(client, works, double, account_of):
    client.force_login(account_of(works["wu"]))
    client.post(reverse("parties:acting"), {"membership": double.public_id})
    Membership.objects.filter(pk=double.pk).update(until_day="2026-03-05")

    assert client.get("/accounts/2fa/").wsgi_request.membership == works["wu"]


def test_switching_leads_to_no_other_site(client, works, account_of):
    client.force_login(account_of(works["wu"]))

    answer = client.post(
        reverse("parties:acting"), {"membership": works["wu"].public_id, "next": "https://evil.example/"}
    )

    assert answer.url == "/w/"


def test_the_language_stays_with_the_account(client, works, account_of):
    account = account_of(works["wu"])
    client.force_login(account)

    client.post(reverse("set_language"), {"language": "zh-hans", "next": "/accounts/2fa/"})
    account.refresh_from_db()
    assert account.language == "zh-hans"

    client.cookies.pop("language")
    assert '<html lang="zh-Hans"' in client.get("/accounts/2fa/").content.decode()


# Joining -------------------------------------------------------------------------------------------------------------


def test_an_enterprise_registers_itself_and_signs_in_once_its_address_is_confirmed(client, mailoutbox, real):
    answer = client.post(reverse("parties:join"), JOIN)

    assert answer.url == reverse("account_email_verification_sent")
    membership = Membership.objects.get()
    assert membership.functions == ["application", "quality", "administration"]
    assert membership.organisation.names["zh"] == JOIN["name_zh"]
    assert membership.organisation.identifiers.get().state == "valid"
    assert sign_in(client, JOIN["email"]).url == reverse("account_email_verification_sent")

    link = re.search(r"http://testserver(/accounts/confirm-email/\S+)", mailoutbox[0].body)[1]
    assert client.get(link).status_code == 200
    client.post(link)
    assert sign_in(client, JOIN["email"]).url == "/w/"


def test_a_wrong_code_is_explained_and_what_was_typed_stays(client):
    page = client.post(reverse("parties:join"), {**JOIN, "uscc": "91350100M000100Y48"}).content.decode()

    assert "The last character should be 3, not 8" in page
    assert 'value="91350100M000100Y48"' in page
    assert not Organisation.objects.exists()

    client.post(reverse("parties:join"), {**JOIN, "uscc": "91350100M000100Y48", "uscc_reason": "early code"})
    assert Organisation.objects.get().identifiers.get().state == "checksum_mismatch"


def test_joining_with_a_known_address_answers_the_same_and_writes_to_its_owner(client, works, account_of, mailoutbox):
    account_of(works["wu"])

    answer = client.post(reverse("parties:join"), JOIN)

    assert (answer.status_code, answer.url) == (302, reverse("account_email_verification_sent"))
    assert Organisation.objects.count() == 1
    assert [mail.to for mail in mailoutbox] == [["wu@sample.example"]]
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"uscc": ""}, "stands on the business licence"),
        ({"region": "3501"}, "six digits"),
        ({"name_zh": "", "name_en": ""}, "at least one script"),
        ({"name_zh": ""}, "as registered, is the one that counts"),
        ({"address_zh": ""}, "Give the address"),
        ({"person_zh": ""}, "Give your name"),
        ({"password": "short", "password_again": "short"}, "too short"),
        ({"password_again": "another long password"}, "The two passwords differ"),
        ({"allowed": ""}, "Only somebody who may act"),
    ],
)
def test_what_is_missing_is_said_beside_the_field(client, changed, words):
    page = client.post(reverse("parties:join"), {**JOIN, **changed}).content.decode()

    assert words in page
    assert 'role="alert"' in page
    assert not Organisation.objects.exists()


def test_an_enterprise_abroad_needs_no_chinese_code(client):
    abroad = {**JOIN, "country": "VN", "uscc": "", "name_zh": "", "region": ""}

    assert client.post(reverse("parties:join"), abroad).status_code == 302
    assert Organisation.objects.get().country == "VN"


def test_registering_again_and_again_from_one_address_is_stopped(client):
    for _try in range(10):
        client.post(reverse("parties:join"), {})

    assert client.post(reverse("parties:join"), JOIN).status_code == 429
    assert not Organisation.objects.exists()


# Invitations ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def invited(works, mailoutbox, django_capture_on_commit_callbacks):
    """An invitation as it arrives: the row, and the address in the mail."""
    with django_capture_on_commit_callbacks(execute=True):
        row = actions.invite(
            organisation=works["organisation"],
            email="New@sample.example",
            names={"en": "Sample New"},
            functions=["application"],
            by=works["lin"],
            at=NOON,
        )
    return row, re.search(r"http://127.0.0.1:8000(/invitation/\S+)", mailoutbox[0].body)[1]


def test_the_token_is_in_the_mail_only(invited, mailoutbox):
    row, address = invited
    token = address.strip("/").split("/")[-1]

    assert mailoutbox[0].to == ["new@sample.example"]
    assert "Sample Lin" in mailoutbox[0].body and "邀请" in mailoutbox[0].body
    assert row.token_digest == access.digest(token)
    assert token not in str(Invitation.objects.values().get())


def test_somebody_new_accepts_once_and_is_signed_in(client, invited, works):
    address = invited[1]
    form = {"name_en": "Sample New", "password": PASSWORD, "password_again": PASSWORD}

    assert client.get(address).status_code == 200
    answer = client.post(address, form)

    assert answer.url == "/w/"
    membership = Membership.objects.get(person__account__email="new@sample.example")
    assert (membership.organisation, membership.functions) == (works["organisation"], ["application"])
    assert client.get("/accounts/2fa/").wsgi_request.membership == membership
    again = client.get(address)
    assert again.status_code == 410
    assert "accepted already" in again.content.decode()


def test_somebody_signed_in_accepts_with_one_press(client, invited, body, account_of):
    client.force_login(account_of(body["bao"]))

    assert client.post(invited[1]).url == "/w/"
    assert body["bao"].person.memberships.count() == 2


def test_whoever_has_an_account_signs_in_first(client, invited, body, account_of):
    account_of(body["bao"], email="new@sample.example")

    page = client.get(invited[1]).content.decode()
    assert "Sign in first" in page
    client.post(invited[1], {"name_en": "X", "password": PASSWORD, "password_again": PASSWORD})
    assert body["bao"].person.memberships.count() == 1

    assert sign_in(client, "new@sample.example").url == invited[1]


def test_an_invitation_ends_after_its_days(invited, works):
    token = invited[1].strip("/").split("/")[-1]
    Invitation.objects.update(expires_at=clock.now() - timedelta(seconds=1))

    with pytest.raises(Refused, match="This invitation ended on"):
        actions.accept_invitation(token=token, password=PASSWORD, at=NOON)


def test_an_invitation_falls_with_the_one_who_sent_it(client, invited, works):
    other = actions.change_functions(
        membership=works["wu"], functions=["application", "administration"], by=works["lin"], at=NOON
    )
    actions.end_membership(membership=works["lin"], by=other, at=NOON)

    answer = client.get(invited[1])

    assert answer.status_code == 410
    assert "Sample Lin" in answer.content.decode()


def test_a_withdrawn_invitation_opens_nothing(client, invited, works):
    actions.withdraw_invitation(invitation=invited[0], by=works["lin"], at=NOON)

    assert client.get(invited[1]).status_code == 410
    with pytest.raises(Refused, match="not open"):
        actions.withdraw_invitation(invitation=invited[0], by=works["lin"], at=NOON)


def test_a_member_is_not_made_a_member_twice(client, invited, works, account_of):
    client.force_login(account_of(works["wu"]))

    page = client.post(invited[1])

    assert "already, since" in page.content.decode()
    assert Invitation.objects.get().accepted_at is None


def test_only_an_administrator_invites(works, body):
    facts = {"email": "x@sample.example", "names": {"en": "X"}, "functions": ["application"], "at": NOON}
    for by in (works["wu"], body["bao"]):
        with pytest.raises(Refused):
            actions.invite(organisation=works["organisation"], by=by, **facts)

    assert not Invitation.objects.exists()


# The demo ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def demo_account(works, account_of):
    return account_of(works["wu"], password=None, demo_role="applicant", demo_order=1)


def test_the_demo_is_entered_by_choosing_a_role(client, works, demo_account):
    page = client.get(reverse("parties:demo")).content.decode()
    assert "Applicant" in page and "Sample Wu" in page and "Sample Works" in page

    answer = client.post(reverse("parties:demo"), {"account": works["wu"].person.public_id})

    assert answer.url == "/w/"
    assert client.get("/accounts/2fa/").wsgi_request.membership == works["wu"]
    assert client.post(reverse("parties:demo"), {"account": "public"}).url == "/"
    assert "_auth_user_id" not in client.session


def test_whoever_enters_the_demo_goes_on_in_the_language_they_were_reading(client, works, demo_account):
    client.post("/demo/", {"account": demo_account.person.public_id}, headers={"accept-language": "zh-CN,zh"})

    demo_account.refresh_from_db()
    assert demo_account.language == "zh-hans"


def test_no_other_account_can_be_entered_through_the_demo(client, works, demo_account, account_of):
    account_of(works["lin"])

    assert client.post(reverse("parties:demo"), {"account": works["lin"].person.public_id}).status_code == 404
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize("switch", ["SAMPLE", "DEMO"])
def test_without_sample_and_demo_there_is_no_picker(client, works, demo_account, settings, switch):
    setattr(settings, switch, False)

    assert client.get(reverse("parties:demo")).status_code == 404
    assert client.post(reverse("parties:demo"), {"account": works["wu"].person.public_id}).status_code == 404
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize(
    "from_elsewhere", [{"REMOTE_ADDR": "192.0.2.7"}, {"HTTP_X_FORWARDED_FOR": "192.0.2.7"}, {"REMOTE_ADDR": ""}]
)
def test_the_picker_answers_this_machine_only(client, works, demo_account, from_elsewhere):
    assert client.get(reverse("parties:demo"), **from_elsewhere).status_code == 404
    answer = client.post(reverse("parties:demo"), {"account": works["wu"].person.public_id}, **from_elsewhere)
    assert answer.status_code == 404


def test_demo_roles_exist_on_sample_platforms_only(works, settings, account_of):
    settings.SAMPLE = False

    with pytest.raises(Refused, match="sample platforms only"):
        account_of(works["wu"], demo_role="applicant")


# Pages ---------------------------------------------------------------------------------------------------------------

OPEN_PAGES = [
    "account_login", "account_signup", "account_reset_password", "account_reset_password_done",
    "account_reset_password_from_key_done", "account_email_verification_sent", "account_inactive",
    "socialaccount_login_cancelled", "socialaccount_login_error", "parties:join", "parties:demo",
]  # fmt: skip
OWN_PAGES = [
    "account_email", "account_change_password", "account_logout", "mfa_index", "mfa_activate_totp",
    "mfa_list_webauthn", "mfa_add_webauthn", "mfa_view_recovery_codes", "mfa_generate_recovery_codes",
    "mfa_deactivate_totp", "account_reauthenticate", "mfa_reauthenticate", "socialaccount_connections",
]  # fmt: skip


def _is_ours(answer, status=200):
    page = answer.content.decode()
    assert answer.status_code == status
    assert page.count("<h1>") == 1
    assert 'class="t-header"' in page
    assert not re.search(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)", page)
    assert not re.search(r"<[^>]*\s(?:style|on[a-z]+)=", page)
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    return page


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("name", OPEN_PAGES)
def test_every_page_before_signing_in_is_ours_and_has_nothing_inline(client, name, language):
    client.cookies["language"] = language

    page = _is_ours(client.get(reverse(name)), 401 if name == "socialaccount_login_error" else 200)

    assert ('<html lang="zh-Hans"' in page) == (language == "zh-hans")


@pytest.mark.parametrize("name", OWN_PAGES)
def test_every_page_of_ones_account_is_ours_and_has_nothing_inline(client, works, account_of, name):
    from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes

    account = account_of(works["wu"])
    sign_in(client, account.email)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    if name != "mfa_activate_totp":
        TOTP.activate(account, SECRET)
        RecoveryCodes.activate(account)

    _is_ours(client.get(reverse(name)))
