"""Decisions in a case: who, what, on which review; by one or several; signed; sent back."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from small_world import member, revised
from testamur.decision import actions, policies, queries
from testamur.decision.models import Decision, SendBack, Signature, Vote
from testamur.determination.models import Finding
from testamur.journal.models import Event
from testamur.kernel.refusal import Refused
from testamur.review import queries as reviews
from testamur.selection.queries import agreed_scope
from testamur.transparency.models import Entry
from tests.unit.judging import DECIDED, REASONS, WORDS
from tests.unit.selection.world import at, on

#: cn-qms names two sources of its decision; the first is cited.
ART_22 = "cn-rca@2023-07-20#art. 22"


def refused(call, *args, **kwargs):
    with pytest.raises(Refused) as caught:
        call(*args, **kwargs)
    return caught.value


def told(one):
    return one.message_id, one.rule, one.source


def back(world, to="determination", reasons=None, by=None, day=DECIDED):
    with on(day) as moment:
        return actions.send_back(
            case=world.case, to=to, reasons=reasons if reasons is not None else {"en": "Look at June"},
            by=by or world.decider, at=moment,
        )  # fmt: skip


def sign(world, made, role, by, day=DECIDED):
    with on(day) as moment:
        return actions.sign(decision=made, role=role, by=by, at=moment)


@pytest.fixture
def ready(world):
    """A case whose review recommends granting it."""
    world.review()
    return world


def change_dossier(world):
    Finding.objects.create(
        case=world.case, activity=world.case.activities.order_by("-id").first(), number="OB-9", grade="minor",
        clauses=["8.5.1"], statement="Gauges are late", seen="x", effective_at=at(DECIDED), by=world.lead,
    )  # fmt: skip


# The good course -----------------------------------------------------------------------------------------------------


def test_a_grant_rests_on_the_review_and_waits_for_its_signatures(ready):
    review = reviews.standing_review(ready.case)

    made = ready.decide(conditions={"en": "Visit the second site first"})

    assert isinstance(made, Decision)
    assert (made.outcome, made.review, made.scope, made.statement) == ("grant", review, review.scope, WORDS)
    assert (made.decided_on, made.by, made.reasons) == (DECIDED, ready.decider, REASONS)
    assert made.conditions == {"en": "Visit the second site first"}
    assert (ready.case.stage, ready.case.days["decided"]) == ("attestation", DECIDED.isoformat())
    assert queries.roles_to_sign(made) == ["lead_auditor", "head"]  # the decider signed by deciding
    events = list(Event.objects.filter(case=ready.case.public_id).order_by("id"))[-2:]
    assert [one.kind for one in events] == ["decision.voted", "decision.made"]
    assert events[1].payload == {"outcome": "grant", "digest": review.digest, "persons": 1}
    assert (events[1].source, events[1].role, events[1].by_membership) == (ART_22, "decider", ready.decider.pk)
    assert all(Entry.objects.get(pk=one.entry_id).type == "process.event" for one in events)


def test_a_refusal_with_reasons_closes_the_case_and_tells_them(ready):
    made = ready.decide(outcome="refuse", reasons={"zh": "体系未运行满三个月"})

    assert (made.outcome, ready.case.stage) == ("refuse", "closed")
    assert (ready.case.closed_on, ready.case.closed_because) == (DECIDED, {"zh": "体系未运行满三个月"})


def test_a_decision_recorded_late_keeps_both_clocks(ready):
    with on(DECIDED + timedelta(days=6)):
        made = actions.decide(case=ready.case, outcome="grant", reasons=REASONS, by=ready.decider, at=at(DECIDED))

    assert (made.decided_on, made.effective_at.date()) == (DECIDED, DECIDED)
    assert made.recorded_at.date() == DECIDED + timedelta(days=6)


def test_the_turn_is_the_deciders_then_the_signatories_then_nobodys(ready):
    turn = queries.turn(ready.case)
    assert (turn.link, turn.function, turn.role) == ("decision", "decision", "decider")
    deciders = {ready.decider.pk, ready.second_decider.pk, ready.third_decider.pk}
    assert {one.pk for one in turn.people} == deciders
    assert queries.awaiting_decision(ready.decider) == [ready.case]
    assert queries.awaiting_decision(ready.rival) == queries.inbox(ready.reviewer) == []

    made = ready.decide()

    turn = queries.turn(ready.case)
    assert (turn.link, turn.role, [one.pk for one in turn.people]) == ("signature", "lead_auditor", [ready.lead.pk])
    assert [one.state for one in queries.missing(ready.case)] == ["wait", "wait"]
    assert queries.awaiting_decision(ready.decider) == []
    ready.sign_all(made)
    assert queries.turn(ready.case) is None
    assert queries.missing(ready.case) == []


# Refusals ------------------------------------------------------------------------------------------------------------


def test_nobody_decides_before_the_review(world):
    one = refused(world.decide)

    assert told(one) == ("Case {case} is not waiting for a decision.", "case.stage", "iso-17000@2020#A.4")
    assert told(refused(back, world)) == told(one)


def test_a_decider_on_the_team_is_refused_with_the_clause(ready):
    both = member(ready.body, "decision", name="Both")
    both.person = ready.lead.person

    one = refused(ready.decide, by=both)

    assert told(one) == (
        "{person} took part in the {function} of this case and cannot act here.",
        "CAB.decision_independence", ART_22,
    )  # fmt: skip
    assert one.facts["function"]["en"] == "determination"
    assert (one.facts["person"], Vote.objects.count()) == (ready.lead.person.names, 0)
    assert told(refused(back, ready, by=both)) == told(one)


def test_a_reviewer_decides_only_where_the_scheme_lets_them(ready):
    both = member(ready.body, "review", "decision", name="Both")
    both.person = ready.reviewer.person
    assert policies.check_may_decide(ready.case, both)

    table = {**ready.case.scheme.body["decision"], "independent_of": ["determination", "review"]}
    revised(ready.case.scheme, decision=table)

    assert refused(policies.check_may_decide, ready.case, both).rule == "CAB.decision_independence"


@pytest.mark.parametrize("who", ["planner", "reviewer", "applicant", "rival", "officer", "signatory"])
def test_only_a_decider_of_this_body_decides_it(ready, who):
    one = refused(ready.decide, by=getattr(ready, who))

    assert (one.message_id, one.rule, one.source) == (
        "This is for the {role} of {organisation}; {person} does not act as that here.",
        "functions.of_the_role", ART_22,
    )  # fmt: skip
    assert refused(back, ready, by=getattr(ready, who)).rule == "functions.of_the_role"
    assert (Decision.objects.count(), ready.case.stage) == (0, "decision")


def test_a_dossier_changed_after_the_review_makes_a_new_review_necessary(ready):
    change_dossier(ready)

    one = refused(ready.decide)

    assert told(one) == (
        "The dossier changed after it was reviewed; a new review is necessary before a decision.",
        "review.frozen", "testamur@2026-1#review.frozen",
    )  # fmt: skip
    assert one.who == "A reviewer of the body."
    turn = queries.turn(ready.case)
    assert (turn.function, turn.link, turn.role) == ("review", "review", "reviewer")
    assert {one.pk for one in turn.people} == {ready.reviewer.pk, ready.second_reviewer.pk}


def test_a_page_that_shows_another_dossier_decides_nothing(ready):
    one = refused(ready.decide, seen="0" * 64)

    assert one.message_id.startswith("The dossier changed since you opened this page.")
    assert (one.rule, one.source) == ("review.frozen", "testamur@2026-1#review.frozen")
    assert ready.decide(seen=reviews.dossier(ready.case)[1])


@pytest.mark.parametrize("outcome", ["renew", "suspend", "", "applaud"])
def test_a_case_ends_only_as_its_occasion_can(ready, outcome):
    one = refused(ready.decide, outcome=outcome)

    assert told(one) == (
        "This case cannot end in “{outcome}”; possible are: {possible}.", "decision.outcomes", ART_22,
    )  # fmt: skip
    assert (one.field, one.facts["possible"]["en"]) == ("outcome", "grant, refuse")


def test_nothing_favourable_is_decided_against_the_review(world):
    world.review(recommends=False, outcome="refuse")

    one = refused(world.decide)

    assert one.message_id.startswith("The review of {day} does not recommend it.")
    assert (one.rule, one.field) == ("review.recommends", "outcome")
    assert one.source == "iso-17021-1@2015#9.5.2"
    assert world.decide(outcome="refuse").outcome == "refuse"


def test_an_open_finding_blocks_what_its_grade_blocks_and_nothing_else(ready):
    change_dossier(ready)
    review = ready.case.reviews.get()

    one = refused(policies.check_outcome, ready.case, review, "grant")

    assert (one.message_id, one.rule) == ("Finding {finding} is open and blocks this outcome: {statement}",
                                          "finding.blocks")  # fmt: skip
    assert one.facts == {"finding": "OB-9", "statement": "Gauges are late"}
    assert one.source == "iso-17021-1@2015#3.13"
    policies.check_outcome(ready.case, review, "refuse")


@pytest.mark.parametrize("reasons", [{}, {"en": " "}])
@pytest.mark.parametrize("outcome", ["grant", "refuse"])
def test_a_decision_is_explained(ready, outcome, reasons):
    one = refused(ready.decide, outcome=outcome, reasons=reasons)

    assert told(one) == (
        "Give the reasons; a decision is explained to the client.", "decision.reasons", "iso-17021-1@2015#9.5.3",
    )  # fmt: skip
    assert (one.field, ready.case.stage) == ("reasons", "decision")


def test_a_second_press_on_a_decided_case_decides_nothing(ready):
    ready.decide()

    assert refused(ready.decide).rule == "case.stage"
    assert Decision.objects.count() == 1


def test_a_membership_that_has_ended_decides_nothing(ready):
    gone = member(ready.body, "decision", name="Gone")
    gone.until_day = date(2026, 3, 1)
    gone.save(update_fields=["until_day"])

    assert refused(ready.decide, by=gone).rule == "parties.membership_lives"
    assert refused(back, ready, by=gone).rule == "parties.membership_lives"


# Scope and grounds ---------------------------------------------------------------------------------------------------


def with_two_lines(world, **table):
    """Return two scope lines of a case that was reviewed for both, under a scheme that decides as told."""
    ruled(world, **table)
    lines = agreed_scope(world.case)
    other = {**lines[0], "sector": world.node("sectors", "18")}
    accepted = world.case.application_reviews.get()
    type(accepted).objects.filter(pk=accepted.pk).update(scope=[lines[0], other])
    world.review()
    return [lines[0], other]


def ruled(world, **table):
    """Write other terms into the scheme's decision; before the review, whose dossier names the scheme by its digest."""
    revised(world.case.scheme, decision={**world.case.scheme.body["decision"], **table})


def test_part_of_the_scope_is_granted_where_the_scheme_allows(world):
    lines = with_two_lines(world)

    assert world.decide(scope=lines[:1]).scope == lines[:1]


def test_no_part_is_granted_where_the_scheme_does_not_say_so(world):
    lines = with_two_lines(world, partial=False)

    one = refused(world.decide, scope=lines[:1])
    doubled = refused(world.decide, scope=[lines[0], lines[0]])

    assert told(one) == (
        "This scheme does not allow deciding on a part of the scope.", "decision.partial", ART_22,
    )  # fmt: skip
    assert told(doubled) == told(one)  # naming one line twice does not make two of it
    assert world.decide(scope=list(reversed(lines))).outcome == "grant"


def test_nothing_wider_than_reviewed_and_nothing_empty_is_granted(world):
    lines = with_two_lines(world)
    third = {**lines[0], "sector": world.node("sectors", "19")}

    wider = refused(world.decide, scope=[*lines, third])
    empty = refused(world.decide, scope=[])

    assert wider.message_id.startswith("The decision names {count} scope lines that were not reviewed.")
    assert (wider.rule, wider.facts, wider.field) == ("decision.scope", {"count": 1}, "scope")
    assert (empty.message_id, empty.rule) == (
        "Choose at least one scope line; an attestation is about something.", "decision.scope",
    )  # fmt: skip
    assert world.decide(outcome="refuse", scope=[]).outcome == "refuse"


# Several persons -----------------------------------------------------------------------------------------------------


def together(world, persons, agree):
    """Review the case under a scheme whose decisions several persons make."""
    ruled(world, persons=persons, agree=agree)
    world.review()
    return world


def test_two_persons_decide_together_and_nobody_votes_twice(world):
    ready = together(world, 2, "all")

    first = ready.decide()

    assert isinstance(first, Vote)
    assert (ready.case.stage, Decision.objects.count()) == ("decision", 0)
    assert {one.pk for one in queries.deciders(ready.case)} == {ready.second_decider.pk, ready.third_decider.pk}
    twice = refused(ready.decide)
    assert told(twice) == (
        "You voted on this case already; the others' votes are awaited.", "decision.persons", ART_22,
    )  # fmt: skip

    made = ready.decide(by=ready.second_decider)

    assert isinstance(made, Decision)
    assert set(made.votes.values_list("by", flat=True)) == {ready.decider.pk, ready.second_decider.pk}
    assert Event.objects.get(kind="decision.made").payload["persons"] == 2


def test_one_person_with_two_memberships_has_one_vote(world):
    ready = together(world, 2, "all")
    ready.decide()
    again = member(ready.body, "decision", name="Again")
    again.person = ready.decider.person

    assert refused(ready.decide, by=again).rule == "decision.persons"


def test_where_all_must_agree_a_contrary_vote_decides_nothing(world):
    ready = together(world, 2, "all")
    ready.decide()

    assert isinstance(ready.decide(outcome="refuse", by=ready.second_decider), Vote)
    assert isinstance(ready.decide(by=ready.third_decider), Vote)
    assert ready.case.stage == "decision"


def test_where_the_majority_decides_the_outvoted_neither_explains_nor_signs(world):
    ready = together(world, 3, "majority")
    ready.decide(reasons={"en": "first"})
    ready.decide(by=ready.second_decider, reasons={"en": "second"})

    made = ready.decide(outcome="refuse", by=ready.third_decider, reasons={"en": "against"})

    assert (made.outcome, made.reasons) == ("grant", {"en": "second"})
    assert Signature.objects.get(decision=made).by == ready.second_decider
    assert ready.case.stage == "attestation"


def test_two_who_grant_different_scopes_have_not_agreed(world):
    lines = with_two_lines(world, persons=2, agree="all")
    world.decide(scope=lines[:1])

    assert isinstance(world.decide(by=world.second_decider), Vote)
    assert Decision.objects.count() == 0


def test_two_who_name_the_same_lines_in_another_order_have_agreed(world):
    lines = with_two_lines(world, persons=2, agree="all")
    world.decide()

    assert isinstance(world.decide(by=world.second_decider, scope=list(reversed(lines))), Decision)


def test_votes_on_a_review_that_fell_away_do_not_count(world):
    ready = together(world, 2, "all")
    ready.decide()
    back(ready, to="review", by=ready.second_decider)
    ready.review(day=DECIDED, hour=4)

    assert isinstance(ready.decide(day=DECIDED + timedelta(days=1)), Vote)
    assert isinstance(ready.decide(day=DECIDED + timedelta(days=1), by=ready.second_decider), Decision)


# Signatures ----------------------------------------------------------------------------------------------------------


def test_the_conclusion_is_signed_by_the_lead_auditor_and_then_by_the_head(ready):
    made = ready.decide()

    one = refused(sign, ready, made, "head", ready.head)
    assert told(one) == (
        "The {first} signs first; after that it is the turn of the {role}.", "decision.signed_by", ART_22,
    )  # fmt: skip
    assert (one.facts["first"]["en"], queries.next_to_sign(made)) == ("Lead auditor", "lead_auditor")
    assert not Signature.objects.filter(decision=made, role="head").exists()

    sign(ready, made, "lead_auditor", ready.lead)
    assert queries.next_to_sign(made) == "head"
    last = sign(ready, made, "head", ready.head)

    assert queries.roles_to_sign(made) == []
    event = Event.objects.filter(kind="decision.signed").order_by("id").last()
    assert (event.payload, event.by_membership, event.source) == ({"role": "head"}, last.by_id, ART_22)


def test_another_person_does_not_sign_for_the_lead_auditor(ready):
    made = ready.decide()

    one = refused(sign, ready, made, "lead_auditor", ready.auditor)

    assert (one.message_id, one.rule) == (
        "This is signed by the {role} of the case; {person} is not that.", "decision.signed_by",
    )  # fmt: skip
    assert refused(sign, ready, made, "head", ready.rival).rule == "decision.signed_by"
    assert refused(sign, ready, made, "head", ready.applicant).rule == "decision.signed_by"


@pytest.mark.parametrize("role", ["decider", "reviewer", "nobody"])
def test_nothing_is_signed_that_is_not_awaited(ready, role):
    made = ready.decide()

    one = refused(sign, ready, made, role, ready.decider)

    assert told(one) == ("No signature of that role is awaited here.", "decision.signed_by", ART_22)


def test_a_signature_is_given_once(ready):
    made = ready.decide()
    sign(ready, made, "lead_auditor", ready.lead)

    assert refused(sign, ready, made, "lead_auditor", ready.lead).rule == "decision.signed_by"
    assert Signature.objects.filter(decision=made, role="lead_auditor").count() == 1


# Sent back -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("to", ["determination", "review"])
def test_a_case_is_sent_back_with_what_must_be_done(ready, to):
    made = back(ready, to=to)

    assert (ready.case.stage, made.reasons, made.by) == (to, {"en": "Look at June"}, ready.decider)
    event = Event.objects.get(kind="decision.sent_back")
    assert event.payload == {"to": to, "reasons": {"en": "Look at June"}}
    assert refused(ready.decide).rule == "case.stage"


@pytest.mark.parametrize("to", ["selection", "application", "done", "", "nowhere"])
def test_a_case_is_sent_back_no_further_than_determination(ready, to):
    one = refused(back, ready, to=to)

    assert told(one) == (
        "A case is sent back to determination or to review.", "case.stage", "iso-17000@2020#A.4",
    )  # fmt: skip
    assert (ready.case.stage, one.field) == ("decision", "to")


def test_sending_back_says_what_must_be_done(ready):
    one = refused(back, ready, reasons={"en": ""})

    assert told(one) == ("Say what must be done before a decision is possible.", "decision.reasons", ART_22)
    assert (SendBack.objects.count(), ready.case.stage) == (0, "decision")


def test_after_a_new_review_the_case_can_be_decided_again(ready):
    back(ready, to="review")
    ready.review(day=DECIDED, hour=4)

    assert ready.decide(day=DECIDED + timedelta(days=1)).outcome == "grant"


# Who sees ------------------------------------------------------------------------------------------------------------


def test_decisions_are_seen_by_body_and_client_and_by_no_other_body(ready):
    made = ready.decide()

    assert list(queries.visible_to(ready.decider)) == list(queries.visible_to(ready.applicant)) == [made]
    assert list(queries.visible_to(ready.rival)) == list(queries.visible_to(None)) == []
