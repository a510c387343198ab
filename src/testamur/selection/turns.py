"""Whose turn it is, by when, and what is missing: the two shapes every function answers with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from testamur.kernel.refusal import Refused
from testamur.parties.models import Membership, Organisation
from testamur.schemes.language.moments import working_days_left
from testamur.selection import moments
from testamur.selection.models import Case


@dataclass(frozen=True)
class Turn:
    """The next thing to be done in a case.

    Attributes:
        case: the folder.
        function: word of ``kernel.words.Function`` that is exercised.
        sentence: message id of what to do, with ``facts`` for its placeholders; translated where it is shown.
        role: id of the scheme's role, "" on the client's side.
        organisation: who has to act; None for a person who applies for themselves.
        people: memberships that can do it now.
        by: last day, None where nothing says when.
        source: versioned clause of the deadline or of the step.
        link: name of the step for screens: ``application``, ``application_review``, ``team``, ``plan`` …
    """

    case: Case
    function: str
    sentence: str
    facts: Mapping[str, Any]
    role: str
    organisation: Organisation | None
    people: list[Membership]
    by: date | None = None
    source: str = ""
    link: str = ""

    @classmethod
    def of(
        cls,
        case: Case,
        function: str,
        sentence: str,
        *,
        role: str,
        people: list[Membership],
        link: str,
        by: date | None = None,
        facts: Mapping[str, Any] | None = None,
        source: str = "",
        applicant: bool = False,
    ) -> Turn:
        """Return a turn of the issuer, or with ``applicant`` of the client."""
        organisation = case.client if applicant else case.issuer
        return cls(case, function, sentence, facts or {}, role, organisation, people, by, source, link)

    @cached_property
    def working_days_left(self) -> int | None:
        """Return the working days left until ``by``: 0 on the day itself, negative past it; None where nothing
        says when."""
        if self.by is None:
            return None
        return working_days_left(moments.today(self.case), self.by, self.case.scheme.definition.area)

    @property
    def overdue(self) -> bool:
        """Say whether the last day has passed."""
        return self.working_days_left is not None and self.working_days_left < 0


@dataclass(frozen=True)
class Missing:
    """One thing that a step needs and whether it is there.

    Attributes:
        state: ``ok`` there, ``bad`` stops the step, ``warn`` is shown, ``wait`` is somebody else's turn first.
    """

    sentence: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    source: str = ""
    who: str = ""
    state: str = "bad"
    rule: str = ""


@dataclass(frozen=True)
class Check:
    """One thing that was looked at, with its sentence and clause, whether it held or not.

    Attributes:
        ok: it held; None: looked at, nothing to object, but worth reading.
        until: day from which it would hold, where known.
    """

    sentence: str
    facts: Mapping[str, Any]
    rule: str
    source: str
    ok: bool = True
    who: str = ""
    until: date | None = None

    def to_json(self) -> dict[str, Any]:
        """Return what is kept of a check on the row that rests on it."""
        return {
            "sentence": self.sentence,
            "facts": {name: plain(value) for name, value in self.facts.items()},
            "rule": self.rule,
            "source": self.source,
            "ok": self.ok,
        }

    def refusal(self) -> Refused:
        """Return the check as the refusal it is when it does not hold."""
        return Refused(self.sentence, self.facts, rule=self.rule, source=self.source, who=self.who, until=self.until)


class Problems(Refused):
    """Several refusals at once: everything that has to be put right before a form or a step can go on.

    Attributes:
        problems: one refusal per place; its ``field`` says which.
    """

    def __init__(self, message_id: str, facts: Mapping[str, Any], problems: list[Refused], **more: Any) -> None:
        super().__init__(message_id, facts, **more)
        self.problems = problems


def plain(value: Any) -> Any:
    """Return a fact as JSON keeps it; days in ISO form, numbers as text, two-language texts as they are."""
    if isinstance(value, Mapping):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(item) for item in value]
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, Decimal):
        return format(value.normalize(), "f") if value else "0"
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
