"""Cosign the logs of others: init, add-log, run, show.

A cosigner signs a log's checkpoint only when it grew out of the one it signed before, and remembers that across
restarts. It needs no platform and no database. Run it as another organisation than the log's, on another machine.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import secrets
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from testamur.cli._language import Translate, add_language, translator
from testamur.kernel.refusal import _
from testamur.keys import file as key_file
from testamur.keys.signer import Signer, check_key_fits
from testamur.verification import note, witness
from testamur.verification.note import COSIGNATURE_V1, ED25519, VerifierKey
from testamur.verification.signature import PublicKey
from testamur.verification.strict_json import Malformed
from testamur.verification.witness import Configuration, Unusable, Witness, read_configuration


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command.

    Returns:
        0 done; 2 unusable arguments or folder.
    """
    arguments = _parser().parse_args(argv)
    translate = translator(arguments.language)
    action = {"init": _init, "add-log": _add_log, "run": _run, "show": _show}[arguments.action]
    try:
        return action(arguments, translate)
    except (Unusable, Malformed) as error:
        print(f"testamur witness: {error}", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="testamur witness", description=__doc__)
    actions = parser.add_subparsers(dest="action", required=True)
    init = actions.add_parser("init", help="make the key and the folder of a new cosigner")
    init.add_argument("--name", required=True, help="name of its key, for example association.example/witness")
    init.add_argument("--sample", action="store_true", help="a sample world's cosigner, which certifies nothing")
    log = actions.add_parser("add-log", help="cosign one more log")
    log.add_argument("log", help="the log's verifier key, or the file log.vkey of its public site")
    run = actions.add_parser("run", help="answer requests until stopped")
    run.add_argument("--bind", default="127.0.0.1:8101", help="address and port (default 127.0.0.1:8101)")
    run.add_argument("--until-stdin-closes", action="store_true", help="stop when the starting program ends")
    show = actions.add_parser("show", help="print the key, the logs and what was seen of each")
    for one in (init, log, run, show):
        one.add_argument("--folder", type=Path, required=True, help="the cosigner's own folder")
        add_language(one)
    return parser


def make(folder: Path, name: str, *, sample: bool) -> VerifierKey:
    """Make a cosigner's folder and key; returns the key that others put into their policy.

    Raises:
        Malformed: a name with spaces or a plus.
        Refused: the folder has a key already.
    """
    note.check_name(name)
    folder.mkdir(parents=True, exist_ok=True)
    signer = key_file.create(
        folder / witness.KEY, _passphrase(folder), sample=sample, scrypt_n=2**12 if sample else key_file.SCRYPT_N
    )
    Configuration(name, sample, []).write(folder)
    return _key(name, signer)


def add_log(folder: Path, log: VerifierKey) -> None:
    """Take a log into a cosigner's configuration; an older key of the same log is replaced, what was seen stays."""
    found = read_configuration(folder)
    found.logs = [*(one for one in found.logs if one.name != log.name), log]
    found.write(folder)


def open_witness(folder: Path) -> Witness:
    """Open a cosigner that was made before; raises Unusable, Refused."""
    found = read_configuration(folder)
    signer = key_file.open(folder / witness.KEY, _passphrase(folder))
    check_key_fits(signer, found.sample)
    return Witness(folder, found.name, signer, found.logs)


def _init(arguments: argparse.Namespace, translate: Translate) -> int:
    key = make(arguments.folder, arguments.name, sample=arguments.sample)
    print(key)
    print(f"  {key.fingerprint}")
    print(translate(_("Give this key to the operator of the log, and to those who verify.")))
    return 0


def _add_log(arguments: argparse.Namespace, translate: Translate) -> int:
    text = arguments.log
    if "+" not in text:
        with contextlib.suppress(UnicodeDecodeError):
            text = Path(text).read_text(encoding="utf-8")
    log = VerifierKey.parse(text)
    if log.algorithm != ED25519:
        raise Malformed(translate(_("This is a cosigner's key; a log's is needed.")))
    add_log(arguments.folder, log)
    print(translate(_("Cosigns from its next start: {log}")).format(log=log.name))
    print(f"  {log.fingerprint}")
    return 0


def _run(arguments: argparse.Namespace, translate: Translate) -> int:
    from testamur.verification.witness_server import server

    host, _colon, port = arguments.bind.rpartition(":")
    if not host or not port.isdigit() or int(port) > 65535:
        raise Malformed(translate(_("--bind is an address and a port, written 127.0.0.1:8101.")))
    opened = open_witness(arguments.folder)
    try:
        serving = server(opened, host.strip("[]"), int(port))
    except OSError as error:
        opened.close()
        raise Unusable(f"{arguments.bind}: {error.strerror}") from None
    shown = "{}:{}".format(*map(str, serving.server_address[:2]))
    print(translate(_("{name} cosigns at {address}")).format(name=opened.name, address=f"http://{shown}/"), flush=True)

    def stop(*_: object) -> None:
        # shutdown() waits for the loop that this very thread may be running.
        threading.Thread(target=serving.shutdown, daemon=True).start()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    if arguments.until_stdin_closes:
        threading.Thread(target=_until_closed, args=(stop,), daemon=True).start()
    try:
        serving.serve_forever(poll_interval=0.2)
    finally:
        serving.server_close()
        opened.close()
    return 0


def _show(arguments: argparse.Namespace, translate: Translate) -> int:
    found = read_configuration(arguments.folder)
    signer = key_file.open(arguments.folder / witness.KEY, _passphrase(arguments.folder))
    key = _key(found.name, signer)
    print(key)
    print(f"  {key.fingerprint}")
    for log in found.logs:
        size = witness.seen_size(arguments.folder, log)
        said = _("{log}: {size} entries seen") if size is not None else _("{log}: nothing seen yet")
        print(translate(said).format(log=log.name, size=size))
    return 0


def _key(name: str, signer: Signer) -> VerifierKey:
    return VerifierKey.of(name, PublicKey.from_jwk(signer.public_jwk), COSIGNATURE_V1)


def _passphrase(folder: Path) -> str:
    """Return what opens the key: ``TESTAMUR_WITNESS_PASSPHRASE``, or a secret made once beside it (mode 0600)."""
    given = os.environ.get("TESTAMUR_WITNESS_PASSPHRASE", "")
    if given:
        return given
    path = folder / "passphrase"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(32), encoding="ascii")
    return path.read_text(encoding="ascii").strip()


def _until_closed(stop: Callable[[], None]) -> None:
    sys.stdin.buffer.read()
    stop()
