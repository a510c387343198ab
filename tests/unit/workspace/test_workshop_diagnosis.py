"""The pages of check-ups, plan, folder, comparison and advice, as a small firm and its guests meet them."""

from __future__ import annotations

import io
import zipfile
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from small_world import PLATFORM, member, organisation
from testamur.diagnosis import actions, queries
from testamur.diagnosis.models import Advice, Assessment, FolderPaper, PlanItem
from testamur.kernel import clock
from testamur.parties import queries as parties
from testamur.parties.actions import open_account
from testamur.parties.models import Engagement

pytestmark = pytest.mark.django_db
W = "/w/workshop"


def signed_in(one, language="en"):
    account = open_account(
        person=one.person, email=f"{one.public_id.lower()}@sample.example", by=PLATFORM, at=clock.now(), verified=True
    )
    client = Client(SERVER_NAME="localhost", headers={"Accept-Language": language})
    client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def keeper(db):
    return member(organisation("Works", personnel=40), "quality", "application", "administration", name="Wei")


@pytest.fixture
def client(keeper):
    return signed_in(keeper)


def finished(by, value="partly", questionnaire="iso-9001", form="short", **other):
    one = actions.begin(questionnaire=questionnaire, form=form, by=by, at=clock.now())
    asked = queries.questionnaire_of(one).asked(form)
    given = {q.id: other.get(q.id, (value, "")) for q in asked}
    actions.answer_page(assessment=one, answers=given, by=by, at=clock.now())
    return actions.finish(assessment=one, by=by, at=clock.now())


def test_the_short_check_up_goes_from_the_first_question_to_a_result(client, keeper):
    begun = client.post(f"{W}/check-ups/new/", {"questionnaire": "iso-9001.short"})
    one = Assessment.objects.get()
    assert begun.headers["Location"] == f"{W}/check-ups/{one.public_id}/part/1/"
    questionnaire = queries.questionnaire_of(one)

    for n, group in enumerate(questionnaire.groups, 1):
        page = client.get(f"{W}/check-ups/{one.public_id}/part/{n}/")
        assert page.status_code == 200
        sent = {question.id: "partly" for question in questionnaire.of_group(group.id, "short")}
        assert client.post(f"{W}/check-ups/{one.public_id}/part/{n}/", sent).status_code == 302
    assert "Finish" in client.get(f"{W}/check-ups/{one.public_id}/").content.decode()
    assert client.post(f"{W}/check-ups/{one.public_id}/finish/").status_code == 302

    result = client.get(f"{W}/check-ups/{one.public_id}/").content.decode()
    assert "50.0" in result and "<svg" in result and "Do these first" in result
    assert "All 25" in result
    assert client.get(f"{W}/check-ups/{one.public_id}/part/1/").status_code == 302


def test_a_draft_is_kept_while_one_answers_and_not_applicable_wants_a_reason(client, keeper):
    one = actions.begin(questionnaire="iso-9001", form="full", by=keeper, at=clock.now())
    kept = client.post(f"{W}/check-ups/{one.public_id}/draft/", {"q4-1": "yes", "q4-2": "na"})
    assert "Draft saved" in kept.content.decode()
    assert queries.answers_of(one) == {"q4-1": "yes"}

    page = client.post(f"{W}/check-ups/{one.public_id}/part/1/", {"q4-1": "no", "q4-2": "na"}).content.decode()
    assert "why this does not apply" in page
    assert queries.answers_of(one) == {"q4-1": "yes"}
    odd = client.post(f"{W}/check-ups/{one.public_id}/part/1/", {"q4-1": "\x00perhaps"})
    assert odd.status_code == 200 and "Choose one of the answers" in odd.content.decode()


def test_levels_and_percent_bands_are_asked_and_shown(client, keeper):
    for ident, value in (("iso-9004", "3"), ("excellence", "50")):
        one = actions.begin(questionnaire=ident, form="full", by=keeper, at=clock.now())
        assert client.get(f"{W}/check-ups/{one.public_id}/part/1/").status_code == 200
        done = finished(keeper, value, ident, "full")
        page = client.get(f"{W}/check-ups/{done.public_id}/?all=1")
        assert page.status_code == 200, ident
        assert "not compared with a copy" in page.content.decode()


def test_the_order_can_be_changed_and_set_back(client, keeper):
    one = finished(keeper)
    before = [step.question.id for step in queries.suggestions_of(one)]
    client.post(f"{W}/check-ups/{one.public_id}/order/", {"up": before[1]})
    one.refresh_from_db()
    assert [step.question.id for step in queries.suggestions_of(one)][:2] == [before[1], before[0]]
    client.post(f"{W}/check-ups/{one.public_id}/order/", {"reset": "1"})
    one.refresh_from_db()
    assert [step.question.id for step in queries.suggestions_of(one)] == before


def test_a_suggestion_becomes_a_step_of_the_plan_and_waits_in_the_inbox(client, keeper):
    one = finished(keeper, **{"q9-2a": ("no", "")})
    due = (parties.today(keeper.organisation) + timedelta(days=7)).isoformat()
    address = f"{W}/plan/new/?assessment={one.public_id}&question=q9-2a"
    assert "nobody has looked at longest" in client.get(address).content.decode()
    sent = {"what": "Audit the night shift", "owner": keeper.public_id, "due_on": due}
    assert client.post(address, {**sent, "due_on": "31 March"}).status_code == 200
    assert client.post(address, sent).status_code == 302
    item = PlanItem.objects.get()

    assert "Audit the night shift" in client.get("/w/").content.decode()
    assert "planned" in client.get(f"{W}/check-ups/{one.public_id}/?all=1").content.decode()
    stale = client.post(f"{W}/plan/{item.public_id}/", {"act": "change", **sent, "what": "x", "version": "7"})
    assert "Somebody changed this" in stale.content.decode()
    done = {"act": "done", "done_on": parties.today(keeper.organisation).isoformat(), "version": "0"}
    assert "Write something" in client.post(f"{W}/plan/{item.public_id}/", done).content.decode()
    assert client.post(f"{W}/plan/{item.public_id}/", {**done, "outcome": "3 findings, closed"}).status_code == 302
    assert "3 findings, closed" in client.get(f"{W}/folder/9.2.1/").content.decode()
    assert client.get(f"{W}/plan/?format=csv").content.decode().count("Audit the night shift") == 1


def test_the_folder_takes_files_and_goes_away_as_a_zip_with_an_index(client, keeper):
    bad = SimpleUploadedFile("policy.pdf", b"not a pdf")
    assert client.post(f"{W}/folder/5.2.2/", {"act": "lay", "title": "Policy", "file": bad}).status_code == 200
    good = SimpleUploadedFile("=policy.pdf", b"%PDF-1.4\n%%EOF\n")
    laid = client.post(f"{W}/folder/5.2.2/", {"act": "lay", "title": "=Policy <b>", "file": good})
    assert laid.status_code == 302, laid.content.decode()[:3000]
    assert "Policy &lt;b&gt;" in client.get(f"{W}/folder/5.2.2/").content.decode()

    with zipfile.ZipFile(io.BytesIO(client.get(f"{W}/folder/zip/").content)) as archive:
        names = archive.namelist()
        assert {"index.html", "index.csv", "5.2.2/01-_policy.pdf"} <= set(names)
        assert "Policy &lt;b&gt;" in archive.read("index.html").decode()
        assert "\r\n5.2.2,Quality policy,=Policy" not in archive.read("index.csv").decode("utf-8-sig")
    assert "not yet" in client.get(f"{W}/folder/").content.decode()
    paper = FolderPaper.objects.get()
    assert client.get(f"{W}/folder/file/{paper.public_id}/").content.startswith(b"%PDF")
    assert client.post(f"{W}/folder/5.2.2/", {"act": "out", "paper": paper.public_id}).status_code == 302
    assert client.get(f"{W}/folder/file/{paper.public_id}/").status_code == 404
    assert client.get(f"{W}/folder/77.9/").status_code == 404


def test_the_way_says_where_one_is_and_what_comes_next(client, keeper):
    assert "Check where you stand" in client.get(f"{W}/way/").content.decode()
    finished(keeper)
    page = client.get(f"{W}/way/").content.decode()
    assert "Last result: 50.0 of 100." in page


def test_taking_part_and_leaving(client, keeper):
    assert "Withheld" in client.get(f"{W}/check-ups/compare/").content.decode()
    refused = client.post(f"{W}/check-ups/compare/", {"act": "join", "section": "Z", "size": "small"})
    assert refused.status_code == 200
    assert client.post(f"{W}/check-ups/compare/", {"act": "join", "section": "C", "size": "small"}).status_code == 302
    assert "You take part" in client.get(f"{W}/check-ups/compare/").content.decode()
    assert client.post(f"{W}/check-ups/compare/", {"act": "leave"}).status_code == 302
    assert queries.participation(keeper.organisation) is None


def test_another_organisation_sees_nothing_until_it_is_let_in_and_nothing_after(client, keeper):
    one = finished(keeper)
    guest = member(organisation("Body"), "determination", name="Lin")
    theirs = signed_in(guest)
    other = signed_in(member(organisation("Other"), "quality", name="Zhou"))
    for address in ("", "report/", "looking/", "part/1/"):
        assert other.get(f"{W}/check-ups/{one.public_id}/{address}").status_code == 404
    assert "Nobody let you in" in theirs.get(f"{W}/check-ups/others/").content.decode()

    until = (parties.today(keeper.organisation) + timedelta(days=30)).isoformat()
    looking = f"{W}/check-ups/{one.public_id}/looking/"
    nobody = client.post(looking, {"act": "let", "to": "NOBODY", "until_day": until, "fee_tied": "false"})
    assert "No organisation with this number" in nobody.content.decode()
    sent = {"act": "let", "to": guest.organisation.public_id, "until_day": until, "fee_tied": "false"}
    assert client.post(looking, sent).status_code == 302
    grant = one.grants.get()
    page = theirs.get(f"{W}/check-ups/others/{grant.public_id}/").content.decode()
    assert "What a client-specific sentence costs" in page and "What would help first" in page
    # A member of a body finds the door without the function quality; who was let in nowhere has none.
    assert f'href="{W}/check-ups/others/"' in page
    assert f'href="{W}/check-ups/others/"' not in other.get("/w/").content.decode()
    assert other.get(f"{W}/check-ups/others/{grant.public_id}/").status_code == 404

    assert client.post(looking, {"act": "revoke", "grant": grant.public_id}).status_code == 302
    assert theirs.get(f"{W}/check-ups/others/{grant.public_id}/").status_code == 404


def test_client_specific_advice_is_written_only_after_its_cost_is_confirmed(client, keeper):
    one = finished(keeper)
    guest = member(organisation("Body"), "determination", name="Lin")
    theirs = signed_in(guest)
    until = parties.today(keeper.organisation) + timedelta(days=30)
    grant = actions.let_in(
        assessment=one, to=guest.organisation, until_day=until, fee_tied=False, by=keeper, at=clock.now()
    )
    address = f"{W}/check-ups/others/{grant.public_id}/"
    generic = {
        "sentence": "Firms like yours gain most from internal audits.",
        "kind": "generic",
        "about": "opportunity",
    }
    assert theirs.post(address, generic).status_code == 302
    assert not Engagement.objects.exists()
    specific = {"sentence": "Let the foreman audit the night shift.", "kind": "specific", "about": "solution"}
    assert "client-specific" in theirs.post(address, specific).content.decode()
    assert Advice.objects.count() == 1
    assert theirs.post(address, {**specific, "confirmed": "yes"}).status_code == 302
    assert Engagement.objects.filter(client=keeper.organisation, client_specific=True).count() == 2
    shown = client.get(f"{W}/check-ups/{one.public_id}/").content.decode()
    assert "Let the foreman audit the night shift." in shown and "client-specific" in shown


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_page_opens_in_both_languages(keeper, language):
    client = signed_in(keeper, language)
    one = finished(keeper)
    actions.begin(questionnaire="iso-9001", form="full", by=keeper, at=clock.now())
    for address in (
        "", "way/", "check-ups/", "check-ups/new/", f"check-ups/{one.public_id}/",
        f"check-ups/{one.public_id}/looking/",
        "check-ups/compare/", "check-ups/others/", "plan/", "plan/new/", "folder/", "folder/8.6/",
    ):  # fmt: skip
        page = client.get(f"{W}/{address}")
        assert page.status_code == 200, address
    for ending in ("csv", "xlsx", "json"):
        assert client.get(f"{W}/check-ups/?format={ending}").status_code == 200


def test_the_report_is_a_pdf(client, keeper):
    one = finished(keeper)
    answer = client.get(f"{W}/check-ups/{one.public_id}/report/")
    assert answer.status_code == 200 and answer.content.startswith(b"%PDF")
