"""What the rules answered, laid out as a sum, and scope lines in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from testamur.register.line_words import CITED
from testamur.requirements.models import Document, Node
from testamur.schemes.language.definition import Definition
from testamur.wording.templatetags.say import shown, words
from testamur.workspace.said import said


def sum_of(calculation: Iterable[Mapping[str, Any]], caption: Any) -> dict[str, Any]:
    """Return the working of all rules, as ``_sum.html`` draws it.

    Args:
        calculation: steps as an application review keeps them (``Calculation.to_json``).
    """
    groups = []
    for row in calculation:
        if row.get("open"):
            why = row["open"]
            groups.append(
                {
                    "title": row.get("title") or row["rule"],
                    "rows": [
                        {"words": said(why["sentence"], why["facts"]), "source": row.get("cited", ""), "value": "?"}
                    ],
                }
            )
            continue
        lines = [
            {
                "words": step["words"],
                "source": step.get("source", ""),
                "value": _value(step.get("value")),
                "kind": "",
            }
            for step in row.get("working", [])
        ]
        if lines:
            lines[-1]["kind"] = "rule res" if len(lines) > 1 else "res"
            lines[-1]["source"] = lines[-1]["source"] or row.get("cited", "")
        groups.append({"title": row.get("title") or row["rule"], "rows": lines})
    return {"caption": caption, "groups": groups}


def _value(value: Any) -> str:
    if value is None or isinstance(value, (dict,)):
        return words(value) if isinstance(value, dict) else ""
    return shown(value)


def open_inputs(calculation: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the inputs that a rule still needs and nobody gave: what only the planner knows."""
    names = [str(row["open"]["field"]) for row in calculation if row.get("open") and row["open"].get("field")]
    return list(dict.fromkeys(names))


def lines_in_words(definition: Definition, lines: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return each scope line in words: dimension by dimension, nodes by code and title."""
    titles = {one.id: words(one.title) for one in definition.scopes}
    codes = {
        str(value["node"])
        for line in lines
        for value in line.values()
        if isinstance(value, Mapping) and "node" in value
    }
    trees = {
        str(value["tree"])
        for line in lines
        for value in line.values()
        if isinstance(value, Mapping) and "tree" in value
    }
    named: dict[tuple[str, str], Any] = {}
    if codes:
        rows = Node.objects.filter(tree__key__in=trees, code__in=codes).values_list("tree__key", "code", "title")
        named = {(tree, code): title for tree, code, title in rows}
    documents = dict(Document.objects.filter(key__in=codes).values_list("key", "designation")) if codes else {}
    sites = _sites(codes)
    said_lines = []
    for line in lines:
        parts = [
            f"{titles.get(dimension, dimension)}: {_node(value, named, documents, sites)}"
            for dimension, value in line.items()
        ]
        said_lines.append(" · ".join(parts))
    return said_lines


def _sites(codes: set[str]) -> dict[str, Any]:
    from testamur.parties.models import Site

    return dict(Site.objects.filter(public_id__in=codes).values_list("public_id", "names")) if codes else {}


def _node(
    value: Any, named: Mapping[tuple[str, str], Any], documents: Mapping[str, str], sites: Mapping[str, Any]
) -> str:
    if not isinstance(value, Mapping):
        return "*" if value == "all" else str(value)
    if "node" not in value:
        return f"{value.get('from', '')}–{value.get('to', '')} {value.get('unit', '')}".strip()
    code = str(value["node"])
    if code in documents:
        return documents[code]
    if code in sites:
        return words(sites[code])
    title = words(named.get((str(value.get("tree")), code)))
    return f"{code} {title}".strip() if CITED.fullmatch(code) or not title else title
