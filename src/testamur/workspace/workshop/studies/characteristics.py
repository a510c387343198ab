"""What one's organisation measures."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from testamur.kernel import clock
from testamur.kernel.words import Function
from testamur.parties import acting
from testamur.parties.models import Membership
from testamur.studies import actions, queries
from testamur.studies.models import Characteristic
from testamur.wording.templatetags.say import words
from testamur.workspace.answers import Answers, options
from testamur.workspace.workshop.studies import frame

LIST = "workspace:workshop-characteristics"


@require_safe
@acting.requires(Function.QUALITY)
def characteristics(request: HttpRequest) -> HttpResponse:
    """List what is measured or counted."""
    rows = queries.characteristics_visible_to(frame.acting(request)).select_related("site")
    return frame.list_page(
        request,
        rows,
        title=_("Characteristics"),
        lead=_("What you measure or count, and the limits it has to keep."),
        name="characteristics",
        columns=[
            ("name", _("Name"), "name"),
            ("unit", _("Unit"), "unit"),
            ("lower", _("Lower limit"), ""),
            ("target", _("Target"), ""),
            ("upper", _("Upper limit"), ""),
            ("site", _("Site"), ""),
        ],
        row_of=_row,
        search=["name", "unit"],
        action={"label": _("Add a characteristic"), "href": reverse("workspace:workshop-characteristic-new")},
        empty=(_("Nothing is measured yet"), _("Name one thing that matters to your customer, then chart it.")),
        icon="ruler-measure",
    )


def _row(one: Characteristic) -> tuple[str, list[Any], list[Any]]:
    limits = [frame.plain_number(value) for value in (one.lower, one.target, one.upper)]
    cells = [one.name, one.unit, *limits, words(one.site.names) if one.site else ""]
    return reverse("workspace:workshop-characteristic", args=[one.public_id]), cells, cells


@require_http_methods(["GET", "POST"])
@acting.requires(Function.QUALITY)
def characteristic_new(request: HttpRequest) -> HttpResponse:
    """Enter a characteristic."""
    membership = frame.acting(request)
    answers = Answers(request)
    if answers.attempt(
        lambda: actions.describe_characteristic(**_read(answers, membership), by=membership, at=clock.now())
    ):
        messages.success(request, _("The characteristic is kept. Start a chart of it, or a study."))
        made = answers.result
        return redirect("workspace:workshop-characteristic", made.public_id) if made else redirect(LIST)
    return frame.form_page(
        request,
        answers,
        _questions(answers, membership),
        title=_("Add a characteristic"),
        button=_("Keep the characteristic"),
        back=reverse(LIST),
        way=[(_("Characteristics"), reverse(LIST))],
    )


@require_http_methods(["GET", "POST"])
@acting.requires(Function.QUALITY)
def characteristic(request: HttpRequest, characteristic_id: str) -> HttpResponse:
    """Show a characteristic with its charts and studies, and change it."""
    membership = frame.acting(request)
    one = get_object_or_404(queries.characteristics_visible_to(membership), public_id=characteristic_id)
    limits = {name: frame.plain_number(getattr(one, name)) for name in ("lower", "target", "upper")}
    site = one.site.public_id if one.site else ""
    answers = Answers(
        request, initial={"name": one.name, "unit": one.unit, "site": site, "seen": one.version, **limits}
    )
    seen = answers.number("seen")
    if answers.attempt(
        lambda: actions.change_characteristic(
            characteristic=one,
            seen=-1 if seen is None else seen,
            **_read(answers, membership),
            by=membership,
            at=clock.now(),
        )
    ):
        messages.success(request, _("The change is saved."))
        return redirect("workspace:workshop-characteristic", one.public_id)
    charts = [
        {"title": chart.name, "href": reverse("workspace:workshop-chart", args=[chart.public_id])}
        for chart in queries.charts_visible_to(membership).filter(characteristic=one)
    ]
    studies = [
        {"title": study.title, "href": reverse("workspace:workshop-study", args=[study.public_id])}
        for study in queries.studies_visible_to(membership).filter(characteristic=one)[:50]
    ]
    chart_new = reverse("workspace:workshop-chart-new") + f"?characteristic={one.public_id}"
    context = {
        "head": {
            "title": str(one),
            "facts": [_("What it has to keep, the charts that watch it, and what was computed.")],
            "actions": [
                {"label": _("Start a chart"), "href": chart_new, "icon": "chart-line"},
                {
                    "label": _("Compute a study"),
                    "href": reverse("workspace:workshop-study-new") + f"?characteristic={one.public_id}",
                    "icon": "calculator",
                },
            ],
        },
        "crumbs": frame.crumbs((_("Characteristics"), reverse(LIST)), (one.name, "")),
        "answers": answers,
        "questions": _questions(answers, membership),
        "seen": seen if answers.sent and seen is not None else one.version,
        "charts": charts,
        "studies": studies,
        "button": _("Save the change"),
    }
    return render(request, "workshop/studies/thing.html", context)


def _read(answers: Answers, membership: Membership) -> dict[str, Any]:
    sites = {site.public_id: site for site in membership.organisation.sites.all()}
    return {
        "name": answers.text("name", required=True),
        "unit": answers.text("unit"),
        "lower": answers.decimal("lower"),
        "target": answers.decimal("target"),
        "upper": answers.decimal("upper"),
        "site": answers.chosen("site", sites, required=False),
    }


def _questions(answers: Answers, membership: Membership) -> list[dict[str, Any]]:
    sites = [(site.public_id, site.names) for site in membership.organisation.sites.all()]
    site = {"options": options(sites), "required": False}
    more = {"required": False}
    help_unit = _("As it is written beside the value: mm, °C, %, minutes. Leave it out where things are counted.")
    questions = [
        answers.ask(
            "name", "text", _("What is measured or counted"), max=120, help=_("For example: bore diameter, line 2")
        ),
        answers.ask("unit", "text", _("Unit"), max=30, help=help_unit, **more),
        answers.ask("lower", "decimal", _("Lower specification limit"), **more),
        answers.ask("target", "decimal", _("Target"), **more),
        answers.ask(
            "upper",
            "decimal",
            _("Upper specification limit"),
            help=_(
                "As agreed with the customer. It is never drawn on a chart of means; capability is computed with it."
            ),
            **more,
        ),
    ]
    return [*questions, answers.ask("site", "choice", _("Site"), **site)] if sites else questions
