"""Who fills a role of the scheme: the one place where functions of memberships meet roles of schemes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from testamur.kernel.refusal import Refused, _
from testamur.parties.models import Membership, Organisation
from testamur.schemes.language.tables import Role
from testamur.selection.models import Case


def cite(row: Any) -> str:
    """Return the first source of a table as ``document@version#clause``."""
    source = getattr(row, "source", None) or ()
    return str(source[0]) if source else ""


def on_its_side(case: Case, role: Role, membership: Membership) -> bool:
    """Say whether a membership stands on the side of a role in this case."""
    if role.side == "issuer":
        return membership.organisation_id == case.issuer_id
    if role.side == "holder":
        return membership.person_id == case.person_id or (
            case.client_id is not None and membership.organisation_id == case.client_id
        )
    if role.side == "laboratory":
        return membership.organisation_id not in (case.client_id, case.issuer_id) or membership.holds("determination")
    return membership.organisation_id != case.client_id  # expert, peer: anybody but the client


def fills(case: Case, role_id: str, membership: Membership) -> bool:
    """Say whether a membership may act in a role: it stands on its side and holds all its functions."""
    role = case.scheme.definition.role(role_id)
    if not on_its_side(case, role, membership):
        return False
    return role.side == "holder" or membership.holds(*role.functions)


def roles_of_function(case: Case, *functions: str) -> tuple[str, ...]:
    """Return the issuer's roles that act in one of the functions, the earlier named function first."""
    found: list[str] = []
    for function in functions:
        found += [
            role.id
            for role in case.scheme.definition.roles
            if role.side == "issuer" and function in role.functions and role.id not in found
        ]
    return tuple(found)


def reviewing_roles(case: Case) -> tuple[str, ...]:
    """Return the roles that review applications: who answers the scheme's questions, else application, else
    selection."""
    asked = tuple(dict.fromkeys(question.by for question in case.scheme.definition.questions))
    return asked or roles_of_function(case, "application", "selection")


def planning_roles(case: Case) -> tuple[str, ...]:
    """Return the roles that plan."""
    return roles_of_function(case, "selection", "application")


def members_filling(case: Case, roles: Iterable[str]) -> list[Membership]:
    """Return the issuer's living memberships that fill one of the roles."""
    wanted = [case.scheme.definition.role(role) for role in roles]
    members = case.issuer.memberships.filter(until_day=None).select_related("person", "organisation").order_by("id")
    return [one for one in members if any(one.holds(*role.functions) for role in wanted if role.side == "issuer")]


def applicants(case: Case) -> list[Membership]:
    """Return who may speak for the applicant."""
    if case.client is not None:
        members = case.client.memberships.filter(until_day=None).select_related("person", "organisation").order_by("id")
        return [one for one in members if one.holds("application")]
    assert case.person is not None
    return list(case.person.memberships.filter(until_day=None).select_related("person", "organisation").order_by("id"))


def check_fills_one_of(case: Case, by: Any, roles: Iterable[str], *, source: str = "") -> str:
    """Return the id of the first role that the membership fills.

    Raises:
        Refused: it fills none of them; the sentence names the role.
    """
    wanted = list(roles)
    if not isinstance(by, Membership):
        return wanted[0] if wanted else ""
    for role in wanted:
        if fills(case, role, by):
            return role
    definition = case.scheme.definition
    raise Refused(
        _("This is for the {role} of {organisation}; {person} does not act as that here."),
        {
            "role": definition.role(wanted[0]).title if wanted else {"en": "body", "zh": "机构"},
            "organisation": case.issuer.names,
            "person": by.person.names,
        },
        rule="functions.of_the_role",
        source=source or (cite(definition.role(wanted[0])) if wanted else ""),
        who=_("an administrator of the organisation"),
    )


def is_applicant(case: Case, membership: Membership) -> bool:
    """Say whether a membership speaks for the applicant."""
    if case.client_id is not None:
        return membership.organisation_id == case.client_id and membership.holds("application")
    return membership.person_id == case.person_id


def applicant_names(case: Case) -> dict[str, str]:
    """Return the names of who applies."""
    party: Organisation | Any = case.client or case.person
    return dict(party.names)
