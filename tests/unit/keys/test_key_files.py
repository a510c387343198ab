import json

import pytest

from testamur.kernel.refusal import Refused
from testamur.keys import file
from testamur.keys.signer import MemorySigner, Signer, check_key_fits
from testamur.verification.signature import PublicKey

CHEAP = 2**4  # scrypt cost for tests: the real one takes a tenth of a second


@pytest.mark.parametrize("algorithm", ["Ed25519", "ES256"])
def test_a_key_file_gives_back_the_key_that_was_made(tmp_path, algorithm):
    made = file.create(tmp_path / "keys" / "a.key", "a long phrase", sample=True, algorithm=algorithm, scrypt_n=CHEAP)
    opened = file.open(tmp_path / "keys" / "a.key", "a long phrase")

    assert isinstance(opened, Signer)
    assert (opened.thumbprint, opened.multikey, opened.sample) == (made.thumbprint, made.multikey, True)
    assert PublicKey.from_jwk(made.public_jwk).verifies(opened.sign(b"bytes"), b"bytes")
    assert PublicKey.from_multikey(made.multikey).verifies(opened.sign(b"bytes"), b"bytes")
    assert not PublicKey.from_jwk(made.public_jwk).verifies(opened.sign(b"bytes"), b"other bytes")


def test_a_key_file_is_for_its_owner_only_and_is_never_overwritten(tmp_path):
    path = tmp_path / "a.key"
    file.create(path, "a long phrase", sample=True, scrypt_n=CHEAP)

    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(Refused, match="never overwritten"):
        file.create(path, "a long phrase", sample=True, scrypt_n=CHEAP)


def test_who_is_stopped_while_writing_leaves_no_key_file(tmp_path, monkeypatch):
    def stopped(_descriptor):
        raise OSError("stopped")

    monkeypatch.setattr(file.os, "fsync", stopped)
    with pytest.raises(OSError, match="stopped"):
        file.create(tmp_path / "a.key", "a long phrase", sample=True, scrypt_n=CHEAP)

    assert list(tmp_path.iterdir()) == []
    monkeypatch.undo()
    assert file.create(tmp_path / "a.key", "a long phrase", sample=True, scrypt_n=CHEAP)


def test_a_wrong_passphrase_opens_nothing(tmp_path):
    file.create(tmp_path / "a.key", "a long phrase", sample=True, scrypt_n=CHEAP)

    with pytest.raises(Refused, match="does not open"):
        file.open(tmp_path / "a.key", "another phrase")


def test_the_sample_mark_cannot_be_edited(tmp_path):
    path = tmp_path / "a.key"
    file.create(path, "a long phrase", sample=True, scrypt_n=CHEAP)
    facts = json.loads(path.read_text())
    path.write_text(json.dumps({**facts, "sample": False}))

    with pytest.raises(Refused, match="was changed"):
        file.open(path, "a long phrase")


@pytest.mark.parametrize("content", [b"", b"{}", b"not json", b'{"type":"testamur-key"}', b"x" * 20_000])
def test_what_is_no_key_file_is_refused_with_a_sentence(tmp_path, content):
    (tmp_path / "a.key").write_bytes(content)

    with pytest.raises(Refused, match="not a key file"):
        file.open(tmp_path / "a.key", "a long phrase")


def test_a_missing_key_file_and_a_short_passphrase_are_refused(tmp_path):
    with pytest.raises(Refused, match="cannot be read"):
        file.open(tmp_path / "none.key", "a long phrase")
    with pytest.raises(Refused, match="at least 8"):
        file.create(tmp_path / "a.key", "short", sample=True)


@pytest.mark.parametrize("key_is_sample", [True, False])
def test_a_sample_platform_takes_sample_keys_only_and_a_real_one_real_keys_only(key_is_sample):
    signer = MemorySigner.generate(sample=key_is_sample)

    check_key_fits(signer, key_is_sample)
    with pytest.raises(Refused, match="sample"):
        check_key_fits(signer, not key_is_sample)
