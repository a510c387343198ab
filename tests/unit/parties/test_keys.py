"""Keys of organisations, their DID documents, and the roots of trust."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from testamur.journal.models import Event
from testamur.kernel.refusal import Refused
from testamur.parties import actions, queries
from testamur.parties.actions import keys
from testamur.parties.actions.key_changes import rotate_key
from testamur.transparency import publication, safekeeping, sequencer
from testamur.transparency.models import Entry
from testamur.verification import did as dids
from testamur.verification import layout, proof

from .conftest import BY, NOON

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def key(body):
    return actions.create_key(organisation=body["organisation"], by=body["bao"], at=NOON)


def test_a_new_key_is_published_logged_and_proved(body, key):
    place = f"org/{body['organisation'].public_id.lower()}"
    name = f"did:web:sample.testamur.example:org:{body['organisation'].public_id.lower()}"

    document = dids.parse(publication.get(f"{place}/did.json"))
    entry = Entry.objects.get(type="did.update")

    assert document.id == name == queries.did(body["organisation"])
    assert set(document.methods) == {f"{name}#k1", f"{name}#k1-multikey"}
    facts = json.loads(bytes(entry.data))
    assert (facts["d"], facts["id"], facts["iss"], facts["k"]) == (document.digest, name, name, key.thumbprint)
    assert publication.get(f"{place}/did.tlog-proof").decode() == entry.proof
    assert proof.parse(entry.proof)


def test_documents_that_a_killed_act_left_unwritten_are_written_by_whoever_sequences(body, key, monkeypatch):
    place = f"org/{body['organisation'].public_id.lower()}"
    with sequencer.held():
        with monkeypatch.context() as killed:
            killed.setattr(keys, "publish_did", lambda organisation: None)
            killed.setattr(keys, "publish_roots", lambda: None)
            actions.name_root(organisation=body["organisation"], by=BY, at=NOON)
            rotate_key(organisation=body["organisation"], by=body["bao"], at=NOON)
        before = publication.get(f"{place}/did.json").decode(), publication.get(layout.TRUST_ROOTS)

    assert "#k2" not in before[0] and before[1] is None
    assert publication.get(f"{place}/did.json") == queries.pretty(keys.did_document(body["organisation"]))
    assert "#k2" in publication.get(f"{place}/did.json").decode()
    assert queries.did(body["organisation"]) in publication.get(layout.TRUST_ROOTS).decode()


def test_the_signer_signs_what_the_published_key_verifies(body, key):
    signer = actions.signer(body["organisation"])
    document = dids.parse(publication.get(f"org/{body['organisation'].public_id.lower()}/did.json"))

    public = document.methods[queries.kid(key)].key

    assert signer.thumbprint == key.thumbprint
    assert public.verifies(signer.sign(b"sample"), b"sample")
    assert not public.verifies(signer.sign(b"sample"), b"other")


def test_the_key_file_is_sealed_and_opens_again_in_another_process(body, key, settings):
    path = Path(settings.KEYS_DIR) / "org" / f"{key.thumbprint}.key"

    assert path.stat().st_mode & 0o777 == 0o600
    safekeeping._signers.clear()
    assert actions.signer(body["organisation"]).thumbprint == key.thumbprint

    safekeeping._signers.clear()
    settings.KEY_PASSPHRASE = "another passphrase"
    with pytest.raises(Refused, match="does not open"):
        actions.signer(body["organisation"])


def test_a_samples_key_signs_on_no_real_platform(body, key, settings):
    settings.SAMPLE = False

    with pytest.raises(Refused, match="made for a sample world"):
        actions.signer(body["organisation"])


def test_a_second_key_beside_a_living_one_is_refused(body, key):
    with pytest.raises(Refused, match="signs with its key k1 already"):
        actions.create_key(organisation=body["organisation"], by=body["bao"], at=NOON)


def test_only_an_administrator_makes_a_key_and_a_refusal_publishes_nothing(body):
    with pytest.raises(Refused, match="does not hold"):
        actions.create_key(organisation=body["organisation"], by=body["dai"], at=NOON)

    assert not Entry.objects.exists()
    with pytest.raises(Refused, match="no signing key yet"):
        actions.signer(body["organisation"])


def test_a_root_is_named_by_the_platform_published_and_logged(body, key):
    with pytest.raises(Refused, match="whoever runs the platform"):
        actions.name_root(organisation=body["organisation"], by=body["bao"], at=NOON)

    actions.name_root(organisation=body["organisation"], by=BY, at=NOON)

    trust = json.loads(publication.get("trust/roots.json"))
    assert trust["roots"] == [queries.did(body["organisation"])]
    assert (trust["host"], trust["quorum"], trust["sample"]) == ("sample.testamur.example", 0, True)
    assert trust["log_vkey"].startswith("sample.testamur.example/log+")
    entry = Entry.objects.get(type="root.update")
    assert json.loads(bytes(entry.data))["d"] == keys.document_digest(trust)
    assert publication.get("trust/roots.tlog-proof").decode() == entry.proof
    assert queries.is_root(body["organisation"])
    with pytest.raises(Refused, match="already"):
        actions.name_root(organisation=body["organisation"], by=BY, at=NOON)
    assert Event.objects.filter(kind="root.named").count() == 1


def test_the_settings_name_roots_too(body, works, settings):
    settings.TESTAMUR_ROOTS = (works["organisation"].public_id.lower(),)

    assert queries.roots() == [works["organisation"]]
    assert not queries.is_root(body["organisation"])
