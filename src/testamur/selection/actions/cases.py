"""Open, pause, look into and close a case."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import transaction

from testamur.journal.actions import record
from testamur.kernel import days
from testamur.kernel.refusal import Refused, _
from testamur.kernel.words import Occasion
from testamur.parties import policies as parties
from testamur.parties.models import Membership, Organisation, Person, Platform
from testamur.register.models import Attestation
from testamur.schemes import queries as schemes
from testamur.schemes.language.moments import after
from testamur.schemes.models import Scheme
from testamur.selection import deadlines, policies, queries
from testamur.selection.models import Application, Case, Pause
from testamur.selection.policies import Actor
from testamur.selection.programme import enter_selection
from testamur.selection.roles import check_fills_one_of, cite, is_applicant, planning_roles, reviewing_roles


@transaction.atomic
def open_case(
    *,
    scheme: Scheme,
    issuer: Organisation,
    occasion: str,
    by: Actor,
    at: datetime,
    client: Organisation | None = None,
    person: Person | None = None,
    attestation: Attestation | None = None,
    because: dict[str, Any] | None = None,
    joint: Case | None = None,
) -> Case:
    """Open the folder on which all functions work.

    An occasion on which the scheme asks something gets an application to fill in. Where nothing is asked (a
    surveillance, a change), the case goes on to selection at once, its time calculated from what was answered before.
    Under an integrated scheme one case is opened for each scheme; the first leads, the application is filled in there.

    Args:
        scheme: version in force on the day; an integrated one opens the group.
        occasion: word of ``kernel.words.Occasion``.
        client, person: who applies; one of them.
        attestation: the living attestation it is about.
        because: why, e.g. ``{"round": "first", "due": 12}``; named days such as ``{"notified": "2026-05-01"}`` count.
        joint: leader of a group of cases that are worked on together.

    Returns:
        The case; of an integrated group the leading one.
    """
    # Numbers are the issuer's: one after the other.
    Organisation.objects.select_for_update(of=("self",)).get(pk=issuer.pk)
    policies.check_may_open(
        scheme=scheme,
        issuer=issuer,
        occasion=occasion,
        client=client,
        person=person,
        attestation=attestation,
        by=by,
        at=at,
    )
    on = days.day_of(at, scheme.definition.area)
    party = client or person
    assert party is not None
    policies.check_may_apply(
        scheme=scheme, issuer=issuer, party=party, occasion=occasion, attestation=attestation, on=on
    )
    head = scheme.definition.scheme
    whole: dict[str, Any] = {
        "scheme": scheme,
        "issuer": issuer,
        "occasion": Occasion(occasion).value,
        "client": client,
        "person": person,
    }
    if head.integrates:
        leader = None
        for key in head.integrates:
            one = schemes.effective(key.partition("@")[0], on)
            case = _open(
                **{**whole, "scheme": one},
                attestation=attestation,
                because=because,
                joint=leader,
                integrated=scheme,
                on=on,
                by=by,
                at=at,
            )
            leader = leader or case
        assert leader is not None
        for case in leader.group:
            _begin(case, by=by, at=at)
        return leader
    case = _open(**whole, attestation=attestation, because=because, joint=joint, integrated=None, on=on, by=by, at=at)
    _begin(case, by=by, at=at)
    return case


def _open(
    *,
    scheme: Scheme,
    issuer: Organisation,
    occasion: str,
    client: Organisation | None,
    person: Person | None,
    attestation: Attestation | None,
    because: dict[str, Any] | None,
    joint: Case | None,
    integrated: Scheme | None,
    on: date,
    by: Actor,
    at: datetime,
) -> Case:
    return Case.objects.create(
        number=next_number(issuer, on),
        occasion=occasion,
        scheme=scheme,
        issuer=issuer,
        client=client,
        person=person,
        attestation=attestation,
        joint=joint,
        integrated=integrated,
        stage_from=on,
        opened_on=on,
        opened_because=because or {},
    )


def next_number(issuer: Organisation, on: date) -> str:
    """Return the next case number of a body in a year: ``A-2026-00417``."""
    prefix = f"A-{on.year}-"
    last = (
        Case.objects.filter(issuer=issuer, number__startswith=prefix)
        .order_by("-number")
        .values_list("number", flat=True)
        .first()
    )
    return f"{prefix}{int(last.removeprefix(prefix)) + 1 if last else 1:05d}"


def _begin(case: Case, *, by: Actor, at: datetime) -> None:
    definition = case.scheme.definition
    asked = bool(definition.parts_on(case.occasion)) or bool(
        case.integrated and case.integrated.definition.parts_on(case.occasion)
    )
    record(
        "case.opened",
        subject=case,
        by=by,
        at=at,
        case=case.public_id,
        payload={
            "number": case.number,
            "occasion": case.occasion,
            "scheme": case.scheme.key,
            "because": case.opened_because,
        },
        source=cite(definition.scheme),
    )
    if asked:
        Application.objects.create(case=case)
    else:
        enter_selection(case, by=by, at=at)


@transaction.atomic
def look_as_overseer(*, case: Case, reason: str, by: Membership, at: datetime) -> Case:
    """Use the right of whoever licensed or accredited the issuer to read one of its cases; the holder can see
    that it was used.

    Raises:
        Refused: the member's organisation gave the issuer nothing that is valid, or gives no reason.
    """
    parties.check_lives(by, at)
    right = queries.right_to_oversee(case, by)
    if right is None:
        raise Refused(
            _("{organisation} has given {issuer} no authority that is in force, so it cannot look into its cases."),
            {"organisation": by.organisation.names, "issuer": case.issuer.names},
            rule="case.oversee",
            source="testamur@2026-1#access",
        )
    if not reason.strip():
        raise Refused(
            _("Say why you look into this case; the body and its client can read it."),
            rule="case.oversee",
            source="testamur@2026-1#access",
            field="reason",
        )
    record(
        "case.read_by_overseer",
        subject=case,
        by=by,
        at=at,
        case=case.public_id,
        payload={"right": right.public_id, "reason": reason.strip()},
        rule="case.oversee",
        source="testamur@2026-1#access",
    )
    return case


@transaction.atomic
def pause(*, case: Case, why: str, by: Actor, at: datetime) -> Pause:
    """Let the clocks that stop for a reason stand still; standing still already, nothing changes.

    Args:
        why: word of ``[[deadline]] stops``: applicant_answer, expert_review, testing, corrective_action.
    """
    standing = case.pauses.filter(why=why, until_day=None).first()
    if standing is not None:
        return standing
    made = Pause.objects.create(case=case, why=why, from_day=days.day_of(at, case.scheme.definition.area))
    if any(why in deadline.stops for deadline in case.scheme.definition.deadlines):
        record("case.clock_stopped", subject=made, by=by, at=at, case=case.public_id, payload={"why": why})
    return made


@transaction.atomic
def resume(*, case: Case, why: str, by: Actor, at: datetime) -> None:
    """Let the clocks run again."""
    for standing in case.pauses.filter(why=why, until_day=None):
        standing.until_day = max(standing.from_day, days.day_of(at, case.scheme.definition.area))
        standing.save(update_fields=["until_day"])
        if any(why in deadline.stops for deadline in case.scheme.definition.deadlines):
            record("case.clock_resumed", subject=standing, by=by, at=at, case=case.public_id, payload={"why": why})


@transaction.atomic
def extend_deadline(*, case: Case, deadline: str, reasons: str, by: Membership, at: datetime) -> Case:
    """Extend a deadline once, by what the scheme allows, with reasons that the applicant reads."""
    parties.check_lives(by, at)
    case = Case.objects.select_for_update(of=("self",)).get(pk=case.pk)
    clock = next((one for one in deadlines.clocks(case) if one.deadline.id == deadline), None)
    if clock is None or clock.deadline.extend is None or clock.due is None:
        raise Refused(
            _("This deadline cannot be extended."),
            rule="deadline.extend",
            source=cite(clock.deadline) if clock else "",
            field="deadline",
        )
    check_fills_one_of(case, by, (*planning_roles(case), *reviewing_roles(case)), source=cite(clock.deadline))
    if clock.extended_until is not None:
        raise Refused(
            _("“{step}” was extended once already, until {day}."),
            {"step": clock.deadline.step, "day": clock.extended_until},
            rule="deadline.extend",
            source=cite(clock.deadline),
        )
    if not reasons.strip():
        raise Refused(
            _("Give the reasons; the applicant is told."),
            rule="deadline.extend",
            source=cite(clock.deadline),
            field="reasons",
        )
    until = after(clock.due, clock.deadline.extend, case.scheme.definition.area)
    case.remember(**{f"extended.{deadline}": until})
    record(
        "case.deadline_extended",
        subject=case,
        by=by,
        at=at,
        case=case.public_id,
        payload={"deadline": deadline, "until": until.isoformat(), "reasons": reasons.strip()},
        source=cite(clock.deadline),
    )
    return case


@transaction.atomic
def close_case(*, case: Case, because: dict[str, str], by: Actor, at: datetime, source: str = "") -> Case:
    """End a case without a decision: taken back by the applicant, refused at application review, or lapsed.

    Args:
        because: reason in words, ``{bcp47: text}``; kept, and confidential to the regulators of the body.
        source: clause by which it ends, where one makes it end.
    """
    parties.check_lives(by, at)
    case = Case.objects.select_for_update(of=("self",)).get(pk=case.pk)
    if case.stage in (Case.Stage.DONE, Case.Stage.CLOSED):
        return case
    if not any(str(text).strip() for text in because.values()):
        raise Refused(
            _("Give the reason; it is kept with the case."),
            rule="case.close",
            source="testamur@2026-1#case",
            field="because",
        )
    if isinstance(by, Membership) and not is_applicant(case, by):
        check_fills_one_of(case, by, (*reviewing_roles(case), *planning_roles(case)))
    application = getattr(case, "application", None)
    if application is not None and application.state not in (Application.State.ACCEPTED, Application.State.REFUSED):
        application.state = (
            Application.State.TAKEN_BACK
            if isinstance(by, Platform) or is_applicant(case, by)
            else Application.State.REFUSED
        )
        if application.state == Application.State.REFUSED and application.submitted_at is None:
            application.state = Application.State.TAKEN_BACK
        application.version += 1
        application.save(update_fields=["state", "version"])
    case.closed_because = {str(k): str(v).strip() for k, v in because.items()}
    case.save(update_fields=["closed_because"])
    case.move(Case.Stage.CLOSED, on=days.day_of(at, case.scheme.definition.area))
    for standing in case.pauses.filter(until_day=None):
        standing.until_day = max(standing.from_day, case.closed_on or standing.from_day)
        standing.save(update_fields=["until_day"])
    case.assignments.filter(removed_at=None).update(removed_at=at, removed_because="case closed")
    record(
        "case.closed",
        subject=case,
        by=by,
        at=at,
        case=case.public_id,
        payload={"because": case.closed_because},
        source=source,
    )
    return case
