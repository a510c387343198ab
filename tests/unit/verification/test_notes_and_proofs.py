from datetime import UTC, datetime

import pytest

from testamur.keys.signer import MemorySigner
from testamur.verification import checkpoint, entry, note, proof, tree
from testamur.verification.note import COSIGNATURE_V1, VerifierKey
from testamur.verification.signature import PublicKey
from testamur.verification.strict_json import Malformed

NAME = "sample.testamur.example/log"
LOG = MemorySigner.generate(sample=True)
WITNESS = MemorySigner.generate(sample=True)
LOG_KEY = VerifierKey.of(NAME, PublicKey.from_jwk(LOG.public_jwk))
WITNESS_KEY = VerifierKey.of("w1.example/witness", PublicKey.from_jwk(WITNESS.public_jwk), COSIGNATURE_V1)
ENTRY = entry.build(
    entry.EntryType.CERT_ISSUE, digest="uEi", id="https://x.example/c/1", at=datetime(2026, 3, 1, tzinfo=UTC)
)


def _checkpoint(root=None, size=1):
    return checkpoint.sign(NAME, size, root or tree.leaf_hash(ENTRY), LOG)


def test_the_published_note_of_go_verifies():
    # From the documentation of golang.org/x/mod/sumdb/note.
    key = VerifierKey.parse("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
    signed = (
        "If you think cryptography is the answer to your problem,\n"
        "then you don't know what your problem is.\n\n"
        "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
    )

    assert note.verifies(note.parse(signed), key) is True
    assert note.verifies(note.parse(signed.replace("answer", "Answer")), key) is False
    assert str(key) == "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"


@pytest.mark.parametrize(
    "text",
    ["", "a+b", "x+00000000+AQID", str(LOG_KEY).replace("+", "+0", 1), f"a b{LOG_KEY}"],
    ids=["empty", "two parts", "too short", "wrong hash", "space in the name"],  # the key is random: it names no test
)
def test_a_verifier_key_of_another_form_is_refused(text):
    with pytest.raises(Malformed):
        VerifierKey.parse(text)


@pytest.mark.parametrize(
    "text", ["no signatures\n", "a\n\n- w AAAAAAAA\n", "a\n\n— w AAAA\n", "a\n\n— w !!!!\n", "a\x00\n\n— w AAAAAAAA\n"]
)
def test_a_note_of_another_form_is_refused(text):
    with pytest.raises(Malformed):
        note.parse(text)


def test_a_checkpoint_is_signed_by_its_log_and_cosigned():
    signed = _checkpoint()
    cosigned = signed + note.cosignature_line(note.parse(signed).text, WITNESS_KEY.name, WITNESS, 1_800_000_000)

    assert checkpoint.check(checkpoint.parse(signed), LOG_KEY) == []
    found = checkpoint.check(checkpoint.parse(cosigned), LOG_KEY, [WITNESS_KEY], quorum=1)
    assert found == [(WITNESS_KEY.name, 1_800_000_000)]
    with pytest.raises(checkpoint.BadSignature, match="0 of 1"):
        checkpoint.check(checkpoint.parse(signed), LOG_KEY, [WITNESS_KEY], quorum=1)


def test_a_wrong_line_of_a_known_key_is_fatal_and_of_an_unknown_one_is_not():
    signed = _checkpoint()
    text = note.parse(signed).text
    wrong = note.cosignature_line(text + "x\n", WITNESS_KEY.name, WITNESS, 1_800_000_000)
    stranger = note.cosignature_line(text, "w2.example/witness", MemorySigner.generate(sample=True), 1)

    with pytest.raises(checkpoint.BadSignature, match="w1"):
        checkpoint.check(checkpoint.parse(signed + wrong), LOG_KEY, [WITNESS_KEY])
    assert checkpoint.check(checkpoint.parse(signed + stranger), LOG_KEY, [WITNESS_KEY]) == []


def test_a_checkpoint_of_another_log_or_key_is_refused():
    other = MemorySigner.generate(sample=True)

    with pytest.raises(checkpoint.BadSignature):
        checkpoint.check(checkpoint.parse(checkpoint.sign("other/log", 1, bytes(32), LOG)), LOG_KEY)
    with pytest.raises(checkpoint.BadSignature):
        checkpoint.check(checkpoint.parse(checkpoint.sign(NAME, 1, bytes(32), other)), LOG_KEY)


@pytest.mark.parametrize("body", ["a\n", "a\n01\nAAAA\n", "a\n1\nAAAA\n", "a\nx\nAAAA\n", "\n1\n" + "A" * 43 + "=\n"])
def test_a_checkpoint_of_another_form_is_refused(body):
    with pytest.raises(Malformed):
        checkpoint.parse(note.assemble(body, [note.signature_line(body, NAME, LOG)]))


def test_an_offline_proof_reads_as_it_was_written():
    leaves = [tree.leaf_hash(b"first"), tree.leaf_hash(ENTRY)]
    text = proof.format(ENTRY, 1, [leaves[0]], _checkpoint(tree.root_of(leaves), 2))

    found = proof.parse(text)
    assert (found.entry, found.index, found.hashes) == (ENTRY, 1, (leaves[0],))
    assert found.includes()
    assert not proof.parse(text.replace("index 1", "index 0")).includes()


@pytest.mark.parametrize(
    ("old", "new"),
    [("@v1", "@v2"), ("extra ", "extras "), ("index 0", "index 00"), ("index 0", "index -1"), ("\n\n", "\n")],
)
def test_a_proof_of_another_form_is_refused(old, new):
    text = proof.format(ENTRY, 0, [], _checkpoint())

    with pytest.raises(Malformed):
        proof.parse(text.replace(old, new, 1))


def test_an_entry_is_its_exact_bytes():
    found = entry.parse(ENTRY)

    assert (found.type, found.id, found.sample) == ("cert.issue", "https://x.example/c/1", False)
    for changed in (ENTRY.replace(b":", b": ", 1), ENTRY + b" ", ENTRY.replace(b'"v":1', b'"v":2'), b"[]"):
        with pytest.raises(Malformed):
            entry.parse(changed)
    with pytest.raises(ValueError, match="65,535"):
        entry.build(entry.EntryType.PROCESS_EVENT, digest="u", id="x" * 70_000, at=datetime(2026, 3, 1, tzinfo=UTC))
