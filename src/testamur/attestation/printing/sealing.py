"""The body's electronic seal on a printed certificate: PAdES B-B by pyHanko, with an X.509 certificate of the body.

The certificate and its key lie as PKCS#12 in the keys' folder (``seals/<public id>.p12``), opened with the passphrase
of the key files. Without one a sheet bears the issuer's mark alone.
"""

from __future__ import annotations

import asyncio
import io
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import pkcs12
from django.conf import settings

from testamur.kernel.refusal import Refused, _
from testamur.parties.models import Organisation
from testamur.transparency import custody

#: Hex digits kept free for the signature: a chain of three certificates fits; else every seal is made twice to measure.
_RESERVED = 16_384


@dataclass(frozen=True)
class SealCertificate:
    """A seal that can be used: where its file lies, what it is called, SHA-256 of its certificate in hex."""

    path: Path
    name: str
    digest: str


def path_of(issuer: Organisation) -> Path:
    """Return where a body's seal lies, whether there is one or not."""
    return Path(settings.KEYS_DIR) / "seals" / f"{issuer.public_id}.p12"


def seal_of(issuer: Organisation) -> SealCertificate | None:
    """Return the seal of a body, None where it has none.

    Raises:
        Refused: the file cannot be opened, or its certificate has ended.
    """
    path = path_of(issuer)
    if not path.is_file():
        return None
    try:
        held = pkcs12.load_pkcs12(path.read_bytes(), custody.passphrase().encode())
    except ValueError:
        raise Refused(
            _(
                "The seal of {issuer} cannot be opened with the passphrase of the key files. "
                "Whoever runs this site protects its file anew with that passphrase."
            ),
            {"issuer": issuer.names}, rule="attestation.seal", source="testamur@2026-1#attestation.renditions",
        ) from None  # fmt: skip
    assert held.cert is not None
    certificate = held.cert.certificate
    common = [one for one in certificate.subject if one.oid.dotted_string == "2.5.4.3"]
    name = str(common[0].value) if common else certificate.subject.rfc4514_string()
    return SealCertificate(path, name, certificate.fingerprint(hashes.SHA256()).hex())


def sealed(data: bytes, seal: SealCertificate, *, reason: str) -> bytes:
    """Return the PDF with the seal over the whole of it, as a certification that permits no further change.

    Args:
        data: a PDF that bears the issuer's mark.
        seal: of the issuer.
        reason: shown by programs that read PDF.
    """
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign import fields, signers
    from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter

    signer = _signer(str(seal.path), seal.path.stat().st_mtime_ns)
    metadata = signers.PdfSignatureMetadata(
        field_name="Seal", md_algorithm="sha256", subfilter=SigSeedSubFilter.PADES, certify=True,
        docmdp_permissions=MDPPerm.NO_CHANGES, reason=reason, name=seal.name,
    )  # fmt: skip
    writer = IncrementalPdfFileWriter(io.BytesIO(data))
    fields.append_signature_field(writer, fields.SigFieldSpec("Seal"))
    made: Any = signers.PdfSigner(metadata, signer=signer)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        result = asyncio.run(made.async_sign_pdf(writer, bytes_reserved=_RESERVED))
    content: bytes = result.getvalue()
    return content


_signers: dict[tuple[str, int], Any] = {}


def _signer(path: str, changed: int) -> Any:
    """Return pyHanko's signer of a file; opened once, because a PKCS#12 file is slow to open by design."""
    from pyhanko.sign.signers import SimpleSigner

    known = _signers.get((path, changed))
    if known is None:
        known = SimpleSigner.load_pkcs12(path, passphrase=custody.passphrase().encode())
        _signers[path, changed] = known
    return known
