"""Root lists: followed from the one a verifier trusts to the newest; each mutation is refused with its sentence."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from testamur.keys.signer import MemorySigner
from testamur.verification import checkpoint, entry, jcs, layout, proof, root_list, tree, trust_file
from testamur.verification.path import validate
from testamur.verification.signature import PublicKey
from testamur.verification.strict_json import Malformed, parse_object
from testamur.verification.verdict import Code, Rejected
from unit.verification.universe import HOST, KEYS, NOW, World

A, B, C, D, E = (MemorySigner.generate(one, sample=True) for one in ("Ed25519", "ES256", "Ed25519", "Ed25519", "ES256"))
YEAR = timedelta(days=365)


def public(*signers):
    return tuple(PublicKey.from_jwk(one.public_jwk) for one in signers)


class Lists:
    """A world whose trust is list 1 (two of A, B, C), with lists 2 (two of B, C, D) and 3 (two of C, D, E) after it."""

    def __init__(self):
        self.world = World().build()
        plain = self.world.trust
        self.trust = replace(plain, version=1, expires=NOW + YEAR, keys=public(A, B, C), threshold=2)
        self.second = replace(self.trust, version=2, keys=public(B, C, D))
        self.third = replace(self.trust, version=3, keys=public(C, D, E))
        self.put(2, root_list.body(self.second), B, C)
        self.put(3, root_list.body(self.third), C, D)
        self.show(3)

    def put(self, number, facts, *signers):
        for signer in signers:
            facts = root_list.sign(facts, signer)
        self.world.files[layout.root_list(number)] = jcs.canonical(facts)

    def show(self, number, *, logged=True):
        data = self.world.files[layout.root_list(number)]
        self.world.files[layout.TRUST_ROOTS] = data
        digest = entry.document_digest(parse_object(data)) if logged else entry.document_digest({})
        made = entry.build(
            entry.EntryType.ROOT_UPDATE, digest=digest, id=layout.url(HOST, layout.TRUST_ROOTS), at=NOW, sample=True
        )
        note = checkpoint.sign(self.trust.log.name, 1, tree.root_of([tree.leaf_hash(made)]), KEYS["log"])
        self.world.files[layout.TRUST_ROOTS_PROOF] = proof.format(made, 0, [], note).encode()

    def verdict(self, now=NOW):
        return validate(self.world.certificate, site=self.world, trust=self.trust, now=now)


def test_a_verifier_follows_the_lists_from_the_one_it_trusts_to_the_newest():
    lists = Lists()

    assert root_list.follow(lists.trust, lists.world) == lists.third
    assert lists.verdict().result is Code.VALID


def test_a_verifier_that_trusts_no_signed_list_follows_none():
    lists = Lists()
    lists.trust = replace(lists.trust, keys=(), threshold=0)
    lists.world.files.pop(layout.root_list(2))

    assert lists.verdict().result is Code.VALID


def test_a_bundle_without_lists_is_judged_by_the_list_one_trusts_until_that_expires():
    lists = Lists()
    for name in [one for one in lists.world.files if one.startswith("trust/roots")]:
        lists.world.files.pop(name)

    assert lists.verdict().result is Code.VALID
    lists.trust = replace(lists.trust, expires=NOW)
    assert lists.verdict().result is Code.TRUST_INVALID


def facts_of(trust, **changes):
    return {**root_list.body(trust), **changes}


def twice_by_one(lists):
    facts = root_list.sign(facts_of(lists.second), B)
    facts["signatures"] = facts["signatures"] * 2
    lists.world.files[layout.root_list(2)] = jcs.canonical(facts)


def changed_after_signing(lists):
    facts = parse_object(lists.world.files[layout.root_list(2)])
    lists.world.files[layout.root_list(2)] = jcs.canonical(
        {**facts, "roots": [*facts["roots"], "did:web:evil.example"]}
    )


def another_of_that_version(lists):
    lists.put(3, facts_of(lists.third, quorum=0, roots=["did:web:evil.example"]), C, D)
    lists.show(3)
    lists.put(3, facts_of(lists.third), C, D)


MUTATIONS = {
    "signed by too few of the keys before": (
        lambda lists: lists.put(2, facts_of(lists.second), C, D),
        "list 2 is signed by 1 of the keys of the list before it; 2 must",
    ),
    "signed by too few of its own keys": (
        lambda lists: lists.put(2, facts_of(lists.second), A, B),
        "list 2 is signed by 1 of its own keys; 2 must",
    ),
    "one key signs twice": (twice_by_one, "list 2 is signed by 1 of the keys of the list before it"),
    "changed after signing": (changed_after_signing, "list 2 is signed by 0 of the keys of the list before it"),
    "a version is missing": (
        lambda lists: lists.world.files.pop(layout.root_list(2)),
        "shows root list 3, but list 2, which leads to it, is not there",
    ),
    "a version is skipped": (
        lambda lists: lists.put(2, facts_of(lists.second, version=3), B, C),
        "After root list 1 comes list 2, not 3",
    ),
    "an old list put back": (
        lambda lists: setattr(lists, "trust", replace(lists.trust, version=4)),
        "shows root list 3, and you know list 4 already: an old one was put back",
    ),
    "another list of the version one trusts": (
        lambda lists: setattr(lists, "trust", replace(lists.third, roots=frozenset({"did:web:x"}))),
        "shows another root list 3 than the one its roots signed",
    ),
    "another list shown than the one signed": (another_of_that_version, "another root list 3 than the one its roots"),
    "the newest has expired": (
        lambda lists: (
            lists.put(3, root_list.body(replace(lists.third, expires=NOW - timedelta(days=1))), C, D),
            lists.show(3),
        ),
        "list 3 expired on",
    ),
    "for another platform": (
        lambda lists: lists.put(2, facts_of(lists.second, host="other.example"), B, C),
        "list 2 is for another platform: other.example",
    ),
    "it gives up its keys": (
        lambda lists: lists.put(2, facts_of(lists.second, keys=[], threshold=0), B, C),
        "list 2 names no keys that could change it",
    ),
    "a threshold nobody can reach": (
        lambda lists: lists.put(2, facts_of(lists.second, threshold=4), B, C),
        "list 2 cannot be read: threshold",
    ),
    "no list at all": (
        lambda lists: lists.world.files.update({layout.root_list(2): b"{}"}),
        "list 2 cannot be read",
    ),
    "not in the log": (lambda lists: lists.show(3, logged=False), "list 3 is not the one in the public log"),
    "without a proof": (
        lambda lists: lists.world.files.pop(layout.TRUST_ROOTS_PROOF),
        "list 3 is not the one in the public log. There is no proof",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_list_that_breaks_one_rule_is_refused_with_its_sentence(name):
    change, sentence = MUTATIONS[name]
    lists = Lists()
    change(lists)

    found = lists.verdict()

    assert found.result is Code.TRUST_INVALID, found.reason.sentence()
    assert sentence in found.reason.sentence()


def test_lists_between_may_have_expired_as_long_as_the_newest_holds():
    lists = Lists()
    lists.put(2, root_list.body(replace(lists.second, expires=NOW - YEAR)), B, C)

    assert lists.verdict().result is Code.VALID


def test_a_signature_of_a_stranger_neither_helps_nor_harms():
    lists = Lists()
    lists.put(2, facts_of(lists.second), A, B, C, E)

    assert root_list.follow(lists.trust, lists.world) == lists.third


def test_a_key_that_occurs_twice_makes_a_list_unreadable():
    facts = root_list.body(Lists().second)

    with pytest.raises(Malformed, match="twice"):
        trust_file.parse(jcs.canonical({**facts, "keys": [facts["keys"][0]] * 2}))


def test_what_is_followed_is_written_and_read_back_the_same(tmp_path):
    lists = Lists()
    newest = root_list.follow(lists.trust, lists.world)
    newest.write(tmp_path / "trust.json")

    assert trust_file.parse((tmp_path / "trust.json").read_bytes()) == newest
    with pytest.raises(Rejected):
        root_list.check_not_expired(newest, NOW + YEAR)
