"""Work of the worker."""

from __future__ import annotations

from testamur.notices import telling


def tell() -> None:
    """Let the line of changes follow what was recorded."""
    telling.follow()
