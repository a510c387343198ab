"""The standards library: read a catalogue (import FILE), or the clauses of a document (clauses FILE --document KEY)."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from testamur.cli._language import Translate, add_language, translator
from testamur.kernel.refusal import _


def main(argv: list[str]) -> int:
    """Run the sub-command; 0 when the import was committed."""
    parser = argparse.ArgumentParser(prog="testamur standards", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    importing = commands.add_parser("import", help="read a catalogue (CSV or CSV.gz) into the standards library")
    importing.add_argument("file", type=Path, help="standards.csv.gz")
    clauses = commands.add_parser("clauses", help="read the clauses of a document (OSCAL catalogue, JSON or JSON.gz)")
    clauses.add_argument("file", type=Path, help="an OSCAL catalogue, or a profile resolved into one")
    clauses.add_argument("--document", required=True, help="key of the document, e.g. nist-800-53@5.0.1")
    checklist = commands.add_parser("checklist", help="print what is assessed of a document")
    checklist.add_argument("document", help="key of the document")
    checklist.add_argument("--below", default="", help="only this clause and what stands below it")
    for one in (importing, clauses, checklist):
        add_language(one)
    asked = parser.parse_args(argv)
    translate = translator(asked.language)

    from testamur.cli import django

    django()
    if asked.command == "clauses":
        return _clauses(asked.file, asked.document, translate)
    if asked.command == "checklist":
        return _checklist(asked.document, asked.below, asked.language, translate)
    return _import(asked.file, translate)


def _import(file: Path, translate: Translate) -> int:
    from testamur.kernel import clock
    from testamur.parties.models import Platform
    from testamur.requirements.importing import import_catalogue, text_of

    def told(done: int, of: int) -> None:
        if sys.stderr.isatty():
            share = done * 40 // max(of, 1)
            print(f"\r  [{'█' * share}{'·' * (40 - share)}] {done:,} / {of:,}", end="", file=sys.stderr, flush=True)

    report = import_catalogue(file, by=Platform("standards.import"), at=clock.now(), told=told)
    if sys.stderr.isatty():
        print(file=sys.stderr)
    print(text_of(report, translate), end="")
    return 0


def _clauses(file: Path, document: str, translate: Translate) -> int:
    from testamur.kernel import clock
    from testamur.parties.models import Platform
    from testamur.requirements.clauses import import_clauses, text_of

    report = import_clauses(file, document=document, by=Platform("standards.clauses"), at=clock.now())
    print(text_of(report, translate), end="")
    return 0


def _checklist(document: str, below: str, language: str, translate: Translate) -> int:
    from testamur.requirements import queries

    items = queries.checklist(document, below=below)
    if not items:
        said = translate(_("Nothing is assessed of {document}.")).format(document=f"{document} {below}".strip())
        print(f"testamur standards: {said}", file=sys.stderr)
        return 1
    for item in items:
        print(f"{item.number:14} {item.text.get(language) or next(iter(item.text.values()), '')}")
    return 0
