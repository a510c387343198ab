"""A study put forward in a case: chosen by the client, read and computed again by the auditor, taken back."""

from __future__ import annotations

import pytest

from kept_world import world_fixture
from small_world import member, organisation
from testamur.determination.models import Exhibit
from testamur.files.models import StoredFile
from testamur.selection.models import Case
from tests.unit.selection.world import ProcessWorld
from tests.unit.studies.bore import DAY, bore
from tests.unit.workspace.forms import Desk


class StudyWorld(ProcessWorld):
    """A case in determination, and a study of its client."""

    def __init__(self) -> None:
        super().__init__()
        self.case_id = self.determining().pk
        self.study = bore(self)
        self.quality = member(self.client, "quality", name="Qian")

    @property
    def case(self) -> Case:
        return Case.objects.get(pk=self.case_id)


kept_world = world_fixture(StudyWorld)


def desk(world, who="quality", language="en"):
    return Desk(getattr(world, who), DAY, language)


def put_forward(world, **changes):
    one = desk(world)
    form = one.form("workshop-study-attach", world.study.public_id, having="clauses")
    return one.send(form, case=world.case.public_id, **changes)


def test_the_client_puts_a_study_forward_and_the_team_finds_it(world):
    answer = put_forward(world, clauses="8.5.1，9.1.1")

    assert (answer.status, answer.events) == (302, ["determination.exhibited"])
    made = Exhibit.objects.get()
    assert made.clauses == ["8.5.1", "9.1.1"]
    assert made.title in desk(world, "lead").get("determination", world.case.public_id).text
    files = desk(world, "lead").get("case-files", world.case.public_id)
    assert made.name in files.text


def test_without_a_case_nothing_is_put_forward_and_the_clauses_stay(world):
    one = desk(world)
    form = one.form("workshop-study-attach", world.study.public_id, having="clauses")
    answer = one.send(form, case="", clauses="8.5.1")

    assert (answer.status, answer.events) == (200, [])
    assert "Choose one of the answers offered" in answer.text and "8.5.1" in answer.page


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_auditor_computes_it_again_with_one_press(world, language):
    put_forward(world)
    made, auditor = Exhibit.objects.get(), desk(world, "lead", language)
    where = ("case-exhibit", world.case.public_id, made.public_id)

    before = auditor.get(*where)
    again = auditor.get(*where, again="1")

    assert "<svg viewBox" not in before.page
    said = {"en": "The same data give the same figures.", "zh": "相同数据得出相同结果。"}[language]
    assert said in again.text and said not in before.text
    assert "Ppk" in again.text


def test_a_file_that_was_changed_on_the_disk_is_said_and_not_a_fault(world):
    put_forward(world)
    made = Exhibit.objects.get()
    StoredFile.objects.filter(pk=made.file_id).update(sha256="0" * 64)

    answer = desk(world, "lead").get("case-exhibit", world.case.public_id, made.public_id, again="1")
    assert answer.status == 200
    assert "It cannot be computed again." in answer.text


def test_the_client_takes_it_back_with_a_reason(world):
    put_forward(world)
    made, one = Exhibit.objects.get(), desk(world)
    form = one.form("case-exhibit", world.case.public_id, made.public_id, act="back")

    silent = one.send(form, reason=" ")
    assert (silent.status, silent.events) == (200, [])
    told = one.send(one.form("case-exhibit", world.case.public_id, made.public_id, act="back"), reason="Wrong gauge")
    assert (told.status, told.events) == (302, ["determination.exhibit_taken_back"])
    assert "Wrong gauge" in desk(world, "lead").get("case-exhibit", world.case.public_id, made.public_id).text


def test_the_auditor_takes_nothing_back(world):
    put_forward(world)
    made = Exhibit.objects.get()

    answer = desk(world, "lead").post("case-exhibit", world.case.public_id, made.public_id, act="back", reason="No")
    assert (answer.status, answer.events) == (200, [])
    assert "Only the client" in answer.text


def test_a_stranger_finds_neither_study_nor_exhibit(world):
    put_forward(world)
    made = Exhibit.objects.get()
    world.stranger = member(organisation("Strangers"), "quality", name="Mo")

    assert desk(world, "stranger").get("workshop-study-attach", world.study.public_id).status == 404
    assert desk(world, "stranger").get("case-exhibit", world.case.public_id, made.public_id).status == 404
