"""Open data: what a snapshot holds and leaves out, that it is whole, repeatable, proven, and survives a crash."""

from __future__ import annotations

import gzip
import hashlib
import json
from datetime import date
from pathlib import Path
from typing import Any

import polars
import pytest

from small_world import PLATFORM, World, instant
from testamur.cli import main as command
from testamur.journal.models import Event
from testamur.kernel import clock
from testamur.kernel.refusal import Refused
from testamur.parties import queries as parties
from testamur.register import tasks
from testamur.register.actions import publish_snapshot
from testamur.register.models import Current, Snapshot
from testamur.register.opendata import described, writing
from testamur.register.opendata.columns import COLUMNS, NAMES
from testamur.register.opendata.reading import batches
from testamur.transparency import actions as transparency
from testamur.verification import dataset, entry
from told_world import deliver, source

DAY = date(2026, 11, 20)


def said(name: str, **more: Any) -> dict[str, Any]:
    return {
        "parties": [{"role": "holder", "names": {"zh": name}, "identifiers": [{"scheme": "CN.uscc", "value": "91X"}]}],
        "statement": {"zh": "示例产品的生产", "en": "Making of samples"}, "authoritative": "zh", **more,
    }  # fmt: skip


@pytest.fixture
def filled(world: World) -> World:
    """A body's mirrored list, one of them out of date, one with a formula for a name."""
    told = source(world.body, attribution="Sample licence")
    deliver(told, world.body, date(2026, 6, 1), [
        {"key": "1", "number": "A-1", "expires_on": date(2028, 1, 1), "said": said("示例甲公司")},
        {"key": "2", "number": "A-2", "expires_on": date(2026, 7, 1), "said": said("示例乙公司")},
        {"key": "3", "number": "=1+2", "said": said('=HYPERLINK("http://evil.example")')},
    ])  # fmt: skip
    return world


def published(day: date = DAY) -> Snapshot:
    clock.permit_travel(True)
    with clock.travel(instant(day)):
        return publish_snapshot(by=PLATFORM, at=clock.now())


def table(snapshot: Snapshot) -> polars.DataFrame:
    return polars.read_parquet(writing.folder(snapshot) / described.PARQUET)


def lines(snapshot: Snapshot) -> list[str]:
    return gzip.decompress((writing.folder(snapshot) / described.CSV).read_bytes()).decode().split("\r\n")


def test_both_files_hold_every_public_record_with_the_columns_of_the_dictionary(filled) -> None:
    snapshot = published()
    found = table(snapshot)

    assert tuple(found.columns) == NAMES
    assert set(found["id"]) == set(
        Current.objects.filter(confidential=False, personal=False).values_list("attestation__public_id", flat=True)
    )
    assert snapshot.rows == found.height >= 3
    assert lines(snapshot)[0].split(",") == list(NAMES)
    assert len(lines(snapshot)) == found.height + 2  # the header, and the empty end
    told = found.row(by_predicate=polars.col("number") == "A-1", named=True)
    assert (told["holder"], told["scope"]) == ("示例甲公司", "示例产品的生产")
    assert told["holder_identifiers"] == "CN.uscc:91X"
    assert (told["valid_until"], told["status"], told["source"]) == (date(2028, 1, 1), "valid", "sample-register")


def test_a_record_whose_validity_is_over_is_told_as_expired(filled) -> None:
    assert table(published()).row(by_predicate=polars.col("number") == "A-2", named=True)["status"] == "expired"


def test_formulas_are_neutral_in_the_csv_and_as_they_were_in_parquet(filled) -> None:
    snapshot = published()
    csv = gzip.decompress((writing.folder(snapshot) / described.CSV).read_bytes()).decode()

    assert "'=1+2" in csv and ",=1+2" not in csv and '"\'=HYPERLINK' in csv
    assert "=1+2" in set(table(snapshot)["number"])


def test_what_lists_do_not_show_is_left_out_and_counted(filled) -> None:
    hidden, personal = Current.objects.filter(number__in=["A-1", "A-2"])
    Current.objects.filter(pk=hidden.pk).update(confidential=True)
    Current.objects.filter(pk=personal.pk).update(personal=True)
    before = Current.objects.filter(confidential=False, personal=False).count()
    snapshot = published()

    assert not {"A-1", "A-2"} & set(table(snapshot)["number"])
    assert snapshot.rows == before
    assert snapshot.coverage["left_out"]["confidential"] >= 1 and snapshot.coverage["left_out"]["personal"] >= 1
    assert any("natural persons" in one["en"] for one in snapshot.coverage["missing"])


def test_a_source_whose_terms_forbid_it_is_left_out(filled, settings) -> None:
    settings.OPEN_DATA_WITHOUT = ("sample-register",)
    snapshot = published()

    assert "A-1" not in set(table(snapshot)["number"])
    assert snapshot.coverage["left_out"] == {"source": 3}


def test_the_coverage_note_says_from_where_how_many_and_as_of_when(filled) -> None:
    package = json.loads((writing.folder(published()) / described.PACKAGE).read_bytes())

    told = next(one for one in package["coverage"]["sources"] if one["key"] == "sample-register")
    assert (told["records"], told["as_of"], told["attribution"]) == (3, "2026-06-01", "Sample licence")
    assert package["coverage"]["origins"]["mirrored"] == 3
    assert package["licenses"][0] == {"name": "CC-BY-4.0", "path": described.LICENCES["CC-BY-4.0"]}
    fields = package["resources"][1]["schema"]["fields"]
    assert [one["name"] for one in fields] == list(NAMES) and all(one["description_zh"] for one in fields)


def test_every_row_is_what_the_dictionary_says(filled) -> None:
    found = table(published())

    kinds = {"string": polars.String, "date": polars.Date, "datetime": polars.Datetime("ms")}
    for column in COLUMNS:
        assert found.schema[column.name] == kinds[column.type], column.name
        if column.filled:
            assert found[column.name].null_count() == 0, column.name
        if column.values:
            assert set(found[column.name]) <= set(column.values)


def test_the_same_state_gives_the_same_bytes(filled) -> None:
    first, second = published(), published()

    assert first.name == "2026-11-20" and second.name == "2026-11-20-2"
    sums = [{one["name"]: one["sha256"] for one in each.files} for each in (first, second)]
    for name in (described.PARQUET, described.CSV):
        assert sums[0][name] == sums[1][name]


def test_it_is_an_event_and_an_entry_of_the_log_that_commits_to_its_checksums(filled) -> None:
    snapshot = published()
    sums = (writing.folder(snapshot) / described.SUMS).read_bytes()

    assert Event.objects.filter(kind="register.snapshot_published").count() == 1
    committed = entry.parse(bytes(snapshot.entry.data))
    assert (committed.type, committed.facts["rows"]) == ("dataset.publish", snapshot.rows)
    assert snapshot.digest == hashlib.sha256(sums).hexdigest()


class Crash(Exception):
    pass


def test_an_interrupted_one_is_gone_on_with_and_ends_the_same(filled, monkeypatch) -> None:
    whole = published()
    monkeypatch.setattr(writing, "BATCH", 2)
    real, seen = writing.coverage.added, []

    def crashing(*given: Any) -> Any:
        seen.append(1)
        if len(seen) == 2:
            raise Crash
        return real(*given)

    monkeypatch.setattr(writing, "batches", lambda **asked: batches(**{**asked, "size": 2}))
    monkeypatch.setattr(writing.coverage, "added", crashing)
    with pytest.raises(Crash):
        published()
    assert Snapshot.objects.get(state="writing").parts == 1
    monkeypatch.setattr(writing.coverage, "added", real)
    again = published()

    assert again.rows == whole.rows and not Snapshot.objects.filter(state="writing").exists()
    assert table(again).equals(table(whole))
    assert not writing.workplace(again).exists()


def test_one_of_a_day_that_is_over_is_begun_anew(filled) -> None:
    Snapshot.objects.create(name="2026-11-19", day=date(2026, 11, 19), began_at=instant(date(2026, 11, 19)), rows=99)

    assert published().day == DAY
    assert Snapshot.objects.count() == 1


def test_two_at_a_time_are_refused(filled) -> None:
    from testamur.register.actions import snapshots

    with snapshots._alone(), pytest.raises(Refused, match="another process"):
        published()


def test_files_of_older_ones_go_and_their_record_stays(filled, settings) -> None:
    settings.OPEN_DATA_KEEP = 1
    old, new = published(date(2026, 11, 1)), published()

    old.refresh_from_db()
    assert (old.state, new.state) == ("removed", "published")
    assert not writing.folder(old).exists() and writing.folder(new).is_dir()
    assert old.digest and old.entry_id


def test_the_worker_publishes_when_it_is_due_and_not_before(filled, settings) -> None:
    clock.permit_travel(True)
    for wanted, day, made in (
        ("off", DAY, False), ("weekly", DAY, True), ("weekly", date(2026, 11, 26), False),
        ("daily", date(2026, 11, 21), True), ("weekly", date(2026, 11, 28), True),
    ):  # fmt: skip
        settings.OPEN_DATA = wanted
        with clock.travel(instant(day)):
            assert (tasks.publish_when_due() is not None) is made, (wanted, day)


def test_an_empty_register_publishes_nothing_by_itself_and_an_empty_table_when_asked(db) -> None:
    assert tasks.publish_when_due() is None
    snapshot = published()
    assert (snapshot.rows, table(snapshot).height, tuple(table(snapshot).columns)) == (0, 0, NAMES)


# ------------------------------------------------------------ verified offline


@pytest.fixture
def downloaded(filled, tmp_path: Path, django_capture_on_commit_callbacks) -> tuple[Path, Any]:
    with django_capture_on_commit_callbacks(execute=True):
        snapshot = published()
    transparency.sequence()
    copy = tmp_path / "download"
    copy.mkdir()
    for file in writing.folder(snapshot).iterdir():
        (copy / file.name).write_bytes(file.read_bytes())
    return copy, parties.trust()


def test_a_download_is_verified_with_nothing_but_a_trust_file(downloaded) -> None:
    folder, known = downloaded
    found = dataset.check(folder, known)

    assert found.holds and found.name == "2026-11-20"
    assert set(found.files.values()) == {dataset.State.UNALTERED}


def test_a_changed_file_changed_checksums_and_a_foreign_proof_are_each_seen(downloaded) -> None:
    folder, known = downloaded
    csv = folder / described.CSV
    kept = csv.read_bytes()
    csv.write_bytes(kept + b"x")
    altered = dataset.check(folder, known)
    assert not altered.holds and altered.files[described.CSV] is dataset.State.ALTERED

    csv.write_bytes(kept)
    sums = folder / dataset.SUMS
    whole = sums.read_bytes()
    sums.write_bytes(whole.replace(whole[:8], b"00000000"))
    assert not dataset.check(folder, known).holds
    sums.write_bytes(b"not checksums")
    assert "cannot be read" in dataset.check(folder, known).said.sentence()

    sums.write_bytes(whole)
    proof = folder / dataset.PROOF
    proof.unlink()
    assert "no proof" in dataset.check(folder, known).said.sentence()
    proof.write_bytes(b"c2sp.org/tlog-proof@v1\nnonsense")
    assert not dataset.check(folder, known).holds


def test_one_file_of_a_snapshot_is_enough_and_none_is_not(downloaded) -> None:
    folder, known = downloaded
    (folder / described.CSV).unlink()
    found = dataset.check(folder, known)
    assert found.holds and found.files[described.CSV] is dataset.State.ABSENT

    for name in (described.PARQUET, described.PACKAGE):
        (folder / name).unlink()
    assert not dataset.check(folder, known).holds


def test_the_command_says_so_in_both_languages_and_by_its_exit_status(downloaded, tmp_path, capsys) -> None:
    folder, known = downloaded
    known.write(tmp_path / "trust.json")
    asked = ["opendata", "verify", str(folder), "--trust", str(tmp_path / "trust.json"), "--language"]

    assert command([*asked, "en"]) == 0
    assert "is what was published" in capsys.readouterr().out
    assert command([*asked, "zh"]) == 0
    assert "与发布时一致" in capsys.readouterr().out
    (folder / described.CSV).write_bytes(b"")
    assert command([*asked, "en"]) == 1
    assert "ALTERED" in capsys.readouterr().out
    assert command(["opendata", "verify", str(tmp_path / "nowhere"), *asked[3:], "en"]) == 2
