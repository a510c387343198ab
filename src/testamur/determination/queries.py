"""Questions about what was determined: whose turn, what is missing, which facts, who took part, the dossier."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Q, QuerySet

from testamur import rules
from testamur.determination import policies
from testamur.determination.dossier import dossier
from testamur.determination.models import Activity, Evidence, Exhibit, Finding, TestLine, Visit
from testamur.kernel import days
from testamur.kernel.refusal import Refused, _
from testamur.kernel.words import Occasion, Outcome
from testamur.parties.models import Membership
from testamur.schemes.language.moments import resolve
from testamur.schemes.language.tables import Activity as ActivityTable
from testamur.selection import facts as selection_facts
from testamur.selection import moments
from testamur.selection import queries as selection
from testamur.selection.models import Case
from testamur.selection.planning import activities_of
from testamur.selection.roles import applicants, cite, members_filling
from testamur.selection.turns import Missing, Turn

__all__ = [
    "activities_of",
    "awaits_client",
    "awaits_judgement",
    "dossier",
    "evaluators",
    "evidence_visible_to",
    "facts",
    "inbox",
    "may_repeat",
    "missing",
    "newest_lines",
    "open_findings",
    "repeats_due",
    "standing",
    "turn",
    "turns",
    "visible_to",
]

#: The outcome in the applicant's favour of each occasion: what an open finding may block.
FAVOURABLE: dict[Occasion, Outcome] = {
    Occasion.INITIAL: Outcome.GRANT,
    Occasion.TRANSFER: Outcome.GRANT,
    Occasion.RENEWAL: Outcome.RENEW,
    Occasion.EXTENSION: Outcome.EXTEND,
    Occasion.RESTORATION: Outcome.RESTORE,
    Occasion.SURVEILLANCE: Outcome.MAINTAIN,
    Occasion.SPECIAL: Outcome.MAINTAIN,
    Occasion.CHANGE: Outcome.MAINTAIN,
    Occasion.TRANSITION: Outcome.MAINTAIN,
}


def visible_to(membership: Membership | None) -> QuerySet[Activity]:
    """Return the activities that a membership may see: those of its cases, and those its organisation performed."""
    if membership is None:
        return Activity.objects.none()
    mine = Q(case__in=selection.visible_to(membership).values("pk"))
    if membership.functions:
        mine |= Q(performer_id=membership.organisation_id)
    return Activity.objects.filter(mine).select_related("case__scheme", "case__issuer", "visit", "performer")


def evidence_visible_to(membership: Membership | None, *, shown: Case | None = None) -> QuerySet[Evidence]:
    """Return the evidence a membership may see; the client sees what was recorded about it, not the team's
    checklists.

    Args:
        shown: a case that the membership was found to see before; only its evidence, without asking that again.
    """
    if shown is not None:
        rows = Evidence.objects.filter(activity__case=shown).select_related("file")
    else:
        rows = Evidence.objects.filter(activity__in=visible_to(membership).values("pk"))
        rows = rows.select_related("activity__case", "file")
    if membership is None:
        return rows
    working_papers = Q(activity__case__client_id=membership.organisation_id) & ~Q(
        activity__case__issuer_id=membership.organisation_id
    )
    return rows.exclude(working_papers & Q(kind__in=["checklist", "interview_notes", "raw_data"]))


def exhibits_visible_to(membership: Membership | None) -> QuerySet[Exhibit]:
    """Return what clients put forward in the cases a membership may see."""
    if membership is None:
        return Exhibit.objects.none()
    rows = Exhibit.objects.filter(case__in=selection.visible_to(membership).values("pk"))
    return rows.select_related("case__client", "file", "by__person")


def visits(case: Case) -> QuerySet[Visit]:
    """Return the visits that served a case, oldest first."""
    rows = Visit.objects.filter(Q(activities__case=case) | Q(planned__activities__case=case)).distinct()
    return rows.prefetch_related("attendances__person").order_by("started_at", "id")


def standing(case: Case) -> dict[str, Activity]:
    """Return the newest round of each activity done for a case, by activity id."""
    found: dict[str, Activity] = {}
    for row in case.activities.select_related("case__scheme", "visit", "performer").order_by("round", "id"):
        found[row.activity] = row
    return found


def newest_lines(activity: Activity) -> list[TestLine]:
    """Return the test lines that count: of each clause the last recorded one."""
    found: dict[str, TestLine] = {}
    for line in activity.test_lines.order_by("id"):
        found[line.clause] = line
    return list(found.values())


def open_findings(case: Case) -> list[Finding]:
    """Return the findings that are open and say that a requirement is not fulfilled, oldest first."""
    definition = case.scheme.definition
    return [
        row
        for row in case.findings.filter(closed_at=None).order_by("id")
        if definition.finding(row.grade).nonconformity
    ]


def awaits_client(finding: Finding) -> bool:
    """Say whether an open nonconformity waits for the client: not answered, or the answer was sent back."""
    if finding.closed_at is not None or not finding.case.scheme.definition.finding(finding.grade).nonconformity:
        return False
    answer = finding.answers.order_by("-id").first()
    if answer is None:
        return True
    judged = answer.verifications.order_by("-id").first()
    return judged is not None and not judged.accepted


def awaits_judgement(finding: Finding) -> bool:
    """Say whether an open nonconformity waits for the team: answered and not judged, or accepted and its
    effect not yet seen."""
    if finding.closed_at is not None or not finding.case.scheme.definition.finding(finding.grade).nonconformity:
        return False
    return finding.answers.exists() and not awaits_client(finding)


# Facts and persons ---------------------------------------------------------------------------------------------------


def facts(case: Case) -> dict[str, Any]:
    """Return every fact that conditions of the scheme may ask for: what was applied for, what the rules answered at the
    application review, what the activities found, and the history of the attestation."""
    known = selection_facts.facts(case)
    for step in _calculation(case):
        outputs = step.get("output") or {}
        if step.get("id") and outputs:
            known[f"rule.{step['id']}"] = next(iter(outputs.values()))
    lines: list[TestLine] = []
    for activity in standing(case).values():
        known |= activity.facts or {}
        lines += newest_lines(activity)
    if lines:
        known["test.passed"] = all(line.passed for line in lines)
    definition = case.scheme.definition
    grave = {one.id for one in definition.findings if one.nonconformity and "verification" in one.needs}
    known["history.open_majors"] = sum(1 for finding in open_findings(case) if finding.grade in grave)
    return known


def _calculation(case: Case) -> list[dict[str, Any]]:
    review = case.application_reviews.filter(accepted=True).order_by("-id").first()
    return list(review.calculation) if review else []


def evaluators(case: Case) -> set[int]:
    """Return the ids of the persons who took part in determination: by record first (who was there, recorded, found,
    judged), because people are swapped on site, and who is still assigned to it.

    The client's own people are no evaluators, whatever they recorded.
    """
    definition = case.scheme.definition
    determining = {
        role.id for role in definition.roles if policies.DETERMINES & set(role.functions) and role.side != "holder"
    }
    found = set(
        case.assignments.filter(role__in=determining, removed_at=None).values_list("membership__person_id", flat=True)
    )
    theirs = Q(by__organisation_id=case.client_id) if case.client_id else Q(pk__in=[])
    for rows in (
        case.activities.all(),
        Evidence.objects.filter(activity__case=case),
        TestLine.objects.filter(activity__case=case),
        case.findings.all(),
    ):
        found |= set(rows.exclude(by=None).exclude(theirs).values_list("by__person_id", flat=True))
    found |= set(case.activities.exclude(completed_by=None).values_list("completed_by__person_id", flat=True))
    from testamur.determination.models import Attendance, Verification

    found |= set(
        Verification.objects.filter(answer__finding__case=case).exclude(by=None).values_list("by__person_id", flat=True)
    )
    there = Attendance.objects.filter(visit__in=visits(case).values("pk"))
    on_case = set(case.assignments.filter(role__in=determining).values_list("membership__person_id", flat=True))
    alone = {visit.pk for visit in visits(case) if len(policies.cases_of(visit)) == 1}
    found |= {row.person_id for row in there if row.person_id in on_case or row.visit_id in alone}
    if case.client_id:
        own = case.client.memberships.filter(until_day=None).values_list("person_id", flat=True)  # type: ignore[union-attr]
        found -= set(own) - on_case
    return {person for person in found if person}


# What must be done again ---------------------------------------------------------------------------------------------


def repeats_due(case: Case, on: date | None = None) -> dict[str, Missing]:
    """Return the activities that must be done again, and why: a finding was not closed (or verified) in its
    time, or a test
    or examination did not pass.

    Source: 17021-1 9.5.3.2 by ``CAB.major_nc_window`` where the scheme names it; ``finding.repeats``.
    """
    day = on or moments.today(case)
    definition = case.scheme.definition
    newest = standing(case)
    found: dict[str, Missing] = {}
    window = definition.rule_for("repeat_determination", case.occasion)
    for finding in case.findings.select_related("activity").order_by("id"):
        table = definition.finding(finding.grade)
        if table.repeats is None or finding.withdrawn_because or table.repeats not in newest:
            continue
        limit = _limit(case, finding, window, newest)
        closed = days.day_of(finding.closed_at, definition.area) if finding.closed_at else None
        if limit is None or (closed or day) <= limit:
            continue
        again = newest[table.repeats]
        if again.started_on > limit and again.round > 1:
            continue  # done again already
        found[table.repeats] = Missing(
            _("“{activity}” must be done again: finding {finding} was not closed by {day}."),
            {"activity": definition.activity(table.repeats).title, "finding": finding.number, "day": limit},
            cite(window) if window else cite(table),
            _("whoever plans in the body"),
            "bad",
            window.rule if window else "finding.repeats",
        )
    return found


def _limit(case: Case, finding: Finding, window: Any, newest: dict[str, Activity]) -> date | None:
    """Return the last day for closing a finding: by the rule that the scheme names, else by its ``close_by``."""
    table = case.scheme.definition.finding(finding.grade)
    if window is not None and "verification" in table.needs:
        again = case.activities.filter(activity=table.repeats, completed_at__isnull=False).order_by("round").first()
        if again is None or again.ended_on is None:
            return finding.close_by
        try:
            answer = rules.evaluate(window.rule, {"stage2_last_day": again.ended_on, **window.with_})
        except Refused:
            return finding.close_by
        limit: date = answer.output["limit"]
        return limit
    return finding.close_by


def may_repeat(case: Case, earlier: Activity) -> bool:
    """Say whether a completed activity may be done again: it did not pass, a finding asks for it, or the case
    was sent back."""
    if earlier.passed is False or earlier.activity in repeats_due(case):
        return True
    return earlier.completed_at is not None and _sent_back_after(case, earlier)


def _sent_back_after(case: Case, earlier: Activity) -> bool:
    from testamur.journal.models import Event

    back = Event.objects.filter(case=case.public_id, kind__in=["review.more_wanted", "decision.sent_back"])
    return earlier.completed_at is not None and back.filter(recorded_at__gte=earlier.completed_at).exists()


# What is missing -----------------------------------------------------------------------------------------------------


def missing(case: Case) -> list[Missing]:
    """Return what determination needs and whether it is there: activities, outputs, lines nobody's authority covers,
    findings to be closed, and what must be done again. ``bad`` keeps it from being finished, and the case from
    review."""
    found: list[Missing] = []
    definition = case.scheme.definition
    newest = standing(case)
    for table in activities_of(case):
        found.append(_missing_of_activity(case, table, newest.get(table.id)))
    again = repeats_due(case)
    for activity, why in again.items():
        row = newest.get(activity)
        if row is None or row.completed_at is not None:
            found.append(why)
    for activity_row in newest.values():
        for line in newest_lines(activity_row):
            if line.authority_id is None and not line.arrangement and definition.authorities_of(activity_row.activity):
                found.append(
                    Missing(
                        _(
                            "The test of clause {clause} ({method}) is not covered by what {laboratory} holds on "
                            "{day}; the report is only partly covered."
                        ),
                        {
                            "clause": line.clause,
                            "method": line.method,
                            "laboratory": (line.subcontractor or line.laboratory).names,
                            "day": line.tested_on,
                        },
                        cite(definition.authorities_of(activity_row.activity)[0]),
                        _("another laboratory, by testing this clause"),
                        "bad",
                        "test.covered",
                    )
                )
    found += _missing_of_findings(case)
    return found


def _missing_of_activity(case: Case, table: ActivityTable, row: Activity | None) -> Missing:
    facts_: dict[str, Any] = {"activity": table.title}
    rule, source = "determination.activity", cite(table)
    if row is None:
        closes = resolve(table.closes, moments.known_days(case), case.scheme.definition.area)
        if closes is not None:
            return Missing(
                _("“{activity}” has not been done; it must be by {day}."),
                facts_ | {"day": closes},
                source,
                _("the team"),
                "bad",
                rule,
            )
        return Missing(_("“{activity}” has not been done."), facts_, source, _("the team"), "bad", rule)
    if row.completed_at is None:
        lacking = policies.outputs_missing(row, report=row.report, facts=row.facts or {})
        return Missing(
            _("“{activity}” has begun and is not completed ({count} things are missing)."),
            facts_ | {"count": len(lacking)},
            source,
            _("the team"),
            "bad",
            rule,
        )
    facts_ |= {"day": row.ended_on}
    if row.passed is False:
        return Missing(
            _("“{activity}” ended on {day} and did not pass."), facts_, source, "", "warn", "activity.passes_when"
        )
    return Missing(_("“{activity}” was completed on {day}."), facts_, source, "", "ok", rule)


def _missing_of_findings(case: Case) -> list[Missing]:
    definition = case.scheme.definition
    favourable = FAVOURABLE[Occasion(case.occasion)]
    today = moments.today(case)
    found = []
    for finding in open_findings(case):
        table = definition.finding(finding.grade)
        source = cite(table)
        facts_: dict[str, Any] = {"finding": finding.number, "grade": table.title, "day": finding.close_by}
        blocks = str(favourable) in {str(one) for one in table.blocks}
        late = finding.close_by is not None and today > finding.close_by
        if late and table.repeats is None and blocks:
            found.append(
                Missing(
                    _("Finding {finding} ({grade}) was not closed by {day}; the application is to be refused."),
                    facts_,
                    source,
                    "",
                    "warn",
                    "finding.close_by",
                )
            )
            continue
        if late and table.repeats is not None:
            continue  # said by repeats_due
        state = "bad" if blocks else "warn"
        if awaits_client(finding):
            sentence = (
                _("Finding {finding} ({grade}) waits for the client's answer, until {day}.")
                if finding.close_by
                else _("Finding {finding} ({grade}) waits for the client's answer.")
            )
            found.append(Missing(sentence, facts_, source, _("the client"), state, "finding.needs"))
        else:
            sentence = (
                _("The answer to finding {finding} ({grade}) waits for the team's judgement, until {day}.")
                if finding.close_by
                else _("The answer to finding {finding} ({grade}) waits for the team's judgement.")
            )
            found.append(Missing(sentence, facts_, source, _("the team"), state, "finding.needs"))
    return found


# Whose turn ----------------------------------------------------------------------------------------------------------


def turn(case: Case) -> Turn | None:
    """Return what determination has to do next in a case, or None where it is another function's turn."""
    found = turns(case)
    return found[0] if found else None


def turns(case: Case) -> list[Turn]:
    """Return everything that can be done now in a case's determination, the next step first."""
    if case.stage != Case.Stage.DETERMINATION:
        return []
    found: list[Turn] = []
    newest = standing(case)
    again = repeats_due(case)
    work = activities_of(case)
    done = {one.id for one in work if one.id in newest and newest[one.id].completed_at is not None}
    for table in work:
        ready = all(one in done for one in table.after if one in {other.id for other in work})
        if ready and (table.id not in done or table.id in again):
            found.append(_turn_of_activity(case, table, newest.get(table.id)))
    unfinished = bool(found)
    not_closed = open_findings(case)
    waiting = [finding for finding in not_closed if awaits_client(finding)]
    if waiting:
        found.append(_turn_of_client(case, waiting))
    judged = [finding for finding in not_closed if awaits_judgement(finding)]
    if judged:
        found.append(_turn_of_team(case, judged))
    if not unfinished and not any(one.state == "bad" for one in missing(case)):
        lead = case.scheme.definition.team.lead if case.scheme.definition.team else None
        people = _workers(case, (lead,) if lead else policies.determining_roles(case)) or _workers(
            case, policies.determining_roles(case)
        )
        found.append(
            Turn.of(
                case,
                "determination",
                _("Everything is there: finish determination and hand the dossier to the review"),
                role=lead or "",
                people=people,
                link="finish",
                by=selection.decision_deadline(case),
                source="iso-17000@2020#A.3",
            )
        )
    return found


def _workers(case: Case, roles: tuple[str, ...]) -> list[Membership]:
    """Return who works on a case in one of the roles: assigned, or filling it where nobody has to be assigned."""
    definition = case.scheme.definition
    assigned = (
        case.assignments.filter(role__in=roles, removed_at=None)
        .select_related("membership__person", "membership__organisation")
        .order_by("id")
    )
    found = {row.membership_id: row.membership for row in assigned}
    for role in roles:
        table = definition.role(role)
        in_team = definition.team is not None and role in definition.team.roles
        if not in_team and not table.competence and table.side == "issuer":
            found |= {one.pk: one for one in members_filling(case, (role,))}
        elif table.side == "holder":
            found |= {one.pk: one for one in applicants(case)}
    return list(found.values())


def _turn_of_activity(case: Case, table: ActivityTable, row: Activity | None) -> Turn:
    planned = (
        case.planned.filter(activity=table.id, visit__cancelled_at=None)
        .select_related("visit")
        .order_by("-visit__from_day")
        .first()
    )
    closes = resolve(table.closes, moments.known_days(case), case.scheme.definition.area)
    by = planned.visit.until_day if planned else closes
    facts_: dict[str, Any] = {"activity": table.title}
    people = _workers(case, table.by)
    if not people:
        roles = selection.planning_roles(case)
        return Turn.of(
            case,
            "selection",
            _("Assign somebody to “{activity}”"),
            role=roles[0] if roles else "",
            people=members_filling(case, roles),
            link="team",
            by=by,
            facts=facts_,
            source=cite(table),
        )
    if planned is None and table.where == "on_site" and row is None:
        roles = selection.planning_roles(case)
        return Turn.of(
            case,
            "selection",
            _("Plan the visit for “{activity}”"),
            role=roles[0] if roles else "",
            people=members_filling(case, roles),
            link="team",
            by=closes,
            facts=facts_,
            source=cite(table),
        )
    if row is None and planned is not None:
        sentence, facts_ = _("Carry out “{activity}”, planned from {day} on"), facts_ | {"day": planned.visit.from_day}
    elif row is None:
        sentence = _("Carry out “{activity}”")
    else:
        sentence = _("Complete “{activity}”")
    return Turn.of(
        case,
        "determination",
        sentence,
        role=table.by[0],
        people=people,
        link="visit" if table.where == "on_site" else "activity",
        by=by,
        facts=facts_,
        source=cite(table),
    )


def _turn_of_client(case: Case, waiting: list[Finding]) -> Turn:
    first = min(waiting, key=lambda one: (one.close_by is None, one.close_by or date.max))
    table = case.scheme.definition.finding(first.grade)
    return Turn.of(
        case,
        "application",
        _("Answer finding {finding}: correction, cause and corrective action")
        if len(waiting) == 1
        else _("Answer {count} findings, the first of them {finding}"),
        role="",
        people=applicants(case),
        link="findings",
        by=first.close_by,
        facts={"finding": first.number, "count": len(waiting)},
        source=cite(table),
        applicant=True,
    )


def _turn_of_team(case: Case, judged: list[Finding]) -> Turn:
    first = min(judged, key=lambda one: (one.close_by is None, one.close_by or date.max))
    table = case.scheme.definition.finding(first.grade)
    return Turn.of(
        case,
        "determination",
        _("Judge the answer to finding {finding}")
        if len(judged) == 1
        else _("Judge the answers to {count} findings, the first of them {finding}"),
        role=policies.determining_roles(case)[0],
        people=_workers(case, policies.determining_roles(case)),
        link="findings",
        by=first.close_by,
        facts={"finding": first.number, "count": len(judged)},
        source=cite(table),
    )


def inbox(membership: Membership) -> list[Turn]:
    """Return what determination asks of this person, most urgent first; several things in one case may wait at once."""
    cases = selection.visible_to(membership).filter(stage=Case.Stage.DETERMINATION)
    mine = [one for case in cases for one in turns(case) if any(person.pk == membership.pk for person in one.people)]
    return sorted(mine, key=lambda one: (one.by is None, one.by or date.max, one.case.pk))


def laboratory_work(membership: Membership) -> QuerySet[Activity]:
    """Return the activities that a member's own organisation performs for others and that are not completed."""
    return (
        visible_to(membership)
        .filter(performer_id=membership.organisation_id, completed_at=None)
        .exclude(case__issuer_id=membership.organisation_id)
    )
