"""What is typed and uploaded as a result: a sentence at its field, and nothing that was typed is lost."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from proficiency_bench import AFTER, VALUES, Bench, address, on, signed_in, text_of
from testamur.kernel.refusal import Refused
from testamur.proficiency import queries
from testamur.proficiency.actions import rounds
from testamur.proficiency.models import Submission

pytestmark = pytest.mark.django_db
DAY = date(2026, 3, 30)


@pytest.fixture
def bench():
    return Bench()


@pytest.fixture
def entry(bench):
    """Return the page of results with two laboratories enrolled, and the measurand's key."""
    found = bench.dispatched(labs=bench.labs[:2])
    return signed_in(bench.labs[0]), address(found, "results/"), bench.measurand.public_id


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("twelve", "is not a number"),
        ("12,5", "has a comma"),
        ("1,200.5", "has a comma"),
        ("12.5 mg/L", "Write the number alone, in µg/L"),
        ("12.5µg/L", "Write the number alone, in µg/L"),
        ("1_000", "is not a number"),
        ("²", "is not a number"),
        ("nan", "is not a number"),
        ("1e400", "is no measured value"),
        ("<0", "limit of quantification is above 0"),
        ("<<1", "is not a number"),
        ("9" * 40, "is not a number"),
    ],
)
def test_what_is_no_value_is_told_at_its_field_and_stays_typed(entry, typed, sentence):
    lab, page, key = entry
    with on(DAY):
        shown = text_of(lab.post(page, {f"{key}-values": typed, f"{key}-method": "Kept method"}))
    assert sentence in shown and 'value="Kept method"' in shown and "aria-invalid" in shown
    assert f'href="#{key}-values"' in shown or f"#f-{key}-values" in shown or f"{key}-values" in shown
    assert not Submission.objects.exists()


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"U": "-1", "k": "2"}, "an uncertainty is above 0"),
        ({"U": "0", "k": "2"}, "an uncertainty is above 0"),
        ({"U": "0.2"}, "give the coverage factor"),
        ({"U": "0.2", "k": "0"}, "between 0.5 and 10"),
        ({"U": "0,2", "k": "2"}, "has a comma"),
    ],
)
def test_an_uncertainty_is_above_nought_and_has_its_factor(entry, more, sentence):
    lab, page, key = entry
    with on(DAY):
        sent = {f"{key}-values": "12.0", **{f"{key}-{name}": value for name, value in more.items()}}
        shown = text_of(lab.post(page, sent))
    assert sentence in shown and 'value="12.0"' in shown and not Submission.objects.exists()


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("0", "0"), ("-0.3", "-0.3"), ("<0.05", "<0.05"), ("＜０．０５", "<0.05"), ("−1.5", "-1.5"),
     ("1000000012.3", "1000000012.3")],
)  # fmt: skip
def test_nought_negative_censored_and_signs_of_a_chinese_keyboard_are_results(entry, typed, kept):
    lab, page, key = entry
    with on(DAY):
        assert lab.post(page, {f"{key}-values": typed}).status_code == 302
    assert Submission.objects.get().body[key]["values"] == [kept]


def test_the_same_results_are_not_sent_twice_and_the_receipt_is_named(entry):
    lab, page, key = entry
    with on(DAY):
        assert lab.post(page, {f"{key}-values": "12.0"}).status_code == 302
        shown = text_of(lab.post(page, {f"{key}-values": "12.0"}))
    assert Submission.objects.get().public_id in shown and "exactly these results already" in shown


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        (b"", "first row names the columns"),
        (b"Lead,12.0\n", "first row names the columns"),
        (b"measurand,value\nLead,12.0\nLead,12.1\n", "or stands there twice"),
        (b"measurand,value\nLead,12,5\n", "more cells than the first row names"),
        (b"measurand;value\nLead;12,5\n", "has a comma"),
        (b"measurand,value\nLead," + b"1" * 200_000 + b"\n", "holds more than any result"),
        (b"\x89PNG\x00\x01", "neither text"),
    ],
)
def test_a_table_that_cannot_be_read_says_why(entry, table, sentence):
    lab, page, _key = entry
    with on(DAY):
        assert sentence in text_of(lab.post(page, {"file": SimpleUploadedFile("r.csv", table)}))
    assert not Submission.objects.exists()


def test_replicates_are_asked_for_each_at_its_own_field(bench):
    found = bench.dispatched(labs=bench.labs[:2], replicates=2)
    lab, page, key = signed_in(bench.labs[0]), address(found, "results/"), bench.measurand.public_id
    with on(DAY):
        shown = text_of(lab.post(page, {f"{key}-values": "12.0", f"{key}-values-1": ""}))
        assert ("give 2 results" in shown and f'id="{key}-values-1-error"' in shown) or f"{key}-values-1" in shown
        assert lab.post(page, {f"{key}-values": "12.0", f"{key}-values-1": "12.2"}).status_code == 302


def test_where_the_uncertainty_judges_it_is_asked_for(bench):
    found = bench.draft(measurand={"value_by": "reference", "score_by": "En"})
    with on(date(2026, 2, 9)) as at:
        rounds.state_value(
            measurand=bench.measurand, value=Decimal(12), U=Decimal("0.1"), k=Decimal(2), source="Certificate",
            by=bench.keeper, at=at,
        )  # fmt: skip
        rounds.open_round(found=found, by=bench.keeper, at=at)
    bench.opened = lambda **_more: found
    found = bench.dispatched(labs=bench.labs[:1])
    lab, page, key = signed_in(bench.labs[0]), address(found, "results/"), bench.measurand.public_id
    with on(DAY):
        assert "judged with your uncertainty" in text_of(lab.post(page, {f"{key}-values": "12.0"}))
        assert lab.post(page, {f"{key}-values": "<12.0"}).status_code == 302


@pytest.mark.parametrize("cell", ["12,5\t12,6", "x\t12", "", "12.0", "1e999\t1e999", "<1\t<1"])
def test_material_that_cannot_be_judged_says_why_and_stays_typed(bench, cell):
    found = bench.opened()
    client, page = signed_in(bench.keeper), address(found, f"measurands/{bench.measurand.public_id}/")
    with on(date(2026, 3, 12)):
        answer = client.post(page, {"act": "judge", "homogeneity": cell, "stability": "kept\ttyped"})
    assert answer.status_code == 200 and "kept" in answer.content.decode()
    assert not bench.measurand.checks.exists()


def sent_by_all(bench, values, **more):
    found = bench.dispatched(labs=bench.labs[: len(values)], **more)
    for lab, value in zip(bench.labs, values, strict=False):
        bench.send(found, lab, value)
    return found


def test_equal_results_have_scores_and_a_flag_and_no_density(bench):
    found = sent_by_all(bench, ["12.00"] * 8)
    edition = bench.propose(found)
    part = edition.body["parts"][0]
    assert {one["score"] for one in part["scores"]} == {0.0} and part["assigned"]["s"] == 0
    assert "no_variation" in [flag["code"] for flag in part["flags"]]
    with on(AFTER):
        shown = text_of(signed_in(bench.second).get(address(found, "evaluation/")))
    assert "All results are equal" in shown and "inf" not in shown.replace("info", "") and "nan" not in shown


def test_equal_results_give_no_sigma_and_the_page_says_so(bench):
    found = sent_by_all(bench, ["12.00"] * 8, measurand={"sigma_by": "data"})
    with on(AFTER):
        shown = text_of(signed_in(bench.keeper).post(address(found, "evaluation/"), {"act": "propose"}))
    assert "do not vary enough" in shown and queries.proposed(found) is None


def test_too_few_results_are_refused_or_flagged(bench):
    found = sent_by_all(bench, ["12.00"])
    with pytest.raises(Refused, match="at least two results"):
        bench.propose(found)
    few = sent_by_all(bench, VALUES[:5])
    assert "few" in [flag["code"] for flag in bench.propose(few).body["parts"][0]["flags"]]


def test_an_offset_of_a_thousand_million_leaves_the_scores(bench):
    near = bench.propose(sent_by_all(bench, VALUES)).body["parts"][0]
    far = bench.propose(sent_by_all(bench, [str(Decimal(value) + 10**9) for value in VALUES])).body["parts"][0]

    def ordered(part):
        return sorted(one["score"] for one in part["scores"])

    assert ordered(far) == pytest.approx(ordered(near), abs=1e-4)
