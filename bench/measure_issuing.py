"""What issuing one certificate costs: all writes, two signatures, log entries; and numbering it in the log."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.figures import Figure

TIMES = 40
#: Decisions carried out in one act, and how many such acts are measured; the first one is not.
MANY, ACTS = 500, 3


def figures() -> list[Figure]:
    """Return the cost of one issue on SQLite on disk, beside one bare signature and one bare commit."""
    with tempfile.TemporaryDirectory() as folder:
        _configure(Path(folder))
        return _measure()


def _configure(folder: Path) -> None:
    os.environ.update(
        TESTAMUR_VAR=str(folder),
        TESTAMUR_SAMPLE="1",
        TESTAMUR_DATABASE_URL=f"sqlite:///{folder / 'bench.sqlite3'}",
        TESTAMUR_SECRET_KEY="only-for-a-measurement-and-therefore-no-secret",
        TESTAMUR_LOG_LEVEL="ERROR",
        DJANGO_SETTINGS_MODULE="testamur.config.settings",
    )
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)


def _measure() -> list[Figure]:
    from datetime import date

    from django.db import transaction

    from issuing_bench import Bench, at
    from small_world import organisation
    from testamur.attestation import actions
    from testamur.kernel import clock
    from testamur.parties.actions import signer
    from testamur.transparency import sequencer
    from testamur.transparency.models import Entry

    day = date(2026, 3, 1)
    with sequencer.held():
        bench = Bench()
        bench.licensed()
        bench.accredited("17")
        decisions = [
            bench.decision(bench.case(bench.qms, bench.body, client=organisation(f"Client {n}")))
            for n in range(TIMES + 3)
        ]
        durations = []
        for number, decision in enumerate(decisions):
            with clock.travel(day):
                began = time.perf_counter()
                actions.carry_out(decision=decision, by=bench.signatory, at=at(day))
                if number >= 3:
                    durations.append(time.perf_counter() - began)
        began = time.perf_counter()
        numbered = sequencer.sequence()
        sequenced = (time.perf_counter() - began) / max(numbered, 1)
        with clock.travel(day):
            many = _many(bench, actions, at(day))
        with transaction.atomic():
            numbered_many = Entry.objects.filter(index=None).count()
            began = time.perf_counter()
            sequencer._grow()
            logging = (time.perf_counter() - began) / (MANY * (ACTS + 1))
    durations.sort()
    key = signer(bench.body)
    began = time.perf_counter()
    for _ in range(200):
        key.sign(b"x" * 4000)
    bare = (time.perf_counter() - began) / 200
    return [
        Figure(
            "issuing one certificate: all writes, two signatures, log entries",
            durations[len(durations) // 2] * 1000,
            "ms",
            "≤ 25 ms",
            f"one bare Ed25519 signature {bare * 1000:.2f} ms; slowest of {TIMES}: {durations[-1] * 1000:.0f} ms",
        ),
        Figure(
            f"issuing {MANY} certificates in one act, and numbering them in the log",
            1 / (many + logging),
            "certificates/s",
            "≥ 500/s",
            f"two bare signatures each allow {1 / (2 * bare):,.0f}/s: {2 * bare / (many + logging):.0%}; "
            f"{numbered_many} entries; processor {_worked[0] * 1000:.1f} ms of {(many + logging) * 1000:.1f} ms",
        ),
        Figure(
            "numbering one entry in the log and writing the public files that rest on it, many together",
            sequenced * 1000,
            "ms",
            "",
            "runs after the commit",
        ),
    ]


#: Processor time of one certificate of the fastest act, seconds.
_worked = [0.0]


def _many(bench: Any, actions: Any, at: Any) -> float:
    """Return the seconds for one certificate of the fastest act: the machine is shared, and one act is short."""
    from endurance.racing import many_decisions
    from testamur.decision.models import Decision

    keys = many_decisions(bench, MANY * (ACTS + 1))
    found = []
    for start in range(0, len(keys), MANY):
        decisions = list(Decision.objects.filter(pk__in=keys[start : start + MANY]).order_by("pk"))
        began, worked = time.perf_counter(), time.process_time()
        actions.carry_out_many(decisions=decisions, by=bench.signatory, at=at)
        found.append(((time.perf_counter() - began) / MANY, (time.process_time() - worked) / MANY))
    best, _worked[0] = min(found[1:])
    return best
