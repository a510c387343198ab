"""Cases over the API: open, fill in, hand in; whose turn it is; and nothing of them for a stranger."""

from __future__ import annotations

import pytest

from testamur.kernel import clock
from testamur.selection.models import Application, Case
from tests.unit.api.conftest import Caller
from tests.unit.selection.world import TODAY, ProcessWorld

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db) -> ProcessWorld:
    return ProcessWorld()


@pytest.fixture
def applicant(world) -> Caller:
    return Caller(world.applicant)


def opened(applicant, world):
    world.scheme("cn-qms")
    with clock.travel(TODAY):
        made = applicant.post("/cases", {"scheme": "cn-qms", "issuer": world.body.public_id})
    assert made.status_code == 201, made.body
    return made.body


def test_an_applicant_opens_a_case_and_sees_whose_turn_it_is_and_what_is_missing(applicant, world):
    case = opened(applicant, world)

    assert (case["stage"], case["relation"], case["occasion"]) == ("application", "applicant", "initial")
    assert case["turn"]["mine"] is True and case["turn"]["function"] == "application"
    assert any(row["state"] == "bad" and row["sentence"] for row in case["missing"])
    assert case["application"]["state"] == "draft"
    assert [row["id"] for row in applicant.get("/cases").body["items"]] == [case["id"]]


def test_a_draft_is_saved_with_its_version_and_says_what_is_wrong(applicant, world):
    case = opened(applicant, world)
    path = f"/cases/{case['id']}/application"

    with clock.travel(TODAY):
        saved = applicant.call(
            "PUT", path, {"version": 0, "answers": {"uscc": "91350100M000100Y48", "full_time": "many"}}
        )
        stale = applicant.call("PUT", path, {"version": 0, "answers": {"full_time": "7"}})

    assert saved.status_code == 200 and saved.body["version"] == 1
    wrong = {row["id"]: row["problems"] for row in saved.body["questions"] if row["problems"]}
    assert set(wrong) == {"uscc", "full_time"}
    assert stale.status_code == 409
    assert Application.objects.get().answers["full_time"] == "many"


def test_handing_in_refuses_question_by_question_and_then_succeeds(applicant, world):
    case = opened(applicant, world)
    path = f"/cases/{case['id']}/submission"
    with clock.travel(TODAY):
        refused = applicant.post(path, {"version": 0})
        assert refused.status_code == 409
        assert {"uscc", "full_time"} <= {row["field"] for row in refused.body["errors"]}

        row = Case.objects.get(public_id=case["id"])
        saved = applicant.call("PUT", f"/cases/{case['id']}/application", {"version": 0, "answers": world.answers()})
        world.fill_in(row, files=("manual",), activities=world.answers()["activities"])
        row.application.refresh_from_db()
        done = applicant.post(path, {"version": row.application.version}, Idempotency_Key="submit-1")
        again = applicant.post(path, {"version": row.application.version}, Idempotency_Key="submit-1")

    assert saved.status_code == 200
    assert done.status_code == 201, done.body
    assert done.body["application"]["state"] == "submitted"
    assert done.body["turn"]["function"] == "selection" and done.body["turn"]["mine"] is False
    assert again["Idempotent-Replayed"] == "true"


def test_a_stranger_sees_no_case_and_can_touch_none(applicant, world):
    case = opened(applicant, world)
    stranger = Caller(world.outsider)

    assert stranger.get("/cases").body["items"] == []
    assert stranger.get(f"/cases/{case['id']}").status_code == 404
    assert stranger.call("PUT", f"/cases/{case['id']}/application", {"version": 0}).status_code == 404
    assert stranger.post(f"/cases/{case['id']}/submission", {"version": 0}).status_code == 404


def test_the_body_reads_the_case_but_does_not_fill_in_for_its_client(applicant, world):
    case = opened(applicant, world)
    planner = Caller(world.planner)

    assert planner.get(f"/cases/{case['id']}").body["relation"] == "issuer"
    assert planner.call("PUT", f"/cases/{case['id']}/application", {"version": 0}).status_code == 404


def test_a_case_cannot_be_opened_about_somebody_elses_attestation_or_with_nobody(applicant, world):
    world.scheme("cn-qms")
    wrong = {"scheme": "cn-qms", "issuer": world.body.public_id}

    assert applicant.post("/cases", {**wrong, "attestation": world.licence.public_id}).body["field"] == "attestation"
    assert applicant.post("/cases", {**wrong, "issuer": "NOBODY"}).body["field"] == "issuer"
    assert applicant.post("/cases", {**wrong, "scheme": "nothing"}).status_code == 409
    assert applicant.post("/cases", {**wrong, "occasion": "party"}).body["field"] == "occasion"
    assert not Case.objects.exists()


def test_cases_are_for_people_who_signed_in(public):
    assert public.get("/cases").status_code == 401
    assert public.get("/me").status_code == 401
