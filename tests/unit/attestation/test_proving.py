"""Whoever changes a row of the register is found out: the signature and the log say what it was."""

from __future__ import annotations

import json
import random
from datetime import date, timedelta

import pytest
from django.db import connection, transaction

from issuing_bench import at
from small_world import both
from testamur.attestation import actions, proving
from testamur.attestation.models import Slot, Statement, StatusList
from testamur.cli import prove
from testamur.kernel import clock
from testamur.kernel.words import Status
from testamur.register.models import Credential, Edition, PartyInRole, ScopeLine, StatusChange
from testamur.transparency import queries as log
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

    assert parts() == ["edition.lines", "edition.holder", "edition.party.holder"]


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


#: Columns that say what was signed, or from which the next signed file is made.
COLUMNS = [
    (Credential, ("jwt", "body", "twin", "digest", "thumbprint")),
    (Edition, ("number", "title", "statement", "grade", "edition", "effective_on", "expires_on", "conditions")),
    (ScopeLine, ("line",)),
    (PartyInRole, ("names", "address")),
    (StatusChange, ("status", "ground", "effective_at", "recorded_at", "from_start", "reason")),
    (Statement, ("body", "digest")),
    (StatusList, ("jwt", "proof", "digest")),
    (Slot, ("revoked", "suspended", "superseded")),
    (Entry, ("data", "leaf")),
]


def other(value, dice):
    """Return a value of the same kind that differs in one letter, digit, bit or day."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 7
    if isinstance(value, (bytes, memoryview)):
        changed = bytearray(value)
        changed[dice.randrange(len(changed))] ^= 1 << dice.randrange(8)
        return bytes(changed)
    if isinstance(value, date):  # and instants
        return value + timedelta(days=1)
    if isinstance(value, list):
        place = dice.randrange(len(value))
        return [*value[:place], other(value[place], dice), *value[place + 1 :]]
    if isinstance(value, dict):
        name = dice.choice(sorted(value)) if value else "en"
        return {**value, name: other(value.get(name, ""), dice)}
    if value in set(map(str, Status)):
        return "suspended" if value != "suspended" else "valid"
    place = dice.randrange(len(value) + 1)
    return value[:place] + ("x" if value[place : place + 1] != "x" else "y") + value[place + 1 :]


def stored(value):
    return json.dumps(value) if isinstance(value, (dict, list)) else value


def test_of_three_hundred_changed_values_of_the_register_none_is_missed(bench, issued):
    with clock.travel(date(2026, 4, 1)):
        actions.suspend(
            attestation=issued.edition.attestation, ground="surveillance_missed", reasons=both("r"),
            by=bench.signatory, at=at(date(2026, 4, 1)),
        )  # fmt: skip
    sequence()
    assert proving.altered() == [] and log.altered() == []

    dice, missed = random.Random(20261123), []
    for number in range(300):
        model, columns = COLUMNS[number % len(COLUMNS)]
        row, column = dice.choice(list(model.objects.all())), dice.choice(columns)
        value = getattr(row, column)
        with transaction.atomic():
            written(model, row.pk, **{column: stored(other(value, dice))})
            if not proving.altered() and not log.altered():
                missed.append((model.__name__, column, str(value)[:60]))
            transaction.set_rollback(True)
    assert not missed, missed


@pytest.mark.parametrize("column", ["conditions", "mode", "requirements", "shown", "issued_on", "authoritative"])
def test_what_an_edition_holds_beside_its_credential_is_committed_to_by_its_entry(issued, column):
    value = getattr(issued.edition, column)
    written(Edition, issued.edition_id, **{column: stored(other(value or {"en": ""}, random.Random(column)))})

    assert parts() == ["edition.beside"]


@pytest.fixture
def listed(bench):
    """A certificate with two sites."""
    bench.licensed()
    bench.accredited("17")
    made = bench.granted()
    sequence()
    with clock.travel(date(2026, 4, 1)):
        sites = [{"names": both(name), "address": both("Sample Road"), "central": not place}
                 for place, name in enumerate(("Sample Works", "Sample Store"))]  # fmt: skip
        actions.change(
            attestation=made, sites=sites, reasons=both("r"), by=bench.signatory, at=at(date(2026, 4, 1)),
        )  # fmt: skip
    sequence()
    return made


@pytest.mark.parametrize("column", ["names", "address", "statement", "central"])
def test_a_changed_site_is_named(listed, column):
    assert proving.altered() == []
    site = listed.editions.last().sites.last()
    written(type(site), site.pk, **{column: stored(other(getattr(site, column), random.Random(column)))})

    assert parts() == ["edition.beside"]


@pytest.mark.parametrize("column", ["from_start", "cause", "legal_word", "reason", "source", "decision"])
def test_a_changed_word_of_a_change_of_status_is_named(bench, issued, column):
    with clock.travel(date(2026, 4, 1)):
        actions.suspend(
            attestation=issued.edition.attestation, ground="surveillance_missed", reasons=both("r"),
            by=bench.signatory, at=at(date(2026, 4, 1)),
        )  # fmt: skip
    sequence()
    assert proving.altered() == []
    for row in StatusChange.objects.filter(attestation=issued.edition.attestation):
        with transaction.atomic():
            written(StatusChange, row.pk, **{column: stored(other(getattr(row, column), random.Random(column)))})
            assert "status" in parts(), (row.status, column)
            transaction.set_rollback(True)
