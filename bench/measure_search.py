"""Searches of every kind in the process, on SQLite and on PostgreSQL, held against brute force over the same rows.

``python -m bench search``. ``TESTAMUR_BENCH_RECORDS`` sets the size (200,000); ``TESTAMUR_BENCH_SEARCH`` names a
database (its address, as in ``TESTAMUR_DATABASE_URL``) that is measured alone, filled where it holds less, and kept.
Every question differs; a time is that of the first page with its count, as the page asks for it, without facets, whose
time stands apart. Exact numbers are also asked when a quarter of the records is there: how they grow is a figure.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bench.figures import Figure, percentile
from bench.synthetic_register import connect, fill

ROOT = Path(__file__).resolve().parents[1]
RECORDS = int(os.environ.get("TESTAMUR_BENCH_RECORDS", "200000"))
#: Questions of a kind; passes over all of them, of which each question's fastest is told beside.
QUESTIONS, PASSES = 100, 3
#: Questions of a kind that are held against brute force.
PROVED = 6
BUDGET = {"sqlite": 25, "postgresql": 60}
COMMON = 100
NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


def figures() -> list[Figure]:
    """Measure the database that is named, or one of each kind in a process of its own."""
    if url := os.environ.get("TESTAMUR_BENCH_SEARCH"):
        return _measured(url)
    if os.environ.get("TESTAMUR_BENCH_SERVER"):
        return _measured(os.environ["TESTAMUR_DATABASE_URL"])
    with tempfile.TemporaryDirectory(prefix="testamur-bench-") as folder:
        sqlite = _apart([], TESTAMUR_BENCH_SEARCH=f"sqlite:///{folder}/search.sqlite3")
    return [*sqlite, *_apart([sys.executable, "tools/postgres.py"], TESTAMUR_BENCH_SERVER="1")]


def _apart(command: list[str], **environment: str) -> list[Figure]:
    run = subprocess.run(
        [*command, sys.executable, "-m", "bench", "--json", "search"], cwd=ROOT, stdout=subprocess.PIPE, text=True,
        env={**os.environ, **environment}, check=True,
    )  # fmt: skip
    return [Figure(**row) for row in json.loads(run.stdout.splitlines()[-1])]


def _measured(url: str) -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="testamur-bench-") as folder:
        connect(url, Path(folder))
        from django.db import connection

        found = []
        grows = fill(RECORDS // 4, RECORDS) > 0
        before = _times("exact number", _numbers()) if grows else []
        took = fill(RECORDS, RECORDS)
        name = NAMES[connection.vendor]
        if took:
            rate = RECORDS * 3 / 4 / took
            found.append(Figure(f"indexing on {name}", rate, "records/s", "", f"load {os.getloadavg()[0]:.1f}"))
        for kind, questions in _kinds().items():
            times = _times(kind, questions)
            limit = COMMON if kind == "two common words" else BUDGET[connection.vendor]
            wrong = _misses(questions[:PROVED])
            found.append(_figure(f"{name}, {RECORDS:,} records: {kind}", times, f"≤ {limit} ms", wrong))
            if kind == "exact number" and grows:
                found.append(_growth(name, before, times))
        found.append(_figure(f"{name}: facets of all these, with the page", _times("facets", _mixed(), counted=True)))
        return found + _alike(name)


# ------------------------------------------------------------ what is asked


def _kinds() -> dict[str, list[str]]:
    """Return questions of each kind, drawn from the records, always the same for the same records."""
    draw = random.Random(7)
    rows = _some(2_000)
    chinese = [holder.partition(" / ")[0] for _number, holder, _search in rows]
    latin = [holder.partition(" / ")[2] for _number, holder, _search in rows]
    words = [search.split() for _number, _holder, search in rows]

    def piece(text: str, length: int) -> str:
        start = draw.randrange(max(1, len(text) - length + 1))
        return text[start : start + length]

    def two(place: int) -> str:
        return f"{piece(chinese[place], 2)} {draw.choice([one for one in words[place] if one.isalpha()])}"

    common = (
        "有限 制造", "公司 生产", "有限公司 销售", "co manufacture", "of co", "ltd production", "有限 co", "公司 of",
        "制造 ltd", "有限公司 manufacture", "设计 有限", "gb 有限公司",
    )  # fmt: skip
    made = {
        "exact number": [number for number, _holder, _search in rows],
        "prefix of a number": [number[: draw.randrange(6, 11)] for number, _holder, _search in rows],
        "two Chinese characters": [piece(one, 2) for one in chinese],
        "three to six Chinese characters": [piece(one, draw.randrange(3, 7)) for one in chinese],
        "full Chinese name": chinese,
        "full Latin name": latin,
        "English word": [draw.choice([one for one in listed if one.isascii() and one.isalpha()]) for listed in words],
        "two words": [two(place) for place in range(len(rows))],
    }
    return {kind: list(dict.fromkeys(one))[:QUESTIONS] for kind, one in made.items()} | {"two common words": [*common]}


def _numbers() -> list[str]:
    return [number for number, _holder, _search in _some(QUESTIONS)]


def _mixed() -> list[str]:
    return [one for questions in _kinds().values() for one in questions[:25]]


def _some(count: int) -> list[tuple[str, str, str]]:
    from testamur.register.models import Current

    newest = Current.objects.order_by("-pk").values_list("pk", flat=True)[0]
    wanted = random.Random(5).sample(range(1, newest + 1), min(count, newest))
    return list(Current.objects.filter(pk__in=wanted).values_list("number", "holder_text", "search").order_by("pk"))


# ------------------------------------------------------------ how long it takes


#: Seconds of every pass by question: by the clock, and of this process' own work (SQLite's is in it).
Times = list[list[tuple[float, float]]]


def _times(kind: str, questions: Sequence[str], *, counted: bool = False) -> Times:
    from testamur.register.queries import search

    return _timed(kind, questions, lambda question: search(question, counted=counted))


def _timed(kind: str, questions: Sequence[str], ask: Callable[[str], object]) -> Times:
    found: Times = []
    for question in questions[:5]:
        ask(question)  # statements are prepared and pages read once
    for _pass in range(PASSES):
        for place, question in enumerate(questions):
            began, worked = time.perf_counter(), time.process_time()
            ask(question)
            took = (time.perf_counter() - began, time.process_time() - worked)
            if place == len(found):
                found.append([])
            found[place].append(took)
    print(f"  {kind}: done", file=sys.stderr, flush=True)
    return found


def _figure(what: str, times: Times, budget: str = "", wrong: str = "") -> Figure:
    every = [took for passes in times for took, _worked in passes]
    worked = [worked for passes in times for _took, worked in passes]
    return Figure(
        what, percentile(every, 0.99) * 1000, "ms p99", budget,
        f"p50 {percentile(every, 0.5) * 1000:.1f}, p99 of each one's fastest of {PASSES} {_fastest(times):.1f}, own "
        f"work p99 {percentile(worked, 0.99) * 1000:.1f} ms; n = {len(times)}; {wrong}load {os.getloadavg()[0]:.1f}",
    )  # fmt: skip


def _fastest(times: Times) -> float:
    """Return the p99 of each question's fastest pass, milliseconds: what other work on the machine disturbs least."""
    return 1000 * percentile([min(took for took, _worked in passes) for passes in times], 0.99)


def _growth(name: str, before: Times, after: Times) -> Figure:
    """Compare what an exact number takes at a quarter of the records."""
    small, large = _fastest(before), _fastest(after)
    return Figure(
        f"{name}: growth of an exact number from {RECORDS // 4:,} to {RECORDS:,}", 100 * (large / small - 1), "%",
        "≤ 20 %", f"p99 of each one's fastest of {PASSES}: {small:.2f} → {large:.2f} ms",
    )  # fmt: skip


# ------------------------------------------------------------ names alike


def _alike(name: str) -> list[Figure]:
    """Measure names that were misspelt on purpose: how long they take, and how many of those meant are named."""
    from testamur.register.finding.near import near

    planted = _misspelt()
    times = _timed("misspelt name", [typed for _kind, typed, _meant in planted], near)
    found: dict[str, list[bool]] = {}
    for kind, typed, meant in planted:
        found.setdefault(kind, []).append(meant in [one.name for one in near(typed)])
    shares = ", ".join(f"{kind} {sum(one) / len(one):.2f}" for kind, one in found.items())
    every = [one for listed in found.values() for one in listed]
    what = f"{name}, {RECORDS:,} records: misspelt name"
    return [
        _figure(what, times, "≤ 40 ms"),
        Figure(f"{what}, recall@5", sum(every) / len(every), "", "≥ 0.95", shares),
    ]


def _misspelt() -> list[tuple[str, str, str]]:
    """Return (what is wrong, what is typed, the name that is meant) of names drawn from the records."""
    draw = random.Random(11)
    found = []
    for place, (_number, holder, _search) in enumerate(_some(QUESTIONS * 3)):
        chinese, _slash, latin = holder.partition(" / ")
        meant = latin if place % 2 else chinese
        at = draw.randrange(1, len(meant) - 1)
        other = draw.choice("eaotrn" if place % 2 else "德海新宏光明")
        kind, typed = {
            0: ("one wrong", meant[:at] + other + meant[at + 1 :]),
            1: ("one missing", meant[:at] + meant[at + 1 :]),
            2: ("one too many", meant[:at] + other + meant[at:]),
            3: ("two exchanged", meant[:at] + meant[at + 1] + meant[at] + meant[at + 2 :]),
            4: ("without legal form", meant.removesuffix("有限公司").removesuffix(" Co., Ltd.")),
        }[place // 2 % 5]
        if typed != meant:
            found.append((kind, typed, meant))
    return found


# ------------------------------------------------------------ whether it is right


def _misses(questions: Sequence[str]) -> str:
    """Say how many of some questions find what looking at every row finds; anything else ends the measurement."""
    from testamur.register.finding.plan import FEW, MOST, hits

    asked = [(question, _check(question)) for question in questions]
    wanted: list[tuple[set[int], set[int]]] = [(set(), set()) for _one in asked]
    for row in _rows():
        for (_question, check), found in zip(asked, wanted, strict=True):
            by_word, by_beginning = check(row)
            if by_word:
                found[0].add(row[0])
            elif by_beginning:
                found[1].add(row[0])
    for (question, _by), (words, begun) in zip(asked, wanted, strict=True):
        expected = sorted(words if len(words) >= FEW else words | begun, reverse=True)
        found = hits(question)
        # More than can be listed begin with a number: the first in the order of numbers stand for them.
        same = found.ids == expected[:MOST] or (_numbered(question) and found.more and {*found.ids} <= {*expected})
        if not same or found.more != (len(expected) > MOST):
            raise SystemExit(f"bench: {question!r} finds {len(found.ids)}, brute force {len(expected)}")
    return f"{len(asked)} against brute force: 0 wrong; "


def _check(question: str) -> Callable[[tuple[int, str, str, str]], tuple[bool, bool]]:
    """Return what says of a row whether a question finds it by word or number, and by the beginning of a name."""
    from testamur.register.finding import tokens
    from testamur.register.words import fold, number_key

    asked, folded, key = tokens.phrases(question), fold(question), number_key(question)
    numbered = _numbered(question)
    unfinished = bool(asked) and (not asked[-1].runs[-1][0] or len(folded) == 1)
    stems = [phrase.text.removesuffix("y") for phrase in asked]

    def stands(row: tuple[int, str, str, str]) -> tuple[bool, bool]:
        _pk, number, holder, search = row
        if all(stem in search for stem in stems) and all(phrase.stands_in(search) for phrase in asked):
            return True, False
        if numbered and number.startswith(key):
            return True, False
        return False, unfinished and any(fold(name).startswith(folded) for name in _near(holder, folded))

    return stands


def _numbered(question: str) -> bool:
    from testamur.register.words import number_key

    key = number_key(question)
    return len(key) >= 3 and any(one.isdigit() for one in key)


def _near(holder: str, folded: str) -> Iterator[str]:
    """Yield the names of a holder that may begin so: folding every name of a country takes an hour."""
    for name in holder.split(" / "):
        if name[:1].casefold() == folded[:1] or not name[:1].isalnum():
            yield name


def _rows() -> Iterator[Any]:
    from testamur.register.models import Current

    columns = ("pk", "number_key", "holder_text", "search")
    yield from Current.objects.order_by().values_list(*columns).iterator(chunk_size=20_000)


if __name__ == "__main__":
    print(json.dumps([asdict(figure) for figure in figures()]))
