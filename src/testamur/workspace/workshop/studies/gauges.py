"""With what one's organisation measures, and until when its calibrations hold."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from testamur.kernel import clock
from testamur.kernel.words import Function
from testamur.parties import acting
from testamur.studies import actions, queries
from testamur.studies.models import Gauge
from testamur.wording.templatetags.say import words
from testamur.workspace import case_pages
from testamur.workspace.answers import Answers
from testamur.workspace.workshop.studies import frame

LIST = "workspace:workshop-gauges"


@require_safe
@acting.requires(Function.QUALITY)
def gauges(request: HttpRequest) -> HttpResponse:
    """List the measuring instruments; overdue calibrations stand out."""
    today = case_pages.today_cn()

    def row(one: Gauge) -> tuple[str, list[Any], list[Any]]:
        href = reverse("workspace:workshop-gauge", args=[one.public_id])
        state = _state(one, today)
        cells = [one.number, one.name, one.certificate, one.calibrated_on, one.calibration_due_on, state]
        return href, cells, cells

    soon = today + timedelta(days=queries.SOON)
    return frame.list_page(
        request,
        queries.gauges_visible_to(frame.acting(request)),
        title=_("Gauges"),
        lead=_("With what you measure. A value is worth what its gauge is worth."),
        name="gauges",
        columns=[
            ("number", _("Number"), "number"),
            ("name", _("Name"), "name"),
            ("certificate", _("Calibration certificate"), "certificate"),
            ("calibrated_on", _("Calibrated on"), "calibrated_on"),
            ("due_on", _("Due on"), "calibration_due_on"),
            ("state", _("State"), ""),
        ],
        row_of=row,
        search=["number", "name", "certificate"],
        action={"label": _("Add a gauge"), "href": reverse("workspace:workshop-gauge-new")},
        empty=(_("No gauge yet"), _("Enter a gauge with its calibration; when that runs out, it waits in your inbox.")),
        icon="ruler-2",
        chips=[
            ("overdue", _("Calibration overdue"), Q(calibration_due_on__lt=today)),
            ("soon", _("Due within 30 days"), Q(calibration_due_on__gte=today, calibration_due_on__lte=soon)),
        ],
    )


def _state(one: Gauge, today: Any) -> str:
    if one.calibration_due_on is None:
        return _("no day set")
    if one.is_overdue(today):
        return _("calibration overdue")
    return _("due soon") if one.calibration_due_on <= today + timedelta(days=queries.SOON) else _("calibration in date")


@require_http_methods(["GET", "POST"])
@acting.requires(Function.QUALITY)
def gauge_new(request: HttpRequest) -> HttpResponse:
    """Enter a gauge."""
    membership = frame.acting(request)
    answers = Answers(request)
    if answers.attempt(lambda: actions.enter_gauge(**_read(answers), by=membership, at=clock.now())):
        messages.success(request, _("The gauge is kept."))
        return redirect(LIST)
    return frame.form_page(
        request,
        answers,
        _questions(answers),
        title=_("Add a gauge"),
        button=_("Keep the gauge"),
        back=reverse(LIST),
        way=[(_("Gauges"), reverse(LIST))],
    )


@require_http_methods(["GET", "POST"])
@acting.requires(Function.QUALITY)
def gauge(request: HttpRequest, gauge_id: str) -> HttpResponse:
    """Show a gauge with the charts and studies that rest on it, and change it."""
    membership = frame.acting(request)
    one = get_object_or_404(queries.gauges_visible_to(membership), public_id=gauge_id)
    today = case_pages.today_cn()
    days = {
        name: day.isoformat() if (day := getattr(one, name)) else "" for name in ("calibrated_on", "calibration_due_on")
    }
    known = {"number": one.number, "name": one.name, "certificate": one.certificate}
    answers = Answers(request, initial={**known, **days, "seen": one.version})
    seen = answers.number("seen")
    if answers.attempt(
        lambda: actions.change_gauge(
            gauge=one, seen=-1 if seen is None else seen, **_read(answers), by=membership, at=clock.now()
        )
    ):
        messages.success(request, _("The change is saved."))
        return redirect("workspace:workshop-gauge", one.public_id)
    overdue = one.is_overdue(today)
    context: dict[str, Any] = {
        "head": {
            "title": str(one),
            "pills": [{"tone": "bad" if overdue else "mute", "text": _state(one, today)}],
            "actions": [
                {
                    "label": _("Study this gauge"),
                    "href": reverse("workspace:workshop-study-new") + f"?gauge={one.public_id}&area=msa",
                    "icon": "ruler-measure",
                }
            ],
        },
        "crumbs": frame.crumbs((_("Gauges"), reverse(LIST)), (one.number, "")),
        "answers": answers,
        "questions": _questions(answers),
        "seen": seen if answers.sent and seen is not None else one.version,
        "charts": [
            {"title": chart.name, "href": reverse("workspace:workshop-chart", args=[chart.public_id])}
            for chart in queries.charts_visible_to(membership).filter(gauge=one)
        ],
        "studies": [
            {"title": study.title, "href": reverse("workspace:workshop-study", args=[study.public_id])}
            for study in queries.studies_visible_to(membership).filter(gauge=one)[:50]
        ],
        "button": _("Save the change"),
    }
    if overdue:
        context["next"] = {
            "step": _("Have it calibrated, then enter the new certificate below"),
            "who": words(membership.organisation.names),
            "by": one.calibration_due_on,
            "tone": "bad",
            "source": "iso-9001@2015#7.1.5.2",
        }
    return render(request, "workshop/studies/thing.html", context)


def _read(answers: Answers) -> dict[str, Any]:
    return {
        "number": answers.text("number", required=True),
        "name": answers.text("name", required=True),
        "certificate": answers.text("certificate"),
        "calibrated_on": answers.day("calibrated_on", required=False),
        "calibration_due_on": answers.day("calibration_due_on", required=False),
    }


def _questions(answers: Answers) -> list[dict[str, Any]]:
    return [
        answers.ask("number", "text", _("Number of the gauge"), max=40, help=_("As it stands on its label.")),
        answers.ask("name", "text", _("Name"), max=120),
        answers.ask("certificate", "text", _("Number of the calibration certificate"), max=80, required=False),
        answers.ask("calibrated_on", "date", _("Calibrated on"), required=False),
        answers.ask(
            "calibration_due_on",
            "date",
            _("Next calibration due on"),
            required=False,
            help=_("From 30 days before, and until it is renewed, it waits in the inbox."),
        ),
    ]
