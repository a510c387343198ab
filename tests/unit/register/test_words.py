"""Numbers and words are found however they are typed."""

from __future__ import annotations

from testamur.register.words import fold, is_ideographic, number_key


def test_a_number_has_one_key_in_every_spelling():
    spellings = ["LAMP-2026-000001", "lamp 2026 000001", "ＬＡＭＰ－2026－000001", "Lamp/2026/000001"]

    assert {number_key(spelling) for spelling in spellings} == {"LAMP2026000001"}


def test_chinese_numbers_keep_their_characters():
    assert number_key("（沪）质监认字 001 号") == "沪质监认字001号"


def test_words_are_folded_without_case_accents_and_signs():
    assert fold("  Société  Générale, S.A. ") == "societe generale s a"
    assert fold("示例阀门（上海）") == "示例阀门 上海"
    assert is_ideographic("阀门") and not is_ideographic("valve")
