"""Recompute the log from the database, and compare it and the register's rows with what was signed.

testamur prove [FILE]: with a backup, its log must have the same root.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from testamur.cli._language import add_language, translator
from testamur.kernel.refusal import _


def main(argv: list[str]) -> int:
    """Print size and root; 1 where something does not agree."""
    parser = argparse.ArgumentParser(prog="testamur prove", description=__doc__)
    parser.add_argument("file", type=Path, nargs="?", help="a backup whose log must have the same root")
    add_language(parser)
    options = parser.parse_args(argv)
    translate = translator(options.language)
    from testamur.cli import django

    django()
    from testamur.attestation import proving
    from testamur.config.backup import check_proved, read_manifest

    proof = check_proved()
    said = translate(_("The log of {size} entries is whole and is the one that was signed."))
    print(said.format(size=proof.size))
    print("  " + translate(_("root {root}")).format(root=proof.root))
    wrong = proving.altered()
    for one in wrong:
        said = translate(_("{row}: {part} is not what was signed and logged."))
        print("  " + said.format(row=one.row, part=one.part))
    if options.file:
        held = read_manifest(options.file)["log"]
        if held != {"size": proof.size, "root": proof.root}:
            said = translate(_("The backup has another root ({size} entries): {root}"))
            print("  " + said.format(size=held["size"], root=held["root"]))
            return 1
        print("  " + translate(_("The backup has the same root.")))
    return 1 if wrong else 0
