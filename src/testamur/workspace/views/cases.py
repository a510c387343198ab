"""Cases: the list, one case, all its events, and looking into one as an overseer."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from testamur.decision import queries as decisions
from testamur.decision.models import Decision
from testamur.files import tables
from testamur.kernel import clock
from testamur.kernel.refusal import Refused
from testamur.parties import acting
from testamur.parties.models import Membership
from testamur.parties.templatetags.parties_words import sentence
from testamur.register import queries as register
from testamur.register.models import Attestation
from testamur.schemes.language.moments import is_working
from testamur.selection import actions, deadlines
from testamur.selection import queries as selection
from testamur.selection.models import Case
from testamur.selection.policies import STAGE_WORDS
from testamur.selection.roles import is_applicant
from testamur.surveillance import queries as surveillance
from testamur.surveillance.turns import missing_in, turn_of
from testamur.wording.templatetags.say import translated, words
from testamur.workspace import case_files, case_pages, queries
from testamur.workspace.answers import Answers
from testamur.workspace.said import OCCASIONS, PAUSED, said

#: What the list may be ordered by: word of the address → columns.
SORTS = {
    "number": ("number",),
    "opened": ("opened_on", "number"),
    "stage": ("stage", "number"),
    "since": ("stage_from", "number"),
}
PAGE = 50


@require_safe
@acting.requires()
def cases(request: HttpRequest) -> HttpResponse:
    """List the cases somebody may see: filtered, sorted, fifty a page, and as a file."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    filters = {key: request.GET.get(key, "").strip()[:100] for key in ("q", "stage", "scheme", "occasion")}
    rows = queries.cases(
        membership, text=filters["q"], stage=filters["stage"], scheme=filters["scheme"], occasion=filters["occasion"]
    )
    sort = request.GET.get("sort", "-opened")
    keys = SORTS.get(sort.lstrip("-"), SORTS["opened"])
    rows = rows.order_by(*(f"-{key}" if sort.startswith("-") else key for key in keys))
    kind = request.GET.get("format", "")
    if kind in tables.WRITERS:
        return _as_file(kind, rows)
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    schemes = dict(queries.cases(membership).order_by().values_list("scheme__scheme_id", "scheme__title").distinct())
    return render(
        request,
        "workspace/cases.html",
        {
            "head": {"title": _("Cases"), "facts": [_("Applications, audits and follow-up, each with its stage.")]},
            "crumbs": [{"label": _("Cases")}],
            "filters": filters,
            "stages": [
                ("open", _("all that are open")),
                *((stage, words(STAGE_WORDS[stage])) for stage in Case.Stage.values),
            ],
            "occasions": [(key, translated(label)) for key, label in OCCASIONS.items()],
            "schemes": sorted(((key, words(title)) for key, title in schemes.items()), key=lambda one: one[1]),
            "table": {
                "columns": _columns(),
                "sorted": sort,
                "rows": [_row(case) for case in page],
                "caption": _("Cases"),
            },
            "page": page,
            "query": urlencode(
                {key: value for key, value in {**filters, "sort": request.GET.get("sort", "")}.items() if value}
            ),
            "filtered": any(filters.values()),
            "may_apply": membership.holds("application"),
            "today": case_pages.today_cn(),
        },
    )


def _columns() -> list[dict[str, Any]]:
    return [
        {"label": _("Case"), "sort": "number"},
        {"label": _("Applicant")},
        {"label": _("Scheme")},
        {"label": _("Occasion")},
        {"label": _("Stage"), "sort": "stage"},
        {"label": _("Since"), "sort": "since"},
        {"label": _("Opened"), "sort": "opened"},
        {"label": _("Issuer")},
    ]


def _row(case: Case) -> dict[str, Any]:
    return {
        "id": case.public_id,
        "href": reverse("workspace:case", args=[case.public_id]),
        "cells": [
            case.number,
            queries.party_of(case),
            case.scheme.title,
            translated(OCCASIONS[case.occasion]),
            STAGE_WORDS[case.stage],
            case.stage_from,
            case.opened_on,
            case.issuer.names,
        ],
    }


def _as_file(kind: str, rows: Any) -> HttpResponse:
    columns = ["case", "id", "applicant", "scheme", "occasion", "stage", "since", "opened", "closed", "issuer"]
    listed = (
        [
            case.number,
            case.public_id,
            words(queries.party_of(case)),
            case.scheme.key,
            case.occasion,
            case.stage,
            case.stage_from,
            case.opened_on,
            case.closed_on,
            words(case.issuer.names),
        ]
        for case in rows.iterator()
    )
    return tables.as_file(kind, columns, listed, name="cases")


@require_safe
@acting.requires()
def case(request: HttpRequest, case_id: str) -> HttpResponse:
    """One case: what is next, where it is, what is missing, what happened, who is in it."""
    found, membership, side = case_pages.open_case(request, case_id)
    missing = missing_in(found)
    turn = turn_of(found)
    attestation = found.attestation or _issued(found)
    return case_pages.show(
        request,
        found,
        "case",
        "workspace/case.html",
        turn=turn,
        steps=case_pages.steps(found, side),
        checks=case_pages.checks(missing),
        done=sum(1 for row in missing if row.state == "ok"),
        events=queries.timeline(found, 12),
        all_href=reverse("workspace:case-events", args=[found.public_id]),
        terms=_terms(found),
        people=_people(found, side),
        files=case_files.listed(found, side, membership)[:6],
        files_href=reverse("workspace:case-files", args=[found.public_id]),
        attestation=attestation,
        overdue=surveillance.overdue(attestation=attestation) if attestation else [],
        follows=surveillance.waiting_for(attestation)[:3] if attestation else [],
        joined=[one for one in found.group if one.pk != found.pk],
        may_take_back=is_applicant(found, membership)
        and found.stage in ("application", "selection", "determination", "review"),
        may_close=side == "issuer"
        and membership.holds("selection")
        and found.stage not in ("done", "closed", "attestation"),
        may_look=side == "overseer",
        decision=_decision(found) if side in ("issuer", "client", "overseer") else None,
        closed_because=words(found.closed_because) if found.closed_because and side != "performer" else "",
    )


def _issued(found: Case) -> Attestation | None:
    """Return what a finished case brought forth, where the case was not about it from the beginning."""
    made = decisions.of_case(found)
    decision = next((one for one in made if one.attestation_id is not None), None)
    if decision is not None:
        return decision.attestation
    ids = [one.public_id for one in made]
    return Attestation.objects.filter(editions__decision__in=ids).order_by("id").first() if ids else None


def _decision(found: Case) -> Decision | None:
    """Return the newest decision in a case, with who made it."""
    return next(iter(decisions.of_case(found)), None)


def _terms(found: Case) -> list[dict[str, Any]]:
    if found.closed_on:
        return []  # no clock runs in a case that has ended
    today = queries.today_of(found)
    terms = []
    for one in deadlines.clocks(found, today):
        if one.due is None or one.done_on is not None:
            continue
        period = one.deadline.by.period
        working = period is not None and period.unit == "working day"
        says: Any = None
        if one.paused:
            says = said(PAUSED, {"day": one.due, "why": WHY_PAUSED.get(one.why, one.why)})
        terms.append(
            {
                "title": one.deadline.step,
                "today": today,
                "due": one.due,
                "days": _days(one.started, one.due, found.scheme.definition.area) if working and one.started else [],
                "says": says,
                "source": str(one.deadline.source[0]) if one.deadline.source else "",
            }
        )
    return terms


#: Why a clock stands still, by the scheme's word.
WHY_PAUSED = {
    "applicant_answer": {"en": "the applicant was asked", "zh": "等待认证委托人补正"},
    "expert_review": {"en": "experts are asked", "zh": "专家评审"},
    "testing": {"en": "tests are done", "zh": "检测"},
    "corrective_action": {"en": "findings are put right", "zh": "整改"},
}


def _days(started: date, due: date, area: str) -> list[tuple[date, bool]]:
    """Return the days of a term, and whether people work on each; none of a term too long to be drawn."""
    if (due - started).days > 90:
        return []
    return [
        (started + timedelta(days=n), is_working(started + timedelta(days=n), area))
        for n in range(1, (due - started).days + 1)
    ]


def _people(found: Case, side: str) -> list[dict[str, Any]]:
    """Return who does what: the applicant, the team, who reviewed and decided. The rest is nobody's business."""
    definition = found.scheme.definition
    titles = {role.id: role.title for role in definition.roles}
    rows: list[dict[str, Any]] = [{"label": _("Applicant"), "value": queries.party_of(found)}]
    if side == "performer":
        return rows
    for assignment in found.assignments.filter(removed_at=None).select_related("membership__person").order_by("id"):
        rows.append(
            {"label": titles.get(assignment.role, assignment.role), "value": assignment.membership.person.names}
        )
    review = found.reviews.select_related("by__person").order_by("-id").first() if side != "client" else None
    if review is not None and review.by is not None:
        rows.append({"label": _("Reviewed by"), "value": review.by.person.names})
    decision = _decision(found)
    if decision is not None and decision.by is not None:
        rows.append({"label": _("Decided by"), "value": decision.by.person.names})
    return rows


@require_safe
@acting.requires()
def events(request: HttpRequest, case_id: str) -> HttpResponse:
    """Everything that happened in a case, with both clocks; also as a file."""
    found, _membership, _side = case_pages.open_case(request, case_id)
    rows = queries.timeline(found)
    kind = request.GET.get("format", "")
    if kind in tables.WRITERS:
        listed = [
            [
                row["effective_at"],
                row["recorded_at"],
                words(row["what"]),
                words(row["who"].person.names) if row["who"] else row["rule"],
                row["source"],
                row["entry"].index if row["entry"] else None,
            ]
            for row in rows
        ]
        columns = ["effective_at", "recorded_at", "what", "by", "source", "log_entry"]
        return tables.as_file(kind, columns, listed, name=f"events-{found.number}")
    return case_pages.show(request, found, "case", "workspace/case_events.html", events=rows, title=_("What happened"))


@require_safe
@acting.requires()
def files(request: HttpRequest, case_id: str) -> HttpResponse:
    """Every document of a case that somebody may read."""
    found, membership, side = case_pages.open_case(request, case_id)
    return case_pages.show(
        request,
        found,
        "case",
        "workspace/case_files.html",
        files=case_files.listed(found, side, membership),
        title=_("Documents"),
    )


@require_safe
@acting.requires()
def file(request: HttpRequest, case_id: str, kind: str, row_id: int) -> HttpResponse:
    """Hand over one document of a case, where the reader may see it from their side."""
    found, membership, side = case_pages.open_case(request, case_id)
    answer = case_files.hand_over(found, side, membership, kind, row_id)
    if answer is None:
        raise Http404
    return answer


@require_http_methods(["GET", "POST"])
@acting.requires()
def ending(request: HttpRequest, case_id: str) -> HttpResponse:
    """End a case without a decision: the applicant takes it back, or the body closes it."""
    found, membership, side = case_pages.open_case(request, case_id)
    taken_back = is_applicant(found, membership)
    if not taken_back and side != "issuer":
        raise Http404
    answers = Answers(request)
    reason = answers.text("reason")

    def act() -> Any:
        if taken_back:
            return actions.take_back(case=found, reason=reason, by=membership, at=clock.now())
        return actions.close_case(case=found, because=answers.texts("reason"), by=membership, at=clock.now())

    if answers.attempt(act):
        messages.success(request, _("The application is taken back.") if taken_back else _("The case is closed."))
        return redirect("workspace:case", found.public_id)
    question = answers.ask("reason", "long_text", _("Reason"), help=_("It is kept with the case."))
    return case_pages.show(
        request,
        found,
        "case",
        "workspace/case_form.html",
        title=_("Take the application back") if taken_back else _("Close the case"),
        answers=answers,
        questions=[question],
        button=_("Take the application back") if taken_back else _("Close the case"),
        warning=_("The case ends without a decision. This cannot be undone; a new application can follow."),
        back=reverse("workspace:case", args=[found.public_id]),
    )


@require_POST
@acting.requires()
def look(request: HttpRequest, case_id: str) -> HttpResponse:
    """Use the right of an overseer to look into a case, and say why; the body and its client see it."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    found = _overseen(membership, case_id)
    try:
        actions.look_as_overseer(case=found, reason=request.POST.get("reason", ""), by=membership, at=clock.now())
    except Refused as refused:
        messages.error(request, sentence(refused))
        return redirect("workspace:oversight")
    return redirect("workspace:case", found.public_id)


def _overseen(membership: Membership, case_id: str) -> Case:
    """Return a case of a body that the member's organisation licensed or accredited; 404 for others."""
    found = Case.objects.filter(public_id=case_id).select_related("scheme", "issuer").first()
    if found is None or selection.right_to_oversee(found, membership) is None:
        raise Http404
    return found


@require_safe
@acting.requires()
def search(request: HttpRequest) -> HttpResponse:
    """Find cases, certificates and people of one's own by one box."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    text = request.GET.get("q", "").strip()[:100]
    found = list(queries.cases(membership, text=text).order_by("-opened_on")[:20]) if text else []
    certificates = register.search(text, membership=membership, size=20).rows if text else []
    people = []
    if text:
        for one in membership.organisation.memberships.select_related("person"):
            if any(text.lower() in name.lower() for name in one.person.names.values()):
                people.append(one)
    return render(
        request,
        "workspace/search.html",
        {
            "head": {
                "title": _("Search"),
                "facts": [_("Cases you may see, certificates of the register, people of your organisation.")],
            },
            "text": text,
            "cases": [_row(one) for one in found],
            "columns": _columns(),
            "certificates": certificates,
            "people": people,
            "today": case_pages.today_cn(),
        },
    )


@require_safe
@acting.requires()
def guide(request: HttpRequest) -> HttpResponse:
    """How this workspace works: the seven functions, the two clocks, the keys of the keyboard."""
    return render(
        request, "workspace/help.html", {"today": case_pages.today_cn(), "head": {"title": _("Help"), "facts": []}}
    )
