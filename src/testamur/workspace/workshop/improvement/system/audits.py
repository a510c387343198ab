"""The page of one internal audit: what it looks at, what was found, its report."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from testamur.files import reports
from testamur.improvement import clauses as known
from testamur.improvement.actions import audits as actions
from testamur.improvement.models import AuditFinding, InternalAudit
from testamur.improvement.policies import audits as policies
from testamur.improvement.queries import audits as queries
from testamur.kernel import clock
from testamur.kernel.refusal import Refused, refusal_of
from testamur.kernel.words import Function
from testamur.parties import acting
from testamur.parties.models import Membership
from testamur.wording.templatetags.say import day as said_day
from testamur.wording.templatetags.say import translated, words
from testamur.workspace import case_pages
from testamur.workspace.answers import Answers
from testamur.workspace.workshop.improvement.system import cure, frame

TONES = {"planned": "info", "reported": "turn", "closed": "ok", "dropped": "mute"}


@require_http_methods(["GET", "POST"])
@acting.requires(Function.QUALITY)
def audit(request: HttpRequest, audit_id: str) -> HttpResponse:
    """Show one audit, and take findings, report, problems and closing."""
    membership, today = frame.member_of(request), case_pages.today_cn()
    found = get_object_or_404(queries.audits(membership), public_id=audit_id)
    finding, following = Answers(request, "finding"), cure.Cure(request, found, membership)
    reported = Answers(request, "report", {"held_on": today.isoformat()})
    closed, dropped = Answers(request, "close"), Answers(request, "drop")
    for answers, act, done in (
        (finding, lambda: _find(finding, found, membership), _("The finding is recorded.")),
        *following.acts,
        (reported, lambda: _report(reported, found, membership), _("The audit is reported.")),
        (closed, lambda: actions.close_audit(audit=found, by=membership, at=clock.now()), _("The audit is closed.")),
        (dropped, lambda: actions.drop_audit(audit=found, because=dropped.text("because", required=True, most=300),
                                             by=membership, at=clock.now()), _("The audit is dropped.")),
    ):  # fmt: skip
        if answers.attempt(act):
            messages.success(request, done)
            return redirect("workspace:workshop-audit", found.public_id)
    state = queries.state_of(found)
    may_record = refusal_of(policies.check_may_record, membership, found, clock.now())
    open_one = state == "planned"
    return frame.sheet(
        request,
        head={
            "title": _("Audit {number}").format(number=found.number),
            "pills": [{"tone": TONES[state], "text": translated(queries.STATES[state])}],
            "facts": [found.auditor.person.names, found.programme.title],
            "actions": [{"label": _("Report as PDF"), "icon": "file-download",
                         "href": reverse("workspace:workshop-audit-pdf", args=[found.public_id])}]
            if found.reported_at
            else [],
        },
        way=frame.crumbs(
            (_("Internal audits"), reverse("workspace:workshop-audits")),
            (found.programme.title, reverse("workspace:workshop-programme", args=[found.programme.public_id])),
            (found.number, ""),
        ),
        next_step=_next(found, state),
        main=[
            {"title": _("Conclusion"), "paragraphs": [found.conclusion]} if found.conclusion else None,
            _findings(found),
            *following.cards,
            _finding_form(finding, found, may_record) if open_one else None,
            _report_form(reported, may_record) if open_one else None,
        ],
        aside=[
            _facts(found),
            frame.form(closed, _("Close"), [], _("Close the audit"), main=True, source=policies.CURE,
                       refused=refusal_of(policies.check_may_close, membership, found, clock.now()))
            if state == "reported"
            else None,
            frame.form(dropped, _("Drop"), [dropped.ask("because", "text", _("Why it is not held"), max=300)],
                       _("Drop this audit"), folded=True)
            if open_one
            else None,
            {"title": _("Dropped"), "paragraphs": [found.dropped_because]} if found.dropped_because else None,
        ],
    )  # fmt: skip


def _next(found: InternalAudit, state: str) -> dict[str, Any]:
    if state == "planned":
        return {"step": _("Hold the audit, record what is found, and report"), "who": found.auditor.person.names,
                "by": found.planned_on, "source": policies.PROGRAMME}  # fmt: skip
    if state == "reported":
        if queries.uncured(found):
            return {"step": _("Open a problem for each nonconformity, or say why its correction is enough"),
                    "source": policies.CURE, "tone": "warn"}  # fmt: skip
        return {"step": _("Close the audit")}
    return {"step": _("Nothing: this audit is over."), "tone": "wait"}


def _facts(found: InternalAudit) -> dict[str, Any]:
    titles = known.titles()
    return {
        "title": _("What it looks at"),
        "facts": [
            {"label": _("Planned for"), "value": found.planned_on},
            *([{"label": _("Held on"), "value": found.held_on}] if found.held_on else []),
            {"label": _("Processes"), "value": ", ".join(one.name for one in queries.processes_of(found))},
            {"label": _("Clauses"),
             "value": ", ".join(f"{one} {words(titles.get(one))}" for one in queries.clauses_of(found))},
            *([{"label": _("In particular"), "value": found.scope}] if found.scope else []),
        ],
    }  # fmt: skip


def _findings(found: InternalAudit) -> dict[str, Any]:
    rows = [
        {
            "cells": [
                one.number,
                translated(queries.KINDS[AuditFinding.Kind(one.kind)]),
                f"{one.process.name}, {one.clause}",
                one.statement,
                one.seen,
                cure.cured(one),
            ]
        }
        for one in found.findings.select_related("process", "problem")
    ]
    labels = [_("Finding"), _("Kind"), _("Where"), _("What"), _("Seen (evidence)"), _("Cured in")]
    return {
        "title": _("Findings"),
        "table": {"columns": [{"label": label} for label in labels], "rows": rows, "empty": _("None recorded yet.")},
    }


def _finding_form(answers: Answers, found: InternalAudit, refused: Refused | None) -> dict[str, Any]:
    titles = known.titles()
    processes = [{"id": one.public_id, "label": one.name} for one in queries.processes_of(found)]
    clauses = [{"id": one, "label": f"{one} {words(titles.get(one))}"} for one in queries.clauses_of(found)]
    questions = [
        answers.ask("kind", "choice", _("Kind"), options=frame.worded(queries.KINDS)),
        answers.ask("process", "choice", _("Process"), options=processes),
        answers.ask("clause", "choice", _("Clause"), options=clauses),
        answers.ask("statement", "long_text", _("What is so, or is not as required")),
        answers.ask("seen", "long_text", _("What was seen: records, places, people's functions")),
    ]
    return frame.form(answers, _("Record a finding"), questions, _("Record the finding"), refused=refused, main=True)


def _find(answers: Answers, found: InternalAudit, by: Membership) -> Any:
    kind = answers.chosen("kind", {str(key): str(key) for key in queries.KINDS})
    process = answers.chosen("process", {one.public_id: one for one in queries.processes_of(found)})
    clause = answers.chosen("clause", {one: one for one in queries.clauses_of(found)})
    statement, seen = (
        answers.text("statement", required=True, most=5000),
        answers.text("seen", required=True, most=5000),
    )
    if kind is None or process is None or clause is None:
        return None
    return actions.record_finding(
        audit=found, kind=kind, process=process, clause=clause, statement=statement, seen=seen, by=by, at=clock.now()
    )


def _report_form(answers: Answers, refused: Refused | None) -> dict[str, Any] | None:
    if refused is not None:
        return None
    questions = [
        answers.ask("held_on", "date", _("Held on")),
        answers.ask("conclusion", "long_text", _("Conclusion: does the system conform, and does it work?")),
    ]
    return frame.form(answers, _("Report"), questions, _("Report the audit"),
                      lead=_("From then on the findings do not change."))  # fmt: skip


def _report(answers: Answers, found: InternalAudit, by: Membership) -> Any:
    day, conclusion = answers.day("held_on"), answers.text("conclusion", required=True, most=5000)
    if day is None:
        return None
    return actions.report_audit(audit=found, held_on=day, conclusion=conclusion, by=by, at=clock.now())


@require_safe
@acting.requires(Function.QUALITY)
def audit_pdf(request: HttpRequest, audit_id: str) -> HttpResponse:
    """Hand the report of an audit over as PDF."""
    rows = queries.audits(frame.member_of(request)).filter(reported_at__isnull=False)
    found = get_object_or_404(rows, public_id=audit_id)
    card, facts = _findings(found), _facts(found)["facts"]
    labels = [column["label"] for column in card["table"]["columns"]]
    report = reports.Report(
        title=_("Internal audit {number}").format(number=found.number),
        facts=[
            (_("Organisation"), words(found.programme.organisation.names)),
            (_("Programme"), found.programme.title),
            (_("Auditor"), words(found.auditor.person.names)),
            *((fact["label"], said_day(fact["value"]) if hasattr(fact["value"], "year") else fact["value"])
              for fact in facts),
        ],
        sections=[
            reports.Section(_("Conclusion"), [found.conclusion]),
            reports.Section(
                card["title"],
                [] if card["table"]["rows"] else [card["table"]["empty"]],
                reports.Table(labels, [[str(cell["text"] if isinstance(cell, dict) else cell) for cell in row["cells"]]
                                       for row in card["table"]["rows"]])
                if card["table"]["rows"]
                else None,
            ),
        ],
        footer=words(found.programme.organisation.names),
    )  # fmt: skip
    return frame.as_pdf(report, f"audit-{found.number}")
