"""An installation of its own in a temporary folder, for the measurements that need pages and a database on disk."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.figures import Figure, percentile

TIMES = 200  # requests of one page
WARM = 5  # requests before that, not counted


@contextmanager
def installation() -> Iterator[Path]:
    """Set up and migrate an empty sample installation on SQLite on disk; it is removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="testamur-bench-") as folder:
        os.environ.update(
            TESTAMUR_VAR=folder,
            TESTAMUR_SAMPLE="1",
            TESTAMUR_BIND="127.0.0.1:8000",
            TESTAMUR_ORIGIN="http://127.0.0.1:8000",
            TESTAMUR_HOST="sample.testamur.example",
            TESTAMUR_DATABASE_URL=f"sqlite:///{folder}/bench.sqlite3",
            TESTAMUR_SECRET_KEY="only-for-a-measurement-and-therefore-no-secret",
            TESTAMUR_LOG_LEVEL="CRITICAL",
            DJANGO_SETTINGS_MODULE="testamur.config.settings",
        )
        import django
        from django.conf import settings
        from django.core.management import call_command

        (Path(folder) / "static").mkdir()
        # The names of collected files need a collection step, which is no part of what is measured.
        settings.STORAGES = {
            **settings.STORAGES,
            "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
        }
        django.setup()
        call_command("migrate", verbosity=0)
        yield Path(folder)


def durations(ask: Callable[[], object], times: int = TIMES) -> list[float]:
    """Return how long each of many warm runs takes, seconds."""
    for _ in range(WARM):
        ask()
    found = []
    for _ in range(times):
        began = time.perf_counter()
        ask()
        found.append(time.perf_counter() - began)
    return found


def page(what: str, client: object, address: str, budget: str, limit: float, times: int = TIMES) -> Figure:
    """Measure a page's p95 in the process, beside the p95 of an empty view under the same middleware (seconds)."""
    from django.core.cache import cache

    def ask() -> None:
        answer = client.get(address)  # type: ignore[attr-defined]
        if answer.status_code == 429:
            cache.clear()  # the wall against copying everything is not what is measured
        elif answer.status_code != 200:
            raise SystemExit(f"bench: {address} answers {answer.status_code}")

    cache.clear()
    found = durations(ask, times)
    return Figure(
        what, percentile(found, 0.95) * 1000, "ms", budget,
        f"p50 {percentile(found, 0.5) * 1000:.1f} ms; empty view p95 {limit * 1000:.2f} ms",
    )  # fmt: skip


def empty_view() -> float:
    """Return the p95 of a view that does nothing, under the middleware of the platform; seconds."""
    from django.test import Client, override_settings

    with override_settings(ROOT_URLCONF="bench.empty"):
        client = Client(headers={"host": "127.0.0.1:8000"})
        return percentile(durations(lambda: client.get("/")), 0.95)
