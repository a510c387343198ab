"""Publish a dated snapshot of the public register as Parquet and CSV, or verify one that was downloaded.

testamur opendata publish; testamur opendata verify FOLDER needs no platform, no database and no network: checksums of
the files, and the log's proof of the checksums under a trust file. Exit status: 0 done or unaltered, 1 not, 2 unusable.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from testamur.cli._language import Translate, add_language, translator
from testamur.kernel.refusal import _


def main(argv: list[str]) -> int:
    """Run the sub-command."""
    parser = argparse.ArgumentParser(prog="testamur opendata", description=__doc__)
    orders = parser.add_subparsers(dest="order", required=True)
    publish = orders.add_parser("publish", help="write a snapshot now, or go on with one that was interrupted")
    verify = orders.add_parser("verify", help="check a downloaded snapshot offline")
    verify.add_argument("folder", type=Path, help="folder with SHA256SUMS, its .tlog-proof and the files you keep")
    verify.add_argument("--trust", type=Path, help="trust file (default: $TESTAMUR_TRUST or the one of `trust init`)")
    for one in (publish, verify):
        add_language(one)
    asked = parser.parse_args(argv)
    translate = translator(asked.language)
    return _publish(translate) if asked.order == "publish" else _verify(asked, translate)


def _publish(translate: Translate) -> int:
    from testamur.cli import django

    django()
    from testamur.kernel import clock
    from testamur.parties.models import Platform
    from testamur.register.actions import publish_snapshot
    from testamur.register.opendata.writing import folder

    began, shown = time.monotonic(), sys.stderr.isatty()

    def told(rows: int) -> None:
        if shown:
            said = translate(_("{rows} records read, {rate} a second"))
            rate = rows / max(time.monotonic() - began, 1e-6)
            print("\r" + said.format(rows=f"{rows:,}", rate=f"{rate:,.0f}"), end="", file=sys.stderr, flush=True)

    snapshot = publish_snapshot(by=Platform("register.open_data"), at=clock.now(), told=told)
    if shown:
        print(file=sys.stderr)
    print(translate(_("Snapshot {name}: {rows} records.")).format(name=snapshot.name, rows=f"{snapshot.rows:,}"))
    print(f"  {folder(snapshot)}")
    for one in snapshot.files:
        print(f"  {one['sha256']}  {one['size']:>15,}  {one['name']}")
    return 0


def _verify(asked: argparse.Namespace, translate: Translate) -> int:
    from testamur.cli.verify import Unusable, read_trust, shown
    from testamur.verification import dataset

    folder = asked.folder
    try:
        known = read_trust(asked.trust, translate)
    except Unusable as error:
        print(f"testamur opendata: {error}", file=sys.stderr)
        return 2
    if not (folder / dataset.SUMS).is_file():
        said = translate(_("{folder} holds no {file}; download it from the page of the snapshot."))
        print(said.format(folder=folder, file=dataset.SUMS), file=sys.stderr)
        return 2
    found = dataset.check(folder, known)
    words = {
        dataset.State.UNALTERED: _("unaltered"), dataset.State.ALTERED: _("ALTERED: not the file that was published"),
        dataset.State.ABSENT: _("not in this folder"),
    }  # fmt: skip
    for name, state in found.files.items():
        print(f"  {name}: {translate(words[state])}")
    print(found.said.sentence(translate, shown(asked.language)))
    return 0 if found.holds else 1
