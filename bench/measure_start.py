"""How long a stranger waits before `testamur verify` and `testamur rule` begin."""

from __future__ import annotations

import subprocess
import sys

from bench.figures import Figure, median_seconds


def figures() -> list[Figure]:
    """Measure the commands' start beside an interpreter that does nothing."""

    def run(*arguments: str) -> float:
        return median_seconds(lambda: subprocess.run([sys.executable, *arguments], capture_output=True, check=True))

    bare = f"bare interpreter {run('-c', 'pass'):.3f} s"
    return [
        Figure(f"start of `testamur {name}`", run("-m", "testamur.cli", name, "--help"), "s", "≤ 0.3 s", bare)
        for name in ("verify", "rule")
    ]
