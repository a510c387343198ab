"""Control plans: the list, a plan with its editions, the draft that is written and approved."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from testamur.improvement import verdicts
from testamur.improvement.actions import control_plans as actions
from testamur.improvement.models import ControlPlan, ControlPlanEdition, ControlPlanRow
from testamur.improvement.queries import control_plans as queries
from testamur.improvement.queries import problems as problem_queries
from testamur.improvement.queries import risks
from testamur.kernel import clock
from testamur.kernel.words import Function
from testamur.parties import acting
from testamur.parties.models import Membership
from testamur.wording.templatetags.say import day, translated
from testamur.workspace import case_pages
from testamur.workspace.answers import options
from testamur.workspace.listing import Column, listing
from testamur.workspace.workshop.improvement.cited import bracket, chart_proof
from testamur.workspace.workshop.improvement.parts import Form, Part, name_of, short, tried

LIST = "workspace:workshop-control-plans"


def _crumbs() -> list[dict[str, Any]]:
    return [
        {"label": _("Quality workshop"), "href": reverse("workspace:workshop")},
        {"label": _("Control plans"), "href": reverse(LIST)},
    ]


def phase_words(plan: ControlPlan) -> str:
    """Say for which phase a plan is."""
    return translated(str(ControlPlan.Phase(plan.phase).label))


@require_safe
@acting.requires(Function.QUALITY)
def control_plans(request: HttpRequest) -> HttpResponse:
    """List the control plans with the edition in force and the draft that waits."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    text = request.GET.get("q", "").strip()[:100]
    rows = queries.visible_to(membership)
    if text:
        rows = rows.filter(Q(number__icontains=text) | Q(title__icontains=text))
    found = list(rows.prefetch_related("editions"))

    def in_force(row: ControlPlan) -> int | None:
        return max((one.edition for one in row.editions.all() if one.approved_at), default=None)

    def draft(row: ControlPlan) -> int | None:
        return next((one.edition for one in row.editions.all() if not one.approved_at), None)

    columns: list[Column[ControlPlan]] = [
        Column("number", _("Number"), lambda row: row.number),
        Column("title", _("Product and process"), lambda row: row.title),
        Column("phase", _("Phase"), phase_words),
        Column("in_force", _("Edition in force"), in_force, numeric=True),
        Column("draft", _("Draft"), draft, numeric=True),
    ]
    listed = listing(
        request, found, columns, name="control-plans", caption=_("Control plans"), sort="number",
        href=lambda row: reverse("workspace:workshop-control-plan", args=[row.public_id]),
    )  # fmt: skip
    if isinstance(listed, HttpResponse):
        return listed
    new = {"label": _("Draft a control plan"), "href": reverse("workspace:workshop-control-plan-new"), "icon": "plus"}
    context = {
        "crumbs": [_crumbs()[0], {"label": _("Control plans")}],
        "head": {
            "title": _("Control plans"), "facts": [_("What is watched, how often, and what happens if it is off.")],
            "actions": [new],
        },
        "text": text, "filtered": bool(text), "icon": "list-check", "today": case_pages.today_cn(),
        "none": (_("No control plan yet"), _("Draft the first; a colleague approves it.")), **listed,
    }  # fmt: skip
    return render(request, "workshop/improvement/list.html", context)


@require_http_methods(["GET", "POST"])
@acting.requires(Function.QUALITY)
def control_plan_new(request: HttpRequest) -> HttpResponse:
    """Draft a plan."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    part = Part(request, "new", {"phase": ControlPlan.Phase.PRODUCTION})
    phases = {key: translated(str(label)) for key, label in ControlPlan.Phase.choices}
    questions = [
        part.question("title", "text", _("Product and process"), max=160),
        part.question("phase", "choice", _("Phase"), options=options(phases.items())),
        part.question("number", "text", _("Number"), required=False, max=30,
                      help=_("Only to keep a number from your own books; else the next is given.")),
    ]  # fmt: skip
    if part.sent and part.attempt(
        lambda: actions.draft_plan(
            title=part.said("title"), phase=part.one_of("phase", {key: key for key in phases}) or "",
            number=part.said("number"), by=membership, at=clock.now(),
        )
    ):  # fmt: skip
        if part.result is None:
            return redirect(LIST)
        return redirect("workspace:workshop-control-plan", plan_id=part.result.public_id)
    context = {
        "crumbs": [*_crumbs(), {"label": _("New")}], "head": {"title": _("Draft a control plan"), "facts": []},
        "answers": part, "questions": questions, "button": _("Begin the draft"), "today": case_pages.today_cn(),
    }  # fmt: skip
    return render(request, "workshop/improvement/form.html", context)


@require_http_methods(["GET", "POST"])
@acting.requires(Function.QUALITY)
def control_plan(request: HttpRequest, plan_id: str) -> HttpResponse:
    """Show the draft or the edition in force, ``?edition=`` an earlier one; write, approve, revise."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    plan = get_object_or_404(queries.visible_to(membership), public_id=plan_id)
    editions = queries.editions(plan)
    asked = request.GET.get("edition", "")
    chosen = next((one for one in editions if str(one.edition) == asked), None) if asked else editions[0]
    if chosen is None:
        raise Http404
    forms = _forms(request, plan, chosen, membership) if chosen is editions[0] else []
    if any(form.answers.sent and not (form.answers.errors or form.answers.refused) for form in forms):
        messages.success(request, _("Recorded."))
        return redirect("workspace:workshop-control-plan", plan_id=plan.public_id)
    rows = list(chosen.rows.all())
    listed = listing(
        request, rows, _columns(rows), name=f"control-plan-{plan.public_id}-{chosen.edition}",
        caption=_("Edition {n}").format(n=chosen.edition), href=lambda row: _row_href(plan, chosen, row),
    )  # fmt: skip
    if isinstance(listed, HttpResponse):
        return listed
    is_draft = chosen.approved_at is None
    strip: dict[str, Any] = {"step": _("Nothing: this edition holds"), "tone": "wait"}
    if is_draft:
        own = chosen.by is not None and chosen.by.person_id == membership.person_id
        strip = {
            "step": _("A colleague approves the draft") if own else _("Read the draft, and approve it"),
            "who": _("a colleague with the function quality") if own else name_of(membership),
            "tone": "wait" if own else "",
        }
    changed = sum(one.to_look_at for one in rows) if forms else 0
    if changed:
        words = ngettext("Look at {n} row: its risk changed", "Look at {n} rows: their risk changed", changed)
        strip = {
            "step": words.format(n=changed), "who": name_of(plan.by), "tone": "",
            "actions": [{"label": _("Do it now"), "href": "#look", "main": True}],
        }  # fmt: skip
    context = {
        "crumbs": [*_crumbs(), {"label": plan.number, "mono": True}],
        "head": {
            "title": f"{plan.number}: {plan.title}",
            "pills": [_pill(chosen, editions)],
            "facts": [phase_words(plan), _("edition {n}").format(n=chosen.edition)],
        },
        "next": strip, "forms": forms, "edition": chosen, "today": case_pages.today_cn(),
        "editions": [
            {
                "href": f"?edition={one.edition}", "label": _("Edition {n}").format(n=one.edition),
                "change": "" if one.edition == 1 else one.change,
                "by": name_of(one.by), "approved_at": one.approved_at, "approved_by": name_of(one.approved_by),
                "current": one is chosen,
            }
            for one in editions
        ],
        **listed,
    }  # fmt: skip
    return render(request, "workshop/improvement/control_plan.html", context)


def _pill(chosen: ControlPlanEdition, editions: list[ControlPlanEdition]) -> dict[str, str]:
    if chosen.approved_at is None:
        return {"tone": "warn", "text": _("draft")}
    in_force = next(one for one in editions if one.approved_at)
    if chosen is in_force:
        return {"tone": "ok", "text": _("in force since {day}").format(day=day(chosen.approved_at))}
    return {"tone": "mute", "text": _("earlier edition")}


def _row_href(plan: ControlPlan, edition: ControlPlanEdition, row: ControlPlanRow) -> str:
    if edition.approved_at is not None:
        return ""
    return reverse("workspace:workshop-control-plan", args=[plan.public_id]) + f"?row={row.public_id}#row"


def _columns(rows: list[ControlPlanRow]) -> list[Column[ControlPlanRow]]:
    last = verdicts.last_days(row.chart for row in rows if row.chart is not None)

    def watched(row: ControlPlanRow) -> str:
        measured = row.characteristic.name if row.characteristic else ""
        return row.watched if measured in ("", row.watched) else f"{measured}; {row.watched}"

    def chart(row: ControlPlanRow) -> Any:
        if row.chart is None:
            return ""
        said = chart_proof(row.chart, verdicts.of_kept(row.chart, last.get(row.chart.pk)))
        return {"text": said["text"], "href": said["href"], "note": said["verdict"]}

    def failure(row: ControlPlanRow) -> Any:
        if row.failure is None:
            return ""
        href = reverse("workspace:workshop-failure", args=[row.failure.fmea.public_id, row.failure.public_id])
        return {"text": str(row.failure), "href": href, "note": look_words(row)}

    def plain(cell: Any) -> str:
        return " ".join(filter(None, [cell["text"], bracket(cell["note"])])) if cell else ""

    return [
        Column("step", _("Step"), lambda row: row.step),
        Column("watched", _("Characteristic"), watched),
        Column("specification", _("Specification"), lambda row: row.specification),
        Column("gauge", _("Gauge"), lambda row: f"{row.gauge.number} {row.gauge.name}" if row.gauge else ""),
        Column("sample", _("Sample"), lambda row: row.sample),
        Column("frequency", _("How often"), lambda row: row.frequency),
        Column("method", _("Method of control"), lambda row: row.method),
        Column("chart", _("Control chart"), lambda row: plain(chart(row)), cell=chart),
        Column("reaction", _("Reaction"), lambda row: row.reaction),
        Column("failure", _("Row of the FMEA"), lambda row: plain(failure(row)), cell=failure),
    ]  # fmt: skip


def look_words(row: ControlPlanRow) -> str:
    """Say that a row is to be looked at, and how its risk changed; "" where it did not."""
    if not row.to_look_at or row.failure is None:
        return ""
    known, now = row.judged_under, row.failure.rating.priority
    if known is None:
        return _("look at it: its action priority is {now}").format(now=now)
    return _("look at it: its action priority was {before} and is {now}").format(before=known.priority, now=now)


def _forms(
    request: HttpRequest, plan: ControlPlan, edition: ControlPlanEdition, by: Membership
) -> list[Form]:
    at = clock.now()
    forms = _look_forms(request, plan, edition, by)
    if edition.approved_at is not None:
        part = Part(request, "revise")
        questions = [part.question("change", "text", _("What changes, and why"), max=300)]
        tried(part, lambda: actions.revise_plan(plan=plan, change=part.said("change"), by=by, at=at))
        return [*forms, Form("revise", _("Begin the next edition"), part, questions, _("Begin the draft"), part.sent)]
    rows = {one.public_id: one for one in edition.rows.all()}
    known = request.POST.get("row-row", "") or request.GET.get("row", "")
    forms.append(_row_form(request, plan, rows.get(known), known, by))
    if rows:
        out = Part(request, "remove")
        named = options((key, f"{one.step}: {one.watched}") for key, one in rows.items())
        questions = [out.question("row", "choice", _("Row"), options=named)]

        def remove() -> Any:
            row = out.one_of("row", rows)
            return actions.remove_row(plan=plan, row=row, by=by, at=at) if row else None

        tried(out, remove)
        forms.append(Form("remove", _("Remove a row"), out, questions, _("Remove"), out.sent))
        ok = Part(request, "approve", {"edition": edition.edition})
        lead = _("Another person than the author approves. Then this edition holds and does not change.")
        tried(ok, lambda: actions.approve_plan(plan=plan, edition=ok.number(ok("edition")) or 0, by=by, at=at))
        hidden = [(ok("edition"), str(edition.edition))]
        other = edition.by is not None and edition.by.person_id != by.person_id
        forms.append(Form("approve", _("Approve the draft"), ok, [], _("Approve"), other or ok.sent, lead, hidden))
    return forms


def _look_forms(
    request: HttpRequest, plan: ControlPlan, edition: ControlPlanEdition, by: Membership
) -> list[Form]:
    """Return the form by which rows whose risk changed are left as they are; none where no risk changed."""
    rows = {one.public_id: one for one in edition.rows.all() if one.to_look_at}
    if not rows:
        return []
    part = Part(request, "look", {"row": next(iter(rows))} if len(rows) == 1 else {})
    named = options((key, f"{one} ({look_words(one)})") for key, one in rows.items())
    questions = [
        part.question("row", "choice", _("Row"), options=named),
        part.question("finding", "text", _("Why the control still fits the risk"), max=300,
                      help=_("Where it does not, change the row instead; an approved edition needs its next one.")),
    ]  # fmt: skip

    def look() -> Any:
        row = part.one_of("row", rows)
        if row is None:
            return None
        return actions.look_at_row(plan=plan, row=row, finding=part.said("finding"), by=by, at=clock.now())

    tried(part, look)
    return [Form("look", _("Look at a row whose risk changed"), part, questions, _("Leave the row as it is"), True)]


def _row_form(
    request: HttpRequest, plan: ControlPlan, row: ControlPlanRow | None, known: str, by: Membership
) -> Form:
    links: dict[str, dict[str, Any]] = {
        "characteristic": {one.public_id: one for one in queries.characteristics(by)[:300]},
        "gauge": {one.public_id: one for one in queries.gauges(by)[:300]},
        "chart": {one.public_id: one for one in problem_queries.charts(by)[:300]},
        "failure": {one.public_id: one for one in risks.of_organisation(by)[:500]},
    }
    initial: dict[str, Any] = {}
    if row is not None:
        initial = {name: getattr(row, name) for name in actions.TEXTS}
        initial |= {name: one.public_id for name in links if (one := getattr(row, name)) is not None}
    part = Part(request, "row", initial)
    named: dict[str, Callable[[Any], str]] = {
        "characteristic": lambda one: f"{one.name} {one.unit}".strip(),
        "gauge": lambda one: f"{one.number} {one.name}",
        "chart": lambda one: one.name,
        "failure": lambda one: f"{one}: {short(one.mode, 80)}",
    }
    labels = {"characteristic": _("Characteristic that is measured here"), "gauge": _("Gauge"),
              "chart": _("Control chart"), "failure": _("Row of the FMEA")}  # fmt: skip

    def link(name: str) -> list[dict[str, Any]]:
        if not links[name]:
            return []
        offered = options((key, named[name](one)) for key, one in links[name].items())
        return [part.question(name, "choice", labels[name], required=False, options=offered)]

    questions = [
        part.question("step", "text", _("Step of the process"), max=160),
        part.question("watched", "text", _("What is watched"), max=160),
        *link("characteristic"),
        part.question("specification", "text", _("Specification"), max=160, help=_("With its unit: 25.00 ± 0.02 mm.")),
        *link("gauge"),
        part.question("sample", "text", _("Sample"), max=80, help=_("How many: 5 pieces.")),
        part.question("frequency", "text", _("How often"), max=80),
        part.question("method", "text", _("Method of control"), max=160),
        *link("chart"),
        part.question("reaction", "long_text", _("Reaction"), help=_("What is done where it is off, and by whom.")),
        *link("failure"),
    ]

    def act() -> Any:
        values: dict[str, Any] = {name: part.said(name) for name in actions.TEXTS}
        values |= {name: part.one_of(name, among, required=False) if among else None for name, among in links.items()}
        return actions.set_row(plan=plan, values=values, row=row, by=by, at=clock.now())

    tried(part, act)
    title = _("Change the row: {step}").format(step=row.step) if row else _("Add a row")
    return Form("row", title, part, questions, _("Save the row"), part.sent or row is not None,
                extra=[("row-row", known)] if row else [])  # fmt: skip
