"""Versions on the page of their document: files, approval, reading and training."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from testamur.improvement.actions import versions as actions
from testamur.improvement.models import Acknowledgement, ControlledDocument, DocumentVersion, Training
from testamur.improvement.policies import documents as policies
from testamur.improvement.queries import documents as queries
from testamur.kernel import clock
from testamur.kernel.refusal import Refused, refusal_of
from testamur.parties.models import Membership
from testamur.wording.templatetags.say import translated
from testamur.workspace.answers import Answers
from testamur.workspace.workshop.improvement.system import frame
from testamur.workspace.workshop.improvement.system.words import CHOOSE_FILE

Act = tuple[Answers, Callable[[], Any], str]


@dataclass
class Forms:
    """The forms about versions on one page."""

    add: Answers
    replace: Answers
    submit: Answers
    approve: Answers
    send_back: Answers
    train: Answers


def forms(request: HttpRequest, today: date) -> Forms:
    """Read the forms about versions."""
    return Forms(
        add=Answers(request, "add"),
        replace=Answers(request, "replace"),
        submit=Answers(request, "submit"),
        approve=Answers(request, "approve", {"in_force_on": today.isoformat()}),
        send_back=Answers(request, "return"),
        train=Answers(request, "train", {"trained_on": today.isoformat()}),
    )


def _open(found: ControlledDocument) -> DocumentVersion | None:
    return found.versions.filter(approved_at=None).first()


def acts(on: Forms, found: ControlledDocument, by: Membership, people: dict[str, Membership]) -> list[Act]:
    """Return what each form does, and what is said when it is done."""
    waits = _open(found)
    rows: list[Act] = [
        (on.add, lambda: _file(on.add, lambda content, name: actions.add_version(
            document=found, content=content, name=name, changed=on.add.text("changed", required=True, most=500),
            by=by, at=clock.now())), _("The version is added as a draft.")),
        (on.train, lambda: _train(on.train, found, by, people), _("The training is recorded.")),
    ]  # fmt: skip
    if waits is None:
        return rows
    return [
        *rows,
        (on.replace, lambda: _file(on.replace, lambda content, name: actions.replace_file(
            version=waits, content=content, name=name, changed=on.replace.text("changed", required=True, most=500),
            by=by, at=clock.now())), _("The file is replaced.")),
        (on.submit, lambda: actions.submit_version(version=waits, by=by, at=clock.now()),
         _("The version waits for a colleague's approval.")),
        (on.approve, lambda: _approve(on.approve, waits, by), _("The version is approved.")),
        (on.send_back, lambda: actions.return_version(
            version=waits, because=on.send_back.text("because", required=True, most=500), by=by, at=clock.now()),
         _("The version is sent back to its author.")),
    ]  # fmt: skip


def _file(answers: Answers, act: Callable[[bytes, str], Any]) -> Any:
    sent = answers.files("file")
    if not sent:
        raise Refused(CHOOSE_FILE, rule="form", source=policies.CREATED, field="file")
    name, content = sent[0]
    return act(content, name)


def _approve(answers: Answers, version: DocumentVersion, by: Membership) -> Any:
    day = answers.day("in_force_on")
    return actions.approve_version(version=version, in_force_on=day, by=by, at=clock.now()) if day else None


def _train(answers: Answers, found: ControlledDocument, by: Membership, people: dict[str, Membership]) -> Any:
    version = answers.chosen("version", {str(one.number): one for one in found.versions.exclude(approved_at=None)})
    trained, day = answers.chosen("trained", people), answers.day("trained_on")
    trainer = answers.text("trainer", required=True, most=120)
    effective = answers.chosen("effective", {"true": "yes", "false": "no"}, required=False)
    if version is None or trained is None or day is None:
        return None
    return actions.train(
        version=version, trained=trained, trained_on=day, trainer=trainer, by=by, at=clock.now(),
        checked=answers.text("checked", most=500), effective={"yes": True, "no": False}.get(effective),
    )  # fmt: skip


def table(found: ControlledDocument, today: date, tones: dict[str, str]) -> dict[str, Any]:
    """Return the card of all versions: old ones stay to be read, marked."""
    rows = []
    for one in found.versions.all():
        state = translated(queries.WORDS[queries.state(one, found, today)])
        rows.append(
            {
                "href": reverse("workspace:workshop-document-file", args=[found.public_id, one.number]),
                "cells": [
                    _("Version {number}").format(number=one.number),
                    state,
                    one.in_force_on,
                    one.changed,
                    one.author.person.names,
                    one.approved_by.person.names if one.approved_by else "",
                ],
            }
        )
    labels = (_("File"), _("State"), _("In force from"), _("What changed"), _("Author"), _("Approved by"))
    return {
        "title": _("Versions"),
        "source": policies.CONTROLLED,
        "table": {"columns": [{"label": label} for label in labels], "rows": rows,
                  "empty": _("No version yet; add the first one below.")},
    }  # fmt: skip


def cards(on: Forms, found: ControlledDocument, by: Membership) -> list[dict[str, Any] | None]:
    """Return the forms that the state of the newest version asks for."""
    waits = _open(found)
    if waits is None:
        return [_upload(on.add, _("New version"), _("Add the version as a draft"), main=not found.versions.exists())]
    if waits.submitted_at is None:
        returned = {"title": _("Sent back"), "note": {"tone": "warn", "text": waits.returned_because, "source": ""}}
        return [
            returned if waits.returned_because else None,
            frame.form(on.submit, _("Approval"), [], _("Submit for approval"), main=True, source=policies.CREATED,
                       refused=refusal_of(policies.check_may_submit, by, waits, clock.now())),
            _upload(on.replace, _("Another file"), _("Replace the file of the draft"), folded=True),
        ]  # fmt: skip
    blocked = refusal_of(policies.check_may_judge, by, waits, clock.now())
    day = on.approve.ask("in_force_on", "date", _("In force from"))
    why = on.send_back.ask("because", "text", _("What has to change"), max=500)
    return [
        frame.form(on.approve, _("Approval"), [day], _("Approve version {number}").format(number=waits.number),
                   main=True, source=policies.CREATED, refused=blocked,
                   lead=_("Read the file first. From that day it supersedes the version before.")),
        None if blocked else frame.form(on.send_back, _("Send back"), [why], _("Send it back"), folded=True),
    ]  # fmt: skip


def _upload(answers: Answers, title: str, button: str, *, main: bool = False, folded: bool = False) -> dict[str, Any]:
    questions = [
        answers.ask("file", "file", _("File"), accept=["pdf", "docx", "xlsx", "png", "jpeg", "txt"]),
        answers.ask("changed", "text", _("What changed, and why"), max=500),
    ]
    return frame.form(answers, title, questions, button, files=True, main=main, folded=folded)


def reading_table(found: ControlledDocument, readers: list[Membership], today: date) -> dict[str, Any] | None:
    """Return who has read the version in force, and who has not."""
    current = queries.in_force(found, today)
    if current is None:
        return None
    read = {row.by_id: row for row in Acknowledgement.objects.filter(version=current)}
    rows = [
        {"cells": [one.person.names, {"instant": read[one.pk].recorded_at} if one.pk in read else _("not yet")]}
        for one in readers
    ]
    count = sum(one.pk in read for one in readers)
    return {
        "title": _("Read: {done} of {all}").format(done=count, all=len(readers)),
        "table": {
            "columns": [{"label": _("Member")}, {"label": _("Read on")}],
            "rows": rows,
            "empty": _("It is distributed to nobody yet."),
        },
    }


def trainings_table(found: ControlledDocument) -> dict[str, Any] | None:
    """Return the training record of all versions."""
    rows = Training.objects.filter(version__document=found).select_related("trained__person", "version")
    shown = {True: _("yes"), False: _("no"), None: _("not checked yet")}
    cells = [
        [one.trained.person.names, one.version.number, one.trained_on, one.trainer, one.checked, shown[one.effective]]
        for one in rows
    ]
    labels = (_("Trained"), _("Version"), _("Day"), _("By"), _("How it was checked"), _("Did it help?"))
    if not cells:
        return None
    return {
        "title": _("Training record"),
        "source": policies.COMPETENCE,
        "table": {"columns": [{"label": label} for label in labels], "rows": [{"cells": row} for row in cells]},
    }


def training_form(on: Forms, found: ControlledDocument, people: dict[str, Membership]) -> dict[str, Any] | None:
    """Return the form that records a training; None while nothing is approved."""
    approved = list(found.versions.exclude(approved_at=None))
    if not approved:
        return None
    answers = on.train
    questions = [
        answers.ask("version", "choice", _("Version"),
                    options=[{"id": str(one.number), "label": str(one.number)} for one in approved]),
        answers.ask("trained", "choice", _("Who was trained"), options=frame.named(people)),
        answers.ask("trained_on", "date", _("Trained on")),
        answers.ask("trainer", "text", _("By whom"), max=120),
        answers.ask("checked", "text", _("How it was checked that it helped"), required=False, max=500,
                    help=_("A test, work that was watched, a result. Leave it open until it was checked.")),
        answers.ask("effective", "yes_no", _("Did it help?"), required=False),
    ]  # fmt: skip
    return frame.form(answers, _("Training"), questions, _("Record a training"), folded=True)
