"""Where the cases and data beside the checkout lie; a test that needs what is absent skips and says what it lacked."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("TESTAMUR_SHARED") or ROOT.parent / "shared")


def shared(*parts: str) -> Path:
    """Return a file or folder of the shared material, or skip the test that asked for it.

    Example: ``shared("cases", "trust")``.
    """
    path = SHARED.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"{'/'.join(parts)} is not beside this checkout (TESTAMUR_SHARED says where it is)")
    return path
