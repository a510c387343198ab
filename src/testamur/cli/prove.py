"""Recompute the log from the database, and compare it and the register's rows with what was signed.

testamur prove [FILE]: with a backup, its log must have the same root.
"""

from __future__ import annotations

import argparse
from pathlib import Path


def main(argv: list[str]) -> int:
    """Print size and root; 1 where something does not agree."""
    parser = argparse.ArgumentParser(prog="testamur prove", description=__doc__)
    parser.add_argument("file", type=Path, nargs="?", help="a backup whose log must have the same root")
    options = parser.parse_args(argv)
    from testamur.cli import django

    django()
    from testamur.attestation import proving
    from testamur.config.backup import check_proved, read_manifest

    proof = check_proved()
    print(f"The log of {proof.size} entries is whole and is the one that was signed.")
    print(f"  root {proof.root}")
    wrong = proving.altered()
    for one in wrong:
        print(f"  {one.row}: {one.part} is not what was signed and logged.")
    if options.file:
        held = read_manifest(options.file)["log"]
        same = held == {"size": proof.size, "root": proof.root}
        print(
            "  The backup has the same root."
            if same
            else f"  The backup has another root ({held['size']} entries): {held['root']}"
        )
        return 0 if same and not wrong else 1
    return 1 if wrong else 0
