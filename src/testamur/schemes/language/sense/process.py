"""Determination, review and decision: who does what, in which order, and independent of whom."""

from __future__ import annotations

from testamur.kernel.refusal import _
from testamur.schemes.language.sense.judge import ACTIVITY, ARRANGEMENT, GROUND, ROLE, Judge, at, circle
from testamur.schemes.language.tables import Decision, Finding, Review

#: A ground that leads to a status needs the outcome by which it is decided.
OUTCOME_OF = {"suspended": "suspend", "withdrawn": "withdraw", "cancelled": "cancel", "reduced": "reduce"}


def agree(judge: Judge) -> None:
    """Judge activities, findings, review and decision."""
    _activities(judge)
    for finding in judge.definition.findings:
        _finding(judge, finding)
    review, decision = judge.definition.review, judge.definition.decision
    assert review is not None and decision is not None, "NEEDED has been checked"
    _independent(judge, review, "review")
    _independent(judge, decision, "decision")
    _decision(judge, decision)


def _activities(judge: Judge) -> None:
    definition = judge.definition
    for row in definition.activities:
        judge.refer(row, "by", row.by, judge.roles, ROLE)
        judge.refer(row, "after", row.after, judge.activities, ACTIVITY)
        judge.refer(row, "accepts", row.accepts, judge.words.arrangements, ARRANGEMENT)
        judge.day(row, "opens", row.opens)
        judge.day(row, "closes", row.closes)
        judge.facts_of(row, "when", row.when)
        judge.facts_of(row, "passes_when", row.passes_when)
        if row.accepts and not row.max_age:
            message = _("{table} accepts foreign results, but does not say how old they may be (max_age).")
            at(row).say(message, "accepts")
        for role in definition.roles:
            if role.id in row.by and "determination" not in role.functions:
                message = _('{table} is done by "{role}", who does not act in determination.')
                at(row).say(message, "by", role=role.id)
    waiting = circle({row.id: set(row.after) & judge.activities for row in definition.activities})
    if waiting:
        at(definition.activity(waiting[0])).say(
            _("{table} waits for itself: {circle}."), "after", circle=" after ".join(waiting)
        )
    if not any("initial" in row.on for row in definition.activities):
        message = _("{table} has no activity on the initial occasion, so nothing would be determined.")
        at(definition.scheme).say(message)


def _finding(judge: Judge, row: Finding) -> None:
    for moment in row.close_by.all() if row.close_by else ():
        judge.day(row, "close_by", moment)
    judge.refer(row, "repeats", [row.repeats], judge.activities, ACTIVITY)
    judge.refer(row, "overdue", [row.overdue], judge.grounds, GROUND)
    if not row.nonconformity and (row.blocks or row.needs):
        message = _("{table} is no nonconformity and so cannot block or need anything.")
        at(row).say(message, "blocks" if row.blocks else "needs")
    if row.close_by is None and (row.overdue or row.repeats):
        message = _("{table} says what follows, but not after which day (close_by).")
        at(row).say(message, "overdue" if row.overdue else "repeats")
    if row.close_by and row.close_by.on("surveillance") and judge.definition.rounds and not row.overdue:
        message = _("{table} may stay open on surveillance without consequence; name the ground in overdue.")
        at(row).say(message, "close_by")


def _independent(judge: Judge, table: Review | Decision, function: str) -> None:
    judge.refer(table, "by", table.by, judge.roles, ROLE)
    for role in judge.definition.roles:
        if role.id not in table.by:
            continue
        if function not in role.functions:
            message = _('{table} is made by "{role}", who does not act in {function}.')
            at(table).say(message, "by", role=role.id, function=function)
        both = sorted(set(role.functions) & set(table.independent_of))
        if both:
            message = _(
                '{table} is made by "{role}", whose role also acts in {functions}, of which this must be independent.'
            )
            at(table).say(message, "by", role=role.id, functions=both)
    if table.persons < 1:
        at(table).say(_("{table} needs at least one person."), "persons")


def _decision(judge: Judge, row: Decision) -> None:
    judge.refer(row, "signed_by", row.signed_by, judge.roles, ROLE)
    judge.day(row, "appeal_until", row.appeal_until)
    if judge.definition.scheme.party == "third" and "determination" not in row.independent_of:
        message = _("{table} of a third party must be independent of determination.")
        at(row).say(message, "independent_of")
    if not {"grant", "refuse"} <= set(row.outcomes):
        at(row).say(_("{table} must be able to grant and to refuse."), "outcomes")
    for ground in judge.definition.grounds:
        outcome = OUTCOME_OF.get(ground.to)
        if outcome and outcome not in row.outcomes:
            message = _("{table} leads to {to}, but the decision cannot {outcome}.")
            at(ground).say(message, "to", to=ground.to, outcome=outcome)
