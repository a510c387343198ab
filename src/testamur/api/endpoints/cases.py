"""Cases: whose turn it is, what is missing; open one, fill in its application, hand it in."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from django.http import Http404, HttpRequest
from django.utils.translation import gettext
from ninja import Query
from pydantic import Field

from testamur.api.endpoint import endpoint, now, told
from testamur.api.paging import page
from testamur.api.problems import Problem
from testamur.api.shapes import Given, Named, Shape, Text
from testamur.kernel import days
from testamur.kernel.refusal import _
from testamur.kernel.words import Occasion
from testamur.parties.models import Membership, Organisation
from testamur.parties.templatetags.parties_words import sentence
from testamur.register.models import Attestation
from testamur.schemes.queries import effective
from testamur.selection import actions
from testamur.selection import queries as selection
from testamur.selection.form import FieldView, Form
from testamur.selection.models import Application, Case
from testamur.selection.turns import Missing, Turn, plain
from testamur.surveillance.turns import missing_in, turn_of

Stage = Case.Stage


class TurnOut(Shape):
    """What is to be done next, by whom and until when; working days left are negative when the last day is past."""

    function: str
    role: str
    sentence: str
    step: str
    organisation: Named | None = None
    mine: bool
    by: date | None = None
    working_days_left: int | None = None
    overdue: bool
    source: str


class MissingOut(Shape):
    """One thing that the step needs: ``ok``, ``bad``, ``warn`` or ``wait``."""

    state: str
    sentence: str
    source: str = ""
    who: str = ""


class CaseRow(Shape):
    """A line of the list of cases."""

    id: str
    number: str
    occasion: str
    stage: str
    stage_from: date
    scheme: str
    issuer: Named
    client: Named | None = None
    opened_on: date
    closed_on: date | None = None


class CasesOut(Shape):
    """One page, newest last."""

    items: list[CaseRow]
    next: str | None


class AnswerView(Shape):
    """One question of the form, as it stands."""

    id: str
    asked: bool
    answer: Any = None
    lacking: bool = False
    problems: list[str] = Field(default_factory=list)
    files: list[str] = Field(default_factory=list)


class ApplicationOut(Shape):
    """The application: ``version`` is sent back with the next draft, so that nobody overwrites a colleague."""

    state: str
    version: int
    questions: list[AnswerView]


class CaseOut(CaseRow):
    """One case: where it is, whose turn it is, what is missing."""

    relation: str
    turn: TurnOut | None = None
    missing: list[MissingOut] = Field(default_factory=list)
    attestation: str | None = None
    joint_with: list[str] = Field(default_factory=list)
    application: ApplicationOut | None = None


@endpoint("GET", "/cases", response=CasesOut, summary="My cases", tags=["cases"])
def list_cases(
    request: HttpRequest,
    by: Membership,
    stage: Annotated[Case.Stage | None, Query()] = None,
    cursor: Annotated[str, Query(max_length=600)] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Any:
    """Return the cases that the acting membership may see."""
    rows = selection.visible_to(by)
    if stage:
        rows = rows.filter(stage=stage.value)
    return page(rows, by=("id",), cursor=cursor, limit=limit, filters=[by.public_id, stage], shown=_row)


@endpoint("GET", "/cases/{case_id}", response=CaseOut, summary="One case", tags=["cases"])
def read_case(request: HttpRequest, by: Membership, case_id: str) -> Any:
    """Return a case; to a stranger there is none. An overseer opens it first, in the workspace, and says why."""
    return _case(_find(case_id, by), by)


class OpenIn(Given):
    """An application to a body under a scheme: the version in force today is the one that will hold."""

    scheme: Annotated[str, Field(min_length=1, max_length=60)]
    issuer: Annotated[str, Field(min_length=1, max_length=10)]
    occasion: Occasion = Occasion.INITIAL
    attestation: Annotated[str, Field(max_length=10)] = ""
    myself: bool = False


@endpoint("POST", "/cases", response={201: CaseOut}, summary="Open a case", tags=["cases"])
def open_case(request: HttpRequest, by: Membership, body: OpenIn) -> Any:
    """Open a case as applicant: for the acting organisation, or for the person (`myself`)."""
    at = now()
    issuer = Organisation.objects.filter(public_id=_id(body.issuer)).first()
    if issuer is None:
        raise Problem("invalid", _("No organisation here has this id."), field="issuer")
    about = None
    if body.attestation:
        mine = Attestation.objects.filter(holder=by.organisation) | Attestation.objects.filter(person=by.person)
        about = mine.filter(public_id=_id(body.attestation)).first()
        if about is None:
            raise Problem(
                "invalid", _("The acting organisation or person holds no such attestation."), field="attestation"
            )
    case = actions.open_case(
        scheme=effective(body.scheme.replace("\0", ""), days.day_of(at, "CN")),
        issuer=issuer, occasion=body.occasion.value,
        client=None if body.myself else by.organisation, person=by.person if body.myself else None,
        attestation=about, by=by, at=at,
    )  # fmt: skip
    return 201, _case(case, by)


class DraftIn(Given):
    """Answers as typed; what is not named keeps its answer, null empties one."""

    version: Annotated[int, Field(ge=0, le=2**31 - 1)]
    answers: dict[Annotated[str, Field(max_length=60)], Any] = Field(default_factory=dict, max_length=500)
    reasons: dict[Annotated[str, Field(max_length=60)], Annotated[str, Field(max_length=2000)]] = Field(
        default_factory=dict
    )


@endpoint(
    "PUT", "/cases/{case_id}/application", response={200: ApplicationOut}, summary="Save the draft", tags=["cases"]
)
def save_application(request: HttpRequest, by: Membership, case_id: str, body: DraftIn) -> Any:
    """Keep what was typed, right or wrong, and say what is wrong at each question."""
    application = _application(_find(case_id, by), by)
    saved = actions.save_draft(
        application=application, answers=body.answers, reasons=body.reasons, version=body.version, by=by, at=now()
    )
    return 200, _form(saved)


class SubmitIn(Given):
    """The version of the application that is handed in."""

    version: Annotated[int, Field(ge=0, le=2**31 - 1)]


@endpoint(
    "POST", "/cases/{case_id}/submission", response={201: CaseOut}, summary="Hand the application in", tags=["cases"]
)
def submit_application(request: HttpRequest, by: Membership, case_id: str, body: SubmitIn) -> Any:
    """Hand the application in; what is wrong or lacking is refused question by question, and nothing is lost."""
    application = _application(_find(case_id, by), by)
    actions.submit(application=application, version=body.version, by=by, at=now())
    return 201, _case(_find(case_id, by), by)


def _id(text: str) -> str:
    return text.upper().replace("\0", "")


def _find(case_id: str, by: Membership) -> Case:
    found = selection.visible_to(by).filter(public_id=_id(case_id)).first()
    if found is None:
        raise Http404
    return found


def _application(case: Case, by: Membership) -> Application:
    found = Application.objects.filter(case=case).first() if selection.relation(case, by) == "applicant" else None
    if found is None:
        raise Http404
    return found


def _row(case: Case) -> dict[str, Any]:
    party = case.client or case.person
    return {
        "id": case.public_id,
        "number": case.number,
        "occasion": case.occasion,
        "stage": case.stage,
        "stage_from": case.stage_from,
        "scheme": case.scheme.key,
        "issuer": _named(case.issuer),
        "client": _named(party) if party else None,
        "opened_on": case.opened_on,
        "closed_on": case.closed_on,
    }


def _named(party: Any) -> dict[str, Any]:
    names: Text = party.names
    return {"id": party.public_id, "names": names}


def _case(case: Case, by: Membership) -> dict[str, Any]:
    side = selection.relation(case, by)
    turn = turn_of(case)
    missing = missing_in(case) if side != "performer" else []
    application = Application.objects.filter(case=case).first() if side in ("applicant", "issuer", "overseer") else None
    return {
        **_row(case),
        "relation": side,
        "turn": _turn(turn, by) if turn is not None else None,
        "missing": [_missing(row) for row in missing],
        "attestation": case.attestation.public_id if case.attestation else None,
        "joint_with": [one.public_id for one in case.group if one.pk != case.pk],
        "application": _form(selection.form(application)) if application is not None else None,
    }


def _turn(turn: Turn, by: Membership) -> dict[str, Any]:
    left = turn.working_days_left
    return {
        "function": str(turn.function),
        "role": turn.role,
        "sentence": told(turn),
        "step": turn.link,
        "organisation": _named(turn.organisation) if turn.organisation else None,
        "mine": any(one.pk == by.pk for one in turn.people),
        "by": turn.by,
        "working_days_left": left,
        "overdue": left is not None and left < 0,
        "source": turn.source,
    }


def _missing(row: Missing) -> dict[str, Any]:
    return {"state": row.state, "sentence": told(row), "source": row.source, "who": gettext(row.who) if row.who else ""}


def _form(form: Form) -> dict[str, Any]:
    views: list[FieldView] = [view for part in form.parts for view in part.fields]
    return {
        "state": form.application.state,
        "version": form.application.version,
        "questions": [
            {
                "id": view.id,
                "asked": view.shown,
                "answer": plain(view.raw),
                "lacking": view.lacking,
                "problems": [sentence(one) for one in view.problems],
                "files": [row.name for row in view.attachments],
            }
            for view in views
        ],
    }
