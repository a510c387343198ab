"""Application review, team, visits and plan (ISO/IEC 17021-1 9.1.2 to 9.2)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from testamur.kernel import clock
from testamur.kernel.refusal import Refused, refusal_of
from testamur.parties import acting
from testamur.parties.models import Membership, Organisation, Site
from testamur.register import authority
from testamur.selection import actions, planning, policies
from testamur.selection import queries as selection
from testamur.selection.models import ApplicationReview, Case, PlannedVisit
from testamur.selection.moments import is_working
from testamur.selection.programme import sites_of
from testamur.wording.templatetags.say import day as say_day
from testamur.wording.templatetags.say import translated, words
from testamur.workspace import case_pages, working
from testamur.workspace.answers import Answers, in_its_language, options
from testamur.workspace.said import ANSWERED_BY, CHOOSE_WORK, HOLDS, PLACES, said, word

# Application review --------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@acting.requires()
def application_review(request: HttpRequest, case_id: str) -> HttpResponse:
    """Answer the scheme's questions, see the audit time worked out, adjust it; accept, refuse, ask for more."""
    case, membership, _side = case_pages.open_case(request, case_id, "application-review")
    standing = case.application_reviews.order_by("-id").first()
    answers = Answers(request, initial=_initial(standing))
    typed = _typed(case, answers)
    verdict = request.POST.get("verdict", "") if answers.sent else ""
    if verdict in ("accept", "refuse") and answers.attempt(
        lambda: _review(case, membership, typed, verdict == "accept")
    ):
        messages.success(
            request,
            _("The application is accepted.")
            if verdict == "accept"
            else _("The application is refused, with reasons."),
        )
        return redirect("workspace:team" if verdict == "accept" else "workspace:case", case.public_id)
    asking = Answers(request, act="ask")
    asked = [
        {"field": row.get("field", ""), "sentence": in_its_language(row["sentence"])}
        for row in asking.rows("asked")
        if row.get("sentence")
    ]
    if asking.attempt(lambda: actions.ask_to_complete(case=case, asked=asked, by=membership, at=clock.now())):
        messages.success(request, _("The applicant was asked, once and completely. The clocks rest until the answer."))
        return redirect("workspace:case", case.public_id)
    refusal = refusal_of(policies.check_may_review_application, case, membership, clock.now())
    if case.stage == Case.Stage.APPLICATION:
        calculation, trouble = _calculate(case, typed)
        lines = selection.proposed(case, calculation.facts) if calculation else []
        against = _against(case, calculation)
        steps = calculation.to_json() if calculation else []
    else:
        trouble, lines, against = None, standing.scope if standing else [], []
        steps = standing.calculation if standing else []
    if trouble is not None:
        answers.refuse(trouble)
    buttons = [
        {"label": _("Refuse"), "form": "review", "name": "verdict", "value": "refuse"},
        {
            "label": _("Accept and plan"),
            "form": "review",
            "name": "verdict",
            "value": "accept",
            "main": True,
            "refused": refusal,
        },
    ]
    open_ = case.stage == Case.Stage.APPLICATION
    return case_pages.show(
        request,
        case,
        "application-review",
        "workspace/application_review.html",
        title=_("Application review"),
        actions=buttons if open_ and refusal is None else None,
        answers=answers,
        asking=asking,
        sum=working.sum_of(steps, _("Working of the rules")),
        days=standing.days if standing else None,
        questions=_questions(case, answers),
        against=_said_against(case, against),
        open=open_ and refusal is None,
        refusal=refusal if open_ else None,
        standing=standing,
        fields=_more_questions(case, answers, lines, steps),
        lines=working.lines_in_words(case.scheme.definition, lines),
        ask_question=_ask_question(case, asking),
        kept=_kept(standing),
        accepted_scope=standing.statement if standing else {},
        may_ask=open_ and refusal is None and getattr(case, "application", None) is not None,
    )


def _initial(standing: ApplicationReview | None) -> dict[str, Any]:
    if standing is None:
        return {}
    found: dict[str, Any] = {f"q-{name}": "true" if value else "false" for name, value in standing.answers.items()}
    found["notes"] = standing.notes
    found["adjustments"] = [
        {"reason": words(row["reason"]), "percent": _percent(row["share"])} for row in standing.adjustments
    ]
    found |= {f"statement-{language}": text for language, text in standing.statement.items()}
    return found


def _percent(share: Any) -> str:
    return f"{(Decimal(str(share)) * 100).normalize():f}"


def _typed(case: Case, answers: Answers) -> dict[str, Any]:
    """Return what the page says, in the shapes the action wants."""
    given_answers = {}
    for one in case.scheme.definition.questions:
        raw = str(answers.raw(f"q-{one.id}"))
        if raw in ("true", "false"):
            given_answers[one.id] = raw == "true"
    adjustments = []
    for row in answers.rows("adjustments"):
        typed = row.get("percent", "").replace("%", "").replace("−", "-")
        try:
            share: Any = str(Decimal(typed) / 100)
        except InvalidOperation:
            share = typed
        adjustments.append({"reason": in_its_language(row.get("reason", "")), "share": share})
    given = {}
    if answers.sent:
        for key in request_keys(answers, "given-"):
            text = answers.text(f"given-{key}")
            if text:
                given[key] = int(text) if text.isdigit() else text
    chosen = answers.several("line") if answers.sent else None
    return {
        "answers": given_answers,
        "adjustments": adjustments,
        "given": given,
        "notes": answers.text("notes"),
        "statement": answers.both("statement"),
        "lines": chosen,
    }


def request_keys(answers: Answers, prefix: str) -> list[str]:
    """Return what follows a prefix in the names of the inputs that were sent."""
    return [key.removeprefix(prefix) for key in answers.request.POST if key.startswith(prefix)]


def _calculate(case: Case, typed: dict[str, Any]) -> tuple[Any, Refused | None]:
    try:
        return selection.calculate(
            case, adjustments=[one for one in typed["adjustments"] if one["reason"]], given=typed["given"]
        ), None
    except Refused as refused:
        return selection.calculate(case), refused


def _against(case: Case, calculation: Any) -> list[Refused]:
    return list(selection.against_accepting(case, calculation)) if calculation is not None else []


def _said_against(case: Case, against: list[Refused]) -> list[dict[str, Any]]:
    """Return what the rules and the body's authority say before anybody answers a question."""
    if against:
        return [{"state": "bad", "text": one, "source": one.source, "who": translated(one.who)} for one in against]
    rows = []
    for table in case.scheme.definition.authorities_of("issuer"):
        rows.append(
            {
                "state": "ok",
                "text": said(HOLDS, {"kind": authority.KINDS[table.kind]}),
                "source": str(table.source[0]) if table.source else "",
            }
        )
    return rows


def _review(case: Case, by: Membership, typed: dict[str, Any], accepted: bool) -> Any:
    scope = None
    if typed["lines"] is not None:
        proposed = selection.proposed(
            case, selection.calculate(case, adjustments=typed["adjustments"], given=typed["given"]).facts
        )
        picked = [line for place, line in enumerate(proposed) if str(place) in typed["lines"]]
        scope = None if len(picked) == len(proposed) else picked
    try:
        return actions.review_application(
            case=case,
            answers=typed["answers"],
            adjustments=typed["adjustments"],
            notes=typed["notes"],
            accepted=accepted,
            scope=scope,
            statement=typed["statement"],
            given=typed["given"],
            by=by,
            at=clock.now(),
        )
    except Refused as refused:
        known = {one.id for one in case.scheme.definition.questions}
        for one in getattr(refused, "problems", [refused]):
            if one.field in known:
                one.field = f"q-{one.field}"
            elif one.field.startswith("adjustments"):
                one.field = "adjustments"
            elif one.field == "scope":
                one.field = "line"
        raise


def _questions(case: Case, answers: Answers) -> list[dict[str, Any]]:
    titles = {role.id: role.title for role in case.scheme.definition.roles}
    return [
        answers.ask(
            f"q-{one.id}",
            "yes_no",
            one.text,
            source=str(one.source[0]) if one.source else "",
            help=said(ANSWERED_BY, {"role": titles.get(one.by, one.by)})
            if len({q.by for q in case.scheme.definition.questions}) > 1
            else "",
        )
        for one in case.scheme.definition.questions
    ]


def _more_questions(case: Case, answers: Answers, lines: list[Any], steps: list[Any]) -> list[dict[str, Any]]:
    fields = []
    needs = working.open_inputs(steps)
    for name in needs:
        fields.append(
            answers.ask(
                f"given-{name}", "text", _("Input “{name}” that only you know").format(name=name), required=False
            )
        )
    if case.scheme.definition.rule_for("audit_time") is not None:
        fields.append(
            answers.ask(
                "adjustments",
                "people",
                _("Adjustments of the table value"),
                required=False,
                source="iaf-md5@2023#8",
                help=_("Percent, a reduction with a minus; each with its reason, which the client reads."),
                columns=[
                    {"id": "reason", "label": _("Reason"), "type": "text"},
                    {"id": "percent", "label": _("Percent"), "type": "decimal"},
                ],
            )
        )
    said_lines = working.lines_in_words(case.scheme.definition, lines)
    if lines:
        if not answers.sent:
            answers.initial["line"] = [str(place) for place in range(len(lines))]
        fields.append(
            answers.ask(
                "line",
                "choices",
                _("Scope lines that are accepted"),
                required=False,
                options=options(enumerate(said_lines)),
                help=_("Proposed from the answers. Path validation reads these; people read the words below."),
            )
        )
    fields += [
        answers.ask("statement-zh", "long_text", _("Scope in words, Chinese"), required=False),
        answers.ask("statement-en", "long_text", _("Scope in words, English"), required=False),
        answers.ask(
            "notes", "long_text", _("Notes; where you refuse, the reasons the applicant reads"), required=False
        ),
    ]
    return fields


def _ask_question(case: Case, asking: Answers) -> dict[str, Any]:
    names = [("", _("the whole application"))]
    definitions = [case.scheme.definition, *([case.integrated.definition] if case.integrated else [])]
    for definition in definitions:
        for part in definition.parts_on(case.occasion):
            names += [(field.id, words(field.label)) for field in definition.fields_of(part.id)]
    return asking.ask(
        "asked",
        "people",
        _("What is missing"),
        help=_("Everything at once; the law allows asking only one time."),
        source="cn-licensing-law@2019-04-23#art. 32",
        columns=[
            {"id": "field", "label": _("About"), "type": "choice", "choices": names},
            {"id": "sentence", "label": _("What the applicant should do"), "type": "text"},
        ],
    )


def _kept(standing: ApplicationReview | None) -> list[dict[str, Any]]:
    """Return the reasons of a refusal as they were given."""
    if standing is None or standing.accepted:
        return []
    return [
        {"state": "bad", "text": said(row["sentence"], row["facts"]), "source": row["source"]}
        for row in standing.refusal
    ]


# Team and visits -----------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@acting.requires()
def team(request: HttpRequest, case_id: str) -> HttpResponse:
    """Set visits and people; who cannot be put on the team is listed with the clause that says so."""
    case, membership, side = case_pages.open_case(request, case_id, "team")
    refusal = refusal_of(policies.check_may_plan, case, membership, clock.now())
    first, last = _period(request, case)
    roles = _roles(case)
    visits = _visit_form(request, case, membership)
    people = Answers(request, act="assign", initial={"from_day": first.isoformat(), "until_day": last.isoformat()})
    simple = Answers(request, act="step")
    moved = Answers(request, act="move")
    if isinstance(visits, HttpResponse):
        return visits
    here = redirect("workspace:team", case.public_id)
    if people.sent and people.attempt(lambda: _assign(case, membership, people, roles)):
        messages.success(request, _("The person is on the team for these days."))
        return here
    if moved.sent and moved.attempt(lambda: _move(case, membership, moved)):
        messages.success(
            request, _("The visit is moved. What the applicant agreed to is void; propose the plan again.")
        )
        return here
    if simple.sent:
        done = _step(request, case, membership, simple)
        if done:
            messages.success(request, done)
            return redirect(
                "workspace:determination" if case.stage != Case.Stage.SELECTION else "workspace:team", case.public_id
            )
    role = request.GET.get("role") or (next(iter(roles)) if roles else "")
    found = selection.candidates(case, role, first, last) if role in roles and side == "issuer" else []
    plan = planning.standing_plan(case)
    return case_pages.show(
        request,
        case,
        "team",
        "workspace/team.html",
        title=_("Team and visits"),
        actions=_team_buttons(case, membership, plan, refusal),
        refusal=refusal,
        roles=[(key, words(title)) for key, title in roles.items()],
        role=role,
        first=first,
        last=last,
        able=[_candidate(case, one, role, first, last) for one in found if one.refusal is None],
        unable=[
            {
                "state": "bad",
                "icon": "user-off",
                "text": _("{person} · {organisation}").format(
                    person=words(one.membership.person.names), organisation=words(one.membership.organisation.names)
                ),
                "facts": one.refusal,
                "source": one.refusal.source,
                "who": _("from {day}").format(day=say_day(one.refusal.until))
                if one.refusal.until
                else translated(one.refusal.who),
            }
            for one in found
            if one.refusal is not None
        ],
        assigned=_assigned(case, roles),
        visits=_visits(case, membership),
        visit_form=visits,
        people=people,
        simple=simple,
        moved=moved,
        checks=case_pages.checks(list(selection.missing(case))) if case.stage == Case.Stage.SELECTION else [],
        sites=sites_of(case.leader),
        calendar=_calendar(case, membership, found, first, last) if found else None,
        plan=plan,
        days=selection.audit_time(case),
        can=refusal is None,
    )


def _roles(case: Case) -> dict[str, Any]:
    """Return the roles that can be put on a case: of the team, and of whoever does an activity of this occasion."""
    definition = case.scheme.definition
    wanted = list(definition.team.roles) if definition.team else []
    for activity in planning.activities_of(case):
        wanted += [one for one in activity.by if one not in wanted]
    for table in (definition.review, definition.decision):
        wanted += [one for one in (table.by if table else ()) if one not in wanted]
    titles = {role.id: role.title for role in definition.roles if role.side != "holder"}
    return {one: titles[one] for one in wanted if one in titles}


def _period(request: HttpRequest, case: Case) -> tuple[date, date]:
    """Return the days that candidates are asked for: of the address, else of the planned visits, else a week ahead."""

    def day(name: str) -> date | None:
        try:
            return date.fromisoformat(request.GET.get(name, ""))
        except ValueError:
            return None

    first, last = day("from"), day("until")
    if first is None:
        rows = [row.visit for row in case.planned.filter(visit__cancelled_at=None).select_related("visit")]
        if rows:
            first, last = min(one.from_day for one in rows), max(one.until_day for one in rows)
    first = first or case_pages.queries.today_of(case) + timedelta(days=7)
    last = last or first
    return (first, last) if first <= last else (last, first)


def _visit_form(request: HttpRequest, case: Case, membership: Membership) -> Any:
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
        (key, f"{words(activity.title)} · {one.scheme.scheme_id} · {translated(word(PLACES, activity.where))}")
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


def _assign(case: Case, by: Membership, answers: Answers, roles: dict[str, Any]) -> Any:
    role = str(answers.raw("role"))
    if role not in roles:
        raise Http404
    first, last = answers.day("from_day"), answers.day("until_day")
    if answers.errors or first is None or last is None:
        return None
    candidate = next(
        (
            one
            for one in selection.candidates(case, role, first, last)
            if one.membership.public_id == answers.raw("membership")
        ),
        None,
    )
    if candidate is None:
        raise Http404
    return actions.assign(
        case=case, membership=candidate.membership, role=role, from_day=first, until_day=last, by=by, at=clock.now()
    )


def _move(case: Case, by: Membership, answers: Answers) -> Any:
    visit = _visit_of(case, str(answers.raw("visit")))
    first, last = answers.day("move_from"), answers.day("move_until")
    if first is None or last is None:
        return None
    version = str(answers.raw("version"))
    return actions.move_visit(
        planned=visit,
        from_day=first,
        until_day=last,
        version=int(version) if version.isdigit() else None,
        by=by,
        at=clock.now(),
    )


def _visit_of(case: Case, public_id: str) -> PlannedVisit:
    return get_object_or_404(
        PlannedVisit.objects.filter(activities__case__in=case.group).distinct(), public_id=public_id
    )


def _step(request: HttpRequest, case: Case, by: Membership, answers: Answers) -> str:
    """Do what a single button asks for; returns what is to be said, "" where it was refused."""
    step = str(answers.raw("step"))
    at = clock.now()
    if step == "propose":
        return (
            _("The plan is with the applicant.")
            if answers.attempt(lambda: actions.propose_plan(case=case, by=by, at=at))
            else ""
        )
    if step == "start":
        done = answers.attempt(lambda: actions.start_determination(case=case, by=by, at=at))
        case.refresh_from_db()
        return _("Determination has begun.") if done else ""
    if step == "release":
        assignment = get_object_or_404(case.assignments, pk=_int(answers.raw("assignment")), removed_at=None)
        done = answers.attempt(
            lambda: actions.release(assignment=assignment, because=answers.text("because"), by=by, at=at)
        )
        return _("The person is released; that they were on the team stays on record.") if done else ""
    if step == "cancel":
        visit = _visit_of(case, str(answers.raw("visit")))
        done = answers.attempt(
            lambda: actions.cancel_visit(planned=visit, because=answers.text("because"), by=by, at=at)
        )
        return _("The visit is cancelled.") if done else ""
    raise Http404


def _int(raw: Any) -> int:
    return int(raw) if str(raw).isdigit() else 0


def _team_buttons(case: Case, membership: Membership, plan: Any, refusal: Refused | None) -> list[dict[str, Any]]:
    if case.stage != Case.Stage.SELECTION or refusal is not None:
        return []
    here = reverse("workspace:team", args=[case.public_id])

    def button(step: str, label: str, *, main: bool, refused: Refused | None = None) -> dict[str, Any]:
        fields = [{"name": "act", "value": "step"}, {"name": "step", "value": step}]
        return {"label": label, "post": here, "fields": fields, "main": main, "refused": refused}

    today = case_pages.queries.today_of(case)
    before_start = [one.refusal() for one in planning.missing_for_start(case, today)]
    if case.scheme.definition.team is not None and planning.needs_agreement(case) and before_start:
        unchanged = plan is not None and plan.objected_at is None and plan.snapshot == planning.snapshot(case)
        if not unchanged:
            lacking = [one.refusal() for one in planning.missing_for_plan(case)]
            return [
                button("propose", _("Propose to the applicant"), main=True, refused=lacking[0] if lacking else None)
            ]
    return [button("start", _("Begin determination"), main=True, refused=before_start[0] if before_start else None)]


def _candidate(case: Case, one: Any, role: str, first: date, last: date) -> dict[str, Any]:
    return {
        "membership": one.membership,
        "checks": [
            {"state": "ok" if check.ok else "warn", "text": said(check.sentence, check.facts), "source": check.source}
            for check in one.checks
        ],
        "on": case.assignments.filter(membership=one.membership, role=role, removed_at=None).exists(),
    }


def _assigned(case: Case, roles: dict[str, Any]) -> list[dict[str, Any]]:
    titles = {role.id: role.title for role in case.scheme.definition.roles}
    rows = (
        case.assignments.filter(removed_at=None)
        .select_related("membership__person", "membership__organisation")
        .order_by("id")
    )
    return [{"row": row, "role": titles.get(row.role, row.role), "person": row.membership.person.names} for row in rows]


def _visits(case: Case, membership: Membership) -> list[dict[str, Any]]:
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


def _calendar(case: Case, membership: Membership, found: list[Any], first: date, last: date) -> dict[str, Any]:
    """Return who is free when, a week around the days asked for."""
    begin = first - timedelta(days=first.weekday())
    end = max(last, begin + timedelta(days=11))
    end = min(end, begin + timedelta(days=27))
    columns = [begin + timedelta(days=n) for n in range((end - begin).days + 1)]
    busy = {row["person"].pk: row["busy"] for row in selection.calendar(membership, begin, end)}
    rows = []
    for one in found:
        slots = [_slot(case, day, busy.get(one.membership.person_id, [])) for day in columns]
        rows.append(
            {
                "name": one.membership.person.names,
                "out": one.refusal is not None,
                "slots": _joined(slots),
            }
        )
    return {
        "caption": _("Who is free when"),
        "days": [{"day": day, "off": not is_working(day), "mark": first <= day <= last} for day in columns],
        "rows": rows,
    }


def _slot(case: Case, day: date, busy: list[dict[str, Any]]) -> tuple[str, str]:
    for row in busy:
        if row["from"] <= day <= (row["until"] or row["from"]):
            if row["case"] is not None and row["case"].pk == case.pk:
                return "prop", _("this case")
            return "busy", row["case"].number if row["case"] else _("other work")
    return ("free", "") if is_working(day) else ("off", "")


def _joined(slots: list[tuple[str, str]]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for kind, text in slots:
        if rows and (rows[-1]["kind"], rows[-1]["text"]) == (kind, text) and kind != "off":
            rows[-1]["span"] += 1
        else:
            rows.append({"kind": kind, "text": text, "span": 1})
    return rows


# The plan, as the client sees it -------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@acting.requires()
def plan(request: HttpRequest, case_id: str) -> HttpResponse:
    """Show team and dates as proposed; the applicant agrees or objects."""
    case, membership, side = case_pages.open_case(request, case_id, "plan")
    proposal = planning.standing_plan(case)
    answers = Answers(request)
    if answers.sent and proposal is not None:
        agreeing = request.POST.get("answer") == "agree"

        def act() -> Any:
            if agreeing:
                return actions.agree(plan=proposal, by=membership, at=clock.now())
            return actions.object_to(plan=proposal, objection=answers.text("objection"), by=membership, at=clock.now())

        if answers.attempt(act):
            messages.success(
                request,
                _("You agreed to the team and the dates.")
                if agreeing
                else _("Your objection is recorded; the planner answers it."),
            )
            return redirect("workspace:plan", case.public_id)
    refusal = refusal_of(policies.check_may_answer_plan, case, membership, clock.now())
    waiting = proposal is not None and proposal.agreed_at is None and proposal.objected_at is None
    titles = {role.id: role.title for role in case.scheme.definition.roles}
    shot = proposal.snapshot if proposal else {"team": [], "visits": []}
    sites = (
        {site.public_id: site.names for site in Site.objects.filter(organisation=case.client)} if case.client else {}
    )
    return case_pages.show(
        request,
        case,
        "plan",
        "workspace/plan.html",
        title=_("Plan"),
        plan=proposal,
        answers=answers,
        may_answer=waiting and refusal is None and side == "client",
        until=planning.objection_until(proposal) if proposal else None,
        team=[{**row, "title": titles.get(row["role"], row["role"])} for row in shot["team"]],
        visits=[
            {
                **row,
                "title": case.scheme.definition.activity(row["activity"]).title,
                "place": translated(word(PLACES, row["where"])),
                "named": [sites.get(one, one) for one in row["sites"]],
            }
            for row in shot["visits"]
        ],
        days=shot.get("days"),
        objection=answers.ask(
            "objection", "long_text", _("To whom or to what do you object, and why?"), required=False
        ),
        source=str(case.scheme.definition.team.source[0])
        if case.scheme.definition.team
        else "iso-17021-1@2015#9.2.3.4",
    )
