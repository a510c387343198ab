"""A firm at its quality work: an 8D in its middle, a corrective action that held, risks, controls, costs, a board."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from testamur.determination.models import Finding
from testamur.improvement.actions import boards, causes, control_plans, costs, cures, problems, risks
from testamur.improvement.actions.proofs import Proof
from testamur.improvement.models import Fmea, Problem
from testamur.parties.actions import add_membership, add_person
from testamur.parties.models import Membership
from testamur.sample.founding import World
from testamur.sample.walk import on

#: Function or step, failure, effect, cause, prevention, detection, S, O, D.
RISKS = (
    ("Final release", "Lot released without measurement", "Customer receives bodies out of tolerance", "Gauge away for calibration, no substitute planned", "", "Release form asks for the lot number only", 8, 5, 7),
    ("Boring, line 2", "Bore too wide", "Valve leaks under pressure", "Tool worn beyond its life", "Tool life counted by the machine", "Air gauge, 5 of 60 pieces", 8, 3, 4),
    ("Boring, line 2", "Bore off centre", "Uneven seat, early wear", "Chuck not clean", "Cleaning at each set-up", "Position gauge at set-up", 6, 3, 4),
    ("Coating, line C", "Coating too thin", "Corrosion within a year", "Oven temperature outside the validated window", "", "Thickness of 3 pieces a shift", 7, 4, 5),
    ("Washing", "Chips stay in the body", "Blocked valve at the customer", "Filter of the washer clogged", "Filter changed weekly", "Visual check of every piece", 7, 2, 6),
    ("Packing", "Wrong label", "Delivery returned", "Two orders on one table", "One order a table", "Scan of label against order", 4, 2, 2),
)  # fmt: skip
#: Step, what is watched, specification, sample, frequency, method, reaction.
CONTROLS = (
    ("Boring, line 2", "Bore diameter", "25.00 ± 0.02 mm", "5 pieces", "every 2 hours", "X-bar and R chart", "Stop, sort back to the last good subgroup, call the setter."),
    ("Boring, line 2", "Position of the bore", "0.05 mm", "1 piece", "at each set-up", "Position gauge", "No start before it is good; setter corrects the chuck."),
    ("Coating, line C", "Thickness", "60 to 90 µm", "3 pieces", "every shift", "Thickness gauge, record", "Block the shift's lots, check the oven, inform the quality manager."),
)  # fmt: skip
#: Day, kind, what, cause, amount in CNY.
SPENT = (
    (date(2026, 6, 30), "internal", "Scrap of June", "Tool life", "8120.00"),
    (date(2026, 6, 30), "appraisal", "Final inspection, June", "Inspection", "14600.00"),
    (date(2026, 7, 31), "internal", "Scrap of July", "Tool life", "7310.50"),
    (date(2026, 7, 31), "appraisal", "Final inspection, July", "Inspection", "14600.00"),
    (date(2026, 8, 14), "external", "Returned delivery, wrong labels", "Labels", "5480.00"),
    (date(2026, 8, 31), "internal", "Rework of August", "Coating", "6240.00"),
    (date(2026, 9, 4), "prevention", "Scanner for labels, training", "Labels", "9900.00"),
    (date(2026, 9, 30), "internal", "Scrap of September", "Tool life", "6905.00"),
    (date(2026, 10, 30), "internal", "Rework of October", "Coating", "7115.00"),
    (date(2026, 10, 30), "appraisal", "Final inspection, October", "Inspection", "14900.00"),
)


def solve_problems(world: World) -> None:
    """Fill the quality work of the firm ``precision``: what its quality manager finds on the desk."""
    wu = world.members["applicant"]
    chen, guo = (_colleague(wu, *names) for names in (("Chen", "陈", "Line leader", "班组长"),
                                                      ("Guo", "郭", "Final inspector", "终检员")))  # fmt: skip
    _closed(wu, chen, guo)
    _from_finding(wu)
    eight = _eight(wu, chen, guo)
    _controls(wu, chen, _risks(wu, chen))
    _spend(wu, eight)
    _board(wu, chen, guo, eight)


def _colleague(wu: Membership, name: str, chinese: str, title: str, chinese_title: str) -> Membership:
    with on(date(2026, 5, 4)) as at:
        person = add_person(names={"en": f"Sample {name}", "zh": f"示例{chinese}"}, by=wu, at=at)
        person.sample = True
        person.save(update_fields=["sample"])
        return add_membership(
            person=person, organisation=wu.organisation, functions=["quality"], by=wu, at=at,
            title={"en": title, "zh": chinese_title},
        )  # fmt: skip


def _eight(wu: Membership, chen: Membership, guo: Membership) -> Problem:
    """8D-2026-014, as far as D4: why it happened is found, why nobody noticed is not."""
    with on(date(2026, 11, 18)) as at:
        problem = problems.open_problem(
            method="8d", origin="internal", number="8D-2026-014", by=wu, at=at,
            statement={
                "title": "Lots released without measurement",
                "what": "14 lots of valve bodies from line 2 were released although the bore was not measured.",
                "place": "Line 2, final release", "extent": "14 lots, 840 pieces", "since": date(2026, 11, 9),
                "is_not": "Line 1: its lots were all measured. Line 2 before 9 November: measured too.",
                "emergency": "Release of line 2 stopped on 18 November.",
            },
        )  # fmt: skip
        problems.name_team(
            problem=problem, leader=wu, members=[(chen, "Line 2"), (guo, "Final inspection")], by=wu, at=at
        )
        problems.plan_steps(
            problem=problem, by=wu, at=at,
            plans={"D4": (guo, date(2026, 11, 27)), "D6": (chen, date(2026, 12, 10)), "D7": (wu, date(2026, 12, 18))},
        )  # fmt: skip
    with on(date(2026, 11, 20)) as at:
        causes.contain(
            problem=problem, what="14 lots blocked; 13 released after measurement, 1 scrapped (22 pieces).",
            checked_how="Blocked store counted against the list of lots; every released lot has its record.",
            checked_on=date(2026, 11, 20), works=True, proof=Proof(record="Inspection record IR-2026-118"), by=guo,
            at=at,
        )  # fmt: skip
        for branch, text, verified, how in (
            ("measurement", "Air gauge away for calibration", True, "Register of gauges: out from 9 to 18 November"),
            ("method", "No substitute gauge planned", True, "Calibration plan names none"),
            ("man", "New inspector on the shift", False, "The same gap on both shifts"),
            ("material", "Castings of another supplier", None, ""),
        ):
            bone = causes.suppose(problem=problem, branch=branch, text=text, by=chen, at=at)
            if verified is not None:
                causes.judge(cause=bone, verified=verified, how=how, by=chen, at=at)
        causes.analyse(
            problem=problem, strand="occurrence",
            whys=["The bore gauge was not at the line.", "It was away for calibration.",
                  "No other gauge was foreseen for that time.",
                  "The calibration plan does not ask for a substitute."],
            cause="The calibration plan lets a gauge leave the line without a substitute.",
            verification="Three gauges left in 2026 without a substitute; each time measurements are missing.",
            proof=Proof(record="Calibration plan 2026, sheet 3"), by=chen, at=at,
        )  # fmt: skip
    return problem


def _closed(wu: Membership, chen: Membership, guo: Membership) -> Problem:
    """CA-2026-003: wrong labels, closed after its effect held for eight weeks."""
    with on(date(2026, 8, 14)) as at:
        problem = problems.open_problem(
            method="ca", origin="complaint", number="CA-2026-003", by=wu, at=at,
            statement={"title": "Wrong labels on a delivery", "what": "Two boxes carried the label of another order.",
                       "place": "Packing", "extent": "2 boxes, 120 pieces", "since": date(2026, 8, 12)},
        )  # fmt: skip
        causes.contain(problem=problem, what="Delivery called back, boxes in the store checked.",
                       checked_how="All 38 boxes scanned", checked_on=date(2026, 8, 14), works=True,
                       proof=Proof(record="Stock check 14 August"), by=guo, at=at)  # fmt: skip
        causes.analyse(
            problem=problem, strand="occurrence",
            whys=["Labels of two orders lay on one table.", "Two orders are packed at one table."],
            cause="Packing allows two orders at one table.", verification="Seen at both tables, on three days.",
            proof=Proof(record="Audit note P-7"), by=wu, at=at,
        )  # fmt: skip
        action = cures.choose_action(
            problem=problem, kind="corrective", what="One order a table; label scanned against the order",
            expectation="A scan of another order is refused by the program", owner=chen, due_on=date(2026, 9, 4),
            by=wu, at=at,
        )  # fmt: skip
        cures.agree_check(problem=problem, criterion="No wrong label among all deliveries of eight weeks",
                          due_on=date(2026, 11, 2), checker=guo, by=wu, at=at)  # fmt: skip
    with on(date(2026, 9, 4)) as at:
        cures.report_done(action=action, done_on=date(2026, 9, 4), before="2 wrong labels in 310 boxes",
                          after="0 in 120 boxes", proof=Proof(record="Scan log, week 36"), by=chen, at=at)  # fmt: skip
    with on(date(2026, 11, 2)) as at:
        cures.check_effect(problem=problem, effective=True, result="0 wrong labels in 486 boxes since 4 September.",
                           proof=Proof(record="Scan log, weeks 36 to 44"), by=guo, at=at)  # fmt: skip
        problems.close(problem=problem, recognition="The packers proposed the rule of one order a table themselves.",
                       by=wu, at=at)  # fmt: skip
    return problem


def _from_finding(wu: Membership) -> None:
    """A corrective action that answers a finding of the certification body, just opened."""
    found = Finding.objects.filter(case__client=wu.organisation, grade="minor", closed_at=None).order_by("-id").first()
    if found is None:
        return
    with on(date(2026, 11, 16)) as at:
        problems.open_problem(
            method="ca", origin="finding", finding=found, by=wu, at=at,
            statement={"title": "Training of the new line is not on record", "what": found.statement,
                       "place": "Line C, shift B", "extent": "2 of 9 operators", "since": date(2026, 10, 20)},
        )  # fmt: skip


def _risks(wu: Membership, chen: Membership) -> Fmea:
    with on(date(2026, 9, 21)) as at:
        sheet = risks.begin_fmea(kind="process", title="Valve bodies, lines 2 and C", by=wu, at=at)
        names = ("item", "mode", "effect", "cause", "prevention", "detection", "severity", "occurrence",
                 "detection_rating")  # fmt: skip
        rows = risks.add_failures(fmea=sheet, rows=[dict(zip(names, row, strict=True)) for row in RISKS], by=wu, at=at)
        coating = risks.plan_action(failure=rows[3], what="Monitor the oven and stop outside the window", owner=chen,
                                    due_on=date(2026, 11, 13), by=wu, at=at)  # fmt: skip
        risks.plan_action(failure=rows[1], what="Exchange the tool at 80 % of its life", owner=chen,
                          due_on=date(2026, 12, 4), by=wu, at=at)  # fmt: skip
    with on(date(2026, 11, 13)) as at:
        risks.take_action(action=coating, taken="Oven stops the line outside 170 ± 5 °C; record OV-11",
                          done_on=date(2026, 11, 13), by=chen, at=at)  # fmt: skip
        risks.rate(failure=rows[3], ratings={"severity": 7, "occurrence": 2, "detection": 3},
                   reason="Oven stops the line outside its window", by=wu, at=at)  # fmt: skip
    return sheet


def _controls(wu: Membership, chen: Membership, sheet: Fmea) -> None:
    names = ("step", "watched", "specification", "sample", "frequency", "method", "reaction")
    with on(date(2026, 9, 22)) as at:
        plan = control_plans.draft_plan(
            title="Valve bodies, lines 2 and C", phase="production", number="CP-07", by=chen, at=at
        )
        failures = {one.place: one for one in sheet.failures.all()}
        for row, place in zip(CONTROLS, (2, 3, 4), strict=True):
            values = {**dict(zip(names, row, strict=True)), "failure": failures[place]}
            control_plans.set_row(plan=plan, values=values, by=chen, at=at)
    with on(date(2026, 9, 24)) as at:
        control_plans.approve_plan(plan=plan, edition=1, by=wu, at=at)
    with on(date(2026, 11, 20)) as at:
        control_plans.revise_plan(plan=plan, change="Release asks for the record of the bore (8D-2026-014)", by=chen,
                                  at=at)  # fmt: skip
        last = ("Final release", "Record of the bore", "complete for each lot", "every lot", "at release",
                "Release form", "Lot stays blocked; line leader measures.")  # fmt: skip
        values = {**dict(zip(names, last, strict=True)), "failure": failures[1]}
        control_plans.set_row(plan=plan, values=values, by=chen, at=at)


def _spend(wu: Membership, eight: Problem) -> None:
    for day, kind, what, cause, amount in SPENT:
        with on(day) as at:
            costs.enter_cost(kind=kind, what=what, cause=cause, amount=Decimal(amount), day=day, by=wu, at=at)
    with on(date(2026, 11, 20)) as at:
        for what, amount in (("Scrap, 22 pieces", "3960.00"), ("Sorting, 18 h", "1080.00")):
            costs.enter_cost(kind="internal", what=what, cause="Missing measurement", amount=Decimal(amount),
                             day=date(2026, 11, 20), problem=eight, by=wu, at=at)  # fmt: skip


def _board(wu: Membership, chen: Membership, guo: Membership, eight: Problem) -> None:
    with on(date(2026, 10, 5)) as at:
        board = boards.make_board(title="Line 2, second half of 2026", by=wu, at=at)
        setup = boards.put_card(board=board, title="Set-up in 15 minutes", aim="Median of 20 set-ups below 15 min",
                                owner=chen, due_on=date(2026, 11, 30), by=wu, at=at)  # fmt: skip
        boards.put_card(board=board, title="Release form without paper", aim="No form is missing at release",
                        owner=guo, due_on=date(2026, 12, 18), by=wu, at=at)  # fmt: skip
        tools = boards.put_card(board=board, title="Tool exchange by counter", aim="Scrap of tool life halved",
                                owner=chen, due_on=date(2026, 12, 4), by=wu, at=at)  # fmt: skip
    with on(date(2026, 11, 20)) as at:
        boards.put_card(board=board, title="Substitute gauges for calibration", aim="No lot without measurement",
                        owner=wu, due_on=date(2026, 12, 18), problem=eight, by=wu, at=at)  # fmt: skip
        for version, to in enumerate(("do", "check")):
            boards.move_card(card=setup, to=to, version=version, by=chen, at=at,
                             result="Median of 18 set-ups: 14 min" if to == "check" else "")  # fmt: skip
        boards.move_card(card=tools, to="do", version=0, by=chen, at=at)
