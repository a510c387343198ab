"""The answer to a verification: status in one of five words, and coverage where a claim was asked (amendments D).

Not found is never reported as fake, withheld is an answer of its own, and no answer claims more than the origin of the
record allows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from testamur.kernel import clock, days
from testamur.kernel.refusal import _
from testamur.kernel.words import STATUS_WORDS, Answer, Coverage, Origin, Status
from testamur.parties.models import Organisation
from testamur.register import claims
from testamur.register.answering.assurance import Assurance, assurance_of, late
from testamur.register.answering.numbers import by_number
from testamur.register.authority import KINDS, Said
from testamur.register.conflicts import Contrary, conflicts_of
from testamur.register.models import Attestation, Delivery, Edition
from testamur.register.policies import CHINESE
from testamur.register.status import Standing, status
from testamur.register.trust import Link, Verdict, trust_tree

__all__ = ["HEADLINES", "REASONS", "Assurance", "VerificationAnswer", "answer", "by_number", "nothing_found",
           "superseded_said"]  # fmt: skip


@dataclass(frozen=True)
class VerificationAnswer:
    """What the register says, for a day, as known at an instant.

    Attributes:
        answer: one of the five.
        status: of the attestation; None where there is no record or it is not yet in force.
        authority: ``held``, ``broken``, ``not_demanded`` or ``not_held_here``.
        assurance: who vouches for the record; None where there is none.
        disclosure: ``full`` or ``withheld``.
        coverage: where a claim was asked, whether it is covered; None otherwise.
        lines: one verdict for each part of the claim that was asked.
        reasons: sentences, the decisive one first, each with its source.
        on: civil day asked about.
        known: instant of knowledge; None: everything recorded by ``as_of``.
        as_of: when the answer was given.
        duties: what is due from the issuer and not done, as the caller knows it.
        conflicts: other records of the same certificate that say something else today.
    """

    answer: Answer
    status: Status | None
    authority: str
    assurance: Assurance | None
    disclosure: str
    reasons: tuple[Said, ...]
    on: date | None
    known: datetime | None
    as_of: datetime
    attestation: Attestation | None = None
    edition: Edition | None = None
    standing: Standing | None = None
    tree: Link | None = None
    coverage: Coverage | None = None
    lines: tuple[claims.ClaimLine, ...] = ()
    duties: tuple[Said, ...] = field(default=())
    conflicts: tuple[Contrary, ...] = field(default=())

    @property
    def larger(self) -> str:
        """Return the code of the larger word on the page: the worse of answer and coverage."""
        if self.answer is not Answer.VALID or self.coverage in (None, Coverage.COVERED):
            return str(self.answer)
        return f"valid_{self.coverage}"

    @property
    def headline(self) -> str:
        """Return the larger word as a message id."""
        return HEADLINES[self.larger]


HEADLINES = {
    "valid": _("Valid"),
    "not_valid": _("Not valid"),
    "withheld": _("Withheld"),
    "not_reporting": _("Issuer known, not reporting"),
    "no_such_record": _("No such record"),
    "valid_partly": _("Valid, but covers only part of what you ask"),
    "valid_not_covered": _("Valid, but does not cover what you ask"),
    "valid_cannot_be_told": _("Valid; whether it covers what you ask cannot be told"),
}


def answer(
    attestation: Attestation,
    *,
    on: date | None = None,
    known: datetime | None = None,
    claim: claims.Claim | None = None,
    edition: Edition | None = None,
    duties: Iterable[Said] = (),
    disclosed: bool = False,
    conflicts: Iterable[Contrary] | None = None,
) -> VerificationAnswer:
    """Return what the register says of an attestation.

    Args:
        on: civil day in the area of the scheme; None: today.
        known: as known at this instant; None: now.
        claim: what the asker wants it to cover.
        edition: the edition in the asker's hand; a replaced one is told, and is not a reason against validity.
        duties: overdue duties of the issuer, from ``surveillance``, to be said with the answer.
        disclosed: the asker may see a confidential record (its holder, issuer or overseer).
        conflicts: where they were found with the record; None: they are asked for.
    """
    standing = status(attestation, on, known)
    tree = trust_tree(attestation, on, known, standing=standing)
    authority = _authority(tree)
    withheld = attestation.confidential and not disclosed
    reasons = list(_reasons(attestation, standing, tree, authority))
    if edition is not None and edition.edition in standing.superseded and standing.effective_edition is not None:
        reasons.append(superseded_said(edition, standing))
    assurance = assurance_of(attestation, standing.day, known)
    silent = late(assurance, standing.day)
    if silent is not None:
        found = Answer.NOT_REPORTING
        reasons.insert(0, silent)
    elif withheld:
        found = Answer.WITHHELD
        reasons.insert(0, Said(_("Its holder and issuer keep it confidential; number and status are always public.")))
    elif standing.valid and authority != "broken":
        found = Answer.VALID
    else:
        found = Answer.NOT_VALID
    coverage, lines = (None, ()) if claim is None or withheld else claims.judge(claim, attestation, standing)
    return VerificationAnswer(
        answer=found,
        status=standing.status,
        authority=authority,
        assurance=assurance,
        disclosure="withheld" if withheld else "full",
        reasons=tuple(reasons),
        on=standing.day,
        known=known,
        as_of=clock.now(),
        attestation=attestation,
        edition=standing.effective_edition,
        standing=standing,
        tree=None if withheld else tree,
        coverage=coverage,
        lines=lines,
        duties=tuple(duties),
        conflicts=tuple(conflicts_of(attestation) if conflicts is None else conflicts) if known is None else (),
    )


def superseded_said(edition: Edition, standing: Standing) -> Said:
    """Return the sentence for somebody who holds a replaced edition: superseded is not withdrawn."""
    current = standing.effective_edition
    assert current is not None
    return Said(
        _("You hold edition {held}; edition {current} of {day} is current. What changed: {what}"),
        {
            "held": edition.edition,
            "current": current.edition,
            "day": current.issued_on,
            "what": current.reason_text or REASONS[current.reason],
        },
    )


#: Why an edition was made, for people.
REASONS: dict[str, dict[str, str]] = {
    "first": {"en": "first issue", "zh": "首次颁发"},
    "change": {"en": "details changed", "zh": "信息变更"},
    "extension": {"en": "scope extended", "zh": "扩大范围"},
    "reduction": {"en": "scope reduced", "zh": "缩小范围"},
    "renewal": {"en": "renewed", "zh": "再认证换发"},
    "transition": {"en": "moved to a new edition of the standard", "zh": "标准换版转换"},
    "transfer": {"en": "transferred", "zh": "证书转换"},
    "correction": {"en": "corrected", "zh": "更正"},
    "authority": {"en": "the issuer's authority changed", "zh": "发证机构资格变化"},
}


def _reasons(attestation: Attestation, standing: Standing, tree: Link, authority: str) -> Iterable[Said]:
    if standing.status is None:
        yield tree.why
    elif standing.status is not Status.VALID:
        yield _status_reason(attestation, standing)
    if standing.gone:
        assert standing.listing is not None
        yield Said(
            _("The source no longer lists it since {day}; its status is the last one that the source said."),
            {"day": standing.listing.since},
            "testamur@2026-1#register.origin",
        )
    if authority == "broken":
        link = tree.broken
        assert link is not None
        kind = KINDS.get(link.kind, {"en": link.kind, "zh": link.kind})
        yield Said(
            _("The line of authority is broken at the {kind}. What was issued while it held was issued rightly."),
            {"kind": kind},
            link.why.source,
        )
        yield link.why
    if authority == "not_held_here":
        yield next(link.why for link in tree.walk() if link.verdict is Verdict.SILENT)
    if standing.valid and authority == "held":
        yield Said(
            _("In force on {day}, and its issuer holds every authority that the scheme demands."), {"day": standing.day}
        )
    elif standing.valid and authority == "not_demanded":
        yield Said(_("In force on {day}; the scheme demands no authority of its issuer."), {"day": standing.day})


def _status_reason(attestation: Attestation, standing: Standing) -> Said:
    word = standing.status
    assert word is not None
    if word is Status.EXPIRED:
        return expired_said(standing.expires_on)
    if standing.follows_main:
        facts = {"status": {"en": STATUS_WORDS[word], "zh": CHINESE[word]}}
        return Said(_("Its main attestation is {status}; a part never outlives its main."), facts)
    change = standing.change
    assert change is not None
    area = standing.effective_edition.scheme.definition.area if _scheme(standing) else ""  # type: ignore[union-attr]
    day = days.day_of(change.effective_at, area)
    return ended_said(word, day, change.reason, change.legal_word, change.source, from_start=standing.from_start)


def expired_said(day: date | None) -> Said:
    """Return the sentence about what ended by the calendar."""
    return Said(_("Its last day of validity was {day}."), {"day": day or "–"})


def ended_said(
    word: Status, day: date, why: Mapping[str, str], legal_word: str, source: str = "", *, from_start: bool = False
) -> Said:
    """Return the sentence about what an act suspended or ended.

    Args:
        day: from which it counts. why: {bcp47: text}; {} where nobody said. legal_word: as the act words it.
        from_start: void from its first day.
    """
    facts = {
        "status": {"en": STATUS_WORDS[word], "zh": CHINESE[word]},
        "day": day,
        "why": why or {"en": "no reason was given", "zh": "未说明原因"},
        "word": legal_word or "–",
    }
    if from_start:
        return Said(_("{status}, void from the start ({word}): {why}"), facts, source)
    if legal_word:
        return Said(_("{status} since {day} ({word}): {why}"), facts, source)
    return Said(_("{status} since {day}: {why}"), facts, source)


def _scheme(standing: Standing) -> bool:
    return standing.effective_edition is not None and standing.effective_edition.scheme is not None


def _authority(tree: Link) -> str:
    above = list(tree.walk())[1:]
    if any(link.verdict is Verdict.BAD for link in above):
        return "broken"
    if any(link.verdict is Verdict.SILENT for link in above):
        return "not_held_here"
    if all(link.verdict is Verdict.NONE for link in above):
        return "not_demanded"
    return "held"


def nothing_found(issuer: Organisation | None = None) -> VerificationAnswer:
    """Return the answer where no record bears the number: no such record, or an issuer that does not report here."""
    now = clock.now()
    last = None
    reports = False
    if issuer is not None:
        reports = Attestation.objects.filter(issuer=issuer, origin__in=[Origin.NATIVE, Origin.REPORTED]).exists()
        told = Delivery.objects.filter(source__organisation=issuer, state=Delivery.State.COMMITTED)
        last = told.order_by("-as_of").values_list("as_of", flat=True).first()
        reports = reports or last is not None
    if issuer is not None and not reports:
        found = Answer.NOT_REPORTING
        said = Said(
            _("{issuer} is known here and does not report its certificates to this register. Ask the body itself."),
            {"issuer": issuer.names},
            "testamur@2026-1#register.reporting",
        )
    else:
        found = Answer.NO_SUCH_RECORD
        said = Said(
            _(
                "No record here bears this number. It may not have been reported yet, be mistyped, be kept "
                "confidential, or be forged; which of these cannot be told from here."
            ),
            {"day": last or now.date()},
            "testamur@2026-1#register.answers",
        )
    return VerificationAnswer(
        answer=found,
        status=None,
        authority="not_held_here",
        assurance=None,
        disclosure="full",
        reasons=(said,),
        on=None,
        known=None,
        as_of=now,
    )
