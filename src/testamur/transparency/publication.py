"""The public site: plain files that any web server, mirror or USB stick can hold (trust.md 5).

Everything here can be written again from the database; a file is replaced whole or not at all.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path, PurePosixPath

from django.conf import settings


def put(path: str, data: bytes, *, durable: bool = False) -> None:
    """Write a file of the public site.

    Args:
        path: as in the address, without the leading slash: ``log/checkpoint``.
        data: the whole content.
        durable: wait until the disk has it; for what a checkpoint commits to.
    """
    target = _place(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=".new-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        os.chmod(temporary, 0o644)
        os.replace(temporary, target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def get(path: str) -> bytes | None:
    """Return a file of the public site, or None where there is none."""
    try:
        return _place(path).read_bytes()
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        return None


def _place(path: str) -> Path:
    pure = PurePosixPath(path)
    if pure.is_absolute() or ".." in pure.parts or not pure.parts:
        raise ValueError(f"{path!r} is not a path of the public site.")
    return Path(settings.PUBLIC_DIR).joinpath(*pure.parts)
