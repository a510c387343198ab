"""What the inbox shows of reporting in: who must report by when, and which deliveries wait for a word."""

from __future__ import annotations

from datetime import date

from django.urls import reverse

from testamur.kernel.refusal import _ as marked
from testamur.kernel.words import Function
from testamur.parties import functions
from testamur.parties.models import Membership
from testamur.parties.queries import is_root
from testamur.register import queries_conflicts as conflicts
from testamur.register.actions.deliveries import OVERRIDABLE
from testamur.register.models import Delivery
from testamur.register.queries_reporting import duties, late, sources_of, visible_to
from testamur.workspace.desk import Waiting

#: Days before its last day on which a duty appears.
AHEAD = 10
REPORT = marked("Report what you certified")
TAKE_IN = marked("Look at the delivery {name} and take it in, or give it up; {rejected} rows were rejected")
SAY_WHY = marked("Say why the list {name} is so short, or send it again")
CONFLICT = marked("{count} certificates are told otherwise by another source; say which is right")
LATE = marked("{count} sources are late with what they must report")
RULE = "testamur@2026-1#register.reporting"


def waiting(membership: Membership, today: date) -> list[Waiting]:
    """Return what waits for who keeps records, and what is late for who oversees."""
    found: list[Waiting] = []
    if membership.holds(Function.RECORDS):
        found += [*_owed(membership, today), *_open(membership), *_conflicts(membership)]
    if membership.holds(Function.SUPERVISION) and is_root(membership.organisation):
        found += _late(today)
    return found


def _owed(membership: Membership, today: date) -> list[Waiting]:
    role = functions.WORDS[Function.RECORDS][0]
    return [
        Waiting(
            REPORT, {}, f"{reverse('workspace:delivery-new')}?source={duty.source.public_id}", str(Function.RECORDS),
            about=dict(duty.source.names), role=role, by=duty.due, left=duty.left, unit="day", source=RULE,
        )
        for duty in duties(today, sources_of(membership)) if duty.left <= AHEAD
    ]  # fmt: skip


def _open(membership: Membership) -> list[Waiting]:
    rows = visible_to(membership).filter(state__in=[Delivery.State.JUDGED, Delivery.State.REFUSED])
    found = []
    for one in rows.select_related("source").order_by("id"):
        refused = one.state == Delivery.State.REFUSED
        later = visible_to(membership).filter(source=one.source, id__gt=one.pk).exists()
        if later or (refused and one.refusal.get("rule") not in OVERRIDABLE):
            continue  # another one took its place, or there is nothing to say to it
        facts = {"name": one.name or one.public_id, "rejected": one.counts.get("rejected", 0)}
        href = reverse("workspace:delivery", args=[one.public_id])
        found.append(
            Waiting(SAY_WHY if refused else TAKE_IN, facts, href, str(Function.RECORDS), number=one.public_id,
                    about=dict(one.source.names), role=functions.WORDS[Function.RECORDS][0])
        )  # fmt: skip
    return found


def _conflicts(membership: Membership) -> list[Waiting]:
    count = conflicts.to_settle(membership).count()
    if not count:
        return []
    return [
        Waiting(CONFLICT, {"count": count}, reverse("workspace:conflicts"), str(Function.RECORDS),
                about=dict(membership.organisation.names), role=functions.WORDS[Function.RECORDS][0],
                source="testamur@2026-1#register.conflict")
    ]  # fmt: skip


def _late(today: date) -> list[Waiting]:
    behind = late(today)
    if not behind:
        return []
    return [
        Waiting(LATE, {"count": len(behind)}, f"{reverse('workspace:deliveries-late')}?state=late",
                str(Function.SUPERVISION), role=functions.WORDS[Function.SUPERVISION][0], source=RULE)
    ]  # fmt: skip
