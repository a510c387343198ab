"""The one tokeniser: what the index holds of a text, and what a question asks of it.

A text is folded (``words.fold``) and falls into runs: characters of scripts without spaces, and letters or digits of
the others. The first become overlapping pairs, so that a fragment of two characters is found anywhere; the second are
words and are found whole, an English plural by its singular too. What narrows a search is a token of the same index; it
begins with a sign that no folded text can hold, so that a facet and a word never meet.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from operator import add

from testamur.register.words import IDEOGRAPHIC, fold, is_ideographic

#: Characters of a word that count; of longer ones (no language has them) the row itself decides.
LONGEST = 60
#: Characters of the beginning of a name that are tokens.
BEGINNING = 8
#: Phrases of a question that are read; whoever pastes a page is answered for its beginning.
MOST_PHRASES = 24

#: Private signs: they are no letters, so folding never leaves one in a text.
_FACET, _SIGNS, _OTHER = "\ue000", 0xE100, "\ue001"
_CLASS = "".join(f"{first}-{last}" for first, last in IDEOGRAPHIC)
_RUNS = re.compile(f"([{_CLASS}]+)|([^ {_CLASS}]+)")
_ODD = re.compile(r"[^0-9a-z\u0080-\U0010ffff]|[\ue000-\ue1ff]")


@lru_cache(maxsize=100_000)
def facet(kind: str, value: str) -> str:
    """Return the token of a facet: one for each pair of a kind and a value, whose case and width do not matter."""
    folded = unicodedata.normalize("NFKC", f"{kind}:{value}").casefold()
    return _FACET + _ODD.sub(_sign, folded)


def holder(folded: str) -> str:
    """Return the token of a holder's whole name, folded."""
    return _HOLDER + folded.replace(" ", _SPACE)


def beginning(folded: str) -> str:
    """Return the token of what a folded name begins with: its first ``BEGINNING`` characters, or all of fewer."""
    return _BEGINS + folded[:BEGINNING].replace(" ", _SPACE)


def beginnings(folded: str) -> list[str]:
    """Return the tokens of the beginnings of a folded name, up to ``BEGINNING`` characters.

    One that ends in a character of a script without spaces has none after the first: two are found anywhere.
    """
    start = folded[:BEGINNING].replace(" ", _SPACE)
    if folded.isascii():
        return [_BEGINS + start[:length] for length in range(1, len(start) + 1)]
    return [
        _BEGINS + start[:length]
        for length, last in enumerate(folded[:BEGINNING], start=1)
        if length == 1 or not is_ideographic(last)
    ]


def identified(first: str) -> str:
    """Return the token of an identifier that begins so (``identifiers.beginnings``)."""
    return _IDENTIFIED + first


def of_folded(text: str) -> list[str]:
    """Return the tokens of a text that ``words.fold`` has folded, each once, in the order of their first places."""
    found = _grams(text)
    for word in [word for word in found if word[-1] == "s"]:
        if one := singular(word):
            found[one] = None
    return list(found)


def singular(word: str) -> str:
    """Return the singular of an English plural, "" for what is none: whoever asks for a valve wants valves as well.

    By the ending alone; a name that only ends so is found by one word more, and none is found by fewer.
    """
    if len(word) < 4 or not word.endswith("s") or not word.isascii() or not word.isalpha():
        return ""
    if word.endswith("ies") and len(word) > 4:
        return f"{word[:-3]}y"
    if word.endswith(("ches", "shes", "sses", "xes", "zes")):
        return word[:-2]
    return "" if word.endswith(("ss", "us", "is")) else word[:-1]


def trigrams(text: str) -> list[str]:
    """Return the overlapping threes of a folded text, each once: what an index adds that cannot join pairs fast."""
    found: dict[str, None] = {}
    for run, _word in _RUNS.findall(text):
        if len(run) > 2:
            found |= dict.fromkeys(map("{}{}{}".format, run, run[1:], run[2:]))
    return list(found)


@dataclass(frozen=True)
class Phrase:
    """A part of a question without a space in it: all of it stands in the text together.

    Attributes:
        text: folded.
        runs: (is it of a script without spaces, the run).
    """

    text: str
    runs: tuple[tuple[bool, str], ...]

    @property
    def tokens(self) -> tuple[str, ...]:
        """Return what every text that holds the phrase has among its tokens; none for a single character."""
        return tuple(_grams(self.text))

    @property
    def threes(self) -> tuple[str, ...]:
        """Return the threes that every text holding the phrase has."""
        return tuple(trigrams(self.text))

    @property
    def decided(self) -> bool:
        """Say whether a text that has the tokens holds the phrase for certain."""
        if len(self.runs) != 1:
            return False
        ideographic, run = self.runs[0]
        return len(run) == 2 if ideographic else len(run) < LONGEST

    @property
    def anywhere(self) -> bool:
        """Say whether the phrase stands wherever its text does: no word at its ends must be whole."""
        return self.runs[0][0] and self.runs[-1][0]

    def stands_in(self, folded: str) -> bool:
        """Say whether a folded text holds the phrase; a word of letters or digits at its ends stands there whole.

        A phrase that is one such word also stands in a text that has its plural.
        """
        first_whole, last_whole = not self.runs[0][0], not self.runs[-1][0]
        place = folded.find(self.text)
        while place >= 0:
            after = place + len(self.text)
            if not (
                (first_whole and place and not _parts(folded[place - 1]))
                or (last_whole and after < len(folded) and not _parts(folded[after]))
            ):
                return True
            place = folded.find(self.text, place + 1)
        if self.decided and not self.runs[0][0] and self.text.removesuffix("y") in folded:
            return any(self.text == singular(word[:LONGEST]) for _run, word in _RUNS.findall(folded) if word)
        return False


def phrases(question: str) -> list[Phrase]:
    """Return the phrases of what somebody typed, each once; none for signs alone."""
    found = dict.fromkeys(fold(question).split())
    return [
        Phrase(part, tuple((bool(run), run or word) for run, word in _RUNS.findall(part)))
        for part in list(found)[:MOST_PHRASES]
    ]


def _parts(character: str) -> bool:
    """Say whether a character ends a word of letters or digits that stands beside it."""
    return character == " " or any(first <= character <= last for first, last in IDEOGRAPHIC)


def _grams(text: str) -> dict[str, None]:
    """Return pairs and words, each once; that they come in order, a dictionary keeps."""
    found: dict[str, None] = {}
    for part in text.split():
        if part.isascii():
            found[part[:LONGEST]] = None
            continue
        for run, word in _RUNS.findall(part):
            if word:
                found[word[:LONGEST]] = None
            else:
                found |= dict.fromkeys(map(add, run, run[1:]))
    return found


def _sign(match: re.Match[str]) -> str:
    code = ord(match[0])
    # A private sign within a value is spelled out, so that it never stands for another one.
    return chr(_SIGNS + code) if code < 0x80 else f"{_OTHER}{code:05x}"


_HOLDER, _BEGINS, _SPACE = facet("holder", ""), facet("begins", ""), facet("", " ")[-1]
_IDENTIFIED = facet("identified", "")
