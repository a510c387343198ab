"""Files are known by their bytes, stored once, and never served when changed."""

from __future__ import annotations

import io
import zipfile

import pytest

from testamur.files import actions, queries
from testamur.files.models import StoredFile
from testamur.files.responses import download
from testamur.kernel.refusal import Refused

pytestmark = pytest.mark.django_db

PDF = b"%PDF-1.7\n1 0 obj\n"


def archive(*names: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for name in names:
            file.writestr(name, "x")
    return buffer.getvalue()


def test_the_same_bytes_are_stored_once():
    first = actions.store(PDF, name="a.pdf")
    second = actions.store(PDF, name="b.pdf")

    assert first == second
    assert StoredFile.objects.count() == 1
    assert queries.read(first) == PDF


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        (b"", "empty.pdf", "is empty"),
        (b"MZ\x00\x90", "setup.pdf", "none of"),
        (b"<html><script>alert(1)</script>", "page.html", "none of"),
        (PDF, "picture.png", "what is in it is PDF"),
        (b"\xff\xd8\xff\xe0", "photo.jpg", "here PDF is asked for"),
        (b"PK\x03\x04broken", "a.docx", "none of"),
    ],
)
def test_a_wrong_file_is_refused_with_what_to_do(content, name, sentence):
    with pytest.raises(Refused, match=sentence):
        actions.store(content, name=name, accept=["pdf"])
    assert not StoredFile.objects.exists()


def test_a_file_too_large_is_refused_with_its_size():
    with pytest.raises(Refused, match="has 2 MB; at most 1 MB"):
        actions.store(PDF + b"0" * 1_100_000, name="a.pdf", max_mb=1)


@pytest.mark.parametrize(
    ("content", "name", "media_type"),
    [
        (archive("word/document.xml"), "a.docx", "wordprocessingml"),
        (archive("xl/workbook.xml"), "a.xlsx", "spreadsheetml"),
        (archive("anything"), "a.zip", "application/zip"),
        ("数量,单位\n1,件\n".encode("gb18030"), "a.csv", "text/csv"),
    ],
)
def test_a_kind_is_found_in_the_bytes(content, name, media_type):
    assert media_type in actions.store(content, name=name).media_type


def test_bytes_changed_on_disk_are_not_served():
    stored = actions.store(PDF, name="a.pdf")
    actions.path_of(stored.sha256).write_bytes(b"%PDF-1.7 forged")

    with pytest.raises(queries.FileDamaged, match="restore it from the backup"):
        queries.read(stored)


def test_a_file_is_served_inert():
    response = download(actions.store(PDF, name="a.pdf"), "报告.pdf")

    assert response["Content-Disposition"].startswith("attachment")
    assert "sandbox" in response["Content-Security-Policy"]
    assert response["X-Content-Type-Options"] == "nosniff"
