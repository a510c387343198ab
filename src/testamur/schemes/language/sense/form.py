"""Selection: the form, the application review, the team."""

from __future__ import annotations

from testamur.kernel.refusal import _
from testamur.schemes.language.sense.judge import PART, ROLE, SCOPE_DIMENSION, Judge, at
from testamur.schemes.language.tables import Field

NUMBERS = ("whole_number", "decimal", "money")


def agree(judge: Judge) -> None:
    """Judge parts, fields, questions and team."""
    definition = judge.definition
    for part in definition.parts:
        judge.facts_of(part, "when", part.when)
    for field in definition.fields:
        judge.refer(field, "part", [field.part], judge.parts, PART)
        judge.refer(field, "scope", [field.scope], judge.dimensions, SCOPE_DIMENSION)
        judge.facts_of(field, "when", field.when)
        _options(field)
        _identifier(judge, field)
        _limits(field)
        if field.fresh and not field.fact:
            at(field).say(_("{table} says how fresh, but not which fact is reused."), "fresh")
    asked = {field.part for field in definition.fields}
    for part in definition.parts:
        if part.id not in asked:
            at(part).say(_("{table} asks nothing; no field belongs to it."))
    _reachable(judge)
    for question in definition.questions:
        judge.refer(question, "by", [question.by], judge.roles, ROLE)
    if definition.team:
        judge.refer(definition.team, "lead", [definition.team.lead], judge.roles, ROLE)
        judge.refer(definition.team, "roles", definition.team.roles, judge.roles, ROLE)
        judge.refer(definition.team, "together", definition.team.together, judge.dimensions, SCOPE_DIMENSION)


def _options(field: Field) -> None:
    if field.type in ("choice", "choices") and not field.options:
        at(field).say(_("{table} needs options."), "type")
    elif field.options and field.type not in ("choice", "choices"):
        at(field).say(_("{table} has options, but is no choice."), "options")
    for number, option in enumerate(field.options):
        if set(option) != {"id", "en", "zh"}:
            at(field).say(_("{table} options must each say id, en and zh."), "options", number)
    if field.type in ("file", "files") and not field.accept:
        at(field).say(_("{table} must say which kinds of file it accepts."), "type")


def _identifier(judge: Judge, field: Field) -> None:
    if field.type == "identifier" and not field.identifier:
        at(field).say(_("{table} needs identifier, the rule that checks it."), "type")
    elif field.identifier and field.type != "identifier":
        at(field).say(_("{table} names a check, but is no identifier."), "identifier")
    rule = judge.words.rules.get(field.identifier or "")
    if field.identifier and (rule is None or "identifier" not in rule.decides):
        message = _('{table} identifier names "{rule}", which is no rule that checks identifiers.')
        at(field).say(message, "identifier", rule=field.identifier)


def _limits(field: Field) -> None:
    limits = [word for word in ("min", "max", "unit") if getattr(field, word) is not None]
    if limits and field.type not in NUMBERS:
        at(field).say(_("{table} has min, max or unit, but {type} is no number."), limits[0], type=field.type)
    if field.min is not None and field.max is not None and field.min > field.max:
        message = _("{table} allows {min} to {max}, which is nothing.")
        at(field).say(message, "max", min=field.min, max=field.max)


def _reachable(judge: Judge) -> None:
    """A needed answer may not wait for a question that is asked after it."""
    order = {part.id: number for number, part in enumerate(judge.definition.parts)}
    if any(field.part not in order for field in judge.definition.fields):
        return
    asked = sorted(judge.definition.fields, key=lambda field: order[field.part])
    place = {f"form.{field.id}": number for number, field in enumerate(asked)}
    for number, field in enumerate(asked):
        for condition in field.when:
            if field.required and place.get(condition.fact, -1) >= number:
                message = _('{table} is needed, but waits for "{fact}", which is asked only after it.')
                at(field).say(message, "when", fact=condition.fact)
