"""What may be written to the register: which status may follow which, and what may stand beside what."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from testamur.kernel import clock, days
from testamur.kernel.refusal import Refused, _
from testamur.kernel.scope import Line, gaps
from testamur.kernel.words import NEXT, STATUS_WORDS, Status
from testamur.parties.models import Organisation, Person
from testamur.register import replay
from testamur.register.documents import Document
from testamur.register.models import Attestation, Edition, StatusChange
from testamur.register.status import area_of, status
from testamur.requirements.queries import trees
from testamur.schemes.models import Scheme

SOURCE = "testamur@2026-1#register.status"


def check_may_follow(
    attestation: Attestation,
    new: Status,
    *,
    effective_at: datetime,
    lines: Sequence[int] | None = None,
    corrects: StatusChange | None = None,
) -> None:
    """Refuse a status that may not follow the one before it, or that the one after it may not follow.

    Rows arrive late and out of order; each is judged by its neighbours in effect, not by the last one written.
    """
    if new is Status.EXPIRED:
        raise Refused(
            _("Nobody decides that {number} has expired; the register computes it from the last day of validity."),
            {"number": _number(attestation)},
            rule="register.expired_is_computed",
            source=SOURCE,
        )
    rows = [row for row in attestation.changes.all() if corrects is None or row.id != corrects.id]
    same = [row for row in replay.standing(rows) if row.lines == (list(lines) if lines is not None else None)]
    before = replay.holding(same, effective_at)
    after = next((row for row in same if row.effective_at > effective_at), None)
    if before is None and lines is None:
        raise Refused(
            _("{number} is not in force before {day}; nothing can happen to it earlier."),
            {"number": _number(attestation), "day": same[0].effective_at.date() if same else effective_at.date()},
            rule="register.order_of_status",
            source=SOURCE,
        )
    previous = Status(before.status) if before else Status.VALID
    if new not in NEXT[previous]:
        raise Refused(
            _("{number} is {previous} on that day; it cannot become {new}."),
            {"number": _number(attestation), "previous": _word(previous), "new": _word(new)},
            rule="register.order_of_status",
            source=SOURCE,
        )
    # A later restoration after a late suspension is the ordinary case; valid after withdrawn never is.
    if after is not None and Status(after.status) not in {*NEXT[new], new}:
        raise Refused(
            _("{number} was recorded as {next} from {day}; it cannot have become {new} before that."),
            {
                "number": _number(attestation),
                "next": _word(Status(after.status)),
                "day": after.effective_at.date(),
                "new": _word(new),
            },
            rule="register.order_of_status",
            source=SOURCE,
            who=_("whoever recorded the later change, by correcting it"),
        )


def check_lines_exist(attestation: Attestation, lines: Sequence[int], on: datetime) -> None:
    """Refuse a change of lines that the edition of that day does not have."""
    edition = replay.holding(replay.standing(list(attestation.editions.all())), on)
    known = set(edition.lines.values_list("position", flat=True)) if edition else set()
    unknown = sorted(set(lines) - known)
    if not lines or unknown:
        raise Refused(
            _("{number} has no scope line {lines} on that day."),
            {"number": _number(attestation), "lines": [str(line) for line in unknown] or "0"},
            rule="register.lines",
            source=SOURCE,
        )


def check_days_in_order(document: Document) -> None:
    """Refuse a document whose days are out of order."""
    if document.expires_on is not None and document.expires_on < document.effective_on:
        raise Refused(
            _("The last day of validity, {last}, is before the first, {first}."),
            {"last": document.expires_on, "first": document.effective_on},
            rule="register.days_in_order",
            source="testamur@2026-1#register.editions",
            field="expires_on",
        )


def check_still_continues(attestation: Attestation, document: Document) -> None:
    """Refuse a new edition that would bring an ended or expired attestation back to life.

    Restoration after expiry is a new attestation that continues the old one and says so (architecture.md 4).
    """
    standing = status(attestation, document.effective_on - timedelta(days=1))
    over = standing.status in replay.ENDED or standing.from_start
    gap = standing.expires_on is not None and document.effective_on > standing.expires_on + timedelta(days=1)
    if over or gap or standing.status is Status.EXPIRED:
        raise Refused(
            _("{number} ended before {day}; what follows is a new attestation that continues it."),
            {"number": _number(attestation), "day": document.effective_on},
            rule="register.no_return",
            source="testamur@2026-1#register.editions",
            who=_("the issuer, by issuing a new one that continues it"),
        )


def check_within_main(document: Document, main: Attestation) -> None:
    """Refuse a part that would outlive its main attestation or say more than it."""
    standing = status(main, max(document.effective_on, main_starts(main)))
    if standing.status is not Status.VALID:
        raise Refused(
            _("The main attestation {number} is not valid on {day}; a part of it cannot begin then."),
            {"number": _number(main), "day": document.effective_on},
            rule="register.family",
            source="testamur@2026-1#register.family",
        )
    last = standing.expires_on
    if last is not None and (document.expires_on is None or document.expires_on > last):
        raise Refused(
            _("A part ends with its main attestation {number} at the latest, on {day}."),
            {"number": _number(main), "day": last},
            rule="register.family",
            source="testamur@2026-1#register.family",
        )
    edition = standing.effective_edition
    allowed = (
        [line.line for line in edition.lines.all() if standing.lines.get(line.position) is Status.VALID]
        if edition
        else []
    )
    outside = [line for line in document.lines if not _inside_one(line, allowed, document.effective_on)]
    if outside:
        raise Refused(
            _("The scope of a part lies inside that of its main attestation {number}; {line} does not."),
            {"number": _number(main), "line": Line.from_json(outside[0]).canonical()},
            rule="register.family",
            source="testamur@2026-1#register.family",
        )


def main_starts(main: Attestation) -> date:
    """Return the first day on which a main attestation is in force."""
    first = main.editions.order_by("effective_on").first()
    return first.effective_on if first else date.min


def _inside_one(line: dict[str, Any], allowed: Iterable[dict[str, Any]], on: date) -> bool:
    claim = Line.from_json(line)
    return any(not gaps(Line.from_json(one), claim, trees(on)) for one in allowed)


# ------------------------------------------------------------ uniqueness, judged per issuer


@dataclass(frozen=True)
class Clash:
    """Another valid attestation that the scheme does not want beside the new one."""

    attestation: Attestation
    number: str
    dimensions: tuple[str, ...]
    refuses: bool


def clashes(
    *,
    scheme: Scheme,
    issuer: Organisation,
    holder: Organisation | None,
    person: Person | None,
    document: Document,
    besides: Attestation | None = None,
) -> list[Clash]:
    """Return the valid attestations of the same issuer that agree in every dimension of ``attestation.unique``."""
    rules = scheme.definition.attestation
    if rules is None or not rules.unique:
        return []
    others = Attestation.objects.filter(issuer=issuer, scheme_id_text=scheme.scheme_id, main=None)
    if "holder" in rules.unique:
        others = others.filter(holder=holder, person=person)
    if besides is not None:
        others = others.exclude(pk=besides.pk)
    dimensions = tuple(word for word in rules.unique if word != "holder")
    wanted = _named(document.lines, dimensions)
    found = []
    for other in others.prefetch_related("editions__lines", "changes"):
        standing = status(other, document.effective_on)
        edition = standing.effective_edition
        if standing.status not in (Status.VALID, Status.SUSPENDED) or edition is None:
            continue
        theirs = _named([line.line for line in edition.lines.all()], dimensions)
        if not dimensions or wanted & theirs:
            found.append(Clash(other, edition.number, rules.unique, rules.unique_refuses))
    return found


def check_unique(found: Iterable[Clash]) -> None:
    """Refuse a second attestation, where the scheme's ``unique`` is confirmed; until then it is only warned of."""
    for clash in found:
        if clash.refuses:
            raise Refused(
                _("{number} is valid for the same {dimensions}; the scheme allows one at a time from one issuer."),
                {"number": clash.number, "dimensions": list(clash.dimensions)},
                rule="attestation.unique",
                source="testamur@2026-1#register.unique",
                who=_("the issuer, by ending or changing the other one"),
            )


def check_same(*, scheme: Scheme, holder: Organisation | None, person: Person | None, document: Document) -> None:
    """Refuse what disagrees with the holder's other valid attestations in a dimension that must be the same."""
    rules = scheme.definition.attestation
    if rules is None or not rules.same:
        return
    others = Attestation.objects.filter(holder=holder, person=person, scheme_id_text=scheme.scheme_id)
    for other in others.prefetch_related("editions__lines", "changes"):
        standing = status(other, document.effective_on)
        if standing.status not in (Status.VALID, Status.SUSPENDED) or standing.effective_edition is None:
            continue
        theirs = [line.line for line in standing.effective_edition.lines.all()]
        for dimension in rules.same:
            if _named(document.lines, (dimension,)) != _named(theirs, (dimension,)):
                raise Refused(
                    _("{number} of the same holder names another {dimension}; all that are valid must name the same."),
                    {
                        "number": standing.effective_edition.number,
                        "dimension": scheme.definition.scope(dimension).title,
                    },
                    rule="attestation.same",
                    source="testamur@2026-1#register.unique",
                )


def _named(lines: Iterable[dict[str, Any]], dimensions: tuple[str, ...]) -> set[str]:
    """Return what lines say in some dimensions, each line in one canonical spelling."""
    return {Line.from_json({name: line[name] for name in dimensions if name in line}).canonical() for line in lines}


def check_no_edition_in_between(attestation: Attestation, document: Document) -> None:
    """Refuse an edition that takes effect before the newest one; what was wrong is corrected, not written between."""
    newest = attestation.editions.order_by("-edition").first()
    if newest is not None and document.effective_at is not None and document.effective_at < newest.effective_at:
        raise Refused(
            _("Edition {edition} took effect on {day}; a new edition cannot take effect before it."),
            {"edition": newest.edition, "day": days.day_of(newest.effective_at, area_of(newest))},
            rule="register.order_of_editions",
            source="testamur@2026-1#register.editions",
            who=_("whoever recorded that edition, by correcting it"),
        )


def check_not_later_than_known(effective_at: datetime, reason: dict[str, str]) -> None:
    """Refuse an act that takes effect before it is recorded and does not say why."""
    if effective_at < clock.now() - timedelta(days=1) and not any(text.strip() for text in reason.values()):
        raise Refused(
            _("This takes effect before today; say why it is recorded late."),
            rule="register.late_record",
            source="testamur@2026-1#register.two_clocks",
            field="reason",
        )


def _number(attestation: Attestation) -> str:
    newest: Edition | None = attestation.editions.order_by("-edition").first()
    return newest.number if newest else attestation.public_id


def _word(word: Status) -> dict[str, str]:
    return {"en": STATUS_WORDS[word], "zh": CHINESE[word]}


#: The same words as the catalogue's, for facts that travel in two languages (amendments B16).
CHINESE = {
    Status.VALID: "有效",
    Status.SUSPENDED: "暂停",
    Status.WITHDRAWN: "撤销",
    Status.CANCELLED: "注销",
    Status.EXPIRED: "有效期届满",
}
