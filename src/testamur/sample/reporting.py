"""What a body reports in that it certified elsewhere, and what waits for it: a list taken in, one with mistakes, a body
that fell silent, and a certificate of which two bodies tell."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from testamur.parties import actions as parties
from testamur.parties.models import Membership, Organisation, Platform
from testamur.register.actions import commit, name_source, receive
from testamur.register.models import Delivery, Mapping
from testamur.register.reporting import mapping as mappings
from testamur.sample.founding import OPERATOR, World
from testamur.sample.walk import on

BY = Platform("sample.reporting")
#: The list taken in, the one that waits, and the last word of the body that fell silent since.
TAKEN_IN, WAITS, SILENT = date(2026, 10, 30), date(2026, 11, 20), date(2026, 9, 30)
HEADER = ("证书编号", "获证组织名称", "所在地", "状态", "认证依据", "认证范围", "生效日期", "有效期至")
STANDARD = "GB/T 19001-2016"
TRADES = (
    ("Bridge Steel", "桥梁钢构", "Welded steel structures", "焊接钢结构的生产"),
    ("River Pumps", "江河水泵", "Centrifugal pumps", "离心泵的生产"),
    ("Tidy Packaging", "整洁包装", "Corrugated boxes", "瓦楞纸箱的生产"),
    ("Quiet Fans", "静音风机", "Ventilation fans", "通风机的生产"),
    ("Sharp Tools", "利刃工具", "Cutting tools", "切削刀具的生产"),
    ("Clear Glass", "明净玻璃", "Safety glass", "安全玻璃的加工"),
    ("Steady Cranes", "稳行起重", "Workshop cranes", "车间起重机的制造"),
    ("Warm Boilers", "暖阳锅炉", "Hot water boilers", "热水锅炉的制造"),
    ("Swift Logistics", "迅达物流", "Storage and delivery", "仓储与配送"),
    ("Fine Print", "精印", "Label printing", "标签印刷"),
    ("Soft Foam", "柔软泡棉", "Polyurethane foam", "聚氨酯泡棉的生产"),
    ("Green Wiring", "绿线电缆", "Power cables", "电力电缆的生产"),
)  # fmt: skip
#: Place in the list of the certificate that another body reports as its own as well: the client changed bodies.
MOVED = 6


def report(world: World) -> None:
    """Leave the body's desk with a list taken in, one that waits, and a conflict; and one body late."""
    by = world.members["planner"]
    with on(SILENT) as at:
        silent = parties.register_organisation(
            names={"en": "Sample Harbour Certification", "zh": "示例港湾认证有限公司"},
            address={"en": "8 Sample Quay", "zh": "示例码头路8号"}, region="310100", personnel=22, by=OPERATOR, at=at,
        )  # fmt: skip
    _take_in(_sent(silent, BY, SILENT, [_row(MOVED, number="00124Q20007R0S")]), BY)
    rows = [_row(place) for place in range(10) if place != MOVED]
    _take_in(_sent(by.organisation, by, TAKEN_IN, [*rows, _row(MOVED, number="00124Q20007R0S")]), by)
    _sent(by.organisation, by, WAITS, _november())


def _november() -> list[tuple[str, ...]]:
    """Return the next list: some new, some changed, and three rows with mistakes that happen."""
    rows = [_row(place) for place in (10, 11)]
    rows += [_row(1, 状态="暂停"), _row(3, 认证范围="通风机及其配件的生产 / Ventilation fans and their parts")]
    rows += [_row(4), _row(5, 有效期至="2029-11-31"), _row(8, 获证组织名称=""), _row(9, 状态="待定")]
    return rows


def _row(place: int, number: str = "", **changes: str) -> tuple[str, ...]:
    en, zh, does, what = TRADES[place]
    told = {
        "证书编号": number or f"00126Q1{place:04d}R0S", "获证组织名称": f"示例{zh}有限公司 / Sample {en} Co., Ltd.",
        "所在地": "中国", "状态": "有效", "认证依据": STANDARD, "认证范围": f"{what} / {does}",
        "生效日期": f"2026-{9 + place % 2:02d}-{3 + place:02d}",
        "有效期至": f"2029-{9 + place % 2:02d}-{2 + place:02d}",
    }  # fmt: skip
    return tuple((told | changes).values())


def _mapping(organisation: Organisation, by: Membership | Platform, day: date) -> Mapping:
    body: dict[str, Any] = {
        "source": {"id": organisation.public_id, "names": organisation.names, "scheme": "cn-qms", "origin": "reported",
                   "title": {"en": "Certificate", "zh": "证书"}, "statement_language": "zh"},
        "file": {"columns": list(HEADER)},
        "key": {"columns": ["证书编号"]},
        "issuer": {"value": organisation.public_id},
        "holder": {"column": "获证组织名称", "country": "所在地"},
        "status": {"column": "状态", "map": {
            "有效": "valid", "暂停": "suspended", "撤销": "withdrawn", "注销": "cancelled"}},
        "field": [
            {"to": "number", "column": "证书编号"},
            {"to": "statement", "column": "认证范围"},
            {"to": "effective_on", "column": "生效日期", "read": "day", "form": "%Y-%m-%d"},
            {"to": "expires_on", "column": "有效期至", "read": "day", "form": "%Y-%m-%d"},
            {"to": "requirements", "column": "认证依据", "read": "list", "separator": ""},
        ],
    }  # fmt: skip
    with on(day) as at:
        source = name_source(mapping=mappings.read(body), by=by, at=at, organisation=organisation)
    return source.mappings.latest("version")


def _sent(
    organisation: Organisation, by: Membership | Platform, day: date, rows: Sequence[tuple[str, ...]]
) -> Delivery:  # fmt: skip
    saved = _mapping(organisation, by, day)
    lines = [",".join(f'"{cell}"' for cell in line) for line in (HEADER, *rows)]
    with on(day, 16) as at:
        return receive(
            source=saved.source, mapping=saved, content="\n".join([*lines, ""]).encode(), as_of=day, whole=False,
            name=f"sample-list-{day:%Y-%m}.csv", by=by, at=at,
        )  # fmt: skip


def _take_in(delivery: Delivery, by: Membership | Platform) -> None:
    with on(delivery.as_of, 16, 10) as at:
        commit(delivery=delivery, by=by, at=at)
