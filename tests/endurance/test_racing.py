"""Several processes issue for one body at once: every number given once and none left out, every certificate logged.

``make soak`` lets ten times as many be issued.
"""

from __future__ import annotations

import os

import pytest

from endurance.installation import run

TIMES = int(os.environ.get("TESTAMUR_SOAK", "1"))


@pytest.mark.parametrize(
    ("certificates", "batch"),
    [pytest.param(60, 0, id="each in an act of its own"), pytest.param(1940, 97, id="many in one act")],
)
def test_two_processes_that_issue_at_once_leave_no_gap_and_no_double(certificates, batch, tmp_path):
    told = run("racing", tmp_path, certificates=certificates * TIMES, processes=2, batch=batch, publish=not batch)

    assert told["certificates"] == certificates * TIMES + 3  # with the body's own authorities and the first one
    assert told["unpublished"] == 0
