"""The folder for the auditor: per clause what is there, what is missing, and whether one is ready.

Source of what must be documented: ISO 9001:2015, the clauses that say "documented information", in our own words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from testamur.diagnosis import evidence, queries, questionnaires
from testamur.diagnosis.evidence import Collected, Collector, Found, Lack
from testamur.diagnosis.models import Assessment, PlanItem
from testamur.improvement.queries import documents
from testamur.kernel.days import day_of
from testamur.kernel.refusal import Refused, _
from testamur.parties.models import Membership
from testamur.schemes.language.said import Said

#: Clause → what an auditor asks to see. A clause that is not here needs no paper of its own.
ASKED: dict[str, dict[str, str]] = {
    "4.3": {"en": "Scope of the quality management system", "zh": "质量管理体系范围"},
    "4.4.2": {"en": "Descriptions of the processes, and records that they ran so", "zh": "过程文件及实施记录"},
    "5.2.2": {"en": "Quality policy", "zh": "质量方针"},
    "6.2.1": {"en": "Quality objectives", "zh": "质量目标"},
    "7.1.5": {"en": "Proof that measuring instruments are fit and calibrated", "zh": "测量设备适用和校准证据"},
    "7.2": {"en": "Proof of competence", "zh": "人员能力证据"},
    "7.5.3": {"en": "List of valid documents", "zh": "有效文件清单"},
    "8.1": {"en": "Control plans or instructions for making and checking", "zh": "控制计划或生产检验作业文件"},
    "8.2.3": {"en": "Reviews of orders", "zh": "订单评审记录"},
    "8.3.4": {"en": "Reviews, checks and trials of designs", "zh": "设计评审、验证和确认记录"},
    "8.4.1": {"en": "Choice and judging of suppliers", "zh": "供方选择和评价记录"},
    "8.5.2": {"en": "Records of traceability", "zh": "追溯记录"},
    "8.5.6": {"en": "Reviews of changes in production", "zh": "生产更改评审记录"},
    "8.6": {"en": "Records of final inspection and release", "zh": "最终检验和放行记录"},
    "8.7": {"en": "Records of nonconforming products", "zh": "不合格品处置记录"},
    "9.1.1": {"en": "Results of monitoring and measuring", "zh": "监视和测量结果"},
    "9.2.2": {"en": "Internal audit programme and results", "zh": "内部审核方案和结果"},
    "9.3.3": {"en": "Minutes of the management review", "zh": "管理评审记录"},
    "10.2.2": {"en": "Nonconformities, causes, actions, effect", "zh": "不符合、原因、措施及效果记录"},
}


#: Clause → where the workshop keeps what it asks for, a key of the page's table; other clauses want a paper.
KEPT = {
    "4.4.2": "documents",
    "6.2.1": "objectives",
    "7.1.5": "gauges",
    "7.2": "documents",
    "7.5.3": "documents",
    "8.1": "control_plans",
    "8.4.1": "suppliers",
    "9.1.1": "charts",
    "9.2.2": "audits",
    "9.3.3": "reviews",
    "10.2.2": "problems",
}


@dataclass
class Clause:
    """A clause with what is there.

    ``state`` is ok; warn (something is there, and something stands against it); bad (asked for and missing); wait
    (nothing needed); off (does not apply).
    """

    number: str
    asked: Mapping[str, str] | None
    found: list[Found] = field(default_factory=list)
    lacks: list[Lack] = field(default_factory=list)
    not_applicable: str = ""

    @property
    def state(self) -> str:
        if self.lacks:
            return "warn" if self.found else "bad"
        if self.found:
            return "ok"
        if self.not_applicable:
            return "off"
        return "bad" if self.asked else "wait"

    @property
    def kept(self) -> str:
        """Return where the workshop keeps what is asked for; "" where only a paper helps."""
        return KEPT.get(self.number, "")


def _papers(membership: Membership, today: date) -> Collected:
    for paper in queries.papers(membership):
        on = day_of(paper.effective_at, membership.organisation.country)
        if paper.document is None:
            yield paper.clause, Found(paper.title, paper.note, on, file=paper.file, name=paper.name, paper=paper)
            continue
        version = documents.in_force(paper.document, today)
        if version is None:
            said = Said(_("{document}: no version is in force."), {"document": str(paper.document)})
            yield paper.clause, Lack(said, "document", paper.document.public_id)
        else:
            yield paper.clause, evidence.of_version(version, paper=paper)


def _done(membership: Membership, today: date) -> Collected:
    for item in queries.plan(membership).exclude(done_on=None).exclude(clause=""):
        yield item.clause, Found(item.what, item.outcome, item.done_on, "plan", item.public_id)


#: Where what is there comes from, in the order in which it is shown.
COLLECTORS: tuple[Collector, ...] = (_papers, *evidence.COLLECTORS, _done)


def clauses() -> list[str]:
    """Return the clauses of the folder, in their order."""
    numbers = {one.clause for one in questionnaires.get("iso-9001").questions} | set(ASKED)
    return sorted(numbers, key=lambda one: [int(part) for part in one.split(".")])


def contents(membership: Membership, today: date) -> list[Clause]:
    """Return every clause with what is there on a day; what the check-up calls not applicable is asked of nobody."""
    reasons = _not_applicable(queries.last_checkup(membership.organisation))
    rows = {number: Clause(number, ASKED.get(number), not_applicable=reasons.get(number, "")) for number in clauses()}
    for collect in COLLECTORS:
        for number, one in collect(membership, today):
            if number not in rows:
                continue
            if isinstance(one, Lack):
                rows[number].lacks.append(one)
            else:
                rows[number].found.append(one)
    return list(rows.values())


def _not_applicable(assessment: Assessment | None) -> dict[str, str]:
    if assessment is None:
        return {}
    questionnaire = queries.questionnaire_of(assessment)
    by_clause: dict[str, list[str]] = {}
    for answer in assessment.answers.all():
        number = questionnaire.question(answer.question).clause
        by_clause.setdefault(number, []).append(answer.reason if answer.value == "na" else "")
    return {number: "; ".join(found) for number, found in by_clause.items() if all(found)}


def standing_against(membership: Membership, today: date, rows: Sequence[Clause]) -> list[Refused]:
    """Return everything that stands against calling the folder ready; nothing: ready.

    Readiness here is a word about papers and plans, not a promise of a certificate; only the body decides that.

    Args:
        rows: ``contents`` of the same day.
    """
    return [*against_the_plan(membership, today), *(one for row in rows for one in against_the_clause(row))]


def against_the_plan(membership: Membership, today: date) -> list[Refused]:
    """Return what stands against it in check-up and plan."""
    found = []
    checkup = queries.last_checkup(membership.organisation)
    if checkup is None:
        found.append(_against(_("No check-up was finished yet. It takes 20 minutes in its short form.")))
    elif not queries.is_fresh(checkup, today):
        found.append(_against(_("The last check-up is more than a year old. Do it again.")))
    else:
        found += _open_gaps(checkup)
    late = queries.plan(membership).filter(done_on=None, due_on__lt=today).count()
    if late:
        found.append(_against(_("{count} steps of your plan are late."), count=late))
    return found


def against_the_clause(row: Clause) -> list[Refused]:
    """Return what stands against it under one clause."""
    if row.state == "bad" and not row.lacks:
        return [_against(_("{clause} {asked}: nothing is there."), row.number, clause=row.number, asked=row.asked)]
    return [_against(one.said.message_id, row.number, **one.said.facts) for one in row.lacks]


def _open_gaps(checkup: Assessment) -> list[Refused]:
    """A *no* to a heavy question, with nothing done about it since."""
    questionnaire = queries.questionnaire_of(checkup)
    done = set(PlanItem.objects.filter(assessment=checkup).exclude(done_on=None).values_list("question", flat=True))
    found = []
    for answer in checkup.answers.filter(value="no").exclude(question__in=done):
        question = questionnaire.question(answer.question)
        if question.weight >= 3:
            found.append(
                _against(
                    _("“{question}” was answered with no, and nothing was done about it yet."),
                    question.clause,
                    question=question.ask,
                )
            )
    return found


def _against(sentence: str, under: str = "", **facts: Any) -> Refused:
    return Refused(
        sentence,
        facts,
        rule="diagnosis.folder",
        source=f"iso-9001@2015#{under}" if under else "testamur@2026-1#diagnosis",
    )
