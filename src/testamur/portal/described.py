"""What a record's page says of itself to machines that read schema.org: a block of data, never a script that runs.

Only what the page shows to everybody; the type is ``Certification`` (schema.org), whose status knows active or not.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Set
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from testamur.kernel.words import Answer
from testamur.portal import showing
from testamur.register.answers import VerificationAnswer
from testamur.register.models import Attestation, Edition
from testamur.verification import layout

#: What would end the block, or begin markup, is written as an escape; JSON means the same by it.
_ESCAPES = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026", 0x2028: "\\u2028", 0x2029: "\\u2029"}


def described(
    record: Attestation, edition: Edition, told: VerificationAnswer, public: Set[str], credential: str
) -> dict[str, Any]:
    """Return the description of a record.

    Args:
        record: neither personal nor confidential.
        edition: the edition that the page shows.
        told: the register's answer, as the page gives it.
        public: the fields that everybody may see.
        credential: site path of the signed credential, or empty.
    """
    address = settings.ORIGIN + showing.address(record)
    facts: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Certification",
        "@id": layout.url(settings.HOST, f"attestation/{record.public_id}"),
        "url": address,
        "name": _texts(edition.title),
        "certificationIdentification": edition.number,
        "certificationStatus": "CertificationActive" if told.answer is Answer.VALID else "CertificationInactive",
    }
    if "dates" in public:
        facts["datePublished"] = edition.issued_on.isoformat()
        facts["validFrom"] = edition.effective_on.isoformat()
        if edition.expires_on:
            facts["expires"] = edition.expires_on.isoformat()
    if "issuer" in public:
        body = settings.ORIGIN + reverse("portal:body", args=[record.issuer.public_id])
        facts["issuedBy"] = {"@type": "Organization", "name": _texts(record.issuer.names), "url": body}
    if "holder" in public:
        names = showing.holder_of(record, edition)
        if names:
            facts["about"] = {"@type": "Organization", "name": _texts(names)}
    if "scope_statement" in public and edition.statement:
        facts["description"] = _texts(edition.statement)
    if "requirements" in public and edition.requirements:
        facts["isBasedOn"] = [
            {"@type": "CreativeWork", "name": str(row.get("designation") or row.get("key"))}
            for row in edition.requirements
        ]
    if edition.scheme is not None and edition.scheme.definition.area:
        facts["validIn"] = {"@type": "Country", "identifier": edition.scheme.definition.area}
    if credential:
        facts["encoding"] = {
            "@type": "MediaObject",
            "contentUrl": f"{settings.ORIGIN}/{credential}",
            "encodingFormat": layout.CREDENTIAL_TYPE,
        }
    return {name: value for name, value in facts.items() if value}


def block(facts: Mapping[str, Any]) -> SafeString:
    """Return the description as text for ``<script type="application/ld+json">``."""
    return mark_safe(json.dumps(facts, ensure_ascii=False).translate(_ESCAPES))


def _texts(names: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"@language": language, "@value": text} for language, text in names.items() if text]
