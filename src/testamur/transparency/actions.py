"""Add to the log. What an entry means is known above; here it is a type, an id and a digest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.db import transaction

from testamur.kernel import clock
from testamur.transparency import cosigning, sequencer
from testamur.transparency.models import Entry
from testamur.transparency.rows import insert
from testamur.verification import entry as entries
from testamur.verification.tree import leaf_hash


def append(type: str, fields: dict[str, Any]) -> Entry:
    """Add an entry, in the transaction of the act; the sequencer numbers it after the commit.

    Args:
        type: a word of ``verification.entry.EntryType``.
        fields: ``d`` digest (multibase multihash) and ``id``, both needed; ``iss`` and ``k`` where something was
            signed; further public fields of the kind. Never a person's data.

    Raises:
        KeyError: ``d`` or ``id`` is missing.
        ValueError: a type no verifier was told of, or more than 65,535 bytes.
    """
    made = _row(type, fields)
    made.save()
    transaction.on_commit(sequencer.soon)
    return made


def append_many(wanted: Sequence[tuple[str, dict[str, Any]]]) -> list[Entry]:
    """Add many entries at once, in their order; each is (type, fields) as :func:`append` takes them."""
    made = insert([_row(type, fields) for type, fields in wanted])
    if made:
        transaction.on_commit(sequencer.soon)
    return made


def _row(type: str, fields: dict[str, Any]) -> Entry:
    known = dict(fields)
    data = entries.build(
        entries.EntryType(type),
        digest=known.pop("d"),
        id=known.pop("id"),
        issuer=known.pop("iss", ""),
        key=known.pop("k", ""),
        at=clock.now(),
        sample=settings.SAMPLE,
        **known,
    )
    return Entry(data=data, type=type, subject=fields["id"], leaf=leaf_hash(data))


def sequence() -> int:
    """Number what waits, write tiles, sign the checkpoint; returns how many entries were numbered."""
    return sequencer.sequence()


def cosign() -> int:
    """Ask the cosigners for the newest checkpoint; returns how many entries got their final proofs."""
    return cosigning.gather()
