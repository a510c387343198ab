"""Programs that call with an access token instead of a session."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from small_world import both, member, organisation
from testamur.api.access import TABLE
from testamur.api.tokens import WRONG_A_MINUTE
from testamur.journal.models import Event
from testamur.kernel import clock
from testamur.parties import actions, queries
from testamur.parties.models import AccessToken
from tests.unit.api.conftest import Caller
from tests.unit.selection.world import TODAY, ProcessWorld

pytestmark = pytest.mark.django_db


class Program(Caller):
    """A program with an access token; CSRF is checked as in earnest."""

    def __init__(self, by, *functions, secret=""):
        super().__init__()
        self.client = Client(SERVER_NAME="localhost", raise_request_exception=False, enforce_csrf_checks=True)
        self.secret = secret
        if not secret:
            until = queries.today(by.organisation) + timedelta(days=30)
            self.token, self.secret = actions.make_token(
                name="Program", functions=functions, until_day=until, by=by, at=clock.now()
            )

    def call(self, method, path, body=None, **more):
        return super().call(method, path, body, **{"Authorization": f"Bearer {self.secret}", **more})


@pytest.fixture
def keeper():
    return member(organisation("Works"), "application", "records", "decision", name="Wei")


def test_a_program_is_its_member_with_fewer_functions(keeper):
    me = Program(keeper, "records").get("/me")

    assert me.status_code == 200
    assert [one["id"] for row in me.body["memberships"] for one in row["functions"]] == ["records"]
    assert me.headers["Cache-Control"].startswith("private")
    assert "Authorization" in me.headers["Vary"]
    assert AccessToken.objects.get().last_used_on == queries.today(keeper.organisation)


def test_a_program_writes_without_a_cookie_and_the_journal_says_by_which_token(db):
    world = ProcessWorld()
    world.scheme("cn-qms")
    body = {"scheme": "cn-qms", "issuer": world.body.public_id}
    with clock.travel(TODAY):
        program, reader = Program(world.applicant, "application"), Program(world.applicant)
        refused, made = reader.post("/cases", body), program.post("/cases", body)

        assert (refused.status_code, refused.body["who"]) == (403, "an administrator of the organisation")
        assert made.status_code == 201, made.body
        assert Event.objects.get(kind="case.opened").payload["via"] == program.token.public_id
        assert reader.get(f"/cases/{made.body['id']}").status_code == 200


def test_what_persons_decide_no_program_does(bench, certificate):
    until = queries.today(bench.signatory.organisation)
    _token, secret = actions.make_token(name="P", functions=[], until_day=until, by=bench.signatory, at=clock.now())
    program = Program(bench.signatory, secret=secret)

    asked = program.post(f"/attestations/{certificate.public_id}/suspension", {"ground": "x", "reasons": both("x")})

    assert (asked.status_code, asked.body["detail"]) == (
        403, "This is done by a person who signed in, not by a program.",
    )  # fmt: skip


CLOSED = sorted((method, path) for (method, path), row in TABLE.items() if not row.open)


@pytest.mark.parametrize(("method", "path"), CLOSED)
def test_no_closed_endpoint_opens_to_a_wrong_token(method, path):
    here = path.format(public_id="NOBODY", case_id="NOBODY", source="NOBODY", delivery="NOBODY")

    answer = Program(None, secret="testamur_wrong").call(method, here, {})

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize(("method", "path"), [row for row in CLOSED if "{" in row[1]])
def test_what_belongs_to_others_is_not_there_for_a_strangers_program(bench, certificate, method, path):
    zhou = member(organisation("Stranger"), "application", "records", name="Zhou")
    case = bench.case(bench.qms, bench.body, day=queries.today(), answers={"uscc": "x"})
    here = path.format(public_id=certificate.public_id, case_id=case.public_id, source=bench.body.public_id,
                       delivery="NOBODY")

    answer = Program(zhou, "application", "records").call(method, here, {})

    assert answer.status_code in (403, 404, 422)
    if TABLE[(method, path)].by_program:
        assert answer.status_code != 403 or path.startswith("/registers/")


def test_a_revoked_token_is_told_so_even_where_anybody_may_read(keeper):
    program = Program(keeper)
    assert program.get("/schemes").status_code == 200
    actions.revoke_token(token=program.token, by=keeper, at=clock.now())

    for path in ("/schemes", "/me"):
        answer = program.get(path, Accept_Language="zh")
        assert (answer.status_code, answer.body["detail"]) == (401, "此访问令牌已被吊销。")


def test_a_program_of_the_holder_reads_what_is_withheld_from_the_public(bench, public):
    bench.licensed()
    quiet = bench.certificate(confidential=True)
    program = Program(bench.signatory)

    assert program.get(f"/attestations/{quiet.public_id}").body != public.get(f"/attestations/{quiet.public_id}").body


def test_guessing_tokens_comes_to_an_end(keeper):
    good, guess = Program(keeper), Program(None, secret="testamur_guess")

    assert {guess.get("/me").status_code for _try in range(WRONG_A_MINUTE)} == {401}
    assert guess.get("/me").status_code == 429
    assert good.get("/me").status_code == 429  # the same address; nothing says whether a guess was right


def test_each_token_has_its_own_count_of_requests(keeper):
    one, other = Program(keeper), Program(keeper)
    asked = [one.get("/me").status_code for _try in range(TABLE[("GET", "/me")].a_minute + 1)]

    assert (asked[-2], asked[-1]) == (200, 429)
    assert other.get("/me").status_code == 200
