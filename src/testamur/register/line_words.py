"""Scope lines in words, for people: titles of nodes, names of sites and organisations, designations of documents."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from testamur.kernel.once import kept
from testamur.kernel.scope import Line, Node
from testamur.parties.models import Organisation, Site
from testamur.register.models import Edition, SiteOnEdition
from testamur.requirements.queries import node_titles

#: Codes that people cite beside the title (17, 25.62, M); names of nodes such as ``lamp.table`` are for machines.
CITED = re.compile(r"[A-Z0-9][A-Z0-9./-]*")

Words = Mapping[str, str]
LineWords = tuple[tuple[Words, Words], ...]

#: Trees whose nodes are parties: the code is a public id, which says nothing to people.
PARTIES: dict[str, type[Organisation] | type[Site]] = {"organisations": Organisation, "sites": Site}


#: What dimensions are called where no scheme known here names them: in records of other registers.
USUAL: dict[str, Words] = {
    "industry": {"en": "Industry", "zh": "行业"},
    "product": {"en": "Product", "zh": "产品"},
    "activity": {"en": "Activity", "zh": "活动"},
    "country": {"en": "Country", "zh": "国家或地区"},
    "region": {"en": "Region", "zh": "地区"},
    "standard": {"en": "Standard", "zh": "标准"},
}


def lines_words(lines: Iterable[Mapping[str, Any]], edition: Edition) -> Iterator[LineWords]:
    """Yield each coded scope line in words: pairs of dimension and value, in the order of the scheme.

    The words of all lines are asked for together. Sites are called as the edition names them, not as they are today.
    """
    titles: dict[str, Words] = {}
    if edition.scheme_id is not None and edition.scheme is not None:
        titles = {scope.id: scope.title for scope in edition.scheme.definition.scopes}
    read = [dict(Line.from_json(line).values) for line in lines]
    nodes = [value for values in read for value in values.values() if isinstance(value, Node)]
    said = _words_of(nodes, edition)
    for values in read:
        order = [name for name in titles if name in values] + [name for name in values if name not in titles]
        yield tuple((titles.get(name) or _usual(name), _value(values[name], said)) for name in order)


def _usual(name: str) -> Words:
    return USUAL.get(name, {"en": name, "zh": name})


def line_words(line: Mapping[str, Any], edition: Edition) -> LineWords:
    """Return one coded scope line in words."""
    return next(lines_words([line], edition))


def value_words(value: Any) -> dict[str, str]:
    """Return one value of a scope line in both languages: titles where the node is known here, else its code."""
    return _value(value, _words_of([value] if isinstance(value, Node) else [], None))


def _value(value: Any, said: Mapping[Node, dict[str, str]]) -> dict[str, str]:
    if isinstance(value, Node):
        return said.get(value, {"en": value.node, "zh": value.node})
    written = Line.of({"_": value}).to_json()["_"]
    if written == "all":
        return {"en": "all", "zh": "全部"}
    low, high = written.get("from", ""), written.get("to", "")
    text = f"{low}–{high} {written['unit']}"
    return {"en": text, "zh": text}


def _words_of(nodes: Iterable[Node], edition: Edition | None) -> dict[Node, dict[str, str]]:
    found: dict[Node, dict[str, str]] = {}
    wanted = set(nodes)
    for tree, model in PARTIES.items():
        here = {node for node in wanted if _tree(node) == tree}
        wanted -= here
        if here:
            names = _names_on(edition) if model is Site and edition is not None else {}
            names |= _names(model, {node.node for node in here} - names.keys())
            found |= {node: _both(names[node.node], node.node) for node in here if node.node in names}
    titles = node_titles((node.tree, node.node) for node in wanted)
    for node in wanted:
        title = titles.get((node.tree, node.node))
        if title is not None and _tree(node) == "documents":
            found[node] = dict(title)
        elif title is not None:
            found[node] = {
                language: f"{node.node} {text}" if CITED.fullmatch(node.node) else text
                for language in ("en", "zh")
                for text in [title.get(language) or next(iter(title.values()))]
            }
    return found


def _tree(node: Node) -> str:
    return node.tree.partition("@")[0]


def _names_on(edition: Edition) -> dict[str, Words]:
    rows = edition.sites.all()
    sites = {row.site_id: row.names for row in rows if row.site_id is not None and row.names}
    if not sites:
        return {}
    ids = kept("public ids of sites")
    here = [row.site for row in rows if row.site_id is not None and SiteOnEdition.site.is_cached(row)]
    ids |= {site.pk: site.public_id for site in here if site is not None}
    missing = sites.keys() - ids.keys()
    if missing:
        ids |= dict(Site.objects.filter(pk__in=missing).values_list("pk", "public_id").order_by())
    return {str(ids[pk]): names for pk, names in sites.items() if pk in ids}


def _names(model: type[Organisation] | type[Site], wanted: set[str]) -> dict[str, Words]:
    known = kept(f"names: {model.__name__}")
    missing = wanted - known.keys()
    if missing:
        known |= dict.fromkeys(missing)
        known |= dict(model.objects.filter(public_id__in=missing).values_list("public_id", "names").order_by())
    return {public: known[public] for public in wanted if known[public]}  # type: ignore[misc]


def _both(names: Words, code: str) -> dict[str, str]:
    other = next((text for text in names.values() if text), code)
    return {language: names.get(language) or other for language in ("en", "zh")}
