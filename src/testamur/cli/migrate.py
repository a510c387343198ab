"""Prepare the database of this installation, or bring it up to this version."""

from __future__ import annotations

import argparse


def main(argv: list[str]) -> int:
    """Apply the migrations that the database has not seen."""
    parser = argparse.ArgumentParser(prog="testamur migrate", description=__doc__)
    parser.parse_args(argv)
    from testamur.cli import django

    django()
    from django.core.management import call_command

    call_command("migrate", interactive=False, verbosity=1)
    return 0
