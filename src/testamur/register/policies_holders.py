"""May two spellings be said to be one holder? Each check raises :class:`Refused`, or says nothing."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from testamur.kernel.refusal import Refused, _
from testamur.kernel.words import Function
from testamur.parties.models import Membership, Platform
from testamur.parties.policies import OPERATOR, check_holds, check_lives
from testamur.parties.queries import is_root
from testamur.register.holders.comparing import conflicting
from testamur.register.models import HolderLink, Spelling

Actor = Membership | Platform
SOURCE = "testamur@2026-1#register.holders"
#: Spellings of one holder at most: who needs more has linked what is not one.
MOST = 200


def check_may_link_holders(by: Actor, at: datetime) -> None:
    """Who a holder is concerns every body's records: a supervisor of a root says it, not one body."""
    check_lives(by, at)
    check_holds(by, Function.SUPERVISION)
    if isinstance(by, Membership) and not is_root(by.organisation):
        raise Refused(
            _("Names of holders are linked by an authority at the root of this register, not by {organisation}."),
            {"organisation": by.organisation.names}, rule="register.holders", source=SOURCE, who=OPERATOR,
        )  # fmt: skip


def check_one_organisation(spellings: Sequence[Spelling], told: Mapping[int, Mapping[str, Sequence[str]]]) -> None:
    """Never across identifiers that conflict.

    Args:
        spellings: all that would be one holder.
        told: identifiers that the records under each state, by spelling.
    """
    if len(spellings) > MOST:
        raise Refused(
            _("{count} spellings would be one holder; more than {most} cannot be right."),
            {"count": len(spellings), "most": MOST}, rule="register.holders", source=SOURCE,
        )  # fmt: skip
    for place, one in enumerate(spellings):
        for other in spellings[place + 1 :]:
            scheme = conflicting(told[one.pk], told[other.pk])
            if scheme:
                raise Refused(
                    _("“{first}” and “{second}” bear different identifiers of {scheme} ({one} and {other}): two "
                      "organisations. If one is a mistake, its source corrects it first."),
                    {"first": one.name, "second": other.name, "scheme": scheme,
                     "one": ", ".join(told[one.pk][scheme]), "other": ", ".join(told[other.pk][scheme])},
                    rule="register.holders", source=SOURCE,
                )  # fmt: skip


def check_not_parted(spellings: Collection[Spelling]) -> None:
    """What somebody said to be two is not made one before that is taken back."""
    ids = [one.pk for one in spellings]
    said = HolderLink.objects.filter(
        verdict=HolderLink.Verdict.DIFFERENT, undone_by=None, first__in=ids, second__in=ids
    ).first()  # fmt: skip
    if said is not None:
        raise Refused(
            _("“{first}” and “{second}” were said to be different organisations; take that back first."),
            {"first": said.first.name, "second": said.second.name}, rule="register.holders", source=SOURCE,
        )  # fmt: skip
