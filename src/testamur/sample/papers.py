"""Small real files for the sample world: a PDF with one page of text, a table, a picture."""

from __future__ import annotations

import struct
import zlib


def pdf(title: str, lines: tuple[str, ...] = ()) -> bytes:
    """Return a PDF of one page, Latin text only; every page says that it is a sample."""
    text = [
        f"({_escaped(line)}) Tj 0 -18 Td" for line in (title, "", *lines, "", "Sample - everything here is invented.")
    ]
    content = ("BT /F1 12 Tf 60 780 Td " + " ".join(text) + " ET").encode("latin-1", "replace")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    body = b"%PDF-1.4\n"
    places = []
    for number, one in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    trailer = b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(body))
    return body + b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, table) + trailer


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")


def csv(header: tuple[str, ...], *rows: tuple[str, ...]) -> bytes:
    """Return a small CSV table."""
    return "\n".join(",".join(row) for row in (header, *rows)).encode() + b"\n"


def png(seed: int = 0) -> bytes:
    """Return a small plain picture; another seed gives other bytes."""
    rows = b"".join(
        b"\x00" + bytes(((seed * 7 + x * 5 + y * 3) % 256, 120, 160)) * 1 * 8
        for x, y in ((row, row * 2) for row in range(8))
    )
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", struct.pack(">IIBBBBB", 8, 8, 8, 2, 0, 0, 0))
        + _chunk(b"IDAT", zlib.compress(rows))
        + _chunk(b"IEND", b"")
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
