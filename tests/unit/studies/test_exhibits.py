"""A study as evidence: what its file says, who may put it forward, and that computing it again notices every change."""

from __future__ import annotations

import json
from typing import Any

import pytest

from testamur.files import queries as files
from testamur.kernel import clock
from testamur.kernel.refusal import Refused
from testamur.studies import exhibits
from testamur.studies.models import Study
from tests.unit.selection.world import ProcessWorld, on
from tests.unit.studies.bore import DAY, bore


@pytest.fixture
def world(db) -> ProcessWorld:
    clock.permit_travel(True)
    return ProcessWorld()


def attached(world: ProcessWorld, study: Study, case: Any, by: Any = None) -> Any:
    with on(DAY) as moment:
        return exhibits.attach(study=study, case=case, by=by or world.applicant, at=moment, clauses=("8.5.1",))


def test_the_lower_bound_of_capability_is_said_first_then_the_gauge_and_its_calibration(world):
    row = attached(world, bore(world), world.determining())

    labels = [one["label"]["en"] for one in row.facts]
    assert labels[:2] == ["Ppk, 95 % lower bound", "Ppk"]
    assert "Gauge R&R of the gauge used" in labels and "Calibration certificate of the gauge" in labels
    assert float(row.facts[0]["value"]) < float(row.facts[1]["value"])


def test_the_file_computes_again_to_the_same_figures(world):
    row = attached(world, bore(world), world.determining())

    found = exhibits.recompute(files.read(row.file))
    assert found.found.holds and found.document["characteristic"]["lower"] == "73.95"
    assert found.document["gauge"]["study"]["method"] == "gage_rr_crossed"


@pytest.mark.parametrize(
    ("change", "same_data", "named"),
    [
        (lambda study: study["data"]["subgroups"][3].__setitem__(0, "74.040"), False, "overall.Ppk.value"),
        (lambda study: study["answer"]["overall"]["Ppk"].__setitem__("lower_bound", 1.9), True,
         "overall.Ppk.lower_bound"),
        (lambda study: study["answer"].__setitem__("n", 250), True, "n"),
        (lambda study: study["parameters"].__setitem__("usl", "74.06"), True, "overall.Ppu.value"),
        (lambda study: study["answer"].pop("mean"), True, "mean"),
    ],
)  # fmt: skip
def test_whatever_is_changed_is_named(world, change, same_data, named):
    document = exhibits.document_of(bore(world))
    change(document["study"])

    found = exhibits.recompute(json.dumps(document).encode())
    assert not found.found.holds
    assert found.found.same_inputs is same_data
    assert named in [name for name, noted, now in found.differences if noted != now]


def test_data_that_no_longer_compute_are_said_with_the_reason(world):
    document = exhibits.document_of(bore(world))
    document["study"]["data"] = {"subgroups": [["nonsense"]]}

    found = exhibits.recompute(json.dumps(document).encode())
    assert found.found.refused is not None and not found.found.holds


@pytest.mark.parametrize(
    "content",
    [
        b"", b"[]", b"{}", b"\xff", b'{"format":"testamur-study-1","study":[]}',
        b'{"format":"other","study":{"evidence":{},"method":"p","answer":{}}}',
    ],
)  # fmt: skip
def test_what_is_no_study_is_refused(content):
    with pytest.raises(Refused, match="no file of a study"):
        exhibits.recompute(content)


def test_a_method_of_another_time_is_named(world):
    document = exhibits.document_of(bore(world))
    document["study"]["method"] = "from_the_future"

    with pytest.raises(Refused, match="not known here"):
        exhibits.recompute(json.dumps(document).encode())


def test_a_study_goes_into_a_case_of_its_own_organisation_only(world):
    case, study = world.determining(), bore(world)

    with pytest.raises(Refused, match="a case of its own"):
        attached(world, study, case, by=world.lead)
    Study.objects.filter(pk=study.pk).update(organisation=world.body)
    study.refresh_from_db()
    with pytest.raises(Refused, match="a case of its own"):
        attached(world, study, case)


def test_the_capability_of_an_unstable_process_is_no_evidence(world):
    study, case = bore(world), world.determining()
    study.answer["stable"] = False
    Study.objects.filter(pk=study.pk).update(answer=study.answer)

    with pytest.raises(Refused, match="not stable"):
        attached(world, study, case)


@pytest.mark.parametrize(
    ("title", "name"),
    [("二号线孔径 Ppk", "二号线孔径 Ppk"), ("a/b: c?", "a b c"), ("...", "study"), ("x" * 200, "x" * 80)],
)
def test_a_file_is_called_as_every_system_allows(title, name):
    assert exhibits.named(title) == name
