"""Planned visits on the team page: the form of a new one, moving one, the list (ISO/IEC 17021-1:2015, 9.2.3)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _

from testamur.kernel import clock
from testamur.parties.models import Membership, Organisation
from testamur.selection import actions, planning
from testamur.selection import queries as selection
from testamur.selection.models import Case, PlannedVisit
from testamur.selection.programme import sites_of
from testamur.wording.templatetags.say import translated, words
from testamur.workspace.answers import Answers, options
from testamur.workspace.said import CHOOSE_WORK, PLACES, said, word


def visit_form(request: HttpRequest, case: Case, membership: Membership) -> Any:
    """Return the form for a new visit with its questions, or the redirect where one was just planned."""
    cases = (
        {one.public_id: one for one in case.group} if case.joint_id or case.joined.exists() else {case.public_id: case}
    )
    work = {
        f"{one.public_id}:{activity.id}": (one, activity)
        for one in cases.values()
        for activity in planning.activities_of(one)
    }
    own = {site.public_id: site for site in case.client.sites.filter(closed_on=None)} if case.client else {}
    performers = _performers(case)
    answers = Answers(
        request,
        act="visit",
        initial={"site": [row["site"] for row in sites_of(case.leader)], "where": "on_site", "performer": ""},
    )
    if answers.sent:
        chosen = [work[key] for key in answers.several("work") if key in work]
        if not chosen:
            answers.errors["work"] = said(CHOOSE_WORK)
        first, last = answers.day("visit_from"), answers.day("visit_until")
        where = answers.chosen("where", {key: key for key in PLACES})
        performer = answers.chosen("performer", performers, required=False)
        sites = [own[key] for key in answers.several("site") if key in own]
        at_desk = where in ("desk", "laboratory")

        def act() -> PlannedVisit:
            assert first and last
            return actions.plan_visit(
                work=[
                    (one, activity.id, answers.text(f"days-{one.public_id}-{activity.id}") or None)
                    for one, activity in chosen
                ],
                visited=None if at_desk else case.client,
                sites=[] if at_desk else sites,
                where=where,
                from_day=first,
                until_day=last,
                performer=performer,
                by=membership,
                at=clock.now(),
            )

        if answers.attempt(act):
            messages.success(request, _("The visit is planned."))
            return redirect("workspace:team", case.public_id)
    rows = [
        (key, f"{words(activity.title)} · {words(one.scheme.title)} · {translated(word(PLACES, activity.where))}")
        for key, (one, activity) in work.items()
    ]
    questions = [
        answers.ask("work", "choices", _("What is done"), options=options(rows)),
        *[
            answers.ask(
                f"days-{one.public_id}-{activity.id}",
                "decimal",
                _("Audit days: {activity}").format(activity=words(activity.title)),
                required=False,
                unit="days",
            )
            for _key, (one, activity) in work.items()
            if one.scheme.definition.rule_for("audit_time") is not None
        ],
        answers.ask(
            "where", "choice", _("Where"), options=options((key, translated(label)) for key, label in PLACES.items())
        ),
        answers.ask("visit_from", "date", _("First day")),
        answers.ask("visit_until", "date", _("Last day")),
    ]
    if own:
        questions.append(
            answers.ask(
                "site",
                "choices",
                _("Sites"),
                required=False,
                options=options((key, one.names) for key, one in own.items()),
            )
        )
    if performers:
        rows_ = [("", _("our own people")), *((key, one.names) for key, one in performers.items())]
        questions.append(answers.ask("performer", "choice", _("Done by"), required=False, options=options(rows_)))
    return {"answers": answers, "questions": questions}


def _performers(case: Case) -> dict[str, Organisation]:
    """Return the organisations that hold what an activity's performer must hold, e.g. qualified laboratories."""
    definition = case.scheme.definition
    found: dict[str, Organisation] = {}
    wanted = set()
    for activity in planning.activities_of(case):
        outside = [role for role in activity.by if definition.role(role).side in ("laboratory", "expert", "peer")]
        tables = definition.authorities_of(activity.id)
        wanted |= {scheme for table in tables for scheme in table.any_of}
        if outside and not tables:
            wanted |= {
                scheme for role in outside for table in definition.authorities_of(role) for scheme in table.any_of
            }
    if wanted:
        for one in (
            Organisation.objects.filter(held__scheme_id_text__in=wanted)
            .exclude(pk=case.client_id or 0)
            .distinct()
            .order_by("pk")
        ):
            found[one.public_id] = one
    return found


def move(case: Case, by: Membership, answers: Answers) -> Any:
    visit = visit_of(case, str(answers.raw("visit")))
    first, last = answers.day("move_from"), answers.day("move_until")
    if first is None or last is None:
        return None
    return actions.move_visit(
        planned=visit,
        from_day=first,
        until_day=last,
        version=answers.number("version"),
        by=by,
        at=clock.now(),
    )


def visit_of(case: Case, public_id: str) -> PlannedVisit:
    return get_object_or_404(
        PlannedVisit.objects.filter(activities__case__in=case.group).distinct(), public_id=public_id
    )


def visits_of(case: Case, membership: Membership) -> list[dict[str, Any]]:
    found = []
    for visit in selection.visits_of(case, membership):
        work = []
        for row in visit.activities.select_related("case__scheme", "case__issuer"):
            title = row.case.scheme.definition.activity(row.activity).title
            work.append(
                {
                    "title": title,
                    "case": row.case.number,
                    "own": row.case_id == case.pk,
                    "days": row.days,
                    "scheme": row.case.scheme.scheme_id,
                }
            )
        found.append(
            {
                "visit": visit,
                "where": translated(word(PLACES, visit.where)),
                "work": work,
                "sites": [site.names for site in visit.sites.all()],
                "begun": hasattr(visit, "visit"),
            }
        )
    return found
