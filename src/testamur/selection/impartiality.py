"""A body that advised a client, or is tied to one that did, cannot certify it for two years.

What the sources say, and what follows here:

* The body itself and whatever is under its organisational control give no consultancy (ISO/IEC 17021-1:2015, 5.2.5;
  ISO/IEC 17065:2012, 4.2.6) and certify no system that they audited internally within two years (17021-1, 5.2.6).
  Organisational control is whole or majority ownership (17021-1, 9.5.1.2 b; 17065, 7.6.4): more than half.
* Consultancy by a body that has a relationship with the certification body bars it for two years from its end
  (17021-1, 5.2.7; 17065, 4.2.7 names no period, so the same two years are taken: a platform decision). Ownership makes
  a relationship, whatever its size. So two are related where one control is over both, or where one of the one group
  holds a share in one of the other group. That a third holds a minor share in each ties nobody: such a threat is for
  the body's own analysis (17021-1, 5.2.3), and a public fund in many bodies would otherwise tie them all.
* Generic information is no consultancy (17021-1, 3.3 note 2), so it bars nobody.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date
from decimal import Decimal

from django.db.models import Q

from testamur.kernel.days import add_months
from testamur.kernel.refusal import Refused, _
from testamur.parties.models import Engagement, Organisation, Ownership
from testamur.schemes.language.definition import Definition

#: Time after the end of the consultancy, months.
MONTHS = 24
#: Share from which on, itself left out, one organisation controls another, percent.
HALF = Decimal(50)

Share = tuple[int, int, Decimal]  # owner, owned, percent


def controlled(organisation: Organisation, on: date) -> set[int]:
    """Return what is under its organisational control, through others too; itself left out."""
    return _below(organisation.pk, _shares(on)) - {organisation.pk}


def related(organisation: Organisation, on: date) -> set[int]:
    """Return what has a relationship with it by ownership, of control or of a share; itself left out."""
    shares = _shares(on)
    own = _group(organisation.pk, shares)
    linked = {owned for owner, owned, _share in shares if owner in own}
    linked |= {owner for owner, owned, _share in shares if owned in own}
    found = set(own)
    for one in linked - own:
        found |= _group(one, shares)
    return found - {organisation.pk}


def _shares(on: date) -> list[Share]:
    rows = Ownership.objects.filter(from_day__lte=on).filter(Q(until_day=None) | Q(until_day__gte=on))
    return list(rows.values_list("owner_id", "owned_id", "share"))


def _group(one: int, shares: Collection[Share]) -> set[int]:
    """Return whoever is under the same control: from the one on top down."""
    top, seen = one, {one}
    while (above := next((owner for owner, owned, share in shares if owned == top and share > HALF), None)) is not None:
        if above in seen:  # owners in a circle
            break
        top = above
        seen.add(top)
    return _below(top, shares) | seen


def _below(top: int, shares: Collection[Share]) -> set[int]:
    """Return who is controlled from the top, itself included; shares of those it controls count with its own."""
    found = {top}
    while True:
        held: dict[int, Decimal] = defaultdict(Decimal)
        for owner, owned, share in shares:
            if owner in found and owned not in found:
                held[owned] += share
        more = {owned for owned, share in held.items() if share > HALF}
        if not more:
            return found
        found |= more


def check_body_did_not_advise(
    definition: Definition, *, issuer: Organisation, client: Organisation | None, on: date
) -> None:
    """Nobody tied to the body gave this client a solution, nor did the body audit it internally, within two years.

    Raises:
        Refused: with the day from which it is possible.
    """
    if client is None or definition.scheme.party != "third":
        return
    since = add_months(on, -MONTHS)
    kinds = (Engagement.Kind.CONSULTING, Engagement.Kind.INTERNAL_AUDIT)
    rows = Engagement.objects.filter(
        Q(until_day=None) | Q(until_day__gte=since), kind__in=kinds, client=client, client_specific=True,
        from_day__lte=on, organisation__isnull=False,
    ).select_related("organisation")  # fmt: skip
    found = sorted(rows, key=lambda one: one.until_day or date.max, reverse=True)
    if not found:
        return  # most clients have no adviser: nobody asks then who owns whom
    same = {issuer.pk, *controlled(issuer, on)}
    tied = same | related(issuer, on)
    for one in found:
        assert one.organisation is not None
        if one.organisation_id not in (same if one.kind == Engagement.Kind.INTERNAL_AUDIT else tied):
            continue
        own = one.organisation_id in same
        free = add_months(one.until_day, MONTHS) if one.until_day else None
        if free is not None and on >= free:
            continue
        facts = {
            "issuer": issuer.names,
            "adviser": one.organisation.names,
            "client": client.names,
            "day": one.until_day or one.from_day,
            "free": free,
        }
        if free is None:
            sentence = _("{adviser} advises {client} at present, so {issuer} cannot certify it.")
        elif one.organisation_id == issuer.pk and one.kind == Engagement.Kind.INTERNAL_AUDIT:
            sentence = _("{issuer} audited {client} internally until {day}; it cannot certify it before {free}.")
        elif one.organisation_id == issuer.pk:
            sentence = _(
                "{issuer} advised {client} until {day} on how to solve something; it cannot certify it before {free}."
            )
        elif one.kind == Engagement.Kind.INTERNAL_AUDIT:
            sentence = _(
                "{adviser}, which is under the control of {issuer}, audited {client} internally until {day}; "
                "{issuer} cannot certify it before {free}."
            )
        else:
            sentence = _(
                "{adviser}, which is tied to {issuer} by ownership, advised {client} until {day}; "
                "{issuer} cannot certify it before {free}."
            )
        raise Refused(
            sentence,
            facts,
            rule="CAB.impartiality_body",
            source=_source(definition, own=own, kind=one.kind),
            who=_("another body, or this one later"),
            until=free,
        )


def _source(definition: Definition, *, own: bool, kind: str) -> str:
    if definition.scheme.object != "system":
        return "iso-17065@2012#4.2.6" if own else "iso-17065@2012#4.2.7"
    if kind == Engagement.Kind.INTERNAL_AUDIT:
        return "iso-17021-1@2015#5.2.6"
    return "iso-17021-1@2015#5.2.5" if own else "iso-17021-1@2015#5.2.7"
