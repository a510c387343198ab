"""The files of a site against the entries of its log: digest, signature, proof; and what is served but not logged."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from testamur.kernel.multibase import digest as digest_of_bytes
from testamur.kernel.refusal import _
from testamur.verification import (
    checkpoint,
    credential,
    did,
    extract,
    history,
    layout,
    proof,
    revoked_keys,
    status_list,
    table,
)
from testamur.verification.credential import Signed
from testamur.verification.did import DidDocument, Method
from testamur.verification.entry import Entry, EntryType, document_digest
from testamur.verification.site import BundleSite, FolderSite, Site
from testamur.verification.strict_json import Malformed, parse_object

if TYPE_CHECKING:
    from testamur.verification.audit import Log, Report

_ISSUED = (EntryType.CERT_ISSUE, EntryType.ACC_ISSUE)
_STATUS = (EntryType.CERT_STATUS, EntryType.ACC_STATUS)
#: What stays served in every version that ever was.
_VERSIONED = (EntryType.DID_UPDATE, EntryType.ROOT_UPDATE)
#: Reads a file: the digests an entry may hold for it, and the signed part, where the file is signed; raises Malformed.
_Read = Callable[[bytes], tuple[list[str], Signed | None]]


def check(site: Site, host: str, log: Log, report: Report) -> None:
    """Compare every file that entries commit to; then look for files that no entry knows."""
    _Files(site, host, log, report).check()


class _Files:
    """One audit of the files of a site."""

    def __init__(self, site: Site, host: str, log: Log, report: Report) -> None:
        self.site, self.host, self.log, self.report = site, host, log, report
        self.latest: dict[tuple[str, str], tuple[int, Entry]] = {}
        self.committed: dict[tuple[str, str], set[str]] = defaultdict(set)
        for index, one in log.entries.items():
            self.latest[one.type, one.id] = (index, one)
            self.committed[one.type, one.id].add(one.digest)
        self.documents: dict[str, DidDocument] = {}
        self.known: set[str] = set()

    def check(self) -> None:
        # Keys first: every other signature is checked with them.
        for (type, id), (index, one) in sorted(self.latest.items(), key=lambda item: item[0][0] != "did.update"):
            for path, proof_path, read in self._files_of(type, id):
                self.known.add(path)
                self._check_file(path, one, read)
                self._check_proof(proof_path, index, one)
        self._check_versions()
        self._check_keys()
        self._check_revoked_keys()
        if isinstance(self.site, FolderSite):
            self._check_unlogged(self.site.folder)
            for file in sorted((self.site.folder / "bundle").glob("*.json")):
                self._check_bundle(f"bundle/{file.name}")

    # ------------------------------------------------------------------ one file

    def _files_of(self, type: str, id: str) -> Iterator[tuple[str, str, _Read]]:
        """Yield the files an entry is about: path, path of its proof (or empty), how it is read."""
        path = layout.path_of(id, self.host)
        if type == EntryType.DID_UPDATE:
            if paths := layout.did_paths(id, self.host):
                yield paths[0], paths[1], self._document
        elif path is None:
            return
        elif type in _ISSUED:
            yield f"{path}.jwt", f"{path}.tlog-proof", _credential
            yield f"{path}.json", "", _credential
        elif type in _STATUS:
            yield f"{path}.history.jwt", f"{path}.history.tlog-proof", _history
        elif type == EntryType.STATUS_PUBLISH:
            yield f"{path}.jwt", "", _list
            yield f"{path}.json", "", _list
        elif type == EntryType.SCHEME_PUBLISH:
            yield f"{path}.authority.json", f"{path}.authority.tlog-proof", _extract
        elif type == EntryType.TREE_PUBLISH:
            # An id names the table, with or without the ending of its file.
            yield f"{path.removesuffix('.json')}.json", f"{path.removesuffix('.json')}.tlog-proof", _table
        elif type == EntryType.ROOT_UPDATE:
            yield path, path.removesuffix(".json") + ".tlog-proof", _plain

    def _document(self, data: bytes) -> tuple[list[str], Signed | None]:
        found = did.parse(data)
        self.documents[found.id] = found
        return [found.digest], None

    def _check_file(self, path: str, one: Entry, read: _Read) -> None:
        data = self.site.read(path)
        if data is None:
            self.report.absent += 1
            return
        self.report.checked += 1
        allowed = self.committed[one.type, one.id] if one.type in _ISSUED else {one.digest}
        self._check_content(path, data, read, allowed)

    def _check_versions(self) -> None:
        """Earlier keys and root lists that are served must have been logged: ``did.<n>.json``, ``roots.<n>.json``."""
        for type, id in [place for place in self.latest if place[0] in _VERSIONED]:
            logged = [one for one in self.log.entries.values() if (one.type, one.id) == (type, id)]
            for path, _proof_path, _read in self._files_of(type, id):
                # A list's number may run ahead of its entries by the one that is being signed.
                for number in range(1, len(logged) + 2):
                    self._check_version(path.removesuffix(".json") + f".{number}", type, id)

    def _check_version(self, base: str, type: str, id: str) -> None:
        path, data = f"{base}.json", self.site.read(f"{base}.json")
        if data is None:
            return
        self.known.add(path)
        self.report.checked += 1
        self._check_content(path, data, _plain, self.committed[type, id])
        proven = self.site.read(f"{base}.tlog-proof")
        if proven is None:
            return
        self.report.checked += 1
        index = self._check_bundled_proof(f"{base}.tlog-proof", proven)
        one = self.log.entries.get(index) if index is not None else None
        if index is not None and (one is None or {one.digest} != set(_digests(data))):
            said = _("The proof is of entry {index}, not of this file's.")
            self.report.add(f"{base}.tlog-proof", said, index=index)

    def _check_content(self, path: str, data: bytes, read: _Read, allowed: set[str]) -> None:
        try:
            digests, signed = read(data)
        except Malformed as error:
            self.report.add(path, _("The file cannot be read: {problem}."), problem=str(error))
            return
        if not set(digests) & allowed:
            self.report.add(path, _("The file is not what the log committed to."))
        elif signed is not None:
            self._check_signature(path, signed)

    def _check_signature(self, path: str, signed: Signed) -> None:
        named = signed.payload.get("issuer")
        issuer = named.get("id") if isinstance(named, dict) else named
        document = self.documents.get(signed.controller)
        method = document.methods.get(signed.method) if document else None
        if document is None:
            self.report.add(
                path, _("The keys of {issuer} are not here to check its signature."), issuer=signed.controller
            )
        elif method is None or signed.controller != issuer:
            self.report.add(path, _("It is signed with a key that {issuer} never published."), issuer=str(issuer))
        elif not _verifies(signed, method):
            self.report.add(path, _("The signature does not fit the content."))

    def _check_proof(self, path: str, index: int, one: Entry) -> None:
        """Every offline proof must lead into this very log, to this entry, under the cosigners' signatures."""
        data = self.site.read(path) if path else None
        if data is None:
            return
        self.report.checked += 1
        try:
            found = proof.parse(data)
            size = found.checkpoint.size
            # Beyond the newest head with a quorum a proof is a promise of the log alone, and says so.
            wanted = self.log.quorum if size <= self.log.cosigned else 0
            checkpoint.check(found.checkpoint, self.log.key, self.log.cosigners, wanted)
        except Malformed as error:
            self.report.add(path, _("The proof does not hold: {problem}."), problem=str(error))
            return
        if not found.includes() or self.log.root_at(size) != found.checkpoint.root:
            self.report.add(path, _("The proof leads into another log than this one."))
        elif found.index != index:
            proven = self.log.entries.get(found.index)
            # Two credentials under one id may each have its proof; everything else has its newest.
            if proven is None or (proven.type, proven.id) != (one.type, one.id) or one.type not in _ISSUED:
                self.report.add(path, _("The proof is of entry {index}, not of this file's."), index=found.index)

    # ------------------------------------------------------------------ keys

    def _check_keys(self) -> None:
        """Every key that entries name is published by whom they name, and signs nothing once it was revoked."""
        methods: dict[tuple[str, str], Method] = {}
        for document in self.documents.values():
            for method in document.methods.values():
                try:
                    methods[document.id, method.key.thumbprint] = method
                except Malformed:
                    self.report.add(
                        (layout.did_paths(document.id, self.host) or ("",))[0],
                        _("The key {key} cannot be used."),
                        key=method.id,
                    )
        missing: set[tuple[str, str]] = set()
        for index, one in self.log.entries.items():
            if not one.key or one.issuer not in self.documents:
                continue
            method_of = methods.get((one.issuer, one.key))
            path = (layout.did_paths(one.issuer, self.host) or ("",))[0]
            if method_of is None:
                if (one.issuer, one.key) not in missing:
                    missing.add((one.issuer, one.key))
                    self.report.add(path, _("The key of entry {index} is not among the keys published."), index=index)
            elif one.type in _ISSUED:
                gone = method_of.revoked_at_log_index
                if gone is not None and index >= gone:
                    self.report.add(
                        f"#{index}",
                        _("{id} was logged with a key that had been revoked."),
                        id=one.id,
                    )

    def _check_revoked_keys(self) -> None:
        data = self.site.read(layout.REVOKED_KEYS)
        if data is None:
            return
        self.report.checked += 1
        self._read_revoked_keys(layout.REVOKED_KEYS, data)

    def _read_revoked_keys(self, path: str, data: bytes) -> None:
        try:
            signed = credential.parse(data, type=revoked_keys.TYPE)
            revoked_keys.read(signed.payload)
        except Malformed as error:
            self.report.add(path, _("The file cannot be read: {problem}."), problem=str(error))
            return
        if not signed.verifies(self.log.key.key) or signed.payload.get("host") != self.host:
            self.report.add(path, _("The list of revoked keys is not signed by the log."))

    # ------------------------------------------------------------------ what no entry knows

    def _check_unlogged(self, folder: Path) -> None:
        for pattern, skipped, said in (
            ("c/*.jwt", ".history.", _("The credential is served, but the log does not know it.")),
            ("acc/*.jwt", ".history.", _("The credential is served, but the log does not know it.")),
            ("status/*.*", "\0", _("The status list is served, but the log does not know it.")),
            ("org/*/did*.json", "\0", _("The keys are served, but the log does not know them.")),
            ("trust/roots*.json", "\0", _("The root list is served, but the log does not know it.")),
        ):
            for file in sorted(folder.glob(pattern)):
                path = file.relative_to(folder).as_posix()
                if skipped not in path and path not in self.known:
                    self.report.add(path, said)

    def _check_bundle(self, path: str) -> None:
        """What a bundle holds must once have been published: it may be older than the site, never another."""
        data = self.site.read(path) or b""
        self.report.checked += 1
        try:
            bundle = BundleSite(data)
        except Malformed as error:
            self.report.add(path, _("The file cannot be read: {problem}."), problem=str(error))
            return
        reads = {
            file: (read, self.committed[type, id])
            for type, id in list(self.latest)
            for file, _proof, read in self._files_of(type, id)
        }
        for name in bundle.facts["files"]:
            inner = bundle.read(name) or b""
            where = f"{path}#{name}"
            if name in reads:
                documents = dict(self.documents)
                self._check_content(where, inner, *reads[name])
                self.documents = documents  # an older document in a bundle is not the one of today
            elif name == layout.REVOKED_KEYS:
                self._read_revoked_keys(where, inner)
            elif name.endswith(".tlog-proof"):
                self._check_bundled_proof(where, inner)
            else:
                self.report.add(where, _("The file is served, but the log does not know it."))

    def _check_bundled_proof(self, path: str, data: bytes) -> int | None:
        """Return the index of the entry that a proof leads to; None, and a finding, where it does not hold."""
        try:
            found = proof.parse(data)
            checkpoint.check(found.checkpoint, self.log.key, self.log.cosigners, 0)
        except Malformed as error:
            self.report.add(path, _("The proof does not hold: {problem}."), problem=str(error))
            return None
        if not found.includes() or self.log.root_at(found.checkpoint.size) != found.checkpoint.root:
            self.report.add(path, _("The proof leads into another log than this one."))
            return None
        return found.index


def _verifies(signed: Signed, method: Method) -> bool:
    kind = "JsonWebKey" if signed.form == "jwt" else "Multikey"
    try:
        return method.kind == kind and signed.verifies(method.key)
    except Malformed:
        return False


def _credential(data: bytes) -> tuple[list[str], Signed | None]:
    signed = credential.parse(data)
    return [signed.digest, digest_of_bytes(data)], signed


def _history(data: bytes) -> tuple[list[str], Signed | None]:
    signed = credential.parse(data)
    history.changes(signed.payload)
    return [history.digest(signed.payload)], signed


def _list(data: bytes) -> tuple[list[str], Signed | None]:
    signed = credential.parse(data)
    subject = signed.payload.get("credentialSubject")
    status_list.decode(subject.get("encodedList") if isinstance(subject, dict) else None)
    return [signed.digest], signed


def _extract(data: bytes) -> tuple[list[str], Signed | None]:
    return [extract.parse(data)[1]], None


def _table(data: bytes) -> tuple[list[str], Signed | None]:
    return [table.parse(data).digest], None


def _plain(data: bytes) -> tuple[list[str], Signed | None]:
    return [document_digest(parse_object(data))], None


def _digests(data: bytes) -> list[str]:
    try:
        return _plain(data)[0]
    except Malformed:
        return []
