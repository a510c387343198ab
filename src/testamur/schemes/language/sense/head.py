"""The head of a scheme, its requirements and grades, and what ISO/IEC 17067:2013, 5.3 asks of each type."""

from __future__ import annotations

from testamur.kernel.refusal import _
from testamur.schemes.language.said import Said, hint
from testamur.schemes.language.sense.judge import Judge, at

NEEDED = Said(_("needed"))
ELSEWHERE = Said(_("for third-party certification of products, processes and services only"))
MARKET = Said(_("samples from the market"))
FACTORY = Said(_("samples from the factory"))
EITHER = Said(_("samples from market or factory"))
PRODUCTION = Said(_("assessment of production"))
SAMPLES_OR_PRODUCTION = Said(_("samples or assessment of production"))
SYSTEM = Said(_("audit of the management system"))
PROCESS = Said(_("assessment of the process or service"))


def agree(judge: Judge) -> None:
    """Judge head, requirements, grades and type."""
    _head(judge)
    _succession(judge)
    for row in judge.definition.requirements:
        if row.document not in judge.words.sources:
            message = _('{table} names "{document}", which the library of documents does not hold.{hint}')
            near = hint(row.document, judge.words.sources)
            at(row).say(message, "document", document=row.document, hint=near)
        if row.transition and row.transition not in judge.words.transitions:
            message = _('{table} names the transition "{transition}", which TRANS does not hold.')
            at(row).say(message, "transition", transition=row.transition)
    grades = judge.definition.grades
    if len({row.rank for row in grades}) != len(grades):
        at(grades[-1]).say(_("{table} shares its rank with another grade; ranks order the grades."), "rank")
    if judge.definition.scheme.type:
        _type(judge)


def _head(judge: Judge) -> None:
    scheme = judge.definition.scheme
    place = at(scheme)
    typed = scheme.party == "third" and scheme.object in ("product", "process", "service")
    if typed != (scheme.type is not None):
        message = _("{table} is a {party} statement about a {object}; type (ISO/IEC 17067) is {what}.")
        what = NEEDED if scheme.type is None else ELSEWHERE
        key = "type" if scheme.type else "object"
        place.say(message, key, party=Said(_PARTY[scheme.party]), object=Said(OBJECTS[scheme.object]), what=what)
    if scheme.effective_to and scheme.effective_to < scheme.effective_from:
        message = _("{table} ends on {to}, before it begins on {begin}.")
        place.say(message, "effective_to", to=scheme.effective_to, begin=scheme.effective_from)
    if scheme.pilot_until and scheme.pilot_until <= scheme.effective_from:
        message = _("{table} is a pilot that ends on {until}, not after it begins on {begin}.")
        place.say(message, "pilot_until", until=scheme.pilot_until, begin=scheme.effective_from)


def _succession(judge: Judge) -> None:
    scheme = judge.definition.scheme
    place = at(scheme)
    if scheme.takes_over and not scheme.replaces:
        place.say(_("{table} takes over cases, but replaces no version."), "takes_over")
    if scheme.replaces and not judge.library.find(scheme.replaces) and scheme.replaces not in judge.words.earlier:
        message = _('{table} replaces "{version}", which the library neither holds nor names as an earlier version.')
        place.say(message, "replaces", version=scheme.replaces)
    for number, pinned in enumerate(scheme.joint_with):
        if judge.library.find(pinned) is None:
            message = _('{table} names "{scheme}" in joint_with, which the library does not hold.')
            place.say(message, "joint_with", number, scheme=pinned)


def _type(judge: Judge) -> None:
    definition = judge.definition
    scheme = definition.scheme
    called = {name for row in definition.rounds for name in row.activities}
    kinds = {row.kind for row in definition.activities if "surveillance" in row.on and row.id in called}
    process = bool(kinds & {"factory_inspection", "process_assessment"})
    system = bool(kinds & {"factory_inspection", "audit"})
    market, factory = "market_sampling" in kinds, "factory_sampling" in kinds
    asked = {
        "2": [(market, MARKET)],
        "3": [(factory, FACTORY), (process, PRODUCTION)],
        "4": [(market or factory, EITHER), (process, PRODUCTION)],
        "5": [(market or factory or process, SAMPLES_OR_PRODUCTION), (system, SYSTEM)],
        "6": [(process, PROCESS), (system, SYSTEM)],
    }
    for there, what in asked.get(scheme.type or "", []):
        if not there:
            message = _("{table} is of type {type}, but its surveillance has no {what}.")
            at(scheme).say(message, "type", type=scheme.type, what=what)
    if scheme.type in ("1a", "1b") and definition.rounds:
        message = _("{table} is surveillance, which type {type} does not have.")
        at(definition.rounds[0]).say(message, type=scheme.type)


_PARTY = {"first": _("first-party"), "second": _("second-party"), "third": _("third-party")}
#: Words for the objects of conformity assessment, as sentences use them.
OBJECTS = {
    "product": _("product"),
    "process": _("process"),
    "service": _("service"),
    "system": _("system"),
    "installation": _("installation"),
    "project": _("project"),
    "data": _("data set"),
    "design": _("design"),
    "material": _("material"),
    "claim": _("claim"),
    "person": _("person"),
    "body": _("body"),
    "organisation": _("organisation"),
}
