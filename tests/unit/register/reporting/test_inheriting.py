"""What a record takes from its parent: through the whole chain, and said where nobody states it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from testamur.kernel.refusal import Refused
from testamur.register import dependants
from testamur.register.models import Current, Past
from testamur.register.reporting.spool import Spool
from tests.unit.register.reporting.conftest import BODY, COLUMNS, DAY, Lists, csv_of, mapping_of, row

pytestmark = pytest.mark.django_db
MORE = ("same", "above", "audit", "std", "who_audited")
TAKES = ["shown.audit", "requirements", "rests_on.assessor"]
RULES = {"column": "same", "values": ["true"], "parent": "above", "fields": TAKES}
FIELDS = [
    *BODY["field"],
    {"to": "shown.audit", "column": "audit", "names": {"en": "Audit", "zh": "审核"}},
    {"to": "requirements", "column": "std", "read": "list"},
]
RESTS = [{"kind": "certificate", "column": "above"}, {"kind": "assessor", "column": "who_audited"}]


def inheriting(**changes):
    return mapping_of(**{"field": FIELDS, "rests_on": RESTS, "inherit": [RULES], **changes})


@pytest.fixture
def chains(db):
    return Lists(inheriting())


def root(no="ROOT", **changes):
    return row(no, **{"audit": "A-1", "std": "WebTrust", "who_audited": "Sample Auditor", **changes})


def under(no, above, **changes):
    return row(no, **{"same": "TRUE", "above": above, **changes})


def sent(chains, *rows, **more):
    return chains.sent(content=csv_of(*rows, columns=(*COLUMNS, *MORE)), **more)


def judged(chains, *rows, **more):
    return chains.judged(content=csv_of(*rows, columns=(*COLUMNS, *MORE)), **more)


def said(no):
    return Current.objects.get(number=no).said


def told(delivery):
    return [(one.row, one.code, one.field, one.facts["columns"], one.facts.get("parent", "")) for one
            in delivery.remarks.all()]  # fmt: skip


COLUMNS_TAKEN = ["audit", "std", "who_audited"]


def test_a_record_takes_what_its_parent_states_and_says_from_whom(chains):
    delivery = sent(chains, under("SUB", "ROOT"), root())  # the parent may stand below

    assert not told(delivery)
    found = said("SUB")
    assert found["shown"] == {"audit": "A-1"} and found["requirements"][0]["designation"] == "WebTrust"
    assert [(one["kind"], one["key"]) for one in found["rests_on"]] == [
        ("certificate", "ROOT"),
        ("assessor", "Sample Auditor"),
    ]
    assert found["inherited"] == [{"parent": "ROOT", "takes": TAKES, "from": dict.fromkeys(TAKES, "ROOT")}]
    assert Current.objects.get(number="SUB").standards == "WebTrust"
    assert "inherited" not in said("ROOT")


def test_a_chain_of_five_leads_to_the_one_that_states_it(chains):
    sent(chains, *[under(f"S-{n}", f"S-{n - 1}" if n > 1 else "ROOT") for n in (5, 3, 1, 4, 2)], root())

    assert {said(f"S-{n}")["inherited"][0]["from"]["shown.audit"] for n in range(1, 6)} == {"ROOT"}
    assert said("S-5")["inherited"][0]["parent"] == "S-4" and said("S-5")["shown"] == {"audit": "A-1"}
    dependants.follow()
    hanging = dependants.of("assessor", "Sample Auditor", on=DAY)
    assert {one.number for one in hanging.rows} == {"ROOT", "S-1", "S-2", "S-3", "S-4", "S-5"}


def test_what_a_row_states_itself_stays_and_is_what_those_below_it_take(chains):
    sent(chains, root(), under("MID", "ROOT", who_audited="Own Auditor"), under("LOW", "MID"))

    for no in ("MID", "LOW"):
        assert [one["key"] for one in said(no)["rests_on"] if one["kind"] == "assessor"] == ["Own Auditor"]
    assert said("LOW")["inherited"][0]["from"] == {
        "shown.audit": "ROOT",
        "requirements": "ROOT",
        "rests_on.assessor": "MID",
    }


def test_who_does_not_say_so_takes_nothing(chains):
    sent(chains, root(), under("SUB", "ROOT", same="false"), under("OFF", "ROOT", same=""))

    assert "shown" not in said("SUB") and "inherited" not in said("SUB") and "inherited" not in said("OFF")


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([under("SUB", "")], [(2, "parent_unnamed", "above", COLUMNS_TAKEN, "")]),
        ([under("SUB", "NOBODY")], [(2, "parent_unknown", "above", COLUMNS_TAKEN, "NOBODY")]),
        (
            [under("A", "B"), under("B", "A")],
            [(row, "parent_circle", "above", COLUMNS_TAKEN, None) for row in (2, 3)],
        ),
        ([under("SELF", "SELF")], [(2, "parent_circle", "above", COLUMNS_TAKEN, "SELF")]),
        (
            [root(audit="", std="", who_audited=""), under("SUB", "ROOT"), under("LOW", "SUB")],
            [(row, "parent_silent", "above", COLUMNS_TAKEN, "ROOT") for row in (3, 4)],
        ),
        (
            [under("SUB", "NOBODY"), under("LOW", "SUB")],
            [
                (2, "parent_unknown", "above", COLUMNS_TAKEN, "NOBODY"),
                (3, "parent_silent", "above", COLUMNS_TAKEN, "SUB"),
            ],
        ),
        # A parent that states one thing and not the other is no mistake.
        ([root(audit=""), under("SUB", "ROOT")], []),
    ],
)  # fmt: skip
def test_a_chain_that_leads_nowhere_is_told_by_its_row_and_the_row_comes_in(chains, rows, expected):
    delivery = sent(chains, *rows)

    found = told(delivery)
    assert [one[:4] for one in found] == [one[:4] for one in expected]
    for one, (*_same, parent) in zip(found, expected, strict=True):
        assert one[4] in ("A", "B") if parent is None else one[4] == parent
    assert Current.objects.count() == len(rows)


def test_everything_below_a_circle_is_told_and_what_stands_beside_is_not(chains):
    delivery = sent(chains, root(), under("SUB", "ROOT"), under("A", "B"), under("B", "A"), under("C", "A"))

    assert [one[:2] for one in told(delivery)] == [(4, "parent_circle"), (5, "parent_circle"), (6, "parent_circle")]
    assert said("SUB")["shown"] == {"audit": "A-1"} and "from" not in said("C")["inherited"][0]


def test_a_parent_that_is_in_the_register_already_is_asked_there_with_those_above_it(chains):
    sent(chains, root(), under("MID", "ROOT"))

    delivery = sent(chains, under("LOW", "MID"), day=DAY + timedelta(1))

    assert not told(delivery) and said("LOW")["shown"] == {"audit": "A-1"}
    assert said("LOW")["inherited"][0]["from"]["shown.audit"] == "ROOT"  # not the one between, which states nothing


def test_a_chain_may_lead_from_the_file_through_the_register_and_back(chains):
    sent(chains, root(), under("MID", "ROOT"))

    sent(chains, root(audit="A-2"), under("LOW", "MID"), day=DAY + timedelta(1))

    assert said("LOW")["shown"] == {"audit": "A-2"}


def test_a_parent_that_a_whole_list_no_longer_names_is_gone(chains):
    sent(chains, root(), under("MID", "ROOT"), row("S-1"), whole=True)

    delivery = sent(chains, under("MID", "ROOT"), row("S-1"), day=DAY + timedelta(1), whole=True)

    assert told(delivery) == [(2, "parent_unknown", "above", COLUMNS_TAKEN, "ROOT")]
    assert "shown" not in said("MID")


def test_a_parent_whose_row_is_rejected_is_taken_as_the_register_knows_it(chains):
    sent(chains, root(), under("MID", "ROOT"), whole=True)

    delivery = sent(chains, root(who=""), under("MID", "ROOT"), whole=True, day=DAY + timedelta(1))

    assert [one.code for one in delivery.remarks.all()] == ["holder_missing"]
    assert said("MID")["shown"] == {"audit": "A-1"} and delivery.counts["unchanged"] == 1


def test_another_audit_of_the_parent_is_a_change_of_all_that_take_it(chains):
    sent(chains, root(), under("SUB", "ROOT"), whole=True)
    again = sent(chains, root(), under("SUB", "ROOT"), whole=True, day=DAY + timedelta(1))
    assert (again.counts["unchanged"], again.counts["changed"]) == (2, 0)

    delivery = sent(chains, root(audit="A-2"), under("SUB", "ROOT"), whole=True, day=DAY + timedelta(2))

    assert delivery.counts["changed"] == 2 and said("SUB")["shown"] == {"audit": "A-2"}
    assert Past.objects.filter(attestation__origin_key="SUB").get().said["shown"] == {"audit": "A-1"}


def test_what_was_judged_can_be_judged_again_to_the_same(chains):
    delivery = judged(chains, root(), under("SUB", "ROOT"))
    before = Spool(delivery.public_id).path.read_bytes()
    Spool(delivery.public_id).delete()
    assert not list(Spool("x").path.parent.glob("*.own.*"))

    from testamur.register.actions.deliveries import _spool
    from testamur.register.reporting import mapping as mappings

    assert _spool(delivery, mappings.read(delivery.mapping.body)).path.read_bytes() == before


def test_a_parent_of_several_columns_is_found_by_all_of_them():
    key = {"columns": ["no", "what"]}
    chains = Lists(inheriting(key=key, inherit=[{**RULES, "parent": ["above", "what"]}]))

    delivery = sent(chains, root(), root("ROOT", what="Keys", audit="A-2"), under("SUB", "ROOT", what="Keys"))

    assert not told(delivery) and said("SUB")["shown"] == {"audit": "A-2"}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"inherit": [{**RULES, "fields": ["shown.audti"]}]}, r"shown\.audti.*shown\.audit"),
        ({"inherit": [{**RULES, "fields": ["number"]}]}, "number"),
        ({"inherit": [{**RULES, "fields": ["rests_on.laboratory"]}]}, "laboratory"),
        ({"inherit": [RULES, RULES]}, "twice"),
        ({"inherit": [{**RULES, "parent": ["above", "what"]}]}, "columns"),
        ({"inherit": [{**RULES, "values": 5}]}, "values"),
        ({"inherit": [{**RULES, "fields": []}]}, "fields"),
        ({"inherit": [{**RULES, "paernt": "above"}]}, "paernt.*parent"),
        ({"inherit": RULES}, "list of tables"),
        ({"fold": {"keep": "first"}}, "fold"),
        ({"field": [*FIELDS, {"to": "shown.x", "column": "audit", "names": "Audit"}]}, "language"),
    ],
)
def test_a_mistake_in_what_is_inherited_is_named(changes, sentence):
    with pytest.raises(Refused, match=sentence):
        inheriting(**changes)
