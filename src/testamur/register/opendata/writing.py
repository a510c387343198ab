"""The files of a snapshot: parts while it is read, and from them Parquet, CSV, description and checksums.

A part is a batch of records that was read; it is in place before the row says so, so whoever goes on after a crash goes
on behind the last part that counts. Memory is that of one part, whatever the register's size.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings

from testamur.files.tables import FORMULA
from testamur.kernel import clock
from testamur.register.models import Snapshot
from testamur.register.opendata import coverage, described
from testamur.register.opendata.reading import BATCH, batches

if TYPE_CHECKING:
    import polars

Told = Callable[[int], None]
_PIECE = 1 << 20  # bytes read at a time


def folder(snapshot: Snapshot) -> Path:
    """Return where the files of a snapshot stand once it is published."""
    return Path(settings.OPEN_DATA_DIR) / snapshot.name


def workplace(snapshot: Snapshot) -> Path:
    """Return where it is written: on the same disk, because only there a folder can be renamed into place."""
    return Path(settings.OPEN_DATA_DIR) / ".new" / snapshot.name


def read_parts(snapshot: Snapshot, told: Told = lambda _rows: None, *, size: int = BATCH) -> None:
    """Read what of the register is not in a part yet; ``told`` hears how many rows there are after each."""
    place = workplace(snapshot)
    place.mkdir(parents=True, exist_ok=True)
    for left in place.glob("*.part"):
        left.unlink()
    if any(not _part(place, number).exists() for number in range(snapshot.parts)):  # somebody cleared the disk
        snapshot.parts = snapshot.reached = snapshot.rows = 0
        snapshot.counts = {}
    for batch in batches(after=snapshot.reached, day=snapshot.day, size=size):
        written = place / "reading.part"
        batch.frame.write_parquet(written, compression="zstd", compression_level=1)
        _sync(written)
        os.replace(written, _part(place, snapshot.parts))
        snapshot.parts += 1
        snapshot.reached = batch.last
        snapshot.rows += batch.frame.height
        snapshot.counts = coverage.added(snapshot.counts, batch.counts)
        snapshot.save(update_fields=["parts", "reached", "rows", "counts"])
        told(snapshot.rows)


def finish(snapshot: Snapshot) -> None:
    """Make the files from the parts, and put the folder into its place. What is there from an earlier try goes."""
    place = workplace(snapshot)
    ready = place.with_name(f"{snapshot.name}.ready")
    shutil.rmtree(ready, ignore_errors=True)
    ready.mkdir(parents=True)
    parts = [_part(place, number) for number in range(snapshot.parts)]
    _parquet(parts, ready / described.PARQUET)
    _csv(parts, ready / described.CSV)
    snapshot.ended_at = clock.now()
    snapshot.coverage = coverage.note(snapshot.counts, snapshot.day)
    (ready / described.PACKAGE).write_bytes(described.package(snapshot))
    files = [_told(ready / name) for name in (described.PARQUET, described.CSV, described.PACKAGE)]
    sums = "".join(f"{one['sha256']}  {one['name']}\n" for one in files).encode()
    (ready / described.SUMS).write_bytes(sums)
    snapshot.files = [*files, _told(ready / described.SUMS)]
    snapshot.digest = hashlib.sha256(sums).hexdigest()
    for file in ready.iterdir():
        _sync(file)
    target = folder(snapshot)
    shutil.rmtree(target, ignore_errors=True)
    os.replace(ready, target)
    _sync(target.parent)


def sweep(snapshot: Snapshot) -> None:
    """Remove the parts of a snapshot that is published."""
    shutil.rmtree(workplace(snapshot), ignore_errors=True)


def _part(place: Path, number: int) -> Path:
    return place / f"{number:06d}.parquet"


def _parquet(parts: list[Path], target: Path) -> None:
    import polars

    if not parts:
        _empty().write_parquet(target, compression="zstd")
        return
    # One row group after the other, in order: the same parts give the same bytes.
    polars.scan_parquet(parts).sink_parquet(
        target, compression="zstd", compression_level=3, row_group_size=100_000, maintain_order=True
    )


def _csv(parts: list[Path], target: Path) -> None:
    import polars

    with target.open("wb") as file, gzip.GzipFile("", "wb", 6, file, mtime=0) as out:
        frames = (polars.read_parquet(part) for part in parts)
        first = True
        for frame in frames if parts else [_empty()]:
            out.write(_lines(frame, header=first))
            first = False


def _lines(frame: polars.DataFrame, *, header: bool) -> bytes:
    """Return a frame as CSV (RFC 4180) in which no cell begins as a formula does."""
    from polars import String, col, lit, when

    signs = "^[" + "".join(f"\\{one}" if one.isascii() else one for one in FORMULA if one.isprintable()) + "\t\r\n]"
    cells = [
        when(col(name).str.contains(signs)).then(lit("'") + col(name)).otherwise(col(name)).alias(name)
        for name, kind in frame.schema.items()
        if kind == String
    ]
    written: Any = frame.with_columns(cells).write_csv(
        include_header=header, line_terminator="\r\n", datetime_format="%Y-%m-%dT%H:%M:%SZ"
    )
    return str(written).encode()


def _empty() -> polars.DataFrame:
    import polars

    from testamur.register.opendata.columns import COLUMNS

    kinds: dict[str, Any] = {"string": polars.String, "date": polars.Date, "datetime": polars.Datetime("ms")}
    return polars.DataFrame(schema={one.name: kinds[one.type] for one in COLUMNS})


def digest_of_file(path: Path) -> str:
    """Return the SHA-256 of a file, hex."""
    return str(_told(path)["sha256"])


def _told(path: Path) -> dict[str, Any]:
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
            size += len(piece)
    return {
        "name": path.name, "media_type": described.MEDIA_TYPES[path.name], "size": size, "sha256": digest.hexdigest(),
    }  # fmt: skip


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
