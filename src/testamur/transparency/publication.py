"""The public site: plain files that any web server, mirror or USB stick can hold (trust.md 5).

Everything here can be written again from the database; a file is replaced whole or not at all.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from django.conf import settings

#: Folder of files that are being written; on the site's own disk, because only there a file can be renamed into place.
FRESH = ".new"
#: Seconds after which nobody is still writing one of them.
LEFT_AFTER = 3600


def put(path: str, data: bytes) -> None:
    """Write a file of the public site.

    Args:
        path: as in the address, without the leading slash: ``log/checkpoint``.
        data: the whole content.
    """
    _place_fresh([(path, data)], durable=False)


def put_durably(files: Iterable[tuple[str, bytes]]) -> None:
    """Write files (path, content) and wait until the disk has them: what a checkpoint is about to commit to."""
    _place_fresh(files, durable=True)


def _place_fresh(files: Iterable[tuple[str, bytes]], *, durable: bool) -> None:
    folders: set[Path] = set()
    for path, data in files:
        target = _place(path)
        if target.parent not in folders:
            target.parent.mkdir(parents=True, exist_ok=True)
            folders.add(target.parent)
        temporary = _written(data, durable)
        try:
            os.replace(temporary, target)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    if durable:
        for folder in folders:  # the names too
            _sync(folder)


def _written(data: bytes, durable: bool) -> str:
    folder = Path(settings.PUBLIC_DIR) / FRESH
    folder.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=folder, prefix=".new-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        os.chmod(temporary, 0o644)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return temporary


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sweep() -> int:
    """Remove what a process that was killed left half-written; returns how many files that were."""
    swept = 0
    for left in (Path(settings.PUBLIC_DIR) / FRESH).glob(".new-*"):
        try:
            if time.time() - left.stat().st_mtime > LEFT_AFTER:
                left.unlink()
                swept += 1
        except FileNotFoundError:  # its writer was alive, and is done
            continue
    return swept


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
