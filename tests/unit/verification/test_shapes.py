"""Shapes of what is written: UNTP's schemas accept it, lists and DID documents read back, terms are defined."""

import json

import pytest

from shared import shared
from testamur.verification import did, jcs, layout, status_list, strict_json
from testamur.verification.credential import parse
from testamur.verification.entry import instant
from testamur.verification.site import BundleSite
from testamur.verification.strict_json import Malformed
from testamur.verification.untp import v0_7
from unit.verification.universe import ACC, CERT, HOST, LICENCE, World

WORLD = World().build()


@pytest.mark.parametrize(
    ("path", "schema"),
    [
        (layout.certificate(CERT), "untp-dcc-0.7.0.schema.json"),
        (layout.authority(ACC), "untp-dia-0.7.0.schema.json"),
        (layout.authority(LICENCE), "untp-dia-0.7.0.schema.json"),
    ],
)
def test_the_published_schemas_accept_what_we_issue_through_the_documented_shim(path, schema):
    jsonschema = pytest.importorskip("jsonschema")
    published = json.loads(shared("cases/trust/vectors", schema).read_text())
    payload = parse(WORLD.files[path]).payload

    jsonschema.Draft202012Validator(published).validate(v0_7.for_schema(payload))
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(published).validate(payload)


def test_every_term_of_ours_stands_in_our_context():
    ours = _terms(v0_7.context_document(HOST))
    untp = json.loads(shared("cases/trust/vectors/untp-0.7.0.jsonld").read_text())
    w3c = json.loads(shared("cases/trust/vectors/credentials-v2.jsonld").read_text())
    known = ours | _terms(untp) | _terms(w3c) | {"@context", "id", "type"}
    opaque = {"scopeLine", "scopeStatement", "accreditationScope", "names", "address"}

    def used(value):
        if isinstance(value, dict):
            for name, part in value.items():
                yield name
                if name not in opaque:
                    yield from used(part)
        elif isinstance(value, list):
            for part in value:
                yield from used(part)

    for path in (layout.certificate(CERT), layout.authority(ACC)):
        assert set(used(parse(WORLD.files[path]).payload)) <= known


def _terms(document):
    found = set()
    for name, value in document.items() if isinstance(document, dict) else ():
        found.add(name)
        found |= _terms(value)
    for value in document if isinstance(document, list) else ():
        found |= _terms(value)
    return found


def test_bits_are_counted_from_the_most_significant_and_read_back():
    bits = status_list.new_bits()
    for index in (0, 9, 131_071):
        status_list.set_bit(bits, index)

    assert (bits[0], bits[1], bits[-1]) == (0x80, 0x40, 0x01)
    found = status_list.decode(status_list.encode(bits))
    assert [index for index in range(131_072) if status_list.get_bit(found, index)] == [0, 9, 131_071]
    status_list.set_bit(bits, 9, False)
    assert not status_list.get_bit(bits, 9)
    with pytest.raises(IndexError):
        status_list.get_bit(bits, 131_072)


@pytest.mark.parametrize("text", [None, "", "zH4sI", "u", "uH4sI", status_list.encode(bytes(16_384)) + "AAAA"])
def test_an_encoded_list_of_another_form_is_refused(text):
    with pytest.raises(Malformed):
        status_list.decode(text)


def test_an_index_is_drawn_among_the_free_ones():
    taken = set(range(131_072)) - {77}

    assert status_list.draw_index(taken) == 77


def test_each_ed25519_key_stands_in_a_did_document_twice_under_one_thumbprint():
    document = did.parse(WORLD.files[layout.did_document("cb1")])

    assert sorted(method.kind for method in document.methods.values()) == ["JsonWebKey", "Multikey"]
    assert len({method.key.thumbprint for method in document.methods.values()}) == 1


@pytest.mark.parametrize(
    "text", ['{"a":1,"a":2}', '{"a":NaN}', '{"a":Infinity}', "", "{", "[" * 10_000, b"\xff", b"\xef\xbb\xbf{}", "{} x"]
)
def test_json_that_two_readers_might_understand_differently_is_refused(text):
    with pytest.raises(Malformed):
        strict_json.parse(text)


@pytest.mark.parametrize(
    "value", [2**53, -(2**53), float("nan"), float("inf"), {1: "a"}, "\ud800", {"a": object()}, (1,)]
)
def test_what_has_no_canonical_spelling_is_refused(value):
    with pytest.raises(Malformed):
        jcs.canonical(value)


def test_names_beyond_the_basic_plane_are_ordered_as_utf_16():
    assert jcs.canonical({"\U0001f600": 1, "ﬁ": 2}) == '{"\U0001f600":1,"ﬁ":2}'.encode()


@pytest.mark.parametrize(
    "address",
    [
        "http://sample.testamur.example/c/1",
        "https://sample.testamur.example:443/c/1",
        "https://user@sample.testamur.example/c/1",
        "https://sample.testamur.example.evil.example/c/1",
        "https://sample.testamur.example/c/../keys",
        "https://sample.testamur.example/c/%2e%2e/keys",
        "https://sample.testamur.example//c/1",
        "https://sample.testamur.example/c/1?x=1",
        "file:///etc/passwd",
        "did:web:sample.testamur.example",
        None,
        7,
    ],
)
def test_only_plain_addresses_of_the_host_become_paths(address):
    assert layout.path_of(address, HOST) is None


def test_every_path_of_the_layout_comes_back_from_its_address():
    assert layout.path_of(layout.certificate_id(HOST, CERT), HOST) == f"c/{CERT}"
    assert layout.scheme_of(layout.scheme_id(HOST, "cn-qms", "2026-1"), HOST) == ("cn-qms", "2026-1")
    assert layout.did_paths(layout.operator_did(HOST), HOST) == (".well-known/did.json", ".well-known/did.tlog-proof")
    assert layout.did_paths(layout.organisation_did("localhost:8000", "cb1"), "localhost:8000") == (
        "org/cb1/did.json",
        "org/cb1/did.tlog-proof",
    )
    for did_text in (
        "did:web:other.example:org:x",
        "did:key:z6Mk",
        "did:web",
        f"did:web:{HOST}:..:x",
        f"did:web:{HOST}:",
    ):
        assert layout.did_paths(did_text, HOST) is None
    with pytest.raises(ValueError):
        layout.certificate("../keys")


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+23:00", "9999-12-31T23:59:59-01:00"])
def test_an_instant_beyond_the_calendar_is_no_instant(text):
    with pytest.raises(Malformed, match="not an instant"):
        instant(text)


def test_a_bundle_whose_text_holds_half_a_character_is_refused():
    files = {"credential": "x", "other": "\ud800"}
    bundle = {"type": "testamur-bundle", "v": 1, "credential": "credential", "files": files}

    with pytest.raises(Malformed, match="as texts"):
        BundleSite(json.dumps(bundle).encode())
    files["other"] = "\U0001f600"
    assert BundleSite(json.dumps(bundle).encode()).read("other") == "\U0001f600".encode()
