"""Rows that are written past the ORM are the rows that the ORM writes."""

from __future__ import annotations

from copy import copy
from datetime import UTC, date, datetime

import pytest
from django.db import models

from small_world import organisation
from testamur.kernel.words import Origin, Status
from testamur.register.models import Attestation, Current, Edition, PartyInRole, ScopeLine, ScopeNode, StatusChange
from testamur.transparency import rows
from testamur.transparency.models import Entry

pytestmark = pytest.mark.django_db

AT = datetime(2026, 3, 1, 8, 30, 15, 123456, tzinfo=UTC)


def attestation(number: int) -> Attestation:
    return Attestation(
        public_id=f"{number:010}", issuer=organisation(f"Issuer {number}"), holder=organisation(f"Holder {number}"),
        scheme_id_text="cn-qms", origin=Origin.NATIVE, confidential=number % 2 == 1, recorded_at=AT,
    )  # fmt: skip


def edition(about: Attestation, count: int = 1) -> Edition:
    return Edition(
        attestation=about, edition=count, reason=Edition.Reason.FIRST, number=f"N-{about.public_id}",
        title={"zh": "证书 %s"}, requirements=[{"key": "gbt-19001@2016"}],
        issued_on=date(2026, 3, 1), effective_on=date(2026, 3, 1),
        effective_at=AT, recorded_at=AT,
    )  # fmt: skip


def of_every_kind() -> list[models.Model]:
    """Return unsaved rows with every kind of column that an act of issuing writes."""
    about = attestation(1)
    about.save()
    said = edition(about)
    said.save()
    line = ScopeLine.objects.create(edition=said, position=9, line={"sector": {"tree": "t", "node": "17"}})
    return [
        attestation(2),
        edition(about, 2),
        PartyInRole(edition=said, role="holder", organisation=about.holder, names={"en": "It's"}, recorded_at=AT),
        ScopeLine(edition=said, position=1, line={"a": [1, 2.5, None, True], "zh": "范围"}, recorded_at=AT),
        ScopeNode(line=line, dimension="sector", tree="t", node="17"),
        StatusChange(attestation=about, status=Status.VALID, lines=None, effective_at=AT, recorded_at=AT),
        Entry(data=b"\x00\xff%s", type="cert.issue", subject="x", leaf=bytes(32), index=7, recorded_at=AT),
        Current(
            attestation=about, edition=said, number="1", number_key="1", issuer=about.issuer, status=Status.VALID,
            changed_at=AT, expires_on=date(2029, 2, 28), personal=True,
        ),
    ]  # fmt: skip


def stored(row: models.Model) -> dict[str, object]:
    """Return the columns of a row as the database has them, without a key that it drew."""
    [found] = type(row)._base_manager.filter(pk=row.pk).values()
    return {name: value for name, value in found.items() if name != "id"}


def test_inserted_rows_are_equal_to_those_of_bulk_create_column_by_column() -> None:
    for row in of_every_kind():
        model, other = type(row), copy(row)
        model._base_manager.bulk_create([row])
        expected = stored(row)
        model._base_manager.filter(pk=row.pk).delete()
        other._state = copy(other._state)
        other._state.adding = True
        rows.insert([other])
        assert stored(other) == expected
        assert (other._state.adding, other._state.db) == (False, row._state.db)


def test_each_of_many_rows_gets_its_own_key() -> None:
    made = rows.insert(Entry(data=b"%d" % n, type="cert.issue", subject=str(n), leaf=bytes(32)) for n in range(1203))
    assert len({one.pk for one in made}) == 1203
    assert dict(Entry.objects.values_list("pk", "subject")) == {one.pk: one.subject for one in made}


def test_a_row_takes_the_key_of_what_was_saved_after_it_was_made() -> None:
    about = attestation(1)
    said = edition(about)
    with pytest.raises(ValueError, match=r"Edition\.attestation is not saved yet"):
        rows.insert([said])
    about.save()
    rows.insert([said])
    assert Edition.objects.get().attestation_id == said.attestation_id == about.pk


def test_nothing_is_asked_of_the_database_for_no_rows(django_assert_num_queries) -> None:
    with django_assert_num_queries(0):
        assert rows.insert([]) == []
