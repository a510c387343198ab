"""Renditions of an edition: made after its credential is logged, kept for ever, published beside it.

A format is a maker, credential → bytes and the seals on it; a further one (OFD with an SM2 seal, say) is another row of
``MAKERS`` and changes nothing else. What a rendition shows is the credential's content; which bytes are the issuer's is
said by the issuer's mark within them.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.db import transaction
from django.db.models import Exists, OuterRef

from testamur.attestation import credentials
from testamur.attestation.models import Rendition
from testamur.attestation.printing import sealing, sheet
from testamur.files import actions as files
from testamur.files import typesetting
from testamur.kernel import clock
from testamur.kernel.days import iso
from testamur.kernel.refusal import Refused, _
from testamur.parties import queries as parties
from testamur.parties.actions import signer
from testamur.parties.models import Key
from testamur.register.models import Credential
from testamur.transparency import publication
from testamur.verification import pdf

log = logging.getLogger("testamur.attestation")
LANGUAGES = ("zh", "en")
#: What one run of the worker prints: a few seconds, so that numbering entries never waits for it.
AT_ONCE = 50

Made = tuple[bytes, list[dict[str, str]]]


def make_pdf(one: Credential) -> Made:
    """Return the PDF/A-3b of a credential with the issuer's mark, sealed where the body has a seal; and the seals.

    Raises:
        Refused: nothing to print with here, or the issuer's key or seal cannot be used.
    """
    if lacks := typesetting.lacking():
        raise Refused(
            _("This machine cannot print certificates: {what} is not installed."), {"what": lacks},
            rule="attestation.renditions", source="testamur@2026-1#attestation.renditions",
        )  # fmt: skip
    issuer = one.edition.attestation.issuer
    key = parties.active_key(issuer)
    signs = signer(issuer, key)
    assert key is not None
    seal = sealing.seal_of(issuer)
    now = clock.now()
    template = sheet.template_of(one.edition, sheet.templates())
    plain = sheet.typeset(template, sheet.facts_of(one), at=now)
    facts = {
        "iss": parties.did(issuer), "credential": credentials.address(one), "d": one.digest, "format": "pdf",
        "languages": list(LANGUAGES), "prevails": one.edition.authoritative, "made": iso(now),
        "seals": [seal.digest] if seal else [],
    }  # fmt: skip
    marked = pdf.mark(plain, signs, parties.kid(key), facts)
    if seal is None:
        return marked, []
    return sealing.sealed(marked, seal, reason=one.edition.number), [{"name": seal.name, "certificate": seal.digest}]


@dataclass(frozen=True)
class Maker:
    """How one format is made.

    Args:
        make: credential → bytes and the seals on them.
        standard: of the file.
        seals: standard of the seals that a body with a seal certificate puts on it.
        lacking: returns what this machine lacks to make it, "" where nothing is.
    """

    make: Callable[[Credential], Made]
    standard: str
    seals: str
    lacking: Callable[[], str]

    def __call__(self, one: Credential) -> Made:
        return self.make(one)


#: The formats this version makes. OFD with an SM2 seal would be a row like the first, with a maker of its own.
MAKERS: dict[str, Maker] = {Rendition.Format.PDF: Maker(make_pdf, "PDF/A-3b", "PAdES B-B", typesetting.lacking)}


@transaction.atomic
def render(one: Credential, format: str = Rendition.Format.PDF) -> Rendition:
    """Make a rendition and keep it; a second call returns the first one's.

    Raises:
        Refused: see :func:`make_pdf`.
    """
    Credential.objects.select_for_update().get(pk=one.pk)
    known = of(one, format)
    if known is not None and known.thumbprint not in _revoked():
        return known
    key = parties.active_key(one.edition.attestation.issuer)
    content, seals = MAKERS[format](one)
    stored = files.store(content, name=f"{one.public_id}.{format}", accept=[format])
    return Rendition.objects.create(
        credential=one, format=format, languages=list(LANGUAGES), prevails=one.edition.authoritative,
        seals=seals, digest=stored.sha256, file=stored, thumbprint=key.thumbprint if key else "",
    )  # fmt: skip


def publish(one: Rendition) -> None:
    """Write the file beside its credential on the public site, unless the credential is not public."""
    if not credentials.opaque(one.credential.edition.attestation):
        publication.put(credentials.path(one.credential, one.format), content_of(one))


def publish_missing() -> int:
    """Write the sheets that were made and are not on the public site: whoever made them was stopped in between.

    Returns:
        How many there were.
    """
    missing = 0
    rows = Rendition.objects.select_related("credential__edition__attestation", "file")
    public = rows.filter(
        credential__edition__attestation__confidential=False, credential__edition__attestation__personal=False
    )
    for one in public.iterator(chunk_size=500):
        if not publication.has(credentials.path(one.credential, one.format)):
            publish(one)
            missing += 1
    return missing


def content_of(one: Rendition) -> bytes:
    """Return the bytes of a rendition."""
    return Path(files.path_of(one.file.sha256)).read_bytes()


def of(one: Credential, format: str = Rendition.Format.PDF) -> Rendition | None:
    """Return the newest rendition of a credential, None where it is not made yet."""
    return Rendition.objects.filter(credential=one, format=format).select_related("file").last()


def _revoked() -> list[str]:
    """Return the thumbprints of revoked keys: nobody believes a mark made with one of them (it has no log entry)."""
    return list(Key.objects.filter(revoked_at__isnull=False).values_list("thumbprint", flat=True))


def print_waiting(most: int = AT_ONCE) -> int:
    """Make and publish the sheets that are missing or bear a revoked key's mark, newest first.

    What cannot be made is tried at the next turn.

    Returns:
        How many were made.
    """
    if typesetting.lacking():
        return 0
    good = Rendition.objects.filter(credential=OuterRef("pk")).exclude(thumbprint__in=_revoked())
    rows = Credential.objects.filter(~Exists(good), entry__index__isnull=False).order_by("-pk")
    made = 0
    for one in rows.select_related("edition__attestation__issuer", "edition__scheme", "entry")[:most]:
        try:
            publish(render(one))
            made += 1
        except Refused as refused:
            log.warning("%s is not printed: %s", one.public_id, refused)
    return made
