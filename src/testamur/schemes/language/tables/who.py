"""What a scheme is, what must be fulfilled, and who may act: scheme, requirement, scope, grade, role, authority."""

# ruff: noqa: RUF009  -- key() declares a key once at import by design; its values are frozen

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

from testamur.kernel.refusal import _
from testamur.schemes.language.closed_lists import (
    AUTHORITIES,
    FUNCTIONS,
    HOLDERS,
    OBJECTS,
    PARTIES,
    TREES,
    TYPES,
)
from testamur.schemes.language.kinds import (
    CONDITION_KIND,
    COUNT_KIND,
    DAY_KIND,
    DOCUMENT_KIND,
    ID_KIND,
    MAP_KIND,
    PERIOD_KIND,
    PINNED_KIND,
    SOURCE_KIND,
    TEXT_KIND,
    WORD_KIND,
    YES_KIND,
    Condition,
    Period,
    Source,
    all_hold,
    many,
    matching,
    one,
)
from testamur.schemes.language.tables.table import MUST, Listed, Table, key

Text = dict[str, str]
VERSION_KIND = matching(_("year-number, as 2026-1"), r"\d{4}-\d+")
AREA_KIND = matching(_("country code, or all"), r"[A-Z]{2}|all")


@dataclass(frozen=True)
class Scheme(Table):
    """``[scheme]``: what it is."""

    MEANING: ClassVar = {"en": "What the scheme is.", "zh": "方案是什么。"}

    id: str = key(
        ID_KIND,
        MUST,
        "name of the scheme; the file is library/<family>/<id>/<version>.toml",
        "方案名称；文件为 library/<类>/<名称>/<版本>.toml",
    )
    version: str = key(VERSION_KIND, MUST, "a published version never changes", "已发布的版本永不改变")
    title: Text = key(TEXT_KIND, MUST, "name for people", "方案标题")
    proves: Text = key(
        TEXT_KIND,
        MUST,
        "what an attestation under this scheme proves, in plain words",
        "依本方案所作的证明能证明什么（通俗表述）",
    )
    proves_not: Text = key(TEXT_KIND, MUST, "what it does not prove", "不能证明什么")
    owner: str = key(ID_KIND, MUST, "who answers for the scheme", "方案所有者")
    area: tuple[str, ...] = key(
        many(AREA_KIND), MUST, "where it applies; names the working-day calendar", "适用地域；决定所用的工作日历"
    )
    regime: str = key(
        WORD_KIND, "ISO", "parameter set that effective-dated rules use", "规则所用的参数集（按生效日期）"
    )
    object: str = key(one(*OBJECTS), MUST, "object of conformity assessment", "合格评定对象")
    party: str = key(one(*PARTIES), MUST, "who states conformity", "由第几方作出声明")
    type: str | None = key(
        one(*TYPES),
        None,
        "ISO/IEC 17067 type; product, process and service only",
        "ISO/IEC 17067 方案类型；仅用于产品、过程和服务",
    )
    mode: Text | None = key(TEXT_KIND, None, "mode of certification, printed on the document", "认证模式，印于证书")
    holder: str = key(one(*HOLDERS), MUST, "who may apply and hold", "谁可以申请和持有")
    effective_from: date = key(
        DAY_KIND, MUST, "first day on which the version may be applied for", "可依本版本申请的首日"
    )
    effective_to: date | None = key(DAY_KIND, None, "last day on which it may be applied for", "可依本版本申请的末日")
    pilot_until: date | None = key(
        DAY_KIND, None, "a pilot: nothing issued under it lives beyond this day", "试点：依其颁发的一切在此日之后失效"
    )
    replaces: str | None = key(PINNED_KIND, None, "version that this one succeeds", "本版本所接续的版本")
    takes_over: tuple[str, ...] = key(
        many(one(*FUNCTIONS)),
        (),
        "functions in which cases and certificates of the replaced version follow this one from effective_from",
        "自生效日起，旧版本的案卷和证书在哪些功能上改按本版本执行",
    )
    based_on: tuple[str, ...] = key(
        many(PINNED_KIND), (), "bases whose tables this file receives", "承接其各表的基础方案"
    )
    integrates: tuple[str, ...] = key(
        many(PINNED_KIND),
        (),
        "schemes of the same issuer assessed in one go; each keeps its decision and its attestation",
        "由同一机构一并实施的方案；各自保留决定和证书",
    )
    joint_with: tuple[str, ...] = key(
        many(PINNED_KIND),
        (),
        "schemes of other issuers that the same visit may serve",
        "可共用同一次现场活动的、其他机构的方案",
    )
    base: bool = key(YES_KIND, False, "only for building on; cannot be applied for", "仅供其他方案承接，不能直接申请")


@dataclass(frozen=True)
class Requirement(Listed):
    """``[[requirement]]``: what must be fulfilled, with its edition."""

    MEANING: ClassVar = {"en": "What must be fulfilled, with its edition.", "zh": "必须满足的要求及其版本。"}

    id: str = key(ID_KIND, MUST, "name within the scheme", "方案内名称")
    document: str = key(DOCUMENT_KIND, MUST, "designation and edition", "文件编号及版本")
    used_as: str = key(
        one("criteria", "test_method", "procedure", "body_requirements"), "criteria", "what it is used for", "用途"
    )
    clauses: tuple[str, ...] = key(many(WORD_KIND), (), "only these clauses; absent: all", "仅限这些条款；缺省为全部")
    transition: str | None = key(
        WORD_KIND, None, "row of TRANS that ends this edition", "使本版失效的转换安排（TRANS 行）"
    )


@dataclass(frozen=True)
class Scope(Listed):
    """``[[scope]]``: a dimension of what may be attested."""

    MEANING: ClassVar = {"en": "A dimension of what may be attested.", "zh": "证明范围的一个维度。"}

    id: str = key(ID_KIND, MUST, "name of the dimension", "维度名称")
    title: Text = key(TEXT_KIND, MUST, "name for people", "标题")
    tree: str = key(one(*TREES), MUST, "the tree its nodes belong to", "其节点所属的分类树")
    many: bool = key(YES_KIND, True, "may one attestation name more than one node", "一份证明能否含多个节点")


@dataclass(frozen=True)
class Grade(Listed):
    """``[[grade]]``: the highest rank whose conditions all hold is given."""

    MEANING: ClassVar = {
        "en": "Tiers; the highest rank whose conditions all hold is given.",
        "zh": "等级；授予条件全部满足的最高等级。",
    }

    id: str = key(ID_KIND, MUST, "name within the scheme", "方案内名称")
    title: Text = key(TEXT_KIND, MUST, "name for people", "标题")
    rank: int = key(COUNT_KIND, MUST, "1 is the lowest", "1 为最低")
    when: tuple[Condition, ...] = key(CONDITION_KIND, (), "all must hold", "须全部满足")

    def earned(self, facts: dict[str, Any]) -> bool:
        """Say whether every condition of the grade holds."""
        return all_hold(self.when, facts)


@dataclass(frozen=True)
class Role(Listed):
    """``[[role]]``: who acts, and in which functions."""

    MEANING: ClassVar = {"en": "Who acts.", "zh": "由谁实施。"}

    id: str = key(ID_KIND, MUST, "name within the scheme", "方案内名称")
    title: Text = key(TEXT_KIND, MUST, "name for people", "标题")
    side: str = key(
        one("issuer", "laboratory", "peer", "expert", "holder"),
        "issuer",
        "on whose behalf the person acts",
        "代表哪一方",
    )
    functions: tuple[str, ...] = key(many(one(*FUNCTIONS)), MUST, "where the role acts", "在哪些功能中行事")
    competence: tuple[str, ...] = key(
        many(WORD_KIND),
        (),
        "scope dimensions in which the person must be found competent on the day of the work",
        "该人员在工作当日须被评定具备能力的范围维度",
    )


@dataclass(frozen=True)
class Authority(Listed):
    """``[[authority]]``: what the issuer, a role or an activity's performer must itself hold.

    ``any_of`` or ``any_of_kind`` name what will do: within a table *or*, between tables *and*. ``kind = "law"`` is a
    root: ``territory`` and ``function`` say what the statute gives. For ``kind = "competence"`` they say what the
    competence must include.
    """

    MEANING: ClassVar = {
        "en": "What the issuer, a role or an activity's performer must itself hold.",
        "zh": "颁发机构、某一角色或某一活动的实施者自身须具备的资格。",
    }

    id: str = key(ID_KIND, MUST, "name within the scheme", "方案内名称")
    of: str = key(
        WORD_KIND,
        "issuer",
        "who must hold it: issuer, a role, or an activity's performer",
        "谁须具备：颁发机构、某一角色或某一活动的实施者",
    )
    kind: str = key(one(*AUTHORITIES), MUST, "law: held by statute, a root of trust", "law：依法具有，为信任之根")
    any_of: tuple[str, ...] = key(
        many(ID_KIND),
        (),
        "schemes, one of which must have given it; absent only for law",
        "须由其中任一方案授予；仅依法具有者可缺省",
    )
    any_of_kind: str | None = key(
        one(*AUTHORITIES),
        None,
        "an attestation of this kind under another scheme also counts, through one of arrangements",
        "经所列互认安排，其他方案下的同类资格亦可",
    )
    filed: bool = key(
        YES_KIND,
        False,
        "one through any_of_kind must be filed with the authority of the area",
        "经互认取得者须向本地主管部门备案",
    )
    territory: tuple[str, ...] = key(
        many(WORD_KIND),
        (),
        "regions for which it is held; absent: the area of the scheme",
        "所及地域；缺省为方案适用地域",
    )
    function: str | None = key(
        WORD_KIND, None, "node of the tree of functions: what it entitles to", "职能树节点：授权从事何事"
    )
    grade: str | None = key(ID_KIND, None, "at least this grade of that scheme", "至少为该方案的此等级")
    covers: dict[str, str] = key(
        MAP_KIND, {}, "scope dimension here = scope dimension there", "本方案维度 = 对方方案维度"
    )
    asks: dict[str, str] = key(
        MAP_KIND,
        {},
        "dimension there = node it must include besides what is claimed",
        "对方方案维度 = 除所申报者外还须包含的节点",
    )
    free: tuple[str, ...] = key(many(WORD_KIND), (), "dimensions this authority does not limit", "该资格不加限制的维度")
    demand: str = key(
        one("always", "if_claimed"),
        "always",
        "if_claimed: only where the attestation refers to it",
        "if_claimed：仅当证明提及时才要求",
    )
    arrangements: tuple[str, ...] = key(
        many(WORD_KIND), (), "arrangements through which a foreign one counts", "境外资格得以承认所依的互认安排"
    )
    grace: Period | None = key(
        PERIOD_KIND,
        None,
        "when it ends nothing new is issued; living attestations may move to another issuer within this time",
        "资格终止后不得再颁发；存续证明可在此期限内转换机构",
    )
    grace_source: tuple[Source, ...] = key(SOURCE_KIND, (), "the clause that gives the grace", "规定宽限期的条款")
    then: str | None = key(
        ID_KIND,
        None,
        "ground that falls due when it ends, or after grace; absent: living attestations stand",
        "资格终止（或宽限期满）时触发的事由；缺省则存续证明继续有效",
    )
