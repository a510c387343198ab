import json

import pytest

from shared import shared
from testamur.kernel.public_keys import ed25519_jwk, multikey, thumbprint
from testamur.kernel.refusal import Refused
from testamur.keys.jwk import check_registrable
from testamur.keys.signer import MemorySigner
from testamur.verification.signature import PublicKey
from testamur.verification.strict_json import Malformed


@pytest.mark.parametrize("algorithm", ["Ed25519", "ES256"])
def test_an_honest_key_may_be_registered_in_both_forms(algorithm):
    signer = MemorySigner.generate(algorithm, sample=True)

    assert check_registrable(signer.public_jwk) == algorithm
    assert check_registrable(signer.multikey) == algorithm


def test_every_published_edge_case_key_is_refused():
    vectors = json.loads(shared("cases/trust/ed25519/ed25519vectors.json").read_text())

    keys = {vector["key"] for vector in vectors if vector["flags"]}
    weak = {vector["key"] for vector in vectors if {"low_order_A", "non_canonical_A"} & set(vector["flags"] or ())}
    mixed = {vector["key"] for vector in vectors if "low_order_component_A" in (vector["flags"] or ())}
    assert len(weak) == 14 and mixed - weak and keys >= weak | mixed
    for key in weak | mixed:
        with pytest.raises(Refused, match=r"low or mixed order|not a public key"):
            check_registrable(ed25519_jwk(bytes.fromhex(key)))
    for key in weak:  # a verifier refuses them again, whoever registered them
        with pytest.raises(Malformed):
            PublicKey.from_ed25519(bytes.fromhex(key))


def test_a_private_key_is_refused_and_said_to_be_lost():
    with pytest.raises(Refused, match="private key"):
        check_registrable({"kty": "OKP", "crv": "Ed25519", "x": "A" * 43, "d": "A" * 43})


@pytest.mark.parametrize(
    "key",
    [
        {},
        {"kty": "RSA", "n": "AQAB", "e": "AQAB"},
        {"kty": "OKP", "crv": "Ed25519", "x": "short"},
        {"kty": "EC", "crv": "P-256", "x": "A" * 43, "y": "A" * 43},
        "z6Mk",
        "not multibase",
    ],
)
def test_what_is_no_public_key_is_refused(key):
    with pytest.raises(Refused, match="not a public key"):
        check_registrable(key)


def test_the_thumbprint_is_the_one_of_rfc_8037():
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}

    assert thumbprint(jwk) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


def test_the_multikey_is_the_one_of_the_w3c_vectors():
    pair = json.loads(shared("cases/trust/w3c/vc-di-eddsa/TestVectors/keyPair.json").read_text())

    key = PublicKey.from_multikey(pair["publicKeyMultibase"])
    assert multikey(key.jwk) == pair["publicKeyMultibase"]
