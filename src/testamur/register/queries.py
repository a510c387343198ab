"""Questions to the register: search with facets, and what changed lately. The register is public; people's and
confidential records are found by their number only (``answers.by_number``)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Q, QuerySet

from testamur.kernel import clock, days
from testamur.kernel.words import Status
from testamur.parties.models import Membership, Organisation
from testamur.register.models import Attestation, Current, Edition, StatusChange
from testamur.register.words import fold, is_ideographic, number_key

PAGE = 20
#: Facets list so many values, most frequent first.
FACET_MOST = 12


def visible_to(membership: Membership | None) -> QuerySet[Attestation]:
    """Return the attestations somebody may read whole: public ones, and those they hold or gave."""
    public = Q(confidential=False, personal=False)
    if membership is None:
        return Attestation.objects.filter(public)
    own = Q(issuer=membership.organisation_id) | Q(holder=membership.organisation_id) | Q(person=membership.person_id)
    return Attestation.objects.filter(public | own)


@dataclass(frozen=True)
class Facet:
    """One value that narrows the search, with its count under the other filters."""

    value: str
    label: Any
    count: int
    chosen: bool


@dataclass(frozen=True)
class Found:
    """One page of a search.

    Attributes:
        rows: derived rows with attestation and issuer.
        total: of the whole search.
        page, pages: from 1.
        facets: name of a filter → values.
    """

    rows: list[Current]
    total: int
    page: int
    pages: int
    facets: dict[str, list[Facet]] = field(default_factory=dict)


#: What a list may be sorted by; a leading ``-`` turns it round.
SORTS = {"number": "number_key", "holder": "holder_text", "from": "effective_on", "until": "expires_on"}


def search(
    text: str = "",
    *,
    status: str = "",
    scheme: str = "",
    issuer: str = "",
    standard: str = "",
    country: str = "",
    region: str = "",
    sort: str = "",
    page: int = 1,
    size: int = PAGE,
    membership: Membership | None = None,
    today: date | None = None,
) -> Found:
    """Find attestations by the beginning of a number or by words, narrowed by facets.

    Args:
        text: a number, or words of name, scope and standard; all words must be found. Words in Latin script match
            from their beginning, Chinese ones (two characters or more) anywhere.
        status: one of the five; *expired* is computed.
        scheme: scheme id. issuer: public id. standard: designation. country: ISO 3166-1 alpha-2. region: code prefix.
        sort: a key of ``SORTS``, with a leading ``-`` for the other way round; anything else: newest first.
        page: from 1; size: rows a page, at most 100.
        membership: the reader, who also finds their own confidential records.
        today: civil day by which *expired* is judged; None: today in China.
    """
    day = today or days.day_of(clock.now())
    rows = _matching(text, membership)
    filters = _filters(day, status, scheme, issuer, standard, country, region)
    narrowed = rows.filter(*filters.values())
    size = max(1, min(size, 100))
    total = narrowed.count()
    pages = max(1, -(-total // size))
    page = max(1, min(page, pages))
    listed = _sorted(narrowed, sort)

    def others(name: str) -> QuerySet[Current]:
        return rows.filter(*(one for key, one in filters.items() if key != name))

    return Found(
        rows=list(listed[(page - 1) * size : page * size]),
        total=total,
        page=page,
        pages=pages,
        facets={
            "status": _status_facet(others("status"), day, status),
            "scheme": _facet(others("scheme"), "scheme", scheme),
            "issuer": _issuer_facet(others("issuer"), issuer),
            "standard": _standard_facet(others("standard"), standard),
        },
    )


def listing(
    text: str = "",
    *,
    status: str = "",
    scheme: str = "",
    issuer: str = "",
    standard: str = "",
    country: str = "",
    region: str = "",
    sort: str = "",
    membership: Membership | None = None,
    today: date | None = None,
) -> QuerySet[Current]:
    """Return every row that :func:`search` would page through with the same arguments, for a list to take away."""
    day = today or days.day_of(clock.now())
    filters = _filters(day, status, scheme, issuer, standard, country, region)
    return _sorted(_matching(text, membership).filter(*filters.values()), sort)


def _filters(
    day: date, status: str, scheme: str, issuer: str, standard: str, country: str, region: str
) -> dict[str, Q]:
    return {
        "status": _by_status(status, day),
        "scheme": Q(scheme=scheme) if scheme else Q(),
        "issuer": Q(issuer__public_id=issuer) if issuer else Q(),
        "standard": Q(standards__contains=standard) if standard else Q(),
        "place": (Q(country=country.upper()) if country else Q()) & (Q(region__startswith=region) if region else Q()),
    }


def _sorted(rows: QuerySet[Current], sort: str) -> QuerySet[Current]:
    rows = rows.select_related("attestation", "issuer", "edition")
    column = SORTS.get(sort.removeprefix("-"))
    if column is None:
        return rows.order_by("-effective_on", "-attestation_id")
    return rows.order_by(f"{'-' if sort.startswith('-') else ''}{column}", "attestation_id")


def _matching(text: str, membership: Membership | None) -> QuerySet[Current]:
    rows = Current.objects.filter(attestation__in=visible_to(membership)) if membership else Current.objects.filter(
        confidential=False, personal=False
    )  # fmt: skip
    folded = fold(text)
    if not folded:
        # Signs alone name nothing; an empty box asks for everything.
        return rows.none() if text.strip() else rows
    words = Q()
    for word in folded.split():
        anywhere = is_ideographic(word) and len(word) >= 2
        words &= Q(search__contains=word if anywhere else f" {word}")
    key = number_key(text)
    looks_like_number = len(key) >= 3 and any(character.isdigit() for character in key)
    return rows.filter(Q(number_key__startswith=key) | words) if looks_like_number else rows.filter(words)


def _by_status(status: str, day: date) -> Q:
    over = Q(expires_on__lt=day) & Q(status__in=[Status.VALID, Status.SUSPENDED])
    if not status:
        return Q()
    if status == Status.EXPIRED:
        return over
    return Q(status=status) & ~over


def status_of(row: Current, day: date) -> Status:
    """Return the status a derived row has on a day: what the acts left, or expired by the calendar."""
    left = Status(row.status)
    over = row.expires_on is not None and row.expires_on < day
    return Status.EXPIRED if over and left in (Status.VALID, Status.SUSPENDED) else left


def _status_facet(rows: QuerySet[Current], day: date, chosen: str) -> list[Facet]:
    counts = {status: rows.filter(_by_status(status, day)).count() for status in Status}
    return [Facet(str(s), str(s), count, s == chosen) for s, count in counts.items() if count or s == chosen]


def _facet(rows: QuerySet[Current], name: str, chosen: str) -> list[Facet]:
    counts = rows.values_list(name).annotate(n=Count("pk")).order_by("-n", name)[:FACET_MOST]
    return [Facet(value, value, count, value == chosen) for value, count in counts]


def _issuer_facet(rows: QuerySet[Current], chosen: str) -> list[Facet]:
    counts = list(rows.values_list("issuer").annotate(n=Count("pk")).order_by("-n", "issuer")[:FACET_MOST])
    named = Organisation.objects.in_bulk([pk for pk, _n in counts])
    return [Facet(named[pk].public_id, named[pk].names, count, named[pk].public_id == chosen) for pk, count in counts]


def _standard_facet(rows: QuerySet[Current], chosen: str) -> list[Facet]:
    counted: Counter[str] = Counter()
    for standards, count in rows.exclude(standards="").values_list("standards").annotate(n=Count("pk")):
        for designation in standards.split(" | "):
            counted[designation] += count
    return [Facet(name, name, count, name == chosen) for name, count in counted.most_common(FACET_MOST)]


@dataclass(frozen=True)
class Changed:
    """One line of the feed of changes."""

    recorded_at: datetime
    attestation: Attestation
    edition: Edition | None = None
    change: StatusChange | None = None


def changes(*, since: datetime | None = None, limit: int = 50, membership: Membership | None = None) -> list[Changed]:
    """Return what was recorded last, newest first: new editions and changes of status.

    Args:
        since: only what was recorded after this instant.
        limit: at most so many lines, up to 500.
    """
    limit = max(1, min(limit, 500))
    seen = visible_to(membership)
    editions = Edition.objects.filter(attestation__in=seen).select_related(
        "attestation__issuer", "attestation__current"
    )
    moves = StatusChange.objects.filter(attestation__in=seen).select_related(
        "attestation__issuer", "attestation__current"
    )
    if since is not None:
        editions, moves = editions.filter(recorded_at__gt=since), moves.filter(recorded_at__gt=since)
    found = [
        Changed(row.recorded_at, row.attestation, edition=row) for row in editions.order_by("-recorded_at")[:limit]
    ]
    found += [Changed(row.recorded_at, row.attestation, change=row) for row in moves.order_by("-recorded_at")[:limit]]
    return sorted(found, key=lambda row: row.recorded_at, reverse=True)[:limit]
