"""Clauses of a document from an OSCAL catalogue, and the checklist made of them."""

from __future__ import annotations

import copy
import gzip
import json

import pytest

from shared import shared
from testamur.journal.models import Event
from testamur.kernel.refusal import Refused
from testamur.requirements import queries
from testamur.requirements.actions import hold_document
from testamur.requirements.clauses import import_clauses
from testamur.requirements.models import Clause, Document

from .conftest import AT, BY

pytestmark = pytest.mark.django_db


def label(text, **more):
    return {"name": "label", "value": text, **more}


# ruff: noqa: E501 - one node of the catalogue on a line
CATALOGUE = {
    "catalog": {
        "metadata": {"title": "Sample controls", "version": "1.0"},
        "groups": [
            {
                "id": "va", "title": "Valves",
                "controls": [
                    {
                        "id": "va-1", "title": "Closing", "class": "sample",
                        "props": [label("VA-01", **{"class": "zero-padded"}), label("VA-1")],
                        "params": [
                            {"id": "va-1_prm_1", "label": "time"},
                            {"id": "va-1_prm_2", "select": {"how-many": "one-or-more", "choice": ["by hand", "within {{ insert: param, va-1_prm_1 }}"]}},
                        ],
                        "parts": [
                            {
                                "name": "statement", "id": "va-1_smt", "prose": "The valve:",
                                "parts": [
                                    {"name": "item", "id": "a", "props": [label("a.")], "prose": "closes {{ insert: param, va-1_prm_2 }};"},
                                    {
                                        "name": "item", "id": "b", "props": [label("b.")], "prose": "as [VA-2](#va-2) says:",
                                        "parts": [{"name": "item", "id": "b1", "props": [label("1.")], "prose": "stays {{ va-1_prm_1 }}."}],
                                    },
                                ],
                            },
                            {"name": "guidance", "id": "g", "prose": "Close it."},
                        ],
                        "controls": [
                            {
                                "id": "va-1.1", "title": "Tightness", "class": "sample-enhancement", "props": [label("VA-1(1)")],
                                "parts": [{"name": "statement", "id": "s", "prose": "It is tight."}],
                            }
                        ],
                    },
                    {
                        "id": "va-2", "title": "Old", "props": [label("VA-2"), {"name": "status", "value": "withdrawn"}],
                        "links": [{"rel": "incorporated-into", "href": "#va-1.1"}],
                    },
                ],
            }
        ],
    }
}  # fmt: skip


@pytest.fixture
def handed_in(files):
    def write(change=lambda catalogue: None, name="catalogue.json"):
        content = copy.deepcopy(CATALOGUE)
        change(content["catalog"])
        path = files.folder / name
        path.write_text(json.dumps(content))
        return path

    return write


def read(path, document="sample@1"):
    return import_clauses(path, document=document, by=BY, at=AT)


def test_controls_enhancements_and_items_become_clauses_with_the_numbers_people_cite(handed_in):
    report = read(handed_in())

    assert (report.groups, report.controls, report.enhancements, report.items, report.withdrawn) == (1, 2, 1, 3, 1)
    assert list(Clause.objects.values_list("number", "parent__number")) == [
        ("VA", None), ("VA-1", "VA"), ("VA-1a", "VA-1"), ("VA-1b", "VA-1"), ("VA-1b.1", "VA-1b"), ("VA-1(1)", "VA-1"), ("VA-2", "VA"),
    ]  # fmt: skip
    assert Document.objects.get().designation == "SAMPLE 1.0"


def test_parameters_stand_in_the_text_as_assignments_and_selections(handed_in):
    read(handed_in())

    assert Clause.objects.get(number="VA-1a").title["en"] == (
        "closes [Selection (one or more): by hand; within [Assignment: organization-defined time]];"
    )
    assert Clause.objects.get(number="VA-1b.1").title["en"] == "stays [Assignment: organization-defined time]."
    assert Clause.objects.get(number="VA-1b").title["en"] == "as VA-2 says:"


def test_the_checklist_holds_what_is_assessed_below_what_it_stands(handed_in):
    read(handed_in())

    items = queries.checklist("sample@1")

    assert [item.number for item in items] == ["VA-1a", "VA-1b.1", "VA-1(1)"]
    assert [text["en"] for _number, text in items[1].headings] == ["Valves", "Closing", "The valve:", "as VA-2 says:"]
    assert items[2].text == {"en": "It is tight."}
    assert [item.number for item in queries.checklist("sample@1", below="VA-1b")] == ["VA-1b.1"]


def test_a_withdrawn_control_says_what_it_went_into_and_is_not_assessed(handed_in):
    read(handed_in())

    assert Clause.objects.get(number="VA-2").facts["into"] == ["VA-1(1)"]


def test_a_document_of_which_only_numbers_are_known_is_assessed_at_its_lowest_level():
    document = hold_document(key="iso-1@2020", designation="ISO 1:2020", title={"en": "Valves"})
    top = Clause.objects.create(document=document, number="7", title={"en": "Support"}, position=1)
    Clause.objects.create(document=document, number="7.1", title={"en": "Resources"}, parent=top, position=2)

    assert [item.number for item in queries.checklist("iso-1@2020")] == ["7.1"]


def test_reading_the_same_again_changes_nothing(handed_in):
    read(handed_in())
    before = list(Clause.objects.values())

    report = read(handed_in())

    assert (report.written, report.assessed) == (0, 3)
    assert list(Clause.objects.values()) == before
    assert Event.objects.filter(kind="requirements.clauses_imported").count() == 1


def test_clauses_that_findings_cite_are_never_replaced(handed_in):
    read(handed_in())

    with pytest.raises(Refused, match="never changes"):
        read(handed_in(lambda catalogue: catalogue["groups"][0]["controls"].pop()))

    assert Clause.objects.count() == 7


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda catalogue: catalogue.update(groups=[]), "holds no controls"),
        (lambda catalogue: catalogue.pop("metadata"), "metadata"),
        (lambda catalogue: catalogue["groups"][0].pop("title"), "title"),
        (lambda catalogue: catalogue["groups"][0]["controls"][1].update(props=[label("VA-1")]), "stands twice"),
    ],
)
def test_a_catalogue_of_another_shape_is_explained_and_nothing_is_written(handed_in, change, sentence):
    with pytest.raises(Refused) as refused:
        read(handed_in(change))

    assert sentence in str(refused.value)
    assert not Clause.objects.exists()


@pytest.mark.parametrize("content", ["not json", "[1]", '{"profile": {}}'])
def test_a_file_that_is_no_catalogue_is_explained(files, content):
    path = files.folder / "x.json"
    path.write_text(content)

    with pytest.raises(Refused, match=r"x\.json is no"):
        read(path)


def test_a_key_that_no_scheme_could_cite_is_refused(handed_in):
    with pytest.raises(Refused, match="no key of a document"):
        read(handed_in(), document="NIST 800-53")


@pytest.mark.parametrize(
    ("file", "key", "controls", "enhancements", "withdrawn"),
    [
        ("rev5_catalog", "nist-800-53@5.0.1", 322, 867, 182),
        ("NIST_SP-800-53_rev5_HIGH-baseline-resolved-profile_catalog", "nist-800-53-high@5.1.1", 188, 182, 0),
        ("NIST_SP-800-53_rev5_MODERATE-baseline-resolved-profile_catalog", "nist-800-53-moderate@5.1.1", 177, 110, 0),
        ("NIST_SP-800-53_rev5_LOW-baseline-resolved-profile_catalog", "nist-800-53-low@5.1.1", 131, 18, 0),
        ("NIST_SP-800-53_rev5_PRIVACY-baseline-resolved-profile_catalog", "nist-800-53-privacy@5.1.1", 81, 21, 0),
    ],
)
def test_the_real_catalogues_have_the_counts_of_their_profile(file, key, controls, enhancements, withdrawn):
    path = shared("data", "oscal-nist-800-53", f"{file}-min.json.gz")

    report = read(path, document=key)
    items = queries.checklist(key)

    assert (report.controls, report.enhancements, report.withdrawn) == (controls, enhancements, withdrawn)
    assert report.assessed == len(items)
    assert all(item.text["en"] and "{{" not in item.text["en"] and "(#" not in item.text["en"] for item in items)
    assert "AC-1b" in {item.number for item in items}
    assert read(path, document=key).written == 0


def test_a_profile_that_is_not_resolved_is_explained():
    path = shared("data", "oscal-nist-800-53", "NIST_SP-800-53_rev5_LOW-baseline_profile-min.json.gz")

    with pytest.raises(Refused, match="resolved into a catalogue first"):
        read(path)


def test_a_gzipped_catalogue_that_was_cut_short_is_refused(files):
    path = files.folder / "c.json.gz"
    path.write_bytes(gzip.compress(json.dumps(CATALOGUE).encode())[:-20])

    with pytest.raises(Refused, match="cannot be read"):
        read(path)
