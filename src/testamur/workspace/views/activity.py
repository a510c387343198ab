"""One activity of a determination: evidence, tests, completion."""

from __future__ import annotations

from datetime import date
from itertools import islice
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from testamur.determination import actions, policies
from testamur.determination import queries as determination
from testamur.determination.actions.activities import STATED
from testamur.determination.models import Activity
from testamur.kernel import clock
from testamur.kernel.refusal import Refused, refusal_of
from testamur.parties import acting
from testamur.parties.models import Membership, Organisation
from testamur.requirements import queries as requirements
from testamur.schemes.language.tables import Activity as ActivityTable
from testamur.schemes.queries import fact_words
from testamur.selection.models import Case
from testamur.wording.templatetags.say import translated, words
from testamur.workspace import case_files, case_pages
from testamur.workspace.answers import Answers, now_for_input, options
from testamur.workspace.said import EVIDENCE, PLACES, said, word
from testamur.workspace.views.determination import pill_of

#: Clauses that are offered while one types; a longer checklist is typed by number.
CLAUSES_MOST = 400


@require_http_methods(["GET", "POST"])
@acting.requires()
def activity(request: HttpRequest, case_id: str, activity_id: str) -> HttpResponse:
    """One activity: evidence, test lines, findings, and completing it."""
    case, membership, side = case_pages.open_case(request, case_id, "determination")
    if side == "client":
        raise Http404
    row = get_object_or_404(determination.visible_to(membership).filter(case=case), public_id=activity_id)
    table = policies.table_of(row)
    area = case.scheme.definition.area
    evidence = Answers(
        request, act="evidence", initial={"at": now_for_input(area), "kind": next(iter(table.evidence), "documents")}
    )
    tests = Answers(request, act="tests")
    complete = Answers(request, act="complete", initial=_completion(row, area))
    here = redirect("workspace:activity", case.public_id, row.public_id)
    if evidence.sent and evidence.attempt(lambda: _record_evidence(row, membership, evidence, area)):
        messages.success(request, _("The evidence is recorded."))
        return here
    if tests.sent and tests.attempt(lambda: _record_tests(row, membership, tests)):
        messages.success(request, _("The test lines are recorded."))
        return here
    if complete.sent and complete.attempt(lambda: _complete(row, membership, complete)):
        messages.success(request, _("The activity is completed."))
        return redirect("workspace:determination", case.public_id)
    may = refusal_of(policies.check_may_record, row, membership, clock.now())
    lacking = (
        policies.outputs_missing(row, report=row.report, facts=row.facts or {}) if row.completed_at is None else []
    )
    return case_pages.show(
        request,
        case,
        "determination",
        "workspace/activity.html",
        title=table.title,
        row=row,
        table=table,
        may=may is None,
        refusal=may,
        place=translated(word(PLACES, table.where)),
        pill=pill_of(row),
        evidence=evidence,
        evidence_questions=_evidence_questions(case, table, evidence),
        tests=tests if _tests(table, row) else None,
        test_questions=_test_questions(case, table, row, tests) if _tests(table, row) else [],
        complete=complete,
        complete_questions=_complete_questions(case, table, row, complete),
        lacking=[{"state": "bad", "text": said(one.sentence, one.facts), "source": one.source} for one in lacking],
        pieces=_pieces(case, row, membership),
        lines=_lines(row),
        findings=list(row.findings.filter(withdrawn_because="")),
        facts=sorted(
            (words(fact_words(case.scheme.definition, name)), value) for name, value in (row.facts or {}).items()
        ),
        titles={one.id: one.title for one in case.scheme.definition.findings},
    )


def _completion(row: Activity, area: str) -> dict[str, Any]:
    found: dict[str, Any] = {
        "report": row.report,
        "ended_on": row.ended_on.isoformat() if row.ended_on else now_for_input(area)[:10],
    }
    found |= {f"fact-{name}": value for name, value in (row.facts or {}).items()}
    return found


def _record_evidence(row: Activity, by: Membership, answers: Answers, area: str) -> Any:
    at = answers.instant("at", area=area)
    title = answers.text("title", required=True, most=255)
    files = answers.files("file")
    place = {key: answers.text(f"paper-{key}") for key in ("archive", "box", "pages")}
    location = {key: text for key, text in place.items() if text}
    if at is None or answers.errors:
        return None
    clauses = [one.strip() for one in answers.text("clauses").replace(";", ",").split(",") if one.strip()]
    also = [one for one in _others_on_visit(row) if one.public_id in answers.several("also")]
    kind = str(answers.raw("kind"))
    made = None
    if files:
        for place_, (name, content) in enumerate(files):
            made = actions.record_evidence(
                activity=row,
                kind=kind,
                title=title if len(files) == 1 else f"{title} ({place_ + 1})",
                content=content,
                name=name,
                clauses=clauses,
                also=also,
                by=by,
                at=at,
            )
        return made
    return actions.record_evidence(
        activity=row, kind=kind, title=title, location=location or None, clauses=clauses, also=also, by=by, at=at
    )


def _others_on_visit(row: Activity) -> list[Activity]:
    """Return the other activities of the same visit, also of other cases: one piece of evidence may serve several."""
    if row.visit is None:
        return []
    return list(row.visit.activities.exclude(pk=row.pk).select_related("case__scheme"))


def _evidence_questions(case: Case, table: ActivityTable, answers: Answers) -> list[dict[str, Any]]:
    kinds = list(
        dict.fromkeys(
            [
                *table.evidence,
                *(
                    "documents",
                    "checklist",
                    "photographs",
                    "attendance",
                    "raw_data",
                    "sample_record",
                    "answers",
                    "interview_notes",
                ),
            ]
        )
    )
    return [
        answers.ask("title", "text", _("What it shows")),
        answers.ask(
            "kind", "choice", _("Kind"), options=options((key, translated(word(EVIDENCE, key))) for key in kinds)
        ),
        answers.ask(
            "at",
            "text",
            _("When it came to be"),
            help=_("Written as 2026-03-31T09:30. When it is received is recorded beside it."),
        ),
        answers.ask("file", "files", _("Files"), required=False, help=_("Each is kept under its SHA-256.")),
        answers.ask(
            "clauses",
            "text",
            _("Clauses it serves"),
            required=False,
            help=_("Several with commas: 7.1.5, 8.5.1"),
            known=_clauses(case),
        ),
        answers.ask(
            "paper-archive",
            "text",
            _("Where the paper lies: archive number"),
            required=False,
            help=_("Only where there is no file."),
        ),
        answers.ask("paper-box", "text", _("Box"), required=False),
        answers.ask("paper-pages", "whole_number", _("Pages"), required=False),
    ]


def _clauses(case: Case) -> list[dict[str, Any]]:
    keys = [one.document for one in case.scheme.definition.requirements if one.used_as == "criteria"]
    items = (item for key in keys for item in requirements.checklist(key))
    return [{"value": item.number, "label": words(item.text)} for item in islice(items, CLAUSES_MOST)]


def _tests(table: ActivityTable, row: Activity) -> bool:
    return "test_report" in table.outputs or row.test_lines.exists()


def _record_tests(row: Activity, by: Membership, answers: Answers) -> Any:
    subcontractors = {one.public_id: one for one in _laboratories(row)}
    lines = []
    for one in answers.rows("lines"):
        lines.append(
            {
                **{
                    key: one.get(key, "")
                    for key in ("clause", "method", "result", "limit", "report_number", "arrangement")
                },
                "tested_on": one.get("tested_on", ""),
                "passed": {"pass": True, "fail": False}.get(one.get("passed", "")),
                "subcontractor": subcontractors.get(one.get("subcontractor", "")),
            }
        )
    try:
        return actions.record_test(activity=row, lines=lines, by=by, at=clock.now())
    except Refused as refused:
        refused.field = "lines"
        raise


def _laboratories(row: Activity) -> list[Organisation]:
    wanted = {scheme for table in row.case.scheme.definition.authorities_of(row.activity) for scheme in table.any_of}
    rows = Organisation.objects.filter(held__scheme_id_text__in=wanted).exclude(pk=row.performer_id)
    return list(rows.exclude(pk=row.case.client_id or 0).distinct())


def _test_questions(case: Case, table: ActivityTable, row: Activity, answers: Answers) -> list[dict[str, Any]]:
    columns: list[dict[str, Any]] = [
        {"id": "clause", "label": _("Clause"), "type": "text"},
        {"id": "method", "label": _("Method"), "type": "text"},
        {"id": "result", "label": _("Result"), "type": "text"},
        {"id": "limit", "label": _("Limit"), "type": "text"},
        {
            "id": "passed",
            "label": _("Passed"),
            "type": "choice",
            "choices": [("pass", _("passed")), ("fail", _("not passed"))],
        },
        {"id": "tested_on", "label": _("Tested on (2026-03-31)"), "type": "text"},
        {"id": "report_number", "label": _("Report number"), "type": "text"},
    ]
    laboratories = _laboratories(row)
    if laboratories:
        columns.append(
            {
                "id": "subcontractor",
                "label": _("Subcontractor"),
                "type": "choice",
                "choices": [(one.public_id, words(one.names)) for one in laboratories],
            }
        )
    if table.accepts:
        columns.append(
            {
                "id": "arrangement",
                "label": _("Accepted through"),
                "type": "choice",
                "choices": [(one, one) for one in table.accepts],
            }
        )
    return [
        answers.ask(
            "lines",
            "products",
            _("Test lines"),
            columns=columns,
            help=_(
                "Authority is judged line by line, on the day of the test. A later line of a clause "
                "takes the place of an earlier one."
            ),
        )
    ]


def _stated_facts(case: Case, table: ActivityTable) -> list[str]:
    """Return the facts that completing this activity states: those its own and the grades' conditions ask for."""
    asked = [one.fact for one in table.passes_when]
    if "score" in table.outputs:
        asked += [one.fact for grade in case.scheme.definition.grades for one in grade.when]
    return [one for one in dict.fromkeys(asked) if one.startswith(STATED) and one != "test.passed"]


def _complete_questions(case: Case, table: ActivityTable, row: Activity, answers: Answers) -> list[dict[str, Any]]:
    questions = [answers.ask("ended_on", "date", _("Last day of the work"))]
    if {"report", "statement", "findings"} & set(table.outputs) or row.report:
        questions.append(
            answers.ask(
                "report",
                "long_text",
                _("Report"),
                help=_("What was done, seen and concluded; also that there are no findings, where that is so."),
            )
        )
    for name in _stated_facts(case, table):
        condition = next((one for one in table.passes_when if one.fact == name), None)
        label = fact_words(case.scheme.definition, name)
        yes_no = condition is not None and isinstance(condition.value, bool)
        questions.append(answers.ask(f"fact-{name}", "yes_no" if yes_no else "decimal", label, required=True))
    if not table.passes_when and not _tests(table, row):
        questions.append(
            answers.ask("passed", "yes_no", _("Did it pass, or is the way free for what follows?"), required=False)
        )
    return questions


def _complete(row: Activity, by: Membership, answers: Answers) -> Any:
    table = policies.table_of(row)
    ended: date | None = answers.day("ended_on")
    facts: dict[str, Any] = {}
    for name in _stated_facts(row.case, table):
        raw = str(answers.raw(f"fact-{name}"))
        if raw in ("true", "false"):
            facts[name] = raw == "true"
        elif raw.strip():
            facts[name] = raw.strip()
    passed = {"true": True, "false": False}.get(str(answers.raw("passed")))
    if ended is None:
        return None
    try:
        return actions.complete_activity(
            activity=row,
            ended_on=ended,
            report=answers.text("report"),
            facts=facts,
            passed=passed,
            by=by,
            at=clock.now(),
            version=answers.number("version"),
        )
    except Refused as refused:
        for one in getattr(refused, "problems", [refused]):
            if one.field.startswith(STATED):
                one.field = f"fact-{one.field}"
        raise


def _pieces(case: Case, row: Activity, membership: Membership) -> list[dict[str, Any]]:
    found = []
    for piece in determination.evidence_visible_to(membership).filter(activity=row).order_by("id"):
        kind = translated(word(EVIDENCE, piece.kind))
        place = " · ".join(f"{key} {value}" for key, value in piece.location.items()) if piece.location else ""
        late = _("received late") if piece.late else ""
        found.append(
            {
                "name": piece.title,
                "href": case_files.address(case, "evidence", piece.pk) if piece.file else "",
                "kind": " · ".join(part for part in (kind, ", ".join(piece.clauses), place, late) if part),
                "size": piece.file.size if piece.file else None,
                "effective_on": piece.effective_at,
                "received_at": piece.recorded_at,
                "sha256": piece.file.sha256 if piece.file else "",
                "icon": "photo" if piece.kind == "photographs" else "file-text" if piece.file else "archive",
            }
        )
    return found


def _lines(row: Activity) -> list[dict[str, Any]]:
    counting = {line.pk for line in determination.newest_lines(row)}
    demanded = bool(row.case.scheme.definition.authorities_of(row.activity))
    found = []
    for line in row.test_lines.select_related("laboratory", "subcontractor", "authority").order_by("id"):
        covered = bool(line.authority_id or line.arrangement) or not demanded
        found.append({"line": line, "counts": line.pk in counting, "covered": covered})
    return found
