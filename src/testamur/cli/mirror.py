"""Take in another register's file, or a body's portfolio: testamur mirror SOURCE --file FILE --as-of DAY [--commit]."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from testamur.cli._language import add_language, translator
from testamur.kernel.refusal import Refused, _

if TYPE_CHECKING:
    from testamur.parties.models import Organisation
    from testamur.register.models import Delivery
    from testamur.register.reporting.writing import Progress

Translate = Callable[[str], str]
#: What a dry run counts, in the order in which it is said.
COUNTED = {
    "new": _("new"),
    "changed": _("changed"),
    "renewed": _("renewed"),
    "status": _("of another status"),
    "gone": _("gone"),
    "returned": _("listed again"),
    "unchanged": _("unchanged"),
    "folded": _("rows folded into another"),
    "left_out": _("rows left out by the mapping"),
    "held": _("absent, and not taken for gone because rows are broken"),
    "rejected": _("rows rejected"),
    "remarked": _("remarks"),
}
BAR = 30  # characters


def main(argv: list[str]) -> int:
    """Run the sub-command; 0 when it was judged, or committed where asked; 1 when it was refused."""
    asked = _arguments(argv)
    language, translate = asked.language, translator(asked.language)

    from testamur.cli import django, refusal_text

    django()
    from testamur.register.models import Delivery

    path = _mapping(asked.source)
    if path is None:
        said = translate(_("There is no mapping “{name}”; there are: {known}."))
        print(said.format(name=asked.source, known=", ".join(known())), file=sys.stderr)
        return 2
    if not asked.file.is_file():
        said = translate(_("There is no file {file}."))
        print(said.format(file=asked.file), file=sys.stderr)
        return 2
    try:
        delivery = _received(path, asked)
        _tell(delivery, asked, translate)
        if delivery.state == Delivery.State.REFUSED and not asked.override:
            from testamur.register.actions.deliveries import refusal_of

            raise refusal_of(delivery)
        if delivery.state == Delivery.State.COMMITTED:
            print(translate(_("Taken in as delivery {id}.")).format(id=delivery.public_id))
            return 0
        if not asked.commit:
            print(translate(_("Nothing has changed yet. Run it again with --commit to take it in.")))
            return 0
        _committed(delivery, asked.override, translate)
    except Refused as refused:
        print(refusal_text(refused, language), file=sys.stderr)
        return 1
    return 0


def _arguments(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="testamur mirror", description=__doc__)
    parser.add_argument("source", help="name of a mapping in data/mappings, or the path of one (TOML)")
    parser.add_argument(
        "--file", type=Path, required=True, help="the register's file: CSV, XLSX, JSON or JSON Lines, also .gz"
    )
    parser.add_argument("--as-of", type=_day, required=True, help="day for which the register states it, YYYY-MM-DD")
    parser.add_argument("--commit", action="store_true", help="take it in; without it only say what would change")
    parser.add_argument("--body", default="", help="id of the body whose own certificates the file reports")
    parser.add_argument("--override", default="", help="why a list that lost most of its records is right all the same")
    parser.add_argument("--part", action="store_true", help="a part of the list: what it does not name is not gone")
    parser.add_argument("--feed", action="store_true", help="a change feed: what happened, row by row, up to the day")
    parser.add_argument("--rejected", type=int, default=10, help="list so many of the rejected rows (default 10)")
    parser.add_argument("--remarks", type=int, default=5, help="list so many of the other remarks (default 5)")
    add_language(parser)
    return parser.parse_args(argv)


def _received(path: Path, asked: argparse.Namespace) -> Delivery:
    from testamur.kernel import clock
    from testamur.parties.models import Platform
    from testamur.register.actions import name_source, receive
    from testamur.register.reporting import mapping as mappings

    by, at = Platform("register.mirror"), clock.now()
    read = mappings.load(path)
    source = name_source(mapping=read, by=by, at=at, organisation=_body(asked.body))
    whole = bool(read.file.get("whole", False)) and not asked.part and not asked.feed
    return receive(
        source=source, mapping=source.mappings.latest("version"), content=asked.file, name=asked.file.name,
        as_of=asked.as_of, whole=whole, by=by, at=at, feed=asked.feed,
    )  # fmt: skip


def _body(public_id: str) -> Organisation | None:
    from testamur.parties.models import Organisation

    if not public_id:
        return None
    found = Organisation.objects.filter(public_id=public_id.upper()).first()
    if found is None:
        raise Refused(_("There is no organisation {id} here."), {"id": public_id}, field="body")
    return found


def _tell(delivery: Delivery, asked: argparse.Namespace, translate: Translate) -> None:
    """Print what would happen, or what happened where it was committed before."""
    from testamur.register.queries_reporting import told

    name = delivery.source.names.get(asked.language) or next(iter(delivery.source.names.values()))
    print(
        translate(_("{source}, as of {day}: {rows} rows.")).format(
            source=name, day=delivery.as_of, rows=f"{delivery.rows:,}"
        )
    )
    for key, words in COUNTED.items():
        if count := delivery.counts.get(key, 0):
            print(f"  {count:>10,}  {translate(words)}")
    _tell_check(delivery, translate)
    for rejects, most in ((True, asked.rejected), (False, asked.remarks)):
        rows = delivery.remarks.filter(rejects=rejects)
        for remark in rows[:most]:
            _print_remark(told(remark), asked.language, translate)
        left = (delivery.counts.get("rejected" if rejects else "remarked", 0)) - most
        if left > 0 and most:
            print("  " + translate(_("… and {left} more like these")).format(left=f"{left:,}"))


def _tell_check(delivery: Delivery, translate: Translate) -> None:
    """Print how a whole list compares with what change feeds before it left."""
    from testamur.register.queries_reporting import check_of

    found = check_of(delivery)
    if found is None:
        return
    if found.differs:
        said = translate(
            _("The change feeds up to {until} did not say {differs} of these: {appeared} are new, {gone} gone, "
              "{otherwise} otherwise.")
        )  # fmt: skip
    else:
        said = translate(_("Zero differences: the change feeds up to {until} had said all of it."))
    print(
        "  "
        + said.format(
            until=found.until, differs=f"{found.differs:,}", appeared=f"{found.appeared:,}", gone=f"{found.gone:,}",
            otherwise=f"{found.otherwise:,}",
        )
    )  # fmt: skip


def _print_remark(row: dict[str, Any], language: str, translate: Translate) -> None:
    place = translate(_("row {row}, line {line}")).format(row=row["row"], line=row["line"]) if row["row"] else ""
    place += f", {row['field']}" if row["field"] and place else row["field"]
    print(f"  {place or translate(_('the file'))}: {row['reason'][language]} {row['remedy'][language]}")


def _committed(delivery: Delivery, override: str, translate: Translate) -> None:
    from testamur.kernel import clock
    from testamur.parties.models import Platform
    from testamur.register.actions import commit

    shown = sys.stderr.isatty()

    def told(progress: Progress) -> None:
        if shown:
            print("\r" + _bar(progress, translate), end="", file=sys.stderr, flush=True)

    done = commit(delivery=delivery, by=Platform("register.mirror"), at=clock.now(), override=override, told=told)
    if shown:
        print(file=sys.stderr)
    said = translate(_("Taken in as delivery {id}."))
    print(said.format(id=done.public_id))


def _bar(progress: Progress, translate: Translate) -> str:
    share = progress.written / progress.of if progress.of else 1.0
    full = round(share * BAR)
    left = f"{progress.remaining:,.0f} s" if progress.remaining is not None else "–"
    said = translate(_("{share} %, {rate} records a second, {left} left"))
    return f"[{'#' * full}{'.' * (BAR - full)}] " + said.format(
        share=round(share * 100), rate=f"{progress.rate:,.0f}", left=left
    )


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no day; write 2025-12-10") from None


def known() -> list[str]:
    """Return the names of the mappings that come with this checkout."""
    from testamur.register.reporting.library import library

    return sorted(library())


def _mapping(source: str) -> Path | None:
    from testamur.register.reporting.library import library

    path = Path(source)
    return path if path.suffix == ".toml" and path.is_file() else library().get(source)
