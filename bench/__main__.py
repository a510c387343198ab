"""Run every measurement of this folder, or the named ones: ``python -m bench [start …]``."""

from __future__ import annotations

import importlib
import os
import platform
import sys
from pathlib import Path

from bench.figures import Figure, table

HERE = Path(__file__).resolve().parent


def main(names: list[str]) -> int:
    """Print one table; a measurement is a module ``measure_<name>`` with ``figures()``."""
    known = sorted(file.stem.removeprefix("measure_") for file in HERE.glob("measure_*.py"))
    wrong = [name for name in names if name not in known]
    if wrong:
        print(f"bench: there is no measurement {wrong[0]!r}; there are: {', '.join(known)}", file=sys.stderr)
        return 2
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}\n")
    figures: list[Figure] = []
    for name in names or known:
        print(f"measuring {name} …", file=sys.stderr, flush=True)
        figures += importlib.import_module(f"bench.measure_{name}").figures()
    print(table(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
