"""A file handed in is judged as the command judges it; whatever else is handed in gets a clear sentence."""

from __future__ import annotations

import base64
import io
import json

import pytest

from testamur.kernel import clock
from testamur.verification import bundle, layout
from unit.verification.universe import CERT, NOW, World

pytestmark = pytest.mark.django_db


@pytest.fixture
def site(settings, tmp_path):
    """Serve a valid world as this installation's public site."""

    def publish(made: World) -> World:
        settings.PUBLIC_DIR = made.write(tmp_path)
        (settings.PUBLIC_DIR / "trust").mkdir(exist_ok=True)
        made.trust.write(settings.PUBLIC_DIR / layout.TRUST_ROOTS)
        return made

    return publish


def hand_in(client, data: bytes, name: str = "certificate.jwt", *, language: str = "en") -> str:
    client.cookies["language"] = "zh-hans" if language == "zh" else "en"
    file = io.BytesIO(data)
    file.name = name
    with clock.travel(NOW):
        response = client.post("/verify", {"file": file})
    assert response.status_code == 200
    return response.content.decode()


def test_a_genuine_file_passes_all_seven_checks(client, site):
    made = site(World().build())

    text = hand_in(client, made.certificate)

    assert "<code>VALID</code>" in text
    assert text.count('<li class="t-c--valid">') == 7
    assert "does not keep it" in text


def test_the_readable_twin_is_as_good_as_the_signed_token(client, site):
    made = site(World().build())

    assert "<code>VALID</code>" in hand_in(client, made.files[layout.certificate(CERT, "json")], "certificate.json")


def test_an_altered_file_is_said_to_be_altered_and_what_differs(client, site):
    made = site(World().build())
    head, body, signature = made.certificate.decode().split(".")
    facts = json.loads(base64.urlsafe_b64decode(body + "=="))
    facts["validUntil"] = "2099-01-01T00:00:00Z"
    forged = base64.urlsafe_b64encode(json.dumps(facts, separators=(",", ":")).encode()).decode().rstrip("=")

    for language, says in (("en", "Altered file: do not rely on it"), ("zh", "文件已被改动：请勿采信")):
        text = hand_in(client, f"{head}.{forged}.{signature}".encode(), language=language)

        assert says in text and "INVALID_SIGNATURE" in text
        assert text.count('<li class="t-c--valid">') == 1
        assert text.count('<li class="t-c--none">') == 5


def test_a_withdrawn_certificate_fails_the_check_of_its_status_only(client, site):
    made = World()
    made.set_bits = [("cb1", "revocation", 94567)]
    text = hand_in(client, site(made.build()).certificate)

    assert "<code>REVOKED</code>" in text
    assert text.count('<li class="t-c--valid">') == 5 and text.count('<li class="t-c--bad">') == 1


def test_an_offline_bundle_is_checked_from_its_own_files(client, site, settings):
    made = site(World().build())
    packed, _verdict = bundle.build(layout.certificate(CERT), site=made, trust=made.trust, now=NOW)
    (settings.PUBLIC_DIR / layout.CHECKPOINT).unlink()

    text = hand_in(client, json.dumps(packed).encode(), "x.bundle.json")

    assert "<code>VALID</code>" in text and "inside the bundle" in text


@pytest.mark.parametrize(
    ("data", "name", "says"),
    [
        (b"", "empty.jwt", "is empty (0 bytes)"),
        (b"%PDF-1.7 ...", "certificate.pdf", "This is a PDF"),
        (b"\x89PNG\r\n", "photo.png", "This is a picture"),
        (b"PK\x03\x04", "all.zip", "archive or an office document"),
        (b"hello", "hello.txt", "No credential could be read"),
        (b"\xff\xfe\x00\x01" * 50, "noise.bin", "No credential could be read"),
        (b"{" * 5000, "deep.json", "No credential could be read"),
        (b'{"type":"testamur-bundle"', "cut.json", "cannot be read"),
        (b"a.b.c", "<script>alert(1)</script>", "No credential could be read"),
    ],
)
def test_what_is_no_credential_gets_a_sentence_and_never_an_error(client, site, data, name, says):
    site(World().build())

    text = hand_in(client, data, name)

    assert says in text
    assert "<script>alert" not in text


def test_a_file_that_is_too_large_is_refused_with_the_limit(client, site, monkeypatch):
    site(World().build())
    monkeypatch.setattr("testamur.portal.views.verify.MOST", 10)

    assert "larger than 10 MB" in hand_in(client, b"x" * 11)


def test_no_file_at_all_and_no_roots_are_explained(client, settings):
    client.cookies["language"] = "en"
    assert "Choose a file first" in client.post("/verify").content.decode()
    assert "no root of trust yet" in hand_in(client, b"a.b.c")
