"""How pages of studies say charts, rules, causes and where a chart stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from testamur.studies.charting import Drawn
from testamur.studies.models import Remark
from testamur.tqm import forms
from testamur.tqm.methods import find
from testamur.tqm.results import listed
from testamur.tqm.spc.rules import NELSON, WECO
from testamur.workspace.said import said

RULE_SETS = {
    "default": _("Nelson 1 and 2: beyond a limit, or nine on one side"),
    "rule_1": _("Beyond a limit only: fewest false alarms"),
    "weco": _("Western Electric 1 to 4: sees shifts sooner, cries wolf more often"),
    "nelson": _("Nelson 1 to 8: sees most, cries wolf most often"),
}
CAUSES = {
    Remark.Cause.UNKNOWN: _("not known yet"),
    Remark.Cause.MACHINE: _("machine or tool"),
    Remark.Cause.MATERIAL: _("the material"),
    Remark.Cause.METHOD: _("the way of working"),
    Remark.Cause.PEOPLE: _("the people"),
    Remark.Cause.MEASUREMENT: _("the measurement"),
    Remark.Cause.ENVIRONMENT: _("the surroundings"),
    Remark.Cause.CHANCE: _("nothing was different: a false alarm"),
}
#: The numbers of frozen limits, by their names in ``tqm``; symbols say themselves.
NUMBERS = {
    "center": _("centre"),
    "sigma": "σ",
    "rate": _("rate"),
    "sigma_z": "σz",
    "lam": "λ",
    "L": "L",
    "k": "k",
    "h": "h",
    "head_start": _("head start"),
}
_MEANS = {
    "beyond": _("beyond a limit"),
    "same_side": _("{n} in a row on one side of the centre"),
    "trend": _("{n} in a row up or down"),
    "alternating": _("{n} in a row up and down by turns"),
    "k_of_n": _("{k} of {n} beyond {sigma} sigma on one side"),
    "within": _("{n} in a row within {sigma} sigma"),
    "outside": _("{n} in a row outside {sigma} sigma"),
}
EDITION = {"en": "Edition of the standard", "zh": "标准版次"}
_RULES = {rule.id: rule for rule in (*NELSON, *WECO)}


def rule_number(rule: str) -> str:
    """Return what the chart writes beside a point that breaks a rule."""
    return _RULES[rule].number if rule in _RULES else "1"


def rule_words(rule: str) -> str:
    """Say what a rule has seen."""
    known = _RULES.get(rule)
    if known is None:
        return str(_MEANS["beyond"])
    return str(_MEANS[known.kind]).format(n=known.n, k=known.k, sigma=f"{known.sigma:g}")


def rules_short(rules: list[str]) -> str:
    """Return the numbers of broken rules, as they stand on the chart."""
    return ", ".join(dict.fromkeys(rule_number(rule) for rule in rules))


def runs(numbers: list[int]) -> str:
    """Return numbers as people say them: 37 to 39 is ``37–39``; at most six groups."""
    groups: list[list[int]] = []
    for number in numbers:
        if groups and number == groups[-1][1] + 1:
            groups[-1][1] = number
        else:
            groups.append([number, number])
    shown = [f"{a}–{b}" if b > a else str(a) for a, b in groups[:6]]
    return ", ".join(shown) + (" …" if len(groups) > 6 else "")


def method_title(method: str) -> dict[str, str]:
    """Return the name of a method in both languages."""
    return find(method).title


def parameter_words(method: str, parameters: Mapping[str, Any]) -> list[tuple[Any, str]]:
    """Return what a study was computed with: words of each parameter in both languages, and its value."""
    about = find(method)
    labels = {one.name: one.label for one in forms.form(about, {})} | {"edition": EDITION}
    return [(labels.get(name, {"en": name, "zh": f"参数 {name}"}), text) for name, text in listed(dict(parameters))]


def state(drawn: Drawn) -> dict[str, Any]:
    """Return where a chart stands, as a pill: closed, no points, no limits, stable, or since when not."""
    if drawn.chart.closed_at is not None:
        return {"tone": "mute", "text": gettext("closed")}
    if drawn.result is None:
        return {"tone": "mute", "text": gettext("no points yet")}
    if drawn.result.status != "ok":
        return {"tone": "warn", "text": gettext("the data do not vary")}
    if drawn.stretches[-1].start + 1 in drawn.untold:
        return {"tone": "info", "text": gettext("too few points for limits")}
    start = drawn.stretches[-1].start
    signals = [number for number in drawn.signals if number > start and number not in drawn.excluded]
    if signals:
        return {"tone": "bad", "text": gettext("not stable since point {point}").format(point=signals[0])}
    if drawn.limits is None:
        return {"tone": "info", "text": gettext("stable so far; limits are not frozen")}
    return {"tone": "ok", "text": gettext("stable")}


def sentence(refused: Any) -> Any:
    """Return a refusal as templates show it."""
    return said(refused.message_id, refused.facts)
