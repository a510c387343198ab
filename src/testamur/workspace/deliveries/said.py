"""Words of deliveries: their states, what they change, and the fields that differ."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from testamur.kernel.refusal import _ as marked
from testamur.register.field_words import FIELDS
from testamur.register.models import Delivery

State = Delivery.State
#: Who tells, and how it came here; the one word that both have in other places means another thing there.
SOURCE, ORIGIN = {"en": "Source", "zh": "来源"}, {"en": "Origin", "zh": "登记方式"}
#: State → tone of its pill and words.
STATES: dict[str, tuple[str, str]] = {
    State.RECEIVED: ("info", marked("received")),
    State.JUDGED: ("turn", marked("looked at, nothing taken in")),
    State.COMMITTING: ("info", marked("being taken in")),
    State.COMMITTED: ("ok", marked("taken in")),
    State.REFUSED: ("bad", marked("refused")),
    State.GIVEN_UP: ("mute", marked("given up")),
}
#: What a delivery counts → the heading of its figure, in the order in which they stand.
COUNTED: dict[str, str] = {
    "new": marked("New records"),
    "changed": marked("Changed"),
    "renewed": marked("Renewed"),
    "status": marked("Another status"),
    "gone": marked("Gone"),
    "held": marked("Absent, held back"),
    "returned": marked("Listed again"),
    "unchanged": marked("Same as before"),
    "folded": marked("Folded into another row"),
    "left_out": marked("Rows left out"),
    "rejected": marked("Rejected rows"),
    "remarked": marked("Remarks"),
}
#: What a whole list says of a record, and the change feeds before it did not.
UNSAID: dict[str, str] = {
    "new": marked("that it appeared"),
    "returned": marked("that it is listed again"),
    "gone": marked("that it is gone"),
    "changed": marked("that it changed"),
    "renewed": marked("that it was renewed"),
    "status": marked("that its status changed"),
}
#: What each of them means, beside the figure that has no rows to look at.
MEANT: dict[str, str] = {
    "unchanged": marked("left alone"),
    "folded": marked("rows of one record"),
    "left_out": marked("no certificates, by the mapping"),
}


def pill(delivery: Delivery) -> dict[str, str]:
    """Return the state of a delivery as a pill."""
    tone, text = STATES[delivery.state]
    return {"tone": tone, "text": _(text)}


def field(name: str) -> Any:
    """Return what people call a field."""
    return FIELDS.get(name) or name.removeprefix("shown.").replace("_", " ")


def count(delivery: Delivery, name: str) -> int:
    """Return one of the counts of a delivery."""
    return int(delivery.counts.get(name) or 0)


def records(delivery: Delivery) -> int:
    """Return how many records a delivery tells of: its rows without those rejected, left out or folded."""
    return max(delivery.rows - sum(count(delivery, name) for name in ("rejected", "left_out", "folded")), 0)


#: Code of a remark → its short name, for the filter above a list.
CODES: dict[str, dict[str, str]] = {
    "operation_unknown": {"en": "operation unknown", "zh": "操作未知"},
    "feed_day_missing": {"en": "day missing", "zh": "缺少日期"},
    "feed_day_ahead": {"en": "day after the feed's end", "zh": "日期晚于截止日"},
    "feed_day_back": {"en": "days out of order", "zh": "日期顺序颠倒"},
    "feed_not_listed": {"en": "goes, and was not listed", "zh": "移出未在列的记录"},
    "feed_listed": {"en": "appears, and was listed", "zh": "新增已在列的记录"},
    "feed_not_begun": {"en": "changes, and was not listed", "zh": "变更未在列的记录"},
    "absence_unsure": {"en": "absences held back", "zh": "缺失待确认"},
    "record_broken": {"en": "record broken", "zh": "记录损坏"},
    "record_shifted": {"en": "values in wrong columns", "zh": "列错位"},
    "not_text": {"en": "no text", "zh": "不是文本"},
    "control_characters": {"en": "control characters", "zh": "控制字符"},
    "field_too_long": {"en": "field too long", "zh": "字段过长"},
    "no_object": {"en": "no object", "zh": "不是对象"},
    "key_missing": {"en": "key missing", "zh": "缺少标识"},
    "number_missing": {"en": "number missing", "zh": "缺少编号"},
    "holder_missing": {"en": "holder missing", "zh": "缺少持有人"},
    "issuer_unknown": {"en": "issuer unknown", "zh": "发证机构未知"},
    "issuer_missing": {"en": "issuer missing", "zh": "缺少发证机构"},
    "start_missing": {"en": "first day missing", "zh": "缺少生效日期"},
    "day_unreadable": {"en": "no such day", "zh": "日期无法读取"},
    "days_reversed": {"en": "days reversed", "zh": "日期颠倒"},
    "status_unknown": {"en": "status unknown", "zh": "状态未知"},
    "value_unknown": {"en": "word unknown", "zh": "词语未知"},
    "too_long": {"en": "too long", "zh": "过长"},
    "key_twice": {"en": "told twice, and otherwise", "zh": "重复且不一致"},
    "encoding_guessed": {"en": "encoding guessed", "zh": "编码为推断"},
    "day_form_guessed": {"en": "order of days guessed", "zh": "日期格式为推断"},
    "column_new": {"en": "new column", "zh": "新增列"},
    "rows_empty": {"en": "empty rows", "zh": "空行"},
    "row_twice": {"en": "same row twice", "zh": "整行重复"},
    "status_absent": {"en": "status absent", "zh": "未写明状态"},
    "issuer_absent": {"en": "issuer absent", "zh": "未写明发证机构"},
    "country_unknown": {"en": "country unknown", "zh": "国家未知"},
    "region_unknown": {"en": "region unknown", "zh": "地区未知"},
    "address_not_placed": {"en": "address not placed", "zh": "地址无法定位"},
    "scope_unknown": {"en": "scope code unknown", "zh": "范围代码未知"},
    "day_in_future": {"en": "day in the future", "zh": "日期在将来"},
    "day_impossible": {"en": "impossible day", "zh": "日期不可能"},
    "number_odd": {"en": "odd number", "zh": "编号格式异常"},
    "standard_withdrawn": {"en": "standard withdrawn", "zh": "标准已废止"},
    "authority_lacking": {"en": "no authority", "zh": "无资质"},
    "told_differently": {"en": "told otherwise elsewhere", "zh": "他处说法不同"},
}
