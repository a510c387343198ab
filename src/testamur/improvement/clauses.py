"""The clauses of ISO 9001:2015 (GB/T 19001-2016) that an audit programme covers: numbers, and titles in own words."""

from __future__ import annotations

import re

from testamur.kernel.once import once
from testamur.requirements.models import Clause

#: Documents whose clauses are taken where this installation holds them, the first that does.
DOCUMENTS = ("gbt-19001@2016", "iso-9001@2015")
_LEVEL = re.compile(r"(?:[4-9]|10)\.\d+")

#: Number → what the clause is about, in own short words.
OWN: dict[str, dict[str, str]] = {
    number: {"en": en, "zh": zh}
    for number, en, zh in (
        ("4.1", "context", "组织环境"),
        ("4.2", "interested parties", "相关方"),
        ("4.3", "scope of the system", "体系范围"),
        ("4.4", "processes of the system", "体系及其过程"),
        ("5.1", "leadership", "领导作用"),
        ("5.2", "policy", "质量方针"),
        ("5.3", "roles and authorities", "岗位、职责和权限"),
        ("6.1", "risks and opportunities", "风险和机遇"),
        ("6.2", "objectives", "质量目标"),
        ("6.3", "planning of changes", "变更的策划"),
        ("7.1", "resources", "资源"),
        ("7.2", "competence", "能力"),
        ("7.3", "awareness", "意识"),
        ("7.4", "communication", "沟通"),
        ("7.5", "documented information", "成文信息"),
        ("8.1", "operational planning", "运行策划"),
        ("8.2", "requirements of customers", "顾客要求"),
        ("8.3", "design and development", "设计和开发"),
        ("8.4", "what others provide", "外部提供的控制"),
        ("8.5", "production and service", "生产和服务提供"),
        ("8.6", "release", "放行"),
        ("8.7", "nonconforming outputs", "不合格输出"),
        ("9.1", "measuring and analysis", "监视、测量、分析"),
        ("9.2", "internal audit", "内部审核"),
        ("9.3", "management review", "管理评审"),
        ("10.1", "improvement in general", "改进总则"),
        ("10.2", "nonconformity and cure", "不合格和纠正措施"),
        ("10.3", "continual improvement", "持续改进"),
    )
}


def titles() -> dict[str, dict[str, str]]:
    """Return number → title of the clauses with two numbers, in the order of the standard.

    Titles are those of the clauses that this installation holds; where it holds none, our own short words.
    """
    return once(("clauses of iso 9001",), _titles)


def _titles() -> dict[str, dict[str, str]]:
    for document in DOCUMENTS:
        rows = Clause.objects.filter(document__key=document).order_by("position", "number")
        held = {row.number: row.title or OWN.get(row.number, {}) for row in rows if _LEVEL.fullmatch(row.number)}
        if held:
            return held
    return OWN
