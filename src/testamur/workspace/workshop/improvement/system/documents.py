"""Pages of documents under control: the list, a new one, and one document with everything that is done to it."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from testamur.improvement.actions import documents as actions
from testamur.improvement.models import ControlledDocument, Distribution
from testamur.improvement.policies import documents as policies
from testamur.improvement.queries import documents as queries
from testamur.improvement.queries import processes
from testamur.kernel import clock
from testamur.kernel.refusal import allows
from testamur.kernel.words import Function
from testamur.parties import acting
from testamur.parties import functions as duties
from testamur.parties.models import Membership
from testamur.wording.templatetags.say import translated, words
from testamur.workspace import case_pages
from testamur.workspace.answers import Answers, options
from testamur.workspace.workshop.improvement.system import frame, versions

TONES = {"draft": "info", "submitted": "turn", "coming": "info", "in_force": "ok", "superseded": "mute",
         "withdrawn": "mute"}  # fmt: skip


@require_safe
@acting.requires(Function.QUALITY)
def documents(request: HttpRequest) -> HttpResponse:
    """List the documents with the version in force and the next review; also as a file."""
    membership, today = frame.member_of(request), case_pages.today_cn()
    return frame.listing(
        request,
        title=_("Documents under control"),
        lead=_("One version in force on any day, approved by somebody else than its author."),
        rows=queries.standing(queries.visible_to(membership), today),
        columns=[
            frame.Column("number", _("Number"), lambda row: row.number),
            frame.Column("title", _("Title"), lambda row: row.title),
            frame.Column("kind", _("Kind"), lambda row: translated(queries.KINDS[row.kind])),
            frame.Column("keeper", _("Keeper"), lambda row: words(row.keeper.person.names)),
            frame.Column("state", _("State"), lambda row: translated(queries.WORDS[row.stands])),
            frame.Column("version", _("Version in force"), lambda row: row.current_number, numeric=True),
            frame.Column("since", _("Since"), lambda row: row.current_since),
            frame.Column("review", _("Next review"), queries.review_day),
        ],
        href=_page,
        name="documents",
        icon="files",
        states=queries.WORDS,
        state_of=lambda row: row.stands,
        actions=[{"label": _("New document"), "href": reverse("workspace:workshop-document-new"), "icon": "plus"}],
        empty=(
            _("No document yet"),
            _("Put the first one under control: its number, its first version, who approves it and who reads it."),
        ),
    )


def _page(document: ControlledDocument) -> str:
    return reverse("workspace:workshop-document", args=[document.public_id])


@require_http_methods(["GET", "POST"])
@acting.requires(Function.QUALITY)
def document_new(request: HttpRequest) -> HttpResponse:
    """Put a document under control."""
    membership, today = frame.member_of(request), case_pages.today_cn()
    answers = Answers(request, initial={"keeper": membership.public_id, "review_months": 24})
    people = frame.colleagues(membership, today)
    steps = {one.public_id: one for one in processes.living(membership)}
    if answers.attempt(lambda: _register(answers, membership, people, steps)):
        return redirect(_page(answers.result) if answers.result else reverse("workspace:workshop-documents"))
    questions = [
        answers.ask("number", "identifier", _("Number"), max=40, help=_("As it stands on the document, e.g. QP-07.")),
        answers.ask("title", "text", _("Title"), max=160),
        answers.ask("kind", "choice", _("Kind"), options=frame.worded(queries.KINDS)),
        answers.ask("keeper", "choice", _("Keeper"), options=frame.named(people)),
        answers.ask("process", "choice", _("Process"), required=False,
                    options=options((key, one.name) for key, one in steps.items())),
        answers.ask("review_months", "whole_number", _("Reviewed every … months")),
    ]  # fmt: skip
    questions = [one for one in questions if one["id"] != "process" or one["options"]]
    return frame.sheet(
        request,
        head={"title": _("New document"), "facts": [_("Its first version is added on its page.")]},
        way=frame.crumbs((_("Documents under control"), reverse("workspace:workshop-documents")), (_("New"), "")),
        main=[
            frame.form(answers, _("The document"), questions, _("Put it under control"), main=True,
                       source=policies.CREATED)
        ],
    )  # fmt: skip


def _register(answers: Answers, by: Membership, people: dict[str, Membership], steps: dict[str, Any]) -> Any:
    keeper = answers.chosen("keeper", people)
    kind = answers.chosen("kind", {str(key): str(key) for key in queries.KINDS})
    if keeper is None or kind is None:
        return None
    return actions.register_document(
        number=answers.text("number", required=True, most=40),
        title=answers.text("title", required=True, most=160),
        kind=kind,
        keeper=keeper,
        process=answers.chosen("process", steps, required=False),
        review_months=answers.number("review_months") or 0,
        by=by,
        at=clock.now(),
    )


@require_http_methods(["GET", "POST"])
@acting.requires(Function.QUALITY)
def document(request: HttpRequest, document_id: str) -> HttpResponse:
    """Show one document: versions, approval, who gets it, who read it, trainings and reviews."""
    membership, today = frame.member_of(request), case_pages.today_cn()
    found = get_object_or_404(queries.visible_to(membership), public_id=document_id)
    given, ended = Answers(request, "distribute"), Answers(request, "end-distribution")
    reviewed = Answers(request, "review", {"reviewed_on": today.isoformat()})
    withdrawn = Answers(request, "withdraw", {"withdrawn_on": today.isoformat()})
    on_versions = versions.forms(request, today)
    people = frame.colleagues(membership, today)
    acts = [
        (given, lambda: _distribute(given, found, membership, people), _("The document is distributed.")),
        (ended, lambda: _end(ended, found, membership), _("The distribution ended.")),
        (reviewed, lambda: _review(reviewed, found, membership), _("The review is recorded.")),
        (withdrawn, lambda: _withdraw(withdrawn, found, membership), _("The document is withdrawn.")),
        *versions.acts(on_versions, found, membership, people),
    ]
    for answers, act, done in acts:
        if answers.attempt(act):
            messages.success(request, done)
            return redirect(_page(found))
    state = queries.state_of(found, today)
    living = allows(policies.check_may_change, membership, found, clock.now())
    readers = queries.readers(found, today)
    return frame.sheet(
        request,
        head={
            "title": found.title,
            "number": found.number,
            "pills": [{"tone": TONES[state], "text": translated(queries.WORDS[state])}],
            "facts": [translated(queries.KINDS[ControlledDocument.Kind(found.kind)]), found.keeper.person.names,
                      *([found.process.name] if found.process else [])],
        },
        way=frame.crumbs(
            (_("Documents under control"), reverse("workspace:workshop-documents")), (found.number, "")
        ),
        next_step=_next(found, today, membership),
        main=[
            versions.table(found, today, TONES),
            *(versions.cards(on_versions, found, membership) if living else []),
            versions.reading_table(found, readers, today),
            versions.trainings_table(found),
            versions.training_form(on_versions, found, people) if living else None,
        ],
        aside=[
            _distribution_table(found),
            _distribution_form(given, people) if living else None,
            _ending_form(ended, found) if living else None,
            _reviews(found, today),
            _review_form(reviewed) if living and queries.in_force(found, today) else None,
            _withdrawal(withdrawn, found, living),
        ],
    )  # fmt: skip


def _next(found: ControlledDocument, today: date, membership: Membership) -> dict[str, Any]:
    state = queries.state_of(found, today)
    open_one = next((one for one in found.versions.all() if one.approved_at is None), None)
    if state == "withdrawn":
        return {"step": _("Nothing: the document was withdrawn."), "tone": "wait"}
    if open_one is not None and open_one.submitted_at:
        own = open_one.author.person_id == membership.person_id
        return {
            "step": _("Approve version {number}, or send it back").format(number=open_one.number),
            "who": _("a colleague of the author") if own else _("you"),
            "source": policies.CREATED,
            "tone": "wait" if own else "warn",
        }
    if open_one is not None:
        return {"step": _("Submit version {number} for approval").format(number=open_one.number),
                "who": open_one.author.person.names, "tone": "warn"}  # fmt: skip
    if not found.versions.all():
        return {"step": _("Add the first version"), "who": found.keeper.person.names, "tone": "warn"}
    day = queries.next_review(found, today)
    if day is None:
        return {"step": _("It comes into force"), "by": found.versions.all()[0].in_force_on, "tone": "wait"}
    left = (day - today).days
    return {
        "step": _("Look whether it still fits"),
        "who": found.keeper.person.names,
        "by": day,
        "left": case_pages.left_words(left, "day"),
        "tone": "bad" if left < 0 else "warn" if left <= 30 else "",
    }


def _to_whom(row: Distribution) -> Any:
    return row.member.person.names if row.member else duties.WORDS[Function(row.function)][0]


def _distribution_table(found: ControlledDocument) -> dict[str, Any]:
    rows = found.distributions.filter(ended_at=None).select_related("member__person")
    return {
        "title": _("Who gets it"),
        "source": policies.CONTROLLED,
        "table": {
            "columns": [{"label": _("To")}, {"label": _("Since")}],
            "rows": [{"cells": [_to_whom(row), {"instant": row.effective_at}]} for row in rows],
            "empty": _("Nobody yet."),
        },
    }


def _distribution_form(answers: Answers, people: dict[str, Membership]) -> dict[str, Any]:
    questions = [
        answers.ask("member", "choice", _("Member"), required=False, options=frame.named(people)),
        answers.ask("function", "choice", _("or whoever has the function"), required=False,
                    options=[{"id": str(one), "label": duties.WORDS[one][0]} for one in Function]),
    ]  # fmt: skip
    return frame.form(answers, _("Distribute"), questions, _("Distribute it"), folded=True)


def _distribute(answers: Answers, found: ControlledDocument, by: Membership, people: dict[str, Membership]) -> Any:
    member = answers.chosen("member", people, required=False)
    function = answers.chosen("function", {str(one): str(one) for one in Function}, required=False)
    return actions.distribute(document=found, by=by, at=clock.now(), member=member, function=function or "")


def _ending_form(answers: Answers, found: ControlledDocument) -> dict[str, Any] | None:
    rows = found.distributions.filter(ended_at=None).select_related("member__person")
    if not rows:
        return None
    question = answers.ask("distribution", "choice", _("Distribution"),
                           options=[{"id": str(row.pk), "label": _to_whom(row)} for row in rows])  # fmt: skip
    return frame.form(answers, _("End a distribution"), [question], _("End this distribution"), folded=True)


def _end(answers: Answers, found: ControlledDocument, by: Membership) -> Any:
    rows = {str(row.pk): row for row in found.distributions.filter(ended_at=None)}
    chosen = answers.chosen("distribution", rows)
    return actions.end_distribution(distribution=chosen, by=by, at=clock.now()) if chosen else None


def _reviews(found: ControlledDocument, today: date) -> dict[str, Any]:
    rows = [
        {"cells": [row.reviewed_on, _("fits") if row.fits else _("needs a new version"), row.note]}
        for row in found.reviews.all()
    ]
    facts = [{"label": _("Next review"), "value": queries.next_review(found, today)}]
    return {
        "title": _("Reviews"),
        "facts": facts if facts[0]["value"] else [{"label": _("Next review"), "value": _("once it is in force")}],
        "details": {
            "title": _("Earlier reviews"),
            "table": {"columns": [{"label": one} for one in (_("Day"), _("Found"), _("Note"))], "rows": rows},
        }
        if rows
        else None,
    }


def _review_form(answers: Answers) -> dict[str, Any]:
    questions = [
        answers.ask("reviewed_on", "date", _("Reviewed on")),
        answers.ask("fits", "yes_no", _("Does it still fit?")),
        answers.ask("note", "text", _("What was looked at"), max=500),
    ]
    return frame.form(answers, _("Record a review"), questions, _("Record this review"), folded=True)


def _review(answers: Answers, found: ControlledDocument, by: Membership) -> Any:
    day, fits = answers.day("reviewed_on"), answers.chosen("fits", {"true": "yes", "false": "no"})
    note = answers.text("note", required=True, most=500)
    if day is None or fits is None:
        return None
    return actions.review_document(
        document=found, reviewed_on=day, fits=fits == "yes", note=note, by=by, at=clock.now()
    )


def _withdrawal(answers: Answers, found: ControlledDocument, living: bool) -> dict[str, Any]:
    if not living:
        return {
            "title": _("Withdrawn"),
            "facts": [{"label": _("From"), "value": found.withdrawn_on},
                      {"label": _("Reason"), "value": found.withdrawn_because}],
        }  # fmt: skip
    questions = [
        answers.ask("withdrawn_on", "date", _("From")),
        answers.ask("withdrawn_because", "text", _("Reason"), max=300),
    ]
    return frame.form(answers, _("Withdraw the document"), questions, _("Withdraw the document"), folded=True)


def _withdraw(answers: Answers, found: ControlledDocument, by: Membership) -> Any:
    day, because = answers.day("withdrawn_on"), answers.text("withdrawn_because", required=True, most=300)
    if day is None:
        return None
    return actions.withdraw_document(document=found, on=day, because=because, by=by, at=clock.now())
