"""Questionnaires as data: ``library/<id>.<version>.toml``, read into frozen shapes; a published version never changes.

Three kinds: ``practice`` (yes, partly, no, not applicable), ``level`` (1 to 5, ISO 9004 style), ``percent`` (bands of
an award's scoring). Source of each: the file's own ``source``; texts are our own.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from testamur.kernel.refusal import Refused, _

LIBRARY = Path(__file__).resolve().parent / "library"
KINDS = ("practice", "level", "percent")
#: What may be answered to a question of practice, and the share of its weight that it earns; not applicable earns none
#: and weighs nothing.
PRACTICE: dict[str, Decimal | None] = {"yes": Decimal(1), "partly": Decimal("0.5"), "no": Decimal(0), "na": None}
LEVELS = ("1", "2", "3", "4", "5")
FORMS = ("full", "short")

Words = Mapping[str, str]


class Mistake(ValueError):
    """What is wrong in a file, with its line: ``iso-9001.2026-1.toml:120: q4-1: no text in zh for ask``."""


@dataclass(frozen=True)
class Group:
    """A group of clauses: an axis of the radar. ``results``: scored by what came of the work, not by how it is done."""

    id: str
    title: Words
    clause: str
    results: bool = False


@dataclass(frozen=True)
class Band:
    """A band of an award's scoring, percent from and to, both included; the middle counts."""

    start: int
    end: int
    process: Words
    results: Words

    @property
    def value(self) -> str:
        return str(self.start)

    @property
    def share(self) -> Decimal:
        return Decimal(self.start + self.end) / 200


@dataclass(frozen=True)
class Question:
    """A question.

    Attributes:
        weight: share in the score; points where the kind is ``percent``.
        effort: working days of one person in a firm of some fifty people.
        effect: how much closing the gap helps, 1 to 5.
        short: asked in the short form as well.
        levels: words of the five levels by language, kind ``level`` only.
    """

    id: str
    group: str
    clause: str
    weight: Decimal
    effort: Decimal
    effect: int
    short: bool
    ask: Words
    help: Words
    example: Words
    next: Words
    levels: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Questionnaire:
    """One version of a questionnaire; ``seconds`` is how long one question takes, about."""

    id: str
    version: str
    kind: str
    title: Words
    lead: Words
    source: str
    adopted: str
    unconfirmed: bool
    seconds: int
    groups: tuple[Group, ...]
    questions: tuple[Question, ...]
    bands: tuple[Band, ...]

    @property
    def has_short(self) -> bool:
        return any(one.short for one in self.questions)

    def asked(self, form: str) -> tuple[Question, ...]:
        """Return the questions of a form, ``full`` or ``short``."""
        return tuple(one for one in self.questions if form == "full" or one.short)

    def of_group(self, group: str, form: str) -> tuple[Question, ...]:
        return tuple(one for one in self.asked(form) if one.group == group)

    def question(self, ident: str) -> Question:
        """Return a question.

        Raises:
            KeyError: there is none of that id.
        """
        for one in self.questions:
            if one.id == ident:
                return one
        raise KeyError(ident)

    def minutes(self, count: int) -> int:
        """Return about how many minutes so many questions take, at least one where there are any."""
        return -(-count * self.seconds // 60)

    def values(self) -> tuple[str, ...]:
        """Return what may be answered."""
        if self.kind == "practice":
            return tuple(PRACTICE)
        return LEVELS if self.kind == "level" else tuple(band.value for band in self.bands)

    def share(self, value: str) -> Decimal | None:
        """Return the share of its weight that an answer earns, 0 to 1; None: it is not applicable."""
        if self.kind == "practice":
            return PRACTICE[value]
        if self.kind == "level":
            return Decimal(int(value) - 1) / 4
        return next(band.share for band in self.bands if band.value == value)


def read(text: str, name: str) -> Questionnaire:
    """Read one file.

    Raises:
        Mistake: the first thing that is wrong, with file and line.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Mistake(f"{name}: {error}") from error
    return _Reader(text, name).whole(data)


class _Reader:
    def __init__(self, text: str, name: str) -> None:
        self.lines, self.name = text.splitlines(), name

    def whole(self, data: dict[str, Any]) -> Questionnaire:
        head = data.get("questionnaire") or self.wrong("questionnaire", "there is no [questionnaire]")
        ident, kind = str(head.get("id", "")), str(head.get("kind", ""))
        for key in ("id", "version", "source"):
            if not head.get(key):
                self.wrong("questionnaire", f"no {key}")
        if kind not in KINDS:
            self.wrong("questionnaire", f"kind is {kind!r}, not one of {', '.join(KINDS)}")
        if self.name != f"{ident}.{head['version']}.toml":
            self.wrong(
                "questionnaire", f"the file of {ident} {head['version']} is called {ident}.{head['version']}.toml"
            )
        groups = tuple(
            Group(self.key(row), self.words(row, "title"), str(row.get("clause", "")), bool(row.get("results", False)))
            for row in data.get("group", [])
        )
        known = [one.id for one in groups]
        questions = tuple(self.question(row, head, known, kind) for row in data.get("question", []))
        bands = tuple(
            Band(int(row["from"]), int(row["to"]), self.words(row, "process"), self.words(row, "results"))
            for row in data.get("band", [])
        )
        for ids in (known, [one.id for one in questions]):
            for one in ids:
                if ids.count(one) > 1:
                    self.wrong(one, "is there twice")
        for group in known:
            if not any(one.group == group for one in questions):
                self.wrong(group, "no question belongs to this group")
        if (kind == "percent") is not bool(bands):
            self.wrong("questionnaire", "bands belong to the kind percent, and it needs them")
        return Questionnaire(
            ident,
            str(head["version"]),
            kind,
            self.words(head, "title", "questionnaire"),
            self.words(head, "lead", "questionnaire"),
            str(head["source"]),
            str(head.get("adopted", "")),
            bool(head.get("unconfirmed", False)),
            int(head.get("seconds", 60)),
            groups,
            questions,
            bands,
        )

    def question(self, row: dict[str, Any], head: dict[str, Any], groups: list[str], kind: str) -> Question:
        ident = self.key(row)
        if row.get("group") not in groups:
            self.wrong(ident, f"there is no group {row.get('group')!r}")
        if not re.fullmatch(r"\d+(\.\d+)*", str(row.get("clause", ""))):
            self.wrong(ident, "names no clause")
        weight, effort = row.get("weight", 0), row.get("effort", head.get("effort", 0))
        effect = row.get("effect", head.get("effect", 0))
        if not (weight > 0 and effort > 0):
            self.wrong(ident, "weight and effort are above 0")
        if effect not in (1, 2, 3, 4, 5):
            self.wrong(ident, "effect is 1, 2, 3, 4 or 5")
        levels: dict[str, tuple[str, ...]] = {}
        if kind == "level":
            levels = {language: tuple(texts) for language, texts in (row.get("levels") or {}).items()}
            if any(len(levels.get(language, ())) != len(LEVELS) for language in ("en", "zh")):
                self.wrong(ident, "has not five levels in en and zh")
        texts = {"help": {}, "example": {}, "next": {}} if kind == "level" else {"next": self.words(row, "next")}
        if kind == "practice":
            texts |= {"help": self.words(row, "help"), "example": self.words(row, "example")}
        return Question(
            ident,
            str(row["group"]),
            str(row["clause"]),
            Decimal(str(weight)),
            Decimal(str(effort)),
            int(effect),
            bool(row.get("short", False)),
            self.words(row, "ask"),
            texts.get("help", {}),
            texts.get("example", {}),
            texts["next"],
            levels,
        )

    def key(self, row: dict[str, Any]) -> str:
        ident = str(row.get("id", ""))
        if not re.fullmatch(r"[a-z][a-z0-9-]{0,39}", ident):
            self.wrong(ident, "an id is made of small letters, figures and hyphens")
        return ident

    def words(self, row: dict[str, Any], key: str, ident: str = "") -> Words:
        found = row.get(key)
        texts = found if isinstance(found, dict) else {}
        for language in ("en", "zh"):
            if not str(texts.get(language, "")).strip():
                self.wrong(ident or str(row.get("id", "")), f"no text in {language} for {key}")
        return {str(language): str(text) for language, text in texts.items()}

    def wrong(self, ident: str, what: str) -> Any:
        line = next((n for n, text in enumerate(self.lines, 1) if f'id = "{ident}"' in text), 1)
        raise Mistake(f"{self.name}:{line}: {ident}: {what}")


@cache
def library() -> dict[tuple[str, str], Questionnaire]:
    """Return every version of every questionnaire."""
    found = [read(file.read_text(encoding="utf-8"), file.name) for file in sorted(LIBRARY.glob("*.toml"))]
    return {(one.id, one.version): one for one in found}


#: The order in which they are offered.
ORDER = ("iso-9001", "iso-9004", "gbt-19580", "excellence", "efqm")


def offered() -> list[Questionnaire]:
    """Return the newest version of each, in the order in which a firm comes to need them."""
    newest: dict[str, Questionnaire] = {}
    for (ident, version), one in library().items():
        if ident not in newest or version > newest[ident].version:
            newest[ident] = one
    return sorted(newest.values(), key=lambda one: (ORDER.index(one.id) if one.id in ORDER else len(ORDER), one.id))


def get(ident: str, version: str = "") -> Questionnaire:
    """Return a version; without one the newest.

    Raises:
        Refused: there is none.
    """
    found = library().get((ident, version)) if version else next((one for one in offered() if one.id == ident), None)
    if found is None:
        raise Refused(
            _("There is no questionnaire “{name}”. Choose one of those offered."),
            {"name": ident},
            rule="diagnosis.questionnaire",
            source="testamur@2026-1#diagnosis",
            field="questionnaire",
        )
    return found
