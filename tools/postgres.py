"""Run a command with a PostgreSQL server of its own: ``python tools/postgres.py pytest -q``.

The server is Debian's (or whatever ``pg_ctl`` is on the path), on a free port of this machine, in a temporary folder,
as an unprivileged user where this runs as root; it is stopped and its folder removed when the command ends. The
command finds it in ``TESTAMUR_DATABASE_URL``.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from types import FrameType

#: Tests lose nothing in a power cut; what is proved about durability is proved on files, not here.
SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "listen_addresses": "'127.0.0.1'",
    "max_connections": "60",
    "shared_buffers": "128MB",
    "autovacuum": "off",
    "jit": "off",
}
#: Free space from which the server's folder is put into memory, bytes: emptying tables creates files by the hundred.
ROOMY = 3 << 30


def binaries() -> Path:
    """Return the folder of ``initdb`` and ``pg_ctl``, newest version first.

    Raises:
        SystemExit: where there is none; the tests never skip silently.
    """
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"), key=lambda p: int(p.parts[-3]), reverse=True)
    found = versions[0] if versions else shutil.which("pg_ctl")
    if not found:
        raise SystemExit("PostgreSQL is missing: `make setup` installs it, or apt-get install postgresql.")
    return Path(found).parent


def unprivileged() -> dict[str, object]:
    """Return the keyword arguments that start a process as somebody who may run a server; none where we may."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    raise SystemExit("This runs as root, PostgreSQL will not, and there is neither a user postgres nor nobody.")


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def main(command: list[str]) -> int:
    """Start a server, run the command, stop the server; return the command's exit code."""
    if not command:
        raise SystemExit("usage: python tools/postgres.py COMMAND [ARGUMENTS]")
    tools, who, port = binaries(), unprivileged(), free_port()
    # Not $TMPDIR: a socket's path may be 107 characters, and the server's user must reach the folder.
    memory = Path("/dev/shm")
    roomy = memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > ROOMY
    home = Path(tempfile.mkdtemp(prefix="testamur-pg-", dir=memory if roomy else "/tmp"))
    if who:
        os.chown(home, int(str(who["user"])), int(str(who["group"])))

    def run(*arguments: str) -> None:
        done = subprocess.run(
            [str(tools / arguments[0]), *arguments[1:]],
            cwd=home,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            **who,  # type: ignore[call-overload]
        )
        if done.returncode:
            log = home / "server.log"
            raise SystemExit(f"{arguments[0]} failed:\n{done.stdout}{log.read_text() if log.exists() else ''}")

    def stop(*_: int | FrameType | None) -> None:
        raise SystemExit(130)

    signal.signal(signal.SIGTERM, stop)
    data = str(home / "data")
    started = False
    try:
        run(
            "initdb",
            "--pgdata",
            data,
            "--username",
            "testamur",
            "--auth",
            "trust",
            "--encoding",
            "UTF8",
            "--locale",
            "C",
            "--no-sync",
        )
        options = " ".join(f"-c {name}={value}" for name, value in SETTINGS.items())
        # The server's output goes to its file: inherited pipes would keep this process waiting for it.
        run(
            "pg_ctl",
            "start",
            "--wait",
            "-D",
            data,
            "-l",
            str(home / "server.log"),
            "-o",
            f"-p {port} -k {home} {options}",
        )
        started = True
        url = f"postgresql://testamur@127.0.0.1:{port}/postgres"
        return subprocess.run(command, env={**os.environ, "TESTAMUR_DATABASE_URL": url}, check=False).returncode
    finally:
        if started:
            run("pg_ctl", "stop", "--wait", "-D", data, "-m", "immediate")
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
