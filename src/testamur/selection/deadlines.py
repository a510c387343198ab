"""The clocks of a case: every ``[[deadline]]`` of its scheme with its pauses, its last day and what follows
when it is missed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from testamur.kernel.once import once
from testamur.kernel.refusal import _
from testamur.schemes.language.moments import resolve, working_days_after, working_days_left
from testamur.schemes.language.tables import Deadline
from testamur.selection import moments
from testamur.selection.models import Case, Pause
from testamur.selection.roles import cite
from testamur.selection.turns import Missing

#: Named day a clock starts from → named day by which its step is done. A clock that starts when something was asked of
#: the applicant ends with the next submission; one that runs to a living attestation's end, with the decision.
DONE_BY = {
    "submitted": ("accepted", "asked", "decided"),
    "asked": ("answered",),
    "accepted": ("decided",),
    "contracted": ("determined", "decided"),
    "planned": ("determined",),
    "determined": ("decided",),
    "reviewed": ("decided",),
    "decided": ("issued",),
    "notified": ("determined", "decided"),
    "complained": ("determined", "decided"),
    "expiry": ("decided",),
}
#: What is shown when a clock has run out, by the scheme's word.
MISSED = {
    "shown": _("“{step}” was due on {day} and is overdue."),
    "deemed": _("“{step}” was due on {day}. By the source cited, silence counts as done in the applicant's favour."),
    "closed": _("“{step}” was due on {day}. By the source cited, the case ends without a decision."),
    "escalated": _("“{step}” was due on {day} and is overdue; those who oversee the body see it in their feed."),
}


@dataclass(frozen=True)
class Clock:
    """One deadline as it stands.

    Attributes:
        started: day it runs from, None while that day has not come.
        due: last day, pauses and an extension counted in; None until it has started.
        done_on: day on which the step was done, None while it is open.
        paused: it stands still now; ``why`` says what for.
        left: working days left (negative: late); None unless it runs.
    """

    deadline: Deadline
    started: date | None
    due: date | None
    done_on: date | None
    paused: bool
    why: str
    extended_until: date | None
    left: int | None

    @property
    def running(self) -> bool:
        """Say whether it runs: started and the step not done."""
        return self.due is not None and self.done_on is None

    @property
    def late(self) -> bool:
        """Say whether the last day passed before the step was done."""
        return self.running and not self.paused and self.left is not None and self.left < 0

    @property
    def was_late(self) -> bool:
        """Say whether the step was done after its last day."""
        return self.due is not None and self.done_on is not None and self.done_on > self.due

    def said(self) -> Missing | None:
        """Return what to show where the clock has run out, by the scheme's ``missed``."""
        if not self.late or self.due is None:
            return None
        return Missing(
            sentence=MISSED[self.deadline.missed],
            facts={"step": self.deadline.step, "day": self.due},
            source=cite(self.deadline),
            state="warn",
            rule=f"deadline.{self.deadline.id}",
        )


def clocks(case: Case, today: date | None = None) -> list[Clock]:
    """Return every clock of the scheme that has started in a case, or could on this occasion."""
    now = today or moments.today(case)

    def ask() -> list[Clock]:
        known = moments.known_days(case)
        pauses = list(case.pauses.order_by("from_day", "id"))
        return [_clock(case, deadline, known, pauses, now) for deadline in case.scheme.definition.deadlines]

    return list(once(("clocks of", case.pk, now), ask))  # whose turn, what is missing and the terms: one page says all


def _clock(case: Case, deadline: Deadline, known: dict[str, date], pauses: list[Pause], today: date) -> Clock:
    area = case.scheme.definition.area
    name = deadline.by.day
    ours = dict(known)
    if case.attestation_id and name == "decided" and "decided" not in (case.days or {}):
        ours.pop("decided", None)  # the living attestation's own decision starts no clock of this case
    started = ours.get(name)
    due = resolve(deadline.by, ours, area)
    done = _done(case, name, known)
    stopping = [pause for pause in pauses if pause.why in deadline.stops]
    standing = next((pause for pause in stopping if pause.until_day is None), None)
    if due is not None and started is not None:
        due = _pushed(
            due,
            started,
            stopping,
            done or today,
            working_in=area if deadline.by.period is not None and deadline.by.period.unit == "working day" else "",
        )
    longer = (case.days or {}).get(f"extended.{deadline.id}")
    extended = date.fromisoformat(longer) if longer else None
    if due is not None and extended is not None:
        due = max(due, extended)
    left = working_days_left(today, due, area) if due is not None and done is None else None
    return Clock(
        deadline=deadline,
        started=started,
        due=due,
        done_on=done,
        paused=standing is not None and done is None,
        why=standing.why if standing else "",
        extended_until=extended,
        left=left,
    )


def _done(case: Case, name: str, known: dict[str, date]) -> date | None:
    own = {key: day for key, day in known.items() if key in (case.days or {}) or key in ("submitted",)}
    ends = [own[one] for one in DONE_BY.get(name, ()) if one in own]
    if case.closed_on:
        ends.append(case.closed_on)
    if name == "asked":
        asked, answered = own.get("asked"), own.get("answered")
        return answered if answered and asked and answered >= asked else None
    if name == "submitted" and own.get("submitted"):
        ends = [day for day in ends if day >= own["submitted"]]
    return min(ends, default=None)


def _pushed(due: date, started: date, pauses: list[Pause], until: date, *, working_in: str) -> date:
    """Return the last day with the days on which the clock stood still added at its end.

    ``working_in`` is the area whose working days are added, "" where civil days are.
    """
    for pause in pauses:
        first = max(pause.from_day, started)
        last = pause.until_day or until
        if first > due or last <= first:
            continue
        if working_in:
            stood = working_days_left(first, last, working_in)
            due = working_days_after(due, stood, working_in)
        else:
            due += timedelta(days=(last - first).days)
    return due


def due_of(case: Case, *steps: str, today: date | None = None) -> Clock | None:
    """Return the earliest running clock whose step is done by one of the named days (``accepted``, ``decided`` …)."""
    running = [
        clock
        for clock in clocks(case, today)
        if clock.running and clock.due is not None and set(steps) & set(DONE_BY.get(clock.deadline.by.day, ())[:1])
    ]
    return min(running, key=lambda clock: clock.due or date.max, default=None)
