"""Every statistical method of this build as a page: paste the data, read the chart, take numbers and evidence."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from testamur.kernel.refusal import Refused, _
from testamur.portal import method_forms, method_input
from testamur.portal.frame import page
from testamur.portal.limits import limited
from testamur.tqm.methods import Method, index
from testamur.tqm.results import Result
from testamur.wording.results import drawn, figure_or_none
from testamur.wording.templatetags.say import language

CRUMB = {"en": "Quality methods", "zh": "质量方法"}
#: Package of a method → what it is about, in the order of the index.
AREAS: dict[str, tuple[dict[str, str], str]] = {
    "spc": ({"en": "Control charts", "zh": "控制图"}, "chart-line"),
    "capability": ({"en": "Capability and performance", "zh": "过程能力与性能"}, "chart-histogram"),
    "msa": ({"en": "Measurement systems", "zh": "测量系统分析"}, "ruler-measure"),
    "sampling": ({"en": "Acceptance sampling", "zh": "抽样检验"}, "chart-dots"),
    "pt": ({"en": "Proficiency testing", "zh": "能力验证"}, "flask"),
    "precision": ({"en": "Precision of methods", "zh": "测量方法的精密度"}, "target"),
    "uncertainty": ({"en": "Measurement uncertainty", "zh": "测量不确定度"}, "plus-minus"),
    "improve": ({"en": "Improvement", "zh": "质量改进"}, "trending-up"),
    "screens": ({"en": "Screens of data", "zh": "数据筛查"}, "filter-search"),
}
#: What somebody has in hand → the chart that fits (tqm.md 5, "pick my chart").
GUIDE: tuple[tuple[str, dict[str, str]], ...] = (
    ("i_mr", {"en": "One measured value at a time", "zh": "每次只有一个计量值"}),
    ("xbar_r", {"en": "Measured values in groups of 2 to 10", "zh": "每组2至10个计量值"}),
    ("xbar_s", {"en": "Measured values in larger groups", "zh": "每组10个以上计量值"}),
    ("p", {"en": "How many pieces of a lot were nonconforming", "zh": "每批的不合格品数"}),
    ("u", {"en": "How many faults on a surface, in an hour, in a file", "zh": "单位面积、时间或文件中的不合格数"}),
    ("laney_p_prime", {"en": "The same, in lots of thousands", "zh": "同上，但批量上千"}),
    ("ewma", {"en": "Small drifts must show early", "zh": "需要尽早发现小的偏移"}),
    ("hotelling_t2_individual", {"en": "Several characteristics that move together", "zh": "多个相关的特性值"}),
    ("capability_normal", {"en": "Does the process keep its tolerance?", "zh": "过程能否满足公差？"}),
    ("gage_rr_crossed", {"en": "Is the gauge good enough?", "zh": "量具是否够好？"}),
    ("iso2859_1_single_plan_lookup", {"en": "How many pieces of a lot must be inspected?", "zh": "一批应抽检多少件？"}),
    ("pareto", {"en": "Which causes cost most?", "zh": "哪些原因影响最大？"}),
)
#: Numbers that a page computes with; a server answers others meanwhile.
MOST = 200_000
#: Methods that compare every value with every other: what they take a second for.
PAIRWISE = {
    "fleiss_kappa": 6_000, "grubbs_double": 300, "hampel": 800, "iso13528_consensus": 1_000, "iso13528_q_hampel": 1_000,
    "iso13528_robust_location_scale": 2_000, "q_method": 2_000, "qn": 5_000,
}  # fmt: skip


@require_safe
def methods(request: HttpRequest) -> HttpResponse:
    """List the methods by what they are about, after the question which one fits."""
    found = index()
    groups: dict[str, list[dict[str, Any]]] = {}
    for one in found.values():
        groups.setdefault(one.area, []).append(_door(one))
    order = [*AREAS, *sorted(groups.keys() - AREAS.keys())]
    context = {
        "crumbs": [{"label": CRUMB}],
        "guide": [{"words": words, **_door(found[key])} for key, words in GUIDE if key in found],
        "groups": [
            {
                "area": area,
                "title": AREAS.get(area, ({"en": area, "zh": area}, ""))[0],
                "icon": AREAS.get(area, ({}, "calculator"))[1] or "calculator",
                "methods": groups[area],
            }
            for area in order
            if area in groups
        ],
    }
    return page(request, "methods", context)


@require_http_methods(["GET", "POST"])
@limited("method", a_minute=240)
def method(request: HttpRequest, method_id: str) -> HttpResponse:
    """Show one method; computed where data were sent. Nothing that is sent is kept."""
    found = index().get(method_id)
    if found is None:
        raise Http404
    sent = request.method == "POST"
    entries = method_forms.form(found, request.POST if sent else {})
    context: dict[str, Any] = {
        "crumbs": [{"label": CRUMB, "href": reverse("portal:methods")}, {"label": found.title}],
        "method": found,
        "document": found.document,
        "area": AREAS.get(found.area, ({"en": "", "zh": ""}, ""))[0],
        "inputs": [
            {
                "name": name,
                "words": {"en": about.en, "zh": about.zh},
                "optional": about.default is None,
                "columns": about.kind.partition(" with ")[2],
            }
            for name, about in found.data.items()
        ],
        "entries": entries,
        "data": request.POST.get("data", "") if sent else "",
        "siblings": [_door(one) for one in index().values() if one.area == found.area and one.id != found.id],
    }
    if not sent:
        return page(request, "method", context)
    try:
        # What came as a file stands in the box from now on: the next press sends it again.
        context["data"] = method_input.text_of(request)
        result = _computed(context["data"], found, entries)
    except Refused as refused:
        _blame(refused, entries, context)
        return page(request, "method", context)
    if result is None:
        context["errors"] = [{"id": one.ident, "text": one.error} for one in entries if one.error is not None]
        return page(request, "method", context)
    if taken := request.POST.get("take", ""):
        return _file(taken, found, result)
    return page(request, "method", context | _shown(result))


def _door(one: Method) -> dict[str, Any]:
    return {
        "title": one.title,
        "href": reverse("portal:method", args=[one.id]),
        "document": one.document,
    }


def _computed(text: str, found: Method, entries: list[method_forms.Entry]) -> Result | None:
    """Return the result; None where an entry of the form cannot be read."""
    from testamur.tqm.reading import read

    data: Any = None
    extra: Any = {}
    if text.strip():
        data, extra = read(text, found)
        _check_size(found, data, extra)
    elif found.data:
        raise Refused(_("Paste the data, or choose a file."), field="data")
    typed = method_forms.read(found, entries)
    if any(one.error for one in entries):
        return None
    return found.run(data, {**(extra if isinstance(extra, Mapping) else {}), **typed})


def _check_size(found: Method, data: Any, extra: Any) -> None:
    """Refuse what would keep a server busy; the command has no such limits."""
    count, most = _leaves(data), PAIRWISE.get(found.id, MOST)
    if count > most:
        raise Refused(
            _("{count} values are more than a page computes with ({most}); the command testamur tqm takes them."),
            {"count": count, "most": most},
            field="data",
        )
    for name, about in found.parameters.items():
        if about.kind == "whole number" and isinstance(extra, Mapping) and name in extra:
            method_forms.whole(str(extra[name]), name)


def _leaves(value: Any) -> int:
    if isinstance(value, Mapping):
        return sum(map(_leaves, value.values()))
    return sum(map(_leaves, value)) if isinstance(value, list) else 1


def _blame(refused: Refused, entries: list[method_forms.Entry], context: dict[str, Any]) -> None:
    """Put a refusal at the place of the form that it is about: a parameter, else the data."""
    entry = next((one for one in entries if one.name == refused.field), None)
    if entry is not None:
        entry.error = refused
    else:
        context["data_error"] = refused
    context["errors"] = [{"id": entry.ident if entry else "data", "text": refused}]


def _shown(result: Result) -> dict[str, Any]:
    evidence = result.evidence()
    return {
        "result": result,
        **drawn(result),
        "evidence": {
            "document": result.provenance.document,
            "digest": evidence["inputs_sha256"],
            "version": evidence["version"],
            "seed": evidence["seed"],
        },
    }


def _file(kind: str, found: Method, result: Result) -> HttpResponse:
    """Return the drawing, its numbers, or everything with the evidence, to keep."""
    figure = figure_or_none(result)
    if kind == "svg" and figure is not None:
        from testamur.tqm.figures.svg import to_svg

        content, media = to_svg(figure, gettext, language=language()), "image/svg+xml; charset=utf-8"
    elif kind == "csv" and figure is not None:
        from testamur.tqm.figures.tables import to_csv

        # Spreadsheets take a file without a mark for their own country's letters.
        content, media = "\ufeff" + to_csv(figure, gettext), "text/csv; charset=utf-8"
    elif kind == "json":
        whole = {"method": found.id, **result.to_dict(), "evidence": result.evidence()}
        content, media = json.dumps(whole, ensure_ascii=False, indent=2), "application/json; charset=utf-8"
    else:
        raise Http404
    response = HttpResponse(content, content_type=media)
    response["Content-Disposition"] = f'attachment; filename="{found.id}.{kind}"'
    response["Cache-Control"] = "no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response
