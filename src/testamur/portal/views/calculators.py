"""Every rule of this build as a calculator: typed inputs, the result, the numbered working with its sources."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from testamur import rules
from testamur.kernel.refusal import Refused
from testamur.portal import asking, rule_forms
from testamur.portal.frame import page
from testamur.portal.limits import limited
from testamur.rules.engine import Result, Rule
from testamur.rules.saying import shown
from testamur.wording.templatetags.say import language, words

#: Area of a rule id → what it is about, in the order of the index.
AREAS: dict[str, tuple[dict[str, str], str]] = {
    "MD5": ({"en": "Audit time", "zh": "审核时间（人日）"}, "clock-hour-4"),
    "MD1": ({"en": "Several sites", "zh": "多场所"}, "building-factory-2"),
    "MD11": ({"en": "Integrated systems", "zh": "一体化管理体系"}, "stack-2"),
    "CAB": ({"en": "Certification cycle, people, applications", "zh": "认证周期、人员与申请"}, "calendar-due"),
    "CN": ({"en": "China: codes, conditions, deadlines", "zh": "中国：代码、条件与期限"}, "calendar"),
    "TRANS": ({"en": "Transitions between editions", "zh": "标准换版转换"}, "arrows-sort"),
    "SCOPE": ({"en": "Scopes and sectors", "zh": "范围与行业"}, "binary-tree"),
    "RND": ({"en": "Random draws", "zh": "随机抽取"}, "arrows-shuffle"),
    "SMP": ({"en": "Samples", "zh": "抽样"}, "chart-dots"),
}


#: Closed words that rules answer with.
ANSWERS: dict[str, dict[str, str]] = {
    "valid": {"en": "in order", "zh": "正确"},
    "checksum_mismatch": {"en": "the check character differs", "zh": "校验码不符"},
    "bad_characters": {"en": "holds characters that such a code never has", "zh": "含有此类代码不使用的字符"},
    "bad_length": {"en": "too long or too short", "zh": "位数不符"},
    "not_expired": {"en": "not expired", "zh": "尚未届满"},
    "restore": {"en": "it may be restored", "zh": "可恢复"},
    "stage2_required": {"en": "a stage 2 audit is needed", "zh": "须实施第二阶段审核"},
    "initial_required": {"en": "an initial certification is needed", "zh": "须重新初次认证"},
    "repeat_stage2": {"en": "stage 2 is to be repeated", "zh": "须重新实施第二阶段审核"},
    "within_limit": {"en": "within the longest time", "zh": "未超过最长期限"},
    "must_withdraw_or_reduce": {"en": "to be withdrawn or reduced", "zh": "须撤销或缩小范围"},
}


@require_safe
def calculators(request: HttpRequest) -> HttpResponse:
    """List all rules by area."""
    asked = asking.text(request, "q").casefold()
    groups: dict[str, list[dict[str, Any]]] = {}
    for rule in rules.index().values():
        text = f"{rule.id} {rule.title['en']} {rule.title['zh']}".casefold()
        if all(word in text for word in asked.split()):
            area = rule.id.partition(".")[0]
            groups.setdefault(area, []).append(
                {"id": rule.id, "title": rule.title, "href": reverse("portal:rule", args=[rule.id]),
                 "source": rule.source[0], "unconfirmed": rule.unconfirmed}
            )  # fmt: skip
    order = [*AREAS, *sorted(groups.keys() - AREAS.keys())]
    context = {
        "crumbs": [{"label": {"en": "Calculators", "zh": "计算器"}}],
        "find": {"action": reverse("portal:calculators"), "q": asking.text(request, "q"), "target": "rules"},
        "groups": [
            {
                "title": AREAS.get(area, ({"en": area, "zh": area}, ""))[0],
                "icon": AREAS.get(area, ({}, "calculator"))[1],
                "area": area,
                "rules": groups[area],
            }
            for area in order
            if area in groups
        ],
        "total": len(rules.index()),
    }
    return page(request, "calculators", context)


@require_safe
@limited("calculator", a_minute=240)
@vary_on_headers("HX-Request")
def rule(request: HttpRequest, rule_id: str) -> HttpResponse:
    """Show one calculator, and its answer where something was asked."""
    found = rules.index().get(rule_id)
    if found is None:
        raise Http404
    entries = rule_forms.form(found, request.GET)
    on, wrong_day = asking.day(request, "on")
    asked = bool(set(request.GET) - {"on", "lang"}) or "ask" in request.GET
    working: dict[str, Any] | None = None
    result: Result | None = None
    if asked:
        inputs, good = rule_forms.read(found, entries)
        if good and not wrong_day:
            try:
                result = rules.evaluate(found.id, inputs, on)
                working = _working(result)
            except Refused as refused:
                if not rule_forms.blame(refused, entries):
                    working = {"refused": refused}
    errors = [
        {"id": one.ident, "text": one.error} for entry in entries for one in entry.walk() if one.error is not None
    ]
    if wrong_day:
        errors.append({"id": "in-on", "text": gettext("This is no day; write it as 2026-03-31.")})
    context = {
        "crumbs": [
            {"label": {"en": "Calculators", "zh": "计算器"}, "href": reverse("portal:calculators")},
            {"label": found.title},
        ],
        "rule": found,
        "area": AREAS.get(found.id.partition(".")[0], ({"en": "", "zh": ""}, ""))[0],
        "entries": entries,
        "on": on.isoformat() if on else "",
        "errors": errors,
        "working": working,
        "result": result,
        "parameters": _parameters(result) if result else None,
        "unconfirmed": result.unconfirmed if result else found.unconfirmed,
        "siblings": [
            {"id": one.id, "title": one.title, "href": reverse("portal:rule", args=[one.id])}
            for one in rules.index().values()
            if one.id.partition(".")[0] == found.id.partition(".")[0] and one.id != found.id
        ],
    }
    return page(request, "rule", context)


def _working(result: Result) -> dict[str, Any]:
    said = language()
    scalars = [(name, value) for name, value in result.output.items() if not isinstance(value, (list, tuple, Mapping))]
    head = scalars[0][1] if len(result.output) == 1 and scalars else None
    return {
        "big": shown(head, said) if head is not None else result.conclusion,
        "note": result.conclusion if head is not None else None,
        "steps": [
            {
                "words": _marked(step.words, step.unconfirmed),
                "value": "" if step.value is None else _said(step.value),
                "source": step.source or result.source[0],
            }
            for step in result.working
        ],
        "facts": [{"label": _label(result.rule, name), "value": _said(value)} for name, value in result.output.items()],
    }


def _marked(text: dict[str, str], unconfirmed: bool) -> dict[str, str]:
    if not unconfirmed:
        return text
    return {"en": f"{text['en']} (unconfirmed)", "zh": f"{text['zh']}（待确认）"}


def _label(rule: Rule, name: str) -> dict[str, str]:
    answer = rule.outputs.get(name)
    return {"en": answer.en[:1].upper() + answer.en[1:], "zh": answer.zh} if answer else {"en": name, "zh": name}


def _said(value: Any) -> str:
    said = language()
    if isinstance(value, str) and value in ANSWERS:
        return words(ANSWERS[value])
    if isinstance(value, Mapping):
        if set(value) == {"en", "zh"}:
            return str(value[said])
        return "; ".join(f"{key}: {_said(item)}" for key, item in value.items())
    if isinstance(value, (list, tuple)):
        return ("、" if said == "zh" else ", ").join(_said(item) for item in value) or shown([], said)
    return shown(value, said)


def _parameters(result: Result) -> dict[str, Any] | None:
    if not result.parameters:
        return None
    rows = []
    for row in result.parameters:
        value = row.value
        text = _rows(len(value)) if isinstance(value, list) else f"{_said(value)} {row.unit}".strip()
        until: Any = {"day": row.valid_to} if row.valid_to else {"en": "open", "zh": "未定"}
        note = {"en": "unconfirmed", "zh": "待确认"} if row.unconfirmed else None
        rows.append(
            {
                "cells": [
                    row.title,
                    {"text": text, "note": note} if note else text,
                    {"day": row.valid_from},
                    until,
                    {"source": row.source},
                ],
                "mark": row.unconfirmed,
            }
        )
    return {
        "columns": [
            {"label": {"en": "Parameter", "zh": "参数"}},
            {"label": {"en": "Value", "zh": "取值"}},
            {"label": {"en": "From", "zh": "自"}},
            {"label": {"en": "Until", "zh": "至"}},
            {"label": {"en": "Source", "zh": "依据"}},
        ],
        "rows": rows,
    }


def _rows(count: int) -> str:
    return words({"en": f"table of {count} rows", "zh": f"{count}行的表"})
