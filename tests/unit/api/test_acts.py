"""State changes as nouns: done once, by whoever may, and by nobody else."""

from __future__ import annotations

import pytest

from issuing_bench import full
from small_world import both, member, organisation
from testamur.api.models import IdempotencyKey
from testamur.api.once import KEPT, forget
from testamur.kernel import clock
from testamur.register.models import Attestation, StatusChange
from testamur.register.status import status
from tests.unit.api.conftest import Caller

pytestmark = pytest.mark.django_db
MISSED = {"ground": "surveillance_missed", "reasons": both("Surveillance was missed")}


def of(certificate, noun):
    return f"/attestations/{certificate.public_id}/{noun}"


def test_a_suspension_is_created_and_deleted_to_restore(signatory, certificate):
    made = signatory.post(of(certificate, "suspension"), MISSED)
    assert (made.status_code, made.body["status"]) == (201, "suspended")
    assert status(certificate).status == "suspended"

    ended = signatory.call("DELETE", of(certificate, "suspension"), {"reasons": both("Done since")})
    assert (ended.status_code, ended.body["status"]) == (200, "valid")
    assert status(certificate).status == "valid"


def test_a_withdrawal_ends_it_and_a_second_one_is_refused(signatory, certificate):
    body = {"ground": "not_restored", "reasons": both("Not restored")}

    assert signatory.post(of(certificate, "withdrawal"), body).body["status"] == "withdrawn"
    again = signatory.post(of(certificate, "withdrawal"), body)

    assert again.status_code == 409
    assert StatusChange.objects.filter(attestation=certificate, status="withdrawn").count() == 1


def test_a_cancellation_is_recorded_with_its_ground(signatory, certificate):
    made = signatory.post(of(certificate, "cancellation"), {"ground": "given_up", "reasons": both("Given up")})

    assert (made.status_code, made.body["status"], made.body["ground"]) == (201, "cancelled", "given_up")


def test_a_change_of_wording_makes_a_new_edition(signatory, certificate):
    made = signatory.post(of(certificate, "editions"), {"reasons": both("Moved"), "address": both("9 New Road")})

    assert (made.status_code, made.body["edition"]) == (201, 2)
    assert signatory.get(f"/attestations/{certificate.public_id}").body["edition"]["superseded"]["1"]


def test_a_reduction_keeps_the_number_and_takes_lines_away(bench, signatory):
    bench.licensed()
    wide = bench.granted(scope=[full("17"), full("18")])

    made = signatory.post(
        of(wide, "reduction"), {"ground": "part_fails", "reasons": both("One part fails"), "scope": [full("17")]}
    )

    assert made.status_code == 201, made.body
    assert made.body["number"] == wide.current.number
    assert len(signatory.get(f"/attestations/{wide.public_id}").body["scope"]) == 1


def test_a_stranger_finds_nothing_to_change(stranger, certificate):
    bodies = {
        "suspension": MISSED,
        "withdrawal": MISSED,
        "cancellation": MISSED,
        "reduction": {**MISSED, "scope": [full()]},
        "editions": {"reasons": both("x")},
    }

    for noun, body in bodies.items():
        assert stranger.post(of(certificate, noun), body).status_code == 404, noun
    assert stranger.call("DELETE", of(certificate, "suspension"), MISSED).status_code == 404
    assert status(certificate).status == "valid"


def test_a_request_sent_twice_under_one_key_is_done_once(signatory, certificate):
    first = signatory.post(of(certificate, "suspension"), MISSED, Idempotency_Key="k-1")
    again = signatory.post(of(certificate, "suspension"), MISSED, Idempotency_Key="k-1")

    assert (first.status_code, again.status_code) == (201, 201)
    assert again["Idempotent-Replayed"] == "true"
    assert again.body == first.body
    assert StatusChange.objects.filter(attestation=certificate, status="suspended").count() == 1


def test_a_key_that_stood_for_another_request_is_refused(signatory, certificate):
    signatory.post(of(certificate, "suspension"), MISSED, Idempotency_Key="k-1")

    refused = signatory.post(of(certificate, "withdrawal"), MISSED, Idempotency_Key="k-1")

    assert refused.status_code == 422
    assert refused.body["type"].endswith("#key_used")
    assert status(certificate).status == "suspended"


def test_what_was_refused_keeps_no_key_so_that_it_may_be_tried_again(signatory, certificate):
    wrong = {**MISSED, "ground": "nothing"}
    assert signatory.post(of(certificate, "suspension"), wrong, Idempotency_Key="k-1").status_code == 409
    assert not IdempotencyKey.objects.exists()

    assert signatory.post(of(certificate, "suspension"), MISSED, Idempotency_Key="k-1").status_code == 201


def test_two_members_never_share_a_key(bench, signatory, certificate):
    other = Caller(member(bench.body, "attestation", "status", "decision", name="Other"))
    signatory.post(of(certificate, "suspension"), MISSED, Idempotency_Key="k-1")

    refused = other.post(of(certificate, "suspension"), MISSED, Idempotency_Key="k-1")

    assert "Idempotent-Replayed" not in refused
    assert refused.status_code == 409


def test_keys_are_kept_for_seven_days(signatory, certificate):
    signatory.post(of(certificate, "suspension"), MISSED, Idempotency_Key="k-1")
    assert forget() == 0

    IdempotencyKey.objects.update(recorded_at=clock.now() - KEPT)

    assert forget() == 1


def test_a_session_without_its_csrf_token_changes_nothing(bench, certificate):
    caller = Caller(bench.signatory)
    caller.client.handler.enforce_csrf_checks = True

    refused = caller.post(of(certificate, "suspension"), MISSED)

    assert refused.status_code == 403
    assert "CSRF" in refused.body["detail"]
    assert status(certificate).status == "valid"


def test_somebody_with_two_memberships_says_under_which_they_act(bench, certificate):
    works = organisation("Works")
    elsewhere = member(works, "application", name="Twice")
    caller = Caller(elsewhere)
    here = bench.body.memberships.create(person=elsewhere.person, functions=["decision"], from_day=elsewhere.from_day)

    assert (
        caller.get("/me", Acting_Membership=here.public_id).body["acting"]["organisation"]["id"] == bench.body.public_id
    )
    assert (
        caller.get("/me", Acting_Membership=elsewhere.public_id).body["acting"]["organisation"]["id"] == works.public_id
    )
    assert caller.get("/me", Acting_Membership=bench.signatory.public_id).status_code == 403


MAPPING = {
    "body": {
        "source": {"scheme": "old-scheme", "title": both("Certificate")},
        "key": {"columns": ["no"]},
        "holder": {"column": "who"},
        "field": [
            {"to": "number", "column": "no"},
            {"to": "effective_on", "column": "from", "read": "day", "form": "%Y-%m-%d"},
        ],
    }
}
ROWS = [
    {"no": "R-1", "who": "Sample Rings", "from": "2026-01-01"},
    {"no": "R-2", "who": "Sample Rings", "from": "soon"},
]


def test_a_body_reports_its_own_attestations_and_bad_rows_come_back(bench):
    reporter = Caller(member(bench.body, "records", name="Records"))
    path = f"/registers/{bench.body.public_id}"
    body = {"as_of": "2026-11-01", "rows": ROWS}

    saved = reporter.post(f"{path}/mappings", MAPPING)
    dry = reporter.post(f"{path}/deliveries", {**body, "dry_run": True})
    made = reporter.post(f"{path}/deliveries", body)
    again = reporter.post(f"{path}/deliveries", body)

    assert (saved.status_code, saved.body["version"]) == (201, 1)
    assert (dry.body["state"], dry.body["counts"]["new"], dry.body["counts"]["rejected"]) == ("judged", 1, 1)
    assert (made.status_code, made.body["state"], made.body["rows"]) == (201, "committed", 2)
    [remark] = made.body["remarks"]
    assert (remark["row"], remark["code"]) == (2, "day_unreadable") and remark["remedy"]["zh"]
    assert again.body["id"] == made.body["id"]
    assert reporter.get(f"{path}/deliveries/{made.body['id']}").body["counts"]["new"] == 1
    [record] = Attestation.objects.filter(source__isnull=False)
    assert (record.origin, record.issuer, record.current.number) == ("reported", bench.body, "R-1")


def test_a_dry_run_is_committed_later_or_given_up(bench):
    reporter = Caller(member(bench.body, "records", name="Records"))
    path = f"/registers/{bench.body.public_id}"
    reporter.post(f"{path}/mappings", MAPPING)
    first = reporter.post(f"{path}/deliveries", {"as_of": "2026-11-01", "rows": ROWS, "dry_run": True}).body["id"]
    second = reporter.post(f"{path}/deliveries", {"as_of": "2026-11-02", "rows": ROWS, "dry_run": True}).body["id"]

    done = reporter.post(f"{path}/deliveries/{first}/commitment", {})
    left = reporter.call("DELETE", f"{path}/deliveries/{second}")

    assert (done.status_code, done.body["state"]) == (201, "committed")
    assert (left.status_code, left.body["state"]) == (200, "given_up")


def test_rows_without_a_saved_mapping_are_refused_with_what_to_do(bench):
    reporter = Caller(member(bench.body, "records", name="Records"))
    path = f"/registers/{bench.body.public_id}"

    refused = reporter.post(f"{path}/deliveries", {"as_of": "2026-11-01", "rows": ROWS})
    wrong = reporter.post(f"{path}/mappings", {"body": {"key": {"columns": ["no"]}}})

    assert refused.status_code in (400, 422) and "how your rows are read" in str(refused.body)
    assert (wrong.status_code, wrong.body["detail"]) == (409, "The mapping body lacks scheme in [source].")
    for source in (5, [1], "x", None):
        said = reporter.post(f"{path}/mappings", {"body": {**MAPPING["body"], "source": source}})
        assert said.status_code == 422 and "send it as an object" in said.body["detail"], source


def test_a_delivery_that_was_refused_says_why_with_its_facts(bench):
    reporter = Caller(member(bench.body, "records", name="Records"))
    path = f"/registers/{bench.body.public_id}"
    reporter.post(f"{path}/mappings", MAPPING)
    refused = reporter.post(f"{path}/deliveries", {"as_of": "2026-11-01", "rows": ROWS[1:], "once": "one"})
    kept = bench.body.sources.get().deliveries.get()

    said = reporter.get(f"{path}/deliveries/{kept.public_id}").body

    assert refused.status_code == 409 and said["state"] == "refused"
    assert "None of the 1 rows could be taken in" in said["refusal"] and "{" not in said["refusal"]


def test_a_change_feed_is_replayed_and_checked_by_the_next_whole_list(bench):
    reporter = Caller(member(bench.body, "records", name="Records"))
    path = f"/registers/{bench.body.public_id}"
    feed = {"operation": "what", "map": {"new": "appeared", "out": "gone"}, "day": "on"}
    saved = reporter.post(f"{path}/mappings", {"body": {**MAPPING["body"], "feed": feed}})
    rows = [{**ROWS[0], "no": f"R-{one}"} for one in range(1, 4)]
    reporter.post(f"{path}/deliveries", {"as_of": "2026-11-01", "rows": rows[:2], "whole": True})
    told = [{"no": "R-1", "what": "out", "on": "2026-11-03"}, {**rows[2], "what": "new", "on": "2026-11-04"},
            {"no": "R-9", "what": "out", "on": "2026-11-04"}]  # fmt: skip

    fed = reporter.post(f"{path}/deliveries", {"as_of": "2026-11-05", "rows": told, "feed": True}).body
    both = reporter.post(f"{path}/deliveries", {"as_of": "2026-11-05", "rows": told, "feed": True, "whole": True})
    early = reporter.post(f"{path}/deliveries", {"as_of": "2026-11-06", "rows": told[:1], "feed": True})
    checked = reporter.post(f"{path}/deliveries", {"as_of": "2026-11-06", "rows": rows[:2], "whole": True}).body

    assert saved.status_code == 201
    assert (fed["state"], fed["feed"], fed["begins_on"], fed["check"]) == ("committed", True, "2026-11-03", None)
    assert {name: fed["counts"][name] for name in ("new", "gone", "rejected")} == {"new": 1, "gone": 1, "rejected": 1}
    assert [one["code"] for one in fed["remarks"]] == ["feed_not_listed"]
    assert both.status_code == 409 and early.status_code == 409 and "Leave out the rows before" in early.body["detail"]
    assert checked["check"] == {
        "feeds": 1, "since": "2026-11-01", "until": "2026-11-05", "appeared": 1, "gone": 1, "otherwise": 0, "same": 1,
    }  # fmt: skip


def test_nobody_reports_for_another_body(stranger, bench):
    path = f"/registers/{bench.body.public_id}"

    assert stranger.post(f"{path}/mappings", MAPPING).status_code == 404
    assert stranger.post(f"{path}/deliveries", {"as_of": "2026-11-01", "rows": ROWS}).status_code == 404
    assert stranger.get(f"{path}/deliveries/ABCDEFGHJK").status_code == 404
    assert not Attestation.objects.filter(source__isnull=False).exists()
