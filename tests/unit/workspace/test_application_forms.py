"""The application as its applicant fills it in, keeps it and hands it in; people of a body; one's own organisation."""

from __future__ import annotations

import hashlib
from datetime import date

import pytest

from kept_world import world_fixture
from testamur.parties.models import Engagement, Site
from testamur.selection.form import form as form_of
from testamur.selection.models import Application, Attachment, Case, Competence
from tests.unit.selection.world import PDF, QMS, TODAY, ProcessWorld
from tests.unit.workspace.forms import NONSENSE, Desk

GOOD_CODE, BAD_CODE = "91350100M000100Y43", "91350100M000100Y48"


class DraftWorld(ProcessWorld):
    """An application that is being filled in, and one that is ready to be handed in."""

    def __init__(self) -> None:
        super().__init__()
        self.draft_id = self.open().pk
        whole = self.open()
        self.fill_in(whole)
        self.whole_id = whole.pk

    @property
    def draft(self) -> Application:
        return Application.objects.get(case=self.draft_id)

    @property
    def whole(self) -> Application:
        return Application.objects.get(case=self.whole_id)


kept_world = world_fixture(DraftWorld)


def desk(world, who="applicant"):
    return Desk(getattr(world, who), TODAY)


def filling(world):
    client = desk(world)
    return client, client.form("application", world.draft.case.public_id, having="activities")


# Filling in ----------------------------------------------------------------------------------------------------------


def test_a_draft_keeps_what_was_typed_and_says_so(world):
    client, form = filling(world)

    answer = client.send(form, activities="Machining of rings", uscc=GOOD_CODE, _go="save")

    assert answer.status == 302
    assert "The draft is saved." in answer.text
    assert (world.draft.answers["activities"], world.draft.answers["uscc"]) == ("Machining of rings", GOOD_CODE)


def test_progress_counts_what_must_be_answered_and_names_what_is_optional_apart(world):
    def parts():
        return {one.part.id: one for one in form_of(world.draft).parts}

    people = parts()["people"]
    must = [one.id for one in people.asked if one.field.required]
    assert (people.done, [one.id for one in people.required], people.optional_left) == (0, must, 2)
    assert len(must) < len(people.asked)

    client, form = filling(world)
    assert f"0 / {len(must)}, 2 optional left" in client.get("application", world.draft.case.public_id).page
    page = client.send(form, **dict.fromkeys(must, "40"), _go="save").page
    assert "complete, 2 optional left" in page

    more = parts()["conditions"]
    asked = {one.id for one in more.required}
    assert asked == {one.id for one in more.asked if one.field.required}
    assert not {one.id for one in more.fields if not one.shown} & asked


@pytest.mark.parametrize(("go", "to"), [("leave", "/"), ("check", "/application/check/"), ("save", "/application/")])
def test_each_button_keeps_the_draft_first(world, go, to):
    client, form = filling(world)

    answer = client.send(form, activities=f"Typed for {go}", _go=go)

    assert (answer.status, answer.to.endswith(to)) == (302, True)
    assert world.draft.answers["activities"] == f"Typed for {go}"


def test_a_wrong_code_is_explained_and_accepted_only_with_a_reason(world):
    client, form = filling(world)
    client.send(form, uscc=BAD_CODE, _go="save")

    page = client.get("application", world.draft.case.public_id)

    assert BAD_CODE in page.page
    assert "The last character should be 3, not 8" in page.alert
    assert "say why it is right" in page.alert


def test_an_older_page_overwrites_nothing_and_shows_what_was_typed(world):
    client, form = filling(world)
    client.send(form, activities="first words", _go="save")

    answer = client.send(form, activities="second words", _go="save")

    assert answer.status == 200
    assert "changed this at" in answer.alert
    assert "second words" in answer.page
    assert world.draft.answers["activities"] == "first words"


@pytest.mark.parametrize("typed", NONSENSE)
def test_nonsense_is_kept_or_told_and_breaks_nothing(world, typed):
    client, form = filling(world)
    changes = dict.fromkeys(form.asked - form.files - {"version", "csrfmiddlewaretoken"}, typed)

    answer = client.send(form, **changes, _go="save")

    assert answer.status in (200, 302)
    assert client.get("application", world.draft.case.public_id).status == 200
    assert client.send(form, version=typed, activities="x", _go="save").status in (200, 302)
    assert client.send(form, _detach=typed, _go="save").status in (200, 302, 404)
    assert "<script>alert(1)" not in answer.page


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (("manual.pdf", b""), "0 bytes"),
        (("manual.pdf", b"MZ\x90\x00" + b"\x00" * 64), "Save it as one of these"),
        (("manual.png", PDF), "Check that it is"),
    ],
)
def test_a_file_that_cannot_be_kept_is_told_at_its_field_and_the_draft_stays(world, file, said):
    client, form = filling(world)

    answer = client.send(form, activities="kept", manual=file, _go="save")

    assert answer.status == 200
    assert said in answer.alert
    assert world.draft.answers["activities"] == "kept"
    assert not Attachment.objects.filter(application=world.draft).exists()


def test_a_file_is_kept_under_its_digest_and_can_be_taken_off(world):
    client, form = filling(world)
    client.send(form, manual=("manual.pdf", PDF), _go="save")
    row = Attachment.objects.get(application=world.draft)
    assert row.file.sha256 == hashlib.sha256(PDF).hexdigest()

    form = client.form("application", world.draft.case.public_id, having="activities")
    client.send(form, _detach=row.pk, _go="save")

    row.refresh_from_db()
    assert row.removed_at


# Handing in ----------------------------------------------------------------------------------------------------------


def test_an_application_is_handed_in_once(world):
    client = desk(world)
    form = client.form("application-check", world.whole.case.public_id, having="version")

    answer = client.send(form)
    again = client.send(form)

    assert (answer.status, answer.events[-1]) == (302, "application.submitted"), answer.alert
    assert "The application is handed in." in answer.text
    assert again.events == []
    assert world.whole.state == "submitted"


def test_an_incomplete_one_lists_what_is_missing_and_stays_a_draft(world):
    answer = desk(world).post("application-check", world.draft.case.public_id, version=world.draft.version)

    assert (answer.status, answer.events) == (200, [])
    assert answer.alert
    assert world.draft.state == "draft"


def test_an_older_page_hands_nothing_in(world):
    answer = desk(world).post("application-check", world.whole.case.public_id, version=0)

    assert (answer.status, answer.events) == (200, [])
    assert "changed this at" in answer.text


def test_what_was_handed_in_is_changed_no_more(world):
    client = desk(world)
    form = client.form("application", world.whole.case.public_id, having="activities")
    client.post("application-check", world.whole.case.public_id, version=world.whole.version)
    before = world.whole.answers

    answer = client.send(form, activities="Other words", _go="save")

    assert answer.status == 200
    assert answer.alert
    assert world.whole.answers == before


@pytest.mark.parametrize("page", ["application", "application-check", "application-draft"])
@pytest.mark.parametrize("who", ["outsider", "planner"])
def test_a_draft_is_its_applicants_alone(world, page, who):
    answer = desk(world, who).post(page, world.draft.case.public_id, version=world.draft.version, activities="x")

    assert (answer.status, answer.events) == (404, [])
    assert "activities" not in world.draft.answers


def test_a_draft_kept_while_writing_answers_with_its_version(world):
    client, form = filling(world)
    form.action = client.address("application-draft", world.draft.case.public_id)

    kept = client.send(form, activities="as I write")
    stale = client.send(form, activities="older words")

    assert (kept.status, stale.status) == (200, 200)
    assert "changed this at" in stale.text
    assert world.draft.answers["activities"] == "as I write"


def test_a_button_pressed_while_the_page_keeps_itself_is_not_refused(world):
    client, form = filling(world)
    button, autosave = form.action, client.address("application-draft", world.draft.case.public_id)
    form.action = autosave
    client.send(form, activities="as I wri")

    form.action = button
    pressed = client.send(form, activities="as I write", _go="check")  # the page did not hear of the new version yet

    assert pressed.to.endswith("/application/check/")
    assert world.draft.answers["activities"] == "as I write"
    form.action = autosave
    late = client.send(form, activities="as I")
    assert "changed this at" in late.text and world.draft.answers["activities"] == "as I write"


def test_another_open_page_of_ones_own_is_not_overwritten_unseen(world):
    client, form = filling(world)
    other = client.form("application", world.draft.case.public_id, having="activities")
    client.send(other, activities="from the other page", _go="save")

    refused = client.send(form, activities="from this page", _go="save")

    assert "changed this at" in refused.alert and "from this page" in refused.page
    assert world.draft.answers["activities"] == "from the other page"


# People --------------------------------------------------------------------------------------------------------------


def person_page(world, act, who="planner"):
    planner = desk(world, who)
    return planner, planner.form("person", world.reviewer.person.public_id, act=act)


def judged(world):
    return {"role": "lead_auditor", "in-document": [QMS], "in-sector": ["17"], "evidence": "Witnessed",
            "from_day": TODAY}  # fmt: skip


def test_competence_is_judged_from_a_day_for_fields(world):
    planner, form = person_page(world, "judge")

    answer = planner.send(form, **judged(world))
    again = planner.send(form, **judged(world))

    assert (answer.status, answer.events, again.events) == (302, ["competence.judged"], []), answer.alert
    row = Competence.objects.get(person=world.reviewer.person)
    assert (row.role, row.from_day, row.until_day) == ("lead_auditor", TODAY, None)


@pytest.mark.parametrize(
    "change",
    [
        {"role": "pope"}, {"from_day": "soon"}, {"until_day": "soon"}, {"until_day": "9999-12-31"},
        {"until_day": date(2020, 1, 1)}, {"evidence": "x" * 400}, {"evidence": " "},
        {"in-document": [], "in-sector": []},
    ],
)  # fmt: skip
def test_a_judgement_lacking_something_is_told_and_none_is_recorded(world, change):
    planner, form = person_page(world, "judge")

    answer = planner.send(form, **{**judged(world), **change})

    assert (answer.status, answer.events) == (200, [])
    assert answer.alert
    assert not Competence.objects.filter(person=world.reviewer.person).exists()


TIE = {"kind": "consulting", "tie_from": date(2025, 1, 1), "source": "own statement"}


def test_a_tie_is_recorded_by_the_clients_name(world):
    planner, form = person_page(world, "tie")

    answer = planner.send(form, client="Sample Rings", **TIE)

    assert (answer.status, len(answer.events)) == (302, 1), answer.alert
    assert Engagement.objects.get().client == world.client


@pytest.mark.parametrize(
    "change",
    [
        {"client": "Nobody Ltd"}, {"client": ""}, {"kind": "friendship"}, {"tie_from": ""}, {"tie_until": "soon"},
        {"tie_until": date(2024, 1, 1)}, {"source": "x" * 400}, {"source": ""},
    ],
)  # fmt: skip
def test_a_tie_lacking_something_is_told_and_none_is_recorded(world, change):
    planner, form = person_page(world, "tie")

    answer = planner.send(form, **{"client": "Sample Rings", **TIE, **change})

    assert (answer.status, answer.events) == (200, [])
    assert answer.alert
    assert not Engagement.objects.exists()


def test_a_competence_ends_today_and_only_ones_own_bodys(world):
    row = Competence.objects.get(person=world.lead.person)
    stranger = desk(world, "outsider").post("person", world.lead.person.public_id, act="end", competence=row.pk)
    odd = desk(world, "planner").post("person", world.lead.person.public_id, act="end", competence="²")
    assert (stranger.status, odd.status) == (404, 404)

    answer = desk(world, "planner").post("person", world.lead.person.public_id, act="end", competence=row.pk)

    assert (answer.status, answer.events) == (302, ["competence.withdrawn"])


def test_who_neither_plans_nor_administers_judges_nobody(world):
    answer = desk(world, "reviewer").post("person", world.lead.person.public_id, act="judge", **judged(world))

    assert (answer.status, answer.events) == (200, [])
    assert Competence.objects.filter(person=world.lead.person).count() == 1


# One's own organisation ----------------------------------------------------------------------------------------------


SITE = {"name_zh": "示例三厂", "address_zh": "示例路9号", "country": "CN", "headcount": "30"}


def test_a_site_sent_twice_is_added_once(world):
    client = desk(world)
    form = client.form("organisation-site-new", having="headcount")
    before = Site.objects.count()

    answer = client.send(form, **SITE)
    again = client.send(form, **SITE)

    assert (answer.status, answer.events) == (302, ["site.added"])
    assert (again.status, again.events) == (302, [])
    assert Site.objects.count() == before + 1


@pytest.mark.parametrize("typed", NONSENSE)
def test_nonsense_about_ones_organisation_is_told(world, typed):
    client = desk(world)
    for page in ("organisation-details", "organisation-site-new", "organisation-code", "organisation-invite"):
        form = client.form(page)
        changes = dict.fromkeys(form.asked - {"csrfmiddlewaretoken"}, typed)
        assert client.send(form, **changes).status in (200, 302, 403), page


@pytest.mark.parametrize(
    "page", ["organisation-details", "organisation-code", "organisation-invite", "organisation-owner",
             "organisation-key"],
)  # fmt: skip
def test_who_does_not_administer_changes_nothing(world, page):
    answer = desk(world, "planner").post(page, **SITE, email="x@sample.example", uscc=GOOD_CODE)

    assert (answer.status, answer.events) == (403, [])
    assert Case.objects.count() == 2
