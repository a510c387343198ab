"""The short way in front of the framework for the one question that shop floors and customs ask thousands of times.

``GET /api/v1/verifications/{number}`` without anything further is answered from the signed answers that are kept
(``register.answering.kept``), after one prepared question on a connection of its own has told that nothing in them
changed; on SQLite the number of the file's version spares that question while nobody writes. Everything else, and
whatever goes wrong here, goes the long way: it gives the same answer, from the same function. Header fields are those
that the long way gave to the same question before, so that none is forgotten here.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.conf import settings
from django.db import connection

from testamur.kernel import clock, days

PREFIX = "/api/v1/verifications/"
#: Header fields of a request that make it another question than the plain one.
OTHER = frozenset({"HTTP_COOKIE", "HTTP_AUTHORIZATION", "HTTP_IF_MODIFIED_SINCE", "HTTP_RANGE"})
#: Parameters of the framework's connection that say how it works with it, not where it is.
NOT_THE_SERVERS = frozenset({"context", "cursor_factory", "prepare_threshold", "server_side_binding", "autocommit"})
#: Header fields of an answer that are of this answer alone.
OWN = frozenset({"content-length", "etag", "ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"})

#: Bytes of the SQLite file that a thread's own connection maps: a national register whole.
MAPPED_MOST = 32 * 1024**3
#: Answers of which one thread remembers that they were compared since anything was written.
COMPARED_MOST = 50_000
#: Ways of asking whose header fields are kept.
WAYS_MOST = 64

Headers = list[tuple[str, str]]
Start = Callable[..., Any]
Application = Callable[[dict[str, Any], Start], Iterable[bytes]]

log = logging.getLogger("testamur.fast")


class FastPath:
    """A WSGI application that answers plain verifications itself and hands on all else."""

    def __init__(self, application: Application) -> None:
        self.application = application
        # Not before the framework has read its settings, and not for each request either.
        from testamur.api.access import TABLE
        from testamur.parties.allowance import address_of, counts
        from testamur.register.answering import kept

        self._take, self._address, self._kept = counts.take, address_of, kept
        self._limit = TABLE[("GET", "/verifications/{path:number}")].a_minute
        self._learnt: dict[tuple[str, str, str], Headers] = {}
        self._own = threading.local()
        self._asks: Callable[[], Callable[[str, Sequence[Any]], Sequence[Any]]] | None = {
            "sqlite": self._sqlite, "postgresql": self._postgresql,
        }.get(connection.vendor)  # fmt: skip
        if "memory" in str(settings.DATABASES["default"]["NAME"]) and connection.vendor == "sqlite":
            self._asks = None  # a database in the memory of one connection has no second one

    def __call__(self, environ: dict[str, Any], start_response: Start) -> Iterable[bytes]:
        number = self._number(environ)
        if number is None:
            return self.application(environ, start_response)
        # What an answer carries depends on how it is asked for in these alone.
        way = (environ.get("wsgi.url_scheme", ""), environ.get("HTTP_X_FORWARDED_PROTO", ""),
               environ.get("HTTP_HOST", ""))  # fmt: skip
        learnt = self._learnt.get(way)
        if learnt is None:
            return self.application(environ, self._learning(way, start_response))
        try:
            answered = self._answer(number, environ)
        except Exception as error:  # whatever it is: the long way answers, or says what is wrong
            log.warning("the short way failed and the long one answers: %s", type(error).__name__)
            self._own.__dict__.clear()
            return self.application(environ, start_response)
        if answered is None:
            return self.application(environ, start_response)
        body, etag, allowance = answered
        headers = [*learnt, ("ETag", etag), *allowance]
        if _same(environ.get("HTTP_IF_NONE_MATCH", ""), etag):
            start_response("304 Not Modified", [one for one in headers if one[0].lower() != "content-type"])
            return [b""]
        start_response("200 OK", [*headers, ("Content-Length", str(len(body)))])
        return [body]

    def _number(self, environ: dict[str, Any]) -> str | None:
        """Return the number of a plain verification; None for every other request."""
        path: str = environ.get("PATH_INFO", "")
        if (
            not path.startswith(PREFIX)
            or self._asks is None
            or environ["REQUEST_METHOD"] != "GET"
            or environ.get("QUERY_STRING")
            or not OTHER.isdisjoint(environ)
        ):
            return None
        try:
            number = path[len(PREFIX) :].encode("latin-1").decode()
        except UnicodeError:
            return None
        return number if 0 < len(number) <= 120 and "\0" not in number else None

    def _answer(self, number: str, environ: dict[str, Any]) -> tuple[bytes, str, Iterable[tuple[str, str]]] | None:
        taken = self._take("verify_number", self._address(environ), self._limit)
        if not taken.allowed:
            return None
        assert self._asks is not None
        ask, own, kept = self._asks(), self._own, self._kept
        # Before the answer is compared: what is written meanwhile changes the mark and is seen the next time.
        mark = own.written()
        if mark is None or mark != own.mark or len(own.compared) > COMPARED_MOST:
            own.mark, own.compared = mark, {}
        known, now = own.compared.get(number), clock.now()
        found = kept.unchanged(number, known, now.timestamp()) if known is not None else None
        if found is None:
            found = kept.answers(number, ask)
            if mark is not None:
                own.compared[number] = found.etag
        return kept.plain_envelope(number, days.iso(now), found.body), found.etag, taken.headers().items()

    def _learning(self, way: tuple[str, str, str], start_response: Start) -> Start:
        """Return a ``start_response`` that keeps the header fields of a good answer."""

        def start(status: str, headers: Headers, *rest: Any) -> Any:
            if status.startswith("200"):
                if len(self._learnt) >= WAYS_MOST:  # whoever makes up ways keeps nobody else from being learnt
                    self._learnt.clear()
                self._learnt[way] = [one for one in headers if one[0].lower() not in OWN]
            return start_response(status, headers, *rest)

        return start

    # ------------------------------------------------------------ connections, one for each thread

    def _sqlite(self) -> Callable[[str, Sequence[Any]], Sequence[Any]]:
        own = self._own
        if not hasattr(own, "ask"):
            place = f"file:{settings.DATABASES['default']['NAME']}?mode=ro"
            opened = sqlite3.connect(place, uri=True, isolation_level=None, timeout=5, cached_statements=16)
            # Pages are read where the system has them, without a call for each; the memory is the system's, not ours.
            opened.execute(f"PRAGMA mmap_size={MAPPED_MOST}")
            own.spelled = {}

            def ask(sql: str, values: Sequence[Any]) -> Sequence[Any]:
                spelled = own.spelled.get(sql)
                if spelled is None:
                    spelled = own.spelled[sql] = sql.replace("%s", "?")
                return opened.execute(spelled, values).fetchall()

            def written() -> int:
                # Another number as soon as any other connection has committed anything to the file.
                number: int = opened.execute("PRAGMA data_version").fetchone()[0]
                return number

            own.opened, own.ask, own.written, own.mark, own.compared = opened, ask, written, None, {}
        found: Callable[[str, Sequence[Any]], Sequence[Any]] = own.ask
        return found

    def _postgresql(self) -> Callable[[str, Sequence[Any]], Sequence[Any]]:
        own = self._own
        if not hasattr(own, "ask"):
            import psycopg

            # The framework's own parameters, so that the same server is reached in the same way.
            given = connection.get_connection_params()
            known = {name: value for name, value in given.items() if name not in NOT_THE_SERVERS}
            opened = psycopg.connect(**known, autocommit=True, prepare_threshold=0)

            def ask(sql: str, values: Sequence[Any]) -> Sequence[Any]:
                return opened.execute(sql, values).fetchall()

            # The server tells of no such number for less than the question itself costs.
            own.opened, own.ask, own.written, own.mark, own.compared = opened, ask, lambda: None, None, {}
        found: Callable[[str, Sequence[Any]], Sequence[Any]] = own.ask
        return found


def _same(asked: str, etag: str) -> bool:
    """Say whether a caller has this answer already (RFC 9110, 13.1.2: weak comparison)."""
    if not asked:
        return False
    bare = etag.removeprefix("W/")
    return asked.strip() == "*" or any(one.strip().removeprefix("W/") == bare for one in asked.split(","))
