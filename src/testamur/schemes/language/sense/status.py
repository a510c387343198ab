"""Attestation, surveillance and status: what ends, what falls due, and who must act then."""

from __future__ import annotations

from testamur.kernel.refusal import _
from testamur.schemes.language.said import Said
from testamur.schemes.language.sense.head import OBJECTS
from testamur.schemes.language.sense.judge import ACTIVITY, GROUND, SCOPE_DIMENSION, Judge, at, circle
from testamur.schemes.language.tables import Attestation, Ground, Mark


def agree(judge: Judge) -> None:
    """Judge attestation, marks, rounds, triggers and grounds."""
    assert judge.definition.attestation is not None, "NEEDED has been checked"
    _attestation(judge, judge.definition.attestation)
    for mark in judge.definition.marks:
        _mark(judge, mark)
    _rounds(judge)
    for trigger in judge.definition.triggers:
        judge.refer(trigger, "activities", trigger.activities, judge.activities, ACTIVITY)
        judge.day(trigger, "by", trigger.by)
        judge.facts_of(trigger, "when", trigger.when)
        if trigger.told_by == "platform" and not trigger.when:
            message = _("{table} is noticed by the platform and must say from which facts (when).")
            at(trigger).say(message, "told_by")
        elif trigger.when and trigger.told_by != "platform":
            at(trigger).say(_("{table} has facts in when, but the platform is not the one who tells."), "when")
    for ground in judge.definition.grounds:
        _ground(judge, ground)
    _leads_back(judge)


def _attestation(judge: Judge, row: Attestation) -> None:
    decision = judge.definition.decision
    outcomes = decision.outcomes if decision else ()
    for word in ("effective", "until", "renewed_until", "renewal_opens", "renewal_closes"):
        judge.day(row, word, getattr(row, word))
    judge.refer(row, "unique", row.unique, judge.dimensions | {"holder"}, SCOPE_DIMENSION)
    judge.refer(row, "same", row.same, judge.dimensions, SCOPE_DIMENSION)
    if row.until.endless and "renew" in outcomes:
        at(row).say(_("{table} never ends, yet the decision can renew."), "until")
    if not row.until.endless and row.renewal_opens is None and "renew" in outcomes:
        at(row).say(_("{table} can be renewed, but does not say from when (renewal_opens)."))
    if not row.until.endless and not any(ground.to == "expired" for ground in judge.definition.grounds):
        at(row).say(_("{table} ends, but no [[ground]] leads to expired."), "until")
    if "mode" in row.shows and judge.definition.scheme.mode is None:
        at(row).say(_("{table} shows the mode of certification, but [scheme] does not say which (mode)."), "shows")


def _mark(judge: Judge, row: Mark) -> None:
    scheme = judge.definition.scheme
    if scheme.type in ("1a", "1b") and row.covers == "continuing_production":
        message = _("{table} is for continuing production, but type {type} does not look at production.")
        at(row).say(message, "covers", type=scheme.type)
    if scheme.object in ("system", "body", "person") and "product" in row.on:
        message = _("{table} is for a {object} and may not be shown on a product.")
        at(row).say(message, "on", object=Said(OBJECTS[scheme.object]))
    if set(row.on) & set(row.never_on):
        at(row).say(_("{table} both allows and forbids the same place."), "never_on")


def _rounds(judge: Judge) -> None:
    decided = {rule.decides for rule in judge.definition.rules}
    for row in judge.definition.rounds:
        judge.refer(row, "activities", row.activities, judge.activities, ACTIVITY)
        judge.refer(row, "overdue", [row.overdue], judge.grounds, GROUND)
        judge.day(row, "due", row.due)
        judge.facts_of(row, "when", row.when)
        if row.due is None and "surveillance_due" not in decided:
            message = _("{table} is due on no day; say due, or add a [[rule]] that decides surveillance_due.")
            at(row).say(message)
        for activity in judge.definition.activities:
            if activity.id in row.activities and "surveillance" not in activity.on:
                message = _('{table} calls "{activity}", which is not done on surveillance.')
                at(row).say(message, "activities", activity=activity.id)


def _ground(judge: Judge, row: Ground) -> None:
    judge.refer(row, "then", [row.then], judge.grounds, GROUND)
    judge.day(row, "by", row.by)
    falls_due = bool(judge.definition.set_off_by(row.id))
    if row.asked_by == "platform" and row.to != "expired":
        message = _(
            "{table} may not take effect by itself; only expired does. "
            "Make it a duty of the issuer, with the day by which it must act (by)."
        )
        at(row).say(message, "asked_by")
    elif falls_due and row.by is None and row.to != "expired":
        at(row).say(_("{table} falls due of itself; say by which day somebody must have acted (by)."))
    if row.by and not falls_due:
        at(row).say(_("{table} has a day by which to act, but nothing sets it off."), "by")
    if row.standing and row.by is None:
        at(row).say(_("{table} may be signed beforehand, but nothing says when it is due (by)."), "standing")
    if (row.at_most is None) != (row.then is None):
        message = _("{table} needs at_most and then together: how long, and what follows.")
        at(row).say(message, "at_most" if row.at_most else "then")
    limited = any(rule.decides == "suspension_limit" for rule in judge.definition.rules)
    if row.to == "suspended" and row.at_most is None and not limited:
        at(row).say(_("{table} suspends without end; say at_most and then."), "to")
    if row.effect == "from_start" and row.to not in ("withdrawn", "cancelled"):
        message = _("{table} is void from the start, but leads to {to}; only what ends can be void from the start.")
        at(row).say(message, "effect", to=row.to)


def _leads_back(judge: Judge) -> None:
    loop = circle({row.id: {row.then} - {None} for row in judge.definition.grounds})  # type: ignore[misc]
    if loop:
        message = _("{table} leads back to itself: {circle}.")
        at(judge.definition.ground(loop[0])).say(message, "then", circle=" then ".join(loop))
