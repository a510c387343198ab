"""Tell the whole path from an application to a certificate that anyone can verify, headless, in a temporary folder."""

from __future__ import annotations

import argparse
import os
import tempfile


def main(argv: list[str]) -> int:
    """Run the story; 0 when the offline verifier said VALID, and REVOKED after the withdrawal."""
    parser = argparse.ArgumentParser(prog="testamur story", description=__doc__)
    parser.add_argument("--language", choices=("en", "zh"), default="en", help="language of the events' titles")
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory(prefix="testamur-story-") as folder:
        for name in [name for name in os.environ if name.startswith("TESTAMUR_")]:
            del os.environ[name]  # the story touches nothing of an installation that may be set up here
        os.environ.update(TESTAMUR_VAR=folder, TESTAMUR_SAMPLE="1", TESTAMUR_LOG_LEVEL="ERROR")

        from testamur.cli import django

        django()
        from django.core.management import call_command

        from testamur.sample import story

        call_command("migrate", interactive=False, verbosity=0)
        return 0 if story.tell(language=options.language) else 1
