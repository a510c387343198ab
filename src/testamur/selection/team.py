"""May this person do this work on these days? Each thing that is looked at answers with its sentence, rule and source.

Source: ISO/IEC 17021-1 5.2, 7.2, 9.2.2; ISO/IEC 17065 4.2, 6.1; Regulations art. 14, 38; rulebook 2.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Q

from testamur import rules
from testamur.kernel.refusal import Refused, _
from testamur.parties import policies as parties
from testamur.parties.models import Engagement, Membership, Person
from testamur.register import authority
from testamur.schemes.language.moments import after
from testamur.schemes.language.tables import Role
from testamur.selection import moments
from testamur.selection.competence import competences, competent, covers_all, registered, value
from testamur.selection.models import Assignment, Case, Competence
from testamur.selection.roles import applicant_names, cite, on_its_side
from testamur.selection.scope import agreed_scope, projected
from testamur.selection.turns import Check

PLANNER = _("whoever plans; choose another person or other days")


@dataclass(frozen=True)
class Candidate:
    """A person who could fill a role, or why not.

    Attributes:
        refusal: the first check that does not hold, None where all do.
        checks: everything that was looked at.
    """

    membership: Membership
    refusal: Refused | None
    checks: list[Check]

    def __iter__(self) -> Iterator[Any]:
        return iter((self.membership, self.refusal, self.checks))


def checks(
    case: Case,
    membership: Membership,
    role_id: str,
    from_day: date,
    until_day: date,
    *,
    lines: list[dict[str, Any]] | None = None,
) -> list[Check]:
    """Return every check of a person for a role and days, in the order in which a planner would ask.

    Args:
        from_day, until_day: days of the work, both included.
        lines: scope lines of the work; None: those agreed for the case.
    """
    lines = agreed_scope(case) if lines is None else lines
    definition = case.scheme.definition
    role = definition.role(role_id)
    found = [_functions(case, membership, role)]
    if role.side == "holder":
        return found
    found.append(_membership_lives(membership, role, from_day, until_day))
    found.append(_not_the_clients(case, membership, role, from_day, until_day))
    found.append(_not_barred(membership, from_day, until_day))
    if {"determination", "surveillance"} & set(role.functions):
        found.append(_consulting_past(case, membership.person, from_day))
        found += registered(case, membership, role, from_day, until_day, lines)
        found += competent(case, membership, role, from_day, until_day, lines)
        found.append(_free(case, membership, from_day, until_day))
        rotation = _rotation(case, membership, role, until_day)
        if rotation is not None:
            found.append(rotation)
    found += _performer(case, membership, role, from_day, lines)
    apart = _apart(case, membership, role)
    if apart is not None:
        found.append(apart)
    return found


def candidates(case: Case, role_id: str, from_day: date, until_day: date) -> list[Candidate]:
    """Return who could fill a role on the days: those who can first, then those who cannot, each with the reasons.

    For the issuer's roles its own people; for a laboratory's or expert's, also those the body judged competent.
    """
    role = case.scheme.definition.role(role_id)
    lines = agreed_scope(case)
    rows = Membership.objects.filter(from_day__lte=from_day).filter(Q(until_day=None) | Q(until_day__gte=from_day))
    rows = rows.select_related("person", "organisation")
    if role.side == "issuer":
        rows = rows.filter(organisation=case.issuer)
    elif role.side == "holder":
        rows = rows.filter(Q(person=case.person) if case.person_id else Q(organisation=case.client))
    else:
        known = Competence.objects.filter(Q(organisation=case.issuer) | Q(organisation__in=rows.values("organisation")))
        rows = rows.filter(person__in=known.filter(role=role_id).values("person"))
    found = []
    for membership in rows.order_by("id"):
        if role.side != "holder" and not (set(role.functions) & set(membership.functions)):
            continue  # somebody with quite another job is no candidate
        looked = checks(case, membership, role_id, from_day, until_day, lines=lines)
        bad = next((check for check in looked if not check.ok), None)
        found.append(Candidate(membership, bad.refusal() if bad else None, looked))
    return sorted(found, key=lambda one: (one.refusal is not None, one.membership.pk))


def _functions(case: Case, membership: Membership, role: Role) -> Check:
    facts = {"person": membership.person.names, "role": role.title, "organisation": membership.organisation.names}
    if not on_its_side(case, role, membership):
        return Check(
            _("{person} acts for {organisation}, and the {role} stands on another side."),
            facts,
            "functions.of_the_role",
            cite(role),
            False,
            PLANNER,
        )
    lacking = [] if role.side == "holder" else [one for one in role.functions if not membership.holds(one)]
    if lacking:
        return Check(
            _("{person} does not hold the functions of the {role} for {organisation}."),
            facts,
            "functions.of_the_role",
            cite(role),
            False,
            _("an administrator of the organisation"),
        )
    return Check(_("{person} holds the functions of the {role}."), facts, "functions.of_the_role", cite(role))


def _membership_lives(membership: Membership, role: Role, from_day: date, until_day: date) -> Check:
    facts = {
        "person": membership.person.names,
        "organisation": membership.organisation.names,
        "from": from_day,
        "until": until_day,
    }
    if membership.lives_on(from_day) and membership.lives_on(until_day):
        return Check(
            _("{person} acts for {organisation} on the days of the work."),
            facts,
            "parties.membership_lives",
            cite(role),
        )
    return Check(
        _("{person} does not act for {organisation} on all days from {from} to {until}."),
        facts,
        "parties.membership_lives",
        cite(role),
        False,
        PLANNER,
    )


def _not_the_clients(case: Case, membership: Membership, role: Role, from_day: date, until_day: date) -> Check:
    facts = {"person": membership.person.names, "client": applicant_names(case)}
    source = "iso-17021-1@2015#5.2" if case.scheme.definition.scheme.object == "system" else cite(role)
    own = membership.person_id == case.person_id
    if case.client_id is not None:
        rows = membership.person.memberships.filter(organisation_id=case.client_id, from_day__lte=until_day)
        own = rows.filter(Q(until_day=None) | Q(until_day__gte=from_day)).exists()
    if own:
        return Check(
            _("{person} belongs to {client} and cannot assess it."),
            facts,
            "selection.independence",
            source,
            False,
            PLANNER,
        )
    return Check(_("{person} does not belong to {client}."), facts, "selection.independence", source)


def _not_barred(membership: Membership, from_day: date, until_day: date) -> Check:
    facts = {"person": membership.person.names}
    for day in (from_day, until_day):
        try:
            parties.check_not_barred(membership.person, on=day)
        except Refused as refused:
            return Check(
                refused.message_id, refused.facts, refused.rule, refused.source, False, refused.who, refused.until
            )
    return Check(_("{person} is not barred."), facts, "CN.person_bar", "cn-rca@2023-07-20#art. 72")


def check_no_consulting_past(case: Case, membership: Membership, *, on: date) -> None:
    """Who advised or audited the client takes no part in review or decision either (ISO/IEC 17021-1:2015, 5.2.10).

    Raises:
        Refused: with the day from which it is allowed, where there is one.
    """
    check = _consulting_past(case, membership.person, on)
    if not check.ok:
        raise check.refusal()


def _consulting_past(case: Case, person: Person, audit_day: date) -> Check:
    """CAB.impartiality_person: no scheme can switch this off."""
    table = case.scheme.definition.rule_for("person_allowed")
    source = cite(table) if table else "iso-17021-1@2015#5.2.10"
    rule_id = table.rule if table else "CAB.impartiality_person"
    facts: dict[str, Any] = {"person": person.names, "client": applicant_names(case)}
    if case.client_id is None:
        return Check(_("{person} never advised {client}, as far as is recorded."), facts, rule_id, source)
    threats = Engagement.objects.filter(client_id=case.client_id, client_specific=True, person=person)
    threats = threats.filter(kind__in=["consulting", "internal_audit", "employment"], from_day__lte=audit_day)
    going_on = threats.filter(Q(until_day=None) | Q(until_day__gte=audit_day)).first()
    if going_on is not None:
        return Check(
            _("{person} advises or works for {client} at the time of the work."), facts, rule_id, source, False, PLANNER
        )
    last = threats.order_by("-until_day").first()
    end = last.until_day if last else None
    result = rules.evaluate(rule_id, {"consulting_or_internal_audit_end": end, "audit_date": audit_day}, on=audit_day)
    if not result.output["allowed"]:
        free = next(
            (step.value for step in result.working if isinstance(step.value, date) and step.value > (end or audit_day)),
            None,
        )
        return Check(
            _("{person} advised {client} until {end}; two years are not over on {day}. Allowed from {free}."),
            facts | {"end": end, "day": audit_day, "free": free},
            rule_id,
            source,
            False,
            PLANNER,
            free,
        )
    if end is not None:
        return Check(
            _("{person} advised {client} until {end}; that is long enough ago."), facts | {"end": end}, rule_id, source
        )
    return Check(_("{person} never advised {client}, as far as is recorded."), facts, rule_id, source)


def _free(case: Case, membership: Membership, from_day: date, until_day: date) -> Check:
    """Nobody is at two places on one day; several cases of one visit are one place."""
    facts: dict[str, Any] = {"person": membership.person.names, "from": from_day, "until": until_day}
    together = {one.pk for one in case.group}
    together |= set(
        Case.objects.filter(
            planned__visit__in=case.planned.values("visit"), planned__visit__cancelled_at=None
        ).values_list("pk", flat=True)
    )
    other = (
        Assignment.objects.filter(
            membership__person=membership.person, removed_at=None, from_day__lte=until_day, until_day__gte=from_day
        )
        .exclude(case_id__in=together)
        .exclude(case__stage__in=[Case.Stage.CLOSED, Case.Stage.DONE])
        .select_related("case")
        .order_by("from_day")
        .first()
    )
    source = (
        "iso-17021-1@2015#9.2.2"
        if case.scheme.definition.scheme.object == "system"
        else "testamur@2026-1#selection.busy"
    )
    if other is None:
        return Check(_("{person} is free from {from} to {until}."), facts, "selection.busy", source)
    assert other.from_day and other.until_day
    facts |= {"other_from": other.from_day, "other_until": other.until_day}
    until = other.until_day + timedelta(days=1)
    if other.case.issuer_id == case.issuer_id:
        return Check(
            _("{person} is busy from {other_from} to {other_until} (case {case})."),
            facts | {"case": other.case.number},
            "selection.busy",
            source,
            False,
            PLANNER,
            until,
        )
    return Check(
        _("{person} is busy from {other_from} to {other_until} with another body's work."),
        facts,
        "selection.busy",
        source,
        False,
        PLANNER,
        until,
    )


def _rotation(case: Case, membership: Membership, role: Role, until_day: date) -> Check | None:
    team = case.scheme.definition.team
    if team is None or team.rotation is None or role.id != team.lead or case.client_id is None:
        return None
    first = (
        Assignment.objects.filter(
            membership__person=membership.person,
            role=team.lead,
            removed_at=None,
            from_day__isnull=False,
            case__client_id=case.client_id,
            case__issuer_id=case.issuer_id,
        )
        .exclude(case__in=[one.pk for one in case.group])
        .order_by("from_day")
        .first()
    )
    facts: dict[str, Any] = {"person": membership.person.names, "client": applicant_names(case), "role": role.title}
    if first is None or first.from_day is None:
        return Check(_("{person} has not led at {client} too long."), facts, "team.rotation", cite(team))
    last = after(first.from_day, team.rotation, case.scheme.definition.area)
    if until_day > last:
        return Check(
            _("{person} has led at {client} since {since}; after {last} somebody else must."),
            facts | {"since": first.from_day, "last": last},
            "team.rotation",
            cite(team),
            False,
            PLANNER,
        )
    return Check(_("{person} has not led at {client} too long."), facts, "team.rotation", cite(team))


def _performer(case: Case, membership: Membership, role: Role, day: date, lines: list[dict[str, Any]]) -> list[Check]:
    """A laboratory's people work under what their laboratory holds, judged on the day of the work."""
    if role.side != "laboratory":
        return []
    definition = case.scheme.definition
    found = []
    for activity in definition.activities:
        if role.id not in activity.by:
            continue
        for table in definition.authorities_of(activity.id):
            facts = {"organisation": membership.organisation.names, "kind": authority.KINDS[table.kind], "day": day}
            try:
                authority.check_authority(
                    table, definition=definition, holder=membership.organisation, claim=lines, on=day
                )
            except Refused as refused:
                found.append(
                    Check(
                        refused.message_id,
                        refused.facts,
                        refused.rule,
                        refused.source or cite(table),
                        False,
                        refused.who,
                    )
                )
            else:
                found.append(
                    Check(_("{organisation} holds the {kind} on {day}."), facts, f"authority.{table.id}", cite(table))
                )
    return found


def _apart(case: Case, membership: Membership, role: Role) -> Check | None:
    """Nobody is put into determination and into what must be independent of it (17021-1 9.5.1, 17065 7.6.2)."""
    definition = case.scheme.definition
    apart: set[str] = set()
    judging: list[tuple[str, Any]] = [("review", definition.review), ("decision", definition.decision)]
    for function, table in judging:
        if table is None:
            continue
        independent = set(table.independent_of) | ({"determination"} if definition.scheme.party == "third" else set())
        if function in role.functions:
            apart |= independent
        elif independent & set(role.functions):
            apart.add(function)
    if not apart:
        return None
    for other in case.assignments.filter(membership__person=membership.person, removed_at=None).exclude(role=role.id):
        theirs = definition.role(other.role)
        if apart & set(theirs.functions):
            return Check(
                _("{person} is {other} in this case and cannot be {role} as well."),
                {"person": membership.person.names, "other": theirs.title, "role": role.title},
                "CAB.decision_independence",
                cite(definition.decision) or cite(role),
                False,
                PLANNER,
            )
    return None


def team_checks(case: Case) -> list[Check]:
    """Return whether the team as it stands may go: a lead, enough persons, and the joint competence (``[team]``)."""
    definition = case.scheme.definition
    team = definition.team
    if team is None:
        return []
    source = cite(team)
    rows = list(
        case.assignments.filter(removed_at=None, role__in=team.roles)
        .select_related("membership__person")
        .order_by("id")
    )
    lead = next((row for row in rows if row.role == team.lead), None)
    title = definition.role(team.lead).title
    found = [
        Check(
            _("The team has a {role}: {person}."),
            {"role": title, "person": lead.membership.person.names},
            "team.lead",
            source,
        )
        if lead
        else Check(_("The team has no {role} yet."), {"role": title}, "team.lead", source, False, PLANNER)
    ]
    persons = len({row.membership.person_id for row in rows})
    facts: dict[str, Any] = {"count": persons, "least": team.at_least}
    if persons < team.at_least:
        found.append(
            Check(
                _("The team has {count} of at least {least} persons."), facts, "team.at_least", source, False, PLANNER
            )
        )
    elif team.at_least > 1:
        found.append(
            Check(_("The team has {count} persons; at least {least} are needed."), facts, "team.at_least", source)
        )
    lines = agreed_scope(case)
    for dimension in team.together:
        wanted = projected(lines, (dimension,))
        if not wanted:
            continue
        allowed: list[dict[str, Any]] = []
        for row in rows:
            first, last = row.from_day or moments.today(case), row.until_day or row.from_day or moments.today(case)
            for competence in competences(
                row.membership.person, case, row.role, first, last, judged_by=row.membership.organisation_id
            ):
                allowed += competence.scope
        lacking = [line for line in wanted if not covers_all(allowed, [line], (dimension,), moments.today(case))]
        name: Any = (
            definition.scope(dimension).title if any(s.id == dimension for s in definition.scopes) else dimension
        )
        facts = {
            "dimension": name,
            "wanted": [value(line[dimension]) for line in wanted],
            "lacking": [value(line[dimension]) for line in lacking],
        }
        if lacking:
            found.append(
                Check(
                    _("Nobody in the team is competent in {dimension} {lacking}."),
                    facts,
                    "team.together",
                    source,
                    False,
                    PLANNER,
                )
            )
        else:
            found.append(Check(_("Together the team covers {dimension} {wanted}."), facts, "team.together", source))
    return found
