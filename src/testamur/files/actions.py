"""Take in a file: check what it is by its bytes, store it once under its SHA-256."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

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
