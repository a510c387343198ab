"""Evaluations: proposed by one person, issued by a second; corrected by a later edition; contested and answered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from testamur.journal.actions import record
from testamur.kernel import clock
from testamur.kernel.days import day_of
from testamur.kernel.refusal import Refused, _
from testamur.parties.models import Membership
from testamur.proficiency import policies, queries
from testamur.proficiency.actions.rounds import become, locked
from testamur.proficiency.models import Appeal, Edition, Participant, Response, Round, Score
from testamur.proficiency.scoring import compute


@transaction.atomic
def propose(
    *, found: Round, exclusions: Sequence[dict[str, str]], comment: dict[str, str], reason: str = "",
    by: Membership, at: datetime,
) -> Edition:  # fmt: skip
    """Propose an evaluation. It replaces one that was proposed and not issued; that one stays in the records.

    Args:
        exclusions: ``measurand`` and ``participant`` (public ids), ``reason``.
        comment: what the report says to everybody.
        reason: why it corrects the edition in force, where there is one.
    """
    found = locked(found, by, at)
    policies.check_may_evaluate(found, day_of(at, found.organisation.country))
    kept = _exclusions(found, exclusions)
    if queries.issued(found) is not None and not reason.strip():
        raise Refused(
            _("A new edition says what it corrects, and why."), rule="proficiency.edition", source=policies.REPORT,
            field="reason",
        )  # fmt: skip
    body, sealed = compute(found, kept)
    waits = queries.proposed(found)
    if waits is not None and (waits.digest, waits.comment, waits.reason) == (sealed, comment, reason.strip()[:2000]):
        return waits  # sent twice, or by two at once: it is proposed, and nothing is to be added
    made = Edition.objects.create(
        round=found, exclusions=kept, comment=comment, reason=reason.strip()[:2000], body=body, digest=sealed, by=by,
        effective_at=at,
    )  # fmt: skip
    record("proficiency.evaluation_proposed", subject=made, by=by, at=at, payload={"digest": sealed})
    return made


@transaction.atomic
def issue(*, edition: Edition, by: Membership, at: datetime) -> Edition:
    """Issue a proposed evaluation, as a second person, after computing it again."""
    found = locked(edition.round, by, at)
    edition = Edition.objects.select_for_update(of=("self",)).select_related("by").get(pk=edition.pk)
    policies.check_may_evaluate(found, day_of(at, found.organisation.country))
    policies.check_may_issue(edition, by)
    last = queries.proposed(found)
    if last is None or last.pk != edition.pk:
        raise Refused(_("A later evaluation was proposed. Look at that one."), rule="proficiency.issue")
    _body, sealed = compute(found, edition.exclusions)
    if sealed != edition.digest:
        raise Refused(
            _("Computed again, the evaluation is not the one that was proposed. Propose it anew."),
            rule="proficiency.issue", source=policies.EVALUATION,
        )  # fmt: skip
    before = queries.issued(found)
    edition.number = 1 + (before.number or 0 if before else 0)
    edition.issued_by, edition.issued_at = by, clock.now()
    edition.save(update_fields=["number", "issued_by", "issued_at"])
    _keep_scores(found, edition)
    if found.state == Round.State.DISPATCHED:
        become(found, Round.State.REPORTED)
    facts = {"digest": sealed, "number": edition.number}
    record("proficiency.evaluation_issued", subject=edition, by=by, at=at, payload=facts)
    return edition


@transaction.atomic
def respond(*, score: Score, cause: str, action: str, by: Membership, at: datetime) -> Response:
    """Say what was found and done about a score that is not acceptable."""
    policies.check_may_respond(score, by, at)
    if not cause.strip():
        raise Refused(_("Say what the cause is, as far as you know."), rule="proficiency.response",
                      source=policies.MONITORING, field="cause")  # fmt: skip
    if not action.strip():
        raise Refused(_("Say what was done, and about results issued meanwhile."), rule="proficiency.response",
                      source="iso-17025@2017#7.10", field="action")  # fmt: skip
    made = Response.objects.create(
        score=score, cause=cause.strip()[:5000], action=action.strip()[:5000], by=by, effective_at=at
    )
    record("proficiency.score_answered", subject=made, by=by, at=at, payload={"score": score.public_id})
    return made


@transaction.atomic
def appeal(*, participant: Participant, text: str, by: Membership, at: datetime) -> Appeal:
    """Contest the evaluation in force."""
    policies.check_may_act_for(by, participant.organisation, at)
    edition = queries.issued(participant.round)
    if edition is None:
        raise Refused(_("Nothing is issued yet."), rule="proficiency.appeal", source=policies.APPEALS)
    if not text.strip():
        raise Refused(_("Say what is wrong, and what you ask for."), rule="proficiency.appeal", field="text")
    if participant.appeals.filter(edition=edition, upheld=None).exists():
        raise Refused(_("Your appeal against this edition waits for its answer."), rule="proficiency.appeal")
    made = Appeal.objects.create(
        participant=participant, edition=edition, text=text.strip()[:5000], by=by, effective_at=at
    )
    record("proficiency.appeal_filed", subject=made, by=by, at=at, payload={"edition": edition.public_id})
    return made


@transaction.atomic
def answer_appeal(*, found: Appeal, upheld: bool, answer: str, by: Membership, at: datetime) -> Appeal:
    """Answer an appeal, as somebody who neither proposed nor issued the evaluation where there is one."""
    found = Appeal.objects.select_for_update(of=("self",)).select_related("edition__round").get(pk=found.pk)
    policies.check_may_run(by, found.edition.round, at)
    if found.upheld is not None:
        raise Refused(_("This appeal is answered already."), rule="proficiency.appeal")
    proposer = found.edition.by
    if proposer is not None and proposer.person_id == by.person_id:
        raise Refused(
            _("You made this evaluation; somebody else answers an appeal against it."),
            rule="proficiency.appeal", source=policies.APPEALS,
        )  # fmt: skip
    if not answer.strip():
        raise Refused(_("Give the reasons of the answer."), rule="proficiency.appeal", field="answer")
    found.upheld, found.answer = upheld, answer.strip()[:5000]
    found.answered_by, found.answered_at = by, clock.now()
    found.save(update_fields=["upheld", "answer", "answered_by", "answered_at"])
    record("proficiency.appeal_answered", subject=found, by=by, at=at, payload={"upheld": upheld})
    return found


def _exclusions(found: Round, given: Sequence[dict[str, str]]) -> list[dict[str, str]]:
    measurands = set(found.measurands.values_list("public_id", flat=True))
    taking = set(found.participants.values_list("public_id", flat=True))
    kept = []
    for one in given:
        if one["measurand"] not in measurands or one["participant"] not in taking:
            raise Refused(_("Choose a result of this round to leave out."), rule="proficiency.exclusion")
        if not one["reason"].strip():
            raise Refused(
                _("Say why a result is left out: only blunders are, never results that merely lie far away."),
                rule="proficiency.exclusion", source="iso-13528@2022#6.3", field="exclusions",
            )  # fmt: skip
        kept.append({name: one[name].strip()[:500] for name in ("measurand", "participant", "reason")})
    return sorted(kept, key=lambda one: (one["measurand"], one["participant"]))


def _keep_scores(found: Round, edition: Edition) -> None:
    measurands = {one.public_id: one for one in found.measurands.all()}
    taking = {one.public_id: one for one in found.participants.all()}
    for part in edition.body["parts"]:
        for entry in part["scores"]:
            Score.objects.create(
                edition=edition, participant=taking[entry["participant"]], measurand=measurands[part["measurand"]],
                value=entry["value"][:60], rating=entry["rating"],
                score=None if entry["score"] is None else _four(entry["score"]),
            )  # fmt: skip


def _four(value: float) -> Decimal:
    # Beyond this nobody reads a score; the column keeps what a blunder of units makes of it.
    return round(Decimal(max(min(value, 9_999_999), -9_999_999)), 4)
