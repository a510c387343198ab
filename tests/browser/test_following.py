"""Pages by which the register is followed, drawn from a small world: no barrier, in both languages."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from small_world import PLATFORM, both, instant, member, organisation
from small_world import World as Small
from testamur.kernel import clock
from testamur.kernel.words import Status
from testamur.notices import links, subjects
from testamur.notices.actions import watches
from testamur.notices.models import Endpoint, Watch
from testamur.parties.actions import open_account
from testamur.register import actions as register
from testamur.sample import following
from testamur.sample.founding import World
from testamur.sample.walk import Walk
from tests.browser.test_pages import WIDTHS
from tests.browser.test_rare_pages import public
from tests.unit.workspace.forms import Desk
from tests.unit.workspace.test_outgoing import Outbox

TODAY = date(2026, 11, 23)


@pytest.fixture
def head(db: None) -> Any:
    clock.permit_travel(True)
    cache.clear()
    small = Small()
    for number in range(6):
        one = small.certificate(number=f"N-{number}", holder=organisation(f"Holder {number}"))
        if number < 3:
            register.change_status(
                attestation=one, status=Status.SUSPENDED, reason=both("late"), by=PLATFORM, at=instant(date(2026, 5, 1))
            )
    head = member(small.body, "administration", name="Zhu")
    reader = member(organisation("Works"), "quality", name="Wu")
    open_account(person=reader.person, email="wu@sample.example", by=PLATFORM, at=instant(TODAY), verified=True)
    following.follow(Walk(World(firms={"body": small.body}, members={"head": head, "applicant": reader})))
    return head


@pytest.mark.parametrize("language", WIDTHS)
def test_the_public_pages_have_no_barrier(head, drawn, language) -> None:
    client, body = public(language), subjects.find("body", head.organisation.public_id)
    watches.ask(address="li@sample.example", subject=body, pace="daily", language="en")
    watch = Watch.objects.get(watcher__address="li@sample.example")
    asked = {"kind": "body", "key": body.key}
    for address in (
        "/changes", f"/changes?body={body.key}&kind=suspended", "/changes?kind=gone", "/watch/mine",
        f"/watch?kind=body&key={body.key}", "/watch", links.confirm(watch.public_id),
        links.listed(watch.watcher.public_id), links.stop(watch.public_id), f"/bodies/{body.key}",
    ):  # fmt: skip
        answer = client.get(address)
        assert answer.status_code == 200 and drawn(answer.content.decode(), 200, language) == [], address
    wrong = client.post("/watch", {**asked, "address": "li", "pace": "daily"})
    sent = client.post("/watch", {**asked, "address": "ma@sample.example", "pace": "daily"})
    gone = client.get("/watch/confirm/wrong")
    days = client.get("/changes?from=31-03-2026")
    for answer in (wrong, sent, gone, days):
        assert drawn(answer.content.decode(), answer.status_code, language) == []


@pytest.mark.parametrize("language", WIDTHS)
def test_the_webhooks_and_watches_of_a_member_have_no_barrier(head, drawn, language) -> None:
    desk, endpoint = Desk(head, TODAY, language), Endpoint.objects.get()
    for name, named in (
        ("organisation-webhooks", ()), ("organisation-webhook", (endpoint.public_id,)),
        ("organisation-webhook-new", ()), ("watches", ()),
    ):  # fmt: skip
        shown = desk.get(name, *named)
        assert shown.status == 200 and drawn(shown.page, 200, language) == [], name
    form = desk.form("organisation-webhook-new", having="url")
    wrong = desk.send(form, url="https://10.0.0.1/")
    assert drawn(wrong.page, wrong.status, language) == []
    made = desk.send(form, url="https://hooks.example.org/")
    assert "whsec_" in made.page and drawn(made.page, made.status, language) == []
    reader = Client(SERVER_NAME="localhost")
    reader.cookies["language"] = {"en": "en", "zh": "zh-hans"}[language]
    reader.force_login(Watch.objects.first().watcher.account, backend="django.contrib.auth.backends.ModelBackend")
    with clock.travel(TODAY):
        mine = reader.get("/w/watches/", {"kind": "body", "key": head.organisation.public_id})
    assert drawn(mine.content.decode(), mine.status_code, language) == []


@pytest.mark.parametrize("language", WIDTHS)
def test_what_is_on_its_way_is_shown_to_who_runs_the_installation_without_a_barrier(db, drawn, language) -> None:
    clock.permit_travel(True)
    cache.clear()
    box = Outbox()
    desk = Desk(box.operator, TODAY, language[:2])
    long = "hooks-with-a-very-long-name.of-a-department.of-a-large-organisation.example.org"
    Endpoint.objects.filter(pk=box.endpoint.pk).update(url=f"https://{long}/in")
    for address in (
        "/w/outgoing/", "/w/outgoing/?state=dead", "/w/outgoing/?q=nobody@sample.example", "/w/outgoing/?state=sent",
        *(f"/w/outgoing/{one.public_id}/" for one in (box.failing, box.dead, box.held, box.sent)),
    ):  # fmt: skip
        answer = desk.get(address)
        assert answer.status == 200 and drawn(answer.page, 200, language) == [], address
    refused = desk.post("outgoing-message", box.failing.public_id, act="give_up", once="a" * 16, reason="")
    assert drawn(refused.page, refused.status, language) == []
