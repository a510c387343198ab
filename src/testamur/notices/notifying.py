"""From the line of changes to the outbox: who wants to hear of what was told since the last time.

The line is read once for all, a part at a time; the place in it moves in the transaction that queues. Calls are queued
as they come, a message for up to a hundred changes; of watches it is noted which were touched, and each gets one letter
when the end is reached, so that a delivery of a million changes is one letter.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from django.db import transaction
from django.db.models import F, Q, QuerySet

from testamur.kernel import clock
from testamur.notices import calls, letters, outbox, queries, searches, subjects, telling
from testamur.notices.models import Change, ChangedStandard, Endpoint, Line, Watch

#: Changes read together, and told in one letter.
BATCH, OF_A_LETTER = 500, 50
#: Batches of one transaction.
TOGETHER = 20
Subject, Pace, About = Watch.Subject, Watch.Pace, Endpoint.About


def notify() -> int:
    """Queue what follows from the changes that were told since the last time.

    Returns:
        How many messages were queued.
    """
    queued = 0
    while (more := _read_on()) is not None:
        queued += more
    newest = telling.newest()
    for watch in _watches(Watch.objects.filter(touched=True)):
        with transaction.atomic():
            queued += _letter(watch, newest)
    return queued


@transaction.atomic
def _read_on() -> int | None:
    """Read the next part of the line: queue calls, note which watches were touched; None at its end."""
    # A platform that was there before its followers tells them of nothing that was before.
    Line.objects.get_or_create(name="notified", defaults={"upto": telling.newest()})
    Line.objects.filter(name="notified").update(upto=F("upto"))  # one reader at a time
    line = Line.objects.get(name="notified")
    newest, queued, at = telling.newest(), 0, line.upto
    if newest <= line.upto:
        return None
    endpoints = list(Endpoint.objects.filter(removed_at=None, disabled_at=None).select_related("organisation"))
    watches = Watch.objects.filter(pace=Pace.AT_ONCE, confirmed_at__isnull=False)
    if not endpoints and not watches.exists():
        at = newest
    wanted = _searches()
    for _batch in range(TOGETHER):
        numbers = Change.objects.filter(pk__gt=at, pk__lte=newest).order_by("pk").values_list("pk", flat=True)
        found = list(numbers[:BATCH])
        if not found:
            at = newest
            break
        rows, at = queries.rows_of(found, oldest=True), found[-1]
        standards = _standards(rows)
        queued += sum(_call(endpoint, rows, standards) for endpoint in endpoints)
        watches.filter(_touching(rows, standards, wanted)).update(touched=True)
    Line.objects.filter(name="notified").update(upto=at)
    return queued


def digest() -> int:
    """Queue the letters that are due today or this week; returns how many."""
    now, newest, queued = clock.now(), telling.newest(), 0
    due = Q()
    for pace, apart in ((Pace.DAILY, timedelta(days=1)), (Pace.WEEKLY, timedelta(days=7))):
        since = now - apart
        due |= Q(pace=pace) & (Q(told_at__lte=since) | Q(told_at=None, confirmed_at__lte=since))
    for watch in _watches(Watch.objects.filter(due, confirmed_at__isnull=False)):
        with transaction.atomic():
            queued += _letter(watch, newest)
    return queued


def _watches(rows: QuerySet[Watch]) -> list[Watch]:
    return list(rows.select_related("watcher__account").order_by("pk"))


def _letter(watch: Watch, newest: int) -> int:
    """Queue a letter about what a watch was not told yet; returns whether there was anything."""
    subject, sent = subjects.of_watch(watch), None
    if subject is not None:
        # Newest first, because a search looks back only so far; told oldest first, as it happened.
        asked = replace(subject.asked, by_rows=True, beyond=watch.upto)
        found = queries.page(asked, cursor=newest + 1, limit=OF_A_LETTER)
        if found.rows:
            sent = letters.changes(watch, subject, found.rows[::-1], more=found.next is not None)
    Watch.objects.filter(pk=watch.pk).update(upto=newest, told_at=clock.now(), touched=False)
    return int(sent is not None)


def _standards(rows: Sequence[Change]) -> dict[int, set[str]]:
    found: dict[int, set[str]] = defaultdict(set)
    for change, standard in ChangedStandard.objects.filter(change__in=[one.pk for one in rows]).values_list(
        "change", "standard"
    ):
        found[change].add(standard)
    return found


# ------------------------------------------------------------ watches


def _searches() -> dict[str, searches.Search]:
    keys = Watch.objects.filter(subject=Subject.SEARCH, pace=Pace.AT_ONCE, confirmed_at__isnull=False)
    return {key: searches.of_key(key) for key in keys.values_list("key", flat=True).distinct()}


def _touching(rows: Sequence[Change], standards: dict[int, set[str]], wanted: dict[str, searches.Search]) -> Q:
    """Return which watches are of something that changed."""
    asked = (
        Q(subject=Subject.CERTIFICATE, key__in={one.attestation.public_id for one in rows})
        | Q(subject=Subject.BODY, key__in={one.issuer.public_id for one in rows})
        | Q(subject=Subject.STANDARD, key__in=set().union(*standards.values()))
    )
    if wanted:
        records = searches.Found({one.attestation_id for one in rows})
        asked |= Q(subject=Subject.SEARCH, key__in=[key for key, one in wanted.items() if records.by(one)])
    return asked


# ------------------------------------------------------------ calls


def _call(endpoint: Endpoint, rows: Sequence[Change], standards: dict[int, set[str]]) -> int:
    wanted = [one for one in rows if _wants(endpoint, one, standards.get(one.pk, set()))]
    queued = 0
    for start in range(0, len(wanted), calls.OF_A_MESSAGE):
        part = wanted[start : start + calls.OF_A_MESSAGE]
        once = f"call:{endpoint.public_id}:{part[0].pk}-{part[-1].pk}"
        queued += outbox.put(calls.CHANGED, once, calls.told(part, clock.now()), endpoint=endpoint) is not None
    return queued


def _wants(endpoint: Endpoint, change: Change, standards: set[str]) -> bool:
    if endpoint.kinds and change.kind not in endpoint.kinds:
        return False
    match endpoint.about:
        case About.ISSUED:
            return change.issuer_id == endpoint.organisation_id
        case About.HELD:
            return change.attestation.holder_id == endpoint.organisation_id
        case About.SCHEME:
            return change.scheme == endpoint.key
        case About.BODY:
            return change.issuer.public_id == endpoint.key
        case About.STANDARD:
            return endpoint.key in standards
    return True
