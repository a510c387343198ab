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


def test_pages_have_no_barrier(drawn) -> None:
    cache.clear()
    bench = Bench()
    reported = bench.reported(accreditors=[bench.accreditor])
    bench.reported()
    waiting = bench.dispatched()
    draft = bench.draft(grouping="joint")
    part = reported.participants.get(organisation=bench.labs[12].organisation)
    laboratory, provider, second, assessor = bench.labs[12], bench.keeper, bench.second, bench.assessor
    with on(date(2026, 5, 20)) as at:
        releases.release(to=bench.other_accreditor, found=reported, until_day=date(2026, 12, 31), by=laboratory, at=at)
        bench.propose(reported, reason="Appeal upheld")
    score = queries.own_scores(laboratory).earliest("pk")
    readers = {who.pk: reader(who) for who in (laboratory, provider, second, assessor)}
    for language in WIDTHS:
        for client in readers.values():
            client.cookies[settings.LANGUAGE_COOKIE_NAME] = LANGUAGES[language]
        with on(date(2026, 3, 30)):
            for who, where in (
                (laboratory, f"{waiting.public_id}/results/"), (laboratory, f"{waiting.public_id}/"),
                (provider, f"{waiting.public_id}/"), (provider, f"{draft.public_id}/"),
                (provider, f"{draft.public_id}/edit/"), (provider, f"{waiting.public_id}/participants/"),
                (provider, f"{waiting.public_id}/measurands/{waiting.measurands.get().public_id}/"),
            ):  # fmt: skip
                answer = readers[who.pk].get(HOME + where)
                assert drawn(answer.content.decode(), answer.status_code, language) == [], where
        with on(date(2026, 5, 20)):
            for who, where in (
                (provider, ""), (second, f"{reported.public_id}/evaluation/"),
                (laboratory, f"{reported.public_id}/report/"), (laboratory, "scores/"),
                (laboratory, f"scores/{score.pk}/"), (laboratory, "releases/"), (assessor, "released/"),
                (assessor, f"released/{part.public_id}/"), (provider, "new/"),
            ):  # fmt: skip
                answer = readers[who.pk].get(HOME + where)
                assert drawn(answer.content.decode(), answer.status_code, language) == [], where
