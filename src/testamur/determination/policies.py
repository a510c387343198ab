"""Who may visit, find out, find, answer and verify, and when (ISO/IEC 17000 A.3; 17021-1 9.3, 9.4; 17065 7.4)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Q

from testamur.determination.models import Activity, CorrectiveAction, Finding, Visit
from testamur.kernel import clock, days
from testamur.kernel.refusal import Refused, _
from testamur.kernel.words import Function
from testamur.parties import policies as parties
from testamur.parties.models import Membership, Organisation, Platform
from testamur.schemes.language.moments import resolve
from testamur.schemes.language.tables import Activity as ActivityTable
from testamur.selection import moments, planning
from testamur.selection.models import Case, PlannedActivity, PlannedVisit
from testamur.selection.policies import PLACES_OF_WORK as PLACES
from testamur.selection.policies import check_stage
from testamur.selection.roles import cite, fills, is_applicant
from testamur.selection.turns import Check

Actor = Membership | Platform
OPEN = (Case.Stage.DETERMINATION, Case.Stage.REVIEW, Case.Stage.DECISION)
DETERMINES = frozenset({"determination", "surveillance"})


def table_of(activity: Activity) -> ActivityTable:
    """Return the scheme's table of an activity."""
    return activity.case.scheme.definition.activity(activity.activity)


def check_not_in_future(at: datetime, *, what: str = "at") -> None:
    """Nothing is recorded before it happened; a day's grace is left for clocks and zones that differ."""
    if at > clock.now() + timedelta(days=1):
        raise Refused(
            _("{when} is still to come; record it when it has happened."),
            {"when": at},
            rule="determination.time",
            source="testamur@2026-1#clocks",
            field=what,
        )


def role_of(case: Case, roles: tuple[str, ...], by: Membership) -> str | None:
    """Return the role in which a membership works on a case: the one it is assigned to, or, where the scheme
    has no team
    and judges no competence for the role, one that it fills by its functions."""
    assigned = set(
        case.assignments.filter(membership__person_id=by.person_id, removed_at=None).values_list("role", flat=True)
    )
    for role in roles:
        if role in assigned:
            return role
    definition = case.scheme.definition
    for role in roles:
        table = definition.role(role)
        in_team = definition.team is not None and role in definition.team.roles
        if not in_team and not table.competence and table.side in ("issuer", "holder") and fills(case, role, by):
            return role
    return None


def determining_roles(case: Case) -> tuple[str, ...]:
    """Return the roles that determine in a scheme."""
    return tuple(role.id for role in case.scheme.definition.roles if DETERMINES & set(role.functions))


def check_works_on(case: Case, by: Actor, roles: tuple[str, ...] | None = None, *, at: datetime | None = None) -> str:
    """The membership works on this case in one of the roles; returns the role.

    Raises:
        Refused: it is not on the team, and the sentence names the role that is wanted.
    """
    if at is not None:
        parties.check_lives(by, at)
    wanted = roles or determining_roles(case)
    if not isinstance(by, Membership):
        return wanted[0]
    role = role_of(case, wanted, by)
    if role is not None:
        return role
    raise Refused(
        _("{person} is not assigned to case {case} as {role}."),
        {"person": by.person.names, "case": case.number, "role": case.scheme.definition.role(wanted[0]).title},
        rule="assignment.needed",
        source=cite(case.scheme.definition.team or case.scheme.definition.role(wanted[0])),
        who=_("whoever plans in the body"),
    )


def check_may_visit(planned: PlannedVisit, by: Actor, at: datetime) -> Case:
    """Somebody assigned to one of the visit's cases, all of which are in determination; returns the case they are on.

    Raises:
        Refused: cancelled, too early, or nobody of the team.
    """
    parties.check_lives(by, at)
    check_not_in_future(at)
    if planned.cancelled_at is not None:
        raise Refused(_("This visit was cancelled."), rule="visit.state", source="testamur@2026-1#visits")
    cases = list(
        Case.objects.filter(planned__visit=planned).distinct().select_related("scheme", "issuer", "client", "person")
    )
    for case in cases:
        check_stage(case, Case.Stage.DETERMINATION)
        day = days.day_of(at, case.scheme.definition.area)
        if day < planned.from_day:
            raise Refused(
                _("The visit is planned from {day} on; move it first if it begins earlier."),
                {"day": planned.from_day},
                rule="visit.days",
                source="testamur@2026-1#visits",
                who=_("whoever plans in the body"),
                until=planned.from_day,
            )
    for case in cases:
        if not isinstance(by, Membership) or role_of(case, determining_roles(case), by) is not None:
            return case
    check_works_on(cases[0], by)
    return cases[0]


def check_is_on_visit(visit: Visit, by: Actor, at: datetime) -> None:
    """Somebody on the team of one of the visit's cases."""
    parties.check_lives(by, at)
    cases = cases_of(visit)
    if isinstance(by, Membership) and not any(role_of(case, determining_roles(case), by) for case in cases):
        check_works_on(cases[0], by)


def cases_of(visit: Visit) -> list[Case]:
    """Return the cases a visit serves: as planned, and as done."""
    # Two lists of numbers instead of one question over both joins, which compares whole rows, and without the text of
    # the scheme, which is known by its digest.
    served = Q(pk__in=Activity.objects.filter(visit=visit).order_by().values("case"))
    if visit.planned_id:
        served |= Q(pk__in=PlannedActivity.objects.filter(visit=visit.planned_id).order_by().values("case"))
    rows = Case.objects.filter(served).select_related("scheme", "issuer", "client", "person").defer("scheme__body")
    return list(rows.order_by("id"))


def check_may_start(
    case: Case,
    activity: str,
    *,
    visit: Visit | None,
    performer: Organisation,
    witnesses: Activity | None,
    by: Actor,
    at: datetime,
) -> tuple[ActivityTable, str]:
    """The activity may begin now; returns its table and the role of whoever begins it.

    Raises:
        Refused: wrong stage, not of this occasion, before what it follows, outside its time, without a visit,
        by the wrong
            role, or a witness assessment without the audit that is witnessed.
    """
    check_stage(case, Case.Stage.DETERMINATION)
    check_not_in_future(at)
    definition = case.scheme.definition
    possible = {one.id: one for one in definition.activities_on(case.occasion)}
    if activity not in possible:
        raise Refused(
            _("“{activity}” is no activity of this case."),
            {"activity": activity},
            rule="activity.on",
            source=cite(definition.scheme),
            field="activity",
        )
    table = possible[activity]
    source = cite(table)
    if table.id not in {one.id for one in planning.activities_of(case)}:
        raise Refused(
            _("“{activity}” is not done in this case: its conditions do not hold."),
            {"activity": table.title},
            rule="activity.when",
            source=source,
            field="activity",
        )
    role = check_works_on(case, by, table.by, at=at)
    for before in table.after:
        if before not in {one.id for one in planning.activities_of(case)}:
            continue
        done = case.activities.filter(activity=before).order_by("-round").first()
        if done is None or done.completed_at is None:
            raise Refused(
                _("“{before}” must be completed before “{activity}”."),
                {"before": definition.activity(before).title, "activity": table.title},
                rule="activity.after",
                source=source,
            )
    day = days.day_of(at, definition.area)
    known = moments.known_days(case)
    opens, closes = (resolve(moment, known, definition.area) for moment in (table.opens, table.closes))
    if opens is not None and day < opens:
        raise Refused(
            _("“{activity}” can begin on {day} at the earliest."),
            {"activity": table.title, "day": opens},
            rule="activity.opens",
            source=source,
            until=opens,
        )
    if closes is not None and day > closes:
        raise Refused(
            _("“{activity}” had to be completed by {day}."),
            {"activity": table.title, "day": closes},
            rule="activity.closes",
            source=source,
        )
    _check_place(case, table, visit)
    _check_witnessed(case, table, witnesses)
    if case.client_id is not None and performer.pk == case.client_id and definition.role(role).side != "holder":
        raise Refused(
            _("{organisation} cannot assess itself."),
            {"organisation": performer.names},
            rule="selection.independence",
            source="iso-17000@2020#4.3",
        )
    return table, role


def _check_place(case: Case, table: ActivityTable, visit: Visit | None) -> None:
    if table.where != "on_site" and visit is None:
        return
    if visit is None:
        raise Refused(
            _("“{activity}” is done on site; begin the visit first, so that attendance is recorded."),
            {"activity": table.title},
            rule="activity.where",
            source=cite(table),
        )
    if case.pk not in {one.pk for one in cases_of(visit)}:
        raise Refused(
            _("This visit does not serve case {case}."),
            {"case": case.number},
            rule="visit.work",
            source="testamur@2026-1#visits",
        )
    allowed = {"either": {"on_site", "remote", "either"}}.get(table.where, {table.where})
    if visit.where not in allowed:
        raise Refused(
            _("“{activity}” is done {wanted}, not {where}."),
            {"activity": table.title, "wanted": PLACES[table.where], "where": PLACES.get(visit.where, visit.where)},
            rule="activity.where",
            source=cite(table),
        )


def _check_witnessed(case: Case, table: ActivityTable, witnesses: Activity | None) -> None:
    if table.kind != "witness":
        if witnesses is not None:
            raise Refused(
                _("“{activity}” is no witness assessment."),
                {"activity": table.title},
                rule="activity.witness",
                source=cite(table),
            )
        return
    if witnesses is None:
        raise Refused(
            _("Say which audit is witnessed; a witness assessment points at the other body's own activity."),
            rule="activity.witness",
            source=cite(table),
            field="witnesses",
        )
    if witnesses.case.issuer_id != case.client_id:
        raise Refused(
            _("The audit that is witnessed must be one of {client}; this one is of {issuer}."),
            {
                "client": case.client.names if case.client else {"en": "–", "zh": "–"},
                "issuer": witnesses.case.issuer.names,
            },
            rule="activity.witness",
            source=cite(table),
            field="witnesses",
        )


def check_may_record(activity: Activity, by: Actor, at: datetime) -> str:
    """The person works on the case of an activity, which is not closed; evidence may come late, it is marked so."""
    check_stage(activity.case, *OPEN)
    check_not_in_future(at)
    return check_works_on(activity.case, by, at=at)


def check_running(activity: Activity) -> None:
    """The activity has not been completed."""
    if activity.completed_at is not None:
        raise Refused(
            _("“{activity}” was completed on {day}; what is found now belongs to a new activity."),
            {"activity": table_of(activity).title, "day": activity.ended_on},
            rule="activity.state",
            source=cite(table_of(activity)),
        )


def check_days(activity: Activity, ended_on: date) -> None:
    """The last day is not before the first, and not still to come."""
    if ended_on < activity.started_on:
        raise Refused(
            _("“{activity}” cannot end on {until}; it began on {from}."),
            {"activity": table_of(activity).title, "until": ended_on, "from": activity.started_on},
            rule="activity.days",
            source="testamur@2026-1#clocks",
            field="ended_on",
        )
    if ended_on > moments.today(activity.case) + timedelta(days=1):
        raise Refused(
            _("{day} is still to come."),
            {"day": ended_on},
            rule="activity.days",
            source="testamur@2026-1#clocks",
            field="ended_on",
        )


def check_may_answer(finding: Finding, by: Actor, at: datetime) -> None:
    """The applicant answers an open finding."""
    parties.check_lives(by, at)
    case = finding.case
    if isinstance(by, Membership) and not is_applicant(case, by):
        raise Refused(
            _("Findings are answered by the client."),
            rule="finding.by",
            source="iso-17021-1@2015#9.4.9",
            who=_("a member of the client with the function application"),
        )
    if case.stage == Case.Stage.CLOSED:
        check_stage(case, *OPEN)
    check_open(finding)


#: When the client may put evidence forward: once a review rests on the dossier, it must not change by itself.
EXHIBITED_AT = (Case.Stage.APPLICATION, Case.Stage.SELECTION, Case.Stage.DETERMINATION)


def check_may_exhibit(case: Case, by: Actor, at: datetime) -> None:
    """A member of the client puts evidence forward before the dossier is reviewed."""
    parties.check_lives(by, at)
    speaks = isinstance(by, Membership) and (
        is_applicant(case, by) or (by.organisation_id == case.client_id and by.holds(Function.QUALITY))
    )
    if not speaks:
        raise Refused(
            _("Only the client puts its own studies forward."),
            rule="exhibit.by",
            source="testamur@2026-1#evidence",
            who=_("a member of the client with the function application or quality work"),
        )
    check_stage(case, *EXHIBITED_AT)


def check_open(finding: Finding) -> None:
    """The finding is open."""
    if finding.closed_at is not None:
        raise Refused(
            _("Finding {finding} was closed on {day}."),
            {"finding": finding.number, "day": finding.closed_at.date()},
            rule="finding.state",
            source="iso-17021-1@2015#9.4.10",
        )


def check_may_verify(answer: CorrectiveAction, by: Actor, at: datetime) -> str:
    """Somebody of the team, on the newest answer, and never on an answer of their own."""
    finding = answer.finding
    role = check_works_on(finding.case, by, at=at)
    check_open(finding)
    if finding.answers.order_by("-id").values_list("pk", flat=True).first() != answer.pk:
        raise Refused(
            _("There is a newer answer to finding {finding}; judge that one."),
            {"finding": finding.number},
            rule="finding.answer",
            source="iso-17021-1@2015#9.4.10",
        )
    if isinstance(by, Membership) and answer.by_id and answer.by and answer.by.person_id == by.person_id:
        raise Refused(
            _("{person} gave this answer and cannot judge it."),
            {"person": by.person.names},
            rule="selection.independence",
            source="iso-17021-1@2015#5.2",
        )
    return role


#: What a need of the scheme means for an answer, in both languages.
NEEDS: dict[str, dict[str, str]] = {
    "correction": {"en": "the correction", "zh": "纠正"},
    "cause": {"en": "the cause", "zh": "原因分析"},
    "plan": {"en": "a plan of corrective action with its day", "zh": "含完成日期的纠正措施计划"},
    "corrective_action": {"en": "the corrective action", "zh": "纠正措施"},
    "verification": {"en": "the verification of its effect", "zh": "有效性验证"},
}


def lacking(finding: Finding, answer: Mapping[str, Any], *, verified: bool) -> list[str]:
    """Return the needs of a finding's grade that an answer leaves open, as words of the scheme."""
    needs = finding.case.scheme.definition.finding(finding.grade).needs
    given = {
        "correction": bool(str(answer.get("correction") or "").strip()),
        "cause": bool(str(answer.get("cause") or "").strip()),
        "plan": bool(str(answer.get("corrective_action") or "").strip()) and answer.get("done_by") is not None,
        "corrective_action": bool(str(answer.get("corrective_action") or "").strip()),
        "verification": verified,
    }
    return [need for need in needs if not given[need]]


def outputs_missing(activity: Activity, *, report: str, facts: Mapping[str, Any]) -> list[Check]:
    """Return what the scheme demands of an activity before it can be completed and is not there: outputs and
    evidence."""
    table = table_of(activity)
    kinds = set(activity.evidence.values_list("kind", flat=True))
    attended = attendance_complete(activity)
    there = {
        "report": bool(report.strip()),
        "statement": bool(report.strip()),
        "findings": bool(report.strip()) or activity.findings.exists(),
        "test_report": activity.test_lines.exists(),
        "score": any(name.split(".")[0] in ("exam", "score", "cpd", "practice") for name in facts)
        or activity.test_lines.exists(),
        "samples": "sample_record" in kinds,
        "attendance": attended or "attendance" in kinds,
    }
    found = [
        Check(
            _("{output} is missing."),
            {"output": OUTPUTS[word]},
            "activity.outputs",
            cite(table),
            False,
            _("whoever carries out the activity"),
        )
        for word in table.outputs
        if not there[word]
    ]
    found += [
        Check(
            _("{evidence} must be filed as evidence."),
            {"evidence": EVIDENCE[word]},
            "activity.evidence",
            cite(table),
            False,
            _("whoever carries out the activity"),
        )
        for word in table.evidence
        if word not in kinds and not (word == "attendance" and attended)
    ]
    return found


def attendance_complete(activity: Activity) -> bool:
    """Say whether somebody of the team signed in and out on the activity's visit."""
    if activity.visit_id is None:
        return False
    return activity.visit.attendances.filter(left_at__isnull=False).exists()  # type: ignore[union-attr]


OUTPUTS: dict[str, dict[str, str]] = {
    "report": {"en": "The report", "zh": "报告"},
    "statement": {"en": "The statement", "zh": "声明"},
    "findings": {"en": "The statement of findings (also that there are none)", "zh": "发现的说明（含无发现的说明）"},
    "test_report": {"en": "The test report, line by line", "zh": "逐项检测结果"},
    "score": {"en": "The score", "zh": "评分结果"},
    "samples": {"en": "The record of samples", "zh": "样品记录"},
    "attendance": {"en": "The record of attendance (signed in and out)", "zh": "到场记录（签到与签退）"},
}
EVIDENCE: dict[str, dict[str, str]] = {
    "attendance": {"en": "Attendance", "zh": "到场记录"},
    "checklist": {"en": "A checklist", "zh": "检查表"},
    "documents": {"en": "Documents", "zh": "文件资料"},
    "photographs": {"en": "Photographs", "zh": "照片"},
    "raw_data": {"en": "Raw data", "zh": "原始数据"},
    "sample_record": {"en": "A record of samples", "zh": "样品记录"},
    "answers": {"en": "The answers of the examination", "zh": "试卷答案"},
    "interview_notes": {"en": "Notes of the interview", "zh": "面谈（见证）记录"},
}
