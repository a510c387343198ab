"""``testamur story`` runs the whole path headless and ends with a stranger's verdict."""

from __future__ import annotations

import os
import subprocess
import sys


def test_the_story_ends_with_valid_and_then_says_why_not():
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TESTAMUR_")}
    done = subprocess.run(
        [sys.executable, "-m", "testamur.cli", "story"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )

    assert done.returncode == 0, done.stderr[-2000:]
    assert "VALID · Valid" in done.stdout
    assert "REVOKED · Not valid: withdrawn or cancelled" in done.stdout
    for step in (
        "Application handed in",
        "Application reviewed and accepted",
        "Team and plan agreed",
        "Dossier reviewed",
        "Decided",
        "Attested",
    ):
        assert step in done.stdout
    assert "iso-17021-1@2015#" in done.stdout and "decision.made" in done.stdout
