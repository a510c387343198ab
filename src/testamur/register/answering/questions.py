"""A question by number, and its signed answers: what the pages, the API and the fast path all give."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Q

from testamur.kernel import days
from testamur.kernel.once import look
from testamur.parties.models import Membership, Organisation
from testamur.register.answering import plain, signing
from testamur.register.answering.numbers import bearing, named_so
from testamur.register.answering.parts import coverage_part, shown_of, status_part
from testamur.register.answers import VerificationAnswer, answer, nothing_found
from testamur.register.claims import Claim
from testamur.register.conflicts import among
from testamur.register.disclosure import disclosed_to
from testamur.register.models import Attestation
from testamur.register.status import area_of
from testamur.register.words import fold

#: How long a signed answer to "now" stands, unless a part of it changes before.
KEPT_FOR = timedelta(hours=1)

#: Both parts of an answer as JSON has them: ``{"status": …, "coverage": … or None}``.
Parts = dict[str, Any]
Sign = Callable[[dict[str, Any]], dict[str, Any]]


@dataclass(frozen=True)
class Question:
    """What is asked.

    Attributes:
        number: in any spelling.
        holder: part of the holder's name; of a person the whole name.
        issuer: public id, or part of the name.
        on: civil day; None: today. known: instant of knowledge; None: now.
        claim: what it shall cover.
    """

    number: str
    holder: str = ""
    issuer: str = ""
    on: date | None = None
    known: datetime | None = None
    claim: Claim | None = None

    @property
    def is_plain(self) -> bool:
        """Say whether it asks for nothing but a number, for now."""
        return not (self.holder or self.issuer or self.on or self.known or self.claim)


@dataclass(frozen=True)
class Found:
    """One answer to a question, with what of it may be shown."""

    told: VerificationAnswer
    shown: frozenset[str]


def answers_to(questions: Sequence[Question], membership: Membership | None = None) -> list[list[Found]]:
    """Return the answers to each question: one for each record that bears its number, or that there is none."""
    with look():
        borne = bearing({one.number for one in questions})
        return [_answers(one, borne[one.number], membership) for one in questions]


def _answers(asked: Question, bearing_it: list[Attestation], membership: Membership | None) -> list[Found]:
    rows = named_so(bearing_it, asked.holder)
    if asked.issuer:
        rows = [one for one in rows if _issued_by(one, asked.issuer)]
    if not rows:
        return [Found(nothing := nothing_found(_issuer(asked.issuer)), shown_of(nothing))]
    found = []
    for one in rows:
        disclosed = disclosed_to(one, membership)
        told = answer(
            one,
            on=asked.on,
            known=asked.known,
            claim=asked.claim,
            disclosed=disclosed,
            conflicts=among(one, bearing_it),
        )
        found.append(Found(told, shown_of(told, disclosed=disclosed, named=_named(one, asked.holder))))
    return found


def parts_to(questions: Sequence[Question], membership: Membership | None = None) -> list[list[Parts]]:
    """Return both parts of the answers to each question, unsigned: what ``answers_to`` finds, as JSON has it.

    What asks for nothing but a number, and finds a record of which nothing but what its source says is known, is put
    together from its row; a reader's membership makes no difference to that.
    """
    with look():
        quick = plain.parts([one.number for one in questions if one.is_plain])
        slow = [one for one in questions if not (one.is_plain and one.number in quick)]
        told = iter(answers_to(slow, membership))
        return [
            [{"status": quick[one.number], "coverage": None}]
            if one.is_plain and one.number in quick
            else [{"status": status_part(a.told, a.shown), "coverage": coverage_part(a.told)} for a in next(told)]
            for one in questions
        ]


def signed_parts(found: Found, sign: Sign = signing.signed) -> dict[str, Any]:
    """Return both parts of an answer, each with its signature."""
    coverage = coverage_part(found.told)
    return {
        "status": sign({**status_part(found.told, found.shown), "until": days.iso(until(found.told))}),
        "coverage": sign(coverage) if coverage is not None else None,
    }


def until(told: VerificationAnswer) -> datetime:
    """Return the instant until which an answer may be kept: an hour, and no longer than the day it is about."""
    if told.on is None:
        return told.as_of + KEPT_FOR
    return ends(told.as_of, told.on, area_of(told.edition))


def ends(at: datetime, on: date, area: str) -> datetime:
    """Return until when an answer stands that was given at an instant about a day of an area."""
    return min(at + KEPT_FOR, max(days.last_second(on, area), at))


def _issued_by(one: Attestation, asked: str) -> bool:
    wanted = fold(asked)
    return one.issuer.public_id == asked.strip().upper() or (
        bool(wanted) and any(wanted in fold(name) for name in one.issuer.names.values())
    )


def _issuer(asked: str) -> Organisation | None:
    if not asked:
        return None
    by_id = Organisation.objects.filter(public_id=asked.strip().upper()[:10]).first()
    exact = Q(names__en__iexact=asked) | Q(names__zh__iexact=asked)
    return by_id or Organisation.objects.filter(exact).order_by("pk").first()


def _named(one: Attestation, holder: str) -> bool:
    asked = fold(holder)
    return bool(asked) and one.person is not None and asked in {fold(name) for name in one.person.names.values()}
