"""The short way to an answer gives, byte for byte, what the long way gives; and leaves to it whatever is not plain."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest

from small_world import organisation
from testamur.kernel import clock
from testamur.kernel.multibase import b64url, from_b64url
from testamur.kernel.words import Origin, Status
from testamur.register.answering import kept, plain, signing
from testamur.register.answering.parts import coverage_part, status_part
from testamur.register.answering.questions import KEPT_FOR, Question, answers_to, parts_to
from testamur.register.models import Attestation, Current
from testamur.verification import jcs
from told_world import deliver, source

NOW = datetime(2026, 6, 10, 9, 30, tzinfo=UTC)
HOLDER = {"parties": [{"role": "factory", "names": {"en": "Works"}}, {"role": "holder", "names": {"zh": "持有公司"}}]}
#: Texts and names of which each encoder makes its own, and what a template would take for a place of its own.
ODD_NAMES = {"zh": "𠮷\u2028\x07", "en": 'A "B"\n\\u0041 %s', "\ue000": "", "😀": ""}
BEGAN, ENDS, ENDED = date(2025, 1, 1), date(2028, 1, 1), date(2026, 2, 1)

#: Key of a record → what its source says of it. Those that the short way answers are named in ``PLAIN``.
RECORDS: dict[str, dict[str, Any]] = {
    "VALID": {"effective_on": BEGAN, "expires_on": ENDS, "said": HOLDER},
    "ENDLESS": {"effective_on": BEGAN},
    "NO-DAYS": {"said": HOLDER},
    "EXPIRED": {"effective_on": BEGAN, "expires_on": ENDED},
    "LAST-DAY": {"effective_on": BEGAN, "expires_on": NOW.date()},
    "SUSPENDED": {"status": Status.SUSPENDED, "effective_on": BEGAN, "expires_on": ENDS},
    "SUSPENDED-EXPIRED": {"status": Status.SUSPENDED, "effective_on": BEGAN, "expires_on": ENDED},
    "WITHDRAWN": {
        "status": Status.WITHDRAWN, "effective_on": BEGAN, "expires_on": ENDED,
        "said": {"reason": {"status": {"en": "Fraud {x}", "zh": "造假"}, "on": "2025-11-05", "word": "撤销"}},
    },
    "CANCELLED": {"status": Status.CANCELLED, "effective_on": BEGAN, "said": {"reason": {"status": {"zh": "注销"}}}},
    "ANNOUNCED": {"status": Status.WITHDRAWN, "effective_on": BEGAN, "said": {"reason": {"on": "2026-12-01"}}},
    "SINCE-BEFORE": {"effective_on": BEGAN, "said": {"reason": {"on": "2025-03-01", "status": {"en": "restored"}}}},
    "ODD": {
        "number": 'ODD "1"\\ 𠮷😀', "status": Status.SUSPENDED, "effective_on": BEGAN,
        "said": {"parties": [{"role": "holder", "names": ODD_NAMES}],
                 "reason": {"status": {"en": '"%s" {0}\t'}, "word": '\\"'}},
    },
    "TO-COME": {"effective_on": date(2026, 9, 1), "expires_on": ENDS},
    "CHANGED": {"effective_on": BEGAN, "expires_on": ENDS},
    "GONE": {"effective_on": BEGAN, "expires_on": ENDS},
    "HIDDEN": {"effective_on": BEGAN},
    "PART": {"effective_on": BEGAN, "expires_on": ENDS},
    "TWICE-1": {"number": "TWICE", "effective_on": BEGAN},
    "TWICE-2": {"number": "TWICE", "effective_on": BEGAN, "expires_on": ENDED},
    "NEW": {"number": "NEW-1", "effective_on": BEGAN},
    "HEIR": {"number": "NEW", "effective_on": BEGAN},
}  # fmt: skip
PLAIN = {"VALID", "ENDLESS", "NO-DAYS", "EXPIRED", "LAST-DAY", "SUSPENDED", "SUSPENDED-EXPIRED", "WITHDRAWN",
         "CANCELLED", "ANNOUNCED", "SINCE-BEFORE", 'ODD "1"\\ 𠮷😀'}  # fmt: skip


@pytest.fixture
def told(db, monkeypatch):
    """A mirrored register of two deliveries, a body that reports and fell silent, what is not plain of each kind."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    issuer = organisation("Issuer {0} & Sons")
    mirror = source(issuer)
    first = {**RECORDS, "NEW": {"number": "NEW", "effective_on": BEGAN}}
    first.pop("HEIR")
    rows = [{"key": key, **said} for key, said in first.items()]
    deliver(mirror, issuer, date(2026, 3, 1), rows)
    second = {**RECORDS, "CHANGED": {"effective_on": BEGAN, "expires_on": ENDED}}
    second.pop("GONE")
    deliver(mirror, issuer, date(2026, 4, 1), [{"key": key, **said} for key, said in second.items()])
    Attestation.objects.filter(origin_key="HIDDEN").update(confidential=True)
    whole = Attestation.objects.get(origin_key="WITHDRAWN")
    Attestation.objects.filter(origin_key="PART").update(main=whole, part="annex")
    own = source(issuer, "silent-body", origin=Origin.REPORTED, duty_days=30)
    deliver(own, issuer, date(2026, 2, 1), [{"key": "LATE", "effective_on": BEGAN, "said": HOLDER}], whole=False)
    return issuer


def long_way(number: str) -> list[dict[str, Any]]:
    return [
        {"status": status_part(one.told, one.shown), "coverage": coverage_part(one.told)}
        for one in answers_to([Question(number)])[0]
    ]


def numbers() -> list[str]:
    return [*sorted(set(Current.objects.values_list("number", flat=True))), "NOBODY'S", "valid", "e n-d/less", "", "…"]


def test_both_ways_say_the_same_of_every_record(told):
    asked = numbers()
    given = parts_to([Question(number) for number in asked])

    for number, answers in zip(asked, given, strict=True):
        assert kept.written(answers) == kept.written(long_way(number)), number


def test_the_short_way_answers_what_is_plain_and_nothing_else(told):
    found = plain.parts(numbers())

    assert {part["number"] for part in found.values()} == PLAIN | {"LATE"}
    assert found["LATE"]["answer"] == "not_reporting"
    assert found["valid"] == found["VALID"]


@pytest.mark.parametrize("sample", [True, False])
def test_what_is_signed_is_the_canonical_text_of_what_the_long_way_says(told, settings, monkeypatch, sample):
    settings.HOST = 'a "host"'
    settings.SAMPLE = sample
    monkeypatch.setattr(
        signing, "sign", lambda spelled: f".{b64url(spelled if type(spelled) is bytes else jcs.canonical(spelled))}."
    )
    for asked in [*numbers(), "  valid ", "ｖａｌｉｄ"]:
        given = json.loads(kept.answers(asked).body)
        signed = [one["status"].pop("signature").split(".")[1] for one in given]

        for one in given:
            one["status"].pop("until")
        assert given == long_way(asked), asked
        for one, text in zip(json.loads(kept.answers(asked).body), signed, strict=True):
            assert from_b64url(text) == jcs.canonical({k: v for k, v in one["status"].items() if k != "signature"})


def test_the_text_put_together_is_that_of_the_part(told):
    parts = plain.parts(numbers())

    for part in parts.values():
        body = kept.answers(part["number"]).body
        until = (NOW + KEPT_FOR).isoformat().replace("+00:00", "Z")
        text = jcs.canonical({**part, "until": until})
        assert body.startswith(b'[{"status":%b,"signature":"' % text[:-1]), part["number"]
    assert {part["number"] for part in parts.values()} == PLAIN | {"LATE"}


def test_a_question_that_asks_more_goes_the_long_way(told):
    asked = [
        Question("VALID", holder="nobody"), Question("VALID", issuer="nobody"), Question("VALID", on=date(2026, 3, 2)),
        Question("VALID", known=datetime(2026, 3, 1, tzinfo=UTC)), Question("VALID"),
    ]  # fmt: skip
    told_ = [
        [{"status": status_part(one.told, one.shown), "coverage": coverage_part(one.told)} for one in answers]
        for answers in answers_to(asked)
    ]

    assert parts_to(asked) == told_
    assert [answers[0]["status"]["answer"] for answers in told_] == [
        "no_such_record", "no_such_record", "valid", "not_valid", "valid",
    ]  # fmt: skip


def test_a_delivery_or_another_name_of_the_issuer_changes_the_next_answer(told):
    before = kept.answers("VALID")
    assert kept.answers("VALID") is before

    told.names = {"en": "Renamed", "zh": "更名"}
    told.save()
    assert b"Renamed" in kept.answers("VALID").body

    mirror = Attestation.objects.get(origin_key="VALID").source
    deliver(mirror, told, date(2026, 5, 1), [{"key": "VALID", **RECORDS["VALID"]}], whole=True)
    assert b'"stated_on":"2026-05-01"' in kept.answers("VALID").body
