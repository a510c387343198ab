"""One number, answered in two signed parts; kept until something in it changes; and many answered in one stream."""

from __future__ import annotations

import hashlib
import json
from datetime import date, timedelta

import pytest

from small_world import instant, organisation
from testamur.kernel import clock
from testamur.kernel.words import Status
from testamur.parties.allowance import counts
from testamur.register.answering import kept, signing
from testamur.register.models import Attestation, StatusChange
from testamur.register.writing import write_current
from testamur.transparency import publication
from testamur.verification import credential, jcs, layout
from testamur.verification.signature import PublicKey
from told_world import deliver, source


def key_of(kid: str) -> PublicKey:
    """Return the key that a signature names, as anybody finds it: in the host's DID document."""
    document = json.loads(publication.get(layout.OPERATOR_DID_DOCUMENT) or b"{}")
    method = next(one for one in document["verificationMethod"] if one["id"] == kid)
    return PublicKey.from_jwk(method["publicKeyJwk"])


def checked(part: dict) -> dict:
    """Return what was signed, after its signature held and said the same as the part beside it."""
    read = credential.parse(part["signature"].encode(), signing.TYPE)
    assert read.verifies(key_of(read.method))
    assert jcs.canonical(read.payload) == jcs.canonical({k: v for k, v in part.items() if k != "signature"})
    return read.payload


@pytest.fixture
def licensed(bench):
    bench.licence()
    return bench.certificate(number="Q-100")


@pytest.fixture
def told(db):
    issuer = organisation("Issuer")
    mirror = source(issuer)
    said = {"parties": [{"role": "holder", "names": {"en": "Held Ltd", "zh": "持有公司"}}],
            "requirements": [{"key": "gbt-19001@2016", "designation": "GB/T 19001-2016"}]}  # fmt: skip
    row = {"key": "S-1", "number": "S/1", "effective_on": date(2026, 1, 1), "said": said}
    deliver(mirror, issuer, date(2026, 3, 1), [row, {"key": "S-2", "effective_on": date(2026, 1, 1)}])
    return mirror, issuer, row


def test_the_answer_is_signed_by_the_key_in_the_did_document_of_the_host(public, licensed):
    response = public.get("/verifications/q%20100?standard=GB/T%2019001-2016&model=M1")

    assert response.status_code == 200
    (one,) = response.body["answers"]
    status, coverage = checked(one["status"]), checked(one["coverage"])
    assert (status["answer"], status["status"], status["record"]) == ("valid", "valid", licensed.public_id)
    assert coverage["coverage"] in ("partly", "covered", "cannot_be_told")
    assert {row["of"] for row in coverage["claim"]} == {"standard", "model"}
    assert all(row["en"] and row["zh"] and row["id"] for row in [*status["reasons"], *coverage["claim"]])
    assert response.body["asked"] == {"number": "q 100", "standard": "GB/T 19001-2016", "model": "M1"}


def test_a_changed_word_breaks_the_signature(public, licensed):
    part = public.get("/verifications/Q-100").body["answers"][0]["status"]
    head, _payload, end = part["signature"].split(".")
    from testamur.kernel.multibase import b64url

    changed = {key: value for key, value in part.items() if key != "signature"} | {"answer": "not_valid"}
    read = credential.parse(f"{head}.{b64url(jcs.canonical(changed))}.{end}".encode(), signing.TYPE)

    assert not read.verifies(key_of(read.method))


def test_a_record_of_a_source_answers_with_its_origin(public, told):
    part = checked(public.get("/verifications/S%2F1").body["answers"][0]["status"])

    assert (part["answer"], part["authority"]) == ("valid", "not_held_here")
    assert (part["origin"]["kind"], part["origin"]["stated_on"]) == ("mirrored", "2026-03-01")
    assert part["holder"] == {"en": "Held Ltd", "zh": "持有公司"}
    assert part["listed"] == {"listed": True, "since": "2026-03-01"}


def test_the_same_answer_is_given_again_and_not_sent_again(public, told):
    first, second = public.get("/verifications/S-1"), public.get("/verifications/S-1")

    assert first.body["answers"] == second.body["answers"]
    assert first["ETag"] == second["ETag"] and "max-age=0" in first["Cache-Control"]
    again = public.get("/verifications/S-1", If_None_Match=first["ETag"])
    assert (again.status_code, again.content) == (304, b"")


def test_a_change_of_status_is_seen_at_once(public, licensed):
    before = public.get("/verifications/Q-100")
    StatusChange.objects.create(
        attestation=licensed, status=Status.WITHDRAWN, reason={"en": "fraud"}, effective_at=clock.now()
    )
    write_current(licensed)

    after = public.get("/verifications/Q-100", If_None_Match=before["ETag"])

    assert (after.status_code, after.body["answers"][0]["status"]["answer"]) == (200, "not_valid")


def test_a_delivery_that_says_the_same_moves_the_day_of_the_answer(public, told):
    mirror, issuer, row = told
    public.get("/verifications/S-1")

    deliver(mirror, issuer, date(2026, 4, 1), [row, {"key": "S-2", "effective_on": date(2026, 1, 1)}])

    part = public.get("/verifications/S-1").body["answers"][0]["status"]
    assert part["origin"]["stated_on"] == "2026-04-01"


def test_an_answer_is_kept_for_an_hour_at_most(public, told):
    began = instant(date(2026, 11, 23), 10)
    with clock.travel(began):
        first = kept.answers("S-1")
        assert kept.answers("S-1") is first
    with clock.travel(began + timedelta(hours=2)):
        assert kept.answers("S-1").body != first.body


def test_a_number_that_nobody_bears_says_so_and_is_not_kept(public, told):
    part = checked(public.get("/verifications/NOBODY-1").body["answers"][0]["status"])

    assert (part["answer"], part.get("record")) == ("no_such_record", None)
    assert "NOBODY-1" not in kept._kept


def test_as_of_and_as_known_on_are_answered_on_request(public, told):
    early = public.get("/verifications/S-1?on=2026-02-01").body["answers"][0]["status"]
    unknown = public.get("/verifications/S-1?known=2026-02-01T00:00:00Z").body["answers"][0]["status"]

    assert (early["answer"], early["on"]) == ("valid", "2026-02-01")
    assert (unknown["answer"], unknown["status"]) == ("not_valid", None)


@pytest.mark.parametrize("asked", ["A" * 121, "%00", "..%2f..%2fetc", "%F0%9F%92%A9", "Q-100?on=2026-02-30",
                                   "Q-100?known=9999-99-99", "Q-100?destination=CHN", "%E2%80%AE1-Q"])  # fmt: skip
def test_what_can_be_typed_is_an_answer_or_a_problem(public, asked, db):
    assert public.get(f"/verifications/{asked}").status_code in (200, 404, 422)


def test_what_is_left_of_the_allowance_stands_in_the_headers(public, told):
    first, second = public.get("/verifications/S-1"), public.get("/verifications/S-1")

    assert int(first["RateLimit-Remaining"]) - int(second["RateLimit-Remaining"]) in (1, -int(first["RateLimit-Limit"]))
    assert 0 < int(first["RateLimit-Reset"]) <= 60


def test_who_asks_too_often_is_told_when_to_come_back():
    taken = [counts.take("test", "here", 2) for _ in range(3)]

    assert [one.allowed for one in taken] == [True, True, False]
    assert int(taken[2].headers()["Retry-After"]) == taken[2].reset
    assert counts.take("test", "elsewhere", 2).allowed


def test_many_are_answered_a_line_each_in_their_order_and_signed_as_a_whole(public, told):
    items = [{"number": "S-1"}, {"number": ""}, {"number": "S/1", "claim": {"model": "M1"}}, 7, {"number": "none"}]

    response = public.post("/verifications", {"items": items}, Accept="application/jsonl")

    content = b"".join(response.streaming_content)
    lines = content.splitlines(keepends=True)
    told_lines = [json.loads(line) for line in lines[:-1]]
    assert [row["item"] for row in told_lines] == [0, 1, 2, 3, 4]
    assert [row["answers"][0]["status"]["answer"] if "answers" in row else row["errors"][0]["field"]
            for row in told_lines] == ["valid", "number", "valid", "", "no_such_record"]  # fmt: skip
    assert told_lines[2]["answers"][0]["coverage"]["coverage"] == "cannot_be_told"
    read = credential.parse(json.loads(lines[-1])["signature"].encode(), signing.TYPE)
    assert read.verifies(key_of(read.method))
    assert read.payload["sha256"] == hashlib.sha256(b"".join(lines[:-1])).hexdigest()
    assert Attestation.objects.count() == 2


def test_the_command_checks_an_answer_without_the_register(public, told, tmp_path, capsys):
    from testamur.cli.verify import main

    answer = public.get("/verifications/S-1?model=M1").content
    (tmp_path / "did.json").write_bytes(publication.get(layout.OPERATOR_DID_DOCUMENT) or b"")
    good, changed, other = (tmp_path / name for name in ("good.json", "changed.json", "other.json"))
    good.write_bytes(answer)
    changed.write_bytes(answer.replace(b'"answer":"valid"', b'"answer":"not_valid"'))
    other.write_text('{"asked": {}}')
    did = ["--answer", "--did", str(tmp_path / "did.json"), "--language", "en"]

    assert main([str(good), *did]) == 0
    assert capsys.readouterr().out.count("signed by did:web:sample.testamur.example#answers-") == 2
    assert main([str(changed), *did]) == 1
    assert "not those that were signed" in capsys.readouterr().out
    assert [main([str(other), *did]), main([str(good), "--answer"]), main([str(tmp_path / "none"), *did])] == [1, 2, 2]
