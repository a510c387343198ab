"""The authority extract of a scheme: what a verifier must know of it, below 3 kB, logged by ``scheme.publish``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from testamur.kernel.multibase import digest as digest_of_bytes
from testamur.verification import jcs
from testamur.verification.strict_json import Malformed


@dataclass(frozen=True, slots=True)
class Demand:
    """One ``[[authority]]`` table of a scheme.

    Args:
        id: its id in the scheme.
        kind: one of ``untp.names.AUTHORITY_KINDS``.
        of: who must hold it: ``"issuer"``, a role or an activity.
        any_of: ids of schemes (without version) of which one will do; empty for ``law``.
        covers: claim dimension → authority dimension.
        free: dimensions that need no authority.
        demand: ``"always"``, or ``"if_claimed"``: needed only where the attestation names it.
        grade: grade the authority must have, or empty.
        asks: dimension → (tree, node) that the authority must cover besides the claim, e.g. a competence's function.
    """

    id: str
    kind: str
    of: str = "issuer"
    any_of: Sequence[str] = ()
    covers: Mapping[str, str] | None = None
    free: Sequence[str] = ()
    demand: str = "always"
    grade: str = ""
    asks: Mapping[str, tuple[str, str]] | None = None


@dataclass(frozen=True, slots=True)
class Extract:
    """What the extract says.

    Args:
        scheme, version: id and version of the scheme.
        area: ISO 3166-1 code whose civil days count; empty for UTC.
        dimensions: (id, tree) of the scheme's scope.
        demands: all ``[[authority]]`` tables.
        tables: names of the trees and crosswalks that coverage needs (``layout.table``).
    """

    scheme: str
    version: str
    area: str
    dimensions: Sequence[tuple[str, str]]
    demands: Sequence[Demand]
    tables: Sequence[str] = ()

    @property
    def of_issuer(self) -> list[Demand]:
        """The demands on whoever issues; those on performers were checked at issue."""
        return [demand for demand in self.demands if demand.of == "issuer"]


def payload(extract: Extract, *, whole: str = "") -> dict[str, Any]:
    """Return ``schemes/<id>/<version>.authority.json``; write it with :func:`testamur.verification.jcs.canonical`.

    Args:
        extract: what to say.
        whole: digest of the flattened scheme's canonical JSON.
    """
    return {
        "v": 1,
        "scheme": extract.scheme,
        "version": extract.version,
        "area": extract.area,
        "dimensions": [{"id": id, "tree": tree} for id, tree in extract.dimensions],
        "authority": [
            {
                "id": one.id,
                "kind": one.kind,
                "of": one.of,
                "any_of": list(one.any_of),
                "covers": dict(one.covers or {}),
                "free": list(one.free),
                "demand": one.demand,
                **({"grade": one.grade} if one.grade else {}),
                **(
                    {"asks": {name: {"tree": tree, "node": node} for name, (tree, node) in one.asks.items()}}
                    if one.asks
                    else {}
                ),
            }
            for one in extract.demands
        ],
        "tables": list(extract.tables),
        "whole": whole,
    }


def parse(data: bytes) -> tuple[Extract, str]:
    """Read an extract; return it and its digest, which the log committed to (``entry.document_digest``).

    Raises:
        Malformed: another shape.
    """
    facts, canonical = jcs.read(data, 100_000)
    try:
        demands = [
            Demand(
                id=_text(one, "id"),
                kind=_text(one, "kind"),
                of=_text(one, "of"),
                any_of=_texts(one["any_of"]),
                covers={_text({"_": key}, "_"): _text(one["covers"], key) for key in one["covers"]},
                free=_texts(one["free"]),
                demand=_text(one, "demand"),
                grade=one.get("grade", ""),
                asks={name: (_text(row, "tree"), _text(row, "node")) for name, row in one.get("asks", {}).items()},
            )
            for one in facts["authority"]
        ]
        extract = Extract(
            scheme=_text(facts, "scheme"),
            version=_text(facts, "version"),
            area=_text(facts, "area"),
            dimensions=[(_text(one, "id"), _text(one, "tree")) for one in facts["dimensions"]],
            demands=demands,
            tables=_texts(facts["tables"]),
        )
    except (KeyError, TypeError, AttributeError):
        raise Malformed("an authority extract of another shape") from None
    if facts.get("v") != 1 or any(demand.demand not in ("always", "if_claimed") for demand in demands):
        raise Malformed("an authority extract of another version")
    return extract, digest_of_bytes(canonical if canonical is not None else jcs.canonical(facts))


def _text(facts: Mapping[str, Any], name: str) -> str:
    value = facts[name]
    if not isinstance(value, str):
        raise Malformed("an authority extract of another shape")
    return value


def _texts(values: Any) -> list[str]:
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise Malformed("an authority extract of another shape")
    return values
