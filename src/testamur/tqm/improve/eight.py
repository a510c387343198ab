"""8D problem solving as a state machine of pure data: nine disciplines, and what each must have on record.

A report never changes: :meth:`EightD.record` and :meth:`EightD.reopen` return the next one. Who may do it, when it was
done and where the evidence lies is the business of the platform above; here stands only what an 8D must contain.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from testamur.kernel.refusal import Refused, _
from testamur.tqm.methods import provenance
from testamur.tqm.results import Result

#: Discipline → what it must have on record. Texts unless listed in :data:`LISTS` or :data:`YES`.
REQUIRED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "D0": ("symptom", "emergency_action"),
        "D1": ("leader", "members"),
        "D2": ("problem", "is_not"),
        "D3": ("containment", "containment_check", "containment_effective"),
        "D4": ("cause_of_occurrence", "cause_of_escape", "verification"),
        "D5": ("corrective_actions", "verification"),
        "D6": ("implemented", "before", "after", "effective"),
        "D7": ("fmea_rows", "control_plan", "prevention"),
        "D8": ("recognition", "closed_by"),
    }
)
STEPS = tuple(REQUIRED)
#: Entries that are lists with at least one member, and entries that must be a plain yes.
LISTS = frozenset({"members", "corrective_actions", "fmea_rows"})
YES = frozenset({"containment_effective", "effective"})
#: Disciplines that cannot be recorded without evidence (a file's digest, a chart's id).
EVIDENCE = frozenset({"D3", "D4", "D6"})

#: Where a report may go back to; the disciplines from there on are worked anew, the old entries stay in the history.
BACK: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {step: STEPS[2:place] for place, step in enumerate(STEPS) if place > 2} | {"closed": ("D2", "D4")}
)


@dataclass(frozen=True)
class Entry:
    """One discipline on record: its facts and the evidence for them; ``reason`` where a report was reopened."""

    step: str
    facts: Mapping[str, Any]
    evidence: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True)
class EightD:
    """One 8D report.

    Attributes:
        stage: discipline that is to be worked next, or ``closed``.
        current: entries that hold; history: everything ever recorded, in order.
    """

    stage: str = "D0"
    current: tuple[Entry, ...] = ()
    history: tuple[Entry, ...] = ()

    @property
    def closed(self) -> bool:
        return self.stage == "closed"

    def record(self, step: str, facts: Mapping[str, Any], *, evidence: Sequence[str] = ()) -> EightD:
        """Return the report with one more discipline on record.

        Raises:
            Refused: it is another discipline's turn, an entry is missing, the containment or the correction was not
                effective, or evidence is missing.
        """
        if self.closed:
            raise Refused(_("This 8D report is closed; reopen it with a reason to work on it again."))
        if step != self.stage:
            raise Refused(_("{stage} is next; {step} cannot be recorded yet."), {"stage": self.stage, "step": step})
        given = MappingProxyType(dict(facts))
        for name in REQUIRED[step]:
            if not _answered(name, given.get(name)):
                raise _missing(step, name)
        if given.get("cause_of_escape") is not None and given.get("cause_of_escape") == given.get(
            "cause_of_occurrence"
        ):
            raise Refused(
                _("Why it happened and why it was not detected are two questions; answer both."),
                field="cause_of_escape",
            )
        proof = tuple(str(one) for one in evidence if str(one).strip())
        if step in EVIDENCE and not proof:
            raise Refused(
                _("{step} needs evidence: attach a record, a chart or a study."), {"step": step}, field="evidence"
            )
        entry = Entry(step, given, proof)
        place = STEPS.index(step) + 1
        following = STEPS[place] if place < len(STEPS) else "closed"
        return EightD(following, (*self.current, entry), (*self.history, entry))

    def reopen(self, step: str, *, reason: str) -> EightD:
        """Return the report gone back to an earlier discipline, for example where a correction proved ineffective.

        Raises:
            Refused: the way does not lead back there, or no reason is given.
        """
        ways = BACK.get(self.stage, ())
        if step not in ways:
            raise Refused(
                _("From {stage} a report cannot go back to {step}; it can to: {ways}."),
                {"stage": self.stage, "step": step, "ways": ways},
            )
        if not reason.strip():
            raise Refused(_("Say why the report goes back to {step}."), {"step": step}, field="reason")
        kept = tuple(entry for entry in self.current if STEPS.index(entry.step) < STEPS.index(step))
        mark = Entry(step, MappingProxyType({}), (), reason.strip())
        return replace(self, stage=step, current=kept, history=(*self.history, mark))


@dataclass(frozen=True, kw_only=True)
class Report(Result):
    """Where an 8D report stands.

    Attributes:
        stage: discipline that is next, or ``closed``; done: disciplines on record; missing: entries that ``stage``
            asks for; reopened: how often it went back.
    """

    stage: str
    closed: bool
    done: tuple[str, ...]
    missing: tuple[str, ...]
    reopened: int


def eight_d(records: Sequence[Mapping[str, Any]]) -> Report:
    """Follow the records of an 8D report from its beginning and say where it stands.

    Args:
        records: each with ``step``, ``facts`` and ``evidence``, or with ``reopen`` and ``reason``.

    Raises:
        Refused: as :meth:`EightD.record` and :meth:`EightD.reopen`.
    """
    if not isinstance(records, (list, tuple)) or not all(isinstance(one, Mapping) for one in records):
        raise Refused(_("records must be rows with step, facts and evidence."), field="records")
    report = EightD()
    for one in records:
        if "reopen" in one:
            report = report.reopen(str(one["reopen"]), reason=str(one.get("reason", "")))
        else:
            facts = one.get("facts")
            report = report.record(
                str(one.get("step", "")),
                facts if isinstance(facts, Mapping) else {},
                evidence=one.get("evidence") or (),
            )
    return Report(
        stage=report.stage,
        closed=report.closed,
        done=tuple(entry.step for entry in report.current),
        missing=REQUIRED.get(report.stage, ()),
        reopened=sum(bool(entry.reason) for entry in report.history),
        provenance=provenance("eight_d", "VDA 8D", "2018", data={"records": records}),
    )


def _answered(name: str, value: Any) -> bool:
    if name in YES:
        return value is True
    if name in LISTS:
        return isinstance(value, (list, tuple)) and any(str(one).strip() for one in value)
    return isinstance(value, str) and bool(value.strip())


def _missing(step: str, name: str) -> Refused:
    facts = {"step": step, "name": name}
    if name == "containment_effective":
        return Refused(_("D3 ends only when the containment was checked and holds; strengthen it first."), field=name)
    if name == "effective":
        return Refused(_("D6 ends only when the correction proved effective; otherwise go back to D4."), field=name)
    if name in LISTS:
        return Refused(_("{step} needs {name}: a list with at least one entry."), facts, field=name)
    return Refused(_("{step} needs {name}."), facts, field=name)
