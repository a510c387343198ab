"""The application form as the scheme defines it, with what is answered, offered, asked and wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as dc_field
from datetime import date
from typing import Any

from testamur.kernel import clock, days
from testamur.kernel.refusal import Refused, _
from testamur.parties import queries as parties
from testamur.parties.models import Organisation
from testamur.schemes.language.definition import Definition
from testamur.schemes.language.moments import before
from testamur.schemes.language.tables import Field, Part
from testamur.selection import fields
from testamur.selection.facts import definitions_of_form, form_facts, register_facts
from testamur.selection.models import Application, Attachment


@dataclass(frozen=True)
class Offered:
    """An answer that was given elsewhere: the fact's value, when it was stated, and its files."""

    name: str
    value: Any
    stated_on: date
    files: tuple[Any, ...] = ()


@dataclass
class FieldView:
    """One question.

    Attributes:
        shown: it is asked: the conditions of its part and its own hold.
        raw: what was typed; ``value`` is what it means, None where it cannot be read.
        problems: what is wrong with the answer (wrong as typed, whether or not it must be given).
        lacking: it must be answered and is not.
        offered: a fresh answer given elsewhere, while this one is empty.
        reason: why an odd answer is right all the same.
    """

    field: Field
    definition: Definition
    shown: bool
    raw: Any
    value: Any
    problems: list[Refused]
    lacking: bool
    offered: Offered | None
    attachments: list[Attachment]
    reason: str
    source: str

    @property
    def id(self) -> str:
        return self.field.id

    @property
    def answered(self) -> bool:
        """Say whether there is an answer or a file, good or bad."""
        return bool(self.attachments) if self.field.type in fields.FILES else not fields.empty(self.raw)

    def refusals(self) -> list[Refused]:
        """Return everything that stands against handing this answer in."""
        if not self.shown:
            return []
        if self.lacking:
            message = (
                _("“{question}” needs a file.")
                if self.field.type in fields.FILES
                else _("“{question}” needs an answer.")
            )
            return [
                Refused(
                    message,
                    {"question": self.field.label},
                    rule="application.required",
                    source=self.source,
                    field=self.id,
                )
            ]
        return self.problems


@dataclass
class PartView:
    """A part of the form with its questions."""

    part: Part
    definition: Definition
    shown: bool
    fields: list[FieldView] = dc_field(default_factory=list)

    @property
    def asked(self) -> list[FieldView]:
        """Return the questions that are asked."""
        return [view for view in self.fields if view.shown]

    @property
    def required(self) -> list[FieldView]:
        """Return the questions that are asked, as things stand, and must be answered."""
        return [view for view in self.asked if view.field.required]

    @property
    def done(self) -> int:
        """Return how many of the required questions are answered without a problem."""
        return sum(1 for view in self.required if not view.refusals())

    @property
    def optional_left(self) -> int:
        """Return how many questions are asked that need no answer and have none."""
        return sum(1 for view in self.asked if not view.field.required and not view.answered)

    @property
    def complete(self) -> bool:
        """Say whether nothing in this part stands against handing the form in."""
        return all(not view.refusals() for view in self.asked)


@dataclass
class Form:
    """A whole form."""

    application: Application
    parts: list[PartView]
    facts: Mapping[str, Any]

    @property
    def problems(self) -> list[Refused]:
        """Return every refusal, in the order of the form."""
        return [refusal for part in self.parts for view in part.fields for refusal in view.refusals()]

    @property
    def errors(self) -> dict[str, list[Refused]]:
        """Return what is wrong with answers already given, by field: what a draft shows."""
        found: dict[str, list[Refused]] = {}
        for part in self.parts:
            for view in part.asked:
                if view.problems:
                    found[view.id] = view.problems
        return found

    def view(self, field_id: str) -> FieldView:
        """Return one question's view; KeyError where the form has none."""
        for part in self.parts:
            for view in part.fields:
                if view.id == field_id:
                    return view
        raise KeyError(field_id)

    @property
    def shown_parts(self) -> list[PartView]:
        """Return the parts that are asked."""
        return [part for part in self.parts if part.shown]


def form(application: Application, on: date | None = None) -> Form:
    """Return the form of an application: parts and fields with their conditions, offered facts, files and errors.

    Args:
        on: civil day of filling in; default: the day of submission, else today in the area of the scheme.
    """
    case = application.case
    definitions = definitions_of_form(case)
    area = case.scheme.definition.area
    if on is None:
        on = days.day_of(application.submitted_at or clock.now(), area)
    party = case.client or case.person
    assert party is not None
    known = form_facts(definitions, application.answers, application.reasons, on)
    known |= register_facts(case.scheme.definition, party, on, case.attestation)
    _forget_what_is_not_asked(definitions, case.occasion, known)
    attached: dict[str, list[Attachment]] = {}
    for row in application.attachments.filter(removed_at=None).select_related("file").order_by("id"):
        attached.setdefault(row.field, []).append(row)
    parts: list[PartView] = []
    seen: set[str] = set()
    draft = application.state in (Application.State.DRAFT, Application.State.RETURNED)
    for definition in definitions:
        for part in definition.parts:
            shown = case.occasion in part.asked_on and all(c.holds(known) for c in part.when)
            view = PartView(part, definition, shown)
            for one in definition.fields_of(part.id):
                if one.id in seen:  # asked by an earlier scheme of the group
                    continue
                seen.add(one.id)
                view.fields.append(
                    _view(application, definition, one, shown, known, attached.get(one.id, []), on, draft)
                )
            if view.fields:
                parts.append(view)
    return Form(application, parts, known)


def _forget_what_is_not_asked(definitions: list[Definition], occasion: str, known: dict[str, Any]) -> None:
    """An answer to a question that is not asked any more decides nothing; twice, because a condition may hang
    on one."""
    for _round in range(2):
        for definition in definitions:
            for part in definition.parts:
                part_shown = occasion in part.asked_on and all(c.holds(known) for c in part.when)
                for one in definition.fields_of(part.id):
                    if not (part_shown and all(c.holds(known) for c in one.when)):
                        for name in [n for n in known if n == f"form.{one.id}" or n.startswith(f"form.{one.id}.")]:
                            del known[name]


def _view(
    application: Application,
    definition: Definition,
    one: Field,
    part_shown: bool,
    known: dict[str, Any],
    attachments: list[Attachment],
    on: date,
    draft: bool,
) -> FieldView:
    shown = part_shown and all(condition.holds(known) for condition in one.when)
    raw = application.answers.get(one.id)
    reason = str(application.reasons.get(one.id, ""))
    value: Any = None
    problems: list[Refused] = []
    if one.type not in fields.FILES and not fields.empty(raw):
        value, problems = fields.read(one, raw, definition=definition, reason=reason, on=on)
    answered = bool(attachments) if one.type in fields.FILES else not fields.empty(raw)
    offered = offer(application, one, on) if shown and draft and not answered else None
    sources = definition.source_of(one)
    return FieldView(
        field=one,
        definition=definition,
        shown=shown,
        raw=raw,
        value=value,
        problems=problems if shown else [],
        lacking=shown and one.required and not answered,
        offered=offered,
        attachments=attachments,
        reason=reason,
        source=str(sources[0]) if sources else "",
    )


def offer(application: Application, one: Field, on: date) -> Offered | None:
    """Return a fresh answer that was given elsewhere, so that nobody is asked twice (``fact`` and ``fresh``)."""
    if one.fact is None:
        return None
    case = application.case
    party = case.client or case.person
    assert party is not None
    if one.fact == "organisation.record" and isinstance(party, Organisation):
        return Offered(one.fact, {"id": party.public_id, "names": party.names}, on)
    since = before(on, one.fresh, case.scheme.definition.area) if one.fresh else None
    fact = parties.fresh_fact(party, one.fact, on=on, since=since)
    if fact is not None:
        files = tuple((row.file, row.name) for row in fact.files.all())
        if files or one.type not in fields.FILES:
            return Offered(one.fact, fact.value, fact.stated_on, files)
    if one.identifier and isinstance(party, Organisation):
        row = party.identifiers.filter(scheme=one.identifier).order_by("-id").first()
        if row is not None:
            return Offered(one.fact, row.value, on)
    return None
