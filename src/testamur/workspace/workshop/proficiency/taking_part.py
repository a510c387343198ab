"""A round as a laboratory sees it: its rules, its own part, its results."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from testamur.kernel import clock
from testamur.kernel.refusal import Refused, refusal_of
from testamur.parties import acting
from testamur.parties.models import Membership
from testamur.proficiency import policies, queries, reported
from testamur.proficiency.actions import participants
from testamur.proficiency.actions import results as sending
from testamur.proficiency.models import Measurand, Participant, Round
from testamur.wording.templatetags.say import words
from testamur.workspace.answers import Answers
from testamur.workspace.workshop.proficiency import running
from testamur.workspace.workshop.proficiency.frame import crumb, member_of, page, part, state_pill


def shown(request: HttpRequest, found: Round, membership: Membership) -> HttpResponse:
    """Show the round to a laboratory: rules first, then its own part. Of others it learns nothing here."""
    own = queries.participations(membership).filter(round=found).first()
    enrolling, seeing, leaving = Answers(request, "enrol"), Answers(request, "see"), Answers(request, "leave")
    at = clock.now()
    rules = found.rules_versions.order_by("number").last()
    digest = rules.digest if rules else ""
    if own is None and enrolling.attempt(
        lambda: participants.enrol(found=found, rules=enrolling.text("version"), by=membership, at=at)
    ):
        messages.success(request, _("You take part. Your code stands below; keep it to yourselves."))
        return redirect("workspace:workshop-round", found.public_id)
    if own is not None and (
        seeing.attempt(
            lambda: participants.see_rules(participant=own, rules=seeing.text("version"), by=membership, at=at)
        )
        or leaving.attempt(
            lambda: participants.withdraw(participant=own, reason=leaving.text("leave_reason"), by=membership, at=at)
        )
    ):
        messages.success(request, _("It is kept."))
        return redirect("workspace:workshop-round", found.public_id)
    blocks: list[dict[str, Any]] = [
        {
            "title": _("Rules"),
            "text": [found.rules],
            "facts": [*running.facts(found), {"label": _("Digest of the rules"), "value": {"hash": digest[:16]}}],
        },
        running.measurands_block(found, at_work=False),
    ]
    if found.state == Round.State.CANCELLED:
        blocks.insert(0, {"title": _("Cancelled"), "text": [found.cancelled_because]})
    if own is None:
        blocks.append(_enrol_block(found, membership, enrolling, digest))
        return page(
            request,
            found.title,
            blocks,
            next=_before(found, membership),
            head={"pills": [state_pill(found)]},
            crumbs=[{"label": found.title}],
        )
    blocks.insert(0, _own_block(own))
    if rules is not None and own.seen_id != rules.pk and own.withdrawn_at is None:
        form = {
            "answers": seeing,
            "questions": [],
            "button": _("We have read version {number}").format(number=rules.number),
            "version": digest,
        }
        blocks.insert(0, {"title": _("The rules changed"), "text": [rules.reason], "form": form})
    if own.withdrawn_at is None and found.state in ("open", "dispatched"):
        form = {
            "answers": leaving,
            "button": _("Withdraw from the round"),
            "questions": [leaving.ask("leave_reason", "long_text", _("Why"))],
        }
        blocks.append({"title": _("Leave the round"), "form": form})
    return page(
        request,
        found.title,
        blocks,
        next=_next(own),
        head={"pills": [state_pill(found)]},
        crumbs=[{"label": found.title}],
    )


@require_http_methods(["GET", "POST"])
@acting.requires("quality")
def results(request: HttpRequest, round_id: str) -> HttpResponse:
    """Enter results, by hand or as a table; correct them until the last day."""
    own, membership = part(request, round_id), member_of(request)
    found = own.round
    measurands = queries.measurands(found)
    last = own.submissions.order_by("number").last()
    initial: dict[str, Any] = {}
    for one in measurands:
        entry = (last.body.get(one.public_id) if last else None) or {}
        for place, text in enumerate(entry.get("values", ())):
            initial[f"{one.public_id}-values" + (f"-{place}" if place else "")] = text
        initial |= {f"{one.public_id}-{name}": entry.get(name, "") for name in ("U", "k", "method")}
    answers = Answers(request, initial=initial)

    def send() -> Any:
        files = answers.files("file")
        if files:
            typed = reported.from_table(reported.text_of(files[0][1]), measurands)
        else:
            typed = {one.public_id: _typed(answers, one.public_id, found.replicates) for one in measurands}
        return sending.send(participant=own, entries=typed, by=membership, at=clock.now())

    if answers.attempt(send):
        if answers.result is not None:
            told = _("Received as number {number}, receipt {receipt}. You may correct them until {day}.")
            messages.success(
                request,
                told.format(number=answers.result.number, receipt=answers.result.public_id, day=found.results_until),
            )
        return redirect("workspace:workshop-round-results", found.public_id)
    refusal = refusal_of(policies.check_may_report, own, queries.today_of(found.organisation))
    blocks: list[dict[str, Any]] = []
    if refusal is None:
        questions: list[dict[str, Any]] = []
        for one in measurands:
            named = words(one.name)
            for place in range(found.replicates):
                label = f"{named} ({one.unit})" if one.unit else named
                if found.replicates > 1:
                    label += f" · {place + 1}"
                key = f"{one.public_id}-values" + (f"-{place}" if place else "")
                hint = _("As on your report; below a limit write <0.05.") if not place else ""
                questions.append(answers.ask(key, "text", label, help=hint, required=False))
            needed = one.score_by in (Measurand.ScoreBy.ZETA, Measurand.ScoreBy.EN)
            judged = _("Your result is judged with it.") if needed else ""
            for name, what in (
                ("U", _("expanded uncertainty U")),
                ("k", _("coverage factor k")),
                ("method", _("method")),
            ):
                label = _("{measurand}: {what}").format(measurand=named, what=what)
                unit, hint = (one.unit, judged) if name == "U" else ("", "")
                key = f"{one.public_id}-{name}"
                questions.append(answers.ask(key, "text", label, unit=unit, help=hint, required=False))
        table = _("Instead of the fields: a table with the columns measurand, value, U, k, method.")
        questions.append(
            answers.ask("file", "file", _("Or a file (CSV)"), help=table, required=False, accept=["csv", "txt"])
        )
        form = {
            "answers": answers,
            "questions": questions,
            "button": _("Send the results"),
            "files": True,
            "back": crumb(found)["href"],
        }
        blocks.append({"title": _("Enter results"), "form": form})
    elif answers.sent and answers.refusal is None:
        answers.refuse(refusal)
    blocks.append(_sent_block(own))
    step: dict[str, Any] = {
        "step": _("Send your results; correct them until the last day."),
        "who": own.organisation.names,
        "by": found.results_until,
    }
    if refusal is not None:
        step = {"step": refusal, "source": refusal.source, "tone": "wait"}
    return page(
        request,
        _("Your results"),
        blocks,
        next=step,
        crumbs=[crumb(found), {"label": _("Your results")}],
        head={"facts": [_("Code {code}").format(code=own.code)]},
    )


def _typed(answers: Answers, ident: str, replicates: int) -> dict[str, Any]:
    keys = [f"{ident}-values" + (f"-{place}" if place else "") for place in range(replicates)]
    return {
        "values": [answers.text(key, most=60) for key in keys],
        **{name: answers.text(f"{ident}-{name}", most=300) for name in ("U", "k", "method")},
    }


def _own_block(own: Participant) -> dict[str, Any]:
    found = own.round
    shown_to = _("No accreditor, also not by your release.") if own.group.blind else ""
    facts = [
        {"label": _("Your code"), "value": {"code": own.code}},
        {"label": _("Rules read before enrolment"), "value": {"hash": own.rules.digest[:16]}},
    ]
    if shown_to:
        facts.append({"label": _("Your group is shown to"), "value": shown_to})
    links = []
    if found.state == Round.State.DISPATCHED:
        links.append(
            {"label": _("Enter results"), "href": reverse("workspace:workshop-round-results", args=[found.public_id])}
        )
    if found.state == Round.State.REPORTED:
        links.append({"label": _("Report"), "href": reverse("workspace:workshop-round-report", args=[found.public_id])})
    return {"title": _("Your part"), "facts": facts, "links": links}


def _sent_block(own: Participant) -> dict[str, Any]:
    rows = [
        {
            "cells": [
                one.number,
                {"code": one.public_id},
                {"instant": one.effective_at},
                {"hash": one.digest[:16]},
                "; ".join(" / ".join(entry["values"]) for entry in one.body.values()),
            ]
        }
        for one in own.submissions.order_by("-number")
    ]
    labels = (_("Number"), _("Receipt"), _("Received"), _("Digest"), _("Values sent"))
    return {
        "title": _("What you sent"),
        "text": [] if rows else [_("Nothing yet.")],
        "table": {"caption": _("What you sent"), "columns": [{"label": label} for label in labels], "rows": rows},
    }


def _enrol_block(found: Round, membership: Membership, answers: Answers, digest: str) -> dict[str, Any]:
    refusal = _may_enrol(found, membership)
    if refusal is not None:
        return {"title": _("Take part"), "checks": [{"state": "wait", "text": refusal, "source": refusal.source}]}
    note = _(
        "By enrolling you agree to the rules above, in this version. You are given a code that only the provider knows."
    )
    form = {"answers": answers, "questions": [], "button": _("We have read the rules and take part"), "version": digest}
    return {"title": _("Take part"), "text": [note], "form": form}


def _may_enrol(found: Round, membership: Membership) -> Refused | None:
    laboratory = membership.organisation
    invited = queries.invitation_of(found, laboratory) is not None
    today = queries.today_of(found.organisation)
    return refusal_of(policies.check_may_enrol, found, laboratory, invited, today)


def _before(found: Round, membership: Membership) -> dict[str, Any]:
    refusal = _may_enrol(found, membership)
    if refusal is not None:
        return {"step": refusal, "tone": "wait"}
    return {"step": _("Read the rules and enrol."), "who": membership.organisation.names, "by": found.enrol_until}


def _next(own: Participant) -> dict[str, Any]:
    found, us = own.round, own.organisation.names
    if own.withdrawn_at is not None:
        return {"step": _("You withdrew from this round."), "tone": "wait"}
    if found.state == Round.State.CANCELLED:
        return {"step": _("This round is cancelled."), "tone": "wait"}
    if found.state == Round.State.OPEN:
        return {
            "step": _("Wait for the items."),
            "who": found.organisation.names,
            "by": found.dispatch_on,
            "tone": "wait",
        }
    if found.state == Round.State.REPORTED:
        href = reverse("workspace:workshop-round-report", args=[found.public_id])
        return {
            "step": _("Read your report."),
            "who": us,
            "actions": [{"label": _("Report"), "href": href, "main": True}],
        }
    if queries.today_of(found.organisation) > found.results_until:
        step = _("Results are sealed; the provider evaluates them.")
        return {"step": step, "who": found.organisation.names, "by": found.report_on, "tone": "wait"}
    href = reverse("workspace:workshop-round-results", args=[found.public_id])
    sent = own.submissions.exists()
    step = _("Your results are in; correct them if you must.") if sent else _("Measure, and send your results.")
    return {
        "step": step,
        "who": us,
        "by": found.results_until,
        "actions": [{"label": _("Enter results"), "href": href, "main": True}],
    }
