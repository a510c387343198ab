"""Run one of the framework's own commands, e.g. `testamur manage shell`."""

from __future__ import annotations


def main(argv: list[str]) -> int:
    """Hand the arguments to Django's command line."""
    from testamur.cli import django

    django()
    from django.core.management import execute_from_command_line

    execute_from_command_line(["testamur manage", *argv])
    return 0
