"""Run every measurement of this folder, or the named ones: ``python -m bench [start …]``.

Each runs in a process of its own: settings are read once in a process, and no measurement shall warm another.
"""

from __future__ import annotations

import importlib
import json
import os
import platform
import subprocess
import sys
from dataclasses import asdict
from datetime import date
from pathlib import Path

from bench.figures import Figure, table

HERE = Path(__file__).resolve().parent


def main(names: list[str]) -> int:
    """Print one table; a measurement is a module ``measure_<name>`` with ``figures()``."""
    if names[:1] == ["--json"]:
        figures = importlib.import_module(f"bench.measure_{names[1]}").figures()
        print(json.dumps([asdict(figure) for figure in figures]))
        return 0
    known = sorted(file.stem.removeprefix("measure_") for file in HERE.glob("measure_*.py"))
    wrong = [name for name in names if name not in known]
    if wrong:
        print(f"bench: there is no measurement {wrong[0]!r}; there are: {', '.join(known)}", file=sys.stderr)
        return 2
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    print(f"{date.today()}, {platform.machine()}, {os.cpu_count()} cores{load}, Python {platform.python_version()}\n")
    found: list[Figure] = []
    failed = False
    for name in names or known:
        print(f"measuring {name} …", file=sys.stderr, flush=True)
        run = subprocess.run(
            [sys.executable, "-m", "bench", "--json", name], cwd=HERE.parent, stdout=subprocess.PIPE, text=True
        )
        if run.returncode:
            print(f"bench: measuring {name} failed; the others are printed.", file=sys.stderr)
            failed = True
            continue
        found += [Figure(**row) for row in json.loads(run.stdout.splitlines()[-1])]
    print(table(found))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
