"""Application and selection: part, field, question, team."""

# ruff: noqa: RUF009  -- key() declares a key once at import by design; its values are frozen

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from testamur.kernel.refusal import _
from testamur.schemes.language.closed_lists import FIELDS, OCCASIONS
from testamur.schemes.language.kinds import (
    CONDITION_KIND,
    COUNT_KIND,
    ID_KIND,
    MAP_KIND,
    PERIOD_KIND,
    SOURCE_KIND,
    TEXT_KIND,
    WORD_KIND,
    YES_KIND,
    Condition,
    Period,
    Source,
    many,
    matching,
    one,
)
from testamur.schemes.language.tables.table import MUST, Listed, Table, key

Text = dict[str, str]


@dataclass(frozen=True)
class Part(Listed):
    """``[[part]]``: a part of the application form."""

    MEANING: ClassVar = {"en": "A part of the application form.", "zh": "申请表的一个部分。"}

    id: str = key(ID_KIND, MUST, "name within the scheme", "方案内名称")
    title: Text = key(TEXT_KIND, MUST, "name for people", "标题")
    asked_on: tuple[str, ...] = key(many(one(*OCCASIONS)), ("initial",), "occasions", "在哪些场合填写")
    when: tuple[Condition, ...] = key(CONDITION_KIND, (), "shown only if all hold", "仅当全部满足时显示")


@dataclass(frozen=True)
class Field(Listed):
    """``[[field]]``: one question to the applicant. Without ``source`` it has the source of its part."""

    MEANING: ClassVar = {"en": "One question to the applicant.", "zh": "向申请方提出的一个问题。"}

    source: tuple[Source, ...] = key(
        SOURCE_KIND, None, "why this is asked; absent: the source of its part", "为何要问；缺省为所属部分的来源"
    )
    id: str = key(ID_KIND, MUST, "name within the scheme; the fact is form.<id>", "方案内名称；其事实为 form.<名称>")
    part: str = key(ID_KIND, MUST, "part it belongs to", "所属部分")
    label: Text = key(TEXT_KIND, MUST, "the question", "问题")
    help: Text | None = key(TEXT_KIND, None, "how to answer", "如何填写")
    type: str = key(one(*FIELDS), MUST, "what an answer looks like", "答案类型")
    required: bool = key(YES_KIND, True, "must be answered before the form is handed in", "提交前必须填写")
    when: tuple[Condition, ...] = key(CONDITION_KIND, (), "asked only if all hold", "仅当全部满足时询问")
    options: tuple[dict[str, str], ...] = key(
        many(MAP_KIND), (), "for choice and choices: { id, en, zh }", "用于单选和多选：{ id, en, zh }"
    )
    unit: str | None = key(WORD_KIND, None, "for numbers", "数字的单位")
    min: int | None = key(COUNT_KIND, None, "smallest number allowed", "允许的最小值")
    max: int | None = key(COUNT_KIND, None, "greatest number allowed", "允许的最大值")
    identifier: str | None = key(WORD_KIND, None, "rule that checks the identifier", "校验该标识的规则")
    accept: tuple[str, ...] = key(
        many(one("pdf", "jpeg", "png", "docx", "xlsx", "csv", "zip")), (), "kinds of file", "可接受的文件类型"
    )
    max_mb: int = key(COUNT_KIND, 20, "greatest size of a file, in megabytes", "文件大小上限（MB）")
    fact: str | None = key(
        matching(_("noun.name"), r"[a-z_]+\.[a-z_]+"),
        None,
        "the same fact asked elsewhere is offered, not asked again",
        "他处已填的同一事实可直接引用，不再询问",
    )
    fresh: Period | None = key(PERIOD_KIND, None, "how old a reused answer may be", "引用答案的最长时效")
    scope: str | None = key(ID_KIND, None, "scope dimension this answer proposes", "该答案所申报的范围维度")
    personal: bool = key(YES_KIND, False, "personal data: never public, never in the log", "个人信息：不公开、不入日志")


@dataclass(frozen=True)
class Question(Listed):
    """``[[question]]``: application review; any other answer than ``must_be`` refuses the application."""

    MEANING: ClassVar = {
        "en": "Application review; any other answer than must_be refuses the application and says so.",
        "zh": "申请评审；答案与 must_be 不符即不予受理并说明。",
    }

    id: str = key(ID_KIND, MUST, "name within the scheme", "方案内名称")
    text: Text = key(TEXT_KIND, MUST, "the question", "问题")
    by: str = key(ID_KIND, MUST, "role that answers", "回答的角色")
    must_be: bool | None = key(
        YES_KIND, None, "the application is accepted only with this answer", "仅当为此答案时受理"
    )


@dataclass(frozen=True)
class Team(Table):
    """``[team]``: who may form the team."""

    MEANING: ClassVar = {"en": "Who may form the team.", "zh": "由谁组成工作组。"}

    lead: str = key(ID_KIND, MUST, "role that leads", "组长角色")
    roles: tuple[str, ...] = key(many(ID_KIND), MUST, "roles that may be in the team", "组内可有的角色")
    at_least: int = key(COUNT_KIND, 1, "persons", "最少人数")
    together: tuple[str, ...] = key(
        many(WORD_KIND), (), "scope dimensions the team must cover together", "全组须共同覆盖的范围维度"
    )
    rotation: Period | None = key(
        PERIOD_KIND, None, "longest time the same lead may serve one client", "同一组长服务同一组织的最长时间"
    )
    objection: Period | None = key(
        PERIOD_KIND, None, "time the client has to object to a member", "委托人对组员提出异议的期限"
    )
