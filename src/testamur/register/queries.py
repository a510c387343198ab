"""Questions to the register: search with facets. The register is public; people's and confidential records are found
by their number only (``answers.by_number``). What is found is asked of the index (``finding.plan``); what is shown of
it is read from the rows. What changed is told by ``notices``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet

from testamur.kernel import clock, days
from testamur.kernel.once import look
from testamur.kernel.words import Status
from testamur.parties.models import Membership, Organisation
from testamur.register.finding import documents, plan
from testamur.register.finding.documents import GONE
from testamur.register.finding.tokens import facet, phrases
from testamur.register.line_words import CITED
from testamur.register.models import Attestation, Current, Source
from testamur.register.reporting.database import among, asked, table
from testamur.register.words import number_key
from testamur.requirements.queries import newest_tree, node_titles
from testamur.schemes.models import Scheme

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
    """One value that narrows the search, with its count under the other filters; ``more``: counted among the newest
    hits only."""

    value: str
    label: Any
    count: int
    chosen: bool
    more: bool = False


@dataclass(frozen=True)
class Found:
    """One page of a search.

    Attributes:
        rows: derived rows with attestation and issuer.
        total: of the whole search, counted up to ``plan.MOST``.
        page, pages: from 1.
        facets: name of a filter → values.
        more: whether there are more than ``total``; rows are then in order among the newest ``total``.
    """

    rows: list[Current]
    total: int
    page: int
    pages: int
    facets: dict[str, list[Facet]] = field(default_factory=dict)
    more: bool = False


#: What a list may be sorted by; a leading ``-`` turns it round.
SORTS = {"number": "number_key", "holder": "holder_text", "from": "effective_on", "until": "expires_on"}


@dataclass(frozen=True, kw_only=True)
class Filters:
    """What narrows a search; an empty one narrows nothing.

    Attributes:
        status: one of the five, or ``GONE``; *expired* is computed.
        scheme: scheme id. family: of schemes. issuer: public id. standard: designation.
        country: ISO 3166-1 alpha-2. region: beginning of a code.
        origin: of the record. source: key of who tells it. industry: ``tree:node``. accreditation: its key.
        rests_on: ``kind:key`` of anything that the record rests on.
        from_first, from_last: civil days between which the validity begins. until_first, until_last: ends.
    """

    status: str = ""
    scheme: str = ""
    family: str = ""
    issuer: str = ""
    standard: str = ""
    country: str = ""
    region: str = ""
    origin: str = ""
    source: str = ""
    industry: str = ""
    accreditation: str = ""
    rests_on: str = ""
    from_first: date | None = None
    from_last: date | None = None
    until_first: date | None = None
    until_last: date | None = None

    def tokens(self) -> list[str]:
        """Return the tokens of the index that all must stand."""
        found = [facet(kind, getattr(self, kind)) for kind in TOKENS if getattr(self, kind)]
        if self.accreditation:
            found.append(facet("rests_on", f"accreditation:{self.accreditation}"))
        if self.status in (Status.SUSPENDED, Status.WITHDRAWN, Status.CANCELLED, GONE):
            found.append(facet("status", self.status))  # the few are found by it; most are valid
        return found

    def where(self, day: date) -> Q:
        """Return what the columns must say on a day."""
        first = _between("effective_on", self.from_first, self.from_last)
        return _by_status(self.status, day) & first & _between("expires_on", self.until_first, self.until_last)

    def ending(self, day: date) -> Q:
        """Return what of :meth:`where` says when a validity ended or ends; empty where nothing does."""
        over = Q(expires_on__lt=day) if self.status == Status.EXPIRED else Q()
        return over & _between("expires_on", self.until_first, self.until_last)


def _between(column: str, first: date | None, last: date | None) -> Q:
    return (Q(**{f"{column}__gte": first}) if first else Q()) & (Q(**{f"{column}__lte": last}) if last else Q())


#: Filters that are a token of the index under their own name.
TOKENS = (
    "scheme", "family", "issuer", "standard", "country", "region", "origin", "source", "industry", "rests_on",
)  # fmt: skip


def search(
    text: str = "",
    *,
    sort: str = "",
    page: int = 1,
    size: int = PAGE,
    counted: bool = True,
    membership: Membership | None = None,
    today: date | None = None,
    **narrowed: Any,
) -> Found:
    """Find attestations by the beginning of a number or a name or by words, narrowed by facets.

    Args:
        text: a number, or words of name, scope and standard; all must be found. Words of letters are found whole,
            Chinese ones (two characters or more) anywhere; an unfinished word where a holder's name begins so.
        sort: a key of ``SORTS``, with a leading ``-`` for the other way round; anything else: newest first. Of more
            than ``plan.MOST`` hits the newest are sorted.
        page: from 1; size: rows a page, at most 100.
        counted: whether to count facets.
        membership: the reader, who also finds their own confidential records.
        today: civil day by which *expired* is judged; None: today in China.
        narrowed: see :class:`Filters`.
    """
    day, filters = today or days.day_of(clock.now()), Filters(**narrowed)
    with look():
        found = _hits(text, filters, day, membership)
        size, total = max(1, min(size, 100)), len(found.ids)
        pages = max(1, -(-total // size))
        page = max(1, min(page, pages))
        return Found(
            rows=_page(found.ids, sort, page, size),
            total=total,
            page=page,
            pages=pages,
            facets=_facets(text, filters, day, membership, found) if counted else {},
            more=found.more,
        )


def listing(
    text: str = "",
    *,
    sort: str = "",
    membership: Membership | None = None,
    today: date | None = None,
    **narrowed: Any,
) -> QuerySet[Current]:
    """Return every row that :func:`search` finds with the same arguments, none left out, for a list to take away."""
    day, filters = today or days.day_of(clock.now()), Filters(**narrowed)
    with look():
        found = plan.condition(text, filters.tokens(), filters.where(day))
        rows = Current.objects.filter(found, confidential=False, personal=False)
        if membership is not None:
            own = _hidden(text, filters, day, membership)
            rows = Current.objects.filter(Q(pk__in=rows.values("pk")) | Q(pk__in=own)) if own else rows
    return _sorted(rows.filter(filters.where(day)), sort)


def _hits(text: str, filters: Filters, day: date, membership: Membership | None) -> plan.Hits:
    found = plan.hits(text, filters.tokens(), filters.where(day), filters.ending(day))
    if membership is None:
        return found
    ids = sorted({*found.ids, *_hidden(text, filters, day, membership)}, reverse=True)
    return plan.Hits(ids[: plan.MOST], found.more or len(ids) > plan.MOST)


def _hidden(text: str, filters: Filters, day: date, membership: Membership) -> list[int]:
    """Return the hits among what no list shows but to those whose it is; they are few, and are looked through."""
    asked, wanted = phrases(text), set(filters.tokens())
    if text.strip() and not asked:
        return []
    key, states = number_key(text), documents.present(
        Current.objects.filter(Q(confidential=True) | Q(personal=True), filters.where(day))
        .filter(attestation__in=visible_to(membership))
        .order_by("-pk")
        .values_list("pk", flat=True)[: plan.MOST]
    )  # fmt: skip
    about = documents.About(states)
    return [
        state["attestation_id"]
        for state in states
        if wanted <= documents.facets(state, about=about)
        and (
            all(phrase.stands_in(state["search"]) for phrase in asked)
            or (len(key) >= 3 and number_key(state["number"]).startswith(key))
        )
    ]


def _page(ids: Sequence[int], sort: str, page: int, size: int) -> list[Current]:
    start = (page - 1) * size
    if SORTS.get(sort.removeprefix("-")) is None:
        ids, start = ids[start : start + size], 0
    return list(_sorted(Current.objects.filter(pk__in=ids), sort)[start : start + size])


def _sorted(rows: QuerySet[Current], sort: str) -> QuerySet[Current]:
    rows = rows.select_related("attestation", "issuer", "edition")
    column = SORTS.get(sort.removeprefix("-"))
    if column is None:
        return rows.order_by("-attestation_id")
    return rows.order_by(f"{'-' if sort.startswith('-') else ''}{column}", "attestation_id")


#: Facets whose values are counted.
COUNTED = (
    "status", "scheme", "issuer", "standard", "family", "country", "region", "industry", "origin", "source",
    "accreditation",
)  # fmt: skip
#: Digits of a region that are counted together: a province, in GB/T 2260.
PROVINCE = 2
#: Trees of a scope that say who and where, not what is made or done.
NO_INDUSTRY = frozenset({"organisations", "sites", "documents", "regions", "countries"})


def _without(filters: Filters, name: str) -> Filters:
    """Return the filters without one of them."""
    others: dict[str, Any] = {name: ""}
    return replace(filters, **others)


def _facets(
    text: str, filters: Filters, day: date, membership: Membership | None, found: plan.Hits
) -> dict[str, list[Facet]]:
    """Count the values of each facet among the newest hits, under the other filters."""
    chosen = {name: getattr(filters, name) for name in COUNTED}
    counts = _counts(found.ids, [name for name in COUNTED if not chosen[name]], day)
    more = dict.fromkeys(COUNTED, found.more)
    for name in COUNTED:
        if chosen[name]:
            wider = _hits(text, _without(filters, name), day, membership)
            counts |= _counts(wider.ids, [name], day)
            more[name] = wider.more
    shown = {name: _first(counts[name], chosen[name]) for name in COUNTED}
    labels = _labels({name: [value for value, _count in values] for name, values in shown.items()})
    return {
        name: [
            Facet(value, labels.get((name, value), value), count, value == chosen[name], more[name])
            for value, count in values
        ]
        for name, values in shown.items()
    }


def _first(counted: Counter[str], chosen: str) -> list[tuple[str, int]]:
    """Return the values that are shown with their counts: the most frequent ones, and the one that is chosen."""
    counted.setdefault(chosen, 0)
    first = sorted(counted.items(), key=lambda one: (one[0] != chosen, -one[1], one[0]))[:FACET_MOST]
    return [(value, count) for value, count in sorted(first, key=lambda one: (-one[1], one[0])) if value]


#: Columns of ``Current`` (c) and ``Attestation`` (a) that say the value of a facet.
SAYING = {
    "status": ("c.status", "c.expires_on", "c.gone_on"), "scheme": ("c.scheme",), "issuer": ("c.issuer_id",),
    "standard": ("c.standards",), "family": ("c.scheme",), "country": ("c.country",), "region": ("c.region",),
    "industry": ("c.edition_id", "c.said"), "origin": ("a.origin",), "source": ("a.source_id",),
    "accreditation": ("c.said",),
}  # fmt: skip


def _counts(ids: Sequence[int], names: Sequence[str], day: date) -> dict[str, Counter[str]]:
    """Count the values of some facets. What a thousand rows say is said by few different values: the rows are read
    once, the columns alone that are asked for, and each different value is looked at once."""
    columns = list(dict.fromkeys(column for name in names for column in SAYING[name]))
    if not ids or not columns:
        return {name: Counter() for name in names}
    rows_of = f'"{table(Current)}" c'
    if any(column.startswith("a.") for column in columns):
        rows_of += f' JOIN "{table(Attestation)}" a ON a.id = c.attestation_id'
    condition, parameters = among("c.attestation_id", ids, "bigint")
    rows = asked(f"SELECT {', '.join(columns)} FROM {rows_of} WHERE {condition}", parameters)
    told = dict(zip(columns, zip(*rows, strict=True), strict=True)) if rows else dict.fromkeys(columns, ())
    counts = {
        name: _valued(name, Counter(zip(*(told[column] for column in SAYING[name]), strict=True)), day)
        for name in names
        if "c.said" not in SAYING[name]
    }
    return counts | (_said(told, names) if "c.said" in told else {})


def _valued(name: str, rows: Counter[tuple[Any, ...]], day: date) -> Counter[str]:
    """Return how often each value of a facet is said, from how often its columns say the same."""
    values: Callable[..., Iterable[str]]
    if name == "status":
        values = lambda status, until, gone: (str(status_on(status, _day(until), _day(gone), day)),)  # noqa: E731
    elif name == "standard":
        values = lambda standards: set(standards.split(" | "))  # noqa: E731
    elif name == "region":
        values = lambda region: (_province(region),)  # noqa: E731
    elif name in ("family", "issuer", "source"):
        called = _called(name, [key for (key,) in rows])
        values = lambda key: (called.get(key, ""),)  # noqa: E731
    else:
        values = lambda value: (value,)  # noqa: E731
    counted: Counter[str] = Counter()
    for columns, count in rows.items():
        for value in values(*columns):
            counted[value] += count
    return counted


def _called(name: str, keys: Sequence[Any]) -> dict[Any, str]:
    """Return the value of a facet of each row that another table names: by scheme, body or source."""
    if name == "family":
        return dict(Scheme.objects.values_list("scheme_id", "family").distinct())
    if name == "issuer":
        return dict(Organisation.objects.filter(pk__in=keys).values_list("pk", "public_id"))
    return dict(Source.objects.filter(pk__in=[key for key in keys if key is not None]).values_list("pk", "key"))


def _said(told: Mapping[str, Sequence[Any]], names: Sequence[str]) -> dict[str, Counter[str]]:
    """Count the facets of which the source of a record tells, or the scope of what was issued here."""
    counts: dict[str, Counter[str]] = {name: Counter() for name in names if "c.said" in SAYING[name]}
    editions = told.get("c.edition_id", (None,) * len(told["c.said"]))
    scopes = documents.nodes_of([edition for edition in editions if edition is not None])
    for edition, text in zip(editions, told["c.said"], strict=True):
        said = documents.said({"said": text})
        if "industry" in counts:
            counts["industry"].update(
                f"{tree}:{node}"
                for tree, node in {*scopes.get(edition or 0, ()), *documents.coded(said.get("lines", ()))}
                if tree.partition("@")[0] not in NO_INDUSTRY
            )
        if "accreditation" in counts:
            counts["accreditation"].update(
                {str(one.get("key", "")) for one in said.get("rests_on", ()) if one.get("kind") == "accreditation"}
            )
    return counts


def _day(value: date | str | None) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) else value  # SQLite keeps days as texts


def _labels(shown: Mapping[str, Sequence[str]]) -> dict[tuple[str, str], Any]:
    issuers = Organisation.objects.filter(public_id__in=shown["issuer"]).values_list("public_id", "names")
    sources = Source.objects.filter(key__in=shown["source"]).values_list("key", "names")
    named = node_titles({_node(value) for value in shown["industry"] if ":" in value})
    tree = newest_tree("regions")
    codes = {value: (tree.key, value.ljust(6, "0")) for value in shown["region"] if tree is not None}
    divisions = node_titles(codes.values())
    states = newest_tree("countries")
    countries = {value: (states.key, value) for value in shown["country"] if states is not None}
    called = node_titles(countries.values())
    return {
        **{("issuer", key): names for key, names in issuers},
        **{("source", key): names for key, names in sources},
        **{("industry", f"{tree}:{code}"): _coded(code, title) for (tree, code), title in named.items()},
        **{("country", value): called[node] for value, node in countries.items() if node in called},
        **{("region", value): divisions[node] for value, node in codes.items() if node in divisions},
    }


def _node(value: str) -> tuple[str, str]:
    tree, _colon, code = value.partition(":")
    return tree, code


def _province(region: str) -> str:
    """Return the province of a division of China, and any other code of a region whole."""
    return region[:PROVINCE] if region[:PROVINCE].isdigit() else region


def _coded(code: str, title: dict[str, str]) -> dict[str, str]:
    if not CITED.fullmatch(code):  # names of nodes such as lamp.table are for machines
        return dict(title)
    return {language: f"{code} {text}" for language, text in title.items()}


def _by_status(status: str, day: date) -> Q:
    over = Q(expires_on__lt=day) & Q(status__in=[Status.VALID, Status.SUSPENDED])
    gone = Q(gone_on__lte=day) & Q(status__in=[Status.VALID, Status.SUSPENDED])
    if not status:
        return Q()
    if status == Status.EXPIRED:
        return over
    if status == GONE:
        return gone & ~over
    return Q(status=status) & ~over & ~gone


def status_of(row: Current, day: date) -> Status | str:
    """Return the status a derived row has on a day: what the acts left, expired by the calendar, or ``GONE`` where its
    source has ceased to list what it last called valid or suspended."""
    return status_on(row.status, row.expires_on, row.gone_on, day)


def status_on(status: str, expires_on: date | None, gone_on: date | None, day: date) -> Status | str:
    """Return the status that a state has on a day, from what the acts left and its days; see :func:`status_of`."""
    if status not in (Status.VALID, Status.SUSPENDED):
        return Status(status)
    if expires_on is not None and expires_on < day:
        return Status.EXPIRED
    return GONE if gone_on is not None and gone_on <= day else Status(status)

