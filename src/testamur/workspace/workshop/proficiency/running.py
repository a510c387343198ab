"""A round's page for its provider: what is next, what stands, and the acts that move it on."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext as _

from testamur.kernel import clock
from testamur.parties.models import Membership
from testamur.proficiency import queries
from testamur.proficiency.actions import rounds as actions
from testamur.proficiency.models import Measurand, Round
from testamur.workspace.answers import Answers
from testamur.workspace.workshop.proficiency.frame import page, state_pill
from testamur.workspace.workshop.proficiency.said import ADMITS, GROUPING, SCORE_BY, SIGMA_BY, VALUE_BY


def shown(request: HttpRequest, found: Round, membership: Membership) -> HttpResponse:
    """Show the round to its provider."""
    moving, ending = Answers(request, "move"), Answers(request, "cancel")
    move = {"draft": actions.open_round, "open": actions.dispatch}.get(found.state)
    if move is not None and moving.attempt(lambda: move(found=found, by=membership, at=clock.now())):
        said = _("The round is open for enrolment.") if found.state == "draft" else _("The items are dispatched.")
        messages.success(request, said)
        return redirect("workspace:workshop-round", found.public_id)
    if ending.attempt(
        lambda: actions.cancel(found=found, reason=ending.text("cancel_reason"), by=membership, at=clock.now())
    ):
        messages.success(request, _("The round is cancelled; its participants read why."))
        return redirect("workspace:workshop-round", found.public_id)
    blocks = [
        _moving(found, moving),
        measurands_block(found, at_work=True),
        {"title": _("Rules"), "text": [found.rules], "facts": facts(found), "links": _rules_links(found)},
        _versions(found),
    ]
    if found.state in ("draft", "open", "dispatched"):
        form = {
            "answers": ending,
            "button": _("Cancel the round"),
            "questions": [ending.ask("cancel_reason", "long_text", _("Why"))],
        }
        blocks.append({"title": _("Cancel this round"), "form": form})
    links = [
        {"label": _("Participants"), "href": _to("workshop-round-participants", found), "icon": "users"},
        {"label": _("Evaluation"), "href": _to("workshop-round-evaluation", found), "icon": "chart-dots"},
    ]
    return page(
        request,
        found.title,
        blocks,
        next=_next(found, membership),
        head={"pills": [state_pill(found)], "actions": links},
        crumbs=[{"label": found.title}],
    )


def facts(found: Round) -> list[dict[str, Any]]:
    """Return what a round is, as provider and laboratories read it."""
    told = [one.names for one in found.accreditors.all()]
    rows: list[tuple[str, Any]] = [
        (_("Provider"), found.organisation.names),
        (_("Enrolment until"), found.enrol_until),
        (_("Items are dispatched on"), found.dispatch_on),
        (_("Results until"), found.results_until),
        (_("Report on"), found.report_on),
        (_("Who may enrol"), gettext(ADMITS[found.admits])),
        (_("Groups"), gettext(GROUPING[found.grouping])),
        (_("Results asked for each measurand"), found.replicates),
    ]
    if found.price is not None:
        rows.append((_("Price for a participant, CNY"), found.price))
    if not told:
        rows.append((_("Told who reported what"), _("Nobody, except by a laboratory's own release.")))
    rows += [(_("Told who reported what"), names) for names in told]
    return [{"label": label, "value": value} for label, value in rows]


def measurands_block(found: Round, *, at_work: bool) -> dict[str, Any]:
    """Return what is measured and how it is judged.

    Args:
        at_work: for the provider, with links and the state of the material.
    """
    columns = [_("Measurand"), _("Unit"), _("Assigned value"), _("σ_pt"), _("Score")]
    rows = []
    for one in found.measurands.all():
        href = reverse("workspace:workshop-measurand", args=[found.public_id, one.public_id]) if at_work else ""
        cells: list[Any] = [
            one.name,
            one.unit,
            gettext(VALUE_BY[one.value_by]),
            sigma_words(one),
            gettext(SCORE_BY[one.score_by]),
        ]
        if at_work:
            cells.append(material_words(one))
        rows.append({"href": href, "cells": cells})
    if at_work:
        columns.append(_("Test material"))
    more = [{"label": _("Add a measurand"), "href": _to("workshop-measurand-new", found)}]
    return {
        "title": _("What is measured"),
        "text": [] if rows else [_("Nothing yet.")],
        "table": {"caption": _("What is measured"), "columns": [{"label": label} for label in columns], "rows": rows},
        "links": more if at_work and found.state == "draft" else [],
    }


def sigma_words(one: Measurand) -> str:
    """Return σ_pt, or where it comes from."""
    if one.sigma_by == "prescribed" and one.sigma_pt is not None:
        return f"{one.sigma_pt.normalize():f}"
    return gettext(SIGMA_BY[one.sigma_by])


def material_words(one: Measurand) -> str:
    """Return how the last check of the material ended."""
    check = one.checks.order_by("id").last()
    if check is None:
        return _("not judged")
    if check.sufficient:
        return _("homogeneous and stable") if check.stable is not None else _("homogeneous")
    return _("not sufficient; z′") if hasattr(check, "allowance") else _("not sufficient")


def _to(name: str, found: Round) -> str:
    return reverse(f"workspace:{name}", args=[found.public_id])


def _rules_links(found: Round) -> list[dict[str, Any]]:
    if found.state == "draft":
        return [{"label": _("Change the draft"), "href": _to("workshop-round-edit", found)}]
    if found.state in ("open", "dispatched"):
        return [{"label": _("Change the rules"), "href": _to("workshop-round-rules", found)}]
    return []


def _versions(found: Round) -> dict[str, Any]:
    rows = [
        {"cells": [one.number, {"instant": one.effective_at}, {"hash": one.digest[:16]}, one.reason]}
        for one in found.rules_versions.all()
    ]
    if not rows:
        return {}
    columns = [{"label": label} for label in (_("Version"), _("In force since"), _("Digest"), _("Why"))]
    return {
        "title": _("Versions of the rules"),
        "table": {"caption": _("Versions of the rules"), "columns": columns, "rows": rows},
    }


def _moving(found: Round, moving: Answers) -> dict[str, Any]:
    if found.state == "draft":
        note = _("From then on rules, measurands and scores are frozen. Days and words change by a new version only.")
        return {
            "title": _("Open for enrolment"),
            "text": [note],
            "form": {"answers": moving, "questions": [], "button": _("Open for enrolment")},
        }
    if found.state == "open":
        note = _("Every material must be judged and sufficient, or used with z′ for a reason.")
        return {
            "title": _("Dispatch"),
            "text": [note],
            "form": {"answers": moving, "questions": [], "button": _("The items are dispatched")},
        }
    return {}


def _next(found: Round, membership: Membership) -> dict[str, Any]:
    us, today = found.organisation.names, queries.today_of(found.organisation)
    if found.state == "draft":
        if not found.measurands.exists():
            step = _("Say what is measured.")
            return {
                "step": step,
                "who": us,
                "actions": [
                    {"label": _("Add a measurand"), "href": _to("workshop-measurand-new", found), "main": True}
                ],
            }
        return {"step": _("Open the round for enrolment."), "who": us, "by": found.enrol_until}
    if found.state == "open":
        count = found.participants.filter(withdrawn_at=None).count()
        step = _("Judge the materials and dispatch the items. Enrolled so far: {count}.").format(count=count)
        return {"step": step, "who": us, "by": found.dispatch_on}
    proposed = queries.proposed(found)
    look = [{"label": _("Evaluation"), "href": _to("workshop-round-evaluation", found), "main": True}]
    if proposed is not None:
        return {
            "step": _("A second person looks at the evaluation and issues it."),
            "who": us,
            "by": found.report_on,
            "actions": look,
        }
    if found.state == "dispatched":
        if today <= found.results_until:
            sent = found.participants.filter(withdrawn_at=None, submissions__isnull=False).distinct().count()
            step = _("Participants measure. Results received: {count}; they are sealed until the day after.")
            return {
                "step": step.format(count=sent),
                "who": _("the participants"),
                "by": found.results_until,
                "tone": "wait",
            }
        return {"step": _("Evaluate the results."), "who": us, "by": found.report_on, "actions": look}
    if found.state == "cancelled":
        return {"step": found.cancelled_because, "tone": "bad"}
    return {"step": _("Reported. Answer appeals; a correction is a new edition."), "who": us, "actions": look}
