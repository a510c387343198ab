"""Do the background work: number log entries, ask cosigners, bring into effect what is due, sign lists, print."""

from __future__ import annotations

import argparse
import logging
import signal
import time
from collections.abc import Callable
from types import FrameType

log = logging.getLogger("testamur.worker")

#: Seconds between two runs of each work.
EVERY = {
    "log": 5, "cosigners": 5, "keys": 5, "trust": 60, "search": 15, "register": 300, "lists": 6 * 3600,
    "deadlines": 3600, "silence": 3600, "dues": 3600, "prints": 30, "dependants": 20, "deliveries": 60, "changes": 5,
    "outbox": 2, "digests": 600, "open data": 900, "holders": 60, "regions": 900,
}  # fmt: skip


def main(argv: list[str]) -> int:
    """Work until stopped by a signal; each work once with --once."""
    parser = argparse.ArgumentParser(prog="testamur worker", description=__doc__)
    parser.add_argument("--once", action="store_true", help="do each work once and stop")
    options = parser.parse_args(argv)
    from testamur.cli import django

    django()
    works = _works()
    if options.once:
        done = [_run(name, work) for name, work in works.items()]  # all of them, also after one that failed
        return 0 if all(done) else 1
    stopped = False

    def stop(_number: int, _frame: FrameType | None) -> None:
        nonlocal stopped
        stopped = True

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    due = dict.fromkeys(works, 0.0)
    while not stopped:
        for name, work in works.items():
            if time.monotonic() >= due[name]:
                _run(name, work)
                due[name] = time.monotonic() + EVERY[name]
        time.sleep(1)
    return 0


def _works() -> dict[str, Callable[[], object]]:
    from testamur.attestation import actions as attestation
    from testamur.attestation import key_changes, renditions
    from testamur.attestation import tasks as calendar
    from testamur.kernel import clock
    from testamur.notices import tasks as notices
    from testamur.parties.actions import keys as parties
    from testamur.parties.models import Platform
    from testamur.register import dependants, regions
    from testamur.register import tasks as register
    from testamur.register.actions import carry_on
    from testamur.selection import tasks as selection
    from testamur.surveillance import tasks as surveillance
    from testamur.transparency import actions as transparency

    return {
        "log": transparency.sequence,
        "cosigners": transparency.cosign,
        "keys": key_changes.carry_on,
        "trust": lambda: parties.follow_policy(by=Platform("log.policy"), at=clock.now()),
        "search": register.index_waiting,
        "register": attestation.take_effect,
        "dependants": dependants.follow,
        "lists": attestation.publish_lists,
        "deadlines": selection.carry_out_all_missed,
        "silence": calendar.renew_all_by_silence,
        "dues": surveillance.refresh,
        "prints": renditions.print_waiting,
        "deliveries": carry_on,
        "changes": notices.tell,
        "outbox": notices.send,
        "digests": notices.daily,
        "open data": register.publish_when_due,
        "holders": register.gather_holders,
        "regions": regions.count,
    }


def _run(name: str, work: Callable[[], object]) -> bool:
    """Run one work; a failure is logged and tried again at its next turn, the others go on."""
    from django.db import close_old_connections

    close_old_connections()
    try:
        work()
    except Exception:  # whatever stops one work must not stop the worker
        log.exception("work %s failed and will be tried again", name)
        return False
    return True
