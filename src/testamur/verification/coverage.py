"""Steps 7 and 10: what a credential claims, what an authority allows, and whether the one lies inside the other.

A line of a credential is a line of ``kernel.scope`` that may also say ``scheme`` and ``standard`` as plain addresses
(``"*"`` for every one). Where the scheme's authority extract is known its mapping decides; where it is not, dimensions
of the same name meet.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from testamur.kernel.refusal import _
from testamur.kernel.scope import ALL, Line, MalformedScope, Node, TreeTable, Value, gaps
from testamur.verification.extract import Demand
from testamur.verification.known import Known
from testamur.verification.verdict import Code, Rejected

#: Trees that plain addresses of schemes and standards stand in.
_ADDRESSES = {"scheme": "schemes", "standard": "documents"}


def claim_of(known: Known) -> list[Line]:
    """Return the lines that need an authority; raises Rejected (MALFORMED) where the credential claims nothing.

    A certificate claims its scope lines or, without any, each pair of scheme and standard assessed with a positive
    outcome; an authority that is itself asked about claims its own scope.
    """
    subject = known.subject
    if not known.is_certificate:
        lines = lines_of(subject.get("accreditationScope"))
        if not lines:
            raise _nothing_claimed()
        return lines
    scheme = _dict(subject.get("referenceScheme")).get("id")
    standards = standards_assessed(subject)
    if not isinstance(scheme, str) or not standards:
        raise _nothing_claimed()
    listed = subject.get("scopeLine")
    if listed is None:
        listed = [{"scheme": scheme, "standard": standard} for standard in standards]
    elif isinstance(listed, list) and all(isinstance(line, dict) for line in listed):
        listed = [{"scheme": scheme, **line} for line in listed]
    lines = lines_of(listed)
    if not lines:
        raise _nothing_claimed()
    return lines


def lines_of(listed: object) -> list[Line]:
    """Read scope lines as credentials write them; raises Rejected (MALFORMED)."""
    if listed is None:
        return []
    if not isinstance(listed, list):
        raise Rejected(Code.MALFORMED, _("A scope is not a list of lines."))
    try:
        return [_line(one) for one in listed]
    except MalformedScope as error:
        raise Rejected(Code.MALFORMED, _("A scope line cannot be read: {problem}"), {"problem": str(error)}) from None


def is_covered(claim: Line, authority: list[Line], trees: TreeTable, demand: Demand | None) -> bool:
    """Say whether one claim line lies inside one line of the authority.

    Args:
        claim: the needed line.
        authority: the lines of one authority credential.
        trees: trees and crosswalks.
        demand: the scheme's table, or None where it is not known.
    """
    if demand is None:
        return any(not gaps(line, claim, trees) for line in authority)
    if demand.kind == "law" and not demand.covers:
        # The scheme maps nothing to an authority by law; only what both sides say in plain addresses is compared.
        authority, claim = list(map(_addresses, authority)), _addresses(claim)
    else:
        claim = _asked(claim, demand)
    free = frozenset(demand.free)
    return any(not gaps(_open(line), claim, trees, demand.covers, free) for line in authority)


def _asked(claim: Line, demand: Demand) -> Line:
    """Return the claim with what the demand asks besides it: the function for which a competence is held."""
    asks = {name: Node(tree, node) for name, (tree, node) in (demand.asks or {}).items()}
    return Line.of({**dict(claim.values), **asks}) if asks else claim


def renamed(claim: Line, demand: Demand | None) -> Line:
    """Return the claim in the dimensions of the authority that covers it, to be asked of the one above."""
    if demand is None:
        return claim
    mapping = demand.covers or {}
    free = set(demand.free)
    asked = _asked(claim, demand) if demand.kind != "law" else claim
    return Line.of({mapping.get(name, name): value for name, value in asked.values if name not in free})


def nodes_of(lines: list[Line]) -> set[tuple[str, str]]:
    """Return the (tree, node) pairs that lines name."""
    return {(value.tree, value.node) for line in lines for _name, value in line.values if isinstance(value, Node)}


def standards_assessed(subject: Mapping[str, Any]) -> list[str]:
    """Return the standards of all assessments; raises Rejected where one was not positive."""
    found: list[str] = []
    assessments = subject.get("conformityAssessment")
    for assessment in assessments if isinstance(assessments, list) else []:
        facts = _dict(assessment)
        if facts.get("conformance") is not True:
            raise Rejected(Code.MALFORMED, _("An assessment in this certificate does not report conformity."))
        for standard in facts.get("referenceStandard") or []:
            name = _dict(standard).get("id")
            if not isinstance(name, str):
                raise _nothing_claimed()
            found.append(name)
    return found


def _line(facts: Any) -> Line:
    if not isinstance(facts, Mapping):
        raise MalformedScope("A scope line is an object.")
    plain: dict[str, Value] = {}
    for name, tree in _ADDRESSES.items():
        if isinstance(facts.get(name), str) and facts[name] != "all":
            plain[name] = ALL if facts[name] == "*" else Node(tree, facts[name])
    rest = Line.from_json({name: value for name, value in facts.items() if name not in plain} if plain else facts)
    return Line.of({**dict(rest.values), **plain}) if plain else rest


@lru_cache(4096)
def _open(line: Line) -> Line:
    """Say "all" for scheme and standard where an authority's line does not name them.

    The dimensions of a scheme are its own; these two are the plain form's, and an authority that does not use the
    plain form restricts nothing by silence about it.
    """
    return Line.of({**dict.fromkeys(_ADDRESSES, ALL), **dict(line.values)})


def _addresses(line: Line) -> Line:
    return Line.of({name: value for name, value in line.values if name in _ADDRESSES})


def _dict(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _nothing_claimed() -> Rejected:
    return Rejected(Code.MALFORMED, _("The credential does not say under which scheme and standard it was issued."))
