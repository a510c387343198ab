"""Review: by whom, on which dossier, with what result; and that a changed dossier asks for a new one."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta

import pytest

from small_world import member, revised
from testamur.determination import actions as determination
from testamur.journal.models import Event
from testamur.kernel.refusal import Refused
from testamur.parties.models import Person
from testamur.review import actions, policies, queries
from testamur.review.grades import grade
from testamur.review.models import Review
from testamur.selection.models import Case
from testamur.verification import jcs
from tests.unit.judging import DECIDED, REVIEWED, WORDS
from tests.unit.selection.world import at, on

INDEPENDENT = ("CAB.decision_independence", "iso-17021-1@2015#9.5.2")


def refused(call, *args, **kwargs):
    with pytest.raises(Refused) as caught:
        call(*args, **kwargs)
    return caught.value


def told(one):
    return one.message_id, one.rule, one.source


def more(world, reasons="Records of June are missing", by=None, day=REVIEWED):
    with on(day) as moment:
        return actions.want_more(case=world.case, reasons=reasons, by=by or world.reviewer, at=moment)


# The good course -----------------------------------------------------------------------------------------------------


def test_a_review_freezes_the_dossier_by_its_hash_and_hands_the_case_to_the_deciders(world):
    body, digest = queries.dossier(world.case)

    made = world.review()

    assert made.digest == digest == hashlib.sha256(jcs.canonical(body)).hexdigest()
    assert made.dossier == body
    assert (made.by, made.outcome, made.recommends, made.statement) == (world.reviewer, "grant", True, WORDS)
    assert (world.case.stage, world.case.days["reviewed"]) == ("decision", REVIEWED.isoformat())
    event = Event.objects.filter(case=world.case.public_id).order_by("id").last()
    assert (event.kind, event.payload["digest"], event.by_membership, event.role) == (
        "review.recorded", digest, world.reviewer.pk, "reviewer",
    )  # fmt: skip
    assert event.source == "iso-17021-1@2015#9.5.2"


def test_both_clocks_are_kept_of_a_review_that_is_recorded_late(world):
    with on(REVIEWED + timedelta(days=2)):
        made = actions.review(
            case=world.case, recommends=True, outcome="grant", reasons="r", statement=WORDS,
            scope=world.case.application_reviews.get().scope, by=world.reviewer, at=at(REVIEWED),
        )  # fmt: skip

    assert (made.effective_at.date(), made.recorded_at.date()) == (REVIEWED, REVIEWED + timedelta(days=2))
    event = Event.objects.filter(kind="review.recorded").get()
    assert (event.effective_at, event.recorded_at.date()) == (made.effective_at, made.recorded_at.date())


def test_wanting_more_takes_the_case_back_to_determination_with_the_reasons(world):
    case = more(world)

    assert case.stage == "determination"
    event = Event.objects.filter(kind="review.more_wanted").get()
    assert (event.payload, event.by_membership) == ({"reasons": "Records of June are missing"}, world.reviewer.pk)
    assert not Review.objects.exists()


def test_the_turn_is_the_reviewers_and_stands_in_their_inboxes_only(world):
    turn = queries.turn(world.case)

    assert {one.person_id for one in turn.people} == {world.reviewer.person_id, world.second_reviewer.person_id}
    assert (turn.link, turn.role, turn.organisation) == ("review", "reviewer", world.body)
    assert [one.case for one in queries.inbox(world.reviewer)] == [world.case]
    assert queries.inbox(world.lead) == queries.inbox(world.rival) == queries.inbox(world.applicant) == []
    world.review()
    assert queries.turn(world.case) is None
    assert queries.inbox(world.reviewer) == []


def test_a_grade_is_the_highest_whose_conditions_hold(world):
    row = {"title": {"en": "g", "zh": "级"}, "means": {"en": "m", "zh": "义"}, "source": "testamur@2026-1#t"}
    scheme = revised(
        world.case.scheme,
        grade=[
            {"id": "bronze", "rank": 1, "when": [{"fact": "history.open_majors", "at_most": 3}], **row},
            {"id": "gold", "rank": 2, "when": [{"fact": "history.open_majors", "is": 0}], **row},
        ],
    )

    assert [grade(scheme.definition, {"history.open_majors": n}) for n in (0, 2, 9)] == ["gold", "bronze", ""]


# Refusals ------------------------------------------------------------------------------------------------------------


def test_who_audited_does_not_review(world):
    world.lead.functions = [*world.lead.functions, "review"]
    world.lead.save(update_fields=["functions"])
    try:
        one = refused(world.review, by=world.lead)
        assert told(one) == ("{person} took part in the {function} of this case and cannot act here.", *INDEPENDENT)
        assert one.facts["person"] == world.lead.person.names
        assert one.who == "Another person of the body, who took no part in it."
        assert told(refused(more, world, by=world.lead))[1:] == INDEPENDENT
        assert world.lead.person_id not in {one.person_id for one in queries.turn(world.case).people}
    finally:
        world.lead.functions = [name for name in world.lead.functions if name != "review"]
    assert world.case.stage == "review"


def test_who_audited_stays_out_under_another_membership(world):
    second = member(world.body, "review", name="Double")
    second.person = world.auditor.person
    evaluators = queries.actors(world.case, "determination")
    assert world.lead.person_id in evaluators
    second.person = world.lead.person
    assert told(refused(policies.check_may_review, world.case, second))[1:] == INDEPENDENT


@pytest.mark.parametrize("who", ["planner", "decider", "applicant", "rival", "officer"])
def test_only_a_reviewer_of_this_body_reviews_it(world, who):
    one = refused(world.review, by=getattr(world, who))

    assert one.message_id == "This is for the {role} of {organisation}; {person} does not act as that here."
    assert (one.rule, one.facts["organisation"]) == ("functions.of_the_role", world.body.names)
    assert one.source == "iso-17021-1@2015#9.5.2"
    assert refused(more, world, by=getattr(world, who)).rule == "functions.of_the_role"
    assert not Review.objects.exists()


@pytest.mark.parametrize(
    ("change", "message", "rule", "field"),
    [
        ({"reasons": "  "}, "Give the reasons for the recommendation.", "review.reasons", "reasons"),
        (
            {"statement": {"zh": ""}},
            "Write the scope in words: people decide on the words, and the certificate shows them.",
            "review.statement", "statement",
        ),
        (
            {"outcome": ""},
            "Choose the outcome that you recommend; this scheme does not know “{outcome}”.",
            "decision.outcomes", "outcome",
        ),
        (
            {"outcome": "applaud"},
            "Choose the outcome that you recommend; this scheme does not know “{outcome}”.",
            "decision.outcomes", "outcome",
        ),
        (
            {"scope": [{"document": "all"}]},
            "The review names {count} scope lines that are not part of this case. Choose among those shown.",
            "review.scope", "scope",
        ),
        (
            {"scope": []}, "Choose at least one scope line; an attestation is about something.", "review.scope",
            "scope",
        ),
    ],
)  # fmt: skip
def test_a_review_says_why_what_and_for_which_scope(world, change, message, rule, field):
    one = refused(world.review, **change)

    assert (one.message_id, one.rule, one.field) == (message, rule, field)
    assert one.source
    assert (world.case.stage, Review.objects.count()) == ("review", 0)


def test_wanting_more_says_what(world):
    one = refused(more, world, reasons=" ")

    assert told(one) == (
        "Say what is wanted, so that the auditor can bring it.", "review.reasons", "iso-17021-1@2015#9.5.2",
    )  # fmt: skip
    assert world.case.stage == "review"


def test_what_does_not_recommend_needs_no_scope_in_words(world):
    made = world.review(recommends=False, outcome="refuse", statement={}, scope=[])

    assert not made.recommends
    assert world.case.stage == "decision"


def test_out_of_order_and_twice_are_refused(world):
    world.review()
    one = refused(world.review)
    assert told(one) == ("Case {case} is not waiting for review.", "case.stage", "iso-17000@2020#A.4")
    assert told(refused(more, world)) == told(one)
    assert Review.objects.count() == 1


def test_a_case_still_in_determination_is_not_reviewed(world):
    more(world)
    assert refused(world.review).rule == "case.stage"


def test_a_page_that_shows_an_older_dossier_is_refused_and_one_that_shows_todays_is_not(world):
    one = refused(world.review, seen="0" * 64)
    assert one.message_id.startswith("Something was added to the dossier while you were reading it.")
    assert (one.rule, one.source) == ("review.frozen", "testamur@2026-1#review.frozen")
    assert world.review(seen=queries.dossier(world.case)[1])


def test_a_membership_that_has_ended_reviews_nothing(world):
    gone = member(world.body, "review", name="Gone")
    gone.until_day = date(2026, 3, 1)
    gone.save(update_fields=["until_day"])

    assert refused(world.review, by=gone).rule == "parties.membership_lives"
    assert refused(more, world, by=gone).rule == "parties.membership_lives"


# A changed dossier ---------------------------------------------------------------------------------------------------


def change_dossier(world, day=DECIDED):
    """Let the applicant's side of the dossier change after its review, as a late answer to a finding does."""
    from testamur.determination.models import Finding

    activity = world.case.activities.order_by("-id").first()
    finding = Finding.objects.create(
        case=world.case, activity=activity, number="OB-9", grade="minor", clauses=["8.5.1"], statement="s", seen="x",
        effective_at=at(day), by=world.lead,
    )  # fmt: skip
    with on(day) as moment:
        determination.answer_finding(
            finding=finding, correction="c", cause="c", corrective_action="a", done_by=day, files=[],
            by=world.applicant, at=moment,
        )  # fmt: skip
    return finding


def test_a_changed_dossier_voids_the_review_and_says_so(world):
    world.review()
    assert queries.standing_review(world.case) is not None
    assert queries.missing(world.case) == []

    change_dossier(world)

    assert queries.standing_review(world.case) is None
    missing = queries.missing(world.case)
    assert [(one.sentence, one.state, one.source) for one in missing] == [
        (
            "The dossier changed after it was reviewed; a new review is necessary.", "bad",
            "testamur@2026-1#review.frozen",
        )
    ]  # fmt: skip


def test_the_new_review_is_made_where_the_case_stands_and_counts(world):
    world.review()
    finding = change_dossier(world)
    with on(DECIDED) as moment:
        answer = finding.answers.get()
        determination.verify_answer(
            answer=answer, accepted=True, verified=True, how="seen", by=world.lead, at=moment
        )  # fmt: skip

    again = world.review(day=DECIDED, hour=5, by=world.second_reviewer)

    assert queries.standing_review(world.case) == again
    assert world.case.stage == "decision"
    assert refused(world.review, day=DECIDED, hour=6).rule == "case.stage"


def test_an_incomplete_dossier_is_not_reviewed(world):
    world.review()
    change_dossier(world)

    one = refused(world.review, day=DECIDED)

    assert (one.message_id, one.rule) == ("The evidence is not complete: {sentence}", "review.sufficiency")
    assert one.source
    assert "OB-9" in str(one)


# A committee ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def committee(world):
    table = {**world.case.scheme.body["review"], "persons": 2}
    revised(world.case.scheme, review=table)
    return world


def test_where_two_review_the_case_waits_for_both(committee):
    first = committee.review()

    assert (first.digest, committee.case.stage) == (queries.dossier(committee.case)[1], "review")
    assert queries.standing_review(committee.case) is None
    assert [one.person_id for one in queries.turn(committee.case).people] == [committee.second_reviewer.person_id]
    assert queries.turn(committee.case).sentence.startswith("Review whether")
    again = refused(committee.review)
    assert told(again) == (
        "You reviewed this dossier already; the others' reviews are awaited.", "review.persons",
        "iso-17021-1@2015#9.5.2",
    )  # fmt: skip

    second = committee.review(by=committee.second_reviewer, hour=3)

    assert committee.case.stage == "decision"
    assert queries.standing_review(committee.case) == second
    assert queries.together(second) == [first, second]


def test_what_a_committee_reviewed_before_it_was_sent_back_counts_no_more(committee):
    committee.review()
    committee.review(by=committee.second_reviewer, hour=3)
    from testamur.decision import actions as decisions

    with on(DECIDED) as moment:
        decisions.send_back(
            case=committee.case, to="review", reasons={"en": "Look at June"}, by=committee.decider, at=moment
        )

    committee.review(day=DECIDED, hour=3)

    assert committee.case.stage == "review"
    committee.review(day=DECIDED, hour=4, by=committee.second_reviewer)
    assert committee.case.stage == "decision"


# Who sees ------------------------------------------------------------------------------------------------------------


def test_reviews_are_seen_by_who_sees_the_case(world):
    made = world.review()

    assert list(queries.visible_to(world.reviewer)) == [made]
    assert list(queries.visible_to(world.rival)) == []
    assert list(queries.visible_to(None)) == []


def test_people_of_the_applicant_never_count_as_having_acted_in_the_bodys_functions(world):
    selecting = queries.actors(world.case, "selection")

    assert world.planner.person_id in selecting
    assert world.applicant.person_id not in selecting
    assert Person.objects.filter(pk__in=queries.actors(world.case, "determination")).exists()
    assert Case.objects.filter(pk=world.case_id, stage="review").exists()
