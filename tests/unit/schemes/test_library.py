"""The schemes that ship with the platform, and the words they use."""

from __future__ import annotations

import hashlib
import shutil
from datetime import date

import pytest

from testamur.kernel.scope import Line, Node, Scope, covers
from testamur.schemes.language.acted_on import NOT_ACTED_ON
from testamur.schemes.language.closed_lists import TREES
from testamur.schemes.language.grammar import GRAMMAR
from testamur.schemes.language.library import SHIPPED, Library
from testamur.schemes.language.reading import read_file
from testamur.schemes.language.tables import keys_of

LIBRARY = Library()
PATHS = list(LIBRARY.files())
#: The six paths of the first issue, and what their people and issuers rest on.
EXECUTED = [
    "cn-qms", "cn-ems", "cn-integrated", "voluntary-product-type5", "licence-certification-body", "accreditation-cb",
    "person-auditor", "person-inspector", "qualification-lab", "competence-authority",
]  # fmt: skip


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.parent.name)
def test_a_file_of_the_library_has_no_mistake(path):
    assert [str(m) for m in LIBRARY.check(path).mistakes] == []


def test_the_library_holds_the_schemes_of_the_six_paths():
    assert set(EXECUTED) <= {path.parent.name for path in PATHS}
    assert LIBRARY.family_of("cn-qms@2026-1") == "management-systems"


def test_every_key_of_the_grammar_is_used_by_some_file():
    written = set()
    for path in PATHS:
        tables, _mistakes = read_file(path, path.read_text("utf-8"), LIBRARY.words)
        for name, held in tables.items():
            for row in held if isinstance(held, tuple) else (held,):
                written |= {(name, key[-1]) for key in row.at.lines if key[: len(row.at.path)] == row.at.path}
    anywhere = {"unconfirmed", "override"}
    wanted = {(name, word) for name, table in GRAMMAR.items() for word in keys_of(table) if word not in anywhere}

    assert wanted - written == set()
    assert anywhere <= {word for _name, word in written}


def test_the_executed_schemes_use_no_key_that_is_not_acted_on():
    assert {ident: LIBRARY.load(ident).unacted_keys() for ident in EXECUTED} == dict.fromkeys(EXECUTED, ())


def test_keys_not_acted_on_exist_and_are_used_by_the_schemes_that_wait_for_them():
    known = {f"{name}.{word}" for name, table in GRAMMAR.items() for word in keys_of(table)}

    assert set(NOT_ACTED_ON) <= known
    assert all(set(why) == {"en", "zh"} and all(why.values()) for why in NOT_ACTED_ON.values())
    assert LIBRARY.load("ccc-0901").unacted_keys() == ("ground.goods", "round.when")
    assert LIBRARY.load("ccc-declaration").unacted_keys() == ("ground.goods", "scheme.takes_over")


def test_no_path_is_deeper_than_three_credentials():
    depths = {ident: LIBRARY.depth_of(ident) for ident in EXECUTED if ident != "cn-integrated"}

    assert max(depths.values()) == 3
    assert depths["competence-authority"] == 1  # by law: the root
    assert depths["accreditation-cb"] == 2
    assert depths["cn-qms"] == 3


# ---------------------------------------------------------------- words


def test_every_tree_and_crosswalk_is_whole():
    words = LIBRARY.words
    for tree in words.trees.values():
        assert tree.name in TREES
        assert all(node.parent is None or node.parent in tree.nodes for node in tree.nodes.values())
        assert all(node.title["en"] and node.title["zh"] for node in tree.nodes.values())
        assert tree.source.split("#")[0] in words.sources
    for walk in words.crosswalks:
        assert walk.source.split("#")[0] in words.sources
        for here, there in walk.rows:
            assert walk.from_tree not in words.trees or here in words.trees[walk.from_tree].nodes
            assert there in words.trees[walk.to_tree].nodes


def test_the_trees_have_three_levels_of_fields():
    nodes = LIBRARY.words.trees["fields"].nodes

    assert nodes["system.qms.general"].parent == "system.qms"
    assert nodes["system.qms"].parent == "system"
    assert nodes["system"].parent is None


def _fields(*nodes: str) -> Scope:
    return Scope.of(*(Line.of({"field": Node("fields@cnca-2021", node)}) for node in nodes))


def _document(node: str) -> Scope:
    return Scope.of(Line.of({"document": Node("documents@testamur-2026", node)}))


@pytest.mark.parametrize(
    ("standard", "approved", "may"),
    [
        ("gbt-19001@2016", "system.qms", True),
        ("gbt-24001@2016", "system.ems", True),
        ("gbt-45001@2020", "system.ohs", True),
        ("gbt-28001@2011", "system.ohs", True),
        ("gbt-22080@2016", "system.qms", False),
        ("gbt-22080@2016", "system", True),
        ("gbt-19001@2016", "product", False),
    ],
)
def test_a_body_may_issue_only_in_the_fields_it_is_approved_for(standard, approved, may):
    trees = LIBRARY.words.tree_table(date(2026, 6, 1))
    licence = LIBRARY.load("cn-qms").authority("licence")

    held = covers(_fields(approved), _document(standard), trees, licence.covers, frozenset(licence.free))

    assert bool(held) is may


def test_a_crosswalk_holds_only_from_its_day_on():
    before = LIBRARY.words.tree_table(date(2019, 12, 31))

    assert before.map("documents@testamur-2026", "gbt-19001@2016", "fields@cnca-2021") == frozenset()


# ---------------------------------------------------------------- pins


def test_a_published_file_may_not_change(tmp_path):
    folder = tmp_path / "library"
    shutil.copytree(SHIPPED, folder)
    file = folder / "products/voluntary-product-type5/2026-1.toml"
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    (folder / "published.sha256").write_text(f"{digest}  products/voluntary-product-type5/2026-1.toml\n")

    assert Library(folder).changed_since_published(file) == []
    file.write_text(file.read_text("utf-8").replace("4800", "4900"), "utf-8")

    assert [m.sentence() for m in Library(folder).changed_since_published(file)] == [
        "This version is published and has changed since; write a new version."
    ]


def test_the_shipped_files_are_what_their_pins_say():
    assert [m for path in PATHS for m in LIBRARY.changed_since_published(path)] == []
