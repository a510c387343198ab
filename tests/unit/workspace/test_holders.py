"""The pages on which a supervisor says which names are one holder, and the public page that follows."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.cache import cache
from django.test import Client

from holders_world import ROWS, HoldersWorld
from small_world import member
from testamur.journal.models import Event
from testamur.kernel import clock
from testamur.register.models import Current, Holder, HolderLink, Spelling, Suggestion
from tests.unit.workspace.forms import Desk

DAY = date(2026, 11, 20)


@pytest.fixture
def world(db) -> HoldersWorld:
    clock.permit_travel(True)
    cache.clear()
    return HoldersWorld()


def desk(world: HoldersWorld, language: str = "en") -> Desk:
    return Desk(world.supervisor, DAY, language)


def test_the_list_shows_pairs_with_reasons_sorts_filters_and_exports(world) -> None:
    page = desk(world).get("holders")
    assert "the same identifier: CN.uscc 91110000SAMPLE0001" in page.text
    assert "the same name but for legal form" in page.text and "the same region" in page.text
    assert "嘉源" not in page.text

    client = desk(world)
    assert client.get("/w/holders/?q=Renamed").text.count("Likeness") == 0
    for sort in ("score", "-first", "second", "nonsense"):
        assert client.get(f"/w/holders/?sort={sort}").status == 200
    assert "同一持有人" in desk(world, "zh").get("holders").text


def test_one_word_links_a_whole_group_and_the_next_is_shown(world) -> None:
    one = world.suggestion()
    page = desk(world)
    form = page.form("holders-suggestion", one.pk, having="once", act="decide")
    other = str(Spelling.objects.get(name=ROWS["3"][0]).pk)
    done = page.send(form, go="same", other=[other], reason="Same papers")

    assert "Recorded" in done.text
    [holder] = Holder.objects.all()
    assert holder.spellings.count() == 3
    link = HolderLink.objects.first()
    assert link is not None and link.by_membership == world.supervisor.pk and link.reason == "Same papers"
    assert not Suggestion.objects.filter(answered=False).exists()


def test_two_organisations_are_not_suggested_again_and_it_can_be_taken_back(world) -> None:
    one = world.suggestion()
    page = desk(world)
    page.send(page.form("holders-suggestion", one.pk, having="once", act="decide"), go="different")
    one.refresh_from_db()
    assert one.answered

    shown = page.get("holders-suggestion", one.pk)
    assert "are two organisations" in shown.text and "Sample Supervisor" in shown.text
    undo = page.form("holders-suggestion", one.pk, having="link", act="undo")
    assert "Taken back" in page.send(undo, reason="Looked again").text
    one.refresh_from_db()
    assert not one.answered
    kinds = list(Event.objects.filter(kind__startswith="register.holder").values_list("kind", flat=True))
    assert kinds == ["register.holders_parted", "register.holder_link_undone"]


def test_a_conflict_is_refused_on_the_page_with_the_sentence(world) -> None:
    Current.objects.filter(number="H-2").update(
        said={"parties": [{"role": "holder", "names": {"zh": ROWS["2"][0]},
                           "identifiers": [{"scheme": "CN.uscc", "value": "92"}]}]}
    )  # fmt: skip
    page = desk(world)
    one = world.suggestion()
    refused = page.send(page.form("holders-suggestion", one.pk, having="once", act="decide"), go="same", reason="kept")

    assert "two organisations. If one is a mistake" in refused.text and "kept" in refused.page
    assert not HolderLink.objects.exists()


def test_taking_back_needs_a_reason(world) -> None:
    one = world.suggestion()
    page = desk(world)
    page.send(page.form("holders-suggestion", one.pk, having="once", act="decide"), go="same")
    undo = page.form("holders-suggestion", one.pk, having="link", act="undo")
    assert 'role="alert"' in page.send(undo, reason=" ").page
    assert HolderLink.objects.count() == 1


def test_others_are_turned_away_with_who_may(world) -> None:
    for who in (member(world.body, "supervision", name="Other"), member(world.regulator, "records", name="Clerk")):
        refused = Desk(who, DAY).get("holders")
        assert refused.status == 403
        assert Desk(who, DAY).get("holders-suggestion", world.suggestion().pk).status == 403
    assert Client().get("/w/holders/").status_code == 302


def test_the_public_page_shows_every_name_and_record_and_certificates_lead_to_it(world) -> None:
    page = desk(world)
    form = page.form("holders-suggestion", world.suggestion().pk, having="once", act="decide")
    page.send(form, go="same")
    holder = Holder.objects.get()
    html = Client().get(f"/holders/{holder.public_id}").content.decode()

    assert ROWS["1"][0] in html and ROWS["2"][0] in html and ROWS["3"][0] not in html
    assert "H-1" in html and "H-2" in html and "91110000SAMPLE0001" in html
    record = Current.objects.get(number="H-2").attestation
    certificate = Client().get(f"/c/{record.public_id}").content.decode()
    assert f"/holders/{holder.public_id}" in certificate and ROWS["2"][0] in certificate
    assert ROWS["1"][0] not in certificate
    for sort in ("number", "-until", "nonsense"):
        assert Client().get(f"/holders/{holder.public_id}?sort={sort}").status_code == 200
    csv = Client().get(f"/holders/{holder.public_id}?as=csv").content.decode("utf-8-sig")
    assert len(csv.splitlines()) == 3
    assert Client().get("/holders/NOBODY").status_code == 404
