"""What the index holds of a record: the tokens of its words, and one for each fact by which a search is narrowed."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from django.db import connection

from testamur.parties.models import Organisation
from testamur.register import identifiers
from testamur.register.finding import tokens
from testamur.register.finding.tables import COLUMNS
from testamur.register.models import Attestation, PartyInRole, ScopeNode, Source
from testamur.register.reporting.database import among, asked, table
from testamur.register.words import fold
from testamur.schemes.models import Scheme

#: What a list says of a record that its source no longer lists; no status, for nobody gave it one.
GONE = "gone"
#: Records of one question to the database.
MOST = 5000
#: A state of ``Current`` by column, with ``attestation_id``.
State = Mapping[str, Any]


def present(ids: Collection[int]) -> list[dict[str, Any]]:
    """Return the present states of records as the database keeps them: SQLite has days as texts."""
    names = ("attestation_id", "number", "expires_on", *COLUMNS)
    found: list[dict[str, Any]] = []
    listed = [int(pk) for pk in ids]
    with connection.cursor() as cursor:  # as they are: making models of five million rows takes longer than reading
        for start in range(0, len(listed), MOST):
            batch = ", ".join(map(str, listed[start : start + MOST]))
            cursor.execute(f"SELECT {', '.join(names)} FROM register_current WHERE attestation_id IN ({batch})")
            found += [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return found


def documents(states: Iterable[State]) -> dict[int, list[str]]:
    """Return the tokens of each state, by identity; what is confidential or a person's has none: no list shows it."""
    told = [
        {**state, "said": said(state)} for state in states if not (state["confidential"] or state["personal"])
    ]
    if not told:
        return {}
    about, stated = About(told), identified(told)
    return {
        state["attestation_id"]: list(dict.fromkeys(_tokens(state, about, stated[state["attestation_id"]])))
        for state in told
    }


def facets(state: State, *, about: About | None = None) -> set[str]:
    """Return the tokens of the facts of one state."""
    return set(_facets(state, about or About([state])))


def names(state: State) -> list[str]:
    """Return the names of the holder of a state, each in its script."""
    return [part for part in str(state["holder_text"]).split(" / ") if part]


def identified(states: Collection[State]) -> dict[int, list[str]]:
    """Return every form of the identifiers of the parties of each state, by identity."""
    named: dict[int, list[dict[str, Any]]] = defaultdict(list)
    editions = [state["edition_id"] for state in states if state["edition_id"] is not None]
    for start in range(0, len(editions), 500):
        rows = PartyInRole.objects.filter(edition__in=editions[start : start + 500]).order_by("pk")
        for edition, listed in rows.values_list("edition_id", "identifiers"):
            named[edition].append({"identifiers": listed})
    return {
        state["attestation_id"]: identifiers.of_parties(
            [*named.get(state["edition_id"] or 0, ()), *said(state).get("parties", ())]
        )
        for state in states
    }


class About:
    """What the rows beside some states say of them, asked for all at once."""

    def __init__(self, states: Collection[State]) -> None:
        issuers = {state["issuer_id"] for state in states}
        self.issuers = dict(Organisation.objects.filter(pk__in=issuers).values_list("pk", "public_id"))
        condition, parameters = among("a.id", [state["attestation_id"] for state in states], "bigint")
        self.origins = {
            pk: (origin, source)
            for pk, origin, source in asked(
                f'SELECT a.id, a.origin, s.key FROM "{table(Attestation)}" a '
                f'LEFT JOIN "{table(Source)}" s ON s.id = a.source_id WHERE {condition}',
                parameters,
            )
        }
        schemes = {state["scheme"] for state in states}
        self.families = dict(Scheme.objects.filter(scheme_id__in=schemes).values_list("scheme_id", "family"))
        self.nodes = nodes_of([state["edition_id"] for state in states if state["edition_id"] is not None])


def _tokens(state: State, about: About, stated: Iterable[str]) -> Iterator[str]:
    yield from tokens.of_folded(state["search"])
    if connection.vendor == "postgresql":
        # Joining the lists of two common pairs costs GIN far more than FTS5; a triple is the pair already joined.
        yield from tokens.trigrams(state["search"])
    yield from _of_names(state["holder_text"])
    yield from map(tokens.identified, identifiers.beginnings(stated))
    yield from _facets(state, about)


@lru_cache(maxsize=20_000)
def _of_names(holder_text: str) -> tuple[str, ...]:
    """Return the tokens of the names of a holder, who often has several records."""
    folded = [fold(name) for name in names({"holder_text": holder_text})]
    return tuple(token for name in folded for token in (tokens.holder(name), *tokens.beginnings(name)))


def said(state: State) -> Mapping[str, Any]:
    """Return what the source of a record says; a raw row and a trigger's copy have it as a text."""
    found = state["said"]
    return (json.loads(found) if isinstance(found, str) else found) or {}


def nodes_of(editions: Collection[int]) -> dict[int, list[tuple[str, str]]]:
    """Return (tree, node) of the codes in the scope of editions of what was issued here, by edition."""
    found: dict[int, list[tuple[str, str]]] = defaultdict(list)
    rows = ScopeNode.objects.filter(line__edition_id__in=editions) if editions else ScopeNode.objects.none()
    for edition, tree, node in rows.values_list("line__edition_id", "tree", "node"):
        found[edition].append((tree, node))
    return found


def coded(lines: Iterable[Any]) -> Iterator[tuple[str, str]]:
    """Yield (tree, node) of the codes in the lines of a scope as a source says them."""
    for line in lines:
        for value in line.values() if isinstance(line, dict) else ():
            if isinstance(value, dict) and "tree" in value and "node" in value:
                yield str(value["tree"]), str(value["node"])


def _facets(state: State, about: About) -> Iterator[str]:
    told = said(state)
    origin, source = about.origins.get(state["attestation_id"], ("", None))
    scheme = state["scheme"]
    yield from _single(
        scheme, about.families.get(scheme, ""), about.issuers.get(state["issuer_id"], ""), state["country"], origin,
        source or "", state["status"],
    )  # fmt: skip
    if state["gone_on"]:
        yield tokens.facet("status", GONE)
    yield from _region(state["region"])
    yield from _standards(state["standards"])
    for tree, node in {*about.nodes.get(state["edition_id"] or 0, ()), *coded(told.get("lines", ()))}:
        yield tokens.facet("industry", f"{tree}:{node}")
    for one in told.get("rests_on", ()):
        yield tokens.facet("rests_on", f"{one.get('kind', '')}:{one.get('key', '')}")


#: What a fact of a single value is called, in the order of :func:`_single`.
SINGLE = ("scheme", "family", "issuer", "country", "origin", "source", "status")


@lru_cache(maxsize=20_000)
def _single(*values: str) -> tuple[str, ...]:
    """Return the tokens of the facts that have one value; the same few stand together in thousands of records."""
    return tuple(tokens.facet(kind, value) for kind, value in zip(SINGLE, values, strict=True) if value)


@lru_cache(maxsize=20_000)
def _region(region: str) -> tuple[str, ...]:
    return tuple(tokens.facet("region", region[:length]) for length in range(1, len(region) + 1))


@lru_cache(maxsize=20_000)
def _standards(standards: str) -> tuple[str, ...]:
    return tuple(tokens.facet("standard", one) for one in standards.split(" | ") if one)
