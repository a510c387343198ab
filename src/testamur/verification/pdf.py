"""A printed certificate as PDF: the credential it carries, and whether its pages are the ones the issuer made.

The pages are a rendering; what counts is the attached credential. Two things bind the pages to it: the issuer's mark, a
comment line before the file's end with a JWS over the digest of all other bytes, and a PAdES seal where the body has
one. No PDF library is needed: both are found by their bytes.
"""

from __future__ import annotations

import hashlib
import re
import zlib
from dataclasses import dataclass
from typing import Any

from testamur.kernel.refusal import _
from testamur.verification import credential, pdf_seal
from testamur.verification.credential import Signed
from testamur.verification.signature import Signs
from testamur.verification.strict_json import Malformed
from testamur.verification.verdict import Said

TYPE = "testamur-rendition+jwt"
SIZE_MOST = 20_000_000  # bytes
_ATTACHED_MOST = 2_000_000  # bytes, unpacked
_MARK = re.compile(rb"^%testamur-rendition ([A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+)\n", re.MULTILINE)
_DICTIONARY = rb"(?:(?!endobj|stream).)*?"
_EMBEDDED = re.compile(rb"<<" + _DICTIONARY + rb"/Type */EmbeddedFile" + _DICTIONARY + rb">>\s*stream\r?\n", re.DOTALL)
_END = b"%%EOF"
_START = b"startxref\n"


def is_pdf(data: bytes) -> bool:
    """Say whether the bytes begin as a PDF does."""
    return data[:5] == b"%PDF-"


@dataclass(frozen=True, slots=True)
class Pages:
    """What a PDF says of itself, nothing of it verified but digests and seals.

    Args:
        credential: bytes of the attached ``vc+jwt``.
        mark: the issuer's mark as a signed file, or None where there is none.
        marked: payload of the mark.
        digest_fits: whether the bytes are the ones that the mark names.
        first_end: place at which the marked part of the file ends.
        seals: every PAdES seal, in the order of the file.
        size: length of the file, bytes.
    """

    credential: bytes
    mark: Signed | None
    marked: dict[str, Any]
    digest_fits: bool
    first_end: int
    seals: tuple[pdf_seal.Seal, ...]
    size: int

    def problem(self) -> Said | None:
        """Return why the pages are not to be believed, or None. The signature of the mark is the caller's to check."""
        for number, seal in enumerate(self.seals, 1):
            if seal.fault:
                first, last = seal.ranges[0][0], seal.ranges[-1][1]
                return Said(
                    _("Seal {number} is broken: {fault} (bytes {first} to {last} of the file)."),
                    {"number": number, "fault": seal.fault, "first": first, "last": last},
                )
        if self.mark is not None and not self.digest_fits:
            return Said(
                _("The pages were changed after the issuer marked them (bytes 0 to {last} of the file)."),
                {"last": self.first_end - 1},
            )
        ends = [seal.ranges[-1][1] + 1 for seal in self.seals]
        covered = max([self.first_end if self.mark is not None else 0, *ends])
        if covered and covered < self.size:
            return Said(
                _("Something was added after the last seal (bytes {first} to {last} of the file)."),
                {"first": covered, "last": self.size - 1},
            )
        foreign = [seal for seal in self.seals if seal.certificate not in self.marked.get("seals", [])]
        if self.mark is not None and foreign:
            return Said(_("It bears the seal of {name}, which the issuer did not name."), {"name": foreign[0].name})
        return None


def read(data: bytes) -> Pages:
    """Read a PDF certificate.

    Raises:
        Malformed: no PDF, too large, no attached credential or several, a mark that cannot be read.
    """
    if not is_pdf(data):
        raise Malformed("not a PDF")
    if len(data) > SIZE_MOST:
        raise Malformed("a PDF is too large")
    tokens = [one for one in _attached(data) if one.startswith(b"ey") and one.count(b".") == 2]
    if len(set(tokens)) != 1:
        raise Malformed("the PDF carries no signed credential" if not tokens else "the PDF carries several credentials")
    marks = list(_MARK.finditer(data))
    if len(marks) > 1:
        raise Malformed("the PDF carries several marks")
    mark, fits, end, payload = None, False, 0, {}
    if marks:
        found = marks[0]
        mark = credential.parse(found[1], type=TYPE)
        payload = mark.payload
        place = data.find(_END, found.end())
        if place < 0:
            raise Malformed("the PDF has no end")
        end = place + len(_END)
        end += 1 if data[end : end + 1] == b"\n" else 0
        digest = hashlib.sha256(data[: found.start()] + data[found.end() : end]).hexdigest()
        fits = payload.get("sha256") == digest
    return Pages(tokens[0], mark, payload, fits, end, tuple(pdf_seal.seals(data)), len(data))


def mark(data: bytes, signer: Signs, method: str, facts: dict[str, Any]) -> bytes:
    """Return the PDF with the issuer's mark: a comment before the last lines, which readers of PDF pass over.

    Args:
        data: the whole file, with one end, unsealed.
        signer: the issuer's key.
        method: DID URL of its JsonWebKey method.
        facts: what the mark says beside the digest: credential, digest of the credential, languages, seals to come.
    """
    place = data.rindex(_START)
    digest = hashlib.sha256(data).hexdigest()
    token = credential.sign_jwt({**facts, "sha256": digest}, signer, method, type=TYPE)
    return data[:place] + b"%testamur-rendition " + token.encode() + b"\n" + data[place:]


def _attached(data: bytes) -> list[bytes]:
    found = []
    for match in _EMBEDDED.finditer(data):
        stop = data.find(b"endstream", match.end())
        packed = data[match.end() : stop if stop >= 0 else len(data)]
        if b"/FlateDecode" not in match[0]:
            found.append(packed.strip())
            continue
        unpacker = zlib.decompressobj()
        try:
            content = unpacker.decompress(packed, _ATTACHED_MOST)
        except zlib.error:
            raise Malformed("an attachment of the PDF is damaged") from None
        if not unpacker.eof:
            raise Malformed("an attachment of the PDF is damaged")
        found.append(content)
    return found
