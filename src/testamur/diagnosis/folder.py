"""The folder for the auditor: per clause what is there, what is missing, and whether one is ready.

Source of what must be documented: ISO 9001:2015, the clauses that say "documented information", in our own words.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from html import escape
from typing import Any

from testamur.diagnosis import queries, questionnaires
from testamur.diagnosis.models import Assessment, FolderPaper, PlanItem
from testamur.files.queries import read
from testamur.files.tables import neutral
from testamur.kernel.days import day_of
from testamur.kernel.refusal import Refused, _
from testamur.parties.models import Membership

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


@dataclass(frozen=True)
class Found:
    """Something that is there for a clause: ``title``, a ``note``, and the ``paper`` whose file goes into the ZIP."""

    title: str
    note: str = ""
    on: date | None = None
    paper: FolderPaper | None = None


@dataclass
class Clause:
    """A clause with what is there; ``state`` is ok, bad (asked for and missing), wait (nothing needed), off."""

    number: str
    asked: Mapping[str, str] | None
    found: list[Found] = field(default_factory=list)
    not_applicable: str = ""

    @property
    def state(self) -> str:
        if self.found:
            return "ok"
        if self.not_applicable:
            return "off"
        return "bad" if self.asked else "wait"


Collected = Iterable[tuple[str, Found]]


def _papers(membership: Membership) -> Collected:
    for paper in queries.papers(membership):
        on = day_of(paper.effective_at, membership.organisation.country)
        yield paper.clause, Found(paper.title, paper.note, on, paper)


def _done(membership: Membership) -> Collected:
    for item in queries.plan(membership).exclude(done_on=None).exclude(clause=""):
        yield item.clause, Found(item.what, item.outcome, item.done_on)


#: Where what is there comes from. Controlled documents, audits and reviews of other packages join here: each is a
#: function of the membership that yields (clause, what was found).
COLLECTORS: list[Callable[[Membership], Collected]] = [_papers, _done]


def clauses() -> list[str]:
    """Return the clauses of the folder, in their order."""
    numbers = {one.clause for one in questionnaires.get("iso-9001").questions} | set(ASKED)
    return sorted(numbers, key=lambda one: [int(part) for part in one.split(".")])


def contents(membership: Membership) -> list[Clause]:
    """Return every clause with what is there; what the last check-up calls not applicable is asked of nobody."""
    reasons = _not_applicable(queries.last_checkup(membership.organisation))
    rows = {number: Clause(number, ASKED.get(number), not_applicable=reasons.get(number, "")) for number in clauses()}
    for collect in COLLECTORS:
        for number, found in collect(membership):
            if number in rows:
                rows[number].found.append(found)
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


def standing_against(membership: Membership, today: date) -> list[Refused]:
    """Return everything that stands against calling the folder ready; nothing: ready.

    Readiness here is a word about papers and plans, not a promise of a certificate; only the body decides that.
    """
    found = []
    checkup = queries.last_checkup(membership.organisation)
    if checkup is None:
        found.append(_against(_("No check-up was finished yet. It takes 20 minutes in its short form.")))
    elif not queries.is_fresh(checkup, today):
        found.append(_against(_("The last check-up is more than a year old. Do it again.")))
    else:
        found += _open_gaps(checkup)
    for row in contents(membership):
        if row.state == "bad":
            found.append(
                _against(_("{clause} {asked}: nothing is there."), row.number, clause=row.number, asked=row.asked)
            )
    late = queries.plan(membership).filter(done_on=None, due_on__lt=today).count()
    if late:
        found.append(_against(_("{count} steps of your plan are late."), count=late))
    return found


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


def zipped(membership: Membership, *, language: str, at: datetime) -> bytes:
    """Return the folder as a ZIP: files by clause, and an index as HTML and CSV with the SHA-256 of each."""
    rows = contents(membership)
    listed: list[list[str]] = []
    out = io.BytesIO()
    moment = at.timetuple()[:6]
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for row in rows:
            asked = (row.asked or {}).get(language, "")
            for n, found in enumerate(row.found, 1):
                path, digest = "", ""
                if found.paper is not None and found.paper.file is not None:
                    path, digest = f"{row.number}/{n:02d}-{_safe(found.paper.name)}", found.paper.file.sha256
                    archive.writestr(zipfile.ZipInfo(path, moment), read(found.paper.file))
                listed.append([row.number, asked, found.title, found.note, str(found.on or ""), path, digest])
            if not row.found and (row.asked or row.not_applicable):
                listed.append([row.number, asked, "–", row.not_applicable, "", "", ""])
        archive.writestr(zipfile.ZipInfo("index.csv", moment), _csv(listed))
        archive.writestr(zipfile.ZipInfo("index.html", moment), _html(listed, membership, language, at))
    return out.getvalue()


COLUMNS = {
    "en": ("Clause", "Asked for", "What is there", "Note", "Day", "File", "SHA-256"),
    "zh": ("条款", "要求提供", "已有资料", "说明", "日期", "文件", "SHA-256"),
}


def _safe(name: str) -> str:
    kept = "".join(sign if sign.isalnum() or sign in "._- " else "_" for sign in name).strip(" .")
    return kept[-120:] or "file"


def _csv(rows: list[list[str]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["clause", "asked", "there", "note", "day", "file", "sha256"])
    writer.writerows([[neutral(cell) for cell in row] for row in rows])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _html(rows: list[list[str]], membership: Membership, language: str, at: datetime) -> bytes:
    names = membership.organisation.names
    title = f"{names.get(language) or names.get('en') or ''} · ISO 9001"
    head = "".join(f'<th scope="col">{escape(text)}</th>' for text in COLUMNS[language])
    body = "".join(
        "<tr>"
        + "".join(
            f'<td><a href="{escape(cell)}">{escape(cell)}</a></td>' if n == 5 and cell else f"<td>{escape(cell)}</td>"
            for n, cell in enumerate(row)
        )
        + "</tr>"
        for row in rows
    )
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{escape(title)}</title></head>'
        f"<body><h1>{escape(title)}</h1><p>{at.date().isoformat()}</p>"
        f'<table border="1"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></body></html>'
    ).encode()
