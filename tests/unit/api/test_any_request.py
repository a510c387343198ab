"""Whatever the OpenAPI document allows, and what it does not, is answered: never by a failure of ours.

Requests are drawn by schemathesis from the document that the installation serves, as it serves it; each is sent by
somebody who may use the endpoint, half of them about something that is there, and undone again.
"""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
import schemathesis
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.transport.requests import REQUESTS_TRANSPORT

from small_world import member
from testamur.kernel.words import Function
from testamur.parties.actions.keys import publish_roots
from testamur.parties.allowance import counts
from unit.api.conftest import Caller

#: Requests drawn for each endpoint, of each kind: the whole file stays under a minute and a half.
EXAMPLES = 3

DOCUMENT = json.loads(Client(SERVER_NAME="localhost").get("/api/v1/openapi.json").content)
SCHEMA = schemathesis.openapi.from_dict(DOCUMENT)
OPERATIONS = {f"{one.ok().method.upper()} {one.ok().path}": one.ok() for one in SCHEMA.get_all_operations()}


@pytest.fixture
def world(bench):
    """Return what path parameters name that is there."""
    bench.licensed()
    certificate = bench.granted()
    publish_roots()
    return bench, {
        "public_id": certificate.public_id, "number": certificate.current.number, "scheme_id": "sample-qms",
        "version": "2026-1", "rule_id": "CAB.first_surveillance_due", "key": "gbt-19001@2016",
    }  # fmt: skip


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["allowed", "not allowed"])
def test_no_request_ends_in_a_failure(mode, world, signed_in):
    _bench, there = world
    stranger = Client(SERVER_NAME="localhost", raise_request_exception=False)
    failed: list[str] = []
    asked = 0

    def one(name: str, operation: Any) -> None:
        client = signed_in if operation.definition.raw.get("security") else stranger

        @settings(max_examples=EXAMPLES, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
                  suppress_health_check=list(HealthCheck))  # fmt: skip
        @given(case=operation.as_strategy(generation_mode=mode), known=st.booleans())
        def ask(case: Any, known: bool) -> None:
            nonlocal asked
            if known and case.path_parameters:
                case.path_parameters |= {key: there[key] for key in case.path_parameters if key in there}
            counts.clear()
            asked += 1
            status, said = sent(client, case)
            if status >= 500:
                failed.append(f"{name} {case.formatted_path} {case.query} {case.body!r}: {status} {said[:600]!r}")

        with suppress(Unsatisfiable):  # what takes nothing can be asked nothing wrong
            ask()

    for name, operation in OPERATIONS.items():
        one(name, operation)

    assert failed == []
    assert asked > len(OPERATIONS) * EXAMPLES / 2


@pytest.fixture
def signed_in(world):
    """A member of the body that holds every function."""
    bench, _there = world
    return Caller(member(bench.body, *(str(one) for one in Function), name="Zhao")).client


def sent(client: Client, case: Any) -> tuple[int, bytes]:
    """Send a request as it would come over the wire, and undo what it did."""
    prepared = REQUESTS_TRANSPORT.serialize_case(case, base_url="http://localhost")
    parts = ("method", "url", "headers", "params", "data", "json", "cookies", "files")
    wire = requests.Request(**{key: prepared[key] for key in parts if key in prepared}).prepare()
    address = urlsplit(str(wire.url))
    body = wire.body if isinstance(wire.body, bytes) else str(wire.body or "").encode()
    headers = {key: str(value) for key, value in wire.headers.items() if key.lower() not in ("content-type", "cookie")}
    with transaction.atomic():
        response = client.generic(
            str(wire.method), f"{address.path}?{address.query}", body,
            content_type=str(wire.headers.get("Content-Type", "application/json")), headers=headers,
        )  # fmt: skip
        said = b"".join(response.streaming_content) if response.streaming else response.content
        transaction.set_rollback(True)
    return response.status_code, said
