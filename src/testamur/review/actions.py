"""Freeze the dossier, judge it, recommend."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from testamur.determination import queries as determination
from testamur.journal import actions as journal
from testamur.kernel import days
from testamur.kernel.refusal import Refused, _
from testamur.kernel.words import Outcome
from testamur.parties.models import Membership, actor
from testamur.parties.policies import check_lives
from testamur.review import queries
from testamur.review.grades import grade
from testamur.review.models import Review
from testamur.review.policies import check_acts, check_independent, check_may_review, check_recommendation
from testamur.selection.models import Case
from testamur.selection.roles import cite
from testamur.selection.team import check_no_consulting_past


@transaction.atomic
def review(
    *,
    case: Case,
    recommends: bool,
    outcome: str,
    reasons: str,
    statement: dict[str, str],
    scope: list[dict[str, Any]],
    by: Membership,
    at: datetime,
    seen: str = "",
) -> Review:
    """Record the review of the dossier as it is now, with its hash.

    Where the scheme wants several persons, the case waits for all of them.

    Args:
        outcome: what is recommended, a word of the scheme's ``[decision] outcomes``.
        statement: the scope in words, ``{bcp47: text}``; people decide on these words.
        scope: coded scope lines, not wider than what was applied for and determined.
        seen: hash of the dossier that the reviewer's page showed; another one by now means that something arrived.
    """
    case = Case.objects.select_for_update(of=("self",)).get(pk=case.pk)
    check_lives(by, at)
    check_may_review(case, by)
    check_no_consulting_past(case, by, on=days.day_of(at, case.scheme.definition.area))
    if not reasons.strip():
        raise Refused(
            _("Give the reasons for the recommendation."),
            rule="review.reasons",
            source="iso-17065@2012#7.5.1",
            field="reasons",
        )
    if recommends and outcome in (Outcome.GRANT, Outcome.RENEW, Outcome.EXTEND) and not any(statement.values()):
        raise Refused(
            _("Write the scope in words: people decide on the words, and the certificate shows them."),
            rule="review.statement",
            source="iso-17021-1@2015#8.2.2",
            field="statement",
        )
    check_recommendation(case, outcome, scope, recommends=recommends)
    frozen, digest = queries.dossier(case)
    if seen and seen != digest:
        raise Refused(
            _(
                "Something was added to the dossier while you were reading it. Read what is new, then "
                "review again; your text is kept."
            ),
            rule="review.frozen",
            source="testamur@2026-1#review.frozen",
        )
    made = Review.objects.create(
        case=case,
        dossier=frozen,
        digest=digest,
        recommends=recommends,
        outcome=outcome,
        statement=statement,
        scope=scope,
        grade=grade(case.scheme.definition, determination.facts(case)),
        reasons=reasons,
        effective_at=at,
        **actor(by),
    )
    journal.record(
        "review.recorded",
        subject=made,
        by=by,
        at=at,
        case=case.public_id,
        payload={"digest": digest, "recommends": recommends, "outcome": outcome},
        source=cite(case.scheme.definition.review),
        role=case.scheme.definition.review.by[0],
    )
    # A committee's case moves with its last member; a review asked for anew before a decision moves nothing.
    if case.stage == Case.Stage.REVIEW and len(queries.together(made)) >= case.scheme.definition.review.persons:
        case.move(Case.Stage.DECISION, on=days.day_of(at, case.scheme.definition.area))
    return made


@transaction.atomic
def want_more(*, case: Case, reasons: str, by: Membership, at: datetime) -> Case:
    """Send the case back to determination: the evidence is not sufficient."""
    case = Case.objects.select_for_update(of=("self",)).get(pk=case.pk)
    table = case.scheme.definition.review
    check_lives(by, at)
    if case.stage != Case.Stage.REVIEW:
        raise Refused(
            _("Case {case} is not waiting for review."),
            {"case": case.number},
            rule="case.stage",
            source="iso-17000@2020#A.4",
        )
    check_acts(case, by, table.by, source=cite(table))
    check_independent(case, by, table.independent_of, source=cite(table))
    if not reasons.strip():
        raise Refused(
            _("Say what is wanted, so that the auditor can bring it."),
            rule="review.reasons",
            source=cite(table),
            field="reasons",
        )
    case.move(Case.Stage.DETERMINATION, on=days.day_of(at, case.scheme.definition.area))
    journal.record("review.more_wanted", subject=case, by=by, at=at, case=case.public_id, payload={"reasons": reasons})
    return case
