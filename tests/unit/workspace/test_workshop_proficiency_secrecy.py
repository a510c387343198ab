"""Two groups share a round and never learn of each other: every page, file and report, read as everybody there is."""

from __future__ import annotations

import io
import zipfile
from datetime import date

import pytest

from proficiency_bench import HOME, REPORT, VALUES, Bench, address, on, signed_in
from testamur.journal.models import Event
from testamur.proficiency import queries
from testamur.proficiency.actions import participants, releases, rounds
from testamur.proficiency.models import Participant, Score
from testamur.workspace.workshop.proficiency import reporting

pytestmark = pytest.mark.django_db
#: All files of a page are written from the same rows; one of them is read.
FORMATS = ("", "?format=csv", "?format=pdf")


@pytest.fixture(autouse=True)
def papers(monkeypatch):
    """Read what a report would say instead of its typesetting."""
    monkeypatch.setattr(reporting, "to_pdf", lambda report, **_more: repr(report).encode())


def grouped(bench, grouping):
    """Return a reported round: eight laboratories in the first group, six in *Garrison*, blind to accreditors."""
    found = bench.draft(grouping=grouping, admits="invited", accreditors=[bench.accreditor])
    with on(date(2026, 2, 9)) as at:
        other = participants.make_group(found=found, name="Garrison", blind=True, by=bench.keeper, at=at)
        first = found.groups.earliest("id")
        for place, lab in enumerate(bench.labs):
            participants.invite(
                found=found, laboratory=lab.organisation, group=first if place < 8 else other, by=bench.keeper, at=at
            )
        rounds.open_round(found=found, by=bench.keeper, at=at)
    bench.opened = lambda **_more: found
    return bench.reported()


def everything(bench, found, who, parts) -> str:
    """Return all that somebody is answered, on every page of the round and around it, in every format."""
    one = bench.measurand.public_id
    pages = ["", "results/", "report/", "participants/", "evaluation/", "edit/", "rules/", "measurands/new/"]
    at = [address(found, more) for more in [*pages, f"measurands/{one}/"]]
    at += [HOME, HOME + "scores/", HOME + "releases/", HOME + "released/", "/w/workshop/", "/w/", "/w/oversight/"]
    single = [f"{HOME}released/{part.public_id}/" for part in parts]
    single += [f"{HOME}released/laboratories/{part.organisation.public_id}/?format=csv" for part in parts]
    single += [f"{HOME}scores/{score.public_id}/" for score in Score.objects.filter(edition__round=found)]
    single += [f"{address(found, 'evaluation/')}?format=pdf&group={group.public_id}" for group in found.groups.all()]
    client, said = signed_in(who), []
    for where in [page + kind for page in at for kind in FORMATS] + single:
        answer = client.get(where)
        assert answer.status_code in (200, 302, 403, 404), where
        if answer.status_code == 200:
            said.append(read(answer.getvalue() if answer.streaming else answer.content))
    return "\n".join(said)


def read(content: bytes) -> str:
    if content[:2] == b"PK":
        book = zipfile.ZipFile(io.BytesIO(content))
        return "".join(book.read(name).decode("utf-8", "replace") for name in book.namelist())
    return content.decode("utf-8", "replace")


def marks_of(part: Participant, *, name: bool) -> list[str]:
    """Return what would tell of a participant: code, ids, and its name."""
    found = [f">{part.code}<", f"'{part.code}'", f'"{part.code}"', f",{part.code},", part.public_id]
    found += [score.public_id for score in part.scores.all()]
    return found + ([f"{part.organisation.names['en']}{end}" for end in ("<", '"', ",", "'", "\n")] if name else [])


@pytest.mark.parametrize("grouping", ["joint", "apart"])
def test_nobody_learns_of_another_group(bench_of, grouping):
    bench, found, parts = bench_of(grouping)
    inside = {True: parts[:8], False: parts[8:]}
    with on(REPORT):
        for who, mine in ((bench.labs[0], True), (bench.labs[9], False)):
            said = everything(bench, found, who, parts)
            own = next(part for part in parts if part.organisation_id == who.organisation_id)
            assert own.code in said
            for part in inside[not mine]:
                assert not [mark for mark in marks_of(part, name=True) if mark in said], grouping
            for part in inside[mine]:
                # Of one's own group a code and a result are read, and no name and no id.
                assert part.code in said
                if part != own:
                    names = [mark for mark in marks_of(part, name=True)[4:] if mark in said]
                    assert not names
            assert "Garrison" not in said and not [one for one in found.groups.all() if one.public_id in said]
        accreditor = everything(bench, found, bench.assessor, parts)
        for part in inside[False]:
            assert not [mark for mark in marks_of(part, name=True) if mark in accreditor]
        assert all(part.organisation.names["en"] in accreditor for part in inside[True])
        stranger = everything(bench, found, bench.outsider, parts)
        for part in parts:
            assert not [mark for mark in marks_of(part, name=True) if mark in stranger]
        assert found.title["en"] not in stranger
        provider = everything(bench, found, bench.keeper, parts)
        assert all(part.code in provider and part.organisation.names["en"] in provider for part in parts)


@pytest.fixture
def bench_of():
    def made(grouping):
        bench = Bench()
        found = grouped(bench, grouping)
        order = {lab.organisation_id: place for place, lab in enumerate(bench.labs)}
        rows = Participant.objects.filter(round=found).select_related("organisation").prefetch_related("scores")
        return bench, found, sorted(rows, key=lambda part: order[part.organisation_id])

    return made


@pytest.mark.parametrize("grouping", ["joint", "apart"])
def test_the_summary_of_a_group_names_no_laboratory_and_no_other_group(bench_of, grouping):
    bench, found, parts = bench_of(grouping)
    client, page = signed_in(bench.keeper), address(found, "evaluation/")
    first, other = found.groups.order_by("id")
    with on(REPORT):
        assert client.get(page, {"format": "pdf"}).status_code == 404
        said = client.get(page, {"format": "pdf", "group": first.public_id}).content.decode()
    assert "Laboratory" not in said and "Garrison" not in said and other.public_id not in said
    assert all(part.code in said for part in parts[:8]) and not any(f"'{part.code}'" in said for part in parts[8:])
    assert ("Results in the assigned value" in said) == (grouping == "apart")
    assert "<svg" in said


def test_the_summary_of_one_group_has_codes_scores_and_density_and_no_name():
    bench = Bench()
    found = bench.reported()
    with on(REPORT):
        answer = signed_in(bench.keeper).get(address(found, "evaluation/"), {"format": "pdf"})
        said = answer.content.decode()
        assert signed_in(bench.labs[0]).get(address(found, "evaluation/"), {"format": "pdf"}).status_code == 404
    assert answer["Content-Type"] == "application/pdf" and answer["Cache-Control"] == "no-store"
    assert all(part.code in said for part in found.participants.all()) and all(value in said for value in VALUES)
    assert "Laboratory" not in said and said.count("<svg") == 2 and "density of the results" in said


def test_codes_and_addresses_of_scores_follow_no_order():
    bench = Bench()
    found = bench.reported()
    parts = list(found.participants.order_by("id"))
    codes = [part.code for part in parts]
    assert codes != sorted(codes) and len({part.code for part in parts}) == 14
    again = bench.reported()
    assert not {(part.organisation_id, part.code) for part in again.participants.all()} & {
        (part.organisation_id, part.code) for part in parts
    }
    with on(REPORT):
        shown = signed_in(bench.labs[0]).get(HOME + "scores/").content.decode()
    own = queries.own_scores(bench.labs[0]).first()
    assert f"scores/{own.public_id}/" in shown and f"scores/{own.pk}/" not in shown


def test_no_event_is_public_and_none_holds_a_code_a_name_or_a_result(bench_of):
    bench, found, parts = bench_of("joint")
    with on(REPORT) as at:
        releases.release(to=bench.accreditor, found=found, until_day=date(2026, 12, 31), by=bench.labs[2], at=at)
    events = Event.objects.filter(kind__startswith="proficiency.")
    assert events.count() > 40 and not events.exclude(entry=None).exists()
    said = "\n".join(str(one.payload) for one in events)
    for part in parts:
        assert f"'{part.code}'" not in said and part.organisation.names["en"] not in said
    assert not [value for value in VALUES if f"'{value}'" in said]


def test_a_release_ends_at_once_and_a_history_shows_what_is_left():
    bench = Bench()
    first, second = bench.reported(), bench.reported()
    lab, assessor = bench.labs[12], signed_in(bench.assessor)
    page = f"{HOME}released/laboratories/{lab.organisation.public_id}/"
    with on(REPORT) as at:
        assert assessor.get(page).status_code == 404
        given = [
            releases.release(to=bench.accreditor, found=one, until_day=date(2026, 12, 31), by=lab, at=at)
            for one in (first, second)
        ]
        shown = assessor.get(page).content.decode()
        assert "two rounds in a row" in shown and "<svg" in shown and shown.count("13.40") >= 2
        assert page in assessor.get(HOME + "released/").content.decode()
        assert HOME + "released/" in assessor.get("/w/oversight/").content.decode()
        for kind in ("csv", "json", "xlsx"):
            assert assessor.get(page, {"format": kind}).status_code == 200
        releases.revoke(found=given[0], by=lab, at=at)
        left = assessor.get(page).content.decode()
        assert "two rounds in a row" not in left and "Rounds shown to us: 1" in left
        releases.revoke(found=given[1], by=lab, at=at)
        assert assessor.get(page).status_code == 404
        assert signed_in(bench.outsider).get(page).status_code == 404
        assert signed_in(bench.labs[1]).get(page).status_code == 403
    assert Event.objects.filter(kind="proficiency.results_looked_at").count() >= 3
