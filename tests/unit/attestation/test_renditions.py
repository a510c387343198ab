"""Certificates to hang on the wall: set, marked, sealed, kept, and checked by a stranger from the file alone."""

from __future__ import annotations

import io
import random
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12

from issuing_bench import at
from small_world import PLATFORM
from testamur.attestation import actions, credentials, publishing, renditions
from testamur.attestation.models import Rendition
from testamur.attestation.printing import sealing, sheet
from testamur.files import typesetting
from testamur.kernel import clock
from testamur.parties import queries as parties
from testamur.parties.actions.keys import create_key, publish_did
from testamur.parties.models import Key
from testamur.register.models import Credential
from testamur.transparency import custody, publication
from testamur.transparency.actions import sequence
from testamur.verification import pdf, printed
from testamur.verification.credential import parse
from testamur.verification.site import FolderSite
from testamur.verification.verdict import Code

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(bool(typesetting.lacking()), reason=f"{typesetting.lacking()} is not installed: nothing prints"),
]


@pytest.fixture
def certificate(bench) -> Credential:
    bench.licensed()
    bench.accredited("17")
    one = bench.granted().editions.get().credentials.get()
    with clock.travel(noon(one) - timedelta(hours=1)):
        actions.publish_lists()
        sequence()
        for key in Key.objects.select_related("organisation"):
            publish_did(key.organisation)
        publishing.publish_revoked_keys()
    one.refresh_from_db()
    return one


def noon(one: Credential) -> datetime:
    return at(one.edition.issued_on) + timedelta(days=1, hours=3)


def verdict(one: Credential, data: bytes, settings):
    trust = parties.trust()
    return printed.validate(data, site=FolderSite(settings.PUBLIC_DIR), trust=trust, now=noon(one))


@pytest.fixture
def seal(certificate) -> x509.Certificate:
    """Give the issuer a seal certificate of its own making."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Sample seal")])
    usage = x509.KeyUsage(True, True, *[False] * 7)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(7)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC)).not_valid_after(datetime(2040, 1, 1, tzinfo=UTC))
        .add_extension(usage, critical=True).sign(key, hashes.SHA256())
    )  # fmt: skip
    path = sealing.path_of(certificate.edition.attestation.issuer)
    path.parent.mkdir(parents=True, exist_ok=True)
    secret = BestAvailableEncryption(custody.passphrase().encode())
    path.write_bytes(pkcs12.serialize_key_and_certificates(b"seal", key, made, None, secret))
    return made


def changed_somewhere(data: bytes, times: int, seed: int = 20261122):
    dice = random.Random(seed)
    for _ in range(times):
        place = dice.randrange(len(data))
        changed = bytearray(data)
        changed[place] ^= 1 << dice.randrange(8)
        yield place, bytes(changed)


def test_the_sheet_carries_the_credential_and_is_found_valid(certificate, settings):
    with clock.travel(noon(certificate)):
        made = renditions.render(certificate)
    data = renditions.content_of(made)

    assert pdf.read(data).credential.decode() == certificate.jwt
    assert parse(pdf.read(data).credential).digest == certificate.digest
    assert verdict(certificate, data, settings).result is Code.VALID
    assert (made.languages, made.prevails, made.seals) == (["zh", "en"], certificate.edition.authoritative, [])
    assert made.digest == made.file.sha256


def test_it_is_a_pdf_a_3b_with_both_forms_attached_and_every_font_embedded(certificate):
    pikepdf = pytest.importorskip("pikepdf")
    with clock.travel(noon(certificate)):
        data = renditions.content_of(renditions.render(certificate))

    with pikepdf.open(io.BytesIO(data)) as file:
        meta = file.open_metadata()
        assert (meta["pdfaid:part"], meta["pdfaid:conformance"]) == ("3", "B")
        assert set(file.attachments) == {"credential.jwt", "credential.json"}
        assert [str(one.get("/AFRelationship")) for one in file.Root.AF] != []
        assert "/OutputIntents" in file.Root and "/MarkInfo" in file.Root
        dictionaries = [one for one in file.objects if isinstance(one, pikepdf.Dictionary)]
        fonts = [one for one in dictionaries if one.get("/Type") == "/FontDescriptor"]
        assert fonts and all("/FontFile2" in one or "/FontFile3" in one for one in fonts)
        assert file.check_pdf_syntax() == []


def test_it_is_made_once_and_published_beside_the_credential(certificate):
    with clock.travel(noon(certificate)):
        made = renditions.print_waiting()
        again = renditions.print_waiting()

    assert made >= 1 and again == 0
    assert Rendition.objects.filter(credential=certificate).count() == 1
    published = publication.get(credentials.path(certificate, "pdf"))
    assert published == renditions.content_of(renditions.of(certificate))


def test_a_sheet_that_was_made_and_never_published_is_published_on_the_next_start(certificate):
    made = renditions.render(certificate)
    assert publication.get(credentials.path(certificate, "pdf")) is None

    assert renditions.publish_missing() == 1

    assert publication.get(credentials.path(certificate, "pdf")) == renditions.content_of(made)
    assert renditions.publish_missing() == 0


def test_what_is_sealed_is_intact_for_us_and_for_the_library_that_readers_use(certificate, seal, settings):
    validation = pytest.importorskip("pyhanko.sign.validation")
    reader = pytest.importorskip("pyhanko.pdf_utils.reader")
    from asn1crypto.x509 import Certificate
    from pyhanko_certvalidator import ValidationContext

    with clock.travel(noon(certificate)):
        made = renditions.render(certificate)
    data = renditions.content_of(made)

    pages = pdf.read(data)
    assert [one.fault for one in pages.seals] == [""]
    assert [one.name for one in pages.seals] == ["Sample seal"] and pages.problem() is None
    assert made.seals == [{"name": "Sample seal", "certificate": seal.fingerprint(hashes.SHA256()).hex()}]
    assert verdict(certificate, data, settings).result is Code.VALID
    from cryptography.hazmat.primitives.serialization import Encoding

    trusted = ValidationContext(trust_roots=[Certificate.load(seal.public_bytes(Encoding.DER))])
    found = validation.validate_pdf_signature(reader.PdfFileReader(io.BytesIO(data)).embedded_signatures[0], trusted)
    assert found.intact and found.valid and found.trusted


def test_no_changed_byte_of_a_sealed_sheet_goes_unnoticed_and_the_seal_is_named(certificate, seal, settings):
    with clock.travel(noon(certificate)):
        data = renditions.content_of(renditions.render(certificate))
    said = set()
    missed = []
    # The seal does not sign itself: its own bytes are tried most of all.
    start = data.rindex(b"/Contents <") + len(b"/Contents <")
    own = data[start : data.index(b">", start)].rstrip(b"0")
    each = [(start + n, data[: start + n] + bytes([data[start + n] ^ 0x21]) + data[start + n + 1 :])
            for n in range(0, len(own) + 200, 7)]  # fmt: skip
    for place, changed in [*changed_somewhere(data, 150), *each]:
        found = verdict(certificate, changed, settings)
        said.add(found.reason.message_id)
        if found.result is Code.VALID:
            missed.append(place)

    assert missed == []
    assert "Seal {number} is broken: {fault} (bytes {first} to {last} of the file)." in said


def test_a_seal_that_the_issuer_did_not_name_is_not_the_issuers(certificate, request, settings):
    with clock.travel(noon(certificate)):
        marked, _seals = renditions.make_pdf(certificate)
    request.getfixturevalue("seal")
    stranger = sealing.seal_of(certificate.edition.attestation.issuer)

    found = verdict(certificate, sealing.sealed(marked, stranger, reason="x"), settings)

    assert found.result is Code.INVALID_SIGNATURE and "did not name" in found.sentence()


@pytest.mark.parametrize("template", sheet.templates())
def test_every_family_has_a_sheet_that_sets_without_a_word_missing(certificate, template):
    facts = sheet.facts_of(certificate)
    more = {"grade": "A", "trademark": "Sample 示例", "models": ["SL-20"], "conditions": {"en": "c", "zh": "条件"}}
    facts |= more

    data = sheet.typeset(template, facts, at=datetime(2026, 11, 22, tzinfo=UTC))

    assert data == sheet.typeset(template, facts, at=datetime(2026, 11, 22, tzinfo=UTC))
    assert data.count(b"/EmbeddedFile") >= 2


def test_a_sheet_that_bears_a_revoked_keys_mark_is_printed_anew_with_the_mark_of_the_key_in_use(certificate):
    issuer = certificate.edition.attestation.issuer
    with clock.travel(noon(certificate)):
        first = renditions.render(certificate)
        Key.objects.filter(organisation=issuer).update(revoked_at=noon(certificate), revoked_because="stolen")
        fresh = create_key(organisation=issuer, by=PLATFORM, at=noon(certificate))

        renditions.print_waiting()

    newest = renditions.of(certificate)
    assert newest.pk != first.pk and newest.thumbprint == fresh.thumbprint
    assert publication.get(credentials.path(certificate, "pdf")) == renditions.content_of(newest)


@pytest.mark.parametrize("template", sheet.templates())
def test_long_names_and_scopes_stay_on_the_face_and_the_annex_repeats_its_head(certificate, template):
    pikepdf = pytest.importorskip("pikepdf")
    texts = {"zh": "示例精密机械电子与智能制造综合产业股份有限公司" * 4, "en": "Sample Precision Machinery " * 12}
    facts = sheet.facts_of(certificate)
    facts |= {
        "holder": {"names": texts, "address": texts},
        "statement": texts,
        "title": texts,
        "lines": [],
        "sites": [],
    }

    def pages(more):
        data = sheet.typeset(template, facts | more, at=datetime(2026, 11, 22, tzinfo=UTC))
        with pikepdf.open(io.BytesIO(data)) as file:
            return len(file.pages)

    lines = [[texts]] * 60
    assert pages({}) == 1
    assert pages({"columns": [{"zh": "标准", "en": "Standard"}], "lines": lines}) >= 4
