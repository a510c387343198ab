"""Where the sample enterprise stands: two check-ups, a plan, a folder, advice, and firms to compare with."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from testamur.diagnosis import actions, queries
from testamur.diagnosis.models import Assessment
from testamur.kernel.days import day_of
from testamur.parties import actions as parties
from testamur.parties.models import Membership
from testamur.sample.founding import OPERATOR, World
from testamur.sample.walk import on

#: Firms that take part in the comparison: English, Chinese, persons.
ALIKE = (
    ("Gear", "齿轮", 46),
    ("Bearing", "轴承", 120),
    ("Pump", "水泵", 88),
    ("Fastener", "紧固件", 61),
    ("Mould", "模具", 35),
    ("Stamping", "冲压", 150),
    ("Housing", "壳体", 74),
)
#: What the sample enterprise lacks: in March, and what of it is left in November.
GAPS = {
    "q5-3": "partly", "q6-1a": "no", "q6-2a": "partly", "q7-1d": "partly", "q7-2": "partly", "q8-7": "no",
    "q9-1a": "no", "q9-1b": "no", "q9-2a": "no", "q9-3a": "partly", "q10-2a": "partly", "q10-3a": "no",
}  # fmt: skip
LEFT = {"q6-2a": "partly", "q7-2": "partly", "q9-1b": "no", "q9-1c": "no", "q9-2a": "no", "q10-3a": "partly"}
#: What people typed stands in both languages, so that a reader of either understands it.
DESIGN = "图纸由客户提供，本厂不设计 / Drawings are the customer's; nothing is designed here"
PAPERS = (
    ("4.3", "体系范围，第3版 / Scope, issue 3", "质量手册第2页 / Quality manual, page 2"),
    ("5.2.2", "质量方针 / Quality policy", "厂门公示，2026年1月12日签发 / At the gate; signed on 12 January 2026"),
    ("7.1.5", "64件量具校准台账 / 64 gauges with their calibrations", "计量室，M-01卷 / Measuring room, file M-01"),
    ("8.4.1", "15家供方评价表 / Judgement of 15 suppliers", "采购部，E-07卷 / Purchasing, file E-07"),
    ("8.6", "2025年以来的最终检验记录 / Final inspection records since 2025", "纸质，4号柜 / Paper, cabinet 4"),
    ("8.7", "不合格品卡 / Cards of nonconforming parts", "各线红箱 / Red box at each line"),
)


def checked_up(world: World) -> None:
    """Make check-ups, comparison, plan, folder and advice of the sample enterprises."""
    by = world.members["applicant"]
    with on(date(2026, 9, 7)) as at:
        _alike(at)
        _answered(by, GAPS, at, form="short")
        actions.join_benchmark(section="C", size="small", by=by, at=at)
    with on(date(2026, 11, 19), 6) as at:
        last = _answered(by, LEFT, at, form="full")
        _planned(last, by, at)
        for clause, title, note in PAPERS:
            actions.lay_in(clause=clause, title=title, note=note, by=by, at=at)
    with on(date(2026, 11, 20), 10) as at:
        _advised(world, last, by, at)
        actions.begin(questionnaire="iso-9004", form="full", by=by, at=at)


def _alike(at: datetime) -> None:
    """Seven invented firms, each with its own gaps, so that a comparison can be shown."""
    for n, (english, chinese, personnel) in enumerate(ALIKE):
        firm = parties.register_organisation(
            names={"en": f"Sample {english} Works Co., Ltd.", "zh": f"示例{chinese}制造有限公司"},
            region="330200",
            personnel=personnel,
            by=OPERATOR,
            at=at,
        )
        person = parties.add_person(names={"en": f"Sample {english}", "zh": f"示例{chinese}"}, by=OPERATOR, at=at)
        member = parties.add_membership(person=person, organisation=firm, functions=["quality"], by=OPERATOR, at=at)
        actions.join_benchmark(section="C", size="small", by=member, at=at)
        questions = queries.questionnaire_of(actions.begin(questionnaire="iso-9001", form="short", by=member, at=at))
        asked = questions.asked("short")
        gaps = {
            one.id: "no" if (place * 3 + n * 5) % 7 == 0 else "partly"
            for place, one in enumerate(asked)
            if (place * 5 + n * 3) % 8 < 3 + n % 3
        }
        _answered(member, gaps, at, form="short")


def _answered(by: Membership, gaps: dict[str, str], at: datetime, *, form: str) -> Assessment:
    """Answer a check-up with yes but for the gaps, and finish it."""
    one = actions.begin(questionnaire="iso-9001", form=form, by=by, at=at)
    given = {}
    for question in queries.questionnaire_of(one).asked(form):
        designs = question.clause.startswith("8.3")
        given[question.id] = ("na", DESIGN) if designs else (gaps.get(question.id, "yes"), "")
    actions.answer_page(assessment=one, answers=given, by=by, at=at)
    return actions.finish(assessment=one, by=by, at=at)


def _planned(last: Assessment, by: Membership, at: datetime) -> None:
    first = actions.plan_item(
        what="电话询问十二家最大客户五个问题 / Ask the twelve largest customers five questions by phone",
        owner=by,
        due_on=day_of(at) + timedelta(days=21),
        assessment=last,
        question="q9-1b",
        by=by,
        at=at,
    )
    actions.plan_item(
        what="给每个目标定数值和期限 / Put one number and one day on every objective",
        owner=by,
        due_on=day_of(at) + timedelta(days=1),
        assessment=last,
        question="q6-2a",
        by=by,
        at=at,
    )
    done = actions.plan_item(
        what="各线放置带卡的红箱 / Put red boxes with cards at every line",
        owner=by,
        due_on=day_of(at),
        clause="8.7",
        by=by,
        at=at,
    )
    actions.complete_item(
        item=done,
        done_on=day_of(at),
        outcome="首周隔离11件，其中3件本会交付 / 11 parts set apart in a week, 3 of them would have gone out",
        version=0,
        by=by,
        at=at,
    )
    rank = [one.question.id for one in queries.suggestions_of(last)]
    actions.reorder(
        assessment=last, rank=["q9-2a", *(one for one in rank if one not in ("q9-2a", first.question))], by=by, at=at
    )


def _advised(world: World, last: Assessment, by: Membership, at: datetime) -> None:
    """The certifying body says what is generic; an adviser gives a solution and may not certify, were it a body."""
    until = day_of(at) + timedelta(days=60)
    body = actions.let_in(assessment=last, to=world.firms["body"], until_day=until, fee_tied=False, by=by, at=at)
    actions.write_advice(
        grant=body,
        sentence="内审覆盖夜班往往收获最大 / Firms of this size often gain most from audits at night",
        kind="generic",
        about="opportunity",
        by=world.members["planner"],
        at=at,
    )
    adviser = actions.let_in(assessment=last, to=world.firms["adviser"], until_day=until, fee_tied=False, by=by, at=at)
    actions.write_advice(
        grant=adviser,
        sentence="由1号线班长夜间审核2号线 / Let the foreman of line 1 audit line 2 at 23:00",
        kind="specific",
        about="solution",
        confirmed=True,
        by=world.members["adviser"],
        at=at,
    )
