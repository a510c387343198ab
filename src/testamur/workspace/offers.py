"""Who may issue under a scheme today, and which schemes can be asked for together."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from testamur.kernel.refusal import Refused
from testamur.parties import queries as parties
from testamur.parties.models import Organisation
from testamur.register import authority
from testamur.register.models import Attestation
from testamur.schemes import queries as schemes
from testamur.schemes.language.definition import Definition
from testamur.schemes.models import Scheme


@dataclass
class Issuer:
    """A body that may be asked.

    Attributes:
        holds: attestations by which it may issue, as (kind in words, number).
    """

    organisation: Organisation
    holds: list[tuple[Any, str]] = field(default_factory=list)


def issuers(definition: Definition, on: date) -> list[Issuer]:
    """Return the organisations that hold everything the scheme demands of an issuer on a day, by name."""
    tables = definition.authorities_of("issuer")
    if not tables:
        return []
    asked = {scheme for table in tables for scheme in table.any_of}
    holders = set(
        Attestation.objects.filter(scheme_id_text__in=asked, holder__isnull=False).values_list("holder", flat=True)
    )
    candidates = {one.pk: one for one in Organisation.objects.filter(pk__in=holders)}
    if any(table.kind == "law" for table in tables):
        candidates |= {one.pk: one for one in parties.roots()}
    found = []
    for organisation in candidates.values():
        offer = Issuer(organisation)
        try:
            for table in tables:
                held = authority.check_authority(table, definition=definition, holder=organisation, claim=[], on=on)
                if held is not None:
                    offer.holds.append((authority.KINDS[table.kind], _number(held)))
        except Refused:
            continue  # not able to issue today; nobody asks it
        found.append(offer)
    return sorted(found, key=lambda one: str(one.organisation))


def _number(attestation: Attestation) -> str:
    edition = attestation.editions.order_by("-edition").first()
    return edition.number if edition else attestation.public_id


def combinations(scheme: Scheme, on: date) -> list[tuple[Scheme, list[Scheme]]]:
    """Return the integrated schemes that this one can be asked for under, each with the others it brings."""
    found: dict[str, tuple[Scheme, list[Scheme]]] = {}
    for one in schemes.published():
        ids = [key.partition("@")[0] for key in one.definition.scheme.integrates]
        in_force = one.effective_from <= on and (one.effective_to is None or on <= one.effective_to)
        if scheme.scheme_id not in ids or one.scheme_id in found or not in_force:
            continue
        try:
            others = [schemes.effective(ident, on) for ident in ids if ident != scheme.scheme_id]
        except Refused:
            continue
        found[one.scheme_id] = (one, others)
    return list(found.values())


def fits(scheme: Scheme, organisation: Organisation | None) -> bool:
    """Say whether an organisation may apply under a scheme; schemes for persons are asked for by persons."""
    return scheme.definition.scheme.holder != "person" and organisation is not None
