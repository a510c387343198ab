"""Classifications: those written out, those handed in, and what is wrong with the files."""

from __future__ import annotations

from datetime import date

import pytest

from shared import shared
from testamur import rules
from testamur.journal.models import Event
from testamur.kernel.once import look
from testamur.kernel.refusal import Refused
from testamur.requirements import code_lists, queries
from testamur.requirements.actions import publish_crosswalk, publish_tree
from testamur.requirements.models import Adoption, Crosswalk, Document, Node, Tree
from testamur.requirements.tree_import import import_list

from .conftest import AT, BY

pytestmark = pytest.mark.django_db
TODAY = date(2026, 1, 5)
NACE = ("code", "parent", "level", "title_en", "valid_from", "valid_to")
BOTH = {"en": "Colours", "zh": "颜色"}


def publish(*nodes, key="colours@1"):
    rows = [(code, {"en": code, "zh": code}, parent) for code, parent in nodes]
    return publish_tree(key=key, title=BOTH, source="testamur@2026-1#test", nodes=rows, by=BY, at=AT)


def real(name):
    return shared("data", "classifications", f"{name}.csv.gz")


def read(path, **more):
    return import_list(path, by=BY, at=AT, **more)


def said(report):
    return "\n".join(one.sentence() for one in report.odd)


def test_publishing_the_same_tree_again_changes_nothing():
    first = publish(("red", None), ("crimson", "red"))

    assert publish(("crimson", "red"), ("red", None)) == first
    assert Event.objects.filter(kind="requirements.tree_published").count() == 1


def test_what_is_published_never_changes():
    publish(("red", None))

    with pytest.raises(Refused, match="never changes"):
        publish(("red", None), ("blue", None))


@pytest.mark.parametrize("nodes", [[("crimson", "red")], [("a", "b"), ("b", "a")]])
def test_a_tree_with_a_missing_parent_or_a_circle_is_refused(nodes):
    with pytest.raises(Refused, match="stands below"):
        publish(*nodes)

    assert not Tree.objects.exists()


def test_a_published_crosswalk_never_changes():
    walk = {"key": "a-to-b@1", "from_tree": "a@1", "to_tree": "b@1", "source": "test"}
    walk |= {"effective_from": TODAY, "by": BY, "at": AT}
    made = publish_crosswalk(rows=[("1", "x")], **walk)

    assert publish_crosswalk(rows=[("1", "x")], **walk) == made
    with pytest.raises(Refused, match="never changes"):
        publish_crosswalk(rows=[("1", "y")], **walk)


def test_the_lists_that_are_written_out_are_whole_and_in_both_languages():
    made = {tree.key: tree for tree in code_lists.publish_written(by=BY, at=AT)}
    divisions = {key: Node.objects.filter(tree=tree, code__regex=r"^\d\d$").count() for key, tree in made.items()}

    assert {key: tree.nodes.filter(parent=None).count() for key, tree in made.items()} == {
        "industries@gbt-4754-2017": 20, "isic@4": 21, "nace@2": 21, "sectors@iaf-id1-2023": 39,
    }  # fmt: skip
    assert (divisions["industries@gbt-4754-2017"], divisions["isic@4"], divisions["nace@2"]) == (97, 88, 88)
    assert all(node.title["en"] and node.title["zh"] for node in Node.objects.all())
    assert made["nace@2"].confirmed is False


def test_the_way_from_nace_to_sectors_is_what_the_rule_says():
    code_lists.publish_written(by=BY, at=AT)
    trees = queries.trees(TODAY)
    codes = Node.objects.filter(tree__key="nace@2", code__regex=r"^\d").values_list("code", flat=True)
    differing, answered = [], 0
    for code in codes:
        there = trees.map("nace@2", code, "sectors@iaf-id1-2023")
        try:
            answer = {str(rules.evaluate("SCOPE.nace_to_iaf", {"nace": [code]}).output["iaf"])}
        except Refused:
            answer = set()
        answered += bool(answer)
        if set(there) != answer:
            differing.append((code, there, answer))

    assert differing == []
    assert answered > 80


def test_every_row_of_the_way_to_sectors_stands_in_both_trees():
    code_lists.publish_written(by=BY, at=AT)
    rows = Crosswalk.objects.get(key="nace-to-sectors@iaf-id1-2023").rows

    assert {here for here, _there in rows} <= set(
        Node.objects.filter(tree__key="nace@2").values_list("code", flat=True)
    )
    assert {there for _here, there in rows} == set(
        Node.objects.filter(tree__name="sectors").values_list("code", flat=True)
    )


def test_a_national_standard_knows_its_international_twin():
    code_lists.publish_written(by=BY, at=AT)
    code_lists.publish_written(by=BY, at=AT)
    document = Document.objects.get(key="gbt-19001@2016")

    assert [(one.adopted.designation, one.degree, one.confirmed) for one in queries.adoptions(document)] == [
        ("ISO 9001:2015", "IDT", False)
    ]
    assert Adoption.objects.filter(degree="MOD").count() == 1
    assert queries.is_withdrawn("gbt-28001@2011", TODAY) is not None
    assert [one.key for one in queries.replaced_by(Document.objects.get(key="gbt-28001@2011"))] == ["gbt-45001@2020"]


def test_gbt_4754_is_read_with_its_repeated_code_and_its_missing_groups():
    code_lists.publish_written(by=BY, at=AT)

    report = read(real("gbt4754_industries"))

    sizes = {tree.key: tree.nodes.count() for tree, _new in report.trees}
    assert sizes == {"industries@gbt-4754-2011": 1_424, "industries@gbt-4754-2017-full": 1_772 - 1 + 199}
    assert "374" in said(report)
    assert "199 groups" in said(report)
    full = Tree.objects.get(key="industries@gbt-4754-2017-full")
    assert [(one.code, one.title["zh"]) for one in queries.line_to_root(queries.node_of(full, "0190"))] == [
        ("A", "农、林、牧、渔业"), ("01", "农业"), ("019", "其他农业"), ("0190", "其他农业"),
    ]  # fmt: skip
    assert queries.node_of(full, "01").title["en"] == "Agriculture"
    trees = queries.trees(TODAY)
    assert trees.map("industries@gbt-4754-2017-full", "0190", "industries@gbt-4754-2017") == {"01"}


def test_gb2260_is_read_with_its_placeholders_and_prefectures_that_stand_twice():
    report = read(real("gb2260_divisions"), edition="2024")

    tree, new = report.trees[0]
    assert (tree.key, new, tree.nodes.count()) == ("regions@gbt2260-2024", True, 3_348)
    assert "441900 东莞市" in said(report)
    assert "9 prefectures" in said(report)
    assert queries.node_of(tree, "441900").parent.code == "440000"
    assert queries.node_of(tree, "110101").parent.code == "110100"
    assert "东城区" in [one.title["zh"] for one in queries.children(tree, "110000")]
    assert queries.trees(TODAY).inside(tree.key, "110101", "110000")


def test_a_retired_region_code_is_found_with_the_years_it_was_in_use():
    report = read(real("gb2260_history"))

    tree = report.trees[0][0]
    node = queries.node_of(tree, "110103")
    assert tree.nodes.count() == 6_139
    assert Node.objects.filter(tree=tree, facts__retired=True).count() == 2_920
    assert (node.title["zh"], node.facts["retired"], node.facts["last"]) == ("崇文区", True, "200012")
    assert node.parent.code in {"110100", "110000"}
    assert "肇东市" in said(report)


def test_the_other_lists_are_read_with_leading_zeros_and_their_own_editions():
    code_lists.publish_written(by=BY, at=AT)
    names = {
        "isic_rev4": "",
        "nace": "",
        "ics_codes": "",
        "countries": "2026",
        "hs_codes": "",
        "country_subdivisions": "2026",
    }
    sizes = {}
    for name, edition in names.items():
        sizes |= {tree.key: tree.nodes.count() for tree, _new in read(real(name), edition=edition).trees}

    assert sizes == {
        "isic@4-full": 766, "nace@2.1": 1_047, "ics@6": 1_341, "ics@7": 1_381, "countries@iso3166-2026": 249,
        "hs@2022": 6_939, "subdivisions@iso3166-2-2026": 5_246,
    }  # fmt: skip
    assert queries.node_of(queries.tree_of("isic@4-full"), "0111").parent.code == "011"
    assert queries.node_of(queries.tree_of("hs"), "010121").parent.code == "0101"
    assert queries.node_of(queries.tree_of("countries"), "NA").facts["numeric"] == "516"


def test_reading_a_list_again_changes_nothing():
    path = real("isic_rev4")
    first = read(path)
    events = Event.objects.count()

    again = read(path)

    assert [(tree.key, new) for tree, new in again.trees] == [(first.trees[0][0].key, False)]
    assert Event.objects.count() == events


def test_an_edition_with_other_codes_never_takes_the_place_of_a_published_one(files):
    columns = ("alpha2", "alpha3", "numeric", "name", "official_name", "common_name")
    read(files.table("a.csv", columns, ("AF", "AFG", "004", "Afghanistan", "", "")), edition="2026")

    with pytest.raises(Refused, match="never changes"):
        read(files.table("b.csv", columns, ("AW", "ABW", "533", "Aruba", "", "")), edition="2026")

    assert Tree.objects.count() == 1


def test_a_list_that_does_not_say_its_edition_is_named_after_its_content(files):
    columns = ("alpha2", "alpha3", "numeric", "name", "official_name", "common_name")
    one = read(files.table("a.csv", columns, ("AF", "AFG", "004", "Afghanistan", "", ""))).trees[0][0]
    same = read(files.table("b.csv.gz", columns, ("AF", "AFG", "004", "Afghanistan", "", ""))).trees[0][0]
    other = read(files.table("c.csv", columns, ("AW", "ABW", "533", "Aruba", "", ""))).trees[0][0]

    assert one == same != other


@pytest.mark.parametrize(
    ("columns", "row", "options", "sentence"),
    [
        (("a", "b"), ("1", "2"), {}, "not a list that is known"),
        (("code", "level", "title_en"), None, {}, "no rows"),
        (("code", "level", "title_en"), ("0111", "class", "Growing"), {}, "stands below 011"),
        (("code", "level", "title_en"), ("A", "section", "Farming"), {"edition": "Rev 4"}, "names no tree or edition"),
        (NACE, ("V", "", "1", "X", "", ""), {"edition": "2"}, "edition 2.1"),
    ],
)  # fmt: skip
def test_a_wrong_file_is_explained_and_nothing_is_published(files, columns, row, options, sentence):
    path = files.table("list.csv", columns, *([row] if row else []))

    with pytest.raises(Refused) as refused:
        read(path, **options)

    assert sentence in str(refused.value)
    assert not Tree.objects.exists()


def test_a_missing_file_is_explained(files):
    with pytest.raises(Refused, match=r"nowhere\.csv cannot be read: No such file"):
        read(files.folder / "nowhere.csv")


def test_an_unknown_tree_or_code_is_refused_with_what_there_is():
    tree = publish(("01", None))

    with pytest.raises(Refused, match="colours@1"):
        queries.tree_of("colors")
    with pytest.raises(Refused, match="Leading zeros"):
        queries.node_of(tree, "1")


def test_titles_of_nodes_are_asked_of_the_database_once_until_a_tree_is_written(django_assert_num_queries):
    publish(("red", None), ("green", None))
    with look(), django_assert_num_queries(2):  # the marks, the titles
        first = queries.node_titles([("colours@1", "red"), ("colours@1", "green"), ("colours@1", "blue")])
        again = queries.node_titles([("colours@1", "red"), ("colours@1", "blue")])

    assert first == {
        ("colours@1", "red"): {"en": "red", "zh": "red"},
        ("colours@1", "green"): {"en": "green", "zh": "green"},
    }
    assert again == {("colours@1", "red"): {"en": "red", "zh": "red"}}
    with look(), django_assert_num_queries(1):  # another page: the marks alone
        assert queries.node_titles([("colours@1", "green")]) == {("colours@1", "green"): {"en": "green", "zh": "green"}}
