"""Asking the cosigners: outside every transaction, with time-outs and back-off, so that nobody who issues ever waits.

The database is asked before and after; between the two only the network is. A cosigner that does not answer is
asked again later and shows as such; the log grows meanwhile, and says that it is not witnessed yet.
"""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import HTTPHandler, HTTPRedirectHandler, HTTPSHandler, ProxyHandler, Request, build_opener

from django.db import transaction

from testamur.kernel import clock
from testamur.transparency import custody, sequencer, stored_tiles
from testamur.transparency.models import Checkpoint, Cosignature, Cosigner, Tree
from testamur.verification import checkpoint as checkpoints
from testamur.verification import note, tiles
from testamur.verification.policy import Cosigner as Named
from testamur.verification.policy import Policy
from testamur.verification.strict_json import Malformed
from testamur.verification.tree import consistency_proof
from testamur.verification.witness import SIZE_TYPE, format_request, memory_name

log = logging.getLogger("testamur.transparency")

TIMEOUT = 4  # seconds for one answer
#: Seconds until a cosigner that failed is asked again: doubled with each failure in a row, up to the last.
BACK_OFF, BACK_OFF_MOST = 5, 600
#: Seconds after which one that has signed the newest checkpoint is asked again: who is silent shows in a quiet log too.
ALIVE = 60
_ANSWER_MOST = 65_536  # bytes


@dataclass(frozen=True, slots=True)
class Answered:
    """What came back: HTTP status (0 for no answer), body, media type."""

    status: int
    body: bytes
    type: str = ""


def gather() -> int:
    """Ask the policy's cosigners to sign the newest checkpoint; publish it once it has a quorum.

    Returns:
        How many entries got their final proofs.
    """
    policy = custody.cosigning_policy()
    newest = Checkpoint.objects.order_by("-size").first()
    if newest is None or not policy.cosigners:
        return 0
    rows = _rows(policy)
    signed = set(newest.cosignatures.values_list("cosigner_id", flat=True))
    now = clock.real_now()
    due = [
        (one, rows[str(one.key)])
        for one in policy.cosigners
        if one.address and _is_due(rows[str(one.key)], now, signed)
    ]
    if due:
        fresh = _ask_all(newest, due)
        # What they told is written even where nobody signed: the operator's page shows who does not answer.
        if fresh:
            sequencer.publish_checkpoint()
    return _finish(newest, policy)


def _finish(newest: Checkpoint, policy: Policy) -> int:
    """Mark and publish a checkpoint that has its quorum, and complete the proofs below the newest such one."""
    if not policy.quorum:
        return 0
    if newest.cosigned_at is None:
        keys = set(newest.cosignatures.values_list("cosigner__key", flat=True)) & {str(key) for key in policy.keys}
        if len(keys) >= policy.quorum:
            newest.cosigned_at = clock.real_now()
            newest.save(update_fields=["cosigned_at"])
            sequencer.publish_checkpoint()
    done = Checkpoint.objects.filter(cosigned_at__isnull=False).order_by("-size").first()
    if done is None:
        return 0
    return sequencer.complete(done, sequencer.cosigned_note(done, policy))


def _rows(policy: Policy) -> dict[str, Cosigner]:
    rows = {row.key: row for row in Cosigner.objects.filter(key__in=[str(key) for key in policy.keys])}
    for key in map(str, policy.keys):
        if key not in rows:
            rows[key] = Cosigner.objects.get_or_create(key=key)[0]
    return rows


def _is_due(row: Cosigner, now: datetime, signed: set[int]) -> bool:
    """Who has not signed is asked now, or after its back-off; who has is asked whether it is still there."""
    if row.asked_at is None:
        return True
    if not row.failures:
        return row.pk not in signed or now >= row.asked_at + timedelta(seconds=ALIVE)
    wait = min(BACK_OFF * 2 ** min(row.failures - 1, 10), BACK_OFF_MOST)
    return now >= row.asked_at + timedelta(seconds=wait)


def _ask_all(newest: Checkpoint, due: list[tuple[Named, Cosigner]]) -> int:
    """Ask everybody at once; who saw another size than we believed is asked a second time. Returns new lines."""
    count = 0
    for _round in (1, 2):
        asked = [(one, row, _request(newest, row.size)) for one, row in due]
        if not asked:
            break
        with ThreadPoolExecutor(len(asked)) as pool:
            answers = list(pool.map(lambda item: _ask(f"{item[0].address}/add-checkpoint", item[2]), asked))
        due = []
        for (one, row, _body), answer in zip(asked, answers, strict=True):
            row.asked_at = clock.real_now()
            if answer.status == 200:
                count += _take(newest, one, row, answer)
            elif _round == 1 and _other_size(answer) is not None and (_other_size(answer) or 0) <= newest.size:
                row.size = _other_size(answer) or 0
                due.append((one, row))
                continue
            else:
                _note_failure(one, row, answer)
            row.save()
    return count


def _request(newest: Checkpoint, seen: int) -> bytes:
    proof: list[bytes] = []
    if 0 < seen < newest.size:
        proof = consistency_proof(seen, newest.size, tiles.hash_reader(newest.size, stored_tiles.read))
    return format_request(min(seen, newest.size), proof, newest.note)


def _take(newest: Checkpoint, one: Named, row: Cosigner, answer: Answered) -> int:
    """Keep a cosignature that stands; whatever else a cosigner sends is a failure of its."""
    try:
        lines = answer.body.decode("utf-8")
        whole = checkpoints.parse(newest.note + lines)
        at = note.cosigned_at(whole.note, one.key)
    except (Malformed, UnicodeDecodeError):
        at = False
    if at is None or at is False:
        row.failures += 1
        row.problem = "its answer is not its cosignature of this checkpoint"
        return 0
    mine = [line for line in lines.splitlines() if line.startswith(f"— {one.key.name} ")]
    row.size, row.failures, row.problem, row.answered_at = newest.size, 0, "", clock.real_now()
    _, made = Cosignature.objects.get_or_create(
        checkpoint=newest,
        cosigner=row,
        defaults={"line": mine[0] + "\n", "seen_at": datetime.fromtimestamp(int(at), tz=UTC)},
    )
    return int(made)


def _other_size(answer: Answered) -> int | None:
    text = answer.body.strip()
    if answer.status != 409 or answer.type.partition(";")[0] != SIZE_TYPE or not text.isdigit() or len(text) > 19:
        return None
    return int(text)


def _note_failure(one: Named, row: Cosigner, answer: Answered) -> None:
    """Remember why; where the cosigner holds a checkpoint that we signed and no longer have, remember that for good."""
    row.failures += 1
    if answer.status == 0:
        row.problem = f"does not answer: {answer.body.decode('utf-8', 'replace')}"[:300]
        return
    row.problem = f"answers {answer.status}: {answer.body.decode('utf-8', 'replace').strip()}"[:300]
    if answer.status in (409, 422):
        seen = _ask(f"{one.address}/checkpoint/{memory_name(custody.log_name())}", None)
        if seen.status == 200 and _contradicts(seen.body):
            row.contradiction = seen.body.decode()
            log.critical("the cosigner %s holds a checkpoint that this log signed and no longer has", one.key.name)


def _contradicts(data: bytes) -> bool:
    """Say whether a note is a checkpoint of this log, by its own signature, that the database does not know."""
    try:
        found = checkpoints.parse(data)
        checkpoints.check(found, custody.log_verifier_key())
    except Malformed:
        return False
    with transaction.atomic():
        tree = Tree.objects.filter(name=custody.log_name()).first()
    return tree is not None and not sequencer.holds(found, tree)


class _NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


def _ask(address: str, body: bytes | None) -> Answered:
    """Send one request; touches no database, because it runs beside others."""
    opener = build_opener(ProxyHandler(), HTTPHandler(), HTTPSHandler(), _NoRedirect())
    request = Request(address, data=body, headers={"Content-Type": "text/plain; charset=utf-8"})
    try:
        with opener.open(request, timeout=TIMEOUT) as answer:
            return Answered(answer.status, answer.read(_ANSWER_MOST), answer.headers.get("Content-Type", ""))
    except HTTPError as error:
        with error:
            return Answered(error.code, error.read(_ANSWER_MOST), error.headers.get("Content-Type", ""))
    except (URLError, HTTPException, OSError, ValueError) as error:
        return Answered(0, str(getattr(error, "reason", error)).encode())
