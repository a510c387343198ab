"""The sample world, made once for all tests of this folder by the actions that everybody uses.

The folder is run by itself (``pytest tests/flow``): its database holds the world; each test gives back what it changed.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

FOLDER = Path(tempfile.mkdtemp(prefix="testamur-flow-"))


def _point_to(folder: Path) -> None:
    from django.conf import settings

    settings.PUBLIC_DIR = folder / "public"
    settings.KEYS_DIR = folder / "keys"
    settings.FILES_DIR = folder / "files"


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker) -> Iterator[None]:
    """Fill the test database with the sample world."""
    _point_to(FOLDER)
    with django_db_blocker.unblock():
        from testamur.sample import world

        assert world.make_if_absent()
    yield
    shutil.rmtree(FOLDER, ignore_errors=True)


@pytest.fixture(autouse=True)
def own_folders(settings) -> None:
    """Let tests see the world's files, keys and public site."""
    settings.PUBLIC_DIR = FOLDER / "public"
    settings.KEYS_DIR = FOLDER / "keys"
    settings.FILES_DIR = FOLDER / "files"
