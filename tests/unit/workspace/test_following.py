"""Webhooks and watches in the workspace: whose they are, what their forms do, and what is shown once."""

from __future__ import annotations

import re
from datetime import date

import pytest
from django.core.cache import cache

from small_world import member, organisation
from testamur.kernel import clock
from testamur.notices import calls, outbox, tasks
from testamur.notices.calling import Answer
from testamur.notices.models import Endpoint, Message, Watch
from tests.unit.workspace.forms import Desk

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 23)
URL = "https://hooks.example.org/in"


@pytest.fixture
def owner():
    clock.permit_travel(True)
    cache.clear()
    return member(organisation("Works"), "administration", name="Wu")


@pytest.fixture
def desk(owner):
    return Desk(owner, TODAY, "en")


@pytest.fixture
def added(desk):
    """A webhook, and what the page said when it was added."""
    made = desk.send(desk.form("organisation-webhook-new", having="url"), url=URL, kinds=["suspended", "withdrawn"])
    return Endpoint.objects.get(), made


def test_the_secret_stands_on_one_answer_only(desk, added):
    endpoint, made = added
    secret = re.search(r"whsec_[\w+/=]+", made.page)[0]

    assert endpoint.url == URL and endpoint.kinds == ["suspended", "withdrawn"]
    for name, named in (("organisation-webhooks", ()), ("organisation-webhook", (endpoint.public_id,))):
        shown = desk.get(name, *named)
        assert URL in shown.page and secret not in shown.page and "whsec_" not in shown.page


def test_a_wrong_address_is_said_at_its_place_and_nothing_is_made(desk):
    wrong = desk.send(desk.form("organisation-webhook-new", having="url"), url="https://10.0.0.1/x")

    assert "no public address" in wrong.page and "https://10.0.0.1/x" in wrong.page and not Endpoint.objects.exists()


def act(desk, endpoint, name, **values):
    return desk.send(desk.form("organisation-webhook", endpoint.public_id, act=name), **values)


def test_it_is_tried_changed_switched_off_and_on_and_removed(desk, added, monkeypatch):
    endpoint, _made = added
    monkeypatch.setattr(calls, "made", lambda _one: Answer(503, "HTTP 503", "<b>busy</b>", 31))
    act(desk, endpoint, "test")
    Message.objects.update(attempted=outbox.TRIES - 1)
    tasks.send()
    page = desk.get("organisation-webhook", endpoint.public_id).page
    assert (
        "given up" in page and "503" in page and "31 ms" in page and "&lt;b&gt;busy" in page and "<b>busy" not in page
    )

    monkeypatch.setattr(calls, "made", lambda _one: Answer(200, "", "", 5))
    act(desk, endpoint, "replay")
    tasks.send()
    assert Message.objects.get().state == "sent"
    act(desk, endpoint, "off")
    assert not Endpoint.objects.get().lives
    act(desk, endpoint, "on")
    act(desk, endpoint, "change", url="https://other.example.org/")
    assert Endpoint.objects.get().url == "https://other.example.org/"
    rotated = act(desk, endpoint, "rotate")
    assert "whsec_" in rotated.page and endpoint.secrets.count() == 2
    act(desk, endpoint, "remove")
    assert Endpoint.objects.get().removed_at is not None
    assert desk.get("organisation-webhook", endpoint.public_id).status == 404


def test_another_organisation_and_another_function_see_nothing_of_it(owner, added):
    endpoint, _made = added
    stranger = Desk(member(organisation("Stranger"), "administration", name="Zhou"), TODAY, "en")
    clerk = Desk(member(owner.organisation, "records", name="Qian"), TODAY, "en")

    assert stranger.get("organisation-webhook", endpoint.public_id).status == 404
    assert URL not in stranger.get("organisation-webhooks").page
    assert clerk.get("organisation-webhooks").status == 403


def test_a_member_watches_changes_and_ends(owner, desk):
    key = owner.organisation.public_id
    client = desk.client
    with clock.travel(TODAY):
        shown = client.get("/w/watches/", {"kind": "body", "key": key}).content.decode()
        assert "Sample Works" in shown and 'value="watch"' in shown
        client.post("/w/watches/", {"act": "watch", "kind": "body", "key": key, "pace": "daily"})
        watch = Watch.objects.get()
        assert watch.pace == "daily" and watch.confirmed_at is not None
        client.post("/w/watches/", {"act": "pace", "watch": watch.public_id, "pace": "weekly"})
        client.post("/w/watches/", {"act": "pace", "watch": watch.public_id, "pace": "never"})
        assert Watch.objects.get().pace == "weekly"
        for form in ("csv", "xlsx", "json"):
            assert client.get("/w/watches/", {"as": form}).status_code == 200
        client.post("/w/watches/", {"act": "stop", "watch": watch.public_id})
    assert not Watch.objects.exists()
