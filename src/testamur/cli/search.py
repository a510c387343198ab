"""Rebuild the index of the register, or say how much of it waits.

testamur search rebuild [--go-on]: index every record; with --go-on, what an interrupted rebuild left.
testamur search state: how many records wait to be indexed.
"""

from __future__ import annotations

import argparse
import sys
import time

from testamur.cli._language import add_language, translator
from testamur.kernel.refusal import _


def main(argv: list[str]) -> int:
    """Print progress to the error stream and the result to the output."""
    parser = argparse.ArgumentParser(prog="testamur search", description=__doc__)
    parser.add_argument("act", choices=("rebuild", "state"))
    parser.add_argument("--go-on", action="store_true", help="do not begin anew: index what still waits")
    add_language(parser)
    options = parser.parse_args(argv)
    translate = translator(options.language)
    from testamur.cli import django

    django()
    from testamur.register.finding import keeping

    if options.act == "state":
        print(translate(_("{count} records wait to be indexed.")).format(count=keeping.waiting()))
        return 0
    began = time.monotonic()

    def progress(done: int, of: int) -> None:
        rate = done / max(time.monotonic() - began, 0.001)
        left = translate(_("{done} of {of} records, {rate} a second, {left} s left"))
        said = left.format(done=done, of=of, rate=round(rate), left=round((of - done) / rate))
        print(f"\r{said}    ", end="", file=sys.stderr, flush=True)

    done = keeping.rebuild(progress, anew=not options.go_on)
    print(file=sys.stderr)
    print(translate(_("{count} records are indexed.")).format(count=done))
    return 0
