"""The management system of the sample works: objectives, documents, audits with a gap, a review, suppliers."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from testamur.improvement.actions import audits, documents, objectives, processes, reviews, suppliers, versions
from testamur.improvement.models import ControlledDocument, DocumentVersion, Process
from testamur.improvement.queries.inputs import TOPICS
from testamur.kernel import clock
from testamur.parties import actions as parties
from testamur.parties.models import Membership
from testamur.sample import papers
from testamur.sample.founding import OPERATOR
from testamur.sample.walk import Walk, on

#: Statement, indicator, unit, better, start, target, how, values by month; the last two are drafts.
OBJECTIVES = (
    ("减少车削件退货 / Fewer returns of turned parts", "退货批次率 / returned lots", "%", "less", "2.4", "1.2",
     "每批首末件全检；夜班培训。 / First and last piece of each lot; training by night.",
     ("2.3", "2.1", "2.2", "1.9", "1.8", "1.7", "1.5", "1.5", "1.4", "1.3")),
    ("准时交付 / Delivery on the agreed day", "准时交付率 / on-time deliveries", "%", "more", "91", "97",
     "每周排产会；瓶颈设备双班。 / Weekly planning; two shifts at the bottleneck.",
     ("91.5", "92.0", "92.4", "91.8", "92.1", "92.9", "93.0", "93.4", "93.1", "93.6")),
    ("缩短换型时间 / Shorter change-over", "换型时间 / change-over", "min", "less", "48", "30",
     "换型步骤拆分内外；工装车。 / Split inner and outer steps; a tool trolley.",
     ("46", "45", "41", "40", "38", "37", "35", "33", "32", "30")),
    ("更快答复投诉 / Faster answers to complaints", "首次答复天数 / days to first answer", "d", "less", "6", "2",
     "投诉当日登记并指定负责人。 / Entered and given to somebody on the day.",
     ("5.5", "5", "4.5", "4", "4", "3.5", "3", "3", "2.8", "2.6")),
    ("提高员工质量意识 / Better awareness of quality", "", "", "more", "", "", "", ()),
    ("成为客户首选 / Be our customers' first choice", "顾客评分 / customers' score", "", "more", "", "", "", ()),
)  # fmt: skip
#: Document: number, title, kind, number of approved versions, whether one more waits for approval.
DOCUMENTS = (
    ("QM-01", "质量手册 / Quality manual", "policy", 1, False),
    ("QP-05", "成品放行 / Release of lots", "procedure", 2, False),
    ("WI-112", "外圆车削首件检验 / First piece of turned diameters", "instruction", 1, True),
    ("QF-31", "首件检验记录 / Record of the first piece", "form", 1, False),
    ("EX-04", "顾客图样管理 / Drawings of customers", "external", 1, False),
)
PROCESSES = ("采购 / Purchasing", "车削 / Turning", "检验放行 / Inspection and release", "夜班 / Night shift")


def keep(walk: Walk) -> None:
    """Let the sample works keep its management system through the year, up to a gap and a version that waits."""
    manager = walk.member("applicant")
    with on(date(2026, 1, 12)) as at:
        inspector = _colleague(walk, "Chen", "陈", ["quality"], {"en": "Head of inspection", "zh": "检验主管"}, at)
        planner = _colleague(walk, "Guo", "郭", ["quality"], {"en": "Production planning", "zh": "生产计划"}, at)
        shift = _colleague(walk, "Lu", "陆", ["application"], {"en": "Night shift", "zh": "夜班班长"}, at)
        owners = (planner, planner, inspector, planner)
        steps = [
            processes.keep_process(name=name, owner=owner, by=manager, at=at)
            for name, owner in zip(PROCESSES, owners, strict=True)
        ]
    _objectives(manager, planner, steps[1])
    release = _documents(manager, inspector, planner, shift)
    _audits(manager, inspector, planner, steps)
    _suppliers(walk, manager)
    _review(manager, inspector, planner)
    with on(date(2026, 11, 16)) as at:
        versions.train(
            version=release, trained=shift, trained_on=date(2026, 11, 13), trainer="示例陈 / Sample Chen", by=manager,
            at=at, checked="10件独立测量，全部一致 / Ten parts measured alone, all alike", effective=True,
        )  # fmt: skip
    walk.told("The works keeps its management system; nobody audits the night shift")


def _colleague(walk: Walk, en: str, zh: str, functions: list[str], title: dict[str, str], at: datetime) -> Membership:
    person = parties.add_person(names={"en": f"Sample {en}", "zh": f"示例{zh}"}, by=OPERATOR, at=at)
    return parties.add_membership(
        person=person,
        organisation=walk.world.firms["precision"],
        functions=functions,
        title=title,
        by=OPERATOR,
        at=at,
    )


def _objectives(manager: Membership, planner: Membership, turning: Process) -> None:
    for place, (statement, indicator, unit, better, start, target, means, values) in enumerate(OBJECTIVES):
        with on(date(2026, 1, 15)) as at:
            made = objectives.draft_objective(
                terms=objectives.Terms(
                    statement=statement, owner=planner if place == 1 else manager, indicator=indicator, unit=unit,
                    better=better, start=Decimal(start) if start else None,
                    start_on=date(2026, 1, 1) if start else None, target=Decimal(target) if target else None,
                    target_on=date(2026, 12, 31) if target else None, means=means,
                    process=turning if place in (0, 2) else None,
                ),
                by=manager, at=at,
            )  # fmt: skip
            if not values:
                continue
            objectives.agree_objective(objective=made, by=manager, at=at)
        for month, value in enumerate(values, 1):
            with on(date(2026, month + 1, 3)) as at:
                objectives.measure_objective(
                    objective=made, value=Decimal(value), measured_on=date(2026, month + 1, 1),
                    source="月度质量报告 / monthly quality report", by=manager, at=at,
                )  # fmt: skip


def _documents(manager: Membership, inspector: Membership, planner: Membership, shift: Membership) -> DocumentVersion:
    approved = {}
    for number, title, kind, times, waits in DOCUMENTS:
        with on(date(2026, 1, 19)) as at:
            made = documents.register_document(
                number=number, title=title, kind=kind, keeper=manager, by=manager, at=at, review_months=12
            )
            documents.distribute(document=made, member=shift, by=manager, at=at)
            documents.distribute(document=made, function="quality", by=manager, at=at)
        for time in range(times):
            day = date(2026, 2 + 6 * time, 2)
            with on(day) as at:
                version = _submitted(made, inspector, time + 1)
                approved[number] = versions.approve_version(version=version, in_force_on=day, by=manager, at=at)
            with on(day, 10) as at:
                for reader in (manager, inspector, planner):
                    versions.acknowledge(version=approved[number], by=reader, at=at)
        if waits:
            with on(date(2026, 11, 18)):
                _submitted(made, inspector, times + 1)
    return approved["QP-05"]


def _submitted(made: ControlledDocument, author: Membership, number: int) -> DocumentVersion:
    at = clock.now()
    changed = "首版 / First version" if number == 1 else "增加夜班放行的检查 / Checks for release by night added"
    version = versions.add_version(
        document=made,
        content=papers.pdf(f"Sample {made.number}", (f"Version {number}",)),
        name=f"{made.number}.pdf",
        changed=changed,
        by=author,
        at=at,
    )
    return versions.submit_version(version=version, by=author, at=at)


def _audits(manager: Membership, inspector: Membership, planner: Membership, steps: list[Process]) -> None:
    purchasing, turning, release, _night = steps
    with on(date(2026, 1, 26)) as at:
        programme = audits.begin_programme(
            title="2026年内部审核 / Internal audits 2026", first_day=date(2026, 1, 1), last_day=date(2026, 12, 31),
            processes=steps, by=manager, at=at,
        )  # fmt: skip
        plans = [
            (inspector, date(2026, 4, 14), [turning, purchasing], ["4.4", "6.1", "6.2", "7.1", "7.2", "8.4", "8.5"]),
            (planner, date(2026, 6, 9), [release], ["7.5", "8.2", "8.6", "8.7", "9.1", "10.2"]),
            (inspector, date(2026, 12, 8), [purchasing], ["4.1", "4.2", "4.3", "5.1", "5.2", "5.3", "6.3", "7.3",
                                                             "7.4", "8.1", "8.3", "9.2", "9.3", "10.1", "10.3"]),
        ]  # fmt: skip
        made = [
            audits.plan_audit(programme=programme, auditor=who, planned_on=day, processes=where, clauses=clauses,
                              by=manager, at=at)
            for who, day, where, clauses in plans
        ]  # fmt: skip
    with on(date(2026, 4, 14), 16) as at:
        audits.record_finding(
            audit=made[0], kind="observation", process=turning, clause="7.2",
            statement="夜班培训记录不全 / Training records of the night shift have gaps",
            seen="6人中2人无记录 / 2 of 6 people without a record", by=inspector, at=at,
        )  # fmt: skip
        audits.report_audit(
            audit=made[0], held_on=date(2026, 4, 14), by=inspector, at=at,
            conclusion="过程受控，培训记录需补全。 / Under control; training records have to be completed.",
        )  # fmt: skip
        audits.close_audit(audit=made[0], by=manager, at=at)
    with on(date(2026, 6, 9), 16) as at:
        audits.record_finding(
            audit=made[1], kind="nonconformity", process=release, clause="8.6",
            statement="14批未经测量放行 / 14 lots released without measurement",
            seen="5月放行单第31至44号 / release slips 31 to 44 of May", by=planner, at=at,
        )  # fmt: skip
        audits.report_audit(
            audit=made[1], held_on=date(2026, 6, 9), by=planner, at=at,
            conclusion="放行控制在夜班失效。 / Control of release fails by night.",
        )  # fmt: skip


def _suppliers(walk: Walk, manager: Membership) -> None:
    springs = walk.world.firms["springs"]
    rows = (
        ("示例弹簧制造 / Sample Spring Makers", "压缩弹簧 / compression springs", "high", "approved", (92, 88, 90)),
        ("示例钢材贸易 / Sample Steel Trading", "圆钢 / round bars", "medium", "conditional", (81, 74, 85)),
        (
            "示例计量服务 / Sample Calibration Services",
            "量具校准 / calibration of gauges",
            "low",
            "approved",
            (99, 95, 97),
        ),
    )
    with on(date(2026, 3, 9)) as at:
        for place, (name, supplies, risk, outcome, (quality, delivery, service)) in enumerate(rows):
            made = suppliers.keep_supplier(name=name, supplies=supplies, risk=risk, keeper=manager, by=manager, at=at)
            suppliers.decide_on_supplier(
                supplier=made, outcome=outcome, reasons="现场评价与样件 / Visited; samples measured", by=manager, at=at
            )
            suppliers.score_supplier(
                supplier=made, scored_on=date(2026, 3, 6), quality=quality, delivery=delivery, service=service,
                basis="2025年交付批次 / lots delivered in 2025", by=manager, at=at,
            )  # fmt: skip
            if place == 0:
                paper = springs.held.select_related("current").first()
                suppliers.watch_certificate(supplier=made, number=paper.current.number, by=manager, at=at)


def _review(manager: Membership, inspector: Membership, planner: Membership) -> None:
    with on(date(2026, 7, 14)) as at:
        made = reviews.plan_review(
            held_on=date(2026, 7, 14), chair=manager, attendees="吴、陈、郭 / Wu, Chen, Guo", by=manager, at=at
        )
        made = reviews.freeze_inputs(review=made, by=manager, at=at)
        known = {row["key"] for row in made.inputs if row["lines"]}
        for topic in TOPICS:
            if topic.key not in known:
                reviews.remark(review=made, topic=topic.key, by=manager, at=at,
                               text="已讨论，暂无需采取措施。 / Discussed; nothing to do for now.")  # fmt: skip
        for kind, text, owner, due in (
            ("resources", "购置一台气动量仪 / Buy an air gauge", inspector, date(2026, 9, 30)),
            ("improvement", "审核夜班 / Audit the night shift", manager, date(2026, 11, 30)),
            ("change", "夜班放行须双人签字 / Two signatures for release by night", planner, date(2026, 10, 15)),
        ):
            reviews.decide(review=made, kind=kind, text=text, owner=owner, due_on=due, by=manager, at=at)
        reviews.close_review(
            review=made, by=manager, at=at,
            conclusion="体系适宜、充分；夜班放行不够有效。 / Suitable, adequate; by night release is not effective.",
        )  # fmt: skip
    with on(date(2026, 9, 21)) as at:
        reviews.finish_decision(
            decision=made.decisions.get(number=1), done_on=date(2026, 9, 18),
            result="已购置并校准 / Bought and calibrated", by=inspector, at=at,
        )  # fmt: skip
