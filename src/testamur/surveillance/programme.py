"""When the next round is due: from the scheme's moments and rules, the earliest day of all that decide it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from testamur.rules import evaluate, find
from testamur.schemes.language.moments import resolve

if TYPE_CHECKING:
    from testamur.schemes.language.definition import Definition
    from testamur.schemes.language.tables import Round


@dataclass(frozen=True)
class Life:
    """What the register and the cases say of a living attestation, as civil days.

    ``rounds_done`` are the last days of determination of the cycle's finished surveillance cases, in order;
    ``cycle`` is 1 from the first issue and one more with each renewal.
    """

    decided: date
    issued: date
    effective: date
    expires: date | None
    rounds_done: tuple[date, ...] = ()
    cycle: int = 1

    @property
    def previous(self) -> date:
        """Return the day from which the next interval counts: the last round, or else the issue."""
        return self.rounds_done[-1] if self.rounds_done else self.issued

    def named_days(self) -> dict[str, date]:
        """Return the scheme language's named days."""
        days = {
            "decided": self.decided,
            "issued": self.issued,
            "effective": self.effective,
            "previous_round": self.previous,
        }
        if self.expires:
            days["expiry"] = self.expires
        return days


@dataclass(frozen=True)
class Next:
    """The next round: its table, which one it is in the cycle, its last day, and why."""

    round: Round
    number: int
    due: date
    because: dict[str, Any]


def next_rounds(definition: Definition, life: Life, facts: dict[str, Any]) -> list[Next]:
    """Return the rounds that come next. Rounds without a ``due`` of their own follow one another (first, later …) and
    are timed by the rules that decide ``surveillance_due``; the earliest day counts."""
    number = len(life.rounds_done) + 1
    found: list[Next] = []
    timed_by_rule = [row for row in definition.rounds if row.due is None and _applies(row, facts)]
    if timed_by_rule:
        row = timed_by_rule[min(number, len(timed_by_rule)) - 1]
        days = list(by_rules(definition, life))
        if days:
            due, because = min(days, key=lambda pair: pair[0])
            found.append(Next(row, number, due, because))
    for row in definition.rounds:
        if row.due is None or not _applies(row, facts):
            continue
        last_day = resolve(row.due, life.named_days(), definition.area)
        if last_day is not None:
            found.append(
                Next(
                    row,
                    number,
                    last_day,
                    {"moment": str(row.due), "from": life.previous.isoformat(), "source": str(row.source[0])},
                )
            )
    # Nothing is due after the end: what comes then is a renewal.
    return [one for one in found if life.expires is None or one.due <= life.expires]


def by_rules(definition: Definition, life: Life) -> list[tuple[date, dict[str, Any]]]:
    """Return (last day, why) of each rule of the scheme that decides when surveillance is due."""
    supplied: dict[str, Any] = {
        "decision_date": life.decided,
        "previous_event": life.previous,
        "kind": "later" if life.rounds_done else "first",
        "audit_date": life.previous,
        "surveillance_dates": [day.isoformat() for day in life.rounds_done],
        "years_required": [life.previous.year + 1],
    }
    days: list[tuple[date, dict[str, Any]]] = []
    for row in definition.rules_for("surveillance_due", "surveillance"):
        if row.rule == "CAB.first_surveillance_due" and life.rounds_done:
            continue
        inputs = {
            **row.with_,
            **{name: definition.scheme.regime for name, fact in row.from_.items() if fact == "scheme.regime"},
        }
        known = _inputs_of(row.rule)
        inputs.update({name: value for name, value in supplied.items() if name in known})
        output = evaluate(row.rule, inputs, on=life.previous).output
        because = {"rule": row.rule, "from": life.previous.isoformat(), "source": str(row.source[0])}
        if output.get("due"):
            days.append((output["due"], because))
        elif output.get("missing_years"):
            days.append((date(min(output["missing_years"]), 12, 31), because))
    return days


def _inputs_of(rule_id: str) -> set[str]:
    return set(find(rule_id).inputs)


def _applies(row: Round, facts: dict[str, Any]) -> bool:
    return all(condition.holds(facts) for condition in row.when)
