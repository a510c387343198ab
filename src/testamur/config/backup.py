"""Back an installation up, restore it, and prove that its log is whole.

A backup is one tar.gz: the database as its own tools write it, stored files, the public site, and a manifest with the
digest of each member and the root of the log. Keys are not in it: they lie apart, in a second archive for a safe.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

from testamur.kernel import clock, days
from testamur.kernel.refusal import Refused, _
from testamur.transparency.models import Checkpoint, Entry
from testamur.verification.tree import Frontier, leaf_hash

FORMAT = "testamur-backup-1"
MANIFEST = "manifest.json"


@dataclass(frozen=True)
class LogProof:
    """What recomputing the log from the database gave.

    ``size`` and ``root`` (hex) of the entries held; ``agrees`` with the newest checkpoint; ``altered`` indexes of
    entries whose bytes are not what their leaf says.
    """

    size: int
    root: str
    agrees: bool
    altered: tuple[int, ...]


def prove() -> LogProof:
    """Recompute the tree from the entries in the database and compare it with the newest signed checkpoint."""
    frontier, altered = Frontier(), []
    for index, data, leaf in (
        Entry.objects.filter(index__isnull=False).order_by("index").values_list("index", "data", "leaf").iterator()
    ):
        assert index is not None  # filtered
        computed = leaf_hash(bytes(data))
        if computed != bytes(leaf):
            altered.append(index)
        frontier.append(computed)
    newest = Checkpoint.objects.order_by("-size").first()
    root = frontier.root() if frontier.size else b""
    agrees = (newest is None and not frontier.size) or (
        newest is not None and newest.size == frontier.size and bytes(newest.root) == root
    )
    return LogProof(frontier.size, root.hex(), agrees, tuple(altered))


def check_proved() -> LogProof:
    """Recompute the log; refuse with what is wrong.

    Raises:
        Refused: entries were changed in the database, or the tree is not the one that was signed.
    """
    found = prove()
    if found.altered:
        raise Refused(
            _(
                "{count} log entries were changed in the database, the first at index {index}. Restore "
                "the newest backup, and find out who wrote there."
            ),
            {"count": len(found.altered), "index": found.altered[0]},
            rule="log.append_only",
            source="testamur@2026-1#log",
        )
    if not found.agrees:
        raise Refused(
            _("The entries in the database ({size}) do not make the tree that was signed last."),
            {"size": found.size},
            rule="log.append_only",
            source="testamur@2026-1#log",
        )
    return found


def backup(target: Path, *, keys: Path | None = None) -> dict[str, Any]:
    """Write a backup; returns its manifest. With ``keys`` the key folder goes into a second archive there.

    Raises:
        Refused: the target exists, or the log does not prove (a backup of a broken state helps nobody).
    """
    for path in (target, keys):
        if path is not None and path.exists():
            raise Refused(
                _("{path} exists; a backup is never overwritten."),
                {"path": str(path)},
                rule="backup.target",
                source="testamur@2026-1#backup",
            )
    proof = check_proved()
    members: dict[str, str] = {}
    partial = target.with_name(target.name + ".part")
    with tempfile.TemporaryDirectory() as folder, tarfile.open(partial, "w:gz") as archive:
        dump = Path(folder) / "database"
        _dump(dump)
        for name, path in [
            ("database", dump),
            *_files("files", Path(settings.FILES_DIR)),
            *_files("public", Path(settings.PUBLIC_DIR)),
        ]:
            members[name] = _digest(path)
            archive.add(path, name)
        manifest = {
            "format": FORMAT,
            "made_at": days.iso(clock.real_now()),
            "host": settings.HOST,
            "sample": settings.SAMPLE,
            "database": connection.vendor,
            "log": {"size": proof.size, "root": proof.root},
            "members": members,
        }
        data = json.dumps(manifest, ensure_ascii=False, indent=1).encode()
        card = tarfile.TarInfo(MANIFEST)
        card.size = len(data)
        archive.addfile(card, io.BytesIO(data))
    os.replace(partial, target)
    if keys is not None:
        with tarfile.open(keys, "w:gz") as archive:
            for name, path in _files("keys", Path(settings.KEYS_DIR)):
                archive.add(path, name)
        keys.chmod(0o600)
    return manifest


def _files(prefix: str, folder: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted(folder.rglob("*")) if folder.exists() else ():
        if path.is_file() and not path.name.startswith(".new-"):
            yield f"{prefix}/{path.relative_to(folder)}", path


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _dump(target: Path) -> None:
    if connection.vendor == "sqlite":
        connection.ensure_connection()
        copy = sqlite3.connect(target)
        with copy:
            connection.connection.backup(copy)
        copy.close()
        return
    _run(["pg_dump", "--format=custom", f"--file={target}", *_server()])


def _server() -> list[str]:
    facts = connection.settings_dict
    return [
        f"--host={facts['HOST']}",
        f"--port={facts['PORT'] or 5432}",
        f"--username={facts['USER']}",
        f"--dbname={facts['NAME']}",
    ]


def _run(command: list[str]) -> None:
    environment = {**os.environ, "PGPASSWORD": str(connection.settings_dict.get("PASSWORD") or "")}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Refused(
            _("{program} failed: {why}"),
            {"program": command[0], "why": done.stderr.strip()[-300:]},
            rule="backup.database",
            source="testamur@2026-1#backup",
        )


def read_manifest(source: Path) -> dict[str, Any]:
    """Return the manifest of a backup after checking every member's digest.

    Raises:
        Refused: not a backup, or a member differs from what was backed up.
    """
    found: dict[str, str] = {}
    manifest: dict[str, Any] | None = None
    try:
        with tarfile.open(source, "r:gz") as archive:
            for card in archive:
                file = archive.extractfile(card)
                if file is None:
                    continue
                if card.name == MANIFEST:
                    manifest = json.loads(file.read())
                else:
                    found[card.name] = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
    except (OSError, tarfile.TarError, EOFError, ValueError) as error:
        raise Refused(
            _("{path} cannot be read as a backup: {why}"),
            {"path": str(source), "why": str(error)},
            rule="backup.format",
            source="testamur@2026-1#backup",
        ) from error
    if manifest is None or manifest.get("format") != FORMAT:
        raise Refused(
            _("{path} is no backup of Testamur."),
            {"path": str(source)},
            rule="backup.format",
            source="testamur@2026-1#backup",
        )
    wrong = sorted(
        name for name in set(found) | set(manifest["members"]) if found.get(name) != manifest["members"].get(name)
    )
    if wrong:
        raise Refused(
            _("{count} members of the backup are not what was backed up, the first is {name}. Use another copy."),
            {"count": len(wrong), "name": wrong[0]},
            rule="backup.whole",
            source="testamur@2026-1#backup",
        )
    return manifest


def restore(source: Path) -> dict[str, Any]:
    """Restore a backup into an installation that holds nothing yet; returns its manifest.

    The keys are put back by hand from their own archive, before the server is started.

    Raises:
        Refused: the installation holds data, the backup is damaged, or it is of another kind of database.
    """
    manifest = read_manifest(source)
    if manifest["database"] != connection.vendor:
        raise Refused(
            _("The backup holds a {held} database, this installation uses {used}."),
            {"held": manifest["database"], "used": connection.vendor},
            rule="backup.database",
            source="testamur@2026-1#backup",
        )
    if "journal_event" in connection.introspection.table_names() and Entry.objects.exists():
        raise Refused(
            _(
                "This installation holds data; a backup is restored into an empty one. Point "
                "TESTAMUR_VAR and TESTAMUR_DATABASE_URL somewhere new."
            ),
            rule="backup.empty",
            source="testamur@2026-1#backup",
        )
    with tempfile.TemporaryDirectory() as folder, tarfile.open(source, "r:gz") as archive:
        _unpack(archive, Path(folder))
        for prefix, target in (("files", Path(settings.FILES_DIR)), ("public", Path(settings.PUBLIC_DIR))):
            for name, path in _files(prefix, Path(folder) / prefix):
                place = target / name.removeprefix(f"{prefix}/")
                place.parent.mkdir(parents=True, exist_ok=True)
                os.replace(path, place) if place.parent.stat().st_dev == path.stat().st_dev else place.write_bytes(
                    path.read_bytes()
                )
        _load(Path(folder) / "database")
    proof = check_proved()
    if proof.root != manifest["log"]["root"]:
        raise Refused(
            _("The restored log has another root than the backup says; do not start the server on it."),
            rule="backup.root",
            source="testamur@2026-1#backup",
        )
    return manifest


def _unpack(archive: tarfile.TarFile, folder: Path) -> None:
    """Write the files of an archive into a folder, and nothing outside of it.

    ``extractall(filter="data")`` does the same, and Debian 12's Python (3.11.2) does not know the argument.
    """
    for member in archive:
        if member.isdir():
            continue
        place = (folder / member.name).resolve()
        held = archive.extractfile(member) if member.isfile() and place.is_relative_to(folder.resolve()) else None
        if held is None:
            raise Refused(
                _("The backup holds {name}, which is no file of a backup. Use another copy."),
                {"name": member.name},
                rule="backup.whole",
                source="testamur@2026-1#backup",
            )
        place.parent.mkdir(parents=True, exist_ok=True)
        with held, place.open("wb") as file:
            shutil.copyfileobj(held, file)


def _load(dump: Path) -> None:
    if connection.vendor == "sqlite":
        connection.ensure_connection()
        copy = sqlite3.connect(dump)
        copy.backup(connection.connection)
        copy.close()
        return
    _run(["pg_restore", "--clean", "--if-exists", "--no-owner", *_server(), str(dump)])
