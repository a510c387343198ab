"""An installation on disk for processes that are killed or that race: built once, copied back, forked from.

Run by the tests as a process of its own, because the tests' own process has threads and a database in memory.
"""

from __future__ import annotations

import json
import os
import pickle
import shutil
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

TESTS = Path(__file__).resolve().parent.parent


class Installation:
    """A migrated sample installation below ``home``, on SQLite there or in a database of its own on a server.

    Args:
        home: an empty folder.
        server: ``postgresql://…`` of a server where databases may be made, "" for SQLite.
    """

    def __init__(self, home: Path, server: str = "") -> None:
        self.home, self.server = home, server
        self.here, self.kept = home / "run", home / "kept"
        self.here.mkdir(parents=True)
        self.name = f"run_{os.getpid()}"
        url = f"sqlite:///{self.here / 'db.sqlite3'}"
        if server:
            self._on_server(f"CREATE DATABASE {self.name}")
            url = f"{server.rpartition('/')[0]}/{self.name}"
        os.environ.update(
            TESTAMUR_VAR=str(self.here),
            TESTAMUR_SAMPLE="1",
            TESTAMUR_BIND="127.0.0.1:8000",
            TESTAMUR_ORIGIN="http://127.0.0.1:8000",
            TESTAMUR_HOST="sample.testamur.example",
            TESTAMUR_SECRET_KEY="only-for-tests-and-therefore-no-secret-at-all",
            TESTAMUR_LOG_LEVEL="CRITICAL",
            TESTAMUR_DATABASE_URL=url,
            TESTAMUR_LOG_POLICY=str(self.here / "log-policy"),
            DJANGO_SETTINGS_MODULE="testamur.config.settings",
        )
        sys.path.insert(0, str(TESTS))
        import django
        from django.apps import apps
        from django.conf import settings
        from django.core.management import call_command

        django.setup()
        # Tables as the models say: other tests prove that migrations end there, and they take a minute.
        settings.MIGRATION_MODULES = {app.label: None for app in apps.get_app_configs()}
        call_command("migrate", run_syncdb=True, verbosity=0)

    def keep(self) -> None:
        """Remember the installation as it is now, for :meth:`restore`."""
        self._let_go()
        shutil.rmtree(self.kept, ignore_errors=True)
        shutil.copytree(self.here, self.kept)
        if self.server:
            self._on_server(f"CREATE DATABASE {self.name}_kept TEMPLATE {self.name}")

    def restore(self) -> None:
        """Put back what was kept."""
        self._let_go()
        shutil.rmtree(self.here)
        shutil.copytree(self.kept, self.here)
        if self.server:
            # Whoever was killed may still be a session of the server for a moment.
            self._on_server(
                f"DROP DATABASE {self.name} WITH (FORCE)", f"CREATE DATABASE {self.name} TEMPLATE {self.name}_kept"
            )

    def remove(self) -> None:
        """Remove the databases from the server."""
        self._let_go()
        if self.server:
            for name in (self.name, f"{self.name}_kept"):
                self._on_server(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def fork(self, work: Callable[[], Any]) -> int:
        """Run work in a child of this warmed process; returns its process id."""
        self._let_go()
        sys.stdout.flush()
        child = os.fork()
        if child:
            return child
        status = 1
        try:
            told: Any = work()
            (self.home / f"told-{os.getpid()}").write_bytes(pickle.dumps(told))
            status = 0
        except BaseException:
            (self.home / f"failed-{os.getpid()}").write_text(traceback.format_exc())
        finally:
            os._exit(status)

    def told_by(self, child: int) -> Any:
        """Wait for a child and return what its work returned; None where it was killed.

        Raises:
            AssertionError: its work failed; the message is its trace.
        """
        _pid, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
            return None
        if status:
            raise AssertionError((self.home / f"failed-{child}").read_text())
        path = self.home / f"told-{child}"
        told = pickle.loads(path.read_bytes())
        path.unlink()
        return told

    def _let_go(self) -> None:
        from django.db import connections

        connections.close_all()

    def _on_server(self, *statements: str) -> None:
        import psycopg

        parts = urlsplit(self.server)
        with psycopg.connect(
            host=parts.hostname, port=parts.port, user=parts.username, password=parts.password,
            dbname=parts.path.lstrip("/"), autocommit=True,
        ) as connection:  # fmt: skip
            for statement in statements:
                connection.execute(statement)  # type: ignore[arg-type]


def run(module: str, home: Path, **options: Any) -> dict[str, Any]:
    """Run a module of this folder as a process of its own and return what it prints as JSON.

    Raises:
        AssertionError: it failed; the message is what it wrote.
    """
    import subprocess

    server = os.environ.get("TESTAMUR_DATABASE_URL", "")
    options |= {"home": str(home), "server": server if server.startswith("postgres") else ""}
    done = subprocess.run(
        [sys.executable, "-m", f"endurance.{module}", json.dumps(options)],
        cwd=TESTS, text=True, capture_output=True, check=False,
        env={name: value for name, value in os.environ.items() if not name.startswith("TESTAMUR_")},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-6000:]
    return dict(json.loads(done.stdout.splitlines()[-1]))
