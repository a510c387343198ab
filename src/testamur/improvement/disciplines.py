"""Where a problem stands: which steps are on record, what each still needs, whose turn it is and by when.

The rules of 8D are those of :mod:`testamur.tqm.improve.eight`; here the rows of a problem are laid before them. The
four steps of a corrective action are a selection of the same disciplines (ISO 9001:2015, 10.2.1).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

from testamur.improvement.models import Analysis, Containment, EffectCheck, Prevention, Problem, ProblemAction
from testamur.kernel.refusal import Refused, _
from testamur.parties.models import Membership
from testamur.tqm.improve.eight import LISTS, STEPS, YES, EightD

#: Step → its name. Four steps, and nine disciplines of which D0 is the preparation.
TITLES: dict[str, str] = {
    "contain": _("Contain and correct"),
    "cause": _("Find the root cause"),
    "act": _("Act and prove"),
    "effect": _("Check the effect and close"),
    "D0": _("D0 Prepare"),
    "D1": _("D1 Team"),
    "D2": _("D2 Problem"),
    "D3": _("D3 Containment"),
    "D4": _("D4 Root cause: occurrence and escape"),
    "D5": _("D5 Choose actions"),
    "D6": _("D6 Carry out and prove"),
    "D7": _("D7 Prevent"),
    "D8": _("D8 Check the effect, close and thank"),
}
#: Step of a corrective action → the disciplines it is made of.
FOUR: dict[str, tuple[str, ...]] = {"contain": ("D3",), "cause": ("D4",), "act": ("D5", "D6"), "effect": ("D8",)}
#: What only the closing itself can give.
AT_CLOSING = frozenset({"recognition", "closed_by"})
#: What is missing → what is to be done, as the page says it.
NEEDS: dict[str, str] = {
    "symptom": _("Say what was seen"),
    "emergency_action": _("Say what was done at once"),
    "leader": _("Name who leads the team"),
    "members": _("Name the team: at least one person beside the leader"),
    "problem": _("Describe the problem"),
    "is_not": _("Say where or when it does not happen"),
    "containment": _("Contain the problem"),
    "containment_check": _("Check that the containment works"),
    "containment_effective": _("Strengthen the containment: it does not work"),
    "cause_of_occurrence": _("Find why it happened (cause of occurrence)"),
    "cause_of_escape": _("Find why nobody noticed (escape cause)"),
    "verification:D4": _("Say how the cause was verified"),
    "corrective_actions": _("Choose a corrective action"),
    "verification:D5": _("Say how one knows that the action removes the cause"),
    "implemented": _("Carry out the actions"),
    "before": _("Show how it was before"),
    "after": _("Show how it is after"),
    "effective": _("Prove that the actions work"),
    "fmea_rows": _("Name the rows of the FMEA that were changed"),
    "control_plan": _("Name the control plan that was changed"),
    "prevention": _("Say how it is prevented elsewhere"),
    "evidence:D3": _("Prove the check of the containment"),
    "evidence:D4": _("Prove the root cause"),
    "evidence:D6": _("Prove the actions"),
    "check_agreed": _("Agree how, when and by whom the effect is checked"),
    "check_passed": _("Check the effect"),
}


@dataclass(frozen=True)
class Need:
    """One thing that a step still needs: key of ``NEEDS``, who does it and by when."""

    key: str
    step: str
    who: Membership | None
    due_on: date | None

    @property
    def sentence(self) -> str:
        return NEEDS[self.key]


@dataclass(frozen=True)
class Step:
    """One step of a problem: done when nothing is missing and every step before it is done."""

    key: str
    needs: tuple[Need, ...]
    done: bool
    at: datetime | None

    @property
    def title(self) -> str:
        return TITLES[self.key]


class Standing:
    """Where one problem stands; reads its rows once."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.eight = problem.method == Problem.Method.EIGHT_D

    # What holds now ----------------------------------------------------------------------------------------------

    @cached_property
    def members(self) -> list[Any]:
        return list(self.problem.members.filter(left_at=None).select_related("membership__person"))

    @cached_property
    def leader(self) -> Membership | None:
        led = next((one.membership for one in self.members if one.leads), None)
        return led or self.problem.by

    @cached_property
    def containment(self) -> Containment | None:
        return self.problem.containment_rows.order_by("-id").first()

    @cached_property
    def analyses(self) -> dict[str, Analysis]:
        """Return the newest analysis of each strand in this round."""
        rows = self.problem.analysis_rows.filter(round=self.problem.round).order_by("id")
        return {row.strand: row for row in rows}

    @cached_property
    def actions(self) -> list[ProblemAction]:
        """Return the actions of this round that were not dropped."""
        rows = self.problem.problemaction_rows.filter(round=self.problem.round, dropped_because="")
        return list(rows.select_related("owner__person", "proof_file", "proof_study", "proof_chart"))

    @cached_property
    def check(self) -> EffectCheck | None:
        rows = self.problem.effectcheck_rows.filter(round=self.problem.round).select_related("checker__person")
        return rows.order_by("-id").first()

    @cached_property
    def prevention(self) -> Prevention | None:
        return self.problem.prevention_rows.order_by("-id").first()

    @cached_property
    def plans(self) -> dict[str, Any]:
        """Return the newest plan of each step."""
        return {row.step: row for row in self.problem.plans.select_related("who__person").order_by("id")}

    # What the rules say ------------------------------------------------------------------------------------------

    def _record(self, discipline: str) -> tuple[dict[str, Any], tuple[str, ...], datetime | None]:
        """Return what is on record for a discipline: facts, evidence, and since when."""
        return getattr(self, f"_{discipline.lower()}")()  # type: ignore[no-any-return]

    def _d0(self) -> tuple[dict[str, Any], tuple[str, ...], datetime | None]:
        problem = self.problem
        return {"symptom": problem.title, "emergency_action": problem.emergency}, (), problem.effective_at

    def _d1(self) -> tuple[dict[str, Any], tuple[str, ...], datetime | None]:
        lead = next((one for one in self.members if one.leads), None)
        others = [str(one.membership) for one in self.members if not one.leads]
        at = max((one.effective_at for one in self.members), default=None)
        return {"leader": str(lead.membership) if lead else "", "members": others}, (), at

    def _d2(self) -> tuple[dict[str, Any], tuple[str, ...], datetime | None]:
        problem = self.problem
        return {"problem": problem.what, "is_not": problem.is_not}, (), problem.effective_at

    def _d3(self) -> tuple[dict[str, Any], tuple[str, ...], datetime | None]:
        held = self.containment
        if held is None:
            return {}, (), None
        facts = {
            "containment": held.what, "containment_check": held.checked_how, "containment_effective": held.works,
        }  # fmt: skip
        return facts, held.evidence, held.effective_at

    def _d4(self) -> tuple[dict[str, Any], tuple[str, ...], datetime | None]:
        found = self.analyses
        facts: dict[str, Any] = {f"cause_of_{strand}": row.cause for strand, row in found.items()}
        facts["verification"] = " / ".join(row.verification for row in found.values())
        proof = tuple(one for row in found.values() for one in row.evidence)
        return facts, proof, max((row.effective_at for row in found.values()), default=None)

    def _d5(self) -> tuple[dict[str, Any], tuple[str, ...], datetime | None]:
        chosen = [one for one in self.actions if one.kind == ProblemAction.Kind.CORRECTIVE]
        facts = {
            "corrective_actions": [one.what for one in chosen],
            "verification": " / ".join(one.expectation for one in chosen),
        }
        return facts, (), max((one.recorded_at for one in chosen), default=None)

    def _d6(self) -> tuple[dict[str, Any], tuple[str, ...], datetime | None]:
        done = [one for one in self.actions if one.done_on is not None]
        if not done or len(done) < len(self.actions):
            return {}, (), None
        facts = {
            "implemented": " / ".join(one.what for one in done),
            "before": " / ".join(one.before for one in done),
            "after": " / ".join(one.after for one in done),
            "effective": True,  # an action that is not seen to work cannot be reported as done
        }
        return facts, tuple(proof for one in done for proof in one.evidence), max(one.effective_at for one in done)

    def _d7(self) -> tuple[dict[str, Any], tuple[str, ...], datetime | None]:
        held = self.prevention
        if held is None:
            return {}, (), None
        facts = {"fmea_rows": [held.failure_text], "control_plan": held.plan_text, "prevention": held.what}
        return facts, held.evidence, held.effective_at

    def _d8(self) -> tuple[dict[str, Any], tuple[str, ...], datetime | None]:
        closer = str(self.problem.closed_by or "")
        return {"recognition": self.problem.recognition, "closed_by": closer}, (), self.problem.closed_at

    def _lacking(self, discipline: str) -> list[str]:
        """Return every entry for which the rules of 8D refuse the discipline, in their order."""
        facts, evidence, _at = self._record(discipline)
        found: list[str] = []
        while True:
            try:
                EightD(stage=discipline).record(discipline, facts, evidence=evidence)
            except Refused as refused:
                name = refused.field
                found.append(name)
                if name == "evidence":
                    evidence = ("missing",)
                else:  # stands in for what is missing, so that the next one shows too
                    facts = {**facts, name: True if name in YES else [name] if name in LISTS else f"missing {name}"}
            else:
                return found

    def _needs_of(self, discipline: str) -> list[str]:
        keys = [key for key in self._lacking(discipline) if key not in AT_CLOSING]
        if not self.eight:
            keys = [key for key in keys if key != "cause_of_escape"]
        if discipline == "D3" and "containment" in keys:
            keys = ["containment"]
        if discipline == "D3" and "containment_check" in keys:
            keys = ["containment_check"]
        if discipline == "D4" and not self.analyses:
            keys = [key for key in keys if key.startswith("cause_of")]
        if discipline == "D5":
            if "corrective_actions" in keys:
                keys = ["corrective_actions"]
            if self.check is None:
                keys.append("check_agreed")
        if discipline == "D6" and "implemented" in keys:
            keys = ["implemented"]
        if discipline == "D8" and not (self.check and self.check.effective):
            keys.append("check_passed")
        return [f"{key}:{discipline}" if key in ("evidence", "verification") else key for key in keys]

    def _turn(self, step: str, key: str) -> tuple[Membership | None, date | None]:
        """Return who does what is missing, and by when."""
        if key == "check_passed" and self.check is not None:
            return self.check.checker, self.check.due_on
        if key in ("implemented", "evidence:D6", "before", "after"):
            open_ones = [one for one in self.actions if one.done_on is None]
            if open_ones:
                first = min(open_ones, key=lambda one: one.due_on)
                return first.owner, first.due_on
        plan = self.plans.get(step)
        return (plan.who, plan.due_on) if plan else (self.leader, None)

    @cached_property
    def steps(self) -> list[Step]:
        """Return the steps in their order."""
        made: list[Step] = []
        for key, disciplines in ({one: (one,) for one in STEPS} if self.eight else FOUR).items():
            keys = [need for one in disciplines for need in self._needs_of(one)]
            needs = tuple(Need(need, key, *self._turn(key, need)) for need in keys)
            ended = key in ("D8", "effect")
            done = not needs and all(one.done for one in made) and (not ended or self.problem.closed_at is not None)
            at = max((at for one in disciplines if (at := self._record(one)[2])), default=None)
            made.append(Step(key, needs, done, at))
        return made

    @property
    def now(self) -> Step | None:
        """Return the step that is to be worked next; None once the problem is closed."""
        return next((one for one in self.steps if not one.done), None)

    @property
    def missing(self) -> list[Need]:
        """Return everything that stands between the problem and its closing."""
        return [need for step in self.steps for need in step.needs]

    @property
    def next(self) -> Need | None:
        """Return the one thing to be done next; None where only the closing is left, or nothing."""
        return next(iter(self.missing), None)


def report_of(standing: Standing) -> Mapping[str, Any]:
    """Return the facts on record of every discipline, for reports."""
    return {step: standing._record(step)[0] for step in STEPS}
