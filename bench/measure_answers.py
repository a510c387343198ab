"""Verifications by number: kept and first answers and batches in the process, and over HTTP beside nginx and Datasette.

``python -m bench answers``. nginx serves a file of the size of an answer, on loopback, with two workers as the platform
has; the two are asked in turns by wrk. Where nginx, wrk, Granian or Datasette is missing it says so. Rates in the
process are taken in processor time, because the machine is shared. ``TESTAMUR_BENCH_RECORDS`` sets the size (200,000).
"""

from __future__ import annotations

import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from bench.figures import Figure

RECORDS = int(os.environ.get("TESTAMUR_BENCH_RECORDS", "200000"))
BATCH = 10_000
SECONDS = 1.5  # each rate in the process is taken over about this long
ROUNDS, ROUND = 3, 2  # rounds over HTTP, seconds of each
V1 = "/api/v1/verifications/"


def figures() -> list[Figure]:
    """Write records of a source, then measure answers about them in the process and over HTTP."""
    with tempfile.TemporaryDirectory(prefix="testamur-bench-") as folder:
        _install(Path(folder))
        _write(RECORDS)
        return [*_in_process(Path(folder)), *_over_http(Path(folder))]


def _install(folder: Path) -> None:
    """Make the tables in a new file, without walking through their history."""
    os.environ.update(
        TESTAMUR_VAR=str(folder), TESTAMUR_SAMPLE="1", TESTAMUR_BIND="127.0.0.1:8000",
        TESTAMUR_ORIGIN="http://127.0.0.1:8000", TESTAMUR_HOST="sample.testamur.example",
        TESTAMUR_DATABASE_URL=f"sqlite:///{folder}/bench.sqlite3", TESTAMUR_LOG_LEVEL="CRITICAL",
        TESTAMUR_SECRET_KEY="only-for-a-measurement-and-therefore-no-secret",
        TESTAMUR_VERIFICATIONS_A_MINUTE="1000000000", DJANGO_SETTINGS_MODULE="testamur.config.settings",
    )  # fmt: skip
    import django
    from django.apps import apps
    from django.conf import settings
    from django.core.management import call_command

    django.setup()
    settings.MIGRATION_MODULES = {app.label: None for app in apps.get_app_configs()}
    call_command("migrate", run_syncdb=True, verbosity=0)


def _write(records: int) -> None:
    """Write the first list of the synthetic country as a delivery that was committed."""
    from django.db import transaction
    from django.utils import timezone

    from testamur.parties.models import Organisation
    from testamur.register.models import Attestation, Current, Delivery, Mapping, Source
    from testamur.register.words import number_key
    from testamur.sample.country import Country

    country = Country(records, seed=1, deliveries=1)
    names = {"en": "Synthetic country", "zh": "合成国家"}
    source = Source.objects.create(key="sample-country", origin="mirrored", names=names)
    mapping = Mapping.objects.create(source=source, version=1, body={}, digest="0" * 64)
    now = timezone.now()
    delivery = Delivery.objects.create(
        source=source, mapping=mapping, as_of=date(2026, 1, 1), whole=True, state="committed", committed_at=now
    )
    issuers = [
        Organisation.objects.create(names={"en": one["name_en"], "zh": one["name_zh"]}, country="CN", sample=True)
        for one in map(country.body, range(country.bodies))
    ]
    for first in range(0, records, 5_000):
        rows = [row for number in range(first, min(first + 5_000, records)) if (row := country.life(number)[0])]
        with transaction.atomic():
            made = Attestation.objects.bulk_create(
                Attestation(
                    issuer=issuers[hash(row["number"][:4]) % len(issuers)], scheme_id_text=row["scheme"], source=source,
                    origin="mirrored", origin_name=source.key, origin_key=row["key"], sample=True,
                )
                for row in rows
            )  # fmt: skip
            Current.objects.bulk_create(
                Current(
                    attestation=one, number=row["number"], number_key=number_key(row["number"]),
                    holder_text=row["holder"], issuer=one.issuer, scheme=row["scheme"], status=row["status"],
                    effective_on=date.fromisoformat(row["valid_from"]), changed_at=now, since=delivery.as_of,
                    expires_on=date.fromisoformat(row["valid_until"]), standards=row["standard"], delivery=delivery,
                    said={"parties": [{"role": "holder", "names": {"zh": row["holder"]}, "country": "CN"}],
                          "statement": {"zh": row["scope"]}, "requirements": [{"designation": row["standard"]}],
                          "rests_on": [{"kind": "accreditation", "key": row["accreditation"] or "none"}]},
                )
                for one, row in zip(made, rows, strict=True)
            )  # fmt: skip


def _numbers() -> list[str]:
    from testamur.register.models import Current

    rows = Current.objects.order_by("attestation_id").values_list("number", flat=True)
    step = max(1, rows.count() // 20_000)
    return list(rows[::step])


# ------------------------------------------------------------ in the process


def _in_process(folder: Path) -> list[Figure]:
    import sqlite3

    from testamur.keys.signer import MemorySigner
    from testamur.register import dependants
    from testamur.register.answering import kept

    numbers = _numbers()
    signer = MemorySigner.generate(sample=True)
    signs = _rate(lambda _n: signer.sign(bytes(1024)), numbers)
    raw = sqlite3.connect(f"file:{folder}/bench.sqlite3?mode=ro", uri=True)
    select = "SELECT attestation_id, status FROM register_current WHERE number_key = ?"
    points = _rate(lambda number: raw.execute(select, (number,)).fetchall(), numbers)
    application = _application()
    application(numbers[0])
    first = _rate(application, numbers[1:])
    warm_numbers = list(dict.fromkeys(numbers[1:]))[:2_000]
    for number in warm_numbers:
        application(number)
    warm = _rate(application, warm_numbers)
    size = len(kept.answers(numbers[1]).body)
    return [
        Figure("raw point select of SQLite", points, "/s"),
        Figure("raw Ed25519 signature", signs, "/s"),
        Figure("kept answer, whole WSGI call", warm, "/s", "", f"{warm / points:.0%} of the raw select; {size:,} B"),
        Figure("first answer, whole WSGI call", first, "/s", "", f"{first / signs:.0%} of the raw signature"),
        *_batch(numbers),
        *_fall_out(dependants),
    ]


def _application() -> Callable[[str], None]:
    """Return a plain verification by WSGI: it ends the measurement where it is not answered."""
    from testamur.config.wsgi import application

    def ask(number: str) -> None:
        environ = {
            "REQUEST_METHOD": "GET", "PATH_INFO": V1 + number, "QUERY_STRING": "", "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "8000", "HTTP_HOST": "127.0.0.1:8000", "REMOTE_ADDR": "127.0.0.1", "SCRIPT_NAME": "",
            "wsgi.url_scheme": "http", "wsgi.input": sys.stdin.buffer, "wsgi.errors": sys.stderr,
            "SERVER_PROTOCOL": "HTTP/1.1",
        }  # fmt: skip
        status: list[str] = []
        body = b"".join(application(environ, lambda line, *_rest: status.append(line)))
        if not status[0].startswith("200") or b'"signature"' not in body:
            raise SystemExit(f"bench: {number} answers {status[0]}")

    return ask


def _rate(work: Callable[[str], Any], numbers: list[str]) -> float:
    """Return runs per second of processor time."""
    began, done = time.process_time(), 0
    while (spent := time.process_time() - began) < SECONDS and done < len(numbers):
        for number in numbers[done : done + 50]:
            work(number)
        done += 50
    return min(done, len(numbers)) / max(spent, 1e-9)


def _batch(numbers: list[str]) -> list[Figure]:
    import json

    from django.test import Client

    items = [{"number": numbers[place % len(numbers)]} for place in range(BATCH)]
    client = Client(headers={"host": "127.0.0.1:8000", "accept": "application/jsonl"})
    took = []
    for _round in range(2):
        began = time.process_time()
        response = client.post("/api/v1/verifications", json.dumps({"items": items}), content_type="application/json")
        lines = b"".join(response.streaming_content).count(b"\n")
        took.append(time.process_time() - began)
        if lines != BATCH + 1:
            raise SystemExit(f"bench: the batch answers {lines} lines")
    return [Figure(f"batch of {BATCH:,}, processor time", min(took), "s", "≤ 1.5 s")]


def _fall_out(dependants: Any) -> list[Figure]:
    from testamur.register.models import Resting

    dependants.follow()
    top = Resting.objects.filter(foundation__kind="accreditation").values_list("foundation__key", flat=True)
    counted: dict[str, int] = {}
    for key in top.iterator():
        counted[key] = counted.get(key, 0) + 1
    key = max(counted, key=lambda one: counted[one])
    began = time.process_time()
    found = dependants.of("accreditation", key)
    took = time.process_time() - began
    return [
        Figure(f"what hangs on one accreditation: {found.total:,} records", took, "s", "≤ 1 s for 100,000",
               f"{100_000 * took / max(found.total, 1):.2f} s for 100,000 at that rate")
    ]  # fmt: skip


# ------------------------------------------------------------ over HTTP


def _over_http(folder: Path) -> list[Figure]:
    lacking = [name for name in ("nginx", "wrk") if shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin") is None]
    if lacking:
        print(f"bench: {' and '.join(lacking)} not installed; nothing is measured over HTTP.", file=sys.stderr)
        return []
    numbers = _numbers()
    with ExitStack() as stack:
        from testamur.register.answering import kept

        body = kept.envelope({"number": numbers[1]}, "2026-01-01T00:00:00Z", kept.answers(numbers[1]).body)
        nginx = stack.enter_context(_nginx(folder, body))
        servers = {name: stack.enter_context(_server(name)) for name in _servers()}
        warm, cold = _script(folder, "warm", numbers[1:1001]), _script(folder, "cold", numbers[2000:])
        found = []
        for name, port in servers.items():
            _wrk(port, warm)  # every answer is kept, and header fields are learnt
            static, answered = _in_turns(lambda: _wrk(nginx, None), lambda port=port: _wrk(port, warm))
            found.append(_beside(f"kept answer over HTTP, {name}", answered, static, "≥ 40 % of nginx"))
            first = _wrk(port, cold)
            found.append(_beside(f"first answer over HTTP, {name}", first, static, "≥ 15 % of nginx"))
            found.append(Figure(f"private memory, {name}", _private(port.process) / 1e6, "MB", "≤ 600 MB"))
        found.append(Figure("nginx, static file of that size", static.wall, "/s", "", f"{len(body):,} B"))
        peer = os.environ.get("TESTAMUR_BENCH_DATASETTE") or shutil.which("datasette")
        if peer is None:
            print("bench: Datasette is not installed; it is not measured.", file=sys.stderr)
        else:
            port = stack.enter_context(_datasette(peer, folder))
            canned = _wrk(port, _script(folder, "canned", numbers[1:301], "/bench/answer.json?number="))
            found.append(Figure("Datasette, canned query by number", canned.wall, "/s", "ours ≥ 15 ×",
                                f"ours {answered.wall / max(canned.wall, 1):.1f} ×, by processor time "
                                f"{answered.busy / max(canned.busy, 1):.1f} ×"))  # fmt: skip
        return found


@dataclass(frozen=True)
class Server:
    """A server that is asked.

    Attributes:
        port: on loopback. process: its first process; its workers are children of that one.
    """

    port: int
    process: int


@dataclass(frozen=True)
class Rate:
    """Requests answered a second: of the clock, and of the server's own processor time, which neighbours on the machine
    leave alone."""

    wall: float
    busy: float


def _beside(what: str, rate: Rate, static: Rate, budget: str) -> Figure:
    told = f"nginx {static.wall:,.0f}/s: {rate.wall / static.wall:.0%}; a second of processor: {rate.busy:,.0f}, "
    return Figure(what, rate.wall, "/s", budget, told + f"nginx {static.busy:,.0f}: {rate.busy / static.busy:.0%}")


def _in_turns(one: Callable[[], Rate], two: Callable[[], Rate]) -> tuple[Rate, Rate]:
    """Return the medians of two rates taken in turns, because the machine is shared."""
    ones, twos = zip(*[(one(), two()) for _round in range(ROUNDS)], strict=True)
    return _median(ones), _median(twos)


def _median(rates: Sequence[Rate]) -> Rate:
    return Rate(statistics.median(one.wall for one in rates), statistics.median(one.busy for one in rates))


def _family(process: int) -> list[int]:
    """Return a process and all below it."""
    found = [process]
    for one in found:
        for task in Path(f"/proc/{one}/task").glob("*/children"):
            found += [int(child) for child in task.read_text().split()]
    return found


def _spent(process: int) -> float:
    """Return the processor time that a process and its children have taken, seconds."""
    ticks = 0
    for one in _family(process):
        fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def _private(process: int) -> int:
    """Return the memory that a server shares with nobody, bytes; pages of mapped files are not counted."""
    rows = (Path(f"/proc/{one}/smaps_rollup").read_text().splitlines() for one in _family(process))
    sizes = [row.split() for file in rows for row in file if row.startswith("Private_Dirty")]
    return sum(int(size[1]) * 1024 for size in sizes)


def _servers() -> list[str]:
    try:
        import granian  # noqa: F401
    except ModuleNotFoundError:
        print("bench: Granian is not installed; only gunicorn is measured.", file=sys.stderr)
        return ["gunicorn"]
    return ["gunicorn", "granian"]


@contextmanager
def _server(name: str) -> Iterator[Server]:
    port = _free()
    environment = {**os.environ, "TESTAMUR_BIND": f"127.0.0.1:{port}", "TESTAMUR_ORIGIN": f"http://127.0.0.1:{port}"}
    command = [sys.executable, "-m", "testamur.cli", "serve", "--no-worker", "--server", name]
    with _running(command, port, environment) as server:
        yield server


@contextmanager
def _nginx(folder: Path, body: bytes) -> Iterator[Server]:
    """Serve one file by an nginx of our own: two workers, loopback, nothing logged."""
    port, root = _free(), folder / "nginx"
    (root / "site").mkdir(parents=True)
    (root / "site" / "answer.json").write_bytes(body)
    root.chmod(0o755)
    folder.chmod(0o755)
    (root / "nginx.conf").write_text(
        f"daemon off; worker_processes 2; pid {root}/pid; error_log /dev/null; events {{ worker_connections 256; }}\n"
        f"http {{ access_log off; sendfile on; keepalive_requests 1000000; types {{ application/json json; }}\n"
        f"client_body_temp_path {root}/b; proxy_temp_path {root}/p; fastcgi_temp_path {root}/f; "
        f"uwsgi_temp_path {root}/u; scgi_temp_path {root}/s;\n"
        f"server {{ listen 127.0.0.1:{port}; root {root}/site; }} }}\n"
    )
    nginx = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin") or "nginx"
    with _running([nginx, "-c", str(root / "nginx.conf"), "-p", str(root)], port, dict(os.environ)) as server:
        yield server


@contextmanager
def _datasette(program: str, folder: Path) -> Iterator[Server]:
    """Serve the same table by Datasette with a canned query."""
    import json

    port, metadata = _free(), folder / "datasette.json"
    sql = (
        "select c.number, c.status, c.effective_on, c.expires_on, c.holder_text, c.scheme, c.standards, o.names "
        "from register_current c join parties_organisation o on o.id = c.issuer_id where c.number_key = :number"
    )
    metadata.write_text(json.dumps({"databases": {"bench": {"queries": {"answer": {"sql": sql}}}}}))
    command = [program, "serve", str(folder / "bench.sqlite3"), "-m", str(metadata), "-p", str(port), "-h", "127.0.0.1"]
    with _running(command, port, dict(os.environ)) as server:
        yield server


@contextmanager
def _running(command: list[str], port: int, environment: dict[str, str]) -> Iterator[Server]:
    child = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        for _wait in range(600):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            if child.poll() is not None:
                raise SystemExit(f"bench: {command[0]}: {(child.stderr.read() if child.stderr else '')[-800:]}")
            time.sleep(0.2)
        yield Server(port, child.pid)
    finally:
        child.terminate()
        child.wait(timeout=20)
        if child.stderr is not None:
            child.stderr.close()


def _free() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _script(folder: Path, name: str, numbers: list[str], path: str = V1) -> Path:
    """Write what wrk asks for: the numbers in turn. Requests are spelled before, or it would measure their spelling."""
    place = folder / f"{name}.lua"
    listed = ",".join(f'"{number}"' for number in numbers)
    place.write_text(
        f"local n = {{{listed}}}\nlocal r = {{}}\nlocal i = 0\n"
        f'init = function() for k, v in ipairs(n) do r[k] = wrk.format("GET", "{path}" .. v) end end\n'
        "request = function() i = i % #r + 1; return r[i] end\n"
        'done = function(s, l, r) if s.errors.status > 0 then io.write("Refused\\n") end end\n'
    )
    return place


def _wrk(server: Server, script: Path | None) -> Rate:
    """Return requests a second; anything but a good answer ends the measurement."""
    command = ["wrk", "-t1", "-c8", f"-d{ROUND}s", *(["-s", str(script)] if script else [])]
    target = f"http://127.0.0.1:{server.port}/" + ("" if script else "answer.json")
    before = _spent(server.process)
    told = subprocess.run([*command, target], capture_output=True, text=True, timeout=60).stdout
    if "Refused" in told or "Non-2xx" in told:
        raise SystemExit(f"bench: wrk was refused: {told}")
    spent = _spent(server.process) - before
    wall = float(next(line for line in told.splitlines() if line.startswith("Requests/sec")).split(":")[1])
    requests = float(next(line for line in told.splitlines() if " requests in " in line).split()[0])
    return Rate(wall, requests / max(spent, 0.01))
