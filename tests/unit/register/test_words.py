"""Numbers and words are found however they are typed."""

from __future__ import annotations

import subprocess
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from testamur.register import words
from testamur.register.scripts import LONG, STEP, simplified
from testamur.register.words import fold, fold_all, fold_in_its_script, is_ideographic, number_key, number_keys


def test_a_number_has_one_key_in_every_spelling():
    spellings = ["LAMP-2026-000001", "lamp 2026 000001", "ＬＡＭＰ－2026－000001", "Lamp/2026/000001"]

    assert {number_key(spelling) for spelling in spellings} == {"LAMP2026000001"}


def test_chinese_numbers_keep_their_characters():
    assert number_key("（沪）质监认字 001 号") == "沪质监认字001号"


def test_words_are_folded_without_case_accents_and_signs():
    assert fold("  Société  Générale, S.A. ") == "societe generale s a"
    assert fold("示例阀门（上海）") == "示例阀门 上海"
    assert is_ideographic("阀门") and not is_ideographic("valve")


def _folded_sign_by_sign(text):
    split = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    bare = "".join(one for one in split if not unicodedata.combining(one))
    words = "".join(one if one.isalnum() else " " for one in unicodedata.normalize("NFKC", bare))
    return simplified(" ".join(words.split()))


def test_every_sign_is_folded_as_its_definition_says():
    assert not any(unicodedata.combining(chr(code)) for code in range(0x20000, sys.maxunicode + 1))
    signs = [chr(code) for code in range(0x20000) if not 0x3400 <= code < 0xA000 and not 0xAC00 <= code < 0xF900]
    texts = [text for one in signs if "\n" not in (text := f"x{one}y{one}{one}")]

    assert len(texts) > words.MANY
    assert fold_all(texts) == [_folded_sign_by_sign(text) for text in texts]


@given(st.lists(st.text(max_size=20), min_size=1, max_size=6))
def test_texts_folded_together_are_what_each_is_alone(texts):
    assert fold_all(texts) == [fold(text) for text in texts] == [_folded_sign_by_sign(text) for text in texts]
    assert fold_all(texts * words.MANY)[-len(texts) :] == fold_all(texts)
    assert number_keys(texts) == [number_key(text) for text in texts]


@pytest.mark.parametrize(
    ("traditional", "simple"),
    [
        ("質量認證有限公司", "质量认证有限公司"),
        ("臺灣檢驗科技股份有限公司", "台湾检验科技股份有限公司"),
        ("衞生", "卫生"),  # as Hong Kong writes 衛
        ("隨著", "随着"),  # as Taiwan writes 着
        ("乾燥機後發展", "干燥机后发展"),
        ("薴烯", "苎烯"),  # simplified in two steps
        ("\uf902", "车"),  # a compatibility ideograph of 車
        ("\u2f9e", "车"),  # a radical
        ("鑪", "𬬻"),  # beyond the basic plane
        ("ＡＢＣ電線電纜（東莞）", "abc电线电缆 东莞"),
    ],
)
def test_traditional_and_simplified_characters_fold_together(traditional, simple):
    assert fold(traditional) == fold(simple) == fold_all([traditional])[0] == simple
    assert fold(fold(traditional)) == fold(traditional)
    assert fold_in_its_script(traditional) != fold(traditional)


def test_what_is_written_otherwise_in_japan_or_by_sound_stays():
    assert fold("気検") == "気検"
    assert fold("ﾄﾖﾀ ＴＯＹＯＴＡ") == fold("トヨタ toyota")
    assert fold("zhiliang") != fold("质量")


def test_simplifying_keeps_every_place_and_ends_at_once():
    every = "".join(chr(code) for code in range(sys.maxunicode + 1))
    once = simplified(every)

    assert len(once) == len(every)
    assert simplified(once) == once
    assert simplified("".join(once[0x4E00:0xA000])) == once[0x4E00:0xA000]
    assert list(map(simplified, every[0x3400:0xFB00])) == list(once[0x3400:0xFB00])
    assert unicodedata.normalize("NFKC", once[0x4E00:0xA000]) == once[0x4E00:0xA000]
    assert once[:0x2000] == every[:0x2000]


@pytest.mark.parametrize("length", [1, LONG - 1, LONG, LONG + 1, STEP, STEP + 1, 3 * STEP])
def test_long_texts_are_folded_as_short_ones_are(length):
    assert fold("質" * length) == "质" * length
    assert fold("\ud800質" * length) == fold("\ud800质" * length)


def test_the_table_is_made_when_a_text_wants_it():
    run = "import sys; from testamur.register.words import fold; fold('abc'); print('opencc' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", run], capture_output=True, text=True).stdout == "False\n"
