"""May this person review this case, and is there enough to review?"""

from __future__ import annotations

from typing import Any

from testamur.determination import queries as determination
from testamur.kernel.refusal import Refused, _
from testamur.kernel.words import Outcome
from testamur.parties.models import Membership
from testamur.review.queries import actors, assigned, counting, dossier, standing_review
from testamur.selection.models import Case
from testamur.selection.roles import check_fills_one_of, cite, fills
from testamur.selection.scope import agreed_scope, check_some


def check_acts(case: Case, by: Membership, roles: tuple[str, ...], *, source: str) -> None:
    """Somebody of the issuer in one of the roles; peers and experts of other organisations by assignment alone.

    Raises:
        Refused: another body's person, however much they hold the functions there.
    """
    role = check_fills_one_of(case, by, roles, source=source)
    definition = case.scheme.definition
    fitting = [one for one in roles if fills(case, one, by)]
    if any(definition.role(one).side == "issuer" for one in fitting) or by in assigned(case, fitting):
        return
    raise Refused(
        _("{person} is not assigned to case {case} as {role}."),
        {"person": by.person.names, "case": case.number, "role": definition.role(role).title},
        rule="assignment.needed",
        source=source,
        who=_("whoever plans in the body"),
    )


def check_independent(case: Case, by: Membership, functions: tuple[str, ...], *, source: str) -> None:
    """ISO/IEC 17021-1 9.5.1, 17065 7.5.1 and 7.6.2: nobody who acted in the functions named.

    A third party's review and decision are independent of determination, whatever a file says.
    """
    named = set(functions)
    if case.scheme.definition.scheme.party == "third":
        named.add("determination")
    for function in sorted(named):
        if by.person_id in actors(case, function):
            raise Refused(
                _("{person} took part in the {function} of this case and cannot act here."),
                {"person": by.person.names, "function": FUNCTION_WORDS.get(function, function)},
                rule="CAB.decision_independence",
                source=source,
                who=_("Another person of the body, who took no part in it."),
            )


FUNCTION_WORDS = {
    "application": {"en": "application review", "zh": "申请评审"},
    "selection": {"en": "selection", "zh": "选取"},
    "determination": {"en": "determination", "zh": "确定（审核、检测）"},
    "review": {"en": "review", "zh": "复核"},
}


def check_may_review(case: Case, by: Membership) -> None:
    """The person may review this case now.

    Raises:
        Refused: wrong stage, wrong role, took part in determination, reviewed it already, or something is missing.
    """
    again = case.stage == Case.Stage.DECISION and standing_review(case) is None
    if case.stage != Case.Stage.REVIEW and not again:
        raise Refused(
            _("Case {case} is not waiting for review."),
            {"case": case.number},
            rule="case.stage",
            source="iso-17000@2020#A.4",
        )
    review = case.scheme.definition.review
    source = cite(review)
    check_acts(case, by, review.by, source=source)
    check_independent(case, by, review.independent_of, source=source)
    if review.persons > 1 and by.person_id in {
        one.by.person_id for one in counting(case, dossier(case)[1]) if one.by is not None
    }:
        raise Refused(
            _("You reviewed this dossier already; the others' reviews are awaited."),
            rule="review.persons",
            source=source,
            who=_("The other reviewers."),
        )
    check_complete(case)


def check_recommendation(case: Case, outcome: str, scope: list[dict[str, Any]], *, recommends: bool) -> None:
    """An outcome that the scheme knows, on scope lines that this case is about.

    Raises:
        Refused: another word, a line that was neither accepted nor assessed, or no line where something is granted.
    """
    known = {str(one) for one in case.scheme.definition.decision.outcomes}
    if outcome not in known:
        raise Refused(
            _("Choose the outcome that you recommend; this scheme does not know “{outcome}”."),
            {"outcome": outcome or "–"},
            rule="decision.outcomes",
            source=cite(case.scheme.definition.decision),
            field="outcome",
        )
    agreed = agreed_scope(case)
    wider = [line for line in scope if line not in agreed]
    if wider:
        raise Refused(
            _("The review names {count} scope lines that are not part of this case. Choose among those shown."),
            {"count": len(wider)},
            rule="review.scope",
            source="iso-17000@2020#A.4",
            field="scope",
        )
    if recommends and outcome in (Outcome.GRANT, Outcome.RENEW, Outcome.EXTEND):
        check_some(scope, rule="review.scope", source="iso-17000@2020#A.4")


def check_complete(case: Case) -> None:
    """What the scheme demands of determination is there."""
    lacking = [missing for missing in determination.missing(case) if missing.state == "bad"]
    if lacking:
        raise Refused(
            _("The evidence is not complete: {sentence}"),
            {"sentence": lacking[0].sentence.format_map(lacking[0].facts)},
            rule="review.sufficiency",
            source=lacking[0].source or "iso-17000@2020#A.4",
            who=_("The person named in the list of what is missing."),
        )
