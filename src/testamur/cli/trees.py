"""Classifications: read a list (testamur trees import FILE), name what is held (list), go down a tree (show KEY)."""

from __future__ import annotations

import argparse
from pathlib import Path


def main(argv: list[str]) -> int:
    """Run the sub-command; 0 when done, and an import was committed."""
    parser = argparse.ArgumentParser(prog="testamur trees", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    importing = commands.add_parser("import", help="read a code list (CSV or CSV.gz); which one, its first line says")
    importing.add_argument("file", type=Path)
    importing.add_argument("--tree", default="", help="call the tree so, instead of the list's own name")
    importing.add_argument("--edition", default="", help="edition of a list that does not say its own, e.g. 2024")
    commands.add_parser("list", help="name the trees that are held")
    showing = commands.add_parser("show", help="print what stands below a code, or the roots")
    showing.add_argument("tree", help="key or name, e.g. nace@2 or regions")
    showing.add_argument("code", nargs="?", default="")
    asked = parser.parse_args(argv)

    from testamur.cli import django

    django()
    if asked.command == "import":
        return _import(asked.file, asked.tree, asked.edition)
    return _list() if asked.command == "list" else _show(asked.tree, asked.code)


def _import(file: Path, tree: str, edition: str) -> int:
    from testamur.kernel import clock
    from testamur.parties.models import Platform
    from testamur.requirements.tree_import import import_list

    report = import_list(file, name=tree, edition=edition, by=Platform("trees.import"), at=clock.now())
    for made, new in report.trees:
        print(f"{made.key}: {made.nodes.count():,} nodes, {'published' if new else 'held already, unchanged'}")
    for key in report.crosswalks:
        print(f"{key}: the places that both lists name are the same")
    for one in report.odd:
        print(f"  {one.sentence()}")
    return 0


def _list() -> int:
    from django.db.models import Count

    from testamur.requirements.models import Tree

    for tree in Tree.objects.annotate(size=Count("nodes")).order_by("key"):
        note = "" if tree.confirmed else "  (unconfirmed)"
        print(f"{tree.key:38} {tree.size:6,}  {tree.title.get('en', '')}{note}")
    return 0


def _show(name: str, code: str) -> int:
    from testamur.requirements import queries

    tree = queries.tree_of(name)
    node = queries.node_of(tree, code) if code else None
    for depth, one in enumerate(queries.line_to_root(node) if node else []):
        print(f"{'  ' * depth}{one.code}  {_words(one.title)}{_facts(one.facts)}")
    depth = len(queries.line_to_root(node)) if node else 0
    for one in queries.children(tree, code or None):
        print(f"{'  ' * depth}{one.code}  {_words(one.title)}{_facts(one.facts)}")
    return 0


def _words(title: dict[str, str]) -> str:
    return " · ".join(title[language] for language in ("en", "zh") if title.get(language))


def _facts(facts: dict[str, object]) -> str:
    return f"  (in use {facts['first']} to {facts['last']})" if facts.get("retired") else ""
