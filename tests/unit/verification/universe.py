"""A small world in memory: root, regulator's licence, accreditor with competence, body, certificate, log, lists.

Everything is made by the code that issues; ``edits`` change one document before it is signed, ``after`` changes one
file afterwards, so that each test breaks exactly one thing.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from testamur.kernel.multibase import digest as digest_of_bytes
from testamur.keys.signer import MemorySigner
from testamur.verification import (
    checkpoint,
    credential,
    did,
    entry,
    extract,
    history,
    jcs,
    layout,
    note,
    proof,
    revoked_keys,
    status_list,
    table,
    tiles,
    tree,
)
from testamur.verification.entry import EntryType
from testamur.verification.history import Change
from testamur.verification.note import COSIGNATURE_V1, VerifierKey
from testamur.verification.signature import PublicKey
from testamur.verification.trust_file import Trust
from testamur.verification.untp import v0_7

HOST = "sample.testamur.example"
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
ROOT, AB, CB = (layout.organisation_did(HOST, name) for name in ("root", "ab", "cb1"))
SECTORS, DOCUMENTS, FIELDS = "sectors@1", "documents@1", "documents-fields@1"
CERT, LICENCE, ACC, COMP = "CERT000001", "LICENCE001", "ACC0000001", "COMP000001"
QMS = {"document": {"tree": DOCUMENTS, "node": "gb-t-19001@2016"}, "sector": {"tree": SECTORS, "node": "17.1"}}
MARCH = datetime(2026, 3, 1, tzinfo=UTC)

# Made once: a test changes who signs, never who somebody is.
KEYS = {name: MemorySigner.generate(sample=True) for name in ("root", "ab", "cb1", "log", "stranger", "w1", "w2")}
WITNESSES = {
    name: VerifierKey.of(f"{name}.example/witness", PublicKey.from_jwk(KEYS[name].public_jwk), COSIGNATURE_V1)
    for name in ("w1", "w2")
}

Edit = Callable[[dict[str, Any]], Any]


def more_code(number: int) -> str:
    """Return the code of a further certificate of a world with many."""
    return f"MORE{number:06d}"


class World:
    """The valid world, and the handles by which a test bends it before :meth:`build`."""

    def __init__(self) -> None:
        self.edits: dict[str, Edit] = {}
        self.after: list[Callable[[dict[str, bytes]], Any]] = []
        self.signer = {name: KEYS[name] for name in KEYS}
        self.method: dict[str, str] = {}
        self.at: dict[str, datetime] = {}
        self.order = ["comp", "licence", "acc", "cert"]
        self.set_bits: list[tuple[str, str, int]] = []  # (owner, purpose, index)
        self.bits_until = self.revoked_until = NOW + timedelta(hours=20)
        self.did_keys: dict[str, Callable[[did.DidKey], list[did.DidKey]]] = {}
        self.changes: dict[str, list[Change]] = {}
        self.revoked: list[revoked_keys.RevokedKey] = []
        self.cosigners: list[str] = []
        self.quorum = 0
        self.filler = 0  # entries of no consequence, so that there are full tiles
        self.more_certificates = 0  # beside CERT, for measurements in bulk
        self.entries: list[bytes] = []
        self.files: dict[str, bytes] = {}
        self._proofs: list[tuple[str, int]] = []

    # ------------------------------------------------------------------ reading

    def read(self, path: str) -> bytes | None:
        return self.files.get(path)

    @property
    def trust(self) -> Trust:
        return Trust(
            HOST,
            frozenset({ROOT}),
            VerifierKey.of(layout.log_name(HOST), PublicKey.from_jwk(KEYS["log"].public_jwk)),
            tuple(WITNESSES.values()) if self.quorum else (),
            self.quorum,
            sample=True,
        )

    @property
    def certificate(self) -> bytes:
        return self.files[layout.certificate(CERT)]

    def write(self, folder: Path) -> Path:
        """Write the public files as a site, and a trust file beside it."""
        for path, data in self.files.items():
            place = folder / "site" / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)
        self.trust.write(folder / "trust.json")
        return folder / "site"

    # ------------------------------------------------------------------ making

    def edit(self, name: str, change: Edit) -> World:
        self.edits[name] = change
        return self

    def build(self) -> World:
        for name in ("root", "ab", "cb1"):
            self._did(name)
        self._tables()
        self._schemes()
        makers = {"comp": self._competence, "licence": self._licence, "acc": self._accreditation, "cert": self._cert}
        for name in self.order:
            makers[name]()
        for number in range(self.more_certificates):
            self._cert(more_code(number))
        self._histories()
        self._lists()
        self._roots()
        for number in range(self.filler):
            facts = {"digest": digest_of_bytes(b"%d" % number), "id": f"E{number}", "at": MARCH, "sample": True}
            self.entries.append(entry.build(EntryType.PROCESS_EVENT, **facts))
        self._log()
        for change in self.after:
            change(self.files)
        return self

    def _edited(self, name: str, facts: dict[str, Any]) -> dict[str, Any]:
        if name in self.edits:
            found = self.edits[name](facts)
            return facts if found is None else found
        return facts

    def _entry(self, name: str, path: str, type: EntryType, **facts: Any) -> None:
        at = self.at.get(name, facts.pop("at"))
        data = entry.build(type, at=at, **{"sample": True, **facts})
        if f"entry:{name}" in self.edits:
            data = jcs.canonical(self._edited(f"entry:{name}", json.loads(data)))
        self.entries.append(data)
        self._proofs.append((path, len(self.entries) - 1))

    def _did(self, name: str) -> None:
        key = did.DidKey("k1", KEYS[name].public_jwk)
        own = layout.organisation_did(HOST, name)
        document = did.build(own, self.did_keys.get(name, lambda key: [key])(key))
        document = self._edited(f"did:{name}", document)
        self.files[layout.did_document(name)] = jcs.canonical(document)
        self._entry(
            f"did:{name}",
            layout.did_proof(name),
            EntryType.DID_UPDATE,
            digest=entry.document_digest(document),
            id=own,
            issuer=own,
            at=datetime(2025, 1, 1, tzinfo=UTC),
        )

    def _tables(self) -> None:
        rows: dict[str, tuple[str, list[list[str | None]]]] = {
            SECTORS: ("tree", [["17", None], ["17.1", "17"], ["18", None], *[[f"{n}", None] for n in range(20, 60)]]),
            FIELDS: (
                "crosswalk",
                [[DOCUMENTS, "gb-t-19001@2016", "fields@1", "qms"], [DOCUMENTS, "gb-t-24001@2016", "fields@1", "ems"]],
            ),
        }
        for name, (kind, listed) in rows.items():
            whole = self._edited(f"table:{name}", table.build(name, kind, listed))
            self.files[layout.table(name)] = jcs.canonical(whole)
            self._entry(
                f"table:{name}",
                layout.table(name, "tlog-proof"),
                EntryType.TREE_PUBLISH,
                digest=table.digest(whole),
                id=layout.url(HOST, f"trees/{name}"),
                at=datetime(2025, 1, 1, tzinfo=UTC),
            )

    def _schemes(self) -> None:
        demand = extract.Demand
        schemes = [
            extract.Extract(
                "cn-qms",
                "2026-1",
                "CN",
                [("document", "documents"), ("sector", "sectors")],
                [
                    demand(
                        "licence",
                        "licence",
                        any_of=["licence-certification-body"],
                        covers={"document": "field"},
                        free=["sector"],
                    ),
                    demand(
                        "accreditation",
                        "accreditation",
                        any_of=["accreditation-cb"],
                        covers={"document": "document", "sector": "sector"},
                        demand="if_claimed",
                    ),
                    demand("auditors", "registration", of="auditor", any_of=["person-auditor"]),
                ],
                [SECTORS, FIELDS],
            ),
            extract.Extract(
                "licence-certification-body",
                "2026-1",
                "CN",
                [("field", "fields")],
                [demand("by-law", "law", free=["field"])],
            ),
            extract.Extract(
                "accreditation-cb",
                "2026-1",
                "CN",
                [("document", "documents"), ("sector", "sectors")],
                [demand("national", "law", free=["document", "sector"])],
            ),
        ]
        self.extract_digest: dict[str, str] = {}
        for one in schemes:
            facts = self._edited(f"scheme:{one.scheme}", extract.payload(one))
            self.extract_digest[one.scheme] = entry.document_digest(facts)
            self.files[layout.scheme_extract(one.scheme, one.version)] = jcs.canonical(facts)
            self._entry(
                f"scheme:{one.scheme}",
                layout.scheme_extract(one.scheme, one.version, "authority.tlog-proof"),
                EntryType.SCHEME_PUBLISH,
                digest=self.extract_digest[one.scheme],
                id=layout.scheme_id(HOST, one.scheme, one.version),
                at=datetime(2025, 1, 2, tzinfo=UTC),
            )

    def scheme(self, name: str) -> v0_7.SchemeReference:
        return v0_7.SchemeReference(layout.scheme_id(HOST, name, "2026-1"), name, self.extract_digest.get(name, ""))

    def _status(self, owner: str, index: int) -> list[dict[str, Any]]:
        return [
            status_list.entry(layout.status_list_id(HOST, owner, purpose), purpose, index)
            for purpose in layout.PURPOSES
        ]

    def _issue(self, name: str, code: str, owner: str, payload: dict[str, Any], path: Any, at: datetime) -> str:
        payload = self._edited(name, payload)
        signer = self.signer[owner] if name not in self.signer else self.signer[name]
        own = layout.organisation_did(HOST, owner)
        method = self.method.get(name, did.jose_method(own, "k1"))
        token = credential.sign_jwt(payload, signer, method).encode()
        self.files[path(code)] = token
        twin = credential.sign_twin(payload, signer, did.multikey_method(own, "k1"), at)
        self.files[path(code, "json")] = json.dumps(twin, ensure_ascii=False).encode()
        kind = EntryType.CERT_ISSUE if path is layout.certificate else EntryType.ACC_ISSUE
        self._entry(
            name,
            path(code, "tlog-proof"),
            kind,
            digest=credential.digest(payload),
            id=payload["id"],
            issuer=own,
            key=signer.thumbprint,
            at=at,
        )
        return digest_of_bytes(token)

    def _authority(
        self,
        name: str,
        code: str,
        owner: str,
        holder: str,
        kind: str,
        scheme: str,
        lines: list[Any],
        at: datetime,
        index: int,
        above: list[v0_7.Authorisation] | None = None,
    ) -> str:
        authority = v0_7.Authority(
            host=HOST,
            code=code,
            issuer=v0_7.Party(layout.organisation_did(HOST, owner), f"Sample {owner}"),
            title=f"Sample {kind}",
            number=code,
            attestation=layout.url(HOST, f"attestation/{code}"),
            edition=1,
            nonce="0" * 32,
            valid_from=at,
            valid_until=datetime(2029, 1, 1, tzinfo=UTC),
            holder=v0_7.Party(layout.organisation_did(HOST, holder), f"Sample {holder}"),
            registered=at.date(),
            kind=kind,
            scheme=self.scheme(scheme),
            scope_lines=lines,
            status=self._status(owner, index),
            authorisations=above or [],
            sample=True,
        )
        return self._issue(name, code, owner, v0_7.authority_payload(authority), layout.authority, at)

    def _competence(self) -> None:
        self.comp_digest = self._authority(
            "comp",
            COMP,
            "root",
            "ab",
            "competence",
            "competence-authority",
            [{"function": {"tree": "functions", "node": "accreditation"}}],
            datetime(2025, 2, 1, tzinfo=UTC),
            7,
        )

    def _licence(self) -> None:
        self.licence_digest = self._authority(
            "licence",
            LICENCE,
            "root",
            "cb1",
            "licence",
            "licence-certification-body",
            [{"field": {"tree": "fields@1", "node": "qms"}}],
            datetime(2025, 3, 1, tzinfo=UTC),
            8,
        )

    def _accreditation(self) -> None:
        self.acc_digest = self._authority(
            "acc",
            ACC,
            "ab",
            "cb1",
            "accreditation",
            "accreditation-cb",
            [{"document": QMS["document"], "sector": {"tree": SECTORS, "node": "17"}}],
            datetime(2025, 4, 1, tzinfo=UTC),
            9,
            [
                v0_7.Authorisation(
                    "Sample competence",
                    "competence",
                    v0_7.Party(ROOT, "Sample root"),
                    layout.url(HOST, layout.authority(COMP)),
                    self.comp_digest,
                )
            ],
        )

    def _cert(self, code: str = CERT) -> None:
        named = [
            v0_7.Authorisation(
                "Sample licence",
                "licence",
                v0_7.Party(ROOT, "Sample root"),
                layout.url(HOST, layout.authority(LICENCE)),
                self.licence_digest,
            ),
            v0_7.Authorisation(
                "Sample accreditation",
                "accreditation",
                v0_7.Party(AB, "Sample ab"),
                layout.url(HOST, layout.authority(ACC)),
                getattr(self, "acc_digest", "uEi"),
            ),
        ]
        holder = v0_7.Party(
            layout.url(HOST, "registers/uscc/91310000Y"),
            "示例制造有限公司 Sample Maker",
            "91310000Y",
            "holder",
            {"zh": "示例制造有限公司", "en": "Sample Maker"},
            {"zh": "示例路 1 号"},
        )
        certificate = v0_7.Certificate(
            host=HOST,
            code=code,
            issuer=v0_7.Party(CB, "Sample cb1"),
            title="管理体系认证证书 / Management system certificate",
            number="CN-QC-2026-000001234",
            attestation=layout.url(HOST, f"attestation/{code}"),
            edition=1,
            nonce="f" * 32,
            valid_from=MARCH,
            valid_until=datetime(2029, 2, 28, 15, 59, 59, tzinfo=UTC),
            holder=holder,
            scheme=self.scheme("cn-qms"),
            assessments=[
                v0_7.Assessment(
                    layout.url(HOST, f"assessment/{code}/1"),
                    "Stage 2 audit",
                    date(2026, 2, 20),
                    [v0_7.StandardReference(layout.url(HOST, "standards/gb-t-19001@2016"), "GB/T 19001-2016")],
                )
            ],
            authorisations=named,
            status=self._status("cb1", 94567),
            scope_statement={"zh": "灯具的设计和生产", "en": "Design and production of lamps"},
            scope_lines=[QMS],
            sample=True,
        )
        self._issue(
            "cert", code, "cb1", v0_7.certificate_payload(certificate), layout.certificate, MARCH + timedelta(hours=2)
        )

    def _histories(self) -> None:
        for name, owner, path, code, first in (
            ("comp", "root", layout.authority, COMP, datetime(2025, 2, 1, tzinfo=UTC)),
            ("licence", "root", layout.authority, LICENCE, datetime(2025, 3, 1, tzinfo=UTC)),
            ("acc", "ab", layout.authority, ACC, datetime(2025, 4, 1, tzinfo=UTC)),
            ("cert", "cb1", layout.certificate, CERT, MARCH),
        ):
            id = layout.certificate_id(HOST, code) if name == "cert" else layout.authority_id(HOST, code)
            changes = [Change(1, "valid", "granted", first, first), *self.changes.get(name, [])]
            statement = self._edited(
                f"history:{name}",
                history.payload(
                    credential=id,
                    issuer=layout.organisation_did(HOST, owner),
                    changes=changes,
                    valid_from=NOW - timedelta(hours=2),
                    valid_until=self.bits_until,
                ),
            )
            signer = self.signer.get(f"history:{name}", KEYS[owner])
            method = did.jose_method(layout.organisation_did(HOST, owner), "k1")
            self.files[path(code, "history.jwt")] = credential.sign_jwt(statement, signer, method).encode()
            kind = EntryType.CERT_STATUS if name == "cert" else EntryType.ACC_STATUS
            self._entry(
                f"history:{name}",
                path(code, "history.tlog-proof"),
                kind,
                digest=history.digest(statement),
                id=id,
                issuer=layout.organisation_did(HOST, owner),
                key=KEYS[owner].thumbprint,
                at=changes[-1].recorded,
            )

    def _lists(self) -> None:
        for owner in ("root", "ab", "cb1"):
            for purpose in layout.PURPOSES:
                bits = status_list.new_bits()
                for who, which, index in self.set_bits:
                    if (who, which) == (owner, purpose):
                        status_list.set_bit(bits, index)
                payload = self._edited(
                    f"list:{owner}-{purpose}",
                    status_list.payload(
                        id=layout.status_list_id(HOST, owner, purpose),
                        issuer=layout.organisation_did(HOST, owner),
                        purpose=purpose,
                        bits=bits,
                        valid_from=NOW - timedelta(hours=4),
                        valid_until=self.bits_until,
                    ),
                )
                signer = self.signer.get(f"list:{owner}-{purpose}", KEYS[owner])
                method = did.jose_method(layout.organisation_did(HOST, owner), "k1")
                self.files[layout.status_list(owner, purpose)] = credential.sign_jwt(payload, signer, method).encode()
                if signer.algorithm == "Ed25519":
                    twin = credential.sign_twin(payload, signer, f"{method}-multikey", NOW - timedelta(hours=4))
                    self.files[layout.status_list(owner, purpose, form="json")] = json.dumps(twin).encode()
                self._entry(
                    f"list:{owner}-{purpose}",
                    "",
                    EntryType.STATUS_PUBLISH,
                    digest=credential.digest(payload),
                    id=layout.status_list_id(HOST, owner, purpose),
                    issuer=layout.organisation_did(HOST, owner),
                    key=KEYS[owner].thumbprint,
                    at=NOW - timedelta(hours=8),
                )
        self.files[layout.REVOKED_KEYS] = revoked_keys.sign(
            HOST,
            self.revoked,
            signer=self.signer.get("revoked-keys", KEYS["log"]),
            valid_from=NOW - timedelta(hours=4),
            valid_until=self.revoked_until,
        ).encode()

    def _roots(self) -> None:
        document = self.trust.to_json()
        self.files[layout.TRUST_ROOTS] = jcs.canonical(document)
        self._entry(
            "roots",
            layout.TRUST_ROOTS_PROOF,
            EntryType.ROOT_UPDATE,
            digest=entry.document_digest(document),
            id=layout.url(HOST, layout.TRUST_ROOTS),
            at=datetime(2025, 1, 1, tzinfo=UTC),
        )

    def _log(self) -> None:
        leaves = [tree.leaf_hash(one) for one in self.entries]
        written = tiles.grow(0, leaves, lambda *_key: None)
        for tile in written:
            self.files[layout.log_file(tile.path)] = tile.data
        for index, width in tiles.widths(len(leaves)):
            part = self.entries[index * tiles.WIDTH : index * tiles.WIDTH + width]
            self.files[layout.log_file(tiles.entries_path(index, width))] = tiles.pack_entries(part)
        stored = {(tile.level, tile.index): tile.data for tile in written}
        read = tiles.hash_reader(len(leaves), lambda level, index, _width: stored.get((level, index)))
        name = layout.log_name(HOST)
        signed = checkpoint.sign(name, len(leaves), tree.root_of(leaves), self.signer["log"])
        text = note.parse(signed).text
        time = int((NOW - timedelta(hours=6)).timestamp())
        for cosigner in self.cosigners:
            signed += note.cosignature_line(text, WITNESSES[cosigner].name, KEYS[cosigner], time)
        self.files[layout.CHECKPOINT] = signed.encode()
        self.files[layout.LOG_KEY] = str(VerifierKey.of(name, PublicKey.from_jwk(KEYS["log"].public_jwk))).encode()
        for path, index in self._proofs:
            hashes = tree.inclusion_proof(index, len(leaves), read)
            if path:
                self.files[path] = proof.format(self.entries[index], index, hashes, signed).encode()
