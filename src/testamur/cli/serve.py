"""Serve the pages and the API, and do the background work beside them.

One web process with threads (two with granian) and one worker process, started and stopped together. The address is
TESTAMUR_BIND; the platform's settings are variables of the environment (docs/reference/settings.md).
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys


def main(argv: list[str]) -> int:
    """Serve until stopped by a signal."""
    parser = argparse.ArgumentParser(prog="testamur serve", description=__doc__)
    parser.add_argument(
        "--threads", type=int, default=None,
        help="requests that one process answers at a time (default 8, with granian 1)",
    )  # fmt: skip
    parser.add_argument(
        "--processes", type=int, default=2, help="processes of granian, about 200 MB each (default 2); gunicorn has one"
    )  # fmt: skip
    parser.add_argument(
        "--server", choices=("gunicorn", "granian"), default="gunicorn",
        help="granian (testamur[fast]) answers verifications several times as fast; default gunicorn",
    )  # fmt: skip
    parser.add_argument("--no-worker", action="store_true", help="background work runs elsewhere (`testamur worker`)")
    options = parser.parse_args(argv)
    from testamur.cli import django

    django()
    static()
    # Granian reads and writes apart from them, so a thread waits for no caller; two in one process would only wait for
    # each other, and a slow page in one of two processes leaves the other.
    threads = options.threads or (1 if options.server == "granian" else 8)
    return serve(
        threads=threads, worker=not options.no_worker, server=options.server, processes=max(1, options.processes)
    )


def static() -> None:
    """Copy static files to where they are served from, unless none has changed since the last time."""
    from django.conf import settings
    from django.core.management import call_command

    if settings.DEBUG:
        return
    stamp = settings.STATIC_ROOT / ".stamp"
    seen = static_sum()
    if stamp.is_file() and stamp.read_text() == seen:
        return
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    call_command("collectstatic", interactive=False, verbosity=0, clear=True)
    stamp.write_text(seen)


def static_sum() -> str:
    """Return a short digest over name, size and time of every static file."""
    import hashlib

    from django.contrib.staticfiles.finders import get_finders

    digest = hashlib.sha256()
    for finder in get_finders():
        for path, storage in finder.list([]):
            file = os.stat(storage.path(path))
            digest.update(f"{path} {file.st_size} {file.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def serve(*, threads: int, worker: bool, server: str = "gunicorn", processes: int = 1) -> int:
    """Run the web server in this process and the worker in a child that ends with it."""
    from django.conf import settings

    from testamur.cli import names

    child = None
    if worker and "worker" in names():
        child = subprocess.Popen([sys.executable, "-m", "testamur.cli", "worker"])
    try:
        if server == "granian":
            return granian(settings.BIND, threads, processes)
        return gunicorn(settings.BIND, threads)
    finally:
        if child is not None:
            child.terminate()
            try:
                child.wait(timeout=10)
            except subprocess.TimeoutExpired:
                child.kill()


def gunicorn(bind: str, threads: int) -> int:
    """Start gunicorn on one address; returns when it has been told to stop."""
    from gunicorn.app.base import BaseApplication

    class Server(BaseApplication):  # type: ignore[misc]
        def load_config(self) -> None:
            for key, value in {
                "bind": bind,
                "workers": 1,
                "worker_class": "gthread",
                "threads": threads,
                "timeout": 60,
                "graceful_timeout": 10,
                "loglevel": "warning",
                "accesslog": None,  # addresses of visitors are not kept
                "control_socket_disable": True,
            }.items():
                if key in self.cfg.settings:
                    self.cfg.set(key, value)

        def load(self):  # type: ignore[no-untyped-def]
            from testamur.config.wsgi import application

            return application

    try:
        Server().run()
    except SystemExit as stopped:
        return int(stopped.code or 0)
    return 0


def granian(bind: str, threads: int, processes: int) -> int:
    """Start Granian on one address; returns when it has been told to stop.

    HTTP is read by compiled code, which leaves a verification little more than its one question to the database.
    """
    try:
        from granian.constants import Interfaces
        from granian.server import Server
    except ModuleNotFoundError:
        print("testamur serve: Granian is not installed; `pip install testamur[fast]`.", file=sys.stderr)
        return 2
    host, _colon, port = bind.rpartition(":")
    Server(
        "testamur.config.wsgi:application",
        address=host.strip("[]"),
        port=int(port),
        interface=Interfaces.WSGI,
        workers=processes,
        blocking_threads=threads,
        log_access=False,  # addresses of visitors are not kept
        log_enabled=False,
        websockets=False,
    ).serve()
    return 0
