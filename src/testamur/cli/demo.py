"""Make the sample world where it is missing, serve it on this machine and print the address.

Two cosigners run beside it as processes of their own. Everything lies in var/demo (or TESTAMUR_VAR); delete that
folder to begin again. Listens on loopback only, because in a demo one chooses a role instead of signing in.
"""

from __future__ import annotations

import argparse
import os
import socket
from pathlib import Path


def main(argv: list[str]) -> int:
    """Prepare, say the address, serve."""
    parser = argparse.ArgumentParser(prog="testamur demo", description=__doc__)
    parser.add_argument("--port", type=int, default=8000, help="first port to try (default 8000)")
    parser.add_argument("--prepare", action="store_true", help="make the sample world and stop before serving")
    options = parser.parse_args(argv)
    port = free_port(options.port)
    environment(port)

    from testamur.cli import django

    django()
    from django.core.management import call_command

    print("Preparing the database …", flush=True)
    call_command("migrate", interactive=False, verbosity=0)
    from django.conf import settings

    from testamur.cli import _cosigners
    from testamur.transparency import custody

    print("Starting two cosigners …", flush=True)
    with _cosigners.running(settings.VAR, custody.log_verifier_key(), settings.LOG_POLICY, free_port):
        return _demo(port, prepare_only=options.prepare)


def _demo(port: int, *, prepare_only: bool) -> int:
    from testamur.cli.serve import serve, static
    from testamur.kernel import clock
    from testamur.parties.actions.keys import follow_policy
    from testamur.parties.models import Platform
    from testamur.sample import world
    from testamur.transparency import actions as transparency

    print("Making the sample world, unless it is there already …", flush=True)
    world.make_if_absent()
    follow_policy(by=Platform("log.policy"), at=clock.now())
    transparency.sequence()
    while transparency.cosign():
        pass  # thousands of proofs at a time
    static()
    if prepare_only:
        return 0
    print(f"\nTestamur is ready: http://127.0.0.1:{port}/   (Ctrl+C stops it)\n", flush=True)
    return serve(threads=8, worker=True)


def environment(port: int) -> None:
    """Set what makes an installation a demo; the few things a person may choose are kept as they are."""
    here = Path(__file__).resolve().parents[3]
    home = here if (here / "pyproject.toml").is_file() else Path.cwd()
    os.environ.setdefault("TESTAMUR_VAR", str(home / "var" / "demo"))
    os.environ["TESTAMUR_SAMPLE"] = "1"
    os.environ["TESTAMUR_BIND"] = f"127.0.0.1:{port}"
    os.environ["TESTAMUR_ORIGIN"] = f"http://127.0.0.1:{port}"
    os.environ.setdefault("TESTAMUR_LOG_LEVEL", "ERROR")


def free_port(first: int) -> int:
    """Return the first port from ``first`` on that nobody listens on.

    Raises:
        SystemExit: when fifty in a row are taken.
    """
    for port in range(first, first + 50):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise SystemExit(f"No free port between {first} and {first + 49} on this machine; choose one with --port.")
