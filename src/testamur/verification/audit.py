"""An outsider's audit of a log: its tree, its tiles, its checkpoints with their cosignatures, an older copy.

What each entry commits to is compared in :mod:`testamur.verification.audit_files`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from testamur.kernel.refusal import _
from testamur.verification import audit_copies, audit_files, checkpoint, entry, layout, note, tiles
from testamur.verification.checkpoint import Checkpoint
from testamur.verification.entry import Entry
from testamur.verification.note import VerifierKey
from testamur.verification.site import FolderSite, Site
from testamur.verification.strict_json import Malformed
from testamur.verification.tree import HASH_SIZE, leaf_hash, root_of
from testamur.verification.verdict import Said


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
        cosigned: (name, Unix seconds) of the cosigners under the newest checkpoint with a quorum.
        waiting: entries that the log has signed and the quorum has not yet.
    """

    findings: list[Finding] = field(default_factory=list)
    size: int = 0
    root: str = ""
    checked: int = 0
    absent: int = 0
    grown: int | None = None
    cosigned: list[tuple[str, int]] = field(default_factory=list)
    waiting: int = 0

    def add(self, path: str, message_id: str, **facts: object) -> None:
        """Note a finding."""
        self.findings.append(Finding(path, Said(message_id, facts)))


@dataclass(slots=True)
class Log:
    """The log as the auditor read it.

    Args:
        key: its key.
        cosigners: keys of the cosigners that count.
        quorum: how many of them must have signed.
        leaves: leaf hashes, in order.
        entries: the entries that can be read, by index.
        cosigned: entries below the newest checkpoint with a quorum.
    """

    key: VerifierKey
    cosigners: Sequence[VerifierKey]
    quorum: int
    leaves: list[bytes]
    entries: dict[int, Entry]
    cosigned: int
    _roots: dict[int, bytes] = field(default_factory=dict)

    def root_at(self, size: int) -> bytes | None:
        """Return the root of the first entries, None for more than there are."""
        if size > len(self.leaves):
            return None
        if size not in self._roots:
            self._roots[size] = root_of(self.leaves[:size])
        return self._roots[size]


def audit(
    site: Site,
    *,
    host: str,
    log: VerifierKey,
    since: Site | bytes | None = None,
    cosigners: Sequence[VerifierKey] = (),
    quorum: int = 0,
) -> Report:
    """Audit a site.

    Args:
        site: the site or a mirror of it.
        host: name in ids.
        log: the log's key, from the auditor's trust file.
        since: an older copy of the site, or an older checkpoint as bytes; the log must have grown out of it.
        cosigners: keys of the cosigners that count.
        quorum: how many of them must have signed.
    """
    report = Report()
    found = _checkpoint(site, layout.CHECKPOINT, log, report)
    if found is None:
        return report
    report.cosigned = _cosigned(layout.CHECKPOINT, found, cosigners, quorum, report)
    newest = found
    if site.read(layout.CHECKPOINT_NEXT) is not None:
        newer = _checkpoint(site, layout.CHECKPOINT_NEXT, log, report)
        if newer is not None:
            _cosigned(layout.CHECKPOINT_NEXT, newer, cosigners, 0, report)
            newest = max(found, newer, key=lambda one: one.size)
    report.size, report.waiting = newest.size, newest.size - found.size
    _check_key_files(site, log, report)
    entries = _entries(site, newest, report)
    if entries is None:
        return report
    whole = Log(log, cosigners, quorum, [leaf_hash(data) for data in entries], _parsed(entries, report), found.size)
    report.root = root_of(whole.leaves).hex()
    for path, one in ((layout.CHECKPOINT, found), (layout.CHECKPOINT_NEXT, newest)):
        if whole.root_at(one.size) != one.root:
            report.add(path, _("The entries do not make the root that the log signed."))
            break
    _check_tiles(site, whole.leaves, newest.root, report)
    if since is not None:
        _check_since(site, since, log, whole, host, report)
    audit_files.check(site, host, whole, report)
    return report


def _checkpoint(site: Site, path: str, log: VerifierKey, report: Report) -> Checkpoint | None:
    data = site.read(path)
    if data is None:
        report.add(path, _("The log has no checkpoint here."))
        return None
    try:
        found = checkpoint.parse(data)
        checkpoint.check(found, log)
    except Malformed as error:
        report.add(path, _("The checkpoint does not hold: {problem}."), problem=str(error))
        return None
    return found


def _cosigned(
    path: str, found: Checkpoint, cosigners: Sequence[VerifierKey], quorum: int, report: Report
) -> list[tuple[str, int]]:
    """Return who cosigned; a wrong cosignature, a line of nobody known or too few of them is a finding."""
    seen: list[tuple[str, int]] = []
    for key in cosigners:
        at = note.cosigned_at(found.note, key)
        if at is False:
            report.add(path, _("The cosignature of {name} is wrong."), name=key.name)
        elif at is not None:
            seen.append((key.name, int(at)))
    if len(seen) < quorum:
        report.add(path, _("Only {count} of {quorum} cosigners signed the checkpoint."), count=len(seen), quorum=quorum)
    return seen


def _check_key_files(site: Site, log: VerifierKey, report: Report) -> None:
    data = site.read(layout.LOG_KEY)
    if data is not None and data.strip() != str(log).encode():
        report.add(layout.LOG_KEY, _("The key published here is not the log's key of your trust file."))


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
    """Compare stored tiles with the entries'; where the stored leaves make the signed root, an entry is to blame."""
    stored: dict[str, bytes] = {}
    bottom = bytearray()
    expected = tiles.grow(0, leaves, lambda *_key: None)
    for tile in expected:
        path = layout.log_file(tile.path)
        data = site.read(path)
        if data is None and tile.width != tiles.WIDTH:
            data = site.read(layout.log_file(tiles.tile_path(tile.level, tile.index)))
        stored[path] = (data or b"")[: len(tile.data)] if tile.width != tiles.WIDTH else data or b""
        if tile.level == 0:
            bottom += stored[path]
    hashes = [bytes(bottom[place : place + HASH_SIZE]) for place in range(0, len(bottom), HASH_SIZE)]
    if hashes != leaves and len(hashes) == len(leaves) and root_of(hashes) == root:
        for index in [index for index, leaf in enumerate(leaves) if leaf != hashes[index]]:
            number = index // tiles.WIDTH
            width = min(tiles.WIDTH, len(leaves) - number * tiles.WIDTH)
            path = layout.log_file(tiles.entries_path(number, width))
            report.add(path, _("Entry {index} is not the one that the log signed."), index=index)
        expected = tiles.grow(0, hashes, lambda *_key: None)
    for tile in expected:
        path = layout.log_file(tile.path)
        if stored[path] != tile.data:
            report.add(path, _("The tile is not what the entries make."))


def _check_since(site: Site, since: Site | bytes, log: VerifierKey, whole: Log, host: str, report: Report) -> None:
    data = since if isinstance(since, bytes) else since.read(layout.CHECKPOINT)
    try:
        if data is None:
            raise Malformed(f"no {layout.CHECKPOINT}")
        old = checkpoint.parse(data)
        checkpoint.check(old, log)
    except Malformed as error:
        report.add("--since", _("The older checkpoint does not hold: {problem}."), problem=str(error))
        return
    report.grown = len(whole.leaves) - old.size
    if old.size > len(whole.leaves):
        report.add(
            layout.CHECKPOINT,
            _("The log is smaller than it was: {old} entries then, now {new}."),
            old=old.size,
            new=len(whole.leaves),
        )
    elif whole.root_at(old.size) != old.root:
        report.add(
            layout.CHECKPOINT, _("The log was rewritten: its first {old} entries are not what they were."), old=old.size
        )
    if isinstance(since, FolderSite):
        audit_copies.check(site, since, host, report)


def _parsed(entries: list[bytes], report: Report) -> dict[int, Entry]:
    parsed: dict[int, Entry] = {}
    for index, data in enumerate(entries):
        try:
            parsed[index] = entry.parse(data)
        except Malformed as error:
            report.add(f"#{index}", _("The entry cannot be read: {problem}."), problem=str(error))
    return parsed
