"""Whether two spellings may be one organisation, and why. Pure: names, places and identifiers in, reasons out.

Identifiers decide first: equal ones say yes, differing ones of one scheme say no, whatever the names are like. Then the
bare names (without legal form, a code in brackets at the end and punctuation) are compared, in each script by itself:
Chinese ones character by character, others word by word (normalised indel distance of rapidfuzz).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise

from rapidfuzz import fuzz, process
from rapidfuzz.distance import Indel

from testamur.register.words import fold, is_ideographic

#: Legal forms and their abbreviations, folded; longest first where one holds another.
FORMS_ZH = (
    "股份有限责任公司",
    "有限责任公司", "股份有限公司", "集团有限公司", "集团公司", "有限公司", "总公司", "公司", "集团",
)  # fmt: skip
_WRITTEN = (
    "co ltd limited company corp corporation inc incorporated llc llp plc gmbh ag kg se sa sas sarl srl spa bv nv ab "
    "as oy pty pte ltda me epp eireli cia group holding holdings the and e de do da dos das"
)
FORMS = frozenset(_WRITTEN.split())
#: Least likeness of bare names, 0 to 100, at which they are shown to a person; and by how much another region weighs.
LEAST, ELSEWHERE = 88, 8
#: Bare names shorter than this say nothing by being alike, only by being equal.
SHORTEST = 4
#: Least likeness of two words of names in letters, 0 to 100; shorter words must be equal.
WORD = 90
#: Characters from which a Chinese name counts as long.
LONG_ZH = 12
#: Telling parts of a name, in each script, by which others like it are looked for.
MOST_PARTS = 6
#: A place or a plant after the name. A code or a farm, which registers add; a city before it is written so, too.
_ADDITION = re.compile(r"\s*[(（][^()（）]*\d[^()（）]*[)）]?\s*$")
_ZH_CITY = re.compile(r"(?<=[\u4e00-\u9fff]{2})[省市县区]")


@dataclass(frozen=True)
class Named:
    """What is known of a spelling.

    Attributes:
        name: parts separated by `` / ``.
        identifiers: scheme → values.
    """

    name: str
    country: str = ""
    region: str = ""
    identifiers: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Likeness:
    """Two spellings that may be one: how likely (0 to 100), and the reasons as (code, facts)."""

    score: int
    reasons: tuple[tuple[str, Mapping[str, object]], ...]


@lru_cache(maxsize=100_000)
def bare(part: str) -> str:
    """Return a name without legal form, kind of place and spaces, as it is compared."""
    folded = fold(_ADDITION.sub("", part)) or fold(part)
    if is_ideographic(folded):
        text = folded.replace(" ", "")
        for form in FORMS_ZH:
            if text.endswith(form) and len(text) > len(form) + 1:
                text = text[: -len(form)]
                break
        return _ZH_CITY.sub("", text, count=1)
    kept = [word for word in folded.split() if word not in FORMS]
    return " ".join(kept or folded.split())


def keys(named: Named) -> list[str]:
    """Return what another spelling of the same organisation likely shares, most telling first; at most 120 characters
    each."""
    found = [f"id:{scheme}:{value}" for scheme, values in named.identifiers.items() for value in values]
    parts: list[str] = []
    for part in named.name.split(" / "):
        text = bare(part)
        if not text:
            continue
        found.append(f"n:{text}")
        parts += _rare(text)[:MOST_PARTS]
    found += [f"t:{one}" for one in parts]
    return list(dict.fromkeys(one[:120] for one in found))


def _rare(text: str) -> list[str]:
    """Return telling parts of a bare name: long words, or threes of characters; those of its middle come first, where
    neither a place nor a trade stands."""
    if is_ideographic(text):
        run = text.replace(" ", "")
        threes = [run[place : place + 3] for place in range(len(run) - 2)]
        return sorted(threes, key=lambda one: abs(threes.index(one) - len(threes) // 3))
    words = [word for word in text.split() if len(word) > 2]
    pairs = [" ".join(pair) for pair in pairwise(words)]
    return [*pairs, *sorted(words, key=lambda word: -len(word))]


def conflicting(first: Mapping[str, Sequence[str]], second: Mapping[str, Sequence[str]]) -> str:
    """Return the scheme of identifiers in which two name different organisations; empty where none does."""
    for scheme, values in first.items():
        others = second.get(scheme)
        if values and others and not {*map(fold, values)} & {*map(fold, others)}:
            return scheme
    return ""


def compare(first: Named, second: Named) -> Likeness | None:
    """Return how two spellings are alike; None where nothing speaks for one organisation, or something against it."""
    if conflicting(first.identifiers, second.identifiers):
        return None
    reasons: list[tuple[str, Mapping[str, object]]] = []
    shared = _shared(first.identifiers, second.identifiers)
    if shared:
        reasons.append(("identifier", {"scheme": shared[0], "value": shared[1]}))
    elif first.country and second.country and first.country != second.country:
        return None
    likeness, code = _alike(first.name, second.name)
    if not shared and likeness < LEAST:
        return None
    if likeness >= LEAST:
        reasons.append((code, {"share": likeness}))
    score = likeness
    if first.region and second.region:
        if _near(first.region, second.region):
            reasons.append(("region", {"region": first.region}))
        elif not shared:
            score -= ELSEWHERE
            reasons.append(("elsewhere", {"first": first.region, "second": second.region}))
            if code != "bare" and score < LEAST:
                return None
    elif first.country and first.country == second.country:
        reasons.append(("country", {"country": first.country}))
    return Likeness(100 if shared else min(score, 99), tuple(reasons))


def _shared(first: Mapping[str, Sequence[str]], second: Mapping[str, Sequence[str]]) -> tuple[str, str] | None:
    for scheme, values in first.items():
        for value in values:
            if fold(value) in {*map(fold, second.get(scheme, ()))}:
                return scheme, value
    return None


def _near(first: str, second: str) -> bool:
    """Say whether two regions are of one province (two figures of GB/T 2260), or the same."""
    if first.isdigit() and second.isdigit():
        return first[:2] == second[:2]
    return fold(first) == fold(second)


def _alike(first: str, second: str) -> tuple[int, str]:
    """Return (likeness of the most alike parts of one script, code of the reason)."""
    best = 0
    for one in _bares(first):
        for other in _bares(second):
            if one == other:
                return 100, "bare"
            if one.ideographic is other.ideographic and min(len(one.text), len(other.text)) >= SHORTEST:
                best = max(best, _of_characters(one, other) if one.ideographic else _of_words(one, other))
    return best, "alike"


def _of_characters(one: _Bare, other: _Bare) -> int:
    """A character of a Chinese name is a syllable of a brand: one that is another makes another firm, one that is
    missing is a slip. Of long names two may be wrong."""
    allowed = 1 if max(len(one.text), len(other.text)) < LONG_ZH else 2
    if Indel.distance(one.text, other.text, score_cutoff=allowed) > allowed:
        return 0
    return int(fuzz.ratio(one.text, other.text))


def _of_words(one: _Bare, other: _Bare) -> int:
    """Every word needs its counterpart, whatever the order; a figure is another plant, branch or association."""
    if one.figures != other.figures:
        return 0
    left = list(other.words)
    if abs(len(one.words) - len(left)) > 0:
        # Written together or apart: "agro industrial".
        return int(fuzz.ratio("".join(one.words), "".join(left), score_cutoff=95))
    shares = []
    for word in one.words:
        found = process.extractOne(word, left, scorer=fuzz.ratio, score_cutoff=WORD if len(word) > SHORTEST else 100)
        if found is None:
            return int(fuzz.ratio(" ".join(one.words), " ".join(other.words), score_cutoff=97))
        shares.append(found[1])
        left.pop(found[2])
    return int(min(shares))


@dataclass(frozen=True)
class _Bare:
    """A bare part of a name, ready to be compared."""

    text: str
    ideographic: bool
    words: tuple[str, ...]
    figures: tuple[str, ...]


@lru_cache(maxsize=100_000)
def _bares(name: str) -> tuple[_Bare, ...]:
    found = []
    for part in name.split(" / "):
        text = bare(part)
        if text:
            figures = tuple(sign for sign in text if sign.isdigit())
            found.append(_Bare(text, is_ideographic(text), tuple(sorted(text.split())), figures))
    return tuple(found)
