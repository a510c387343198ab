"""The audit programme of a cycle: which sites, in which rounds, and the case's way into selection (17021-1
9.1.3, MD 1)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from testamur import rules
from testamur.kernel import days
from testamur.kernel.words import Occasion
from testamur.parties.models import actor
from testamur.selection.calculation import Calculation, beacon, calculate, sample_of
from testamur.selection.models import ApplicationReview, Case, Programme
from testamur.selection.policies import Actor
from testamur.selection.roles import cite
from testamur.selection.scope import agreed_scope, proposed

#: Why a site is in the programme, in both languages.
BECAUSE = {
    "central": {"en": "holds the central function: audited every time", "zh": "中心职能场所，每次均审核"},
    "all": {"en": "the scheme samples no sites", "zh": "方案未规定场所抽样，全部审核"},
    "random": {"en": "drawn at random", "zh": "随机抽取"},
    "chosen": {"en": "chosen so that the cycle covers different sites", "zh": "为使周期内覆盖不同场所而选取"},
    "later": {"en": "in a later round of the cycle", "zh": "列入周期内后续轮次"},
}


def enter_selection(case: Case, *, by: Actor, at: datetime) -> ApplicationReview:
    """Take a case on which nothing is asked straight to selection, its time calculated from what was answered
    before."""
    on = days.day_of(at, case.scheme.definition.area)
    calculation = calculate(case, on=on)
    edition = case.attestation.editions.order_by("-edition").first() if case.attestation else None
    made = ApplicationReview.objects.create(
        case=case,
        accepted=True,
        calculation=calculation.to_json(),
        days=calculation.days(case.occasion),
        scope=agreed_scope(case),
        statement=edition.statement if edition else {},
        effective_at=at,
        **actor(by),
    )
    case.move(Case.Stage.SELECTION, on=on)
    make_programme(case, calculation)
    return made


def make_programme(case: Case, calculation: Calculation) -> Programme:
    """Write the programme: rounds of the cycle with activities and days, sites with the rounds they are visited in."""
    definition = case.scheme.definition
    initial = calculation.days(case.occasion)
    later = calculation.answer("surveillance_time")
    if (
        later is None
        and definition.rule_for("surveillance_time") is not None
        and calculation.answer("audit_time") is not None
    ):
        rule = definition.rule_for("surveillance_time")
        assert rule is not None
        later = rules.evaluate(rule.rule, {"initial_days": calculation.answer("audit_time")}).output.get("days")
    rounds: list[dict[str, Any]] = [
        {
            "round": case.occasion,
            "activities": [
                one.id
                for one in definition.activities_on(case.occasion)
                if all(c.holds(calculation.facts) for c in one.when)
            ],
            "days": str(initial) if initial is not None else None,
        }
    ]
    if Occasion(case.occasion) in (Occasion.INITIAL, Occasion.RENEWAL, Occasion.TRANSFER):
        rounds += [
            {
                "round": one.id,
                "title": one.title,
                "activities": list(one.activities),
                "days": str(later) if later is not None else None,
                "source": cite(one),
            }
            for one in definition.rounds
        ]
    sites = plan_sites(case, calculation, [str(one["round"]) for one in rounds])
    programme, _made = Programme.objects.update_or_create(case=case, defaults={"sites": sites, "rounds": rounds})
    return programme


def plan_sites(case: Case, calculation: Calculation, rounds: list[str]) -> list[dict[str, Any]]:
    """Return each site with the rounds in which it is visited and why.

    The central function is visited every time. Of the others, MD 1 says how many; a quarter of these at least is drawn
    at random, reproducibly from a public value, and the rest is taken so that later rounds see other sites.
    """
    field = next(
        (one for one in case.scheme.definition.fields if one.type == "sites" and f"form.{one.id}" in calculation.facts),
        None,
    )
    if field is None:
        return []
    rows = [row for row in calculation.facts[f"form.{field.id}"] if row.get("site")]
    central = [row for row in rows if row.get("central")]
    others = [row for row in rows if not row.get("central")]
    found = [_site(row, rounds, "central") for row in central]
    sample = calculation.output("site_sample")
    size = sample_of(sample, case.occasion) if sample else None
    if size is None or size >= len(others):
        because = "all" if size is None else "chosen"
        return found + [
            _site(row, rounds[:1] if size is not None and len(rounds) > 1 else rounds, because) for row in others
        ]
    order = drawn(case, [str(row["site"]) for row in others])
    least = int(calculation.answer("site_random") or 0)
    by_id = {str(row["site"]): row for row in others}
    rest = sorted(order[least:], key=lambda one: (-int(by_id[one].get("headcount") or 0), order.index(one)))
    queue = [*order[:least], *rest]
    visits: dict[str, list[str]] = {one: [] for one in queue}
    position = 0
    for number, name in enumerate(rounds):
        count = size if number == 0 else int(sample.get("surveillance") or 0)
        for _place in range(min(count, len(queue))):
            visits[queue[position % len(queue)]].append(name)
            position += 1
    return found + [
        _site(
            by_id[one],
            visits[one],
            "random" if one in order[:least] else "chosen" if rounds[0] in visits[one] else "later",
        )
        for one in queue
    ]


def _site(row: dict[str, Any], rounds: list[str], because: str) -> dict[str, Any]:
    return {"site": row["site"], "names": row["names"], "rounds": list(rounds), "because": BECAUSE[because]}


def drawn(case: Case, ids: list[str]) -> list[str]:
    """Return the sites in the order of a draw that anybody can repeat (RND.select)."""
    result = rules.evaluate(
        "RND.select",
        {
            "round_id": f"{case.public_id}/{case.occasion}/sites",
            "beacon": beacon(case),
            "ids": sorted(ids),
            "k": len(ids),
        },
    )
    return [str(one) for one in result.output["selected_in_order"]]


def sites_of(case: Case, round_: str | None = None) -> list[dict[str, Any]]:
    """Return the sites of the programme that a round (default: this occasion) visits."""
    programme = getattr(case, "programme", None)
    wanted = round_ or case.occasion
    return [row for row in (programme.sites if programme else []) if wanted in row["rounds"]]


def proposed_scope(case: Case, calculation: Calculation) -> list[dict[str, Any]]:
    """Return the scope lines that the answers and the rules propose."""
    return proposed(case, calculation.facts)


def last_day_of(case: Case) -> date | None:
    """Return the last planned day of a case's visits."""
    row = case.planned.filter(visit__cancelled_at=None).order_by("-visit__until_day").first()
    return row.visit.until_day if row else None
