"""Acts on single attestations: entering what was not issued here, new editions, changes of status, annulments.

Issuing here is ``attestation``; whole files come in by ``deliveries``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from testamur.journal.actions import record
from testamur.kernel.refusal import Refused, _
from testamur.kernel.words import Origin, Status
from testamur.parties.models import Membership, Organisation, Person, Platform
from testamur.register import policies, replay
from testamur.register.documents import Document
from testamur.register.models import Attestation, Current, Edition, StatusChange
from testamur.register.writing import write_attestation, write_current, write_edition

Actor = Membership | Platform


@transaction.atomic
def enter(
    *,
    issuer: Organisation,
    scheme_id: str,
    document: Document,
    origin: Origin,
    origin_name: str,
    by: Actor,
    at: datetime,
    holder: Organisation | None = None,
    person: Person | None = None,
    origin_key: str = "",
    continues: Attestation | None = None,
    main: Attestation | None = None,
    part: str = "",
    confidential: bool = False,
    status: Status = Status.VALID,
) -> Attestation:
    """Enter a living attestation that was not issued here: reported, mirrored or transcribed.

    Args:
        scheme_id: id of the scheme here, or the foreign register's own word.
        origin_name: the register it is mirrored from, the body that reported it, or the scan it was transcribed from.
        origin_key: the record's own id there.

    Raises:
        Refused: native ones are issued, not entered; days out of order; a part larger than its main; not unique.
    """
    if origin is Origin.NATIVE:
        raise Refused(
            _("What is issued here is issued by its own act; only records from elsewhere are entered."),
            rule="register.origin",
            source="testamur@2026-1#register.origin",
        )
    policies.check_days_in_order(document)
    if main is not None:
        policies.check_within_main(document, main)
    warnings: list[str] = []
    if document.scheme is not None:
        found = policies.clashes(
            scheme=document.scheme, issuer=issuer, holder=holder, person=person, document=document, besides=continues
        )
        policies.check_unique(found)
        warnings = [clash.attestation.public_id for clash in found]
    attestation, edition, _change = write_attestation(
        issuer=issuer,
        scheme_id=scheme_id,
        document=document,
        holder=holder,
        person=person,
        origin=origin,
        origin_name=origin_name,
        origin_key=origin_key,
        continues=continues,
        main=main,
        part=part,
        confidential=confidential,
        personal=person is not None,
        sample=issuer.sample,
        status=status,
    )
    record(
        "register.entered",
        subject=attestation,
        by=by,
        at=at,
        payload={"number": edition.number, "origin": str(origin), "origin_name": origin_name, "not_unique": warnings},
    )
    return attestation


@transaction.atomic
def add_edition(
    *,
    attestation: Attestation,
    document: Document,
    reason: str,
    by: Actor,
    at: datetime,
    reason_text: dict[str, str] | None = None,
    corrects: Edition | None = None,
) -> Edition:
    """Add an edition to an attestation that was not issued here.

    Raises:
        Refused: days out of order; the attestation has ended; an edition between two others.
    """
    attestation = Attestation.objects.select_for_update(of=("self",)).get(pk=attestation.pk)
    _check_from_elsewhere(attestation)
    policies.check_days_in_order(document)
    if corrects is None:
        policies.check_no_edition_in_between(attestation, document)
        policies.check_still_continues(attestation, document)
    if attestation.main is not None:
        policies.check_within_main(document, attestation.main)
    edition = write_edition(attestation, document, reason=reason, reason_text=reason_text, corrects=corrects)
    write_current(attestation)
    record(
        "register.edition_added",
        subject=attestation,
        by=by,
        at=at,
        payload={"edition": edition.edition, "reason": reason, "corrects": corrects.edition if corrects else None},
    )
    return edition


@transaction.atomic
def change_status(
    *,
    attestation: Attestation,
    status: Status,
    reason: dict[str, str],
    by: Actor,
    at: datetime,
    lines: Sequence[int] | None = None,
    ground: str = "",
    source: str = "",
    legal_word: str = "",
    cause: str = "",
    from_start: bool = False,
    corrects: StatusChange | None = None,
) -> StatusChange:
    """Record a change of status of an attestation that was not issued here, as its issuer or register tells it.

    Raises:
        Refused: the status may not follow the one of that day; unknown lines; a late record without a reason.
    """
    attestation = Attestation.objects.select_for_update(of=("self",)).get(pk=attestation.pk)
    _check_from_elsewhere(attestation)
    policies.check_not_later_than_known(at, reason)
    policies.check_may_follow(attestation, status, effective_at=at, lines=lines, corrects=corrects)
    if lines is not None:
        policies.check_lines_exist(attestation, lines, at)
    change = StatusChange.objects.create(
        attestation=attestation,
        status=status,
        lines=list(lines) if lines is not None else None,
        ground=ground,
        cause=cause,
        from_start=from_start,
        legal_word=legal_word,
        reason=reason,
        source=source,
        effective_at=at,
        corrects=corrects,
    )
    write_current(attestation)
    record(
        "register.status_changed",
        subject=attestation,
        by=by,
        at=at,
        payload={"change": change.pk, "status": str(status), "lines": change.lines},
    )
    return change


@transaction.atomic
def annul(*, change: StatusChange, reason: dict[str, str], source: str, by: Actor, at: datetime) -> StatusChange:
    """Record that an appeal body, reconsideration organ or court annulled a change: it never was.

    Raises:
        Refused: the change is annulled or corrected already, or is the first one.
    """
    attestation = Attestation.objects.select_for_update(of=("self",)).get(pk=change.attestation_id)
    _check_from_elsewhere(attestation)
    annulment = write_annulment(change, reason=reason, source=source)
    write_current(attestation)
    record(
        "register.status_annulled",
        subject=attestation,
        by=by,
        at=at,
        source=source,
        payload={"change": change.pk, "annulment": annulment.pk},
    )
    return annulment


def write_annulment(change: StatusChange, *, reason: dict[str, str], source: str, decision: str = "") -> StatusChange:
    """Write the row that takes a change away; it carries the status that holds again. No event.

    Raises:
        Refused: nothing stands that could be annulled.
    """
    rows = list(change.attestation.changes.all())
    standing = replay.standing(rows)
    if change not in standing:
        raise Refused(
            _("This change was corrected or annulled before; there is nothing left to annul."),
            rule="register.annul_once",
            source="testamur@2026-1#register.annulment",
        )
    before = [row for row in standing if row.lines == change.lines and replay.order(row) < replay.order(change)]
    if not before and change.lines is None:
        raise Refused(
            _("The first status of an attestation cannot be annulled; it can be withdrawn from the start."),
            rule="register.annul_first",
            source="testamur@2026-1#register.annulment",
        )
    return StatusChange.objects.create(
        attestation=change.attestation,
        status=before[-1].status if before else Status.VALID,
        lines=change.lines,
        reason=reason,
        source=source,
        decision=decision,
        effective_at=change.effective_at,
        annuls=change,
    )


@transaction.atomic
def rebuild_current(attestation: Attestation) -> Current | None:
    """Write the derived row of an attestation again from the rows it is derived from. No event: nothing changes."""
    return write_current(attestation)


def _check_from_elsewhere(attestation: Attestation) -> None:
    if attestation.origin == Origin.NATIVE:
        raise Refused(
            _("{number} was issued here; it changes by a decision of its issuer and in no other way."),
            {"number": policies._number(attestation)},
            rule="register.origin",
            source="testamur@2026-1#register.origin",
        )
