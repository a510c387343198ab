"""Publish scheme versions: flattened, digested, logged; a published version never changes."""

from __future__ import annotations

import re
from datetime import datetime

from django.conf import settings
from django.db import transaction

from testamur.journal import actions as journal
from testamur.journal.actions import ByMembership, ByRule
from testamur.kernel import multibase
from testamur.kernel.refusal import Refused, _
from testamur.requirements import actions as requirements
from testamur.requirements.models import Document
from testamur.schemes.extract import authority_extract
from testamur.schemes.language.library import Library
from testamur.schemes.models import Scheme
from testamur.transparency import publication, sequencer
from testamur.transparency.models import Entry
from testamur.verification import jcs, layout
from testamur.verification.entry import document_digest


@transaction.atomic
def publish_vocabulary(*, library: Library, by: ByMembership | ByRule, at: datetime) -> None:
    """Publish what the schemes of a library refer to: documents, trees, crosswalks, names of arrangements."""
    words = library.words
    for key, facts in words.sources.items():
        title = {language: facts[language] for language in ("en", "zh") if facts.get(language)}
        requirements.hold_document(
            key=key,
            designation=_designation(key, title.get("en", key)),
            title=title,
            confirmed=bool(facts.get("confirmed", True)),
            kind=Document.Kind.STANDARD if key.startswith(("iso", "gb", "iec", "sample")) else Document.Kind.ACT,
        )
    for key, facts in words.arrangements.items():
        requirements.hold_arrangement(key=key, title=dict(facts))
    for tree in words.trees.values():
        requirements.publish_tree(
            key=tree.key,
            title=tree.title,
            source=tree.source,
            nodes=[(node.code, node.title, node.parent) for node in tree.nodes.values()],
            by=by,
            at=at,
        )
    keys = {tree.name: tree.key for tree in words.trees.values()}
    for walk in words.crosswalks:
        requirements.publish_crosswalk(
            key=walk.key,
            from_tree=keys.get(walk.from_tree, walk.from_tree),
            to_tree=keys.get(walk.to_tree, walk.to_tree),
            rows=walk.rows,
            effective_from=walk.effective_from,
            source=walk.source,
            by=by,
            at=at,
        )


def _designation(key: str, title: str) -> str:
    """Return the short name: of a standard what stands before its title, of an act the whole."""
    return re.split(r" \(|, ", title)[0] if key.startswith(("iso", "gb", "iec")) else title


@transaction.atomic
def publish(*, library: Library, key: str, by: ByMembership | ByRule, at: datetime) -> Scheme:
    """Publish one version of a library; publishing the same again returns the row that stands.

    Args:
        key: ``id@version``.

    Raises:
        Refused: the file has mistakes, depends on a key that is not acted on yet, differs from what is published,
            or has unconfirmed values on an installation that sets TESTAMUR_STRICT.
    """
    path = library.find(key)
    if path is None:
        raise Refused(
            _("The library holds no scheme {key}."),
            {"key": key},
            rule="schemes.publish",
            source="testamur@2026-1#schemes",
        )
    checked = library.check(path)
    if checked.mistakes or checked.definition is None:
        raise Refused(
            _("{file} has {count} mistakes; run “testamur schemes check {file}” to see each with its line."),
            {"file": str(path.name), "count": len(checked.mistakes)},
            rule="schemes.check",
            source="testamur@2026-1#schemes",
        )
    definition = checked.definition
    standing = Scheme.objects.filter(scheme_id=definition.id, version=definition.version).first()
    if standing is not None:
        if standing.digest != definition.digest:
            raise Refused(
                _("{key} is published and has changed since; write a new version."),
                {"key": key},
                rule="schemes.never_change",
                source="testamur@2026-1#schemes.versions",
            )
        return standing
    unacted = definition.unacted_keys()
    if unacted:
        raise Refused(
            _("{key} depends on keys that are read but not yet acted on ({keys}); it cannot be published."),
            {"key": key, "keys": list(unacted)},
            rule="schemes.acted_on",
            source="testamur@2026-1#schemes",
        )
    if settings.STRICT and definition.unconfirmed():
        raise Refused(
            _(
                "{key} has {count} values that nobody confirmed against their source; this installation "
                "publishes none such."
            ),
            {"key": key, "count": len(definition.unconfirmed())},
            rule="schemes.strict",
            source="testamur@2026-1#schemes",
        )
    head = definition.scheme
    scheme = Scheme(
        scheme_id=definition.id,
        version=definition.version,
        family=library.family_of(key),
        title=definition.title,
        body=definition.to_json(),
        digest=definition.digest,
        parts=dict(definition.digests),
        effective_from=head.effective_from,
        effective_to=head.effective_to,
        sample=settings.SAMPLE,
    )
    extract = authority_extract(definition, library)
    publication.put(layout.scheme_extract(definition.id, definition.version, "json"), definition.canonical())
    publication.put(layout.scheme_extract(definition.id, definition.version), jcs.canonical(extract))
    id = layout.scheme_id(settings.HOST, definition.id, definition.version)
    scheme.save()
    journal.record(
        "schemes.published",
        subject=scheme,
        by=by,
        at=at,
        payload={"key": key, "digest": definition.digest},
        source=str(head.source[0]),
        entry=(
            "scheme.publish",
            {"d": document_digest(extract), "id": id, "whole": multibase.digest(definition.canonical())},
        ),
    )
    return scheme


@transaction.atomic
def publish_library(
    *, library: Library, by: ByMembership | ByRule, at: datetime, only: tuple[str, ...] = ()
) -> list[Scheme]:
    """Publish the vocabulary and every scheme of a library that can be published, bases apart.

    ``only`` names scheme ids; without it, schemes that depend on keys not yet acted on are left out, as they say.
    """
    publish_vocabulary(library=library, by=by, at=at)
    made = []
    for path in library.files():
        key = f"{path.parent.name}@{path.stem}"
        checked = library.check(path)
        if checked.definition is None or checked.definition.scheme.base or (only and path.parent.name not in only):
            continue
        if not only and checked.definition.unacted_keys():
            continue
        made.append(publish(library=library, key=key, by=by, at=at))
    return made


def publish_proofs(entries: list[Entry]) -> None:
    """Write the log proofs of authority extracts beside them, once their entries are numbered."""
    for entry in entries:
        if entry.type == "scheme.publish":
            named = layout.scheme_of(entry.subject, settings.HOST)
            if named:
                publication.put(layout.scheme_extract(*named, "authority.tlog-proof"), entry.proof.encode())


sequencer.after_sequencing(publish_proofs, "scheme.publish")
