"""Numbers and words are found however they are typed."""

from __future__ import annotations

import sys
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from testamur.register.words import fold, fold_all, is_ideographic, number_key, number_keys


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
    return " ".join(words.split())


def test_every_sign_is_folded_as_its_definition_says():
    assert not any(unicodedata.combining(chr(code)) for code in range(0x20000, sys.maxunicode + 1))
    signs = [chr(code) for code in range(0x20000) if not 0x3400 <= code < 0xA000 and not 0xAC00 <= code < 0xF900]
    texts = [f"x{one}y" for one in signs]

    assert fold_all([text for text in texts if "\n" not in text]) == [
        _folded_sign_by_sign(text) for text in texts if "\n" not in text
    ]


@given(st.lists(st.text(max_size=20), min_size=1, max_size=6))
def test_texts_folded_together_are_what_each_is_alone(texts):
    assert fold_all(texts) == [fold(text) for text in texts] == [_folded_sign_by_sign(text) for text in texts]
    assert number_keys(texts) == [number_key(text) for text in texts]
