"""Studies: the list, the choice of a method, a new one, and one that is kept."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from testamur.files import pasted, tables
from testamur.kernel import clock
from testamur.kernel.refusal import Refused
from testamur.kernel.words import Function
from testamur.parties import acting
from testamur.parties.models import Membership
from testamur.studies import actions, evidence, exhibits, gauging, queries
from testamur.studies.models import Study
from testamur.tqm import forms
from testamur.tqm.methods import Method, find, index
from testamur.tqm.reading import read
from testamur.tqm.results import listed, version
from testamur.wording.results import AREAS, drawn, figure_or_none
from testamur.wording.templatetags.say import language, words
from testamur.workspace.answers import Answers, options
from testamur.workspace.workshop.studies import frame
from testamur.workspace.workshop.studies.words import method_title, parameter_words, sentence

LIST = "workspace:workshop-studies"
#: Seconds for which the drawing of a study is remembered; a study never changes.
REMEMBERED = 24 * 60 * 60
#: Methods that stand first: what certifiers and customers ask for.
FIRST = (
    "capability_normal",
    "gage_rr_crossed",
    "iso2859_1_single_plan_lookup",
    "pareto",
    "capability_percentile",
    "attribute_agreement",
)


@require_safe
@acting.requires(Function.QUALITY)
def studies(request: HttpRequest) -> HttpResponse:
    """List the computations that are kept."""

    def row(one: Study) -> tuple[str, list[Any], list[Any]]:
        who = words(one.by.person.names) if one.by else ""
        about = str(one.characteristic or one.gauge or "")
        digest = one.evidence.get("inputs_sha256", "")
        cells = [one.title, words(method_title(one.method)), about, {"instant": one.effective_at}, who]
        plain = [one.title, one.method, about, one.effective_at, who, digest]
        return reverse("workspace:workshop-study", args=[one.public_id]), cells, plain

    return frame.list_page(
        request,
        queries.studies_visible_to(frame.acting(request)),
        title=_("Studies"),
        lead=_("Computed once, kept with data, answer and digest: anybody can compute them again."),
        name="studies",
        columns=[
            ("title", _("Title"), "title"),
            ("method", _("Method"), "method"),
            ("about", _("Of"), ""),
            ("made_at", _("Made"), "effective_at"),
            ("by", _("Made by"), ""),
            ("digest", "", ""),
        ],
        row_of=row,
        search=["title", "method", "characteristic__name", "gauge__number"],
        action={"label": _("Compute a study"), "href": reverse("workspace:workshop-study-new")},
        empty=(
            _("No study yet"),
            _("Does the process keep its tolerance? Is the gauge good enough? Compute it and keep it."),
        ),
        icon="calculator",
    )


@require_safe
@acting.requires(Function.QUALITY)
def study_new(request: HttpRequest) -> HttpResponse:
    """Choose a method; what was chosen before (a characteristic, a gauge) goes along."""
    found = index()
    along = request.GET.copy()
    wanted = along.pop("area", [""])[-1]
    ending = f"?{along.urlencode()}" if along else ""

    def door(one: Method) -> dict[str, Any]:
        return {
            "title": one.title,
            "href": reverse("workspace:workshop-study-method", args=[one.id]) + ending,
            "document": one.document,
        }

    areas = [wanted, *AREAS] if wanted in AREAS else list(AREAS)
    groups = [
        {
            "title": AREAS[area][0],
            "icon": AREAS[area][1],
            "methods": [door(one) for one in found.values() if one.area == area],
        }
        for area in dict.fromkeys(areas)
    ]
    context = {
        "head": {"title": _("Compute a study"), "facts": [_("Choose what is to be found out.")]},
        "crumbs": frame.crumbs((_("Studies"), reverse(LIST)), (_("Compute a study"), "")),
        "first": [door(found[key]) for key in FIRST if key in found],
        "groups": groups,
    }
    return render(request, "workshop/studies/methods.html", context)


@require_http_methods(["GET", "POST"])
@acting.requires(Function.QUALITY)
def study_method(request: HttpRequest, method_id: str) -> HttpResponse:
    """Give a method its data, look at the answer, keep it; nothing typed is lost."""
    membership = frame.acting(request)
    method = index().get(method_id)
    if method is None:
        raise Http404
    known = _known(membership)
    answers = Answers(request, initial=_initial(request, method, known))
    typed = request.POST if answers.sent else {f"p.{name}": text for name, text in answers.initial.items()}
    entries = forms.form(method, {name: typed[name] for name in typed})
    look: dict[str, Any] | None = None
    if answers.sent:
        _take_file(request, answers)

    def settled() -> dict[str, Any]:
        return _settled(answers, method, entries, known)

    if request.POST.get("_look") and not answers.errors:
        look = _looked(answers, method, settled)
    elif answers.attempt(
        lambda: (
            (given := settled())
            and not answers.errors
            and actions.keep_study(
                method=method.id, title=answers.text("title"), by=membership, at=clock.now(), **given
            )
        )
    ):
        messages.success(request, _("The study is kept."))
        if answers.result:
            return redirect("workspace:workshop-study", answers.result.public_id)
        return redirect(LIST)
    for entry in entries:
        if entry.error is not None:
            answers.errors.setdefault(f"p.{entry.name}", entry.error)
    return frame.form_page(
        request,
        answers,
        _questions(answers, method, entries, known),
        title=method.title,
        lead=method.document,
        button=_("Compute and keep"),
        second={"name": "_look", "label": _("Only look at the answer")},
        back=reverse("workspace:workshop-study-new"),
        way=[(_("Studies"), reverse(LIST)), (_("Compute a study"), reverse("workspace:workshop-study-new"))],
        multipart=True,
        look=look,
    )


def _known(membership: Membership) -> dict[str, dict[str, Any]]:
    return {
        "characteristic": {one.public_id: one for one in queries.characteristics_visible_to(membership)},
        "gauge": {one.public_id: one for one in queries.gauges_visible_to(membership)},
        "chart": {one.public_id: one for one in queries.charts_visible_to(membership).filter(closed_at=None)},
    }


def _initial(request: HttpRequest, method: Method, known: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Return what a new form begins with: what one came from, and the limits of its specification."""
    found: dict[str, Any] = {name: key for name in known if (key := request.GET.get(name, "")) in known[name]}
    chart = known["chart"].get(found.get("chart", ""))
    characteristic = chart.characteristic if chart else known["characteristic"].get(found.get("characteristic", ""))
    if characteristic is not None:
        found["characteristic"] = characteristic.public_id
        limits = {"lsl": characteristic.lower, "usl": characteristic.upper, "target": characteristic.target}
        if characteristic.lower is not None and characteristic.upper is not None:
            limits["tolerance"] = characteristic.upper - characteristic.lower
        found |= {name: frame.plain_number(value) for name, value in limits.items() if name in method.parameters}
    if chart is not None and chart.gauge is not None:
        found["gauge"] = chart.gauge.public_id
    about = characteristic or known["gauge"].get(found.get("gauge", ""))
    if about is not None:
        found["title"] = f"{words(method.title)}: {about}"[:160]
    return found


def _take_file(request: HttpRequest, answers: Answers) -> None:
    try:
        text = pasted.text_of(request)
    except Refused as refused:
        answers.errors["data"] = refused
        return
    sent = request.POST.copy()
    sent["data"] = text
    request.POST = sent  # type: ignore[assignment]


def _settled(
    answers: Answers, method: Method, entries: list[forms.Entry], known: dict[str, dict[str, Any]]
) -> dict[str, Any]:
    """Return what was typed as arguments of :func:`actions.keep_study`; refusals go to their fields."""
    chosen = {name: answers.chosen(name, rows, required=False) for name, rows in known.items()}
    text = answers.text("data", most=pasted.MOST)
    data: Any = None
    extra: Any = {}
    try:
        if text:
            data, extra = read(text, method)
            forms.check_size(method, data, extra)
        elif chosen["chart"] is None:
            if any(about.default is ... for about in method.data.values()):
                raise Refused(_("Paste the data, choose a file, or choose one of your charts."), field="data")
            data = {}
    except Refused as refused:
        refused.field = "data"
        answers.refuse(refused)
    typed = forms.read(method, entries)
    for entry in entries:
        if entry.error is not None:
            answers.errors.setdefault(f"p.{entry.name}", entry.error)
    return {"data": data, "parameters": {**(extra if isinstance(extra, dict) else {}), **typed}, **chosen}


def _looked(answers: Answers, method: Method, settled: Any) -> dict[str, Any] | None:
    """Return the answer without keeping it; None where it is refused."""
    try:
        given = settled()
        if answers.errors:
            return None
        chart = given["chart"]
        if chart is not None:
            evidence.check_stable(chart, method.id)
        data = evidence.of_chart(chart, method.id) if chart is not None and given["data"] is None else given["data"]
        return drawn(find(method.id).run(data, given["parameters"]))
    except Refused as refused:
        if refused.field and refused.field not in ("chart", "data"):
            refused.field = f"p.{refused.field}" if refused.field in method.parameters else "data"
        answers.refuse(refused)
        return None


def _questions(
    answers: Answers, method: Method, entries: list[forms.Entry], known: dict[str, dict[str, Any]]
) -> list[dict[str, Any]]:
    optional = {"required": False}
    asked = [answers.ask("title", "text", _("Title of the study"), max=160)]
    if method.data:
        columns = "; ".join(f"{name}: {words({'en': one.en, 'zh': one.zh})}" for name, one in method.data.items())
        asked += [
            answers.ask("data", "long_text", _("Paste from a spreadsheet"), help=columns, **optional),
            answers.ask(
                "file",
                "file",
                _("Or a file: CSV, XLSX or JSON"),
                accept=["csv", "tsv", "txt", "xlsx", "json"],
                **optional,
            ),
        ]
        if known["chart"] and method.data.keys() & {"values", "subgroups", "defectives", "counts"}:
            charts = options((key, one.name) for key, one in known["chart"].items())
            note = _("Its last stage, without the points that are left out. Leave the box above empty then.")
            asked.append(
                answers.ask("chart", "choice", _("Or the data of a chart"), options=charts, help=note, **optional)
            )
    for entry in entries:
        kind = "choice" if entry.shape == "choice" else "text"
        listed = options((value, label) for value, label in entry.options if value != "")
        question = answers.ask(
            f"p.{entry.name}", kind, entry.label, options=listed, help=entry.hint, required=entry.required
        )
        asked.append(question | {"value": entry.value})
    for name, label in (("characteristic", _("Characteristic")), ("gauge", _("Gauge"))):
        if known[name]:
            rows = options((key, str(one)) for key, one in known[name].items())
            asked.append(answers.ask(name, "choice", label, options=rows, **optional))
    return asked


@require_safe
@acting.requires(Function.QUALITY)
def study(request: HttpRequest, study_id: str) -> HttpResponse:
    """Show a kept study: figures, drawing, every number, evidence; ``?recompute=1`` computes it again."""
    one = visible(frame.acting(request), study_id)
    kind = request.GET.get("format", "")
    if kind:
        return _file(kind, one)
    document = exhibits.document_of(one)
    again = exhibits.Again(document, one, evidence.recompute(one)) if request.GET.get("recompute") else None
    here = reverse("workspace:workshop-study", args=[one.public_id])
    facts: list[Any] = [method_title(one.method)]
    for row, name in ((one.characteristic, "characteristic"), (one.gauge, "gauge"), (one.chart, "chart")):
        if row is not None:
            facts.append({"text": str(row), "href": reverse(f"workspace:workshop-{name}", args=[row.public_id])})
    context = {
        "head": {
            "title": one.title,
            "facts": [*facts, {"instant": one.effective_at}],
            "actions": [
                {"label": _("Put it forward in a case"), "href": f"{here}cases/", "icon": "send"},
                {"label": _("Report (PDF)"), "href": f"{here}report.pdf", "icon": "file-download"},
            ],
        },
        "crumbs": frame.crumbs((_("Studies"), reverse(LIST)), (one.title, "")),
        # The cautions stand above the result, where nobody overlooks them.
        "facts": [
            {**fact, "mono": fact["label"]["en"] == "Digest of the data"}
            for fact in exhibits.facts_of(document)
            if fact["label"]["en"] != "Caution"
        ],
        "cautions": gauging.cautions(document),
        **shown_of(one),
        "parameters": [
            {"label": name, "value": text, "mono": True} for name, text in parameter_words(one.method, one.parameters)
        ],
        "proof": [
            {"label": _("Digest of the data (SHA-256)"), "value": {"hash": one.evidence.get("inputs_sha256", "")}},
            {"label": _("Source"), "value": find(one.method).document},
            {"label": _("Computed by"), "value": f"Testamur {one.evidence.get('version', '')}", "mono": True},
        ],
        "again": again,
        "again_refused": sentence(again.found.refused) if again is not None and again.found.refused else None,
    }
    return render(request, "workshop/studies/study.html", context)


def shown_of(one: Study) -> dict[str, Any]:
    """Return warnings, drawing, tables and figures of a study; computed once a day and language at most."""
    key = f"workshop.study.{one.public_id}.{version()}.{language()}"
    found: dict[str, Any] | None = cache.get(key)
    if found is None:
        try:
            found = drawn(find(one.method).run(one.data, one.parameters))
        except Refused as refused:
            found = {"warnings": [str(refused)], "drawing": "", "tables": []}
        found["answers"] = [{"name": name, "text": text} for name, text in figures_of(one)]
        cache.set(key, found, REMEMBERED)
    return found


def figures_of(one: Study) -> list[tuple[str, str]]:
    """Return the figures of a kept answer by their dotted names; warnings are said in sentences elsewhere."""
    return listed({name: value for name, value in one.answer.items() if name != "warnings"})


def visible(membership: Membership, study_id: str) -> Study:
    """Return one's organisation's study, or 404."""
    return get_object_or_404(queries.studies_visible_to(membership), public_id=study_id)


def _file(kind: str, one: Study) -> HttpResponse:
    name = f"study-{one.public_id}"
    if kind == "json":
        content = json.dumps(exhibits.document_of(one), ensure_ascii=False, indent=2)
        return _as_file(content, "application/json; charset=utf-8", f"{name}.json")
    if kind == "svg":
        from testamur.tqm.figures.svg import to_svg

        figure = figure_or_none(find(one.method).run(one.data, one.parameters))
        if figure is None:
            raise Http404
        return _as_file(to_svg(figure, _, language=language()), "image/svg+xml; charset=utf-8", f"{name}.svg")
    if kind not in tables.WRITERS:
        raise Http404
    return tables.as_file(kind, ["name", "value"], figures_of(one), name=name)


def _as_file(content: str, media: str, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=media)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response
