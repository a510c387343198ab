"""Write a synthetic country of any size as files, and take it into the register of a sample platform.

Nobody in it exists. The same seed gives the same bytes; irregularities that were planted are listed in
irregularities.jsonl, which no delivery contains.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path


def main(argv: list[str]) -> int:
    """Write the country; with ``--commit`` also report it in."""
    parser = argparse.ArgumentParser(prog="testamur sample", description=__doc__)
    parser.add_argument("--certificates", type=_whole, default=10_000, help="certificates (default 10000)")
    parser.add_argument("--seed", type=int, default=1, help="another seed, another country (default 1)")
    parser.add_argument("--deliveries", type=_whole, default=3, help="quarterly lists of its register (default 3)")
    parser.add_argument(
        "--whole", action="store_true", help="every list is a snapshot; else only the first is, and others hold changes"
    )
    parser.add_argument("--into", type=Path, required=True, help="folder to write to; it must be empty or new")
    parser.add_argument("--commit", action="store_true", help="take the lists into this platform's register")
    options = parser.parse_args(argv)
    if options.into.exists() and any(options.into.iterdir()):
        print(f"testamur sample: {options.into} is not empty; name a new folder.", file=sys.stderr)
        return 2
    from testamur.sample.country import Country

    country = Country(options.certificates, options.seed, options.deliveries, options.whole)
    began = time.monotonic()

    def told(count: int) -> None:
        rate = count / (time.monotonic() - began)
        left = (country.certificates - count) / rate
        print(f"\r{count:,} of {country.certificates:,}, {rate:,.0f} a second, {left:,.0f} s left ", end="", flush=True)

    described = country.write(options.into, told)
    planted = sum(described["planted"].values())
    print(f"\r{options.into}: {country.certificates:,} certificates, {planted:,} irregularities planted.")
    return _commit(options.into, described) if options.commit else 0


def _whole(text: str) -> int:
    number = int(text)
    if not 0 < number <= 100_000_000:
        raise argparse.ArgumentTypeError("a whole number from 1 to 100,000,000")
    return number


def _commit(folder: Path, described: dict[str, object]) -> int:
    from testamur.cli import django

    django()
    from testamur.sample.country_reported import report

    for line in report(folder, described):
        print(line, flush=True)
    return 0
