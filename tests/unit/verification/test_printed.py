"""A certificate as PDF: the credential in it counts, and the pages are believed only as the issuer marked them."""

from __future__ import annotations

import random
import zlib

import pytest

from testamur.verification import did, pdf, printed
from testamur.verification.credential import parse
from testamur.verification.strict_json import Malformed
from testamur.verification.verdict import Code
from unit.verification.universe import CB, CERT, KEYS, NOW, World

WORLD = World().build()


def plain(token: bytes, pages: bytes = b"1 0 obj (the pages) endobj\n") -> bytes:
    """Return the least that carries a credential as PDF files do."""
    packed = zlib.compress(token)
    attached = b"<</Length %d/Type/EmbeddedFile/Filter/FlateDecode>>\nstream\n%s\nendstream\nendobj\n" % (
        len(packed),
        packed,
    )
    return b"%PDF-1.7\n" + pages + b"2 0 obj " + attached + b"trailer\n<<>>\nstartxref\n9\n%%EOF"


def marked(token: bytes = WORLD.certificate, *, key: str = "cb1", **facts) -> bytes:
    payload = {
        "credential": f"https://sample.testamur.example/c/{CERT}", "d": parse(token).digest, "seals": [],
        "made": "2026-11-20T12:00:00Z", **facts,
    }  # fmt: skip
    return pdf.mark(plain(token), KEYS[key], did.jose_method(CB, "k1"), payload)


def verdict(data: bytes, world: World = WORLD):
    return printed.validate(data, site=world, trust=world.trust, now=NOW)


def test_marked_pages_of_a_valid_certificate_are_valid():
    found = verdict(marked())

    assert found.result is Code.VALID
    assert any("the issuer made and marked" in said.message_id for said in found.assurance)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (plain(WORLD.certificate), "bear no mark"),
        (marked(key="stranger"), "not the issuer's"),
        (marked(d="uEiAyS29gArSYcTgncZwitD5tJKuE8YE02EVOzMB6XwBR_w"), "for another credential"),
        (marked(credential="https://sample.testamur.example/c/0000000000"), "for another credential"),
        (marked().replace(b"(the pages)", b"(The pages)"), "changed after the issuer marked them"),
        (marked() + b"%more", "added after the last seal"),
        (marked(made="2027-01-01"), "not the issuer's"),
    ],
)
def test_pages_that_the_issuer_did_not_make_are_not_believed(data, sentence):
    found = verdict(data)

    assert found.result is Code.INVALID_SIGNATURE
    assert sentence in found.sentence()


@pytest.mark.parametrize(
    "data",
    [
        b"%PDF-1.7\n%%EOF",
        plain(b"no token"),
        marked().replace(b"%%EOF", plain(b"eyJ.eyJ.sig")[9:], 1),
        marked().replace(b"startxref", b"%testamur-rendition a.b.c\nstartxref", 1),
        marked()[:-5],
    ],
)
def test_a_file_without_one_credential_and_one_mark_is_no_certificate(data):
    assert verdict(data).result is Code.MALFORMED


def test_a_revoked_certificate_stays_revoked_whatever_its_pages_say():
    world = World()
    world.set_bits.append(("cb1", "revocation", 94567))
    world.build()
    index = int(parse(world.certificate).payload["credentialStatus"][0]["statusListIndex"])
    world = World()
    world.set_bits.append(("cb1", "revocation", index))
    world.build()

    assert verdict(marked(world.certificate), world).result is Code.REVOKED


def test_no_changed_byte_goes_unnoticed():
    data, dice = marked(), random.Random(20261122)
    missed = []
    for _ in range(400):
        place = dice.randrange(len(data))
        changed = bytearray(data)
        changed[place] ^= 1 << dice.randrange(8)
        if verdict(bytes(changed)).result is Code.VALID:
            missed.append(place)

    assert missed == []


def test_an_attachment_that_expands_too_far_is_refused():
    with pytest.raises(Malformed):
        pdf.read(plain(b"ey." + b"A" * 3_000_000 + b"."))
