"""Keys in a hardware module, against SoftHSM2: made there, used there, never taken out."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest

from testamur.kernel.identity import public_id
from testamur.kernel.refusal import Refused
from testamur.keys import pkcs11
from testamur.keys.signer import Signer, check_key_fits
from testamur.verification.signature import PublicKey

library = pytest.importorskip("pkcs11", reason="python-pkcs11 is not installed: pip install testamur[hsm]")


@pytest.fixture
def name():
    return public_id().lower()


@pytest.mark.parametrize("algorithm", ["Ed25519", "ES256"])
def test_a_key_made_in_a_token_signs_what_its_published_half_verifies(soft_token, name, algorithm):
    made = pkcs11.create(soft_token, name, sample=True, algorithm=algorithm)
    found = pkcs11.open(soft_token, made.label)

    assert isinstance(found, Signer)
    assert (found.algorithm, found.thumbprint, found.multikey) == (algorithm, made.thumbprint, made.multikey)
    for public in (PublicKey.from_jwk(made.public_jwk), PublicKey.from_multikey(made.multikey)):
        assert public.verifies(found.sign(b"bytes"), b"bytes")
        assert not public.verifies(found.sign(b"bytes"), b"other bytes")
    assert len(found.sign(b"")) == 64


def test_the_private_half_is_marked_so_that_it_cannot_be_read_out(soft_token, name):
    made = pkcs11.create(soft_token, name, sample=True)
    _process, session = pkcs11._open[soft_token.module, soft_token.label]

    private = session.get_key(object_class=library.ObjectClass.PRIVATE_KEY, label=made.label)

    assert private[library.Attribute.SENSITIVE] and private[library.Attribute.NEVER_EXTRACTABLE]
    assert not private[library.Attribute.EXTRACTABLE]
    with pytest.raises(library.exceptions.PKCS11Error):
        private[library.Attribute.VALUE]


def test_a_key_that_can_be_copied_out_is_not_used(soft_token, name):
    pkcs11.create(soft_token, f"{name}-first", sample=True)
    _process, session = pkcs11._open[soft_token.module, soft_token.label]
    from pkcs11.util.ec import encode_named_curve_parameters

    domain = session.create_domain_parameters(
        library.KeyType.EC, {library.Attribute.EC_PARAMS: encode_named_curve_parameters("secp256r1")}, local=True
    )
    domain.generate_keypair(
        store=True, label=name, private_template={library.Attribute.EXTRACTABLE: True, library.Attribute.TOKEN: True}
    )

    with pytest.raises(Refused, match="can be copied out"):
        pkcs11.open(soft_token, name)


def test_a_lost_session_is_opened_again(soft_token, name):
    signer = pkcs11.create(soft_token, name, sample=True)
    public = PublicKey.from_jwk(signer.public_jwk)
    _process, session = pkcs11._open[soft_token.module, soft_token.label]

    session.close()

    assert public.verifies(signer.sign(b"after"), b"after")
    assert pkcs11._open[soft_token.module, soft_token.label][1] is not session


def test_a_forked_process_opens_a_session_of_its_own(soft_token, name):
    signer = pkcs11.create(soft_token, name, sample=True)
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:  # pragma: no cover - another process
        try:
            os.write(writing, signer.sign(b"child"))
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        signature = pipe.read()
    os.waitpid(child, 0)

    assert PublicKey.from_jwk(signer.public_jwk).verifies(signature, b"child")
    assert PublicKey.from_jwk(signer.public_jwk).verifies(signer.sign(b"parent"), b"parent")


def test_the_label_says_whose_world_a_key_is_of(soft_token, name):
    sample = pkcs11.create(soft_token, name, sample=True)
    real = pkcs11.create(soft_token, name, sample=False)

    assert (sample.sample, real.sample) == (True, False)
    with pytest.raises(Refused, match="made for a sample world"):
        check_key_fits(sample, sample=False)
    with pytest.raises(Refused, match="is a real one"):
        check_key_fits(real, sample=True)


def test_a_key_is_never_overwritten_and_is_gone_once_destroyed(soft_token, name):
    made = pkcs11.create(soft_token, name, sample=True)
    with pytest.raises(Refused, match="never overwritten"):
        pkcs11.create(soft_token, name, sample=True)

    assert pkcs11.destroy(soft_token, made.label)
    assert not pkcs11.destroy(soft_token, made.label)
    with pytest.raises(Refused, match="holds no key testamur-sample-"):
        pkcs11.open(soft_token, made.label)
    with pytest.raises(Refused, match="holds no key"):
        made.sign(b"bytes")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"module": "/nowhere/libhsm.so"}, "module /nowhere/libhsm.so cannot be loaded. TESTAMUR_PKCS11_MODULE"),
        ({"label": "Another"}, "has no token Another. Plug it in, or set TESTAMUR_PKCS11_TOKEN"),
        ({"pin": "wrong-pin-0000"}, "The PIN does not open the token Sample token"),
    ],
)
def test_what_is_missing_is_said_in_a_sentence_without_the_pin(soft_token, name, change, sentence):
    pkcs11.forget(soft_token)  # a process is logged in once: only a first session asks for the PIN

    with pytest.raises(Refused, match=sentence) as refused:
        pkcs11.create(replace(soft_token, **change), name, sample=True)

    assert refused.value.who == "whoever runs the platform"
    pin = change.get("pin", soft_token.pin)
    assert pin not in refused.value.sentence() and pin not in repr(replace(soft_token, **change))


def test_without_the_package_the_sentence_says_what_to_install(soft_token, name, monkeypatch):
    import builtins

    known = builtins.__import__

    def lacking(module, *rest, **more):
        if module == "pkcs11":
            raise ImportError(module)
        return known(module, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", lacking)
    with pytest.raises(Refused, match=r"Install testamur\[hsm\]"):
        pkcs11.create(soft_token, name, sample=True)
