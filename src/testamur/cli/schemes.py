"""``testamur schemes``: check scheme files, show a scheme flattened, print the language. No framework is imported.

``check FILE...`` names every mistake with file and line and counts what is unconfirmed; ``show ID`` prints the
flattened scheme, its digests or its authority extract; ``list`` names the schemes of the library; ``grammar``,
``reference`` and ``json-schema`` print the language; ``pin FILE...`` records the digest of files that are published.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from testamur.cli._language import spoken, translator
from testamur.kernel.refusal import Refused, _
from testamur.schemes.extract import authority_extract
from testamur.schemes.language.acted_on import NOT_ACTED_ON
from testamur.schemes.language.definition import Definition
from testamur.schemes.language.flatten import flatten
from testamur.schemes.language.library import PINS, Library, library_of
from testamur.schemes.language.reference import grammar, reference
from testamur.schemes.language.said import Mistake, Said, Translate
from testamur.schemes.language.schema import json_schema

WELL_FORMED = _("{file}: {scheme} is well formed; {tables} tables, {unconfirmed} values unconfirmed.")
NOT_CONFIRMED = _("{table} {key} is unconfirmed: nobody has checked it against {source}.")
NOT_ACTED = _("{file}: {key} is read, not yet acted on: {why} The scheme cannot be published.")


def main(argv: list[str]) -> int:
    """Run the command: 0 done, 1 mistakes or refused, 2 not understood."""
    arguments = _parser().parse_args(argv)
    run: Callable[[argparse.Namespace], int] = arguments.run
    return run(arguments)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="testamur schemes", description="The scheme language and its library.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: Callable[[argparse.Namespace], int], says: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=says, description=says)
        sub.add_argument("--language", choices=("en", "zh"), default=spoken(), help="language of the sentences")
        sub.set_defaults(run=run)
        return sub

    check = command("check", _check, "name every mistake of scheme files with its line")
    check.add_argument("files", nargs="+", type=Path, metavar="FILE")
    check.add_argument("--strict", action="store_true", help="unconfirmed values are mistakes")
    check.add_argument("--json", action="store_true", help="print JSON")
    show = command("show", _show, "print a scheme of the library, flattened, as canonical JSON")
    show.add_argument("id", help="cn-qms or cn-qms@2026-1")
    show.add_argument("--extract", action="store_true", help="the authority extract that travels with a certificate")
    show.add_argument(
        "--digests", action="store_true", help="digest of the flattened scheme, of its file and its bases"
    )
    command("list", _list, "name the schemes of the library")
    command("grammar", _grammar, "print every key with its default, kind and meaning")
    command("reference", _reference, "print the reference page as Markdown")
    command("json-schema", _json_schema, "print the JSON Schema that editors use")
    pin = command("pin", _pin, "record the digests of files that are published; a pinned file never changes")
    pin.add_argument("files", nargs="+", type=Path, metavar="FILE")
    return parser


# ---------------------------------------------------------------- check


def _check(arguments: argparse.Namespace) -> int:
    translate, language = translator(arguments.language), arguments.language
    bad, reports = False, []
    libraries: dict[Path, Library] = {}
    for path in arguments.files:
        path.open("rb").close()  # a missing file is the command's mistake, not the scheme's
        library = library_of(path)
        library = libraries.setdefault(library.folder, library)
        checked = library.check(path)
        mistakes = [*library.changed_since_published(path), *checked.mistakes]
        definition = checked.definition if not mistakes else None
        if definition and arguments.strict:
            mistakes += _unconfirmed(definition)
        bad = bad or bool(mistakes)
        report = _report(path, definition, mistakes, translate, language)
        reports.append(report)
        if not arguments.json:
            for line in _lines(report):
                print(line)
    if arguments.json:
        print(json.dumps(reports, ensure_ascii=False, indent=2))
    return 1 if bad else 0


def _unconfirmed(definition: Definition) -> list[Mistake]:
    found = []
    for _name, row, word in definition.unconfirmed():
        assert row.at is not None
        line = row.at.lines.get((*row.at.path, word), row.at.lines.get(row.at.path, 1))
        sources = row.source or (definition.source_of(row) if hasattr(row, "part") else ())  # type: ignore[arg-type]
        facts = {"table": row.at.label, "key": word, "source": [str(source) for source in sources]}
        found.append(Mistake(NOT_CONFIRMED, facts, row.at.file, line))
    return found


def _report(
    path: Path, definition: Definition | None, mistakes: list[Mistake], translate: Translate, language: str
) -> dict[str, Any]:
    name = f"{path.parent.name}/{path.name}"
    report: dict[str, Any] = {
        "file": name,
        "well_formed": definition is not None,
        "mistakes": [
            {"file": m.file, "line": m.line, "message": m.message_id, "sentence": m.sentence(translate, language)}
            for m in mistakes
        ],
    }
    if definition:
        tables, unconfirmed = sum(1 for _row in definition.all_tables()), len(definition.unconfirmed())
        facts = {"file": name, "scheme": definition.key, "tables": tables, "unconfirmed": unconfirmed}
        report |= {
            "scheme": definition.key,
            "digest": definition.digest,
            "tables": tables,
            "unconfirmed": unconfirmed,
            "not_acted_on": list(definition.unacted_keys()),
            "sentence": Said(WELL_FORMED, facts).sentence(translate, language),
            "notes": [
                Said(NOT_ACTED, {"file": name, "key": key, "why": NOT_ACTED_ON[key]}).sentence(translate, language)
                for key in definition.unacted_keys()
            ],
        }
    return report


def _lines(report: dict[str, Any]) -> list[str]:
    mistakes = [f"{row['file']}:{row['line']}: {row['sentence']}" for row in report["mistakes"]]
    return [*mistakes, *([report["sentence"], *report["notes"]] if report["well_formed"] else [])]


# ---------------------------------------------------------------- print


def _show(arguments: argparse.Namespace) -> int:
    library = Library()
    try:
        shown = flatten(arguments.id, library)
    except KeyError:
        raise Refused(
            _("The library does not hold the scheme {scheme}; `testamur schemes list` names those it holds."),
            {"scheme": arguments.id},
        ) from None
    body: dict[str, Any] = shown.body
    if arguments.extract:
        body = authority_extract(library.load(shown.key), library)
    if arguments.digests:
        body = {"scheme": shown.key, "digest": shown.digest, "parts": shown.parts}
    print(json.dumps(body, ensure_ascii=False, sort_keys=True, indent=2))
    return 0


def _list(arguments: argparse.Namespace) -> int:
    library = Library()
    for path in library.files():
        definition = library.check(path).definition
        if definition:
            print(f"{definition.key:34} {definition.title[arguments.language]}")
    return 0


def _grammar(arguments: argparse.Namespace) -> int:
    print(grammar(arguments.language, translator(arguments.language)))
    return 0


def _reference(arguments: argparse.Namespace) -> int:
    print(reference(arguments.language, translator(arguments.language)), end="")
    return 0


def _json_schema(arguments: argparse.Namespace) -> int:
    print(json.dumps(json_schema(arguments.language), ensure_ascii=False, indent=2))
    return 0


# ---------------------------------------------------------------- pin


def _pin(arguments: argparse.Namespace) -> int:
    translate, language = translator(arguments.language), arguments.language
    for path in arguments.files:
        library = library_of(path)
        mistakes = [*library.changed_since_published(path), *library.check(path).mistakes]
        for mistake in mistakes:
            print(f"{mistake.file}:{mistake.line}: {mistake.sentence(translate, language)}", file=sys.stderr)
        if mistakes:
            return 1
        try:
            name = path.resolve().relative_to(library.folder.resolve()).as_posix()
        except ValueError:
            raise Refused(
                _("{file} stands in no library; a published file stands in library/<family>/<id>/<version>.toml."),
                {"file": str(path)},
            ) from None
        if name not in library.published:
            line = f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {name}\n"
            with (library.folder / PINS).open("a", encoding="utf-8") as pins:
                pins.write(line)
            print(line, end="")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
