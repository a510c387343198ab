"""The way of a small firm, from an account with nothing in it to a folder for the auditor, in both languages."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import timedelta
from html import unescape

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from testamur.diagnosis import actions, folder, queries
from testamur.diagnosis.models import Assessment, PlanItem
from testamur.kernel import clock
from testamur.parties import queries as parties
from testamur.parties.models import Membership

pytestmark = pytest.mark.django_db
W = "/w/workshop"
PASSWORD = "a long sample password"
FIRM = {
    "name_zh": "示例小五金厂", "name_en": "Sample Small Hardware", "uscc": "91350100M000100Y43", "country": "CN",
    "region": "350100", "address_zh": "示例市示例路8号", "personnel": "12", "person_zh": "示例吴",
    "person_en": "Sample Wu",
    "email": "wu@sample.example", "password": PASSWORD, "password_again": PASSWORD, "allowed": "on",
}  # fmt: skip
#: What the pages say on the way, by language.
SAID = {
    "en": {"begin": "Begin now", "example": "For example: ", "first": "Do these first", "not_yet": "not yet",
           "ready": "ready", "apply": "Apply for a certificate", "missing": "missing"},
    "zh-hans": {"begin": "立即开始", "example": "例如：", "first": "先做这些", "not_yet": "尚未",
                "ready": "已就绪", "apply": "申请认证", "missing": "缺少"},
}  # fmt: skip


def joined(client: Client, mailoutbox) -> Membership:
    assert client.post(reverse("parties:join"), FIRM).status_code == 302
    link = re.search(r"http://\w+(/accounts/confirm-email/\S+)", mailoutbox[0].body)[1]
    client.post(link)
    signed = client.post(reverse("account_login"), {"login": FIRM["email"], "password": PASSWORD})
    assert (signed.status_code, signed.headers["Location"]) == (302, "/w/")
    return Membership.objects.get()


@pytest.mark.parametrize("language", list(SAID))
def test_from_an_account_with_nothing_to_a_folder_for_the_auditor(mailoutbox, settings, language):
    settings.DEMO = False
    cache.clear()
    said = SAID[language]
    client = Client(headers={"Accept-Language": language})
    member = joined(client, mailoutbox)

    def page(address):
        answer = client.get(address)
        assert answer.status_code == 200, address
        return unescape(answer.content.decode())

    # The first page leads to the first question in one press.
    home = page(f"{W}/")
    form = re.search(rf'<form method="post" action="{W}/check-ups/new/">.*?</form>', home, re.DOTALL)[0]
    assert said["begin"] in form
    begun = client.post(f"{W}/check-ups/new/", dict(re.findall(r'name="(questionnaire)" value="([^"]+)"', form)))
    one = Assessment.objects.get()
    assert begun.headers["Location"] == f"{W}/check-ups/{one.public_id}/part/1/"

    # Twenty minutes: each question in plain words, with an example beside it.
    questionnaire = queries.questionnaire_of(one)
    assert questionnaire.minutes(len(questionnaire.asked("short"))) == 20
    for n, group in enumerate(questionnaire.groups, 1):
        asked = questionnaire.of_group(group.id, "short")
        shown = page(f"{W}/check-ups/{one.public_id}/part/{n}/")
        assert shown.count(said["example"]) == len(asked)
        sent = {question.id: "partly" for question in asked}
        assert client.post(f"{W}/check-ups/{one.public_id}/part/{n}/", sent).status_code == 302
    client.post(f"{W}/check-ups/{one.public_id}/finish/")
    result = page(f"{W}/check-ups/{one.public_id}/")
    assert said["first"] in result and said["begin"] not in page(f"{W}/")

    # The plan: what the result proposes first, done with its outcome.
    planned = re.search(rf'href="({W}/plan/new/\?[^"]+)"', result)[1]
    today = parties.today(member.organisation)
    sent = {"what": "红箱 / Red box", "owner": member.public_id, "due_on": (today + timedelta(days=7)).isoformat()}
    assert client.post(planned, sent).status_code == 302
    item = PlanItem.objects.get()
    assert "红箱 / Red box" in page("/w/")
    done = {"act": "done", "done_on": today.isoformat(), "outcome": "3 → 0", "version": "0"}
    assert client.post(f"{W}/plan/{item.public_id}/", done).status_code == 302

    # The folder says of every clause what is missing; when it has all, it is ready and is taken away.
    assert said["not_yet"] in page(f"{W}/folder/")
    lacking = [row.number for row in folder.contents(member, today) if row.state == "bad"]
    assert len(lacking) >= 18
    assert client.post(f"{W}/folder/{lacking[0]}/", {"act": "lay", "title": "P-1", "note": "K-1"}).status_code == 302
    for number in lacking[1:]:
        actions.lay_in(clause=number, title=f"P {number}", note="K", by=member, at=clock.now())
    assert f">{said['ready']}<" in re.sub(r"<svg.*?</svg>|\s", "", page(f"{W}/folder/"))
    taken = client.get(f"{W}/folder/zip/")
    with zipfile.ZipFile(io.BytesIO(taken.content)) as archive:
        index = archive.read("index.csv").decode("utf-8-sig")
    assert "P 9.2.2" in index and said["missing"] not in index
    way = page(f"{W}/way/")
    assert re.search(rf'aria-current="step">.*?{said["apply"]}', way, re.DOTALL)


def test_who_does_no_quality_work_is_not_led_there(mailoutbox, settings):
    settings.DEMO = False
    cache.clear()
    client = Client(headers={"Accept-Language": "en"})
    member = joined(client, mailoutbox)
    Membership.objects.filter(pk=member.pk).update(functions=["application"])
    assert client.get(f"{W}/").status_code in (302, 403, 404)
    assert f'href="{W}/"' not in client.get("/w/").content.decode()
