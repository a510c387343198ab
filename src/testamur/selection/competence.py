"""Who is able: what a scheme asks a person to hold, and the competence that bodies judged (17021-1 7.2)."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Q

from testamur.kernel.once import look
from testamur.kernel.refusal import Refused, _
from testamur.kernel.scope import Scope, covers
from testamur.parties.models import Membership, Organisation, Person
from testamur.register import authority
from testamur.requirements.queries import trees
from testamur.schemes.language.tables import Authority, Role
from testamur.schemes.models import Scheme
from testamur.selection.models import Case, Competence
from testamur.selection.roles import cite
from testamur.selection.scope import projected, tree_key
from testamur.selection.turns import Check

QUALITY = _("whoever judges competence in the body")


def registered(
    case: Case, membership: Membership, role: Role, from_day: date, until_day: date, lines: list[dict[str, Any]]
) -> list[Check]:
    """What the scheme demands that a person in this role holds, on the first and the last day of the work."""
    person = membership.person
    definition = case.scheme.definition
    found = []
    for table in definition.authorities_of(role.id):
        claim = working_for(membership.organisation, lines, table)
        facts = {"person": person.names, "kind": authority.KINDS[table.kind], "from": from_day, "until": until_day}
        bad = None
        for day in sorted({from_day, until_day}):
            try:
                with look():  # the bodies above are the same for every demand and, on a page, for every person
                    authority.check_authority(table, definition=definition, holder=person, claim=claim, on=day)
            except Refused as refused:
                bad = refused
                break
        if bad is not None:
            found.append(
                Check(bad.message_id, bad.facts, bad.rule, bad.source or cite(table), False, bad.who, bad.until)
            )
        else:
            found.append(
                Check(
                    _("{person} holds the {kind} on the days of the work."), facts, f"authority.{table.id}", cite(table)
                )
            )
    return found


def working_for(organisation: Organisation, lines: list[dict[str, Any]], table: Authority) -> list[dict[str, Any]]:
    """Return the claim of somebody's work with the organisation they do it for, where what they must hold names one:
    who is registered to practise in one body may not work for another (Regulations, art. 14)."""
    named = {
        scope.id
        for scheme in Scheme.objects.filter(scheme_id__in=table.any_of)
        for scope in scheme.definition.scopes
        if scope.tree == "organisations"
    }
    node = {"tree": tree_key("organisations"), "node": organisation.public_id}
    return [{**line, **dict.fromkeys(named, node)} for line in lines]


def competences(
    person: Person, case: Case, role_id: str, from_day: date, until_day: date, *, judged_by: int | None = None
) -> list[Competence]:
    """Return the competence that holds for a role on all days of the work, as the body (or the performer
    itself) judged it."""
    judges = {one for one in (case.issuer_id, judged_by) if one is not None}
    rows = Competence.objects.filter(person=person, organisation_id__in=judges, from_day__lte=from_day)
    rows = rows.filter(Q(until_day=None) | Q(until_day__gte=until_day))
    rows = rows.filter(Q(withdrawn_on=None) | Q(withdrawn_on__gt=until_day))
    stands_for = {role_id}
    team = case.scheme.definition.team
    # Who may lead was found competent as a member of the team as well; the reverse does not hold.
    if team is not None and role_id != team.lead and role_id in team.roles:
        stands_for.add(team.lead)
    return list(rows.filter(role__in=stands_for).order_by("id"))


def competent(
    case: Case, membership: Membership, role: Role, from_day: date, until_day: date, lines: list[dict[str, Any]]
) -> list[Check]:
    """Competence on the day of the work, dimension by dimension. Dimensions which the team covers together are judged
    on the whole team when the plan is proposed; each member must bring something to each dimension of their
    own role."""
    if not role.competence:
        return []
    definition = case.scheme.definition
    held = competences(membership.person, case, role.id, from_day, until_day, judged_by=membership.organisation_id)
    allowed = [line for row in held for line in row.scope]
    together = set(definition.team.together) if definition.team else set()
    found = []
    source = cite(role)
    for dimension in role.competence:
        title: Any = dimension
        if any(scope.id == dimension for scope in definition.scopes):
            title = definition.scope(dimension).title
        wanted = projected(lines, (dimension,))
        facts = {
            "person": membership.person.names,
            "dimension": title,
            "day": from_day,
            "wanted": [str(value(line[dimension])) for line in wanted],
            "held": [str(value(line[dimension])) for line in projected(allowed, (dimension,))] or "–",
        }
        covered = [line for line in wanted if covers_all(allowed, [line], (dimension,), from_day)]
        enough = bool(covered) if dimension in together else len(covered) == len(wanted)
        if not wanted:
            enough = bool(held)
        if enough:
            found.append(
                Check(
                    _("{person} is competent in {dimension} {wanted} on {day}."), facts, "selection.competence", source
                )
            )
        else:
            found.append(
                Check(
                    _("{person} is not competent in {dimension} {wanted} on {day} (has: {held})."),
                    facts,
                    "selection.competence",
                    source,
                    False,
                    QUALITY,
                )
            )
    return found


def value(written: Any) -> str:
    """Return a value of a scope line in short."""
    if isinstance(written, dict):
        return str(
            written.get("node") or f"{written.get('from', '')}–{written.get('to', '')} {written.get('unit', '')}"
        )
    return str(written)


def covers_all(
    allowed: list[dict[str, Any]], claim: list[dict[str, Any]], dimensions: tuple[str, ...], on: date
) -> bool:
    """Say whether scope lines cover a claim in these dimensions; without any line they cover nothing."""
    have = projected(allowed, dimensions)
    if not have:
        return False
    return bool(covers(Scope.from_json(have), Scope.from_json(claim), trees(on)))
