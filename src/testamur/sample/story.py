"""Tell the whole path on a terminal: each step with its events, rules and sources, a stranger's verdict at the end."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

from django.conf import settings

from testamur.attestation import actions as attestation
from testamur.attestation import tasks
from testamur.journal import kinds
from testamur.journal.models import Event
from testamur.kernel import clock
from testamur.register.models import Attestation
from testamur.sample import world as sample
from testamur.sample.founding import found
from testamur.sample.walk import Walk, on
from testamur.selection.models import Case
from testamur.transparency import sequencer
from testamur.verification import layout

Say = Callable[[str], None]


def tell(say: Say = print, *, language: str = "en") -> bool:
    """Run the path from an application to a certificate, verify it offline, withdraw it, and verify again.

    Args:
        say: prints one line.
        language: ``en`` or ``zh``: in which the events' titles are said.

    Returns:
        Whether the offline verifier said VALID first, and REVOKED after the withdrawal.
    """
    number = 0

    def told(sentence: str, case: Case | None, events: list[Event]) -> None:
        nonlocal number
        number += 1
        day = events[-1].effective_at.date().isoformat() if events else ""
        say(f"{number:3}. {day}  {sentence}" + (f"  [{case.number} · {case.scheme.key}]" if case else ""))
        for event in events:
            cited = " · ".join(part for part in (event.rule, event.source) if part)
            say(f"       {kinds.get(event.kind).title[language]:<44} {event.kind:<34} {cited}")

    say("A sample world is made in a temporary folder; everybody in it is invented.\n")
    with sequencer.held():
        with on(sample.FIRST_DAY) as at:
            founded = found(at, accounts=False)
        walk = Walk(founded, told)
        sample.authorities(walk)
        sample.first_certificate(walk)
    attestation.publish_lists()
    main = Attestation.objects.filter(scheme_id_text="cn-qms", main=None).earliest("id")
    first = verify(main, say, clock.now().date())
    with on(date(2026, 11, 20)) as at:
        attestation.withdraw(
            attestation=main,
            ground="audit_never_held",
            reasons={
                "en": "The records of the second day of the audit were made up.",
                "zh": "审核第二天的记录系编造。",
            },
            by=walk.member("head"),
            at=at,
        )
    walk.told("The body withdraws the certificate")
    attestation.publish_lists()
    second = verify(main, say, clock.now().date())
    return (first, second) == ("VALID", "REVOKED")


def verify(main: Attestation, say: Say, today: date) -> str:
    """Hand the bundle of the current edition to the offline verifier, as a stranger would, and return its code."""
    tasks.publish_waiting()
    edition = main.editions.latest("edition")
    credential = edition.credentials.latest("id")
    bundle = Path(settings.PUBLIC_DIR) / layout.bundle(credential.public_id)
    trust = Path(settings.PUBLIC_DIR) / layout.TRUST_ROOTS
    say(f"\n$ testamur verify {bundle.name} --trust roots.json        ({today.isoformat()}, no network, no database)\n")
    command = [sys.executable, "-m", "testamur.cli", "verify", str(bundle), "--trust", str(trust), "--language", "en"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    for line in (done.stdout + done.stderr).splitlines():
        say(f"    {line}")
    say("")
    words = done.stdout.split()
    return words[0] if words else ""
