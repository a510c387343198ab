"""Import a catalogue of standards: testamur standards import FILE."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path


def main(argv: list[str]) -> int:
    """Run the sub-command; 0 when the import was committed."""
    parser = argparse.ArgumentParser(prog="testamur standards", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    importing = commands.add_parser("import", help="read a catalogue (CSV or CSV.gz) into the standards library")
    importing.add_argument("file", type=Path, help="standards.csv.gz")
    asked = parser.parse_args(argv)

    from testamur.cli import django

    django()
    from testamur.kernel import clock
    from testamur.parties.models import Platform
    from testamur.requirements.importing import import_catalogue, text_of

    def told(done: int, of: int) -> None:
        if sys.stderr.isatty():
            share = done * 40 // max(of, 1)
            print(f"\r  [{'█' * share}{'·' * (40 - share)}] {done:,} of {of:,}", end="", file=sys.stderr, flush=True)

    report = import_catalogue(asked.file, by=Platform("standards.import"), at=clock.now(), told=told)
    if sys.stderr.isatty():
        print(file=sys.stderr)
    print(text_of(report), end="")
    return 0
