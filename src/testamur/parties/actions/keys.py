"""Signing keys of organisations, what is public of them, and the roots of trust."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from testamur.journal.actions import record
from testamur.kernel.identity import public_id
from testamur.kernel.refusal import Refused, _
from testamur.keys import file as key_file
from testamur.keys.signer import Signer, check_key_fits
from testamur.parties import policies, queries
from testamur.parties.models import Key, Organisation, Root, actor
from testamur.parties.policies import Actor
from testamur.transparency import custody, publication
from testamur.transparency.models import Entry
from testamur.verification import did as dids
from testamur.verification import layout
from testamur.verification.entry import document_digest
from testamur.verification.strict_json import parse_object

_signers: dict[str, Signer] = {}  # by path: opening a file costs a tenth of a second on purpose


@transaction.atomic
def create_key(*, organisation: Organisation, by: Actor, at: datetime) -> Key:
    """Make the organisation's signing key: private part into an encrypted file, public part into the public log.

    Raises:
        Refused: there is a key in use (changing it is a rotation), or no right to administer.
    """
    policies.check_may_administer(by, organisation, at)
    organisation = Organisation.objects.select_for_update(of=("self",)).get(pk=organisation.pk)
    used = queries.active_key(organisation, at)
    if used is not None:
        raise Refused(
            _("{organisation} signs with its key {key} already."),
            {"organisation": organisation.names, "key": used.fragment},
            rule="keys.one_in_use",
            source="testamur@1#trust.7",
        )
    made = _new_file()
    key = Key.objects.create(
        organisation=organisation,
        fragment=f"k{organisation.keys.count() + 1}",
        algorithm=made.algorithm,
        public_jwk=made.public_jwk,
        thumbprint=made.thumbprint,
        from_at=at,
        sample=made.sample,
    )
    document = did_document(organisation)
    name = queries.did(organisation)
    entry = {"d": document_digest(document), "id": name, "iss": name, "k": key.thumbprint}
    record("key.created", subject=key, by=by, at=at, payload={"key": key.fragment}, entry=("did.update", entry))
    transaction.on_commit(lambda: publish_did(organisation))
    return key


def _new_file() -> Signer:
    """Write a key file under the name of its thumbprint; the row that names it may still be rolled back."""
    temporary = f"org/new-{public_id()}.key"
    made = custody.open_or_create(temporary)
    path = _path(made.thumbprint)
    (Path(settings.KEYS_DIR) / temporary).rename(path)
    _signers[str(path)] = made
    return made


def _path(thumbprint: str) -> Path:
    return Path(settings.KEYS_DIR) / "org" / f"{thumbprint}.key"


def signer(organisation: Organisation, key: Key | None = None) -> Signer:
    """Return what signs for an organisation; ``queries.kid(queries.active_key(organisation))`` names it.

    Args:
        key: the active key, where it was asked for before.

    Raises:
        Refused: no key in use, no file for it, a wrong passphrase, or a sample's key on a real platform or reversed.
    """
    key = key or queries.active_key(organisation)
    if key is None:
        raise Refused(
            _("{organisation} has no signing key yet."),
            {"organisation": organisation.names},
            rule="keys.one_in_use",
            who=policies.ADMINISTRATOR,
        )
    path = _path(key.thumbprint)
    found = _signers.get(str(path))
    if found is None:
        found = _signers[str(path)] = key_file.open(path, custody.passphrase())
    check_key_fits(found, settings.SAMPLE)
    return found


def did_document(organisation: Organisation) -> dict[str, Any]:
    """Return the DID document: every key the organisation ever had, with its marks."""
    keys = [
        dids.DidKey(key.fragment, key.public_jwk, key.expires_at, key.revoked_at, key.revoked_at_index)
        for key in organisation.keys.order_by("pk")
    ]
    return dids.build(queries.did(organisation), keys)


def publish_did(organisation: Organisation) -> None:
    """Write ``org/<id>/did.json``, and beside it the proof that the log knows it, once there is one."""
    place = organisation.public_id.lower()
    publication.put(layout.did_document(place), queries.pretty(did_document(organisation)))
    newest = Entry.objects.filter(type="did.update", subject=queries.did(organisation)).order_by("pk").last()
    if newest is not None and newest.proof:
        publication.put(layout.did_proof(place), newest.proof.encode())


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
    address = layout.url(settings.HOST, layout.TRUST_ROOTS)
    trust = {**_trust(), "version": Entry.objects.filter(type="root.update").count() + 1}
    entry = {"d": document_digest(trust), "id": address, "roots": trust["roots"]}
    record("root.named", subject=root, by=by, at=at, entry=("root.update", entry))
    transaction.on_commit(publish_roots)
    return root


def _trust() -> dict[str, Any]:
    versions = Entry.objects.filter(type="root.update").count()
    return queries.trust_config(str(custody.log_verifier_key()), max(versions, 1))


@transaction.atomic
def follow_policy(*, by: Actor, at: datetime) -> bool:
    """Publish and log the trust file anew where cosigners or quorum are no longer what it says.

    Returns:
        Whether it had to be.
    """
    root = Root.objects.filter(ended_at__isnull=True).order_by("pk").last()
    published = publication.get(layout.TRUST_ROOTS)
    if root is None or published is None:
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
    publication.put(layout.TRUST_ROOTS, queries.pretty(_trust()))
    address = layout.url(settings.HOST, layout.TRUST_ROOTS)
    newest = Entry.objects.filter(type="root.update", subject=address).order_by("pk").last()
    if newest is not None and newest.proof:
        publication.put(layout.TRUST_ROOTS_PROOF, newest.proof.encode())


def write_proofs(entries: list[Entry]) -> None:
    """After sequencing: put the proofs of DID documents and of the list of roots beside them. May run twice."""
    for entry in entries:
        if entry.type == "root.update" and not _replaced(entry):
            publication.put(layout.TRUST_ROOTS_PROOF, entry.proof.encode())
        elif entry.type == "did.update" and not _replaced(entry):
            paths = layout.did_paths(entry.subject, settings.HOST)
            if paths is not None:
                publication.put(paths[1], entry.proof.encode())


def _replaced(entry: Entry) -> bool:
    """Say whether a later version was logged: the file is that one's, and so must be the proof beside it."""
    return Entry.objects.filter(type=entry.type, subject=entry.subject, pk__gt=entry.pk).exists()
