"""Fill in an application, attach files, hand it in."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from testamur.files import actions as files
from testamur.files.models import StoredFile
from testamur.journal.actions import record
from testamur.kernel import clock, days
from testamur.kernel.refusal import Refused, _
from testamur.parties import actions as party_actions
from testamur.parties.models import Membership, Organisation, Site, actor
from testamur.selection import fields, policies
from testamur.selection.actions.cases import resume
from testamur.selection.facts import definitions_of_form
from testamur.selection.form import Form, form
from testamur.selection.models import Application, Attachment, Case
from testamur.selection.roles import cite
from testamur.selection.turns import Problems, plain

State = Application.State


def _locked(application: Application) -> Application:
    return (
        Application.objects.select_for_update(of=("self",))
        .select_related("case__scheme", "case__issuer", "case__client", "case__person")
        .get(pk=application.pk)
    )


@transaction.atomic
def save_draft(
    *,
    application: Application,
    answers: dict[str, Any],
    reasons: dict[str, str] | None = None,
    version: int | None,
    page: str = "",
    pressed: bool = False,
    by: Membership,
    at: datetime,
) -> Form:
    """Keep what was typed, right or wrong, and return the form with what is wrong said at each field.

    Args:
        answers: field id → answer as typed; fields that are not named keep their answer, None empties one.
        reasons: field id → why an odd answer is right all the same.
        version: of the page that was filled in; an older one is refused, so that nobody overwrites a colleague.
        page: id of the open page; what the same page kept of itself a moment ago is no colleague's.
        pressed: a button sent it, and so it holds all that this page kept of itself before. What a page keeps while
            somebody types may arrive late, and then overwrites nothing.

    Raises:
        Refused: not the applicant, no draft any more, somebody changed it since, or a field the form does not have.
    """
    application = _locked(application)
    policies.check_may_fill_in(application, by, at)
    if not (pressed and page and application.saved_from == page):
        policies.check_version(application, version)
    known = {one.id: one for definition in definitions_of_form(application.case) for one in definition.fields}
    strange = sorted((set(answers) | set(reasons or {})) - set(known))
    if strange:
        raise Refused(
            _("The form has no question {fields}."),
            {"fields": strange},
            rule="application.field",
            source="testamur@2026-1#application",
            field=strange[0],
        )
    _keep(application, answers, reasons or {}, by, "" if pressed else page)
    return form(
        application,
        days.day_of(clock.now() if not application.submitted_at else at, application.case.scheme.definition.area),
    )


def _keep(
    application: Application, answers: dict[str, Any], reasons: dict[str, str], by: Membership, page: str = ""
) -> None:
    """Write answers to the application and to those of its integrated group; a draft leaves no event."""
    application.answers = {**application.answers, **{name: plain(value) for name, value in answers.items()}}
    application.answers = {name: value for name, value in application.answers.items() if not fields.empty(value)}
    application.reasons = {name: text for name, text in {**application.reasons, **reasons}.items() if str(text).strip()}
    application.version += 1
    application.saved_at = clock.now()
    application.saved_by, application.saved_from = by, page
    application.save(update_fields=["answers", "reasons", "version", "saved_at", "saved_by", "saved_from"])
    for member in _followers(application):
        member.answers, member.reasons = application.answers, application.reasons
        member.version, member.saved_at, member.saved_by = application.version, application.saved_at, by
        member.save(update_fields=["answers", "reasons", "version", "saved_at", "saved_by"])


def _followers(application: Application) -> list[Application]:
    case = application.case
    if not case.integrated_id:
        return []
    return list(
        Application.objects.select_for_update(of=("self",)).filter(case__joint=case).select_related("case__scheme")
    )


@transaction.atomic
def take_over(
    *,
    application: Application,
    fields_wanted: list[str] | None = None,
    version: int | None,
    by: Membership,
    at: datetime,
) -> Form:
    """Take over answers that were given elsewhere and are still fresh; files come with them.

    Args:
        fields_wanted: ids of the fields; None: every field something is offered for.
    """
    application = _locked(application)
    policies.check_may_fill_in(application, by, at)
    policies.check_version(application, version)
    answers: dict[str, Any] = {}
    for part in form(application).parts:
        for view in part.asked:
            if view.offered is None or (fields_wanted is not None and view.id not in fields_wanted):
                continue
            if view.field.type in fields.FILES:
                for stored, name in view.offered.files:
                    Attachment.objects.create(
                        application=application, field=view.id, file=stored, name=name, effective_at=at, **actor(by)
                    )
            else:
                answers[view.id] = view.offered.value
    _keep(application, answers, {}, by)
    return form(application)


@transaction.atomic
def attach(
    *, application: Application, field: str, content: bytes, name: str, by: Membership, at: datetime
) -> Attachment:
    """Store a file as the answer to a field; its kind is found in its bytes. A second file to a ``file``
    replaces the first.

    Raises:
        Refused: an empty file, the wrong kind, too large, or no such field; what was attached before stays.
    """
    application = _locked(application)
    policies.check_may_fill_in(application, by, at)
    asked = {one.id: one for definition in definitions_of_form(application.case) for one in definition.fields}
    one = asked.get(field)
    if one is None or one.type not in fields.FILES:
        raise Refused(
            _("The form has no place for a file called {field}."),
            {"field": field},
            rule="application.field",
            source="testamur@2026-1#application",
            field=field,
        )
    try:
        stored = files.store(content, name=name, accept=list(one.accept) or None, max_mb=one.max_mb)
    except Refused as refused:
        refused.field = field
        raise
    return _attached(application, one.id, one.type, stored, name, by, at)


def _attached(
    application: Application, field: str, type_: str, stored: StoredFile, name: str, by: Membership, at: datetime
) -> Attachment:
    rows = application.attachments.filter(field=field, removed_at=None)
    same = rows.filter(file=stored, name=name).first()
    if same is not None:  # the same file sent twice is one file
        return same
    if type_ == "file":
        rows.update(removed_at=clock.now())
    made = Attachment.objects.create(
        application=application, field=field, file=stored, name=name, effective_at=at, **actor(by)
    )
    record(
        "application.attached",
        subject=made,
        by=by,
        at=at,
        case=application.case.public_id,
        payload={"field": field, "sha256": stored.sha256, "size": stored.size},
    )
    return made


@transaction.atomic
def detach(*, attachment: Attachment, by: Membership, at: datetime) -> Attachment:
    """Take a file off the application; its record stays."""
    application = _locked(attachment.application)
    policies.check_may_fill_in(application, by, at)
    if attachment.removed_at is None:
        attachment.removed_at = clock.now()
        attachment.save(update_fields=["removed_at"])
        record(
            "application.detached",
            subject=attachment,
            by=by,
            at=at,
            case=application.case.public_id,
            payload={"field": attachment.field, "sha256": attachment.file.sha256},
        )
    return attachment


@transaction.atomic
def submit(*, application: Application, version: int | None, by: Membership, at: datetime) -> Application:
    """Hand the application in. Handed in twice (a second press, a second window), it is handed in once.

    Raises:
        Problems: everything that is missing or wrong, one refusal per field; nothing is lost.
        Refused: not the applicant, changed by somebody since, or the party may not apply on this day.
    """
    application = _locked(application)
    case = application.case
    if application.state in (State.SUBMITTED, State.ACCEPTED) and version in (
        None,
        application.version,
        application.version - 1,
    ):
        policies.parties.check_lives(by, at)
        if policies.is_applicant(case, by):
            return application
    policies.check_may_fill_in(application, by, at)
    policies.check_version(application, version)
    on = days.day_of(at, case.scheme.definition.area)
    party = case.client or case.person
    assert party is not None
    filled = form(application, on)
    problems = filled.problems
    if problems:
        raise Problems(
            _("The application cannot be handed in yet: {count} answers need another look."),
            {"count": len(problems)},
            problems,
            rule="application.complete",
            source=problems[0].source,
            field=problems[0].field,
        )
    for one in case.group if case.integrated_id else [case]:
        policies.check_may_apply(
            scheme=one.scheme, issuer=one.issuer, party=party, occasion=one.occasion, attestation=one.attestation, on=on
        )
    answers = _with_sites(case, filled, by, at)
    _state_facts(filled, party, by, at)
    again = application.state == State.RETURNED
    for row in [application, *_followers(application)]:
        row.answers = answers
        row.state = State.SUBMITTED
        row.submitted_at = at
        row.submitted_by = by
        row.saved_by = by
        row.saved_at = clock.now()
        row.asked = []
        row.version = application.version if row.pk != application.pk else application.version + 1
        row.save(
            update_fields=[
                "answers",
                "state",
                "submitted_at",
                "submitted_by",
                "saved_by",
                "saved_at",
                "asked",
                "version",
            ]
        )
        if again:
            row.case.remember(answered=on)
            resume(case=row.case, why="applicant_answer", by=by, at=at)
        record(
            "application.submitted",
            subject=row,
            by=by,
            at=at,
            case=row.case.public_id,
            payload={
                "answers": sorted(answers),
                "files": list(row.attachments.filter(removed_at=None).values_list("file__sha256", flat=True)),
                "again": again,
            },
            source=cite(row.case.scheme.definition.scheme),
        )
    return application


def _with_sites(case: Case, filled: Form, by: Membership, at: datetime) -> dict[str, Any]:
    """Give every site of the answers its identity: the one on file with the same name, or a new one."""
    answers = dict(filled.application.answers)
    if case.client is None:
        return answers
    for part in filled.parts:
        for view in part.asked:
            if view.field.type == "sites" and view.value:
                rows = []
                for row in view.value:
                    site = _site(case.client, row, by, at)
                    rows.append({**plain(row), "site": site.public_id})
                answers[view.id] = rows
    return answers


def _site(client: Organisation, row: dict[str, Any], by: Membership, at: datetime) -> Site:
    sites = list(client.sites.filter(closed_on=None))
    found = next((site for site in sites if site.public_id == row.get("site")), None)
    if found is None:
        names = set(row["names"].values())
        found = next((site for site in sites if names & set(site.names.values())), None)
    if found is not None:
        return found
    central = bool(row["central"]) and not any(site.central for site in sites)
    return party_actions.add_site(
        organisation=client,
        names=row["names"],
        address=row["address"],
        by=by,
        at=at,
        region=str(row.get("region") or ""),
        headcount=int(row.get("headcount") or 0),
        central=central,
    )


def _state_facts(filled: Form, party: Any, by: Membership, at: datetime) -> None:
    """Keep the answers that other schemes ask as well, so that they are offered there (``fact``)."""
    for part in filled.parts:
        for view in part.asked:
            name = view.field.fact
            if name is None or name == "organisation.record" or not view.answered:
                continue
            if view.field.identifier:
                party_actions.identify(
                    party=party, scheme=view.field.identifier, value=str(view.value), by=by, at=at, reason=view.reason
                )
            party_actions.state_fact(
                party=party,
                name=name,
                value=plain(view.value) if view.field.type not in fields.FILES else True,
                by=by,
                at=at,
                files=[(row.file, row.name) for row in view.attachments],
            )
