"""A body with its licence and people, a laboratory, a client, and the real schemes of the library: what a case
needs."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from functools import cache, cached_property
from typing import Any

from small_world import PLATFORM, given, instant, member, organisation
from testamur.determination import actions as determination
from testamur.determination.models import Activity, Visit
from testamur.files.models import StoredFile
from testamur.kernel import clock
from testamur.parties.actions import add_site, name_root
from testamur.parties.models import Membership, Organisation, Person
from testamur.requirements.models import Crosswalk, Node, Tree
from testamur.schemes.language.definition import Definition
from testamur.schemes.language.library import Library
from testamur.schemes.models import Scheme
from testamur.selection import actions as selection
from testamur.selection.models import Application, Case, Plan, PlannedVisit

TODAY = date(2026, 3, 2)  # a Monday
QMS, EMS = "gbt-19001@2016", "gbt-24001@2016"
TEAM = ("determination", "surveillance")
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01" + b"\x00" * 64 + b"\xff\xd9"
USCC = "91350100M000100Y43"


def at(day: date, hour: int = 1, minute: int = 0) -> datetime:
    """Return an instant, UTC; hour 1 is nine o'clock in China."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)


LIBRARY = Library()


@cache
def definition(ident: str) -> Definition:
    """Read a scheme of the library once for all tests; publishing it is tested where it is built."""
    return LIBRARY.load(f"{ident}@2026-1")


def hold_trees() -> None:
    """Hold the library's trees and crosswalks, in a few statements."""
    words = LIBRARY.words
    for tree in words.trees.values():
        row = Tree.objects.create(key=tree.key, name=tree.name, edition=tree.edition, title=tree.title)
        made = {node.code: Node(tree=row, code=node.code, title=node.title) for node in tree.nodes.values()}
        Node.objects.bulk_create(made.values())
        for node in tree.nodes.values():
            made[node.code].parent = made.get(node.parent or "")
        Node.objects.bulk_update([node for node in made.values() if node.parent], ["parent"])
    keys = {tree.name: tree.key for tree in words.trees.values()}
    Crosswalk.objects.bulk_create(
        Crosswalk(
            key=walk.key,
            from_tree=keys.get(walk.from_tree, walk.from_tree),
            to_tree=keys.get(walk.to_tree, walk.to_tree),
            rows=[list(row) for row in walk.rows],
            effective_from=walk.effective_from,
            source=walk.source,
            digest="-",
        )
        for walk in words.crosswalks
    )


@contextmanager
def on(day: date):
    """Work on a day: the clock stands at nine in China, and the instant is given."""
    with clock.travel(day):
        yield at(day)


class ProcessWorld:
    """Regulator (root) → licence → body with people; registrar → auditors; laboratory with its qualification;
    a client."""

    def __init__(self) -> None:
        start = instant(date(2024, 1, 1))
        hold_trees()
        self.regulator = organisation("Regulator")
        self.registrar = organisation("Registrar")
        self.body = organisation("Body")
        self.laboratory = organisation("Laboratory")
        self.client = organisation("Rings", region="350100")
        self.stranger = organisation("Stranger")
        name_root(organisation=self.regulator, by=PLATFORM, at=start)
        self.applicant = member(self.client, "application", "administration", name="Wu")
        self.planner = member(self.body, "application", "selection", name="Zhao")
        self.lead = member(self.body, *TEAM, name="Lin")
        self.auditor = member(self.body, *TEAM, name="Hu")
        self.reviewer = member(self.body, "review", name="Qian")
        self.decider = member(self.body, "decision", name="Sun")
        self.officer = member(
            self.regulator, "supervision", "application", "selection", "determination", "status", name="Feng"
        )
        self.outsider = member(self.stranger, "application", "selection", *TEAM, name="Zhou")
        competence = self.scheme("competence-authority")
        for holder in (self.registrar, self.regulator):
            given(
                competence,
                issuer=self.regulator,
                holder=holder,
                lines=[{"function": "all", "territory": "all", "field": "all"}],
            )
        self.licence = given(
            self.scheme("licence-certification-body"),
            issuer=self.regulator,
            holder=self.body,
            lines=[{"field": self.node("fields", one)} for one in ("system.qms", "system.ems", "product.16.lamps")],
        )
        for one in (self.lead, self.auditor):
            self.register(one.person)
            self.competent(one.person, "lead_auditor" if one is self.lead else "auditor")

    @staticmethod
    def node(tree: str, code: str) -> dict[str, str]:
        from testamur.selection.scope import tree_key

        return {"tree": tree_key(tree), "node": code}

    def scheme(self, ident: str) -> Scheme:
        found = Scheme.objects.filter(scheme_id=ident).first()
        if found is None:
            read = definition(ident)
            found = Scheme.objects.create(
                scheme_id=read.id,
                version=read.version,
                title=read.title,
                body=read.to_json(),
                digest=read.digest,
                effective_from=read.scheme.effective_from,
                effective_to=read.scheme.effective_to,
                sample=True,
            )
        return found

    @cached_property
    def site(self) -> Any:
        return add_site(
            organisation=self.client,
            names={"en": "Sample Road works", "zh": "示例路工厂"},
            address={"en": "8 Sample Road"},
            by=self.applicant,
            at=at(date(2025, 1, 1)),
            headcount=102,
            central=True,
        )

    def register(
        self, person: Person, document: str = QMS, until: date = date(2028, 5, 2), grade: str = "auditor"
    ) -> Any:
        return given(
            self.scheme("person-auditor"),
            issuer=self.registrar,
            person=person,
            grade=grade,
            until=until,
            lines=[
                {
                    "document": self.node("documents", document),
                    "body": {"tree": "organisations", "node": self.body.public_id},
                }
            ],
        )

    def competent(
        self,
        person: Person,
        role: str,
        *,
        sectors: tuple[str, ...] = ("17", "18"),
        documents: tuple[str, ...] = (QMS, EMS),
        from_day: date = date(2024, 1, 1),
        until_day: date | None = None,
        organisation: Organisation | None = None,
    ) -> Any:
        lines: list[dict[str, Any]] = [{"document": self.node("documents", one)} for one in documents]
        lines += [{"sector": self.node("sectors", one)} for one in sectors]
        return selection.judge_competence(
            person=person,
            organisation=organisation or self.body,
            role=role,
            scope=lines,
            evidence="witnessed 11 Mar 2025",
            from_day=from_day,
            until_day=until_day,
            by=PLATFORM,
            at=at(date(2024, 1, 1)),
        )

    def answers(self, **more: Any) -> dict[str, Any]:
        """Return good answers to the questions of cn-qms."""
        return {
            "applicant": {"id": self.client.public_id},
            "sites": [
                {
                    "names": {"en": "Road works", "zh": "示例路工厂"},
                    "address": {"en": "8 Sample Road"},
                    "headcount": 102,
                    "central": True,
                },
                {
                    "names": {"en": "Lane works", "zh": "示例巷工厂"},
                    "address": {"en": "3 Sample Lane"},
                    "headcount": 40,
                },
            ],
            "activities": "Machining of precision rings and sleeves",
            "nace": ["25.62"],
            "full_time": "118",
            "part_time": [{"n": 24, "hours": "20"}],
            "unskilled_similar": [{"n": 30, "counted": 12}],
            "system_started": "2025-03-03",
            "uscc": USCC,
            "legal_entity_valid": True,
            "licences_valid": True,
            "stop_order": False,
            "sampling_rectified": True,
            **more,
        }

    def open(self, scheme: str = "cn-qms", occasion: str = "initial", day: date = TODAY, **more: Any) -> Case:
        whole = {"issuer": self.body, "client": self.client, "by": self.applicant, **more}
        if "person" in whole:
            whole["client"] = None
        with on(day) as moment:
            return selection.open_case(scheme=self.scheme(scheme), occasion=occasion, at=moment, **whole)

    def fill_in(
        self,
        case: Case,
        day: date = TODAY,
        *,
        files: tuple[str, ...] = ("manual",),
        by: Membership | None = None,
        **answers: Any,
    ) -> Application:
        application = case.application
        with on(day) as moment:
            who = by or self.applicant
            selection.save_draft(
                application=application, answers=answers or self.answers(), version=None, by=who, at=moment
            )
            for field in files:
                selection.attach(
                    application=application, field=field, content=PDF, name=f"{field}.pdf", by=who, at=moment
                )
        application.refresh_from_db()
        return application

    def submitted(self, case: Case | None = None, day: date = TODAY, **answers: Any) -> Case:
        case = case or self.open(day=day)
        application = self.fill_in(case, day, **(self.answers(**answers)))
        with on(day) as moment:
            selection.submit(application=application, version=application.version, by=self.applicant, at=moment)
        case.refresh_from_db()
        return case

    def accepted(self, case: Case | None = None, day: date = TODAY, **more: Any) -> Case:
        case = case or self.submitted(day=day)
        questions = {one.id: True if one.must_be is None else one.must_be for one in case.scheme.definition.questions}
        with on(day) as moment:
            selection.review_application(
                case=case,
                answers=questions,
                adjustments=more.pop("adjustments", []),
                notes="",
                accepted=True,
                statement={"en": "Machining of rings and sleeves", "zh": "环套机械加工"},
                by=more.pop("by", self.planner),
                at=moment,
                **more,
            )
        case.refresh_from_db()
        return case

    def planned(self, case: Case | None = None, day: date = TODAY) -> Case:
        """Return a case whose visits are planned and whose team is assigned: stage 1 in nine days, stage 2 a
        week later."""
        case = case or self.accepted(day=day)
        first, second = day + timedelta(days=9), day + timedelta(days=16)
        with on(day) as moment:
            sites = list(self.client.sites.all())
            self.visit_one = selection.plan_visit(
                work=[(case, "stage1", "1.5")],
                visited=self.client,
                sites=sites[:1],
                where="on_site",
                from_day=first,
                until_day=first,
                by=self.planner,
                at=moment,
            )
            self.visit_two = selection.plan_visit(
                work=[(case, "stage2", "5")],
                visited=self.client,
                sites=sites,
                where="on_site",
                from_day=second,
                until_day=second + timedelta(days=2),
                by=self.planner,
                at=moment,
            )
            selection.assign(
                case=case,
                membership=self.lead,
                role="lead_auditor",
                from_day=first,
                until_day=second + timedelta(days=2),
                by=self.planner,
                at=moment,
            )
            selection.assign(
                case=case,
                membership=self.auditor,
                role="auditor",
                from_day=second,
                until_day=second + timedelta(days=2),
                by=self.planner,
                at=moment,
            )
        return case

    def agreed(self, case: Case | None = None, day: date = TODAY) -> Plan:
        case = case or self.planned(day=day)
        with on(day) as moment:
            plan = selection.propose_plan(case=case, by=self.planner, at=moment)
            return selection.agree(plan=plan, by=self.applicant, at=moment)

    def determining(self, day: date = TODAY) -> Case:
        case = self.agreed(day=day).case
        with on(day) as moment:
            return selection.start_determination(case=case, by=self.planner, at=moment)

    def begun(self, case: Case, planned: PlannedVisit, activity: str, day: date) -> tuple[Visit, Activity]:
        with on(day) as moment:
            visit = determination.start_visit(planned=planned, by=self.lead, at=moment)
            determination.sign_in(
                visit=visit,
                person=self.lead.person,
                site=planned.sites.first(),
                position="inside",
                by=self.lead,
                at=moment,
            )
            made = determination.start_activity(case=case, activity=activity, by=self.lead, at=moment, visit=visit)
        return visit, made

    def done(self, activity: Activity, day: date, kinds: tuple[str, ...] = ("documents",)) -> Activity:
        with on(day) as moment:
            later = moment + timedelta(hours=8)
            for kind in kinds:
                determination.record_evidence(
                    activity=activity,
                    kind=kind,
                    title=f"Sample {kind}",
                    content=PDF,
                    name=f"{kind}.pdf",
                    by=self.lead,
                    at=moment,
                )
            if activity.visit:
                determination.sign_out(visit=activity.visit, person=self.lead.person, by=self.lead, at=later)
            return determination.complete_activity(
                activity=activity, ended_on=day, report="What was audited, and how.", by=self.lead, at=later
            )

    today = TODAY
    visit_day = TODAY + timedelta(days=9)

    def audited(self) -> Case:
        """Return a case whose two stages are done, without findings."""
        self.determining()
        return self.audited_now()

    def audited_now(self) -> Case:
        """Do both stages of the case whose visits are planned."""
        case = self.visit_one.activities.get().case
        for planned, name, kinds in (
            (self.visit_one, "stage1", ("documents",)),
            (self.visit_two, "stage2", ("checklist", "documents")),
        ):
            _visit, activity = self.begun(case, planned, name, planned.from_day)
            self.done(activity, planned.from_day, kinds)
        case.refresh_from_db()
        return case


def stored(name: str) -> StoredFile:
    from testamur.files import actions as files

    return files.store(PDF + name.encode(), name=f"{name}.pdf")
