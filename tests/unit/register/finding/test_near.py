"""Names alike: what is misspelt is found, with blocks and without, and nobody is named who holds nothing public."""

from __future__ import annotations

import pytest

from small_world import World
from testamur.register.finding import keeping, near
from testamur.register.finding.names import note
from testamur.register.models import Current, HolderName, NameBlock, NameSegment
from tests.unit.register.finding.test_plan import filled

pytestmark = pytest.mark.django_db
NAMES = [
    "示州华达机械制造有限公司 / Shizhou Huada Machinery Co., Ltd.",
    "示州恒通照明股份有限公司 / Shizhou Hengtong Lighting Corp.",
    "例江瑞祥食品厂 / Lijiang Ruixiang Foods Works",
    "拟海金源电缆有限公司 / Nihai Jinyuan Cables Co., Ltd.",
]
MISSPELT = [
    ("示州华大机械制造有限公司", "示州华达机械制造有限公司"),  # one character wrong
    ("示州华达机制造有限公司", "示州华达机械制造有限公司"),  # one missing
    ("示州恒通照照明股份有限公司", "示州恒通照明股份有限公司"),  # one too many
    ("示州恒通照明", "示州恒通照明股份有限公司"),  # no legal form
    ("例江祥瑞食品厂", "例江瑞祥食品厂"),  # two exchanged
    ("Nihai Jinyaun Cables Co Ltd", "Nihai Jinyuan Cables Co., Ltd."),
    ("ruixang foods works", "Lijiang Ruixiang Foods Works"),
]


@pytest.fixture(params=["looked at", "in blocks"])
def names(request, monkeypatch):
    if request.param == "in blocks":
        monkeypatch.setattr(near, "NEWEST", 0)
    rows = filled(NAMES)
    near.catch_up()
    assert NameBlock.objects.exists() == (request.param == "in blocks")
    return rows


@pytest.mark.parametrize(("typed", "meant"), MISSPELT)
def test_a_misspelt_name_is_found(names, typed, meant):
    assert near.near(typed)[0].name == meant
    assert 60 <= near.near(typed)[0].likeness < 100


@pytest.mark.parametrize("typed", ["", "ab", "%%%", "🙂🙂🙂", "天地玄黄宇宙", "x" * 10_000, "'; --", "\u202e"])
def test_what_is_like_nothing_names_nobody(names, typed):
    assert near.near(typed) == []


def test_the_very_name_is_no_correction_of_itself(names):
    assert "例江瑞祥食品厂" not in [one.name for one in near.near("例江瑞祥食品厂")]


def test_a_name_without_a_public_record_is_not_named(names):
    Current.objects.filter(pk=names[2].pk).update(confidential=True)
    keeping.catch_up()

    assert HolderName.objects.filter(name="例江瑞祥食品厂").exists()
    assert near.near("例江祥瑞食品厂") == []


def test_names_that_come_later_are_found_before_and_after_their_blocks_are_written(monkeypatch):
    world = World()
    filled(NAMES[:2], world)
    monkeypatch.setattr(near, "NEWEST", 2)
    assert near.catch_up() == 4
    filled(NAMES[2:3], world)
    assert near.catch_up() == 0

    assert near.near("例江祥瑞食品厂")[0].name == "例江瑞祥食品厂"
    filled(NAMES[3:], world)
    assert near.catch_up() == 4
    assert near.near("例江祥瑞食品厂")[0].name == "例江瑞祥食品厂"
    assert near.near("示州华大机械制造有限公司")[0].name == "示州华达机械制造有限公司"
    assert NameSegment.objects.get().count == 8


def test_names_that_are_known_cost_no_number_again(names):
    before = HolderName.objects.order_by("-pk").first().pk
    note([{"holder_text": NAMES[0], "confidential": False, "personal": False}] * 3)
    note([{"holder_text": "新的名称", "confidential": False, "personal": False}])

    assert HolderName.objects.order_by("-pk").first().pk == before + 1


def test_pieces_are_pairs_with_and_without_a_gap_and_threes_of_letters():
    codes, places = near.pieces(["上海阀", "ab"])

    def coded(kind, one, other):
        return kind << 42 | ord(one) << 21 | ord(other)

    wanted = {(coded(0, "上", "海"), 0), (coded(0, "海", "阀"), 0), (coded(1, "上", "阀"), 0),
              (coded(ord(" "), "a", "b"), 1), (coded(ord("a"), "b", " "), 1)}  # fmt: skip
    assert set(zip(codes.tolist(), places.tolist(), strict=True)) == wanted
