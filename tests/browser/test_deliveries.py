"""The pages of reporting in, drawn from the answers to a test's own world: in both languages, wide and narrow."""

from __future__ import annotations

from typing import Any

import pytest

from testamur.register.models import Conflict, Delivery
from tests.browser.test_pages import WIDTHS
from tests.unit.workspace.reporting import HEADER, LATER, Reporting, csv_of, row
from tests.unit.workspace.test_deliveries import feed_of, read_feeds
from tests.unit.workspace.test_delivery_conflicts import tell


@pytest.fixture
def world(db: None, settings: Any, tmp_path: Any) -> Reporting:
    settings.FILES_DIR = tmp_path / "files"
    return Reporting()


def lists(count: int, **changes: str) -> list[tuple[str, ...]]:
    names = ("示例云物流有限公司", "示例精密机械有限公司", "示例绿源食品有限公司")
    return [row(f"00126Q1{n:04d}R0S", 获证组织名称=names[n % 3], **changes) for n in range(count)]


@pytest.mark.parametrize("language", WIDTHS)
def test_a_list_is_uploaded_described_and_looked_at_without_barrier(world, drawn, language) -> None:
    desk = world.desk(language=language)
    empty = desk.get("deliveries")
    assert drawn(empty.page, empty.status, language) == []
    form = desk.get("delivery-new")
    assert drawn(form.page, form.status, language) == []
    refused = world.upload(b"%PDF-1.7", desk=desk)
    assert drawn(refused.page, refused.status, language) == []

    shown = world.upload(csv_of(*lists(6), row("x-1", 状态="01"), row("x-2", 生效日期="03/04/2026")), desk=desk)
    assert drawn(shown.page, 200, language) == []
    asked = desk.form(shown.to, having="to-0")
    wrong = desk.send(asked)
    assert 'role="alert"' in wrong.page
    assert drawn(wrong.page, wrong.status, language) == []


@pytest.mark.parametrize("language", WIDTHS)
def test_a_dry_run_its_rows_and_the_receipt_have_no_barrier(world, drawn, language) -> None:
    desk, later = world.desk(language=language), world.desk(day=LATER, language=language)
    judged = world.described(csv_of(*lists(8)), desk=desk)
    receipt = desk.send(desk.form(judged.to, act="commit"))
    assert drawn(receipt.page, 200, language) == []

    changed = [*lists(3, 状态="暂停"), *lists(5, 认证范围="仓储与配送")[3:], row("00126Q19999R0S"),
               row("x-1", 有效期至="31/02/2027"), row("x-2", 获证组织名称=""), row("x-3", 状态="待定")]  # fmt: skip
    looked = world.upload(csv_of(*changed), desk=later, name="十一月证书清单.csv")
    assert drawn(looked.page, 200, language) == []
    delivery = Delivery.objects.latest("id").public_id
    for listed in ("changed", "rejected", "new"):
        rows = later.get("delivery-rows", delivery, listed)
        assert drawn(rows.page, rows.status, language) == []
    again = later.get("deliveries")
    assert drawn(again.page, again.status, language) == []
    Delivery.objects.filter(public_id=delivery).update(state="committing", committed_at=None)
    writing = later.get("delivery", delivery)
    still = writing.page.replace("every 1s", "every 900s")  # there is no server behind the drawing that could answer
    assert drawn(still, writing.status, language) == []


@pytest.mark.parametrize("language", WIDTHS)
def test_a_short_list_a_renamed_column_and_a_mirror_have_no_barrier(world, drawn, language) -> None:
    desk, later = world.desk(language=language), world.desk(day=LATER, language=language)
    desk.send(desk.form(world.described(csv_of(*lists(8)), desk=desk).to, act="commit"))
    short = world.upload(csv_of(*lists(1)), desk=later, whole="true")
    assert drawn(short.page, 200, language) == []
    renamed = tuple("证书有效状态" if name == "状态" else name for name in HEADER)
    column = world.upload(csv_of(*lists(2), header=renamed), desk=later)
    assert drawn(column.page, 200, language) == []

    operator = world.desk(world.operator, language=language)
    header = ("status", "cert_num", "url", "company_num", "name", "address", "location", "valid_from", "valid_till",
              "scope", "body", "notes")  # fmt: skip
    told = ("active", "K/1", "", "7", "Sample Mill", "", "", "2026-01-01", "2026-12-31", "Mill", "Sample Body", "")
    mirror = world.upload(csv_of(told, header=header), desk=operator, source="mapping:kzr")
    assert drawn(mirror.page, 200, language) == []


@pytest.mark.parametrize("language", WIDTHS)
def test_conflicts_and_duties_have_no_barrier(world, drawn, language) -> None:
    tell(world, None)
    tell(world, world.body, state="suspended")
    desk = world.desk(day=LATER.replace(day=20), language=language)
    for page in (
        desk.get("conflicts"), desk.get("conflict", Conflict.objects.get().pk), desk.get("inbox"),
        world.desk(world.regulator, LATER.replace(day=20), language).get("deliveries-late"),
    ):  # fmt: skip
        assert drawn(page.page, page.status, language) == []


@pytest.mark.parametrize("language", WIDTHS)
def test_a_change_feed_its_check_and_absences_held_back_have_no_barrier(world, drawn, language) -> None:
    desk, later = world.desk(language=language), world.desk(day=LATER, language=language)
    described = world.described(csv_of(*lists(8)), desk=desk, whole="true")
    desk.send(desk.form(described.to, act="commit"))
    read_feeds(world)
    offered = later.get("delivery-new")
    assert drawn(offered.page, offered.status, language) == []
    named = lists(8, 状态="暂停")
    told = [(named[0], "变更", "2026-03-10"), (named[1], "移出", "2026-03-11"),
            (row("00126Q19999R0S"), "移出", "2026-03-11"), (row("00126Q18888R0S"), "新增", "2026-03-09"),
            (row("00126Q17777R0S"), "新增", "2026-03-12")]  # fmt: skip
    judged = world.upload(feed_of(*told), desk=later, whole="feed", name="变更.csv")
    assert drawn(judged.page, 200, language) == []
    later.send(later.form(judged.to, act="commit"))

    checked = world.upload(csv_of(*lists(7)), desk=later, whole="true")
    assert drawn(checked.page, 200, language) == []
    rows = later.get("delivery-rows", Delivery.objects.latest("id").public_id, "unsaid")
    assert drawn(rows.page, rows.status, language) == []
    held = world.upload(csv_of(*lists(7)) + "合计,7\n".encode(), desk=later, whole="true")
    assert drawn(held.page, 200, language) == []
