"""A cosigner over HTTP: ``POST /add-checkpoint`` of C2SP tlog-witness, its key, and what it saw of each log."""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from testamur.verification.witness import REQUEST_MOST, Answer, Witness, memory_name

#: Seconds a client may take for one request.
PATIENCE = 10


def server(witness: Witness, host: str, port: int) -> ThreadingHTTPServer:
    """Return a server that listens already; port 0 takes any free one (``server_address`` says which).

    Paths: ``/add-checkpoint`` (POST); ``/key`` the verifier key; ``/checkpoint/<name>`` the newest checkpoint seen of
    a log, ``name`` as :func:`testamur.verification.witness.memory_name` makes it.
    """
    notes = {f"/checkpoint/{memory_name(origin)}": origin for origin in witness.logs}

    class Handler(BaseHTTPRequestHandler):
        timeout = PATIENCE
        server_version = "testamur-cosigner"
        sys_version = ""

        def do_POST(self) -> None:
            if self.path.rstrip("/") != "/add-checkpoint":
                return self._answer(Answer(404, "POST /add-checkpoint\n"))
            length = self.headers.get("Content-Length", "")
            if not length.isdigit() or int(length) > REQUEST_MOST:
                return self._answer(Answer(400, "the request has no length, or is too large\n"))
            self._answer(witness.add_checkpoint(self.rfile.read(int(length))))

        def do_GET(self) -> None:
            if self.path == "/key":
                return self._answer(Answer(200, f"{witness.key}\n"))
            seen = witness.seen_note(notes[self.path]) if self.path in notes else None
            if seen is None:
                return self._answer(Answer(404, "nothing here\n"))
            self._answer(Answer(200, seen))

        def _answer(self, answer: Answer) -> None:
            body = answer.body.encode()
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.type)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Write nothing: who asks is no business of a log file."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        allow_reuse_address = True

    return Server((host, port), Handler)
