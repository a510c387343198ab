"""How fast certificates are verified, as a share of what raw Ed25519 allows on the same core.

``python -m bench verification``, or this file by itself.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
for folder in (ROOT, ROOT / "src", ROOT / "tests"):
    sys.path.insert(0, str(folder))

from bench.figures import Figure, table  # noqa: E402
from testamur.kernel.days import iso  # noqa: E402
from testamur.keys.signer import MemorySigner  # noqa: E402
from testamur.verification import jcs, layout, signature, tiles, tree  # noqa: E402
from testamur.verification.evidence import Evidence  # noqa: E402
from testamur.verification.path import validate, validate_all  # noqa: E402
from unit.verification.universe import HOST, NOW, World, more_code  # noqa: E402

#: Certificates that share one checkpoint, as bulk issue gives.
SHARED = 100
SECONDS = 1.0  # each rate is taken over about this long


def figures() -> list[Figure]:
    """Measure raw verification, cold and warm paths with and without cosigners, and the parts they are made of."""
    signer = MemorySigner.generate(sample=True)
    key, message = signature.PublicKey.from_jwk(signer.public_jwk), bytes(256)
    signed = signer.sign(message)

    def one() -> None:
        assert key.verifies(signed, message)

    found = [Figure("raw Ed25519 verification, 256 B", _rate(one), "/s")]
    for cosigners in ([], ["w1", "w2"]):
        found += _paths(cosigners, one)
    found += _parts()
    found += _peer()
    return found


def _paths(cosigners: list[str], one: Callable[[], None]) -> list[Figure]:
    world = World()
    world.more_certificates, world.cosigners, world.quorum = SHARED, cosigners, len(cosigners)
    world.build()
    trust = world.trust
    tokens = [world.files[layout.certificate(more_code(number))] for number in range(SHARED)]
    label = f"{len(cosigners)} cosigners"

    def cold() -> None:
        assert validate(tokens[0], site=world, trust=trust, now=NOW, with_issue=False).valid

    signatures = _signatures(cold)
    raw, rate = _beside(one, cold, 1)
    bound = raw / signatures
    found = [
        Figure(
            f"cold path, {label}",
            rate,
            "certificates/s",
            "≥ 60 % of the bound",
            f"{signatures} signatures, bound {bound:,.0f}/s: {rate / bound:.0%}",
        )
    ]
    cache = Evidence(world, trust)

    def warm() -> None:
        verdicts = validate_all(tokens, site=world, trust=trust, now=NOW, with_issue=False, cache=cache)
        assert sum(verdict.valid for verdict in verdicts) == SHARED

    warm()
    raw, rate = _beside(one, warm, SHARED)
    found.append(
        Figure(
            f"warm path, {label}, {SHARED} certificates to a checkpoint",
            rate,
            "certificates/s",
            "≥ 50 % of raw",
            f"raw {raw:,.0f}/s: {rate / raw:.0%}",
        )
    )
    return found


def _parts() -> list[Figure]:
    world = World().build()
    from testamur.verification.credential import parse

    token = world.files[layout.certificate("CERT000001")]
    payload = parse(token).payload
    leaves = [tree.leaf_hash(number.to_bytes(8, "big")) for number in range(50_000)]
    began = time.perf_counter()
    tiles.grow(0, leaves, lambda *_key: None)
    frontier = tree.Frontier()
    frontier.extend(leaves)
    grown = len(leaves) / (time.perf_counter() - began)
    return [
        Figure(
            "canonical JSON of a certificate", _rate(lambda: jcs.canonical(payload)), "/s", "", f"{len(token)} B token"
        ),
        Figure("reading a certificate's vc+jwt, no signature", _rate(lambda: parse(token)), "/s"),
        Figure("tiles and frontier in memory", grown, "entries/s", "≥ 50,000"),
    ]


def _peer() -> list[Figure]:
    """Measure @digitalbazaar/vc on the proof of one credential alone; nothing where it or Node is not installed."""
    node = shutil.which("node") or shutil.which("node", path=str(ROOT / ".venv/bin"))
    if node is None or not (ROOT / "node_modules/@digitalbazaar/vc").is_dir():
        print("bench: Node.js or @digitalbazaar/vc is not installed; it is not measured.", file=sys.stderr)
        return []
    world = World().build()
    with tempfile.TemporaryDirectory(prefix="testamur-bench-") as folder:
        for path, data in world.files.items():
            (Path(folder) / path).parent.mkdir(parents=True, exist_ok=True)
            (Path(folder) / path).write_bytes(data)
        twin = world.files[layout.certificate("CERT000001", "json")]
        facts = {"site": folder, "host": HOST, "now": iso(NOW), "credential": json.loads(twin)}
        program = [node, str(ROOT / "bench/vc_alone.mjs")]
        run = subprocess.run(program, input=json.dumps(facts), capture_output=True, text=True, timeout=60)
    if run.returncode:
        raise SystemExit(f"bench: vc_alone.mjs: {run.stderr[-2000:]}")
    said = json.loads(run.stdout)
    if not said["verified"]:
        raise SystemExit(f"bench: @digitalbazaar/vc refuses the credential: {said['error']}")
    rate = _processor_rate(lambda: validate(twin, site=world, trust=world.trust, now=NOW, with_issue=False))
    return [
        Figure(
            "@digitalbazaar/vc, the credential's proof alone", said["rate"], "/s", "",
            f"our whole path of that twin, cold: {rate:,.0f}/s",
        )
    ]  # fmt: skip


def _processor_rate(work: Callable[[], object]) -> float:
    """Return runs per second of processor time, the best of three."""
    best = 0.0
    for _round in range(3):
        began, done = time.process_time(), 0
        while time.process_time() - began < SECONDS / 3:
            work()
            done += 1
        best = max(best, done / (time.process_time() - began))
    return best


def _signatures(work: object) -> int:
    """Return how many signatures a piece of work verifies."""
    count = 0
    whole = signature.PublicKey.verifies

    def counted(self: signature.PublicKey, signed: bytes, data: bytes) -> bool:
        nonlocal count
        count += 1
        return whole(self, signed, data)

    signature.PublicKey.verifies = counted  # type: ignore[method-assign]
    try:
        work()  # type: ignore[operator]
    finally:
        signature.PublicKey.verifies = whole  # type: ignore[method-assign]
    return count


def _beside(one: Callable[[], None], work: Callable[[], None], times: int) -> tuple[float, float]:
    """Return the rates of a raw verification and of a piece of work, taken in turns, in processor time.

    The machine is shared and its clock changes: of the rounds the one with the median ratio is shown.
    """
    rounds = []
    for _round in range(15):
        began = time.process_time()
        for _ in range(200):
            one()
        between = time.process_time()
        done = 0
        while time.process_time() - between < 0.1:
            work()
            done += times
        ended = time.process_time()
        raw, rate = 200 / (between - began), done / (ended - between)
        rounds.append((rate / raw, raw, rate))
    _ratio, raw, rate = sorted(rounds)[len(rounds) // 2]
    return raw, rate


def _rate(work: object) -> float:
    """Return runs per second over about a second, the best of three because the machine is shared."""
    best, times = 0.0, 1
    for _round in range(3):
        began = time.perf_counter()
        done = 0
        while time.perf_counter() - began < SECONDS / 3:
            for _ in range(times):
                work()  # type: ignore[operator]
            done += times
        best = max(best, done / (time.perf_counter() - began))
    return best


if __name__ == "__main__":
    print(table(figures()))
