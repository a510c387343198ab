"""Five words, and coverage beside them."""

from __future__ import annotations

from datetime import date

import pytest

from small_world import EMS, PLATFORM, both, given, instant, node, organisation, site
from testamur.kernel.words import Answer, Coverage, Status
from testamur.parties.models import Person
from testamur.register import actions
from testamur.register.answers import answer, by_number, nothing_found
from testamur.register.claims import Claim
from testamur.register.documents import Document
from testamur.register.models import StatusChange
from testamur.register.words import number_key

pytestmark = pytest.mark.django_db
DAY = date(2026, 3, 1)


def change(attestation, to, on=DAY, **more):
    return actions.change_status(
        attestation=attestation, status=to, reason=more.pop("reason", both("r")), by=PLATFORM, at=instant(on), **more
    )


@pytest.fixture
def licensed(world):
    world.the_licence = world.licence()
    return world


def test_valid_with_every_authority_held(licensed):
    said = answer(licensed.certificate(origin="native", origin_name=""), on=DAY)

    assert (said.answer, said.status, said.authority, said.disclosure) == (Answer.VALID, Status.VALID, "held", "full")
    assert said.larger == "valid"


def test_suspended_is_a_status_and_not_valid_the_answer_with_its_reason(licensed):
    certificate = licensed.certificate(origin="native", origin_name="")
    row = StatusChange.objects.create(
        attestation=certificate, status="suspended", reason=both("Surveillance missed"), source="x@1#2",
        effective_at=instant(DAY), legal_word="暂停",
    )  # fmt: skip

    said = answer(certificate, on=DAY)

    assert (said.answer, said.status) == (Answer.NOT_VALID, Status.SUSPENDED)
    assert said.reasons[0].source == row.source
    assert said.reasons[0].facts["why"]["en"] == "Surveillance missed"


def test_a_broken_line_of_authority_makes_the_answer_not_valid_and_says_where(licensed):
    certificate = licensed.certificate(origin="native", origin_name="")
    change(licensed.the_licence, Status.WITHDRAWN)

    said = answer(certificate, on=DAY)

    assert (said.answer, said.status, said.authority) == (Answer.NOT_VALID, Status.VALID, "broken")
    assert "issued rightly" in said.reasons[0].message_id


def test_a_confidential_record_is_withheld_with_its_status(licensed):
    certificate = licensed.certificate(origin="native", origin_name="", confidential=True)

    said = answer(certificate, on=DAY)

    assert (said.answer, said.status, said.disclosure) == (Answer.WITHHELD, Status.VALID, "withheld")
    assert said.tree is None
    assert answer(certificate, on=DAY, disclosed=True).answer is Answer.VALID


def test_a_foreign_record_is_valid_by_its_source_with_authority_not_held_here(world):
    foreign = given(
        None, issuer=organisation("Foreign"), holder=world.client, lines=[], scheme_id="foreign", origin="mirrored"
    )

    said = answer(foreign, on=DAY)

    assert (said.answer, said.authority) == (Answer.VALID, "not_held_here")
    assert said.assurance.source == "Sample register"


def test_not_found_is_never_called_a_forgery(world):
    said = nothing_found()

    assert said.answer is Answer.NO_SUCH_RECORD
    assert said.headline == "No such record"


def test_an_issuer_that_does_not_report_here_is_told_apart(world):
    assert nothing_found(organisation("Silent Body")).answer is Answer.NOT_REPORTING
    world.certificate()
    assert nothing_found(world.body).answer is Answer.NO_SUCH_RECORD


def test_a_number_finds_none_one_or_several(world):
    one, other = world.certificate(number="A-1/2026"), world.certificate(number="a 1 2026")
    world.certificate(number="B-1")

    assert by_number("A12026") == [one, other]
    assert by_number("B-1", holder="valves") != []
    assert by_number("B-1", holder="pumps") == []
    assert by_number("C") == by_number("--") == []


def test_the_number_of_a_replaced_edition_leads_to_the_attestation_and_says_superseded(world):
    certificate = world.certificate(number="OLD-1")
    document = Document.of(certificate.editions.get()).with_(number="NEW-1", effective_on=DAY, issued_on=DAY)
    actions.add_edition(
        attestation=certificate, document=document, reason="change", reason_text=both("New name"), by=PLATFORM,
        at=instant(DAY),
    )  # fmt: skip

    assert by_number("OLD-1") == by_number("NEW-1") == [certificate]
    said = answer(certificate, on=DAY, edition=certificate.editions.get(edition=1))
    assert (said.edition.edition, said.answer != Answer.VALID) == (2, True)  # no licence in this world
    assert said.reasons[-1].message_id.startswith("You hold edition")


def test_a_person_is_found_only_by_number_and_whole_name(world):
    person = Person.objects.create(names={"en": "Sample Wang", "zh": "示例王"})
    registration = given(world.licences, issuer=world.regulator, person=person, lines=[], number="P-77", personal=True)

    assert by_number("P-77") == by_number("P-77", holder="Wang") == []
    assert by_number("P-77", holder="sample wang") == by_number("P-77", holder="示例王") == [registration]


# ------------------------------------------------------------ coverage


def asked(attestation, on=DAY, **claim):
    said = answer(attestation, on=on, claim=Claim(**claim))
    return said.coverage


def test_no_claim_no_coverage(licensed):
    assert answer(licensed.certificate(), on=DAY, claim=Claim()).coverage is None


def test_the_standard_is_covered_or_not(licensed):
    certificate = licensed.certificate()

    assert asked(certificate, standard="GB/T 19001-2016") is Coverage.COVERED
    assert asked(certificate, standard=EMS) is Coverage.NOT_COVERED


def test_a_model_is_covered_only_where_models_are_listed(licensed):
    listed = licensed.certificate(shown={"models": ["DN-15", "DN-20"]})

    assert asked(listed, model="dn15") is Coverage.COVERED
    assert asked(listed, model="DN-600") is Coverage.NOT_COVERED
    assert asked(licensed.certificate(), model="DN-15") is Coverage.CANNOT_BE_TOLD


def test_a_factory_is_looked_for_among_the_sites(licensed):
    certificate = licensed.certificate(sites=(site(both("East Works")),))

    assert asked(certificate, factory="east works") is Coverage.COVERED
    assert asked(certificate, factory="West") is Coverage.NOT_COVERED


def test_the_day_of_manufacture_is_judged_by_the_status_of_that_day(licensed):
    certificate = licensed.certificate(from_day=date(2025, 1, 1))
    change(certificate, Status.SUSPENDED, date(2026, 1, 1))

    assert asked(certificate, made_on=date(2025, 6, 1)) is Coverage.COVERED
    assert asked(certificate, made_on=date(2026, 2, 1)) is Coverage.NOT_COVERED
    assert asked(certificate, made_on=date(2024, 6, 1)) is Coverage.NOT_COVERED


def test_goods_made_after_the_end_may_be_sold_where_the_ground_says_so(world):
    from small_world import attestation_table, scheme, scope

    goods = scheme(
        "sample-goods",
        scope=[scope("document", "documents")],
        attestation=attestation_table("certificate", "G-{serial}"),
        ground=[
            {"id": "stopped", "to": "cancelled", "means": both("Production stopped."), "cause": "neither",
             "goods": {"made_before": "may_sell", "made_after": "may_sell"}},
            {"id": "unsafe", "to": "withdrawn", "means": both("Unsafe."), "cause": "holder",
             "goods": {"made_before": "stop_shipping", "made_after": "recall"}},
        ],
    )  # fmt: skip
    certificates = [given(goods, issuer=world.body, holder=world.client, lines=[{"document": node()}]) for _n in "ab"]
    change(certificates[0], Status.CANCELLED, ground="stopped")
    change(certificates[1], Status.WITHDRAWN, ground="unsafe")

    assert asked(certificates[0], made_on=date(2026, 3, 5)) is Coverage.COVERED
    assert asked(certificates[1], made_on=date(2026, 3, 5)) is Coverage.NOT_COVERED


def test_a_product_that_the_words_do_not_name_cannot_be_told(licensed):
    certificate = licensed.certificate(statement={"en": "Making of industrial valves", "zh": "工业阀门的制造"})

    assert asked(certificate, product="valves") is Coverage.COVERED
    assert asked(certificate, product="阀门") is Coverage.COVERED
    assert asked(certificate, product="alves") is Coverage.CANNOT_BE_TOLD


def test_a_lot_and_a_destination_are_not_guessed(licensed):
    certificate = licensed.certificate(shown={"lots": ["L1"]})

    assert asked(certificate, lot="l1") is Coverage.COVERED
    assert asked(certificate, lot="L2") is Coverage.NOT_COVERED
    assert asked(licensed.certificate(), lot="L1") is Coverage.CANNOT_BE_TOLD
    assert asked(certificate, destination="CN") is Coverage.COVERED
    assert asked(certificate, destination="BR") is Coverage.CANNOT_BE_TOLD


def test_coded_lines_are_judged_by_the_algebra_line_by_line(licensed):
    certificate = licensed.certificate("17")
    inside = {"document": node(), "sector": {"tree": "sectors@test", "node": "17"}, "site": "all"}
    outside = {**inside, "sector": {"tree": "sectors@test", "node": "29"}}

    assert asked(certificate, lines=(inside,)) is Coverage.COVERED
    assert asked(certificate, lines=(outside,)) is Coverage.NOT_COVERED
    assert asked(certificate, lines=(inside, outside)) is Coverage.PARTLY


def test_the_larger_word_is_the_worse_of_answer_and_coverage(licensed):
    certificate = licensed.certificate(shown={"models": ["A"]}, origin="native", origin_name="")

    said = answer(certificate, on=DAY, claim=Claim(model="B", standard="gbt-19001@2016"))

    assert (said.answer, said.coverage, said.larger) == (Answer.VALID, Coverage.PARTLY, "valid_partly")
    assert [line.coverage for line in said.lines] == [Coverage.COVERED, Coverage.NOT_COVERED]
    lost = answer(certificate, on=date(2040, 1, 1), claim=Claim(model="A"))
    assert lost.larger == "not_valid"


def test_one_key_for_every_spelling_is_kept_with_the_record(licensed):
    certificate = licensed.certificate(number="ＱＭＳ－１")

    assert certificate.current.number_key == number_key("qms 1")
