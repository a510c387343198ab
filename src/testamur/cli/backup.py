"""Write a backup of database, files and public site: testamur backup FILE [--keys FILE]."""

from __future__ import annotations

import argparse
from pathlib import Path

from testamur.cli._language import add_language, translator
from testamur.kernel.refusal import _


def main(argv: list[str]) -> int:
    """Write the archive and say what is in it."""
    parser = argparse.ArgumentParser(prog="testamur backup", description=__doc__)
    parser.add_argument("file", type=Path, help="the archive to write, .tar.gz")
    parser.add_argument(
        "--keys", type=Path, help="write the key files into this second archive; keep it apart, in a safe"
    )
    add_language(parser)
    options = parser.parse_args(argv)
    translate = translator(options.language)
    from testamur.cli import django

    django()
    from testamur.config.backup import backup

    manifest = backup(options.file, keys=options.keys)
    said = translate(_("{file}: {members} members, log of {size} entries"))
    print(said.format(file=options.file, members=len(manifest["members"]), size=manifest["log"]["size"]))
    print("  " + translate(_("root {root}")).format(root=manifest["log"]["root"]))
    if options.keys is None:
        print("  " + translate(_("The key files are not in it; back them up apart with --keys FILE.")))
    return 0
