"""What every test stands on: a sample installation in a temporary folder, on the database that the environment names.

Without ``TESTAMUR_DATABASE_URL`` the database is SQLite in memory; ``tools/postgres.py`` runs the same tests on
PostgreSQL. No test reaches the network.
"""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

# Playwright keeps an event loop running in the test's thread; Django then believes it is in an async function.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

import pytest
from hypothesis import settings as hypothesis

# A property is right or wrong; how fast the machine finds out is no matter of a test.
hypothesis.register_profile("testamur", deadline=None)
hypothesis.load_profile("testamur")


def pytest_configure(config: pytest.Config) -> None:
    """Plain files instead of named-by-digest ones: a test must not depend on a collection step."""
    from django.conf import settings

    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    settings.WHITENOISE_AUTOREFRESH = True
    settings.WHITENOISE_USE_FINDERS = True
    settings.STATIC_ROOT = None
    # A password's cost belongs to an attacker, not to every test that signs somebody in.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--of-the-database", action="store_true", help="Only tests that ask the database; others say the same on any."
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--of-the-database"):
        return
    left = [one for one in items if not _asks_the_database(one)]
    config.hook.pytest_deselected(items=left)
    items[:] = [one for one in items if _asks_the_database(one)]


def _asks_the_database(item: pytest.Item) -> bool:
    wanted = {"db", "transactional_db", "django_db_setup", "live_server"}
    return item.get_closest_marker("django_db") is not None or bool(wanted & set(getattr(item, "fixturenames", ())))


def pytest_unconfigure(config: pytest.Config) -> None:
    shutil.rmtree(os.environ["TESTAMUR_VAR"], ignore_errors=True)


@pytest.fixture(autouse=True)
def own_folders(settings, tmp_path: Path) -> None:
    """Give each test its own files, keys and public site."""
    settings.PUBLIC_DIR = tmp_path / "public"
    settings.KEYS_DIR = tmp_path / "keys"
    settings.FILES_DIR = tmp_path / "files"
    settings.OPEN_DATA_DIR = tmp_path / "open-data"


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Refuse connections to anything but this machine."""
    connect = socket.socket.connect

    def only_here(self: socket.socket, address: object) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and isinstance(address, tuple):
            host = str(address[0])
            if not (host.startswith("127.") or host in {"localhost", "::1"}):
                raise AssertionError(f"A test tried to reach {host}; tests use what is on this machine.")
        connect(self, address)  # type: ignore[arg-type]

    monkeypatch.setattr(socket.socket, "connect", only_here)
    yield
