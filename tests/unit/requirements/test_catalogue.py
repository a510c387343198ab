"""A catalogue of standards, read twice, read wrong, and read for real."""

from __future__ import annotations

from datetime import date

import pytest

from shared import shared
from testamur.cli._language import translator
from testamur.journal.models import Event
from testamur.kernel.refusal import Refused
from testamur.requirements import queries
from testamur.requirements.actions import hold_document
from testamur.requirements.catalogue import key_of
from testamur.requirements.importing import import_catalogue, text_of
from testamur.requirements.models import Classification, Document, Supersession

from .conftest import AT, BY

pytestmark = pytest.mark.django_db
TODAY = date(2026, 1, 5)


def read(path):
    return import_catalogue(path, by=BY, at=AT)


@pytest.mark.parametrize(
    ("reference", "key"),
    [
        ("ISO/IEC 17065:2012", "iso-17065@2012"),
        ("ISO 9001:2015", "iso-9001@2015"),
        ("ISO/IEC/IEEE 12207:2017", "iso-12207@2017"),
        ("ISO 9001:2015/Amd 1:2024", "iso-9001-amd-1-2024@2015"),
        ("ISO/CD 9001", "iso-cd-9001"),
    ],
)
def test_a_reference_becomes_the_key_that_schemes_cite(reference, key):
    assert key_of(reference) == key


def test_entities_and_line_breaks_leave_the_title(files):
    read(files.catalogue({"reference": "ISO 1:2020", "title_en": "Valves &amp;\n  taps  of  steel"}))

    assert Document.objects.get(key="iso-1@2020").title == {"en": "Valves & taps of steel"}


def test_of_a_record_in_both_catalogues_the_iso_words_and_the_finer_date_are_kept(files):
    joint = {"reference": "ISO/IEC 1:2020"}
    path = files.catalogue(
        {**joint, "source": "iec", "title_en": "Old words", "published": "2020-01-17"},
        {**joint, "source": "iso", "title_en": "New words", "published": "2020-01", "status": "withdrawn"},
    )

    report = read(path)

    document = Document.objects.get()
    assert (report.records, report.documents, report.folded) == (2, 1, 1)
    assert (document.title["en"], document.status, document.published_on, document.register) == (
        "New words", "withdrawn", date(2020, 1, 17), "iso",
    )  # fmt: skip


def test_a_reference_that_is_named_but_not_there_is_reported_and_linked_when_it_comes(files):
    newer = {"reference": "ISO 1:2020", "replaces": "ISO 1:2010"}

    assert read(files.catalogue(newer)).dangling == [("ISO 1:2020", "ISO 1:2010")]
    assert Supersession.objects.get().old is None
    assert read(files.catalogue(newer, {"reference": "ISO 1:2010", "status": "withdrawn"})).dangling == []
    assert Supersession.objects.get().old.key == "iso-1@2010"


def test_reading_the_same_again_changes_nothing_and_records_nothing(files):
    path = files.catalogue(
        {"reference": "ISO 1:2020", "replaces": "ISO 1:2010", "ics": "01.020|03.100"}, {"reference": "ISO 1:2010"}
    )
    read(path)
    before = (list(Document.objects.values()), list(Supersession.objects.values()), Event.objects.count())

    report = read(path)

    assert (report.new, report.changed) == (0, 0)
    assert before == (list(Document.objects.values()), list(Supersession.objects.values()), Event.objects.count())
    assert Classification.objects.count() == 2


def test_an_edition_that_is_withdrawn_since_has_its_own_event(files):
    read(files.catalogue({"reference": "ISO 1:2010"}, {"reference": "ISO 2:2010"}))
    assert queries.is_withdrawn("iso-1@2010", TODAY) is None

    report = read(files.catalogue({"reference": "ISO 1:2010", "status": "withdrawn"}, {"reference": "ISO 2:2010"}))

    gone = queries.is_withdrawn("iso-1@2010", TODAY)
    assert (report.changed, report.withdrawn) == (1, ["ISO 1:2010"])
    assert gone is not None
    assert Event.objects.get(kind="requirements.document_withdrawn").subject_id == str(gone.pk)


def test_a_status_that_the_catalogue_does_not_say_is_unknown_and_never_withdrawn(files):
    report = read(
        files.catalogue({"reference": "ISO 1:2010", "status": ""}, {"reference": "ISO 2:2010", "status": "gone"})
    )

    assert set(Document.objects.values_list("status", flat=True)) == {"unknown"}
    assert [(line, what.sentence()) for line, what in report.odd_rows] == [(3, "status “gone” is unknown")]
    assert "  line 3: status “gone” is unknown\n" in text_of(report)
    assert "  第3行：状态“gone”无法识别\n" in text_of(report, translator("zh"))


def test_what_the_catalogue_says_stands_beside_titles_in_other_languages(files):
    hold_document(key="iso-1@2020", designation="ISO 1:2020", title={"en": "ISO 1", "zh": "阀门"}, confirmed=False)

    read(files.catalogue({"reference": "ISO 1:2020", "title_en": "Valves"}))
    hold_document(key="iso-1@2020", designation="Wrong", title={"en": "ISO 1", "zh": "阀门"}, confirmed=False)

    document = Document.objects.get()
    assert (document.designation, document.title, document.confirmed) == (
        "ISO 1:2020",
        {"en": "Valves", "zh": "阀门"},
        True,
    )


def test_two_references_with_one_key_are_kept_apart(files):
    read(files.catalogue({"reference": "IEC PAS 1:2009"}, {"reference": "IEC/PAS 1:2009"}))

    assert Document.objects.values("key").distinct().count() == 2


def test_a_missing_column_is_named_and_nothing_is_written(files):
    path = files.table("wrong.csv", ("source", "reference"), ("iso", "ISO 1:2020"))

    with pytest.raises(Refused) as refused:
        read(path)

    assert "title_en" in str(refused.value)
    assert not Document.objects.exists()


def test_a_file_that_was_cut_short_is_refused_whole(files):
    path = files.catalogue(
        *({"reference": f"ISO {n}:2020", "title_en": f"Valves {n * n}"} for n in range(2000)), name="s.csv.gz"
    )
    path.write_bytes(path.read_bytes()[:-3000])

    with pytest.raises(Refused, match="cannot be read"):
        read(path)

    assert not Document.objects.exists()


def test_a_failure_in_the_middle_leaves_no_half_import(files, monkeypatch):
    monkeypatch.setattr("testamur.requirements.importing._write_supersessions", lambda *_: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        read(files.catalogue({"reference": "ISO 1:2020", "ics": "01.020"}))

    assert not Document.objects.exists()
    assert not Classification.objects.exists()


def test_a_file_that_is_no_text_is_refused_with_a_sentence(files):
    path = files.folder / "picture.csv"
    path.write_bytes(b"\x89PNG\xff\xfe")

    with pytest.raises(Refused, match=r"picture\.csv cannot be read"):
        read(path)


def test_a_row_that_is_too_short_is_named_by_its_line(files):
    path = files.catalogue({"reference": "ISO 1:2020"})
    path.write_text(path.read_text() + "iso,ISO 2:2020\n")

    with pytest.raises(Refused, match="line 3"):
        read(path)


def test_search_finds_words_of_designation_and_title_in_any_order(files):
    read(
        files.catalogue(
            {"reference": "ISO 1:2020", "title_en": "Gate Valves", "ics": "23.060.30"}, {"reference": "ISO 2:2020"}
        )
    )

    assert [one.key for one in queries.search("valves ISO gate")] == ["iso-1@2020"]
    assert [one.key for one in queries.search("", ics="23.060")] == ["iso-1@2020"]
    assert list(queries.search("", ics="23.06")) == []


def test_a_draft_does_not_replace_what_is_in_force(files):
    read(
        files.catalogue(
            {"reference": "ISO 1:2020"},
            {"reference": "ISO/CD 1", "replaces": "ISO 1:2020", "status": "under development", "published": ""},
        )
    )
    document = Document.objects.get(key="iso-1@2020")

    assert queries.replaced_by(document) == []
    assert [one.designation for one in queries.chain(document)] == ["ISO 1:2020", "ISO/CD 1"]


def test_a_circle_of_replacements_ends(files):
    read(
        files.catalogue(
            {"reference": "ISO 1:2020", "replaces": "ISO 2:2020"}, {"reference": "ISO 2:2020", "replaces": "ISO 1:2020"}
        )
    )

    assert len(queries.chain(Document.objects.get(key="iso-1@2020"))) == 2


def test_the_real_catalogue_is_folded_linked_and_read_again_without_a_change():
    path = shared("data", "standards-iso-iec", "standards.csv.gz")

    first, again = read(path), read(path)

    assert (first.records, first.documents, first.folded) == (94_289, 88_932, 5_357)
    assert (first.supersessions, len(first.dangling)) == (32_546, 1_391)
    assert Document.objects.count() == 88_932
    assert (again.new, again.changed, Supersession.objects.count()) == (0, 0, 32_546)
    titles = [title["en"] for title in Document.objects.values_list("title", flat=True)]
    assert not any("\n" in title or "&amp;" in title for title in titles)
    nine = Document.objects.get(key="iso-9001@2015")
    chain = [one.designation for one in queries.chain(nine)]
    assert [one for one in chain if one.startswith("ISO 9001:") and "/" not in one] == [
        "ISO 9001:1987", "ISO 9001:1994", "ISO 9001:2000", "ISO 9001:2008", "ISO 9001:2015",
    ]  # fmt: skip
    assert queries.is_withdrawn("iso-9001@2008", TODAY).designation == "ISO 9001:2008"
    assert queries.is_withdrawn("iso-9001@2015", TODAY) is None
    assert [one.key for one in queries.replaced_by(Document.objects.get(key="iso-9001@2008"))] == ["iso-9001@2015"]


def test_the_catalogue_and_the_written_adoptions_say_when_a_twin_is_withdrawn(files):
    from testamur.requirements.code_lists import hold_written_documents

    hold_written_documents()
    assert queries.withdrawn_twin("gbt-22080@2016", TODAY) is None

    read(files.catalogue({"reference": "ISO/IEC 27001:2013", "status": "withdrawn"}, {"reference": "ISO 9001:2015"}))

    assert queries.withdrawn_twin("gbt-22080@2016", TODAY).designation == "ISO/IEC 27001:2013"
    assert queries.withdrawn_twin("gbt-19001@2016", TODAY) is None
