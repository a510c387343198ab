"""Kills acts at their write boundaries, restarts, and checks: ``python -m endurance.killing '{"home": …}'``."""

from __future__ import annotations

import json
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from endurance.boundaries import Boundaries
from endurance.installation import Installation

#: How often each boundary is hit at least.
EACH = 3


class Killing:
    """A world in which each act is about to be done; and the two cosigners that follow its log."""

    def __init__(self, options: dict[str, Any]) -> None:
        self.home = Path(options["home"])
        self.installation = Installation(self.home, options["server"])
        from issuing_bench import Bench
        from testamur.cli import witness as command
        from testamur.kernel import multibase
        from testamur.transparency import actions, cosigning, custody, sequencer
        from testamur.verification.policy import Cosigner, Policy

        self.folders = [self.installation.here / f"w{number}" for number in (1, 2)]
        keys = [command.make(folder, f"{folder.name}.example/witness", sample=True) for folder in self.folders]
        for folder in self.folders:
            command.add_log(folder, custody.log_verifier_key())
        named = tuple(
            Cosigner(one.name, key, f"http://{one.name}") for one, key in zip(self.folders, keys, strict=True)
        )
        (self.installation.here / "log-policy").write_text(Policy(named, 2).text())
        cosigning._ask = self._ask
        cosigning._is_due = lambda *_given: True
        with sequencer.held():
            self.bench = Bench()
            self.bench.licensed()
            self.bench.accredited("17")
            self.given = self.bench.granted(day=date(2026, 3, 1))
            from small_world import organisation

            today = datetime.now(UTC).date()
            case = self.bench.case(self.bench.qms, self.bench.body, client=organisation("Pumps"), day=today)
            self.decision = self.bench.decision(case, day=today)
            from testamur.transparency.models import Entry

            # The next act crosses the end of a tile.
            for number in range(255 - Entry.objects.count()):
                digest = multibase.digest(str(number).encode())
                actions.append("process.event", {"id": f"E{number}", "d": digest})
        self.work("log", "cosigners", "register", "lists", "log", "cosigners")
        self.cosigned = (self.installation.here / "public/log/checkpoint").read_bytes()
        self.installation.keep()
        self.check("lists", whole=True)  # what is read and compiled once is read and compiled in this process

    def _ask(self, address: str, body: bytes | None) -> Any:
        """Ask a cosigner without a network; it writes its memory into its folder as the running one does."""
        from testamur.cli.witness import open_witness
        from testamur.transparency.cosigning import Answered

        name = address.removeprefix("http://").partition("/")[0]
        witness = open_witness(self.installation.here / name)
        try:
            answer = witness.add_checkpoint(body or b"")
            return Answered(answer.status, answer.body.encode(), answer.type)
        finally:
            witness.close()

    # ------------------------------------------------------------ acts

    def acts(self) -> dict[str, Callable[[], object]]:
        """Return what is killed, each act as one process does it; done a second time it changes nothing."""
        return {
            "issue": self.issue, "suspend": self.suspend, "change": self.change,
            "cosign": self.cosign, "lists": self.lists,
        }  # fmt: skip

    def issue(self) -> None:
        from testamur.attestation import actions
        from testamur.decision.models import Decision

        decision = Decision.objects.get(pk=self.decision.pk)
        actions.carry_out(decision=decision, by=self.bench.signatory, at=datetime.now(UTC))

    def suspend(self) -> None:
        from testamur.attestation import actions
        from testamur.register.models import StatusChange

        if not StatusChange.objects.filter(attestation=self.given, status="suspended").exists():
            actions.suspend(
                attestation=self.given, ground="surveillance_missed", reasons={"en": "missed", "zh": "未接受监督"},
                by=self.bench.signatory, at=datetime.now(UTC),
            )  # fmt: skip

    def change(self) -> None:
        from testamur.attestation import actions

        if self.given.editions.count() == 1:
            actions.change(
                attestation=self.given, names={"en": "Sample New Valves", "zh": "示例新阀门"},
                reasons={"en": "new name", "zh": "更名"}, by=self.bench.signatory, at=datetime.now(UTC),
            )  # fmt: skip

    def cosign(self) -> None:
        self.issue()
        from testamur.transparency import actions

        actions.cosign()

    def lists(self) -> None:
        from testamur.attestation import actions

        actions.publish_lists()

    def work(self, *names: str) -> None:
        """Do what the worker does; without printing, which writes nothing signed."""
        from testamur.cli import worker

        works = worker._works()
        for name in names:
            works[name]()

    # ------------------------------------------------------------ killing

    def places(self, act: str) -> Counter[str]:
        """Return how often an act reaches each boundary, by doing it once."""
        self.installation.restore()

        def dry() -> Counter[str]:
            boundaries = Boundaries(self.installation.here)
            boundaries.watch()
            self.acts()[act]()
            boundaries._watching = False
            return boundaries.reached

        return Counter(self.installation.told_by(self.installation.fork(dry)))

    def kill(self, act: str, place: str, nth: int, *, whole: bool) -> bool:
        """Kill an act at a boundary, restart, check; returns whether it died there."""
        self.installation.restore()

        def dying() -> None:
            Boundaries(self.installation.here, (place, nth)).watch()
            self.acts()[act]()

        child = self.installation.fork(dying)
        died = self.installation.told_by(child) is None and not (self.home / f"told-{child}").exists()
        self.installation.told_by(self.installation.fork(lambda: self.check(act, whole=whole)))
        return died

    def kill_after(self, act: str, seconds: float) -> None:
        """Kill an act after some time, wherever it is; restart, check."""
        import signal

        self.installation.restore()
        child = self.installation.fork(self.acts()[act])
        time.sleep(seconds)
        os.kill(child, signal.SIGKILL)
        self.installation.told_by(child)
        self.installation.told_by(self.installation.fork(lambda: self.check(act, whole=False)))

    def check(self, act: str, *, whole: bool) -> None:
        """Check what was left, restart, check.

        Args:
            act: what was killed.
            whole: restart as the worker starts, verify each certificate, and do the act again; False: only what the
                running worker does every five seconds, which must be enough to complete what another process left.
        """
        from endurance import invariants
        from testamur.transparency import publication

        invariants.check_files_are_whole()
        invariants.check_register()
        invariants.check_log()
        # An hour later: whoever was writing then is not writing now.
        for left in (self.installation.here / "public" / publication.FRESH).glob("*"):
            long_ago = time.time() - timedelta(hours=2).total_seconds()
            os.utime(left, (long_ago, long_ago))
        self.work("register", "lists") if whole else None
        self.work("log", "cosigners")
        invariants.check_site(self.cosigned)
        invariants.check_published()
        if whole:
            assert not list((self.installation.here / "public" / publication.FRESH).glob("*")), "half-written, and left"
            invariants.check_verdicts()
            self.acts()[act]()
            self.work("log", "cosigners")
            assert self.done(act), f"{act} could not be completed"
        invariants.check_register()
        invariants.check_log()
        invariants.check_files_are_whole()
        invariants.check_published()

    def done(self, act: str) -> bool:
        """Say whether what an act makes is there, once."""
        from testamur.register.models import Edition, StatusChange

        if act in ("issue", "cosign"):
            return Edition.objects.filter(decision=self.decision.public_id).count() == 1
        if act == "suspend":
            return StatusChange.objects.filter(attestation=self.given, status="suspended").count() == 1
        return act != "change" or self.given.editions.count() == 2


def main(options: dict[str, Any]) -> None:
    """Kill at every boundary at least ``EACH`` times and ``kills`` times in all, the rest at random instants."""
    times, draw = int(options["times"]), random.Random(options["seed"])
    killing = Killing(options)
    reached = {act: killing.places(act) for act in killing.acts()}
    began, kills, hits = time.monotonic(), 0, Counter[str]()
    plan = []
    for place in sorted(set().union(*reached.values())):
        acts = [act for act in reached if reached[act][place]]
        for turn in range(EACH * times):
            act = acts[turn % len(acts)]
            count = reached[act][place]
            nth = (1, count)[turn // len(acts)] if turn < 2 * len(acts) else draw.randint(1, count)
            plan.append((act, place, nth, turn == 0))
    try:
        for act, place, nth, whole in plan:
            try:
                died = killing.kill(act, place, nth, whole=whole)
            except AssertionError as failed:
                raise AssertionError(f"{act}, killed at {place}, number {nth}:\n{failed}") from None
            hits[place] += died
            kills += died
        while kills < int(options["kills"]) * times:
            act, seconds = draw.choice(list(reached)), draw.uniform(0, 0.15)
            try:
                killing.kill_after(act, seconds)
            except AssertionError as failed:
                raise AssertionError(f"{act}, killed after {seconds} s:\n{failed}") from None
            kills += 1
    finally:
        killing.installation.remove()
    rate = (time.monotonic() - began) / max(kills, 1)
    print(
        json.dumps({"kills": kills, "hits": hits, "places": {a: dict(c) for a, c in reached.items()}, "seconds": rate})
    )


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
