"""The tokeniser: whatever of a text may be asked for is among its tokens, and facets meet nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from testamur.register.finding import tokens
from testamur.register.words import fold

ALPHABET = st.sampled_from("上海阀门有限公司制造かな한글𠮷abzéiesxy12 -/（）Ａ１ｱ'\"*\u200f🙂")
TEXT = st.text(ALPHABET | st.characters(exclude_categories=("Cs",)), max_size=40)


@given(TEXT, st.data())
def test_the_tokens_of_any_fragment_without_cut_words_are_among_those_of_the_text(text, data):
    folded = fold(text)
    start = data.draw(st.integers(0, len(folded)))
    end = data.draw(st.integers(start, len(folded)))

    for phrase in tokens.phrases(folded[start:end]):
        if phrase.stands_in(folded):
            assert set(phrase.tokens) <= set(tokens.of_folded(folded))
            assert set(phrase.threes) <= set(tokens.trigrams(folded))


@given(st.text(st.sampled_from("上海阀门有限公司"), min_size=2, max_size=12), st.data())
def test_every_fragment_of_two_characters_or_more_stands_in_its_text(text, data):
    start = data.draw(st.integers(0, len(text) - 2))
    end = data.draw(st.integers(start + 2, len(text)))
    (phrase,) = tokens.phrases(text[start:end])

    assert phrase.stands_in(text)
    assert phrase.tokens


@given(TEXT, TEXT)
def test_a_phrase_that_its_tokens_decide_stands_in_every_text_that_has_them(text, question):
    folded = fold(text)
    for phrase in tokens.phrases(question):
        if phrase.decided:
            assert (set(phrase.tokens) <= set(tokens.of_folded(folded))) == phrase.stands_in(folded)


@given(TEXT, TEXT)
def test_two_values_of_a_facet_share_a_token_only_where_they_are_the_same_word(one, other):
    same = tokens.facet("standard", one) == tokens.facet("standard", other)

    assert same == (folded_alike(one) == folded_alike(other))
    assert not {tokens.facet("standard", one)} & set(tokens.of_folded(fold(f"standard {one} standard:{one}")))


def folded_alike(value: str) -> str:
    import unicodedata

    return unicodedata.normalize("NFKC", f"standard:{value}").casefold()


@pytest.mark.parametrize("value", ["GB/T 19001-2016", "a\ue100b", "\ue12f", "x y", "x\ty", ""])
def test_a_facet_is_one_word_for_every_engine(value):
    token = tokens.facet("standard", value)

    assert all(character.isalnum() for character in token if character < "\x80")
    assert token[0] == "\ue000"


def test_words_are_found_whole_and_characters_in_twos():
    assert tokens.of_folded(fold("Éclairage ABC公司 上海阀门")) == ["eclairage", "abc", "公司", "上海", "海阀", "阀门"]
    assert tokens.trigrams(fold("上海阀门 ab公司")) == ["上海阀", "海阀门"]


@pytest.mark.parametrize(
    ("question", "text", "stands"),
    [
        ("阀门", "上海阀门有限公司", True),
        ("阀限", "上海阀门有限公司", False),
        ("abc公司", "上海abc公司", True),
        ("bc公司", "上海abc公司", False),
        ("公司ab", "公司abc 公司ab", True),
        ("valve", "valves valve", True),
        ("valve", "valves", True),
        ("valves", "valve", False),
        ("valve公司", "valves公司", False),
        ("battery", "batteries", True),
        ("switch", "switches", True),
        ("glas", "glass", False),
        ("bu", "bus", False),
        ("门", "上海阀门", True),
    ],
)
def test_words_of_letters_stand_whole_and_fragments_of_characters_anywhere(question, text, stands):
    (phrase,) = tokens.phrases(question)

    assert phrase.stands_in(text) is stands


@given(st.text(st.sampled_from("abeiosxyzhc"), max_size=8), st.text(st.sampled_from("abeiosxyzhc"), max_size=8))
def test_a_word_has_the_token_of_its_singular_and_no_other(word, question):
    for phrase in tokens.phrases(question):
        assert phrase.stands_in(word) == (set(phrase.tokens) <= set(tokens.of_folded(word)))
        assert phrase.stands_in(word) == (question in (word, tokens.singular(word)))


def test_what_names_nothing_asks_for_nothing():
    assert tokens.phrases("%&*' \"—") == tokens.phrases("") == []
    assert len(tokens.phrases(" ".join(f"w{n}" for n in range(10_000)))) == tokens.MOST_PHRASES
