"""Rules, clocks, money and openness: rule, deadline, fee, benefit, disclosure, report, drop."""

# ruff: noqa: RUF009  -- key() declares a key once at import by design; its values are frozen

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from testamur.schemes.language.closed_lists import OCCASIONS, PUBLIC
from testamur.schemes.language.kinds import (
    AMOUNT_KIND,
    CONDITION_KIND,
    ID_KIND,
    KEEP_KIND,
    MAP_KIND,
    MOMENT_KIND,
    PERIOD_KIND,
    TEXT_KIND,
    WORD_KIND,
    Amount,
    Condition,
    Moment,
    Period,
    many,
    one,
)
from testamur.schemes.language.tables.table import MUST, Listed, Table, key

Text = dict[str, str]


@dataclass(frozen=True)
class Rule(Listed):
    """``[[rule]]``: one question of the engine, answered by one rule id.

    ``with_`` and ``from_`` are written ``with`` and ``from``; a value of ``from_`` is a fact or a tuple of facts.
    """

    MEANING: ClassVar = {
        "en": "One question of the engine, answered by one rule id.",
        "zh": "引擎的一个问题，由一条规则回答。",
    }

    id: str = key(
        ID_KIND,
        MUST,
        "name within the scheme; the answer is the fact rule.<id>",
        "方案内名称；其答案为事实 rule.<名称>",
    )
    decides: str = key(WORD_KIND, MUST, "the question the rule answers", "规则所回答的问题")
    rule: str = key(WORD_KIND, MUST, "id in the rule index", "规则索引中的编号")
    with_: dict[str, Any] = key(MAP_KIND, {}, "constants of this scheme", "本方案的常数")
    from_: dict[str, Any] = key(MAP_KIND, {}, "input = fact", "输入 = 事实")
    on: tuple[str, ...] = key(
        many(one(*OCCASIONS)), (), "only on these occasions; absent: on all", "仅在这些场合；缺省为全部"
    )


@dataclass(frozen=True)
class Deadline(Listed):
    """``[[deadline]]``: a clock."""

    MEANING: ClassVar = {"en": "Clocks.", "zh": "时限。"}

    id: str = key(ID_KIND, MUST, "name within the scheme", "方案内名称")
    step: Text = key(TEXT_KIND, MUST, "what must be done", "应做之事")
    who: str = key(one("issuer", "applicant", "holder", "laboratory"), "issuer", "who must do it", "由谁办理")
    by: Moment = key(MOMENT_KIND, MUST, "latest day", "最晚日期")
    stops: tuple[str, ...] = key(
        many(one("applicant_answer", "expert_review", "testing", "corrective_action")),
        (),
        "what stops the clock, always told to the applicant",
        "何事使时限中止（一律告知申请方）",
    )
    extend: Period | None = key(
        PERIOD_KIND, None, "may be extended once by this, with reasons", "可说明理由延长一次的时长"
    )
    missed: str = key(
        one("shown", "deemed", "closed", "escalated"),
        "shown",
        "what follows; closed: the platform ends the case; deemed: counted from submitted, an application is accepted "
        "from its receipt, counted from expiry, what was to be renewed is renewed as it stands; escalated: shown as "
        "overdue",
        "逾期后果；closed：平台终止案卷；deemed：自提交起算的，申请自收到之日起视为受理；自有效期届满起算的，"
        "视为按原内容准予延续；escalated：显示为逾期",
    )

    @property
    def deems(self) -> str:
        """Return what silence of the issuer does: ``acceptance`` of an application, ``renewal``, or "" for nothing."""
        if self.missed != "deemed" or self.who != "issuer":
            return ""
        return {"submitted": "acceptance", "expiry": "renewal"}.get(self.by.day, "")


@dataclass(frozen=True)
class Fee(Listed):
    """``[[fee]]``: the source is the legal basis."""

    MEANING: ClassVar = {"en": "Fees; the source is the legal basis.", "zh": "收费；来源即法律依据。"}

    id: str = key(ID_KIND, MUST, "name within the scheme", "方案内名称")
    title: Text = key(TEXT_KIND, MUST, "name for people", "标题")
    per: str = key(
        one("application", "audit_day", "test", "attestation", "year", "examination"),
        MUST,
        "what is counted",
        "计费单位",
    )
    amount: Amount | None = key(
        AMOUNT_KIND, None, "absent: the issuer's published price list", "缺省为机构公布的价目表"
    )
    payer: str = key(one("applicant", "holder", "state"), "applicant", "who pays", "由谁支付")


@dataclass(frozen=True)
class Benefit(Listed):
    """``[[benefit]]``: an incentive."""

    MEANING: ClassVar = {"en": "Incentives; restraints are grounds.", "zh": "激励；约束见事由。"}

    id: str = key(ID_KIND, MUST, "name within the scheme", "方案内名称")
    title: Text = key(TEXT_KIND, MUST, "name for people", "标题")
    given_by: str = key(ID_KIND, MUST, "who gives it", "由谁给予")
    grade: str | None = key(ID_KIND, None, "from this grade on", "自此等级起")
    when: tuple[Condition, ...] = key(CONDITION_KIND, (), "all must hold", "须全部满足")


@dataclass(frozen=True)
class Disclosure(Table):
    """``[disclosure]``: number and status are always public. ``keep``: the longest of its parts holds; a period
    counts from the end (expiry, cancellation, withdrawal)."""

    MEANING: ClassVar = {"en": "What is public; number and status always are.", "zh": "公开内容；编号和状态一律公开。"}

    public: tuple[str, ...] = key(many(one(*PUBLIC)), MUST, "shown to anybody", "对任何人公开")
    on_request: tuple[str, ...] = key(many(one(*PUBLIC)), (), "given on request", "依申请提供")
    never: tuple[str, ...] = key(many(one(*PUBLIC)), (), "never given", "不予提供")
    keep: tuple[Period | str, ...] = key(
        KEEP_KIND,
        MUST,
        "how long records are kept; the longest holds, and a period counts from the end",
        "记录保存期限；取最长者，期间自证明终止起算",
    )


@dataclass(frozen=True)
class Report(Listed):
    """``[[report]]``: a duty to report."""

    MEANING: ClassVar = {"en": "Duties to report.", "zh": "报告义务。"}

    id: str = key(ID_KIND, MUST, "name within the scheme", "方案内名称")
    what: Text = key(TEXT_KIND, MUST, "what is reported", "报告何事")
    to: str = key(ID_KIND, MUST, "to whom", "向谁报告")
    by: Moment = key(MOMENT_KIND, MUST, "latest day", "最晚日期")


@dataclass(frozen=True)
class Drop(Listed):
    """``[[drop]]``: takes a table of a base away, with its own source."""

    MEANING: ClassVar = {
        "en": "Takes a table of a base away, with its own source.",
        "zh": "去掉基础方案的某表并注明来源。",
    }

    id: str = key(ID_KIND, MUST, "id in the base", "基础方案中的名称")
    table: str = key(WORD_KIND, MUST, "table it stands in", "所在的表")
