"""Pages of a study put forward in a case, drawn from a test's own world."""

from __future__ import annotations

from typing import Any

import pytest

from kept_world import world_fixture
from small_world import member
from testamur.determination.models import Exhibit
from testamur.files import actions as files
from testamur.kernel import clock
from tests.browser.test_pages import WIDTHS
from tests.unit.selection.world import ProcessWorld
from tests.unit.studies.bore import DAY, bore
from tests.unit.workspace.forms import Desk


class StudyWorld(ProcessWorld):
    """A case in determination, and a study of its client."""

    def __init__(self) -> None:
        super().__init__()
        self.case_id = self.determining().public_id
        self.study = bore(self, title="二号线孔径 Ppk")
        self.quality = member(self.client, "quality", name="Qian")


kept_world = world_fixture(StudyWorld)


@pytest.fixture(autouse=True)
def own_folders() -> None:
    """The world's files stay where the world put them."""


@pytest.fixture
def world(kept_world: Any, db: None) -> Any:
    clock.permit_travel(True)
    return kept_world


@pytest.mark.parametrize("language", WIDTHS)
def test_putting_a_study_forward_and_computing_it_again_has_no_barrier(world, drawn, language) -> None:
    client = Desk(world.quality, DAY, language)
    form = client.form("workshop-study-attach", world.study.public_id, having="clauses")
    for page in (client.get("workshop-study-attach", world.study.public_id), client.send(form, case="")):
        assert drawn(page.page, page.status, language) == []
    client.send(form, case=world.case_id, clauses="8.5.1")

    made, auditor = Exhibit.objects.get(), Desk(world.lead, DAY, language)
    where = ("case-exhibit", world.case_id, made.public_id)
    for page in (
        auditor.get("determination", world.case_id),
        auditor.get(*where),
        auditor.get(*where, again="1"),
        client.get(*where),
    ):
        assert drawn(page.page, page.status, language) == []

    content = files.path_of(made.file.sha256).read_bytes().replace(b'"n":125', b'"n":250')
    made.file = files.store(content, name="study.json")
    made.save(update_fields=["file"])
    changed = auditor.get(*where, again="1")
    assert ">250<" in changed.page
    assert drawn(changed.page, changed.status, language) == []
