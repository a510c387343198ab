"""How often a page asks the database: a bound, so that a question within a loop is seen before it is felt."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

pytestmark = pytest.mark.django_db


def asked(client, attestation) -> int:
    """Return how many questions the page of a record asks in a process that has shown it before."""
    address = reverse("portal:certificate", args=[attestation.public_id])
    assert client.get(address).status_code == 200
    with CaptureQueriesContext(connection) as questions:
        assert client.get(address).status_code == 200
    return len(questions)


def test_a_certificate_page_asks_the_same_questions_however_many_parts_there_are(client, world):
    main = world.certificate("17", number="MAIN-1")
    assert asked(client, main) <= 14
    world.certificate("17", number="SUB-1", main=main, part="sub_certificate")
    with_one = asked(client, main)
    for number in range(2, 6):
        world.certificate("17", number=f"SUB-{number}", main=main, part="sub_certificate")
    assert asked(client, main) == with_one <= 14
