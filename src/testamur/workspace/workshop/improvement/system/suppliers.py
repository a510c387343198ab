"""Pages of suppliers: the list, and one supplier with its scores and its certificates as the register has them."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from testamur.improvement.actions import suppliers as actions
from testamur.improvement.models import Supplier
from testamur.improvement.policies import suppliers as policies
from testamur.improvement.queries import suppliers as queries
from testamur.kernel import clock
from testamur.kernel.words import Function
from testamur.parties import acting
from testamur.parties.models import Membership
from testamur.wording.templatetags.say import translated, words
from testamur.workspace import case_pages
from testamur.workspace.answers import Answers
from testamur.workspace.said import said
from testamur.workspace.workshop.improvement.system import frame

TONES = {"new": "info", "approved": "ok", "conditional": "warn", "blocked": "bad"}


@require_safe
@acting.requires(Function.QUALITY)
def suppliers(request: HttpRequest) -> HttpResponse:
    """List the suppliers with the last evaluation and what the register says of their certificates."""
    membership, today = frame.member_of(request), case_pages.today_cn()
    everybody = list(queries.visible_to(membership))
    warned = Counter(found.certificate.supplier_id for found in queries.warnings(everybody, today))
    rows = [(one, warned[one.pk]) for one in everybody]
    return frame.listing(
        request,
        title=_("Suppliers"),
        lead=_("How they are judged, and their certificates as the public register has them today."),
        rows=rows,
        columns=[
            frame.Column("name", _("Supplier"), lambda row: row[0].name),
            frame.Column("supplies", _("Supplies"), lambda row: row[0].supplies),
            frame.Column("risk", _("Risk"), lambda row: translated(queries.RISKS[Supplier.Risk(row[0].risk)])),
            frame.Column("state", _("State"), lambda row: translated(queries.OUTCOMES[queries.outcome(row[0])])),
            frame.Column("next", _("Next evaluation"), lambda row: queries.next_evaluation(row[0])),
            frame.Column("warnings", _("Certificates to look at"), lambda row: row[1], numeric=True),
        ],
        href=lambda row: _page(row[0]),
        name="suppliers",
        icon="package",
        states={str(key): text for key, text in queries.OUTCOMES.items()},
        state_of=lambda row: queries.outcome(row[0]),
        actions=[{"label": _("New supplier"), "href": reverse("workspace:workshop-supplier-new"), "icon": "plus"}],
        empty=(
            _("No supplier yet"),
            _("Name the first one, and the number of the certificate it shows: its status is watched for you."),
        ),
    )


def _page(supplier: Supplier) -> str:
    return reverse("workspace:workshop-supplier", args=[supplier.public_id])


def _questions(answers: Answers, people: dict[str, Membership]) -> list[dict[str, Any]]:
    return [
        answers.ask("name", "organisation", _("Name"), max=160),
        answers.ask("supplies", "text", _("What it supplies"), max=300),
        answers.ask("risk", "choice", _("Class of risk"), options=frame.worded(queries.RISKS),
                    help=_("What a failure would do to our product: it says how often it is evaluated.")),
        answers.ask("keeper", "choice", _("Who looks after it"), options=frame.named(people)),
    ]  # fmt: skip


def _keep(answers: Answers, by: Membership, people: dict[str, Membership], supplier: Supplier | None) -> Any:
    name, supplies = answers.text("name", required=True, most=160), answers.text("supplies", required=True, most=300)
    risk = answers.chosen("risk", {str(key): str(key) for key in queries.RISKS})
    keeper = answers.chosen("keeper", people)
    if risk is None or keeper is None:
        return None
    return actions.keep_supplier(
        name=name, supplies=supplies, risk=risk, keeper=keeper, by=by, at=clock.now(), supplier=supplier,
        version=answers.number("seen") or 0,
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@acting.requires(Function.QUALITY)
def supplier_new(request: HttpRequest) -> HttpResponse:
    """Name a supplier."""
    membership = frame.member_of(request)
    people = frame.colleagues(membership, case_pages.today_cn())
    answers = Answers(request, initial={"keeper": membership.public_id})
    if answers.attempt(lambda: _keep(answers, membership, people, None)):
        return redirect(_page(answers.result) if answers.result else reverse("workspace:workshop-suppliers"))
    return frame.sheet(
        request,
        head={"title": _("New supplier")},
        way=frame.crumbs((_("Suppliers"), reverse("workspace:workshop-suppliers")), (_("New"), "")),
        main=[
            frame.form(answers, _("The supplier"), _questions(answers, people), _("Record the supplier"), main=True,
                       source=policies.CONTROL)
        ],
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@acting.requires(Function.QUALITY)
def supplier(request: HttpRequest, supplier_id: str) -> HttpResponse:
    """Show one supplier."""
    membership, today = frame.member_of(request), case_pages.today_cn()
    found = get_object_or_404(queries.visible_to(membership), public_id=supplier_id)
    people = frame.colleagues(membership, today, found.keeper)
    kept = Answers(request, "keep", {"name": found.name, "supplies": found.supplies, "risk": found.risk,
                                     "keeper": found.keeper.public_id})  # fmt: skip
    decided, scored = Answers(request, "decide"), Answers(request, "score", {"scored_on": today.isoformat()})
    watching, unwatched = Answers(request, "watch"), Answers(request, "unwatch")
    for answers, act, done in (
        (kept, lambda: _keep(kept, membership, people, found), _("The supplier is recorded.")),
        (decided, lambda: actions.decide_on_supplier(
            supplier=found, outcome=str(decided.raw("outcome")),
            reasons=decided.text("reasons", required=True, most=500), by=membership, at=clock.now()),
         _("The decision is recorded.")),
        (scored, lambda: _score(scored, found, membership), _("The evaluation is recorded.")),
        (watching, lambda: actions.watch_certificate(
            supplier=found, number=watching.text("certificate", required=True, most=80), by=membership,
            at=clock.now()), _("The certificate is watched.")),
        (unwatched, lambda: _unwatch(unwatched, found, membership), _("The certificate is no longer watched.")),
    ):  # fmt: skip
        if answers.attempt(act):
            messages.success(request, done)
            return redirect(_page(found))
    state = queries.outcome(found)
    papers = list(queries.watched(found.certificates.all(), today).values())
    return frame.sheet(
        request,
        head={
            "title": found.name,
            "pills": [{"tone": TONES[state], "text": translated(queries.OUTCOMES[state])}],
            "facts": [found.supplies, found.keeper.person.names],
        },
        way=frame.crumbs((_("Suppliers"), reverse("workspace:workshop-suppliers")), (found.name, "")),
        next_step=_next(found, state, papers, today),
        main=[_papers(papers), _scores(found), _score_form(scored), _decisions(found)],
        aside=[
            frame.form(watching, _("Watch a certificate"), [watching.ask(
                "certificate", "identifier", _("Number of the certificate"), max=80)], _("Watch it"),
                lead=_("Its status is asked of the register each time this page is opened, and in your inbox.")),
            _unwatch_form(unwatched, found),
            frame.form(decided, _("Decide"), [
                decided.ask("outcome", "choice", _("Outcome"), options=frame.worded(
                    {key: text for key, text in queries.OUTCOMES.items() if key != "new"})),
                decided.ask("reasons", "text", _("Reasons"), max=500),
            ], _("Record the decision"), source=policies.CONTROL),
            frame.form(kept, _("Change"), _questions(kept, people), _("Change what is kept"), folded=True,
                       hidden=[("seen", found.version)]),
        ],
    )  # fmt: skip


def _next(found: Supplier, state: str, papers: list[queries.Watched], today: date) -> dict[str, Any]:
    who = found.keeper.person.names
    bad = next((one for one in papers if one.warning), None)
    if bad is not None:
        return {"step": said(queries.WARNINGS[bad.warning], bad.facts), "who": who, "by": bad.day,
                "tone": "bad"}  # fmt: skip
    if state == "new":
        return {"step": _("Decide whether it may supply"), "who": who, "source": policies.CONTROL, "tone": "warn"}
    day = queries.next_evaluation(found)
    if day is None:
        return {"step": _("Evaluate it for the first time"), "who": who, "source": policies.CONTROL, "tone": "warn"}
    left = (day - today).days
    return {"step": _("Evaluate it again"), "who": who, "by": day, "left": case_pages.left_words(left, "day"),
            "tone": "bad" if left < 0 else ""}  # fmt: skip


def _papers(papers: list[queries.Watched]) -> dict[str, Any]:
    rows = []
    for one in papers:
        href = reverse("portal:certificate", args=[one.record]) if one.record else ""
        rows.append(
            {
                "href": href,
                "cells": [
                    one.certificate.number,
                    {"status": str(one.status)} if one.status else "–",
                    one.expires_on,
                    words(one.holder) if one.holder else "–",
                    translated(queries.TO_DO[one.warning]),
                ],
            }
        )
    labels = [_("Number"), _("Status today"), _("Last day"), _("Holder in the register"), _("To do")]
    return {
        "title": _("Certificates, as the register has them today"),
        "table": {"columns": [{"label": label} for label in labels], "rows": rows, "empty": _("None is watched yet.")},
    }


def _scores(found: Supplier) -> dict[str, Any]:
    rows = [
        {"cells": [one.scored_on, one.quality, one.delivery, one.service, one.basis]}
        for one in reversed(found.scores.all())
    ]
    labels = [_("Day"), _("Quality"), _("Delivery"), _("Service"), _("What it rests on")]
    return {
        "title": _("Evaluations, 0 to 100"),
        "table": {"columns": [{"label": label} for label in labels], "rows": rows, "empty": _("None yet.")},
    }


def _score_form(answers: Answers) -> dict[str, Any]:
    questions = [
        answers.ask("scored_on", "date", _("Day")),
        answers.ask("quality", "whole_number", _("Quality")),
        answers.ask("delivery", "whole_number", _("Delivery")),
        answers.ask("service", "whole_number", _("Service")),
        answers.ask("basis", "text", _("What it rests on"), max=300,
                    help=_("Lots refused of lots received, deliveries on the day, answers to complaints.")),
    ]  # fmt: skip
    return frame.form(answers, _("Evaluate"), questions, _("Record the evaluation"), folded=True)


def _score(answers: Answers, found: Supplier, by: Membership) -> Any:
    day, basis = answers.day("scored_on"), answers.text("basis", required=True, most=300)
    if day is None:
        return None
    return actions.score_supplier(
        supplier=found, scored_on=day, quality=answers.number("quality"), delivery=answers.number("delivery"),
        service=answers.number("service"), basis=basis, by=by, at=clock.now(),
    )  # fmt: skip


def _decisions(found: Supplier) -> dict[str, Any] | None:
    rows = [
        {"cells": [one.decided_on, translated(queries.OUTCOMES[one.outcome]), one.reasons]}
        for one in reversed(found.approvals.all())
    ]
    labels = [_("Day"), _("Outcome"), _("Reasons")]
    if not rows:
        return None
    return {"title": _("Decisions"), "table": {"columns": [{"label": label} for label in labels], "rows": rows}}


def _unwatch_form(answers: Answers, found: Supplier) -> dict[str, Any] | None:
    rows = list(found.certificates.all())
    if not rows:
        return None
    question = answers.ask("watched", "choice", _("Certificate"),
                           options=[{"id": str(one.pk), "label": one.number} for one in rows])  # fmt: skip
    return frame.form(answers, _("Stop watching"), [question], _("Stop watching it"), folded=True)


def _unwatch(answers: Answers, found: Supplier, by: Membership) -> Any:
    chosen = answers.chosen("watched", {str(one.pk): one for one in found.certificates.all()})
    return actions.stop_watching(certificate=chosen, by=by, at=clock.now()) if chosen else None
