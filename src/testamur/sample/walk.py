"""Walk a path of the functional approach through the platform's own actions, whatever the scheme.

What differs between a licence, a registration and a certificate is data: the scheme's file, and the :class:`Path` of
answers, people and days. There is no code for any one scheme here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from testamur.attestation import actions as attestation
from testamur.decision import actions as decision
from testamur.decision import queries as decisions
from testamur.decision.models import Decision
from testamur.determination import actions as determination
from testamur.determination.models import Activity, Finding
from testamur.journal.models import Event
from testamur.kernel import clock, days
from testamur.parties.models import Membership
from testamur.register.models import Attestation
from testamur.review import actions as review
from testamur.sample import papers
from testamur.sample.founding import World
from testamur.selection import actions as selection
from testamur.selection.models import Case
from testamur.selection.scope import agreed_scope

Told = Callable[[str, Case | None, list[Event]], None]


REASONS = {
    "en": "The evidence shows that the requirements are fulfilled within the scope.",
    "zh": "证据表明在所示范围内符合要求。",
}


@dataclass
class Work:
    """One activity of the scheme as it is done.

    Attributes:
        activity: id of the scheme's ``[[activity]]``.
        people: key of the cast → role of the scheme; the first one leads and records.
        first, last: days of the work.
        firm: key of who is visited, None at the desk; ``sites`` says which (all when empty).
        performer: key of who does it, where it is not the issuer.
        facts: what conditions will ask, e.g. ``{"exam.percent": 82}``.
        tests: lines of a test report: (clause, method, result, limit, passed).
        findings: (grade, clauses, statement, what was seen).
        answers: what the client replies, one for each finding that needs an answer; in order.
        witnesses: the activity of another body's case that is watched.
        where: the place, where the scheme leaves it open.
    """

    activity: str
    people: dict[str, str]
    first: date
    last: date
    firm: str | None = None
    sites: tuple[int, ...] = ()
    performer: str | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    tests: tuple[tuple[str, str, str, str, bool], ...] = ()
    findings: tuple[tuple[str, tuple[str, ...], str, str], ...] = ()
    answers: tuple[tuple[str, str, str], ...] = ()
    witnesses: Activity | None = None
    where: str = ""


@dataclass
class Path:
    """Everything a path needs that is not in the scheme."""

    scheme: str
    issuer: str
    applicant: str  # key of the cast: who applies
    answers: dict[str, Any]
    statement: dict[str, str]
    work: tuple[Work, ...]
    officer: str  # who reviews the application and plans
    reviewer: str
    decider: str
    attestor: str
    opened: date
    accepted: date
    agreed: date
    reviewed: date
    decided: date
    issued: date
    committee: tuple[str, ...] = ()  # who reviews together with the reviewer, where the scheme wants several
    signers: dict[str, str] = field(default_factory=dict)  # role → key of the cast
    files: dict[str, str] = field(default_factory=dict)  # field → title of the paper
    person: bool = False  # the applicant applies for themselves
    competence: tuple[tuple[str, str, list[dict[str, Any]]], ...] = ()  # (person, role, scope lines)
    adjustments: tuple[dict[str, Any], ...] = ()
    sub_certificates: tuple[int, ...] = ()  # places in the list of sites that get one of their own
    scope: list[dict[str, Any]] | None = None  # scope lines where the answers alone do not propose them
    reasons: dict[str, str] = field(default_factory=lambda: dict(REASONS))


MORNING = 9


@contextmanager
def on(day: date, hour: int = MORNING, minute: int = 0) -> Iterator[datetime]:
    """Stand at an hour of a day in China, and say which instant that is."""
    instant = datetime.combine(day, time(hour, minute), tzinfo=days.zone("CN")).astimezone(UTC)
    with clock.travel(instant):
        yield instant


class Walk:
    """Walks paths in one world, telling each step with the events it left."""

    def __init__(self, world: World, told: Told | None = None) -> None:
        self.world = world
        self._told = told or (lambda _sentence, _case, _events: None)
        self._last = Event.objects.order_by("-id").values_list("id", flat=True).first() or 0

    # -------------------------------------------------------------- telling

    def told(self, sentence: str, case: Case | None = None) -> None:
        """Tell a step with the events recorded since the last one."""
        events = list(Event.objects.filter(id__gt=self._last).select_related("entry").order_by("id"))
        if events:
            self._last = events[-1].id
        self._told(sentence, case, events)

    def member(self, key: str) -> Membership:
        """Return the membership of somebody of the cast."""
        return self.world.members[key]

    # -------------------------------------------------------------- the path

    def whole(self, path: Path) -> list[Attestation]:
        """Walk a path from application to attestation; returns what was attested, one for each case of the group."""
        case = self.apply(path)
        self.accept(path, case)
        self.plan(path, case)
        self.determine(path, case)
        return self.conclude(path, case)

    def conclude(self, path: Path, case: Case) -> list[Attestation]:
        """Review, decide, sign and issue every case of a group."""
        made = []
        for one in case.group:
            one.refresh_from_db()
            self.review(path, one)
            self.decide(path, one)
            made.append(self.issue(path, one))
        return made

    def apply(self, path: Path, *, submit: bool = True) -> Case:
        """Open a case, fill in the application, attach what is asked for, hand it in."""
        by = self.member(path.applicant)
        scheme = self.world.schemes[path.scheme]
        client = {"person": by.person} if path.person else {"client": by.organisation}
        with on(path.opened) as at:
            case = selection.open_case(
                scheme=scheme, issuer=self.world.firms[path.issuer], occasion="initial", by=by, at=at, **client
            )
            application = case.leader.application
            for name, title in path.files.items():
                selection.attach(
                    application=application, field=name, content=papers.pdf(title), name=f"{name}.pdf", by=by, at=at
                )
            application.refresh_from_db()
            selection.save_draft(
                application=application, answers=path.answers, version=application.version, by=by, at=at
            )
            application.refresh_from_db()
            if submit:
                selection.submit(application=application, version=application.version, by=by, at=at)
        case.refresh_from_db()
        self.told("Application handed in" if submit else "Application begun", case)
        return case

    def accept(self, path: Path, case: Case) -> None:
        """Answer the review questions as the scheme wants them, calculate the time, accept."""
        by = self.member(path.officer)
        with on(path.accepted) as at:
            for one in case.group:
                one.refresh_from_db()
                answers = {question.id: question.must_be is not False for question in one.scheme.definition.questions}
                selection.review_application(
                    case=one,
                    answers=answers,
                    adjustments=path.adjustments,
                    accepted=True,
                    scope=path.scope,
                    statement=path.statement,
                    by=by,
                    at=at,
                )
        case.refresh_from_db()
        self.told("Application reviewed and accepted", case)

    def plan(self, path: Path, case: Case) -> None:
        """Judge competence where it is not yet, plan visits, put people on the team, agree."""
        by = self.member(path.officer)
        group = case.group
        with on(path.agreed, 9) as at:
            for key, role, scope in path.competence:
                selection.judge_competence(
                    person=self.world.people[key],
                    organisation=self.world.firms[path.issuer],
                    role=role,
                    scope=scope,
                    evidence="Sample file of the person",
                    from_day=path.agreed - timedelta(days=60),
                    by=by,
                    at=at,
                )
            for work in path.work:
                self._plan_work(path, group, work, by, at)
            for one in group:
                one.refresh_from_db()
                self._call_committee(path, one, by, at)
            if case.scheme.definition.team is not None:
                for one in group if not case.integrated_id else [case]:
                    selection.propose_plan(case=one, by=by, at=at)
        if case.scheme.definition.team is not None:
            with on(path.agreed, 14) as at:
                for one in group if not case.integrated_id else [case]:
                    plan = one.plans.order_by("-proposal").first()
                    assert plan is not None
                    selection.agree(plan=plan, by=self.member(path.applicant), at=at)
        with on(path.agreed, 15) as at:
            for one in group:
                one.refresh_from_db()
                selection.start_determination(case=one, by=by, at=at)
        case.refresh_from_db()
        self.told("Team and plan agreed", case)

    def _plan_work(self, path: Path, group: list[Case], work: Work, by: Membership, at: datetime) -> None:
        table = group[0].scheme.definition.activity(work.activity)
        where = work.where or (
            "on_site" if table.where == "either" and work.firm else "desk" if table.where == "either" else table.where
        )
        visited = self.world.firms[work.firm] if work.firm else None
        sites = list(visited.sites.all()) if visited else []
        chosen = [sites[place] for place in work.sites] if work.sites else sites
        selection.plan_visit(
            work=[(one, work.activity, None) for one in group],
            visited=visited,
            sites=chosen if where == "on_site" else [],
            where=where,
            from_day=work.first,
            until_day=work.last,
            performer=self.world.firms[work.performer] if work.performer else None,
            by=by,
            at=at,
        )
        for one in group:
            one.refresh_from_db()
            for key, role in work.people.items():
                standing = one.assignments.filter(membership=self.member(key), role=role, removed_at=None).first()
                first = min(work.first, standing.from_day) if standing and standing.from_day else work.first
                last = max(work.last, standing.until_day) if standing and standing.until_day else work.last
                selection.assign(
                    case=one, membership=self.member(key), role=role, from_day=first, until_day=last, by=by, at=at
                )

    def _call_committee(self, path: Path, case: Case, by: Membership, at: datetime) -> None:
        """Put reviewers of other organisations on the case; the issuer's own review by their office."""
        role = case.scheme.definition.review.by[0]
        if case.scheme.definition.role(role).side == "issuer":
            return
        for key in (path.reviewer, *path.committee):
            selection.assign(
                case=case, membership=self.member(key), role=role, from_day=path.reviewed, until_day=path.reviewed,
                by=by, at=at,
            )  # fmt: skip

    def determine(self, path: Path, case: Case, *, finish: bool = True) -> None:
        """Do every activity, let the client answer findings and verify the answers."""
        for work in path.work:
            self.do(path, case, work)
        if finish:
            self.finish(path, case)

    def finish(self, path: Path, case: Case) -> None:
        """Close determination of every case of the group."""
        last = path.work[-1]
        with on(max(last.last, path.reviewed - timedelta(days=1)), 16) as at:
            for one in case.group:
                one.refresh_from_db()
                determination.finish(case=one, by=self.member(next(iter(last.people))), at=at)
        case.refresh_from_db()
        self.told("Determination finished", case)

    def do(self, path: Path, case: Case, work: Work) -> list[Activity]:
        """Do one activity for every case of the group, in one visit."""
        by = self.member(next(iter(work.people)))
        planned = case.planned.filter(activity=work.activity, visit__cancelled_at=None).order_by("-id").first().visit
        definition = case.scheme.definition
        table = definition.activity(work.activity)
        with on(work.first, 9) as at:
            visit = determination.start_visit(planned=planned, by=by, at=at)
            site = planned.sites.first()
            for key in work.people:
                determination.sign_in(visit=visit, person=self.world.people[key], site=site, at=at, by=self.member(key))
            activities = []
            for one in case.group:
                one.refresh_from_db()
                activities.append(
                    determination.start_activity(
                        case=one,
                        activity=work.activity,
                        visit=visit,
                        performer=self.world.firms[work.performer] if work.performer else None,
                        witnesses=work.witnesses,
                        by=by,
                        at=at,
                    )
                )
        with on(work.last, 15) as at:
            for activity in activities:
                self._record(activity, table, work, by, at)
            for key in work.people:
                determination.sign_out(visit=visit, person=self.world.people[key], at=at, by=self.member(key))
        with on(work.last, 17) as at:
            for activity in activities:
                activity.refresh_from_db()
                determination.complete_activity(
                    activity=activity,
                    ended_on=work.last,
                    report=f"{table.title['en']}: done as planned. / {table.title['zh']}：按计划完成。",
                    facts=work.facts,
                    passed=True,
                    by=by,
                    at=at,
                )
            determination.end_visit(visit=visit, by=by, at=at)
        self.told(f"{table.title['en']} done", case)
        self.close_findings(path, case, work)
        return activities

    def _record(self, activity: Activity, table: Any, work: Work, by: Membership, at: datetime) -> None:
        for place, kind in enumerate(table.evidence):
            content, name = (
                (papers.png(place), f"{kind}.png")
                if kind == "photographs"
                else (papers.pdf(f"{kind} of {work.activity}", (str(activity.case.number),)), f"{kind}.pdf")
            )
            determination.record_evidence(
                activity=activity,
                kind=kind,
                title=f"{kind.replace('_', ' ').capitalize()}",
                content=content,
                name=name,
                by=by,
                at=at,
            )
        if work.tests:
            determination.record_test(
                activity=activity,
                lines=[
                    {
                        "clause": clause,
                        "method": method,
                        "result": result,
                        "limit": limit,
                        "passed": passed,
                        "tested_on": work.last,
                    }
                    for clause, method, result, limit, passed in work.tests
                ],
                by=by,
                at=at,
            )
        for grade, clauses, statement, seen in work.findings:
            if grade in {row.id for row in activity.case.scheme.definition.findings}:
                determination.raise_finding(
                    activity=activity, grade=grade, clauses=list(clauses), statement=statement, seen=seen, by=by, at=at
                )

    def close_findings(self, path: Path, case: Case, work: Work) -> None:
        """The client answers each finding that needs it, and who raised it verifies."""
        if not work.answers:
            return
        by = self.member(next(iter(work.people)))
        for one in case.group:
            findings = [
                row
                for row in Finding.objects.filter(case=one, activity__activity=work.activity)
                if one.scheme.definition.finding(row.grade).needs
            ]
            for finding, words in zip(findings, work.answers * len(findings), strict=False):
                correction, cause, action = words
                with on(work.last + timedelta(days=14)) as at:
                    answer = determination.answer_finding(
                        finding=finding,
                        correction=correction,
                        cause=cause,
                        corrective_action=action,
                        done_by=work.last + timedelta(days=14),
                        files=[(papers.pdf(f"Answer to {finding.number}"), f"{finding.number}.pdf")],
                        by=self.member(path.applicant),
                        at=at,
                    )
                with on(work.last + timedelta(days=17)) as at:
                    determination.verify_answer(
                        answer=answer, accepted=True, verified=True, how="Records and photographs seen.", by=by, at=at
                    )
        self.told("Findings answered and verified", case)

    def review(self, path: Path, case: Case, *, recommends: bool = True) -> None:
        """Review the dossier and recommend; a committee one after the other."""
        for hour, key in enumerate((path.reviewer, *path.committee), start=MORNING):
            with on(path.reviewed, hour) as at:
                review.review(
                    case=case,
                    recommends=recommends,
                    outcome="grant",
                    reasons="Evidence is sufficient and suitable for each requirement.",
                    statement=path.statement,
                    scope=agreed_scope(case),
                    by=self.member(key),
                    at=at,
                )
        self.told("Dossier reviewed", case)

    def decide(self, path: Path, case: Case) -> Decision:
        """Decide, and gather the signatures that the scheme wants."""
        with on(path.decided) as at:
            made = decision.decide(
                case=case, outcome="grant", reasons=path.reasons, by=self.member(path.decider), at=at
            )
        assert isinstance(made, Decision)
        self.told("Decided", case)
        with on(path.decided, 15) as at:
            for role in decisions.roles_to_sign(made):
                decision.sign(decision=made, role=role, by=self.member(path.signers[role]), at=at)
        return made

    def issue(self, path: Path, case: Case) -> Attestation:
        """Carry the decision out: number, edition, credential, log."""
        case.refresh_from_db()
        made = case.decisions.order_by("-id").first()
        assert made is not None
        sites = list(case.client.sites.all()) if case.client else []
        with on(path.issued) as at:
            attestation.carry_out(
                decision=made,
                sites=[sites[place] for place in path.sub_certificates],
                by=self.member(path.attestor),
                at=at,
            )
        case.refresh_from_db()
        self.told("Attested", case)
        assert case.attestation is not None
        return case.attestation

    def show_authority(self, one: Attestation, by: str, day: date) -> None:
        """Issue a new edition that shows an authority which the issuer gained."""
        with on(day) as at:
            attestation.change(
                attestation=one,
                reason="authority",
                reasons={"en": "The body is now accredited for this scope.", "zh": "机构已就该范围获得认可。"},
                by=self.member(by),
                at=at,
            )
        self.told("New edition with the accreditation")
