"""Visits, attendance, evidence, completing an activity, and findings, as people send their forms."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest

from kept_world import world_fixture
from testamur.determination.models import Activity, Attendance, CorrectiveAction, Evidence, Finding, Visit
from testamur.selection.models import Case
from tests.unit.selection.world import PDF, TODAY, ProcessWorld
from tests.unit.workspace.forms import Desk

FIRST = TODAY + timedelta(days=9)


class AuditWorld(ProcessWorld):
    """A case in determination, and its first stage begun on its day."""

    def __init__(self) -> None:
        super().__init__()
        self.case_id = self.determining().pk
        self.visit, self.stage1 = self.begun(self.case, self.visit_one, "stage1", FIRST)

    @property
    def case(self) -> Case:
        return Case.objects.get(pk=self.case_id)


kept_world = world_fixture(AuditWorld)


def desk(world, who="lead", day=FIRST):
    return Desk(getattr(world, who), day)


def activity(world, act="evidence", who="lead"):
    auditor = desk(world, who)
    return auditor, auditor.form("activity", world.case.public_id, world.stage1.public_id, act=act)


# Visits and attendance -----------------------------------------------------------------------------------------------


def step(world, who="lead", day=FIRST, **sent):
    return desk(world, who, day).post("determination", world.case.public_id, act="step", **sent)


def test_a_visit_begins_on_its_day_and_not_before(world):
    second = world.visit_two
    early = step(world, step="visit", visit=second.public_id)
    assert (early.status, early.events) == (200, [])
    assert "The visit is planned from" in early.text

    answer = step(world, day=second.from_day, step="visit", visit=second.public_id)
    again = step(world, day=second.from_day, step="visit", visit=second.public_id)

    assert (answer.status, answer.events) == (302, ["determination.visit_started"])
    assert (again.events, Visit.objects.count()) == ([], 2)


def test_people_sign_in_and_out_and_odd_times_are_told(world):
    auditor = desk(world)
    sent = {"act": "sign", "visit": world.visit.public_id, "person": world.auditor.person.public_id, "way": "in"}
    for when in ("", "noon", "0001-01-01T00:00", "9999-12-31T23:59", "2026-13-01T09:00"):
        wrong = auditor.post("determination", world.case.public_id, **sent, at=when, remark="Typed remark")
        assert (wrong.status, wrong.events) == (200, []), when
        assert wrong.alert
    stranger = auditor.post(
        "determination", world.case.public_id, **{**sent, "person": world.outsider.person.public_id},
        at=f"{FIRST}T09:30",
    )  # fmt: skip
    assert (stranger.status, stranger.events) == (200, [])

    answer = auditor.post(
        "determination", world.case.public_id, **sent, at=f"{FIRST}T09:30", position="inside",
        site=world.client.sites.first().public_id,
    )  # fmt: skip
    assert (answer.status, answer.events) == (302, ["determination.signed_in"])
    out = auditor.post("determination", world.case.public_id, **{**sent, "way": "out"}, at=f"{FIRST}T10:00")
    assert (out.status, out.events) == (302, ["determination.signed_out"])
    assert Attendance.objects.get(person=world.auditor.person).left_at


@pytest.mark.parametrize("sent", [{"step": "dance"}, {"step": "visit", "visit": "NOSUCH"}, {"step": "end"},
                                  {"step": "explain", "attendance": "²"}])  # fmt: skip
def test_a_step_that_is_none_is_not_found(world, sent):
    assert step(world, **sent).status == 404


def test_determination_is_not_finished_while_something_is_missing(world):
    answer = step(world, step="finish")

    assert (answer.status, answer.events) == (200, [])
    assert answer.alert
    assert world.case.stage == "determination"


@pytest.mark.parametrize("who", ["outsider", "planner", "applicant"])
def test_nobody_but_the_team_works_on_it(world, who):
    for sent in ({"step": "finish"}, {"step": "start", "activity": "stage2"},
                 {"step": "end", "visit": world.visit.public_id}):  # fmt: skip
        answer = step(world, who, **sent)
        assert answer.events == []
        assert answer.status == (404 if who == "outsider" else 200)


# Evidence ------------------------------------------------------------------------------------------------------------


def test_a_file_is_kept_under_its_digest_with_both_days(world):
    auditor, form = activity(world)

    answer = auditor.send(
        form, title="Calibration records", kind="documents", at=f"{FIRST}T08:00", file=("gauge.pdf", PDF),
        clauses="7.1.5, 8.5.1",
    )  # fmt: skip

    assert (answer.status, answer.events) == (302, ["determination.evidence_recorded"])
    piece = Evidence.objects.get()
    assert piece.file.sha256 == hashlib.sha256(PDF).hexdigest()
    assert (piece.title, piece.clauses, piece.by) == ("Calibration records", ["7.1.5", "8.5.1"], world.lead)
    assert piece.effective_at < piece.recorded_at
    assert piece.file.sha256 in answer.page


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (("empty.pdf", b""), "0 bytes"),
        (("virus.exe", b"MZ\x90\x00" + b"\x00" * 64), ""),
        (("photo.pdf", b"\x89PNG\r\n\x1a\n" + b"\x00" * 64), ""),
        (("large.pdf", PDF + b"0" * 50_100_000), "MB"),
        (("x" * 400 + ".pdf", PDF), ""),
    ],
    ids=["empty", "program", "another type", "too large", "endless name"],
)
def test_a_file_that_cannot_be_kept_is_told_and_what_was_typed_stays(world, file, said):
    auditor, form = activity(world)

    answer = auditor.send(form, title="Typed title", kind="documents", at=f"{FIRST}T08:00", file=file)

    if len(file[0]) > 300 and answer.status == 302:
        assert len(Evidence.objects.get().name) <= 255
        return
    assert (answer.status, answer.events, Evidence.objects.count()) == (200, [], 0)
    assert said in answer.text
    assert answer.alert
    assert "Typed title" in answer.page


def test_of_two_files_one_of_which_is_empty_none_is_recorded(world):
    auditor, form = activity(world)

    answer = auditor.send(
        form, title="Two", kind="documents", at=f"{FIRST}T08:00", file=[("a.pdf", PDF), ("b.pdf", b"")]
    )

    assert (answer.status, Evidence.objects.count()) == (200, 0)
    assert "0 bytes" in answer.text


@pytest.mark.parametrize(
    "change",
    [
        {"title": ""}, {"title": "x" * 300}, {"at": "noon"}, {"at": "0001-01-01T00:00"}, {"kind": "rumour"},
        {"file": None}, {"at": f"{FIRST + timedelta(days=30)}T08:00"},
    ],
)  # fmt: skip
def test_evidence_says_what_when_and_where(world, change):
    auditor, form = activity(world)
    whole = {"title": "Typed title", "kind": "documents", "at": f"{FIRST}T08:00", "file": ("a.pdf", PDF), **change}

    answer = auditor.send(form, **whole)

    assert (answer.status, answer.events, Evidence.objects.count()) == (200, [], 0)
    assert answer.alert


def test_the_same_evidence_sent_twice_is_recorded_once(world):
    auditor, form = activity(world)
    sent = {"title": "T", "kind": "documents", "at": f"{FIRST}T08:00"}
    auditor.send(form, **sent, file=("a.pdf", PDF))

    again = auditor.send(form, **sent, file=("a.pdf", PDF))

    assert (again.status, Evidence.objects.count()) == (302, 1)


def test_an_activity_is_completed_with_its_report_and_an_older_page_is_told(world):
    auditor, form = activity(world)
    auditor.send(form, title="T", kind="documents", at=f"{FIRST}T08:00", file=("a.pdf", PDF))
    form = auditor.form("activity", world.case.public_id, world.stage1.public_id, act="complete")
    bare = auditor.send(form, ended_on=FIRST, report="")
    assert (bare.status, bare.events) == (200, [])
    assert bare.alert
    odd = auditor.send(form, ended_on="9999-12-31", report="Typed report")
    assert (odd.status, odd.events) == (200, [])
    assert "Typed report" in odd.page
    desk(world).post("determination", world.case.public_id, act="sign", way="out", visit=world.visit.public_id,
                     person=world.lead.person.public_id, at=f"{FIRST}T09:59")  # fmt: skip

    answer = auditor.send(form, ended_on=FIRST, report="What was seen", passed="true")
    late = auditor.send(form, ended_on=FIRST, report="Another report", passed="true", once=None)

    assert (answer.status, answer.events) == (302, ["determination.activity_completed"]), answer.alert
    assert late.events == []
    world.stage1.refresh_from_db()
    assert world.stage1.report == "What was seen"
    assert late.status == 302 or "Another report" in late.page


@pytest.mark.parametrize("who", ["applicant", "outsider"])
def test_clients_and_strangers_find_no_activity(world, who):
    answer = desk(world, who).post(
        "activity", world.case.public_id, world.stage1.public_id, act="evidence", title="T", kind="documents",
        at=f"{FIRST}T08:00",
    )  # fmt: skip

    assert (answer.status, Evidence.objects.count()) == (404, 0)


# Findings ------------------------------------------------------------------------------------------------------------

NC = {"grade": "major", "clauses": "8.5.1", "statement": "Lots released unmeasured", "seen": "Line 2: 14 lots"}


def raised(world, **change):
    auditor = desk(world)
    form = auditor.form("findings", world.case.public_id, having="statement")
    return auditor.send(form, **{**NC, **change})


def test_a_finding_is_raised_graded_and_listed(world):
    answer = raised(world)

    assert (answer.status, answer.events) == (302, ["case.clock_stopped", "determination.finding_raised"])
    made = Finding.objects.get()
    assert (made.number, made.grade, made.clauses, made.activity) == ("NC-1", "major", ["8.5.1"], world.stage1)


@pytest.mark.parametrize(
    "change", [{"grade": "fatal"}, {"grade": None}, {"clauses": " , "}, {"statement": ""}, {"seen": ""},
               {"activity": "NOSUCH"}, {"site": "NOSUCH"}]
)  # fmt: skip
def test_a_finding_lacking_something_is_told_and_what_was_typed_stays(world, change):
    answer = raised(world, **change)

    assert (answer.status, answer.events, Finding.objects.count()) == (200, [], 0)
    assert answer.alert
    assert "Line 2: 14 lots" in answer.page or "seen" in change


def test_a_finding_is_answered_sent_back_answered_again_and_verified(world):
    raised(world)
    finding = Finding.objects.get()
    client, auditor = desk(world, "applicant"), desk(world)
    form = client.form("finding", world.case.public_id, finding.public_id, act="answer")
    empty = client.send(form, correction=" ", cause="", corrective_action="")
    assert (empty.status, empty.events) == (200, [])
    assert "Say at least what you did at once" in empty.alert
    early = client.send(form, correction="Lots blocked", done_by="2020-01-01")
    assert (early.status, early.events) == (200, [])
    assert "Lots blocked" in early.page
    for file in (("a.pdf", b""), ("a.exe", b"MZ\x90")):
        wrong = client.send(form, correction="c", cause="c", corrective_action="a", file=file)
        assert (wrong.status, wrong.events, CorrectiveAction.objects.count()) == (200, [], 0)
    whole = {"correction": "Lots blocked", "cause": "No gauge", "corrective_action": "Gauge bought"}
    answered = client.send(form, **whole, file=("a.pdf", PDF))
    again = client.send(form, **whole, file=("a.pdf", PDF))
    assert (answered.status, answered.events, again.events) == (302, ["finding.answered", "case.clock_resumed"], [])

    judging = auditor.form("finding", world.case.public_id, finding.public_id, act="judge")
    silent = auditor.send(judging, verdict="verified", how="")
    assert (silent.status, silent.events) == (200, [])
    none = auditor.send(judging, verdict=None, how="Typed question")
    assert (none.status, none.events) == (200, [])
    assert "Typed question" in none.page
    back = auditor.send(judging, verdict="back", how="Who decided?")
    assert (back.status, back.events[:1]) == (302, ["determination.answer_verified"])
    second = client.form("finding", world.case.public_id, finding.public_id, act="answer")
    client.send(second, **{**whole, "cause": "Nobody was named"})
    old = auditor.send(judging, verdict="verified", how="Seen", once=None)
    assert (old.status, old.events) == (200, [])
    assert "There is a newer answer to finding NC-1" in old.text
    done = auditor.send(
        auditor.form("finding", world.case.public_id, finding.public_id, act="judge"), verdict="verified", how="Seen"
    )
    finding.refresh_from_db()
    assert finding.closed_at
    assert done.status == 302


def test_a_finding_is_withdrawn_with_its_reason(world):
    raised(world)
    finding = Finding.objects.get()
    auditor = desk(world)
    form = auditor.form("finding", world.case.public_id, finding.public_id, act="withdraw")
    assert auditor.send(form, because=" ").status == 200

    answer = auditor.send(form, because="Records were found")

    assert (answer.status, answer.events) == (302, ["determination.finding_withdrawn", "case.clock_resumed"])
    long = auditor.send(form, because="x" * 400, once=None)
    assert (long.status, long.events) == (200, [])


def test_client_and_team_do_not_do_each_others_part_and_strangers_find_nothing(world):
    raised(world)
    finding = Finding.objects.get()
    whole = {"correction": "c", "cause": "c", "corrective_action": "a"}

    own = desk(world).post("finding", world.case.public_id, finding.public_id, act="answer", **whole)
    raising = desk(world, "applicant").post("findings", world.case.public_id, activity=world.stage1.public_id, **NC)
    judging = desk(world, "applicant").post("finding", world.case.public_id, finding.public_id, act="judge",
                                            verdict="verified", how="x")  # fmt: skip
    strange = desk(world, "outsider").post("finding", world.case.public_id, finding.public_id, act="answer", **whole)
    taken = desk(world, "applicant").post("finding", world.case.public_id, finding.public_id, act="withdraw",
                                          because="x")  # fmt: skip

    assert (own.status, own.events) == (200, [])
    assert "Findings are answered by the client." in own.text
    assert (raising.status, raising.events, judging.status, strange.status) == (200, [], 404, 404)
    assert (taken.status, taken.events) == (200, [])
    assert (Finding.objects.count(), CorrectiveAction.objects.count(), Activity.objects.count()) == (1, 0, 1)
