"""Publish classifications and crosswalks: logged, so that what covers what cannot be changed in silence."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from testamur.journal import actions as journal
from testamur.journal import marks
from testamur.journal.actions import ByMembership, ByRule
from testamur.kernel.refusal import Refused, _
from testamur.requirements.models import Adoption, Arrangement, Crosswalk, Document, Node, Tree
from testamur.transparency import publication, sequencer
from testamur.transparency.models import Entry
from testamur.verification import jcs, layout, table


@transaction.atomic
def publish_tree(
    *,
    key: str,
    title: Mapping[str, str],
    source: str,
    nodes: Iterable[tuple[str, Mapping[str, str], str | None]],
    by: ByMembership | ByRule,
    at: datetime,
    facts: Mapping[str, Mapping[str, Any]] | None = None,
    confirmed: bool = True,
) -> Tree:
    """Publish a classification in one edition; publishing the same again changes nothing.

    Args:
        key: ``name@edition``.
        nodes: (code, title in languages, code of the parent or None), in any order.
        facts: code → what else the list says of it; shown, not part of what is logged.
        confirmed: whether somebody has compared the list with its source.

    Raises:
        Refused: the edition is published with other nodes, a parent is missing, or parents run in a circle.
    """
    listed = sorted(nodes, key=lambda node: node[0])
    levels = _levels(key, {code: parent for code, _title, parent in listed})
    written = table.build(key, "tree", [(code, parent) for code, _title, parent in listed], source=source)
    digest = table.digest(written)
    existing = Tree.objects.filter(key=key).first()
    if existing is not None:
        _check_same(key, written)
        return existing
    name, _at, edition = key.partition("@")
    tree = Tree.objects.create(
        key=key, name=name, edition=edition, title=dict(title), source=source, confirmed=confirmed
    )
    said = {code: (dict(words), parent, dict((facts or {}).get(code, {}))) for code, words, parent in listed}
    ids: dict[str | None, int | None] = {None: None}
    for codes in levels:
        rows = [
            Node(tree=tree, code=code, title=title, parent_id=ids[parent], facts=more)
            for code in codes
            for title, parent, more in [said[code]]
        ]
        ids.update((row.code, row.pk) for row in Node.objects.bulk_create(rows, batch_size=1000))
    publication.put(layout.table(key), jcs.canonical(written))
    journal.record(
        "requirements.tree_published",
        subject=tree,
        by=by,
        at=at,
        payload={"key": key, "nodes": len(listed)},
        source=source,
        entry=("tree.publish", {"d": digest, "id": layout.url(settings.HOST, layout.table(key))}),
    )
    return tree


def _levels(key: str, parents: Mapping[str, str | None]) -> list[list[str]]:
    """Return the codes level by level, roots first, so that each row can name its parent when it is written."""
    placed: set[str | None] = {None}
    waiting, levels = dict(parents), []
    while waiting:
        level = [code for code, parent in waiting.items() if parent in placed]
        if not level:
            code, parent = next(iter(waiting.items()))
            raise Refused(
                _("In the classification {tree}, {code} stands below {parent}, which is not in it, or below itself."),
                {"tree": key, "code": code, "parent": parent},
                rule="trees.parents",
                source="testamur@2026-1#trees",
            )
        levels.append(level)
        placed.update(level)
        for code in level:
            del waiting[code]
    return levels


@transaction.atomic
def publish_crosswalk(
    *,
    key: str,
    from_tree: str,
    to_tree: str,
    rows: Iterable[tuple[str, str]],
    effective_from: date,
    source: str,
    by: ByMembership | ByRule,
    at: datetime,
) -> Crosswalk:
    """Publish a crosswalk between two trees (their keys); publishing the same again changes nothing.

    Raises:
        Refused: it is published with other rows.
    """
    listed = [list(row) for row in sorted(rows)]
    written = table.build(
        key, "crosswalk", [(from_tree, here, to_tree, there) for here, there in listed], source=source
    )
    existing = Crosswalk.objects.filter(key=key).first()
    if existing is not None:
        _check_same(key, written)
        return existing
    made = Crosswalk.objects.create(
        key=key,
        from_tree=from_tree,
        to_tree=to_tree,
        effective_from=effective_from,
        source=source,
        rows=listed,
        digest=hashlib.sha256(jcs.canonical(listed)).hexdigest(),
    )
    publication.put(layout.table(key), jcs.canonical(written))
    journal.record(
        "requirements.crosswalk_published",
        subject=made,
        by=by,
        at=at,
        payload={"key": key, "rows": len(listed)},
        source=source,
        entry=("tree.publish", {"d": table.digest(written), "id": layout.url(settings.HOST, layout.table(key))}),
    )
    return made


def _check_same(key: str, written: dict[str, Any]) -> None:
    published = publication.get(layout.table(key))
    if published is None:
        publication.put(layout.table(key), jcs.canonical(written))  # a lost file is written again
    elif published != jcs.canonical(written):
        raise Refused(
            _("{key} is published with other rows; what is published never changes. Give the new rows a new edition."),
            {"key": key},
            rule="trees.never_change",
            source="testamur@2026-1#trees",
        )


@transaction.atomic
def hold_document(
    *,
    key: str,
    designation: str,
    title: Mapping[str, str],
    kind: str = Document.Kind.STANDARD,
    confirmed: bool = True,
    **facts: Any,
) -> Document:
    """Hold the record of a document that schemes cite.

    What a catalogue says of it stands, whichever came first; only titles in other languages are added to that.
    """
    edition = key.partition("@")[2]
    known = Document.objects.filter(key=key).first()
    if known is not None and known.register:
        if set(title) - set(known.title):
            known.title = {**title, **known.title}
            known.save(update_fields=["title"])
        return known
    document, _made = Document.objects.update_or_create(
        key=key,
        defaults={
            "designation": designation,
            "edition": edition,
            "title": dict(title),
            "kind": kind,
            "confirmed": confirmed,
            **facts,
        },
    )
    return document


@transaction.atomic
def hold_adoption(*, adopting: Document, adopted: Document, degree: str, source: str, confirmed: bool) -> Adoption:
    """Hold that one document adopts another: identical (IDT), modified (MOD) or not equivalent (NEQ)."""
    return Adoption.objects.update_or_create(
        adopting=adopting,
        adopted=adopted,
        defaults={"degree": Adoption.Degree(degree), "source": source, "confirmed": confirmed},
    )[0]


def hold_arrangement(*, key: str, title: Mapping[str, str]) -> Arrangement:
    """Hold the name of a recognition arrangement; who is a member is an attestation."""
    return Arrangement.objects.update_or_create(key=key, defaults={"title": dict(title)})[0]


def publish_proofs(entries: list[Entry]) -> None:
    """Write the log proofs of tables beside them, once their entries are numbered."""
    for entry in entries:
        if entry.type != "tree.publish":
            continue
        path = layout.path_of(entry.subject, settings.HOST)
        if path:
            publication.put(path.removesuffix(".json") + ".tlog-proof", entry.proof.encode())


sequencer.after_sequencing(publish_proofs, "tree.publish")
marks.touched_by("trees", Tree, Node, Crosswalk)
marks.touched_by("documents", Document, Adoption)
