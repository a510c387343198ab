"""Processes that issue at the same time from one installation: ``python -m endurance.racing '{"home": …}'``."""

from __future__ import annotations

import json
import sys
import time
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from endurance.installation import Installation


class Racing:
    """A body with many decisions to carry out, and as many processes as one likes that do it.

    Args:
        options: ``home``, ``server``, ``certificates`` in all, ``processes``, ``batch`` carried out in one act (0: each
            in an act of its own), ``publish`` the files of the certificates too, which takes longer than issuing.
    """

    def __init__(self, options: dict[str, Any]) -> None:
        self.installation = Installation(Path(options["home"]), options["server"])
        self.count, self.processes = int(options["certificates"]), int(options["processes"])
        self.batch = int(options["batch"])
        from issuing_bench import Bench
        from testamur.transparency import sequencer

        self.publish = bool(options["publish"])
        if not self.publish:
            sequencer.pay = lambda *_patience: None
        with sequencer.held():
            self.bench = Bench()
            self.bench.licensed()
            self.bench.accredited("17")
            self.bench.granted(day=date(2026, 3, 1))
            self.decided = many_decisions(self.bench, self.count)
        self.installation.keep()

    def race(self) -> None:
        """Let every process carry out its share, all at once; each numbers the log after its acts, as the web does."""
        starts = time.time() + 1
        shares = [self.decided[number :: self.processes] for number in range(self.processes)]
        children = [self.installation.fork(lambda mine=share: self.issue(mine, starts)) for share in shares]
        for child in children:
            self.installation.told_by(child)

    def issue(self, mine: list[int], starts: float) -> None:
        """Carry decisions out, beginning at an instant that all processes know."""
        from testamur.attestation import actions
        from testamur.decision.models import Decision

        time.sleep(max(0, starts - time.time()))
        if self.batch:
            for start in range(0, len(mine), self.batch):
                rows = list(Decision.objects.filter(pk__in=mine[start : start + self.batch]).order_by("pk"))
                actions.carry_out_many(decisions=rows, by=self.bench.signatory, at=datetime.now(UTC))
            return
        for pk in mine:
            actions.carry_out(decision=Decision.objects.get(pk=pk), by=self.bench.signatory, at=datetime.now(UTC))

    def check(self) -> dict[str, int]:
        """Check register, log and site; returns how many certificates there are and how many were not published."""
        from endurance import invariants
        from testamur.attestation import publishing
        from testamur.attestation.models import Series
        from testamur.decision.models import Decision
        from testamur.register.models import Attestation, Credential
        from testamur.transparency.actions import sequence

        sequence()
        invariants.check_register()
        invariants.check_log()
        invariants.check_site(None)
        assert not Decision.objects.filter(pk__in=self.decided, issued_at=None).exists()
        made = Attestation.objects.filter(scheme_id_text=self.bench.qms.scheme_id)
        serials = sorted(int(number[6:11]) for number in made.values_list("editions__number", flat=True))
        assert serials == list(range(1, self.count + 2)), "numbers are not what was given, one after the other"
        assert sorted(Series.objects.filter(key__contains=self.bench.qms.scheme_id).values_list("last", flat=True)) == [
            self.count + 1
        ]
        return {
            "certificates": Credential.objects.count(),
            "unpublished": publishing.publish_waiting() if self.publish else 0,
        }


def many_decisions(bench: Any, count: int) -> list[int]:
    """Write cases of as many clients with decisions that wait to be carried out; returns the decisions' keys.

    Straight into the tables: what led to a decision is no matter here, and the acts would take longer than the race.
    """
    from issuing_bench import full, instant
    from small_world import PLATFORM, both
    from testamur.decision.models import Decision, Signature
    from testamur.parties.models import Organisation, actor
    from testamur.selection.models import Application, Case

    today = datetime.now(UTC).date()
    clients = Organisation.objects.bulk_create(
        Organisation(names=both(f"Client {number}"), address=both("1 Road"), sample=True, country="CN")
        for number in range(count)
    )
    cases = Case.objects.bulk_create(
        Case(
            number=f"R-{number:06}", occasion="initial", scheme=bench.qms, issuer=bench.body, client=client,
            stage=Case.Stage.ATTESTATION, stage_from=today, opened_on=today,
        )
        for number, client in enumerate(clients)
    )  # fmt: skip
    Application.objects.bulk_create(
        Application(case=case, answers={}, state="accepted", submitted_at=instant(today)) for case in cases
    )
    decisions = Decision.objects.bulk_create(
        Decision(
            case=case, outcome="grant", reasons=both("reasons"), decided_on=today, scope=[full()],
            statement={"en": "Making of valves", "zh": "阀门制造"}, effective_at=instant(today), **actor(PLATFORM),
        )
        for case in cases
    )  # fmt: skip
    Signature.objects.bulk_create(
        Signature(decision=decision, role=role, effective_at=instant(today), **actor(PLATFORM))
        for decision in decisions
        for role in bench.qms.definition.decision.signed_by
    )
    return [one.pk for one in decisions]


def main(options: dict[str, Any]) -> None:
    """Race, check, print what there is."""
    racing = Racing(options)
    try:
        began = time.monotonic()
        racing.race()
        seconds = time.monotonic() - began - 1
        told = racing.installation.told_by(racing.installation.fork(racing.check))
    finally:
        racing.installation.remove()
    print(json.dumps({**told, "per_second": racing.count / seconds}))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
