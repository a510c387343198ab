"""What the first page of the workshop and the inbox show of proficiency."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext

from testamur.kernel.refusal import _
from testamur.kernel.words import Function
from testamur.parties.models import Membership
from testamur.proficiency import policies, queries
from testamur.proficiency.models import Round
from testamur.workspace.desk import Card, Waiting


def cards(membership: Membership, today: date) -> list[Card]:
    """Return the doors of the workshop's first page."""
    return [
        Card(
            "proficiency",
            gettext("Proficiency tests"),
            gettext("Enrol in rounds, send results, read reports; run rounds."),
            reverse("workspace:workshop-rounds"),
            "test-pipe",
            queries.visible_to(membership).exclude(state=Round.State.CANCELLED).count(),
        ),
        Card(
            "proficiency",
            gettext("Our scores"),
            gettext("How you compare over rounds, and what asks for an answer."),
            reverse("workspace:workshop-scores"),
            "chart-line",
            None,
            len(queries.unanswered(membership)),
        ),
        Card(
            "proficiency",
            gettext("Who may see our results"),
            gettext("Release results to an accreditor, and end that."),
            reverse("workspace:workshop-releases"),
            "eye",
        ),
    ]


def waiting(membership: Membership, today: date) -> list[Waiting]:
    """Return what waits for somebody here: as provider, and as laboratory."""
    return [*_as_provider(membership, today), *_as_laboratory(membership, today)]


def _as_provider(membership: Membership, today: date) -> list[Waiting]:
    found = []
    for one in queries.run_by(membership).filter(state__in=["draft", "open", "dispatched", "reported"]):
        evaluation = reverse("workspace:workshop-round-evaluation", args=[one.public_id])
        proposed = queries.proposed(one)
        if one.state == Round.State.DRAFT:
            found.append(_one(_("Finish the draft and open the round"), one, one.enrol_until, today))
        elif one.state == Round.State.OPEN:
            found.append(_one(_("Judge the materials and dispatch the items"), one, one.dispatch_on, today))
        elif proposed is not None and proposed.by is not None and proposed.by.person_id != membership.person_id:
            found.append(_one(_("Look at the evaluation and issue it"), one, one.report_on, today, evaluation))
        elif one.state == Round.State.DISPATCHED and today > one.results_until and proposed is None:
            found.append(_one(_("Evaluate the results"), one, one.report_on, today, evaluation))
    for contest in queries.appeals(membership).filter(upheld=None):
        found_round = contest.edition.round
        href = reverse("workspace:workshop-round-appeal", args=[found_round.public_id, contest.public_id])
        found.append(_one(_("Answer an appeal"), found_round, None, today, href))
    return found


def _as_laboratory(membership: Membership, today: date) -> list[Waiting]:
    found = [
        _one(_("You are invited: read the rules and enrol"), one, one.enrol_until, today)
        for one in queries.invited(membership, today)
    ]
    parts = queries.participations(membership).filter(withdrawn_at=None, round__state__in=["open", "dispatched"])
    for own in parts:
        one = own.round
        newest = one.rules_versions.order_by("number").last()
        if newest is not None and newest.pk != own.seen_id:
            found.append(_one(_("Read the new version of the rules"), one, one.results_until, today))
        if one.state == Round.State.DISPATCHED and today <= one.results_until and not own.submissions.exists():
            href = reverse("workspace:workshop-round-results", args=[one.public_id])
            found.append(_one(_("Send your results"), one, one.results_until, today, href))
    for score in queries.unanswered(membership):
        href = reverse("workspace:workshop-score", args=[score.public_id])
        what = _("Answer a score that is not acceptable")
        found.append(_one(what, score.edition.round, None, today, href, policies.MONITORING))
    return found


def _one(what: str, about: Round, by: date | None, today: date, href: str = "", source: str = "") -> Waiting:
    facts: dict[str, Any] = {}
    return Waiting(
        what=what,
        facts=facts,
        href=href or reverse("workspace:workshop-round", args=[about.public_id]),
        function=str(Function.QUALITY),
        about=about.title,
        by=by,
        left=None if by is None else (by - today).days,
        unit="day",
        source=source,
    )
