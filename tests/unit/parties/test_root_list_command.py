"""``testamur trust``: make root keys, propose a list, sign it offline by file and by token, publish, follow."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from soft_token import soft_token
from testamur.cli.trust import main
from testamur.kernel import clock
from testamur.kernel.refusal import Refused
from testamur.keys import pkcs11
from testamur.parties import actions
from testamur.parties.actions import root_lists
from testamur.parties.actions.keys import follow_policy, publish_roots
from testamur.parties.models import RootList
from testamur.transparency import publication
from testamur.transparency.models import Entry
from testamur.verification import layout, trust_file

from .conftest import BY, NOON

__all__ = ["soft_token"]
pytestmark = pytest.mark.django_db(transaction=True)
EN = ["--language", "en"]


@pytest.fixture
def root(body):
    actions.create_key(organisation=body["organisation"], by=body["bao"], at=NOON)
    actions.name_root(organisation=body["organisation"], by=BY, at=NOON)
    return body["organisation"]


@pytest.fixture
def safe(tmp_path):
    """Three root keys in files, and the file with their passphrase."""
    secret = tmp_path / "secret"
    secret.write_text("a long phrase")
    for name in "abc":
        asked = ["make-key", str(tmp_path / name), "--sample", "--secret-file", str(secret), *EN]
        assert main(asked) == 0
    return tmp_path


def propose(safe, *names, threshold=2, days=365):
    given = [part for name in names for part in ("--key", str(safe / f"{name}.pub"))]
    more = ["--threshold", str(threshold)] if names else []
    return main(["propose", str(safe / "list"), *given, *more, "--days", str(days), *EN])


def sign(safe, name):
    return main(
        ["sign", str(safe / "list"), "--key", str(safe / name), "--secret-file", str(safe / "secret"), "--yes", *EN]
    )


def publish(safe):
    return main(["publish", str(safe / "list"), *EN])


def published(safe):
    assert propose(safe, "a", "b", "c") == 0
    for name in "ab":
        assert sign(safe, name) == 0
    assert publish(safe) == 0
    return RootList.objects.get()


def test_a_list_is_proposed_signed_published_and_logged(root, safe, capsys):
    made = published(safe)

    shown = trust_file.parse(publication.get(layout.TRUST_ROOTS))
    assert (shown.version, shown.threshold, len(shown.keys)) == (made.version, 2, 3)
    assert publication.get(layout.root_list(made.version)) == publication.get(layout.TRUST_ROOTS)
    assert Entry.objects.filter(type="root.update").last() == made.entry
    assert publication.get(layout.TRUST_ROOTS_PROOF).decode() == made.entry.proof
    assert "Root list 2 is published and logged." in capsys.readouterr().out


def test_a_list_signed_by_too_few_is_refused_and_nothing_changes(root, safe):
    before = publication.get(layout.TRUST_ROOTS)
    propose(safe, "a", "b", "c")
    sign(safe, "a")

    with pytest.raises(Refused, match="signed by 1 of its own keys; 2 must"):
        publish(safe)
    assert publication.get(layout.TRUST_ROOTS) == before and not RootList.objects.exists()


def test_the_next_list_needs_the_keys_before_and_a_reader_follows_to_it(root, safe, settings, capsys):
    published(safe)
    trust, site = str(safe / "trust.json"), str(settings.PUBLIC_DIR)
    assert main(["init", "--site", site, "--out", trust, "--yes", *EN]) == 0
    assert main(["update", "--site", site, "--trust", trust, *EN]) == 0
    assert "nothing was written" in capsys.readouterr().out
    main(["make-key", str(safe / "d"), "--sample", "--secret-file", str(safe / "secret"), *EN])
    propose(safe, "b", "c", "d")
    sign(safe, "c")
    sign(safe, "d")
    with pytest.raises(Refused, match="signed by 1 of the keys of the list before it; 2 must"):
        publish(safe)
    sign(safe, "b")
    assert publish(safe) == 0

    assert main(["update", "--site", site, "--trust", trust, *EN]) == 0
    followed = trust_file.parse((safe / "trust.json").read_bytes())
    assert followed.version == 3 and followed == trust_file.parse(publication.get(layout.TRUST_ROOTS))


def test_a_key_of_a_hardware_module_signs_a_list(root, safe, soft_token, capsys):
    made = pkcs11.create(soft_token, f"root-{root.public_id.lower()}", sample=True, algorithm="ES256")
    (safe / "hsm.pub").write_text(json.dumps(made.public_jwk))
    (safe / "pin").write_text(soft_token.pin + "\n")
    propose(safe, "a", "hsm")
    sign(safe, "a")

    asked = ["--module", soft_token.module, "--token", soft_token.label, "--label", made.label]
    assert main(["sign", str(safe / "list"), *asked, "--secret-file", str(safe / "pin"), "--yes", *EN]) == 0
    assert publish(safe) == 0
    assert soft_token.pin not in capsys.readouterr().out


def test_the_list_names_its_keys_until_others_are_proposed_and_does_not_change_by_itself(root, works, safe):
    made = published(safe)

    actions.name_root(organisation=works["organisation"], by=BY, at=NOON)

    assert not follow_policy(by=BY, at=NOON)
    assert trust_file.parse(publication.get(layout.TRUST_ROOTS)).version == made.version
    assert propose(safe) == 0
    proposed = json.loads((safe / "list").read_text())
    assert len(proposed["roots"]) == 2 and proposed["keys"] == made.body["keys"]
    assert proposed["version"] == made.version + 1


def test_a_changed_or_expired_list_is_refused(root, safe):
    published(safe)
    propose(safe)
    facts = json.loads((safe / "list").read_text())
    sign(safe, "a")
    sign(safe, "b")
    signed = json.loads((safe / "list").read_text())

    for change, sentence in (
        ({"roots": ["did:web:evil.example"]}, "signed by 0 of the keys"),
        ({"version": facts["version"] + 1}, "comes list"),
        ({"host": "other.example"}, "another platform"),
    ):
        with pytest.raises(Refused, match=sentence):
            root_lists.publish(data=json.dumps({**signed, **change}).encode(), by=BY, at=NOON)
    with pytest.raises(Refused, match="no root list"):
        root_lists.publish(data=b"[]", by=BY, at=NOON)
    with pytest.raises(Refused, match="ends in the future"):
        root_lists.propose(expires=clock.now() - timedelta(days=1))
    publish_roots()
    assert RootList.objects.count() == 1
