"""Find every message that people read: in templates by Django's own reader, in Python by its syntax tree,
in scripts by their one mark.

A message is the literal text in ``_()``, ``gettext()`` and their relatives, ``{% trans %}``, ``{% blocktrans %}``, and
the sentence of a ``Refused``. A plural is ``one|||many`` and a word in a context ``context\\u0004word``, as in the
parts of the catalogue.
"""

from __future__ import annotations

import ast
import json
import re
from collections import defaultdict
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent / "src/testamur"

SINGULAR = frozenset({"_", "marked", "gettext", "gettext_lazy", "gettext_noop"})
PLURAL = frozenset({"ngettext", "ngettext_lazy"})
CONTEXT = frozenset({"pgettext", "pgettext_lazy"})
TEMPLATES = ("*.html", "*.txt", "*.xml", "*.svg")

_STRING = r"""u?('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
_SINGULAR = re.compile(r"(?<![\w.])(?:_|gettext)\(\s*" + _STRING + r"\s*\)", re.DOTALL)
_CONTEXT = re.compile(r"(?<![\w.])pgettext\(\s*" + _STRING + r"\s*,\s*" + _STRING + r"\s*\)", re.DOTALL)
#: In scripts only ``_("…")`` marks a message; ``say.js`` of the verifier translates it.
_SCRIPT = re.compile(r"(?<![\w.$])_\(\s*(\"(?:[^\"\\]|\\.)*\")\s*,?\s*\)", re.DOTALL)
_PLURAL = re.compile(r"(?<![\w.])ngettext\(\s*" + _STRING + r"\s*,\s*" + _STRING, re.DOTALL)

Messages = dict[str, list[str]]


def all_messages(package: Path = PACKAGE) -> tuple[Messages, list[str]]:
    """Return message → places (``file:line``), and a sentence for each text that could never be translated."""
    messages: Messages = defaultdict(list)
    problems: list[str] = []
    for file in sorted(package.rglob("*.py")):
        if "migrations" not in file.parts:
            _python(file, package, messages, problems)
    for pattern in TEMPLATES:
        for file in sorted(package.rglob(f"templates/**/{pattern}")):
            _template(file, package, messages)
    for message, places in script_messages(package).items():
        messages[message] += places
    return messages, problems


def script_messages(package: Path = PACKAGE) -> Messages:
    """Return message → places of our own scripts; words.js is what comes of them."""
    messages: Messages = defaultdict(list)
    for file in sorted(package.glob("static/testamur/**/*.js")):
        source = file.read_text(encoding="utf-8")
        for match in _SCRIPT.finditer(source):
            line = source.count("\n", 0, match.start()) + 1
            messages[json.loads(match[1])].append(f"{file.relative_to(package)}:{line}")
    return messages


def _python(file: Path, package: Path, messages: Messages, problems: list[str]) -> None:
    where = file.relative_to(package)
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"), filename=str(file))):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        place = f"{where}:{node.lineno}"
        texts = [argument.value if isinstance(argument, ast.Constant) else None for argument in node.args]
        if name in SINGULAR and node.args:
            if isinstance(node.args[0], ast.JoinedStr):
                problems.append(f"{place}: an f-string is filled in before it can be translated")
            elif isinstance(texts[0], str):
                messages[texts[0]].append(place)
        elif name in PLURAL and len(texts) >= 2 and isinstance(texts[0], str) and isinstance(texts[1], str):
            messages[f"{texts[0]}|||{texts[1]}"].append(place)
        elif name in CONTEXT and len(texts) >= 2 and isinstance(texts[0], str) and isinstance(texts[1], str):
            messages[f"{texts[0]}\x04{texts[1]}"].append(place)
        elif name == "Refused":
            if node.args and isinstance(node.args[0], ast.JoinedStr):
                problems.append(f"{place}: a refusal takes a sentence with {{placeholders}} and its facts, no f-string")
            elif texts and isinstance(texts[0], str):
                messages[texts[0]].append(place)
            for keyword in node.keywords:
                if keyword.arg == "who" and isinstance(keyword.value, ast.Constant) and keyword.value.value:
                    messages[str(keyword.value.value)].append(place)


def _template(file: Path, package: Path, messages: Messages) -> None:
    from django.utils.translation.template import templatize

    source = templatize(file.read_text(encoding="utf-8"), origin=str(file))
    where = file.relative_to(package)
    for match in _SINGULAR.finditer(source):
        messages[_message(match[1])].append(f"{where}:{source.count(chr(10), 0, match.start()) + 1}")
    for match in _CONTEXT.finditer(source):
        place = f"{where}:{source.count(chr(10), 0, match.start()) + 1}"
        messages[f"{_message(match[1])}\x04{_message(match[2])}"].append(place)
    for match in _PLURAL.finditer(source):
        both = f"{_message(match[1])}|||{_message(match[2])}"
        messages[both].append(f"{where}:{source.count(chr(10), 0, match.start()) + 1}")


def _message(literal: str) -> str:
    # Django looks the message up with % doubled only where the tag has variables; the reader doubles it the same way.
    return str(ast.literal_eval(literal))


def missing(package: Path = PACKAGE) -> list[str]:
    """Return ``file:line: message`` for every message without Chinese."""
    from catalogue import parts

    known, _ = parts()
    found, _ = all_messages(package)
    return [f"{places[0]}: {message!r}" for message, places in sorted(found.items()) if message not in known]


if __name__ == "__main__":
    import sys

    lines = [line for line in missing() if all(word in line for word in sys.argv[1:])]
    print("\n".join(lines))
    print(f"{len(lines)} messages without Chinese")
    sys.exit(1 if lines else 0)
