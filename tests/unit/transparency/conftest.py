"""Cosigners of a test: real ones, on ports of this machine, asked over HTTP."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from testamur.cli import witness as command
from testamur.transparency import custody
from testamur.verification.policy import Cosigner, Policy
from testamur.verification.witness_server import server


class Running:
    """A cosigner that can be stopped and started again, on the same port and with the same memory."""

    def __init__(self, folder: Path, number: int) -> None:
        self.folder, self.number, self.port = folder, number, 0
        self.key = command.make(folder, f"w{number}.example/witness", sample=True)
        command.add_log(folder, custody.log_verifier_key())

    def start(self) -> None:
        self.witness = command.open_witness(self.folder)
        self.serving = server(self.witness, "127.0.0.1", self.port)
        self.port = self.serving.server_address[1]
        self.thread = threading.Thread(target=self.serving.serve_forever, kwargs={"poll_interval": 0.02})
        self.thread.start()

    def stop(self) -> None:
        self.serving.shutdown()
        self.thread.join()
        self.serving.server_close()
        self.witness.close()

    @property
    def named(self) -> Cosigner:
        return Cosigner(f"w{self.number}", self.key, f"http://127.0.0.1:{self.port}")


@pytest.fixture
def cosigners(settings, tmp_path):
    """Two running cosigners, and a policy that wants both."""
    made = [Running(tmp_path / f"w{number}", number) for number in (1, 2)]
    for one in made:
        one.start()
    settings.LOG_POLICY = tmp_path / "log-policy"
    settings.LOG_POLICY.write_text(Policy(tuple(one.named for one in made), 2).text())
    yield made
    for one in made:
        if one.thread.is_alive():
            one.stop()
