"""Two who tell of one certificate otherwise: both are kept, the rule says whose word holds, and who may settles it."""

from __future__ import annotations

import pytest
from django.urls import reverse

from small_world import PLATFORM, instant
from testamur.kernel.refusal import Refused
from testamur.register.actions import commit, name_source, receive, settle
from testamur.register.answers import answer
from testamur.register.conflicts import conflicts_of
from testamur.register.models import Attestation, Conflict
from testamur.register.reporting import mapping as mappings
from tests.unit.workspace.forms import Desk
from tests.unit.workspace.reporting import DAY, LATER, Reporting

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(settings, tmp_path):
    settings.FILES_DIR = tmp_path / "files"
    return Reporting()


def tell(world, organisation, *, state="valid", holder="Sample Mill", day=DAY, key="lists"):
    """Have a body report, or a register be mirrored, one certificate of the same number."""
    reported = organisation is not None
    body = {
        "source": {
            "id": organisation.public_id if organisation else key, "names": {"en": f"Sample {key}", "zh": f"示例{key}"},
            "scheme": "sample-qms", "origin": "reported" if reported else "mirrored", "title": {"en": "Certificate"},
        },
        "key": {"columns": ["no"]}, "holder": {"column": "who"},
        "issuer": {"value": organisation.public_id} if organisation else {
            "value": "Body", "organisations": {"Body": world.body.public_id}},
        "status": {"column": "state", "map": {"valid": "valid", "suspended": "suspended"}},
        "field": [{"to": "number", "column": "no"}],
    }  # fmt: skip
    source = name_source(mapping=mappings.read(body), by=PLATFORM, at=instant(day), organisation=organisation)
    delivery = receive(
        source=source, mapping=source.mappings.latest("version"), name="list",
        content=[{"no": "C 1", "who": holder, "state": state}], as_of=day, whole=False, by=PLATFORM, at=instant(day),
    )  # fmt: skip
    commit(delivery=delivery, by=PLATFORM, at=instant(day))
    return Attestation.objects.get(source=source)


def test_two_bodies_that_report_one_holder_under_one_number_are_a_conflict(world):
    first, second = tell(world, world.body), tell(world, world.other, day=LATER)

    [conflict] = Conflict.objects.all()

    assert (conflict.holds, conflict.rule) == (second, "later_day")
    assert conflict.differs["issuer"] == [world.body.names, world.other.names]
    [shown] = conflicts_of(first)
    assert (shown.other, shown.precedes, shown.fields, shown.rule) == (second, True, ("issuer",), "later_day")
    assert [one.other for one in answer(first).conflicts] == [second]


def test_a_number_that_two_bodies_gave_to_two_holders_is_none(world):
    first = tell(world, world.body)
    tell(world, world.other, holder="Sample Bakery")

    assert not Conflict.objects.exists() and conflicts_of(first) == []


def test_a_body_may_give_way_and_cannot_win_alone(world):
    first, second = tell(world, world.body), tell(world, world.other, day=LATER)
    conflict = Conflict.objects.get()

    with pytest.raises(Refused, match="You can say that"):
        settle(conflict=conflict, holds=first, reason="Ours.", by=world.keeper, at=instant(LATER))
    settle(conflict=conflict, holds=first, reason="Transferred back.", by=world.stranger, at=instant(LATER))

    [shown] = conflicts_of(second)
    assert (shown.precedes, shown.rule, shown.reason) == (True, "settled", "Transferred back.")


def test_whose_certificate_it_is_settles_it_and_strangers_do_not(world):
    copy = tell(world, None)
    own = tell(world, world.body, state="suspended")
    conflict = Conflict.objects.get()
    assert (conflict.holds, conflict.rule) == (own, "own_word")

    with pytest.raises(Refused, match="issued neither"):
        settle(conflict=conflict, holds=copy, reason="So.", by=world.stranger, at=instant(LATER))
    with pytest.raises(Refused, match="Say why"):
        settle(conflict=conflict, holds=copy, reason=" ", by=world.keeper, at=instant(LATER))
    settle(conflict=conflict, holds=copy, reason="Lifted yesterday.", by=world.keeper, at=instant(LATER))
    assert Conflict.objects.get().holds == copy


def test_a_settlement_ends_when_one_of_them_says_something_else(world):
    tell(world, None)
    own = tell(world, world.body, state="suspended")
    settle(conflict=Conflict.objects.get(), holds=own, reason="So.", by=world.keeper, at=instant(DAY))

    tell(world, world.body, state="suspended", holder="Sample Mill Ltd", day=LATER)
    conflict = Conflict.objects.get()
    assert (conflict.rule, conflict.reason, conflict.settled_at) == ("own_word", "", None)

    tell(world, world.body, state="valid", day=LATER)
    assert Conflict.objects.get().ended_by is not None


def test_the_page_shows_both_takes_the_word_and_tells_the_public(world, client):
    tell(world, None)
    own = tell(world, world.body, state="suspended")
    desk = world.desk(day=LATER)
    assert "1 certificates are told otherwise" in desk.get("inbox").text

    [conflict] = Conflict.objects.all()
    assert "C 1" in desk.get("conflicts", state="open").text
    shown = desk.get("conflict", conflict.pk)
    assert "What an issuer says of its own certificate" in shown.text and "suspended" in shown.text
    form = desk.form("conflict", conflict.pk, act="settle")
    assert "Write something here" in desk.send(form, reason="").alert
    settled = desk.send(form, holds=own.public_id, reason="The site is closed.")

    assert "Settled." in settled.text and "The site is closed." in settled.text
    public = client.get(reverse("portal:certificate", args=[own.public_id]))
    assert "The site is closed." in public.content.decode()
    assert world.desk(world.stranger).get("conflict", conflict.pk).status == 404
    assert "told otherwise" not in desk.get("inbox").text
    answer = desk.client.get("/w/deliveries/conflicts/", {"format": "json"})
    assert answer.status_code == 200 and b"C 1" in answer.content


def test_duties_reach_the_inbox_of_the_body_and_of_who_oversees(world):
    tell(world, world.body)
    soon, after = LATER, LATER.replace(day=20)

    assert "Report what you certified" in world.desk(day=soon).get("inbox").text
    assert "Report what you certified" not in world.desk().get("inbox").text
    regulator = Desk(world.regulator, after)
    assert "1 sources are late" in regulator.get("inbox").text
    shown = regulator.get("deliveries-late", state="late")
    assert "Sample lists" in shown.text and "1 of them is late" in shown.text
    assert regulator.client.get("/w/deliveries/late/", {"format": "csv"}).status_code == 200
    assert "sources are late" not in world.desk(day=after).get("inbox").text
