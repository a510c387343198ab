"""A laboratory over rounds, as an accreditor sees it: of the results shown to it, and no other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from testamur.files import tables
from testamur.kernel import clock
from testamur.kernel.refusal import refusal_of
from testamur.parties import acting
from testamur.proficiency import drift, policies, queries
from testamur.proficiency.actions import releases
from testamur.proficiency.models import Participant
from testamur.wording.templatetags.say import words
from testamur.workspace.workshop.proficiency.frame import member_of, oversight_trail, page, rating
from testamur.workspace.workshop.proficiency.scores import answer_words, series_block


@require_safe
@acting.requires()
def laboratory(request: HttpRequest, organisation_id: str) -> HttpResponse:
    """Show an accreditor one laboratory's scores over the rounds shown to it; the look is recorded for each round."""
    membership = member_of(request)
    refusal = refusal_of(policies.check_may_look, membership, clock.now())
    if refusal is not None:
        return acting.refused(request, refusal)
    shown = queries.shown_to(membership, queries.today_of(membership.organisation))
    parts = list(shown.filter(organisation__public_id=organisation_id))
    if not parts:
        raise Http404
    for one in parts:
        releases.look(participant=one, by=membership, at=clock.now())
    found = queries.in_force(queries.scores_of(parts).prefetch_related("responses"))
    kind = request.GET.get("format", "")
    if kind in tables.WRITERS:
        columns = ["round", "provider", "results_until", "measurand", "unit", "result", "score", "rating"]
        rows = [
            [
                words(one.edition.round.title),
                words(one.participant.round.organisation.names),
                one.edition.round.results_until,
                words(one.measurand.name),
                one.measurand.unit,
                one.value,
                one.score,
                one.rating,
            ]
            for one in found
        ]
        return tables.as_file(kind, columns, rows, name=f"history-{organisation_id}")
    labels = (_("Round"), _("Measurand"), _("Result"), _("Score"), _("Rating"), _("Explanation"))
    addresses = {one.pk: reverse("workspace:workshop-released-results", args=[one.public_id]) for one in parts}
    table = {
        "caption": _("Scores"),
        "columns": [{"label": label} for label in labels],
        "rows": [
            {
                "href": addresses[one.participant_id],
                "cells": [
                    one.edition.round.title,
                    one.measurand.name,
                    one.value,
                    "" if one.score is None else f"{one.score:.2f}",
                    rating(one.rating),
                    answer_words(one),
                ],
            }
            for one in reversed(found)
        ],
    }
    blocks: list[dict[str, Any]] = [{"title": _("Scores"), "table": table, "exports": ""}]
    blocks += [series_block(one) for one in drift.series(found)]
    return page(
        request,
        parts[0].organisation.names,
        blocks,
        head={"facts": [_("Rounds shown to us: {count}").format(count=len(parts))]},
        trail=oversight_trail(),
        crumbs=[{"label": parts[0].organisation.names}],
    )


def laboratories_block(found: Sequence[Participant]) -> dict[str, Any]:
    """Return the laboratories among these parts, each with the way to its history."""
    counted: dict[int, list[Participant]] = {}
    for one in found:
        counted.setdefault(one.organisation_id, []).append(one)
    rows = [
        {
            "href": reverse("workspace:workshop-released-laboratory", args=[parts[0].organisation.public_id]),
            "cells": [parts[0].organisation.names, len(parts), max(one.round.results_until for one in parts)],
        }
        for parts in counted.values()
    ]
    labels = (_("Laboratory"), _("Rounds"), _("Last results until"))
    table = {"caption": _("Laboratories"), "columns": [{"label": label} for label in labels], "rows": rows}
    note = _("A laboratory's scores over all its rounds that are shown to you.")
    return {"title": _("Laboratories"), "text": [note], "table": table} if rows else {}
