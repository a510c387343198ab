"""What a log entry commits to beside the signed file: all that the register holds of an edition or of its status.

A credential says what is certified; sites, conditions, the words of a legal act stand in the register alone. Their
digest, ``reg`` of the entry, is salted with the credential's nonce: the log tells nobody what it was made of, and
``testamur prove`` sees that a row was changed. Entries of confidential and personal attestations hold no such field.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from testamur.kernel.days import iso
from testamur.register.models import Edition, StatusChange
from testamur.verification.entry import document_digest

#: Name of the field in an entry.
FIELD = "reg"


def of_edition(edition: Edition, nonce: str) -> str:
    """Return the digest of what an edition shows: its own columns, parties and sites.

    Args:
        edition: its rows are written already.
        nonce: of the credential that is made for it.
    """
    sites = sorted(edition.sites.all(), key=lambda one: one.pk)
    parties = sorted(edition.parties.all(), key=lambda one: one.pk)
    return _digest(
        nonce,
        {
            "edition": [
                edition.reason, edition.reason_text, edition.decision, edition.authoritative, edition.requirements,
                edition.mode, edition.conditions, edition.shown, edition.issued_on.isoformat(),
                iso(edition.effective_at),
            ],
            "parties": [[one.role, one.country, one.region, one.identifiers] for one in parties],
            "sites": [[one.names, one.address, one.statement, one.central, one.site_id] for one in sites],
        },
    )  # fmt: skip


def of_changes(rows: Iterable[StatusChange], nonce: str) -> str:
    """Return the digest of every change of an attestation's status, oldest first, of the whole and of lines."""
    listed = list(rows)
    places = {row.pk: place for place, row in enumerate(listed, 1)}
    return _digest(
        nonce,
        [
            [
                row.status, row.lines, row.ground, row.cause, row.from_start, row.legal_word, row.reason, row.source,
                row.decision, iso(row.effective_at), iso(row.recorded_at), places.get(row.corrects_id or 0, 0),
                places.get(row.annuls_id or 0, 0),
            ]
            for row in listed
        ],
    )  # fmt: skip


def _digest(nonce: str, facts: Any) -> str:
    # By way of JSON: a row that was just made may hold what the database gives back as lists.
    return document_digest(json.loads(json.dumps({"nonce": nonce, "facts": facts})))
