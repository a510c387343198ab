"""From bytes to text: what a file is, how it is compressed and encoded. Nothing is held whole; no guess is silent."""

from __future__ import annotations

import codecs
import gzip
import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from testamur.kernel.refusal import Refused, _

#: Largest size unpacked, bytes; and the largest share of unpacked to packed bytes beyond ``SMALL``.
UNPACKED_MOST = 16 * 1024**3
RATIO_MOST = 300
SMALL = 64 * 1024**2
#: Bytes read at once.
BLOCK = 1 << 20
#: Encodings that may be stated or guessed, and how they are called to people.
ENCODINGS = {"utf-8": "UTF-8", "utf-16": "UTF-16", "gb18030": "GB18030", "cp1252": "Windows-1252", "latin-1": "Latin-1"}
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
#: First bytes of what people send by mistake.
_OTHERS = ((b"%PDF-", "PDF"), (b"\xff\xd8\xff", "JPEG"), (b"\x89PNG", "PNG"), (b"\xd0\xcf\x11\xe0", "XLS (Excel 97)"),
           (b"7z\xbc\xaf", "7z"), (b"Rar!", "RAR"), (b"BZh", "bzip2"), (b"SQLite format 3", "SQLite"),
           (b"PAR1", "Parquet"))  # fmt: skip


@dataclass(frozen=True)
class Encoding:
    """How the bytes of a file are text.

    Attributes:
        name: key of ``ENCODINGS``.
        guessed: nothing in the file says so.
        sample: some text that shows whether the guess is right.
        mixed: single records hold bytes that are no text in it; they are rejected, the others are read.
    """

    name: str
    guessed: bool = False
    sample: str = ""
    mixed: bool = False


def kind_of(path: Path, named: str = "") -> str:
    """Return what a file holds, by its bytes: ``csv``, ``json``, ``jsonl`` or ``xlsx``.

    Args:
        named: the kind that the mapping states; needed to tell JSON from JSON Lines only where both could be meant.

    Raises:
        Refused: an empty or damaged file, or one of another kind.
    """
    with opened(path) as file:
        head = file.read(4096)
    if not head.strip(b"\x00 \t\r\n\xef\xbb\xbf\xff\xfe"):
        raise Refused(_("The file is empty."), field="file")
    if head.startswith(b"PK\x03\x04"):
        _check_workbook(path)
        return "xlsx"
    other = next((name for start, name in _OTHERS if head.startswith(start)), "")
    if other:
        raise Refused(
            _("The file is {kind}; here CSV, XLSX, JSON or JSON Lines is read."), {"kind": other}, field="file"
        )
    if named == "xlsx":
        raise Refused(_("The mapping reads a workbook (XLSX), and the file is text."), field="file")
    start = head.lstrip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n")[:1]
    if named in ("json", "jsonl"):
        if start not in (b"{", b"["):
            raise Refused(_("The mapping reads JSON, and the file begins otherwise."), field="file")
        return named
    if start == b"[":
        return "json"
    if start == b"{":
        first = head.split(b"\n", 1)[0].strip()
        # One object that is a line is a list of one row; a document on one line is one where its mapping says so.
        return "jsonl" if first.endswith(b"}") else "json"
    return "csv"


def _check_workbook(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
            unpacked = sum(one.file_size for one in archive.infolist())
    except (zipfile.BadZipFile, OSError):
        raise Refused(_("The workbook is damaged; save it again in the program that made it."), field="file") from None
    if "xl/workbook.xml" not in names:
        raise Refused(
            _("The file is {kind}; here CSV, XLSX, JSON or JSON Lines is read."), {"kind": "ZIP"}, field="file"
        )
    if unpacked > max(SMALL, path.stat().st_size) * 64:
        raise Refused(_("The file unpacks to more than {most} MB."), {"most": SMALL * 64 // 1024**2}, field="file")


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """Open a file for reading, unpacked where it is gzip.

    Raises:
        Refused: while reading: a damaged or truncated archive, or one that unpacks to absurd sizes.
    """
    with path.open("rb") as raw:
        packed = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        if not packed:
            yield raw
            return
        with gzip.GzipFile(fileobj=raw) as archive:
            yield io.BufferedReader(_Unpacking(archive, path.stat().st_size), BLOCK)


class _Unpacking(io.RawIOBase):
    """The unpacked bytes of an archive; says in a sentence what is wrong with it."""

    def __init__(self, archive: gzip.GzipFile, packed: int) -> None:
        self._archive, self._most, self._read = archive, min(UNPACKED_MOST, max(SMALL, packed * RATIO_MOST)), 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        try:
            got = self._archive.readinto(buffer)
        except (EOFError, gzip.BadGzipFile, zlib.error, OSError):
            raise Refused(
                _("The compressed file is damaged or ends too early; send it again whole."), field="file"
            ) from None
        self._read += got
        if self._read > self._most:
            raise Refused(_("The file unpacks to more than {most} MB."), {"most": self._most // 1024**2}, field="file")
        return got


def encoding_of(path: Path, stated: str = "") -> Encoding:
    """Return how the text of a file is encoded; reads it once to its end.

    Args:
        stated: the mapping's word, which is taken as it is.

    Raises:
        Refused: an encoding that is not known here; a damaged archive.
    """
    if stated:
        try:
            name = codecs.lookup(stated).name
        except LookupError:
            raise Refused(
                _("The encoding {name} is not known; known are {known}."),
                {"name": stated, "known": list(ENCODINGS.values())},
                field="encoding",
            ) from None
        return Encoding(name, mixed=True)
    with opened(path) as file:
        head = file.read(4096)
        for bom, name in _BOMS:
            if head.startswith(bom):
                return Encoding(name, mixed=name == "utf-8")
        if head[1::2].count(0) > len(head) // 4 or head[0::2].count(0) > len(head) // 4:
            name = "utf-16-le" if head[1::2].count(0) > head[0::2].count(0) else "utf-16-be"
            return Encoding(name, guessed=True, sample=head[:80].decode(name, "replace").split("\n")[0])
        if _all_reads(file, head):
            return Encoding("utf-8")
    with opened(path) as file:
        return _by_lines(file, file.read(4096))


def _all_reads(file: IO[bytes], head: bytes) -> bool:
    """Say whether all of a file is UTF-8, as nearly every one is."""
    decoder, block = codecs.getincrementaldecoder("utf-8")(), head
    try:
        while block:
            decoder.decode(block)
            block = file.read(BLOCK)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _by_lines(file: IO[bytes], head: bytes) -> Encoding:
    """Judge by the lines that are not ASCII: all or most are UTF-8, or all are GB18030, or they are Western."""
    good = bad = 0
    chinese = True
    sample = rest = b""
    block = head
    while block:
        if not block.isascii():
            lines = (rest + block).split(b"\n")
            rest = lines.pop()[-BLOCK:]
            for line in lines:
                if line.isascii():
                    continue
                if _reads(line, "utf-8"):
                    good += 1
                    continue
                bad += 1
                sample = sample or line
                chinese = chinese and _reads(line, "gb18030")
        else:
            rest = (rest + block).rpartition(b"\n")[2][-BLOCK:]
        block = file.read(BLOCK)
    if rest and not rest.isascii():
        if _reads(rest, "utf-8"):
            good += 1
        else:
            bad, sample = bad + 1, sample or rest
            chinese = chinese and _reads(rest, "gb18030")
    if not bad or good > bad:
        return Encoding("utf-8", mixed=bool(bad))
    if chinese and _looks_chinese(sample.decode("gb18030")):
        return Encoding("gb18030", guessed=True, sample=_shown(sample, "gb18030"))
    name = "cp1252" if _reads(sample, "cp1252") else "latin-1"
    return Encoding(name, guessed=True, sample=_shown(sample, name))


def _reads(data: bytes, encoding: str) -> bool:
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _looks_chinese(text: str) -> bool:
    """Say whether a text read as GB18030 is one: Western letters misread so give rare characters among Latin ones."""
    odd = [one for one in text if not one.isascii()]
    common = sum(1 for one in odd if _level_one(one))
    return common * 2 > len(odd)


def _level_one(character: str) -> bool:
    """Say whether a character is of the 3,755 common ones (GB 2312 level 1) or a sign written with them."""
    data = character.encode("gb18030")
    return len(data) == 2 and (0xB0 <= data[0] <= 0xD7 or 0xA1 <= data[0] <= 0xA3) and data[1] >= 0xA1


def _shown(data: bytes, encoding: str) -> str:
    text = data.decode(encoding, "replace")
    at = next((place for place, one in enumerate(text) if not one.isascii()), 0)
    return text[max(0, at - 12) : at + 12].strip()


@contextmanager
def text_of(path: Path, encoding: Encoding) -> Iterator[IO[str]]:
    """Open a file as text. Bytes that are no text become lone surrogates, by which their record is rejected."""
    with opened(path) as file:
        name = "utf-8-sig" if encoding.name == "utf-8" else encoding.name
        yield io.TextIOWrapper(file, encoding=name, errors="surrogateescape", newline="")
