"""What the rules answer beyond the worked cases: edges, refusals, the working."""

from __future__ import annotations

import hashlib
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from testamur.kernel.refusal import Refused
from testamur.rules import evaluate


def answer(rule, **inputs):
    return evaluate(rule, inputs).output


def words(rule, **inputs):
    return evaluate(rule, inputs).conclusion


def test_a_wrong_check_digit_is_explained_in_both_languages():
    said = words("CN.uscc", code="91350100M000100Y48")

    assert said["en"] == "The last character should be 3, not 8, if the first 17 are right."
    assert said["zh"] == "若前17位无误，最后一位应为3，而不是8。"


@pytest.mark.parametrize(
    ("code", "state", "sentence"),
    [
        ("91350100M000100Y4", "bad_length", "has 18 characters; this has 17."),
        ("9135O100M000100Y43", "bad_characters", "Character 5 is O, which these codes never use; perhaps 0 is meant."),
        ("91350100m000100Y43", "bad_characters", "perhaps M is meant"),
        ("91350100*000100Y43", "bad_characters", "Character 9 is *, which these codes never use."),
    ],
)
def test_a_code_that_cannot_be_read_says_what_is_wrong_with_it(code, state, sentence):
    assert answer("CN.uscc", code=code) == {"ok": False, "expected": None, "state": state}
    assert sentence in words("CN.uscc", code=code)["en"]


@given(st.text("0123456789ABCDEFGHJKLMNPQRTUWXY", min_size=17, max_size=17), st.integers(0, 16), st.data())
def test_one_wrong_character_never_passes_the_check(body, place, data):
    check = answer("CN.uscc", code=body + "0")["expected"]
    assert answer("CN.uscc", code=body + check)["ok"]
    other = data.draw(st.sampled_from([sign for sign in "0123456789ABCDEFGHJKLMNPQRTUWXY" if sign != body[place]]))

    assert not answer("CN.uscc", code=body[:place] + other + body[place + 1 :] + check)["ok"]


def test_the_2016_rules_want_every_calendar_year_and_fifteen_months():
    asked = {"regime": "CN-QMS-2016", "kind": "later"}

    by_year = answer("CAB.surveillance_check", previous_event="2024-11-01", audit_date="2026-01-15", **asked)
    by_months = answer("CAB.surveillance_check", previous_event="2024-02-01", audit_date="2025-05-01", **asked)

    assert by_year == {"ok": False, "due": date(2025, 12, 31)}
    assert by_months == {"ok": True, "due": date(2025, 5, 1)}


def test_iso_allows_twenty_one_months_between_two_surveillances():
    asked = {"regime": "ISO", "kind": "later", "previous_event": "2025-02-10", "audit_date": "2026-11-20"}

    assert answer("CAB.surveillance_check", **asked) == {"ok": True, "due": date(2026, 12, 31)}


def test_without_an_audit_day_only_the_due_day_is_told():
    asked = {"regime": "CN-QMS-2025", "kind": "later", "previous_event": "2026-01-10"}

    assert answer("CAB.surveillance_check", **asked) == {"ok": None, "due": date(2027, 1, 10)}


def test_a_number_of_years_counts_the_calendar_years_between_decision_and_recertification():
    cycle = {"years_required": 1, "decision_date": "2024-06-01", "expiry": "2027-05-31"}

    assert answer("CAB.calendar_year_check", surveillance_dates=["2025-05-01"], **cycle) == {"missing_years": [2026]}
    with pytest.raises(Refused, match="end of the cycle are needed"):
        answer("CAB.calendar_year_check", surveillance_dates=[], years_required=1)


@pytest.mark.parametrize(
    ("regime", "completed_on", "onsite", "route"),
    [
        ("ISO", "2026-12-31", True, "stage2_required"),
        ("ISO", "2026-12-30", False, "restore"),
        ("CN-QMS-2016", "2026-12-30", False, "restore"),
        ("CN-QMS-2025", "2026-07-01", True, "initial_required"),
        ("CN-QMS-2025", "2026-06-30", False, "initial_required"),
        ("CN-QMS-2025", "2026-06-30", True, "not_expired"),
    ],
)
def test_what_follows_a_late_recertification_depends_on_the_rules(regime, completed_on, onsite, route):
    asked = {"expiry": "2026-06-30", "completed_on": completed_on, "onsite_done_before_expiry": onsite}

    assert answer("CAB.restoration_route", regime=regime, **asked) == {"route": route}


def test_a_transfer_needs_to_know_when_the_body_stopped():
    asked = {"status": "valid", "accredited_under_mla": True, "expiry": "2028-01-01"}

    with pytest.raises(Refused) as refused:
        answer("CAB.transfer_eligibility", issuing_cb_state="ceased_trading", **asked)
    assert refused.value.field == "cb_event_date"
    assert (refused.value.rule, refused.value.source) == ("CAB.transfer_eligibility", "iaf-md2@2023#2.1")


def test_every_reason_against_an_application_is_told_at_once():
    output = answer(
        "CAB.cn_qms_application",
        legal_entity_valid=False,
        licences_valid=False,
        system_started="2026-04-01",
        application_date="2026-06-01",
        own_cert_lost_on="2025-06-02",
        former_cb_revoked_on="2026-03-02",
        stop_order=True,
        dishonesty_list=True,
        major_quality_accident_on="2025-06-02",
        national_sampling_failed_on="2025-06-02",
        sampling_rectified=False,
    )

    assert output["accepted"] is False
    assert output["reasons"] == [
        "dishonesty_list",
        "former_cb_revoked_under_3_months",
        "legal_entity",
        "licences",
        "major_accident_under_1_year",
        "own_cert_lost_under_1_year",
        "sampling_failed_not_rectified",
        "stop_order",
        "system_under_3_months",
    ]


def test_an_application_on_the_very_day_the_pauses_end_is_accepted():
    output = answer(
        "CAB.cn_qms_application",
        legal_entity_valid=True,
        licences_valid=True,
        system_started="2026-03-01",
        application_date="2026-06-01",
        own_cert_lost_on="2025-06-01",
        former_cb_revoked_on="2026-03-01",
        stop_order=False,
        dishonesty_list=False,
        major_quality_accident_on="2025-06-01",
        national_sampling_failed_on="2026-05-01",
        sampling_rectified=True,
    )

    assert output == {"accepted": True, "reasons": []}


def test_a_reduction_never_leaves_less_than_seventy_percent_of_the_table():
    output = answer("MD5.audit_time", scheme="QMS", personnel=5, adjustments=["-0.5"])

    assert output == {"days": Decimal("1.5"), "net_adjustment_used": Decimal("-0.30"), "capped": True}


@given(
    st.integers(1, 10_700),
    st.lists(st.decimals(min_value=-1, max_value=2, places=2), max_size=5),
)
def test_audit_time_is_whole_half_days_and_never_under_the_limit(personnel, adjustments):
    table = answer("MD5.table", scheme="QMS", personnel=personnel)["days"]
    days = answer("MD5.audit_time", scheme="QMS", personnel=personnel, adjustments=adjustments)["days"]

    assert days * 2 == int(days * 2)
    assert days >= table * Decimal("0.7")


@given(st.integers(1, 40_000))
def test_more_people_never_need_less_time(personnel):
    for scheme, complexity in [("QMS", None), ("EMS", "limited"), ("OHS", "high")]:
        few = answer("MD5.table", scheme=scheme, complexity=complexity, personnel=personnel)["days"]
        more = answer("MD5.table", scheme=scheme, complexity=complexity, personnel=personnel + 1)["days"]
        assert few <= more


def test_above_the_table_the_progression_is_followed_and_marked_for_review():
    assert answer("MD5.table", scheme="QMS", personnel=10_700) == {"days": Decimal(22)}
    assert answer("MD5.table", scheme="QMS", personnel=13_450) == {"days": Decimal(23), "manual_review": True}
    assert answer("MD5.table", scheme="EMS", complexity="high", personnel=13_451) == {
        "days": Decimal(38),
        "manual_review": True,
    }
    assert evaluate("MD5.table", {"scheme": "QMS", "personnel": 10_701}).unconfirmed


def test_the_one_doubtful_cell_of_the_table_says_so():
    doubtful = evaluate("MD5.table", {"scheme": "EMS", "complexity": "limited", "personnel": 700})
    certain = evaluate("MD5.table", {"scheme": "EMS", "complexity": "limited", "personnel": 600})

    assert (doubtful.output["days"], doubtful.unconfirmed) == (Decimal("6.5"), True)
    assert (certain.output["days"], certain.unconfirmed) == (Decimal(6), False)


@pytest.mark.parametrize(
    ("inputs", "field"),
    [
        ({"scheme": "QMS", "complexity": "high", "personnel": 5}, "complexity"),
        ({"scheme": "EMS", "personnel": 5}, "complexity"),
        ({"scheme": "OHS", "complexity": "limited", "personnel": 5}, "complexity"),
        ({"scheme": "ISMS", "personnel": 5}, "scheme"),
        ({"scheme": "QMS", "personnel": 0}, "personnel"),
        ({"scheme": "QMS", "personnel": 1.5}, "personnel"),
        ({"scheme": "QMS", "personnel": True}, "personnel"),
        ({"scheme": "QMS", "personnel": 5, "staff": 5}, "staff"),
        ({"scheme": "QMS"}, "personnel"),
    ],
)
def test_the_table_refuses_what_it_has_no_cell_for(inputs, field):
    with pytest.raises(Refused) as refused:
        evaluate("MD5.table", inputs)
    assert refused.value.field == field
    assert refused.value.rule == "MD5.table"


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"part_time": [{"n": 2, "hours": 41}]}, "part_time[0].hours"),
        ({"part_time": [{"n": 2}]}, "part_time[0].hours"),
        ({"part_time": [{"n": 2, "hours": 20, "days": 3}]}, "part_time[0]"),
        ({"unskilled_similar": [{"n": 2, "counted": 3}]}, "unskilled_similar[0].counted"),
        ({"unskilled_similar": [{"n": 10, "counted": 0}]}, "unskilled_similar"),
    ],
)
def test_people_that_cannot_be_counted_are_refused(changed, field):
    with pytest.raises(Refused) as refused:
        evaluate("MD5.effective_personnel", {"full_time": 10, "full_time_hours": 40, **changed})
    assert refused.value.field == field


@given(st.integers(1, 1_000_000))
def test_the_sample_of_sites_is_the_smallest_whole_number_not_below_the_root(n):
    output = answer("MD1.sample", n=n)

    for name, numerator, denominator in [("initial", 1, 1), ("surveillance", 3, 5), ("recert_proven", 4, 5)]:
        k = output[name]
        assert (denominator * k) ** 2 >= numerator**2 * n > (denominator * (k - 1)) ** 2


def test_integration_may_also_add_time():
    assert answer("MD11.integrated_time", parts=[7, 8], reduction="-0.1") == {
        "days": Decimal("16.5"),
        "reduction_used": Decimal("-0.1"),
    }
    assert answer("MD11.integrated_time", parts=[7, 8], reduction="0.35")["reduction_used"] == Decimal("0.2")


def test_a_team_cannot_be_qualified_for_more_standards_than_are_audited():
    with pytest.raises(Refused, match="3 of 2"):
        evaluate("MD11.ability", {"x": [3], "y": 2})


@pytest.mark.parametrize(
    ("nace", "edition", "sentence"),
    [
        ("10.71", "rev2.1", "reads NACE rev. 2 only. Edition rev2.1"),
        ("58", None, "lies in more than one IAF sector"),
        ("97.00", None, "gives no sector"),
        ("ABC", None, "has two to four digits"),
    ],
)
def test_an_industry_without_a_sector_is_refused_with_the_way_out(nace, edition, sentence):
    with pytest.raises(Refused, match=sentence):
        evaluate("SCOPE.nace_to_iaf", {"nace": nace, "edition": edition})


def test_several_industries_give_several_sectors_once_each():
    assert answer("SCOPE.nace_to_iaf", nace=["27.40", "25.62", "C26.11"]) == {"iaf": [17, 19]}


def test_every_two_digit_prefix_of_the_sector_table_finds_its_sector():
    found = {answer("SCOPE.nace_to_iaf", nace=code)["iaf"] for code in ("01", "24.46", "24.45", "33.20", "58.19")}

    assert found == {1, 11, 17, 18, 8}


def test_a_ban_that_rests_on_policy_needs_a_legal_act():
    with pytest.raises(Refused, match="name the legal act") as refused:
        evaluate("CN.person_bar", {"ground": "policy2018_permanent", "date": "2026-05-20"})
    assert refused.value.field == "legal_act"

    with_act = {"ground": "policy2018_permanent", "date": "2026-05-20", "legal_act": "Sample Act, art. 1"}
    assert answer("CN.person_bar", **with_act) == {"until": "permanent"}


def test_the_official_calendar_counts_make_up_days_and_golden_weeks():
    # 2026: 1 to 7 October off, Saturday 10 October worked.
    assert answer("CN.working_deadline", start="2026-09-30", days=3) == {"date": date(2026, 10, 10)}


def test_a_given_list_wins_over_the_official_calendar():
    plain = answer("CN.working_deadline", start="2026-09-30", days=3, holidays=[], makeup_workdays=[])

    assert plain == {"date": date(2026, 10, 5)}


def test_a_year_whose_calendar_is_not_published_gives_a_provisional_day_and_says_so():
    result = evaluate("CN.working_deadline", {"start": "2099-12-31", "days": 1})

    assert result.output == {"date": date(2100, 1, 1), "provisional": True}
    assert result.unconfirmed
    assert "2100" in result.working[-2].words["en"]


def test_no_calendar_reaches_back_for_ever():
    with pytest.raises(Refused, match="before 2004"):
        evaluate("CN.working_deadline", {"start": "1999-12-31", "days": 1})


@given(st.integers(0, 400), st.integers(0, 400))
def test_more_working_days_never_end_sooner(fewer, more):
    first, second = sorted((fewer, more))
    start = {"start": "2025-01-01"}

    assert (
        answer("CN.working_deadline", days=first, **start)["date"]
        <= answer("CN.working_deadline", days=second, **start)["date"]
    )


POOL = [f"CB-{number:03}" for number in range(1, 21)]


def test_a_draw_does_not_depend_on_the_order_of_the_pool():
    asked = {"round_id": "2026-R1", "beacon": "00ff", "k": 5}

    assert answer("RND.select", ids=POOL, **asked) == answer("RND.select", ids=POOL[::-1], **asked)


def test_anyone_can_recompute_a_draw_from_the_notice():
    output = answer("RND.select", round_id="R", beacon="ab", ids=["x", "y", "z"], k=3)
    root = hashlib.sha256(b"x\ny\nz").hexdigest()
    seed = hashlib.sha256(f"R|ab|{root}".encode()).hexdigest()

    assert (output["root"], output["seed"]) == (root, seed)
    assert output["selected_in_order"] == sorted(
        "xyz", key=lambda name: hashlib.sha256(f"{seed}|{name}".encode()).hexdigest()
    )


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"ids": ["a", "a"]}, "ids"),
        ({"ids": []}, "ids"),
        ({"ids": ["a\nb"]}, "ids"),
        ({"k": 4}, "k"),
        ({"k": 0}, "k"),
        ({"beacon": "lottery"}, "beacon"),
    ],
)
def test_a_draw_that_nobody_could_recompute_is_refused(changed, field):
    asked = {"round_id": "R", "beacon": "ab", "ids": ["a", "b", "c"], "k": 1, **changed}

    with pytest.raises(Refused) as refused:
        evaluate("RND.select", asked)
    assert refused.value.field.startswith(field)


def test_weight_nought_is_never_drawn():
    asked = {"round_id": "R", "beacon": "ab", "weights": {"a": 0, "b": 1, "c": "2.5"}}

    assert set(answer("RND.weighted", k=2, **asked)["selected_in_order"]) == {"b", "c"}
    with pytest.raises(Refused, match="3 cannot be drawn from a pool of 2"):
        answer("RND.weighted", k=3, **asked)


def test_a_share_of_nothing_is_nothing_and_of_anything_at_least_one():
    assert answer("SMP.proportion", share="0.01", N=0) == {"count": 0}
    assert answer("SMP.proportion", share="0", N=9) == {"count": 1}
    assert answer("SMP.proportion", share="0.1", N=30) == {"count": 3}  # 0.1 * 30 > 3 in binary


def test_a_site_cannot_be_reduced_upwards():
    with pytest.raises(Refused, match="nothing is reduced"):
        evaluate("MD1.site_reduction", {"table_days": 2, "charged_days": 3})


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        ("2016O10901123456", "digits only"),
        ("20160109011234", "has 16 digits; this has 14"),
        ("1916010901123456", "begins with its year"),
    ],
)
def test_a_ccc_number_that_cannot_be_one_says_why(number, sentence):
    assert answer("CN.ccc_number", number=number) == {"ok": False}
    assert sentence in words("CN.ccc_number", number=number)["en"]


def test_an_organisation_code_of_another_length_is_refused():
    with pytest.raises(Refused, match="has 8 characters"):
        evaluate("CN.orgcode", {"body": "M000100"})
