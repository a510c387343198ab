"""The cost of poor quality: entries, sums by month and kind, and the causes that cost most."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_http_methods

from testamur.improvement.actions import costs as actions
from testamur.improvement.models import QualityCost
from testamur.improvement.queries import costs as queries
from testamur.improvement.queries import problems
from testamur.kernel import clock, days
from testamur.kernel.words import Function
from testamur.parties import acting
from testamur.parties.models import Membership
from testamur.tqm.figures.figure import Bars, Figure, Plot, Said
from testamur.wording.templatetags.say import language, translated
from testamur.workspace import case_pages
from testamur.workspace.answers import options
from testamur.workspace.listing import Column, listing
from testamur.workspace.workshop.improvement.parts import Form, Part, tried

#: Kind → role of its bars.
ROLES = {"prevention": "c", "appraisal": "bar", "internal": "b", "external": "signal"}
MONTHS = 12


def kind_words(kind: str) -> str:
    """Say a kind of cost."""
    return translated(str(QualityCost.Kind(kind).label))


@require_http_methods(["GET", "POST"])
@acting.requires(Function.QUALITY)
def costs(request: HttpRequest) -> HttpResponse:
    """Show and take away the entries of one currency; enter one, take one back."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    every = list(queries.visible_to(membership))
    counts = Counter(one.currency for one in every)
    currency = request.GET.get("currency", "")
    if currency not in counts:
        currency = counts.most_common(1)[0][0] if counts else "CNY"
    forms = _forms(request, membership, every)
    if any(form.answers.sent and not (form.answers.errors or form.answers.refused) for form in forms):
        messages.success(request, _("Recorded."))
        return redirect("workspace:workshop-costs")
    rows = queries.visible_to(membership).filter(currency=currency)
    text, kind = (request.GET.get(key, "").strip()[:100] for key in ("q", "state"))
    if text:
        rows = rows.filter(Q(what__icontains=text) | Q(cause__icontains=text) | Q(problem__number__icontains=text))
    if kind in QualityCost.Kind.values:
        rows = rows.filter(kind=kind)
    found = list(rows)
    columns: list[Column[QualityCost]] = [
        Column("day", _("Day"), lambda row: row.day),
        Column("what", _("What"), lambda row: row.what),
        Column("kind", _("Kind"), lambda row: kind_words(row.kind)),
        Column("cause", _("Cause"), lambda row: row.cause),
        Column("problem", _("Problem"), lambda row: row.problem.number if row.problem else "", cell=_problem_cell),
        Column("amount", _("Amount"), lambda row: row.amount, numeric=True),
        Column("currency", _("Currency"), lambda row: row.currency, sorts=False),
    ]
    listed = listing(
        request, found, columns, name="cost-of-quality", caption=_("Entries"), sort="-day", href=lambda row: "",
    )  # fmt: skip
    if isinstance(listed, HttpResponse):
        return listed
    sums = {name: sum((one.amount for one in found if one.kind == name), Decimal("0.00")) for name in ROLES}
    chips = [{"label": _("All"), "href": f"?currency={currency}", "current": kind not in ROLES}] + [
        {"label": kind_words(name), "href": f"?currency={currency}&state={name}", "current": kind == name}
        for name in ROLES
    ]
    context = {
        "crumbs": [
            {"label": _("Quality workshop"), "href": reverse("workspace:workshop")}, {"label": _("Cost of quality")},
        ],
        "head": {
            "title": _("Cost of quality"),
            "facts": [_("Prevention and appraisal against failures, inside and at the customer."), currency],
        },
        "filters": chips, "text": text, "state": kind, "filtered": bool(text or kind), "currency": currency,
        "currencies": sorted(counts) if len(counts) > 1 else [],
        "figures": [{"label": kind_words(name), "value": value} for name, value in sums.items()] if found else [],
        "months": month_table(found), "chart": month_chart(found, currency), "pareto": pareto_chart(found),
        "forms": forms, "today": case_pages.today_cn(), **listed,
    }  # fmt: skip
    return render(request, "workshop/improvement/costs.html", context)


def _problem_cell(row: QualityCost) -> Any:
    if row.problem is None:
        return ""
    return {
        "text": row.problem.number, "href": reverse("workspace:workshop-problem", args=[row.problem.public_id])
    }  # fmt: skip


def month_table(rows: list[QualityCost]) -> dict[str, Any] | None:
    """Return the sums by month and kind, the newest month first."""
    if not rows:
        return None
    found, nothing = queries.by_month(rows), Decimal("0.00")
    return {
        "caption": _("By month and kind"),
        "columns": [{"label": _("Month")}, *({"label": kind_words(name), "numeric": True} for name in ROLES),
                    {"label": _("Sum"), "numeric": True}],
        "rows": [
            {"cells": [f"{month:%Y-%m}", *(sums.get(name, nothing) for name in ROLES), sum(sums.values(), nothing)]}
            for month, sums in reversed(found.items())
        ],
    }  # fmt: skip


def month_chart(rows: list[QualityCost], currency: str) -> SafeString | str:
    """Return the last twelve months as bars, stacked by kind."""
    if not rows:
        return ""
    from testamur.tqm.figures.svg import to_svg

    found = queries.by_month(rows)
    last = max(found)
    months = [_month_before(last, back) for back in range(MONTHS - 1, -1, -1)]
    months = months[next(place for place, one in enumerate(months) if one >= min(found)) :] if found else months
    at = np.arange(1, len(months) + 1, dtype=np.float64)
    low = np.zeros(len(months))
    marks = []
    for name, role in ROLES.items():
        high = low + np.array([float(found.get(month, {}).get(name, 0)) for month in months])
        if (high > low).any():
            some = high > low
            label = Said(str(QualityCost.Kind(name).label))
            marks.append(Bars(at[some] - 0.36, at[some] + 0.36, low[some], high[some], role, label))
        low = high
    title = Said(gettext_noop("Cost of quality by month"))
    summary = Said(
        gettext_noop("{months} months; the newest sums to {sum} {currency}."),
        {"months": len(months), "sum": f"{sum(found[last].values()):,.2f}", "currency": currency},
    )
    plot = Plot(  # the figure's own title says it
        Said(""), tuple(marks), "", currency, x_names=tuple(f"{one:%Y-%m}" for one in months),
        x_range=(0.4, len(months) + 0.6), y_range=(0.0, float(low.max()) * 1.2),
    )  # fmt: skip
    # Written by us; every text of somebody else in it is escaped there.
    return mark_safe(to_svg(Figure(title, summary, (plot,)), translated, table=False, language=language()))


def _month_before(month: date, back: int) -> date:
    return days.add_months(month, -back)


def pareto_chart(rows: list[QualityCost]) -> SafeString | str:
    """Return which causes cost most, of failures; nothing where there are fewer than two causes."""
    causes = queries.by_cause(rows)
    if len(causes) < 2:
        return ""
    from testamur.tqm.figures.of import figure_of
    from testamur.tqm.figures.svg import to_svg
    from testamur.tqm.improve.pareto_chart import pareto

    result = pareto(list(causes), [float(value) for value in causes.values()])
    figure = figure_of(result)
    plots = tuple(replace(one, title=Said("")) for one in figure.plots)
    figure = replace(figure, plots=plots, warnings=())
    return mark_safe(to_svg(figure, translated, table=False, language=language()))


def _forms(request: HttpRequest, by: Membership, every: list[QualityCost]) -> list[Form]:
    at = clock.now()
    known = {one.public_id: one for one in problems.visible_to(by)[:200]}
    part = Part(
        request, "enter",
        {"currency": "CNY", "day": days.day_of(at).isoformat(), "problem": request.GET.get("problem", "")[:10]},
    )  # fmt: skip
    kinds = {name: kind_words(name) for name in ROLES}
    causes = [{"value": one, "label": one} for one in sorted({row.cause for row in every})[:100]]
    questions = [
        part.question("kind", "choice", _("Kind"), options=options(kinds.items())),
        part.question("what", "text", _("What it was spent on"), max=160),
        part.question("cause", "text", _("Cause"), max=120, known=causes,
                      help=_("In the words you always use for it.")),
        part.question("amount", "decimal", _("Amount")),
        part.question("currency", "text", _("Currency"), max=3),
        part.question("day", "date", _("Day")),
    ]
    if known:
        named = options((key, f"{one.number}: {one.title}") for key, one in known.items())
        questions.append(part.question("problem", "choice", _("Problem"), required=False, options=named))

    def enter() -> Any:
        amount = part.decimal(part("amount"), required=True)
        if amount is None:
            return None
        return actions.enter_cost(
            kind=part.one_of("kind", {key: key for key in kinds}) or "", what=part.said("what"),
            cause=part.said("cause"), amount=amount, currency=part.said("currency").upper(), day=part.day_of("day"),
            problem=part.one_of("problem", known, required=False) if known else None, by=by, at=at,
        )  # fmt: skip

    tried(part, enter)
    open_now = part.sent or not every or bool(request.GET.get("problem"))
    forms = [Form("enter", _("Enter a cost"), part, questions, _("Enter"), open_now)]
    if every:
        back = Part(request, "back")
        rows = {one.public_id: one for one in every[:200]}
        named = options((key, f"{one.day} {one.what}: {one.amount} {one.currency}") for key, one in rows.items())
        asked = [
            back.question("cost", "choice", _("Entry"), options=named),
            back.question("reason", "text", _("Why it is taken back"), max=300),
        ]

        def take_back() -> Any:
            row = back.one_of("cost", rows)
            return actions.take_back_cost(cost=row, reason=back.said("reason"), by=by, at=at) if row else None

        tried(back, take_back)
        forms.append(Form("back", _("Take an entry back"), back, asked, _("Take it back"), back.sent))
    return forms
