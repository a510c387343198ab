"""Vectors that others published: hash tree, canonical JSON, eddsa-jcs-2022, Ed25519, UNTP's own samples."""

import base64
import json

import pytest

from shared import shared
from testamur.kernel.public_keys import ed25519_jwk
from testamur.verification import credential, jcs, tree
from testamur.verification.signature import PublicKey
from testamur.verification.strict_json import Malformed, parse
from testamur.verification.untp import v0_7

TRUST = "cases/trust"


def _vectors(folder):
    files = sorted(shared(f"{TRUST}/vectors/merkle/{folder}").rglob("*.json"))
    return [(str(path), json.loads(path.read_text())) for path in files]


def _bytes(text):
    return base64.b64decode(text or "")


def test_inclusion_proofs_are_judged_as_published():
    vectors = _vectors("inclusion")
    assert len(vectors) == 98
    for path, vector in vectors:
        proof = [_bytes(one) for one in vector["proof"] or []]
        found = tree.verify_inclusion(
            vector["leafIdx"], vector["treeSize"], _bytes(vector["leafHash"]), proof, _bytes(vector["root"])
        )
        # One vector calls an empty root over an empty leaf right; we demand 32-byte hashes.
        expected = not vector["wantErr"] and len(_bytes(vector["root"])) == 32
        assert found is expected, path


def test_consistency_proofs_are_judged_as_published():
    vectors = _vectors("consistency")
    assert len(vectors) == 98
    for path, vector in vectors:
        proof = [_bytes(one) for one in vector["proof"] or []]
        found = tree.verify_consistency(
            vector["size1"], vector["size2"], _bytes(vector["root1"]), _bytes(vector["root2"]), proof
        )
        # Size 0 is consistent with everything and proves nothing; we demand at least one entry, and 32-byte hashes.
        expected = not vector["wantErr"] and vector["size1"] >= 1 and len(_bytes(vector["root1"])) == 32
        assert found is expected, path


def test_canonical_json_is_byte_for_byte_the_published_one():
    folder = shared(f"{TRUST}/vectors/jcs")
    inputs = sorted((folder / "input").glob("*.json"))
    assert len(inputs) == 6
    for path in inputs:
        assert jcs.canonical(parse(path.read_bytes())) == (folder / "output" / path.name).read_bytes(), path.name


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (5e-324, "5e-324"),
        (1.7976931348623157e308, "1.7976931348623157e+308"),
        (9007199254740992.0, "9007199254740992"),
        (295147905179352830000.0, "295147905179352830000"),
        (9.999999999999997e22, "9.999999999999997e+22"),
        (1e23, "1e+23"),
        (1.0000000000000001e23, "1.0000000000000001e+23"),
        (999999999999999700000.0, "999999999999999700000"),
        (333333333.33333329, "333333333.3333333"),
        (0.000001, "0.000001"),
        (1e-7, "1e-7"),
        (-0.0000033333333333333333, "-0.0000033333333333333333"),
        (4.5, "4.5"),
    ],
)
def test_numbers_are_written_as_rfc_8785_appendix_b_does(number, text):
    assert jcs.canonical(number) == text.encode()


def test_the_w3c_signature_of_eddsa_jcs_2022_verifies_and_one_changed_letter_does_not():
    folder = shared(f"{TRUST}/w3c/vc-di-eddsa/TestVectors")
    data = (folder / "eddsa-jcs-2022/signedJCS.json").read_bytes()
    key = PublicKey.from_multikey(json.loads((folder / "keyPair.json").read_text())["publicKeyMultibase"])

    signed = credential.parse(data)
    assert signed.signed.hex() == (folder / "eddsa-jcs-2022/combinedHashJCS.txt").read_text().strip()
    assert signed.verifies(key)
    assert not credential.parse(data.replace(b"School of", b"school of")).verifies(key)


def test_no_edge_case_of_ed25519_that_the_standard_forbids_verifies():
    vectors = json.loads(shared(f"{TRUST}/ed25519/ed25519vectors.json").read_text())
    assert len(vectors) == 914
    forbidden = {"non_canonical_A", "non_canonical_R", "low_order_A", "low_order_residue", "reencoded_k"}
    refused = accepted = 0
    for vector in vectors:
        try:
            key = PublicKey.from_jwk(ed25519_jwk(bytes.fromhex(vector["key"])))
            verifies = key.verifies(bytes.fromhex(vector["sig"]), vector["msg"].encode())
        except Malformed:
            verifies = False
        # RFC 8032 forbids other spellings of a point; keys of low order and the cofactor we refuse beyond it.
        assert not (verifies and forbidden & set(vector["flags"] or ())), vector["number"]
        refused, accepted = refused + (not verifies), accepted + verifies
    assert (refused, accepted) == (828, 86)


@pytest.mark.parametrize(
    ("folder", "schema", "required"),
    [("dcc", "ConformityCredential.json", "issuer"), ("dia", "dia/DigitalIdentityAnchor.json", "credentialSubject")],
)
def test_untps_own_samples_pass_its_schema_and_our_shim_leaves_them_as_they_are(folder, schema, required):
    jsonschema = pytest.importorskip("jsonschema")
    published = shared(f"{TRUST}/untp/v0.7.0")
    judge = jsonschema.Draft202012Validator(json.loads((published / "schemas" / schema).read_text()))
    samples = [json.loads(path.read_text()) for path in sorted((published / "samples" / folder).glob("*.json"))]

    assert len(samples) == 3
    for sample in samples:
        assert v0_7.for_schema(sample) == sample
        judge.validate(sample)
        with pytest.raises(jsonschema.ValidationError):
            judge.validate({name: part for name, part in sample.items() if name != required})
