"""The evaluation of a round: looked at before it is proposed, issued by a second person, contested, taken as a file."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from testamur.files import tables
from testamur.kernel import clock
from testamur.kernel.refusal import refusal_of
from testamur.parties import acting
from testamur.parties.models import Membership
from testamur.proficiency import policies, queries
from testamur.proficiency.actions import editions as actions
from testamur.proficiency.models import Edition, Round
from testamur.wording.templatetags.say import words
from testamur.workspace.answers import Answers
from testamur.workspace.workshop.proficiency import reporting
from testamur.workspace.workshop.proficiency.frame import crumb, member_of, page, rating, run
from testamur.workspace.workshop.proficiency.said import FLAGS


@require_http_methods(["GET", "POST"])
@acting.requires("quality")
def evaluation(request: HttpRequest, round_id: str) -> HttpResponse:
    """Show the evaluation to the provider; propose it, issue it, take it away as a file."""
    found, membership = run(request, round_id), member_of(request)
    waits, issued = queries.proposed(found), queries.issued(found)
    shown = waits or issued
    kind = request.GET.get("format", "")
    if kind in tables.WRITERS and shown is not None:
        return _file(kind, shown)
    if kind == "pdf" and issued is not None:
        return _summary(request, found, issued)
    proposing = Answers(request, "propose", initial={"exclusions": _chosen(shown)})
    issuing = Answers(request, "issue")
    if proposing.attempt(lambda: _proposed(proposing, found, membership)):
        messages.success(request, _("The evaluation is proposed. A second person looks at it and issues it."))
        return redirect("workspace:workshop-round-evaluation", found.public_id)
    if waits is not None and issuing.attempt(lambda: _issued(issuing, waits, membership)):
        messages.success(request, _("The evaluation is issued; every participant reads its report."))
        return redirect("workspace:workshop-round-evaluation", found.public_id)
    refusal = refusal_of(policies.check_may_evaluate, found, queries.today_of(found.organisation))
    blocks: list[dict[str, Any]] = []
    if shown is not None:
        blocks += _blocks(shown)
    if waits is not None:
        own = refusal_of(policies.check_may_issue, waits, membership)
        if own is not None:
            blocks.append(
                {"title": _("Second look, and issue"), "checks": [{"state": "wait", "text": own, "source": own.source}]}
            )
        else:
            note = _("It is computed again before it is issued; the digest must be the same: {digest}")
            form = {"answers": issuing, "questions": [], "button": _("Issue the evaluation"), "version": waits.pk}
            blocks.append(
                {"title": _("Second look, and issue"), "text": [note.format(digest=waits.digest[:16])], "form": form}
            )
    if refusal is None:
        blocks.append(_propose_block(found, proposing, issued))
    blocks += [_editions(found), _appeals(found, membership)]
    step = {"step": refusal} if refusal else _next(found, waits, issued)
    return page(
        request,
        _("Evaluation"),
        blocks,
        next=step,
        head={"actions": _summary_links(found) if issued else []},
        crumbs=[crumb(found), {"label": _("Evaluation")}],
    )


def _summary_links(found: Round) -> list[dict[str, Any]]:
    if found.grouping == Round.Grouping.ONE:
        return [{"label": _("Summary report (PDF)"), "href": "?format=pdf", "icon": "download"}]
    return [
        {
            "label": _("Summary report of {group} (PDF)").format(group=one.name),
            "href": f"?format=pdf&group={one.public_id}",
            "icon": "download",
        }
        for one in found.groups.all()
    ]


def _summary(request: HttpRequest, found: Round, issued: Edition) -> HttpResponse:
    # Of groups that do not see each other there is no report of all: whoever holds one would know of the others.
    group = None
    if found.grouping != Round.Grouping.ONE:
        group = get_object_or_404(found.groups.all(), public_id=request.GET.get("group", ""))
    return reporting.summary_as_pdf(issued, group)


@require_http_methods(["GET", "POST"])
@acting.requires("quality")
def contest(request: HttpRequest, round_id: str, contest_id: str) -> HttpResponse:
    """Answer an appeal against an evaluation."""
    found, membership = run(request, round_id), member_of(request)
    one = get_object_or_404(queries.appeals(membership), public_id=contest_id, edition__round=found)
    answers = Answers(request)
    if answers.attempt(lambda: _answered(answers, one, membership)):
        messages.success(request, _("The appeal is answered. Upheld, propose a new edition now."))
        return redirect("workspace:workshop-round-evaluation", found.public_id)
    facts = [
        {"label": _("Code"), "value": {"code": one.participant.code}},
        {"label": _("Edition"), "value": one.edition.number},
    ]
    blocks: list[dict[str, Any]] = [{"title": _("The appeal"), "text": [one.text], "facts": facts}]
    if one.upheld is None:
        choices = [{"id": "yes", "label": _("Uphold it: a new edition follows")}, {"id": "no", "label": _("Reject it")}]
        questions = [
            answers.ask("upheld", "choice", _("Your answer"), options=choices),
            answers.ask("answer", "long_text", _("Reasons of the answer")),
        ]
        form = {"answers": answers, "questions": questions, "button": _("Answer the appeal")}
        blocks.append({"title": _("Your answer"), "form": form})
    else:
        said = _("upheld") if one.upheld else _("rejected")
        blocks.append({"title": _("The answer"), "text": [said, one.answer]})
    return page(request, _("Appeal"), blocks, crumbs=[crumb(found), {"label": _("Appeal")}])


def _answered(answers: Answers, one: Any, membership: Membership) -> Any:
    upheld = answers.chosen("upheld", {"yes": "yes", "no": "no"})
    if upheld is None:
        return None
    return actions.answer_appeal(
        found=one, upheld=upheld == "yes", answer=answers.text("answer"), by=membership, at=clock.now()
    )


def _proposed(answers: Answers, found: Round, membership: Membership) -> Edition:
    chosen = [
        {"measurand": measurand, "participant": participant, "reason": row.get("reason", "")}
        for row in answers.rows("exclusions")
        if row.get("reason") or row.get("result")
        for measurand, _mark, participant in [row.get("result", "").partition(" ")]
    ]
    return actions.propose(
        found=found,
        exclusions=chosen,
        comment=answers.both("comment"),
        reason=answers.text("reason"),
        by=membership,
        at=clock.now(),
    )


def _issued(answers: Answers, waits: Edition, membership: Membership) -> Edition:
    # The page says which evaluation was looked at; a later one is not issued in its place.
    seen = waits.round.editions.filter(pk=answers.number("version") or 0).first()
    return actions.issue(edition=seen or waits, by=membership, at=clock.now())


def _chosen(shown: Edition | None) -> list[dict[str, str]]:
    rows = shown.exclusions if shown else []
    return [{"result": f"{one['measurand']} {one['participant']}", "reason": one["reason"]} for one in rows]


def _propose_block(found: Round, answers: Answers, issued: Edition | None) -> dict[str, Any]:
    measurands, taking = list(found.measurands.all()), list(found.participants.filter(withdrawn_at=None))
    choices = [
        (f"{one.public_id} {who.public_id}", f"{who.code} · {words(one.name)}") for one in measurands for who in taking
    ]
    columns = [
        {"id": "result", "label": _("Result"), "type": "text", "choices": choices},
        {"id": "reason", "label": _("Why"), "type": "text"},
    ]
    rule = _("Only blunders are left out of the assigned value, with the reason; they keep their score.")
    questions = [
        answers.ask(
            "exclusions",
            "products",
            _("Results left out of the assigned value"),
            columns=columns,
            help=rule,
            required=False,
        ),
        answers.ask("comment-en", "long_text", _("Comment in the report, in English"), required=False),
        answers.ask("comment-zh", "long_text", _("Comment in the report, in Chinese"), required=False),
    ]
    if issued is not None:
        questions.append(answers.ask("reason", "long_text", _("What the new edition corrects, and why")))
    title = _("Evaluate") if issued is None else _("Correct by a new edition")
    return {"title": title, "form": {"answers": answers, "questions": questions, "button": _("Propose the evaluation")}}


def _blocks(shown: Edition) -> list[dict[str, Any]]:
    made = []
    for one, part, entries in reporting.all_parts(shown):
        codes = {entry["participant"]: entry["code"] for entry in entries}
        flags = [
            {"state": "warn", "text": gettext(FLAGS[flag["code"]]).format(code=codes.get(flag["participant"], ""))}
            for flag in part["flags"]
        ]
        columns = [
            {"label": label} for label in (_("Code"), _("Result"), _("U"), _("Score"), _("Rating"), _("Left out"))
        ]
        rows = [
            {
                "cells": [
                    {"code": entry["code"]},
                    entry["value"],
                    entry["U"] or "",
                    reporting.score_words(entry),
                    rating(entry["rating"]),
                    _("left out") if entry["excluded"] else "",
                ]
            }
            for entry in entries
        ]
        title = words(one.name)
        if part["group"]:
            title += f" · {shown.round.groups.get(public_id=part['group']).name}"
        made.append(
            {
                "title": title,
                "facts": reporting.facts_of(shown.round, one, part["assigned"], whole=True),
                "checks": flags,
                "figure": reporting.figure(one, part["assigned"], entries),
                "second": reporting.density(part["assigned"], entries),
                "table": {"caption": title, "columns": columns, "rows": rows},
            }
        )
    made[-1]["exports"] = ""
    return made


def _editions(found: Round) -> dict[str, Any]:
    rows = [
        {
            "cells": [
                one.number,
                one.issued_at and {"instant": one.issued_at},
                one.by and one.by.person.names,
                one.issued_by and one.issued_by.person.names,
                {"hash": one.digest[:16]},
                one.reason,
            ]
        }
        for one in found.editions.exclude(issued_at=None).select_related("by__person", "issued_by__person")
    ]
    if not rows:
        return {}
    labels = (_("Edition"), _("Issued at"), _("Proposed by"), _("Second person"), _("Digest"), _("Why"))
    table = {"caption": _("Editions of the report"), "columns": [{"label": label} for label in labels], "rows": rows}
    return {"title": _("Editions of the report"), "table": table}


def _appeals(found: Round, membership: Membership) -> dict[str, Any]:
    rows = [
        {
            "href": reverse("workspace:workshop-round-appeal", args=[found.public_id, one.public_id]),
            "cells": [
                one.participant.code,
                {"instant": one.effective_at},
                _("waits for an answer") if one.upheld is None else _("upheld") if one.upheld else _("rejected"),
            ],
        }
        for one in queries.appeals(membership).filter(edition__round=found)
    ]
    if not rows:
        return {}
    table = {
        "caption": _("Appeals"),
        "columns": [{"label": label} for label in (_("Code"), _("Filed"), _("State"))],
        "rows": rows,
    }
    return {"title": _("Appeals"), "table": table}


def _next(found: Round, waits: Edition | None, issued: Edition | None) -> dict[str, Any]:
    us = found.organisation.names
    if waits is not None:
        return {"step": _("A second person looks at the evaluation and issues it."), "who": us, "by": found.report_on}
    if issued is None:
        return {
            "step": _("Look at the results, leave blunders out, and propose the evaluation."),
            "who": us,
            "by": found.report_on,
        }
    return {"step": _("Reported. Answer appeals; a correction is a new edition."), "who": us}


def _file(kind: str, shown: Edition) -> HttpResponse:
    columns = [
        "measurand",
        "unit",
        "group",
        "code",
        "laboratory",
        "result",
        "U",
        "k",
        "x_pt",
        "u_xpt",
        "sigma_pt",
        "score_kind",
        "score",
        "rating",
        "left_out",
    ]
    who = {one.public_id: one for one in shown.round.participants.select_related("organisation", "group")}
    rows = [
        [
            words(one.name),
            one.unit,
            who[entry["participant"]].group.name,
            entry["code"],
            words(who[entry["participant"]].organisation.names),
            entry["value"],
            entry["U"],
            entry["k"],
            told["x_pt"],
            told["u"],
            told["sigma_pt"],
            entry["kind"],
            entry["score"],
            entry["rating"],
            entry["excluded"],
        ]
        for one, part, entries in reporting.all_parts(shown)
        for told in [part["assigned"]]
        for entry in entries
    ]
    facts = {"round": shown.round.public_id, "edition": shown.number, "digest": shown.digest}
    return tables.as_file(kind, columns, rows, name=f"evaluation-{shown.round.public_id}", facts=facts)
