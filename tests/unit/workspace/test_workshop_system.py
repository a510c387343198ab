"""Pages of the management system in the workshop, through Django's client."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from small_world import PLATFORM, member, organisation
from testamur.improvement.actions import documents, versions
from testamur.improvement.models import AuditFinding, InternalAudit, Objective, Process, SupplierCertificate
from testamur.improvement.queries.inputs import TOPICS
from testamur.kernel import clock
from testamur.parties.actions import open_account
from testamur.sample.papers import pdf
from testamur.workspace import case_pages

pytestmark = pytest.mark.django_db
W = "/w/workshop/"


def signed_in(one, language="en"):
    account = open_account(
        person=one.person, email=f"{one.public_id.lower()}@sample.example", by=PLATFORM, at=clock.now(), verified=True
    )
    client = Client(SERVER_NAME="localhost")
    client.cookies["language"] = {"en": "en", "zh": "zh-hans"}[language]
    client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def keeper(db):
    return member(organisation("Works"), "quality", name="Wu")


@pytest.fixture
def desk(keeper):
    return signed_in(keeper)


def days_off(days):
    return (case_pages.today_cn() + timedelta(days=days)).isoformat()


def objective(keeper, **more):
    return {
        "statement": "Fewer <returns>", "owner": keeper.public_id, "indicator": "returned lots", "unit": "%",
        "better": "less", "start": "2.4", "start_on": days_off(-200), "target": "1.2", "target_on": days_off(165),
        "every_months": "1", "means": "Train the night shift.", **more,
    }  # fmt: skip


def test_an_objective_is_drafted_agreed_measured_and_ended_on_its_pages(keeper, desk):
    assert "No objective yet" in desk.get(f"{W}objectives/").content.decode()
    made = desk.post(f"{W}objectives/new/", objective(keeper, target=""))
    found = Objective.objects.get()
    page = f"{W}objectives/{found.public_id}/"
    assert made.url == page
    draft = desk.get(page).content.decode()
    assert "Why this is still a draft" in draft and "no number to reach" in draft and "Fewer &lt;returns&gt;" in draft
    refused = desk.post(page, {"act": "agree"})
    assert refused.status_code == 200 and Objective.objects.get().agreed_at is None
    desk.post(page, {"act": "draft", "seen": "0", **objective(keeper)})
    assert desk.post(page, {"act": "agree"}).status_code == 302
    sent = {"act": "measure", "value": "1.7", "measured_on": days_off(-1), "source": "monthly report"}
    assert desk.post(page, sent).status_code == 302
    shown = desk.get(page).content.decode()
    assert "on track" in shown and "<svg" in shown and "monthly report" in shown
    assert desk.post(page, {"act": "end", "because": "Replaced"}).status_code == 302
    listed = desk.get(f"{W}objectives/?sort=-last").content.decode()
    assert "1.7 %" in listed and "ended" in listed


def test_bad_input_stays_on_the_page_with_its_reason(keeper, desk):
    answer = desk.post(
        f"{W}objectives/new/", objective(keeper, start="two", start_on="yesterday", owner="nobody", every_months="x")
    )
    page = answer.content.decode()
    assert answer.status_code == 200 and not Objective.objects.exists()
    assert "“two” is not a number" in page and "is not a day" in page and "Fewer &lt;returns&gt;" in page
    assert desk.post(f"{W}objectives/new/", {}).status_code == 200
    for query in ("?sort=nothing", "?page=x", "?state=zzz", "?q=\x00", "?format=exe"):
        assert desk.get(f"{W}objectives/{query}").status_code == 200


def test_lists_are_taken_away_as_files(keeper, desk):
    desk.post(f"{W}objectives/new/", objective(keeper, statement="=cmd()"))

    assert "'=cmd()" in desk.get(f"{W}objectives/?format=csv").content.decode("utf-8-sig")
    assert desk.get(f"{W}objectives/?format=json").json()[0]["objective"] == "=cmd()"
    assert desk.get(f"{W}objectives/?format=xlsx").content[:2] == b"PK"


def test_a_form_sent_twice_is_done_once(keeper, desk):
    for _again in range(2):
        desk.post(f"{W}objectives/new/", objective(keeper, once="a" * 16))

    assert Objective.objects.count() == 1


def test_processes_are_kept_on_their_page(keeper, desk):
    assert desk.post(f"{W}processes/", {"name": "Turning", "owner": keeper.public_id}).status_code == 302
    assert "already" in desk.post(f"{W}processes/", {"name": "Turning", "owner": keeper.public_id}).content.decode()
    page = f"{W}processes/{Process.objects.get().public_id}/"
    desk.post(page, {"act": "keep", "name": "Milling", "owner": keeper.public_id})
    desk.post(page, {"act": "end"})
    assert "Milling" in desk.get(f"{W}processes/").content.decode()
    assert Process.objects.get().ended_at is not None


def test_a_stranger_finds_nothing(keeper, desk):
    desk.post(f"{W}objectives/new/", objective(keeper))
    stranger = signed_in(member(organisation("Others"), "quality", name="Zhou"))

    assert stranger.get(f"{W}objectives/{Objective.objects.get().public_id}/").status_code == 404
    assert "Fewer" not in stranger.get(f"{W}objectives/").content.decode()


def test_a_measuring_that_falls_due_stands_in_the_inbox(keeper, desk):
    made = desk.post(f"{W}objectives/new/", objective(keeper))
    desk.post(made.url, {"act": "agree"})

    assert "Measure the objective: Fewer &lt;returns&gt;" in desk.get("/w/").content.decode()
    assert "Measure the objective" in desk.get(W).content.decode()


def paper(name="qp07.pdf", title="x"):
    return SimpleUploadedFile(name, pdf(title), content_type="application/pdf")


def test_a_document_goes_from_draft_to_read_by_two_people(keeper, desk):
    other = member(keeper.organisation, "quality", name="Chen")
    operator = member(keeper.organisation, "application", name="Fang")
    colleague, reader = signed_in(other), signed_in(operator)
    new = {
        "number": "QP-07",
        "title": "Release",
        "kind": "procedure",
        "keeper": keeper.public_id,
        "review_months": "12",
    }
    page = desk.post(f"{W}documents/new/", new).url
    assert "already" in desk.post(f"{W}documents/new/", new).content.decode()
    assert "Choose the file" in desk.post(page, {"act": "add", "changed": "First"}).content.decode()
    wrong = SimpleUploadedFile("a.pdf", b"MZ\x90\x00")
    assert desk.post(page, {"act": "add", "changed": "First", "file": wrong}).status_code == 200
    assert desk.post(page, {"act": "add", "changed": "First", "file": paper()}).status_code == 302
    assert desk.post(page, {"act": "submit"}).status_code == 302
    shown = desk.get(page).content.decode()
    assert "wrote this version and cannot approve it" in shown
    assert desk.post(page, {"act": "approve", "in_force_on": days_off(0)}).status_code == 200  # the author cannot
    assert "Approve version 1 of Release" in colleague.get("/w/").content.decode()
    assert colleague.post(page, {"act": "approve", "in_force_on": days_off(0)}).status_code == 302
    desk.post(page, {"act": "distribute", "member": operator.public_id})
    train = {"act": "train", "version": "1", "trained": operator.public_id, "trained_on": days_off(0), "trainer": "Wu"}
    assert desk.post(page, {**train, "checked": "A test", "effective": "true"}).status_code == 302
    review = {"act": "review", "reviewed_on": days_off(0), "fits": "true", "note": "Read with the shift"}
    assert desk.post(page, review).status_code == 302

    assert "Read version 1 of Release" in reader.get("/w/").content.decode()
    assert reader.get(page).status_code == 403 or "function" in reader.get(page).content.decode()
    reading = f"{page}reading/"
    file = reader.get(f"{page}1/file/")
    assert file.content[:4] == b"%PDF" and "QP-07-v1" in file["Content-Disposition"]
    assert "sandbox" in file["Content-Security-Policy"]
    assert reader.post(reading, {"act": "read"}).status_code == 302
    assert "Nothing: you have read" in reader.get(reading).content.decode()
    listed = desk.get(page).content.decode()
    assert "Read: 1 of 1" in listed and "A test" in listed and "Read with the shift" in listed
    assert (
        desk.post(page, {"act": "withdraw", "withdrawn_on": days_off(0), "withdrawn_because": "Merged"}).status_code
        == 302
    )
    assert "WITHDRAWN-QP-07" in desk.get(f"{page}1/file/")["Content-Disposition"]
    assert reader.get(reading).status_code == 404
    assert "withdrawn" in desk.get(f"{W}documents/?sort=-since&q=QP").content.decode()
    stranger = signed_in(member(organisation("Others"), "quality", name="Zhou"))
    assert [stranger.get(address).status_code for address in (page, reading, f"{page}1/file/")] == [404] * 3


def test_a_draft_is_not_handed_to_readers(keeper, desk):
    operator = member(keeper.organisation, "application", name="Fang")
    new = {"number": "Q1", "title": "R", "kind": "form", "keeper": keeper.public_id, "review_months": "12"}
    page = desk.post(f"{W}documents/new/", new).url
    desk.post(page, {"act": "add", "changed": "First", "file": paper()})
    desk.post(page, {"act": "distribute", "member": operator.public_id})

    assert signed_in(operator).get(f"{page}1/file/").status_code == 404
    assert "DRAFT-Q1" in desk.get(f"{page}1/file/")["Content-Disposition"]
    for act in ("add", "distribute", "end-distribution", "review", "withdraw", "train", "approve", "return", "replace"):
        assert desk.post(page, {"act": act}).status_code == 200, act


def test_somebody_without_the_function_finds_reads_and_acknowledges(keeper, desk):
    """The door of those who only work by a document: the inbox, the list, the page, their word, their training."""
    other = member(keeper.organisation, "quality", name="Chen")
    reader = member(keeper.organisation, "application", name="Fang")
    shift, stranger = signed_in(reader), signed_in(member(organisation("Others"), "application", name="Li"))
    assert "Documents for you" not in shift.get("/w/").content.decode()
    now = clock.now()
    made, spare = (
        documents.register_document(
            number=number, title="Release of lots", kind="procedure", keeper=keeper, by=keeper, at=now, review_months=12
        )
        for number in ("QP-5", "QP-6")
    )
    documents.distribute(document=made, member=reader, by=keeper, at=now)
    for number in (1, 2):
        version = versions.add_version(
            document=made, content=pdf("x", ("y",)), name="x.pdf", changed=f"Change {number}", by=other, at=now
        )
        versions.submit_version(version=version, by=other, at=now)
        today = case_pages.today_cn()
        versions.approve_version(version=version, in_force_on=today + timedelta(days=number - 1), by=keeper, at=now)
    address = f"{W}documents/{made.public_id}/reading/"

    assert "Documents for you" in shift.get("/w/").content.decode()
    listed = shift.get(f"{W}reading/").content.decode()
    assert address in listed and "QP-6" not in listed and "not read yet" in listed
    assert "Change 1" in shift.get(address).content.decode()
    assert shift.post(address, {"act": "read"}).status_code == 302
    versions.train(version=made.versions.get(number=1), trained=reader, trained_on=today, trainer="Chen", by=keeper,
                   at=now, checked="Ten parts", effective=True)  # fmt: skip
    assert "Ten parts" in shift.get(address).content.decode()
    assert "QP-5" in shift.get(f"{W}reading/?state=read&format=csv").content.decode("utf-8-sig")
    assert "QP-5" not in shift.get(f"{W}reading/?state=unread&format=csv").content.decode("utf-8-sig")
    assert shift.get(f"{W}documents/").status_code in (403, 404)
    assert "QP-5" not in stranger.get(f"{W}reading/").content.decode()
    assert stranger.get(address).status_code == 404 and stranger.post(address, {"act": "read"}).status_code == 404
    assert spare.distributions.count() == 0


def test_an_audit_programme_shows_its_gap_until_it_is_closed(keeper, desk):
    other = member(keeper.organisation, "quality", name="Chen")
    auditor = signed_in(other)
    for name in ("Turning", "Night <shift>"):
        desk.post(f"{W}processes/", {"name": name, "owner": keeper.public_id})
    turning, night = (Process.objects.get(name=name).public_id for name in ("Turning", "Night <shift>"))
    new = {"title": "2026", "first_day": days_off(-300), "last_day": days_off(60), "processes": [turning, night]}
    assert desk.post(f"{W}audits/new/", {**new, "clauses": []}).status_code == 200
    page = desk.post(f"{W}audits/new/", {**new, "clauses": ["8.5", "8.6"]}).url
    shown = desk.get(page).content.decode()
    assert "nobody looks at it. Plan an audit by" in shown and "Night &lt;shift&gt;" in shown
    assert "Nobody looked at" in shown  # why it cannot be called complete
    plan = {"act": "plan", "planned_on": days_off(-1), "processes": [turning], "clauses": ["8.5", "8.6"]}
    own = desk.post(page, {**plan, "auditor": keeper.public_id})
    assert "answers for Turning and cannot audit it" in own.content.decode()
    assert desk.post(page, {**plan, "auditor": other.public_id}).status_code == 302
    assert "Hold audit" in auditor.get("/w/").content.decode()
    assert "Plan an audit of what nobody looks at: Night &lt;shift&gt;" in desk.get("/w/").content.decode()
    audit = f"{W}audits/{InternalAudit.objects.get().public_id}/"
    finding = {"act": "finding", "kind": "nonconformity", "process": turning, "clause": "8.6",
               "statement": "Lots unmeasured", "seen": "14 lots"}  # fmt: skip
    assert desk.post(audit, finding).status_code == 200  # not the auditor
    assert auditor.post(audit, finding).status_code == 302
    assert auditor.get(f"{audit}report/").status_code == 404
    assert auditor.post(audit, {"act": "report", "held_on": days_off(0), "conclusion": "Mostly"}).status_code == 302
    assert "without a problem" in desk.get(audit).content.decode()
    assert desk.post(audit, {"act": "open", "nonconformity": "7"}).status_code == 200
    assert desk.post(audit, {"act": "open", "nonconformity": "1"}).status_code == 302
    problem = AuditFinding.objects.get().problem
    assert problem.number in desk.get(audit).content.decode()
    assert audit in desk.get(f"{W}problems/{problem.public_id}/").content.decode()
    assert desk.post(audit, {"act": "close"}).status_code == 302
    pdf_ = desk.get(f"{audit}report/")
    assert pdf_.content[:5] == b"%PDF-" and "attachment" in pdf_["Content-Disposition"]
    assert "audited" in desk.get(page).content.decode()
    assert "2026" in desk.get(f"{W}audits/?format=csv").content.decode("utf-8-sig")
    for act in ("plan", "complete"):
        assert desk.post(page, {"act": act}).status_code == 200
    for act in ("finding", "open", "problem", "correct", "report", "close", "drop"):
        assert desk.post(audit, {"act": act}).status_code == 200
    stranger = signed_in(member(organisation("Others"), "quality", name="Zhou"))
    assert [stranger.get(address).status_code for address in (page, audit, f"{audit}report/")] == [404] * 3


def test_a_review_is_planned_frozen_decided_and_printed(keeper, desk):
    desk.post(f"{W}objectives/new/", objective(keeper))
    made = desk.post(f"{W}objectives/new/", objective(keeper, statement="Shorter <setups>"))
    desk.post(made.url, {"act": "agree"})
    page = desk.post(f"{W}reviews/new/", {"held_on": days_off(0), "chair": keeper.public_id, "attendees": "All"}).url
    before = desk.get(page).content.decode()
    assert "Shorter &lt;setups&gt;: not measured yet." in before and "Nothing is recorded here" in before
    decide = {"act": "decide", "kind": "resources", "decision": "Buy a gauge", "owner": keeper.public_id,
              "due_on": days_off(3)}  # fmt: skip
    assert desk.post(page, decide).status_code == 200  # not before the inputs are frozen
    assert desk.post(page, {"act": "freeze"}).status_code == 302
    assert desk.post(page, decide).status_code == 302
    assert "points of the agenda" in desk.post(page, {"act": "close", "conclusion": "Suitable"}).content.decode()
    for topic in TOPICS:
        desk.post(page, {"act": "remark", "topic": topic.key, "remark": "Looked at"})
    assert desk.post(page, {"act": "close", "conclusion": "Suitable"}).status_code == 302
    assert "Buy a gauge" in desk.get("/w/").content.decode()
    assert desk.get(f"{page}minutes/").content[:5] == b"%PDF-"
    done = {"act": "done", "carried": "1", "done_on": days_off(0), "result": "Bought"}
    assert desk.post(page, done).status_code == 302
    assert "every decision is done" in desk.get(page).content.decode()
    assert desk.get(f"{W}reviews/?format=json").json()[0]["open"] == 0
    for act in ("freeze", "remark", "decide", "close", "done"):
        assert desk.post(page, {"act": act}).status_code == 200
    stranger = signed_in(member(organisation("Others"), "quality", name="Zhou"))
    assert [stranger.get(address).status_code for address in (page, f"{page}minutes/")] == [404] * 2


def test_a_supplier_is_kept_scored_and_its_certificate_watched(keeper, desk):
    new = {"name": "Bars <Ltd>", "supplies": "Steel", "risk": "high", "keeper": keeper.public_id}
    page = desk.post(f"{W}suppliers/new/", new).url
    assert "already" in desk.post(f"{W}suppliers/new/", new).content.decode()
    assert desk.post(page, {"act": "watch", "certificate": "NOBODY-1"}).status_code == 302
    assert "no such record" in desk.get(page).content.decode()
    assert "no such record" in desk.get("/w/").content.decode()
    score = {"act": "score", "scored_on": days_off(0), "quality": "98", "delivery": "80", "service": "x", "basis": "12"}
    assert "from 0" in desk.post(page, score).content.decode()
    assert desk.post(page, {**score, "service": "90"}).status_code == 302
    assert desk.post(page, {"act": "decide", "outcome": "approved", "reasons": "Audited"}).status_code == 302
    watched = SupplierCertificate.objects.get()
    assert desk.post(page, {"act": "unwatch", "watched": str(watched.pk)}).status_code == 302
    assert desk.post(page, {"act": "keep", "seen": "0", **new, "risk": "low"}).status_code == 302
    assert "changed this since" in desk.post(page, {"act": "keep", "seen": "0", **new}).content.decode()
    listed = desk.get(f"{W}suppliers/?state=approved").content.decode()
    assert "Bars &lt;Ltd&gt;" in listed and "low" in listed
    for act in ("keep", "decide", "score", "watch", "unwatch"):
        assert desk.post(page, {"act": act}).status_code == 200
    stranger = signed_in(member(organisation("Others"), "quality", name="Zhou"))
    assert stranger.get(page).status_code == 404
