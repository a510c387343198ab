"""Copying a public site into another folder, so that the copy alone proves everything that the site proved."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from testamur.verification import layout

#: Files that say where the log stands. They are copied first: what they commit to is there already, and stays.
_HEADS = (layout.CHECKPOINT, layout.CHECKPOINT_NEXT)
#: How often the folder is gone through again while files change under the copy.
ROUNDS = 10


@dataclass(frozen=True, slots=True)
class Copied:
    """What a copy did: files of the site, how many of them were written now, bytes written, whether it settled."""

    files: int
    written: int
    bytes: int
    settled: bool


def copy(site: Path, target: Path) -> Copied:
    """Copy a site; a file that is there already, unchanged, is not written again.

    Pairs that belong together (a DID document and its proof) may change between two reads. So the copy is repeated
    until a whole round found nothing new.

    Args:
        site: folder of the public site.
        target: folder of the copy; made where it is missing. Files that the site no longer has stay.

    Raises:
        FileNotFoundError: the folder is no public site: it has no checkpoint.
    """
    if not (site / layout.CHECKPOINT).is_file():
        raise FileNotFoundError(2, "no public site: it has no log/checkpoint", str(site))
    written = size = files = 0
    for _round in range(ROUNDS):
        paths = _paths(site)
        fresh = [path for path in paths if _differs(site / path, target / path)]
        if not fresh:
            return Copied(len(paths), written, size, True)
        for path in fresh:
            copied = _copy(site / path, target / path)
            written, size = written + (copied is not None), size + (copied or 0)
        files = len(paths)
    return Copied(files, written, size, False)


def _paths(site: Path) -> list[str]:
    found = []
    for folder, folders, names in os.walk(site):
        folders.sort()
        found += [
            (Path(folder) / name).relative_to(site).as_posix() for name in sorted(names) if not name.startswith(".new-")
        ]
    heads = [path for path in _HEADS if path in found]
    return heads + [path for path in found if path not in heads]


def _differs(source: Path, copy: Path) -> bool:
    try:
        there, here = source.stat(), copy.stat()
    except FileNotFoundError:
        return source.exists()
    return (there.st_size, there.st_mtime_ns) != (here.st_size, here.st_mtime_ns)


def _copy(source: Path, copy: Path) -> int | None:
    """Copy one file whole or not at all; None where the site replaced it by nothing in the meantime."""
    copy.parent.mkdir(parents=True, exist_ok=True)
    fresh = copy.with_name(f".new-{copy.name}")
    try:
        shutil.copy2(source, fresh)
    except FileNotFoundError:
        fresh.unlink(missing_ok=True)
        return None
    size = fresh.stat().st_size
    os.replace(fresh, copy)
    return size
