"""Restore a backup into an empty installation: testamur restore FILE."""

from __future__ import annotations

import argparse
from pathlib import Path

from testamur.cli._language import add_language, translator
from testamur.kernel.refusal import _


def main(argv: list[str]) -> int:
    """Check the archive, restore it, prove the log."""
    parser = argparse.ArgumentParser(prog="testamur restore", description=__doc__)
    parser.add_argument("file", type=Path, help="an archive that testamur backup wrote")
    add_language(parser)
    options = parser.parse_args(argv)
    translate = translator(options.language)
    from testamur.cli import django

    django()
    from testamur.config.backup import restore

    manifest = restore(options.file)
    said = translate(_("Restored {members} members; the log of {size} entries has the root of the backup."))
    print(said.format(members=len(manifest["members"]), size=manifest["log"]["size"]))
    print(translate(_("Put the key files back into the keys folder before you start the server.")))
    return 0
