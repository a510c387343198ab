"""The application: what a draft keeps, what is said at each field, what handing in needs."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from testamur.journal.models import Event
from testamur.kernel.refusal import Refused
from testamur.parties.actions import bar, state_fact
from testamur.parties.models import Fact, Identifier
from testamur.schemes.language.library import Library
from testamur.selection import actions, fields
from testamur.selection.form import form
from testamur.selection.models import Application
from testamur.selection.turns import Problems
from tests.unit.selection.world import JPEG, PDF, TODAY, USCC, at, on

DEFINITION = Library().load("cn-qms@2026-1")


def save(world, application, by=None, version=None, reasons=None, **answers):
    with on(TODAY) as moment:
        return actions.save_draft(
            application=application,
            answers=answers,
            reasons=reasons or {},
            version=version,
            by=by or world.applicant,
            at=moment,
        )


def test_a_wrong_check_character_is_explained_and_the_draft_keeps_it(world):
    application = world.open().application

    shown = save(world, application, uscc="91350100M000100Y48")

    (problem,) = shown.errors["uscc"]
    assert "should be 3, not 8" in str(problem)
    assert problem.rule == "CN.uscc"
    application.refresh_from_db()
    assert application.answers["uscc"] == "91350100M000100Y48"


def test_a_wrong_check_character_is_accepted_with_a_stated_reason(world):
    application = world.open().application

    shown = save(
        world, application, uscc="91350100M000100Y48", reasons={"uscc": "An early code; the licence shows it so."}
    )

    assert "uscc" not in shown.errors
    assert shown.view("uscc").value == "91350100M000100Y48"


def test_a_code_handed_in_with_a_reason_is_kept_as_a_mismatch_with_that_reason(world):
    case = world.open()
    save(world, case.application, uscc="91350100M000100Y48", reasons={"uscc": "An early code."})
    world.submitted(case, uscc="91350100M000100Y48")

    row = Identifier.objects.get(organisation=world.client, scheme="CN.uscc")
    assert (row.state, row.reason) == (Identifier.State.CHECKSUM_MISMATCH, "An early code.")


def test_a_draft_keeps_nonsense_and_says_at_each_field_what_is_wrong(world):
    application = world.open().application

    shown = save(world, application, full_time="about a hundred", system_started="2026-02-30", nace=["99.99"])

    assert set(shown.errors) == {"full_time", "system_started", "nace"}
    assert "not a number" in str(shown.errors["full_time"][0])
    assert "no day 2026-02-30" in str(shown.errors["system_started"][0])
    application.refresh_from_db()
    assert application.answers["full_time"] == "about a hundred"


def test_handing_in_lists_everything_that_is_missing_or_wrong_with_its_source(world):
    application = world.open().application
    save(world, application, full_time="0")

    with on(TODAY) as moment, pytest.raises(Problems) as caught:
        actions.submit(application=application, version=None, by=world.applicant, at=moment)

    named = {problem.field for problem in caught.value.problems}
    assert {"applicant", "sites", "full_time", "uscc", "manual", "stop_order"} <= named
    assert all(problem.source for problem in caught.value.problems)
    application.refresh_from_db()
    assert application.state == Application.State.DRAFT


def test_a_page_that_a_colleague_overtook_is_refused_and_nothing_of_theirs_is_lost(world):
    application = world.open().application
    save(world, application, version=0, activities="Turning")

    with pytest.raises(Refused, match="Sample Wu changed this"):
        save(world, application, version=0, activities="Milling")

    application.refresh_from_db()
    assert application.answers["activities"] == "Turning"


def test_handed_in_twice_it_is_handed_in_once(world):
    case = world.submitted()
    application = case.application

    with on(TODAY) as moment:
        again = actions.submit(application=application, version=application.version - 1, by=world.applicant, at=moment)

    assert again.pk == application.pk
    assert Event.objects.filter(kind="application.submitted").count() == 1


def test_after_handing_in_the_answers_stand(world):
    case = world.submitted()

    with pytest.raises(Refused, match="handed in on"):
        save(world, case.application, activities="Something else")


def test_a_stranger_cannot_fill_in(world):
    with pytest.raises(Refused, match="Only the applicant"):
        save(world, world.open().application, by=world.outsider, activities="x")


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (b"", "empty.pdf", "empty"),
        (b"MZ\x90\x00" + b"\x00" * 60, "tool.pdf", "pdf"),
        (PDF + b" " * 51_000_000, "big.pdf", "at most 50 MB"),
    ],
)
def test_a_file_of_nothing_of_the_wrong_kind_or_too_large_is_refused_at_its_field(world, content, name, said):
    application = world.open().application

    with on(TODAY) as moment, pytest.raises(Refused) as caught:
        actions.attach(
            application=application, field="manual", content=content, name=name, by=world.applicant, at=moment
        )

    assert caught.value.field == "manual"
    assert said in str(caught.value).lower() or said in str(caught.value)
    assert not application.attachments.exists()


def test_the_same_file_sent_twice_is_one_file_and_a_removed_one_counts_no_more(world):
    application = world.open().application
    with on(TODAY) as moment:
        first = actions.attach(
            application=application, field="manual", content=PDF, name="m.pdf", by=world.applicant, at=moment
        )
        second = actions.attach(
            application=application, field="manual", content=PDF, name="m.pdf", by=world.applicant, at=moment
        )
        assert first.pk == second.pk
        actions.detach(attachment=first, by=world.applicant, at=moment)

    assert form(application).view("manual").lacking


def test_a_kind_of_file_the_field_does_not_take_is_refused(world):
    application = world.open().application

    with on(TODAY) as moment, pytest.raises(Refused):
        actions.attach(
            application=application, field="manual", content=JPEG, name="photo.jpg", by=world.applicant, at=moment
        )


@pytest.mark.parametrize("central", [0, 2])
def test_exactly_one_site_holds_the_central_function(world, central):
    rows = [{"name": f"Works {n}", "address": "Sample Road", "headcount": 3, "central": n < central} for n in range(3)]

    shown = save(world, world.open().application, sites=rows)

    assert f"{central} sites are marked" in str(shown.errors["sites"][0])


def test_a_day_still_to_come_is_refused_unless_it_is_explained(world):
    application = world.open().application
    tomorrow = (TODAY + timedelta(days=1)).isoformat()

    shown = save(world, application, system_started=tomorrow)
    assert "still to come" in str(shown.errors["system_started"][0])

    assert "system_started" not in save(world, application, reasons={"system_started": "We begin tomorrow."}).errors


def test_a_part_is_asked_only_where_its_condition_holds(world):
    case = world.open("licence-certification-body", issuer=world.regulator)

    without = save(world, case.application, product_cert="no", test_capability="yes")
    assert not without.view("test_capability").shown
    assert "form.test_capability" not in without.facts

    with_products = save(world, case.application, product_cert="yes")
    assert with_products.view("test_capability").shown
    assert with_products.facts["form.test_capability"] is True


def test_what_was_answered_elsewhere_and_is_fresh_is_offered_and_not_asked_again(world):
    with on(TODAY) as moment:
        state_fact(party=world.client, name="organisation.uscc", value=USCC, by=world.applicant, at=moment)
    application = world.open().application

    assert form(application).view("uscc").offered.value == USCC
    assert form(application).view("applicant").offered.value["id"] == world.client.public_id
    with on(TODAY) as moment:
        shown = actions.take_over(application=application, version=None, by=world.applicant, at=moment)
    assert shown.view("uscc").value == USCC


def test_an_answer_older_than_the_scheme_allows_is_not_offered(world):
    case = world.open("licence-certification-body", issuer=world.regulator)
    Fact.objects.create(organisation=world.client, name="organisation.premises", value=True, stated_on=date(2025, 8, 1))
    save(world, case.application, premises="yes")

    assert form(case.application).view("premises_proof").offered is None


def test_handing_in_states_the_facts_that_other_schemes_ask_for_and_names_the_sites(world):
    case = world.submitted()

    assert Fact.objects.filter(organisation=world.client, name="organisation.uscc").exists()
    assert [site.central for site in world.client.sites.all()] == [True, False]
    assert all(row["site"] for row in case.application.answers["sites"])


def test_who_is_barred_cannot_apply(world):
    with on(TODAY) as moment:
        bar(
            party=world.client,
            ground="dishonesty_list",
            from_day=TODAY,
            until_day=TODAY + timedelta(days=300),
            source="sample@2026#1",
            by=world.officer,
            at=moment,
        )

    with pytest.raises(Refused, match="barred"):
        world.open()


def test_a_scheme_that_ended_takes_no_application(world):
    with pytest.raises(Refused, match="ended on 2027-12-31"):
        world.open("voluntary-product-type5", day=date(2028, 1, 3))


def test_nobody_applies_to_themselves(world):
    applicant = world.planner
    with pytest.raises(Refused, match="cannot apply to itself"):
        world.open(client=world.body, by=applicant)


FIELD = {one.id: one for one in DEFINITION.fields}


@pytest.mark.parametrize(
    ("type_", "raw", "value"),
    [
        ("whole_number", " 1,180 ", 1180),
        ("decimal", "2.50", Decimal("2.50")),
        ("money", "3000000.00", Decimal("3000000.00")),
        ("date", "2026-02-28", date(2026, 2, 28)),
        ("yes_no", "no", False),
        ("text", "  words ", "words"),
        ("address", {"zh": "示例路8号", "en": ""}, {"zh": "示例路8号"}),
        ("people", [{"n": "3", "hours": "20"}, {}], [{"n": 3, "hours": "20"}]),
        ("country", "cn", "CN"),
    ],
)
@pytest.mark.django_db
def test_an_answer_of_each_kind_is_read_into_its_value(type_, raw, value):
    field = _field(type_)

    assert fields.read(field, raw, definition=DEFINITION, on=TODAY) == (value, [])


@pytest.mark.parametrize(
    ("type_", "raw", "said"),
    [
        ("whole_number", "3.5", "not a whole number"),
        ("whole_number", True, "not a number"),
        ("decimal", "NaN", "not a number"),
        ("money", "1.005", "two decimals"),
        ("date", "31.12.2025", "not a day"),
        ("date", "0999-01-01", "cannot be meant"),
        ("yes_no", "perhaps", "yes or no"),
        ("text", "x" * 501, "501 characters"),
        ("sites", "one", "a list"),
        ("sites", [{"headcount": 3}], "no name"),
        ("people", [{"n": 3, "counted": 4}], "cannot be counted as 4"),
        ("products", [{"name": "Lamp"}, {"name": "Lamp"}], "the same as a line before"),
        ("country", "China", "no country"),
        ("organisation", {"id": "0000000000"}, "No organisation here"),
        ("person", {}, "name"),
    ],
)
@pytest.mark.django_db
def test_an_answer_of_the_wrong_kind_is_told_what_would_be_right(type_, raw, said):
    _value, problems = fields.read(_field(type_), raw, definition=DEFINITION, on=TODAY)

    assert said in str(problems[0])
    assert problems[0].source == "iso-17021-1@2015#9.1.1"


def _field(type_):
    from dataclasses import replace

    return replace(FIELD["activities"], type=type_, scope=None)


def test_every_type_of_field_can_be_read():
    from testamur.schemes.language.closed_lists import FIELDS

    assert set(fields._READERS) == set(FIELDS)


def test_a_case_taken_back_is_closed_with_its_reason(world):
    case = world.submitted()
    with on(TODAY) as moment:
        actions.take_back(case=case, reason="We wait a year.", by=world.applicant, at=moment)

    case.refresh_from_db()
    assert (case.stage, case.closed_because, case.application.state) == (
        "closed",
        {"en": "We wait a year."},
        "taken_back",
    )


def test_case_numbers_count_by_body_and_year(world):
    numbers = [world.open().number, world.open("cn-ems").number, world.open(day=date(2027, 1, 4)).number]

    assert numbers == ["A-2026-00001", "A-2026-00002", "A-2027-00001"]
    assert at(TODAY)
