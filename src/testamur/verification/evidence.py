"""Everything a path is built from, read from one site under one trust file, and proven once (steps 1 to 5, lists).

An :class:`Evidence` is also the cache of warm validation: authorities, keys, lists and checkpoints that were checked
stay checked as long as the caller keeps it. What depends on the hour is asked again each time.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar

from testamur.kernel.multibase import digest_matches
from testamur.kernel.refusal import _
from testamur.kernel.scope import MalformedScope, TreeTable
from testamur.verification import (
    checkpoint,
    credential,
    did,
    entry,
    extract,
    history,
    layout,
    proof,
    revoked_keys,
    root_list,
    status_list,
    table,
)
from testamur.verification.credential import Signed
from testamur.verification.did import DidDocument, Method
from testamur.verification.entry import EntryType, instant
from testamur.verification.extract import Extract
from testamur.verification.history import Change
from testamur.verification.known import Known, Logged, Read, StatusBits, facts_of, has_type
from testamur.verification.revoked_keys import RevokedKey
from testamur.verification.site import Site
from testamur.verification.strict_json import Malformed, parse_object
from testamur.verification.trust_file import Trust
from testamur.verification.verdict import Code, Rejected

#: Cosigners sign within seconds: what was downloaded right after it was issued lacks them, and is not wrong.
TOO_FEW = _(
    "Of the {all} cosigners that your trust file demands, {count} had signed the state of the log when this file was "
    "made. They sign within a minute: if it was issued just now, download it again."
)
#: An entry may claim a time this much later than the witnesses saw it: clocks differ.
_CLOCKS_DIFFER = timedelta(minutes=5)
_T = TypeVar("_T")


class Evidence:
    """Reads and proves. Keep one for many certificates of one site; make a new one to see newer files."""

    def __init__(self, site: Site, trust: Trust) -> None:
        self.site = site
        self.trust = trust
        self.stood: dict[tuple[object, ...], object] = {}  # lines of authority that stood, kept by path validation
        self._followed = False
        self._kept: dict[tuple[str, Any], Any] = {}
        self._read: dict[str, checkpoint.Checkpoint] = {}  # by their text
        self._revoked: tuple[datetime, datetime, dict[tuple[str, str], RevokedKey]] | None = None

    def follow_roots(self, now: datetime) -> None:
        """Go on to the newest root list that the site shows and the log knows; once. Raises Rejected."""
        if not self.trust.threshold:
            return
        if not self._followed:
            known = root_list.follow(self.trust, self.site)
            data = self.site.read(layout.TRUST_ROOTS)
            if data is not None:
                self._check_list_logged(known, data)
            self.trust, self._followed = known, True
        root_list.check_not_expired(self.trust, now)

    def _check_list_logged(self, known: Trust, data: bytes) -> None:
        before, self.trust = self.trust, known  # a list may name another log and other cosigners
        try:
            self.logged(
                self.site.read(layout.TRUST_ROOTS_PROOF),
                digest=entry.document_digest(parse_object(data)),
                id=layout.url(known.host, layout.TRUST_ROOTS),
                type=EntryType.ROOT_UPDATE,
            )
        except Rejected as rejected:
            self.trust = before
            raise Rejected(
                Code.TRUST_INVALID,
                _("Root list {version} is not the one in the public log. {because}"),
                {"version": known.version, "because": rejected.said},
            ) from None

    # ------------------------------------------------------------------ credentials, steps 1 to 5

    def credential(self, data: bytes, proof_data: bytes | None = None) -> Known:
        """Take a credential through steps 1 to 5; raises Rejected with the code of the first that fails."""
        found = self.read(data)
        self.check_signed(found)
        return self.prove(found, proof_data)

    def read(self, data: bytes) -> Read:
        """Step 1: read a credential, of which nothing is believed yet; raises Rejected."""
        try:
            signed = credential.parse(data)
            return Read(signed, signed.digest, *facts_of(signed.payload, self.trust.host))
        except Malformed as error:
            raise Rejected(
                Code.MALFORMED, _("The file cannot be read as a signed credential: {problem}."), {"problem": str(error)}
            ) from None

    def check_signed(self, found: Read) -> None:
        """Steps 2 and 3: the issuer's key, which the log knows, made the signature; raises Rejected."""
        found.method = self._method(found.signed, found.issuer)
        self._check_signature(found.signed, found.method, found.issuer)

    def prove(self, found: Read, proof_data: bytes | None = None) -> Known:
        """Steps 4 and 5: the log holds it, and the key was its issuer's when it entered; raises Rejected."""
        payload, issuer, method = found.signed.payload, found.issuer, found.method
        assert method is not None, "check_signed comes first"
        if proof_data is None:
            proof_data = self.site.read(f"{found.path}.tlog-proof")
        wanted = EntryType.CERT_ISSUE if found.kind == "certificate" else EntryType.ACC_ISSUE
        logged = self.logged(proof_data, digest=found.digest, id=payload["id"], type=wanted)
        entered = logged.entry
        # A confidential attestation's leaf names nobody; its digest still binds every field.
        named = bool(entered.issuer or entered.key)
        if named and (entered.issuer != issuer or entered.key != method.key.thumbprint):
            raise Rejected(Code.NOT_LOGGED, _("The log entry names another issuer or another key."))
        if entered.sample != bool(payload.get("sample", False)):
            raise Rejected(Code.NOT_LOGGED, _("The credential and its log entry disagree on being a sample."))
        revoked = self._check_key_held(issuer, method, logged)
        return Known(
            payload,
            found.kind,
            found.path,
            issuer,
            found.issuer_name,
            payload["credentialSubject"],
            logged,
            found.valid_from,
            found.valid_until,
            found.status,
            revoked,
        )

    def authority(self, address: object, digest: object) -> Known:
        """Read the authority credential that a certificate names, prove its bytes and steps 1 to 5; raises Rejected."""
        path = layout.path_of(address, self.trust.host)
        if path is None or not path.endswith(".jwt"):
            raise Rejected(
                Code.UNTRUSTED_ISSUER,
                _("The evidence {address} is not a file of {host}."),
                {"address": str(address), "host": self.trust.host},
            )
        return self._once(("authority", (path, str(digest))), lambda: self._authority(path, digest))

    def _authority(self, path: str, digest: object) -> Known:
        data = self.site.read(path)
        if data is None:
            raise Rejected(Code.MALFORMED, _("The file {path} is not at hand."), {"path": path})
        if not digest_matches(digest, data):
            raise Rejected(Code.MALFORMED, _("The file {path} is not the one that was named."), {"path": path})
        known = self.credential(data)
        if known.is_certificate:
            raise Rejected(Code.MALFORMED, _("The file {path} is a certificate, not an authority."), {"path": path})
        return known

    def _method(self, signed: Signed, issuer: str) -> Method:
        if signed.controller != issuer:
            raise Rejected(Code.KEY_INVALID, _("The signing key belongs to somebody other than the issuer."))
        document = self.did(issuer)
        method = document.methods.get(signed.method)
        kind = "JsonWebKey" if signed.form == "jwt" else "Multikey"
        if method is None or method.kind != kind:
            raise Rejected(
                Code.KEY_INVALID, _("The issuer's published keys do not hold {key}."), {"key": signed.method}
            )
        try:
            fits = method.key.algorithm == signed.algorithm
        except Malformed as error:
            raise Rejected(Code.KEY_INVALID, _("The key cannot be used: {problem}."), {"problem": str(error)}) from None
        if not fits:
            raise Rejected(Code.KEY_INVALID, _("The key is of another kind than the signature claims."))
        return method

    def _check_signature(self, signed: Signed, method: Method, issuer: str) -> None:
        if not signed.verifies(method.key):
            raise Rejected(
                Code.INVALID_SIGNATURE,
                _("The signature is not {issuer}'s over this content: something was changed."),
                {"issuer": issuer},
            )

    def check_marked(self, signed: Signed, issuer: str) -> None:
        """Check that an issuer signed a mark with a key that it still holds; raises Rejected.

        No log entry orders marks, so a key that was ever revoked makes none.
        """
        method = self._method(signed, issuer)
        self._check_signature(signed, method, issuer)
        try:
            made = instant(signed.payload.get("made"))
        except Malformed as error:
            raise Rejected(
                Code.MALFORMED, _("It does not say when it was made: {problem}."), {"problem": str(error)}
            ) from None
        self._check_key_fresh(issuer, method, made)

    # ------------------------------------------------------------------ keys, steps 2, 3 and 5

    def did(self, name: str) -> DidDocument:
        """Return a DID document that the log committed to; raises Rejected."""
        return self._once(("did", name), lambda: self._did(name))

    def _did(self, name: str) -> DidDocument:
        paths = layout.did_paths(name, self.trust.host)
        if paths is None:
            raise Rejected(
                Code.UNTRUSTED_ISSUER,
                _("The issuer {issuer} publishes its keys outside {host}; this trust file does not reach there."),
                {"issuer": name, "host": self.trust.host},
            )
        data, proof_data = self.site.read(paths[0]), self.site.read(paths[1])
        if data is None:
            raise Rejected(Code.KEY_INVALID, _("The keys of {issuer} are not at hand."), {"issuer": name})
        try:
            document = did.parse(data)
        except Malformed as error:
            raise Rejected(
                Code.KEY_INVALID,
                _("The keys of {issuer} cannot be read: {problem}."),
                {"issuer": name, "problem": str(error)},
            ) from None
        if document.id != name:
            raise Rejected(Code.KEY_INVALID, _("The keys found for {issuer} are somebody else's."), {"issuer": name})
        try:
            self.logged(proof_data, digest=document.digest, id=name, type=EntryType.DID_UPDATE)
        except Rejected as rejected:
            raise Rejected(
                Code.KEY_INVALID,
                _("The keys of {issuer} are not the ones in the public log. {because}"),
                {"issuer": name, "because": rejected.said},
            ) from None
        return document

    def _check_key_held(self, issuer: str, method: Method, logged: Logged) -> datetime | None:
        """Step 5: log order, not the signer's clock, defeats back-dating with a stolen key.

        Returns:
            When the key was revoked later, None where it was not.
        """
        at, index = logged.entry.at, logged.index
        if method.expires and at >= method.expires:
            raise Rejected(
                Code.KEY_INVALID, _("The key was retired on {day}, before this was signed."), {"day": method.expires}
            )
        revoked, from_index = self._revocation(issuer, method)
        if (revoked and at >= revoked) or (from_index is not None and index >= from_index):
            raise Rejected(
                Code.KEY_INVALID,
                _("The key was revoked, and this was logged afterwards, whatever day it claims."),
            )
        return revoked

    def _check_key_fresh(self, issuer: str, method: Method, signed_at: datetime) -> None:
        """For lists, which no log entry orders: a key that was ever revoked signs none, nor does a retired one."""
        revoked, from_index = self._revocation(issuer, method)
        if revoked or from_index is not None or (method.expires and signed_at >= method.expires):
            raise Rejected(Code.STATUS_INVALID, _("The status list is signed with a key that is no longer held."))

    def _revocation(self, issuer: str, method: Method) -> tuple[datetime | None, int | None]:
        listed = self._revoked_keys()[2].get((issuer, method.key.thumbprint))
        revoked, index = method.revoked, method.revoked_at_log_index
        if listed is None:
            return revoked, index
        return (
            listed.revoked if revoked is None else min(revoked, listed.revoked),
            listed.log_index if index is None else min(index, listed.log_index),
        )

    def check_revoked_keys_fresh(self, now: datetime) -> None:
        """Refuse to judge with a list of revoked keys that is missing or outside its validity; raises Rejected."""
        valid_from, valid_until, _keys = self._revoked_keys()
        if not valid_from <= now <= valid_until:
            raise Rejected(
                Code.STATUS_STALE,
                _("The list of revoked keys held from {start} to {end}; a newer one is needed."),
                {"start": valid_from, "end": valid_until},
            )

    def _revoked_keys(self) -> tuple[datetime, datetime, dict[tuple[str, str], RevokedKey]]:
        if self._revoked is None:
            data = self.site.read(layout.REVOKED_KEYS)
            if data is None:
                raise Rejected(Code.STATUS_STALE, _("The list of revoked keys is not at hand."))
            try:
                signed = credential.parse(data, type=revoked_keys.TYPE)
                found = revoked_keys.read(signed.payload)
            except Malformed as error:
                raise Rejected(
                    Code.STATUS_INVALID,
                    _("The list of revoked keys cannot be read: {problem}."),
                    {"problem": str(error)},
                ) from None
            if signed.payload.get("host") != self.trust.host or not signed.verifies(self.trust.log.key):
                raise Rejected(Code.STATUS_INVALID, _("The list of revoked keys is not signed by the log."))
            self._revoked = found
        return self._revoked

    # ------------------------------------------------------------------ the log, step 4

    def logged(self, data: bytes | None, *, digest: str, id: str, type: EntryType) -> Logged:
        """Prove that an entry of this type commits to the digest under this id; raises Rejected."""
        if data is None:
            raise Rejected(Code.NOT_LOGGED, _("There is no proof that the public log holds it."))
        try:
            found = proof.parse(data, self._read_checkpoint)
            committed = entry.parse(found.entry)
        except Malformed as error:
            raise Rejected(
                Code.LOG_INVALID, _("The proof of the log cannot be read: {problem}."), {"problem": str(error)}
            ) from None
        if committed.type != type or committed.digest != digest:
            raise Rejected(Code.NOT_LOGGED, _("The log entry is about something else than this content."))
        if committed.id != id and (committed.issuer or committed.key):
            raise Rejected(Code.NOT_LOGGED, _("The log entry is about another address."))
        witnesses = self._checkpoint(found.checkpoint)
        if not found.includes():
            raise Rejected(Code.LOG_INVALID, _("The proof does not lead to the root that the log signed."))
        if witnesses:
            earliest = min(time for _name, time in witnesses)
            if committed.at.timestamp() > earliest + _CLOCKS_DIFFER.total_seconds():
                raise Rejected(Code.LOG_INVALID, _("The entry claims a time after its cosigners had seen it."))
        return Logged(found.index, committed, witnesses)

    def _read_checkpoint(self, text: str) -> checkpoint.Checkpoint:
        found = self._read.get(text)
        if found is None:
            found = self._read[text] = checkpoint.parse(text)
        return found

    def _checkpoint(self, found: checkpoint.Checkpoint) -> list[tuple[str, int]]:
        def check() -> list[tuple[str, int]]:
            try:
                return checkpoint.check(found, self.trust.log, self.trust.witnesses, self.trust.quorum)
            except checkpoint.TooFewCosigners as error:
                raise Rejected(Code.LOG_INVALID, TOO_FEW, {"count": error.seen, "all": error.quorum}) from None
            except checkpoint.BadSignature as error:
                raise Rejected(
                    Code.LOG_INVALID,
                    _("The state of the log is not signed as your trust file demands: {problem}."),
                    {"problem": str(error)},
                ) from None

        # The same object for the same text: reading keeps it, so its address stands for all that it says.
        return self._once(("checkpoint", id(found)), check)

    # ------------------------------------------------------------------ status, step 11

    def bits(self, address: str) -> StatusBits:
        """Return a status list whose signature and id stand; raises Rejected."""
        return self._once(("list", address), lambda: self._bits(address))

    def _bits(self, address: str) -> StatusBits:
        path = layout.path_of(address, self.trust.host)
        if path is None:
            raise Rejected(
                Code.STATUS_INVALID,
                _("The status list {address} is not a file of {host}."),
                {"address": address, "host": self.trust.host},
            )
        data = self.site.read(f"{path}.jwt")
        if data is None:
            raise Rejected(Code.STATUS_STALE, _("The status list {address} is not at hand."), {"address": address})
        try:
            signed = credential.parse(data)
            payload, subject = signed.payload, signed.payload.get("credentialSubject")
            issuer = payload.get("issuer")
            if (
                not isinstance(subject, dict)
                or not isinstance(issuer, str)
                or not has_type(payload, "BitstringStatusListCredential")
            ):
                raise Malformed("not a status list")
            purpose = str(subject.get("statusPurpose"))
            start, end = instant(payload.get("validFrom")), instant(payload.get("validUntil"))
            # Most lists of a body are empty, and equal lists are equal texts.
            listed = subject.get("encodedList")
            bits = self._once(("encoded", str(listed)), lambda: status_list.decode(listed))
        except Malformed as error:
            raise Rejected(
                Code.STATUS_INVALID,
                _("The status list {address} cannot be read: {problem}."),
                {"address": address, "problem": str(error)},
            ) from None
        if payload.get("id") != address:
            raise Rejected(Code.STATUS_INVALID, _("The file at {address} is another list."), {"address": address})
        method = self._list_method(signed, issuer)
        self._check_key_fresh(issuer, method, start)
        return StatusBits(issuer, purpose, start, end, bits, method)

    def _list_method(self, signed: Signed, issuer: str) -> Method:
        try:
            method = self._method(signed, issuer)
            self._check_signature(signed, method, issuer)
        except Rejected as rejected:
            raise Rejected(
                Code.STATUS_INVALID,
                _("The status information is not signed as it must be. {because}"),
                {"because": rejected.said},
            ) from None
        return method

    def history(self, known: Known, now: datetime) -> list[Change]:
        """Return every change of a credential's status, proven and fresh; raises Rejected.

        STATUS_STALE says what is missing; STATUS_INVALID that what is there is wrong.
        """
        start, end, found = self._once(("history", known.id), lambda: self._history(known))
        if not start <= now <= end:
            raise Rejected(
                Code.STATUS_STALE,
                _("The history of {id} held from {start} to {end}; a newer one is needed."),
                {"id": known.id, "start": start, "end": end},
            )
        return found

    def _history(self, known: Known) -> tuple[datetime, datetime, list[Change]]:
        data = self.site.read(f"{known.path}.history.jwt")
        proof_data = self.site.read(f"{known.path}.history.tlog-proof")
        if data is None:
            raise Rejected(
                Code.STATUS_STALE,
                _("The history of {id} is not at hand; without it a past day cannot be told."),
                {"id": known.id},
            )
        try:
            signed = credential.parse(data)
            payload = signed.payload
            found = history.changes(payload)
            start, end = instant(payload.get("validFrom")), instant(payload.get("validUntil"))
        except Malformed as error:
            raise Rejected(
                Code.STATUS_INVALID,
                _("The history of {id} cannot be read: {problem}."),
                {"id": known.id, "problem": str(error)},
            ) from None
        if payload.get("issuer") != known.issuer or payload["credentialSubject"].get("id") != known.id:
            raise Rejected(Code.STATUS_INVALID, _("The history found for {id} is another's."), {"id": known.id})
        method = self._list_method(signed, known.issuer)
        self._check_key_fresh(known.issuer, method, start)
        wanted = EntryType.CERT_STATUS if known.is_certificate else EntryType.ACC_STATUS
        try:
            self.logged(proof_data, digest=history.digest(payload), id=known.id, type=wanted)
        except Rejected as rejected:
            raise Rejected(
                Code.STATUS_INVALID,
                _("The history of {id} is not the one in the public log. {because}"),
                {"id": known.id, "because": rejected.said},
            ) from None
        return start, end, found

    # ------------------------------------------------------------------ schemes, trees

    def extract(self, reference: object) -> Extract | None:
        """Return the authority extract of a scheme reference, or None where it is not known; raises Rejected.

        A reference with a digest insists on its extract: whoever serves the files cannot hide what is demanded.
        """
        facts = reference if isinstance(reference, dict) else {}
        named = layout.scheme_of(facts.get("id"), self.trust.host)
        insisted = facts.get("digestMultibase")
        if named is None:
            if insisted is not None:
                raise Rejected(Code.SCOPE_NOT_COVERED, _("The scheme's demands are kept outside the trusted host."))
            return None
        return self._once(("extract", (named, str(insisted))), lambda: self._extract(named, facts["id"], insisted))

    def _extract(self, named: tuple[str, str], id: str, insisted: object) -> Extract | None:
        data = self.site.read(layout.scheme_extract(*named))
        if data is None:
            if insisted is None:
                return None
            raise Rejected(Code.SCOPE_NOT_COVERED, _("What {scheme} demands is not at hand."), {"scheme": id})
        try:
            found, digest = extract.parse(data)
        except Malformed as error:
            raise Rejected(
                Code.SCOPE_NOT_COVERED,
                _("What {scheme} demands cannot be read: {problem}."),
                {"scheme": id, "problem": str(error)},
            ) from None
        if (found.scheme, found.version) != named or (insisted is not None and insisted != digest):
            raise Rejected(
                Code.SCOPE_NOT_COVERED, _("What is served as the scheme {scheme} is another text."), {"scheme": id}
            )
        proof_data = self.site.read(layout.scheme_extract(*named, form="authority.tlog-proof"))
        self._check_published(proof_data, digest, id, EntryType.SCHEME_PUBLISH)
        return found

    def trees(self, names: list[str]) -> TreeTable:
        """Return the trees and crosswalks of these names; a table not at hand grants nothing. Raises Rejected."""
        return self._once(("trees", tuple(sorted(set(names)))), lambda: self._trees(sorted(set(names))))

    def _trees(self, names: list[str]) -> TreeTable:
        trees: dict[str, dict[str, str | None]] = {}
        crosswalks: list[tuple[str, str, str, str]] = []
        for name in names:
            data = self.site.read(layout.table(name))
            if data is None:
                continue
            try:
                found = table.parse(data)
            except Malformed as error:
                raise Rejected(
                    Code.SCOPE_NOT_COVERED,
                    _("The table {name} cannot be used: {problem}."),
                    {"name": name, "problem": str(error)},
                ) from None
            address = layout.url(self.trust.host, f"trees/{name}")
            proof_data = self.site.read(layout.table(name, "tlog-proof"))
            if found.name != name:
                raise Rejected(Code.SCOPE_NOT_COVERED, _("The table {name} is another one."), {"name": name})
            self._check_published(proof_data, found.digest, address, EntryType.TREE_PUBLISH)
            if found.kind == "tree":
                nodes = trees[name] = {str(node): parent for node, parent in found.rows}
                # A part of a table may leave a parent out; the node then stands at a root and is inside less.
                nodes |= dict.fromkeys(str(one) for one in {*nodes.values()} - {*nodes, None})
            else:
                crosswalks += [(str(from_), str(node), str(to), str(there)) for from_, node, to, there in found.rows]
        try:
            return TreeTable(trees, crosswalks)
        except MalformedScope as error:
            raise Rejected(
                Code.SCOPE_NOT_COVERED,
                _("The trees of the scope contradict themselves: {problem}"),
                {"problem": str(error)},
            ) from None

    def _check_published(self, data: bytes | None, digest: str, id: str, type: EntryType) -> None:
        try:
            self.logged(data, digest=digest, id=id, type=type)
        except Rejected as rejected:
            raise Rejected(
                Code.SCOPE_NOT_COVERED,
                _("{id} is not the text in the public log. {because}"),
                {"id": id, "because": rejected.said},
            ) from None

    def _once(self, key: tuple[str, Any], make: Callable[[], _T]) -> _T:
        """Return what was made before under this key, or raise what was raised."""
        found: Any = self._kept.get(key)
        if found is None:
            try:
                found = make()
            except Rejected as rejected:
                found = rejected
            # None is an answer too ("no such extract"), so what is kept stands in a tuple.
            found = self._kept[key] = (found,)
        kept: _T | Rejected = found[0]
        if isinstance(kept, Rejected):
            raise kept.with_traceback(None)
        return kept
