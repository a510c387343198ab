"""Names that may be one holder: suggested with reasons, decided by a supervisor of a root, one or a group at a time."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from testamur.files import tables
from testamur.kernel import clock
from testamur.kernel.refusal import refusal_of
from testamur.kernel.words import Function
from testamur.parties import acting
from testamur.parties.models import Membership
from testamur.register import queries_holders as queries
from testamur.register.actions import link_holders, part_holders, undo_holder_link
from testamur.register.models import HolderLink, Spelling, Suggestion
from testamur.register.policies_holders import check_may_link_holders
from testamur.workspace.answers import Answers

PAGE = 50
#: Further spellings that one page offers to link together.
GROUP = 12
SORTS = {"score": "score", "first": "first__name", "second": "second__name"}


@require_safe
@acting.requires(Function.SUPERVISION)
def holders(request: HttpRequest) -> HttpResponse:
    """List the suggestions, likeliest first; also as a file."""
    refused = _refused(request)
    if refused is not None:
        return refused
    text, state = request.GET.get("q", "").strip()[:100], request.GET.get("state", "")
    rows = Suggestion.objects.filter(answered=state == "answered").select_related("first", "second")
    if text:
        rows = rows.filter(Q(first__name__icontains=text) | Q(second__name__icontains=text))
    sort = request.GET.get("sort", "-score")
    key = SORTS.get(sort.lstrip("-"), "score")
    rows = rows.order_by(f"-{key}" if sort.startswith("-") else key, "id")
    kind = request.GET.get("format", "")
    if kind in tables.WRITERS:
        listed = ([one.first.name, one.second.name, one.score, "; ".join(_reasons(one.reasons))] for one in rows)
        return tables.as_file(kind, ["first", "second", "score", "reasons"], listed, name="holders")
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    context = {
        "head": {
            "title": _("Names that may be one holder"),
            "facts": [_("A likeness is a suggestion. Whoever confirms it answers for it; it can be taken back.")],
        },
        "crumbs": [{"label": _("Oversight"), "href": reverse("workspace:oversight")}, {"label": _("Holders")}],
        "text": text,
        "state": state,
        "next": rows.first() if state != "answered" else None,
        "table": {
            "columns": [
                {"label": _("Name"), "sort": "first"}, {"label": _("May also be"), "sort": "second"},
                {"label": _("Likeness"), "sort": "score", "numeric": True}, {"label": _("Reasons")},
            ],
            "sorted": sort,
            "rows": [
                {
                    "href": reverse("workspace:holders-suggestion", args=[one.pk]),
                    "cells": [one.first.name, one.second.name, {"number": one.score}, "; ".join(_reasons(one.reasons))],
                }
                for one in page
            ],
        },
        "page": page,
        "query": urlencode({"q": text, "state": state, "sort": sort}),
    }  # fmt: skip
    return render(request, "workspace/holders.html", context)


@require_http_methods(["GET", "POST"])
@acting.requires(Function.SUPERVISION)
def suggestion(request: HttpRequest, suggestion_id: int) -> HttpResponse:
    """Decide one suggestion, with others that hang together with it; take back what was said."""
    refused = _refused(request)
    if refused is not None:
        return refused
    membership: Membership = request.membership  # type: ignore[attr-defined]
    found = get_object_or_404(Suggestion.objects.select_related("first", "second"), pk=suggestion_id)
    others = _others(found)
    answers, undo = Answers(request, act="decide"), Answers(request, act="undo")
    if answers.attempt(lambda: _decide(request, found, others, answers, membership)):
        messages.success(request, _("Recorded. Search and the holder's page follow at once."))
        return redirect(_next(found))
    if undo.attempt(lambda: _undo(found, undo, membership)):
        messages.success(request, _("Taken back. That it was said stays on record."))
        return redirect("workspace:holders-suggestion", found.pk)
    spellings = [found.first, found.second]
    context = {
        "head": {
            "title": _("One holder, or two?"),
            "pills": [{"tone": "info", "text": _("likeness {score} of 100").format(score=found.score)}],
        },
        "crumbs": [
            {"label": _("Oversight"), "href": reverse("workspace:oversight")},
            {"label": _("Holders"), "href": reverse("workspace:holders")},
            {"label": found.first.name[:40]},
        ],
        "suggestion": found,
        "spellings": [_spelling(one) for one in spellings],
        "others": [{"spelling": one, "reasons": _reasons(reasons)} for one, reasons in others],
        "chosen": answers.several("other") if answers.sent else [],
        "reasons": _reasons(found.reasons),
        "answers": answers,
        "undo": undo,
        "question": answers.ask(
            "reason", "text", _("In your own words"), required=False,
            help=_("What you compared, if the reasons above are not enough. It stays with the link."),
        ),
        "said": [_said(one) for one in queries.standing(spellings)],
        "why": undo.ask("reason", "text", _("Why it is taken back")),
        "skip": _next(found),
    }  # fmt: skip
    return render(request, "workspace/holders_suggestion.html", context)


def _refused(request: HttpRequest) -> HttpResponse | None:
    refusal = refusal_of(check_may_link_holders, request.membership, clock.now())  # type: ignore[attr-defined]
    return acting.refused(request, refusal) if refusal is not None else None


def _decide(
    request: HttpRequest, found: Suggestion, others: list[tuple[Spelling, Any]], answers: Answers, by: Membership
) -> Any:
    reason = answers.text("reason", most=500)
    if request.POST.get("go") == "different":
        return part_holders(first=found.first, second=found.second, reason=reason, by=by, at=clock.now())
    wanted = set(answers.several("other"))
    more = [one for one, _why in others if str(one.pk) in wanted]
    return link_holders(spellings=[found.first, found.second, *more], reason=reason, by=by, at=clock.now())


def _undo(found: Suggestion, undo: Answers, by: Membership) -> Any:
    link = queries.standing([found.first, found.second]).filter(pk=undo.number("link")).first()
    if link is None:
        raise Http404
    return undo_holder_link(link=link, reason=undo.text("reason", most=500), by=by, at=clock.now())


def _others(found: Suggestion) -> list[tuple[Spelling, Any]]:
    """Return further spellings that are suggested together with one of the two, and why."""
    pair = {found.first_id, found.second_id}
    rows: QuerySet[Suggestion] = Suggestion.objects.filter(
        Q(first__in=pair) | Q(second__in=pair), answered=False
    ).exclude(pk=found.pk).select_related("first", "second")  # fmt: skip
    seen: dict[int, tuple[Spelling, Any]] = {}
    for row in rows[: 2 * GROUP]:
        one = row.second if row.first_id in pair else row.first
        if one.pk not in pair:
            seen.setdefault(one.pk, (one, row.reasons))
    return list(seen.values())[:GROUP]


def _next(found: Suggestion) -> str:
    """Return the page of the next open suggestion, or the list when none is left."""
    rows = Suggestion.objects.filter(answered=False).exclude(pk=found.pk)
    later = rows.filter(Q(score__lt=found.score) | Q(score=found.score, pk__gt=found.pk)).first() or rows.first()
    return reverse("workspace:holders-suggestion", args=[later.pk]) if later else reverse("workspace:holders")


def _spelling(one: Spelling) -> dict[str, Any]:
    records = queries.records_of([one])
    issuers = list(dict.fromkeys(row.issuer for row in records[:50]))[:5]
    return {
        "spelling": one,
        "records": records.count(),
        "issuers": issuers,
        "identifiers": [(scheme, ", ".join(values)) for scheme, values in queries.identifiers(one).items()],
        "search": f"{reverse('portal:search')}?{urlencode({'q': one.parts[0] if one.parts else one.name})}",
        "holder": reverse("portal:holder", args=[one.holder.public_id]) if one.holder else "",
    }


def _said(link: HolderLink) -> dict[str, Any]:
    member = Membership.objects.select_related("person", "organisation").filter(pk=link.by_membership).first()
    same = link.verdict == HolderLink.Verdict.SAME
    return {
        "link": link, "same": same, "by": member.person.names if member else "",
        "of": member.organisation.names if member else "", "reasons": _reasons(link.reasons),
    }  # fmt: skip


def _reasons(reasons: list[dict[str, Any]]) -> list[str]:
    """Return the reasons of a likeness as sentences."""
    said = {
        "identifier": _("the same identifier: {scheme} {value}"),
        "bare": _("the same name but for legal form, spaces and signs"),
        "alike": _("names alike to {share} of 100"),
        "region": _("the same region"),
        "elsewhere": _("other regions: {first} and {second}"),
        "country": _("the same country: {country}"),
    }
    return [said[one["code"]].format(**one["facts"]) for one in reasons if one["code"] in said]
