"""Questions about documents, trees and crosswalks. All of it is public."""

from __future__ import annotations

from datetime import date

from django.db.models import Q, QuerySet
from django.db.models.signals import post_delete, post_save

from testamur.kernel.scope import TreeTable
from testamur.requirements.models import Crosswalk, Document, Node, Supersession, Tree

_trees: dict[tuple[int, int, date], TreeTable] = {}


def trees(on: date) -> TreeTable:
    """Return all trees and the crosswalks that hold on a day, for the scope algebra; kept until a tree changes."""
    stamp = (Tree.objects.count(), Crosswalk.objects.count(), on)
    known = _trees.get(stamp)
    if known is None:
        if len(_trees) > 64:
            _trees.clear()
        known = _trees[stamp] = _read_trees(on)
    return known


def _read_trees(on: date) -> TreeTable:
    parents: dict[str, dict[str, str | None]] = {}
    for tree, code, parent in Node.objects.values_list("tree__key", "code", "parent__code"):
        parents.setdefault(tree, {})[code] = parent
    rows = [
        (walk.from_tree, here, walk.to_tree, there)
        for walk in Crosswalk.objects.filter(effective_from__lte=on)
        for here, there in walk.rows
    ]
    return TreeTable(parents, rows)


def forget_trees_on_change() -> None:
    """Forget the kept trees when a node or crosswalk is written in this process; other processes go by the counts."""

    def forget(**_facts: object) -> None:
        _trees.clear()

    for model in (Tree, Node, Crosswalk):
        post_save.connect(forget, sender=model, weak=False, dispatch_uid=f"trees-{model.__name__}-saved")
        post_delete.connect(forget, sender=model, weak=False, dispatch_uid=f"trees-{model.__name__}-gone")


def newest_tree(name: str) -> Tree | None:
    """Return the newest published edition of a tree by its name, as schemes write it."""
    return Tree.objects.filter(name=name).order_by("-id").first()


def search(text: str = "", *, ics: str = "", status: str = "", publisher: str = "") -> QuerySet[Document]:
    """Return documents whose designation or title holds the words, within an ICS branch, by designation."""
    found = Document.objects.all()
    for word in text.split():
        found = found.filter(
            Q(designation__icontains=word)
            | Q(title__en__icontains=word)
            | Q(title__zh__icontains=word)
            | Q(key__icontains=word)
        )
    if ics:
        found = found.filter(Q(classifications__ics=ics) | Q(classifications__ics__startswith=f"{ics}.")).distinct()
    if status:
        found = found.filter(status=status)
    if publisher:
        found = found.filter(publisher=publisher)
    return found.order_by("designation")


def chain(document: Document, *, most: int = 50) -> list[Document]:
    """Return the chain of editions a document stands in, oldest first, following what replaces what.

    Where a document replaces several, or is replaced by several, the chain holds them all; circles end it.
    """
    found = {document.pk: document}
    edges = [document.pk]
    while edges and len(found) < most:
        links = Supersession.objects.filter(Q(old_id__in=edges) | Q(new_id__in=edges)).select_related("old", "new")
        edges = []
        for link in links:
            for side in (link.old, link.new):
                if side is not None and side.pk not in found:
                    found[side.pk] = side
                    edges.append(side.pk)
    return sorted(found.values(), key=lambda one: (one.published_on or date.min, one.designation))


def replaced_by(document: Document) -> list[Document]:
    """Return what replaces a document, newest first."""
    links = Supersession.objects.filter(old=document, new__isnull=False).select_related("new")
    return sorted((link.new for link in links if link.new), key=lambda one: one.published_on or date.min, reverse=True)


def is_withdrawn(key: str, on: date) -> Document | None:
    """Return the document of a key if that edition is withdrawn on a day, else None."""
    document = Document.objects.filter(key=key).first()
    if document is None:
        return None
    gone = document.withdrawn_on is not None and document.withdrawn_on <= on
    return (
        document if gone or (document.status == Document.Status.WITHDRAWN and document.withdrawn_on is None) else None
    )
