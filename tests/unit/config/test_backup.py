"""Back up, restore, prove: the root of the log is the same afterwards, and what is damaged is said by name."""

from __future__ import annotations

import gzip
import io
import shutil
import tarfile
from datetime import date
from pathlib import Path

import pytest
from django.db import connection

from small_world import PLATFORM, instant
from testamur import cli
from testamur.config import backup as backups
from testamur.files.actions import store
from testamur.files.models import StoredFile
from testamur.files.queries import read
from testamur.kernel.refusal import Refused
from testamur.parties.actions import register_organisation
from testamur.parties.models import Organisation
from testamur.transparency import publication
from testamur.transparency.actions import append, sequence
from testamur.transparency.models import Checkpoint, Entry

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
#: The archive is written by the database's own tools, which see only what is committed.
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def lived():
    """An installation in which something happened: a party, a log of a few entries, a stored file."""
    register_organisation(
        names={"en": "Sample Works"}, address={"en": "1 Sample Road"}, by=PLATFORM, at=instant(date(2026, 3, 1))
    )
    for number in range(4):
        append("process.event", {"id": f"E{number}", "d": f"z{number}"})
    sequence()
    return store(PDF, name="evidence.pdf")


def emptied(settings) -> None:
    """Make this installation one that holds nothing: as after a fire, with the archive in the safe."""
    Checkpoint.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM transparency_tree")
        for table in ("journal_event", "transparency_entry", "files_storedfile", "parties_organisation"):
            cursor.execute(f"DELETE FROM {table}")
    for folder in (settings.FILES_DIR, settings.PUBLIC_DIR):
        shutil.rmtree(folder, ignore_errors=True)


def test_a_restored_installation_has_the_same_root_rows_and_files(lived, settings, tmp_path):
    target, keys = tmp_path / "backup.tar.gz", tmp_path / "keys.tar.gz"
    before = backups.check_proved()
    stored = StoredFile.objects.get(pk=lived.pk)

    manifest = backups.backup(target, keys=keys)
    emptied(settings)
    assert not Entry.objects.exists()
    restored = backups.restore(target)

    after = backups.check_proved()
    assert (after.root, after.size) == (before.root, before.size)
    assert after.root == manifest["log"]["root"] == restored["log"]["root"]
    assert Organisation.objects.get().names == {"en": "Sample Works"}
    assert publication.get("log/checkpoint") is not None
    assert read(StoredFile.objects.get(sha256=stored.sha256)) == PDF


@pytest.mark.parametrize(
    ("locale", "told", "refused"),
    [
        ("zh_CN.UTF-8", ["日志", "与备份的根一致", "恢复"], ["已存在", "规则：backup.target"]),
        ("en_GB.UTF-8", ["log of", "The backup has the same root.", "Restored"], ["exists", "rule: backup.target"]),
    ],
)
def test_the_commands_speak_the_language_of_the_terminal(
    lived, settings, tmp_path, monkeypatch, capsys, locale, told, refused
):
    monkeypatch.setenv("LC_ALL", locale)
    target = str(tmp_path / "backup.tar.gz")

    assert [cli.main(["backup", target]), cli.main(["prove", target]), cli.main(["backup", target])] == [0, 0, 1]
    emptied(settings)
    assert cli.main(["restore", target]) == 0

    said = capsys.readouterr()
    assert [word for word in told if word not in said.out] == []
    assert [word for word in refused if word not in said.err] == []
    assert ("members" in said.out) is (locale[:2] == "en")


def test_a_refusal_in_the_terminal_says_its_facts_and_who_in_the_language_asked_for(monkeypatch):
    monkeypatch.setenv("LC_ALL", "C")
    one = Refused(
        "The {first} signs first; after that it is the turn of the {role}.",
        {"first": {"en": "Lead auditor", "zh": "审核组长"}, "role": {"zh": "负责人"}},
        rule="decision.signed_by",
        who="whoever signs before you",
        until=date(2026, 3, 9),
    )

    assert cli.refusal_text(one).splitlines() == [
        "The Lead auditor signs first; after that it is the turn of the 负责人.",
        "  rule: decision.signed_by",
        "  who can change this: whoever signs before you",
        "  allowed from: 9 Mar 2026",
    ]
    assert cli.refusal_text(one, "zh").splitlines()[:3] == [
        "须先由审核组长签署，之后方可由负责人签署。",
        "  规则：decision.signed_by",
        "  谁可解决：签署顺序在您之前的人员",
    ]


def test_the_keys_lie_in_a_second_archive_that_only_its_owner_reads(lived, tmp_path):
    target, keys = tmp_path / "backup.tar.gz", tmp_path / "keys.tar.gz"

    manifest = backups.backup(target, keys=keys)

    assert not any(name.startswith("keys") for name in manifest["members"])
    with tarfile.open(keys) as archive:
        assert any(name.startswith("keys/") for name in archive.getnames())
    assert keys.stat().st_mode & 0o777 == 0o600


def test_an_archive_with_one_changed_member_is_refused_by_its_name(lived, tmp_path):
    target, bad = tmp_path / "backup.tar.gz", tmp_path / "bad.tar.gz"
    backups.backup(target)
    rewrite(target, bad, change="files/")

    with pytest.raises(Refused, match="members of the backup are not what was backed up, the first is files/"):
        backups.restore(bad)


def test_an_archive_cut_short_and_a_file_that_is_none_are_refused_by_name(lived, tmp_path):
    target, short, other = tmp_path / "backup.tar.gz", tmp_path / "short.tar.gz", tmp_path / "other.tar.gz"
    backups.backup(target)
    short.write_bytes(target.read_bytes()[: target.stat().st_size // 2])
    other.write_bytes(gzip.compress(b"no archive"))

    for path in (short, other):
        with pytest.raises(Refused) as caught:
            backups.restore(path)
        assert str(path) in str(caught.value)


def test_a_backup_is_never_restored_over_an_installation_that_holds_data(lived, tmp_path):
    target = tmp_path / "backup.tar.gz"
    backups.backup(target)

    with pytest.raises(Refused, match="restored into an empty one"):
        backups.restore(target)


def test_an_entry_changed_in_the_database_is_found_and_no_backup_is_made_of_it(lived, tmp_path):
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE transparency_entry SET data = %s WHERE id = %s",
            [b'{"forged":true}', Entry.objects.order_by("index")[1].pk],
        )

    with pytest.raises(Refused, match="log entries were changed in the database, the first at index 1"):
        backups.backup(tmp_path / "backup.tar.gz")
    assert not (tmp_path / "backup.tar.gz").exists()


def test_a_backup_is_never_overwritten(lived, tmp_path):
    target = tmp_path / "backup.tar.gz"
    target.write_bytes(b"yesterday")

    with pytest.raises(Refused, match="never overwritten"):
        backups.backup(target)
    assert target.read_bytes() == b"yesterday"


def rewrite(source: Path, target: Path, *, change: str) -> None:
    """Copy an archive with one byte more in the first member whose name begins so."""
    changed = False
    with tarfile.open(source) as old, tarfile.open(target, "w:gz") as new:
        for card in old:
            file = old.extractfile(card)
            data = file.read() if file else b""
            if card.name.startswith(change) and not changed:
                data, changed = data + b"x", True
                card.size = len(data)
            new.addfile(card, io.BytesIO(data))
    assert changed


@pytest.mark.parametrize("name", ["../outside", "/tmp/outside", "files/../../outside"])
def test_a_member_that_points_outside_is_refused_and_written_nowhere(name, tmp_path):
    made = tmp_path / "made.tar"
    with tarfile.open(made, "w") as archive:
        card = tarfile.TarInfo(name)
        card.size = 1
        archive.addfile(card, io.BytesIO(b"x"))
    folder = tmp_path / "unpacked"
    folder.mkdir()
    with tarfile.open(made) as archive, pytest.raises(Refused, match="no file of a backup"):
        backups._unpack(archive, folder)
    assert not (tmp_path / "outside").exists() and not list(folder.rglob("*"))


def test_a_link_in_an_archive_is_refused(tmp_path):
    made = tmp_path / "made.tar"
    with tarfile.open(made, "w") as archive:
        card = tarfile.TarInfo("files/link")
        card.type, card.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(card)
    with tarfile.open(made) as archive, pytest.raises(Refused, match="no file of a backup"):
        backups._unpack(archive, tmp_path)
