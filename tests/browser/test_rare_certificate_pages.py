"""What people seldom do with a certificate: a second person's approval, printed sheets; drawn from the answers to a
test's own world."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache

from kept_world import world_fixture
from small_world import member
from testamur.attestation import queries as issuing
from testamur.kernel import clock
from testamur.parties.actions import create_key, let_two_issue
from testamur.parties.models import Membership
from tests.browser.test_pages import WIDTHS
from tests.unit.judging import ISSUED, CertifiedWorld
from tests.unit.selection.world import on
from tests.unit.workspace.forms import Desk

LATER = ISSUED + timedelta(days=30)

kept_world = world_fixture(CertifiedWorld)


@pytest.fixture(autouse=True)
def own_folders() -> None:
    """The world's files stay where the world put them."""


@pytest.fixture
def certified(kept_world: Any, db: None) -> Any:
    clock.permit_travel(True)
    cache.clear()
    return kept_world


@pytest.mark.parametrize("language", WIDTHS)
def test_what_waits_for_a_second_person_has_no_barrier(certified, drawn, language) -> None:
    keeper, second = member(certified.body, "administration", name="Keeper"), certified.signatory
    with on(LATER) as moment:
        let_two_issue(organisation=certified.body, two=True, by=keeper, at=moment)
    certified.act("change", LATER, address={"en": "9 New Road", "zh": "新路9号"})
    (proposal,) = issuing.awaiting_approval(Membership.objects.get(pk=second.pk))

    for who in (certified.status_decider, second):  # who proposed cannot approve and is told so
        shown = Desk(who, LATER, language).get(
            "certificate-approval", certified.certificate.public_id, proposal.public_id
        )
        assert drawn(shown.page, shown.status, language) == []


@pytest.mark.parametrize("language", WIDTHS)
def test_certificates_that_a_revocation_reached_have_no_barrier(certified, drawn, language) -> None:
    keeper = member(certified.body, "administration", name="Keeper")
    key = certified.body.keys.get()
    with on(LATER) as moment:
        key.revoked_at, key.revoked_because, key.revoked_at_index = moment, "stolen", 0
        key.save()
        create_key(organisation=certified.body, by=keeper, at=moment)

    shown = Desk(keeper, LATER, language).get("organisation-keys")

    assert 'name="credential"' in shown.page
    assert drawn(shown.page, shown.status, language) == []


@pytest.mark.parametrize("language", WIDTHS)
def test_files_and_printed_sheets_have_no_barrier(certified, drawn, language) -> None:
    desk, name = Desk(certified.signatory, LATER, language), certified.certificate.public_id
    refused = desk.send(desk.form("certificate-renditions", name, act="print"), series="A", first=9, last=3)
    assert drawn(refused.page, refused.status, language) == []
    desk.send(desk.form("certificate-renditions", name, act="print"), series="A", first=101, last=105)
    shown = desk.get("certificate-renditions", name)
    assert "A101–A105" in shown.text
    assert drawn(shown.page, shown.status, language) == []
