"""Pages of proficiency: for a provider, a laboratory, an accreditor, and those who have no business there."""

from __future__ import annotations

import re
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from proficiency_bench import (
    AFTER,
    DISPATCH,
    HOME,
    HOMOGENEOUS,
    REPORT,
    UNEVEN,
    VALUES,
    Bench,
    address,
    on,
    signed_in,
    text_of,
)  # fmt: skip
from testamur.journal.models import Event
from testamur.proficiency import queries
from testamur.proficiency.actions import participants, rounds
from testamur.proficiency.models import Participant, Release, Round, Score

pytestmark = pytest.mark.django_db


@pytest.fixture
def bench():
    return Bench()


DRAFT = {
    "title-en": "Lead in water", "rules-en": "One result each.", "admits": "everybody", "grouping": "one",
    "replicates": "1", "enrol_until": "2026-03-10", "dispatch_on": "2026-03-16", "results_until": "2026-04-10",
    "report_on": "2026-05-08", "price": "1200.50",
}  # fmt: skip


def test_a_round_goes_from_its_draft_to_dispatch_by_its_pages(bench):
    client = signed_in(bench.keeper)
    with on(date(2026, 2, 2)):
        wrong = client.post(HOME + "new/", {**DRAFT, "dispatch_on": "2026-03-01", "title-en": "Kept <typed>"})
        assert "dispatched after enrolment" in text_of(wrong) and "Kept &lt;typed&gt;" in wrong.content.decode()
        assert client.post(HOME + "new/", {**DRAFT, "accreditors": "Nobody Ltd"}).status_code == 200
        made = client.post(HOME + "new/", {**DRAFT, "accreditors": "Sample Accreditation Service"})
        found = Round.objects.get()
        assert made["Location"] == address(found)
        assert found.accreditors.get() == bench.accreditor and str(found.price) == "1200.50"
        what = {"act": "measurand", "name-en": "Lead", "unit": "µg/L", "decimals": "2", "value_by": "algorithm_a",
                "sigma_by": "prescribed", "sigma_pt": "", "score_by": "z"}  # fmt: skip
        assert "Give σ_pt" in text_of(client.post(address(found, "measurands/new/"), what))
        assert client.post(address(found, "measurands/new/"), {**what, "sigma_pt": "0.2"}).status_code == 302
        one = found.measurands.get()
        changed = client.post(address(found, f"measurands/{one.public_id}/"), {**what, "sigma_pt": "0.25"})
        assert changed.status_code == 302
        new = {**DRAFT, "title-en": "Lead and more", "accreditors": bench.accreditor.public_id, "version": "2"}
        edited = client.post(address(found, "edit/"), new)
        assert edited.status_code == 302
        assert "changed this round meanwhile" in text_of(
            client.post(address(found, "edit/"), {**DRAFT, "version": "1"})
        )
        assert client.post(address(found), {"act": "move"}).status_code == 302
    found.refresh_from_db()
    assert found.state == "open" and found.title == {"en": "Lead and more"}
    with on(date(2026, 3, 2)):
        lab = signed_in(bench.labs[0])
        shown = text_of(lab.get(address(found)))
        assert "One result each." in shown and "Sample Accreditation Service" in shown
        digest = re.search(r'name="version" value="(\w{64})"', shown)[1]
        assert lab.post(address(found), {"act": "enrol", "version": digest}).status_code == 302
        assert Participant.objects.get().code in text_of(lab.get(address(found)))
        new = {**{key: DRAFT[key] for key in DRAFT if "_" in key}, "rules-en": "Two results each.", "reason": "",
               "version": str(Round.objects.get().version)}  # fmt: skip
        assert "Say why" in text_of(client.post(address(found, "rules/"), new))
        assert client.post(address(found, "rules/"), {**new, "reason": "Clearer"}).status_code == 302
        shown = text_of(lab.get(address(found)))
        assert "The rules changed" in shown and "Clearer" in shown
        digest = re.search(r'name="version" value="(\w{64})"', shown)[1]
        assert lab.post(address(found), {"act": "see", "version": digest}).status_code == 302
        assert "The rules changed" not in text_of(lab.get(address(found)))
    with on(DISPATCH):
        page = address(found, f"measurands/{one.public_id}/")
        assert "judge the homogeneity" in text_of(client.post(address(found), {"act": "move"}))
        assert client.post(page, {"act": "judge", "homogeneity": "no numbers"}).status_code == 200
        assert client.post(page, {"act": "judge", "homogeneity": UNEVEN}).status_code == 302
        assert "not homogeneous or stable" in text_of(client.post(address(found), {"act": "move"}))
        upload = SimpleUploadedFile("h.csv", HOMOGENEOUS.replace("\t", ",").encode())
        assert client.post(page, {"act": "judge", "file": upload}).status_code == 302
        assert "homogeneous" in text_of(client.get(page))
        assert client.post(address(found), {"act": "move"}).status_code == 302
    assert Round.objects.get().state == "dispatched"


def test_results_by_hand_and_as_a_table_and_the_receipt(bench):
    found = bench.dispatched(labs=bench.labs[:2])
    lab, page, key = signed_in(bench.labs[0]), address(found, "results/"), bench.measurand.public_id
    with on(date(2026, 3, 30)):
        wrong = lab.post(page, {f"{key}-values": "twelve"})
        assert "is not a number" in text_of(wrong) and 'value="twelve"' in wrong.content.decode()
        typed = {f"{key}-values": "12.0", f"{key}-U": "0.2", f"{key}-k": "2", f"{key}-method": "ICP-MS"}
        assert lab.post(page, typed).status_code == 302
        table = SimpleUploadedFile("r.csv", b"measurand;value;U;k;method\nLead;12.10;0.2;2;AAS\n")
        assert lab.post(page, {"file": table}).status_code == 302
        bad = SimpleUploadedFile("r.csv", b"measurand;value\nGold;1\n")
        assert "no measurand of this round" in text_of(lab.post(page, {"file": bad}))
        shown = text_of(lab.get(page))
        sent = Participant.objects.get(organisation=bench.labs[0].organisation).submissions.all()
        assert [one.body[key]["values"] for one in sent] == [["12.0"], ["12.10"]]
        assert all(one.public_id in shown for one in sent)
    with on(date(2026, 4, 11)):
        late = text_of(lab.post(page, typed))
        assert "sealed since" in late and "Late results are not evaluated" in late
    assert sent.count() == 2


def test_the_evaluation_is_proposed_by_one_and_issued_by_another(bench):
    found = bench.sealed()
    keeper, second, page = signed_in(bench.keeper), signed_in(bench.second), address(found, "evaluation/")
    with on(date(2026, 4, 10)):
        assert "begins the day after" in text_of(keeper.get(page)) and "12.02" not in text_of(keeper.get(page))
    with on(AFTER):
        part = found.participants.get(organisation=bench.labs[12].organisation)
        key = f"{bench.measurand.public_id} {part.public_id}"
        row = {"act": "propose", "exclusions-0-result": key, "exclusions-0-reason": ""}
        assert "Say why a result is left out" in text_of(keeper.post(page, row))
        assert keeper.post(page, {**row, "exclusions-0-reason": "Unit"}).status_code == 302
        shown = text_of(keeper.get(page))
        assert "You proposed this evaluation" in shown and "Is it a blunder" in shown and "<svg" in shown
        waits = queries.proposed(found)
        assert "You proposed" in text_of(keeper.post(page, {"act": "issue", "version": waits.pk}))
        assert second.post(page, {"act": "issue", "version": waits.pk}).status_code == 302
        for kind in ("csv", "xlsx", "json"):
            assert second.get(page, {"format": kind}).status_code == 200
    assert Round.objects.get(pk=found.pk).state == "reported" and Score.objects.count() == 14


def test_a_report_shows_ones_own_code_and_nobodys_name_also_as_pdf(bench):
    found = bench.reported()
    lab = signed_in(bench.labs[0])
    with on(REPORT):
        shown = text_of(lab.get(address(found, "report/")))
        for one in found.participants.select_related("organisation"):
            assert one.code in shown
            assert one.organisation == bench.labs[0].organisation or one.organisation.names["en"] + "<" not in shown
        assert "(your own)" in shown and "▶" in shown
        pdf = lab.get(address(found, "report/"), {"format": "pdf"})
        assert pdf["Content-Type"] == "application/pdf" and pdf.content.startswith(b"%PDF")
        assert lab.get(address(found, "report/"), {"edition": "7"}).status_code == 404
        assert lab.post(address(found, "report/"), {"contest": "Wrong unit"}).status_code == 302
        second = signed_in(bench.second)
        contest = found.editions.get().appeals.get()
        page = address(found, f"appeals/{contest.public_id}/")
        assert second.post(page, {"upheld": "", "answer": "x"}).status_code == 200
        assert second.post(page, {"upheld": "no", "answer": "The unit is right."}).status_code == 302
        assert "The unit is right." in text_of(lab.get(address(found, "report/")))


@pytest.mark.parametrize("grouping", ["joint", "apart"])
def test_a_report_says_nothing_of_another_group(bench, grouping):
    found = bench.draft(grouping=grouping)
    with on(date(2026, 2, 9)) as at:
        other = participants.make_group(found=found, name="Garrison", blind=True, by=bench.keeper, at=at)
        for lab in bench.labs[8:]:
            participants.invite(found=found, laboratory=lab.organisation, group=other, by=bench.keeper, at=at)
        rounds.open_round(found=found, by=bench.keeper, at=at)
    bench.opened = lambda **_more: found
    found = bench.reported()
    with on(REPORT):
        shown = text_of(signed_in(bench.labs[0]).get(address(found, "report/")))
        page = text_of(signed_in(bench.labs[1]).get(address(found)))
    for one in found.participants.filter(group=other).select_related("organisation"):
        for said in (shown, page):
            assert one.code not in said and one.organisation.names["en"] not in said and one.public_id not in said
    assert "Garrison" not in shown + page and other.public_id not in shown + page
    if grouping == "joint":
        assert "Results in the assigned value" not in shown and "Robust standard deviation" not in shown
    else:
        assert re.search(r"Results in the assigned value</dt><dd>\s*8", shown)


def test_a_score_that_is_not_acceptable_is_answered(bench):
    found = bench.reported()
    lab = signed_in(bench.labs[12])
    with on(REPORT):
        shown = text_of(lab.get(HOME + "scores/"))
        assert "action signal" in shown and "say what you did" in shown
        score = queries.own_scores(bench.labs[12]).get()
        page = f"{HOME}scores/{score.public_id}/"
        assert "Say what the cause is" in text_of(lab.post(page, {"cause": "", "action": "x"}))
        assert lab.post(page, {"cause": "Dilution", "action": "Recalculated; two customers told"}).status_code == 302
        assert "answered" in text_of(lab.get(HOME + "scores/"))
        for kind in ("csv", "xlsx", "json"):
            assert lab.get(HOME + "scores/", {"format": kind}).status_code == 200
        assert signed_in(bench.labs[3]).get(page).status_code == 404
    assert found.state == "reported"


def test_scores_over_rounds_are_drawn(bench):
    bench.reported()
    bench.reported()
    with on(REPORT):
        shown = text_of(signed_in(bench.labs[12]).get(HOME + "scores/"))
    assert "<svg" in shown and "two rounds in a row" in shown


def test_a_release_opens_one_laboratory_to_the_accreditor_and_every_look_is_kept(bench):
    found = bench.reported()
    lab, assessor, outsider = signed_in(bench.labs[3]), signed_in(bench.assessor), signed_in(bench.outsider)
    part = found.participants.get(organisation=bench.labs[3].organisation)
    page = f"{HOME}released/{part.public_id}/"
    with on(REPORT):
        assert "Nothing is released" in text_of(assessor.get(HOME + "released/"))
        assert assessor.get(page).status_code == 404
        sent = {"to": "Sample Accreditation Service", "round": found.public_id, "until_day": "2026-12-31"}
        assert lab.post(HOME + "releases/", {**sent, "until_day": "soon"}).status_code == 200
        assert lab.post(HOME + "releases/", {**sent, "to": "Sample"}).status_code == 200
        assert lab.post(HOME + "releases/", sent).status_code == 302
        shown = text_of(assessor.get(HOME + "released/"))
        assert "Sample Laboratory 4" in shown and "Sample Laboratory 5" not in shown
        seen = text_of(assessor.get(page))
        assert VALUES[3] in seen
        for other in found.participants.exclude(pk=part.pk):
            assert other.code not in seen
        assert outsider.get(page).status_code == 404 and "Laboratory 4" not in text_of(outsider.get(HOME + "released/"))
        assert lab.get(HOME + "released/").status_code == 403
        assert Event.objects.filter(kind="proficiency.results_looked_at").count() == 1
        given = Release.objects.get()
        assert outsider.post(f"{HOME}releases/{given.public_id}/end/").status_code == 404
        assert lab.post(f"{HOME}releases/{given.public_id}/end/").status_code == 302
        assert assessor.get(page).status_code == 404


def test_to_others_a_round_is_not_there(bench):
    found = bench.sealed(admits="everybody")
    stranger, lab = signed_in(bench.outsider), signed_in(bench.labs[0])
    with on(AFTER):
        for more in ("edit/", "rules/", "participants/", "evaluation/", "measurands/new/",
                     f"measurands/{bench.measurand.public_id}/"):  # fmt: skip
            for client in (stranger, lab):
                assert client.get(address(found, more)).status_code == 404, more
                assert client.post(address(found, more), {"act": "propose"}).status_code == 404, more
        for more in ("results/", "report/"):
            assert stranger.get(address(found, more)).status_code == 404
        page = text_of(lab.get(address(found)))
        for one in found.participants.exclude(organisation=bench.labs[0].organisation):
            assert one.code not in page


def test_the_provider_reads_who_takes_part_and_invites(bench):
    found = bench.draft(grouping="joint")
    client, page = signed_in(bench.keeper), address(found, "participants/")
    with on(date(2026, 2, 9)):
        assert client.post(page, {"act": "group", "name": "second", "blind": "true"}).status_code == 302
        group = found.groups.get(name="second")
        sent = {"act": "invite", "laboratory": "Sample Laboratory 2", "group": group.public_id}
        assert client.post(page, sent).status_code == 302
        assert "invited already" in text_of(client.post(page, sent))
        assert "No single organisation" in text_of(client.post(page, {**sent, "laboratory": "Sample"}))
        assert "Sample Laboratory 2" in text_of(client.get(page))
        for kind in ("csv", "xlsx", "json"):
            assert client.get(page, {"format": kind}).status_code == 200


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_lists_desk_and_inbox_are_drawn_in_both_languages(bench, language):
    bench.reported()
    found = bench.dispatched()
    with on(date(2026, 3, 30)):
        for one in (bench.keeper, bench.labs[12]):
            client = signed_in(one, language)
            for where in ("/w/workshop/", "/w/", HOME, HOME + "?sort=state&state=open&q=x", HOME + "scores/",
                          HOME + "scores/?rating=action&sort=score", HOME + "releases/", address(found)):  # fmt: skip
                assert client.get(where).status_code == 200, where
            for kind in ("csv", "xlsx", "json"):
                assert client.get(HOME, {"format": kind}).status_code == 200
        desk = text_of(client.get("/w/workshop/"))
    assert ("Send your results" if language == "en" else "提交") in desk


def test_who_is_invited_reads_it_in_the_inbox_with_the_last_day(bench):
    found = bench.draft(admits="invited")
    with on(date(2026, 2, 9)) as at:
        group = found.groups.get()
        participants.invite(found=found, laboratory=bench.labs[0].organisation, group=group, by=bench.keeper, at=at)
        rounds.open_round(found=found, by=bench.keeper, at=at)
    lab = signed_in(bench.labs[0])
    with on(date(2026, 3, 2)):
        for where in ("/w/", "/w/workshop/"):
            shown = text_of(lab.get(where))
            assert "You are invited: read the rules and enrol" in shown and "10 Mar" in shown, where
        assert "You are invited" not in text_of(signed_in(bench.labs[1]).get("/w/workshop/"))
        bench.enrol(found, bench.labs[0])
        assert "You are invited" not in text_of(lab.get("/w/workshop/"))


JUNK = {
    "version": "9" * 40, "once": "x", "exclusions-0-result": "NOBODY NOWHERE", "exclusions-0-reason": "x",
    "title-en": "\x00" * 5 + "x" * 30_000, "enrol_until": "9999-99-99", "dispatch_on": "0001-01-01",
    "price": "1e999999", "replicates": "-1", "decimals": "99999999", "sigma_pt": "1e30", "mass_fraction": "nan",
    "homogeneity": "=1+1\t<script>", "reference_value": "1e500", "reference_U": "-1", "reference_k": "0",
    "group": "NOGROUP", "laboratory": "%", "to": "", "round": "NOROUND", "until_day": "2026-02-30",
    "upheld": "perhaps", "reason": "", "file": "no file",
}  # fmt: skip
ASKED = {"page": "x", "sort": "?", "edition": "x", "rating": "x"}


def test_whatever_is_typed_is_answered_with_a_page(bench):
    found = bench.reported()
    waiting, draft = bench.dispatched(), bench.draft(measurand={"value_by": "reference"})
    score = queries.own_scores(bench.labs[0]).first()
    pages = ["", "new/", "scores/", f"scores/{score.public_id}/", "releases/", "released/"]
    for one in (found, waiting, draft):
        at = f"{one.public_id}/"
        mine = ("", "edit/", "rules/", "measurands/new/", "participants/", "evaluation/", "results/", "report/")
        pages += [at + more for more in (*mine, f"measurands/{one.measurands.get().public_id}/")]
    key = waiting.measurands.get().public_id
    acts = ["", "move", "cancel", "measurand", "judge", "allow", "state", "invite", "group"]
    acts += ["propose", "issue", "enrol", "see", "leave"]
    with on(AFTER):
        for who in (bench.keeper, bench.labs[0]):
            client = signed_in(who)
            for where in pages:
                assert client.get(HOME + where, ASKED).status_code < 500
                for act in acts:
                    sent = {**JUNK, "act": act, f"{key}-values": "<<1", f"{key}-k": "1e99"}
                    answer = client.post(HOME + where, sent)
                    assert answer.status_code in (200, 302, 404, 405), (where, act)
