"""Pages that the sample world seldom leads to: what is refused, and what waits for one act, drawn from the answers to a
test's own world."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.test import Client

from kept_world import world_fixture
from testamur.decision import actions as deciding
from testamur.kernel import clock
from testamur.portal import limits
from tests.browser.test_pages import WIDTHS
from tests.unit.judging import DECIDED, ISSUED, JudgingWorld
from tests.unit.selection.world import on
from tests.unit.workspace.forms import Desk

LANGUAGES = {"en": "en", "zh": "zh-hans"}

kept_world = world_fixture(JudgingWorld)


@pytest.fixture(autouse=True)
def own_folders() -> None:
    """The world's files stay where the world put them."""


@pytest.fixture
def world(kept_world: Any, db: None) -> Any:
    clock.permit_travel(True)
    cache.clear()
    return kept_world


@pytest.fixture
def decided(world: Any) -> Any:
    """A grant that waits for its signatures."""
    world.review()
    return world.decide()


def public(language: str, **more: Any) -> Client:
    client = Client(**more)
    client.cookies["language"] = LANGUAGES[language]
    return client


@pytest.mark.parametrize("language", WIDTHS)
def test_the_form_of_an_appeal_and_its_hearing_have_no_barrier(world, decided, drawn, language) -> None:
    form = Desk(world.applicant, DECIDED, language).get("appeal-against", decided.public_id)
    assert 'name="reasons"' in form.page
    assert drawn(form.page, form.status, language) == []

    with on(DECIDED + timedelta(days=1)) as moment:
        appeal = deciding.file_appeal(decision=decided, reasons="三条范围缺一条", by=world.applicant, at=moment)
    for who in (world.third_decider, world.decider):  # one may hear it, the other took part and is told so
        heard = Desk(who, DECIDED + timedelta(days=1), language).get("appeal", appeal.public_id)
        assert drawn(heard.page, heard.status, language) == []


@pytest.mark.parametrize("language", WIDTHS)
def test_signing_and_issuing_have_no_barrier(world, decided, drawn, language) -> None:
    case = world.case.public_id
    for who, day, page in (
        (world.head, DECIDED, "decision"),  # not yet: the lead auditor signs first
        (world.lead, DECIDED, "decision"),
        (world.planner, ISSUED, "attestation"),  # does not sign for the body
    ):
        shown = Desk(who, day, language).get(page, case)
        assert drawn(shown.page, shown.status, language) == []
    world.sign_all(decided)
    issue = Desk(world.signatory, ISSUED, language).get("attestation", case)
    assert 'name="once"' in issue.page
    assert drawn(issue.page, issue.status, language) == []


@pytest.mark.parametrize("language", WIDTHS)
def test_issuing_several_at_once_has_no_barrier(world, decided, drawn, language) -> None:
    empty = Desk(world.signatory, DECIDED, language).get("issue-many")
    assert drawn(empty.page, empty.status, language) == []

    world.sign_all(decided)
    desk = Desk(world.signatory, ISSUED, language)
    form = desk.form("issue-many", having="decision")
    shown = desk.get("issue-many")
    assert world.case.number in shown.text
    assert drawn(shown.page, shown.status, language) == []
    unchosen = desk.send(form, decision=[])
    assert 'role="alert"' in unchosen.page
    assert drawn(unchosen.page, unchosen.status, language) == []


@pytest.mark.parametrize(
    ("language", "title", "advice"),
    [
        ("en", "Too many tries", "Wait a minute, then load the page again"),
        ("zh", "尝试次数过多", "请等待一分钟后重新加载页面"),
    ],
)
def test_who_asks_too_often_reads_what_to_do(db, drawn, monkeypatch, language, title, advice) -> None:
    monkeypatch.setattr(limits, "_count", lambda *_args: 10**6)

    answer = public(language).get("/verify")
    html = answer.content.decode()

    assert (answer.status_code, answer["Retry-After"]) == (429, "60")
    assert f"<h1>{title}</h1>" in html and advice in html
    assert drawn(html, 429, language) == []


@pytest.mark.parametrize(
    ("language", "title", "advice"),
    [
        ("en", "The form is too old", "Go back, load the page again, and send it once more"),
        ("zh", "表单已过期", "请返回并重新载入页面后再次提交"),
    ],
)
def test_a_form_from_elsewhere_is_refused_with_what_to_do(db, drawn, language, title, advice) -> None:
    answer = public(language, enforce_csrf_checks=True).post("/accounts/login/", {"login": "a@sample.example"})
    html = answer.content.decode()

    assert answer.status_code == 403
    assert f"<h1>{title}</h1>" in html and advice in html
    assert drawn(html, 403, language) == []


@pytest.mark.parametrize("language", WIDTHS)
def test_a_closed_page_says_whose_it_is(world, drawn, monkeypatch, language) -> None:
    refused = Desk(world.planner, DECIDED, language).get("/w/organisation/people/invitation/")
    assert refused.status == 403
    assert drawn(refused.page, 403, language) == []

    def closed(*_args: Any) -> int:
        raise PermissionDenied

    monkeypatch.setattr(limits, "_count", closed)
    html = public(language).get("/verify").content.decode()
    assert {"en": "If it should be yours, sign in", "zh": "如应由您查看，请登录"}[language] in html
    assert drawn(html, 403, language) == []
