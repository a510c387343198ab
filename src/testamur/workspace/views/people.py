"""People of a body: competence as judged, ties that threaten impartiality, and when they are busy."""

from __future__ import annotations

from itertools import product
from math import prod
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from testamur.kernel import clock
from testamur.kernel.once import once
from testamur.kernel.refusal import Refused
from testamur.kernel.scope import Line
from testamur.parties import acting
from testamur.parties import actions as parties
from testamur.parties import functions as duties
from testamur.parties.models import Engagement, Membership, Organisation, Person
from testamur.register import authority
from testamur.register.line_words import CITED, value_words
from testamur.requirements.models import Node
from testamur.requirements.queries import newest_tree
from testamur.schemes import queries as schemes
from testamur.selection import actions
from testamur.selection.models import Competence
from testamur.wording.templatetags.say import translated, words
from testamur.workspace import case_pages
from testamur.workspace.answers import Answers, options
from testamur.workspace.said import CHOOSE_FIELD, ENGAGEMENTS


@require_safe
@acting.requires()
def people(request: HttpRequest) -> HttpResponse:
    """List who acts for the organisation, what they were found competent in, and what they are registered for."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    today = case_pages.today_cn()
    rows = []
    judged: dict[int, list[Competence]] = {}
    for one in Competence.objects.filter(organisation=membership.organisation).select_related("person").order_by("id"):
        judged.setdefault(one.person_id, []).append(one)
    members = membership.organisation.memberships.filter(until_day=None).select_related("person").order_by("id")
    known = set()
    for member in members:
        known.add(member.person_id)
        rows.append(_row(member.person, member, judged.get(member.person_id, []), today))
    for person_id, found in judged.items():
        if person_id not in known:
            rows.append(_row(found[0].person, None, found, today))
    return render(
        request,
        "workspace/people.html",
        {
            "head": {"title": _("People"), "facts": [membership.organisation.names]},
            "crumbs": [{"label": _("People")}],
            "rows": rows,
            "may_judge": membership.holds("selection") or membership.holds("administration"),
            "today": today,
        },
    )


def _row(person: Person, member: Membership | None, judged: list[Competence], today: Any) -> dict[str, Any]:
    living = [one for one in judged if (one.until_day is None or one.until_day >= today) and one.withdrawn_on is None]
    return {
        "person": person,
        "functions": duties.words(member.functions) if member else _("of another organisation"),
        "title": member.title if member else "",
        "competences": _together(living),
        "href": reverse("workspace:person", args=[person.public_id]),
    }


def _said(one: Competence) -> str:
    return _role_in(one.role, one.scope)


def _together(living: list[Competence]) -> list[str]:
    """Say what was judged in several steps as one where the lines together leave no gap; else step by step."""
    by_role: dict[str, list[Competence]] = {}
    for one in living:
        by_role.setdefault(one.role, []).append(one)
    found = []
    for role, rows in by_role.items():
        lines = {Line.from_json(line) for row in rows for line in row.scope}
        values: dict[str, set[Any]] = {}
        for line in lines:
            for name, value in line.values:
                values.setdefault(name, set()).add(value)
        whole = len(lines) == prod(len(some) for some in values.values())
        scopes = [[line for row in rows for line in row.scope]] if whole else [row.scope for row in rows]
        found += [_role_in(role, scope) for scope in scopes]
    return list(dict.fromkeys(found))


def _role_in(role: str, scope: list[dict[str, Any]]) -> str:
    title = once("roles of competence", _roles).get(role, {}).get("title") or role.replace("_", " ")
    said: dict[str, list[str]] = {}
    for line in scope:
        for name, value in Line.from_json(line).values:
            text = words(value_words(value))
            if text not in said.setdefault(name, []):
                said[name].append(text)
    joint = _(", ")
    return f"{words(title)}: " + (" · ".join(joint.join(sorted(texts)) for texts in said.values()) or _("everything"))


def _person(membership: Membership, person_id: str) -> Person:
    """Return a person of the organisation, or one whose competence it judged; others are not found."""
    rows = Person.objects.filter(memberships__organisation=membership.organisation) | Person.objects.filter(
        competences__organisation=membership.organisation
    )
    return get_object_or_404(rows.distinct(), public_id=person_id)


@require_http_methods(["GET", "POST"])
@acting.requires()
def person(request: HttpRequest, person_id: str) -> HttpResponse:
    """One person: competences with the day until which they hold, registrations, ties; judge, withdraw, record."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    found = _person(membership, person_id)
    today = case_pages.today_cn()
    roles = _roles()
    judge = Answers(request, act="judge", initial={"from_day": today.isoformat()})
    end = Answers(request, act="end")
    tie = Answers(request, act="tie")
    here = redirect("workspace:person", found.public_id)
    if judge.sent and judge.attempt(lambda: _judge(found, membership, judge, roles)):
        messages.success(request, _("The judgement is recorded."))
        return here
    if end.sent:
        row = get_object_or_404(
            Competence, pk=end.number("competence"), person=found, organisation=membership.organisation
        )
        if end.attempt(lambda: actions.withdraw_competence(competence=row, on=today, by=membership, at=clock.now())):
            messages.success(request, _("The competence ends today; what was done before stands."))
            return here
    if tie.sent and tie.attempt(lambda: _tie(found, membership, tie)):
        messages.success(request, _("The tie is recorded; plans look at it from now on."))
        return here
    may = membership.holds("selection") or membership.holds("administration")
    return render(
        request,
        "workspace/person.html",
        {
            "head": {"title": found.names, "facts": [membership.organisation.names]},
            "crumbs": [{"label": _("People"), "href": reverse("workspace:people")}, {"label": found.names}],
            "person": found,
            "competences": [
                {"row": one, "said": _said(one)}
                for one in found.competences.filter(organisation=membership.organisation).order_by("-id")
            ],
            "registrations": _registrations(found, today),
            "engagements": [
                {"row": one, "kind": translated(ENGAGEMENTS[one.kind])}
                for one in found.engagements.select_related("client").order_by("-from_day")
            ],
            "may": may,
            "judge": judge,
            "end": end,
            "tie": tie,
            "judge_questions": _judge_questions(judge, roles) if may else [],
            "tie_questions": _tie_questions(tie) if may else [],
            "today": today,
        },
    )


def _registrations(found: Person, today: Any) -> list[dict[str, Any]]:
    rows = []
    for attestation, standing in authority.candidates(found, on=today):
        edition = standing.effective_edition
        rows.append(
            {
                "number": edition.number if edition else attestation.public_id,
                "status": str(standing.status or ""),
                "until": standing.expires_on,
                "statement": edition.statement if edition else {},
            }
        )
    return rows


def _roles() -> dict[str, dict[str, Any]]:
    """Return the roles of the published schemes for which competence is judged: title, dimensions, trees."""
    found: dict[str, dict[str, Any]] = {}
    for scheme in schemes.published():
        definition = scheme.definition
        trees = {one.id: (one.title, one.tree) for one in definition.scopes}
        for role in definition.roles:
            if role.competence:
                known = found.setdefault(role.id, {"title": role.title, "dimensions": {}})
                known["dimensions"] |= {name: trees[name] for name in role.competence if name in trees}
    return found


def _judge_questions(answers: Answers, roles: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    questions = [
        answers.ask(
            "role", "choice", _("Competent as"), options=options((key, one["title"]) for key, one in roles.items())
        ),
    ]
    dimensions: dict[str, tuple[Any, str]] = {}
    for one in roles.values():
        dimensions |= one["dimensions"]
    for name, (title, tree) in dimensions.items():
        nodes = _nodes(tree)
        label = words(title)
        if nodes and len(nodes) <= 120:
            questions.append(answers.ask(f"in-{name}", "choices", label, required=False, options=options(nodes)))
        else:
            questions.append(answers.ask(f"in-{name}", "text", label, required=False, help=_("Codes with commas.")))
    questions += [
        answers.ask("evidence", "text", _("What the judgement rests on"), source="iso-17021-1@2015#7.2"),
        answers.ask("from_day", "date", _("From")),
        answers.ask("until_day", "date", _("Until"), required=False),
    ]
    return questions


def _nodes(tree: str) -> list[tuple[str, str]]:
    found = newest_tree(tree)
    if found is None:
        return []
    return [
        (code, f"{code} {words(title)}" if CITED.fullmatch(code) else words(title))
        for code, title in sorted(
            Node.objects.filter(tree=found).values_list("code", "title")[:400],
            key=lambda row: (int(row[0]) if row[0].isdecimal() else 10_000, row[0]),
        )
    ]


def _judge(found: Person, by: Membership, answers: Answers, roles: dict[str, dict[str, Any]]) -> Any:
    role = str(answers.raw("role"))
    if role not in roles:
        answers.chosen("role", {})
        return None
    scope: list[dict[str, Any]] = []
    lists = []
    for name, (_title, tree) in roles[role]["dimensions"].items():
        newest = newest_tree(tree)
        key = newest.key if newest else tree
        codes = answers.several(f"in-{name}")
        codes = [code.strip() for one in codes for code in one.split(",") if code.strip()]
        if codes:
            lists.append((name, [{"tree": key, "node": code} for code in codes]))
    if lists:
        scope = [
            dict(zip([name for name, _v in lists], line, strict=True))
            for line in product(*(values for _n, values in lists))
        ]
    if roles[role]["dimensions"] and not scope:
        first = next(iter(roles[role]["dimensions"]))
        raise Refused(CHOOSE_FIELD, field=f"in-{first}", rule="competence.scope", source="iso-17021-1@2015#7.2")
    first_day, last_day = answers.day("from_day"), answers.day("until_day", required=False)
    if first_day is None:
        return None
    return actions.judge_competence(
        person=found,
        organisation=by.organisation,
        role=role,
        scope=scope,
        evidence=answers.text("evidence", most=300),
        from_day=first_day,
        until_day=last_day,
        by=by,
        at=clock.now(),
    )


def _tie_questions(answers: Answers) -> list[dict[str, Any]]:
    return [
        answers.ask("client", "text", _("Client, by its exact name")),
        answers.ask(
            "kind",
            "choice",
            _("Kind of tie"),
            options=options((key, translated(label)) for key, label in ENGAGEMENTS.items()),
        ),
        answers.ask("tie_from", "date", _("First day")),
        answers.ask("tie_until", "date", _("Last day"), required=False, help=_("Empty where it goes on.")),
        answers.ask("source", "text", _("Who said so, or which record"), source="iso-17021-1@2015#5.2.10"),
    ]


def _tie(found: Person, by: Membership, answers: Answers) -> Any:
    name = answers.text("client", required=True)
    client = Organisation.objects.filter(names__en=name).first() or Organisation.objects.filter(names__zh=name).first()
    kind = answers.chosen("kind", {key: key for key in Engagement.Kind.values})
    first, last = answers.day("tie_from"), answers.day("tie_until", required=False)
    if name and client is None:
        answers.chosen("client", {})
    if answers.errors or client is None or first is None:
        return None
    return parties.record_engagement(
        person=found,
        client=client,
        kind=kind,
        from_day=first,
        until_day=last,
        source=answers.text("source", most=300),
        by=by,
        at=clock.now(),
    )
