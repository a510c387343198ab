"""A body that reports in, its files, and who brings other registers in."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

from openpyxl import Workbook

from small_world import PLATFORM, instant, member, organisation, qms_scheme
from testamur.parties.actions import name_root
from tests.unit.workspace.forms import Answer, Desk

DAY, LATER = date(2026, 3, 2), date(2026, 4, 2)
HEADER = (
    "证书编号",
    "获证组织名称",
    "统一社会信用代码",
    "状态",
    "认证依据",
    "认证范围",
    "生效日期",
    "有效期至",
    "国家",
)
ROW = ("示-001", "示例云物流有限公司", "91350100M000100Y43", "有效", "GB/T 19001-2016", "仓储", "2026-01-05",
       "2029-01-04", "中国")  # fmt: skip


def row(number: str = "示-001", **changes: str) -> tuple[str, ...]:
    """Return a row of the body's list, with some columns changed by their names."""
    told = {**dict(zip(HEADER, ROW, strict=True)), "证书编号": number, **changes}
    return tuple(told.values())


def csv_of(*rows: tuple[str, ...], header: tuple[str, ...] = HEADER, encoding: str = "utf-8") -> bytes:
    lines = [",".join(f'"{cell}"' for cell in line) for line in (header, *rows)]
    return "\n".join([*lines, ""]).encode(encoding)


def xlsx_of(*rows: tuple[str, ...], header: tuple[str, ...] = HEADER) -> bytes:
    book = Workbook()
    for line in (("示例认证机构证书清单",), (), header, *rows):
        book.active.append(line)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


class Reporting:
    """A body with a keeper of records, the root with one, and a scheme."""

    def __init__(self) -> None:
        qms_scheme()
        self.root, self.body, self.other = organisation("Root"), organisation("Body"), organisation("Other Body")
        name_root(organisation=self.root, by=PLATFORM, at=instant(DAY))
        self.keeper = member(self.body, "records", name="Qian")
        self.stranger = member(self.other, "records", name="Zhou")
        self.operator = member(self.root, "records", name="Song")
        self.regulator = member(self.root, "supervision", name="Gao")

    def desk(self, who: Any = None, day: date = DAY, language: str = "en") -> Desk:
        return Desk(who or self.keeper, day, language)

    def upload(self, content: bytes, *, desk: Desk | None = None, name: str = "list.csv", **more: Any) -> Answer:
        desk = desk or self.desk()
        return desk.send(desk.form("delivery-new", act="send"), file=(name, content), **more)

    def described(self, content: bytes, *, desk: Desk | None = None, name: str = "list.csv", **more: Any) -> Answer:
        """Upload a file whose columns nobody described yet, and take the guesses."""
        desk = desk or self.desk()
        shown = self.upload(content, desk=desk, name=name, **more)
        assert "/columns/" in shown.to, (shown.to, shown.alert)
        return desk.send(desk.form(shown.to, having="to-0"))
