"""Who may decide what, and when (ISO/IEC 17021-1 9.5; 17065 7.6; Regulations art. 22)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from testamur.decision import queries
from testamur.determination import queries as determination
from testamur.determination.models import Finding
from testamur.kernel import days
from testamur.kernel.refusal import Refused, _
from testamur.kernel.scope import Line
from testamur.kernel.words import STATUS_WORDS, Occasion, Outcome, Status
from testamur.parties.models import Membership
from testamur.register.models import Attestation, Edition
from testamur.register.policies import CHINESE
from testamur.review import queries as reviews
from testamur.review.models import Review
from testamur.review.policies import check_acts, check_independent
from testamur.schemes.language.tables import Deadline
from testamur.selection.impartiality import check_body_did_not_advise
from testamur.selection.models import Case
from testamur.selection.roles import cite
from testamur.selection.scope import check_some
from testamur.selection.team import check_no_consulting_past

#: What a case of each occasion may end in; a scheme's ``outcomes`` narrows it further.
POSSIBLE: dict[Occasion, tuple[Outcome, ...]] = {
    Occasion.INITIAL: (Outcome.GRANT, Outcome.REFUSE),
    Occasion.TRANSFER: (Outcome.GRANT, Outcome.REFUSE),
    Occasion.RENEWAL: (Outcome.RENEW, Outcome.REFUSE),
    Occasion.EXTENSION: (Outcome.EXTEND, Outcome.REFUSE),
    Occasion.SURVEILLANCE: (Outcome.MAINTAIN, Outcome.REDUCE, Outcome.SUSPEND, Outcome.WITHDRAW),
    Occasion.SPECIAL: (Outcome.MAINTAIN, Outcome.REDUCE, Outcome.SUSPEND, Outcome.WITHDRAW),
    Occasion.CHANGE: (Outcome.MAINTAIN, Outcome.EXTEND, Outcome.REDUCE, Outcome.REFUSE),
    Occasion.TRANSITION: (Outcome.MAINTAIN, Outcome.REFUSE),
    Occasion.RESTORATION: (Outcome.RESTORE, Outcome.WITHDRAW, Outcome.REDUCE),
}
#: Outcomes that need a review that recommends.
FAVOURABLE = frozenset({Outcome.GRANT, Outcome.RENEW, Outcome.EXTEND, Outcome.MAINTAIN, Outcome.RESTORE})
#: Outcomes after which an edition is written for scope lines.
ABOUT_SCOPE = frozenset({Outcome.GRANT, Outcome.RENEW, Outcome.EXTEND, Outcome.REDUCE})

#: How outcomes are said (amendments B16: 授予认证, 不予认证).
OUTCOME_WORDS: dict[str, dict[str, str]] = {
    Outcome.GRANT: {"en": "grant", "zh": "授予认证"},
    Outcome.REFUSE: {"en": "refuse", "zh": "不予认证"},
    Outcome.MAINTAIN: {"en": "maintain", "zh": "保持"},
    Outcome.EXTEND: {"en": "extend", "zh": "扩大范围"},
    Outcome.REDUCE: {"en": "reduce", "zh": "缩小范围"},
    Outcome.SUSPEND: {"en": "suspend", "zh": "暂停"},
    Outcome.RESTORE: {"en": "restore", "zh": "恢复"},
    Outcome.WITHDRAW: {"en": "withdraw", "zh": "撤销"},
    Outcome.CANCEL: {"en": "cancel", "zh": "注销"},
    Outcome.RENEW: {"en": "renew", "zh": "再认证"},
}


def said(status: Status | None) -> dict[str, str]:
    """Return a status in both languages, for facts of sentences."""
    word = status or Status.EXPIRED
    return {"en": STATUS_WORDS[word], "zh": CHINESE[word]}


def listed(possible: list[Outcome]) -> dict[str, str]:
    """Return outcomes as a list in both languages."""
    words = [OUTCOME_WORDS[one] for one in possible]
    return {"en": ", ".join(one["en"] for one in words), "zh": "、".join(one["zh"] for one in words)}


def outcomes(case: Case) -> list[Outcome]:
    """Return what may be decided in this case, in the order of the scheme."""
    possible = POSSIBLE[Occasion(case.occasion)]
    named = {str(outcome) for outcome in case.scheme.definition.decision.outcomes}
    return [outcome for outcome in possible if outcome.value in named]


def check_may_decide(case: Case, by: Membership) -> Review:
    """The person may decide this case now; returns the review that the decision rests on.

    Raises:
        Refused: wrong stage or role, took part, or the dossier changed after its review.
    """
    if case.stage != Case.Stage.DECISION:
        raise Refused(
            _("Case {case} is not waiting for a decision."),
            {"case": case.number},
            rule="case.stage",
            source="iso-17000@2020#A.4",
        )
    table = case.scheme.definition.decision
    source = cite(table)
    check_acts(case, by, table.by, source=source)
    check_independent(case, by, table.independent_of, source=source)
    review = reviews.standing_review(case)
    if review is None:
        raise Refused(
            _("The dossier changed after it was reviewed; a new review is necessary before a decision."),
            rule="review.frozen",
            source="testamur@2026-1#review.frozen",
            who=_("A reviewer of the body."),
        )
    return review


def check_outcome(case: Case, review: Review, outcome: str) -> None:
    """The outcome is possible here, the review recommends what is favourable, and no open finding blocks it."""
    table = case.scheme.definition.decision
    if outcome not in {str(one) for one in outcomes(case)}:
        raise Refused(
            _("This case cannot end in “{outcome}”; possible are: {possible}."),
            {"outcome": OUTCOME_WORDS.get(outcome, outcome), "possible": listed(outcomes(case))},
            rule="decision.outcomes",
            source=cite(table),
            field="outcome",
        )
    against = [one for one in reviews.together(review) if not one.recommends]
    if outcome in FAVOURABLE and against:
        raise Refused(
            _("The review of {day} does not recommend it. Refuse, or send the case back for a new review."),
            {"day": days.day_of(against[0].effective_at, case.scheme.definition.area)},
            rule="review.recommends",
            source=cite(case.scheme.definition.review),
            field="outcome",
        )
    for finding in blocking(case, outcome):
        raise Refused(
            _("Finding {finding} is open and blocks this outcome: {statement}"),
            {"finding": finding.number, "statement": finding.statement},
            rule="finding.blocks",
            source=cite(case.scheme.definition.finding(finding.grade)),
            who=_("The client answers it, the auditor verifies it."),
            field="outcome",
        )


def check_body_may_favour(case: Case, outcome: str, at: datetime) -> None:
    """What is favourable is not decided by a body that advised the client, or is tied to one that did."""
    if outcome in FAVOURABLE:
        check_body_did_not_advise(
            case.scheme.definition,
            issuer=case.issuer,
            client=case.client,
            on=days.day_of(at, case.scheme.definition.area),
        )


def check_person_did_not_advise(case: Case, by: Membership, at: datetime) -> None:
    """Who advised the client, or audited it internally, decides nothing about it for two years."""
    check_no_consulting_past(case, by, on=days.day_of(at, case.scheme.definition.area))


def blocking(case: Case, outcome: str) -> list[Finding]:
    """Return the open findings whose grade blocks an outcome."""
    definition = case.scheme.definition
    return [
        finding
        for finding in determination.open_findings(case)
        if outcome in {str(one) for one in definition.finding(finding.grade).blocks}
    ]


def check_scope(case: Case, review: Review, scope: list[dict[str, Any]], outcome: str) -> None:
    """A decision may be partial where the scheme says so; it is never wider than what each reviewer reviewed."""
    together = reviews.together(review)
    wider = [line for line in scope if not all(line in one.scope for one in together)]
    if wider:
        raise Refused(
            _(
                "The decision names {count} scope lines that were not reviewed. Send the case back to "
                "have them reviewed."
            ),
            {"count": len(wider)},
            rule="decision.scope",
            source="iso-17000@2020#A.4",
            field="scope",
        )
    left_out = [line for line in review.scope if line not in scope]
    if left_out and not case.scheme.definition.decision.partial:
        raise Refused(
            _("This scheme does not allow deciding on a part of the scope."),
            rule="decision.partial",
            source=cite(case.scheme.definition.decision),
            field="scope",
        )
    if outcome in ABOUT_SCOPE:
        check_some(scope, rule="decision.scope", source="iso-17000@2020#A.4")
    if outcome == Outcome.REDUCE and case.attestation is not None:
        edition = case.attestation.editions.order_by("-edition").first()
        check_smaller([line.line for line in edition.lines.all()] if edition else [], scope)


def check_smaller(before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]) -> None:
    """A reduction leaves some of the present scope lines, and takes at least one away.

    Asked when it is decided, else nothing could be issued and the case would wait for ever, and when it is issued.
    """
    now, then = ({Line.from_json(line).canonical() for line in lines} for lines in (before, after))
    if not then or not then < now:
        raise Refused(
            _(
                "A reduction takes scope lines away and leaves some; the decision does not. "
                "Choose fewer lines, not none."
            ),
            rule="attestation.scope",
            source="testamur@2026-1#attestation.scope",
            field="scope",
        )


#: Where a ground leads → the outcome that carries it out.
BY_GROUND = {
    "suspended": Outcome.SUSPEND,
    "withdrawn": Outcome.WITHDRAW,
    "cancelled": Outcome.CANCEL,
    "reduced": Outcome.REDUCE,
}


def check_may_decide_status(
    attestation: Attestation,
    by: Membership,
    *,
    outcome: str,
    ground: str,
    status: Status | None,
    definition: Any,
    of_lines: bool = False,
) -> None:
    """Somebody of the issuer who may decide; a ground of the scheme that leads there; a status that allows it.

    ``of_lines``: it is about named scope lines, whose status is their own.

    Regulations art. 26 and 17021-1 9.6.5: the body decides, never the platform.
    """
    table = definition.decision
    source = cite(table)
    if by.organisation_id != attestation.issuer_id or not any(
        by.holds(*definition.role(role).functions) for role in table.by
    ):
        raise Refused(
            _("Only a decider of {issuer} can do this."),
            {"issuer": attestation.issuer.names},
            rule="functions.of_the_role",
            source=source,
        )
    if outcome not in {str(one) for one in table.outcomes}:
        raise Refused(
            _("This scheme does not know the outcome “{outcome}”."),
            {"outcome": OUTCOME_WORDS.get(outcome, outcome)},
            rule="decision.outcomes",
            source=source,
        )
    if status in (Status.WITHDRAWN, Status.CANCELLED, Status.EXPIRED):
        raise Refused(
            _(
                "This attestation has ended ({status}); what has ended is not changed. An appeal can "
                "annul the act, a new application can follow."
            ),
            {"status": said(status)},
            rule="status.next",
            source="iso-17000@2020#8",
        )
    if outcome == Outcome.RESTORE and status != Status.SUSPENDED and not of_lines:
        raise Refused(
            _("Only a suspended attestation can be restored; this one is {status}."),
            {"status": said(status)},
            rule="status.next",
            source="iso-17000@2020#8.2",
        )
    if outcome == Outcome.SUSPEND and status == Status.SUSPENDED and not of_lines:
        raise Refused(_("This attestation is suspended already."), rule="status.next", source="iso-17000@2020#8.2")
    check_ground(definition, outcome, ground)


def check_renewed_by_silence(case: Case, deadline: Deadline) -> Edition:
    """The clock deems a renewal, the applicant did what was theirs, and nobody decided; returns what is renewed."""
    application = getattr(case, "application", None)
    handed_in = application is not None and application.state in (
        application.State.SUBMITTED,
        application.State.ACCEPTED,
    )
    edition = case.attestation.editions.order_by("-edition").first() if case.attestation else None
    undecided = case.stage in Case.UNDECIDED
    if deadline.deems != "renewal" or case.occasion != Occasion.RENEWAL or not handed_in or not undecided:
        raise Refused(
            _("Silence renews only what was applied for in full and not decided in time."),
            rule=f"deadline.{deadline.id}",
            source=cite(deadline),
        )
    if edition is None:
        raise Refused(
            _("This case names nothing that could be renewed."), rule=f"deadline.{deadline.id}", source=cite(deadline)
        )
    return edition


def check_signs_next(decision: Any, role: str) -> None:
    """The role's signature is the next one in the order of the scheme's ``signed_by``."""
    signs = queries.next_to_sign(decision)
    if signs is None or signs == role:
        return
    definition = _definition(decision)
    raise Refused(
        _("The {first} signs first; after that it is the turn of the {role}."),
        {"first": definition.role(signs).title, "role": definition.role(role).title},
        rule="decision.signed_by",
        source=cite(definition.decision),
        who=_("whoever signs before you"),
    )


def check_ground(definition: Any, outcome: str, ground: str) -> None:
    """What suspends, reduces or ends names a ground of the scheme, and one that leads there."""
    if outcome not in BY_GROUND.values():
        return
    source = cite(definition.decision)
    if not ground:
        raise Refused(_("Choose the ground; the public page names it."), rule="ground", source=source, field="ground")
    named = {one.id: one for one in definition.grounds}
    if ground not in named or BY_GROUND.get(str(named[ground].to)) != outcome:
        raise Refused(
            _("The ground “{ground}” does not lead there in this scheme. Choose one of those listed."),
            {"ground": ground},
            rule="ground",
            source=source,
            field="ground",
        )


def check_may_appeal(decision: Any, by: Membership, *, on: date, until: date | None) -> None:
    """The client or holder of what was decided, within the time the scheme gives."""
    holder = decision.attestation.holder_id if decision.attestation else decision.case.client_id
    if by.organisation_id != holder:
        raise Refused(
            _("Only the organisation that the decision concerns can appeal against it."),
            rule="appeal.by",
            source="iso-17021-1@2015#9.7",
        )
    if until and on > until:
        raise Refused(
            _(
                "The time for an appeal ended on {until}. A complaint to the accreditor or the regulator "
                "is still possible."
            ),
            {"until": until},
            rule="appeal.until",
            source=cite(_definition(decision).decision),
        )
    if decision.appeals.filter(upheld__isnull=True).exists():
        raise Refused(
            _("An appeal against this decision is being heard already."),
            rule="appeal.once",
            source="iso-17021-1@2015#9.7",
        )


def check_may_hear(appeal: Any, by: Membership) -> None:
    """ISO/IEC 17021-1 9.7.4: persons who neither audited nor made the decision."""
    decision = appeal.decision
    issuer = decision.attestation.issuer_id if decision.attestation else decision.case.issuer_id
    if by.organisation_id != issuer or not by.holds("decision"):
        raise Refused(
            _("Appeals are heard by deciders of the body."), rule="appeal.heard_by", source="iso-17021-1@2015#9.7"
        )
    took_part = {decision.by.person_id} if decision.by else set()
    took_part |= set(decision.votes.values_list("by__person_id", flat=True))
    if decision.case:
        took_part |= determination.evaluators(decision.case) | reviews.actors(decision.case, "review")
    if by.person_id in took_part:
        raise Refused(
            _("{person} took part in what the appeal is about and cannot hear it."),
            {"person": by.person.names},
            rule="appeal.heard_by",
            source="iso-17021-1@2015#9.7",
            who=_("Another decider of the body."),
        )


def _definition(decision: Any) -> Any:
    if decision.case:
        return decision.case.scheme.definition
    return decision.attestation.editions.exclude(scheme=None).latest("edition").scheme.definition
