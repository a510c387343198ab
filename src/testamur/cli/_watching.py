"""``testamur log watch``: print and post everything that is logged under a name."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from testamur.cli._language import Translate, translator
from testamur.cli.verify import Unusable, open_site, read, read_trust
from testamur.kernel.days import iso
from testamur.kernel.refusal import _
from testamur.verification import monitor
from testamur.verification.monitor import LogBroken, Memory, Seen
from testamur.verification.site import Site, Unreachable
from testamur.verification.strict_json import Malformed
from testamur.verification.trust_file import Trust

#: Seconds between two looks: a forged certificate is noticed well within a minute.
EVERY = 20
_TIMEOUT = 10  # seconds for one posting
#: Findings kept while a webhook does not answer; the oldest are dropped after that, and stay printed.
_UNSENT_MOST = 10_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("place", help="folder or origin with the public files")
    parser.add_argument("--issuer", required=True, help="the name to watch, a DID: did:web:…")
    parser.add_argument("--webhook", help="address to which each finding is posted as JSON")
    parser.add_argument("--known", type=Path, help="file with the ids or digests you issued, one a line")
    parser.add_argument("--state", type=Path, help="file that remembers how far was read (default: beside the trust)")
    parser.add_argument("--every", type=float, default=EVERY, help=f"seconds between two looks (default {EVERY})")
    parser.add_argument(
        "--from-now", action="store_true", help="on the first run, report nothing that is there already"
    )
    parser.add_argument("--once", action="store_true", help="look once and stop")
    parser.add_argument("--trust", type=Path, help="trust file (default: where `testamur verify` looks)")


def run(arguments: argparse.Namespace, sleep: Callable[[float], object] = time.sleep) -> int:
    """Watch until stopped.

    Returns:
        0 stopped or done; 1 the log is broken, or (with --once and --known) something unknown was logged.

    Raises:
        Unusable: arguments that cannot be used.
    """
    translate = translator(arguments.language)
    trust = read_trust(arguments.trust, translate)
    site = open_site(arguments.place, translate)
    if not arguments.issuer.startswith("did:"):
        raise Unusable(translate(_("--issuer is a DID, written did:web:…")))
    state = arguments.state or _default_state(arguments.issuer)
    try:
        memory = monitor.read_memory(state, trust.log.name)
    except Malformed as error:
        raise Unusable(str(error)) from None
    first = not state.exists()
    strange = 0
    while True:
        try:
            quiet = first and arguments.from_now
            strange += _look(arguments, translate, site, trust, memory, state, quiet=quiet)
            first = False
        except Unreachable as error:
            if arguments.once:
                raise
            said = translate(_("The site does not answer ({problem})."))
            print(f"testamur log: {said.format(problem=error)}", file=sys.stderr, flush=True)
        except LogBroken as error:
            said = translate(_("The log is broken: {problem}. Keep your copies; do not rely on it."))
            print(said.format(problem=error), flush=True)
            _post(arguments, {"kind": "log.broken", "log": trust.log.name, "problem": str(error)})
            return 1
        if arguments.once:
            return 1 if strange else 0
        sleep(arguments.every)


def _look(
    arguments: argparse.Namespace,
    translate: Translate,
    site: Site,
    trust: Trust,
    memory: Memory,
    state: Path,
    *,
    quiet: bool,
) -> int:
    """Look once: print, remember, post. Returns how many entries are not among the known ones."""
    known = _known(arguments.known, translate)
    seen = monitor.look(site, trust.log, memory)
    found = [] if quiet else [_finding(one, trust, known) for one in seen if _concerns(one, arguments.issuer)]
    for one in found:
        print(_line(one, translate), flush=True)
    if arguments.webhook:
        memory.unsent = (memory.unsent + found)[-_UNSENT_MOST:]
    # Remembered before it is posted: a crash may post something twice, and loses nothing.
    memory.write(state)
    if memory.unsent and arguments.webhook:
        while memory.unsent and _post(arguments, memory.unsent[0]):
            memory.unsent.pop(0)
        memory.write(state)
        if memory.unsent:
            said = translate(_("The webhook does not answer; {count} findings wait."))
            print(f"testamur log: {said.format(count=len(memory.unsent))}", file=sys.stderr, flush=True)
    return sum(1 for one in found if one["known"] is False)


def _concerns(one: Seen, issuer: str) -> bool:
    return one.entry is not None and monitor.concerns(one.entry, issuer)


def _finding(one: Seen, trust: Trust, known: set[str] | None) -> dict[str, Any]:
    entry = one.entry
    assert entry is not None  # only entries that concern somebody come here
    issued = entry.type.endswith(".issue")
    return {
        "kind": "log.entry",
        "log": trust.log.name,
        "index": one.index,
        "type": entry.type,
        "id": entry.id,
        "digest": entry.digest,
        "issuer": entry.issuer,
        "key": entry.key,
        "at": iso(entry.at),
        "sample": entry.sample,
        "known": None if known is None or not issued else bool(known & {entry.id, entry.digest}),
    }


def _line(one: dict[str, Any], translate: Translate) -> str:
    line = f"{one['index']}  {one['at']}  {one['type']}  {one['id']}"
    return f"{line}  {translate(_('NOT AMONG YOURS'))}" if one["known"] is False else line


def _known(path: Path | None, translate: Translate) -> set[str] | None:
    """Return the ids and digests of a file; read at every look, because a body goes on issuing."""
    if path is None:
        return None
    return {line.strip() for line in read(path, translate).decode("utf-8", "replace").splitlines() if line.strip()}


def _post(arguments: argparse.Namespace, body: dict[str, Any]) -> bool:
    """Post one finding; True where it was taken (or nobody wants it)."""
    from urllib.error import URLError
    from urllib.request import Request, urlopen

    if not arguments.webhook:
        return True
    data = json.dumps(body, ensure_ascii=False).encode()
    try:
        request = Request(arguments.webhook, data=data, headers={"Content-Type": "application/json"}, method="POST")
        with urlopen(request, timeout=_TIMEOUT) as answer:
            return bool(200 <= answer.status < 300)
    except (URLError, OSError, ValueError):
        return False


def _default_state(issuer: str) -> Path:
    """Return a file in the user's configuration folder, one for each name."""
    import hashlib

    home = os.environ.get("XDG_CONFIG_HOME") or os.path.join(os.path.expanduser("~"), ".config")
    return Path(home) / "testamur" / f"watch-{hashlib.sha256(issuer.encode()).hexdigest()[:16]}.json"
