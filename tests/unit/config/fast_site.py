"""A server process of a test, worked by lines: its WSGI application is asked, and rows are written, one at a time.

Each line is a JSON list, a verb and its arguments; each answer is a line of JSON.
"""

from __future__ import annotations

import io
import json
import os
import sys
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).resolve().parents[2]), str(Path(__file__).resolve().parents[3] / "src")]
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "testamur.config.settings")


class Site:
    """One server process."""

    def __init__(self) -> None:
        from testamur.config import wsgi

        self.application, self.long = wsgi.application, 0
        framework = self.application.application

        def counted(*arguments: Any) -> Any:
            self.long += 1
            return framework(*arguments)

        self.application.application = counted

    def ask(self, path: str, **headers: str) -> dict[str, Any]:
        """Ask by WSGI; ``long`` says whether the framework was needed."""
        before, started = self.long, {}
        path, _mark, query = path.partition("?")
        environ = {
            "REQUEST_METHOD": "GET", "PATH_INFO": path.encode().decode("latin-1"), "QUERY_STRING": query,
            "SERVER_NAME": "127.0.0.1", "SERVER_PORT": "8000", "HTTP_HOST": "127.0.0.1:8000",
            "REMOTE_ADDR": "127.0.0.1", "wsgi.url_scheme": "http", "wsgi.input": io.BytesIO(),
            "wsgi.errors": sys.stderr,
            "SERVER_PROTOCOL": "HTTP/1.1", "SCRIPT_NAME": "", **headers,
        }  # fmt: skip

        def start(status: str, fields: list[tuple[str, str]], *_rest: Any) -> None:
            started.update(status=int(status[:3]), headers={name.lower(): value for name, value in fields})

        body = self.application(environ, start)
        content = b"".join(body).decode()
        getattr(body, "close", lambda: None)()
        return {**started, "body": content, "long": self.long > before}

    def make(self) -> str:
        """Write a certificate and a record of a source; return the id of the certificate."""
        from datetime import date

        from small_world import World, organisation
        from told_world import deliver, source

        world = World()
        world.licence()
        made = world.certificate(number="Q-100")
        issuer = organisation("Issuer")
        deliver(source(issuer), issuer, date(2026, 3, 1), [{"key": "S-1", "number": "S/1 证",
                                                              "effective_on": date(2026, 1, 1)}])  # fmt: skip
        return made.public_id

    def withdraw(self, public_id: str) -> None:
        """Withdraw a certificate."""
        from testamur.kernel import clock
        from testamur.register.models import Attestation, StatusChange
        from testamur.register.writing import write_current

        one = Attestation.objects.get(public_id=public_id)
        StatusChange.objects.create(attestation=one, status="withdrawn", effective_at=clock.now())
        write_current(one)

    def deliver(self, day: str) -> None:
        """Deliver a list without the record."""
        from datetime import date

        from testamur.register.models import Source
        from told_world import deliver

        told = Source.objects.get()
        deliver(told, told.attestations.get().issuer, date.fromisoformat(day), [])

    def migrate(self) -> None:
        """Make the tables, without walking through their history."""
        from django.apps import apps
        from django.conf import settings
        from django.core.management import call_command

        settings.MIGRATION_MODULES = {app.label: None for app in apps.get_app_configs()}
        call_command("migrate", run_syncdb=True, verbosity=0)


if __name__ == "__main__":
    site = Site()
    for line in sys.stdin:
        verb, arguments, named = json.loads(line)
        print(json.dumps(getattr(site, verb)(*arguments, **named)), flush=True)
