"""Forms of a page that holds several: each with names of its own, folded away until its turn."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.http import HttpRequest
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from testamur.improvement.actions.proofs import Proof
from testamur.kernel.refusal import Refused
from testamur.parties.models import Membership
from testamur.schemes.language.moments import working_days_left
from testamur.selection.turns import Problems
from testamur.studies.models import Chart, Study
from testamur.wording.templatetags.say import words
from testamur.workspace.answers import Answers, options


class Part(Answers):
    """Answers of one form among several: its fields are called ``<act>-<name>``."""

    do_not_call_in_templates = True  # calling it names a field; a template means the object

    def __init__(self, request: HttpRequest, act: str, initial: Mapping[str, Any] | None = None) -> None:
        super().__init__(request, act, {f"{act}-{name}": value for name, value in (initial or {}).items()})

    def __call__(self, name: str) -> str:
        return f"{self.act}-{name}"

    def refuse(self, refused: Refused) -> None:
        """Keep a refusal at the field of this form."""
        for one in refused.problems if isinstance(refused, Problems) else [refused]:
            if one.field and not one.field.startswith(f"{self.act}-"):
                one.field = self(one.field)
        super().refuse(refused)

    def said(self, name: str) -> str:
        return self.text(self(name))

    def day_of(self, name: str) -> date:
        """Return a day that must be there; the field notes what is wrong, and the act is then taken back."""
        return self.day(self(name)) or date.min

    def one_of(self, name: str, among: Mapping[str, Any], *, required: bool = True) -> Any:
        return self.chosen(self(name), among, required=required)

    def question(self, name: str, kind: str, label: str, **more: Any) -> dict[str, Any]:
        return self.ask(self(name), kind, label, **more)


@dataclass
class Form:
    """One form as ``workshop/_part.html`` draws it."""

    ident: str
    title: str
    answers: Part
    questions: list[dict[str, Any]]
    button: str
    open: bool = False
    lead: Any = ""
    extra: list[tuple[str, str]] = field(default_factory=list)

    @property
    def files(self) -> bool:
        return any(one["type"] == "file" for one in self.questions)


class Evidence:
    """What may prove a step: the studies and charts of the organisation, a file, a record."""

    def __init__(self, studies: Mapping[str, Study], charts: Mapping[str, Chart]) -> None:
        self.studies, self.charts = studies, charts

    def questions(self, part: Part) -> list[dict[str, Any]]:
        """Return the questions for evidence; one answer is enough."""
        asked = [
            part.question(
                "proof_record", "text", _("Record that proves it"), required=False,
                help=_("Its number and where it is kept; or one of the following. One is enough."), max=200,
            ),
            part.question("proof_file", "file", _("File that proves it"), required=False),
        ]  # fmt: skip
        for name, label, rows in (
            ("proof_study", _("Study that proves it"), self.studies),
            ("proof_chart", _("Chart that proves it"), self.charts),
        ):
            if rows:
                named = options(
                    (key, row.title if isinstance(row, Study) else row.name) for key, row in rows.items()
                )
                asked.append(part.question(name, "choice", label, required=False, options=named))
        return asked

    def read(self, part: Part) -> Proof:
        """Return the evidence that was sent."""
        files = part.files(part("proof_file"))
        return Proof(
            file=files[0] if files else None,
            study=part.one_of("proof_study", self.studies, required=False) if self.studies else None,
            chart=part.one_of("proof_chart", self.charts, required=False) if self.charts else None,
            record=part.said("proof_record"),
        )


def people_options(people: Mapping[str, Membership]) -> list[dict[str, Any]]:
    """Return members as options, by name."""
    return options((key, one.person.names) for key, one in people.items())


def tried(part: Part, act: Callable[[], Any]) -> bool:
    """Carry a form out; say whether it is done, so that the page is shown anew."""
    return part.sent and part.attempt(act)


def name_of(one: Membership | None) -> str:
    """Return somebody's name in the reader's language."""
    return words(one.person.names) if one is not None else ""


#: In what :func:`left_of` counts, as the pages and the inbox say it.
UNIT = "working_day"


def left_of(due: date | None, today: date, area: str = "CN") -> int | None:
    """Return the working days from today until a day, as everywhere in the house; negative once it is over."""
    return None if due is None else working_days_left(today, due, area)


def short(text: str, most: int) -> str:
    """Return the beginning of a text, with a mark where it goes on."""
    return Truncator(text).chars(most)
