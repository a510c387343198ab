"""May this person review this case, and is there enough to review?"""

from __future__ import annotations

from testamur.determination import queries as determination
from testamur.kernel.refusal import Refused, _
from testamur.parties.models import Membership
from testamur.review.queries import actors
from testamur.selection.models import Case
from testamur.selection.roles import check_fills_one_of, cite


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
        Refused: wrong stage, wrong role, took part in determination, or something is missing.
    """
    if case.stage != Case.Stage.REVIEW:
        raise Refused(
            _("Case {case} is not waiting for review."),
            {"case": case.number},
            rule="case.stage",
            source="iso-17000@2020#A.4",
        )
    review = case.scheme.definition.review
    source = cite(review)
    check_fills_one_of(case, by, review.by, source=source)
    check_independent(case, by, review.independent_of, source=source)
    check_complete(case)


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
