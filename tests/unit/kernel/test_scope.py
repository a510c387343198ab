"""Scope algebra: laws by property test, meanings by example."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from testamur.kernel.scope import ALL, Line, MalformedScope, Node, Range, Scope, TreeTable, Why, covers

DOCUMENTS = "documents@1"
SECTORS = "sectors@iaf-id1-2023"
FIELDS = "fields@cnca-1"
TREES = TreeTable(
    {
        DOCUMENTS: {
            "iso-9001": None,
            "iso-9001@2015": "iso-9001",
            "iso-9001@2008": "iso-9001",
            "iso-14001": None,
        },
        SECTORS: {"17": None, "17.1": "17", "17.1.2": "17.1", "17.2": "17", "19": None},
        FIELDS: {"system": None, "qms": "system", "ems": "system", "product": None},
    },
    crosswalks=[
        (DOCUMENTS, "iso-9001", FIELDS, "qms"),
        (DOCUMENTS, "iso-14001", FIELDS, "ems"),
        (SECTORS, "19", FIELDS, "qms"),
        (SECTORS, "19", FIELDS, "product"),
    ],
)

nodes = st.one_of(
    st.sampled_from(["17", "17.1", "17.1.2", "17.2", "19"]).map(lambda node: Node(SECTORS, node)),
    st.sampled_from(["iso-9001", "iso-9001@2015", "iso-9001@2008"]).map(lambda node: Node(DOCUMENTS, node)),
)
ends = st.one_of(st.none(), st.decimals(min_value=-4, max_value=4, places=1))
ranges = (
    st.tuples(ends, ends, st.sampled_from(["V", "A"]))
    .filter(lambda parts: parts[0] is None or parts[1] is None or parts[0] <= parts[1])
    .map(lambda parts: Range(*parts))
)
values = st.one_of(nodes, ranges, st.just(ALL))
lines = st.dictionaries(st.sampled_from(["sector", "document", "voltage"]), values, max_size=3).map(Line.of)
scopes = st.frozensets(lines, max_size=4).map(Scope)


@given(scopes)
def test_every_scope_covers_itself(scope):
    assert covers(scope, scope, TREES)


@given(scopes, scopes, scopes)
def test_what_covers_a_cover_covers(one, two, three):
    wide, middle = one | two | three, one | two
    assert covers(wide, middle, TREES) and covers(middle, one, TREES) and covers(wide, one, TREES)
    if covers(one, two, TREES) and covers(two, three, TREES):
        assert covers(one, three, TREES)


@given(lines, lines, lines)
def test_single_lines_are_transitive(one, two, three):
    a, b, c = Scope.of(one), Scope.of(two), Scope.of(three)
    if covers(a, b, TREES) and covers(b, c, TREES):
        assert covers(a, c, TREES)


@given(scopes, scopes)
def test_scopes_that_cover_each_other_have_one_normal_form(one, two):
    if covers(one, two, TREES) and covers(two, one, TREES):
        assert one.normal_form(TREES) == two.normal_form(TREES)


@given(scopes, scopes)
def test_a_scope_and_its_union_with_what_it_covers_have_one_normal_form(one, two):
    if covers(one, two, TREES):
        assert (one | two).normal_form(TREES) == one.normal_form(TREES)


@given(scopes)
def test_the_normal_form_says_the_same_with_no_line_inside_another(scope):
    short = scope.normal_form(TREES)
    assert covers(short, scope, TREES) and covers(scope, short, TREES)
    assert short.normal_form(TREES) == short


@given(scopes, scopes, scopes)
def test_more_authority_never_covers_less(one, two, claim):
    if covers(one, claim, TREES):
        assert covers(one | two, claim, TREES)
    assert bool(covers(one, claim | two, TREES)) == (bool(covers(one, claim, TREES)) and bool(covers(one, two, TREES)))


@given(scopes, scopes, lines)
def test_the_intersection_covers_exactly_what_both_cover(one, two, claim):
    asked = Scope.of(claim)
    both = bool(covers(one, asked, TREES)) and bool(covers(two, asked, TREES))
    assert bool(covers(one.intersection(two, TREES), asked, TREES)) == both


@given(scopes)
def test_canonical_json_reads_back_as_the_same_scope(scope):
    assert Scope.from_json(scope.to_json()) == scope
    assert Scope.from_json(scope.to_json()).canonical() == scope.canonical()


def test_a_line_is_written_as_credentials_write_it():
    line = Line.of({"voltage": Range(Decimal("1.0"), Decimal("5E+0"), "V"), "sector": Node(SECTORS, "17"), "site": ALL})
    assert line.canonical() == (
        '{"sector":{"node":"17","tree":"sectors@iaf-id1-2023"},"site":"all","voltage":{"from":"1","to":"5","unit":"V"}}'
    )
    assert Line.of({"voltage": Range(None, Decimal("0.50"), "V")}).to_json() == {"voltage": {"to": "0.5", "unit": "V"}}


def reason(authority: Scope, claim: Scope, **kwargs) -> list[tuple[Why, str]]:
    coverage = covers(authority, claim, TREES, **kwargs)
    assert not coverage
    return [(gap.why, gap.dimension) for line in coverage.missing for gap in line.gaps]


SECTOR_17 = Scope.of({"sector": Node(SECTORS, "17")})
SECTOR_17_1 = Scope.of({"sector": Node(SECTORS, "17.1")})


def test_a_node_below_is_covered_and_a_node_above_is_not():
    coverage = covers(SECTOR_17, SECTOR_17_1, TREES)
    assert coverage and coverage.lines[0].by == Line.of({"sector": Node(SECTORS, "17")})
    assert reason(SECTOR_17_1, SECTOR_17) == [(Why.NOT_INSIDE, "sector")]


def test_a_dimension_that_the_authority_does_not_name_is_not_covered():
    claim = Scope.of({"sector": Node(SECTORS, "17"), "site": ALL})
    assert reason(SECTOR_17, claim) == [(Why.NOT_NAMED, "site")]
    assert covers(SECTOR_17, claim, TREES, free={"site"})


def test_a_claim_that_does_not_name_a_dimension_needs_all_of_it():
    narrow = Scope.of({"sector": Node(SECTORS, "17"), "document": Node(DOCUMENTS, "iso-9001")})
    wide = Scope.of({"sector": Node(SECTORS, "17"), "document": ALL})
    assert reason(narrow, SECTOR_17) == [(Why.UNRESTRICTED, "document")]
    assert covers(wide, SECTOR_17, TREES)
    assert covers(narrow, SECTOR_17, TREES, free={"document"})


def test_no_union_of_authority_lines_is_tried():
    authority = Scope.of(
        {"sector": Node(SECTORS, "17"), "document": Node(DOCUMENTS, "iso-9001")},
        {"sector": Node(SECTORS, "19"), "document": Node(DOCUMENTS, "iso-14001")},
    )
    claim = Scope.of({"sector": Node(SECTORS, "17"), "document": Node(DOCUMENTS, "iso-14001")})
    assert not covers(authority, claim, TREES)


def test_some_lines_covered_and_some_not_is_partly_covered():
    coverage = covers(SECTOR_17, Scope.of(*SECTOR_17_1, {"sector": Node(SECTORS, "19")}), TREES)
    assert coverage.partly and not coverage
    assert [line.line for line in coverage.missing] == [Line.of({"sector": Node(SECTORS, "19")})]


def test_two_trees_meet_only_through_a_crosswalk():
    licence = Scope.of({"field": Node(FIELDS, "qms")})
    by_document = {"document": "field"}
    assert covers(licence, Scope.of({"document": Node(DOCUMENTS, "iso-9001@2015")}), TREES, by_document)
    assert reason(licence, Scope.of({"document": Node(DOCUMENTS, "iso-14001")}), mapping=by_document) == [
        (Why.NOT_INSIDE, "field")
    ]
    assert reason(licence, Scope.of({"document": Node(SECTORS, "17")}), mapping=by_document) == [
        (Why.NO_CROSSWALK, "field")
    ]


def test_a_node_that_means_two_things_in_the_other_tree_needs_both():
    claim = Scope.of({"sector": Node(SECTORS, "19")})
    assert not covers(Scope.of({"field": Node(FIELDS, "qms")}), claim, TREES, {"sector": "field"})


def test_a_mapped_dimension_which_the_claim_line_leaves_out_is_unrestricted():
    licence = Scope.of({"field": Node(FIELDS, "qms")})
    claim = Scope.of({"document": Node(DOCUMENTS, "iso-9001")})
    mapping = {"document": "field", "product": "field"}
    assert reason(licence, claim, mapping=mapping) == [(Why.UNRESTRICTED, "field")]


def test_ranges_include_their_ends_and_never_cross_units():
    held = Scope.of({"voltage": Range(Decimal("1"), Decimal("5"), "V")})
    assert covers(held, Scope.of({"voltage": Range(Decimal("1.0"), Decimal("5"), "V")}), TREES)
    assert reason(held, Scope.of({"voltage": Range(Decimal("1"), Decimal("5.01"), "V")})) == [
        (Why.NOT_INSIDE, "voltage")
    ]
    open_below = Scope.of({"voltage": Range(None, Decimal("2"), "V")})
    assert reason(held, open_below) == [(Why.NOT_INSIDE, "voltage")]
    assert reason(held, Scope.of({"voltage": Range(Decimal("1"), Decimal("5"), "mV")})) == [(Why.OTHER_UNIT, "voltage")]


def test_only_all_covers_all():
    assert reason(SECTOR_17, Scope.of({"sector": ALL})) == [(Why.NOT_INSIDE, "sector")]


def test_an_authority_without_lines_covers_nothing():
    assert reason(Scope(), SECTOR_17) == [(Why.NO_LINE, "")]


@pytest.mark.parametrize(
    "data",
    [
        {"sector": "17"},
        {"sector": {"tree": SECTORS}},
        {"sector": {"tree": SECTORS, "node": 17}},
        {"sector": {"tree": SECTORS, "node": ""}},
        {"voltage": {"from": "one", "unit": "V"}},
        {"voltage": {"from": "5", "to": "1", "unit": "V"}},
        {"voltage": {"from": "NaN", "unit": "V"}},
        {"voltage": {"from": "1", "to": "5"}},
        {"": "all"},
        ["sector"],
    ],
)
def test_a_line_written_otherwise_is_refused(data):
    with pytest.raises(MalformedScope):
        Line.from_json(data)


@pytest.mark.parametrize("parents", [{"a": "b"}, {"a": "b", "b": "a"}, {"a": "a"}])
def test_a_tree_with_a_circle_or_a_lost_parent_is_refused(parents):
    with pytest.raises(MalformedScope):
        TreeTable({"t": parents})
