"""The public site: plain files that any web server, mirror or USB stick can hold (trust.md 5).

Everything here can be written again from the database; a file is replaced whole or not at all.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePosixPath

from django.conf import settings

#: Folder of files that are being written; on the site's own disk, because only there a file can be renamed into place.
FRESH = ".new"
#: Files that are waited for one after the other; more of them by so many threads.
FEW, SYNCING = 8, 16
#: Seconds after which nobody is still writing one of them.
LEFT_AFTER = 3600


def put(path: str, data: bytes) -> None:
    """Write a file of the public site.

    Args:
        path: as in the address, without the leading slash: ``log/checkpoint``.
        data: the whole content.
    """
    _rename([(_written(data), path)])


def put_durably(files: Iterable[tuple[str, bytes]]) -> None:
    """Write files (path, content) and wait until the disk has them: what a checkpoint is about to commit to."""
    fresh: list[tuple[str, str]] = []
    try:
        for path, data in files:
            fresh.append((_written(data), path))
        _sync([temporary for temporary, _path in fresh])
    except BaseException:
        for temporary, _path in fresh:
            Path(temporary).unlink(missing_ok=True)
        raise
    _sync(_rename(fresh))  # the names too


def _written(data: bytes) -> str:
    folder = Path(settings.PUBLIC_DIR) / FRESH
    folder.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=folder, prefix=".new-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.chmod(temporary, 0o644)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return temporary


def _rename(fresh: list[tuple[str, str]]) -> list[str]:
    """Put written files into their places; returns the folders of these, each once."""
    folders: dict[Path, None] = {}
    try:
        for temporary, path in fresh:
            target = _place(path)
            if target.parent not in folders:
                target.parent.mkdir(parents=True, exist_ok=True)
                folders[target.parent] = None
            os.replace(temporary, target)
    except BaseException:
        for temporary, _path in fresh:
            Path(temporary).unlink(missing_ok=True)
        raise
    return [str(folder) for folder in folders]


def _sync(paths: list[str]) -> None:
    """Wait until the disk has files or folders; of many at once, because a disk waits for many as long as for one."""
    if len(paths) <= FEW:
        for path in paths:
            _sync_one(path)
        return
    with ThreadPoolExecutor(SYNCING) as pool:
        list(pool.map(_sync_one, paths))


def _sync_one(path: str) -> None:
    handle = os.open(path, os.O_RDONLY)
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


def has(path: str) -> bool:
    """Say whether there is such a file of the public site, without reading it."""
    return _place(path).is_file()


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
