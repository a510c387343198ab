"""Review, decision, signatures, issue and appeals, as people send their forms."""

from __future__ import annotations

from datetime import date

import pytest

from kept_world import world_fixture
from small_world import revised
from testamur.decision.models import Appeal, Decision, SendBack
from testamur.journal.models import Event
from testamur.register.models import Attestation
from testamur.review.models import Review
from tests.unit.judging import DECIDED, ISSUED, REVIEWED, WORDS, JudgingWorld
from tests.unit.workspace.forms import Desk

kept_world = world_fixture(JudgingWorld)
WHY = {"reasons": "Complete and convincing"}


def desk(world, who, day=REVIEWED, language="en"):
    return Desk(getattr(world, who) if isinstance(who, str) else who, day, language)


def review_form(world, who="reviewer"):
    at_desk = desk(world, who)
    return at_desk, at_desk.form("review", world.case.public_id, having="recommends")


@pytest.fixture
def ready(world):
    world.review()
    return world


@pytest.fixture
def decided(ready):
    made = ready.decide()
    return ready, made


# Review --------------------------------------------------------------------------------------------------------------


def test_a_review_is_recorded_and_the_reviewer_led_back_to_the_case(world):
    reviewer, form = review_form(world)

    answer = reviewer.send(form, recommends="true", **WHY)

    assert (answer.status, answer.to) == (302, f"/w/cases/{world.case.public_id}/")
    assert answer.events == ["review.recorded"]
    assert "The review is recorded on this dossier." in answer.text
    made = Review.objects.get()
    assert (made.by, made.recommends, made.outcome) == (world.reviewer, True, "grant")
    assert made.statement == WORDS  # the page began with the words the application was accepted with


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"recommends": None, **WHY}, "Choose one of the answers offered."),
        ({"recommends": "true", "reasons": " "}, "Give the reasons for the recommendation."),
        ({"recommends": "true", "outcome": "applaud", **WHY}, "Choose the outcome that you recommend"),
        ({"recommends": "true", "outcome": None, **WHY}, "Choose the outcome that you recommend"),
        ({"recommends": "true", "line": None, **WHY}, "Choose at least one scope line"),
        ({"recommends": "true", "statement-zh": "", "statement-en": "", **WHY}, "Write the scope in words"),
        ({"recommends": "true", "seen": "0" * 64, **WHY}, "Something was added to the dossier"),
    ],
)
def test_what_is_wrong_with_a_review_is_said_and_what_was_typed_stays(world, change, said):
    reviewer, form = review_form(world)

    answer = reviewer.send(form, **{"statement-en": "Typed words", **change})

    assert (answer.status, answer.events) == (200, [])
    assert said in answer.text
    assert answer.alert
    assert "Typed words" in answer.page or "statement-en" in change
    assert change["reasons"].strip() in answer.page
    assert (Review.objects.count(), world.case.stage) == (0, "review")


def test_the_same_review_sent_twice_is_recorded_once_and_a_late_one_is_told(world):
    reviewer, form = review_form(world)
    late, other = review_form(world, "second_reviewer")
    reviewer.send(form, recommends="true", **WHY)

    again = reviewer.send(form, recommends="true", **WHY)
    second = late.send(other, recommends="true", **WHY)

    assert (again.status, again.events) == (302, [])
    assert (second.status, second.events) == (200, [])
    assert "is not waiting for review" in second.text
    assert Review.objects.count() == 1


def test_more_evidence_is_wanted_with_reasons(world):
    reviewer, form = review_form(world)
    empty = reviewer.send(form, verdict="more", reasons="")
    assert (empty.status, empty.events) == (200, [])
    assert "Say what is wanted" in empty.text

    answer = reviewer.send(form, verdict="more", reasons="Records of June")

    assert (answer.status, answer.events) == (302, ["review.more_wanted"])
    assert world.case.stage == "determination"


def test_the_lead_auditor_reads_why_they_cannot_review(world):
    world.lead.functions = ["determination", "surveillance", "review"]
    world.lead.save(update_fields=["functions"])
    try:
        answer = desk(world, "lead").post(
            "review", world.case.public_id, recommends="true", outcome="grant", line="0", **WHY
        )
    finally:
        world.lead.functions = ["determination", "surveillance"]
    assert (answer.status, answer.events) == (200, [])
    assert "took part in the determination of this case" in answer.text
    assert "ISO/IEC 17021-1" in answer.text


@pytest.mark.parametrize("page", ["review", "decision", "attestation", "application-review", "team"])
@pytest.mark.parametrize("who", ["rival", "outsider"])
def test_another_bodys_people_find_no_such_page(ready, page, who):
    answer = desk(ready, who).post(page, ready.case.public_id, outcome="grant", apart="on", **WHY)

    assert (answer.status, answer.events) == (404, [])


@pytest.mark.parametrize(("page", "status"), [("review", 404), ("attestation", 404), ("decision", 404)])
def test_the_client_judges_nothing(ready, page, status):
    answer = desk(ready, "applicant").post(page, ready.case.public_id, outcome="grant", apart="on", **WHY)

    assert (answer.status, answer.events) == (status, [])
    assert ready.case.stage == "decision"


# Decision ------------------------------------------------------------------------------------------------------------


def decision_form(world, who="decider", day=DECIDED):
    at_desk = desk(world, who, day)
    return at_desk, at_desk.form("decision", world.case.public_id, having="outcome")


def test_a_decision_is_recorded_and_logged(ready):
    decider, form = decision_form(ready)

    answer = decider.send(form, outcome="grant", apart="on", conditions="Visit the second site first", **WHY)

    assert (answer.status, answer.events) == (302, ["decision.voted", "decision.made"])
    assert "The decision is recorded and logged." in answer.text
    made = Decision.objects.get()
    assert (made.by, made.reasons, made.conditions) == (
        ready.decider, {"en": WHY["reasons"]}, {"en": "Visit the second site first"},
    )  # fmt: skip
    assert ready.case.stage == "attestation"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"outcome": "grant"}, "Declare that you took no part"),
        ({"outcome": "grant", "apart": "on", "reasons": ""}, "Give the reasons; a decision is explained"),
        ({"outcome": "suspend", "apart": "on"}, "This case cannot end in"),
        ({"outcome": "", "apart": "on"}, "This case cannot end in"),
        ({"outcome": "back-nowhere", "apart": "on"}, "A case is sent back to determination or to review."),
        ({"outcome": "back-review", "apart": "on", "reasons": ""}, "Say what must be done"),
        ({"outcome": "grant", "apart": "on", "seen": "0" * 64}, "The dossier changed since you opened this page."),
    ],
)
def test_what_is_wrong_with_a_decision_is_said_and_what_was_typed_stays(ready, change, said):
    decider, form = decision_form(ready)

    answer = decider.send(form, **{**WHY, "conditions": "Typed condition", **change})

    assert (answer.status, answer.events) == (200, [])
    assert said in answer.text
    assert "Typed condition" in answer.page
    assert (Decision.objects.count(), SendBack.objects.count(), ready.case.stage) == (0, 0, "decision")


def test_a_decision_sent_twice_is_made_once_and_a_colleague_is_told(ready):
    decider, form = decision_form(ready)
    colleague, other = decision_form(ready, "second_decider")
    sent = {"outcome": "refuse", "apart": "on", **WHY}
    decider.send(form, **sent)

    again = decider.send(form, **sent)
    late = colleague.send(other, **sent)

    assert (again.status, again.events, late.events) == (302, [], [])
    assert "is not waiting for a decision" in late.text
    assert Decision.objects.count() == 1


def test_a_case_is_sent_back_from_the_page(ready):
    decider, form = decision_form(ready)

    answer = decider.send(form, outcome="back-determination", **WHY)

    assert (answer.status, answer.events) == (302, ["decision.sent_back"])
    assert ready.case.stage == "determination"


def test_the_first_of_two_votes_says_that_another_is_awaited(world):
    revised(world.case.scheme, decision={**world.case.scheme.body["decision"], "persons": 2})
    world.review()
    decider, form = decision_form(world)

    answer = decider.send(form, outcome="grant", apart="on", **WHY)

    assert (answer.status, answer.events) == (302, ["decision.voted"])
    assert "Your vote is recorded; the others' votes are awaited." in answer.text


def test_a_dossier_that_changed_is_reviewed_again_from_the_reviewers_page(ready):
    from testamur.determination.models import Finding
    from tests.unit.selection.world import at

    Finding.objects.create(
        case=ready.case, activity=ready.case.activities.order_by("-id").first(), number="OB-9", grade="improvement",
        clauses=["8.5"], statement="s", seen="x", effective_at=at(DECIDED), by=ready.lead,
    )  # fmt: skip
    blocked = desk(ready, "decider", DECIDED).get("decision", ready.case.public_id)
    assert "a new review is necessary" in blocked.text
    reviewer = desk(ready, "second_reviewer", DECIDED)

    answer = reviewer.send(
        reviewer.form("review", ready.case.public_id, having="recommends"), recommends="true", outcome="grant", **WHY
    )

    assert (answer.status, answer.events) == (302, ["review.recorded"])
    decider, form = decision_form(ready)
    assert decider.send(form, outcome="grant", apart="on", **WHY).status == 302


# Signatures and issue ------------------------------------------------------------------------------------------------


def test_the_lead_auditor_signs_and_a_second_press_signs_nothing(decided):
    world, _made = decided
    lead = desk(world, "lead", DECIDED)
    form = lead.form("decision", world.case.public_id, act="sign")

    answer = lead.send(form)
    again = lead.send(form)

    assert (answer.status, answer.events) == (302, ["decision.signed"])
    assert (again.status, again.events) == (302, [])


@pytest.mark.parametrize(("who", "role"), [("planner", "lead_auditor"), ("lead", "head"), ("lead", "nobody")])
def test_nobody_signs_for_another(decided, who, role):
    world, _made = decided

    answer = desk(world, who, DECIDED).post("decision", world.case.public_id, act="sign", role=role)

    assert (answer.status, answer.events) == (200, [])
    assert "This is signed by" in answer.text or "No signature of that role" in answer.text


def test_the_page_says_whose_signature_is_next_and_lets_nobody_sign_before(decided):
    world, _made = decided
    head = desk(world, "head", DECIDED)
    url = ("decision", world.case.public_id)

    page = head.get(*url)
    answer = head.post(*url, act="sign", role="head")

    assert "signs next" in page.text and "signs after those above" in page.text
    assert (answer.status, answer.events) == (200, [])
    for one in (page, answer):
        assert "The Lead auditor signs first; after that it is the turn of the" in one.text
    lead = desk(world, "lead", DECIDED)
    lead.send(lead.form(*url, act="sign"))
    assert head.send(head.form(*url, act="sign")).events == ["decision.signed"]


def test_nothing_is_issued_before_it_is_signed(decided):
    world, _made = decided

    answer = desk(world, "signatory", ISSUED).post("attestation", world.case.public_id, act="")

    assert (answer.status, answer.events) == (200, [])
    assert "The conclusion is not signed yet by" in answer.text
    assert world.case.stage == "attestation"


def test_a_certificate_is_issued_once_from_the_page(decided):
    world, made = decided
    world.sign_all(made)
    signatory = desk(world, "signatory", ISSUED)
    form = signatory.form("attestation", world.case.public_id, having="once")
    count = Attestation.objects.count()

    answer = signatory.send(form)
    again = signatory.send(form)

    assert answer.status == 302
    assert "attestation.issued" in answer.events or any(kind.startswith("attestation.") for kind in answer.events)
    assert "It is issued, signed, published and logged." in answer.text
    assert (again.status, again.events, Attestation.objects.count()) == (302, [], count + 1)
    assert world.case.stage == "done"


def test_who_does_not_sign_for_the_body_issues_nothing(decided):
    world, made = decided
    world.sign_all(made)

    answer = desk(world, "planner", ISSUED).post("attestation", world.case.public_id, act="")

    assert (answer.status, answer.events) == (200, [])
    assert "does not sign for" in answer.text


# Appeals -------------------------------------------------------------------------------------------------------------


def test_an_appeal_is_filed_heard_and_answered(decided):
    world, made = decided
    client = desk(world, "applicant", date(2026, 4, 1))
    form = client.form("appeal-against", made.public_id, having="reasons")
    empty = client.send(form, reasons="")
    assert (empty.status, empty.events) == (200, [])
    assert "Say what is wrong with the decision" in empty.text

    filed = client.send(form, reasons="It was done in time")
    again = client.send(form, reasons="It was done in time")

    assert (filed.status, filed.events, again.events) == (302, ["decision.appealed"], [])
    appeal = Appeal.objects.get()
    hearer = desk(world, "third_decider", date(2026, 4, 20))
    hearing = hearer.form("appeal", appeal.public_id, having="upheld")
    undecided = hearer.send(hearing, answer="Typed answer", upheld=None)
    assert (undecided.status, undecided.events) == (200, [])
    assert "Typed answer" in undecided.page
    answered = hearer.send(hearing, answer="The records show it", upheld="false")
    assert (answered.status, answered.events) == (302, ["decision.appeal_answered"])
    appeal.refresh_from_db()
    assert (appeal.upheld, appeal.answered_by) == (False, world.third_decider)


def test_who_decided_does_not_hear_and_strangers_find_nothing(decided):
    world, made = decided
    desk(world, "applicant", date(2026, 4, 1)).post("appeal-against", made.public_id, reasons="It was done")
    appeal = Appeal.objects.get()

    own = desk(world, "decider", date(2026, 4, 2)).post("appeal", appeal.public_id, upheld="true", answer="x")
    stranger = desk(world, "rival", date(2026, 4, 2)).post("appeal", appeal.public_id, upheld="true", answer="x")
    elsewhere = desk(world, "rival", date(2026, 4, 2)).post("appeal-against", made.public_id, reasons="x")
    issuer = desk(world, "planner", date(2026, 4, 2)).post("appeal-against", made.public_id, reasons="x")

    assert (own.status, own.events) == (200, [])
    assert "took part in what the appeal is about" in own.text
    assert (stranger.status, elsewhere.status, issuer.status) == (404, 404, 200)
    assert "Only the organisation that the decision concerns" in issuer.text
    assert Event.objects.filter(kind="decision.appeal_answered").count() == 0


def test_an_appeal_too_late_is_told_where_else_to_go(decided):
    world, made = decided

    answer = desk(world, "applicant", date(2026, 5, 4)).post("appeal-against", made.public_id, reasons="late")

    assert (answer.status, answer.events) == (200, [])
    assert "The time for an appeal ended on" in answer.text
    assert Appeal.objects.count() == 0


def test_the_refusals_are_said_in_chinese_too(world):
    reviewer = desk(world, "reviewer", language="zh")
    form = reviewer.form("review", world.case.public_id, having="recommends")

    answer = reviewer.send(form, recommends="true", reasons="")

    assert "请写明推荐意见的理由。" in answer.text
