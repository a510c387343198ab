"""Whoever changes a row of the register is found out: the signature and the log say what it was."""

from __future__ import annotations

import json

import pytest
from django.db import connection

from testamur.attestation import proving
from testamur.attestation.models import Statement, StatusList
from testamur.cli import prove
from testamur.register.models import Credential, Edition, PartyInRole, ScopeLine
from testamur.transparency.actions import sequence
from testamur.transparency.models import Entry

pytestmark = pytest.mark.django_db


@pytest.fixture
def issued(bench):
    bench.licensed()
    bench.accredited("17")
    made = bench.granted()
    sequence()
    return made.editions.get().credentials.get()


def written(model, pk, **columns):
    """Change a row as an intruder does: past the models."""
    assigned = ", ".join(f'"{name}" = %s' for name in columns)
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {model._meta.db_table} SET {assigned} WHERE id = %s", [*columns.values(), pk])


def parts():
    return [one.part for one in proving.altered()]


def test_an_honest_register_fits_its_log(issued):
    assert proving.altered() == []


@pytest.mark.parametrize(
    ("column", "change", "part"),
    [
        ("jwt", lambda one: one.jwt.replace(".", ".e30.", 1), "jwt"),
        ("body", lambda one: json.dumps({**one.body, "name": "Another"}), "body"),
        ("twin", lambda one: json.dumps({**one.twin, "name": "Another"}), "twin"),
        ("digest", lambda one: one.digest[:-1] + ("A" if one.digest[-1] != "A" else "E"), "digest"),
        ("thumbprint", lambda one: "another", "thumbprint"),
    ],
)
def test_a_changed_column_of_a_credential_is_named(issued, column, change, part):
    written(Credential, issued.pk, **{column: change(issued)})

    assert part in parts()


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("number", "FORGED-1"),
        ("title", '{"en": "Forged"}'),
        ("effective_on", "2020-01-01"),
        ("expires_on", "2099-12-31"),
    ],
)
def test_a_changed_column_of_an_edition_is_named(issued, column, value):
    written(Edition, issued.edition_id, **{column: value})

    assert parts() == [f"edition.{column}"]


def test_a_changed_holder_or_scope_is_named(issued):
    holder = issued.edition.parties.get(role=PartyInRole.Role.HOLDER)
    line = ScopeLine.objects.filter(edition=issued.edition).first()
    written(PartyInRole, holder.pk, names='{"en": "Somebody Else"}')
    written(ScopeLine, line.pk, line='{"document": "all"}')

    assert parts() == ["edition.lines", "edition.holder"]


def test_a_changed_statement_or_list_is_named(issued, capsys):
    statement, listed = Statement.objects.first(), StatusList.objects.first()
    body = json.loads(json.dumps(statement.body).replace("valid", "withdrawn"))
    written(Statement, statement.pk, body=json.dumps(body))
    written(StatusList, listed.pk, digest="uEiAnother")
    assert set(parts()) == {"body", "jwt", "entry"}
    assert prove.main([]) == 1
    assert "is not what was signed and logged" in capsys.readouterr().out


def test_a_credential_moved_to_another_entry_is_named(issued):
    other = Entry.objects.exclude(pk=issued.entry_id).first()
    written(Credential, issued.pk, entry_id=other.pk)

    assert "entry" in parts()
