"""Reporting in by its pages: a file is described once, looked at, taken in; what is wrong is said where it stands."""

from __future__ import annotations

import gzip
import json
import re

import pytest

from small_world import instant
from testamur.register.actions import save_mapping
from testamur.register.models import Attestation, Current, Delivery, Mapping
from testamur.register.reporting import mapping as mappings
from testamur.workspace.deliveries import delivery as page
from tests.unit.workspace.forms import NONSENSE
from tests.unit.workspace.reporting import HEADER, LATER, Reporting, csv_of, row, xlsx_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(settings, tmp_path):
    settings.FILES_DIR = tmp_path / "files"
    return Reporting()


def commit(desk, shown):
    return desk.send(desk.form(shown.to, act="commit"))


def test_the_first_page_explains_itself_and_leads_to_the_upload(world):
    shown = world.desk().get("deliveries")

    assert "Nothing was reported yet" in shown.text and "/w/deliveries/new/" in shown.page


def test_a_list_is_described_once_looked_at_and_taken_in_with_a_receipt(world):
    desk = world.desk()

    shown = world.upload(csv_of(row(), row("示-002", 状态="暂停")), desk=desk)

    assert "/w/deliveries/columns/" in shown.to and "获证组织名称" in shown.text and "91350100M000100Y43" in shown.text
    asked = desk.form(shown.to, having="to-0")
    taken = {HEADER[place]: asked.values[f"to-{place}"] for place in range(len(HEADER))}
    assert [taken[name] for name in HEADER] == [
        ["number"], ["holder"], ["uscc"], ["status"], ["requirements"], ["statement"], ["effective_on"], ["expires_on"],
        ["country"],
    ]  # fmt: skip
    judged = desk.send(asked)
    assert judged.status == 302 and "looked at, nothing taken in" in judged.text and not Attestation.objects.exists()

    receipt = commit(desk, judged)

    assert "Receipt" in receipt.text and Delivery.objects.get().state == "committed"
    assert sorted(Current.objects.values_list("number", "status", "country")) == [
        ("示-001", "valid", "CN"), ("示-002", "suspended", "CN"),
    ]  # fmt: skip
    assert Attestation.objects.first().issuer == world.body


def test_the_next_file_is_read_without_asking_and_shows_what_changed_old_beside_new(world):
    desk = world.desk()
    commit(desk, world.described(csv_of(row(), row("示-002")), desk=desk))
    later = world.desk(day=LATER)

    judged = world.upload(csv_of(row(状态="撤销"), row("示-003")), desk=later, whole="true")

    assert re.search(r"/w/deliveries/\w{10}/$", judged.to)
    delivery = Delivery.objects.latest("id")
    assert {name: delivery.counts[name] for name in ("new", "status", "gone")} == {"new": 1, "status": 1, "gone": 1}
    status = later.get("delivery-rows", delivery.public_id, "status")
    assert "In the register" in status.text and "valid" in status.text and "withdrawn" in status.text
    gone = later.get("delivery-rows", delivery.public_id, "gone")
    assert "示-002" in gone.text and "示-003" not in gone.text
    new = later.get("delivery-rows", delivery.public_id, "new")
    assert "示-003" in new.text and "示-001" not in new.text

    commit(later, judged)

    for name, number in (("status", "示-001"), ("gone", "示-002"), ("new", "示-003")):
        after = later.get("delivery-rows", delivery.public_id, name)
        assert number in after.text, name
    assert "valid" in later.get("delivery-rows", delivery.public_id, "status").text
    assert Mapping.objects.count() == 1


def test_rejected_rows_are_named_by_line_field_reason_and_remedy_filtered_and_taken_away(world):
    desk = world.desk()
    judged = world.described(
        csv_of(row(), row("示-002", 有效期至="31/02/2027"), row("示-003", 获证组织名称=""), row("")), desk=desk
    )

    assert "Rejected rows, by reason" in judged.text and "Correct the 3 rejected rows" in judged.text
    delivery = Delivery.objects.get()
    listed = desk.get("delivery-rows", delivery.public_id, "rejected")
    assert "31/02/2027 is no day" in listed.text and "The holder is not named" in listed.text
    one = desk.get("delivery-rows", delivery.public_id, "rejected", code="holder_missing")
    assert "The holder is not named" in one.text and "31/02/2027" not in one.text
    response = desk.client.get(desk.address("delivery-rows", delivery.public_id, "rejected"), {"format": "json"})
    rows = json.loads(response.content)
    assert [(one["line"], one["code"]) for one in rows] == [
        (3, "day_unreadable"),
        (4, "holder_missing"),
        (5, "key_missing"),
    ]
    assert all(one["reason"] and one["remedy"] for one in rows)

    commit(desk, judged)
    assert [one.number for one in Current.objects.all()] == ["示-001"]


def test_a_column_that_was_renamed_is_named_with_the_likely_new_one_to_press(world):
    desk = world.desk()
    commit(desk, world.described(csv_of(row(), row("示-002")), desk=desk))
    renamed = tuple("证书有效状态" if name == "状态" else name for name in HEADER)

    shown = world.upload(csv_of(row("示-003"), header=renamed), desk=desk)

    assert (
        shown.to.endswith("/columns/")
        and "The column “状态” is not in this file; “证书有效状态” is probably" in shown.text
    )
    assert "was called 状态" in shown.text
    judged = desk.send(desk.form(shown.to, having="to-0"))
    assert judged.status == 302 and Delivery.objects.latest("id").state == "judged"
    assert Mapping.objects.count() == 2 and mappings.read(Mapping.objects.latest("id").body)


def test_words_that_nobody_explained_are_asked_for_and_kept(world):
    desk = world.desk()
    shown = world.upload(csv_of(row(), row("示-002", 状态="01")), desk=desk)
    asked = desk.form(shown.to, having="to-0")

    refused = desk.send(asked)

    assert "Say what these words of 状态 mean" in refused.alert and not Mapping.objects.exists()
    place = next(name for name, values in asked.values.items() if name.startswith("text-3-") and values == ["01"])
    judged = desk.send(asked, **{place.replace("text", "word"): "suspended"})
    assert judged.status == 302
    commit(desk, judged)
    assert Current.objects.get(number="示-002").status == "suspended"


def test_days_that_read_in_two_orders_are_asked_for(world):
    desk = world.desk()
    both = {"生效日期": "01/02/2026", "有效期至": "03/04/2029"}
    shown = world.upload(csv_of(row(**both)), desk=desk)
    asked = desk.form(shown.to, having="to-0")
    assert "Say in which order day and month stand" in desk.send(asked).alert

    commit(desk, desk.send(asked, **{"form-6": "%d/%m/%Y", "form-7": "%d/%m/%Y"}))

    assert str(Current.objects.get().expires_on) == "2029-04-03"


def test_columns_can_be_changed_and_looked_at_again_before_anything_is_saved(world):
    desk = world.desk()
    shown = world.upload(csv_of(row()), desk=desk)
    asked = desk.form(shown.to, having="to-0")

    twice = desk.send(asked, **{"to-5": "holder", "_look": "1"})
    assert twice.status == 200 and not Mapping.objects.exists()
    refused = desk.send(asked, **{"to-5": "holder"})

    assert "both go to" in refused.alert and not Mapping.objects.exists()
    assert 'value="holder" selected' in refused.page


@pytest.mark.parametrize(
    ("name", "content"),
    [("list.csv", csv_of(row(), encoding="gb18030")), ("list.xlsx", xlsx_of(row())),
     ("list.csv.gz", gzip.compress(csv_of(row()))),
     ("list.jsonl", json.dumps(dict(zip(HEADER, row(), strict=True)), ensure_ascii=False).encode())],
    ids=["gb18030", "xlsx", "gzip", "jsonl"],
)  # fmt: skip
def test_every_kind_of_file_comes_in(world, name, content):
    desk = world.desk()

    commit(desk, world.described(content, desk=desk, name=name))

    assert Current.objects.get().holder_text == "示例云物流有限公司"


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"", "empty"), (b"%PDF-1.7 nothing", "The file is PDF"), (b"one\ntwo\n", "holds no table"),
     (b"PK\x03\x04junk", "damaged"),     (b"\x1f\x8b\x08\x00trunc", ""), (b"{}", ""), (b"a,b\n" * 3, "")],
)  # fmt: skip
def test_files_that_are_no_list_are_refused_with_the_reason(world, content, said):
    shown = world.upload(content)

    assert shown.status in (200, 302) and said in (shown.alert or shown.text)
    assert not Delivery.objects.exists()


def test_a_file_that_is_too_large_or_speaks_of_tomorrow_is_refused(world, settings):
    settings.LARGEST_FILE = 200
    assert "are taken here" in world.upload(csv_of(row())).alert
    assert "Nobody can state what will hold" in world.upload(b"a,b", as_of=LATER).alert
    assert not Delivery.objects.exists()


def test_a_list_that_lost_most_is_refused_until_somebody_says_why(world):
    desk = world.desk()
    commit(desk, world.described(csv_of(*(row(f"示-{n}") for n in range(10))), desk=desk))
    later = world.desk(day=LATER)

    shown = world.upload(csv_of(row("示-1")), desk=later, whole="true")

    assert "collection that failed" in shown.text
    form = later.form(shown.to, act="commit")
    assert "Say in a sentence why the list is right" in later.send(form).alert
    assert Delivery.objects.latest("id").state == "refused"

    receipt = later.send(form, override="Nine were sold with the branch.")
    assert "Nine were sold with the branch." in receipt.text
    assert Current.objects.filter(gone_on=LATER).count() == 9


def test_a_delivery_is_given_up_and_nothing_of_it_comes_in(world):
    desk = world.desk()
    judged = world.described(csv_of(row()), desk=desk)

    left = desk.send(desk.form(judged.to, act="give_up"))

    assert "given up" in left.text and not Attestation.objects.exists()


def test_a_long_delivery_is_left_to_the_worker_and_the_page_says_how_far_it_is(world, monkeypatch):
    from testamur.register.actions import carry_on

    monkeypatch.setattr(page, "AT_ONCE", 1)
    desk = world.desk()
    judged = world.described(csv_of(row(), row("示-002")), desk=desk)

    begun = commit(desk, judged)

    assert begun.events == ["register.delivery_begun"] and "0 of 2 records" in begun.text
    delivery = Delivery.objects.get()
    polled = desk.client.get(desk.address("delivery-progress", delivery.public_id))
    assert b"hx-trigger" in polled.content and not Attestation.objects.exists()
    assert carry_on() == 1
    done = desk.client.get(desk.address("delivery-progress", delivery.public_id))
    assert done["HX-Redirect"] == desk.address("delivery", delivery.public_id)
    assert "Receipt" in desk.get("delivery", delivery.public_id).text and Attestation.objects.count() == 2


def test_others_see_neither_deliveries_nor_uploads_that_wait(world):
    desk = world.desk()
    waiting = world.upload(csv_of(row()), desk=desk)
    judged = desk.send(desk.form(waiting.to, having="to-0"))
    stranger = world.desk(world.stranger)

    for address in (waiting.to, judged.to, f"{judged.to}new/", f"{judged.to}columns/", f"{judged.to}progress/"):
        assert stranger.get(address).status == 404, address
    assert "证书清单.csv" not in stranger.get("deliveries").text


def test_the_same_file_again_changes_nothing_and_says_so(world):
    desk = world.desk()
    commit(desk, world.described(csv_of(row()), desk=desk))

    again = world.upload(csv_of(row()), desk=desk)

    assert "taken in before; nothing changes" in again.text and Delivery.objects.count() == 1


def test_who_runs_the_register_mirrors_others_by_mappings_that_come_with_it(world):
    desk = world.desk(world.operator)
    offered = desk.get("delivery-new")
    assert "KZR INiG" in offered.text and "KZR INiG" not in world.desk().get("delivery-new").text
    header = ("status", "cert_num", "url", "company_num", "name", "address", "location", "valid_from", "valid_to",
              "scope", "body", "notes")  # fmt: skip
    told = ("active", "K/1", "", "7", "Sample Mill", "", "", "2026-01-01", "2026-12-31", "Mill", "Sample Body", "")

    commit(desk, world.upload(csv_of(told, header=header), desk=desk, source="mapping:kzr", whole="true"))

    assert Attestation.objects.get().origin == "mirrored" and Attestation.objects.get().source.organisation is None
    renamed = tuple("valid_till" if name == "valid_to" else name for name in header)
    source = Attestation.objects.get().source.public_id
    shown = world.upload(csv_of(told, header=renamed), desk=desk, source=source, whole="true", as_of="2026-03-01")
    assert "Probably: valid_till" in world.desk(world.operator).get(shown.to).text
    desk.send(desk.form(shown.to, having="new-0"))
    assert (
        Mapping.objects.latest("id").version == 2
        and "valid_till" in Mapping.objects.latest("id").body["file"]["columns"]
    )


FEED = {"operation": "变更", "map": {"新增": "appeared", "变更": "changed", "移出": "gone"}, "day": "变更日期"}


@pytest.fixture
def feeds(world):
    """A body whose list is in, and whose mapping reads change feeds."""
    desk = world.desk()
    commit(desk, world.described(csv_of(row(), row("示-002"), row("示-003")), desk=desk, whole="true"))
    read_feeds(world)
    return world


def read_feeds(world):
    """Let the mapping of the body's list read change feeds as well."""
    source = world.body.sources.get()
    body = {**source.mappings.get().body, "feed": FEED}
    save_mapping(source=source, mapping=mappings.read(body), by=world.keeper, at=instant(LATER))


def feed_of(*rows):
    return csv_of(*((*cells, what, day) for cells, what, day in rows), header=(*HEADER, "变更", "变更日期"))


def test_a_change_feed_is_offered_where_its_mapping_reads_it(world, feeds):
    assert "A change feed" in world.desk().get("delivery-new").text
    operator = world.desk(world.operator)
    assert "A change feed" not in operator.get("delivery-new").text
    form = operator.form("delivery-new", act="send")
    shown = operator.send(form, file=("x.csv", csv_of(row())), whole="feed")
    assert shown.status == 200 and not Delivery.objects.filter(feed=True).exists()


def test_a_change_feed_is_looked_at_taken_in_and_found_out_by_the_next_list(world, feeds):
    later = world.desk(day=LATER)
    told = feed_of(
        (row(状态="暂停"), "变更", "2026-03-10"), (row("示-003"), "移出", "2026-03-11"),
        (row("示-009"), "移出", "2026-03-12"), (row("示-004"), "新增", "2026-03-12"),
    )  # fmt: skip

    judged = world.upload(told, desk=later, whole="feed")
    assert "what happened since 2026-03-10, row by row" in judged.text
    assert "It goes on 2026-03-12, and was not listed then" in judged.text
    commit(later, judged)
    delivery = Delivery.objects.get(feed=True)
    assert "示-003" in later.get("delivery-rows", delivery.public_id, "gone").text

    checked = world.upload(csv_of(row(), row("示-002"), row("示-005")), desk=later, whole="true")

    assert "The feed did not say 3 records as this list does." in checked.text
    assert "Not told as listed: 1. Not told as gone: 1. Told otherwise: 1. The same: 1." in checked.text
    for taken in (False, True):
        listed = Delivery.objects.get(whole=True, as_of=LATER)
        if taken:
            commit(later, checked)
            assert "The feed did not say 3 records" in later.get("delivery", listed.public_id).text
        shown, address = (way("delivery-rows", listed.public_id, "unsaid") for way in (later.get, later.address))
        for said in ("示-001", "示-004", "示-005", "that it is gone", "that it appeared", "that its status changed"):
            assert said in shown.text, (taken, said)
        assert "示-002" not in shown.text
        for kind in ("csv", "xlsx", "json"):
            assert later.client.get(address, {"format": kind}).status_code == 200
        rows = json.loads(later.client.get(address, {"format": "json"}).content)
        assert sorted((one["key"], one["unsaid"]) for one in rows) == [
            ("示-001", "that its status changed"), ("示-004", "that it is gone"), ("示-005", "that it appeared"),
        ]  # fmt: skip


def test_a_column_of_the_feed_that_was_renamed_is_named_and_chosen(world, feeds):
    later = world.desk(day=LATER)
    told = feed_of((row("示-004"), "新增", "2026-03-12")).replace("变更日期".encode(), "变更的日期".encode())

    shown = world.upload(told, desk=later, whole="feed")
    assert shown.to.endswith("/columns/") and "变更的日期" in shown.text
    judged = later.send(later.form(shown.to, having="new-0"))

    assert "what happened since 2026-03-12" in judged.text
    assert Mapping.objects.latest("id").body["feed"]["day"] == "变更的日期"


def test_zero_differences_are_said_too_and_in_chinese(world, feeds):
    later = world.desk(day=LATER, language="zh")
    commit(later, world.upload(feed_of((row("示-003"), "移出", "2026-03-11")), desk=later, whole="feed"))

    shown = world.upload(csv_of(row(), row("示-002")), desk=later, whole="true")

    assert "无差异：变更流重放的结果与本名录完全一致。" in shown.text and "一致：2条" in shown.text


def test_absences_are_held_back_where_rows_are_broken_until_somebody_says_why(world):
    desk = world.desk()
    commit(desk, world.described(csv_of(row(), row("示-002"), row("示-003")), desk=desk, whole="true"))
    later = world.desk(day=LATER)
    content = csv_of(row(), row("示-002")) + "合计,2\n".encode()

    judged = world.upload(content, desk=later, whole="true")

    assert "If what the list lacks is gone" in judged.text and "Records that the list lacks: 1" in judged.text
    delivery = Delivery.objects.latest("id")
    assert "示-003" in later.get("delivery-rows", delivery.public_id, "gone").text
    later.send(later.form(judged.to, having="override"), override="The last line is a total")
    delivery.refresh_from_db()
    assert (delivery.state, delivery.counts["gone"], delivery.override) == ("committed", 1, "The last line is a total")
    assert "The last line is a total" in later.get("delivery", delivery.public_id).text


@pytest.mark.parametrize("odd", NONSENSE)
def test_nonsense_in_the_forms_is_answered_and_breaks_nothing(world, odd):
    desk = world.desk()
    shown = world.upload(csv_of(row()), desk=desk)
    asked = desk.form(shown.to, having="to-0")

    for name in [*asked.values, "_look"]:
        if name not in ("once", "csrfmiddlewaretoken"):
            assert desk.send(asked, **{"to-1": "", name: odd}).status in (200, 302), name
    for query in ("q", "state", "sort", "page", "format"):
        assert desk.get("deliveries", **{query: odd}).status == 200
    assert desk.get("/w/deliveries/columns/", upload=odd).status == 404
    form = desk.form("delivery-new", act="send")
    assert desk.send(form, as_of=odd, whole=odd, source=odd).status == 200


def test_the_list_sorts_and_goes_away_as_a_file(world):
    desk = world.desk()
    commit(desk, world.described(csv_of(row()), desk=desk, name="=evil.csv"))

    for kind in ("csv", "xlsx", "json"):
        answer = desk.client.get("/w/deliveries/", {"format": kind, "sort": "-rows"})
        assert answer.status_code == 200 and f'.{kind}"' in answer["Content-Disposition"]
    assert b"'=evil.csv" in desk.client.get("/w/deliveries/", {"format": "csv"}).content
