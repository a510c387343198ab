"""Contain a problem, and find its root causes: why it happened, and why nobody noticed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction

from testamur.improvement.actions.problems import SOURCE, locked
from testamur.improvement.actions.proofs import Proof, kept
from testamur.improvement.disciplines import Standing
from testamur.improvement.models import Analysis, Containment, FishboneCause, Problem
from testamur.improvement.policies import problems as policies
from testamur.improvement.policies.access import check_written
from testamur.journal.actions import record
from testamur.kernel import days
from testamur.kernel.refusal import Refused, _
from testamur.parties.models import Membership

BONES_MOST = 60


@transaction.atomic
def contain(
    *, problem: Problem, what: str, by: Membership, at: datetime, checked_how: str = "",
    checked_on: date | None = None, works: bool | None = None, proof: Proof | None = None,
) -> Containment:  # fmt: skip
    """Record what keeps the customer from harm; with the check, whether it works and what proves that.

    A later record takes the place of the earlier one: a containment that did not work, and the one that does.
    """
    problem = locked(problem, by, at)
    said = check_written(what, "what", _("Say what is blocked, sorted or stopped."), source=SOURCE)
    evidence = kept(proof or Proof(), problem, by, at)
    held = Containment(problem=problem, round=problem.round, what=said, by=by, effective_at=at, **evidence)
    if works is not None or checked_how.strip() or checked_on is not None:
        held.checked_how = check_written(checked_how, "checked_how", _("Say how it was checked."), source=SOURCE)
        if checked_on is None:
            raise Refused(_("Choose a day."), rule="form", field="checked_on", source=SOURCE)
        policies.check_day_past(checked_on, days.day_of(at), "checked_on")
        if works is None:
            raise Refused(_("Say whether it works."), rule="form", field="works", source=SOURCE)
        policies.check_proved(held.evidence)
        held.checked_on, held.works = checked_on, works
    held.save()
    facts = {"containment": held.pk, "works": held.works}
    record("improvement.problem_contained", subject=problem, by=by, at=at, source=SOURCE, payload=facts)
    return held


@transaction.atomic
def analyse(
    *, problem: Problem, strand: str, whys: Sequence[str], cause: str, verification: str, proof: Proof,
    by: Membership, at: datetime,
) -> Analysis:  # fmt: skip
    """Record a root cause: the chain of whys that leads to it, and how it was verified.

    Args:
        strand: ``occurrence`` or ``escape``.
        whys: answers, each to the one before; may be short where a cause of the fishbone was verified.
    """
    problem = locked(problem, by, at)
    if strand not in Analysis.Strand.values:
        raise Refused(_("Choose one of the answers offered."), rule="form", field="strand", source=SOURCE)
    chain = [" ".join(one.split())[:400] for one in whys if one.strip()][:12]
    bones = problem.bones.filter(round=problem.round, verified=True).exists()
    policies.check_whys(chain, verified_bone=bones)
    root = check_written(cause, "cause", _("Name the root cause in a sentence."), source=SOURCE)
    other = next((row.cause for key, row in Standing(problem).analyses.items() if key != strand), "")
    policies.check_two_causes(root, other)
    how = check_written(
        verification, "verification", _("Say how the cause was verified: switched on and off, or seen in the data."),
        source=SOURCE,
    )  # fmt: skip
    found = Analysis(
        problem=problem, round=problem.round, strand=strand, whys=chain, cause=root, verification=how, by=by,
        effective_at=at, **kept(proof, problem, by, at),
    )  # fmt: skip
    policies.check_proved(found.evidence)
    found.save()
    facts = {"analysis": found.pk, "strand": strand, "whys": len(chain)}
    record("improvement.cause_analysed", subject=problem, by=by, at=at, source=SOURCE, payload=facts)
    return found


@transaction.atomic
def suppose(*, problem: Problem, branch: str, text: str, by: Membership, at: datetime) -> FishboneCause:
    """Hang a possible cause on a branch of the fishbone."""
    problem = locked(problem, by, at)
    if branch not in FishboneCause.Branch.values:
        raise Refused(_("Choose one of the answers offered."), rule="form", field="branch", source=SOURCE)
    said = check_written(text, "text", _("Name a possible cause, in at most 120 characters."), source=SOURCE, most=120)
    rows = problem.bones.filter(round=problem.round)
    if rows.count() >= BONES_MOST:
        raise Refused(
            _("A diagram holds at most {most} causes; judge some before you add others."), {"most": BONES_MOST},
            rule="improvement.fishbone", source=SOURCE,
        )  # fmt: skip
    bone = FishboneCause.objects.create(
        problem=problem, round=problem.round, branch=branch, text=said, by=by, effective_at=at
    )
    facts = {"cause": bone.public_id, "branch": branch}
    record("improvement.cause_supposed", subject=problem, by=by, at=at, source=SOURCE, payload=facts)
    return bone


@transaction.atomic
def judge(*, cause: FishboneCause, verified: bool, how: str, by: Membership, at: datetime) -> FishboneCause:
    """Say of a possible cause whether it was verified or ruled out, and how."""
    problem = locked(cause.problem, by, at)
    cause = FishboneCause.objects.select_for_update(of=("self",)).get(pk=cause.pk)
    if cause.round != problem.round:
        raise Refused(
            _("This belongs to an earlier round, which stays as it is."), rule="improvement.round", source=SOURCE
        )
    cause.how = check_written(how, "how", _("Say how you know."), source=SOURCE, most=300)
    cause.verified = verified
    cause.save(update_fields=["how", "verified"])
    facts = {"cause": cause.public_id, "verified": verified}
    record("improvement.cause_judged", subject=problem, by=by, at=at, source=SOURCE, payload=facts)
    return cause
