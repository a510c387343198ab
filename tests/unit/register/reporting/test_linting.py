"""What is odd about rows that come in: every code with a row that earns it, and one that does not."""

from __future__ import annotations

import io
import json
from datetime import date

import pytest

from small_world import (
    PLATFORM,
    attestation_table,
    both,
    given,
    instant,
    licence_scheme,
    member,
    organisation,
    scheme,
)
from testamur import rules
from testamur.parties.actions import name_root
from testamur.register.models import Current
from testamur.register.queries_reporting import told
from testamur.register.reporting.check_characters import checked, is_gs1, is_lei
from testamur.register.reporting.codes import CODES
from testamur.requirements.models import Document, Node, Tree
from tests.unit.register.reporting.conftest import BODY, COLUMNS, Lists, csv_of, mapping_of, row

pytestmark = pytest.mark.django_db
MORE = ("id", "land", "region", "place", "tax", "lei", "gln", "codes", "std", "issued", "lab")
MAPPING = {
    "key": {"columns": ["id"]},
    "holder": {
        "column": "who",
        "country": "land",
        "region": "region",
        "address": "place",
        "identifiers": [
            {"scheme": "CN.uscc", "column": "tax"},
            {"scheme": "LEI", "column": "lei"},
            {"scheme": "GLN", "column": "gln"},
        ],
    },
    "status": {"absent": "valid"},
    "field": [
        *BODY["field"],
        {"to": "issued_on", "column": "issued", "read": "day", "form": "%Y-%m-%d"},
        {"to": "line.sector", "column": "codes", "read": "list", "tree": "sectors@test"},
        {"to": "requirements", "column": "std", "read": "list", "separator": ";"},
    ],
}
USCC, LEI, GLN = "91350100M000100Y43", "506700GE1G29325QX363", "4000001000005"


def odd_row(no="S-000001", **changes):
    return row(no, **{"id": no, "land": "CN", "place": "浙江省杭州市文三路1号", "until": "2028-12-31", **changes})


@pytest.fixture
def odd(db):
    """Return a source whose scheme, classification, divisions and standards are known here."""
    scheme(
        "sample-scheme",
        attestation=attestation_table("certificate", "S-{serial:6}", renewed_until="3 years after expiry"),
        decision={"by": ["a"], "independent_of": ["determination"], "outcomes": ["grant"],
                  "appeal_until": "30 days after decided"},
        role=[{"id": "a", "title": both("a"), "functions": ["decision"]}],
    )  # fmt: skip
    sectors = Tree.objects.create(key="sectors@test", name="sectors", title=both("sectors"))
    regions = Tree.objects.create(key="regions@gbt2260", name="regions", title=both("regions"))
    Node.objects.create(tree=sectors, code="17")
    Node.objects.create(tree=regions, code="330000", title={"zh": "浙江省"})
    Node.objects.create(tree=regions, code="330100", title={"zh": "杭州市"})
    Document.objects.create(key="old@1", designation="OLD 1", withdrawn_on=date(2025, 6, 30))
    Document.objects.create(key="new@2", designation="NEW 2", withdrawn_on=date(2030, 1, 1))
    return Lists(mapping_of(**MAPPING))


def judged(odd, *rows):
    return odd.judged(content=csv_of(*rows, columns=(*COLUMNS, *MORE)))


def found(delivery):
    return [(one.code, one.field) for one in delivery.remarks.all()]


#: code → its column, what earns it, and what comes nearest without earning it.
ODD = {
    "status_absent": ("state", {"state": ""}, {"state": "active"}),
    "country_unknown": ("land", {"land": "Atlantis", "place": ""}, {"land": "Germany"}),
    "country_missing": ("land", {"land": ""}, {"land": "DE"}),
    "region_unknown": ("place", {"region": "999999"}, {"region": "330100"}),
    "address_not_placed": ("place", {"place": "某路1号"}, {"place": "Sample Road 1", "land": "DE"}),
    "scope_unknown": ("codes", {"codes": "17, 99"}, {"codes": "17"}),
    "day_in_future": ("from", {"from": "2026-03-03"}, {"from": "2026-03-02"}),
    "day_impossible": ("from", {"from": "1900-01-01"}, {"from": "1950-01-01"}),
    "day_too_far": ("until", {"until": "9999-12-31"}, {"until": ""}),
    "ends_as_it_begins": ("until", {"from": "2026-03-02", "until": "2026-03-02"},
                          {"from": "2026-03-01", "until": "2026-03-02"}),
    "life_too_long": ("until", {"until": "2030-01-02"}, {"until": "2030-01-01"}),
    "end_missing": ("until", {"until": ""}, {"until": "2028-01-01"}),
    "valid_though_over": ("until", {"from": "2024-01-01", "until": "2026-03-01"},
                          {"from": "2024-01-01", "until": "2026-03-02"}),
    "holder_odd": ("who", {"who": "N/A"}, {"who": "NA Locks"}),
    "identifier_odd": ("tax", {"tax": USCC[:-1] + "4"}, {"tax": USCC}),
    "scope_missing": ("what", {"what": ""}, {"what": "", "codes": "17"}),
    "number_odd": ("no", {"no": "S-1"}, {"no": "S-000002"}),
    "standard_withdrawn": ("std", {"std": "NEW 2; OLD 1"}, {"std": "NEW 2"}),
}  # fmt: skip
#: These are about more than one row or about the file, and are tried below or where such files are read.
ELSEWHERE = {"row_twice", "number_twice", "issuer_absent", "authority_lacking", "told_differently", "encoding_guessed",
             "day_form_guessed", "column_new", "rows_empty", "parent_unnamed", "parent_unknown", "parent_circle",
             "parent_silent", "feed_listed", "feed_not_begun", "absence_unsure"}  # fmt: skip
#: A scheme that says how long what it gives may run leaves no room for these.
UNKNOWN_SCHEME = {"day_too_far", "day_impossible"}


def test_every_code_of_the_linter_is_tried():
    assert {code for code, told_of in CODES.items() if not told_of.rejects} == set(ODD) | ELSEWHERE


@pytest.mark.parametrize("code", ODD)
def test_a_row_that_earns_a_remark_gets_it_and_the_nearest_one_that_does_not_gets_none(odd, code):
    column, bad, good = ODD[code]
    lists = odd
    if code in UNKNOWN_SCHEME:
        lists = Lists(mapping_of(**{**MAPPING, "source": {"id": "other", "scheme": "unknown-scheme"}}))

    earned = judged(lists, odd_row("S-000001"), odd_row(**{"no": "S-000002", "id": "2", **bad}))
    clean = judged(lists, odd_row("S-000001"), odd_row(**{"no": "S-000002", "id": "2", **good}))

    assert found(earned) == [(code, column)] and not clean.remarks.exists()
    one = earned.remarks.get()
    assert (one.row, one.line, one.rejects) == (3, 3, False) and earned.counts["new"] == 2
    for said in (told(one)["reason"], told(one)["remedy"]):
        assert said["en"] and said["zh"] != said["en"] and "{value}" not in said["en"]


def workbook_of(*rows, columns):
    import openpyxl

    book = openpyxl.Workbook()
    book.active.append(columns)
    for one in rows:
        book.active.append([one.get(name, "") for name in columns])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def lines_of(*rows, columns):
    return "\n".join(json.dumps({name: one.get(name, "") for name in columns}) for one in rows).encode()


def objects_of(*rows, columns):
    """Return rows as the API hands them on."""
    return [{name: one.get(name, "") for name in columns} for one in rows]


@pytest.mark.parametrize("written", [csv_of, workbook_of, lines_of, objects_of])
def test_the_same_rows_earn_the_same_remarks_however_they_came(odd, written):
    bad = [
        odd_row("S-000001", codes="99"), odd_row("S-000002", **{"from": "2026-02-31"}), odd_row("S-3"),
        odd_row("S-000004", std="OLD 1"), odd_row("S-000005", place="某路1号"), odd_row("S-000006", until="9999-12-31"),
        odd_row("S-000007", tax="1"), odd_row("S-000008", who="12345"),
    ]  # fmt: skip

    delivery = odd.judged(content=written(*bad, columns=(*COLUMNS, *MORE)))

    assert [(one.row - delivery.remarks.first().row, one.code, one.field) for one in delivery.remarks.all()] == [
        (0, "scope_unknown", "codes"),
        (1, "day_unreadable", "from"),
        (2, "number_odd", "no"),
        (3, "standard_withdrawn", "std"),
        (4, "address_not_placed", "place"),
        (5, "life_too_long", "until"),
        (6, "identifier_odd", "tax"),
        (7, "holder_odd", "who"),
    ]
    assert delivery.counts["rejected"] == 1 and delivery.counts["new"] == 7


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"issued": "2026-03-03"}, [("day_in_future", "issued")]),
        ({"issued": "1900-01-01"}, [("day_impossible", "issued")]),
        ({"issued": "2026-01-01"}, []),
        ({"lei": LEI}, []),
        ({"lei": LEI[:-1] + "4"}, [("identifier_odd", "lei")]),
        ({"gln": GLN}, []),
        ({"gln": "4000001000006"}, [("identifier_odd", "gln")]),
        ({"who": "360"}, [("holder_odd", "who")]),
        ({"who": "--"}, [("holder_odd", "who")]),
        ({"who": "无"}, [("holder_odd", "who")]),
        ({"who": "360 Locks"}, []),
        ({"who": "无锡锁厂"}, []),
        # What ran out before the edition was withdrawn was right as long as it lasted.
        ({"std": "OLD 1", "from": "2022-01-01", "until": "2024-12-31", "state": "on hold"}, []),
        # A status that is no validity may stand after the last day.
        ({"from": "2024-01-01", "until": "2025-12-31", "state": "on hold"}, []),
    ],
)
def test_what_is_near_to_odd(odd, changes, code):
    assert found(judged(odd, odd_row("S-000001", **changes))) == code


def test_a_number_for_two_holders_is_told_by_the_second_row(odd):
    delivery = judged(
        odd,
        odd_row("S-000001", id="1"),
        odd_row("S-000001", id="2", who="sample  LOCKS"),
        odd_row("s 000001", id="3", who="Other Locks"),
        odd_row("S-000001", id="4", body="Other Body", who="Third Locks"),
        odd_row("S-000002", id="5"),
    )

    assert [(one.row, one.code) for one in delivery.remarks.filter(code="number_twice")] == [(4, "number_twice")]
    one = delivery.remarks.get(code="number_twice")
    assert (one.field, one.facts) == ("no", {"value": "s 000001", "first": 2, "holder": "Sample Locks"})


def test_a_number_that_is_the_key_is_told_as_the_same_record(db):
    lists = Lists(mapping_of(source={"id": "by-number"}))

    delivery = lists.judged(row("S-1"), row("S-1", who="Other Locks"))

    assert found(delivery) == [("key_twice", "")]


def test_the_issuer_that_stays_is_said_where_none_is_stated(db):
    lists = Lists(mapping_of(issuer={"column": "body", "absent": "Sample Body"}))

    assert found(lists.judged(row("S-1", body=""))) == [("issuer_absent", "body")]
    assert not lists.judged(row("S-2")).remarks.exists()


# ------------------------------------------------------------ identifiers


def test_codes_are_counted_many_at_once_as_the_rule_counts_one():
    values = [USCC, "", USCC[:-1] + "X", USCC.lower(), USCC[:17], "9135010OM000100Y43", "９1350100M000100Y43", USCC]

    wrong = checked("CN.uscc")(values)

    assert wrong == [2, 3, 4, 5, 6]
    alone = {value: rules.evaluate("CN.uscc", {"code": value}).output["ok"] for value in values if value}
    assert wrong == [at for at, value in enumerate(values) if value and not alone[value]]


def test_check_digits_of_other_identifiers():
    assert is_lei(LEI) and is_lei("5493001KJTIIGC8Y1R12")
    assert not is_lei("5493001KJTIIGC8Y1R13") and not is_lei(LEI.lower())
    assert is_gs1("96385074") and is_gs1("036000291452") and is_gs1("4006381333931") and not is_gs1("4006381333932")
    assert not is_gs1("") and not is_gs1("4006381333931 ") and not is_gs1("４006381333931")
    assert checked("lei") is not None and checked("TAX") is None


# ------------------------------------------------------------ issuers


@pytest.fixture
def licensed(db):
    """Return a body that was licensed from 10 February 2026 on, for a scheme that asks for it."""
    regulator, body = organisation("Regulator"), organisation("Body")
    name_root(organisation=regulator, by=PLATFORM, at=instant(date(2024, 1, 1)))
    needs = {"id": "licence", "of": "issuer", "kind": "licence", "any_of": ["sample-licence"], "free": ["sector"]}
    scheme("sample-scheme", authority=[needs])
    given(licence_scheme(), issuer=regulator, holder=body, lines=[{"document": "all"}], from_day=date(2026, 2, 10))
    return body


def meaning(*names_and_bodies):
    return mapping_of(issuer={"column": "body", "organisations": dict(names_and_bodies)})


def test_rows_of_issuers_that_are_known_here_are_asked_for_their_authority(licensed):
    stranger = organisation("Stranger")
    lists = Lists(meaning(("Licensed", licensed.public_id), ("Stranger", stranger.public_id)))

    delivery = lists.judged(
        row("S-1", body="Licensed", **{"from": "2026-02-09"}),
        row("S-2", body="Licensed", **{"from": "2026-02-10"}),
        # Of somebody who holds nothing here, nothing is vouched for and nothing is asked.
        row("S-3", body="Stranger", **{"from": "2026-02-09"}),
        row("S-4", body="Nobody we know", **{"from": "2026-02-09"}),
        row("S-5", body="Licensed", **{"from": "2026-02-08"}),
    )

    assert [(one.row, one.code, one.field, one.facts["day"]) for one in delivery.remarks.all()] == [
        (2, "authority_lacking", "from", "2026-02-09"),
        (6, "authority_lacking", "from", "2026-02-08"),
    ]
    # Each names its own day, though both were asked about together.
    assert all(one.facts["day"] in json.dumps(one.facts["why"]) for one in delivery.remarks.all())


def test_a_body_is_asked_by_the_same_turns_of_its_authority(licensed):
    lists = Lists(mapping_of(source={"origin": "reported"}), organisation=licensed, by=member(licensed, "records"))

    delivery = lists.judged(*(row(f"S-{day}", **{"from": f"2026-02-{day:02}"}) for day in (9, 10, 11, 1, 28)))

    assert [one.row for one in delivery.remarks.all()] == [2, 5]


def test_issuers_are_asked_once_for_each_of_them_however_many_rows_name_them(licensed, django_assert_max_num_queries):
    lists = Lists(meaning(("Licensed", licensed.public_id)))
    rows = [row(f"S-{n}", body="Licensed", **{"from": f"2026-02-{n % 28 + 1:02}"}) for n in range(2_000)]

    with django_assert_max_num_queries(120):
        delivery = lists.judged(*rows)

    assert delivery.counts["codes"]["authority_lacking"] == sum(n % 28 + 1 < 10 for n in range(2_000))


def test_an_issuer_that_the_mapping_means_and_is_not_here_refuses_the_dry_run(licensed):
    lists = Lists(meaning(("Licensed", "AAAAAAAAAA")))

    delivery = lists.judged(row("S-1", body="Licensed"))

    assert delivery.state == "refused" and "no organisation here" in delivery.refusal["message"]
    assert not Current.objects.exclude(said=None).exists()
