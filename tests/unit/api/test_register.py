"""The public's questions: lists, one record, history, credential, verifications, changes, log."""

from __future__ import annotations

from datetime import date

import pytest

from issuing_bench import Bench, at
from small_world import both, given, member, node, organisation
from testamur.attestation import actions
from testamur.kernel import clock
from testamur.notices import tasks
from testamur.parties.actions.keys import publish_roots
from testamur.register.models import Attestation
from testamur.transparency.actions import sequence

pytestmark = pytest.mark.django_db
REASONS = both("Surveillance was missed")


def test_one_record_answers_in_two_parts_with_its_line_of_authority(public, certificate):
    found = public.get(f"/attestations/{certificate.public_id}")

    assert found.status_code == 200
    said = found.body
    assert (said["answer"], said["status"], said["coverage"], said["authority"]) == ("valid", "valid", None, "held")
    assert said["headline"] == "Valid"
    assert said["assurance"]["origin"] == "native"
    assert said["parties"][0]["names"]["en"] == "Sample Valves"
    assert said["scope"][0]["status"] == "valid"
    assert said["trust"]["rests_on"][0]["verdict"] == "valid"
    assert said["reasons"][0]["sentence"]


def test_the_answer_for_a_day_before_a_suspension_differs_from_the_answer_after_it(public, bench, certificate):
    with clock.travel(date(2026, 4, 1)):
        actions.suspend(
            attestation=certificate,
            ground="surveillance_missed",
            reasons=REASONS,
            by=bench.signatory,
            at=at(date(2026, 4, 1)),
        )

    def status(query: str) -> str:
        return public.get(f"/attestations/{certificate.public_id}?{query}").body["status"]

    assert status("on=2026-03-31") == "valid"
    assert status("on=2026-04-01") == "suspended"
    assert status("on=2026-04-01&known=2026-03-31T12:00:00Z") == "valid"
    assert status("on=2026-02-28") is None


def test_the_history_keeps_both_clocks_of_every_line(public, bench, certificate):
    with clock.travel(date(2026, 4, 3)):
        actions.suspend(
            attestation=certificate,
            ground="surveillance_missed",
            reasons=REASONS,
            by=bench.signatory,
            at=at(date(2026, 4, 1)),
        )

    items = public.get(f"/attestations/{certificate.public_id}/history").body["items"]

    last = items[-1]
    assert (last["status"], last["effective_on"], last["days_late"]) == ("suspended", "2026-04-01", 2)
    assert last["recorded_at"].startswith("2026-04-03")
    assert last["reason"]["zh"] == REASONS["zh"]
    assert any(item["edition"] == 1 for item in items)


def test_the_credential_is_handed_out_as_it_was_signed(public, certificate):
    sent = public.get(f"/attestations/{certificate.public_id}/credential")

    assert sent["Content-Type"] == "application/vc+jwt"
    assert sent.content.count(b".") == 2


def test_a_record_from_elsewhere_has_no_credential_and_says_so(public, bench):
    reported = bench.certificate()

    refused = public.get(f"/attestations/{reported.public_id}/credential")

    assert refused.status_code == 404
    assert "Sample register" in refused.body["detail"]


def test_a_confidential_record_shows_number_and_status_and_nothing_else(public, bench):
    quiet = bench.certificate(confidential=True)
    path = f"/attestations/{quiet.public_id}"

    said = public.get(path)

    assert (said.body["answer"], said.body["status"], said.body["disclosure"]) == ("withheld", "valid", "withheld")
    assert said.body["number"] == quiet.current.number
    assert said.body["parties"] == [] and said.body["scope"] == [] and said.body["trust"] is None
    assert said.body["issuer"] is None and said.body["statement"] == {}
    assert b"Valves" not in said.content
    assert public.get(f"{path}/history").status_code == 403
    assert public.get(f"{path}/credential").status_code == 403
    assert public.get("/attestations").body["items"] == []


def test_holder_and_issuer_see_a_confidential_record_whole(bench, signatory):
    bench.licence()
    quiet = bench.certificate(confidential=True)

    said = signatory.get(f"/attestations/{quiet.public_id}").body

    assert said["answer"] == "valid"
    assert said["parties"][0]["names"]["en"] == "Sample Valves"


def test_a_persons_name_is_shown_only_to_whoever_asks_with_it(public, bench):
    person = member(bench.body, "determination", name="Auditor Chen").person
    mine = given(bench.qms, issuer=bench.regulator, person=person, lines=[{"document": node()}], personal=True)
    path = f"/attestations/{mine.public_id}"

    assert b"Chen" not in public.get(path).content
    assert b"Chen" in public.get(f"{path}?holder=Sample%20Auditor%20Chen").content
    assert b"Chen" not in public.get(f"{path}?holder=Chen").content


def test_a_cursor_stays_true_while_records_are_added(public, bench):
    made = [bench.certificate(number=f"C-{number}") for number in range(5)]
    first = public.get("/attestations?limit=2").body
    bench.certificate(number="C-new")

    second = public.get(f"/attestations?limit=2&cursor={first['next']}").body
    rest = public.get(f"/attestations?limit=50&cursor={second['next']}").body

    ids = [row["id"] for part in (first, second, rest) for row in part["items"]]
    assert ids[:5] == [one.public_id for one in made]
    assert len(ids) == len(set(ids)) == 6
    assert rest["next"] is None


def test_a_cursor_of_another_list_is_refused_by_name(public, bench):
    for number in range(3):
        bench.certificate(number=f"C-{number}")
    cursor = public.get("/attestations?limit=1").body["next"]

    for path in (
        f"/attestations?limit=1&q=C&cursor={cursor}",
        "/attestations?cursor=bmV4dA",
        f"/standards?cursor={cursor}",
    ):
        refused = public.get(path)
        assert (refused.status_code, refused.body["field"]) == (422, "cursor"), path


def test_lists_are_narrowed_by_words_issuer_scheme_and_status(public, bench):
    bench.certificate(number="ALPHA-001")
    bench.certificate(number="BETA-002", until=date(2026, 1, 31))

    def found(query: str) -> list[str]:
        return [row["number"] for row in public.get(f"/attestations?{query}").body["items"]]

    assert found("q=alpha-001") == ["ALPHA-001"]
    assert found(f"issuer={bench.body.public_id}") == ["ALPHA-001", "BETA-002"]
    assert found("status=expired") == ["BETA-002"]
    assert found("scheme=nothing") == []
    assert public.get("/attestations?status=odd").body["field"] == "status"


def test_each_item_of_a_verification_is_answered_by_itself(public, bench):
    bench.licence()
    bench.certificate(number="Q-100")
    items = [
        {"number": "q 100", "claim": {"standard": "GB/T 19001-2016"}},
        {"number": "q100", "claim": {"standard": "GB/T 24001-2016"}},
        {"number": "nowhere"},
        {"number": "Q-100", "on": "2026-02-30"},
        {"holder": "nobody"},
        "Q-100",
        {"number": "Q-100", "wrong": 1},
    ]

    answered = public.post("/verifications", {"items": items})

    assert answered.status_code == 200
    told = answered.body["items"]
    assert [row["item"] for row in told] == list(range(7))
    assert (told[0]["answers"][0]["answer"], told[0]["answers"][0]["coverage"]) == ("valid", "covered")
    assert told[1]["answers"][0]["coverage"] == "not_covered"
    assert told[2]["answers"][0]["answer"] == "no_such_record"
    assert told[3]["errors"][0]["field"] == "on"
    assert told[4]["errors"][0]["field"] == "number"
    assert told[5]["errors"] and not told[5]["answers"]
    assert told[6]["errors"][0]["field"] == "wrong"


def test_more_than_ten_thousand_items_are_refused_before_any_is_read(public):
    refused = public.post("/verifications", {"items": [{"number": "1"}] * 10_001})

    assert (refused.status_code, refused.body["field"]) == (422, "items")


def test_an_issuer_that_reports_nothing_here_is_said_to_be_silent(public, bench):
    silent = organisation("Silent Body")

    said = public.post("/verifications", {"items": [{"number": "Z-1", "issuer": silent.public_id}]}).body["items"][0]

    assert said["answers"][0]["answer"] == "not_reporting"


def test_a_credential_file_is_validated_from_its_bytes(public, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        bench = Bench()
        bench.licensed()
        certificate = bench.granted()
        actions.publish_lists()
    publish_roots()
    sequence()
    bench_file = public.get(f"/attestations/{certificate.public_id}/credential").content

    good = public.call("POST", "/verifications/credential", raw=bench_file, Content_Type="application/vc+jwt")
    tampered = public.call("POST", "/verifications/credential", raw=bench_file[:-8] + b"AAAAAAAA")
    nothing = public.call("POST", "/verifications/credential", raw=b"  ")
    picture = public.call("POST", "/verifications/credential", raw=b"%PDF-1.7 ...")

    assert (good.status_code, good.body["result"]) == (200, "VALID"), good.body
    assert good.body["path"][0]["number"] == certificate.current.number
    assert tampered.body["result"] in ("INVALID_SIGNATURE", "MALFORMED")
    assert (nothing.status_code, nothing.body["field"]) == (422, "body")
    assert "picture" in picture.body["detail"]


def test_changes_since_an_instant_tell_what_a_mirror_has_missed(public, bench, certificate):
    with clock.travel(date(2026, 4, 1)):
        actions.suspend(
            attestation=certificate,
            ground="surveillance_missed",
            reasons=REASONS,
            by=bench.signatory,
            at=at(date(2026, 4, 1)),
        )

    tasks.tell()

    whole = public.get("/changes").body
    late = public.get("/changes?since=2026-03-31T00:00:00Z").body

    assert [row["status"] for row in late["items"] if row["what"] == "status"] == ["suspended"]
    assert whole["complete"] and len(whole["items"]) > len(late["items"])
    assert public.get("/changes?limit=1").body["complete"] is False


def test_the_log_shows_its_size_and_signed_checkpoint(public, certificate):
    sequence()

    log = public.get("/log").body

    assert log["size"] > 0 and log["waiting"] == 0 and log["cosigners"] == 0
    assert log["checkpoint"].startswith(log["name"])


def test_an_organisation_is_public_once_it_stands_in_the_register(public, bench, certificate):
    unseen = organisation("Only Asked")

    body = public.get(f"/organisations/{bench.body.public_id}").body

    assert (body["issued"], body["held"], body["root"]) == (1, 1, False)
    assert body["did"].startswith("did:web:")
    assert public.get(f"/organisations/{bench.regulator.public_id}").body["root"] is True
    assert public.get(f"/organisations/{unseen.public_id}").status_code == 404


def test_the_same_answer_is_not_sent_twice(public, certificate):
    path = f"/attestations/{certificate.public_id}"
    first = public.get(path)

    again = public.get(path, If_None_Match=first["ETag"])

    assert again.status_code == 304 and not again.content
    assert public.call("GET", f"{path}?on=2026-02-28", If_None_Match=first["ETag"]).status_code == 200


def test_a_withdrawn_record_answers_with_its_reason_and_never_404(public, bench, certificate):
    with clock.travel(date(2026, 5, 1)):
        actions.withdraw(
            attestation=certificate,
            ground="not_restored",
            reasons=both("Not restored"),
            by=bench.signatory,
            at=at(date(2026, 5, 1)),
        )

    said = public.get(f"/attestations/{certificate.public_id}").body

    assert (said["answer"], said["status"]) == ("not_valid", "withdrawn")
    assert "Not restored" in said["reasons"][0]["sentence"]
    assert Attestation.objects.filter(public_id=certificate.public_id).exists()
