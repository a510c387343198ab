"""The definition that the engine reads, and its way to JSON and back."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import replace

import pytest
import rfc8785

from testamur.kernel.words import Status
from testamur.schemes.extract import authority_extract
from testamur.schemes.language.definition import Definition
from testamur.schemes.language.flatten import flatten
from testamur.schemes.language.library import SHIPPED, Library

LIBRARY = Library()
AGAIN = Library()  # reads every file anew
KEYS = [f"{path.parent.name}@{path.stem}" for path in LIBRARY.files()]
QMS = LIBRARY.load("cn-qms@2026-1")
LAMP = LIBRARY.load("voluntary-product-type5")


@pytest.mark.parametrize("key", KEYS)
def test_a_definition_survives_the_way_through_json(key):
    definition = LIBRARY.load(key)

    back = Definition.from_json(json.loads(definition.canonical()))

    assert back.to_json() == definition.to_json()
    assert back.digest == definition.digest
    # how a table came to be (override) is no part of what holds
    assert list(back.all_tables()) == [(name, replace(row, override=False)) for name, row in definition.all_tables()]


@pytest.mark.parametrize("key", KEYS)
def test_the_digest_is_that_of_the_canonical_json(key):
    flat = flatten(key, LIBRARY)

    assert flat.digest == hashlib.sha256(rfc8785.dumps(flat.body)).hexdigest()
    assert flatten(key, AGAIN).digest == flat.digest


def test_the_digests_name_the_file_and_every_base():
    flat = flatten("ccc-declaration", LIBRARY)

    assert set(flat.parts) == {"ccc-declaration@2026-1", "ccc-0901@2026-1", "ccc-product@2026-1"}
    assert flat.body["digests"] == flat.parts
    assert flat.family == "compulsory"


def test_a_change_of_a_base_changes_the_digest_of_the_overlay(tmp_path):
    folder = tmp_path / "library"
    shutil.copytree(SHIPPED, folder)
    base = folder / "bases/base-management-system/2026-1.toml"
    base.write_text(base.read_text("utf-8") + "\n# a comment\n", "utf-8")

    assert Library(folder).load("cn-qms").digest != QMS.digest
    assert Library(folder).load("person-auditor").digest == LIBRARY.load("person-auditor").digest


def test_another_format_is_refused():
    with pytest.raises(ValueError, match="no flattened scheme"):
        Definition.from_json({"format": "something"})


# ---------------------------------------------------------------- look-ups


def test_a_scheme_says_its_name_and_tables():
    assert (QMS.id, QMS.version, QMS.key) == ("cn-qms", "2026-1", "cn-qms@2026-1")
    assert QMS.title["zh"] == "质量管理体系认证（中国）"
    assert QMS.area == "CN"
    assert QMS.role("head").functions == ("attestation", "status")
    assert QMS.ground("surveillance_missed").origin == "cn-qms@2026-1"
    assert QMS.ground("transferred").origin == "base-management-system@2026-1"
    assert QMS.finding("minor").title["zh"] == "轻微不符合"
    assert QMS.round("first").overdue == "surveillance_missed"
    assert QMS.scope("site").tree == "sites"
    with pytest.raises(KeyError, match="cn-qms@2026-1 has no"):
        QMS.role("nobody")


def test_activities_come_after_those_they_wait_for():
    assert [row.id for row in QMS.activities_on("initial")] == ["stage1", "stage2"]
    assert [row.id for row in LAMP.activities_on("initial")] == ["type_test", "factory_inspection"]
    assert [row.id for row in QMS.activities_on("change")] == ["change_check"]


def test_a_changed_table_stands_where_the_base_had_it():
    order = [row.id for row in QMS.activities]

    assert order.index("recertification_audit") < order.index("special_audit")


def test_the_form_is_asked_part_by_part():
    assert [part.id for part in QMS.parts_on("initial")] == ["organisation", "people", "system", "conditions"]
    assert [field.id for field in QMS.fields_of("people")] == ["full_time", "part_time", "unskilled_similar"]
    assert str(QMS.source_of(QMS.field("full_time"))[0]) == "iaf-md5@2023#1.9"
    assert str(QMS.source_of(QMS.field("consultant"))[0]) == "iso-17021-1@2015#5.2.7"


def test_a_question_finds_its_rule_on_its_occasion():
    assert QMS.rule_for("audit_time").rule == "MD5.audit_time"
    assert QMS.rule_for("late_renewal", "initial") is None
    assert QMS.rule_for("late_renewal", "renewal").from_ == {"regime": "scheme.regime"}
    assert QMS.rule_for("renewal_opens") is None
    assert [rule.id for rule in QMS.rules_for("surveillance_due")] == ["surveillance-interval"]


def test_authorities_are_found_by_their_holder():
    assert [row.id for row in QMS.authorities_of()] == ["accreditation", "licence"]
    assert [row.any_of for row in LAMP.authorities_of("type_test")] == [("accreditation-lab", "qualification-lab")]


def test_the_state_table_is_made_from_the_grounds():
    table = QMS.next_table()

    assert {row.id for row in table[Status.VALID][Status.SUSPENDED]} == {
        "surveillance_missed", "persistent_failure", "own_request",
    }  # fmt: skip
    assert table[Status.SUSPENDED][Status.VALID] == ()
    assert {row.id for row in table[Status.VALID][Status.CANCELLED]} == {"transferred", "given_up"}
    assert [row.id for row in table[Status.VALID][Status.EXPIRED]] == ["period_over"]
    assert table[Status.WITHDRAWN] == {}
    assert all(row.id != "part_fails" for moves in table.values() for rows in moves.values() for row in rows)


def test_a_duty_is_a_ground_that_something_sets_off():
    duties = {row.id: {table.id for table in QMS.set_off_by(row.id)} for row in QMS.duties()}

    assert duties["surveillance_missed"] == {"first", "later"}
    assert duties["issuer_revoked"] == {"licence"}
    assert duties["not_restored"] == {"surveillance_missed", "persistent_failure", "own_request"}
    assert "own_request" not in duties
    assert "period_over" not in duties


def test_unconfirmed_values_are_counted_with_their_tables():
    found = {(name, getattr(row, "id", ""), word) for name, row, word in QMS.unconfirmed()}

    assert ("ground", "surveillance_missed", "at_most") in found
    assert ("attestation", "", "unique") in found
    assert QMS.attestation.unique_refuses is False


# ---------------------------------------------------------------- extract


@pytest.mark.parametrize("key", KEYS)
def test_the_authority_extract_is_small(key):
    definition = LIBRARY.load(key)

    assert len(rfc8785.dumps(authority_extract(definition, LIBRARY))) < 3000
