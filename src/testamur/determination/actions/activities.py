"""Begin and complete an activity; finish determination."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import transaction

from testamur.determination import policies, queries
from testamur.determination.models import Activity, Finding, Visit
from testamur.journal.actions import record
from testamur.kernel import days
from testamur.kernel.refusal import Refused, _
from testamur.parties.models import Membership, Organisation, actor
from testamur.register import authority
from testamur.register.models import Attestation
from testamur.schemes.language.definition import Definition
from testamur.schemes.language.moments import resolve
from testamur.schemes.queries import fact_words
from testamur.selection import actions as selection
from testamur.selection import moments
from testamur.selection.models import Case
from testamur.selection.roles import cite
from testamur.selection.scope import agreed_scope
from testamur.selection.turns import Problems, plain

#: Facts that an activity may state; what a test found is computed from its lines and never stated.
STATED = ("exam.", "score.", "cpd.", "practice.")


@transaction.atomic
def start_activity(
    *,
    case: Case,
    activity: str,
    by: Membership,
    at: datetime,
    visit: Visit | None = None,
    performer: Organisation | None = None,
    witnesses: Activity | None = None,
) -> Activity:
    """Begin an activity of the scheme. Begun already and not completed, it is the same one.

    Args:
        performer: who does it, where it is not the body itself; a laboratory's people work for their laboratory.
        witnesses: the other body's activity that a witness assessment watches.

    Raises:
        Refused: see ``policies.check_may_start``; or the performer does not hold what the scheme demands on this day.
    """
    case = Case.objects.select_for_update(of=("self",)).get(pk=case.pk)
    earlier = case.activities.filter(activity=activity).order_by("-round").first()
    if earlier is not None and earlier.completed_at is None:
        policies.check_works_on(case, by, at=at)
        return earlier
    whose = performer or _performer(case, activity, by)
    table, role = policies.check_may_start(
        case, activity, visit=visit, performer=whose, witnesses=witnesses, by=by, at=at
    )
    if earlier is not None and not queries.may_repeat(case, earlier):
        raise Refused(
            _("“{activity}” was completed on {day}; nothing asks for it again."),
            {"activity": table.title, "day": earlier.ended_on},
            rule="activity.state",
            source=cite(table),
        )
    day = days.day_of(at, case.scheme.definition.area)
    held: Attestation | None = None
    for demand in case.scheme.definition.authorities_of(activity):
        held = (
            authority.check_authority(
                demand, definition=case.scheme.definition, holder=whose, claim=agreed_scope(case), on=day
            )
            or held
        )
    made = Activity.objects.create(
        case=case,
        activity=activity,
        visit=visit,
        performer=whose,
        authority=held,
        witnesses=witnesses,
        started_on=day,
        round=(earlier.round if earlier else 0) + 1,
        effective_at=at,
        **actor(by),
    )
    case.remember(**{f"{activity}.started": day})
    if case.scheme.definition.role(role).side == "expert":
        selection.pause(case=case, why="expert_review", by=by, at=at)
    if table.kind == "type_test":
        selection.pause(case=case, why="testing", by=by, at=at)
    record(
        "determination.activity_started",
        subject=made,
        by=by,
        at=at,
        case=case.public_id,
        role=role,
        source=cite(table),
        payload={
            "activity": activity,
            "round": made.round,
            "performer": whose.public_id,
            "authority": held.public_id if held else "",
            "witnesses": witnesses.public_id if witnesses else "",
        },
    )
    return made


def _performer(case: Case, activity: str, by: Membership) -> Organisation:
    """A laboratory's or another performer's people work for their own organisation, everybody else for the issuer."""
    definition = case.scheme.definition
    if activity in {one.id for one in definition.activities}:
        role = policies.role_of(case, definition.activity(activity).by, by)
        if role is not None and definition.role(role).side == "laboratory":
            return by.organisation
    return case.issuer


@transaction.atomic
def complete_activity(
    *,
    activity: Activity,
    ended_on: date,
    report: str = "",
    facts: Mapping[str, Any] | None = None,
    passed: bool | None = None,
    by: Membership,
    at: datetime,
    version: int | None = None,
) -> Activity:
    """Complete an activity: everything that the scheme wants of it is there, and what it found is stated.

    Args:
        ended_on: last day of the work.
        facts: ``exam.*``, ``score.*``, ``cpd.*``, ``practice.*``; ``test.passed`` follows from the test lines.
        passed: whether it passed; where the scheme says when it passes, that decides, and a contradiction is refused.

    Raises:
        Problems: outputs or evidence are missing, each with its clause.
        Refused: not on the team, days out of order, completed already by other words.
    """
    activity = (
        Activity.objects.select_for_update(of=("self",))
        .select_related("case__scheme", "case__issuer", "case__client", "case__person")
        .get(pk=activity.pk)
    )
    case = activity.case
    role = policies.check_works_on(case, by, policies.table_of(activity).by, at=at)
    if activity.completed_at is not None and activity.ended_on == ended_on and activity.report == report.strip():
        return activity
    policies.check_stage(case, Case.Stage.DETERMINATION)
    if version is not None and version != activity.version:
        raise Refused(
            _("This activity was changed in the meantime; look at it again."),
            rule="version",
            source="testamur@2026-1#versions",
        )
    policies.check_running(activity)
    policies.check_days(activity, ended_on)
    stated = _stated(case.scheme.definition, facts or {})
    table = policies.table_of(activity)
    lacking = [check.refusal() for check in policies.outputs_missing(activity, report=report, facts=stated)]
    if lacking:
        raise Problems(
            _("“{activity}” cannot be completed yet: {count} things are missing."),
            {"activity": table.title, "count": len(lacking)},
            lacking,
            rule=lacking[0].rule,
            source=lacking[0].source,
            who=lacking[0].who,
        )
    activity.report = report.strip()
    activity.facts = stated
    activity.ended_on = ended_on
    activity.passed = _passed(activity, passed)
    activity.completed_by, activity.completed_at = by, at
    activity.version += 1
    activity.save(update_fields=["report", "facts", "ended_on", "passed", "completed_by", "completed_at", "version"])
    case.remember(**{f"{activity.activity}.ended": ended_on, "determined": _last_day(case, ended_on)})
    set_closing_days(case)
    if case.scheme.definition.role(role).side == "expert":
        selection.resume(case=case, why="expert_review", by=by, at=at)
    if table.kind == "type_test":
        selection.resume(case=case, why="testing", by=by, at=at)
    record(
        "determination.activity_completed",
        subject=activity,
        by=by,
        at=at,
        case=case.public_id,
        role=role,
        source=cite(table),
        payload={
            "activity": activity.activity,
            "round": activity.round,
            "ended_on": ended_on.isoformat(),
            "passed": activity.passed,
            "facts": stated,
        },
    )
    return activity


def _stated(definition: Definition, facts: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in facts.items():
        if not str(name).startswith(STATED):
            raise Refused(
                _("{name} is no fact that an activity states."),
                {"name": str(name)},
                rule="activity.facts",
                source="testamur@2026-1#facts",
                field=str(name),
            )
        if isinstance(value, bool):
            found[str(name)] = value
            continue
        try:
            number = Decimal(str(value))
        except InvalidOperation:
            number = Decimal("NaN")
        if not number.is_finite() or number < 0 or (str(name).endswith(".percent") and number > 100):
            raise Refused(
                _("“{value}” cannot be the value of {name}."),
                {"value": str(value), "name": fact_words(definition, str(name))},
                rule="activity.facts",
                source="testamur@2026-1#facts",
                field=str(name),
            )
        found[str(name)] = plain(number)
    return found


def _passed(activity: Activity, said: bool | None) -> bool:
    """Whether an activity passed: by the scheme's conditions where it has some, else as said, else by its test
    lines."""
    table = policies.table_of(activity)
    lines = queries.newest_lines(activity)
    by_lines = all(line.passed for line in lines) if lines else None
    if not table.passes_when:
        if said and by_lines is False:
            raise Refused(
                _("A test line did not pass, so the test did not."),
                rule="activity.passes_when",
                source=cite(table),
                field="passed",
            )
        return said if said is not None else by_lines if by_lines is not None else True
    known = queries.facts(activity.case) | activity.facts
    if by_lines is not None:
        known["test.passed"] = by_lines
    # A fact about bad conduct that nobody recorded is not there: "not true" then holds.
    known.setdefault("register.conduct_breach", False)
    holds = all(condition.holds(known) for condition in table.passes_when)
    if said and not holds:
        broken = next(one for one in table.passes_when if not one.holds(known))
        raise Refused(
            _("“{activity}” does not pass: {fact} is {value}, and {wanted} is asked."),
            {
                "activity": table.title,
                "fact": broken.fact,
                "value": plain(known.get(broken.fact, "–")),
                "wanted": f"{broken.test} {broken.value}",
            },
            rule="activity.passes_when",
            source=cite(table),
            field="passed",
        )
    return holds and said is not False


def _last_day(case: Case, ended_on: date) -> date:
    return max(
        [ended_on, *(one for one in case.activities.exclude(ended_on=None).values_list("ended_on", flat=True) if one)]
    )


def set_closing_days(case: Case) -> None:
    """Set the last day of every open finding by the scheme, now that the last day of determination is known."""
    definition = case.scheme.definition
    known = moments.known_days(case)
    for finding in case.findings.filter(closed_at=None):
        moment = definition.finding(finding.grade).close_by_on(case.occasion)
        raised = days.day_of(finding.effective_at, definition.area)
        day = resolve(moment, {**known, "notified": raised}, definition.area)
        if day != finding.close_by:
            Finding.objects.filter(pk=finding.pk).update(close_by=day)


@transaction.atomic
def finish(*, case: Case, by: Membership, at: datetime) -> Case:
    """Finish determination: everything is there for the review. Pressed twice, it is finished once.

    Raises:
        Problems: what is missing, each with its clause and with who can bring it.
    """
    case = Case.objects.select_for_update(of=("self",)).get(pk=case.pk)
    role = policies.check_works_on(case, by, at=at)
    if case.stage == Case.Stage.REVIEW:
        return case
    policies.check_stage(case, Case.Stage.DETERMINATION)
    lacking = [
        Refused(one.sentence, one.facts, rule=one.rule or "determination.complete", source=one.source, who=one.who)
        for one in queries.missing(case)
        if one.state == "bad"
    ]
    if lacking:
        raise Problems(
            _("Determination is not complete: {count} things are missing."),
            {"count": len(lacking)},
            lacking,
            rule=lacking[0].rule,
            source=lacking[0].source,
            who=lacking[0].who,
        )
    on = days.day_of(at, case.scheme.definition.area)
    ended = [one for one in case.activities.values_list("ended_on", flat=True) if one]
    case.remember(determined=max(ended, default=on))
    case.move(Case.Stage.REVIEW, on=on)
    record(
        "determination.finished",
        subject=case,
        by=by,
        at=at,
        case=case.public_id,
        role=role,
        payload={"determined": max(ended, default=on).isoformat()},
    )
    return case
