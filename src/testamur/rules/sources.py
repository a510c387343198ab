"""How a cited clause is written for people: ``iaf-md5@2023#2.2.3`` → ``IAF MD 5:2023, 2.2.3``."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path

from testamur.rules.saying import Words


@lru_cache(maxsize=1)
def documents() -> dict[str, Words]:
    """Return the titles of the cited documents by ``document@version``."""
    file = Path(__file__).with_name("sources.toml")
    return tomllib.loads(file.read_text(encoding="utf-8"))


def written(source: str) -> Words:
    """Return a source in both languages.

    Args:
        source: ``document@version#clause``; the clause may be absent.

    Raises:
        KeyError: the document is not in ``sources.toml``; a test keeps that from happening.
    """
    document, _hash, clause = source.partition("#")
    title = documents()[document]
    if not clause:
        return dict(title)
    return {"en": f"{title['en']}, {clause}", "zh": f"{title['zh']}，{_chinese(clause)}"}


def _chinese(clause: str) -> str:
    """Return a clause as Chinese law counts it: ``art. 14`` → ``第14条``; numbers of standards stay."""
    if clause.startswith("art. "):
        return f"第{clause.removeprefix('art. ')}条"
    return clause.replace("annex", "附录").replace("table", "表")
