"""Register and change organisations, their sites, identifiers and owners."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import transaction

from testamur import rules
from testamur.journal.actions import record
from testamur.journal.marks import touch
from testamur.kernel.days import day_of
from testamur.kernel.refusal import Refused, _, refusal_of
from testamur.parties import policies, queries
from testamur.parties.models import Identifier, Membership, Organisation, Ownership, Person, Site
from testamur.parties.policies import Actor, Party

Words = Mapping[str, str]
_ORGANISATION_FIELDS = (
    "names", "address", "country", "region", "industry", "personnel", "latitude", "longitude", "website",
)  # fmt: skip
#: The area whose mark changes when a registered organisation is called or described otherwise than before.
ORGANISATIONS = "organisations"
_SITE_FIELDS = ("names", "address", "country", "region", "headcount", "central", "latitude", "longitude")


@transaction.atomic
def let_two_issue(*, organisation: Organisation, two: bool, by: Actor, at: datetime) -> Organisation:
    """Let two persons approve each issue in the organisation's name, or one person again.

    Nobody takes the second pair of eyes away alone: the first administrator asks for it, another one agrees.

    Raises:
        Refused: no right to administer the organisation, or the same administrator asked for it.
    """
    policies.check_may_administer(by, organisation, at)
    organisation = Organisation.objects.select_for_update(of=("self",)).get(pk=organisation.pk)
    if two == organisation.two_to_issue:
        if organisation.one_asked_by is not None:  # it stays as it is: what was asked is answered
            organisation.one_asked_by = None
            organisation.save(update_fields=["one_asked_by"])
            record("party.one_to_issue_left", subject=organisation, by=by, at=at)
        return organisation
    if not two and isinstance(by, Membership):
        first = organisation.one_asked_by
        if first is None or refusal_of(policies.check_may_administer, first, organisation, at) is not None:
            organisation.one_asked_by = by
            organisation.save(update_fields=["one_asked_by"])
            record("party.one_to_issue_asked", subject=organisation, by=by, at=at)
            return organisation
        policies.check_another_administrator(first, by)
    organisation.two_to_issue, organisation.one_asked_by = two, None
    organisation.save(update_fields=["two_to_issue", "one_asked_by"])
    record("party.two_to_issue", subject=organisation, by=by, at=at, payload={"two": two})
    return organisation


@transaction.atomic
def register_organisation(
    *,
    names: Words,
    by: Actor,
    at: datetime,
    country: str = "CN",
    region: str = "",
    address: Words | None = None,
    industry: Mapping[str, str] | None = None,
    personnel: int | None = None,
    latitude: Decimal | None = None,
    longitude: Decimal | None = None,
    website: str = "",
) -> Organisation:
    """Enter an organisation; on a sample platform it is marked as a sample.

    Args:
        names: in local script and Latin, ``{"zh": …, "en": …}``; at least one.
        region: GB/T 2260 code in China.
        industry: ``{"tree": …, "node": …}``.
        personnel: persons.
        latitude, longitude: degrees, WGS 84.
    """
    policies.check_may_register(by, at)
    organisation = Organisation.objects.create(
        names=_names(names),
        address=_texts(address),
        country=country,
        region=region,
        industry=dict(industry or {}),
        personnel=personnel,
        latitude=latitude,
        longitude=longitude,
        website=website,
        sample=settings.SAMPLE,
    )
    record("party.registered", subject=organisation, by=by, at=at, payload={"names": organisation.names})
    return organisation


@transaction.atomic
def change_organisation(*, organisation: Organisation, by: Actor, at: datetime, **changes: Any) -> Organisation:
    """Change names, address or other details; what attestations named on their day stays with their editions.

    Args:
        changes: any of ``names address country region industry personnel latitude longitude website``.
    """
    policies.check_may_administer(by, organisation, at)
    organisation = Organisation.objects.select_for_update(of=("self",)).get(pk=organisation.pk)
    before = _change(organisation, changes, _ORGANISATION_FIELDS)
    if before:
        touch(ORGANISATIONS)
        payload = {"before": before, "after": {name: _plain(getattr(organisation, name)) for name in before}}
        record("party.changed", subject=organisation, by=by, at=at, payload=payload)
    return organisation


@transaction.atomic
def add_site(
    *,
    organisation: Organisation,
    names: Words,
    address: Words,
    by: Actor,
    at: datetime,
    country: str = "",
    region: str = "",
    headcount: int = 0,
    central: bool = False,
    latitude: Decimal | None = None,
    longitude: Decimal | None = None,
) -> Site:
    """Add a place where the organisation works.

    Args:
        headcount: persons who work there.
        central: holds the central function (IAF MD 1); there is one.
    """
    policies.check_may_describe(by, organisation, at)
    Organisation.objects.select_for_update(of=("self",)).get(pk=organisation.pk)
    if central:
        _check_one_centre(organisation, None)
    site = Site.objects.create(
        organisation=organisation,
        names=_names(names),
        address=_texts(address),
        country=country or organisation.country,
        region=region,
        headcount=headcount,
        central=central,
        latitude=latitude,
        longitude=longitude,
    )
    record("site.added", subject=site, by=by, at=at, payload={"organisation": organisation.public_id})
    return site


@transaction.atomic
def change_site(*, site: Site, by: Actor, at: datetime, **changes: Any) -> Site:
    """Change a site's names, address, headcount or central function."""
    policies.check_may_describe(by, site.organisation, at)
    site = Site.objects.select_for_update(of=("self",)).get(pk=site.pk)
    _check_open(site)
    if changes.get("central"):
        _check_one_centre(site.organisation, site)
    before = _change(site, changes, _SITE_FIELDS)
    if before:
        payload = {"before": before, "after": {name: _plain(getattr(site, name)) for name in before}}
        record("site.changed", subject=site, by=by, at=at, payload=payload)
    return site


@transaction.atomic
def close_site(*, site: Site, by: Actor, at: datetime, on: date | None = None) -> Site:
    """Close a site from a day on. Certificates that name it keep it until their issuer changes them."""
    policies.check_may_describe(by, site.organisation, at)
    site = Site.objects.select_for_update(of=("self",)).get(pk=site.pk)
    _check_open(site)
    site.closed_on = on or day_of(at, site.country)
    site.save(update_fields=["closed_on"])
    record("site.closed", subject=site, by=by, at=at, payload={"on": site.closed_on.isoformat()})
    return site


@transaction.atomic
def identify(*, party: Party, scheme: str, value: str, by: Actor, at: datetime, reason: str = "") -> Identifier:
    """Record an identifier, checked by its rule where there is one.

    Args:
        scheme: ``CN.uscc``, ``LEI``, ``GLN``, ``CN.auditor`` …
        reason: why a code whose check character does not fit is right all the same (early codes exist).

    Raises:
        Refused: a code of the wrong length or characters; a wrong check character without a reason; a code that
            another organisation already bears.
    """
    if isinstance(party, Person):
        policies.check_may_state(by, party, at)
    else:
        policies.check_may_describe(by, party, at)
    value = value.strip().upper() if scheme.startswith("CN.") else value.strip()
    if not value:
        raise Refused(_("The identifier is empty."), field="value")
    state = _checked(scheme, value, reason, at)
    holder = queries.with_identifier(scheme, value)
    if isinstance(party, Organisation) and holder is not None and holder.pk != party.pk:
        raise Refused(
            _("{holder} is registered with the code {value} already. Ask one of its administrators to invite you."),
            {"holder": holder.names, "value": value},
            rule="parties.identifier_once",
            who=policies.ADMINISTRATOR,
            field="value",
        )
    side = {"person": party} if isinstance(party, Person) else {"organisation": party}
    identifier, _made = Identifier.objects.update_or_create(
        **side,
        scheme=scheme,
        value=value,
        defaults={"state": state, "reason": reason if state == Identifier.State.CHECKSUM_MISMATCH else ""},
    )
    # The value of a person's identifier stays out of the journal: people are named there by id only.
    payload = {"scheme": scheme, "state": str(state)} | ({} if isinstance(party, Person) else {"value": value})
    record("party.identified", subject=party, by=by, at=at, payload=payload, rule=scheme if scheme == "CN.uscc" else "")
    return identifier


def check_identifier(scheme: str, value: str, reason: str, on: date) -> Identifier.State:
    """Return the state of a code, or refuse it with an explanation; what forms ask before they are sent.

    Raises:
        Refused: see :func:`identify`.
    """
    if scheme != "CN.uscc":
        return Identifier.State.UNCHECKED
    result = rules.evaluate("CN.uscc", {"code": value}, on=on)
    if result.output["ok"]:
        return Identifier.State.VALID
    source = result.source[0] if result.source else "gb-32100@2015"
    facts = {"value": value, "found": value[-1:], "expected": result.output.get("expected"), "length": len(value)}
    state = result.output["state"]
    if state == "bad_length":
        message = _("A unified social credit code has 18 characters; {value} has {length}.")
    elif state == "bad_characters":
        message = _(
            "{value} contains a character that no unified social credit code has (I, O, S, V and Z never occur)."
        )
    elif reason.strip():
        return Identifier.State.CHECKSUM_MISMATCH
    else:
        message = _(
            "The last character should be {expected}, not {found}, if the first 17 are right. "
            "If the licence really shows {value}, say why it is right: early codes exist."
        )
    raise Refused(message, facts, rule="CN.uscc", source=source, field="value")


def _checked(scheme: str, value: str, reason: str, at: datetime) -> Identifier.State:
    return check_identifier(scheme, value, reason, day_of(at, "CN"))


@transaction.atomic
def record_ownership(
    *,
    owner: Organisation,
    owned: Organisation,
    share: Decimal,
    from_day: date,
    by: Actor,
    at: datetime,
    until_day: date | None = None,
) -> Ownership:
    """Record who owns which share of whom; impartiality is judged by it (ISO/IEC 17021-1, 5.2.2).

    Args:
        share: percent, above 0 and at most 100.
        until_day: last day included; None where it goes on.
    """
    policies.check_may_record_ownership(by, owner, owned, at)
    Organisation.objects.select_for_update(of=("self",)).get(pk=owned.pk)
    if owner.pk == owned.pk:
        raise Refused(_("An organisation cannot own itself."), rule="parties.ownership", field="owner")
    if not 0 < share <= 100:
        raise Refused(_("A share is more than 0 and at most 100 percent."), rule="parties.ownership", field="share")
    if until_day is not None and until_day < from_day:
        raise Refused(_("The last day lies before the first."), rule="parties.ownership", field="until_day")
    policies.check_share(owned, share, from_day, until_day)
    row = Ownership.objects.create(owner=owner, owned=owned, share=share, from_day=from_day, until_day=until_day)
    payload = {"owner": owner.public_id, "owned": owned.public_id, "share": str(share)}
    record("ownership.recorded", subject=row, by=by, at=at, payload=payload)
    return row


def _check_one_centre(organisation: Organisation, but: Site | None) -> None:
    centres = organisation.sites.filter(central=True, closed_on__isnull=True)
    other = next((site for site in centres if but is None or site.pk != but.pk), None)
    if other is not None:
        raise Refused(
            _("The central function lies at {site} already; there is only one."),
            {"site": other.names},
            rule="parties.one_centre",
            source="iaf-md1@2023#2",
            field="central",
        )


def _check_open(site: Site) -> None:
    if site.closed_on is not None:
        raise Refused(
            _("{site} was closed on {day}."), {"site": site.names, "day": site.closed_on}, rule="parties.site_open"
        )


def _names(names: Words) -> dict[str, str]:
    cleaned = _texts(names)
    if not cleaned:
        raise Refused(_("A name is needed in at least one script."), rule="parties.name", field="names")
    return cleaned


def _texts(texts: Words | None) -> dict[str, str]:
    return {language: text.strip() for language, text in (texts or {}).items() if text and text.strip()}


def _change(row: Organisation | Site, changes: Mapping[str, Any], allowed: tuple[str, ...]) -> dict[str, Any]:
    """Set what differs, save it, and return the values before."""
    unknown = set(changes) - set(allowed)
    if unknown:
        raise TypeError(f"{type(row).__name__} has no changeable field {', '.join(sorted(unknown))}.")
    before = {}
    for name, value in changes.items():
        if name == "names":
            value = _names(value)
        elif name == "address":
            value = _texts(value)
        if getattr(row, name) != value:
            before[name] = _plain(getattr(row, name))
            setattr(row, name, value)
    if before:
        row.save(update_fields=list(before))
    return before


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, (Decimal, date)) else value
