"""Every door of the installation stands in one table, and each is tried by the public and by a stranger."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import URLResolver, get_resolver, reverse

from issuing_bench import Bench
from small_world import PLATFORM, instant, member, organisation
from testamur.api.access import TABLE
from testamur.config.access import RELATIONS, SIGN_IN_PREFIX, doors
from testamur.kernel.words import Function
from testamur.parties.actions import make_token, open_account

pytestmark = pytest.mark.django_db


def routes(patterns: Any = None, prefix: str = "", space: str = "") -> list[tuple[str, str, Any]]:
    """Return (name with its namespace, route as the resolver writes it, pattern) of every address."""
    found = []
    for one in patterns if patterns is not None else get_resolver().url_patterns:
        here = prefix + str(one.pattern)
        if isinstance(one, URLResolver):
            inside = f"{space}:{one.namespace}".strip(":") if one.namespace else space
            found += routes(one.url_patterns, here, inside)
        elif not here.startswith(SIGN_IN_PREFIX):
            found.append((f"{space}:{one.name}".strip(":"), here, one))
    return found


ROUTES = routes()
NAMED = {name: (route, pattern) for name, route, pattern in ROUTES}
DOORS = doors()
#: Arguments by which a route names something; ``objects`` fills them with what belongs to somebody else.
ODD = {"token": "no-such-invitation", "kind": "evidence", "act": "suspension", "ending": "jwt", "row_id": 1,
       "due_id": 1, "method_id": "xbar_r",
       "invitation_id": 1, "scheme_id": "sample-qms", "version": "2026-1", "rule_id": "CAB.first_surveillance_due",
       "key": "gbt-19001@2016", "path": "log/checkpoint", "activity_id": "stage1", "finding_id": "1",
       "decision_id": "1", "appeal_id": "1", "source": "NOBODY", "delivery": "NOBODY", "fragment": "k1",
       "credential_id": "NOBODY", "exhibit_id": "NOBODY", "study_id": "NOBODY", "characteristic_id": "NOBODY",
       "gauge_id": "NOBODY", "chart_id": "NOBODY", "number": 1,
       "round_id": "NOROUND", "measurand_id": "NOTHING", "contest_id": "NOTHING", "participant_id": "NOBODY",
       "release_id": "NOTHING", "score_id": "NOTHING", "organisation_id": "NOTHING",
       "problem_id": "NOBODY", "file_id": "NOBODY", "fmea_id": "NOBODY", "failure_id": "NOBODY",
       "plan_id": "NOBODY", "board_id": "NOBODY",
       "objective_id": "NOBODY", "process_id": "NOBODY", "document_id": "NOBODY",
       "programme_id": "NOBODY", "audit_id": "NOBODY", "review_id": "NOBODY", "supplier_id": "NOBODY",
       "assessment_id": "NOBODY", "page": 1, "grant_id": "NOBODY", "item_id": "NOBODY",
       "paper_id": "NOBODY", "clause": "99", "webhook_id": "NOBODY", "delivery_id": "NOBODY", "listed": "new",
       "conflict_id": 1, "snapshot": "2026-01-01", "suggestion_id": 1, "message_id": "NOBODY",
       "file": "SHA256SUMS"}  # fmt: skip


@pytest.fixture(autouse=True)
def no_counting():
    cache.clear()


@pytest.fixture
def objects():
    """Things that belong to others: a case, a confidential attestation, people and sites of an organisation."""
    bench = Bench()
    bench.licence()
    case = bench.case(bench.qms, bench.body, day=date(2026, 3, 1), answers={"uscc": "x"})
    decision = bench.decision(case)
    quiet = bench.certificate(confidential=True)
    site = bench.head
    token, _secret = make_token(
        name="Program", functions=[], until_day=date(2026, 9, 1), by=bench.signatory, at=instant(date(2026, 3, 1))
    )
    return {
        **ODD,
        "case_id": case.public_id,
        "public_id": quiet.public_id,
        "attestation_id": quiet.public_id,
        "decision_id": decision.public_id,
        "person_id": bench.signatory.person.public_id,
        "member_id": bench.signatory.public_id,
        "site_id": site.public_id,
        "token_id": token.public_id,
        "source": bench.body.public_id,
    }


@pytest.fixture
def stranger():
    """A member, holding every function, of an organisation that has nothing to do with anything."""
    one = member(organisation("Stranger"), *(str(function) for function in Function), name="Zhou")
    account = open_account(
        person=one.person, email="zhou@sample.example", by=PLATFORM, at=instant(date(2026, 1, 1)), verified=True
    )
    client = Client(SERVER_NAME="localhost")
    client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    return client


def address(name: str, objects: dict[str, Any]) -> str:
    _route, pattern = NAMED[name]
    if name == "api-nothing":
        return "/api/nothing"
    if name == "site-file":
        return "/log/checkpoint"
    return reverse(name, kwargs={key: objects[key] for key in pattern.pattern.regex.groupindex})


def test_every_route_stands_in_the_table_and_nothing_else_does():
    named = {name for name, _route, _pattern in ROUTES}

    assert sorted(named - set(DOORS)) == [], "add the new route to src/testamur/config/access.py"
    assert sorted(set(DOORS) - named) == []
    assert {door.relation for door in DOORS.values()} <= set(RELATIONS)


def test_every_function_of_the_table_exists():
    given = {function for door in DOORS.values() for function in door.functions}
    given |= {function for row in TABLE.values() for function in row.functions}

    assert given <= {str(function) for function in Function}


@pytest.mark.parametrize("name", sorted(name for name, door in DOORS.items() if not door.open))
def test_the_public_comes_through_no_closed_door(client, objects, name):
    for send in (client.get, client.post):
        answer = send(address(name, objects))

        assert answer.status_code in (302, 401, 403, 404, 405), (send, answer.status_code)
        if answer.status_code == 302:
            assert answer["Location"].startswith(("/accounts/", "/demo/"))


@pytest.mark.parametrize(
    "name", sorted(name for name, door in DOORS.items() if door.relation in ("public", "signing in"))
)
def test_an_open_door_never_breaks(client, objects, name):
    answer = client.get(address(name, objects))

    assert answer.status_code < 500 and answer.status_code != 400


OBJECTS = sorted(
    name
    for name, door in DOORS.items()
    if door.relation in ("case", "register", "own", "overseer", "api") and NAMED[name][1].pattern.regex.groupindex
)


@pytest.mark.parametrize("name", OBJECTS)
def test_to_a_stranger_what_belongs_to_others_is_not_there(stranger, objects, name):
    for method in ("GET", "POST", "PUT", "DELETE"):
        answer = stranger.generic(method, address(name, objects), content_type="application/json")

        assert answer.status_code in (404, 405, 422), (method, answer.status_code)
        assert b"Sample Valves" not in answer.content


def test_what_a_case_is_called_never_reaches_a_stranger(stranger, objects):
    for name in sorted(
        name
        for name, door in DOORS.items()
        if door.relation == "member" and not NAMED[name][1].pattern.regex.groupindex
    ):
        answer = stranger.get(address(name, objects))

        assert answer.status_code in (200, 302, 403, 405), (name, answer.status_code)
        assert objects["case_id"].encode() not in answer.content, name


@pytest.mark.parametrize(
    "name", sorted(name for name, door in DOORS.items() if door.functions and door.relation == "own")
)
def test_a_page_that_demands_a_function_is_closed_to_a_colleague_without_it(objects, name):
    one = member(organisation("Works"), "statistics", name="Ma")
    account = open_account(
        person=one.person, email="ma@sample.example", by=PLATFORM, at=instant(date(2026, 1, 1)), verified=True
    )
    client = Client(SERVER_NAME="localhost")
    client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")

    assert client.get(address(name, objects)).status_code in (403, 405)
    assert client.post(address(name, objects)).status_code in (403, 404, 405)
