"""Restore a backup into an empty installation: testamur restore FILE."""

from __future__ import annotations

import argparse
from pathlib import Path


def main(argv: list[str]) -> int:
    """Check the archive, restore it, prove the log."""
    parser = argparse.ArgumentParser(prog="testamur restore", description=__doc__)
    parser.add_argument("file", type=Path, help="an archive that testamur backup wrote")
    options = parser.parse_args(argv)
    from testamur.cli import django

    django()
    from testamur.config.backup import restore

    manifest = restore(options.file)
    print(
        f"Restored {len(manifest['members'])} members; the log of {manifest['log']['size']} entries has "
        f"the root of the backup."
    )
    print("Put the key files back into the keys folder before you start the server.")
    return 0
