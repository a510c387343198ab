"""Settings of the tests: a sample installation in a temporary folder, named before any setting is read.

pytest-django reads settings before ``conftest.py`` is imported, so the environment is set here.
"""

from __future__ import annotations

import os
import tempfile

os.environ.update(
    TESTAMUR_VAR=os.environ.get("TESTAMUR_TEST_VAR") or tempfile.mkdtemp(prefix="testamur-tests-"),
    TESTAMUR_SAMPLE="1",
    TESTAMUR_BIND="127.0.0.1:8000",
    TESTAMUR_ORIGIN="http://127.0.0.1:8000",
    TESTAMUR_HOST="sample.testamur.example",
    TESTAMUR_SECRET_KEY="only-for-tests-and-therefore-no-secret-at-all",
    TESTAMUR_LOG_LEVEL="CRITICAL",
)
os.environ.setdefault("TESTAMUR_DATABASE_URL", "sqlite:///:memory:")

from testamur.config.settings import *  # noqa: F403
