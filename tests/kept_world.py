"""A world that is built once for all tests of a module; what each test writes is taken back before the next one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import pytest

World = TypeVar("World")


def folders_below(folder: Path) -> dict[str, Path]:
    """Return the settings that name where files, keys and the public site lie."""
    return {"PUBLIC_DIR": folder / "public", "KEYS_DIR": folder / "keys", "FILES_DIR": folder / "files"}


@contextmanager
def kept(blocker: Any, folder: Path, make: Callable[[], World]) -> Iterator[World]:
    """Build a world in a transaction that is never committed: each test works in a savepoint of its own within it."""
    from django.conf import settings
    from django.db import transaction

    from testamur.kernel import clock

    before = {name: getattr(settings, name) for name in folders_below(folder)}
    for name, path in folders_below(folder).items():
        setattr(settings, name, path)
    clock.permit_travel(True)
    try:
        with blocker.unblock(), transaction.atomic():
            yield make()
            transaction.set_rollback(True)
    finally:
        for name, path in before.items():
            setattr(settings, name, path)


def world_fixture(make: Callable[[], Any]) -> Any:
    """Return the fixture ``kept_world`` of a package of tests: module-wide, built by ``make``."""

    @pytest.fixture(scope="module")
    def kept_world(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: Any) -> Iterator[Any]:
        with kept(django_db_blocker, tmp_path_factory.mktemp("world"), make) as world:
            yield world

    return kept_world
