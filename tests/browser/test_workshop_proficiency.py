"""Pages of proficiency tests, drawn from the answers to a test's own world: in both languages, wide and narrow."""

from __future__ import annotations

from datetime import date

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import Client

from proficiency_bench import Bench, on
from small_world import PLATFORM, instant
from testamur.parties.actions import open_account
from testamur.proficiency import queries
from testamur.proficiency.actions import releases
from tests.browser.test_pages import WIDTHS

pytestmark = pytest.mark.django_db
HOME = "/w/workshop/proficiency/"
LANGUAGES = {"en": "en", "zh": "zh-hans"}


def reader(one) -> Client:
    account = open_account(
        person=one.person, email=f"{one.public_id.lower()}@sample.example", by=PLATFORM,
        at=instant(date(2026, 1, 1)), verified=True,
    )  # fmt: skip
    client = Client(SERVER_NAME="localhost")
    client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    return client


def look(drawn, language: str, day: date, pages) -> None:
    readers = {}
    with on(day):
        for who, where in pages:
            client = readers[who.pk] = readers.get(who.pk) or reader(who)
            client.cookies[settings.LANGUAGE_COOKIE_NAME] = LANGUAGES[language]
            answer = client.get(HOME + where)
            assert drawn(answer.content.decode(), answer.status_code, language) == [], where


@pytest.mark.parametrize("language", WIDTHS)
def test_pages_before_the_report_have_no_barrier(drawn, language) -> None:
    cache.clear()
    bench = Bench()
    waiting, draft = bench.dispatched(labs=bench.labs[:3]), bench.draft(grouping="joint")
    lab, provider = bench.labs[2], bench.keeper
    pages = [(lab, "results/"), (lab, ""), (provider, ""), (provider, "participants/")]
    pages.append((provider, f"measurands/{waiting.measurands.get().public_id}/"))
    look(
        drawn, language, date(2026, 3, 30),
        [*((who, f"{waiting.public_id}/{where}") for who, where in pages), (provider, f"{draft.public_id}/"),
         (provider, f"{draft.public_id}/edit/"), (provider, ""), (provider, "new/")],
    )  # fmt: skip


@pytest.mark.parametrize("language", WIDTHS)
def test_pages_after_the_report_have_no_barrier(drawn, language) -> None:
    cache.clear()
    bench = Bench()
    bench.reported(accreditors=[bench.accreditor])
    found = bench.reported(accreditors=[bench.accreditor])
    lab = bench.labs[12]
    part = found.participants.get(organisation=lab.organisation)
    with on(date(2026, 5, 20)) as at:
        releases.release(to=bench.other_accreditor, found=found, until_day=date(2026, 12, 31), by=lab, at=at)
    bench.propose(found, reason="申诉成立 / Appeal upheld")
    score = queries.own_scores(lab).earliest("pk")
    look(
        drawn, language, date(2026, 5, 20),
        [(bench.second, f"{found.public_id}/evaluation/"), (lab, f"{found.public_id}/report/"), (lab, "scores/"),
         (lab, f"scores/{score.public_id}/"), (lab, "releases/"), (bench.assessor, "released/"),
         (bench.assessor, f"released/{part.public_id}/"),
         (bench.assessor, f"released/laboratories/{lab.organisation.public_id}/")],
    )  # fmt: skip
