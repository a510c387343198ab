"""The pages of open data: what is published, what it lacks, and its files handed over whole or in ranges."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from typing import Any

import pytest
from django.test import Client

from small_world import PLATFORM, World, instant
from testamur.kernel import clock
from testamur.register.actions import publish_snapshot
from testamur.register.models import Snapshot
from testamur.register.opendata import described, writing
from testamur.transparency import actions as transparency
from told_world import deliver, source

DAY = date(2026, 11, 20)


@pytest.fixture
def snapshot(db, django_capture_on_commit_callbacks) -> Snapshot:
    clock.permit_travel(True)
    world = World()
    told = source(world.body, attribution="Sample licence")
    parties = [{"role": "holder", "names": {"zh": "示例甲公司"}}]
    deliver(told, world.body, date(2026, 6, 1), [{"key": "1", "said": {"parties": parties}}])
    with clock.travel(instant(DAY)), django_capture_on_commit_callbacks(execute=True):
        made = publish_snapshot(by=PLATFORM, at=clock.now())
    transparency.sequence()
    return made


def page(address: str, language: str = "en", **headers: str) -> Any:
    client = Client()
    client.cookies["language"] = {"en": "en", "zh": "zh-hans"}[language]
    return client.get(address, headers=headers)


@pytest.mark.parametrize(("language", "word"), [("en", "How to use it"), ("zh", "使用方法")])
def test_the_list_shows_each_snapshot_with_digest_and_place_in_the_log(snapshot, language, word) -> None:
    html = page("/open-data", language).content.decode()

    assert word in html and f"/open-data/{snapshot.name}" in html
    assert snapshot.digest[:8] in html and "/log?entry=" in html
    assert "CC-BY-4.0" in html and "holder_identifiers" in html


def test_without_a_snapshot_the_page_says_when_the_first_comes(db, settings) -> None:
    assert "as soon as the register holds a record" in page("/open-data").content.decode()
    settings.OPEN_DATA = "off"
    assert "testamur opendata publish" in page("/open-data").content.decode()


@pytest.mark.parametrize(("language", "word"), [("en", "What is not in it"), ("zh", "未包含的内容")])
def test_the_page_of_a_snapshot_says_what_it_covers_and_lacks(snapshot, language, word) -> None:
    html = page(f"/open-data/{snapshot.name}", language).content.decode()

    assert word in html and "Sample licence" in html
    for file in (described.PARQUET, described.CSV, described.PACKAGE, described.SUMS, described.PROOF):
        assert f"/open-data/{snapshot.name}/{file}" in html


def test_a_snapshot_whose_files_are_gone_keeps_its_page_and_digest(snapshot) -> None:
    Snapshot.objects.update(state="removed")
    for file in writing.folder(snapshot).iterdir():
        file.unlink()
    writing.folder(snapshot).rmdir()

    html = page(f"/open-data/{snapshot.name}").content.decode()
    assert "no longer kept here" in html and snapshot.digest in html
    assert page(f"/open-data/{snapshot.name}/SHA256SUMS").status_code == 404


def whole(answer: Any) -> bytes:
    return answer.getvalue() if answer.streaming else answer.content


def test_a_file_is_handed_over_inert_with_its_digest_as_tag(snapshot) -> None:
    answer = page(f"/open-data/{snapshot.name}/{described.CSV}")
    told = next(one for one in snapshot.files if one["name"] == described.CSV)

    assert hashlib.sha256(whole(answer)).hexdigest() == told["sha256"] == answer["ETag"].strip('"')
    assert answer["Content-Disposition"].startswith("attachment") and "sandbox" in answer["Content-Security-Policy"]
    assert (answer["Accept-Ranges"], answer["X-Content-Type-Options"]) == ("bytes", "nosniff")
    again = page(f"/open-data/{snapshot.name}/{described.CSV}", **{"If-None-Match": answer["ETag"]})
    assert again.status_code == 304


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [("bytes=0-9", slice(0, 10)), ("bytes=5-", slice(5, None)), ("bytes=-7", slice(-7, None)),
     ("bytes=3-999999999", slice(3, None))],
)  # fmt: skip
def test_a_range_is_handed_over_alone(snapshot, asked, wanted) -> None:
    address = f"/open-data/{snapshot.name}/{described.PARQUET}"
    content = (writing.folder(snapshot) / described.PARQUET).read_bytes()
    answer = page(address, Range=asked)

    assert answer.status_code == 206
    assert whole(answer) == content[wanted]
    assert int(answer["Content-Length"]) == len(content[wanted])
    assert answer["Content-Range"].endswith(f"/{len(content)}")


@pytest.mark.parametrize("asked", ["bytes=999999999-", "bytes=9-2", "bytes=-0"])
def test_a_range_that_is_not_there_is_said_to_be_none(snapshot, asked) -> None:
    assert page(f"/open-data/{snapshot.name}/{described.PARQUET}", Range=asked).status_code == 416


@pytest.mark.parametrize("asked", ["bytes=0-1,3-4", "lines=1-2", "bytes=-", "bytes=x-y"])
def test_what_is_no_single_range_gives_the_whole(snapshot, asked) -> None:
    assert page(f"/open-data/{snapshot.name}/{described.PARQUET}", Range=asked).status_code == 200


def test_a_range_of_another_version_gives_the_whole(snapshot) -> None:
    headers = {"Range": "bytes=0-9", "If-Range": '"other"'}
    assert page(f"/open-data/{snapshot.name}/{described.PARQUET}", **headers).status_code == 200


def test_head_says_the_size_and_sends_nothing(snapshot) -> None:
    answer = Client().head(f"/open-data/{snapshot.name}/{described.PARQUET}")
    assert int(answer["Content-Length"]) > 0 and answer.content == b""


@pytest.mark.parametrize("name", ["../SHA256SUMS", "datapackage", "000000.parquet", "secret-key"])
def test_nothing_else_is_handed_over(snapshot, name) -> None:
    assert page(f"/open-data/{snapshot.name}/{name}").status_code == 404
    assert page(f"/open-data/2020-01-01/{described.SUMS}").status_code == 404


def test_data_portals_find_a_dcat_catalogue_with_sizes_and_checksums(snapshot) -> None:
    said = json.loads(page("/open-data/catalogue.jsonld").content)

    [dataset] = said["dcat:dataset"]
    parquet = dataset["dcat:distribution"][0]
    assert parquet["dcat:downloadURL"]["@id"].endswith(f"/open-data/{snapshot.name}/{described.PARQUET}")
    assert parquet["spdx:checksum"]["spdx:checksumValue"] == snapshot.files[0]["sha256"]


def test_programs_get_the_same_list(snapshot) -> None:
    [told] = page("/api/v1/open-data").json()["items"]

    assert (told["name"], told["rows"], told["digest"]) == (snapshot.name, snapshot.rows, snapshot.digest)
    assert {one["name"] for one in told["files"]} == {one["name"] for one in snapshot.files}
    assert page("/open-data?as=csv").content.decode("utf-8-sig").splitlines()[1].startswith("2026-11-20")
