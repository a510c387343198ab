from __future__ import annotations

import pytest

from issuing_bench import Bench
from soft_token import kept_in_token, soft_token
from testamur.transparency.actions import sequence

__all__ = ["kept_in_token", "soft_token"]


@pytest.fixture
def bench(db) -> Bench:
    return Bench()


@pytest.fixture
def published(settings):
    """Number the log and return what lies in the public site."""

    def publish() -> set[str]:
        sequence()
        root = settings.PUBLIC_DIR
        return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}

    return publish
