"""Determination, review and decision: activity, finding, review, decision."""

# ruff: noqa: RUF009  -- key() declares a key once at import by design; its values are frozen

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from testamur.schemes.language.closed_lists import (
    ACTIVITIES,
    EVIDENCE,
    FUNCTIONS,
    OCCASIONS,
    OUTCOMES,
    OUTPUTS,
)
from testamur.schemes.language.kinds import (
    CONDITION_KIND,
    COUNT_KIND,
    ID_KIND,
    MOMENT_KIND,
    MOMENTS_KIND,
    PERIOD_KIND,
    TEXT_KIND,
    WORD_KIND,
    YES_KIND,
    Condition,
    Moment,
    Moments,
    Period,
    many,
    one,
)
from testamur.schemes.language.tables.table import MUST, Listed, Table, key

Text = dict[str, str]


@dataclass(frozen=True)
class Activity(Listed):
    """``[[activity]]``: determination."""

    MEANING: ClassVar = {"en": "Determination: what is done to find out.", "zh": "确定：为查明事实所做的工作。"}

    id: str = key(ID_KIND, MUST, "name within the scheme", "方案内名称")
    title: Text = key(TEXT_KIND, MUST, "name for people", "标题")
    kind: str = key(one(*ACTIVITIES), MUST, "kind of activity", "活动种类")
    on: tuple[str, ...] = key(many(one(*OCCASIONS)), MUST, "occasions on which it is done", "在哪些场合实施")
    after: tuple[str, ...] = key(many(ID_KIND), (), "activities that must have ended", "须先完成的活动")
    by: tuple[str, ...] = key(many(ID_KIND), MUST, "roles that may do it", "可实施的角色")
    where: str = key(one("on_site", "remote", "either", "desk", "laboratory"), MUST, "where it is done", "实施地点")
    notice: str = key(
        one("announced", "short", "unannounced"), "announced", "how the client is told", "如何通知受审核方"
    )
    outputs: tuple[str, ...] = key(many(one(*OUTPUTS)), MUST, "what must exist before review", "复核之前必须产出的结果")
    evidence: tuple[str, ...] = key(many(one(*EVIDENCE)), (), "what must be filed", "须归档的证据")
    opens: Moment | None = key(MOMENT_KIND, None, "earliest day", "最早日期")
    closes: Moment | None = key(MOMENT_KIND, None, "latest day", "最晚日期")
    passes_when: tuple[Condition, ...] = key(CONDITION_KIND, (), "all must hold", "须全部满足")
    accepts: tuple[str, ...] = key(
        many(WORD_KIND), (), "arrangements whose results may take its place in part", "可部分替代的互认结果所属安排"
    )
    max_age: Period | None = key(PERIOD_KIND, None, "how old an accepted result may be", "采信结果的最长时效")
    when: tuple[Condition, ...] = key(CONDITION_KIND, (), "done only if all hold", "仅当全部满足时实施")


@dataclass(frozen=True)
class Finding(Listed):
    """``[[finding]]``: a grade of finding, what closes it, by when, which outcomes it blocks."""

    MEANING: ClassVar = {
        "en": "Grades of findings, what closes them, by when, which outcomes they block.",
        "zh": "发现的分级、关闭条件、期限及其阻止的结论。",
    }

    id: str = key(ID_KIND, MUST, "name within the scheme", "方案内名称")
    title: Text = key(TEXT_KIND, MUST, "name for people", "标题")
    means: Text = key(TEXT_KIND, MUST, "when a finding has this grade", "何种情形属此级")
    nonconformity: bool = key(YES_KIND, True, "a requirement is not fulfilled", "是否构成不符合")
    needs: tuple[str, ...] = key(
        many(one("correction", "cause", "plan", "corrective_action", "verification")), (), "what closes it", "关闭所需"
    )
    close_by: Moments | None = key(
        MOMENTS_KIND, None, "latest day; may differ by occasion", "最晚日期；可按场合分别规定"
    )
    blocks: tuple[str, ...] = key(
        many(one(*OUTCOMES)), (), "outcomes impossible while it is open", "未关闭时不得作出的结论"
    )
    repeats: str | None = key(
        ID_KIND,
        None,
        "activity done again when close_by passes before a decision; absent: the application is refused",
        "决定前逾期未关闭则重做的活动；缺省则不予授予",
    )
    overdue: str | None = key(
        ID_KIND,
        None,
        "ground that falls due when close_by passes on a living attestation",
        "证明存续期间逾期未关闭时触发的事由",
    )

    def close_by_on(self, occasion: str) -> Moment | None:
        """Return the latest day of closing on an occasion, None where there is none."""
        return self.close_by.on(occasion) if self.close_by else None


@dataclass(frozen=True)
class Review(Table):
    """``[review]``: sufficiency of the evidence."""

    MEANING: ClassVar = {
        "en": "Is the evidence sufficient? By nobody who acted in the named functions.",
        "zh": "证据是否充分？由未参与所列功能者判断。",
    }

    by: tuple[str, ...] = key(many(ID_KIND), MUST, "roles that review", "复核的角色")
    persons: int = key(COUNT_KIND, 1, "how many must review", "复核人数")
    independent_of: tuple[str, ...] = key(
        many(one(*FUNCTIONS)), MUST, "nobody who acted in these may review", "参与过这些功能者不得复核"
    )


@dataclass(frozen=True)
class Decision(Table):
    """``[decision]``: quorum and independence; appeals always go to other persons."""

    MEANING: ClassVar = {
        "en": "Quorum and independence; appeals always go to other persons.",
        "zh": "人数与独立性；申诉一律由他人处理。",
    }

    by: tuple[str, ...] = key(many(ID_KIND), MUST, "roles that decide", "决定的角色")
    persons: int = key(COUNT_KIND, 1, "quorum", "决定人数")
    agree: str = key(one("all", "majority"), "all", "how many of them must agree", "须一致同意或过半数同意")
    independent_of: tuple[str, ...] = key(
        many(one(*FUNCTIONS)), MUST, "nobody who acted in these may decide", "参与过这些功能者不得决定"
    )
    outcomes: tuple[str, ...] = key(many(one(*OUTCOMES)), MUST, "what may be decided", "可作出的结论")
    partial: bool = key(YES_KIND, False, "part of the scope may be granted", "可只授予部分范围")
    signed_by: tuple[str, ...] = key(many(ID_KIND), (), "roles that sign, in this order", "依次签署的角色")
    appeal_until: Moment = key(MOMENT_KIND, MUST, "last day of an appeal", "申诉截止日")
    appeal_to: str = key(
        ID_KIND, "issuer", "who decides the appeal, always by other persons", "由谁处理申诉（须为他人）"
    )
