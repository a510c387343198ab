"""Publish the trees of a list that somebody hands in; handing in the same again changes nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from django.db import transaction

from testamur.journal.actions import ByMembership, ByRule
from testamur.kernel.refusal import Refused, _
from testamur.requirements import code_lists, lists
from testamur.requirements.actions import publish_crosswalk, publish_tree
from testamur.requirements.drafts import Draft, Oddities
from testamur.requirements.models import Node, Tree

#: The same place of the same classification is so on every day.
ALWAYS = date(2000, 1, 1)


@dataclass
class Report:
    """What an import did: trees with whether they are new, and what in the file was not taken as it stands."""

    trees: list[tuple[Tree, bool]] = field(default_factory=list)
    crosswalks: list[str] = field(default_factory=list)
    odd: Oddities = field(default_factory=list)


@transaction.atomic
def import_list(path: Path, *, by: ByMembership | ByRule, at: datetime, name: str = "", edition: str = "") -> Report:
    """Read a code list and publish its trees, all or none.

    Args:
        name: call the tree so, instead of the list's own name.
        edition: of a file that does not say its own.

    Raises:
        Refused: the file is not readable or not known, a node hangs in the air, or the edition is published otherwise.
    """
    drafts, odd = lists.read(path, name=name, edition=edition)
    report = Report(odd=odd)
    for draft in drafts:
        short = draft.key if draft.key in code_lists.written() else ""
        if short:
            _check_holds(path, draft, short)
            draft.edition += "-full"
        _take_over_titles(draft, short)
        known = Tree.objects.filter(key=draft.key).exists()
        tree = publish_tree(
            key=draft.key,
            title=draft.title,
            source=draft.source,
            nodes=[(code, words, draft.parents[code]) for code, words in draft.titles.items()],
            facts=draft.facts,
            by=by,
            at=at,
        )
        report.trees.append((tree, not known))
        if short:
            report.crosswalks.append(_same_places(draft, short, by, at))
    return report


def _check_holds(path: Path, draft: Draft, short: str) -> None:
    """Both lists are one edition: each code of the one written out stands in the other, at the same place."""
    nodes = code_lists.written()[short]["nodes"]
    astray = [code for code, row in nodes.items() if draft.parents.get(code, "") != row.get("parent")]
    if astray:
        raise Refused(
            _("{file} is no {tree}: the codes {codes} are missing in it or stand elsewhere."),
            {"file": path.name, "tree": short, "codes": astray[:10]},
            rule="trees.format",
            source="testamur@2026-1#trees",
        )


def _take_over_titles(draft: Draft, short: str) -> None:
    """Give codes the titles in other languages that are known: of the same edition, and of the same country."""
    known: dict[str, dict[str, str]] = {}
    if short:
        nodes = code_lists.written()[short]["nodes"]
        known = {code: {"en": row["en"], "zh": row["zh"]} for code, row in nodes.items()}
    if draft.name == "countries":
        held = Tree.objects.filter(name="countries").order_by("-id").first()
        known = dict(Node.objects.filter(tree=held).values_list("code", "title")) if held else {}
    for code, words in known.items():
        if code in draft.titles:
            draft.titles[code] = {**words, **draft.titles[code]}


def _same_places(draft: Draft, short: str, by: ByMembership | ByRule, at: datetime) -> str:
    """A division of the full list is the division of the short one, so that scopes written in either are compared."""
    key = f"{draft.name}-full-to-{draft.name}@{short.partition('@')[2]}"
    publish_crosswalk(
        key=key,
        from_tree=draft.key,
        to_tree=short,
        rows=[(code, code) for code in code_lists.written()[short]["nodes"]],
        effective_from=ALWAYS,
        source=draft.source,
        by=by,
        at=at,
    )
    return key
