"""Attestation, surveillance and status: attestation, mark, round, trigger, ground."""

# ruff: noqa: RUF009  -- key() declares a key once at import by design; its values are frozen

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from testamur.schemes.language.closed_lists import CAUSES, FORMS, LEGAL_KINDS, SHOWS, STATUSES
from testamur.schemes.language.kinds import (
    CONDITION_KIND,
    COUNT_KIND,
    GOODS_KIND,
    ID_KIND,
    MOMENT_KIND,
    NUMBER_KIND,
    PERIOD_KIND,
    TEXT_KIND,
    WORD_KIND,
    YES_KIND,
    Condition,
    Moment,
    NumberFormat,
    Period,
    many,
    one,
)
from testamur.schemes.language.tables.table import MUST, Listed, Table, key

Text = dict[str, str]


@dataclass(frozen=True)
class Attestation(Table):
    """``[attestation]``: the statement.

    ``unique`` is judged per issuer. Until it is confirmed it warns and does not refuse: ask ``unique_refuses``.
    """

    MEANING: ClassVar = {"en": "The statement: its form, number and validity.", "zh": "证明：形式、编号与有效期。"}

    form: str = key(one(*FORMS), MUST, "form of the statement", "证明形式")
    number: NumberFormat = key(NUMBER_KIND, MUST, "how its number is built", "编号规则")
    effective: Moment = key(MOMENT_KIND, Moment("decided"), "first day", "起始日")
    until: Moment = key(MOMENT_KIND, MUST, "last day, or no end", "截止日，或无期限")
    renewed_until: Moment | None = key(
        MOMENT_KIND, None, "last day after renewal; absent: as until", "续期后的截止日；缺省同 until"
    )
    renewal_opens: Moment | None = key(MOMENT_KIND, None, "first day on which renewal may be asked", "可申请续期的首日")
    renewal_closes: Moment | None = key(MOMENT_KIND, None, "last day on which renewal may be asked", "可申请续期的末日")
    unique: tuple[str, ...] = key(
        many(WORD_KIND),
        (),
        "at most one valid attestation of one issuer for the same holder and these dimensions",
        "同一机构对同一持有人及这些维度至多有一份有效证明",
    )
    same: tuple[str, ...] = key(
        many(WORD_KIND),
        (),
        "all valid attestations of one holder must name the same in these dimensions",
        "同一持有人的全部有效证明在这些维度上须一致",
    )
    credential: str = key(
        one("DigitalConformityCredential", "DigitalIdentityAnchor", "OpenBadgeCredential"),
        MUST,
        "format of the signed credential",
        "签名凭证格式",
    )
    status_lists: tuple[str, ...] = key(
        many(one("revocation", "suspension")),
        ("revocation", "suspension"),
        "status lists it stands in",
        "所列入的状态列表",
    )
    template: str = key(ID_KIND, MUST, "layout of the document", "证书版式")
    shows: tuple[str, ...] = key(many(one(*SHOWS)), MUST, "what the document must say", "证书必须载明的内容")

    @property
    def unique_refuses(self) -> bool:
        """Say whether a second attestation is refused (confirmed) or only warned of (unconfirmed)."""
        return bool(self.unique) and "unique" not in self.unconfirmed


@dataclass(frozen=True)
class Mark(Listed):
    """``[[mark]]``: the right to use a mark."""

    MEANING: ClassVar = {"en": "The right to use a mark.", "zh": "标志使用权。"}

    id: str = key(ID_KIND, MUST, "name within the scheme", "方案内名称")
    title: Text = key(TEXT_KIND, MUST, "name for people", "标题")
    covers: str = key(
        one("continuing_production", "batch", "advertising", "letterhead"),
        MUST,
        "what the right of use extends to",
        "使用权所及",
    )
    on: tuple[str, ...] = key(
        many(one("product", "package", "documents", "website", "letterhead", "vehicle")),
        MUST,
        "where it may stand",
        "可用之处",
    )
    never_on: tuple[str, ...] = key(
        many(one("product", "package", "test_report")), (), "where it may never stand", "禁用之处"
    )
    with_issuer_mark: bool = key(YES_KIND, False, "only together with the issuer's own mark", "须与颁发机构标志同用")
    quota: bool = key(YES_KIND, False, "labels are counted against a quantity", "标签按数量核销")


@dataclass(frozen=True)
class Round(Listed):
    """``[[round]]``: surveillance; without ``due``, a rule that decides ``surveillance_due``."""

    MEANING: ClassVar = {
        "en": "Surveillance; without due, a rule that decides surveillance_due.",
        "zh": "监督；缺省 due 时由判定 surveillance_due 的规则确定。",
    }

    id: str = key(ID_KIND, MUST, "name within the scheme", "方案内名称")
    title: Text = key(TEXT_KIND, MUST, "name for people", "标题")
    activities: tuple[str, ...] = key(many(ID_KIND), MUST, "what is done", "所做的活动")
    due: Moment | None = key(
        MOMENT_KIND, None, "latest day; absent: a rule that decides surveillance_due", "最晚日期；缺省由规则确定"
    )
    per_cycle: int | None = key(COUNT_KIND, None, "at least so many in one period of validity", "一个有效期内至少次数")
    overdue: str | None = key(
        ID_KIND,
        None,
        "ground that falls due when the day passes; absent: only shown as late",
        "逾期触发的事由；缺省仅显示逾期",
    )
    when: tuple[Condition, ...] = key(CONDITION_KIND, (), "only for holders for whom all hold", "仅适用于全部满足者")


@dataclass(frozen=True)
class Trigger(Listed):
    """``[[trigger]]``: what sets off an unplanned activity."""

    MEANING: ClassVar = {"en": "What sets off an unplanned activity.", "zh": "触发计划外活动的事件。"}

    id: str = key(ID_KIND, MUST, "name within the scheme", "方案内名称")
    event: Text = key(TEXT_KIND, MUST, "what happened", "发生何事")
    told_by: str = key(one("holder", "regulator", "accreditor", "anyone", "platform"), MUST, "who tells", "由谁告知")
    activities: tuple[str, ...] = key(many(ID_KIND), MUST, "what is done then", "随后所做的活动")
    by: Moment = key(MOMENT_KIND, MUST, "latest day", "最晚日期")
    when: tuple[Condition, ...] = key(
        CONDITION_KIND, (), "for told_by platform: the facts that set it off", "由平台发现时：触发所依事实"
    )


@dataclass(frozen=True)
class Ground(Listed):
    """``[[ground]]``: a reason for a status.

    The platform lets nothing but *expired* happen by itself. A ground that something sets off (a round or a finding
    that is overdue, a longest time that passed, an authority that ended) becomes a duty of the one in ``asked_by``,
    who must act by ``by``; until then the page says "overdue since". With ``standing`` a body may sign beforehand
    that the platform carries the act out in its name.
    """

    MEANING: ClassVar = {"en": "Every reason for a status.", "zh": "状态变化的每一事由。"}

    id: str = key(ID_KIND, MUST, "name within the scheme", "方案内名称")
    to: str = key(one(*STATUSES), MUST, "status it leads to; reduced: a smaller scope", "所至状态；reduced 指缩小范围")
    means: Text = key(TEXT_KIND, MUST, "the ground, in words the holder understands", "事由（持有人可理解的表述）")
    cause: str = key(one(*CAUSES), MUST, "in whose sphere the reason lies", "原因在哪一方")
    effect: str = key(
        one("from_now", "from_start"), "from_now", "from_start: void from the beginning", "from_start：自始无效"
    )
    legal_kind: str | None = key(one(*LEGAL_KINDS), None, "the act's own word", "法条用语")
    asked_by: str = key(
        one("issuer", "holder", "regulator", "platform"),
        "issuer",
        "who acts; platform: only for expired, by the calendar",
        "由谁提出；platform 仅限到期",
    )
    by: Moment | None = key(
        MOMENT_KIND,
        None,
        "day by which the one who acts must have acted, once it falls due",
        "事由成就后，应于何日之前处理",
    )
    standing: bool = key(
        YES_KIND,
        False,
        "the body may sign beforehand that the platform acts in its name",
        "机构可预先签署，由平台代其办理",
    )
    at_most: Period | None = key(PERIOD_KIND, None, "longest time in that status", "该状态最长期限")
    then: str | None = key(ID_KIND, None, "ground that falls due when at_most has passed", "期满后触发的事由")
    reapply_after: Period | None = key(PERIOD_KIND, None, "no new application before", "多久之内不得再申请")
    goods: dict[str, str] | None = key(
        GOODS_KIND, None, "what goods made before and after may do", "此前与此后生产的产品如何处置"
    )
