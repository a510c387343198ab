"""Write a backup of database, files and public site: testamur backup FILE [--keys FILE]."""

from __future__ import annotations

import argparse
from pathlib import Path


def main(argv: list[str]) -> int:
    """Write the archive and say what is in it."""
    parser = argparse.ArgumentParser(prog="testamur backup", description=__doc__)
    parser.add_argument("file", type=Path, help="the archive to write, .tar.gz")
    parser.add_argument(
        "--keys", type=Path, help="write the key files into this second archive; keep it apart, in a safe"
    )
    options = parser.parse_args(argv)
    from testamur.cli import django

    django()
    from testamur.config.backup import backup

    manifest = backup(options.file, keys=options.keys)
    print(f"{options.file}: {len(manifest['members'])} members, log of {manifest['log']['size']} entries")
    print(f"  root {manifest['log']['root']}")
    if options.keys is None:
        print("  The key files are not in it; back them up apart with --keys FILE.")
    return 0
