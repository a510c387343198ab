"""The synthetic country: the same seed gives the same bytes, and what is irregular in it is what was planted."""

from __future__ import annotations

import hashlib
import json
import tracemalloc
from collections import Counter, defaultdict
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from testamur.cli.sample import main
from testamur.kernel.refusal import Refused
from testamur.register.models import Attestation, Current, Past
from testamur.sample.country import PLANTED, Country, rows_of


def digests(folder: Path) -> dict[str, str]:
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in sorted(folder.iterdir())}


@pytest.fixture(scope="module")
def country(tmp_path_factory) -> tuple[Path, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("country")
    return folder, Country(12_000, seed=7).write(folder)


def test_the_same_seed_gives_the_same_bytes_and_another_one_does_not(tmp_path):
    for name, seed in (("a", 5), ("b", 5), ("c", 6)):
        Country(700, seed=seed).write(tmp_path / name)

    assert digests(tmp_path / "a") == digests(tmp_path / "b")
    assert digests(tmp_path / "a")["2026-01-01.jsonl"] != digests(tmp_path / "c")["2026-01-01.jsonl"]


def test_every_irregularity_is_listed_and_nothing_else_is_irregular(country):
    folder, described = country
    rows = {row["key"]: row for file in described["deliveries"] for row in rows_of(folder / file["file"])}
    firsts: dict[str, dict[str, Any]] = {}
    ended: set[str] = set()
    revived = set()
    for file in described["deliveries"]:
        for row in rows_of(folder / file["file"]):
            firsts.setdefault(row["key"], row)
            if row["key"] in ended and row["status"] == "valid":
                revived.add(row["key"])
            if row["status"] == "withdrawn":
                ended.add(row["key"])
    busy: dict[tuple[str, str], list[str]] = defaultdict(list)
    for key, row in firsts.items():
        for day in range(row["audit_days"]):
            busy[row["auditor"], str(date.fromisoformat(row["audited_on"]) + timedelta(day))].append(key)
    numbers = Counter(row["number"][-10:-3] for row in firsts.values())
    found = {
        "auditor_in_two_places": {max(keys) for keys in busy.values() if len(keys) > 1},
        "audit_far_too_short": {key for key, row in firsts.items() if row["audit_days"] == 1},
        "issued_before_the_audit_ended": {
            key for key, row in firsts.items() if (issued := date.fromisoformat(row["issued_on"])) and
            issued < date.fromisoformat(row["audited_on"]) + timedelta(row["audit_days"])
        },
        "number_of_another": {
            key for key, row in firsts.items() if numbers[row["number"][-10:-3]] > 1
            and int(row["number"][-10:-3]) != int(key[3:])
        },
        "valid_after_withdrawal": revived,
    }  # fmt: skip
    planted: dict[str, set[str]] = {name: set() for name in PLANTED}
    for row in rows_of(folder / "irregularities.jsonl"):
        planted[row["kind"]].add(row["key"])

    assert found == planted
    assert described["planted"] == {name: len(keys) for name, keys in planted.items()}
    assert sum(map(len, planted.values())) > 5 and len(rows) > 11_000


def test_no_delivery_tells_what_was_planted(country):
    folder, described = country
    for file in described["deliveries"]:
        assert b"planted" not in (folder / file["file"]).read_bytes()


def test_later_lists_hold_what_changed_and_snapshots_hold_all(tmp_path):
    part, whole = Country(800, seed=2), Country(800, seed=2, whole=True)
    part.write(tmp_path / "part")
    whole.write(tmp_path / "whole")

    state: dict[str, dict[str, Any]] = {}
    for place in range(3):
        name = f"{part.as_of(place)}.jsonl"
        state |= {row["key"]: row for row in rows_of(tmp_path / "part" / name)}
        assert state == {row["key"]: row for row in rows_of(tmp_path / "whole" / name)}


def test_firms_hold_three_or_four_certificates_each(country):
    _folder, described = country

    assert described["certificates"] / described["firms"] == pytest.approx(3.6, abs=0.01)


def test_memory_does_not_grow_with_the_country(tmp_path):
    def peak(certificates: int) -> int:
        tracemalloc.start()
        Country(certificates, seed=1).write(tmp_path / str(certificates))
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    peak(500)  # what is made once for all
    assert peak(4_000) < 2 * peak(1_000) + 500_000


def test_the_command_writes_into_an_empty_folder_only(tmp_path, capsys):
    assert main(["--certificates", "50", "--seed", "4", "--into", str(tmp_path / "new")]) == 0
    described = json.loads((tmp_path / "new" / "country.json").read_text())
    assert (described["synthetic"], described["certificates"]) == (True, 50)

    assert main(["--into", str(tmp_path / "new")]) == 2
    assert "not empty" in capsys.readouterr().err


def test_with_commit_the_lists_are_reported_into_a_sample_platform_and_become_history(db, settings, tmp_path, capsys):
    settings.SAMPLE, settings.FILES_DIR = True, tmp_path / "files"

    assert main(["--certificates", "400", "--into", str(tmp_path / "country"), "--commit"]) == 0

    said = capsys.readouterr().out
    described = json.loads((tmp_path / "country" / "country.json").read_bytes())
    keys = {row["key"] for file in described["deliveries"] for row in rows_of(tmp_path / "country" / file["file"])}
    assert all(f"{one['file']}: new " in said for one in described["deliveries"])
    assert Attestation.objects.count() == Attestation.objects.filter(sample=True).count() == len(keys) > 380
    assert Past.objects.filter(change="renewed").exists() and Past.objects.filter(change="status").exists()
    last = {row["key"]: row for file in described["deliveries"] for row in rows_of(tmp_path / "country" / file["file"])}
    current = Current.objects.values_list("attestation__origin_key", "number", "status")
    assert {key: (number, status) for key, number, status in current} == {
        key: (row["number"], row["status"]) for key, row in last.items()
    }


def test_a_real_platform_takes_no_synthetic_country(db, settings, tmp_path):
    settings.SAMPLE, settings.FILES_DIR = False, tmp_path / "files"

    with pytest.raises(Refused, match="sample platform only"):
        main(["--certificates", "10", "--into", str(tmp_path / "country"), "--commit"])
    assert not Attestation.objects.exists()
