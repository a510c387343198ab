"""Names like the one somebody typed: misspelt, with a character more or less, without its place or its legal form.

Every name falls into overlapping pieces: pairs of adjacent characters and of characters with one between them where
the script has no spaces, threes of letters and digits elsewhere. A block lists which names of a segment (2^16 of them)
hold a piece. The rarest pieces of a question, weighted by how much they tell (inverse document frequency), choose
candidates, and edit distance ranks these. Blocks are ordinary rows, alike on every database; names that came after the
last block are few and are all looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log
from typing import Any

import numpy as np
from django.db import connection, transaction
from django.db.models import Max, Sum
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from testamur.register.finding.index import index
from testamur.register.finding.tokens import holder
from testamur.register.models import HolderName, NameBlock, NameSegment
from testamur.register.words import IDEOGRAPHIC, fold

#: Names of one segment, as a power of two: a place in it takes two bytes.
SEGMENT = 16
#: A piece in more names of a segment tells nothing: it is counted, and its places are not kept.
TOO_COMMON = 8192
#: Places that one question reads at most, and names that are compared with it.
PLACES, COMPARED = 180_000, 600
#: Names that came since the last block was written; from then on a block is worth it.
NEWEST = 2000
#: Characters of a question that are read; shorter ones than ``SHORTEST`` are alike to everything.
LONGEST, SHORTEST = 120, 3
#: Names less alike than this (of 100) are not told: people would wonder why.
ALIKE = 60
#: A part of a name that is alike counts so much of a whole one, and is one where it is shorter by this.
PART, SHORTER = 0.9, 0.6


@dataclass(frozen=True)
class Near:
    """A name under which a public record is held, and how alike it is to what was typed: 0 to 100."""

    name: str
    likeness: float


def near(text: str, *, most: int = 5) -> list[Near]:
    """Return the holders' names most like a text, most alike first; none for what has fewer than three signs."""
    asked = fold(text)[:LONGEST]
    if len(asked) < SHORTEST:
        return []
    names = _candidates(asked)
    found = [Near(names[key], score) for key, score in _ranked(asked, list(names))]
    return [one for one in found[: 2 * most] if is_held(one.name)][:most]


def is_held(name: str) -> bool:
    """Say whether a public record is held under a name now; a name stays noted when its last record leaves."""
    return bool(index().find([holder(fold(name))], rare=True, below=None, most=1))


def catch_up() -> int:
    """Write the blocks of names that came since the last time, where there are enough of them; returns how many."""
    newest = _newest()
    waiting = HolderName.objects.filter(pk__gt=newest)
    if not waiting[NEWEST:].exists():
        return 0
    last = HolderName.objects.aggregate(last=Max("pk"))["last"]
    count = waiting.count()
    for segment in range((newest + 1) >> SEGMENT, (last >> SEGMENT) + 1):
        _write(segment)
    return count


def rebuild() -> None:
    """Write every block anew."""
    with transaction.atomic():
        NameBlock.objects.all().delete()
        NameSegment.objects.all().delete()
    catch_up()


def rewrite(segment: int) -> None:
    """Write the blocks of a segment again, because keys in it changed; one that has none yet goes on waiting."""
    if NameSegment.objects.filter(segment=segment).exists():
        _write(segment)


def pieces(folded: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return (pieces, place of the name that each is of), each pair once, in the order of pieces, then of places.

    Args:
        folded: names as ``words.fold`` leaves them.
    """
    # A line for each name, between spaces, so that the first and the last letters make pieces of their own.
    lines = "".join(f"\n {name} " for name in folded)
    codes = np.frombuffer(lines.encode("utf-32-le"), dtype=np.uint32).astype(np.int64)
    line = codes == 10
    whose = np.cumsum(line) - 1
    ideographic = np.zeros(len(codes), dtype=bool)
    for first, last in IDEOGRAPHIC:
        ideographic |= (codes >= ord(first)) & (codes <= ord(last))
    gap = line | (codes == 32)
    listed: list[tuple[NDArray[np.int64], NDArray[np.int64]]] = []

    def add(kind: NDArray[np.int64] | int, one: Any, other: Any, stands: NDArray[np.bool_]) -> None:
        coded = (kind << 42) | (one << 21) | other
        listed.append((coded[stands], whose[: len(stands)][stands]))

    a, b, c = codes[:-2], codes[1:-1], codes[2:]
    some = ideographic[:-1] | ideographic[1:]
    add(0, codes[:-1], codes[1:], some & ~gap[:-1] & ~gap[1:])
    add(1, a, c, (ideographic[:-2] | ideographic[2:]) & ~gap[:-2] & ~gap[1:-1] & ~gap[2:])
    latin = ~ideographic & ~line
    add(a, b, c, latin[:-2] & latin[1:-1] & latin[2:])
    found = np.concatenate([one for one, _whose in listed])
    places = np.concatenate([one for _coded, one in listed])
    order = np.lexsort((places, found))
    found, places = found[order], places[order]
    new = np.ones(len(found), dtype=bool)
    new[1:] = (found[1:] != found[:-1]) | (places[1:] != places[:-1])
    return found[new], places[new]


def _newest() -> int:
    return int(NameSegment.objects.aggregate(newest=Max("newest"))["newest"] or 0)


def _write(segment: int) -> None:
    """Write the blocks of one segment as its names are now."""
    first = segment << SEGMENT
    rows = list(
        HolderName.objects.filter(pk__gte=first, pk__lt=first + (1 << SEGMENT)).order_by("pk").values_list("pk", "key")
    )
    if not rows:
        return
    offsets = np.array([pk - first for pk, _key in rows], dtype="<u2")
    found, places = pieces([key for _pk, key in rows])
    starts = np.flatnonzero(np.concatenate(([True], found[1:] != found[:-1])))
    ends = np.append(starts[1:], len(found))
    blocks = (
        NameBlock(
            piece=int(found[start]), segment=segment, count=int(end - start),
            names=offsets[places[start:end]].tobytes() if end - start <= TOO_COMMON else b"",
        )
        for start, end in zip(starts, ends, strict=True)
    )  # fmt: skip
    with transaction.atomic():
        NameBlock.objects.filter(segment=segment).delete()
        NameBlock.objects.bulk_create(blocks, batch_size=2000)
        NameSegment.objects.update_or_create(segment=segment, defaults={"newest": rows[-1][0], "count": len(rows)})


def _candidates(asked: str) -> dict[str, str]:
    """Return folded name → name of those worth comparing."""
    wanted = [int(one) for one in pieces([asked])[0]]
    chosen = _telling(wanted)
    keys = _best(chosen) if chosen else []
    newest = _newest()
    found: list[tuple[str, str]] = []
    if keys:
        with connection.cursor() as cursor:
            listed = ", ".join(str(int(key)) for key in keys)
            cursor.execute(f"SELECT key, name FROM register_holdername WHERE id IN ({listed})")
            found += cursor.fetchall()
    found += HolderName.objects.filter(pk__gt=newest).order_by("-pk").values_list("key", "name")[: 2 * NEWEST]
    return dict(found)


def _telling(wanted: Sequence[int]) -> dict[int, float]:
    """Return piece → weight of the rarest ones, as many as may be read."""
    counted = dict(
        NameBlock.objects.filter(piece__in=wanted).values_list("piece").annotate(Sum("count")).order_by()
    )
    every = NameSegment.objects.aggregate(every=Sum("count"))["every"] or 0
    chosen: dict[int, float] = {}
    left = PLACES
    for piece, count in sorted(counted.items(), key=lambda one: one[1]):
        left -= count
        if left < 0 and chosen:
            break
        chosen[piece] = log(1 + every / count)
    return chosen


def _best(chosen: dict[int, float]) -> list[int]:
    """Return the identities of the names that hold most of the chosen pieces, by weight."""
    keys, weights = [], []
    rows = NameBlock.objects.filter(piece__in=list(chosen)).values_list("piece", "segment", "names")
    for piece, segment, names in rows:
        places = np.frombuffer(names, dtype="<u2").astype(np.int64)
        keys.append(places + (segment << SEGMENT))
        weights.append(np.full(len(places), chosen[piece]))
    if not keys:
        return []
    # One number for every name there is: adding to them takes less than sorting those that are met.
    scores = np.bincount(np.concatenate(keys), np.concatenate(weights))
    listed = np.flatnonzero(scores)
    if len(listed) > COMPARED:
        best = np.argpartition(-scores[listed], COMPARED)[:COMPARED]
        listed = listed[best]
    return [int(one) for one in listed]


def _ranked(asked: str, names: Sequence[str]) -> list[tuple[str, float]]:
    """Return (folded name, likeness), most alike first, equally alike ones in the order of names."""
    whole = process.cdist([asked], names, scorer=fuzz.ratio)[0] if names else []
    scored: list[tuple[str, float]] = []
    for name, score in zip(names, whole, strict=True):
        likeness = float(score)
        if len(asked) < SHORTER * len(name):
            likeness = max(likeness, PART * fuzz.partial_ratio(asked, name))
        if likeness >= ALIKE and name != asked:
            scored.append((name, round(likeness, 1)))
    return sorted(scored, key=lambda one: (-one[1], one[0]))
