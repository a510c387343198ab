"""Signing keys of organisations, what is public of them, and the roots of trust."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from testamur.journal.actions import record
from testamur.kernel import clock
from testamur.kernel.refusal import Refused, _
from testamur.keys.signer import Signer
from testamur.parties import policies, queries
from testamur.parties.models import Key, KeyDocument, Organisation, Root, RootList, actor
from testamur.parties.policies import Actor
from testamur.transparency import publication, safekeeping
from testamur.transparency import queries as transparency
from testamur.transparency.actions import append
from testamur.transparency.models import Entry
from testamur.verification import did as dids
from testamur.verification import layout
from testamur.verification.entry import document_digest
from testamur.verification.strict_json import parse_object


@transaction.atomic
def create_key(*, organisation: Organisation, by: Actor, at: datetime) -> Key:
    """Make the organisation's signing key: private part where this installation keeps them, public part into the log.

    Raises:
        Refused: there is a key in use (changing it is a rotation), or no right to administer.
    """
    policies.check_may_administer(by, organisation, at)
    organisation = Organisation.objects.select_for_update(of=("self",)).get(pk=organisation.pk)
    used = queries.active_key(organisation)
    if used is not None:
        raise Refused(
            _("{organisation} signs with its key {key} already."),
            {"organisation": organisation.names, "key": used.fragment},
            rule="keys.one_in_use",
            source="testamur@2026-1#keys",
        )
    key = make(organisation, from_at=clock.now())
    keep_document(
        organisation,
        record(
            "key.created",
            subject=key,
            by=by,
            at=at,
            payload={"key": key.fragment, "kept_in": key.kept_in},
            entry=("did.update", document_entry(organisation, key)),
        ).entry,
    )
    transaction.on_commit(lambda: publish_did(organisation))
    return key


def make(organisation: Organisation, *, from_at: datetime | None) -> Key:
    """Make a key pair where this installation keeps them, and its row; logging and publishing it is the caller's.

    Args:
        from_at: when it begins to sign; None while it waits for the log to show it.

    Raises:
        Refused: the hardware module does not make one.
    """
    fragment = f"k{organisation.keys.count() + 1}"
    kind, label, made = safekeeping.make(f"{organisation.public_id.lower()}-{fragment}")
    return Key.objects.create(
        organisation=organisation,
        fragment=fragment,
        algorithm=made.algorithm,
        public_jwk=made.public_jwk,
        thumbprint=made.thumbprint,
        published_at=clock.now(),
        from_at=from_at,
        kept_in=kind,
        label=label,
        sample=made.sample,
    )


def signer(organisation: Organisation, key: Key | None = None) -> Signer:
    """Return what signs for an organisation; ``queries.kid(queries.active_key(organisation))`` names it.

    Args:
        key: the active key, where it was asked for before.

    Raises:
        Refused: no key in use, its private part is not where it was made or does not open, or a sample's key on a
            real platform or reversed.
    """
    key = key or queries.active_key(organisation)
    if key is None:
        raise Refused(
            _("{organisation} has no signing key yet."),
            {"organisation": organisation.names},
            rule="keys.one_in_use",
            who=policies.ADMINISTRATOR,
        )
    return safekeeping.open(key.kept_in, key.label, key.thumbprint)


def did_document(organisation: Organisation) -> dict[str, Any]:
    """Return the DID document: every key the organisation ever had, with its marks."""
    keys = [
        dids.DidKey(key.fragment, key.public_jwk, key.expires_at, key.revoked_at, key.revoked_at_index)
        for key in organisation.keys.order_by("pk")
    ]
    return dids.build(queries.did(organisation), keys)


def document_entry(organisation: Organisation, key: Key | None) -> dict[str, Any]:
    """Return the fields of the entry that announces an organisation's keys as they stand in this transaction."""
    name = queries.did(organisation)
    entry = {"d": document_digest(did_document(organisation)), "id": name, "iss": name}
    return {**entry, "k": key.thumbprint} if key is not None else entry


def log_document(organisation: Organisation, key: Key | None) -> KeyDocument:
    """Log the keys as they stand where the act has an entry of its own already."""
    return keep_document(organisation, append("did.update", document_entry(organisation, key)))


def keep_document(organisation: Organisation, entry: Entry | None) -> KeyDocument:
    """Keep the version of ``did.json`` that an entry announced: did:web has no history, so we have one."""
    assert entry is not None
    document = did_document(organisation)
    return KeyDocument.objects.create(
        organisation=organisation,
        number=organisation.key_documents.count() + 1,
        body=document,
        digest=document_digest(document),
        entry=entry,
    )


def publish_did(organisation: Organisation) -> None:
    """Write ``org/<id>/did.json``, and beside it the proof that the log knows it, once there is one.

    Every earlier version stays beside it as ``did.<n>.json``, with the proof of its own.
    """
    place = organisation.public_id.lower()
    publication.put(layout.did_document(place), queries.pretty(did_document(organisation)))
    newest = Entry.objects.filter(type="did.update", subject=queries.did(organisation)).order_by("pk").last()
    if newest is not None and newest.proof:
        publication.put(layout.did_proof(place), newest.proof.encode())
    for version in organisation.key_documents.select_related("entry"):
        _publish_version(version)


def _publish_version(version: KeyDocument) -> None:
    place = version.organisation.public_id.lower()
    body = queries.pretty(version.body)
    if publication.get(layout.did_version(place, version.number)) != body:
        publication.put(layout.did_version(place, version.number), body)
    if version.entry.proof:
        publication.put(layout.did_version(place, version.number, "tlog-proof"), version.entry.proof.encode())


@transaction.atomic
def name_root(*, organisation: Organisation, by: Actor, at: datetime) -> Root:
    """Take an organisation's authority as given, and say so in public (``trust/roots.json``, ``root.update``)."""
    policies.check_may_name_roots(by)
    Organisation.objects.select_for_update(of=("self",)).get(pk=organisation.pk)
    if queries.is_root(organisation):
        raise Refused(
            _("{organisation} is a root of trust already."), {"organisation": organisation.names}, rule="parties.root"
        )
    root = Root.objects.create(organisation=organisation, effective_at=at, **actor(by))
    if RootList.objects.exists():  # the list is signed offline: the next one that is proposed names it to everybody
        record("root.named", subject=root, by=by, at=at)
        return root
    address = layout.url(settings.HOST, layout.TRUST_ROOTS)
    trust = {**_trust(), "version": Entry.objects.filter(type="root.update").count() + 1}
    entry = {"d": document_digest(trust), "id": address, "roots": trust["roots"]}
    record("root.named", subject=root, by=by, at=at, entry=("root.update", entry))
    transaction.on_commit(publish_roots)
    return root


def _trust() -> dict[str, Any]:
    versions = Entry.objects.filter(type="root.update").count()
    return queries.trust_config(max(versions, 1))


@transaction.atomic
def follow_policy(*, by: Actor, at: datetime) -> bool:
    """Publish and log the trust file anew where cosigners or quorum are no longer what it says.

    Returns:
        Whether it had to be.
    """
    root = Root.objects.filter(ended_at__isnull=True).order_by("pk").last()
    published = publication.get(layout.TRUST_ROOTS)
    if root is None or published is None or RootList.objects.exists():
        return False
    wanted, known = _trust(), parse_object(published)
    parts = ("witnesses", "quorum", "log_vkey")
    if all(wanted[part] == known.get(part) for part in parts):
        return False
    trust = {**wanted, "version": wanted["version"] + 1}
    entry = {"d": document_digest(trust), "id": layout.url(settings.HOST, layout.TRUST_ROOTS), "roots": trust["roots"]}
    record(
        "trust.changed", subject=root, by=by, at=at, payload={"quorum": trust["quorum"]}, entry=("root.update", entry)
    )
    transaction.on_commit(publish_roots)
    return True


def publish_roots() -> None:
    """Write ``trust/roots.json``: the trust file a verifier of this installation may begin with."""
    signed = list(RootList.objects.select_related("entry"))
    for one in signed:
        publication.put(layout.root_list(one.version), queries.pretty(one.body))
        if one.entry.proof:
            publication.put(layout.root_list(one.version, "tlog-proof"), one.entry.proof.encode())
    if signed:
        # Whoever follows the lists wants the proof of the newest: it is shown once the cosigners have seen it.
        shown = [one for one in signed if transparency.is_shown(one.entry)]
        if shown:
            publication.put(layout.TRUST_ROOTS, queries.pretty(shown[-1].body))
            publication.put(layout.TRUST_ROOTS_PROOF, shown[-1].entry.proof.encode())
        return
    publication.put(layout.TRUST_ROOTS, queries.pretty(_trust()))
    address = layout.url(settings.HOST, layout.TRUST_ROOTS)
    newest = Entry.objects.filter(type="root.update", subject=address).order_by("pk").last()
    if newest is not None and newest.proof:
        publication.put(layout.TRUST_ROOTS_PROOF, newest.proof.encode())


def write_proofs(entries: list[Entry]) -> None:
    """After sequencing: write DID documents and the list of roots with their proofs. May run twice.

    The documents too: an act that was killed after its commit has left the ones before it.
    """
    for entry in entries:
        if entry.type == "root.update":
            if RootList.objects.exists() or not _replaced(entry):
                publish_roots()
        elif entry.type == "did.update":
            for version in KeyDocument.objects.filter(entry=entry).select_related("organisation", "entry"):
                if _replaced(entry):
                    _publish_version(version)
                else:
                    publish_did(version.organisation)


def _replaced(entry: Entry) -> bool:
    """Say whether a later version was logged: the file is that one's, and so must be the proof beside it."""
    return Entry.objects.filter(type=entry.type, subject=entry.subject, pk__gt=entry.pk).exists()
