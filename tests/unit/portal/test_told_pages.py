"""Pages of records that a source told of, in both languages, and of what hangs on something."""

from __future__ import annotations

import json
from datetime import date

import pytest
from django.core.cache import cache
from django.test import Client

from small_world import organisation
from testamur.kernel.words import Origin, Status
from testamur.register import dependants
from testamur.register.models import Current
from told_world import deliver, record, source

LAB = {"kind": "laboratory", "key": "CNAS L1/2", "names": {"en": "Sample Lab", "zh": "示例实验室"}}
SAID = {
    "parties": [
        {"role": "holder", "names": {"en": "Held Ltd", "zh": "持有公司"}},
        {"role": "factory", "names": {"en": "Works", "zh": "工厂"}},
    ],
    "statement": {"en": "Lamps", "zh": "灯具"},
    "requirements": [{"key": "GB 7000.1-2015", "designation": "GB 7000.1-2015"}],
    "rests_on": [LAB],
}


@pytest.fixture
def told(db):
    cache.clear()
    issuer = organisation("Issuer")
    mirror, own = source(issuer), source(issuer, "own", origin=Origin.REPORTED)
    first = {"key": "K-1", "number": "OLD-1", "effective_on": date(2025, 1, 1), "said": SAID}
    deliver(mirror, issuer, date(2026, 3, 1), [first, {**first, "key": "K-2", "number": "N-2"}])
    deliver(mirror, issuer, date(2026, 4, 1), [{**first, "number": "NEW-1", "status": Status.SUSPENDED}])
    deliver(own, issuer, date(2026, 4, 1), [{**first, "key": "W-1", "number": "NEW-1"}], whole=False)
    dependants.follow()
    return mirror, own


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["Who says so", "Sample sample-register", "It rests on", "Sample Lab", "mirrored",
                "Two sources do not say the same", "NEW-1"]),
        ("zh-hans", ["由谁载明", "示例sample-register", "所依据的", "示例实验室", "镜像", "两个来源说法不一"]),
    ],
)  # fmt: skip
def test_the_page_says_who_told_as_of_when_and_what_it_rests_on(told, language, words):
    one = record(told[0], "K-1")
    client = Client(headers={"accept-language": language})

    shown = client.get(f"/c/{one.public_id}")

    assert shown.status_code == 200
    text = shown.content.decode()
    assert [word for word in words if word not in text] == []


def test_a_record_that_is_gone_is_a_page_that_says_so(told):
    one = record(told[0], "K-2")

    text = Client().get(f"/c/{one.public_id}").content.decode()
    then = Client().get(f"/c/{one.public_id}?on=2026-03-15").content.decode()

    assert "no longer lists it since" in text and "No longer listed by its source" in text
    assert "by all that is recorded today" in then


def test_an_old_number_leads_to_the_record(told):
    found = Client().get("/search?q=OLD-1")

    assert found.status_code == 302 and record(told[0], "K-1").public_id in found["Location"]


def test_the_api_tells_the_record_and_its_history(told):
    one = record(told[0], "K-1")

    said = json.loads(Client().get(f"/api/v1/attestations/{one.public_id}").content)
    history = json.loads(Client().get(f"/api/v1/attestations/{one.public_id}/history").content)
    gone = json.loads(Client().get(f"/api/v1/attestations/{record(told[0], 'K-2').public_id}/history").content)

    assert (said["answer"], said["status"], said["assurance"]["origin"]) == ("not_valid", "suspended", "mirrored")
    assert {party["role"] for party in said["parties"]} == {"holder", "factory"}
    assert [row["edition"] for row in history["items"] if row.get("edition")] == [1, 2]
    assert [row["listed"] for row in gone["items"] if row["listed"] is not None] == [False]


def test_what_hangs_on_a_laboratory_is_a_page_and_a_file(told):
    page = Client().get("/rests-on/laboratory/CNAS L1/2?on=2026-04-02")
    before = Client().get("/rests-on/laboratory/CNAS L1/2?on=2026-03-02", headers={"accept-language": "zh-hans"})
    file = Client().get("/rests-on/laboratory/CNAS L1/2?on=2026-03-02&as=csv")
    told_json = json.loads(Client().get("/rests-on/laboratory/CNAS L1/2?on=2026-04-02&as=json").content)

    assert page.status_code == 200 and "Had it been withdrawn on" in page.content.decode()
    assert "OLD-1" in before.content.decode() and "失去依据" in before.content.decode()
    lines = file.content.decode("utf-8-sig").splitlines()
    assert len(lines) == 3 and any("OLD-1" in line and "yes" in line for line in lines)
    assert (told_json["total"], told_json["falling"]) == (2, 1)

    Current.objects.update(expires_on=date(2030, 1, 1))
    later = Client().get("/rests-on/laboratory/CNAS L1/2?on=2040-01-01&as=csv").content.decode("utf-8-sig")
    assert later.count(",expired,no,") == 2 and ",valid," not in later


@pytest.mark.parametrize("path", ["moon/1", "laboratory/" + "x" * 301])
def test_what_nothing_can_hang_on_is_no_page(db, path):
    cache.clear()
    assert Client().get(f"/rests-on/{path}").status_code == 404


def test_what_is_no_day_is_said_and_answered(told):
    shown = Client().get("/rests-on/laboratory/x?on=2026-02-30").content.decode()
    assert "2026-03-31" in shown


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["What else its source says", "Audit statement", "inherited from"]),
        ("zh-hans", ["来源还载明", "审计声明", "继承自"]),
    ],
)  # fmt: skip
def test_what_a_record_takes_from_another_one_is_shown_with_a_link_to_it(db, language, words):
    cache.clear()
    issuer = organisation("Issuer")
    mirror = source(issuer, "chains")
    url = "https://audits.example/1?a=2"
    audit, above = {"kind": "audit", "key": url}, {"kind": "certificate", "key": "ROOT", "names": {"en": "The root"}}
    own = {**SAID, "rests_on": [audit], "shown": {"audit_statement": url}}
    took = {"parent": "ROOT", "takes": ["shown.audit_statement", "rests_on.audit"]}
    took["from"] = dict.fromkeys(took["takes"], "ROOT")
    orphan = {**took, "from": dict.fromkeys(took["takes"], "NOT-HERE")}
    deliver(mirror, issuer, date(2026, 3, 1), [
        {"key": "ROOT", "number": "R-1", "said": own},
        {"key": "SUB", "said": {**own, "rests_on": [above, audit], "inherited": [took]}},
        {"key": "LOST", "said": {**own, "inherited": [orphan]}},
    ])  # fmt: skip
    field = {"to": "shown.audit_statement", "column": "x", "names": {"en": "Audit statement", "zh": "审计声明"}}
    mirror.mappings.update(body={**mirror.mappings.get().body, "field": [field]})
    dependants.follow()
    client = Client(headers={"accept-language": language})

    text, root, lost = (
        client.get(f"/c/{record(mirror, key).public_id}").content.decode() for key in ("SUB", "ROOT", "LOST")
    )

    assert [word for word in words if word not in text] == []
    page = f'href="/c/{record(mirror, "ROOT").public_id}"'
    assert text.count(f"{words[2]} <a {page}>") == 2 and f"<a {page}>The root</a>" in text
    assert words[1] in root and words[2] not in root
    assert f"{words[2]} <code>NOT-HERE</code>" in lost
    hanging = client.get("/rests-on/audit/https://audits.example/1%3Fa=2")
    assert hanging.status_code == 200 and "R-1" in hanging.content.decode()
    assert "/rests-on/audit/https://audits.example/1%3Fa=2" in text


def test_an_address_that_is_none_is_shown_as_text(db):
    cache.clear()
    issuer = organisation("Issuer")
    mirror = source(issuer, "chains")
    deliver(mirror, issuer, date(2026, 3, 1), [{"key": "A", "said": {**SAID, "shown": {"x": "javascript:alert(1)"}}}])
    mirror.mappings.update(
        body={**mirror.mappings.get().body, "field": [{"to": "shown.x", "column": "x", "names": {"en": "An <x>"}}]}
    )

    text = Client().get(f"/c/{record(mirror, 'A').public_id}").content.decode()

    assert "javascript:alert(1)" in text and 'href="javascript' not in text and "An &lt;x&gt;" in text
