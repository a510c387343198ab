"""How long a stranger waits from `git clone` to the first page: ``python -m bench.demo``.

Clones this checkout to a temporary folder, runs `make demo` there with an empty home, and asks for the home page until
it answers. Package managers are asked as on a fresh machine, unless ``--warm`` lends them the caches of this account.
"""

from __future__ import annotations

import argparse
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from bench.figures import Figure, table

ROOT = Path(__file__).resolve().parent.parent
BUDGET = 150  # seconds, on two cores
PATIENCE = 900  # seconds until we give up
ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+/")


def main() -> int:
    """Print the figure; 1 where the demo did not come up."""
    parser = argparse.ArgumentParser(prog="python -m bench.demo", description=__doc__)
    parser.add_argument("--warm", action="store_true", help="keep the caches of pip and npm of this account")
    warm = parser.parse_args().warm
    with tempfile.TemporaryDirectory(prefix="testamur-demo-") as folder:
        began = time.perf_counter()
        checkout, home = Path(folder) / "testamur", Path(folder) / "home"
        home.mkdir()
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(checkout)], check=True)
        cloned = time.perf_counter() - began
        log = Path(folder) / "demo.log"
        environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("TESTAMUR_", "DJANGO_", "VIRTUAL_ENV"))
        }
        if not warm:
            environment["HOME"] = str(home)
            environment["XDG_CACHE_HOME"] = str(home / ".cache")
        with log.open("wb") as out:
            demo = subprocess.Popen(
                ["make", "demo"],
                cwd=checkout,
                env=environment,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            answered = _first_page(demo, log, began)
        finally:
            if demo.poll() is None:
                os.killpg(demo.pid, signal.SIGTERM)
                demo.wait()
        if answered is None:
            print(log.read_text(encoding="utf-8", errors="replace")[-3000:], file=sys.stderr)
            print("bench: the demo did not answer.", file=sys.stderr)
            return 1
    caches = "caches of this account" if warm else "an empty home"
    beside = f"clone {cloned:.1f} s; {caches}; {os.cpu_count()} cores"
    print(table([Figure("`make demo` from clone to the first page", answered, "s", f"≤ {BUDGET} s", beside)]))
    return 0


def _first_page(demo: subprocess.Popen[bytes], log: Path, began: float) -> float | None:
    """Return the seconds until the printed address answers with a page, or None where it never does."""
    while demo.poll() is None and time.perf_counter() - began < PATIENCE:
        printed = ADDRESS.search(log.read_text(encoding="utf-8", errors="replace"))
        if printed:
            try:
                with urllib.request.urlopen(printed[0], timeout=10) as answer:
                    if answer.status == 200 and b"<h1" in answer.read():
                        return time.perf_counter() - began
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                pass
        time.sleep(0.2)
    return None


if __name__ == "__main__":
    sys.exit(main())
