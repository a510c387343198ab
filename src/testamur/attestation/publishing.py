"""Files of the public site, written from the database as often as wanted: the database is first, files follow.

Nothing of a person's or a confidential attestation is written here; of them the site holds status bits only.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from dataclasses import replace

from django.conf import settings

from testamur.attestation import credentials, statements, status_lists
from testamur.attestation.models import Statement, StatusList
from testamur.kernel import clock
from testamur.kernel.days import iso
from testamur.kernel.refusal import Refused
from testamur.parties import queries as parties
from testamur.parties.models import Key
from testamur.register.models import Attestation, Credential
from testamur.transparency import custody, proofs, publication
from testamur.transparency.models import Entry
from testamur.verification import bundle, jcs, layout, revoked_keys
from testamur.verification.site import FolderSite
from testamur.verification.trust_file import Trust
from testamur.verification.untp import v0_7

log = logging.getLogger("testamur.attestation")

#: Types of entries on which files of ours rest.
TYPES = ("cert.issue", "cert.status", "acc.issue", "acc.status", "status.publish")


def publish_entries(entries: list[Entry]) -> None:
    """Write the files that rest on entries which were just numbered; may run twice for the same entries."""
    proofs.read_ahead(entries)
    by_key = {entry.pk: entry for entry in entries}
    lists = StatusList.objects.filter(entry__in=list(by_key)).select_related("issuer")
    publish_lists(lists)
    touched: dict[int, Credential] = {}
    rows = Credential.objects.select_related("edition__attestation__issuer")
    for one in rows.filter(entry__in=list(by_key)):
        one.entry = by_key[one.entry_id or 0]
        publish_credential(one)
        touched[one.pk] = one
    for statement in Statement.objects.filter(entry__in=list(by_key)).select_related(
        "credential__edition__attestation__issuer", "credential__entry"
    ):
        statement.entry = by_key[statement.entry_id]
        publish_statement(statement)
        touched[statement.credential_id] = statement.credential
    trust = parties.trust()
    for one in touched.values():
        publish_bundle(one, trust)


def publish_credential(one: Credential) -> None:
    """Write ``.jwt``, ``.json`` and ``.tlog-proof`` of a credential; they never change once written."""
    if credentials.opaque(one.edition.attestation):
        return
    for form, data in _lasting(one).items():
        if publication.get(credentials.path(one, form)) != data:
            publication.put(credentials.path(one, form), data)


def _lasting(one: Credential) -> dict[str, bytes]:
    """Return the files of a credential that say the same for ever, once its proof is final."""
    found = {"jwt": one.jwt.encode()}
    if one.twin:
        found["json"] = json.dumps(one.twin, ensure_ascii=False, indent=2).encode()
    if one.entry is not None and (shown := one.entry.proof):
        found["tlog-proof"] = shown.encode()
    return found


def files(one: Credential) -> dict[str, bytes]:
    """Return every file of a credential by its ending, also of one that is not public: its holder may have them."""
    found = _lasting(one)
    statement = statements.newest(one)
    if statement is not None:
        found["history.jwt"] = statements.signed(statement).encode()
        if statement.entry.proof:
            found["history.tlog-proof"] = statement.entry.proof.encode()
    return found


def publish_statement(statement: Statement) -> None:
    """Write a history statement signed now, and the proof of its entry, where it is the newest of its credential.

    Where the issuer's key does not answer now, the one that stands there stays until the next turn: files are written
    in the order of the log, and one issuer's must not wait for another's key.
    """
    one = statement.credential
    shown = statement.entry.proof
    if not shown or credentials.opaque(one.edition.attestation) or statements.newest(one) != statement:
        return
    try:
        signed = statements.signed(statement)
    except Refused as refused:
        log.error("the history statement of %s is not signed: %s", one.public_id, refused)
        return
    publication.put(credentials.path(one, "history.jwt"), signed.encode())
    publication.put(credentials.path(one, "history.tlog-proof"), shown.encode())


def publish_lists(lists: Iterable[StatusList]) -> None:
    """Write the newest logged version of each of these lists, and its twin, whichever of its versions is asked for."""
    named = {(one.issuer.public_id.lower(), one.purpose, one.shard): one for one in lists}
    for (owner, purpose, shard), one in named.items():
        newest = status_lists.newest_logged(one.issuer, purpose, shard)
        if newest is not None:
            _put_list(layout.status_list(owner, purpose, shard), newest)


def _put_list(place: str, one: StatusList) -> None:
    publication.put(place, one.jwt.encode())
    twin = status_lists.twin(one)
    if twin is not None:
        publication.put(f"{place.removesuffix('.jwt')}.json", json.dumps(twin, ensure_ascii=False, indent=1).encode())


def publish_bundle(one: Credential, trust: Trust | None = None) -> None:
    """Write what offline use of a credential needs, as of now; what cannot be made yet is made later."""
    made = make_bundle(one, trust)
    if made is not None:
        publication.put(layout.bundle(one.public_id), made)


def make_bundle(one: Credential, trust: Trust | None = None) -> bytes | None:
    """Return a bundle as of now, None while its proofs are not there or for what is not public.

    ``trust``: ``parties.trust()``, where it was asked for already.
    """
    if credentials.opaque(one.edition.attestation) or one.entry is None or not one.entry.proof:
        return None
    # A bundle holds what a check reads; without cosignatures so far the check must still read on to its end.
    trust = replace(trust or parties.trust(), witnesses=(), quorum=0)
    if not trust.roots:
        return None
    publish_revoked_keys(only_if_missing=True)
    try:
        facts, _verdict = bundle.build(
            credentials.path(one), site=FolderSite(settings.PUBLIC_DIR), trust=trust, now=clock.now()
        )
    except LookupError:
        log.warning("the bundle of %s waits for its files", one.public_id)
        return None
    return jcs.canonical(facts)


def publish_revoked_keys(*, only_if_missing: bool = False) -> None:
    """Write ``trust/revoked-keys.jwt``, signed by the log's key and valid a day.

    A revocation is in it once it has its place in the log; that takes the sequencer a moment.
    """
    if only_if_missing and publication.has(layout.REVOKED_KEYS):
        return
    now = clock.now()
    rows = Key.objects.filter(revoked_at_index__isnull=False).select_related("organisation").order_by("pk")
    listed = [
        revoked_keys.RevokedKey(parties.did(key.organisation), key.thumbprint, key.revoked_at, key.revoked_at_index)
        for key in rows
        if key.revoked_at is not None and key.revoked_at_index is not None
    ]
    signed = revoked_keys.sign(
        settings.HOST, listed, signer=custody.log_signer(), valid_from=now, valid_until=now + statements.VALID_FOR
    )
    publication.put(layout.REVOKED_KEYS, signed.encode())


def publish_context() -> None:
    """Write our JSON-LD terms; immutable once published."""
    if not publication.has(layout.CONTEXT):
        document = v0_7.context_document(settings.HOST)
        publication.put(layout.CONTEXT, json.dumps(document, ensure_ascii=False, indent=1).encode())


def publish_waiting() -> int:
    """Write every file that the database says should be there and is not; for after a crash or a lost disk.

    Returns:
        How many credentials had something missing.
    """
    publish_context()
    publication.sweep()
    missing = 0
    rows = Credential.objects.filter(edition__attestation__confidential=False, edition__attestation__personal=False)
    for one in rows.select_related("edition__attestation__issuer", "entry").iterator(chunk_size=500):
        wanted = [credentials.path(one, form) for form in ("jwt", "tlog-proof", "history.jwt", "history.tlog-proof")]
        wanted.append(layout.bundle(one.public_id))
        if all(publication.has(place) for place in wanted):
            continue
        missing += 1
        publish_credential(one)
        statement = statements.newest(one)
        if statement is not None:
            publish_statement(statement)
        publish_bundle(one)
    return missing


def refresh_bundles() -> None:
    """Write every public bundle anew: a bundle carries status lists, and those count for a day."""
    rows = Credential.objects.filter(edition__attestation__confidential=False, edition__attestation__personal=False)
    trust = parties.trust()
    for one in rows.select_related("edition__attestation__issuer", "entry").iterator(chunk_size=500):
        publish_bundle(one, trust)


def refresh_statements(now: str = "") -> None:
    """Sign the published history statements anew; what they say does not change, only until when it may be believed."""
    rows = Attestation.objects.filter(confidential=False, personal=False, editions__credentials__isnull=False)
    for attestation in rows.distinct().iterator(chunk_size=500):
        for one in credentials.of(attestation):
            statement = statements.newest(one)
            if statement is not None:
                publish_statement(statement)
    log.info("history statements signed at %s", now or iso(clock.now()))
