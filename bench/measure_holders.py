"""How well likely spellings of one holder are found: precision and recall, with the identifiers hidden.

Two truths. *Drift*: names of organisations (tax number of 14 figures) in Brazil's register of organic producers, five
months apart: spellings of one number are one organisation. *Planted*: firms of the synthetic country, one in ten with a
second spelling as people make them (another legal form, the word for the city, full width, a slip, Latin alone).
A pair counts as found where it shares a key that few share and ``compare`` suggests it.

``python -m bench.measure_holders``; the first needs the data of TESTAMUR_SHARED.
"""

from __future__ import annotations

import csv
import gzip
import os
import re
import sys
import time
from collections import defaultdict
from itertools import combinations
from pathlib import Path

from bench.figures import Figure

FIRMS = 20_000
#: A name of which words were cut to initials.
MASKED = re.compile(r"\b\w\.( |$)")


def figures(firms: int = FIRMS) -> list[Figure]:
    """Return precision and recall on both."""
    found = _of("planted spellings of the synthetic country", planted(firms))
    shared = Path(os.environ.get("TESTAMUR_SHARED", "")) / "data" / "cnpo-brazil-organic"
    if shared.is_dir():
        found += _of("drifting names in Brazil's organic register", drifting(shared))
    return found


def planted(firms: int) -> list[tuple[str, str]]:
    """Return (identifier, name) of firms and their second spellings; one in ten has one."""
    from testamur.sample.country import Country, draw

    country, rows = Country(firms * 4, seed=11), []
    for number in range(firms):
        identifier, name, *_rest = country.firm(number)
        rows.append((identifier, name))
        if number % 10 == 0:
            rows.append((identifier, _respelt(name, draw(11, 99, number))))
    return rows


def _respelt(name: str, drawn: int) -> str:
    zh, en = name.split(" / ")
    place = 2 + drawn // 8 % max(1, len(zh) - 6)
    ways = (
        zh.replace("有限公司", "有限责任公司") if "有限公司" in zh else zh + "有限公司",
        f"{zh[:2]}市{zh[2:]}",
        en.upper().replace("CO., LTD.", "COMPANY LIMITED"),
        "".join(chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else sign for sign in en),
        zh[:place] + zh[place + 1 :],  # a character lost
        f"{en.partition(' ')[2]} ({en.partition(' ')[0]})",
    )
    return ways[drawn % len(ways)]


def drifting(folder: Path) -> list[tuple[str, str]]:
    """Return (tax number, name) of organisations in both lists, each spelling once."""
    found: dict[tuple[str, str], None] = {}
    for file in sorted(folder.glob("cnpo_*.csv.gz")):
        with gzip.open(file, "rt", encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines):
                number = "".join(filter(str.isdigit, row["CNPF/CNPJ/NIF"] or ""))
                name = " ".join((row["NOME DO PRODUTOR"] or "").split())
                # Names of persons were cut to initials before the list was published; of those nothing can be told.
                if len(number) == 14 and name and not MASKED.search(name):
                    found[number, name] = None
    return list(found)


def _of(what: str, rows: list[tuple[str, str]]) -> list[Figure]:
    from testamur.register.holders.comparing import Named, compare, keys
    from testamur.register.holders.gathering import COMMON
    from testamur.register.words import fold

    spelt: dict[str, set[str]] = defaultdict(set)  # folded name → its identifiers
    names: dict[str, str] = {}
    for identifier, name in rows:
        spelt[fold(name)].add(identifier)
        names.setdefault(fold(name), name)
    began = time.perf_counter()
    sharing: dict[str, list[str]] = defaultdict(list)
    for one, name in names.items():
        for key in keys(Named(name)):
            sharing[key].append(one)
    pairs = {
        tuple(sorted(pair)) for listed in sharing.values() if 1 < len(listed) <= COMMON
        for pair in combinations(listed, 2)
    }  # fmt: skip
    suggested = {pair for pair in pairs if compare(Named(names[pair[0]]), Named(names[pair[1]])) is not None}
    took = time.perf_counter() - began
    of: dict[str, list[str]] = defaultdict(list)
    for one, identifiers in spelt.items():
        for identifier in identifiers:
            of[identifier].append(one)
    true = {tuple(sorted(pair)) for listed in of.values() for pair in combinations(listed, 2)}
    right = len(suggested & true)
    beside = (
        f"{len(names):,} spellings, {len(true):,} true pairs, {len(pairs):,} compared, {len(suggested):,} suggested; "
        f"{took:.1f} s; load {os.getloadavg()[0]:.1f}"
    )
    if "--show" in sys.argv:
        print("missed", [(names[a], names[b]) for a, b in sorted(true - suggested)[:25]])
        print("wrong", [(names[a], names[b]) for a, b in sorted(suggested - true)[:25]])
    return [
        Figure(f"recall on {what}", 100 * right / max(len(true), 1), "%", "–", beside),
        Figure(f"precision on {what}", 100 * right / max(len(suggested), 1), "%", "–", "a person decides each"),
    ]


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "testamur.config.settings")
    import django

    django.setup()
    for one in figures():
        print(f"{one.what}: {one.value:,.1f} {one.unit} ({one.budget}) · {one.beside}")
