"""One valid world, and single mutations of it: each step of trust.md section 6 broken once, with its exact code."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest

from testamur.kernel.multibase import b64url, from_b64url
from testamur.verification import did, jcs, layout, status_list
from testamur.verification.evidence import Evidence
from testamur.verification.history import Change
from testamur.verification.path import validate
from testamur.verification.revoked_keys import RevokedKey
from testamur.verification.trust_file import Trust
from testamur.verification.verdict import Code
from unit.verification.universe import (
    AB,
    ACC,
    CB,
    CERT,
    COMP,
    DOCUMENTS,
    HOST,
    KEYS,
    LICENCE,
    MARCH,
    NOW,
    SECTORS,
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


def _header(token, **changes):
    head, payload, signature = token.split(b".")
    facts = json.loads(from_b64url(head.decode()))
    facts.update(changes)
    return b".".join(
        [b64url(jcs.canonical({k: v for k, v in facts.items() if v is not None})).encode(), payload, signature]
    )


def _file(path, change):
    return lambda world: world.after.append(lambda files: files.update({path: change(files[path])}))


def _gone(path):
    return lambda world: world.after.append(lambda files: files.pop(path))


def _edit(name, change):
    return lambda world: world.edit(name, change)


def _subject(name, **changes):
    return _edit(name, lambda c: c["credentialSubject"].update(changes))


def _line(name, **changes):
    def change(c):
        key = "scopeLine" if name == "cert" else "accreditationScope"
        c["credentialSubject"][key] = [{**c["credentialSubject"][key][0], **changes}]

    return _edit(name, change)


def _set(name, **values):
    def change(world):
        for key, value in values.items():
            getattr(world, name)[key] = value

    return change


def _bits(owner, purpose, index):
    return lambda world: world.set_bits.append((owner, purpose, index))


def _key(owner, **marks):
    return lambda world: world.did_keys.update({owner: lambda key: [did.DidKey(key.name, key.jwk, **marks)]})


def _all(*changes):
    def change(world):
        for one in changes:
            one(world)

    return change


def _node(tree, node):
    return {"tree": tree, "node": node}


def _status(c, place, **changes):
    c["credentialStatus"][place].update(changes)


def _duplicate_name(token):
    head, payload, signature = token.split(b".")
    text = from_b64url(payload.decode()).replace(b'{"@context"', b'{"name":"twice","@context"', 1)
    return b".".join([head, b64url(text).encode(), signature])


def _changed_content(token):
    head, payload, signature = token.split(b".")
    text = from_b64url(payload.decode()).replace(b"000001234", b"000001235")
    return b".".join([head, b64url(text).encode(), signature])


def _quorum(cosigners, quorum=2):
    def change(world):
        world.quorum, world.cosigners = quorum, cosigners

    return change


def _wrong_cosignature(files):
    """Swap two letters inside the cosignature of w1, in the certificate's proof."""
    path = layout.certificate(CERT, "tlog-proof")
    head, line = files[path].rsplit(b"\xe2\x80\x94 w1.example/witness ", 1)
    flipped = line[:40] + (b"A" if line[40:41] != b"A" else b"B") + line[41:]
    files[path] = head + b"\xe2\x80\x94 w1.example/witness " + flipped


def _other_root(world):
    world.signer["log"] = KEYS["stranger"]


MUTATIONS = {
    # step 1
    "not a credential at all": ("MALFORMED", _file(CERT_JWT, lambda _d: b"certificate")),
    "four parts": ("MALFORMED", _file(CERT_JWT, lambda d: d + b".x")),
    "padding in base64url": ("MALFORMED", _file(CERT_JWT, lambda d: d + b"=")),
    "a second spelling of the signature": ("MALFORMED", _file(CERT_JWT, lambda d: d[:-1] + bytes([d[-1] + 1]))),
    "a name twice": ("MALFORMED", _file(CERT_JWT, _duplicate_name)),
    "another typ": ("MALFORMED", _file(CERT_JWT, lambda d: _header(d, typ="JWT"))),
    "alg none": ("MALFORMED", _file(CERT_JWT, lambda d: _header(d, alg="none"))),
    "alg HS256": ("MALFORMED", _file(CERT_JWT, lambda d: _header(d, alg="HS256"))),
    "crit": ("MALFORMED", _file(CERT_JWT, lambda d: _header(d, crit=["exp"]))),
    "no kid": ("MALFORMED", _file(CERT_JWT, lambda d: _header(d, kid=None))),
    "a vc claim": ("MALFORMED", _edit("cert", lambda c: c.update(vc={}))),
    "another version of UNTP": (
        "MALFORMED",
        _edit("cert", lambda c: c["@context"].__setitem__(1, "https://x.example/")),
    ),
    "no nonce": ("MALFORMED", _edit("cert", lambda c: c.pop("nonce") and None)),
    "an id of another host": ("MALFORMED", _edit("cert", lambda c: c.update(id="https://other.example/c/1"))),
    "no status": ("MALFORMED", _edit("cert", lambda c: c.pop("credentialStatus") and None)),
    "no suspension list": ("MALFORMED", _edit("cert", lambda c: c["credentialStatus"].pop(1) and None)),
    "an integer as status index": ("MALFORMED", _edit("cert", lambda c: _status(c, 0, statusListIndex=94567))),
    # steps 2 and 3
    "content changed after signing": ("INVALID_SIGNATURE", _file(CERT_JWT, _changed_content)),
    "a stranger's signature": ("INVALID_SIGNATURE", _set("signer", cert=KEYS["stranger"])),
    "kid of another organisation": ("KEY_INVALID", _set("method", cert=did.jose_method(AB, "k1"))),
    "kid that is not published": ("KEY_INVALID", _set("method", cert=did.jose_method(CB, "k9"))),
    "kid of the Multikey form": ("KEY_INVALID", _set("method", cert=did.multikey_method(CB, "k1"))),
    "key not for assertions": ("KEY_INVALID", _edit("did:cb1", lambda d: d.update(assertionMethod=[]))),
    "alg of another curve": ("KEY_INVALID", _file(CERT_JWT, lambda d: _header(d, alg="ES256"))),
    "did.json gone": ("KEY_INVALID", _gone(layout.did_document("cb1"))),
    "did.json of somebody else": (
        "KEY_INVALID",
        _edit("did:cb1", lambda d: did.build(AB, [did.DidKey("k1", KEYS["cb1"].public_jwk)])),
    ),
    "did.json changed by the web host": (
        "KEY_INVALID",
        _file(layout.did_document("cb1"), lambda d: d.replace(b"JsonWebKey", b"jsonWebKey")),
    ),
    "did.json without its proof": ("KEY_INVALID", _gone(layout.did_proof("cb1"))),
    "issuer outside the host": (
        "UNTRUSTED_ISSUER",
        _all(
            _edit("cert", lambda c: c["issuer"].update(id="did:web:other.example:cb")),
            _set("method", cert="did:web:other.example:cb#k1"),
        ),
    ),
    "issuer by another DID method": (
        "UNTRUSTED_ISSUER",
        _all(_edit("cert", lambda c: c["issuer"].update(id="did:key:z6Mk")), _set("method", cert="did:key:z6Mk#k1")),
    ),
    # step 4
    "no proof of the log": ("NOT_LOGGED", _gone(layout.certificate(CERT, "tlog-proof"))),
    "proof of another certificate": (
        "NOT_LOGGED",
        lambda world: world.after.append(
            lambda files: files.update(
                {layout.certificate(CERT, "tlog-proof"): files[layout.authority(ACC, "tlog-proof")]}
            )
        ),
    ),
    "entry of another type": ("NOT_LOGGED", _edit("entry:cert", lambda e: e.update(t="cert.status"))),
    "entry of another digest": ("NOT_LOGGED", _edit("entry:cert", lambda e: e.update(d="uEiAAAA"))),
    "entry of another id": ("NOT_LOGGED", _edit("entry:cert", lambda e: e.update(id="https://x.example/c/1"))),
    "entry of another issuer": ("NOT_LOGGED", _edit("entry:cert", lambda e: e.update(iss=AB))),
    "entry of another key": ("NOT_LOGGED", _edit("entry:cert", lambda e: e.update(k="another"))),
    "entry that is no sample's": ("NOT_LOGGED", _edit("entry:cert", lambda e: e.pop("sample") and None)),
    "entry of another version": ("LOG_INVALID", _edit("entry:cert", lambda e: e.update(v=2))),
    "proof cut short": ("LOG_INVALID", _file(layout.certificate(CERT, "tlog-proof"), lambda d: d[:60])),
    "proof at another index": (
        "LOG_INVALID",
        _file(layout.certificate(CERT, "tlog-proof"), lambda d: d.replace(b"index 11", b"index 10")),
    ),
    "one cosigner of two": ("KEY_INVALID", _quorum(["w1"])),
    "a wrong cosignature": (
        "LOG_INVALID",
        _all(_quorum(["w1", "w2"]), lambda world: world.after.append(_wrong_cosignature)),
    ),
    "an entry from after its cosigners saw it": (
        "LOG_INVALID",
        _all(_quorum(["w1", "w2"]), _set("at", cert=NOW)),
    ),
    "a log signed by a stranger": ("KEY_INVALID", _other_root),
    # step 5
    "a key retired before signing": ("KEY_INVALID", _key("cb1", expires=MARCH)),
    "a key revoked before signing": ("KEY_INVALID", _key("cb1", revoked=MARCH)),
    "a back-dated certificate with a stolen key": ("KEY_INVALID", _key("cb1", revoked=NOW, revoked_at_log_index=11)),
    "a key on the list of revoked keys": (
        "KEY_INVALID",
        lambda world: world.revoked.append(RevokedKey(CB, KEYS["cb1"].thumbprint, MARCH, 5)),
    ),
    "no list of revoked keys": ("STATUS_STALE", _gone(layout.REVOKED_KEYS)),
    "a list of revoked keys by a stranger": ("STATUS_INVALID", _set("signer", **{"revoked-keys": KEYS["stranger"]})),
    # step 6
    "not begun": ("NOT_YET_VALID", _edit("cert", lambda c: c.update(validFrom="2027-01-01T00:00:00Z"))),
    # step 7
    "nothing claimed": ("MALFORMED", _subject("cert", scopeLine=[])),
    "no standard assessed": ("MALFORMED", _subject("cert", conformityAssessment=[])),
    "an assessment without conformity": (
        "MALFORMED",
        _edit("cert", lambda c: c["credentialSubject"]["conformityAssessment"][0].update(conformance=False)),
    ),
    "a scope line that cannot be read": ("MALFORMED", _line("cert", sector=17)),
    # step 8
    "authority at another host": (
        "ACCREDITATION_INVALID",
        _edit(
            "cert",
            lambda c: c["credentialSubject"]["authorisation"][1]["endorsementEvidence"].update(
                linkURL="https://other.example/acc/1.jwt"
            ),
        ),
    ),
    "authority not at hand": ("ACCREDITATION_INVALID", _gone(ACC_JWT)),
    "authority of other bytes": ("ACCREDITATION_INVALID", _file(ACC_JWT, lambda d: d + b"\n")),
    "authority without digest": (
        "ACCREDITATION_INVALID",
        _edit(
            "cert",
            lambda c: c["credentialSubject"]["authorisation"][1]["endorsementEvidence"].pop("digestMultibase") and None,
        ),
    ),
    "authority signed by a stranger": ("ACCREDITATION_INVALID", _set("signer", acc=KEYS["stranger"])),
    "authority not logged": ("ACCREDITATION_INVALID", _gone(layout.authority(ACC, "tlog-proof"))),
    "authority of another register type": ("ACCREDITATION_INVALID", _subject("acc", registerType="business")),
    "authority of an unknown kind": ("ACCREDITATION_INVALID", _subject("acc", authorityKind="friendship")),
    "authority of somebody else": ("ACCREDITATION_INVALID", _subject("acc", id=AB)),
    "authority that began after the issue": (
        "ACCREDITATION_INVALID",
        _edit("acc", lambda c: c.update(validFrom="2026-04-01T00:00:00Z")),
    ),
    "authority that ended before the issue": (
        "ACCREDITATION_INVALID",
        _edit("acc", lambda c: c.update(validUntil="2026-02-01T00:00:00Z")),
    ),
    "authority that has ended since": (
        "ACCREDITATION_INVALID",
        _edit("acc", lambda c: c.update(validUntil="2026-06-01T00:00:00Z")),
    ),
    "authority withdrawn": ("ACCREDITATION_INVALID", _bits("ab", "revocation", 9)),
    "authority suspended": ("ACCREDITATION_INVALID", _bits("ab", "suspension", 9)),
    "licence withdrawn": ("ACCREDITATION_INVALID", _bits("root", "revocation", 8)),
    "authority whose list is too old": (
        "STATUS_STALE",
        _edit("list:ab-revocation", lambda c: c.update(validUntil="2026-11-22T11:00:00Z")),
    ),
    "authority replaced before the issue": (
        "ACCREDITATION_INVALID",
        _all(
            _bits("ab", "message", 9),
            _set("changes", acc=[Change(2, "superseded", "", MARCH - timedelta(9), MARCH - timedelta(9))]),
        ),
    ),
    "authorities that cannot be read": ("MALFORMED", _subject("cert", authorisation=["licence"])),
    # step 9
    "no authority named": ("UNTRUSTED_ISSUER", _subject("cert", authorisation=[])),
    "accreditor without competence": ("UNTRUSTED_ISSUER", _subject("acc", authorisation=[])),
    "competence not at hand": ("UNTRUSTED_ISSUER", _gone(layout.authority(COMP))),
    "competence withdrawn": ("UNTRUSTED_ISSUER", _bits("root", "revocation", 7)),
    "competence of somebody else": ("UNTRUSTED_ISSUER", _subject("comp", id=CB)),
    "competence that began later": (
        "UNTRUSTED_ISSUER",
        _edit("comp", lambda c: c.update(validFrom="2026-01-01T00:00:00Z")),
    ),
    "competence of a kind that gives none": ("UNTRUSTED_ISSUER", _subject("comp", authorityKind="registration")),
    # step 10
    "sector outside the accreditation": ("SCOPE_NOT_COVERED", _line("cert", sector=_node(SECTORS, "18"))),
    "sector above the accredited one": (
        "SCOPE_NOT_COVERED",
        _all(_line("acc", sector=_node(SECTORS, "17.1")), _line("cert", sector=_node(SECTORS, "17"))),
    ),
    "document outside the licence": (
        "SCOPE_NOT_COVERED",
        _all(_line("cert", document=_node(DOCUMENTS, "gb-t-24001@2016")), _line("acc", document="all")),
    ),
    "document outside the accreditation": (
        "SCOPE_NOT_COVERED",
        _line("acc", document=_node(DOCUMENTS, "gb-t-24001@2016")),
    ),
    "a dimension nobody covers": ("SCOPE_NOT_COVERED", _line("cert", site=_node("sites", "1"))),
    "demanded licence not named": (
        "SCOPE_NOT_COVERED",
        _edit("cert", lambda c: c["credentialSubject"]["authorisation"].pop(0) and None),
    ),
    "licence of a scheme that does not count": (
        "SCOPE_NOT_COVERED",
        _edit("scheme:cn-qms", lambda s: s["authority"][0].update(any_of=["licence-laboratory"])),
    ),
    "no crosswalk": ("SCOPE_NOT_COVERED", _gone(layout.table("documents-fields@1"))),
    "a changed tree": (
        "SCOPE_NOT_COVERED",
        _file(layout.table(SECTORS), lambda d: d.replace(b'"17.1","17"', b'"17.1","18"')),
    ),
    "a tree that is not logged": ("SCOPE_NOT_COVERED", _gone(layout.table(SECTORS, "tlog-proof"))),
    "the scheme's demands hidden": ("SCOPE_NOT_COVERED", _gone(layout.scheme_extract("cn-qms", "2026-1"))),
    "the scheme's demands softened": (
        "SCOPE_NOT_COVERED",
        _file(layout.scheme_extract("cn-qms", "2026-1"), lambda d: d.replace(b'"always"', b'"if_claimed"')),
    ),
    # step 11
    "withdrawn": ("REVOKED", _bits("cb1", "revocation", 94567)),
    "suspended": ("SUSPENDED", _bits("cb1", "suspension", 94567)),
    "replaced by a newer edition": ("SUPERSEDED", _bits("cb1", "message", 94567)),
    "list not at hand": ("STATUS_STALE", _gone(layout.status_list("cb1", "revocation"))),
    "list too old": (
        "STATUS_STALE",
        _edit("list:cb1-suspension", lambda c: c.update(validUntil="2026-11-22T11:00:00Z")),
    ),
    "list from the future": (
        "STATUS_STALE",
        _edit("list:cb1-suspension", lambda c: c.update(validFrom="2026-11-22T13:00:00Z")),
    ),
    "list signed by a stranger": ("STATUS_INVALID", _set("signer", **{"list:cb1-revocation": KEYS["stranger"]})),
    "list of another issuer": (
        "STATUS_INVALID",
        _edit("cert", lambda c: _status(c, 0, statusListCredential=layout.status_list_id(HOST, "ab", "revocation"))),
    ),
    "list of another purpose": (
        "STATUS_INVALID",
        _edit("cert", lambda c: _status(c, 0, statusListCredential=layout.status_list_id(HOST, "cb1", "suspension"))),
    ),
    "list of another id": (
        "STATUS_INVALID",
        _edit("list:cb1-revocation", lambda c: c.update(id="https://x.example/1")),
    ),
    "list at another host": (
        "STATUS_INVALID",
        _edit("cert", lambda c: _status(c, 0, statusListCredential="https://other.example/status/1")),
    ),
    "index beyond the list": ("STATUS_INVALID", _edit("cert", lambda c: _status(c, 0, statusListIndex="131072"))),
    "a list that is too short": (
        "STATUS_INVALID",
        _edit(
            "list:cb1-revocation", lambda c: c["credentialSubject"].update(encodedList=status_list.encode(bytes(100)))
        ),
    ),
    "a list that expands without end": (
        "STATUS_INVALID",
        _edit(
            "list:cb1-revocation",
            lambda c: c["credentialSubject"].update(encodedList=status_list.encode(bytes(5_000_000))),
        ),
    ),
    # step 12
    "expired": ("EXPIRED", _edit("cert", lambda c: c.update(validUntil="2026-11-01T15:59:59Z"))),
}


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
    "signed by a stranger": ("STATUS_INVALID", _set("signer", **{"history:cert": KEYS["stranger"]})),
    "not logged": ("STATUS_INVALID", _gone(layout.certificate(CERT, "history.tlog-proof"))),
    "of another credential": (
        "STATUS_INVALID",
        _edit("history:cert", lambda h: h["credentialSubject"].update(id="https://x.example")),
    ),
    "by another issuer": ("STATUS_INVALID", _edit("history:cert", lambda h: h.update(issuer=AB))),
    "without changes": ("STATUS_INVALID", _edit("history:cert", lambda h: h["credentialSubject"].update(changes=[]))),
    "too old": ("STATUS_STALE", _edit("history:cert", lambda h: h.update(validUntil="2026-11-22T11:00:00Z"))),
    "older than the list": ("STATUS_STALE", _bits("cb1", "suspension", 94567)),
}


@pytest.mark.parametrize("name", HISTORIES)
def test_a_history_that_does_not_hold_decides_nothing(name):
    code, change = HISTORIES[name]
    world = World()
    change(world)

    assert verdict(world.build(), at_issue=True).result == code


def test_a_history_signed_again_for_freshness_keeps_its_log_entry():
    first = World().build().entries[-4:]
    again = World().edit("history:cert", lambda h: h.update(validUntil="2026-11-22T20:00:00Z")).build()

    assert again.entries[-4:] == first
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
    changed = _changed_content(world.certificate)
    assert verdict(world, changed, cache=cache).result is Code.INVALID_SIGNATURE


def test_a_confidential_leaf_names_nobody_and_still_proves_the_certificate():
    world = World()

    def opaque(e):
        del e["iss"], e["k"]
        e["id"] = "7f0c2a"

    assert verdict(world.edit("entry:cert", opaque).build()).result is Code.VALID
