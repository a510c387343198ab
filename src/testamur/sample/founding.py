"""The first day of the sample world: who exists, what is published, whose authority is taken as given."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from testamur.parties import actions as parties
from testamur.parties.models import Membership, Organisation, Person, Platform
from testamur.requirements import code_lists
from testamur.sample import cast
from testamur.schemes import actions as schemes
from testamur.schemes.language.library import Library
from testamur.schemes.models import Scheme

OPERATOR = Platform("sample.founding")

#: Schemes that the sample world lives by, apart from bases.
SCHEMES = (
    "competence-authority",
    "licence-certification-body",
    "accreditation-cb",
    "person-auditor",
    "person-inspector",
    "qualification-lab",
    "cn-qms",
    "cn-ems",
    "cn-integrated",
    "voluntary-product-type5",
)


@dataclass
class World:
    """Handles on the sample world while it is being made: by the keys of the cast."""

    firms: dict[str, Organisation] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)
    members: dict[str, Membership] = field(default_factory=dict)
    schemes: dict[str, Scheme] = field(default_factory=dict)


def found(at: datetime, *, accounts: bool = True) -> World:
    """Found the world: organisations with their sites, identifiers and keys, people with their functions, accounts to
    choose from in a demo, the code lists and the schemes, and the root.

    Args:
        at: the instant it begins; the clock is expected to stand there.
        accounts: whether people get accounts; a story needs none.
    """
    world = World()
    for firm in cast.FIRMS:
        world.firms[firm.key] = _organisation(firm, at)
    demo = [worker.key for worker in cast.WORKERS if worker.demo]
    for worker in cast.WORKERS:
        person = parties.add_person(names=worker.names, by=OPERATOR, at=at)
        world.people[worker.key] = person
        world.members[worker.key] = parties.add_membership(
            person=person,
            organisation=world.firms[worker.firm],
            functions=worker.functions,
            title=worker.title,
            by=OPERATOR,
            at=at,
        )
        if accounts:
            parties.open_account(
                person=person,
                email=f"{worker.key}@sample.testamur.example",
                verified=True,
                demo_role=worker.demo,
                demo_order=demo.index(worker.key) + 1 if worker.demo else 0,
                by=OPERATOR,
                at=at,
            )
    for firm in cast.FIRMS:
        if firm.signs:
            parties.create_key(organisation=world.firms[firm.key], by=OPERATOR, at=at)
    parties.name_root(organisation=world.firms[cast.ROOT], by=OPERATOR, at=at)
    code_lists.publish_written(by=OPERATOR, at=at)
    code_lists.publish_collected(by=OPERATOR, at=at)
    for scheme in schemes.publish_library(library=Library(), only=SCHEMES, by=OPERATOR, at=at):
        world.schemes[scheme.scheme_id] = scheme
    return world


def _organisation(firm: cast.Firm, at: datetime) -> Organisation:
    organisation = parties.register_organisation(
        names=firm.names, address=firm.address, region=firm.region, personnel=firm.personnel, by=OPERATOR, at=at
    )
    parties.identify(party=organisation, scheme="CN.uscc", value=firm.uscc, by=OPERATOR, at=at)
    for en, zh, headcount, central in firm.sites:
        parties.add_site(
            organisation=organisation,
            names={"en": f"Sample {en.lower()}", "zh": f"示例{zh}"},
            address=firm.address,
            region=firm.region,
            headcount=headcount,
            central=central,
            by=OPERATOR,
            at=at,
        )
    return organisation
