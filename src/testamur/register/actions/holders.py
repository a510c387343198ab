"""Acts on holders' names: saying that spellings are one organisation, or two, and taking back what was said.

Every word is a row that stays. Which spellings are one holder is derived from the words that stand, and search, the
holder's page and the records' words follow in the same transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from testamur.journal.actions import record
from testamur.journal.marks import touch
from testamur.kernel.refusal import Refused, _
from testamur.parties.models import Membership, Platform
from testamur.register import policies_holders as policies
from testamur.register import queries_holders as queries
from testamur.register.finding.keeping import keep
from testamur.register.models import Attestation, Holder, HolderLink, Spelling, Suggestion
from testamur.register.reporting.following import indexed_later
from testamur.register.writing import write_current

Actor = Membership | Platform
Verdict = HolderLink.Verdict
#: Records that the index knows anew at once; more of them follow by the worker.
AT_ONCE = 2000


@transaction.atomic
def link_holders(*, spellings: Sequence[Spelling], reason: str, by: Actor, at: datetime) -> Holder:
    """Say that some spellings are one organisation, with everything that is linked to any of them.

    Args:
        spellings: at least two; the first is what the others are linked to.
        reason: in one's own words, may be empty where the suggestion's reasons are enough.

    Raises:
        Refused: whoever says it may not; identifiers conflict; somebody said that two of them differ; one already.
    """
    policies.check_may_link_holders(by, at)
    whole = _locked(_cluster(spellings))
    fresh = {one.pk: one for one in whole}
    chosen = [fresh[pk] for pk in dict.fromkeys(one.pk for one in spellings)]
    if len({one.holder_id or -one.pk for one in chosen}) < 2:
        raise Refused(_("Choose at least two spellings that are not linked yet."), rule="register.holders")
    policies.check_one_organisation(whole, {one.pk: queries.identifiers(one) for one in whole})
    policies.check_not_parted(whole)
    first = chosen[0]
    others = [one for one in chosen[1:] if one.holder_id is None or one.holder_id != first.holder_id]
    links = [_say(first, other, Verdict.SAME, reason, by, at) for other in others]
    holder = _settled(whole)[first.pk]
    assert holder is not None  # it was linked just now
    record(
        "register.holders_linked", subject=holder, by=by, at=at,
        payload={"links": [one.pk for one in links], "spellings": [one.name for one in chosen], "reason": reason},
    )  # fmt: skip
    return holder


@transaction.atomic
def part_holders(*, first: Spelling, second: Spelling, reason: str, by: Actor, at: datetime) -> HolderLink:
    """Say that two spellings are different organisations; they are not suggested again.

    Raises:
        Refused: whoever says it may not; they are linked; it was said before.
    """
    policies.check_may_link_holders(by, at)
    first, second = _locked([first, second])
    if first.holder_id is not None and first.holder_id == second.holder_id:
        raise Refused(
            _("“{first}” and “{second}” are linked; take the link back first."),
            {"first": first.name, "second": second.name}, rule="register.holders", source=policies.SOURCE,
        )  # fmt: skip
    policies.check_not_parted([first, second])
    link = _say(first, second, Verdict.DIFFERENT, reason, by, at)
    _settled([first, second])
    record(
        "register.holders_parted", subject=link, by=by, at=at,
        payload={"spellings": [first.name, second.name], "reason": reason},
    )  # fmt: skip
    return link


@transaction.atomic
def undo_holder_link(*, link: HolderLink, reason: str, by: Actor, at: datetime) -> HolderLink:
    """Take back what was said of two spellings; it stays on record that it was said.

    Raises:
        Refused: whoever does it may not; no reason; it was taken back before.
    """
    policies.check_may_link_holders(by, at)
    if not reason.strip():
        raise Refused(_("Say why it is taken back."), rule="register.holders", field="reason")
    touched = _locked(_cluster([link.first, link.second]))
    if link.verdict == Verdict.UNDONE or HolderLink.objects.filter(undoes=link).exists():
        raise Refused(_("This was taken back before."), rule="register.holders", source=policies.SOURCE)
    undone = HolderLink.objects.create(
        first=link.first, second=link.second, verdict=Verdict.UNDONE, undoes=link, reason=reason.strip()[:500],
        by_membership=getattr(by, "pk", None), effective_at=at,
    )  # fmt: skip
    _settled(touched)
    record(
        "register.holder_link_undone", subject=undone, by=by, at=at,
        payload={"link": link.pk, "spellings": [link.first.name, link.second.name], "reason": reason},
    )  # fmt: skip
    return undone


def _say(first: Spelling, second: Spelling, verdict: str, reason: str, by: Actor, at: datetime) -> HolderLink:
    first, second = sorted((first, second), key=lambda one: one.pk)
    suggested = Suggestion.objects.filter(first=first, second=second).first()
    return HolderLink.objects.create(
        first=first, second=second, verdict=verdict, reasons=suggested.reasons if suggested else [],
        reason=reason.strip()[:500], by_membership=getattr(by, "pk", None), effective_at=at,
    )  # fmt: skip


def _cluster(spellings: Collection[Spelling]) -> list[Spelling]:
    """Return some spellings with all that are linked to any of them now."""
    ids = [one.pk for one in spellings]
    holders = Spelling.objects.filter(pk__in=ids, holder__isnull=False).values("holder")
    return list(Spelling.objects.filter(Q(pk__in=ids) | Q(holder__in=holders)))


def _locked(spellings: Collection[Spelling]) -> list[Spelling]:
    ids = [one.pk for one in spellings]
    return list(Spelling.objects.select_for_update(of=("self",)).filter(pk__in=ids).order_by("pk"))


def _settled(touched: Sequence[Spelling]) -> dict[int, Holder | None]:
    """Derive holders anew from the links that stand between some spellings, and let everything follow.

    The part that holds the oldest link keeps the holder and its address; another part becomes a holder of its own, a
    spelling by itself none.
    """
    before = {one.pk: one.holder_id for one in touched}
    found: dict[int, Holder | None] = {}
    taken: set[int] = set()
    for part in _parts(list(before)):
        known = sorted({pk for one in part if (pk := before[one]) is not None} - taken)
        holder: Holder | None = None
        if len(part) > 1:
            holder = Holder.objects.get(pk=known[0]) if known else Holder.objects.create()
            taken.add(holder.pk)
        found |= dict.fromkeys(part, holder)
        Spelling.objects.filter(pk__in=part).update(holder=holder)
    _answer_suggestions(list(before), found)
    touch(queries.AREA)
    _say_to_search(touched)
    return found


def _parts(ids: list[int]) -> list[list[int]]:
    """Return which spellings hang together by links that stand; those with the oldest link first."""
    rows = HolderLink.objects.filter(verdict=Verdict.SAME, undone_by=None, first__in=ids, second__in=ids)
    links = list(rows.order_by("pk").values_list("first_id", "second_id"))
    part_of: dict[int, list[int]] = {pk: [pk] for pk in ids}
    for first, second in links:
        one, other = part_of[first], part_of[second]
        if one is not other:
            one.extend(other)
            part_of |= dict.fromkeys(other, one)
    ordered = [part_of[first] for first, _second in links] + list(part_of.values())
    return list({id(part): part for part in ordered}.values())


def _answer_suggestions(ids: list[int], found: dict[int, Holder | None]) -> None:
    parted = set(
        HolderLink.objects.filter(
            verdict=Verdict.DIFFERENT, undone_by=None, first__in=ids, second__in=ids
        ).values_list("first_id", "second_id")
    )  # fmt: skip
    for one in Suggestion.objects.filter(first__in=ids, second__in=ids):
        together = found[one.first_id] is not None and found[one.first_id] == found[one.second_id]
        one.answered = together or (one.first_id, one.second_id) in parted
        one.save(update_fields=["answered"])


def _say_to_search(spellings: Sequence[Spelling]) -> None:
    """Write the words again by which the records under some spellings are found."""
    rows = list(queries.records_of(spellings).values_list("pk", "attestation__source"))
    told = [pk for pk, source in rows if source is not None]
    indexed_later(told)
    keep(told[:AT_ONCE])
    here = [pk for pk, source in rows if source is None]
    for start in range(0, len(here), 500):
        for attestation in Attestation.objects.filter(pk__in=here[start : start + 500]):
            write_current(attestation)
