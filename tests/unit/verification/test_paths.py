"""One valid world, and single mutations of it: each step of trust.md section 6 broken once, with its exact code."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest

from testamur.verification import layout
from testamur.verification.evidence import Evidence
from testamur.verification.history import Change
from testamur.verification.path import validate
from testamur.verification.trust_file import Trust
from testamur.verification.verdict import Code
from unit.verification.mutations import MUTATIONS, bits, changed_content, edit, gone, key, put
from unit.verification.universe import (
    AB,
    ACC,
    CB,
    CERT,
    HOST,
    KEYS,
    LICENCE,
    MARCH,
    NOW,
    World,
)

CERT_JWT, ACC_JWT = layout.certificate(CERT), layout.authority(ACC)
JUNE = datetime(2026, 6, 1, tzinfo=UTC)


def verdict(world, credential=None, **asked):
    return validate(credential or world.certificate, site=world, trust=world.trust, **{"now": NOW, **asked})


# ---------------------------------------------------------------------- the valid world


def test_the_whole_world_is_valid_and_every_link_says_so():
    found = verdict(World().build())

    assert (found.result, found.now, found.at_issue) == (Code.VALID, Code.VALID, Code.VALID)
    shape = [(link.kind, link.under, link.status) for link in found.path]
    assert shape == [
        ("certificate", -1, "valid"),
        ("licence", 0, "valid"),
        ("root", 1, ""),
        ("accreditation", 0, "valid"),
        ("competence", 3, "valid"),
        ("root", 4, ""),
    ]
    assert all(link.verdict is Code.VALID for link in found.path)
    assert found.as_of.log_index == 11 and found.as_of.status_until == NOW + timedelta(hours=20)
    assert found.sample


def test_without_witnesses_the_verdict_says_not_yet_witnessed_and_with_two_it_names_them():
    alone = verdict(World().build())
    world = World()
    world.quorum, world.cosigners = 2, ["w1", "w2"]
    cosigned = verdict(world.build())

    assert any("Not yet witnessed" in said.sentence() for said in alone.assurance)
    assert cosigned.result is Code.VALID
    assert [name for name, _time in cosigned.as_of.witnesses] == ["w1.example/witness", "w2.example/witness"]
    assert not any("Not yet witnessed" in said.sentence() for said in cosigned.assurance)


def test_the_json_twin_says_what_the_jwt_says():
    world = World().build()

    found = verdict(world, world.files[layout.certificate(CERT, "json")])
    assert found.result is Code.VALID and found.path[0].id == layout.certificate_id(HOST, CERT)


@pytest.mark.parametrize(
    ("code", "kinds"), [(ACC, ["accreditation", "competence", "root"]), (LICENCE, ["licence", "root"])]
)
def test_an_authority_can_be_asked_about_like_a_certificate(code, kinds):
    world = World().build()

    found = verdict(world, world.files[layout.authority(code)])
    assert found.result is Code.VALID
    assert [link.kind for link in found.path] == kinds


def test_a_certificate_that_does_not_claim_the_accreditation_is_valid_on_its_licence_and_says_so():
    world = World().edit("cert", lambda c: c["credentialSubject"]["authorisation"].pop(1) and None).build()

    found = verdict(world)
    assert found.result is Code.VALID
    assert any("claims no accreditation" in said.sentence() for said in found.assurance)


def test_scheme_and_standard_alone_are_the_two_dimension_case():
    standard = layout.url(HOST, "standards/gb-t-19001@2016")
    foreign = "https://scheme.example/qms"

    def plain(c):
        del c["credentialSubject"]["scopeLine"]
        c["credentialSubject"]["referenceScheme"] = {"id": foreign, "name": "Sample scheme"}
        c["credentialSubject"]["authorisation"].pop(0)

    def authority(c):
        c["credentialSubject"]["accreditationScope"] = [{"scheme": foreign, "standard": standard}]

    def recognition(c):
        c["credentialSubject"]["accreditationScope"] = [{"scheme": foreign, "standard": "*"}]

    world = World().edit("cert", plain).edit("acc", authority).edit("comp", recognition)
    found = verdict(world.edit("scheme:accreditation-cb", lambda s: s["authority"][0].update(free=[])).build())
    assert found.result is Code.VALID
    assert any("taken together" in said.sentence() for said in found.assurance)

    def narrower(c):
        c["credentialSubject"]["accreditationScope"] = [{"scheme": foreign, "standard": "https://std.example/other"}]

    assert verdict(World().edit("cert", plain).edit("acc", narrower).edit("comp", recognition).build()).result is (
        Code.SCOPE_NOT_COVERED
    )
    assert verdict(World().edit("cert", plain).edit("acc", authority).edit("comp", narrower).build()).result is (
        Code.SCOPE_NOT_COVERED
    )


# ---------------------------------------------------------------------- single mutations


@pytest.mark.parametrize("name", MUTATIONS)
def test_each_mutation_is_refused_with_its_code(name):
    code, change = MUTATIONS[name]
    world = World()
    change(world)

    found = verdict(world.build())
    assert found.result == code, found.sentence()
    assert found.sentence() and "{" not in found.sentence().replace('{"', "")
    assert json.dumps(found.to_json())


def test_a_root_that_the_verifier_does_not_trust_is_no_root():
    world = World().build()
    trust = Trust(HOST, frozenset({layout.organisation_did(HOST, "elsewhere")}), world.trust.log)

    found = validate(world.certificate, site=world, trust=trust, now=NOW)
    assert found.result is Code.UNTRUSTED_ISSUER
    assert validate(world.certificate, site=world, trust=Trust(HOST, frozenset({CB}), trust.log), now=NOW).valid


def test_an_authority_logged_after_the_certificate_counts_for_nothing():
    late = World()
    late.order = ["comp", "acc", "cert", "licence"]
    # The certificate names the licence's bytes before they are logged: make them once to know their digest.
    early = World().build()
    late.licence_digest = early.licence_digest
    found = verdict(late.build())

    assert found.result is Code.ACCREDITATION_INVALID
    assert "entered the log after" in found.sentence()


# ---------------------------------------------------------------------- past days


def test_a_suspension_that_was_lifted_is_found_on_its_days_and_on_no_other():
    world = World()
    world.changes["cert"] = [
        Change(2, "suspended", "overdue", JUNE, JUNE + timedelta(hours=3)),
        Change(3, "valid", "restored", JUNE + timedelta(30), JUNE + timedelta(30)),
    ]
    world.build()

    assert verdict(world).result is Code.VALID
    codes = {
        day: verdict(world, on=day).result
        for day in (date(2026, 2, 27), date(2026, 5, 31), date(2026, 6, 15), date(2026, 7, 2))
    }
    assert list(codes.values()) == [Code.NOT_YET_VALID, Code.VALID, Code.SUSPENDED, Code.VALID]
    assert verdict(world, on=date(2026, 6, 15)).now is Code.VALID


def test_a_withdrawal_changes_now_and_not_what_was_true_at_issue():
    world = World()
    world.changes["cert"] = [Change(2, "withdrawn", "fraud", JUNE, JUNE)]
    world.set_bits.append(("cb1", "revocation", 94567))
    world.build()

    found = verdict(world)
    assert (found.result, found.now, found.at_issue) == (Code.REVOKED, Code.REVOKED, Code.VALID)
    assert verdict(world, at_issue=True).result is Code.VALID
    assert verdict(world, on=date(2026, 5, 1)).result is Code.VALID
    assert verdict(world, on=date(2026, 6, 1)).result is Code.REVOKED


def test_an_annulled_withdrawal_never_was():
    world = World()
    world.changes["cert"] = [
        Change(2, "withdrawn", "fraud", JUNE, JUNE),
        Change(3, "valid", "appeal", JUNE, JUNE + timedelta(60), annuls=2),
    ]

    found = verdict(world.build(), on=date(2026, 6, 15))
    assert (found.result, found.now) == (Code.VALID, Code.VALID)


def test_a_corrected_day_takes_the_place_of_the_wrong_one():
    world = World()
    world.changes["cert"] = [
        Change(2, "suspended", "overdue", JUNE, JUNE),
        Change(3, "suspended", "overdue", JUNE + timedelta(10), JUNE + timedelta(11), corrects=2),
    ]
    world.set_bits.append(("cb1", "suspension", 94567))
    world.build()

    assert verdict(world, on=date(2026, 6, 5)).result is Code.VALID
    assert verdict(world, on=date(2026, 6, 20)).result is Code.SUSPENDED


def test_an_accreditation_suspended_at_issue_was_no_authority_then():
    world = World()
    world.changes["acc"] = [
        Change(2, "suspended", "x", MARCH - timedelta(5), MARCH - timedelta(5)),
        Change(3, "valid", "y", MARCH + timedelta(5), MARCH + timedelta(5)),
    ]

    found = verdict(world.build())
    assert (found.now, found.at_issue) == (Code.VALID, Code.ACCREDITATION_INVALID)


@pytest.mark.parametrize("path", [layout.certificate(CERT, "history.jwt"), layout.authority(ACC, "history.jwt")])
def test_without_a_history_a_past_day_cannot_be_told_and_the_sentence_says_what_is_missing(path):
    world = World()
    world.after.append(lambda files: files.pop(path))

    found = verdict(world.build(), on=date(2026, 6, 1))
    assert (found.result, found.now, found.at_issue) == (Code.STATUS_STALE, Code.VALID, Code.STATUS_STALE)
    assert "history" in found.sentence() and path.split(".")[0] in found.sentence()


HISTORIES = {
    "signed by a stranger": ("STATUS_INVALID", put("signer", **{"history:cert": KEYS["stranger"]})),
    "not logged": ("STATUS_INVALID", gone(layout.certificate(CERT, "history.tlog-proof"))),
    "of another credential": (
        "STATUS_INVALID",
        edit("history:cert", lambda h: h["credentialSubject"].update(id="https://x.example")),
    ),
    "by another issuer": ("STATUS_INVALID", edit("history:cert", lambda h: h.update(issuer=AB))),
    "without changes": ("STATUS_INVALID", edit("history:cert", lambda h: h["credentialSubject"].update(changes=[]))),
    "too old": ("STATUS_STALE", edit("history:cert", lambda h: h.update(validUntil="2026-11-22T11:00:00Z"))),
    "older than the list": ("STATUS_STALE", bits("cb1", "suspension", 94567)),
}


@pytest.mark.parametrize("name", HISTORIES)
def test_a_history_that_does_not_hold_decides_nothing(name):
    code, change = HISTORIES[name]
    world = World()
    change(world)

    assert verdict(world.build(), at_issue=True).result == code


def test_a_history_signed_again_for_freshness_keeps_its_log_entry():
    first = World().build().entries[11:16]
    again = World().edit("history:cert", lambda h: h.update(validUntil="2026-11-22T20:00:00Z")).build()

    assert again.entries[11:16] == first
    assert verdict(again, at_issue=True).result is Code.VALID


def test_the_newer_edition_is_named_where_the_history_names_it():
    successor = layout.certificate_id(HOST, "CERT000002")
    world = World()
    world.changes["cert"] = [Change(2, "superseded", "", JUNE, JUNE, successor=successor)]
    world.set_bits.append(("cb1", "message", 94567))
    world.build()

    found = verdict(world)
    assert (found.result, found.at_issue) == (Code.SUPERSEDED, Code.VALID)
    assert successor in found.sentence()
    assert verdict(world, on=date(2026, 5, 1)).result is Code.VALID


def test_an_authority_replaced_after_the_issue_still_carries_what_was_issued():
    world = World()
    world.changes["acc"] = [Change(2, "superseded", "", JUNE, JUNE)]
    world.set_bits.append(("ab", "message", 9))
    found = verdict(world.build())

    assert found.result is Code.VALID
    assert [link.status for link in found.path if link.kind == "accreditation"] == ["superseded"]


def test_a_day_that_has_not_begun_cannot_be_asked_about():
    with pytest.raises(ValueError, match="begun"):
        verdict(World().build(), on=date(2026, 12, 1))


def test_the_verifiers_now_can_be_set_and_an_old_copy_is_then_current():
    world = World().build()

    assert verdict(world, now=NOW + timedelta(days=3)).result is Code.STATUS_STALE
    assert verdict(world, now=NOW + timedelta(hours=1)).result is Code.VALID


# ---------------------------------------------------------------------- warm


def test_warm_validation_says_what_cold_validation_says():
    world = World().build()
    cache = Evidence(world, world.trust)

    first = verdict(world, cache=cache)
    assert verdict(world, cache=cache).to_json() == first.to_json() == verdict(world).to_json()
    changed = changed_content(world.certificate)
    assert verdict(world, changed, cache=cache).result is Code.INVALID_SIGNATURE


def test_a_confidential_leaf_names_nobody_and_still_proves_the_certificate():
    world = World()

    def opaque(e):
        del e["iss"], e["k"]
        e["id"] = "7f0c2a"

    assert verdict(world.edit("entry:cert", opaque).build()).result is Code.VALID


def test_a_certificate_logged_before_its_key_was_revoked_stays_good_and_says_so():
    world = World()
    key("cb1", revoked=NOW - timedelta(days=1), revoked_at_log_index=500)(world)

    found = verdict(world.build())

    assert any("was revoked on" in said.sentence() and "counts" in said.sentence() for said in found.assurance)
