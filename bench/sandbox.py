"""An installation of its own in a temporary folder, for the measurements that need pages and a database on disk."""

from __future__ import annotations

import importlib
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

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
        importlib.import_module("testamur.config.wsgi")  # what a server does before its first request
        call_command("migrate", verbosity=0)
        yield Path(folder)


def durations(ask: Callable[[], object], times: int = TIMES) -> list[float]:
    """Return how long each of many warm runs takes, seconds."""
    return [one for one, _cpu in timed(ask, times)]


def timed(ask: Callable[[], object], times: int = TIMES) -> list[tuple[float, float]]:
    """Return (duration, processor time) of each of many warm runs, seconds; the second ignores who else is running."""
    for _ in range(WARM):
        ask()
    found = []
    for _ in range(times):
        began, worked = time.perf_counter(), time.process_time()
        ask()
        found.append((time.perf_counter() - began, time.process_time() - worked))
    return found


class Visitor:
    """A client whose every request comes from another address: the wall against copying is not what is measured."""

    def __init__(self, client: Any) -> None:
        self.client, self.count = client, 0

    def get(self, address: str, query: dict[str, str] | None = None) -> None:
        """Ask for a page; anything but 200 ends the measurement."""
        self.count += 1
        from_address = f"10.{self.count // 65536 % 256}.{self.count // 256 % 256}.{self.count % 256}"
        answer = self.client.get(address, query or {}, REMOTE_ADDR=from_address)
        if answer.status_code != 200:
            raise SystemExit(f"bench: {address} answers {answer.status_code}")


def page(what: str, client: Any, address: str, budget: str, limit: float, times: int = TIMES) -> Figure:
    """Measure a page's p95 in the process, beside the p95 of an empty view under the same middleware (seconds)."""
    visitor = Visitor(client)
    return of_pages(what, timed(lambda: visitor.get(address), times), budget, limit)


def of_pages(what: str, found: list[tuple[float, float]], budget: str, limit: float) -> Figure:
    """Return the p95 of pages, with what shows how far the machine was busy with other things."""
    took, worked = [one for one, _cpu in found], [cpu for _one, cpu in found]
    return Figure(
        what, percentile(took, 0.95) * 1000, "ms", budget,
        f"p50 {percentile(took, 0.5) * 1000:.0f} ms, of it processor {percentile(worked, 0.5) * 1000:.0f} ms; "
        f"empty view p95 {limit * 1000:.1f} ms",
    )  # fmt: skip


def empty_view() -> float:
    """Return the p95 of a view that does nothing, under the middleware of the platform; seconds."""
    from django.test import Client, override_settings

    with override_settings(ROOT_URLCONF="bench.empty"):
        client = Client(headers={"host": "127.0.0.1:8000"})
        return percentile(durations(lambda: client.get("/")), 0.95)
