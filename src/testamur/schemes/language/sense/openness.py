"""Rules, clocks, benefits and openness."""

from __future__ import annotations

from testamur.kernel.refusal import _
from testamur.schemes.language.said import NOTHING, Said, hint
from testamur.schemes.language.sense.judge import GRADE, Judge, at
from testamur.schemes.language.tables import Disclosure, Rule

FROM_A_SCHEME = Said(_(" from a scheme"))


def agree(judge: Judge) -> None:
    """Judge rules, deadlines, reports, benefits and disclosure."""
    definition = judge.definition
    for grade in definition.grades:
        judge.facts_of(grade, "when", grade.when)
    for rule in definition.rules:
        _rule(judge, rule)
    for deadline in definition.deadlines:
        judge.day(deadline, "by", deadline.by)
        if deadline.missed == "deemed" and not deadline.deems:
            message = _(
                '{table} says missed = "deemed"; silence of the issuer is carried out only where by counts from '
                "submitted (the application is accepted) or from expiry (what was to be renewed is renewed)."
            )
            at(deadline).say(message, "missed")
    for report in definition.reports:
        judge.day(report, "by", report.by)
    for benefit in definition.benefits:
        judge.refer(benefit, "grade", [benefit.grade], judge.grades, GRADE)
        judge.facts_of(benefit, "when", benefit.when)
    assert definition.disclosure is not None, "NEEDED has been checked"
    _disclosure(definition.disclosure)


def _rule(judge: Judge, row: Rule) -> None:
    entry = judge.words.rules.get(row.rule)
    if entry is None:
        message = _('{table} names "{rule}", which is not in the rule index.{hint}')
        at(row).say(message, "rule", rule=row.rule, hint=hint(row.rule, judge.words.rules))
        return
    if row.decides not in entry.decides:
        message = _("{table} asks {rule} to decide {question}; it decides {questions}.")
        facts = {"rule": row.rule, "question": row.decides, "questions": entry.decides}
        at(row).say(message, "decides", **facts)
    _inputs(judge, row)


def _inputs(judge: Judge, row: Rule) -> None:
    entry = judge.words.rules[row.rule]
    given = set(row.with_) | set(row.from_)
    for word in sorted(set(entry.bind) - given):
        message = _('{table} leaves the input "{input}" of {rule} open; give it in with or from.')
        at(row).say(message, "rule", input=word, rule=row.rule)
    for word in sorted(given - set(entry.bind) - set(entry.optional)):
        message = _('{table} gives "{input}", which {rule} does not take{from_a_scheme}.')
        supplied = FROM_A_SCHEME if word in entry.supplied else NOTHING
        key = "with" if word in row.with_ else "from"
        at(row).say(message, key, word, input=word, rule=row.rule, from_a_scheme=supplied)
    for word in sorted(set(row.with_) & set(row.from_)):
        at(row).say(_('{table} gives "{input}" twice, in with and in from.'), "from", word, input=word)
    for word, facts in row.from_.items():
        for fact in facts if isinstance(facts, tuple) else (facts,):
            if fact not in judge.facts:
                message = _(
                    '{table} takes "{input}" from "{fact}", '
                    "which is neither a field of the form nor a known fact.{hint}"
                )
                at(row).say(message, "from", word, input=word, fact=fact, hint=hint(fact, judge.facts))


def _disclosure(row: Disclosure) -> None:
    for one, other in (("public", "never"), ("public", "on_request"), ("on_request", "never")):
        for word in sorted(set(getattr(row, one)) & set(getattr(row, other))):
            message = _('{table} says both {one} and {other} of "{word}".')
            at(row).say(message, other, one=one, other=other, word=word)
    if not {"number", "status"} <= set(row.public):
        at(row).say(_("{table} must make number and status public, or nobody could verify."), "public")
