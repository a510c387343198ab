"""What the pages ask of several functions at once: whose turn, what is missing, what happened."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.http import Http404
from django.urls import reverse

from testamur.attestation import key_changes
from testamur.attestation import queries as attestation
from testamur.attestation.policies import STATUS_OUTCOMES
from testamur.decision import queries as decision
from testamur.decision.models import Appeal, Decision
from testamur.determination import queries as determination
from testamur.journal import kinds
from testamur.journal import queries as journal
from testamur.journal.models import Event
from testamur.kernel import clock, days
from testamur.kernel.once import once
from testamur.parties.models import Membership
from testamur.review import queries as review
from testamur.schemes.language.moments import working_days_left
from testamur.selection import queries as selection
from testamur.selection.models import Case
from testamur.selection.turns import Turn
from testamur.surveillance import queries as surveillance
from testamur.surveillance.models import Due
from testamur.workspace import workshop
from testamur.workspace.deliveries import desk as reporting
from testamur.workspace.desk import Waiting
from testamur.workspace.said import ANNUL_ACT, ANSWER_APPEAL, APPROVE_CHANGE, DUE_TURNS, SIGN_ANEW

#: Step of a turn (``Turn.link``) → route of its page; others lead to the page of the function, else the case.
STEPS = {
    "application": "workspace:application",
    "application_review": "workspace:application-review",
    "team": "workspace:team",
    "start": "workspace:team",
    "plan": "workspace:plan",
    "determination": "workspace:determination",
    "visit": "workspace:determination",
    "activity": "workspace:determination",
    "finish": "workspace:determination",
    "finding": "workspace:findings",
    "findings": "workspace:findings",
    "answer": "workspace:findings",
    "verification": "workspace:findings",
    "review": "workspace:review",
    "decision": "workspace:decision",
    "signature": "workspace:decision",
    "attestation": "workspace:attestation",
    "issue": "workspace:attestation",
}
FUNCTION_PAGES = {
    "application": "workspace:application",
    "selection": "workspace:team",
    "determination": "workspace:determination",
    "review": "workspace:review",
    "decision": "workspace:decision",
    "attestation": "workspace:attestation",
}


def step_address(turn: Turn) -> str:
    """Return the page on which a turn is taken."""
    if turn.link == "surveillance" and turn.case.attestation is not None:
        return reverse("workspace:certificate", args=[turn.case.attestation.public_id])
    name = STEPS.get(turn.link) or FUNCTION_PAGES.get(turn.function) or "workspace:case"
    return reverse(name, args=[turn.case.public_id])


def case_of(membership: Membership | None, public_id: str) -> Case:
    """Return a case that the membership may see; to everybody else there is none."""
    # Few cases are of a group: joining its scheme and its leader for all costs more than asking for them there.
    rows = selection.visible_to(membership).select_related("application")
    found = next(iter(rows.filter(public_id=public_id).order_by()), None)  # one at most
    if found is None:
        raise Http404
    return found


def side_of(case: Case, membership: Membership) -> str:
    """Return from where somebody looks at a case: ``client``, ``issuer``, ``peer``, ``performer`` or ``overseer``.

    A peer is somebody of another organisation who was asked to review or to decide, and so reads what is judged.
    """
    side = selection.relation(case, membership)
    if side == "performer":
        definition = case.scheme.definition
        judging = [role for table in (definition.review, definition.decision) if table for role in table.by]
        asked = case.assignments.filter(membership=membership, role__in=judging, removed_at=None)
        return "peer" if once(("judges", case.pk, membership.pk), asked.exists) else side
    return {"applicant": "client", "none": "performer"}.get(side, side)


def left_of(turn: Turn, today: date) -> int | None:
    """Return the working days left of a turn; past the last day negative."""
    if turn.by is None:
        return None
    return working_days_left(today, turn.by, turn.case.scheme.definition.area)


# The inbox -----------------------------------------------------------------------------------------------------------


@dataclass
class Inbox:
    """Everything that waits for a membership, the most urgent first."""

    waiting: list[Waiting] = field(default_factory=list)

    @property
    def late(self) -> list[Waiting]:
        return [one for one in self.waiting if one.late]

    def within(self, today: date) -> tuple[list[Waiting], list[Waiting]]:
        """Return what falls due within seven days, and what later or never."""
        end = today + timedelta(days=7)
        rest = [one for one in self.waiting if not one.late]
        return [one for one in rest if one.by and one.by <= end], [one for one in rest if not one.by or one.by > end]


def inbox(membership: Membership, today: date) -> Inbox:
    """Return what waits for a membership over all functions."""
    found: dict[tuple[str, str, str], Waiting] = {}
    turns: list[Turn] = [
        *selection.inbox(membership),
        *determination.inbox(membership),
        *review.inbox(membership),
        *decision.inbox(membership),
        *attestation.inbox(membership),
    ]
    for turn in turns:
        one = _of_turn(turn, today)
        found.setdefault((turn.case.public_id, one.what, one.href), one)
    rows = list(found.values())
    rows += [_of_due(due, today) for due in surveillance.inbox(membership)]
    rows += [_of_proposal(one) for one in attestation.awaiting_approval(membership)]
    if membership.holds("administration"):
        rows += _of_revoked_keys(membership)
    if membership.holds("decision"):
        rows += [_of_appeal(appeal) for appeal in decision.open_appeals(membership).select_related("decision__case")]
    if membership.holds("attestation"):
        for upheld in attestation.upheld_appeals(membership).select_related("decision__case", "decision__attestation"):
            if upheld.decision.outcome in STATUS_OUTCOMES:
                rows.append(_of_appeal(upheld))
    rows += reporting.waiting(membership, today)
    rows += workshop.waiting(membership, today)
    return Inbox(sorted(rows, key=lambda one: (one.by or date.max, one.number)))


def _of_turn(turn: Turn, today: date) -> Waiting:
    case = turn.case
    role: Any = ""
    if turn.role:
        role = next((one.title for one in case.scheme.definition.roles if one.id == turn.role), "")
    return Waiting(
        what=turn.sentence,
        facts=dict(turn.facts),
        href=step_address(turn),
        function=turn.function,
        number=case.number,
        about=party_of(case),
        role=role,
        by=turn.by,
        left=left_of(turn, today),
        source=turn.source,
    )


def _of_due(due: Due, today: date) -> Waiting:
    number = due.attestation.current.number if hasattr(due.attestation, "current") else due.attestation.public_id
    return Waiting(
        what=DUE_TURNS[due.kind],
        facts={"due": due.due_on},
        href=reverse("workspace:certificate", args=[due.attestation.public_id]),
        function="surveillance",
        number=number,
        about=holder_of(due),
        by=due.due_on,
        left=(due.due_on - today).days,
        unit="day",
        source=str(due.because.get("source", "")),
    )


def holder_of(due: Due) -> Any:
    """Return the names of who holds the attestation of a due."""
    party = due.attestation.holder or due.attestation.person
    return party.names if party else ""


def _of_proposal(made: Decision) -> Waiting:
    assert made.attestation is not None
    about = made.attestation
    return Waiting(
        what=APPROVE_CHANGE,
        facts={},
        href=reverse("workspace:certificate-approval", args=[about.public_id, made.public_id]),
        function="attestation",
        number=about.current.number if hasattr(about, "current") else about.public_id,
        about=party.names if (party := about.holder or about.person) else "",
        source="testamur@2026-1#keys",
    )


def _of_revoked_keys(membership: Membership) -> list[Waiting]:
    """Return that certificates are refused because their key was revoked; [] where none is."""
    count = key_changes.affected(membership.organisation).count()
    if not count:
        return []
    return [
        Waiting(
            what=SIGN_ANEW,
            facts={"count": count},
            href=reverse("workspace:organisation-keys"),
            function="administration",
            number="",
            about=dict(membership.organisation.names),
            source="testamur@2026-1#keys",
        )
    ]


def _of_appeal(appeal: Appeal) -> Waiting:
    case = appeal.decision.case
    return Waiting(
        what=ANNUL_ACT if appeal.upheld else ANSWER_APPEAL,
        facts={},
        href=reverse("workspace:appeal", args=[appeal.public_id]),
        function="decision",
        number=case.number if case else "",
        about=party_of(case) if case else "",
        source="iso-17021-1@2015#9.7",
    )


# Around a case -------------------------------------------------------------------------------------------------------


def party_of(case: Case) -> dict[str, str]:
    """Return the names of who applies."""
    party = case.client or case.person
    return dict(party.names) if party else {}


def timeline(case: Case, limit: int | None = None) -> list[dict[str, Any]]:
    """Return what happened in a case, newest first, as the timeline draws it."""
    events: QuerySet[Event] | Iterable[Event] = journal.of_case(case.public_id)
    events = list(events[:limit] if limit else events)  # type: ignore[index]
    people = {
        one.pk: one
        for one in Membership.objects.filter(
            pk__in={event.by_membership for event in events if event.by_membership}
        ).select_related("person", "organisation")
    }
    shown = []
    for event in events:
        try:
            what: Any = kinds.get(event.kind).title
        except KeyError:
            what = event.kind
        who = people.get(event.by_membership) if event.by_membership else None
        shown.append(
            {
                "what": what,
                "who": who,
                "rule": event.by_rule,
                "effective_at": event.effective_at,
                "recorded_at": event.recorded_at,
                "tone": "bad" if event.kind.endswith((".refused", ".objected", "_refused")) else "",
                "entry": event.entry,
                "source": event.source,
            }
        )
    return shown


def cases(
    membership: Membership, *, text: str = "", stage: str = "", scheme: str = "", occasion: str = ""
) -> QuerySet[Case]:
    """Return the cases somebody may see, narrowed."""
    rows = selection.visible_to(membership).select_related("scheme", "issuer", "client", "person")
    if text:
        rows = rows.filter(
            Q(number__icontains=text)
            | Q(client__names__icontains=text)
            | Q(person__names__icontains=text)
            | Q(issuer__names__icontains=text)
        )
    if stage in Case.Stage.values:
        rows = rows.filter(stage=stage)
    elif stage == "open":
        rows = rows.exclude(stage__in=[Case.Stage.DONE, Case.Stage.CLOSED])
    if scheme:
        rows = rows.filter(scheme__scheme_id=scheme)
    if occasion:
        rows = rows.filter(occasion=occasion)
    return rows


def today_of(case: Case) -> date:
    """Return the civil day in the area of the case's scheme."""
    return days.day_of(clock.now(), case.scheme.definition.area)
