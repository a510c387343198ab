"""A downloaded data set: files against their checksums, and the checksums against the public log. Needs no network."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from testamur.kernel.multibase import digest
from testamur.kernel.refusal import _
from testamur.verification import entry, layout, proof
from testamur.verification.entry import EntryType
from testamur.verification.evidence import Evidence
from testamur.verification.known import Logged
from testamur.verification.site import FolderSite
from testamur.verification.strict_json import Malformed
from testamur.verification.trust_file import Trust
from testamur.verification.verdict import Code, Rejected, Said

SUMS, PROOF = "SHA256SUMS", "SHA256SUMS.tlog-proof"
#: Largest list of checksums and largest proof read, bytes.
_SIZE_MOST = 200_000
_LINE = re.compile(r"([0-9a-f]{64})  ([A-Za-z0-9][A-Za-z0-9._-]*)\Z")
_PIECE = 1 << 20


class State(StrEnum):
    """What became of a file that the checksums name."""

    UNALTERED = "unaltered"
    ALTERED = "altered"
    ABSENT = "absent"


@dataclass(frozen=True)
class Checked:
    """What a folder turned out to be.

    Attributes:
        holds: at least one file is here, none was altered, and the log holds the checksums.
        said: the sentence that says so, or why not.
        files: name → state, in the order of the checksums.
        name: of the snapshot, as the log has it; empty where the proof does not hold.
    """

    holds: bool
    said: Said
    files: dict[str, State] = field(default_factory=dict)
    name: str = ""


def check(folder: Path, trust: Trust) -> Checked:
    """Check a folder with ``SHA256SUMS``, its ``.tlog-proof`` and some or all of the files, against a trust file."""
    try:
        sums = _small(folder / SUMS)
        named = _named(sums)
        files = {name: _state(folder / name, sha256) for name, sha256 in named.items()}
        name, when = _logged(folder, sums, trust)
    except Malformed as error:
        return Checked(False, Said(_("The checksums cannot be read: {problem}."), {"problem": str(error)}))
    except Rejected as rejected:
        return Checked(False, rejected.said, files)
    altered = [one for one, state in files.items() if state is State.ALTERED]
    if altered:
        return Checked(
            False, Said(_("{files}: not what was published. Download it again."), {"files": ", ".join(altered)}), files,
            name,
        )  # fmt: skip
    if State.UNALTERED not in files.values():
        return Checked(False, Said(_("None of the files that the checksums name is in this folder.")), files, name)
    said = Said(
        _("Snapshot {name} of {host} is what was published: entry {index} of its public log, recorded {at}."),
        {"name": name, "host": trust.host, "index": when.index, "at": when.entry.at},
    )
    return Checked(True, said, files, name)


def _logged(folder: Path, sums: bytes, trust: Trust) -> tuple[str, Logged]:
    """Return (name of the snapshot, its place in the log); raises Rejected."""
    path = folder / PROOF
    data = _small(path) if path.is_file() else None
    committed = ""
    if data is not None:
        try:
            committed = entry.parse(proof.parse(data).entry).id
        except Malformed:
            committed = ""  # what follows says what is wrong with the proof
    logged = Evidence(FolderSite(folder), trust).logged(
        data, digest=digest(sums), id=committed, type=EntryType.DATASET_PUBLISH
    )
    place = (layout.path_of(committed, trust.host) or "").split("/")
    if len(place) != 3 or place[0] != "open-data" or place[2] != SUMS:
        raise Rejected(
            Code.NOT_LOGGED, _("The log entry is about {id}, which is no snapshot of {host}."),
            {"id": committed, "host": trust.host},
        )  # fmt: skip
    return place[1], logged


def _named(sums: bytes) -> dict[str, str]:
    """Return the files of ``SHA256SUMS``, name → SHA-256, as ``sha256sum`` writes it; raises Malformed."""
    found: dict[str, str] = {}
    for line in sums.decode("ascii", "replace").splitlines():
        match = _LINE.match(line)
        if match is None or match[2] in found:
            raise Malformed("a line that names no file once")
        found[match[2]] = match[1]
    if not found:
        raise Malformed("it names no file")
    return found


def _state(path: Path, sha256: str) -> State:
    if not path.is_file():
        return State.ABSENT
    found = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            found.update(piece)
    return State.UNALTERED if found.hexdigest() == sha256 else State.ALTERED


def _small(path: Path) -> bytes:
    with path.open("rb") as file:
        data = file.read(_SIZE_MOST + 1)
    if len(data) > _SIZE_MOST:
        raise Malformed(f"{path.name} is too large")
    return data
