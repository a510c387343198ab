"""Foreign verifiers take what Testamur issued, and refuse it broken: npm `jose` and @digitalbazaar's packages."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from testamur.kernel import clock
from testamur.kernel.days import iso
from testamur.kernel.multibase import b64url, from_b64url
from testamur.verification import layout

from .conftest import Site, contexts, node

pytestmark = [pytest.mark.peer, pytest.mark.django_db]


def by_jose(site: Site, *tokens: str) -> list[dict[str, Any]]:
    return node("jose.mjs", {"site": str(site.folder), "host": site.host, "tokens": tokens})


def by_digitalbazaar(site: Site, *twins: dict[str, Any]) -> list[dict[str, Any]]:
    facts = {"site": str(site.folder), "host": site.host, "contexts": contexts(), "now": iso(clock.now())}
    return node("vc.mjs", {**facts, "credentials": twins})


def broken(token: str) -> str:
    """Return the token with one letter of its payload changed, still JSON."""
    head, payload, signature = token.split(".")
    changed = from_b64url(payload).replace(b'"sample":true', b'"sample":null')
    assert changed != from_b64url(payload)
    return f"{head}.{b64url(changed)}.{signature}"


def test_jose_verifies_envelopes_of_both_kinds_of_key(site):
    names = {"valid": "Ed25519", "licence": "Ed25519", "accreditation": "Ed25519", "by_p256": "ES256"}

    found = by_jose(site, *map(site.jwt, names))

    assert [one.get("alg") for one in found] == list(names.values()), found
    assert found[0]["payload"]["id"] == f"https://{site.host}/{site.paths['valid']}"
    assert "vc" not in found[0]["payload"] and "proof" not in found[0]["payload"]


def test_jose_verifies_status_lists_histories_and_what_a_person_holds(site):
    lists = [path.read_text() for path in sorted((site.folder / "status").glob("*.jwt"))]
    history = (site.folder / f"{site.paths['suspended']}.history.jwt").read_text()

    found = by_jose(site, *lists, history, site.held["jwt"].decode())

    assert len(lists) >= 9 and [one for one in found if "error" in one] == []


@pytest.mark.parametrize("name", ["valid", "by_p256"])
def test_jose_refuses_a_changed_payload_and_another_issuers_key(site, name):
    token = site.jwt(name)
    head, payload, signature = token.split(".")
    others = json.loads(from_b64url(site.jwt("licence").split(".")[0])) | {
        "alg": json.loads(from_b64url(head))["alg"],
    }
    swapped = f"{b64url(json.dumps(others).encode())}.{payload}.{signature}"

    found = by_jose(site, broken(token), swapped, token)

    assert ["error" in one for one in found] == [True, True, False], found


def test_digitalbazaar_verifies_the_twin_and_knows_every_term_of_it(site):
    found = by_digitalbazaar(site, *map(site.twin, ("valid", "licence", "accreditation")))

    assert [one["verified"] for one in found] == [True] * 3, found
    assert [one["expanded"] for one in found] == [True] * 3, found


def test_digitalbazaar_reads_the_status_lists_by_their_own_proofs(site):
    valid, suspended = by_digitalbazaar(site, site.twin("valid"), site.twin("suspended"))

    nothing = dict.fromkeys(layout.PURPOSES, False)
    assert valid["status"] == nothing, valid
    assert suspended["status"] == {**nothing, layout.SUSPENSION: True}, suspended


def test_digitalbazaar_refuses_changed_words_a_foreign_proof_and_an_unknown_term(site):
    whole = site.twin("valid")
    renamed, foreign, unknown = copy.deepcopy(whole), copy.deepcopy(whole), copy.deepcopy(whole)
    renamed["credentialSubject"]["issuedToParty"]["name"] = "Another"
    foreign["proof"]["proofValue"] = site.twin("suspended")["proof"]["proofValue"]
    unknown["credentialStatus"][0]["noSuchTerm"] = "x"  # elsewhere UNTP's vocabulary takes every word

    found = by_digitalbazaar(site, renamed, foreign, unknown)

    assert [one["verified"] for one in found] == [False] * 3, found
    assert [one["expanded"] for one in found] == [True, True, False], found


def test_digitalbazaar_refuses_a_status_list_whose_bits_were_changed(site, tmp_path):
    changed = site.copy(tmp_path / "public")
    entry = next(
        one for one in changed.twin("suspended")["credentialStatus"] if one["statusPurpose"] == layout.SUSPENSION
    )
    clean = next(
        one for one in changed.twin("suspended")["credentialStatus"] if one["statusPurpose"] == layout.REVOCATION
    )
    place = changed.folder / f"{entry['statusListCredential'].removeprefix(f'https://{site.host}/')}.json"
    empty = changed.folder / f"{clean['statusListCredential'].removeprefix(f'https://{site.host}/')}.json"
    facts = json.loads(place.read_text())
    facts["credentialSubject"]["encodedList"] = json.loads(empty.read_text())["credentialSubject"]["encodedList"]
    place.write_text(json.dumps(facts))

    [found] = by_digitalbazaar(changed, changed.twin("suspended"))

    assert found["status"] is None and "not verified" in found["statusError"]


def test_digitalbazaar_verifies_the_badge_that_a_person_holds_and_the_site_does_not_have(site):
    badge = json.loads(site.held["json"])
    forged = copy.deepcopy(badge)
    forged["credentialSubject"]["achievement"]["name"] = "Another achievement"

    right, wrong = by_digitalbazaar(site, badge, forged)

    assert right["verified"] and right["expanded"], right
    assert badge["type"] == ["VerifiableCredential", "OpenBadgeCredential"]
    assert right["status"] == dict.fromkeys(layout.PURPOSES, False)
    assert not wrong["verified"]
    assert not (site.folder / f"{badge['id'].removeprefix(f'https://{site.host}/')}.json").exists()
