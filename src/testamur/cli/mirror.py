"""Read another register's file: testamur mirror SOURCE --file FILE --as-of DAY."""

from __future__ import annotations

import argparse
import sys
from datetime import date
from pathlib import Path

from testamur.cli._language import add_language, translator
from testamur.kernel.refusal import _


def main(argv: list[str]) -> int:
    """Run the sub-command; 0 when the batch was taken in (or was there already), 1 when it was refused."""
    parser = argparse.ArgumentParser(prog="testamur mirror", description=__doc__)
    parser.add_argument("source", help="name of a mapping in data/mappings, or the path of one (TOML)")
    parser.add_argument("--file", type=Path, required=True, help="the register's file, CSV or CSV.gz")
    parser.add_argument("--as-of", type=_day, required=True, help="day for which the register states it, YYYY-MM-DD")
    parser.add_argument("--rejected", type=int, default=10, help="list so many of the rejected rows (default 10)")
    add_language(parser)
    asked = parser.parse_args(argv)
    language, translate = asked.language, translator(asked.language)

    from testamur.cli import django, refusal_text

    django()
    from testamur.kernel import clock
    from testamur.kernel.refusal import Refused
    from testamur.parties.models import Platform
    from testamur.register import mapping as mappings
    from testamur.register.intake import take_in

    path = _mapping(asked.source)
    if path is None:
        said = translate(_("There is no mapping “{name}”; there are: {known}."))
        print(said.format(name=asked.source, known=", ".join(known())), file=sys.stderr)
        return 2
    try:
        content = asked.file.read_bytes()
    except OSError as error:
        said = translate(_("The file {file} cannot be read: {why}."))
        print(said.format(file=asked.file, why=error.strerror), file=sys.stderr)
        return 2
    try:
        mapping = mappings.load(path)
        rows = mappings.rows_of(content, mapping)
        batch = take_in(rows=rows, mapping=mapping, as_of=asked.as_of, by=Platform("register.mirror"), at=clock.now())
    except Refused as refused:
        print(refusal_text(refused, language), file=sys.stderr)
        return 1
    said = translate(_("{source}, as of {day}: {accepted} of {rows} rows taken in."))
    print(said.format(source=batch.source, day=batch.as_of, accepted=f"{batch.accepted:,}", rows=f"{batch.rows:,}"))
    for row in batch.rejected[: asked.rejected]:
        place = translate(_("row {row}, line {line}")).format(row=row["row"], line=row["line"])
        place += f", {row['field']}" if row["field"] else ""
        print(f"  {place}: {row['reason'][language]} {row['remedy'][language]}")
    left = len(batch.rejected) - asked.rejected
    if left > 0:
        print("  " + translate(_("… and {left} more rejected rows")).format(left=f"{left:,}"))
    return 0


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no day; write 2025-12-10") from None


def _folder() -> Path:
    from django.conf import settings

    return Path(settings.CHECKOUT) / "data" / "mappings"


def known() -> list[str]:
    """Return the names of the mappings that come with this checkout."""
    return sorted(file.stem for file in _folder().glob("*.toml"))


def _mapping(source: str) -> Path | None:
    for path in (Path(source), _folder() / f"{source}.toml"):
        if path.suffix == ".toml" and path.is_file():
            return path
    return None
