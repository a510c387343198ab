"""Questions about documents, trees and crosswalks. All of it is public."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet

from testamur.journal.marks import remembered, remembered_each
from testamur.kernel.refusal import Refused, _
from testamur.kernel.scope import TreeTable
from testamur.requirements.models import Adoption, Clause, Crosswalk, Document, Node, Supersession, Tree


def trees(on: date) -> TreeTable:
    """Return all trees and the crosswalks that hold on a day, for the scope algebra; kept until a tree changes."""
    walks = remembered(("trees",), ("crosswalks", on), lambda: _crosswalks(on))
    return remembered(("trees",), ("trees with crosswalks", walks), lambda: _read_trees(walks))


def _crosswalks(on: date) -> tuple[int, ...]:
    # A crosswalk never changes: which of them hold on a day says what they say.
    return tuple(Crosswalk.objects.filter(effective_from__lte=on).order_by("pk").values_list("pk", flat=True))


def _read_trees(walks: tuple[int, ...]) -> TreeTable:
    parents: dict[str, dict[str, str | None]] = {}
    for tree, code, parent in Node.objects.values_list("tree__key", "code", "parent__code"):
        parents.setdefault(tree, {})[code] = parent
    rows = [
        (walk.from_tree, here, walk.to_tree, there)
        for walk in Crosswalk.objects.filter(pk__in=walks)
        for here, there in walk.rows
    ]
    return TreeTable(parents, rows)


def node_titles(nodes: Iterable[tuple[str, str]]) -> dict[tuple[str, str], dict[str, str]]:
    """Return (key of a tree, code) → title of those nodes that are held here: one question for all of them.

    ``documents`` is a tree too: its nodes are keys of documents, and their titles the designations.
    """
    wanted = set(nodes)
    found = {}
    for node in wanted:
        if node[0].partition("@")[0] == "documents":
            document = document_of(node[1])
            if document is not None:
                found[node] = {"en": document.designation, "zh": document.designation}
    return found | remembered_each(("trees",), "title of a node", wanted - found.keys(), _titles)


def _titles(nodes: Collection[tuple[str, str]]) -> dict[tuple[str, str], dict[str, str]]:
    keys, codes = {tree for tree, _code in nodes}, {code for _tree, code in nodes}
    rows = Node.objects.filter(tree__key__in=keys, code__in=codes).order_by()
    return {(tree, code): title for tree, code, title in rows.values_list("tree__key", "code", "title")}


def document_of(key: str) -> Document | None:
    """Return the document of a key; kept until a document is written."""
    return remembered(("documents",), ("document", key), lambda: Document.objects.filter(key=key).first())


def tree_of(name: str) -> Tree:
    """Return the tree of a key, or the newest edition of a name.

    Raises:
        Refused: neither; the sentence names what is held.
    """
    tree = Tree.objects.filter(key=name).first() or newest_tree(name)
    if tree is None:
        raise Refused(
            _("No classification is called {name}; there are: {known}."),
            {"name": name, "known": list(Tree.objects.order_by("key").values_list("key", flat=True)) or "–"},
            rule="trees.known",
            source="testamur@2026-1#trees",
        )
    return tree


def node_of(tree: Tree, code: str) -> Node:
    """Return the node of a code.

    Raises:
        Refused: the tree does not hold it.
    """
    node = Node.objects.filter(tree=tree, code=code).select_related("parent").first()
    if node is None:
        raise Refused(
            _("The classification {tree} holds no code {code}. Leading zeros count: 01 is not 1."),
            {"tree": tree.key, "code": code},
            rule="trees.known",
            source="testamur@2026-1#trees",
        )
    return node


def children(tree: Tree, code: str | None = None) -> list[Node]:
    """Return the nodes right below a code, or the roots; a placeholder of the list is passed over for what it holds.

    GB/T 2260 writes "市辖区" where a municipality has no prefecture: nobody looks for Dongcheng below that word.
    """
    rows = Node.objects.filter(tree=tree, parent__code=code) if code else Node.objects.filter(tree=tree, parent=None)
    found: list[Node] = []
    for row in rows.order_by("code"):
        found += children(tree, row.code) if row.facts.get("placeholder") else [row]
    return found


def line_to_root(node: Node) -> list[Node]:
    """Return a node and what stands above it, the root first."""
    line = [node]
    while line[0].parent is not None:
        line.insert(0, line[0].parent)
    return line


def adoptions(document: Document) -> list[Adoption]:
    """Return what a document adopts and by what it is adopted, each with both documents."""
    rows = Adoption.objects.filter(Q(adopting=document) | Q(adopted=document))
    return list(rows.select_related("adopting", "adopted").order_by("adopting__designation", "adopted__designation"))


def withdrawn_twin(key: str, on: date) -> Document | None:
    """Return the international document that the one of a key adopts identically, if that is withdrawn on a day.

    Example: GB/T 19001-2016 is in force and ISO 9001:2015, which it adopts, may not be any more.
    """
    identical = Adoption.objects.filter(adopting__key=key, degree=Adoption.Degree.IDT)
    rows = identical.values_list("adopted__key", flat=True)
    twins = remembered(("documents",), ("identical with", key), lambda: tuple(rows))
    return next((gone for twin in twins if (gone := is_withdrawn(twin, on)) is not None), None)


def newest_tree(name: str) -> Tree | None:
    """Return the newest published edition of a tree by its name, as schemes write it."""
    newest = Tree.objects.filter(name=name).order_by("-id")
    return remembered(("trees",), ("newest tree", name), newest.first)


def search(text: str = "", *, ics: str = "", status: str = "", publisher: str = "") -> QuerySet[Document]:
    """Return documents whose designation or title holds the words, within an ICS branch, by designation."""
    found = Document.objects.all()
    for word in text.lower().split():
        found = found.filter(words__contains=word)
    if ics:
        found = found.filter(Q(classifications__ics=ics) | Q(classifications__ics__startswith=f"{ics}.")).distinct()
    if status:
        found = found.filter(status=status)
    if publisher:
        found = found.filter(publisher=publisher)
    return found.order_by("designation")


def chain(document: Document, *, most: int = 50) -> list[Document]:
    """Return the chain of editions a document stands in, oldest first, following what replaces what.

    Where a document replaces several, or is replaced by several, the chain holds them all; circles end it. What has no
    date, a draft, comes last.
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
    return sorted(found.values(), key=lambda one: (one.published_on or date.max, one.designation))


def replaced_by(document: Document) -> list[Document]:
    """Return what replaces a document, newest first. A draft that is to replace it one day does not yet."""
    links = Supersession.objects.filter(old=document, new__isnull=False).select_related("new")
    links = links.exclude(new__status=Document.Status.DRAFT)
    return sorted((link.new for link in links if link.new), key=lambda one: one.published_on or date.min, reverse=True)


def is_withdrawn(key: str, on: date) -> Document | None:
    """Return the document of a key if that edition is withdrawn on a day, else None."""
    document = document_of(key)
    if document is None:
        return None
    gone = document.withdrawn_on is not None and document.withdrawn_on <= on
    return (
        document if gone or (document.status == Document.Status.WITHDRAWN and document.withdrawn_on is None) else None
    )


@dataclass(frozen=True)
class Item:
    """One line of a checklist.

    Attributes:
        number: what a finding cites: ``AC-2d.1``, ``8.5.1``.
        text: what is demanded, in languages: the statement, or the clause's title where the text is not held.
        headings: (number, title) of what it stands below, the outermost first.
    """

    number: str
    text: dict[str, str]
    headings: tuple[tuple[str, dict[str, str]], ...]


def checklist(document_key: str, *, below: str = "") -> list[Item]:
    """Return what is assessed of a document, in its order: a finding or a piece of evidence names an item's number.

    Withdrawn clauses, and those whose parts are assessed one by one, are headings at most. A document whose clauses do
    not say what is assessed (a standard of which only the numbers are known) is assessed at its lowest level.

    Args:
        below: only what stands below this clause, or the clause itself.
    """
    rows = list(Clause.objects.filter(document__key=document_key).order_by("position", "number"))
    by_id = {row.pk: row for row in rows}
    parents = {row.parent_id for row in rows}
    found = []
    for row in rows:
        if row.facts.get("withdrawn") or not row.facts.get("assessed", row.pk not in parents):
            continue
        above: list[Clause] = []
        place = row
        while place.parent_id is not None:
            place = by_id[place.parent_id]
            above.insert(0, place)
        if below and below not in (row.number, *(one.number for one in above)):
            continue
        text = row.facts.get("statement") or row.title
        headings = []
        for one in above:
            headings.append((one.number, one.title))
            if one.facts.get("statement") and not one.facts.get("assessed"):
                headings.append((one.number, one.facts["statement"]))  # "Disable accounts within … when the accounts:"
        if row.facts.get("statement"):
            headings.append((row.number, row.title))
        found.append(Item(row.number, text, tuple(headings)))
    return found
