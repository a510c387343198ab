"""What a row says, judged: a record, or the one thing that keeps it out."""

from __future__ import annotations

import json

import pytest

from small_world import member, organisation, scheme
from testamur.kernel.refusal import Refused
from testamur.kernel.words import Status
from testamur.register.models import Current
from testamur.register.reporting import mapping as mappings
from testamur.register.reporting.codes import CODES, sentences
from testamur.register.reporting.linting import _pattern
from testamur.register.reporting.places import Countries, Divisions
from testamur.register.reporting.values import Unreadable, address_of, clean, day_of, form_of, parts_of, stem_of
from testamur.register.states import opened
from testamur.register.status import status
from tests.unit.register.reporting.conftest import BODY, DAY, Lists, csv_of, mapping_of, row

DAY_FIELDS = [one for one in BODY["field"] if one["to"] != "effective_on"]


def remarks(delivery):
    return [(one.code, one.field, one.rejects) for one in delivery.remarks.all()]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "code", "column"),
    [
        ({"from": "01/02/2026"}, "day_unreadable", "from"),
        ({"from": "2026-02-31"}, "day_unreadable", "from"),
        ({"from": "0000-00-00"}, "day_unreadable", "from"),
        ({"from": ""}, "start_missing", "from"),
        ({"until": "2025-01-01"}, "days_reversed", "until"),
        ({"who": " "}, "holder_missing", "who"),
        ({"no": ""}, "key_missing", ""),
        ({"body": ""}, "issuer_missing", "body"),
        ({"state": "perhaps"}, "status_unknown", "state"),
        ({"no": "9" * 81}, "too_long", "no"),
        ({"who": "x" * 501}, "too_long", "who"),
    ],
)
def test_a_row_that_cannot_be_a_record_rejects_itself_with_its_column(lists, changes, code, column):
    delivery = lists.judged(row("S-1"), row(**{"no": "S-2", **changes}), row("S-3"))

    assert remarks(delivery) == [(code, column, True)] and delivery.counts["new"] == 2


def test_every_code_has_its_sentences_in_both_languages():
    facts = dict.fromkeys(
        [
            "why",
            "found",
            "expected",
            "column",
            "encoding",
            "length",
            "most",
            "columns",
            "value",
            "form",
            "last",
            "first",
            "before",
            "rows",
            "absent",
            "sample",
            "empty",
            "row",
            "status",
            "issuer",
            "country",
            "as_of",
            "scheme",
            "day",
            "source",
            "fields",
            "tree",
            "parent",
            "years",
            "latest",
            "holder",
        ],
        "x",
    )
    for code in CODES:
        for said in sentences(code, facts):
            assert said["en"] and said["zh"] and said["en"] != said["zh"], code


@pytest.mark.django_db
def test_words_are_mapped_whatever_their_case_and_spaces(db):
    lists = Lists(mapping_of(status={"column": "state", "map": {"On Hold": "suspended"}}))

    lists.sent(row(state="  ON   hold "))

    assert Current.objects.get().status == Status.SUSPENDED


@pytest.mark.django_db
def test_expired_is_what_the_calendar_says_and_an_earlier_end_is_an_act(db):
    lists = Lists(mapping_of(status={"column": "state", "map": {"over": "expired"}}))

    lists.sent(row("S-1", state="over", until="2026-02-01"), row("S-2", state="over"))

    assert dict(Current.objects.values_list("number", "status")) == {"S-1": "valid", "S-2": "cancelled"}
    record = opened(Current.objects.get(number="S-1").attestation)
    assert status(record, DAY).status is Status.EXPIRED


@pytest.mark.django_db
def test_days_whose_order_is_open_ask_for_it_and_others_are_said(db):
    auto = {"to": "effective_on", "column": "from", "read": "day", "form": "auto"}
    lists = Lists(mapping_of(field=[*DAY_FIELDS, auto]))

    refused = lists.judged(row(**{"from": "01/02/2026"}))
    told = lists.judged(row("S-1", **{"from": "01/02/2026"}), row("S-2", **{"from": "25/01/2026"}))

    assert refused.state == "refused" and "several forms" in refused.refusal["message"]
    assert remarks(told) == [("day_form_guessed", "from", False)]
    assert told.remarks.get().facts["form"] == "%d/%m/%Y"


@pytest.mark.django_db
def test_holder_identifiers_links_and_scope_lines_stand_in_what_is_said(db):
    columns = ("no", "who", "body", "state", "what", "from", "until", "tax", "land", "lab", "codes", "std")
    mapping = mapping_of(
        holder={"column": "who", "country": "land", "identifiers": [{"scheme": "TAX", "column": "tax"}]},
        rests_on=[{"kind": "laboratory", "column": "lab"}, {"kind": "accreditation", "value": "CNAS"}],
        field=[
            *BODY["field"],
            {"to": "line.sector", "column": "codes", "read": "list", "tree": "unknown-tree"},
            {"to": "requirements", "column": "std", "read": "list", "separator": ";"},
        ],
    )
    given = row(tax="91-1", land="Czech Republic", lab="Sample Lab", codes="17, 18", std="ISO 9001; ISO 14001")

    Lists(mapping).sent(content=csv_of(given, columns=columns))

    now = Current.objects.get()
    assert (now.country, now.standards) == ("CZ", "ISO 9001 | ISO 14001")
    assert now.said["parties"][0]["identifiers"] == [{"scheme": "TAX", "value": "91-1"}]
    assert [one["key"] for one in now.said["rests_on"]] == ["Sample Lab", "CNAS"]
    assert [one["sector"]["node"] for one in now.said["lines"]] == ["17", "18"]
    assert len(opened(now.attestation).editions.all()[0].lines.all()) == 2


@pytest.mark.django_db
def test_odd_values_are_remarked_and_come_in(db):
    lists = Lists(mapping_of(holder={"column": "who", "country": "what"}))

    delivery = lists.sent(row(what="Atlantis", **{"from": "2027-05-01"}))

    assert [code for code, *_rest in remarks(delivery)] == ["country_unknown", "day_in_future"]
    assert Current.objects.count() == 1


def test_a_number_is_compared_with_the_form_of_its_scheme():
    form = _pattern("LAMP-{year}-{serial:6}")

    assert form.fullmatch("LAMP-2026-000001") and not form.fullmatch("LAMP-26-1") and not form.fullmatch("000001")


def test_places_are_found_in_words():
    assert [Countries({"Brasl": "BR"}).code(one) for one in ("DE", "Germany", "brasl", "中国", "Atlantis")] == [
        "DE",
        "DE",
        "BR",
        "CN",
        "",
    ]
    known = Divisions({"330000": "浙江省", "330100": "杭州市", "330106": "西湖区", "440000": "广东省"})
    assert [
        known.of(one) for one in ("浙江省杭州市西湖区文三路1号", "浙江杭州文三路", "中国广东省某路", "某路1号")
    ] == [
        "330106",
        "330100",
        "440000",
        "",
    ]


def test_values_are_cleaned_and_read():
    assert clean("Soci&eacute;t&eacute;\xa0 \u200bLtd\n") == "Société Ltd"
    assert day_of("2026-03-02T20:00:00.000Z", ()).isoformat() == "2026-03-02"
    assert form_of(["31.12.2026"]) == ("%d.%m.%Y",) and len(form_of(["01/02/2026"])) == 2
    assert parts_of("a; b;;a", ";") == ["a", "b"] and parts_of("a\x1fb", ",") == ["a", "b"]
    assert address_of("http://cc.example:80/a b.pdf") == "http://cc.example/a%20b.pdf"
    assert stem_of("http://cc.example/x/Report 1.pdf(12) (0)_TMP.pdf") == "Report 1"
    with pytest.raises(Unreadable):
        day_of("31/02/2026", ["%d/%m/%Y"])


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"feild": []}, "feild.*field"),
        ({"key": {"columns": ["no"], "colunms": []}}, "colunms.*columns"),
        ({"holder": {"adress": "x"}}, "adress.*address"),
        ({"source": {"origin": "native"}}, "native"),
        ({"status": {"column": "state", "map": {"x": "valdi"}}}, "valdi.*valid"),
        ({"rests_on": [{"kind": "labratory", "column": "lab"}]}, "labratory.*laboratory"),
        ({"field": [{"to": "numbre", "column": "no"}]}, "numbre.*number"),
        ({"field": [{"to": "number", "column": "no", "read": "txt"}]}, "txt.*text"),
        ({"field": [{"to": "statement", "column": "no"}]}, "number"),
        ({"field": [*BODY["field"], {"to": "issued_on", "column": "no", "read": "day"}]}, "form"),
        ({"issuer": {"column": "body", "value": "x"}}, "issuer"),
        ({"holder": {"pattern": "("}}, "pattern"),
        ({"file": {"columns": ["number", "who"]}}, "has not"),
        ({"fold": {"keep": "last"}}, "latest"),
        ({"key": {"columns": ["no"], "map": {"who": {}}}}, "key"),
    ],
)
def test_a_mistake_in_a_mapping_is_named_with_the_nearest_word(changes, sentence):
    import re

    with pytest.raises(Refused) as refused:
        mapping_of(**changes)
    assert re.search(sentence, str(refused.value))


def test_a_mapping_without_a_table_it_needs_says_which(tmp_path):
    (tmp_path / "bad.toml").write_text("[source\n")
    with pytest.raises(Refused, match=r"bad\.toml cannot be read"):
        mappings.load(tmp_path / "bad.toml")
    with pytest.raises(Refused, match="holder"):
        mapping_of(holder=None)


@pytest.mark.django_db
def test_what_an_issuer_had_no_authority_for_is_remarked(db):
    body = organisation("Body")
    needs = {"id": "licence", "of": "issuer", "kind": "licence", "any_of": ["licence-cb"]}
    scheme("sample-scheme", authority=[needs])
    lists = Lists(mapping_of(source={"origin": "reported"}), organisation=body, by=member(body, "records"))

    delivery = lists.judged(row())

    assert [code for code, *_rest in remarks(delivery)] == ["authority_lacking"]
    assert json.dumps(delivery.remarks.get().facts["why"]).count("Sample Body") == 1
