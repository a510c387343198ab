"""The table of path validation: one valid world, and each step of trust.md section 6 broken once, with its exact code.

``path_cases`` writes every row as a JSON file, so that another verifier can be held to the same table.
"""

from __future__ import annotations

import json
from datetime import timedelta

from testamur.kernel.multibase import b64url, encode_u, encode_z, from_b64url
from testamur.kernel.multibase import digest as digest_of_bytes
from testamur.verification import credential, did, jcs, layout, note, status_list
from testamur.verification.history import Change
from testamur.verification.revoked_keys import RevokedKey
from unit.verification.universe import AB, ACC, CB, CERT, COMP, DOCUMENTS, HOST, KEYS, MARCH, NOW, SECTORS, World

CERT_JWT, ACC_JWT = layout.certificate(CERT), layout.authority(ACC)


def header(token, **changes):
    head, payload, signature = token.split(b".")
    facts = json.loads(from_b64url(head.decode()))
    facts.update(changes)
    return b".".join(
        [b64url(jcs.canonical({k: v for k, v in facts.items() if v is not None})).encode(), payload, signature]
    )


def file(path, change):
    return lambda world: world.after.append(lambda files: files.update({path: change(files[path])}))


def gone(path):
    return lambda world: world.after.append(lambda files: files.pop(path))


def edit(name, change):
    return lambda world: world.edit(name, change)


def subject(name, **changes):
    return edit(name, lambda c: c["credentialSubject"].update(changes))


def line(name, **changes):
    def change(c):
        key = "scopeLine" if name == "cert" else "accreditationScope"
        c["credentialSubject"][key] = [{**c["credentialSubject"][key][0], **changes}]

    return edit(name, change)


def put(name, **values):
    def change(world):
        for key, value in values.items():
            getattr(world, name)[key] = value

    return change


def bits(owner, purpose, index):
    return lambda world: world.set_bits.append((owner, purpose, index))


def key(owner, **marks):
    return lambda world: world.did_keys.update({owner: lambda key: [did.DidKey(key.name, key.jwk, **marks)]})


def together(*changes):
    def change(world):
        for one in changes:
            one(world)

    return change


def node(tree, node):
    return {"tree": tree, "node": node}


def status(c, place, **changes):
    c["credentialStatus"][place].update(changes)


def duplicate_name(token):
    head, payload, signature = token.split(b".")
    text = from_b64url(payload.decode()).replace(b'{"@context"', b'{"name":"twice","@context"', 1)
    return b".".join([head, b64url(text).encode(), signature])


def changed_content(token):
    head, payload, signature = token.split(b".")
    text = from_b64url(payload.decode()).replace(b"000001234", b"000001235")
    return b".".join([head, b64url(text).encode(), signature])


def quorum(cosigners, quorum=2):
    def change(world):
        world.quorum, world.cosigners = quorum, cosigners

    return change


def wrong_cosignature(files):
    """Swap two letters inside the cosignature of w1, in the certificate's proof."""
    path = layout.certificate(CERT, "tlog-proof")
    head, line = files[path].rsplit(b"\xe2\x80\x94 w1.example/witness ", 1)
    flipped = line[:40] + (b"A" if line[40:41] != b"A" else b"B") + line[41:]
    files[path] = head + b"\xe2\x80\x94 w1.example/witness " + flipped


def other_root(world):
    world.signer["log"] = KEYS["stranger"]


CERT_PROOF = layout.certificate(CERT, "tlog-proof")
TWIN = layout.certificate(CERT, "json")


def resigned(change):
    """Let the log sign another checkpoint text under the certificate's proof: what its form alone must refuse."""

    def after(files):
        head, _blank, rest = files[CERT_PROOF].decode().partition("\n\n")
        text = change(note.parse(rest).text)
        line = note.signature_line(text, layout.log_name(HOST), KEYS["log"])
        files[CERT_PROOF] = f"{head}\n\n{note.assemble(text, [line])}".encode()

    return lambda world: world.after.append(after)


def twin(drop=(), spelled=encode_z, **options):
    """Sign the JSON twin with other options of its proof."""

    def change(data):
        document = json.loads(data)
        facts = {k: v for k, v in {**document.pop("proof"), **options}.items() if k not in ("proofValue", *drop)}
        secured = {**document, "@context": facts.get("@context", document["@context"])}
        facts["proofValue"] = spelled(KEYS["cb1"].sign(credential._hashes(facts, jcs.canonical(secured))))
        return json.dumps({**document, "proof": facts}, ensure_ascii=False).encode()

    return file(TWIN, change)


def by_union(change_cert=lambda c: None, **allowed):
    """Make the world's plain form: scheme and standard as addresses, of a scheme that nobody has published here."""
    standard, foreign = layout.url(HOST, "standards/gb-t-19001@2016"), "https://scheme.example/qms"

    def plain(c):
        del c["credentialSubject"]["scopeLine"]
        c["credentialSubject"]["referenceScheme"] = {"id": foreign, "name": "Sample scheme"}
        c["credentialSubject"]["authorisation"].pop(0)
        change_cert(c)

    line = {"scheme": foreign, "standard": standard, **allowed}
    return together(
        edit("cert", plain),
        subject("acc", accreditationScope=[line]),
        subject("comp", accreditationScope=[{"scheme": foreign, "standard": "*"}]),
        edit("scheme:accreditation-cb", lambda s: s["authority"][0].update(free=[])),
    )


def evidence_of(c, place):
    return c["credentialSubject"]["authorisation"][place]["endorsementEvidence"]


def twin_as_authority(world):
    def change(c):
        data = world.files[layout.authority(ACC, "json")]
        address = layout.url(HOST, layout.authority(ACC, "json"))
        evidence_of(c, 1).update(linkURL=address, digestMultibase=digest_of_bytes(data))

    world.edit("cert", change)


def competence_by_the_accreditor(world):
    """The accreditor gives itself its competence."""

    def change(c):
        c["issuer"]["id"] = AB
        for one in c["credentialStatus"]:
            one["statusListCredential"] = one["statusListCredential"].replace("/root-", "/ab-")

    world.edit("comp", change).edit("entry:comp", lambda e: e.update(iss=AB))
    world.signer["comp"], world.method["comp"] = KEYS["ab"], did.jose_method(AB, "k1")


def second_competence_missing(c):
    named = c["credentialSubject"]["authorisation"]
    other = json.loads(json.dumps(named[0]))
    other["endorsementEvidence"]["linkURL"] = layout.url(HOST, "acc/NOBODY0000.jwt")
    named.append(other)


def late_authority(world):
    """Log the licence after the certificate that names its bytes."""
    world.order = ["comp", "acc", "cert", "licence"]
    world.licence_digest = World().build().licence_digest


def another_table(files):
    """Serve the crosswalk, with its own proof, in the place of the tree."""
    for form in ("json", "tlog-proof"):
        files[layout.table(SECTORS, form)] = files[layout.table("documents-fields@1", form)]


def changed(*changes):
    return put("changes", cert=[Change(number, *one) for number, one in enumerate(changes, 2)])


LATELY = NOW - timedelta(days=9)
SOON = MARCH + timedelta(hours=1)  # after the certificate begins, before it is logged

MUTATIONS = {
    # step 1
    "not a credential at all": ("MALFORMED", file(CERT_JWT, lambda _d: b"certificate")),
    "four parts": ("MALFORMED", file(CERT_JWT, lambda d: d + b".x")),
    "padding in base64url": ("MALFORMED", file(CERT_JWT, lambda d: d + b"=")),
    "a second spelling of the signature": ("MALFORMED", file(CERT_JWT, lambda d: d[:-1] + bytes([d[-1] + 1]))),
    "a name twice": ("MALFORMED", file(CERT_JWT, duplicate_name)),
    "another typ": ("MALFORMED", file(CERT_JWT, lambda d: header(d, typ="JWT"))),
    "alg none": ("MALFORMED", file(CERT_JWT, lambda d: header(d, alg="none"))),
    "alg HS256": ("MALFORMED", file(CERT_JWT, lambda d: header(d, alg="HS256"))),
    "crit": ("MALFORMED", file(CERT_JWT, lambda d: header(d, crit=["exp"]))),
    "no kid": ("MALFORMED", file(CERT_JWT, lambda d: header(d, kid=None))),
    "a vc claim": ("MALFORMED", edit("cert", lambda c: c.update(vc={}))),
    "another version of UNTP": (
        "MALFORMED",
        edit("cert", lambda c: c["@context"].__setitem__(1, "https://x.example/")),
    ),
    "no nonce": ("MALFORMED", edit("cert", lambda c: c.pop("nonce") and None)),
    "an id of another host": ("MALFORMED", edit("cert", lambda c: c.update(id="https://other.example/c/1"))),
    "no status": ("MALFORMED", edit("cert", lambda c: c.pop("credentialStatus") and None)),
    "no suspension list": ("MALFORMED", edit("cert", lambda c: c["credentialStatus"].pop(1) and None)),
    "an integer as status index": ("MALFORMED", edit("cert", lambda c: status(c, 0, statusListIndex=94567))),
    # steps 2 and 3
    "content changed after signing": ("INVALID_SIGNATURE", file(CERT_JWT, changed_content)),
    "a stranger's signature": ("INVALID_SIGNATURE", put("signer", cert=KEYS["stranger"])),
    "kid of another organisation": ("KEY_INVALID", put("method", cert=did.jose_method(AB, "k1"))),
    "kid that is not published": ("KEY_INVALID", put("method", cert=did.jose_method(CB, "k9"))),
    "kid of the Multikey form": ("KEY_INVALID", put("method", cert=did.multikey_method(CB, "k1"))),
    "key not for assertions": ("KEY_INVALID", edit("did:cb1", lambda d: d.update(assertionMethod=[]))),
    "alg of another curve": ("KEY_INVALID", file(CERT_JWT, lambda d: header(d, alg="ES256"))),
    "did.json gone": ("KEY_INVALID", gone(layout.did_document("cb1"))),
    "did.json of somebody else": (
        "KEY_INVALID",
        edit("did:cb1", lambda d: did.build(AB, [did.DidKey("k1", KEYS["cb1"].public_jwk)])),
    ),
    "did.json changed by the web host": (
        "KEY_INVALID",
        file(layout.did_document("cb1"), lambda d: d.replace(b"JsonWebKey", b"jsonWebKey")),
    ),
    "did.json without its proof": ("KEY_INVALID", gone(layout.did_proof("cb1"))),
    "issuer outside the host": (
        "UNTRUSTED_ISSUER",
        together(
            edit("cert", lambda c: c["issuer"].update(id="did:web:other.example:cb")),
            put("method", cert="did:web:other.example:cb#k1"),
        ),
    ),
    "issuer by another DID method": (
        "UNTRUSTED_ISSUER",
        together(edit("cert", lambda c: c["issuer"].update(id="did:key:z6Mk")), put("method", cert="did:key:z6Mk#k1")),
    ),
    # step 4
    "no proof of the log": ("NOT_LOGGED", gone(layout.certificate(CERT, "tlog-proof"))),
    "proof of another certificate": (
        "NOT_LOGGED",
        lambda world: world.after.append(
            lambda files: files.update(
                {layout.certificate(CERT, "tlog-proof"): files[layout.authority(ACC, "tlog-proof")]}
            )
        ),
    ),
    "entry of another type": ("NOT_LOGGED", edit("entry:cert", lambda e: e.update(t="cert.status"))),
    "entry of another digest": ("NOT_LOGGED", edit("entry:cert", lambda e: e.update(d="uEiAAAA"))),
    "entry of another id": ("NOT_LOGGED", edit("entry:cert", lambda e: e.update(id="https://x.example/c/1"))),
    "entry of another issuer": ("NOT_LOGGED", edit("entry:cert", lambda e: e.update(iss=AB))),
    "entry of another key": ("NOT_LOGGED", edit("entry:cert", lambda e: e.update(k="another"))),
    "entry that is no sample's": ("NOT_LOGGED", edit("entry:cert", lambda e: e.pop("sample") and None)),
    "entry of another version": ("LOG_INVALID", edit("entry:cert", lambda e: e.update(v=2))),
    "proof cut short": ("LOG_INVALID", file(layout.certificate(CERT, "tlog-proof"), lambda d: d[:60])),
    "proof at another index": (
        "LOG_INVALID",
        file(layout.certificate(CERT, "tlog-proof"), lambda d: d.replace(b"index 11", b"index 10")),
    ),
    "one cosigner of two": ("KEY_INVALID", quorum(["w1"])),
    "a wrong cosignature": (
        "LOG_INVALID",
        together(quorum(["w1", "w2"]), lambda world: world.after.append(wrong_cosignature)),
    ),
    "an entry from after its cosigners saw it": (
        "LOG_INVALID",
        together(quorum(["w1", "w2"]), put("at", cert=NOW)),
    ),
    "a log signed by a stranger": ("KEY_INVALID", other_root),
    # step 5
    "a key retired before signing": ("KEY_INVALID", key("cb1", expires=MARCH)),
    "a key revoked before signing": ("KEY_INVALID", key("cb1", revoked=MARCH)),
    "a back-dated certificate with a stolen key": ("KEY_INVALID", key("cb1", revoked=NOW, revoked_at_log_index=11)),
    "a key on the list of revoked keys": (
        "KEY_INVALID",
        lambda world: world.revoked.append(RevokedKey(CB, KEYS["cb1"].thumbprint, MARCH, 5)),
    ),
    "no list of revoked keys": ("STATUS_STALE", gone(layout.REVOKED_KEYS)),
    "a list of revoked keys by a stranger": ("STATUS_INVALID", put("signer", **{"revoked-keys": KEYS["stranger"]})),
    # step 6
    "not begun": ("NOT_YET_VALID", edit("cert", lambda c: c.update(validFrom="2027-01-01T00:00:00Z"))),
    # step 7
    "nothing claimed": ("MALFORMED", subject("cert", scopeLine=[])),
    "no standard assessed": ("MALFORMED", subject("cert", conformityAssessment=[])),
    "an assessment without conformity": (
        "MALFORMED",
        edit("cert", lambda c: c["credentialSubject"]["conformityAssessment"][0].update(conformance=False)),
    ),
    "a scope line that cannot be read": ("MALFORMED", line("cert", sector=17)),
    # step 8
    "authority at another host": (
        "ACCREDITATION_INVALID",
        edit(
            "cert",
            lambda c: c["credentialSubject"]["authorisation"][1]["endorsementEvidence"].update(
                linkURL="https://other.example/acc/1.jwt"
            ),
        ),
    ),
    "authority not at hand": ("ACCREDITATION_INVALID", gone(ACC_JWT)),
    "authority of other bytes": ("ACCREDITATION_INVALID", file(ACC_JWT, lambda d: d + b"\n")),
    "authority without digest": (
        "ACCREDITATION_INVALID",
        edit(
            "cert",
            lambda c: c["credentialSubject"]["authorisation"][1]["endorsementEvidence"].pop("digestMultibase") and None,
        ),
    ),
    "authority signed by a stranger": ("ACCREDITATION_INVALID", put("signer", acc=KEYS["stranger"])),
    "authority not logged": ("ACCREDITATION_INVALID", gone(layout.authority(ACC, "tlog-proof"))),
    "authority of another register type": ("ACCREDITATION_INVALID", subject("acc", registerType="business")),
    "authority of an unknown kind": ("ACCREDITATION_INVALID", subject("acc", authorityKind="friendship")),
    "authority of somebody else": ("ACCREDITATION_INVALID", subject("acc", id=AB)),
    "authority that began after the issue": (
        "ACCREDITATION_INVALID",
        edit("acc", lambda c: c.update(validFrom="2026-04-01T00:00:00Z")),
    ),
    "authority that ended before the issue": (
        "ACCREDITATION_INVALID",
        edit("acc", lambda c: c.update(validUntil="2026-02-01T00:00:00Z")),
    ),
    "authority that has ended since": (
        "ACCREDITATION_INVALID",
        edit("acc", lambda c: c.update(validUntil="2026-06-01T00:00:00Z")),
    ),
    "authority withdrawn": ("ACCREDITATION_INVALID", bits("ab", "revocation", 9)),
    "authority suspended": ("ACCREDITATION_INVALID", bits("ab", "suspension", 9)),
    "licence withdrawn": ("ACCREDITATION_INVALID", bits("root", "revocation", 8)),
    "authority whose list is too old": (
        "STATUS_STALE",
        edit("list:ab-revocation", lambda c: c.update(validUntil="2026-11-22T11:00:00Z")),
    ),
    "authority replaced before the issue": (
        "ACCREDITATION_INVALID",
        together(
            bits("ab", "message", 9),
            put("changes", acc=[Change(2, "superseded", "", MARCH - timedelta(9), MARCH - timedelta(9))]),
        ),
    ),
    "authorities that cannot be read": ("MALFORMED", subject("cert", authorisation=["licence"])),
    # step 9
    "no authority named": ("UNTRUSTED_ISSUER", subject("cert", authorisation=[])),
    "accreditor without competence": ("UNTRUSTED_ISSUER", subject("acc", authorisation=[])),
    "competence not at hand": ("UNTRUSTED_ISSUER", gone(layout.authority(COMP))),
    "competence withdrawn": ("UNTRUSTED_ISSUER", bits("root", "revocation", 7)),
    "competence of somebody else": ("UNTRUSTED_ISSUER", subject("comp", id=CB)),
    "competence that began later": (
        "UNTRUSTED_ISSUER",
        edit("comp", lambda c: c.update(validFrom="2026-01-01T00:00:00Z")),
    ),
    "competence of a kind that gives none": ("UNTRUSTED_ISSUER", subject("comp", authorityKind="registration")),
    # step 10
    "sector outside the accreditation": ("SCOPE_NOT_COVERED", line("cert", sector=node(SECTORS, "18"))),
    "sector above the accredited one": (
        "SCOPE_NOT_COVERED",
        together(line("acc", sector=node(SECTORS, "17.1")), line("cert", sector=node(SECTORS, "17"))),
    ),
    "document outside the licence": (
        "SCOPE_NOT_COVERED",
        together(line("cert", document=node(DOCUMENTS, "gb-t-24001@2016")), line("acc", document="all")),
    ),
    "document outside the accreditation": (
        "SCOPE_NOT_COVERED",
        line("acc", document=node(DOCUMENTS, "gb-t-24001@2016")),
    ),
    "a dimension nobody covers": ("SCOPE_NOT_COVERED", line("cert", site=node("sites", "1"))),
    "demanded licence not named": (
        "SCOPE_NOT_COVERED",
        edit("cert", lambda c: c["credentialSubject"]["authorisation"].pop(0) and None),
    ),
    "licence of a scheme that does not count": (
        "SCOPE_NOT_COVERED",
        edit("scheme:cn-qms", lambda s: s["authority"][0].update(any_of=["licence-laboratory"])),
    ),
    "no crosswalk": ("SCOPE_NOT_COVERED", gone(layout.table("documents-fields@1"))),
    "a changed tree": (
        "SCOPE_NOT_COVERED",
        file(layout.table(SECTORS), lambda d: d.replace(b'"17.1","17"', b'"17.1","18"')),
    ),
    "a tree that is not logged": ("SCOPE_NOT_COVERED", gone(layout.table(SECTORS, "tlog-proof"))),
    "the scheme's demands hidden": ("SCOPE_NOT_COVERED", gone(layout.scheme_extract("cn-qms", "2026-1"))),
    "the scheme's demands softened": (
        "SCOPE_NOT_COVERED",
        file(layout.scheme_extract("cn-qms", "2026-1"), lambda d: d.replace(b'"always"', b'"if_claimed"')),
    ),
    # step 11
    "withdrawn": ("REVOKED", bits("cb1", "revocation", 94567)),
    "suspended": ("SUSPENDED", bits("cb1", "suspension", 94567)),
    "replaced by a newer edition": ("SUPERSEDED", bits("cb1", "message", 94567)),
    "list not at hand": ("STATUS_STALE", gone(layout.status_list("cb1", "revocation"))),
    "list too old": (
        "STATUS_STALE",
        edit("list:cb1-suspension", lambda c: c.update(validUntil="2026-11-22T11:00:00Z")),
    ),
    "list from the future": (
        "STATUS_STALE",
        edit("list:cb1-suspension", lambda c: c.update(validFrom="2026-11-22T13:00:00Z")),
    ),
    "list signed by a stranger": ("STATUS_INVALID", put("signer", **{"list:cb1-revocation": KEYS["stranger"]})),
    "list of another issuer": (
        "STATUS_INVALID",
        edit("cert", lambda c: status(c, 0, statusListCredential=layout.status_list_id(HOST, "ab", "revocation"))),
    ),
    "list of another purpose": (
        "STATUS_INVALID",
        edit("cert", lambda c: status(c, 0, statusListCredential=layout.status_list_id(HOST, "cb1", "suspension"))),
    ),
    "list of another id": (
        "STATUS_INVALID",
        edit("list:cb1-revocation", lambda c: c.update(id="https://x.example/1")),
    ),
    "list at another host": (
        "STATUS_INVALID",
        edit("cert", lambda c: status(c, 0, statusListCredential="https://other.example/status/1")),
    ),
    "index beyond the list": ("STATUS_INVALID", edit("cert", lambda c: status(c, 0, statusListIndex="131072"))),
    "a list that is too short": (
        "STATUS_INVALID",
        edit(
            "list:cb1-revocation", lambda c: c["credentialSubject"].update(encodedList=status_list.encode(bytes(100)))
        ),
    ),
    "a list that expands without end": (
        "STATUS_INVALID",
        edit(
            "list:cb1-revocation",
            lambda c: c["credentialSubject"].update(encodedList=status_list.encode(bytes(5_000_000))),
        ),
    ),
    # step 12
    "expired": ("EXPIRED", edit("cert", lambda c: c.update(validUntil="2026-11-01T15:59:59Z"))),
    # form of what proves the place in the log
    "a checkpoint with an empty line": ("LOG_INVALID", resigned(lambda t: t + "\nextension\n")),
    "a checkpoint with a padded size": ("LOG_INVALID", resigned(lambda t: t.replace("\n26\n", "\n026\n"))),
    "a checkpoint of another log": ("LOG_INVALID", resigned(lambda t: t.replace(HOST, "other.example", 1))),
    "a checkpoint with a control character": ("LOG_INVALID", resigned(lambda t: t + "a\x07b\n")),
    "a proof without end": ("LOG_INVALID", resigned(lambda t: t + "x" * 200_000 + "\n")),
    "a note that does not end": ("LOG_INVALID", file(CERT_PROOF, lambda d: d[:-1] + b"X")),
    "a note with a hundred strangers": (
        "LOG_INVALID",
        file(CERT_PROOF, lambda d: d + "— stranger AAAAAAAAAAAA\n".encode() * 100),
    ),
    "a signature line without its dash": ("LOG_INVALID", file(CERT_PROOF, lambda d: d + b"stranger AAAAAAAAAAAA\n")),
    "a signature line without signature": ("LOG_INVALID", file(CERT_PROOF, lambda d: d + "— stranger AAAA\n".encode())),
    "an index without its word": ("LOG_INVALID", file(CERT_PROOF, lambda d: d.replace(b"index 11", b"11"))),
    "a padded index": ("LOG_INVALID", file(CERT_PROOF, lambda d: d.replace(b"index 11", b"index 011"))),
    "a wrong cosignature beside enough others": (
        "LOG_INVALID",
        together(quorum(["w1", "w2"], 1), lambda world: world.after.append(wrong_cosignature)),
    ),
    # form of the credential
    "a credential without end": ("MALFORMED", edit("cert", lambda c: c.update(name="x" * 1_000_000))),
    "an issuer that is only a name": ("MALFORMED", edit("cert", lambda c: c.update(issuer=CB))),
    "neither certificate nor authority": ("MALFORMED", edit("cert", lambda c: c.update(type=["VerifiableCredential"]))),
    "a status of another kind": ("MALFORMED", edit("cert", lambda c: status(c, 0, type="StatusList2021Entry"))),
    "a status of another purpose": (
        "MALFORMED",
        edit("cert", lambda c: c["credentialStatus"].append({**c["credentialStatus"][0], "statusPurpose": "refresh"})),
    ),
    "a scope that is no list": ("MALFORMED", subject("cert", scopeLine=5)),
    "a scope line that is a text": ("MALFORMED", subject("cert", scopeLine=["17.1"])),
    "a standard without id": (
        "MALFORMED",
        edit("cert", lambda c: c["credentialSubject"]["conformityAssessment"][0].update(referenceStandard=[{}])),
    ),
    # authorities
    "the twin of an authority": ("ACCREDITATION_INVALID", twin_as_authority),
    "an authority logged after what rests on it": ("ACCREDITATION_INVALID", late_authority),
    "an authority replaced nobody knows when": ("STATUS_STALE", bits("ab", "message", 9)),
    "a competence by no root": ("UNTRUSTED_ISSUER", competence_by_the_accreditor),
    "one of two competences missing": ("UNTRUSTED_ISSUER", edit("acc", second_competence_missing)),
    # schemes and trees
    "outside the union of scopes": ("SCOPE_NOT_COVERED", by_union(standard="https://standard.example/other")),
    "a digest for a scheme kept elsewhere": (
        "SCOPE_NOT_COVERED",
        by_union(lambda c: c["credentialSubject"]["referenceScheme"].update(digestMultibase="uEiAAAA")),
    ),
    "another digest of the scheme": (
        "SCOPE_NOT_COVERED",
        edit("cert", lambda c: c["credentialSubject"]["referenceScheme"].update(digestMultibase="uEiAAAA")),
    ),
    "another table in a tree's place": (
        "SCOPE_NOT_COVERED",
        together(line("cert", sector=node(SECTORS, "17")), lambda world: world.after.append(another_table)),
    ),
    # lists
    "a list signed with a key revoked since": (
        "STATUS_INVALID",
        key("cb1", revoked=NOW - timedelta(hours=1), revoked_at_log_index=999),
    ),
    "a list of revoked keys that is too old": (
        "STATUS_STALE",
        lambda world: setattr(world, "revoked_until", NOW - timedelta(hours=1)),
    ),
    "a list that is none": (
        "STATUS_INVALID",
        edit("list:cb1-revocation", lambda c: c.update(type=["VerifiableCredential"])),
    ),
    "a list in another base": (
        "STATUS_INVALID",
        edit(
            "list:cb1-revocation",
            lambda c: c["credentialSubject"].update(encodedList="x" + c["credentialSubject"]["encodedList"][1:]),
        ),
    ),
    "a list one byte too long": (
        "STATUS_INVALID",
        edit(
            "list:cb1-revocation",
            lambda c: c["credentialSubject"].update(encodedList=status_list.encode(bytes(status_list.BYTES_MOST + 1))),
        ),
    ),
    "a list with something behind it": (
        "STATUS_INVALID",
        edit(
            "list:cb1-revocation",
            lambda c: c["credentialSubject"].update(
                encodedList=encode_u(from_b64url(status_list.encode(bytes(16_384))[1:]) + b"x")
            ),
        ),
    ),
}

#: Rows that are asked about another file than the certificate's JWT: (code, site path, change).
OTHERS = {
    "an authority that claims nothing": ("MALFORMED", ACC_JWT, subject("acc", accreditationScope=[])),
    "the twin": ("VALID", TWIN, twin()),
    "a twin without proof": (
        "MALFORMED",
        TWIN,
        file(TWIN, lambda d: json.dumps({k: v for k, v in json.loads(d).items() if k != "proof"}).encode()),
    ),
    "a twin of another suite": ("MALFORMED", TWIN, twin(cryptosuite="eddsa-rdfc-2022")),
    "a twin signed for another purpose": ("MALFORMED", TWIN, twin(proofPurpose="authentication")),
    "a twin's signature in another base": ("MALFORMED", TWIN, twin(spelled=encode_u)),
    "a twin's proof with another context": ("MALFORMED", TWIN, twin(**{"@context": ["https://www.w3.org/ns/other"]})),
}

#: Rows whose answer for the day of issue differs from today's: (code now, code at issue, change).
AT_ISSUE = {
    "no history": ("VALID", "STATUS_STALE", gone(layout.certificate(CERT, "history.jwt"))),
    "a history that is too old": (
        "VALID",
        "STATUS_STALE",
        edit("history:cert", lambda h: h.update(validUntil="2026-11-22T11:00:00Z")),
    ),
    "a history of another credential": (
        "VALID",
        "STATUS_INVALID",
        edit("history:cert", lambda h: h["credentialSubject"].update(id="https://x.example")),
    ),
    "a history by a stranger": ("VALID", "STATUS_INVALID", put("signer", **{"history:cert": KEYS["stranger"]})),
    "a history that is not logged": (
        "VALID",
        "STATUS_INVALID",
        gone(layout.certificate(CERT, "history.tlog-proof")),
    ),
    "a history without changes": (
        "VALID",
        "STATUS_INVALID",
        edit("history:cert", lambda h: h["credentialSubject"].update(changes=[])),
    ),
    "a history older than the list": ("SUSPENDED", "STATUS_STALE", bits("cb1", "suspension", 94567)),
    "withdrawn when it was issued": (
        "REVOKED",
        "REVOKED",
        together(bits("cb1", "revocation", 94567), changed(("withdrawn", "cause", SOON, SOON))),
    ),
    "suspended when it was issued": (
        "SUSPENDED",
        "SUSPENDED",
        together(bits("cb1", "suspension", 94567), changed(("suspended", "cause", SOON, SOON))),
    ),
    "withdrawn since": (
        "REVOKED",
        "VALID",
        together(
            bits("cb1", "revocation", 94567), changed(("withdrawn", "cause", NOW - timedelta(9), NOW - timedelta(9)))
        ),
    ),
    "ended when it was issued": ("VALID", "EXPIRED", changed(("expired", "", SOON, SOON))),
    "not granted when it was issued": (
        "VALID",
        "NOT_YET_VALID",
        edit("history:cert", lambda h: h["credentialSubject"]["changes"][0].update(effective="2026-03-02T00:00:00Z")),
    ),
}
