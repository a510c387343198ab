"""An outsider's audit of a log: its tree, its tiles, its checkpoint, and what each entry commits to."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from testamur.kernel.multibase import digest as digest_of_bytes
from testamur.kernel.refusal import _
from testamur.verification import checkpoint, credential, entry, history, layout, proof, table, tiles
from testamur.verification.checkpoint import Checkpoint
from testamur.verification.entry import Entry, EntryType, document_digest
from testamur.verification.note import VerifierKey
from testamur.verification.site import FolderSite, Site
from testamur.verification.strict_json import Malformed, parse_object
from testamur.verification.tree import HASH_SIZE, leaf_hash, root_of
from testamur.verification.verdict import Said

#: Digests a log entry may hold for a file's bytes; raises Malformed.
Digests = Callable[[bytes], list[str]]
_ISSUED = (EntryType.CERT_ISSUE, EntryType.ACC_ISSUE)
_STATUS = (EntryType.CERT_STATUS, EntryType.ACC_STATUS)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that does not fit: which file, and what is wrong with it."""

    path: str
    said: Said


@dataclass(slots=True)
class Report:
    """What an audit did and found.

    Args:
        findings: empty when everything fits.
        size: entries in the log.
        root: root hash recomputed from them, hex.
        checked: files compared with their entries.
        absent: entries whose file this site does not serve.
        grown: entries since the older copy, or None where none was given.
    """

    findings: list[Finding] = field(default_factory=list)
    size: int = 0
    root: str = ""
    checked: int = 0
    absent: int = 0
    grown: int | None = None

    def add(self, path: str, message_id: str, **facts: object) -> None:
        """Note a finding."""
        self.findings.append(Finding(path, Said(message_id, facts)))


def audit(site: Site, *, host: str, log: VerifierKey, since: bytes | None = None) -> Report:
    """Audit a site.

    Args:
        site: the site or a mirror of it.
        host: name in ids.
        log: the log's key, from the auditor's trust file.
        since: an older checkpoint of the same log, as bytes; the log must have grown out of it.
    """
    report = Report()
    found = _checkpoint(site, log, report)
    if found is None:
        return report
    entries = _entries(site, found, report)
    if entries is None:
        return report
    leaves = [leaf_hash(data) for data in entries]
    report.root = root_of(leaves).hex()
    if bytes.fromhex(report.root) != found.root:
        report.add(layout.CHECKPOINT, _("The entries do not make the root that the log signed."))
    _check_tiles(site, leaves, found.root, report)
    if since is not None:
        _check_since(since, log, leaves, report)
    parsed = _parsed(entries, report)
    _check_files(site, host, parsed, report)
    _check_proofs(site, host, parsed, log, leaves, report)
    if isinstance(site, FolderSite):
        _check_unlogged(site, host, parsed, report)
    return report


def _checkpoint(site: Site, log: VerifierKey, report: Report) -> Checkpoint | None:
    data = site.read(layout.CHECKPOINT)
    if data is None:
        report.add(layout.CHECKPOINT, _("The log has no checkpoint here."))
        return None
    try:
        found = checkpoint.parse(data)
        checkpoint.check(found, log)
    except Malformed as error:
        report.add(layout.CHECKPOINT, _("The checkpoint does not hold: {problem}."), problem=str(error))
        return None
    report.size = found.size
    return found


def _entries(site: Site, found: Checkpoint, report: Report) -> list[bytes] | None:
    entries: list[bytes] = []
    for index, width in tiles.widths(found.size):
        path = layout.log_file(tiles.entries_path(index, width))
        data = site.read(path)
        if data is None and width != tiles.WIDTH:
            data = site.read(layout.log_file(tiles.entries_path(index)))
        try:
            part = tiles.unpack_entries(data)[:width] if data is not None else []
        except Malformed as error:
            report.add(path, _("The bundle of entries cannot be read: {problem}."), problem=str(error))
            return None
        if len(part) != width:
            report.add(path, _("The bundle of entries is missing or too short."))
            return None
        entries += part
    return entries


def _check_tiles(site: Site, leaves: list[bytes], root: bytes, report: Report) -> None:
    """Compare stored tiles with the entries'; where the stored hashes make the signed root, an entry is to blame."""
    stored = bytearray()
    wrong: list[str] = []
    for tile in tiles.grow(0, leaves, lambda *_key: None):
        path = layout.log_file(tile.path)
        data = site.read(path)
        if data is None and tile.width != tiles.WIDTH:
            data = site.read(layout.log_file(tiles.tile_path(tile.level, tile.index)))
        part = (data or b"")[: len(tile.data)]
        if tile.level == 0:
            stored += part
        if part != tile.data:
            wrong.append(path)
    hashes = [bytes(stored[place : place + HASH_SIZE]) for place in range(0, len(stored), HASH_SIZE)]
    if wrong and len(hashes) == len(leaves) and root_of(hashes) == root:
        for index in [index for index, leaf in enumerate(leaves) if leaf != hashes[index]]:
            number = index // tiles.WIDTH
            width = min(tiles.WIDTH, len(leaves) - number * tiles.WIDTH)
            path = layout.log_file(tiles.entries_path(number, width))
            report.add(path, _("Entry {index} is not the one that the log signed."), index=index)
        return
    for path in wrong:
        report.add(path, _("The tile is not what the entries make."))


def _check_since(since: bytes, log: VerifierKey, leaves: list[bytes], report: Report) -> None:
    try:
        old = checkpoint.parse(since)
        checkpoint.check(old, log)
    except Malformed as error:
        report.add("--since", _("The older checkpoint does not hold: {problem}."), problem=str(error))
        return
    report.grown = len(leaves) - old.size
    if old.size > len(leaves):
        report.add(
            layout.CHECKPOINT,
            _("The log is smaller than it was: {old} entries then, now {new}."),
            old=old.size,
            new=len(leaves),
        )
    elif root_of(leaves[: old.size]) != old.root:
        report.add(
            layout.CHECKPOINT, _("The log was rewritten: its first {old} entries are not what they were."), old=old.size
        )


def _parsed(entries: list[bytes], report: Report) -> list[Entry]:
    parsed: list[Entry] = []
    for index, data in enumerate(entries):
        try:
            parsed.append(entry.parse(data))
        except Malformed as error:
            report.add(f"#{index}", _("The entry cannot be read: {problem}."), problem=str(error))
    return parsed


def _check_files(site: Site, host: str, entries: Iterable[Entry], report: Report) -> None:
    """Compare each file with what was logged under its id; a later entry takes the place of an earlier one."""
    latest: dict[tuple[str, str], Entry] = {}
    issued: dict[str, set[str]] = {}
    for one in entries:
        if one.type in _ISSUED:
            issued.setdefault(one.id, set()).add(one.digest)
        latest[one.type, one.id] = one
    for (type, id), one in latest.items():
        for path, digests in _files_of(type, id, host):
            data = site.read(path)
            if data is None:
                report.absent += 1
                continue
            report.checked += 1
            allowed = issued[id] if type in _ISSUED else {one.digest}
            try:
                fits = bool(set(digests(data)) & allowed)
            except Malformed as error:
                report.add(path, _("The file cannot be read: {problem}."), problem=str(error))
                continue
            if not fits:
                report.add(path, _("The file is not what the log committed to."))


def _files_of(type: str, id: str, host: str) -> list[tuple[str, Digests]]:
    """Return the files an entry is about, and how their digests are taken."""
    path = layout.path_of(id, host)
    if type in _ISSUED and path:
        return [(f"{path}.jwt", _credential), (f"{path}.json", _credential)]
    if type in _STATUS and path:
        return [(f"{path}.history.jwt", _history)]
    if type == EntryType.DID_UPDATE:
        paths = layout.did_paths(id, host)
        return [(paths[0], _document)] if paths else []
    if type == EntryType.SCHEME_PUBLISH and path:
        return [(f"{path}.authority.json", _document)]
    if type == EntryType.TREE_PUBLISH and path:
        return [(f"{path}.json", _table)]
    if type == EntryType.STATUS_PUBLISH and path:
        return [(f"{path}.jwt", _credential)]
    return []


def _credential(data: bytes) -> list[str]:
    return [credential.parse(data).digest, digest_of_bytes(data)]


def _history(data: bytes) -> list[str]:
    return [history.digest(credential.parse(data).payload)]


def _document(data: bytes) -> list[str]:
    return [document_digest(parse_object(data))]


def _table(data: bytes) -> list[str]:
    return [table.parse(data).digest]


def _check_proofs(
    site: Site, host: str, entries: list[Entry], log: VerifierKey, leaves: list[bytes], report: Report
) -> None:
    """Every offline proof of a credential must still lead into this very log."""
    roots: dict[int, bytes] = {}
    for id in {one.id for one in entries if one.type in _ISSUED}:
        path = layout.path_of(id, host)
        data = site.read(f"{path}.tlog-proof") if path else None
        if data is None:
            continue
        report.checked += 1
        try:
            found = proof.parse(data)
            checkpoint.check(found.checkpoint, log)
        except Malformed as error:
            report.add(f"{path}.tlog-proof", _("The proof does not hold: {problem}."), problem=str(error))
            continue
        size = found.checkpoint.size
        if size <= len(leaves) and size not in roots:
            roots[size] = root_of(leaves[:size])
        if not found.includes() or roots.get(size) != found.checkpoint.root:
            report.add(f"{path}.tlog-proof", _("The proof leads into another log than this one."))


def _check_unlogged(site: FolderSite, host: str, entries: list[Entry], report: Report) -> None:
    logged = {layout.path_of(one.id, host) for one in entries if one.type in _ISSUED}
    for folder in ("c", "acc"):
        for file in sorted((site.folder / folder).glob("*.jwt")):
            path = f"{folder}/{file.name.removesuffix('.jwt')}"
            if not path.endswith(".history") and path not in logged:
                report.add(f"{path}.jwt", _("The credential is served, but the log does not know it."))
