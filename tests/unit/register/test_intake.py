"""Whole files of other registers: a small one made here, and the real one beside the checkout."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from shared import ROOT, shared
from small_world import PLATFORM, instant, member, organisation
from testamur.journal.models import Event
from testamur.kernel.refusal import Refused
from testamur.kernel.words import Answer, Status
from testamur.parties.models import Organisation
from testamur.register import mapping as mappings
from testamur.register.answers import answer, by_number
from testamur.register.intake import take_in
from testamur.register.models import Attestation, Current, Edition, ImportBatch, ImportedRow
from testamur.register.queries import search
from testamur.register.status import history, status
from testamur.register.writing import current_fields
from testamur.transparency.models import Entry

pytestmark = pytest.mark.django_db
AS_OF = date(2025, 12, 10)
HEADER = (
    '"Category","Name","Manufacturer","Scheme","Assurance Level","Protection Profile(s)","Certification Date",'
    '"Archived Date","Certification Report URL","Security Target URL","Maintenance Date","Maintenance Title",'
    '"Maintenance Report","Maintenance ST"'
)


@pytest.fixture
def mapping():
    return mappings.load(ROOT / "data" / "mappings" / "common-criteria.toml")


def line(name="Sample Lock 1.0", day="03/01/2024", last="03/01/2029", maker="Sample Locks", report="SL-1.pdf", more=""):
    more = more or '"","","",""'
    return (
        f'"Access Control","{name}","{maker}","SE","EAL2+,ALC_FLR.1","","{day}","{last}",'
        f'"http://cc.example:80/files/{report}","http://cc.example:80/files/a st.pdf",{more}'
    )


def taken(mapping, *lines: str, as_of=AS_OF, by=PLATFORM) -> ImportBatch:
    content = "\n".join([HEADER, *lines, ""]).encode()
    rows = mappings.rows_of(content, mapping)
    return take_in(rows=rows, mapping=mapping, as_of=as_of, by=by, at=instant(as_of))


def test_a_row_becomes_a_mirrored_attestation_that_anyone_can_look_up(mapping):
    batch = taken(mapping, line(maker="Sample Soci&eacute;t&eacute;  Ltd"))

    [found] = by_number("sl 1")
    said = answer(found, on=AS_OF)

    assert (batch.rows, batch.accepted, batch.rejected) == (1, 1, [])
    assert (said.answer, said.authority, said.status) == (Answer.VALID, "not_held_here", Status.VALID)
    assert (said.assurance.source, said.assurance.day) == (batch.source, AS_OF)
    assert found.holder.names == {"en": "Sample Société Ltd"}
    assert found.editions.get().shown["security_target"] == "http://cc.example/files/a%20st.pdf"
    assert status(found, date(2029, 3, 2)).status is Status.EXPIRED


def test_the_same_file_again_changes_nothing(mapping):
    first = taken(mapping, line())
    counts = (Attestation.objects.count(), Edition.objects.count(), Event.objects.count(), Entry.objects.count())

    again = taken(mapping, line(), as_of=date(2025, 12, 11))

    assert again == first
    assert counts == (
        Attestation.objects.count(), Edition.objects.count(), Event.objects.count(), Entry.objects.count()
    )  # fmt: skip


def test_a_batch_makes_one_event_and_one_log_entry(mapping):
    batch = taken(mapping, line(), line("Sample Lock 2.0", report="SL-2.pdf"))

    assert Event.objects.filter(kind="register.imported").count() == 1
    assert [entry.type for entry in Entry.objects.all()] == ["register.import"]
    assert [row.position for row in ImportedRow.objects.filter(batch=batch).order_by("position")] == [2, 3]


def test_a_broken_record_is_reported_with_its_line_and_its_shifted_values_stay_out(mapping):
    name = '"Access","Sample "SN200", version 1 "SN210""'
    broken = f'{name},"Sample Locks","SE","","","03/01/2024","03/01/2029","a","b","","","",""'

    batch = taken(mapping, line(), broken)

    [rejected] = batch.rejected
    assert (rejected["row"], rejected["line"], batch.accepted) == (3, 3, 1)
    assert "15 fields where 14 are expected" in rejected["reason"]["en"]
    assert rejected["remedy"]["zh"]
    assert Attestation.objects.count() == 1


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        (line(day="2024-03-01"), "Certification Date", "is no day of the form"),
        (line(day=""), "effective_on", "first day of validity is missing"),
        (line(last="03/01/2020"), "expires_on", "before the first"),
        (line(maker="  "), "Manufacturer", "not named"),
        (line().replace('"SE"', '"Sweden"'), "Scheme", "names no issuer"),
        (line(more='"13/40/2024","t","",""'), "Maintenance Date", "is no day of the form"),
    ],
)
def test_a_bad_value_rejects_its_row_with_field_reason_and_remedy(mapping, row, column, reason):
    batch = taken(mapping, line("Sample Good 1.0", report="G.pdf"), row)

    [rejected] = batch.rejected
    assert (rejected["row"], rejected["field"]) == (3, column)
    assert reason in rejected["reason"]["en"]
    assert rejected["remedy"]["en"]


def test_repeated_rows_are_one_certificate_and_each_maintenance_entry_one_edition(mapping):
    maintained = line(more='"06/01/2024","Sample Lock 1.1","",""'), line(more='"06/01/2025","Sample Lock 1.2","",""')

    taken(mapping, *maintained)

    certificate = Attestation.objects.get()
    assert [(row.edition, row.effective_on, row.reason) for row in certificate.editions.all()] == [
        (1, date(2024, 3, 1), "first"),
        (2, date(2024, 6, 1), "change"),
        (3, date(2025, 6, 1), "change"),
    ]
    assert status(certificate, date(2024, 7, 1)).effective_edition.edition == 2
    assert len(history(certificate)) == 4


def test_the_derived_rows_of_a_batch_equal_their_replay(mapping):
    taken(mapping, line(more='"06/01/2024","Sample Lock 1.1","",""'), line("Sample Lock 2.0", report="SL-2.pdf"))

    for row in Current.objects.select_related("attestation"):
        expected = current_fields(row.attestation, status(row.attestation))
        assert {**expected, "changed_at": row.changed_at} == {name: getattr(row, name) for name in expected}
    assert Current.objects.count() == 2


def test_a_newer_file_adds_only_what_is_new(mapping):
    taken(mapping, line())

    taken(mapping, line(more='"06/01/2025","Sample Lock 1.1","",""'), as_of=date(2026, 1, 10))

    certificate = Attestation.objects.get()
    assert [row.edition for row in certificate.editions.all()] == [1, 2]
    assert answer(certificate, on=date(2026, 1, 11)).assurance.day == date(2026, 1, 10)


def test_a_changed_last_day_at_the_source_gives_a_new_edition(mapping):
    taken(mapping, line())
    taken(mapping, line(last="03/01/2027"), as_of=date(2026, 1, 10))

    certificate = Attestation.objects.get()
    assert certificate.editions.count() == 2
    assert status(certificate, date(2027, 3, 2)).status is Status.EXPIRED


def test_nobody_is_merged_across_sources_or_spellings(mapping):
    organisation("Locks")

    taken(mapping, line(maker="Sample Locks"), line("B", maker="SAMPLE LOCKS", report="B.pdf"))

    assert Organisation.objects.filter(names__en__iexact="sample locks").count() == 3


def test_a_file_with_another_header_is_refused_and_nothing_remains(mapping):
    with pytest.raises(Refused, match="other columns than the mapping expects"):
        list(mappings.rows_of(b'"A","B"\n"1","2"\n', mapping))
    with pytest.raises(Refused, match="empty"):
        list(mappings.rows_of(b"", mapping))
    with pytest.raises(Refused, match="not UTF-8"):
        list(mappings.rows_of(b"\xff\xfe\x00", mapping))
    with pytest.raises(Refused, match="None of the 1 rows"):
        taken(mapping, line(day="?"))
    assert not Attestation.objects.exists() and not ImportBatch.objects.exists() and not Entry.objects.exists()


def test_only_somebody_who_keeps_records_takes_files_in(mapping):
    with pytest.raises(Refused):
        taken(mapping, line(), by=member(organisation("Body"), "review"))

    assert taken(mapping, line(), by=member(organisation("Recorder"), "records")).accepted == 1


@pytest.mark.parametrize(
    ("broken", "sentence"),
    [
        ({"holder": {}}, "lacks column in"),
        ({"field": [{"to": "number", "column": "Name", "read": "magic"}]}, "reads Name as magic"),
        ({"field": [{"to": "number", "column": "Nmae"}]}, "names columns that its file has not"),
        ({"field": [{"into": "number"}]}, "unknown keys"),
    ],
)
def test_a_mapping_with_a_mistake_is_refused_with_a_sentence(mapping, broken, sentence):
    with pytest.raises(Refused, match=sentence):
        mappings.read({**mapping.body, **broken})


def test_the_real_register_of_common_criteria_comes_in_with_every_bad_record_reported(mapping):
    folder: Path = shared("data", "common-criteria-products")
    rows = mappings.rows_of((folder / "cc_products.csv.gz").read_bytes(), mapping)

    batch = take_in(rows=rows, mapping=mapping, as_of=AS_OF, by=PLATFORM, at=instant(AS_OF))

    assert (batch.rows, batch.accepted) == (2160, 2156)
    assert [rejected["row"] for rejected in batch.rejected] == [322, 499, 537, 538]
    assert ImportedRow.objects.filter(batch=batch).count() == 2156
    assert 1750 <= Attestation.objects.count() <= 1790
    maintained = Attestation.objects.filter(editions__edition=2).first()
    assert maintained is not None and len(history(maintained)) >= 3
    page = search("JCOP", today=AS_OF)
    assert page.total > 10
    assert answer(maintained, on=AS_OF).authority == "not_held_here"
