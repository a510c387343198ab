"""Pages that the sample world seldom leads to: what is refused, and what waits for one act. The server's answer to a
test's own world is drawn in the browser as it stands, with the project's styles and scripts."""

from __future__ import annotations

import mimetypes
import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.test import Client

from kept_world import world_fixture
from testamur.decision import actions as deciding
from testamur.kernel import clock
from testamur.portal import limits
from tests.browser.demo import LOCALES, complaints
from tests.browser.test_pages import WIDTHS, look
from tests.shared import ROOT
from tests.unit.judging import DECIDED, ISSUED, JudgingWorld
from tests.unit.selection.world import on
from tests.unit.workspace.forms import Desk

STATIC = ROOT / "src/testamur/static"
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


@pytest.fixture
def drawn(chromium: Any, barriers: Any) -> Any:
    """Return a function: the server's answer, its status and its language → what is wrong with the page."""

    def draw(html: str, status: int, language: str) -> list[str]:
        context = chromium.new_context(base_url="http://drawn.example", locale=LOCALES[language])

        def fulfil(route: Any) -> None:
            path = urlsplit(route.request.url).path
            if not path.startswith("/static/"):
                route.fulfill(status=status, content_type="text/html; charset=utf-8", body=html)
                return
            file = STATIC / re.sub(r"\.[0-9a-f]{12}(?=\.\w+$)", "", path.removeprefix("/static/"))
            kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
            route.fulfill(content_type=kind, body=file.read_bytes())

        context.route("**/*", fulfil)
        page = context.new_page()
        heard = complaints(page)
        found = look(page, "/drawn", language, barriers, status=status)
        context.close()
        return found + [one for one in heard if f"status of {status}" not in one]

    return draw


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
