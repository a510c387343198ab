"""Pages of the management system in the workshop, through Django's client."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from small_world import PLATFORM, member, organisation
from testamur.improvement.models import Objective, Process
from testamur.kernel import clock
from testamur.parties.actions import open_account
from testamur.workspace import case_pages

pytestmark = pytest.mark.django_db
W = "/w/workshop/"


def signed_in(one, language="en"):
    account = open_account(
        person=one.person, email=f"{one.public_id.lower()}@sample.example", by=PLATFORM, at=clock.now(), verified=True
    )
    client = Client(SERVER_NAME="localhost")
    client.cookies["language"] = {"en": "en", "zh": "zh-hans"}[language]
    client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def keeper(db):
    return member(organisation("Works"), "quality", name="Wu")


@pytest.fixture
def desk(keeper):
    return signed_in(keeper)


def days_off(days):
    return (case_pages.today_cn() + timedelta(days=days)).isoformat()


def objective(keeper, **more):
    return {
        "statement": "Fewer <returns>", "owner": keeper.public_id, "indicator": "returned lots", "unit": "%",
        "better": "less", "start": "2.4", "start_on": days_off(-200), "target": "1.2", "target_on": days_off(165),
        "every_months": "1", "means": "Train the night shift.", **more,
    }  # fmt: skip


def test_an_objective_is_drafted_agreed_measured_and_ended_on_its_pages(keeper, desk):
    assert "No objective yet" in desk.get(f"{W}objectives/").content.decode()
    made = desk.post(f"{W}objectives/new/", objective(keeper, target=""))
    found = Objective.objects.get()
    page = f"{W}objectives/{found.public_id}/"
    assert made.url == page
    draft = desk.get(page).content.decode()
    assert "Why this is still a draft" in draft and "no number to reach" in draft and "Fewer &lt;returns&gt;" in draft
    refused = desk.post(page, {"act": "agree"})
    assert refused.status_code == 200 and Objective.objects.get().agreed_at is None
    desk.post(page, {"act": "draft", "seen": "0", **objective(keeper)})
    assert desk.post(page, {"act": "agree"}).status_code == 302
    sent = {"act": "measure", "value": "1.7", "measured_on": days_off(-1), "source": "monthly report"}
    assert desk.post(page, sent).status_code == 302
    shown = desk.get(page).content.decode()
    assert "on track" in shown and "<svg" in shown and "monthly report" in shown
    assert desk.post(page, {"act": "end", "because": "Replaced"}).status_code == 302
    listed = desk.get(f"{W}objectives/?sort=-last").content.decode()
    assert "1.7 %" in listed and "ended" in listed


def test_bad_input_stays_on_the_page_with_its_reason(keeper, desk):
    answer = desk.post(
        f"{W}objectives/new/", objective(keeper, start="two", start_on="yesterday", owner="nobody", every_months="x")
    )
    page = answer.content.decode()
    assert answer.status_code == 200 and not Objective.objects.exists()
    assert "“two” is not a number" in page and "is not a day" in page and "Fewer &lt;returns&gt;" in page
    assert desk.post(f"{W}objectives/new/", {}).status_code == 200
    for query in ("?sort=nothing", "?page=x", "?state=zzz", "?q=\x00", "?format=exe"):
        assert desk.get(f"{W}objectives/{query}").status_code == 200


def test_lists_are_taken_away_as_files(keeper, desk):
    desk.post(f"{W}objectives/new/", objective(keeper, statement="=cmd()"))

    assert "'=cmd()" in desk.get(f"{W}objectives/?format=csv").content.decode("utf-8-sig")
    assert desk.get(f"{W}objectives/?format=json").json()[0]["objective"] == "=cmd()"
    assert desk.get(f"{W}objectives/?format=xlsx").content[:2] == b"PK"


def test_a_form_sent_twice_is_done_once(keeper, desk):
    for _again in range(2):
        desk.post(f"{W}objectives/new/", objective(keeper, once="a" * 16))

    assert Objective.objects.count() == 1


def test_processes_are_kept_on_their_page(keeper, desk):
    assert desk.post(f"{W}processes/", {"name": "Turning", "owner": keeper.public_id}).status_code == 302
    assert "already" in desk.post(f"{W}processes/", {"name": "Turning", "owner": keeper.public_id}).content.decode()
    page = f"{W}processes/{Process.objects.get().public_id}/"
    desk.post(page, {"act": "keep", "name": "Milling", "owner": keeper.public_id})
    desk.post(page, {"act": "end"})
    assert "Milling" in desk.get(f"{W}processes/").content.decode()
    assert Process.objects.get().ended_at is not None


def test_a_stranger_finds_nothing(keeper, desk):
    desk.post(f"{W}objectives/new/", objective(keeper))
    stranger = signed_in(member(organisation("Others"), "quality", name="Zhou"))

    assert stranger.get(f"{W}objectives/{Objective.objects.get().public_id}/").status_code == 404
    assert "Fewer" not in stranger.get(f"{W}objectives/").content.decode()


def test_a_measuring_that_falls_due_stands_in_the_inbox(keeper, desk):
    made = desk.post(f"{W}objectives/new/", objective(keeper))
    desk.post(made.url, {"act": "agree"})

    assert "Measure the objective: Fewer &lt;returns&gt;" in desk.get("/w/").content.decode()
    assert "Measure the objective" in desk.get(W).content.decode()
