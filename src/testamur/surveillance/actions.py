"""Make what is due visible, open follow-up cases, and note what was done. The one push of the house: a case is opened
in selection, where the path begins again."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from testamur.decision import queries as decisions
from testamur.determination.models import Finding
from testamur.journal import actions as journal
from testamur.kernel import clock, days
from testamur.kernel.refusal import Refused, _
from testamur.kernel.words import Occasion, Origin, Status
from testamur.parties.models import Membership, Platform
from testamur.parties.policies import check_lives
from testamur.register import status as register_status
from testamur.register.models import Attestation
from testamur.schemes.language.moments import after, resolve
from testamur.selection import actions as selection
from testamur.selection.models import Case
from testamur.surveillance import queries
from testamur.surveillance.models import Due
from testamur.surveillance.programme import Life, next_rounds

#: Calendar months before its last day on which the platform opens the case of a round (P: a planner needs a season).
LEAD_MONTHS = 3


@transaction.atomic
def refresh(*, attestation: Attestation, today: date, at: datetime) -> list[Due]:
    """Bring the dues of one attestation up to a day. Running it twice changes nothing.

    Returns:
        The dues that are new.
    """
    if attestation.origin != Origin.NATIVE or attestation.main_id is not None:
        return []  # parts follow their main; what was not made here has its programme elsewhere
    definition = decisions.governing_definition(attestation, today)
    standing = register_status.status(attestation, on=today)
    life = queries.life(attestation)
    _note_what_was_done(attestation, life, at=at)
    if standing.status not in (Status.VALID, Status.SUSPENDED):
        _drop(attestation, why=standing.status.value, at=at)
        return []
    new: list[Due] = []
    for one in next_rounds(definition, life, {}):
        opens = days.add_months(one.due, -LEAD_MONTHS)
        new += _due(attestation, Due.Kind.ROUND, one.round.id, one.number, one.due, one.because, opens=opens,
                    cycle=life.cycle, at=at)  # fmt: skip
        if one.due < today and one.round.overdue:
            new += _ground_due(attestation, definition, life, one.round.overdue, fell_due=one.due, number=one.number,
                               at=at)  # fmt: skip
    new += _findings(attestation, definition, life, today=today, at=at)
    new += _suspension(attestation, definition, standing, at=at)
    new += _renewal(attestation, definition, life, at=at)
    return new


def _due(
    attestation: Attestation,
    kind: str,
    key: str,
    number: int,
    due: date,
    because: dict[str, Any],
    *,
    at: datetime,
    opens: date | None = None,
    cycle: int = 1,
) -> list[Due]:
    made, created = Due.objects.get_or_create(
        attestation=attestation,
        kind=kind,
        key=key,
        cycle=cycle,
        number=number,
        defaults={"due_on": due, "because": because, "opens_on": opens},
    )
    if not created:
        return []
    journal.record(
        "surveillance.due",
        subject=made,
        by=Platform("surveillance.programme"),
        at=at,
        payload={"kind": kind, "key": key, "due": due.isoformat()},
        rule=because.get("rule", ""),
        source=because.get("source", ""),
    )
    return [made]


def _ground_due(
    attestation: Attestation,
    definition: Any,
    life: Life,
    ground_id: str,
    *,
    fell_due: date,
    number: int,
    at: datetime,
    **cause: str,
) -> list[Due]:
    """A ground that something sets off becomes its issuer's duty (amendments A2)."""
    ground = definition.ground(ground_id)
    by = resolve(ground.by, {**life.named_days(), "due": fell_due}, definition.area) if ground.by else None
    return _due(
        attestation,
        Due.Kind.GROUND,
        ground_id,
        number,
        by or fell_due,
        {
            "means": ground.means,
            "to": ground.to,
            "source": str(ground.source[0]),
            "fell_due": fell_due.isoformat(),
            **cause,
        },
        cycle=life.cycle,
        at=at,
    )


def _findings(attestation: Attestation, definition: Any, life: Life, *, today: date, at: datetime) -> list[Due]:
    """A nonconformity that stays open past its last day is the ground that its grade names."""
    late = Finding.objects.filter(
        case__attestation=attestation, closed_at=None, withdrawn_because="", close_by__lt=today
    ).exclude(case__stage=Case.Stage.CLOSED)
    new: list[Due] = []
    for finding in late.select_related("case__scheme").order_by("id"):
        ground = finding.case.scheme.definition.finding(finding.grade).overdue
        if ground and finding.close_by is not None:
            new += _ground_due(
                attestation, definition, life, ground, fell_due=finding.close_by, number=finding.pk, at=at,
                finding=finding.public_id,
            )  # fmt: skip
    return new


def _suspension(attestation: Attestation, definition: Any, standing: Any, *, at: datetime) -> list[Due]:
    if standing.status != Status.SUSPENDED or standing.change is None or not standing.change.ground:
        return []
    ground = next((one for one in definition.grounds if one.id == standing.change.ground), None)
    if ground is None or ground.at_most is None:
        return []
    start = days.day_of(standing.change.effective_at, definition.area)
    last = after(start, ground.at_most, definition.area)
    then = definition.ground(ground.then).means if ground.then else {"en": "", "zh": ""}
    because = {"means": then, "source": str(ground.source[0]), "then": ground.then or "", "from": start.isoformat()}
    return _due(attestation, Due.Kind.LIFTING, ground.id, standing.change.pk, last, because, at=at)


def _renewal(attestation: Attestation, definition: Any, life: Any, *, at: datetime) -> list[Due]:
    table = definition.attestation
    if life.expires is None or not table.renewal_opens:
        return []
    named = life.named_days()
    opens = resolve(table.renewal_opens, named, definition.area)
    closes = resolve(table.renewal_closes, named, definition.area) if table.renewal_closes else life.expires
    because = {"source": str(table.source[0]), "from": life.expires.isoformat()}
    return _due(
        attestation, Due.Kind.RENEWAL, "renewal", life.expires.year, closes or life.expires, because, opens=opens, at=at
    )


def _note_what_was_done(attestation: Attestation, life: Life, *, at: datetime) -> None:
    mine = queries.waiting().filter(attestation=attestation)
    for due in mine.filter(case__stage=Case.Stage.DONE):
        _done(due, on=due.case.closed_on or days.day_of(at), at=at)
    # The work may have been done in a case that nobody opened from here: by the holder, or before the due appeared.
    for due in mine.filter(kind=Due.Kind.ROUND, cycle=life.cycle, number__lte=len(life.rounds_done)):
        _done(due, on=life.rounds_done[due.number - 1], at=at)
    if life.expires is not None:
        for due in mine.filter(Q(kind=Due.Kind.RENEWAL, number__lt=life.expires.year) | Q(cycle__lt=life.cycle)):
            _done(due, on=life.issued, at=at)
    for due in mine.filter(kind=Due.Kind.GROUND, because__has_key="finding"):
        closed = Finding.objects.filter(public_id=due.because["finding"], closed_at__isnull=False).first()
        if closed is not None and closed.closed_at is not None:
            _done(due, on=days.day_of(closed.closed_at), at=at)
    latest = attestation.changes.order_by("-effective_at", "-id").first()
    if latest is None:
        return
    changed_on = days.day_of(latest.effective_at)
    acted = queries.waiting().filter(attestation=attestation, kind__in=[Due.Kind.GROUND, Due.Kind.LIFTING])
    for due in acted:
        answers_ground = due.kind == Due.Kind.GROUND and latest.ground == due.key
        ended_suspension = (
            due.kind == Due.Kind.LIFTING and latest.pk != due.number and latest.status != Status.SUSPENDED
        )
        if answers_ground or ended_suspension:
            _done(due, on=changed_on, at=at)


def _done(due: Due, *, on: date, at: datetime) -> None:
    due.done_on = on
    due.save(update_fields=["done_on"])
    journal.record(
        "surveillance.done", subject=due, by=Platform("surveillance.programme"), at=at, payload={"on": on.isoformat()}
    )
    if due.kind == Due.Kind.ROUND:
        # A round that was made up for ends the duty it had caused, unless the issuer acted on it already.
        waiting = queries.waiting().filter(attestation=due.attestation, kind=Due.Kind.GROUND)
        for caused in waiting.filter(cycle=due.cycle, number=due.number):
            if "finding" not in caused.because:
                _done(caused, on=on, at=at)


def _drop(attestation: Attestation, *, why: str, at: datetime) -> None:
    for due in queries.waiting().filter(attestation=attestation):
        due.dropped_because = why
        due.save(update_fields=["dropped_because"])
        journal.record(
            "surveillance.dropped", subject=due, by=Platform("surveillance.programme"), at=at, payload={"why": why}
        )


@transaction.atomic
def open_follow_up(*, due: Due, by: Membership | Platform, at: datetime) -> Case:
    """Open the case of a round, trigger or renewal; a second call returns the same case.

    A case that was closed without a decision leaves what is due undone, so that another can be opened.
    """
    due = Due.objects.select_for_update(of=("self",)).get(pk=due.pk)
    check_lives(by, at)
    if due.case is not None and due.case.stage != Case.Stage.CLOSED:
        return due.case
    if due.kind in (Due.Kind.GROUND, Due.Kind.LIFTING):
        raise Refused(
            _("This is decided, not visited: the issuer acts on the ground."),
            rule="surveillance.kind",
            source="testamur@2026-1#surveillance",
        )
    attestation = due.attestation
    if isinstance(by, Membership) and (by.organisation_id != attestation.issuer_id or not by.holds("selection")):
        raise Refused(
            _("Only a planner of {issuer} can open this case."),
            {"issuer": attestation.issuer.names},
            rule="functions.of_the_role",
            source="iso-17021-1@2015#9.1.3",
        )
    if due.dropped_because or due.done_on:
        raise Refused(
            _("This is no longer due: it was done, or the attestation ended."),
            rule="surveillance.state",
            source="testamur@2026-1#surveillance",
        )
    edition = attestation.editions.exclude(scheme=None).order_by("-edition").first()
    assert edition is not None and edition.scheme is not None  # native ones have a scheme (refresh)
    occasion = {
        Due.Kind.ROUND: Occasion.SURVEILLANCE,
        Due.Kind.TRIGGER: Occasion.SPECIAL,
        Due.Kind.RENEWAL: Occasion.RENEWAL,
    }[Due.Kind(due.kind)]
    case = selection.open_case(
        scheme=edition.scheme,
        issuer=attestation.issuer,
        client=attestation.holder,
        person=attestation.person,
        occasion=occasion,
        attestation=attestation,
        because={"due": due.pk, "key": due.key, "by": due.due_on.isoformat()},
        by=by,
        at=at,
    )
    due.case = case
    due.save(update_fields=["case"])
    journal.record(
        "surveillance.follow_up_opened",
        subject=due,
        by=by,
        at=at,
        case=case.public_id,
        payload={"key": due.key, "due": due.due_on.isoformat()},
    )
    return case


#: Who may report a trigger, as sentences name them.
TELLERS = {
    "holder": {"en": "holder", "zh": "持有人"},
    "regulator": {"en": "regulator", "zh": "监管部门"},
    "accreditor": {"en": "accreditor", "zh": "认可机构"},
    "anyone": {"en": "public", "zh": "公众"},
    "platform": {"en": "platform", "zh": "平台"},
}


@transaction.atomic
def tell(*, attestation: Attestation, trigger: str, what: dict[str, str], by: Membership, at: datetime) -> Due:
    """Report what sets off an unplanned activity: a complaint, a change, a failed sampling."""
    check_lives(by, at)
    attestation = Attestation.objects.select_for_update(of=("self",)).get(pk=attestation.pk)
    definition = decisions.governing_definition(attestation, days.day_of(at))
    if trigger not in {one.id for one in definition.triggers}:
        raise Refused(
            _("This scheme knows no event “{trigger}” that sets work off. Choose one of those listed."),
            {"trigger": trigger},
            rule="trigger.known",
            source="testamur@2026-1#surveillance",
            field="trigger",
        )
    table = definition.trigger(trigger)
    allowed = {
        "holder": by.organisation_id == attestation.holder_id,
        "regulator": by.holds("supervision"),
        "accreditor": by.holds("supervision"),
        "anyone": True,
    }
    if not allowed.get(table.told_by, False) and by.organisation_id != attestation.issuer_id:
        raise Refused(
            _("This is reported by the {who} or entered by the issuer."),
            {"who": TELLERS.get(table.told_by, table.told_by)},
            rule="trigger.told_by",
            source=str(table.source[0]),
        )
    if not any(text.strip() for text in what.values()):
        raise Refused(
            _("Say what happened: what, when and where."),
            rule="trigger.what",
            source=str(table.source[0]),
            field="what",
        )
    standing = register_status.status(attestation, on=days.day_of(at, definition.area)).status
    if standing not in (Status.VALID, Status.SUSPENDED):
        raise Refused(
            _("This attestation has ended; nothing more is assessed under it."),
            rule="trigger.state",
            source=str(table.source[0]),
        )
    today = days.day_of(at, definition.area)
    named = {
        **queries.life(attestation).named_days(),
        "notified": today,
        "changed": today,
        "complained": today,
        "recorded": days.day_of(clock.now(), definition.area),
    }
    due = resolve(table.by, named, definition.area)
    number = attestation.dues.filter(kind=Due.Kind.TRIGGER, key=trigger).count() + 1
    made = Due.objects.create(
        attestation=attestation,
        kind=Due.Kind.TRIGGER,
        key=trigger,
        number=number,
        due_on=due or today,
        opens_on=today,
        because={"event": table.event, "what": what, "source": str(table.source[0])},
    )
    journal.record(
        "surveillance.told", subject=made, by=by, at=at, payload={"trigger": trigger}, source=str(table.source[0])
    )
    return made
