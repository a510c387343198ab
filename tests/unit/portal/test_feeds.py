"""Feeds of changes: each is Atom as RFC 4287 writes it, in pages, the same bytes while nothing is new."""

from __future__ import annotations

import re
from datetime import date, datetime
from pathlib import Path
from xml.etree import ElementTree

import pytest
from django.conf import settings
from lxml import etree

from small_world import organisation
from testamur.kernel.words import Status
from testamur.notices import tasks
from testamur.notices.models import Change
from testamur.portal import exports, feeds
from testamur.portal.views import changes
from testamur.register import tasks as register
from testamur.register.models import Attestation, Current
from told_world import deliver, record, source

pytestmark = pytest.mark.django_db
MARCH, APRIL, MAY = (date(2026, month, 1) for month in (3, 4, 5))
ATOM = "{http://www.w3.org/2005/Atom}"
SCHEMA = etree.RelaxNG(etree.parse(Path(__file__).with_name("atom.rng")))


def row(key: str, **more):
    return {"key": key, "effective_on": date(2026, 1, 1), "expires_on": date(2027, 1, 1), **more}


@pytest.fixture
def issuer():
    return organisation("Issuer <&>")


@pytest.fixture
def mirror(issuer):
    mirror = source(issuer)
    deliver(mirror, issuer, MARCH, [row("A"), row("B <b>&amp;")])
    Current.objects.filter(attestation__origin_key="A").update(standards="ISO 9001:2015", search=" a pump ")
    deliver(mirror, issuer, APRIL, [row("A", status=Status.SUSPENDED), row("B <b>&amp;")])
    Current.objects.filter(attestation__origin_key="A").update(standards="ISO 9001:2015")
    tasks.tell()
    register.index_waiting()
    return mirror


def read(client, address: str, **headers):
    """Return a feed that is valid, as its entries (id, title, updated)."""
    answer = client.get(address, headers=headers)
    assert answer.status_code == 200 and answer["Content-Type"] == "application/atom+xml; charset=utf-8"
    SCHEMA.assertValid(etree.fromstring(answer.content))
    root = ElementTree.fromstring(answer.content)
    entries = [
        (one.findtext(f"{ATOM}id"), one.findtext(f"{ATOM}title"), one.findtext(f"{ATOM}updated"))
        for one in root.findall(f"{ATOM}entry")
    ]
    assert len({one[0] for one in entries}) == len(entries)
    newest = max((datetime.fromisoformat(one[2]) for one in entries), default=None)
    assert newest is None or datetime.fromisoformat(root.findtext(f"{ATOM}updated")) == newest
    return answer, root, entries


def links(root) -> dict[str, str]:
    return {one.get("rel"): one.get("href") for one in root.findall(f"{ATOM}link")}


def addresses(mirror, issuer) -> dict[str, str]:
    return {
        "all": "/changes.atom",
        "certificate": f"/changes.atom?certificate={record(mirror, 'A').public_id}",
        "body": f"/changes.atom?body={issuer.public_id}",
        "standard": "/changes.atom?standard=ISO+9001%3A2015",
        "search": "/search.atom?q=pump",
    }


def test_each_feed_is_valid_and_tells_its_own(client, mirror, issuer):
    titles = {}
    for name, address in addresses(mirror, issuer).items():
        _answer, root, entries = read(client, address)
        titles[name] = [one[1] for one in entries]
        assert links(root)["self"].endswith(address) and re.match(
            r"tag:[\w.]+,2026:changes:", root.findtext(f"{ATOM}id")
        )
        assert all(re.fullmatch(r"tag:[\w.]+,2026:change:\d+", one[0]) for one in entries)

    assert titles["all"] == titles["body"] and len(titles["all"]) == 3
    assert titles["certificate"] == titles["search"] == ["A: Suspended", "A: Entered in the register"]
    assert titles["standard"] == ["A: Suspended"]
    assert "B <b>&amp;: Entered in the register" in titles["all"]


def test_a_copy_is_still_right_until_something_changes(client, mirror, issuer):
    for address in addresses(mirror, issuer).values():
        answer, _root, _entries = read(client, address)
        again = client.get(address, headers={"If-None-Match": answer["ETag"]})
        since = client.get(address, headers={"If-Modified-Since": answer["Last-Modified"]})
        assert (again.status_code, since.status_code, again.content) == (304, 304, b"")
        assert again["ETag"] == answer["ETag"] and "max-age=60" in answer["Cache-Control"]
        assert client.get(address).content == answer.content

    first = read(client, "/changes.atom")
    ids = {one[0] for one in first[2]}
    deliver(mirror, issuer, MAY, [row("A"), row("B <b>&amp;")])
    tasks.tell()
    later = client.get("/changes.atom", headers={"If-None-Match": first[0]["ETag"]})
    assert later.status_code == 200
    assert ids < {one[0] for one in read(client, "/changes.atom")[2]}  # what was told keeps its id


def test_pages_lead_from_the_newest_to_the_oldest(client, mirror, issuer, monkeypatch):
    monkeypatch.setattr(feeds, "ENTRIES", 2)
    seen, address = [], f"/changes.atom?body={issuer.public_id}"
    while address:
        _answer, root, entries = read(client, address)
        seen += [one[0] for one in entries]
        assert links(root)["first"].endswith(f"/changes.atom?body={issuer.public_id}")
        address = re.sub(r"^https?://[^/]+", "", links(root).get("next", ""))

    assert len(seen) == len(set(seen)) == 3


def test_an_empty_feed_is_valid_and_never_changed(client, db):
    for address in ("/changes.atom?kind=gone", "/changes.atom?certificate=NOBODY", "/search.atom?q=nothing-of-this"):
        answer, _root, entries = read(client, address)
        assert entries == [] and client.get(address).content == answer.content


def test_it_speaks_chinese_too_and_caches_keep_the_languages_apart(client, mirror, issuer):
    english, chinese = client.get("/changes.atom"), client.get("/changes.atom", headers={"Accept-Language": "zh-CN"})

    assert "暂停" in chinese.content.decode() and english["ETag"] != chinese["ETag"]
    assert {"Accept-Language", "Cookie"} <= {one.strip() for one in chinese["Vary"].split(",")}


@pytest.mark.parametrize(
    "query",
    [
        "before=x", "before=" + "9" * 40, "from=x", "kind=%00", "standard=%00%F0%9F%98%80", "body=a b", "to=0000-00-00",
        "from=9999-12-31", "certificate=" + "x" * 3000,
    ],
)  # fmt: skip
def test_whatever_is_asked_is_an_answer(client, mirror, query):
    for address in ("/changes", "/changes.json", "/changes.atom", "/search.atom"):
        assert client.get(f"{address}?{query}").status_code in (200, 400), address


def test_pages_name_their_feed_and_lead_to_the_watch(client, mirror, issuer):
    one = record(mirror, "A")
    for page, feed in (
        (f"/c/{one.public_id}", f"/changes.atom?certificate={one.public_id}"),
        (f"/bodies/{issuer.public_id}", f"/changes.atom?body={issuer.public_id}"),
        ("/changes?kind=gone", "/changes.atom?kind=gone"),
        ("/search?q=pump", "/search.atom?q=pump"),
    ):
        html = client.get(page).content.decode()
        assert re.search(rf'<link rel="alternate" type="application/atom\+xml"[^>]*href="{re.escape(feed)}"', html), (
            page
        )
        if not page.startswith("/changes"):
            assert 'href="/watch?kind=' in html, page


def test_what_is_a_persons_leads_to_no_feed(client, mirror):
    Attestation.objects.filter(pk=record(mirror, "A").pk).update(personal=True)
    Current.objects.filter(attestation=record(mirror, "A")).update(personal=True)

    assert "changes.atom?certificate" not in client.get(f"/c/{record(mirror, 'A').public_id}").content.decode()
    assert read(client, f"/changes.atom?certificate={record(mirror, 'A').public_id}")[2] == []


def test_the_page_tells_pages_and_files_of_the_same_line(client, mirror, issuer, monkeypatch):
    from testamur.portal.views import changes

    monkeypatch.setattr(changes, "PAGE", 2)
    first = client.get("/changes", {"body": issuer.public_id}).content.decode()
    older = re.search(r'rel="next" href="([^"]+)"', first)[1].replace("&amp;", "&")
    second = re.search(r"<tbody>.*</tbody>", client.get(older).content.decode(), re.DOTALL)[0]
    assert "Suspended" not in second and "Entered in the register" in second

    json = client.get("/changes.json", {"kind": "suspended"}).json()
    assert [one["number"] for one in json["changes"]] == ["A"] and json["next"] is None
    for form in ("csv", "xlsx", "json"):
        assert client.get("/changes", {"as": form, "from": "2026-03-01", "to": "2026-03-31"}).status_code == 200
    assert client.get("/changes", {"as": "json", "to": "2026-03-31"}).json()["rows"][0]["kind"] == "appeared"


def test_the_api_pages_by_cursor_and_a_mirror_goes_on_where_it_was(client, mirror, issuer):
    def ask(**query):
        answer = client.get("/api/v1/changes", query)
        assert answer.status_code == 200, answer.content
        return answer.json()

    first = ask(order="oldest", limit=2)
    assert [one["number"] for one in first["items"]] == ["A", "B <b>&amp;"] and not first["complete"]
    last = ask(order="oldest", limit=2, cursor=first["next"])
    assert [one["kind"] for one in last["items"]] == ["suspended"] and last["complete"]
    assert ask(order="oldest", cursor=last["next"])["items"] == []
    deliver(mirror, issuer, MAY, [row("A"), row("B <b>&amp;")])
    tasks.tell()
    assert [one["kind"] for one in ask(order="oldest", cursor=last["next"])["items"]] == ["restored"]
    assert [one["kind"] for one in ask(kind="suspended", standard="ISO 9001:2015")["items"]] == ["suspended"]
    assert ask(certificate="NOBODY")["items"] == ask(body="NOBODY")["items"] == []
    assert client.get("/api/v1/changes", {"cursor": "x"}).status_code == 422


def test_a_file_of_changes_holds_more_than_a_page_and_names_what_follows(client, mirror, monkeypatch):
    monkeypatch.setattr(changes, "MANY", 2)
    whole = client.get("/changes?as=json").json()
    assert len(whole["rows"]) == Change.objects.count() > 2 and whole["next"] is None

    monkeypatch.setattr(exports, "MOST", 2)
    first = client.get("/changes?as=json").json()
    assert len(first["rows"]) == 2
    rest = client.get(first["next"].removeprefix(settings.ORIGIN)).json()
    assert [*first["rows"], *rest["rows"]] == whole["rows"][: len(first["rows"]) + len(rest["rows"])] and rest["rows"]

    wrong = client.get("/changes?as=csv&from=2026-02-30")
    assert (wrong.status_code, wrong["Content-Type"].partition(";")[0]) == (400, "text/html")
