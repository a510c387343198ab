"""Take in a file: check what it is by its bytes, store it once under its SHA-256."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import IO

from django.conf import settings

from testamur.files import kinds
from testamur.files.models import StoredFile
from testamur.kernel.refusal import Refused, _


def store(content: bytes, *, name: str, accept: Sequence[str] | None = None, max_mb: int = 20) -> StoredFile:
    """Store bytes and return their row; the same bytes are stored once.

    Args:
        content: the whole file.
        name: as the sender called it; only for sentences and for its extension.
        accept: kinds the field takes (``pdf jpeg png docx xlsx csv zip``); None for all that are known.
        max_mb: largest size, megabytes of 1,000,000 bytes.

    Raises:
        Refused: an empty file, one too large, or one whose bytes are not what its name says.
    """
    if not content:
        raise Refused(
            _("The file {name} is empty (0 bytes). Save it again in the program that made it and choose it once more."),
            {"name": name},
            rule="files.not_empty",
            source="testamur@2026-1#files",
        )
    if len(content) > max_mb * 1_000_000:
        raise Refused(
            _(
                "The file {name} has {size} MB; at most {most} MB are taken here. Split it, or save it "
                "in a smaller size."
            ),
            {"name": name, "size": -(-len(content) // 1_000_000), "most": max_mb},
            rule="files.max_mb",
            source="testamur@2026-1#files",
        )
    kind = kinds.check(content, name=name, accept=accept)
    sha256 = hashlib.sha256(content).hexdigest()
    path = path_of(sha256)
    if not path.exists():
        _write_whole(path, content)
    stored, _made = StoredFile.objects.get_or_create(
        sha256=sha256, defaults={"size": len(content), "media_type": kind.media_type}
    )
    return stored


def keep(content: IO[bytes] | Iterable[bytes], *, media_type: str) -> StoredFile:
    """Store what comes as a stream, however large, and return its row; nothing of it is held in memory.

    Args:
        media_type: as found by whoever reads it; these bytes are not looked into here.

    Raises:
        Refused: nothing came.
    """
    folder = Path(settings.FILES_DIR)
    folder.mkdir(parents=True, exist_ok=True)
    blocks = iter(lambda: content.read(1 << 20), b"") if hasattr(content, "read") else iter(content)
    handle, temporary = tempfile.mkstemp(dir=folder, prefix=".new-")
    sha256, size = hashlib.sha256(), 0
    try:
        with os.fdopen(handle, "wb") as file:
            for block in blocks:
                sha256.update(block)
                size += file.write(block)
            file.flush()
            os.fsync(file.fileno())
        if not size:
            raise Refused(_("The file is empty."), field="file")
        path = path_of(sha256.hexdigest())
        path.parent.mkdir(parents=True, exist_ok=True)
        os.replace(temporary, path)
    finally:
        Path(temporary).unlink(missing_ok=True)
    stored, _made = StoredFile.objects.get_or_create(
        sha256=sha256.hexdigest(), defaults={"size": size, "media_type": media_type}
    )
    return stored


def path_of(sha256: str) -> Path:
    """Return where the bytes of a digest lie."""
    return Path(settings.FILES_DIR) / sha256[:2] / sha256


def _write_whole(path: Path, content: bytes) -> None:
    """Write all or nothing: a crash in the middle leaves no half file under a digest's name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
