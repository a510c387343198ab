"""Proficiency tests of the sample world: two rounds reported, one open for results."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from testamur.parties import actions as parties
from testamur.parties.models import Membership, Organisation
from testamur.proficiency.actions import editions, material, participants, releases, results, rounds
from testamur.proficiency.models import Round
from testamur.sample.founding import OPERATOR, World
from testamur.sample.walk import on

#: Places of the other laboratories (GB/T 2260) and their numbers.
PLACES = ("330200", "440300", "110100", "310100", "320500")
OTHERS = 13
#: Homogeneity of the lamps: ten of them, luminous flux (lm) twice each, and colour temperature (K).
FLUX_CHECK = ((806.1, 805.4), (804.9, 806.2), (807.0, 805.8), (805.2, 804.6), (806.6, 807.1), (804.3, 805.5),
              (805.9, 806.4), (806.8, 805.1), (805.0, 804.2), (806.3, 806.9))  # fmt: skip
COLOUR_CHECK = ((3012, 3010), (3008, 3011), (3014, 3012), (3009, 3007), (3011, 3013), (3010, 3008), (3012, 3015),
                (3007, 3009), (3013, 3010), (3011, 3012))  # fmt: skip
#: What the laboratories reported: flux in lm, colour temperature in K; the first is the sample lighting laboratory.
SPRING = (("829.5", "3021"), ("803.1", "3008"), ("808.4", "3015"), ("799.6", "2996"), ("811.2", "3022"),
          ("805.7", "3010"), ("806.9", "3004"), ("795.8", "3019"), ("814.0", "3012"), ("802.5", "3001"),
          ("807.3", "3013"), ("804.8", "2989"), ("852.0", "3009"), ("809.9", "3007"))  # fmt: skip
SUMMER = (("833.0", "3018"), ("805.2", "3011"), ("801.9", "3006"), ("810.6", "3017"), ("806.4", "2998"),
          ("798.7", "3009"), ("812.8", "3014"), ("804.1", "3003"), ("807.7", "3055"), ("803.3", "3012"),
          ("809.0", "3008"), ("800.5", "3016"), ("805.9", "3010"), ("808.2", "3005"))  # fmt: skip
RULES = {
    "en": "Burn the lamp in for 100 hours. Report the mean of your usual procedure with its expanded uncertainty. "
    "Do not compare results with others. Participants appear under a code. Robust statistics by ISO 13528; "
    "|z| above 2 is a warning signal, from 3 an action signal.",
    "zh": "灯具须先老炼100小时。按日常程序测量并报告平均值及扩展不确定度。不得与他人核对结果。参加者以代码出现。"
    "按ISO 13528稳健统计评定；|z|大于2为警戒信号，达到3为行动信号。",
}


def laboratories_of(world: World) -> list[Membership]:
    """Return the members who take part: of the sample lighting laboratory, then of thirteen others."""
    first = next(one for one in world.members.values() if one.organisation == world.firms["laboratory"])
    return [first, *(_laboratory(number) for number in range(1, OTHERS + 1))]


def _laboratory(number: int) -> Membership:
    with on(date(2026, 2, 16)) as at:
        found: Organisation = parties.register_organisation(
            names={"en": f"Sample Photometry Laboratory {number}", "zh": f"示例光度实验室{number}"},
            address={"en": f"{number} Sample Road", "zh": f"示例路{number}号"},
            region=PLACES[number % len(PLACES)], personnel=10 + number, by=OPERATOR, at=at,
        )  # fmt: skip
        person = parties.add_person(
            names={"en": f"Sample Analyst {number}", "zh": f"示例检测员{number}"}, by=OPERATOR, at=at
        )
        return parties.add_membership(
            person=person, organisation=found, functions=("quality",),
            title={"en": "Quality manager", "zh": "质量负责人"}, by=OPERATOR, at=at,
        )  # fmt: skip


def leave_open(world: World) -> None:
    """Make two reported rounds and one that waits for results; the laboratory has two scores to answer."""
    laboratories = laboratories_of(world)
    accreditor = world.firms["accreditor"]
    days = (date(2026, 3, 2), date(2026, 3, 20), date(2026, 3, 27), date(2026, 4, 24), date(2026, 5, 22))
    spring = _dispatched(world, laboratories, ("Spring", "春季"), days, [accreditor])
    _reported(world, spring, laboratories, SPRING, date(2026, 4, 17))
    days = (date(2026, 6, 8), date(2026, 6, 26), date(2026, 7, 3), date(2026, 7, 31), date(2026, 8, 28))
    summer = _dispatched(world, laboratories, ("Summer", "夏季"), days, [])
    _reported(world, summer, laboratories, SUMMER, date(2026, 7, 22))
    with on(date(2026, 9, 7)) as at:
        releases.release(to=accreditor, found=summer, until_day=date(2027, 8, 31), by=laboratories[3], at=at)
    days = (date(2026, 10, 8), date(2026, 10, 30), date(2026, 11, 6), date(2026, 12, 18), date(2027, 1, 15))
    winter = _dispatched(world, laboratories, ("Winter", "冬季"), days, [accreditor])
    for place in (2, 5, 9):
        _send(winter, laboratories[place], SPRING[place], date(2026, 11, 18))


def _dispatched(
    world: World, laboratories: list[Membership], season: tuple[str, str],
    days: tuple[date, date, date, date, date], told: list[Organisation],
) -> Round:  # fmt: skip
    """Draft, open, fill and dispatch one round.

    Args:
        days: of the draft, last of enrolment, of dispatch, last for results, of the report.
    """
    coordinator = world.members["pt-coordinator"]
    drafted, enrol_until, dispatch_on, results_until, report_on = days
    with on(drafted) as at:
        found = rounds.draft(
            title={
                "en": f"Photometry of LED lamps, {season[0].lower()} 2026",
                "zh": f"LED灯光度测量（2026年{season[1]}）",
            },
            rules=RULES, enrol_until=enrol_until, dispatch_on=dispatch_on, results_until=results_until,
            report_on=report_on,
            price=Decimal("2400.00"), accreditors=told, by=coordinator, at=at,
        )  # fmt: skip
        for name, unit, decimals, sigma in (
            ({"en": "Luminous flux", "zh": "光通量"}, "lm", 1, Decimal("10")),
            ({"en": "Correlated colour temperature", "zh": "相关色温"}, "K", 0, Decimal("15")),
        ):
            rounds.set_measurand(
                found=found, name=name, unit=unit, decimals=decimals, sigma_pt=sigma, by=coordinator, at=at
            )
        rules = rounds.open_round(found=found, by=coordinator, at=at)
    with on(enrol_until) as at:
        for one in laboratories:
            participants.enrol(found=found, rules=rules.digest, by=one, at=at)
    with on(dispatch_on) as at:
        for measurand, check in zip(found.measurands.all(), (FLUX_CHECK, COLOUR_CHECK), strict=True):
            table = "\n".join("\t".join(map(str, row)) for row in check)
            material.judge(measurand=measurand, homogeneity=table, by=coordinator, at=at)
        rounds.dispatch(found=found, by=coordinator, at=at)
    found.refresh_from_db()
    return found


def _send(found: Round, by: Membership, values: tuple[str, str], day: date) -> None:
    part = found.participants.get(organisation=by.organisation)
    entries = {
        one.public_id: {"values": [value], "U": U, "k": "2", "method": method}
        for one, value, U, method in zip(
            found.measurands.all(), values, ("16", "24"), ("Integrating sphere", "Spectroradiometer"), strict=True
        )
    }
    with on(day) as at:
        results.send(participant=part, entries=entries, by=by, at=at)


def _reported(
    world: World, found: Round, laboratories: list[Membership], reported: tuple[tuple[str, str], ...], day: date
) -> None:
    for by, values in zip(laboratories, reported, strict=True):
        _send(found, by, values, day)
    comment = {
        "en": "The lamps were homogeneous. Most results agree well; check the self-absorption correction.",
        "zh": "样品均匀。多数结果一致性良好；请核查自吸收修正。",
    }
    with on(found.report_on - timedelta(days=2)) as at:
        edition = editions.propose(
            found=found, exclusions=[], comment=comment, by=world.members["pt-coordinator"], at=at
        )
    with on(found.report_on) as at:
        editions.issue(edition=edition, by=world.members["pt-statistician"], at=at)
