"""How answers of the register become JSON, with no more in it than may be shown."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.utils.translation import gettext

from testamur.api.endpoint import told
from testamur.kernel.words import Answer
from testamur.register import trust
from testamur.register.answers import VerificationAnswer
from testamur.register.disclosure import EVERYTHING, public_fields
from testamur.register.models import Attestation, Edition
from testamur.register.status import newest_edition

#: Reasons that name what is kept back are kept back with it; the first of a withheld record says that it is withheld.
BASE = "/api/v1/attestations"


def sentences(said: Iterable[Any]) -> list[dict[str, str]]:
    """Return sentences with their sources."""
    return [{"sentence": told(one), "source": one.source} for one in said]


def fields_of(found: VerificationAnswer, *, disclosed: bool, named: bool) -> frozenset[str]:
    """Return what may be shown of a record.

    Args:
        disclosed: the reader is its holder or issuer.
        named: the reader asked by the person's whole name, so that the name is no news.
    """
    if found.attestation is None or disclosed:
        return EVERYTHING
    shown = public_fields(found.attestation, found.edition)
    if found.attestation.personal and not named:
        shown -= {"holder", "parties", "address"}
    return shown


def answer(found: VerificationAnswer, shown: frozenset[str]) -> dict[str, Any]:
    """Return the answer."""
    reasons = found.reasons if "reasons" in shown or found.answer is Answer.WITHHELD else found.reasons[:1]
    withheld = found.disclosure == "withheld" and "reasons" not in shown
    return {
        "answer": str(found.answer),
        "headline": gettext(found.headline),
        "status": str(found.status) if found.status else None,
        "authority": found.authority if not withheld else "not_disclosed",
        "coverage": str(found.coverage) if found.coverage else None,
        "disclosure": found.disclosure,
        "reasons": sentences(reasons[:1] if withheld else reasons),
        "duties": sentences(found.duties),
        "claim": [
            {
                "part": line.part,
                "asked": line.asked,
                "coverage": str(line.coverage),
                "sentence": told(line.why),
                "source": line.why.source,
            }
            for line in found.lines
        ],
        "assurance": _assurance(found),
        "attestation": found.attestation.public_id if found.attestation else None,
        "number": found.edition.number if found.edition else None,
        "on": found.on,
        "known": found.known,
        "as_of": found.as_of,
    }


def _assurance(found: VerificationAnswer) -> dict[str, Any] | None:
    if found.assurance is None:
        return None
    return {
        "origin": str(found.assurance.origin),
        "source": found.assurance.source,
        "day": found.assurance.day,
        "sentence": told(found.assurance.said),
    }


def record(found: VerificationAnswer, shown: frozenset[str]) -> dict[str, Any]:
    """Return the answer with the record beside it."""
    attestation, standing = found.attestation, found.standing
    assert attestation is not None and standing is not None
    edition = found.edition or newest_edition(attestation)
    here = f"{BASE}/{attestation.public_id}"
    body = {
        **answer(found, shown),
        "number": edition.number if edition else None,
        "scheme": attestation.scheme_id_text,
        "main": attestation.main.public_id if attestation.main else None,
        "continues": attestation.continues.public_id if attestation.continues else None,
        "links": {
            "page": f"{settings.ORIGIN}/c/{attestation.public_id}",
            "history": f"{here}/history",
            "credential": f"{here}/credential" if _has_credential(attestation) else None,
        },
    }
    if edition is None:
        return body
    body |= _of_edition(edition, found, shown)
    if "issuer" in shown:
        body["issuer"] = {"id": attestation.issuer.public_id, "names": attestation.issuer.names}
    if "authority" in shown and found.tree is not None:
        body["trust"] = link(found.tree)
    return body


def _has_credential(attestation: Attestation) -> bool:
    return attestation.editions.filter(credentials__isnull=False).exists()


def _of_edition(edition: Edition, found: VerificationAnswer, shown: frozenset[str]) -> dict[str, Any]:
    standing = found.standing
    assert standing is not None
    body: dict[str, Any] = {"scheme_version": edition.scheme.version if edition.scheme else None}
    if "dates" in shown:
        body["dates"] = {
            "issued_on": edition.issued_on,
            "valid_from": edition.effective_on,
            "valid_until": edition.expires_on,
        }
        body["edition"] = {
            "edition": edition.edition,
            "title": edition.title,
            "reason": edition.reason,
            "languages": edition.authoritative,
            "superseded": {str(number): day for number, day in standing.superseded.items()},
        }
    if "scope_statement" in shown:
        body |= {"statement": edition.statement, "authoritative": edition.authoritative}
    if "requirements" in shown:
        body["requirements"] = edition.requirements
    if "scope" in shown:
        body["scope"] = [
            {
                "position": row.position,
                "status": str(standing.lines[row.position]) if row.position in standing.lines else None,
                "line": row.line,
            }
            for row in edition.lines.all()
        ]
        body["sites"] = [
            {
                "names": row.names,
                "address": row.address if "address" in shown else {},
                "statement": row.statement,
                "central": row.central,
            }
            for row in sorted(edition.sites.all(), key=lambda one: one.pk)
        ]
    if "parties" in shown:
        named = sorted(edition.parties.all(), key=lambda one: one.pk)
        body["parties"] = [_party(row, "address" in shown) for row in named]
    return body


def _party(row: Any, address: bool) -> dict[str, Any]:
    return {
        "role": row.role,
        "names": row.names,
        "address": row.address if address else {},
        "country": row.country,
        "organisation": row.organisation.public_id if row.organisation else None,
        "identifiers": [one for one in row.identifiers if one.get("scheme") != "source"] if row.organisation else [],
    }


def link(found: trust.Link) -> dict[str, Any]:
    """Return a link of the line of authority, and those above it."""
    hidden = found.attestation is not None and (found.attestation.confidential or found.attestation.personal)
    return {
        "kind": found.kind,
        "verdict": str(found.verdict),
        "status": str(found.status) if found.status else None,
        "number": found.number,
        "holder": {} if hidden else dict(found.holder),
        "issuer": dict(found.issuer),
        "attestation": found.attestation.public_id if found.attestation else None,
        "valid_from": found.valid_from,
        "valid_until": found.valid_until,
        "sentence": told(found.why),
        "source": found.why.source,
        "rests_on": [link(child) for child in found.children],
    }
