"""Two cosigners for the demo: processes, folders, keys and ports of their own, stopped with it.

In earnest cosigners are other organisations on other machines; here they show that the quorum is real.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from testamur.cli import witness
from testamur.verification.note import VerifierKey
from testamur.verification.policy import Cosigner, Policy
from testamur.verification.witness import CONFIGURATION, read_configuration

NAMES = ("sample-regulator.example/cosigner", "sample-association.example/cosigner")
_PATIENCE = 15  # seconds for a cosigner to say that it listens


def prepare(folder: Path, log: VerifierKey) -> list[tuple[Path, VerifierKey]]:
    """Make the cosigners that are not there yet; returns folder and key of each."""
    found = []
    for number, name in enumerate(NAMES, 1):
        own = folder / f"cosigner-{number}"
        if not (own / CONFIGURATION).is_file():
            witness.make(own, name, sample=True)
        if log not in read_configuration(own).logs:
            witness.add_log(own, log)
        opened = witness.open_witness(own)
        found.append((own, opened.key))
        opened.close()
    return found


@contextmanager
def running(folder: Path, log: VerifierKey, policy: Path, free_port: Callable[[int], int]) -> Iterator[None]:
    """Run two cosigners, and name them in the policy file; both end with the block, and with this process.

    Args:
        folder: where their folders lie.
        log: the log to cosign.
        policy: the file to write; the platform reads it anew when it changes.
        free_port: returns a free port of this machine, from a first one on.
    """
    children: list[subprocess.Popen[str]] = []
    try:
        named, port = [], 8100
        for number, (own, key) in enumerate(prepare(folder, log), 1):
            port = free_port(port + 1)
            children.append(_start(own, port))
            named.append(Cosigner(f"w{number}", key, f"http://127.0.0.1:{port}"))
        fresh = policy.with_name(policy.name + ".new")
        fresh.write_text(Policy(tuple(named), len(named)).text(), encoding="utf-8")
        fresh.replace(policy)
        yield
    finally:
        for child in children:
            if child.stdin is not None:
                child.stdin.close()
        for child in children:
            try:
                child.wait(timeout=5)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
            if child.stdout is not None:
                child.stdout.close()


def _start(folder: Path, port: int) -> subprocess.Popen[str]:
    """Start one; its standard input is ours, so that it ends even where this process is killed."""
    child = subprocess.Popen(
        [sys.executable, "-m", "testamur.cli", "witness", "run", "--folder", str(folder),
         "--bind", f"127.0.0.1:{port}", "--until-stdin-closes"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    assert child.stdout is not None
    if not child.stdout.readline():  # it says where it listens, or ends
        child.wait(timeout=_PATIENCE)
        raise SystemExit(f"The sample cosigner in {folder} did not start.")
    return child
