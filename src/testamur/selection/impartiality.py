"""A body that advised a client, or is tied to one that did, cannot certify it for two years.

Source: ISO/IEC 17021-1:2015, 5.2.5 (the body itself), 5.2.6 (internal audits), 5.2.7 (bodies in a relationship);
ISO/IEC 17065:2012, 4.2.6 and 4.2.7 for products. Generic information is no consultancy (17021-1, 3.3 note 2).
"""

from __future__ import annotations

from datetime import date

from django.db.models import Q

from testamur.kernel.days import add_months
from testamur.kernel.refusal import Refused, _
from testamur.parties.models import Engagement, Organisation, Ownership
from testamur.schemes.language.definition import Definition

#: Time after the end of the consultancy, months.
MONTHS = 24
KINDS = (Engagement.Kind.CONSULTING, Engagement.Kind.INTERNAL_AUDIT)


def related(organisation: Organisation, on: date) -> set[int]:
    """Return who owns it, whom it owns, up and down, and who has an owner in common with it; itself left out.

    Any recorded share counts: 5.2.3 judges the relationship, not its size.
    """
    rows = Ownership.objects.filter(from_day__lte=on).filter(Q(until_day=None) | Q(until_day__gte=on))
    pairs = list(rows.values_list("owner_id", "owned_id"))
    above = _reached({organisation.pk}, [(owned, owner) for owner, owned in pairs])
    below = _reached(above, pairs)
    return (above | below) - {organisation.pk}


def _reached(found: set[int], steps: list[tuple[int, int]]) -> set[int]:
    reached = set(found)
    while more := {to for start, to in steps if start in reached and to not in reached}:
        reached |= more
    return reached


def check_body_did_not_advise(
    definition: Definition, *, issuer: Organisation, client: Organisation | None, on: date
) -> None:
    """Neither the body nor one tied to it gave this client a solution, or audited it internally, within two years.

    Raises:
        Refused: with the day from which it is possible.
    """
    if client is None or definition.scheme.party != "third":
        return
    tied = related(issuer, on)
    since = add_months(on, -MONTHS)
    rows = Engagement.objects.filter(
        client=client, client_specific=True, kind__in=KINDS, organisation__in={issuer.pk, *tied}, from_day__lte=on
    ).filter(Q(until_day=None) | Q(until_day__gte=since))
    found = sorted(rows.select_related("organisation"), key=lambda one: one.until_day or date.max, reverse=True)
    for one in found:
        assert one.organisation is not None
        own = one.organisation_id == issuer.pk
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
        elif own:
            sentence = _(
                "{issuer} advised {client} until {day} on how to solve something; it cannot certify it before {free}."
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
