"""The pages on which an organisation keeps itself: what shows, what they do, and that strangers find nothing."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from testamur.parties import actions
from testamur.parties.models import Invitation, Membership, Site

from .conftest import NOON

pytestmark = pytest.mark.django_db
PLACE = {
    "name_zh": "示例车间",
    "name_en": "Sample Plant",
    "address_zh": "示例路9号",
    "country": "CN",
    "headcount": "30",
}


def at(name, *args):
    return reverse(f"workspace:organisation{name}", args=args)


@pytest.fixture
def administrator(client, works, account_of):
    client.force_login(account_of(works["lin"]))
    return client


@pytest.fixture
def member(client, works, account_of):
    client.force_login(account_of(works["wu"]))
    return client


@pytest.fixture
def strangers_site(body):
    return actions.add_site(
        organisation=body["organisation"], names={"en": "Sample Office"}, address={"en": "5 Sample Road"},
        by=body["bao"], at=NOON,
    )  # fmt: skip


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("name", ["", "-people", "-details", "-code", "-owner", "-site-new", "-invite"])
def test_an_administrator_sees_every_page_with_nothing_inline(administrator, name, language):
    administrator.cookies["language"] = language

    answer = administrator.get(at(name))
    page = answer.content.decode()

    assert answer.status_code == 200
    assert page.count("<h1>") == 1
    assert not re.search(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)", page)
    assert ("Sample Lin" in page) or ("SL" in page)


def test_a_member_reads_but_is_told_who_changes(member):
    profile = member.get(at("")).content.decode()

    assert "Sample Works" in profile
    assert "This needs the function Administration, which Sample Wu does not hold" in profile
    assert at("-key") not in profile
    refused = member.post(at("-key"))
    assert refused.status_code == 403
    assert "an administrator of the organisation" in refused.content.decode()


@pytest.mark.parametrize("name", ["-details", "-code", "-owner", "-key", "-invite"])
def test_what_belongs_to_the_administrator_is_closed_to_a_member(member, name):
    assert member.post(at(name), {}).status_code == 403


@pytest.mark.parametrize("name", ["", "-people", "-details", "-code", "-owner", "-key", "-site-new", "-invite"])
def test_the_public_is_sent_to_the_door(client, name):
    assert client.get(at(name)).status_code == 302


def test_a_site_is_added_changed_and_closed(administrator, works):
    assert administrator.post(at("-site-new"), {**PLACE, "central": "on"}).url == at("")
    site = Site.objects.get()
    assert (site.names["zh"], site.headcount, site.central) == ("示例车间", 30, True)

    administrator.post(at("-site", site.public_id), {**PLACE, "headcount": "31", "central": "on"})
    site.refresh_from_db()
    assert site.headcount == 31

    administrator.post(at("-site-closure", site.public_id))
    site.refresh_from_db()
    assert site.closed_on is not None
    again = administrator.post(at("-site-closure", site.public_id), follow=True).content.decode()
    assert "was closed on" in again


def test_a_sites_name_in_one_script_is_enough_and_an_organisation_in_china_needs_its_registered_name(administrator):
    latin = {**PLACE, "name_zh": "", "address_zh": "", "address_en": "9 Sample Road"}
    enough, needed = "A name in one script is enough", "Needed in China; elsewhere a name in one script is enough."

    assert enough in administrator.get(at("-site-new")).content.decode()
    assert administrator.post(at("-site-new"), latin).url == at("")
    assert Site.objects.get().names == {"en": "Sample Plant"}

    assert needed in administrator.get(at("-details")).content.decode()
    page = administrator.post(at("-details"), {**latin, "personnel": ""}).content.decode()
    assert "as registered, is the one that counts" in page
    abroad = administrator.post(at("-details"), {**latin, "country": "VN"})
    assert abroad.url == at("")


def test_a_second_centre_is_refused_beside_the_field_and_what_was_typed_stays(administrator):
    administrator.post(at("-site-new"), {**PLACE, "central": "on"})

    page = administrator.post(at("-site-new"), {**PLACE, "name_en": "Sample Shop", "central": "on"}).content.decode()

    assert "The central function lies at Sample Plant already" in page
    assert 'value="Sample Shop"' in page
    assert Site.objects.count() == 1


def test_a_strangers_rows_are_not_found(administrator, body, strangers_site):
    invitation = actions.invite(
        organisation=body["organisation"], email="x@sample.example", names={"en": "X"}, functions=["review"],
        by=body["bao"], at=NOON,
    )  # fmt: skip
    theirs = body["dai"].public_id

    assert administrator.post(at("-site", strangers_site.public_id), PLACE).status_code == 404
    assert administrator.post(at("-site-closure", strangers_site.public_id)).status_code == 404
    assert administrator.post(at("-functions", theirs), {"functions": ["review"]}).status_code == 404
    assert administrator.post(at("-end", theirs), {"until_day": "2027-01-01"}).status_code == 404
    assert administrator.post(at("-invitation-withdrawal", invitation.pk)).status_code == 404
    strangers_site.refresh_from_db()
    assert strangers_site.closed_on is None


def test_the_details_are_changed(administrator, works):
    page = administrator.get(at("-details")).content.decode()
    assert 'value="Sample Works"' in page

    changed = {"name_zh": "示例厂", "name_en": "Sample Works Ltd", "address_en": "1 Sample Road", "country": "CN"}
    assert administrator.post(at("-details"), changed).url == at("")
    works["organisation"].refresh_from_db()
    assert works["organisation"].names["en"] == "Sample Works Ltd"


def test_a_wrong_code_is_explained(administrator, works):
    page = administrator.post(at("-code"), {"uscc": "91350100M000100Y48"}).content.decode()
    assert "The last character should be 3, not 8" in page

    administrator.post(at("-code"), {"uscc": "91350100m000100y43"})
    assert works["organisation"].identifiers.get().state == "valid"


def test_a_colleague_is_invited_and_the_invitation_withdrawn(administrator):
    form = {"email": "new@sample.example", "name_en": "Sample New", "functions": ["application", "records"]}

    assert administrator.post(at("-invite"), form).url == at("-people")
    assert "new@sample.example" in administrator.get(at("-people")).content.decode()

    invitation = Invitation.objects.get()
    administrator.post(at("-invitation-withdrawal", invitation.pk))
    assert "new@sample.example" not in administrator.get(at("-people")).content.decode()


def test_functions_are_changed_and_the_last_administrator_stays(administrator, works):
    administrator.post(at("-functions", works["wu"].public_id), {"functions": ["records"]})
    works["wu"].refresh_from_db()
    assert works["wu"].functions == ["records"]

    page = administrator.post(at("-functions", works["lin"].public_id), {"functions": ["records"]}).content.decode()
    assert "is the last administrator" in page
    works["lin"].refresh_from_db()
    assert works["lin"].holds("administration")


def test_a_member_leaves_but_ends_nobody_else(member, works):
    assert member.get(at("-end", works["lin"].public_id)).status_code == 403

    member.post(at("-end", works["wu"].public_id), {"until_day": "2030-01-01"})
    assert Membership.objects.get(pk=works["wu"].pk).until_day.isoformat() == "2030-01-01"


def test_a_key_is_made_once(administrator, works):
    administrator.post(at("-key"))
    assert works["organisation"].keys.get().fragment == "k1"

    assert "signs with its key k1 already" in administrator.post(at("-key"), follow=True).content.decode()
    page = administrator.get(at("")).content.decode()
    assert works["organisation"].keys.get().thumbprint in page
    assert "Make a signing key" not in page
