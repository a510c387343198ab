"""Classifications: read a list (testamur trees import FILE), name what is held (list), go down a tree (show KEY)."""

from __future__ import annotations

import argparse
from pathlib import Path

from testamur.cli._language import Translate, add_language, translator
from testamur.kernel.refusal import _


def main(argv: list[str]) -> int:
    """Run the sub-command; 0 when done, and an import was committed."""
    parser = argparse.ArgumentParser(prog="testamur trees", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    importing = commands.add_parser("import", help="read a code list (CSV or CSV.gz); which one, its first line says")
    importing.add_argument("file", type=Path)
    importing.add_argument("--tree", default="", help="call the tree so, instead of the list's own name")
    importing.add_argument("--edition", default="", help="edition of a list that does not say its own, e.g. 2024")
    listing = commands.add_parser("list", help="name the trees that are held")
    showing = commands.add_parser("show", help="print what stands below a code, or the roots")
    showing.add_argument("tree", help="key or name, e.g. nace@2 or regions")
    showing.add_argument("code", nargs="?", default="")
    for one in (importing, listing, showing):
        add_language(one)
    asked = parser.parse_args(argv)
    translate = translator(asked.language)

    from testamur.cli import django

    django()
    if asked.command == "import":
        return _import(asked.file, asked.tree, asked.edition, translate)
    return _list(asked.language, translate) if asked.command == "list" else _show(asked.tree, asked.code, translate)


def _import(file: Path, tree: str, edition: str, translate: Translate) -> int:
    from testamur.kernel import clock
    from testamur.parties.models import Platform
    from testamur.requirements.tree_import import import_list

    report = import_list(file, name=tree, edition=edition, by=Platform("trees.import"), at=clock.now())
    for made, new in report.trees:
        said = translate(
            _("{tree}: {count} nodes, published") if new else _("{tree}: {count} nodes, held already, unchanged")
        )
        print(said.format(tree=made.key, count=f"{made.nodes.count():,}"))
    for key in report.crosswalks:
        print(translate(_("{crosswalk}: the places that both lists name are the same")).format(crosswalk=key))
    for one in report.odd:
        print(f"  {one.sentence(translate)}")
    return 0


def _list(language: str, translate: Translate) -> int:
    from django.db.models import Count

    from testamur.requirements.models import Tree

    for tree in Tree.objects.annotate(size=Count("nodes")).order_by("key"):
        note = "" if tree.confirmed else "  " + translate(_("(unconfirmed)"))
        title = tree.title.get(language) or next(iter(tree.title.values()), "")
        print(f"{tree.key:38} {tree.size:6,}  {title}{note}")
    return 0


def _show(name: str, code: str, translate: Translate) -> int:
    from testamur.requirements import queries

    tree = queries.tree_of(name)
    node = queries.node_of(tree, code) if code else None
    for depth, one in enumerate(queries.line_to_root(node) if node else []):
        print(f"{'  ' * depth}{one.code}  {_words(one.title)}{_facts(one.facts, translate)}")
    depth = len(queries.line_to_root(node)) if node else 0
    for one in queries.children(tree, code or None):
        print(f"{'  ' * depth}{one.code}  {_words(one.title)}{_facts(one.facts, translate)}")
    return 0


def _words(title: dict[str, str]) -> str:
    return " · ".join(title[language] for language in ("en", "zh") if title.get(language))


def _facts(facts: dict[str, object], translate: Translate) -> str:
    if not facts.get("retired"):
        return ""
    return "  " + translate(_("(in use {first} to {last})")).format(first=facts["first"], last=facts["last"])
