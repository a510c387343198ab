"""Changing an organisation's key: rotation in the ordinary course, revocation of one that others may hold.

Rotation has three steps, each of which a restart takes up where the last one ended (:func:`carry_on`):
a new key is published and logged; once the log shows that to everybody it signs, and the old one gets its ``expires``;
when that has passed the old private part is destroyed. A revocation takes its place in the order of the log: what was
logged before it stays good, what comes after it does not, whatever day it claims (trust.md 7).
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db import transaction

from testamur.journal.actions import record
from testamur.kernel import clock
from testamur.kernel.days import iso
from testamur.kernel.refusal import Refused, _
from testamur.parties import policies, queries
from testamur.parties.actions import keys
from testamur.parties.models import Key, Organisation, Platform
from testamur.parties.policies import Actor
from testamur.transparency import queries as transparency
from testamur.transparency import safekeeping
from testamur.verification.entry import document_digest

log = logging.getLogger("testamur.parties")
SOURCE = "testamur@2026-1#keys"
#: The old key expires this long after the new one began: an act that signed just before the change is logged by then.
IN_FLIGHT = timedelta(minutes=5)
ROTATION, CUSTODY = Platform("keys.rotation"), Platform("keys.custody")


@transaction.atomic
def rotate_key(*, organisation: Organisation, by: Actor, at: datetime) -> Key:
    """Begin to change the key: make a new one, publish and log it. It signs once the log shows it to everybody.

    Returns:
        The new key; ``from_at`` is set as soon as it is in use.

    Raises:
        Refused: no key in use, another rotation under way, no right to administer, or the module makes no key.
    """
    policies.check_may_administer(by, organisation, at)
    organisation = _locked(organisation)
    if queries.active_key(organisation) is None:
        raise Refused(
            _("{organisation} has no signing key yet."),
            {"organisation": organisation.names},
            rule="keys.one_in_use",
            who=policies.ADMINISTRATOR,
        )
    waiting = queries.waiting_key(organisation)
    if waiting is not None:
        raise Refused(
            _("The key {key} is published already and signs as soon as the log shows it; wait for that."),
            {"key": waiting.fragment},
            rule="keys.one_waits",
            source=SOURCE,
        )
    key = keys.make(organisation, from_at=None)
    event = record(
        "key.announced",
        subject=key,
        by=by,
        at=at,
        payload={"key": key.fragment, "kept_in": key.kept_in},
        entry=("did.update", keys.document_entry(organisation, key)),
    )
    keys.keep_document(organisation, event.entry)
    transaction.on_commit(lambda: _after(organisation))
    return key


@transaction.atomic
def revoke_key(*, key: Key, because: str, by: Actor, at: datetime) -> Key | None:
    """Declare a key no longer its owner's, from this place in the log on; another takes over at once.

    Args:
        key: in use, waiting or long retired: whoever holds its private part could still sign with it.
        because: of ``Key.Because``; public.

    Returns:
        The key that signs from now on; None where none could be made, which must not keep the revocation waiting.

    Raises:
        Refused: revoked already, no reason, or no right to administer.
    """
    policies.check_may_administer(by, key.organisation, at)
    organisation = _locked(key.organisation)
    key = Key.objects.select_for_update(of=("self",)).get(pk=key.pk)
    if because not in Key.Because.values:
        raise Refused(_("Say why the key is revoked."), rule="keys.revoked", source=SOURCE, field="because")
    if key.revoked_at is not None:
        raise Refused(
            _("The key {key} was revoked on {day}."),
            {"key": key.fragment, "day": key.revoked_at},
            rule="keys.revoked",
            source=SOURCE,
        )
    name = queries.did(organisation)
    # Whole seconds are published: rounded up, so that what was logged in this very second stays good.
    key.revoked_at = clock.now().replace(microsecond=0) + timedelta(seconds=1)
    key.revoked_because = because
    statement = {
        "because": because,
        "did": name,
        "key": queries.kid(key),
        "revoked": iso(key.revoked_at),
        "thumbprint": key.thumbprint,
    }
    fields = {"d": document_digest(statement), "id": queries.kid(key), "iss": name, **_public(statement)}
    event = record(
        "key.revoked",
        subject=key,
        by=by,
        at=at,
        payload={"key": key.fragment, "because": because},
        entry=("key.revoke", fields),
    )
    key.revocation = event.entry
    key.save(update_fields=["revoked_at", "revoked_because", "revocation"])
    successor = queries.active_key(organisation) or _successor(organisation, by, at)
    keys.log_document(organisation, successor)
    transaction.on_commit(lambda: _after(organisation))
    return successor


def _public(statement: dict[str, str]) -> dict[str, str]:
    """What the entry says in clear beside ``id`` (the key) and ``iss``: its digest can be recomputed from the log."""
    return {name: statement[name] for name in ("because", "revoked", "thumbprint")}


def _successor(organisation: Organisation, by: Actor, at: datetime) -> Key | None:
    """Put the waiting key into use, or make one: without a key its lists could not be signed tomorrow."""
    key = queries.waiting_key(organisation)
    if key is not None:
        key.from_at = clock.now()
        key.save(update_fields=["from_at"])
    else:
        try:
            key = keys.make(organisation, from_at=clock.now())
        except Refused as refusal:
            log.error("no key could be made for %s after a revocation: %s", organisation.public_id, refusal)
            return None
    record("key.created", subject=key, by=by, at=at, payload={"key": key.fragment, "kept_in": key.kept_in})
    return key


def carry_on(organisation: Organisation | None = None) -> int:
    """Take the next step of every change of a key that can be taken; called after each act, and by the worker.

    Returns:
        How many steps were taken.
    """
    rows = Key.objects.select_related("organisation")
    if organisation is not None:
        rows = rows.filter(organisation=organisation)
    done = 0
    for key in rows.filter(revoked_at__isnull=False, revoked_at_index__isnull=True, revocation__index__isnull=False):
        done += _place(key.pk)
    for key in rows.filter(from_at__isnull=True, revoked_at__isnull=True):
        done += _switch(key.pk)
    for key in rows.filter(destroyed_at__isnull=True).exclude(expires_at__isnull=True, revoked_at_index__isnull=True):
        done += _destroy(key.pk)
    return done


@transaction.atomic
def _place(pk: int) -> int:
    """Write down at which place of the log a revocation stands, and say so in ``did.json``."""
    organisation = _locked(Key.objects.get(pk=pk).organisation)
    key = Key.objects.select_related("revocation").get(pk=pk)
    if key.revoked_at_index is not None or key.revocation is None or key.revocation.index is None:
        return 0
    key.revoked_at_index = key.revocation.index
    key.save(update_fields=["revoked_at_index"])
    keys.log_document(organisation, queries.active_key(organisation))
    transaction.on_commit(lambda: keys.publish_did(organisation))
    return 1


@transaction.atomic
def _switch(pk: int) -> int:
    """Let the announced key sign, and the one before it expire."""
    organisation = _locked(Key.objects.get(pk=pk).organisation)
    key = Key.objects.get(pk=pk)
    announced = organisation.key_documents.select_related("entry").last()
    if key.from_at is not None or key.revoked_at is not None:
        return 0
    if announced is None or not transparency.is_shown(announced.entry):
        return 0
    now = clock.now()
    old = queries.active_key(organisation)
    if old is not None:
        old.expires_at = now + IN_FLIGHT
        old.save(update_fields=["expires_at"])
    key.from_at = now
    key.save(update_fields=["from_at"])
    event = record(
        "key.rotated",
        subject=key,
        by=ROTATION,
        at=now,
        payload={"key": key.fragment, "before": old.fragment if old else ""},
        entry=("did.update", keys.document_entry(organisation, key)),
    )
    keys.keep_document(organisation, event.entry)
    transaction.on_commit(lambda: keys.publish_did(organisation))
    return 1


@transaction.atomic
def _destroy(pk: int) -> int:
    """Destroy the private part of a key that signs no more, and say so in the journal."""
    key = Key.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=pk)
    now = clock.now()
    over = key.revoked_at_index is not None or (key.expires_at is not None and key.expires_at <= now)
    if key.destroyed_at is not None or not over:
        return 0
    try:
        found = safekeeping.destroy(key.kept_in, key.label, key.thumbprint)
    except Refused as refusal:
        log.warning("the private part of %s is not destroyed yet: %s", queries.kid(key), refusal)
        return 0
    key.destroyed_at = now
    key.save(update_fields=["destroyed_at"])
    record("key.destroyed", subject=key, by=CUSTODY, at=now, payload={"key": key.fragment, "was_there": found})
    return 1


def _after(organisation: Organisation) -> None:
    keys.publish_did(organisation)
    carry_on(organisation)


def _locked(organisation: Organisation) -> Organisation:
    return Organisation.objects.select_for_update(of=("self",)).get(pk=organisation.pk)
