"""A round from its draft to its report: what may happen when, and what is refused."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from proficiency_bench import DISPATCH, HOMOGENEOUS, RESULTS, UNEVEN, VALUES, Bench, on
from small_world import member
from testamur.journal.models import Event
from testamur.kernel.refusal import Refused
from testamur.proficiency import queries
from testamur.proficiency.actions import editions, material, participants, rounds
from testamur.proficiency.models import Edition, Measurand, Round, Score

pytestmark = pytest.mark.django_db


@pytest.fixture
def bench():
    return Bench()


def test_a_draft_is_edited_and_an_opened_round_is_not(bench):
    found = bench.draft()
    with on(date(2026, 2, 3)) as at:
        rounds.edit(found=found, title={"en": "Lead and cadmium"}, by=bench.keeper, at=at, version=1)
        with pytest.raises(Refused, match="meanwhile"):
            rounds.edit(found=found, title={"en": "X"}, by=bench.second, at=at, version=1)
        rounds.open_round(found=found, by=bench.keeper, at=at)
        with pytest.raises(Refused, match="new version"):
            rounds.edit(found=found, title={"en": "X"}, by=bench.keeper, at=at)
        with pytest.raises(Refused, match="new version"):
            rounds.set_measurand(found=found, by=bench.keeper, at=at, name={"en": "Zinc"}, sigma_pt=Decimal(1))


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"sigma_pt": None}, "σ_pt"),
        ({"sigma_pt": Decimal(0)}, "σ_pt"),
        ({"sigma_by": "horwitz"}, "mass fraction"),
        ({"score_by": "zeta"}, "independent"),
        ({"name": {}}, "Name what"),
    ],
)
def test_a_measurand_is_said_completely(bench, values, said):
    found = bench.draft()
    with on(date(2026, 2, 3)) as at, pytest.raises(Refused, match=said):
        wanted = {"name": {"en": "Zinc"}, "sigma_pt": Decimal(1), **values}
        rounds.set_measurand(found=found, by=bench.keeper, at=at, **wanted)


def test_days_follow_each_other_and_rules_are_written_down_before_it_opens(bench):
    with pytest.raises(Refused, match="dispatched after enrolment"):
        bench.draft(dispatch_on=date(2026, 3, 1))
    found = bench.draft(rules={})
    with on(date(2026, 2, 9)) as at, pytest.raises(Refused, match="Write down the rules"):
        rounds.open_round(found=found, by=bench.keeper, at=at)
    late = bench.draft()
    with on(date(2026, 3, 11)) as at, pytest.raises(Refused, match="has passed"):
        rounds.open_round(found=late, by=bench.keeper, at=at)


def test_only_the_provider_with_the_function_runs_its_round(bench):
    found = bench.draft()
    clerk = member(bench.provider, "statistics", name="Ma")
    for by in (clerk, bench.labs[0], bench.outsider):
        with on(date(2026, 2, 9)) as at, pytest.raises(Refused):
            rounds.open_round(found=found, by=by, at=at)
    found.refresh_from_db()
    assert found.state == Round.State.DRAFT


def test_changed_rules_are_a_new_version_and_never_say_who_is_told(bench):
    found = bench.opened()
    part = bench.enrol(found, bench.labs[0])
    with on(date(2026, 3, 3)) as at:
        second = rounds.change_rules(
            found=found, reason="Carrier delayed", results_until=date(2026, 4, 17), by=bench.keeper, at=at
        )
        with pytest.raises(Refused, match="only days and words"):
            rounds.change_rules(found=found, reason="x", grouping="apart", by=bench.keeper, at=at)
        with pytest.raises(Refused, match="Say why"):
            rounds.change_rules(found=found, reason=" ", report_on=date(2026, 5, 20), by=bench.keeper, at=at)
        part.refresh_from_db()
        assert part.seen.number == 1 and second.number == 2
        participants.see_rules(participant=part, rules=second.digest, by=bench.labs[0], at=at)
    part.refresh_from_db()
    assert part.seen == second and part.rules.number == 1


def test_a_laboratory_enrols_once_in_time_by_the_rules_it_read(bench):
    found = bench.opened()
    with on(date(2026, 3, 2)) as at, pytest.raises(Refused, match="changed while you read"):
        participants.enrol(found=found, rules="0" * 64, by=bench.labs[0], at=at)
    part = bench.enrol(found, bench.labs[0])
    assert part.rules.digest == found.rules_versions.get().digest
    with pytest.raises(Refused, match="already"):
        bench.enrol(found, bench.labs[0])
    digest = found.rules_versions.get().digest
    with on(date(2026, 3, 11)) as at, pytest.raises(Refused, match="Enrolment ended"):
        participants.enrol(found=found, rules=digest, by=bench.labs[1], at=at)
    with pytest.raises(Refused, match="no part in its own"):
        bench.enrol(found, bench.keeper)
    with pytest.raises(Refused):
        bench.enrol(found, member(bench.labs[2].organisation, "statistics", name="Ma"))


def test_codes_are_drawn_anew_in_every_round(bench):
    first, second = bench.opened(), bench.opened()
    codes = [{bench.enrol(found, lab).code for lab in bench.labs} for found in (first, second)]
    assert all(len(one) == 14 for one in codes) and codes[0] != codes[1]


def test_an_uneven_material_is_not_dispatched_unless_it_is_allowed_with_z_prime(bench):
    found = bench.opened()
    bench.enrol(found, bench.labs[0])
    with on(date(2026, 3, 12)) as at:
        with pytest.raises(Refused, match="judge the homogeneity"):
            rounds.dispatch(found=found, by=bench.keeper, at=at)
        check = material.judge(measurand=bench.measurand, homogeneity=UNEVEN, by=bench.keeper, at=at)
        assert not check.homogeneous
        with pytest.raises(Refused, match="not homogeneous or stable"):
            rounds.dispatch(found=found, by=bench.keeper, at=at)
        with pytest.raises(Refused, match="Say why"):
            material.allow(check=check, reason="", by=bench.keeper, at=at)
        material.allow(check=check, reason="No other material exists.", by=bench.keeper, at=at)
        rounds.dispatch(found=found, by=bench.keeper, at=at)
    bench.measurand.refresh_from_db()
    assert bench.measurand.score_by == Measurand.ScoreBy.Z_PRIME
    assert found.rules_versions.latest("number").reason == "No other material exists."


@pytest.mark.parametrize("text", ["", "a\tb\nc\td", "1\n2\n3", "1\t2", "1\t2\n3", "{", "[[[[[[1]]]]]]", "1\tNaN\n2\t3"])
def test_a_material_that_cannot_be_read_is_refused_with_a_sentence(bench, text):
    bench.draft()
    with on(date(2026, 3, 12)) as at, pytest.raises(Refused):
        material.judge(measurand=bench.measurand, homogeneity=text, by=bench.keeper, at=at)


def test_results_are_corrected_until_the_last_day_and_sealed_after_it(bench):
    found = bench.dispatched()
    first = bench.send(found, bench.labs[0], "12.00")
    second = bench.send(found, bench.labs[0], "12.0", day=RESULTS)
    assert (first.number, second.number) == (1, 2) and first.digest != second.digest
    assert second.body[bench.measurand.public_id]["values"] == ["12.0"]
    with pytest.raises(Refused, match="exactly these"):
        bench.send(found, bench.labs[0], "12.0", day=RESULTS)
    with pytest.raises(Refused, match="sealed since"):
        bench.send(found, bench.labs[0], "12.1", day=date(2026, 4, 11))
    with pytest.raises(TypeError, match="append-only"):
        second.save()


@pytest.mark.parametrize(
    "entry",
    [
        {"values": ["twelve"]}, {"values": ["12", "13"]}, {"values": ["12"], "U": "-1", "k": "2"},
        {"values": ["12"], "U": "0.1", "k": ""}, {"values": ["NaN"]}, {"values": ["1e9999"]}, {"values": ["< "]},
        {"values": ["<-2"]}, {"values": [""]}, {"values": ["9" * 500]}, {"values": ["12"], "U": "1", "k": "1e8"},
    ],
)  # fmt: skip
def test_what_is_no_result_is_refused_with_a_sentence(bench, entry):
    found = bench.dispatched(labs=bench.labs[:2])
    part = found.participants.get(organisation=bench.labs[0].organisation)
    from testamur.proficiency.actions import results

    with on(date(2026, 3, 30)) as at, pytest.raises(Refused):
        results.send(participant=part, entries={bench.measurand.public_id: entry}, by=bench.labs[0], at=at)


def test_nobody_evaluates_before_results_are_sealed_and_a_second_person_issues(bench):
    found = bench.sealed()
    with on(RESULTS) as at, pytest.raises(Refused, match="day after"):
        editions.propose(found=found, exclusions=[], comment={}, by=bench.keeper, at=at)
    edition = bench.propose(found)
    with on(date(2026, 4, 28)) as at:
        with pytest.raises(Refused, match="You proposed"):
            editions.issue(edition=edition, by=bench.keeper, at=at)
        issued = editions.issue(edition=edition, by=bench.second, at=at)
        with pytest.raises(Refused, match="issued already"):
            editions.issue(edition=edition, by=bench.second, at=at)
    assert issued.number == 1 and Score.objects.count() == 14
    ratings = dict(Score.objects.values_list("value", "rating"))
    assert ratings["13.40"] == "action" and ratings["11.50"] == "warning" and ratings["12.00"] == "acceptable"
    codes = {flag["code"] for flag in issued.body["parts"][0]["flags"]}
    assert "far" in codes and "few" not in codes


def test_an_evaluation_that_was_changed_behind_the_program_is_not_issued(bench):
    found = bench.sealed()
    edition = bench.propose(found)
    Edition.objects.filter(pk=edition.pk).update(digest="0" * 64)
    edition.refresh_from_db()
    with on(date(2026, 4, 28)) as at, pytest.raises(Refused, match="Computed again"):
        editions.issue(edition=edition, by=bench.second, at=at)


def test_a_blunder_left_out_with_its_reason_keeps_its_score(bench):
    found = bench.sealed()
    part = found.participants.get(organisation=bench.labs[12].organisation)
    out = {"measurand": bench.measurand.public_id, "participant": part.public_id, "reason": ""}
    with pytest.raises(Refused, match="Say why"):
        bench.propose(found, exclusions=[out])
    before = bench.propose(found).body["parts"][0]["assigned"]
    edition = bench.propose(found, exclusions=[{**out, "reason": "Wrong unit, by its own statement"}])
    after = edition.body["parts"][0]["assigned"]
    assert after["p"] == before["p"] - 1 and after["x_pt"] < before["x_pt"]
    entry = next(one for one in edition.body["parts"][0]["scores"] if one["participant"] == part.public_id)
    assert entry["excluded"] and entry["rating"] == "action"


def test_the_same_results_give_the_same_digest_and_scores_are_those_of_the_library(bench):
    found = bench.sealed()
    assert bench.propose(found).digest == bench.propose(found).digest
    from testamur.tqm.pt.consensus import algorithm_a

    told = bench.propose(found).body["parts"][0]["assigned"]
    assert told["x_pt"] == pytest.approx(algorithm_a([float(one) for one in VALUES]).x_star)
    assert told["sigma_pt"] == 0.2


def test_a_correction_is_a_new_edition_and_the_first_stays(bench):
    found = bench.reported()
    with pytest.raises(Refused, match="says what it corrects"):
        bench.propose(found)
    with on(date(2026, 5, 20)) as at:
        part = found.participants.get(organisation=bench.labs[12].organisation)
        contest = editions.appeal(participant=part, text="Wrong decimal mark", by=bench.labs[12], at=at)
        with pytest.raises(Refused, match="You made this"):
            editions.answer_appeal(found=contest, upheld=True, answer="Yes", by=bench.keeper, at=at)
        editions.answer_appeal(found=contest, upheld=True, answer="Yes", by=bench.second, at=at)
        out = {"measurand": bench.measurand.public_id, "participant": part.public_id, "reason": "Slip"}
        second = editions.propose(
            found=found, exclusions=[out], comment={}, reason="Appeal upheld", by=bench.keeper, at=at
        )
        editions.issue(edition=second, by=bench.second, at=at)
    assert [one.number for one in found.editions.all()] == [1, 2]
    assert Score.objects.count() == 28
    assert len(queries.in_force(queries.own_scores(bench.labs[0]))) == 1


def test_results_below_a_limit_have_no_score_and_take_no_part_in_the_value(bench):
    found = bench.dispatched()
    for lab, value in zip(bench.labs, ("<15", "<0.5", *VALUES[2:]), strict=True):
        bench.send(found, lab, value, U="", k="")
    body = bench.propose(found).body["parts"][0]
    assert body["assigned"]["p"] == 12
    codes = [flag["code"] for flag in body["flags"]]
    assert "below" in codes and "below_contradicts" in codes
    assert sum(one["score"] is None for one in body["scores"]) == 2


@pytest.mark.parametrize("score_by", ["z", "z_prime", "zeta", "En"])
def test_a_reference_value_is_needed_and_told_to_nobody_before_the_report(bench, score_by):
    found = bench.dispatched(measurand={"value_by": "reference", "score_by": score_by})
    for lab, value in zip(bench.labs, VALUES, strict=True):
        bench.send(found, lab, value)
    with pytest.raises(Refused, match="state the reference value"):
        bench.propose(found)
    assert "reference" not in str(found.rules_versions.get().body.get("measurands")[0].keys())
    with on(date(2026, 4, 14)) as at:
        rounds.state_value(
            measurand=bench.measurand, value=Decimal("12.00"), U=Decimal("0.04"), k=Decimal(2), source="CRM 1",
            by=bench.keeper, at=at,
        )  # fmt: skip
    again = {
        "measurand": bench.measurand,
        "value": Decimal(13),
        "U": Decimal("0.04"),
        "k": Decimal(2),
        "source": "CRM 1",
    }
    with on(date(2026, 4, 15)) as at:
        with pytest.raises(Refused, match="say why the reference value changes"):
            rounds.state_value(by=bench.keeper, at=at, **again)
        rounds.state_value(by=bench.keeper, at=at, reason="Wrong certificate", **{**again, "value": Decimal("12.01")})
    entries = bench.propose(found).body["parts"][0]["scores"]
    assert all(one["score"] is not None for one in entries)


@pytest.mark.parametrize("value_by", ["algorithm_a", "q_hampel", "median"])
@pytest.mark.parametrize("sigma", [{"sigma_by": "data"}, {"sigma_by": "horwitz", "mass_fraction": Decimal("1e-9")}])
def test_every_way_to_the_assigned_value_and_to_sigma(bench, value_by, sigma):
    found = bench.sealed(measurand={"value_by": value_by, **sigma})
    told = bench.propose(found).body["parts"][0]["assigned"]
    assert 11.9 < told["x_pt"] < 12.1 and told["sigma_pt"] > 0


def test_who_left_takes_no_part_and_a_cancelled_round_says_why(bench):
    found = bench.dispatched()
    part = found.participants.get(organisation=bench.labs[0].organisation)
    with on(date(2026, 3, 20)) as at:
        participants.withdraw(participant=part, reason="Instrument broken", by=bench.labs[0], at=at)
    with pytest.raises(Refused, match="withdrew"):
        bench.send(found, bench.labs[0], "12")
    with on(DISPATCH) as at:
        rounds.cancel(found=found, reason="Items spoilt", by=bench.keeper, at=at)
    found.refresh_from_db()
    assert found.state == "cancelled"


def test_every_act_leaves_one_event_that_names_no_result(bench):
    bench.reported()
    kinds = list(Event.objects.filter(kind__startswith="proficiency.").values_list("kind", flat=True))
    assert kinds.count("proficiency.results_sent") == 14
    assert kinds.count("proficiency.evaluation_issued") == 1
    for event in Event.objects.filter(kind="proficiency.results_sent"):
        assert "12." not in str({key: value for key, value in event.payload.items() if key != "digest"})


def test_a_material_that_did_not_stay_stable_is_told_to_those_who_evaluate(bench):
    found = bench.sealed()
    drifted = "\n".join("12.4\t12.41" for _item in range(3))
    with on(date(2026, 4, 15)) as at:
        material.judge(measurand=bench.measurand, homogeneity=HOMOGENEOUS, stability=drifted, by=bench.keeper, at=at)
    flags = bench.propose(found).body["parts"][0]["flags"]
    assert flags[0]["code"] == "material_insufficient"
