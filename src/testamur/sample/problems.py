"""A firm at its quality work: an 8D in its middle, a corrective action that held and one that a chart began, risks,
controls, costs, a board. Texts are in both languages, as those of a firm that works in both."""

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
from testamur.studies.models import Chart, Study

#: Function or step, failure, effect, cause, prevention, detection, S, O, D.
RISKS = (
    ("Final release / 最终放行", "Lot released without measurement / 批次未经测量放行", "Customer receives bodies out of tolerance / 顾客收到超差阀体", "Gauge away for calibration, no substitute planned / 量具送校，未安排替代", "", "Release form asks for the lot number only / 放行单只要求填写批号", 8, 5, 7),
    ("Boring, line 2 / 2号线镗孔", "Bore too wide / 内孔偏大", "Valve leaks under pressure / 阀门受压泄漏", "Tool worn beyond its life / 刀具超寿命磨损", "Tool life counted by the machine / 机床计刀具寿命", "Air gauge, 5 of 60 pieces / 气动量仪，60件中5件", 8, 3, 4),
    ("Boring, line 2 / 2号线镗孔", "Bore off centre / 内孔偏心", "Uneven seat, early wear / 密封不均，过早磨损", "Chuck not clean / 卡盘不洁", "Cleaning at each set-up / 每次调机时清洁", "Position gauge at set-up / 调机时用位置度量具", 6, 3, 4),
    ("Coating, line C / C线涂层", "Coating too thin / 涂层过薄", "Corrosion within a year / 一年内锈蚀", "Oven temperature outside the validated window / 炉温超出已确认的范围", "", "Thickness of 3 pieces a shift / 每班测3件厚度", 7, 4, 5),
    ("Washing / 清洗", "Chips stay in the body / 阀体内残留切屑", "Blocked valve at the customer / 顾客处阀门堵塞", "Filter of the washer clogged / 清洗机滤网堵塞", "Filter changed weekly / 每周更换滤网", "Visual check of every piece / 逐件目视检查", 7, 2, 6),
    ("Packing / 包装", "Wrong label / 标签错误", "Delivery returned / 交付被退回", "Two orders on one table / 一张台上有两个订单", "One order a table / 一台一单", "Scan of label against order / 扫描标签与订单核对", 4, 2, 2),
)  # fmt: skip
#: Step, what is watched, specification, sample, frequency, method, reaction.
CONTROLS = (
    ("Boring, line 2 / 2号线镗孔", "Bore diameter / 内孔直径", "74.00 ± 0.05 mm", "5 pieces / 5件", "every 30 minutes / 每30分钟", "X-bar and R chart / 均值—极差图", "Stop, sort back to the last good subgroup, call the setter. / 停机，追溯至上一合格子组，通知调机员。"),
    ("Boring, line 2 / 2号线镗孔", "Position of the bore / 内孔位置度", "0.05 mm", "1 piece / 1件", "at each set-up / 每次调机", "Position gauge / 位置度量具", "No start before it is good; setter corrects the chuck. / 合格前不得开机；调机员校正卡盘。"),
    ("Coating, line C / C线涂层", "Thickness / 厚度", "60–90 µm", "3 pieces / 3件", "every shift / 每班", "Thickness gauge, record / 测厚仪，作记录", "Block the shift's lots, check the oven, inform the quality manager. / 隔离该班批次，检查炉子，通知质量经理。"),
)  # fmt: skip
#: Day, kind, what, cause, amount in CNY.
SPENT = (
    (date(2026, 6, 30), "internal", "Scrap of June / 6月废品", "Tool life / 刀具寿命", "8120.00"),
    (date(2026, 6, 30), "appraisal", "Final inspection, June / 6月终检", "Inspection / 检验", "14600.00"),
    (date(2026, 7, 31), "internal", "Scrap of July / 7月废品", "Tool life / 刀具寿命", "7310.50"),
    (date(2026, 7, 31), "appraisal", "Final inspection, July / 7月终检", "Inspection / 检验", "14600.00"),
    (date(2026, 8, 14), "external", "Returned delivery, wrong labels / 标签错误退货", "Labels / 标签", "5480.00"),
    (date(2026, 8, 31), "internal", "Rework of August / 8月返工", "Coating / 涂层", "6240.00"),
    (date(2026, 9, 4), "prevention", "Scanner for labels, training / 标签扫描器及培训", "Labels / 标签", "9900.00"),
    (date(2026, 9, 30), "internal", "Scrap of September / 9月废品", "Tool life / 刀具寿命", "6905.00"),
    (date(2026, 10, 30), "internal", "Rework of October / 10月返工", "Coating / 涂层", "7115.00"),
    (date(2026, 10, 30), "appraisal", "Final inspection, October / 10月终检", "Inspection / 检验", "14900.00"),
)


def solve_problems(world: World) -> None:
    """Fill the quality work of the firm ``precision``: what its quality manager finds on the desk."""
    wu = world.members["applicant"]
    chen, guo = (_colleague(wu, *names) for names in (("Chen", "陈", "Line leader", "班组长"),
                                                      ("Guo", "郭", "Final inspector", "终检员")))  # fmt: skip
    chart = Chart.objects.filter(organisation=wu.organisation).earliest("id")
    _closed(wu, chen, guo)
    _from_finding(wu)
    _from_chart(chart, wu, chen, guo)
    eight = _eight(wu, chen, guo)
    _controls(wu, chen, _risks(wu, chen, chart), chart)
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
                "title": "Lots released without measurement / 批次未经测量放行",
                "what": "14 lots of valve bodies from line 2 were released although the bore was not measured. / 2号线有14批阀体未测内孔即放行。",
                "place": "Line 2, final release / 2号线，最终放行", "extent": "14 lots, 840 pieces / 14批，840件", "since": date(2026, 11, 9),
                "is_not": "Line 1: its lots were all measured. Line 2 before 9 November: measured too. / 1号线各批均已测量；2号线11月9日之前也已测量。",
                "emergency": "Release of line 2 stopped on 18 November. / 11月18日起停止2号线放行。",
            },
        )  # fmt: skip
        problems.name_team(
            problem=problem, leader=wu, members=[(chen, "Line 2 / 2号线"), (guo, "Final inspection / 终检")], by=wu, at=at
        )
        problems.plan_steps(
            problem=problem, by=wu, at=at,
            plans={"D4": (guo, date(2026, 11, 27)), "D6": (chen, date(2026, 12, 10)), "D7": (wu, date(2026, 12, 18))},
        )  # fmt: skip
    with on(date(2026, 11, 20)) as at:
        causes.contain(
            problem=problem, what="14 lots blocked; 13 released after measurement, 1 scrapped (22 pieces). / 隔离14批；13批经测量后放行，1批报废（22件）。",
            checked_how="Blocked store counted against the list of lots; every released lot has its record. / 隔离库与批次清单逐一核对；放行批次均有记录。",
            checked_on=date(2026, 11, 20), works=True, proof=Proof(record="Inspection record IR-2026-118 / 检验记录 IR-2026-118"), by=guo,
            at=at,
        )  # fmt: skip
        for branch, text, verified, how in (
            ("measurement", "Air gauge away for calibration / 气动量仪送校", True, "Register of gauges: out from 9 to 18 November / 量具台账：11月9日至18日外送"),
            ("method", "No substitute gauge planned / 未安排替代量具", True, "Calibration plan names none / 校准计划未列替代量具"),
            ("man", "New inspector on the shift / 当班检验员为新人", False, "The same gap on both shifts / 两班均有同样缺口"),
            ("material", "Castings of another supplier / 铸件换了供方", None, ""),
        ):
            bone = causes.suppose(problem=problem, branch=branch, text=text, by=chen, at=at)
            if verified is not None:
                causes.judge(cause=bone, verified=verified, how=how, by=chen, at=at)
        causes.analyse(
            problem=problem, strand="occurrence",
            whys=["The bore gauge was not at the line. / 内径量具不在线上。", "It was away for calibration. / 送去校准了。",
                  "No other gauge was foreseen for that time. / 期间未安排其他量具。",
                  "The calibration plan does not ask for a substitute. / 校准计划未要求替代量具。"],
            cause="The calibration plan lets a gauge leave the line without a substitute. / 校准计划允许量具无替代而离线。",
            verification="Three gauges left in 2026 without a substitute; each time measurements are missing. / 2026年有三件量具无替代外送，每次都缺测量数据。",
            proof=Proof(record="Calibration plan 2026, sheet 3 / 2026年校准计划第3页"), by=chen, at=at,
        )  # fmt: skip
    return problem


def _closed(wu: Membership, chen: Membership, guo: Membership) -> Problem:
    """CA-2026-003: wrong labels, closed after its effect held for eight weeks."""
    with on(date(2026, 8, 14)) as at:
        problem = problems.open_problem(
            method="ca", origin="complaint", number="CA-2026-003", by=wu, at=at,
            statement={"title": "Wrong labels on a delivery / 交付的标签错误", "what": "Two boxes carried the label of another order. / 两箱贴了别的订单的标签。",
                       "place": "Packing / 包装", "extent": "2 boxes, 120 pieces / 2箱，120件", "since": date(2026, 8, 12)},
        )  # fmt: skip
        causes.contain(problem=problem, what="Delivery called back, boxes in the store checked. / 追回交付，检查库存各箱。",
                       checked_how="All 38 boxes scanned / 38箱全部扫描", checked_on=date(2026, 8, 14), works=True,
                       proof=Proof(record="Stock check 14 August / 8月14日盘点记录"), by=guo, at=at)  # fmt: skip
        causes.analyse(
            problem=problem, strand="occurrence",
            whys=["Labels of two orders lay on one table. / 两个订单的标签放在一张台上。", "Two orders are packed at one table. / 一张台包装两个订单。"],
            cause="Packing allows two orders at one table. / 包装允许一台两单。", verification="Seen at both tables, on three days. / 三天内在两张台上均见到。",
            proof=Proof(record="Audit note P-7 / 审核记录 P-7"), by=wu, at=at,
        )  # fmt: skip
        action = cures.choose_action(
            problem=problem, kind="corrective", what="One order a table; label scanned against the order / 一台一单；扫描标签与订单核对",
            expectation="A scan of another order is refused by the program / 扫到别的订单时程序拒绝", owner=chen, due_on=date(2026, 9, 4),
            by=wu, at=at,
        )  # fmt: skip
        cures.agree_check(problem=problem, criterion="No wrong label among all deliveries of eight weeks / 八周内所有交付无错误标签",
                          due_on=date(2026, 11, 2), checker=guo, by=wu, at=at)  # fmt: skip
    with on(date(2026, 9, 4)) as at:
        cures.report_done(action=action, done_on=date(2026, 9, 4), before="2 wrong labels in 310 boxes / 310箱中2个错签",
                          after="0 in 120 boxes / 120箱中0个", proof=Proof(record="Scan log, week 36 / 第36周扫描记录"), by=chen, at=at)  # fmt: skip
    with on(date(2026, 11, 2)) as at:
        cures.check_effect(problem=problem, effective=True, result="0 wrong labels in 486 boxes since 4 September. / 9月4日以来486箱中0个错签。",
                           proof=Proof(record="Scan log, weeks 36 to 44 / 第36至44周扫描记录"), by=guo, at=at)  # fmt: skip
        problems.close(problem=problem, recognition="The packers proposed the rule of one order a table themselves. / “一台一单”由包装工自己提出。",
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
            statement={"title": "Training of the new line is not on record / 新线培训无记录", "what": found.statement,
                       "place": "Line C, shift B / C线，乙班", "extent": "2 of 9 operators / 9名操作工中2名", "since": date(2026, 10, 20)},
        )  # fmt: skip


def _from_chart(chart: Chart, wu: Membership, chen: Membership, guo: Membership) -> None:
    """CA-2026-005: the bore was wider after the coolant pump failed; the chart saw it, and will judge the cure."""
    gauge = Study.objects.filter(organisation=wu.organisation, method="gage_rr_crossed").earliest("id")
    with on(date(2026, 11, 18), hour=18) as at:
        problem = problems.open_problem(
            method="ca", origin="signal", chart=chart, point=37, number="CA-2026-005", by=wu, at=at,
            statement={
                "title": "Bore wider after the coolant pump failed / 冷却泵故障后内孔偏大",
                "what": "From point 37 on the bore is 0.02 mm wider; every piece is still within its limits. / "
                        "自第37点起内孔偏大约0.02 mm，各件仍在公差内。",
                "place": "Boring, line 2 / 2号线镗孔", "extent": "3 subgroups, about 90 pieces / 3个子组，约90件",
                "since": date(2026, 11, 18),
            },
        )  # fmt: skip
    with on(date(2026, 11, 19)) as at:
        causes.contain(
            problem=problem, what="90 pieces measured one by one: none outside. / 90件逐件测量：无超差。",
            checked_how="Point 40 and the hour after the repair / 第40点及修复后一小时的数据",
            checked_on=date(2026, 11, 19), works=True, proof=Proof(chart=chart), by=guo, at=at,
        )  # fmt: skip
        causes.analyse(
            problem=problem, strand="occurrence",
            whys=["The tool ran hot. / 刀具过热。", "The coolant pump had failed. / 冷却泵失效。",
                  "Its filter was blocked; no plan asks to clean it. / 滤网堵塞；没有计划要求清洗。"],
            cause="The maintenance plan leaves out the coolant pump. / 维护计划漏列冷却泵。",
            verification="Pump replaced at 13:10; point 40 is back at the centre. The gauge is not the reason. / "
                         "13:10更换冷却泵，第40点回到中心；量具不是原因。",
            proof=Proof(chart=chart, study=gauge), by=wu, at=at,
        )  # fmt: skip
        cures.choose_action(
            problem=problem, kind="corrective", what="Pump in the maintenance plan, switch on its flow / "
            "冷却泵列入维护计划，加装流量开关", expectation="The switch stops the machine without coolant / "
            "无冷却液时流量开关停机", owner=chen, due_on=date(2026, 11, 27), by=wu, at=at,
        )  # fmt: skip
        cures.agree_check(problem=problem, criterion="No signal in the next 25 subgroups of the chart / "
                          "控制图其后25个子组无信号", due_on=date(2026, 12, 11), checker=guo, by=wu, at=at)  # fmt: skip


def _risks(wu: Membership, chen: Membership, chart: Chart) -> Fmea:
    with on(date(2026, 9, 21)) as at:
        sheet = risks.begin_fmea(kind="process", title="Valve bodies, lines 2 and C / 阀体，2号线和C线", by=wu, at=at)
        names = ("item", "mode", "effect", "cause", "prevention", "detection", "severity", "occurrence",
                 "detection_rating")  # fmt: skip
        rows = risks.add_failures(fmea=sheet, rows=[dict(zip(names, row, strict=True)) for row in RISKS], by=wu, at=at)
        coating = risks.plan_action(failure=rows[3], what="Monitor the oven and stop outside the window / 监控炉温，超出范围即停", owner=chen,
                                    due_on=date(2026, 11, 13), by=wu, at=at)  # fmt: skip
        risks.plan_action(failure=rows[1], what="Exchange the tool at 80 % of its life / 刀具用到寿命80%即更换", owner=chen,
                          due_on=date(2026, 12, 4), by=wu, at=at)  # fmt: skip
    with on(date(2026, 11, 13)) as at:
        risks.take_action(action=coating, taken="Oven stops the line outside 170 ± 5 °C; record OV-11 / 超出170±5 °C时停线；记录 OV-11",
                          done_on=date(2026, 11, 13), by=chen, at=at)  # fmt: skip
        risks.rate(failure=rows[3], ratings={"severity": 7, "occurrence": 2, "detection": 3},
                   reason="Oven stops the line outside its window / 炉温超出范围时停线", by=wu, at=at)  # fmt: skip
    with on(date(2026, 11, 20)) as at:
        bore = {name: getattr(rows[1], name) for name in names[:6]}
        bore["cause"] = "Tool worn beyond its life, or no coolant / 刀具超寿命磨损或无冷却液"
        bore["detection"] = "Control chart of the bore, 5 pieces every 30 minutes / 内孔控制图，每30分钟5件"
        risks.change_failure(failure=rows[1], texts=bore, chart=chart, version=0, by=wu, at=at)
        risks.rate(failure=rows[1], ratings={"severity": 8, "occurrence": 4, "detection": 3},
                   reason="Coolant pump failed on 18 November / 11月18日冷却泵故障（CA-2026-005）", by=wu,
                   at=at)  # fmt: skip
    return sheet


def _controls(wu: Membership, chen: Membership, sheet: Fmea, chart: Chart) -> None:
    names = ("step", "watched", "specification", "sample", "frequency", "method", "reaction")
    with on(date(2026, 9, 22)) as at:
        plan = control_plans.draft_plan(
            title="Valve bodies, lines 2 and C / 阀体，2号线和C线", phase="production", number="CP-07", by=chen, at=at
        )
        failures = {one.place: one for one in sheet.failures.all()}
        for row, place in zip(CONTROLS, (2, 3, 4), strict=True):
            values = {**dict(zip(names, row, strict=True)), "failure": failures[place]}
            control_plans.set_row(plan=plan, values=values, by=chen, at=at)
    with on(date(2026, 9, 24)) as at:
        control_plans.approve_plan(plan=plan, edition=1, by=wu, at=at)
    with on(date(2026, 11, 20)) as at:
        draft = control_plans.revise_plan(plan=plan, change="Release asks for the record of the bore (8D-2026-014) / 放行须有内孔记录（8D-2026-014）", by=chen,
                                  at=at)  # fmt: skip
        bore = {**dict(zip(names, CONTROLS[0], strict=True)), "failure": failures[2], "chart": chart,
                "characteristic": chart.characteristic, "gauge": chart.gauge}  # fmt: skip
        control_plans.set_row(plan=plan, row=draft.rows.earliest("place"), values=bore, by=chen, at=at)
        last = ("Final release / 最终放行", "Record of the bore / 内孔记录", "complete for each lot / 每批齐全", "every lot / 每批", "at release / 放行时",
                "Release form / 放行单", "Lot stays blocked; line leader measures. / 批次继续隔离；班组长补测。")  # fmt: skip
        values = {**dict(zip(names, last, strict=True)), "failure": failures[1]}
        control_plans.set_row(plan=plan, values=values, by=chen, at=at)


def _spend(wu: Membership, eight: Problem) -> None:
    for day, kind, what, cause, amount in SPENT:
        with on(day) as at:
            costs.enter_cost(kind=kind, what=what, cause=cause, amount=Decimal(amount), day=day, by=wu, at=at)
    with on(date(2026, 11, 20)) as at:
        for what, amount in (("Scrap, 22 pieces / 废品22件", "3960.00"), ("Sorting, 18 h / 分选18小时", "1080.00")):
            costs.enter_cost(kind="internal", what=what, cause="Missing measurement / 缺测量", amount=Decimal(amount),
                             day=date(2026, 11, 20), problem=eight, by=wu, at=at)  # fmt: skip


def _board(wu: Membership, chen: Membership, guo: Membership, eight: Problem) -> None:
    with on(date(2026, 10, 5)) as at:
        board = boards.make_board(title="Line 2, second half of 2026 / 2号线，2026年下半年", by=wu, at=at)
        setup = boards.put_card(board=board, title="Set-up in 15 minutes / 15分钟换型", aim="Median of 20 set-ups below 15 min / 20次换型中位数低于15分钟",
                                owner=chen, due_on=date(2026, 11, 30), by=wu, at=at)  # fmt: skip
        boards.put_card(board=board, title="Release form without paper / 无纸化放行单", aim="No form is missing at release / 放行时不缺单",
                        owner=guo, due_on=date(2026, 12, 18), by=wu, at=at)  # fmt: skip
        tools = boards.put_card(board=board, title="Tool exchange by counter / 按计数换刀", aim="Scrap of tool life halved / 刀具寿命废品减半",
                                owner=chen, due_on=date(2026, 12, 4), by=wu, at=at)  # fmt: skip
    with on(date(2026, 11, 20)) as at:
        boards.put_card(board=board, title="Substitute gauges for calibration / 校准期间的替代量具", aim="No lot without measurement / 无一批未经测量",
                        owner=wu, due_on=date(2026, 12, 18), problem=eight, by=wu, at=at)  # fmt: skip
        for version, to in enumerate(("do", "check")):
            boards.move_card(card=setup, to=to, version=version, by=chen, at=at,
                             result="Median of 18 set-ups: 14 min / 18次换型中位数：14分钟" if to == "check" else "")  # fmt: skip
        boards.move_card(card=tools, to="do", version=0, by=chen, at=at)
