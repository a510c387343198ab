"""Carry decisions out: issue, change, suspend, restore, withdraw, cancel, annul. One act, one transaction.

``carry_out`` twice on a decision returns what the first time made. The database is first; files of the public site are
written from it once the log has numbered the entries (``publishing``), and can be written again at any time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction

from testamur.attestation import (
    approvals,
    families,
    issuing,
    policies,
    publishing,
    renditions,
    statements,
    status_acts,
    status_lists,
)
from testamur.attestation.models import Slot, StandingInstruction
from testamur.decision import actions as deciding
from testamur.decision import queries as decisions
from testamur.decision.models import Appeal, Decision
from testamur.journal.actions import record
from testamur.kernel import clock, days
from testamur.kernel.refusal import Refused, _
from testamur.kernel.words import Function, Occasion, Origin, Outcome
from testamur.parties.models import Membership, Organisation, Platform, Site, actor
from testamur.parties.policies import check_holds, check_lives
from testamur.register import tasks as register_tasks
from testamur.register.actions import write_annulment
from testamur.register.documents import Document
from testamur.register.models import Attestation, Edition, StatusChange
from testamur.register.writing import write_current, write_edition

Actor = Membership | Platform


@transaction.atomic
def carry_out(
    *, decision: Decision, by: Actor, at: datetime, sites: Iterable[Site] = ()
) -> Edition | StatusChange | None:
    """Carry a decision out.

    Args:
        decision: granted, renewed, extended, reduced, changed, suspended, restored, withdrawn or cancelled.
        sites: for a grant: the sites of the list that get a sub-certificate in the same act.

    Returns:
        The edition issued, or the change of status recorded; where it was carried out before, the same as then. None
        where the issuer lets two persons approve and this was the proposal of the first.

    Raises:
        Refused: no right to sign for the issuer; a signature is awaited; an authority of the issuer is missing on the
            day; somebody is barred; the status may not follow.
    """
    rows = Decision.objects.select_for_update(of=("self",))
    rows = rows.select_related("case__issuer", "case__scheme", "case__client", "case__application")
    decision = rows.defer("case__scheme__body").get(pk=decision.pk)
    before = carried_out(decision)
    if before is not None:
        return before
    policies.check_may_carry_out(decision, by, at)
    return _carry_out(decision, by=by, at=at, sites=sites)


@transaction.atomic
def carry_out_many(*, decisions: Sequence[Decision], by: Actor, at: datetime) -> list[Edition | StatusChange]:
    """Carry many decisions of one issuer out in one act: the same checks, numbers, events and entries as one by one.

    New attestations are written table by table; whatever else was decided is carried out one after the other, in the
    same transaction. If one is refused none is carried out, and the refusal says which.

    Returns:
        As :func:`carry_out` for each, in the order of the decisions; those that were only proposed are left out.

    Raises:
        Refused: as :func:`carry_out`; or the decisions are of several issuers.
    """
    keys = [one.pk for one in decisions]
    rows = Decision.objects.filter(pk__in=keys).select_for_update(of=("self",)).order_by("pk")
    rows = rows.select_related(
        "case__issuer", "case__scheme", "case__client", "case__person", "case__joint", "case__application",
        "attestation__issuer",
    ).prefetch_related("signatures", "case__client__identifiers")  # fmt: skip
    locked = {one.pk: one for one in rows.defer("case__scheme__body")}
    waiting = [locked[pk] for pk in dict.fromkeys(keys) if locked[pk].issued_at is None]
    for one in waiting:
        with issuing.naming(one):
            if policies.issuer_of(one) != policies.issuer_of(waiting[0]):
                raise Refused(_("Decisions of several issuers are not carried out in one act."), rule="attestation.who")
            policies.check_may_carry_out(one, by, at)
            policies.check_outcome(one)
            policies.check_signed(one)
    made: dict[int, Edition | StatusChange] = {}
    # Where two persons approve, each decision is proposed and approved by itself, with the sites it was proposed for.
    alone = bool(waiting) and (isinstance(by, Platform) or not policies.issuer_of(waiting[0]).two_to_issue)
    for turn in _turns([one for one in waiting if alone and _is_new(one)]):
        for decision, edition in zip(turn, issuing.grant_many(turn, by=by, at=at), strict=True):
            made[decision.pk] = edition
    for one in waiting:
        if one.pk not in made:
            with issuing.naming(one):
                carried = _carry_out(one, by=by, at=at)
            if carried is not None:
                made[one.pk] = carried
    found = [made.get(pk) or carried_out(locked[pk]) for pk in keys]
    return [one for one in found if one is not None]


def _is_new(decision: Decision) -> bool:
    case = decision.case
    about = decision.attestation_id or (case.attestation_id if case is not None else None)
    return case is not None and about is None and Outcome(decision.outcome) in policies.EDITION_OUTCOMES


def _turns(decisions: Sequence[Decision]) -> list[list[Decision]]:
    """Part decisions so that no holder is named twice in a turn: the second must see what the first made."""
    turns: list[list[Decision]] = []
    seen: Counter[tuple[int | None, int | None]] = Counter()
    for one in decisions:
        assert one.case is not None
        holder = one.case.client_id, one.case.person_id
        if seen[holder] == len(turns):
            turns.append([])
        turns[seen[holder]].append(one)
        seen[holder] += 1
    return turns


def carried_out(decision: Decision) -> Edition | StatusChange | None:
    """Return what a decision was carried out as; None where it was not yet."""
    if decision.issued_at is None:
        return None
    edition = Edition.objects.filter(decision=decision.public_id, attestation__main=None).order_by("pk").first()
    if edition is not None and Outcome(decision.outcome) not in policies.STATUS_OUTCOMES:
        return edition
    change = StatusChange.objects.filter(decision=decision.public_id, attestation__main=None).order_by("pk").first()
    return change or edition


def _carry_out(
    decision: Decision, *, by: Actor, at: datetime, sites: Iterable[Site] = ()
) -> Edition | StatusChange | None:
    outcome = policies.check_outcome(decision)
    policies.check_signed(decision)
    case = decision.case
    about = decision.attestation or (case.attestation if case is not None else None)
    if about is not None:
        about = Attestation.objects.select_for_update(of=("self",)).select_related("issuer").get(pk=about.pk)
    first = outcome is Outcome.GRANT or about is None
    if about is not None and not first:
        definition = decisions.definition_of(decision)
        if outcome in (Outcome.RENEW, Outcome.RESTORE) and case is not None:
            first = issuing.check_continues(about, outcome, days.day_of(at, definition.area))
        if not first and outcome in policies.STATUS_OUTCOMES:
            return status_acts.change_status(about, decision, outcome, by=by, at=at)
    sites = list(sites)
    agreed = approvals.agree(
        key=approvals.decision_key(decision.public_id),
        issuer=policies.issuer_of(decision),
        by=by,
        at=at,
        case=case.public_id if case is not None else "",
        sites=[site.public_id for site in sites],
    )
    if agreed is None:
        return None
    if first:
        if agreed.sites is not None and case is not None and case.client is not None:
            sites = list(case.client.sites.filter(public_id__in=agreed.sites))
        return issuing.grant(decision, by=by, at=at, sites=sites, continues=about)
    assert about is not None
    return issuing.next_edition(
        about, decision, reason=_reason_of(decision, outcome), by=by, at=at, definition=definition
    )


def _reason_of(decision: Decision, outcome: Outcome) -> str:
    asked = str(decision.changes.get("reason", "")) if decision.changes else ""
    if asked in Edition.Reason.values:
        return asked
    occasion = decision.case.occasion if decision.case is not None else Occasion.CHANGE
    return {
        Outcome.RENEW: Edition.Reason.RENEWAL,
        Outcome.EXTEND: Edition.Reason.EXTENSION,
        Outcome.REDUCE: Edition.Reason.REDUCTION,
    }.get(outcome, Edition.Reason.TRANSITION if occasion == Occasion.TRANSITION else Edition.Reason.CHANGE)


# ------------------------------------------------------------ decide and carry out in one act


@transaction.atomic
def suspend(
    *, attestation: Attestation, ground: str, reasons: dict[str, str], by: Actor, at: datetime,
    lines: Sequence[int] | None = None,
) -> StatusChange:  # fmt: skip
    """Suspend the whole, or some of its scope lines, from an instant."""
    return _act_on_status(attestation, Outcome.SUSPEND, ground, reasons, by=by, at=at, lines=lines)


@transaction.atomic
def restore(
    *, attestation: Attestation, reasons: dict[str, str], by: Actor, at: datetime, ground: str = "",
    lines: Sequence[int] | None = None,
) -> StatusChange:  # fmt: skip
    """End a suspension: its reasons are gone."""
    return _act_on_status(attestation, Outcome.RESTORE, ground, reasons, by=by, at=at, lines=lines)


@transaction.atomic
def withdraw(
    *, attestation: Attestation, ground: str, reasons: dict[str, str], by: Actor, at: datetime
) -> StatusChange:
    """Withdraw for cause; a ground with ``effect = "from_start"`` makes it void from the start."""
    return _act_on_status(attestation, Outcome.WITHDRAW, ground, reasons, by=by, at=at)


@transaction.atomic
def cancel(*, attestation: Attestation, ground: str, reasons: dict[str, str], by: Actor, at: datetime) -> StatusChange:
    """Cancel at the holder's request, or because the object ceased."""
    return _act_on_status(attestation, Outcome.CANCEL, ground, reasons, by=by, at=at)


def _act_on_status(
    attestation: Attestation,
    outcome: Outcome,
    ground: str,
    reasons: dict[str, str],
    *,
    by: Actor,
    at: datetime,
    lines: Sequence[int] | None = None,
) -> StatusChange:
    made = deciding.decide_status(
        attestation=attestation,
        outcome=outcome.value,
        ground=ground,
        reasons=reasons,
        by=by,
        at=at,
        changes={"lines": list(lines)} if lines is not None else None,
    )
    if isinstance(by, Platform):
        policies.check_standing(made, by)
    change = _carry_out(made, by=by, at=at)
    assert isinstance(change, StatusChange)
    return change


@transaction.atomic
def reduce(
    *,
    attestation: Attestation,
    scope: Sequence[dict[str, Any]],
    reasons: dict[str, str],
    by: Actor,
    at: datetime,
    ground: str = "",
    statement: dict[str, str] | None = None,
) -> Edition | None:
    """Take scope lines away: a new edition under the same number; the old paper answers *superseded*.

    Returns:
        The edition; None where a second person has to approve it first (:mod:`~testamur.attestation.approvals`).
    """
    return _new_edition(
        attestation, Outcome.REDUCE, reasons, by=by, at=at, ground=ground, scope=list(scope), statement=statement
    )


@transaction.atomic
def extend(
    *,
    attestation: Attestation,
    scope: Sequence[dict[str, Any]],
    reasons: dict[str, str],
    by: Actor,
    at: datetime,
    statement: dict[str, str] | None = None,
) -> Edition | None:
    """Add scope lines that were assessed: a new edition under the same number."""
    return _new_edition(attestation, Outcome.EXTEND, reasons, by=by, at=at, scope=list(scope), statement=statement)


@transaction.atomic
def change(
    *,
    attestation: Attestation,
    reasons: dict[str, str],
    by: Actor,
    at: datetime,
    names: dict[str, str] | None = None,
    address: dict[str, str] | None = None,
    sites: Sequence[dict[str, Any]] | None = None,
    statement: dict[str, str] | None = None,
    reason: str = Edition.Reason.CHANGE,
) -> Edition | None:
    """Write a name, an address, the sites or the wording differently: a new edition; nothing is revoked.

    Args:
        names, address: of the holder; without them the holder is named anew as it is called today.
        sites: the whole new site list, ``[{names, address, statement, central, site}]``.
        statement: the scope in words.
        reason: ``change``, ``correction``, or ``authority`` where the issuer gained or lost what the document shows.
    """
    told = {
        "names": names,
        "address": address,
        "sites": list(sites) if sites is not None else None,
        "statement": statement,
    }
    changes = {name: value for name, value in told.items() if value is not None}
    return _new_edition(
        attestation, Outcome.MAINTAIN, reasons, by=by, at=at, changes={**changes, "reason": str(reason)}
    )


def _new_edition(
    attestation: Attestation,
    outcome: Outcome,
    reasons: dict[str, str],
    *,
    by: Actor,
    at: datetime,
    ground: str = "",
    scope: list[dict[str, Any]] | None = None,
    statement: dict[str, str] | None = None,
    changes: dict[str, Any] | None = None,
) -> Edition | None:
    made = deciding.decide_status(
        attestation=attestation,
        outcome=outcome.value,
        ground=ground,
        reasons=reasons,
        by=by,
        at=at,
        scope=scope,
        statement=statement,
        changes=changes,
    )
    edition = _carry_out(made, by=by, at=at)
    assert not isinstance(edition, StatusChange)
    return edition


@transaction.atomic
def issue_part(*, main: Attestation, site: Site, by: Membership, at: datetime) -> Attestation | None:
    """Issue a sub-certificate for a site of a main certificate's list, within what was decided for the main.

    Returns:
        The sub-certificate; None where a second person has to approve it first.
    """
    main = Attestation.objects.select_for_update(of=("self",)).select_related("issuer").get(pk=main.pk)
    check_lives(by, at)
    check_holds(by, Function.ATTESTATION, main.issuer)
    edition = main.editions.select_related("scheme", "attestation__issuer").order_by("-edition").first()
    assert edition is not None
    definition = decisions.governing_definition(main, days.day_of(at, "CN"))
    lines = [line.line for line in edition.lines.all()]
    policies.authorities_on(definition, issuer=main.issuer, claim=lines, on=days.day_of(at, definition.area))
    key = f"part:{main.public_id}:{site.public_id}:{edition.edition}"
    if approvals.agree(key=key, issuer=main.issuer, by=by, at=at) is None:
        return None
    return families.issue_for_sites(edition, [site], by=by, at=at)[0]


# ------------------------------------------------------------ annulment


@transaction.atomic
def annul(*, appeal: Appeal, by: Membership, at: datetime) -> list[StatusChange]:
    """Carry out an appeal that was upheld: the change of status never was, and the credential is issued anew.

    Returns:
        The annulments: of the attestation and of the parts that had followed it; none where a second person has to
        approve the new credentials first.
    """
    appeal = Appeal.objects.select_for_update(of=("self",)).get(pk=appeal.pk)
    decision = appeal.decision
    about = decision.attestation or (decision.case.attestation if decision.case is not None else None)
    if appeal.carried_out_at is not None:
        return list(StatusChange.objects.filter(annuls__decision=decision.public_id).order_by("pk"))
    if not appeal.upheld:
        raise Refused(
            _("The appeal was not upheld; there is nothing to annul."),
            rule="attestation.annul",
            source="iso-17021-1@2015#9.7",
        )
    changes = list(
        StatusChange.objects.filter(decision=decision.public_id, annuls=None, annulled_by=None).order_by("pk")
    )
    if about is None or not changes:
        raise Refused(
            _("The decision appealed against changed no status; a new decision answers the appeal."),
            rule="attestation.annul",
            source="iso-17021-1@2015#9.7",
            who=_("the issuer's decider"),
        )
    check_lives(by, at)
    check_holds(by, Function.ATTESTATION, about.issuer)
    case = decision.case.public_id if decision.case is not None else ""
    if approvals.agree(key=f"appeal:{appeal.public_id}", issuer=about.issuer, by=by, at=at, case=case) is None:
        return []
    source = "iso-17021-1@2015#9.7"
    made, touched = [], []
    for row in changes:
        attestation = (
            Attestation.objects.select_for_update(of=("self",)).select_related("issuer").get(pk=row.attestation_id)
        )
        made.append(write_annulment(row, reason=appeal.answer, source=source, decision=decision.public_id))
        _reissue(attestation, appeal, by=by, at=at)
        touched.append(attestation)
    status_lists.follow(touched)
    for one in touched:
        statements.write(one)
    record(
        "attestation.annulled",
        subject=about,
        by=by,
        at=at,
        case=decision.case.public_id if decision.case is not None else "",
        payload={"appeal": appeal.public_id, "annulments": [row.pk for row in made]},
        source=source,
    )
    appeal.carried_out_at = clock.now()
    appeal.save(update_fields=["carried_out_at"])
    return made


def _reissue(attestation: Attestation, appeal: Appeal, *, by: Membership, at: datetime) -> Edition:
    before = attestation.editions.select_related("scheme").order_by("-edition").first()
    assert before is not None and before.scheme is not None
    today = days.day_of(at, before.scheme.definition.area)
    document = Document.of(before).with_(issued_on=today, effective_on=today)
    edition = write_edition(
        attestation,
        document,
        reason=Edition.Reason.CORRECTION,
        reason_text={"en": "issued anew after an appeal was upheld", "zh": "申诉成立后重新颁发"},
    )
    write_current(attestation)
    issuing.reissue(
        edition,
        by=by,
        at=at,
        kind="attestation.edition",
        payload={"attestation": attestation.public_id, "edition": edition.edition, "appeal": appeal.public_id},
    )
    return edition


# ------------------------------------------------------------ standing instructions, lists


@transaction.atomic
def sign_standing_instruction(
    *,
    scheme: str,
    ground: str,
    from_day: date,
    by: Membership,
    at: datetime,
    until_day: date | None = None,
) -> StandingInstruction:
    """Sign beforehand that the platform carries one ground out in the body's name; the act then names this."""
    check_lives(by, at)
    check_holds(by, Function.DECISION)
    from testamur.schemes.queries import effective

    policies.check_standing_may_be_signed(effective(scheme, from_day).definition, ground)
    made = StandingInstruction.objects.create(
        issuer=by.organisation,
        scheme=scheme,
        ground=ground,
        from_day=from_day,
        until_day=until_day,
        signed_by=by,
        effective_at=at,
        **actor(by),
    )
    record("attestation.standing_signed", subject=made, by=by, at=at, payload={"scheme": scheme, "ground": ground})
    return made


@transaction.atomic
def take_effect() -> int:
    """Let derived rows and status bits follow what was recorded ahead and took effect since: on the day, not on the
    day of the act.

    Returns:
        How many attestations were written again.
    """
    written = register_tasks.refresh()
    status_lists.sign_each(status_lists.turn(one for one in written if one.origin == Origin.NATIVE))
    return len(written)


@transaction.atomic
def publish_lists() -> int:
    """Sign every status list and history statement anew, on start and every six hours; a list counts for a day.

    Derived rows and bits follow what was recorded ahead.

    Returns:
        How many lists were signed.
    """
    take_effect()
    pairs = Slot.objects.order_by("issuer", "shard").values_list("issuer", "shard").distinct()
    issuers = Organisation.objects.in_bulk({issuer for issuer, _shard in pairs})
    signed = status_lists.sign_each(
        (issuers[issuer], purpose, shard) for issuer, shard in pairs for purpose in status_lists.BITS
    )
    transaction.on_commit(lambda: _publish_files(signed))
    return len(signed)


def _publish_files(signed: list[Any]) -> None:
    publishing.publish_lists(signed)
    publishing.publish_revoked_keys()
    publishing.publish_context()
    publishing.refresh_statements()
    publishing.publish_waiting()
    renditions.publish_missing()
    publishing.refresh_bundles()
