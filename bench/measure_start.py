"""How long a stranger waits before `testamur verify` and `testamur rule` begin."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile

from bench.figures import Figure, median_seconds


def figures() -> list[Figure]:
    """Measure the commands' start beside an interpreter that does nothing.

    Installing a package compiles it, and a checkout is compiled by its first start: so here, wherever the environment
    says that no compiled modules are written, a first start writes them into a folder of their own.
    """
    with tempfile.TemporaryDirectory(prefix="testamur-bench-") as folder:
        environment = {**os.environ, "PYTHONPYCACHEPREFIX": folder}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)

        def run(*arguments: str) -> float:
            def once() -> object:
                return subprocess.run([sys.executable, *arguments], capture_output=True, check=True, env=environment)

            once()
            return median_seconds(once)

        bare = f"bare interpreter {run('-c', 'pass'):.3f} s"
        return [
            Figure(f"start of `testamur {name}`", run("-m", "testamur.cli", name, "--help"), "s", "≤ 0.3 s", bare)
            for name in ("verify", "rule")
        ]
