"""The folder shows what the firm's own work left, what that lacks, and nothing of anybody else's."""

from __future__ import annotations

import io
import zipfile
from datetime import date

import pytest
from django.utils import translation

from small_world import instant, member, organisation
from testamur.diagnosis import actions, folder
from testamur.files import typesetting
from testamur.improvement.actions import audits, documents, objectives, versions
from testamur.improvement.actions.processes import keep_process
from testamur.improvement.models import ManagementReview, Problem, Supplier, SupplierApproval
from testamur.kernel.refusal import Refused
from testamur.sample.papers import pdf
from testamur.studies.models import Characteristic, Chart, Gauge
from testamur.wording.templatetags.say import refusal
from testamur.workspace.workshop.diagnosis.archive import Archive

pytestmark = pytest.mark.django_db
DAY = date(2026, 3, 2)
AT = instant(DAY)


@pytest.fixture
def keeper(db):
    return member(organisation("Works"), "quality", name="Wu")


@pytest.fixture
def other(keeper):
    return member(keeper.organisation, "quality", name="Chen")


@pytest.fixture
def document(keeper, other):
    made = documents.register_document(
        number="QP-07", title="Release of lots", kind="procedure", keeper=keeper, by=keeper, at=AT, review_months=12
    )
    version = versions.add_version(
        document=made, content=pdf("one"), name="qp07.pdf", changed="First", by=keeper, at=AT
    )
    version = versions.submit_version(version=version, by=keeper, at=AT)
    versions.approve_version(version=version, in_force_on=DAY, by=other, at=AT)
    return made


def rows(membership, on=DAY):
    return {one.number: one for one in folder.contents(membership, on)}


def said(clause):
    return [refusal(one.title) for one in clause.found], [refusal(one.said) for one in clause.lacks]


def test_the_version_in_force_goes_into_the_folder_by_itself_and_under_the_clause_it_is_laid(keeper, document):
    assert said(rows(keeper)["7.5.3"]) == (["QP-07 Release of lots"], [])
    assert rows(keeper)["7.5.3"].found[0].file is not None
    assert rows(keeper)["8.6"].state == "bad"

    paper = actions.lay_in_document(clause="8.6", document=document, by=keeper, at=AT)
    assert rows(keeper)["8.6"].state == "ok"
    with pytest.raises(Refused, match="lies under this clause already"):
        actions.lay_in_document(clause="8.6", document=document, by=keeper, at=AT)
    documents.withdraw_document(document=document, on=DAY, because="No longer made", by=keeper, at=AT)
    assert said(rows(keeper)["8.6"]) == ([], ["QP-07 Release of lots: no version is in force."])
    assert rows(keeper)["8.6"].state == "bad" and rows(keeper)["7.5.3"].state == "bad"
    actions.take_out(paper=paper, by=keeper, at=AT)
    assert not rows(keeper)["8.6"].lacks


def test_audits_count_once_they_are_reported_and_say_what_nobody_looked_at(keeper, other):
    turning = keep_process(name="Turning", owner=keeper, by=keeper, at=AT)
    programme = audits.begin_programme(
        title="Year 2026", first_day=date(2026, 1, 1), last_day=date(2026, 12, 31), processes=[turning], by=keeper,
        at=AT, clauses=["8.5", "8.6"],
    )  # fmt: skip
    audit = audits.plan_audit(
        programme=programme, auditor=other, planned_on=DAY, processes=[turning], clauses=["8.5"], by=keeper, at=AT
    )
    found, lacks = said(rows(keeper)["9.2.2"])
    assert found == ["Year 2026"]
    assert lacks == ["Year 2026: no audit looks at 8.6.", "No internal audit was held yet."]

    audits.record_finding(
        audit=audit,
        kind="conformity",
        process=turning,
        clause="8.5",
        statement="As required",
        seen="May",
        by=other,
        at=AT,
    )
    audits.report_audit(audit=audit, held_on=DAY, conclusion="It works.", by=other, at=AT)
    found, lacks = said(rows(keeper)["9.2.2"])
    assert found[1].startswith("Internal audit") and "conformity, 8.5, Turning" in found[2]
    assert any("reported and not closed" in one for one in lacks)
    assert "The last internal audit was more than a year ago." in said(rows(keeper, date(2027, 3, 3))["9.2.2"])[1]
    assert "The last internal audit was more than a year ago." not in said(rows(keeper, date(2027, 3, 2))["9.2.2"])[1]
    assert said(rows(keeper)["4.4.2"])[1] == ["Turning: no document in force describes it."]


def everything(keeper):
    """Rows of each kind that measuring and improving leave."""
    common = {"by": keeper, "effective_at": AT}
    own = {"organisation": keeper.organisation, **common}
    Gauge.objects.create(number="M-1", name="Caliper", calibrated_on=DAY, calibration_due_on=date(2026, 6, 1), **own)
    Gauge.objects.create(number="M-2", name="Micrometer", calibrated_on=DAY, calibration_due_on=date(2026, 3, 1), **own)
    bore = Characteristic.objects.create(name="Bore", **own)
    Chart.objects.create(name="Bore line 1", characteristic=bore, method="i_mr", keeper=keeper, signals=[4], **own)
    supplier = Supplier.objects.create(name="Steel Ltd", supplies="Bars", risk="low", keeper=keeper, **own)
    SupplierApproval.objects.create(supplier=supplier, outcome="approved", reasons="Good", decided_on=DAY, by=keeper)
    ManagementReview.objects.create(
        number="MR-1",
        held_on=DAY,
        chair=keeper,
        attendees="Wu",
        frozen_at=AT,
        conclusion="On course",
        closed_at=AT,
        **own,
    )
    Problem.objects.create(
        number="CA-1", method="ca", origin="internal", title="Burrs", what="x", place="y", extent="z", since=DAY, **own
    )
    objectives.draft_objective(terms=objectives.Terms(statement="Fewer returns", owner=keeper), by=keeper, at=AT)


def test_what_measuring_and_improving_left_stands_under_its_clause(keeper):
    everything(keeper)
    found = rows(keeper)
    assert said(found["7.1.5"]) == (["M-1 Caliper"], ["M-2 Micrometer: calibration ran out on 1 Mar 2026."])
    assert found["7.1.5"].state == "warn"
    assert said(found["9.1.1"]) == ([], ["Bore line 1: nobody said yet why these points signal: 4."])
    assert said(found["8.4.1"]) == (["Steel Ltd"], [])
    assert said(found["9.3.3"]) == (["MR-1"], [])
    assert said(found["10.2.2"]) == (["CA-1 Burrs"], [])
    assert said(found["6.2.1"]) == ([], ["Fewer returns: no number and no day yet."])
    against = [str(one) for one in folder.standing_against(keeper, DAY, list(found.values()))]
    assert any("calibration ran out" in one for one in against)
    assert not any(one.startswith("8.4.1") for one in against)


def test_a_stranger_and_a_colleague_without_the_function_find_nothing_of_it(keeper, document):
    everything(keeper)
    actions.lay_in_document(clause="8.6", document=document, by=keeper, at=AT)
    for by in (member(organisation("Other"), "quality"), member(keeper.organisation, "application", name="Zhou")):
        assert not [one for one in folder.contents(by, DAY) if one.found or one.lacks]
        with pytest.raises(Refused):
            actions.lay_in_document(clause="8.6", document=document, by=by, at=AT)


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_same_folder_gives_the_same_bytes_and_its_digest_tells_of_a_change(keeper, document, language):
    def archive():
        return Archive(keeper.organisation, folder.contents(keeper, DAY), DAY)

    with translation.override(language):
        actions.lay_in_document(clause="8.6", document=document, by=keeper, at=AT)
        first = archive()
        assert first.zipped() == archive().zipped()
        with zipfile.ZipFile(io.BytesIO(first.zipped())) as opened:
            names = opened.namelist()
            html = opened.read("index.html").decode()
        # The bytes lie there once, though two clauses show them.
        assert len([one for one in names if one.endswith("qp07.pdf")]) == 1
        assert ("index.pdf" in names) is not bool(typesetting.lacking())
        assert first.digest in html and ("缺少" in html) is (language != "en")
        actions.lay_in(clause="5.2.2", title="Policy", note="At the gate", by=keeper, at=AT)
        assert archive().digest != first.digest
