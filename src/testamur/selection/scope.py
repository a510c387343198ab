"""Scope lines that an application proposes: every combination of what was answered, dimension by dimension.

A dimension is filled by the field whose ``scope`` it is; the sector by the rule that decides it; standards by the
scheme's criteria. What nobody answered stays unnamed: silence is never widened to "all".
"""

from __future__ import annotations

from collections.abc import Collection
from itertools import product
from typing import Any

from testamur.kernel.refusal import Refused, _
from testamur.parties.models import Site
from testamur.requirements.queries import newest_tree
from testamur.schemes.language.definition import Definition
from testamur.selection.models import Case

Line = dict[str, Any]


def tree_key(name: str) -> str:
    """Return the edition of a tree that scope lines cite; the bare name where no edition is kept here (sites,
    organisations)."""
    tree = newest_tree(name)
    return tree.key if tree else name


def check_some(lines: Collection[Line], *, rule: str, source: str) -> None:
    """An application, a review and a decision that go on name at least one scope line.

    Raises:
        Refused: there is none.
    """
    if not lines:
        raise Refused(
            _("Choose at least one scope line; an attestation is about something."),
            rule=rule,
            source=source,
            field="scope",
        )


def proposed(case: Case, facts: dict[str, Any]) -> list[Line]:
    """Return the scope lines that the answers propose, in canonical order of the dimensions.

    Args:
        facts: of the case, with ``rule.<id>`` where rules have answered.
    """
    definition = case.scheme.definition
    choices: list[tuple[str, list[Any]]] = []
    for dimension in definition.scopes:
        nodes = _nodes(case, definition, dimension.id, dimension.tree, facts)
        if nodes:
            choices.append((dimension.id, nodes))
    if not choices:
        return []
    names = [name for name, _nodes_ in choices]
    return [dict(zip(names, line, strict=True)) for line in product(*(nodes for _name, nodes in choices))]


def _nodes(case: Case, definition: Definition, dimension: str, tree: str, facts: dict[str, Any]) -> list[Any]:
    found: list[Any] = []
    key = tree_key(tree)
    for field in definition.fields:
        if field.scope != dimension or f"form.{field.id}" not in facts:
            continue
        value = facts[f"form.{field.id}"]
        decided = _decided_by_rule(definition, dimension, field.id, facts)
        if decided is not None:
            found += [{"tree": key, "node": str(node)} for node in decided]
        elif field.type == "sites":
            found += _of_sites(case, tree, key, value)
        elif field.type == "products":
            found += [{"tree": key, "node": row["node"]} for row in value if row.get("node")]
        elif field.type == "organisation":
            found += [{"tree": key, "node": value["id"]}] if value.get("id") else []
        elif isinstance(value, list):
            found += [{"tree": key, "node": str(item)} for item in value]
        else:
            found.append({"tree": key, "node": str(value)})
    if not found and tree == "documents":
        found = [{"tree": key, "node": one.document} for one in definition.requirements if one.used_as == "criteria"]
    return [node for place, node in enumerate(found) if node not in found[:place]]


def _decided_by_rule(definition: Definition, dimension: str, field_id: str, facts: dict[str, Any]) -> list[Any] | None:
    """Return what a rule made of the answer, where one turns it into a sector (industry code to IAF sector)."""
    for rule in definition.rules_for(dimension):
        if f"form.{field_id}" in rule.from_.values():
            answer = facts.get(f"rule.{rule.id}")
            if answer is None:
                return []
            return list(answer) if isinstance(answer, (list, tuple)) else [answer]
    return None


def _of_sites(case: Case, tree: str, key: str, rows: list[dict[str, Any]]) -> list[Any]:
    if tree == "sites":
        return [{"tree": key, "node": row["site"]} for row in rows if row.get("site")]
    known = {
        site.public_id: site
        for site in Site.objects.filter(public_id__in=[row.get("site") for row in rows if row.get("site")])
    }
    regions = []
    for row in rows:
        site = known.get(str(row.get("site")))
        region = str(
            row.get("region")
            or (site.region if site else "")
            or (site.country if site else "")
            or row.get("country")
            or ""
        )
        if region:
            regions.append({"tree": key, "node": region})
    return regions


def agreed_scope(case: Case) -> list[Line]:
    """Return the scope lines that the work of a case is about: as accepted, else those of the attestation,
    else proposed."""
    review = case.application_reviews.filter(accepted=True).order_by("-id").first()
    if review is not None and review.scope:
        return list(review.scope)
    if case.attestation is not None:
        edition = case.attestation.editions.order_by("-edition").first()
        if edition is not None:
            return [line.line for line in edition.lines.all()]
    from testamur.selection.facts import facts

    return proposed(case, facts(case))


def projected(lines: list[Line], dimensions: tuple[str, ...]) -> list[Line]:
    """Return the lines with only the named dimensions, each once."""
    cut = [{name: line[name] for name in dimensions if name in line} for line in lines]
    return [line for place, line in enumerate(cut) if line and line not in cut[:place]]
