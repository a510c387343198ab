"""A token of SoftHSM2 in a temporary folder, for tests of what a hardware module does."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from testamur.keys.pkcs11 import Token

PIN, LABEL = "sample-pin-4711", "Sample token"
_MODULES = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
    "/opt/homebrew/lib/softhsm/libsofthsm2.so",
)
#: Set where this process has its token: two folders of tests share it, though each has a fixture of its own.
_OURS = "TESTAMUR_TEST_TOKEN"


def made(folder: Path) -> Token:
    """Make a token; SoftHSM reads its configuration once in a process, so one token serves a whole test run."""
    module = next((path for path in _MODULES if Path(path).exists()), None)
    if module is None or shutil.which("softhsm2-util") is None:
        pytest.skip("SoftHSM2 is not installed: apt-get install softhsm2")
    if os.environ.get(_OURS):
        return Token(module, LABEL, PIN)
    tokens = folder / "tokens"
    tokens.mkdir(parents=True)
    config = folder / "softhsm2.conf"
    config.write_text(f"directories.tokendir = {tokens}\nobjectstore.backend = file\nlog.level = ERROR\n")
    os.environ["SOFTHSM2_CONF"] = os.environ[_OURS] = str(config)
    subprocess.run(
        ["softhsm2-util", "--init-token", "--free", "--label", LABEL, "--pin", PIN, "--so-pin", "officer-4711"],
        check=True,
        capture_output=True,
        timeout=60,
    )
    return Token(module, LABEL, PIN)


@pytest.fixture(scope="session")
def soft_token(tmp_path_factory: pytest.TempPathFactory) -> Token:
    """One token for the run; tests make keys of names of their own in it."""
    return made(tmp_path_factory.mktemp("softhsm"))


@pytest.fixture
def kept_in_token(soft_token: Token, settings):  # type: ignore[no-untyped-def]
    """The installation keeps organisations' keys in the token."""
    settings.KEYS_IN, settings.PKCS11_MODULE, settings.PKCS11_TOKEN = "hsm", soft_token.module, soft_token.label
    settings.PKCS11_PIN = soft_token.pin
    return soft_token
