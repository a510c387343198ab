"""Build the Chinese message catalogue from ``src/testamur/locale/parts/*.toml``.

Each part of the platform keeps its own file of ``"English message id" = "中文"``; a message with a plural is
``"one thing|||{n} things" = "…"``, a word that needs a context is ``"context\\u0004word" = "…"``. This writes
``locale/zh_Hans/LC_MESSAGES/django.po`` and ``.mo``. With ``--check`` it writes nothing and names what contradicts
itself.
"""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

import polib

LOCALE = Path(__file__).resolve().parent.parent / "src/testamur/locale"
TARGET = LOCALE / "zh_Hans/LC_MESSAGES/django.po"
HEADER = {
    "Content-Type": "text/plain; charset=UTF-8",
    "Content-Transfer-Encoding": "8bit",
    "Language": "zh_Hans",
    "Plural-Forms": "nplurals=1; plural=0;",
}


def parts(folder: Path = LOCALE / "parts") -> tuple[dict[str, str], list[str]]:
    """Return message id → Chinese of all parts, and a sentence for each contradiction or unreadable file.

    Where two parts differ the first one in the order of the alphabet holds.
    """
    merged: dict[str, str] = {}
    origin: dict[str, str] = {}
    problems: list[str] = []
    for file in sorted(folder.glob("*.toml")):
        try:
            content = tomllib.loads(file.read_text(encoding="utf-8"))
        except tomllib.TOMLDecodeError as error:
            problems.append(f"{file.name}: {error}")
            continue
        for message, translation in content.items():
            if not isinstance(translation, str) or not translation.strip():
                problems.append(f"{file.name}: {message!r} has no text")
            elif message not in merged:
                merged[message], origin[message] = translation, file.name
            elif merged[message] != translation:
                problems.append(
                    f"{message!r} is {merged[message]!r} in {origin[message]} and {translation!r} in {file.name}"
                )
    return merged, problems


def catalogue(messages: dict[str, str]) -> polib.POFile:
    """Return the catalogue; percent placeholders are marked as Python's own."""
    po = polib.POFile(wrapwidth=110)
    po.metadata = HEADER
    for message, translation in sorted(messages.items()):
        context, between, rest = message.rpartition("\x04")
        one, _, many = rest.partition("|||")
        entry = polib.POEntry(msgid=one, msgctxt=context if between else None)
        if many:
            entry.msgid_plural, entry.msgstr_plural = many, {0: translation}
        else:
            entry.msgstr = translation
        po.append(entry)
    return po


def main() -> int:
    messages, problems = parts()
    for problem in problems:
        print(f"catalogue: {problem}", file=sys.stderr)
    if "--check" in sys.argv[1:]:
        return 1 if problems else 0
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    po = catalogue(messages)
    po.save(str(TARGET))
    po.save_as_mofile(str(TARGET.with_suffix(".mo")))
    return 0


if __name__ == "__main__":
    sys.exit(main())
