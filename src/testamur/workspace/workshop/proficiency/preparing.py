"""Before dispatch: measurands, their materials, their reference values."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from testamur.kernel import clock
from testamur.parties import acting
from testamur.parties.models import Membership
from testamur.proficiency import queries
from testamur.proficiency.actions import material, rounds
from testamur.proficiency.models import Measurand, Round
from testamur.workspace.answers import Answers
from testamur.workspace.workshop.proficiency.frame import crumb, member_of, options, page, run
from testamur.workspace.workshop.proficiency.running import material_words
from testamur.workspace.workshop.proficiency.said import MATERIAL, SCORE_BY, SIGMA_BY, VALUE_BY


@require_http_methods(["GET", "POST"])
@acting.requires("quality")
def measurand_new(request: HttpRequest, round_id: str) -> HttpResponse:
    """Say what is measured, and how it is judged."""
    found, membership = run(request, round_id), member_of(request)
    usual = {"value_by": "algorithm_a", "sigma_by": "prescribed", "score_by": "z", "decimals": 2}
    answers = Answers(request, "measurand", initial=usual)
    if answers.attempt(lambda: _set(answers, found, None, membership)):
        messages.success(request, _("It is measured in this round."))
        return redirect("workspace:workshop-round", found.public_id)
    return page(request, _("Add a measurand"), [_measurand_form(answers, found)], crumbs=[crumb(found)])


@require_http_methods(["GET", "POST"])
@acting.requires("quality")
def measurand(request: HttpRequest, round_id: str, measurand_id: str) -> HttpResponse:
    """Show a measurand: its rules while they are a draft, its material, its reference value."""
    found, membership = run(request, round_id), member_of(request)
    one = get_object_or_404(found.measurands.all(), public_id=measurand_id)
    names = ("unit", "decimals", "value_by", "sigma_by", "score_by", "sigma_pt", "mass_fraction")
    initial = {name: getattr(one, name) for name in names}
    initial |= {f"name-{tongue}": one.name.get(tongue, "") for tongue in ("en", "zh")}
    for key in ("sigma_pt", "mass_fraction"):
        initial[key] = "" if initial[key] is None else f"{initial[key].normalize():f}"
    changing, removing = Answers(request, "measurand", initial=initial), Answers(request, "remove")
    judging, allowing = Answers(request, "judge"), Answers(request, "allow")
    stating = Answers(
        request,
        "state",
        initial={
            name: getattr(one, name) for name in ("reference_value", "reference_U", "reference_k", "reference_source")
        },
    )
    last = one.checks.order_by("id").last()
    at = clock.now()
    if removing.attempt(lambda: rounds.remove_measurand(measurand=one, by=membership, at=at)):
        messages.success(request, _("It is taken out of the draft."))
        return redirect("workspace:workshop-round", found.public_id)
    done = (
        changing.attempt(lambda: _set(changing, found, one, membership))
        or judging.attempt(lambda: _judged(judging, one, membership))
        or (
            last is not None
            and allowing.attempt(
                lambda: material.allow(check=last, reason=allowing.text("allow_reason"), by=membership, at=at)
            )
        )
        or stating.attempt(lambda: _stated(stating, one, membership))
    )
    if done:
        messages.success(request, _("It is kept."))
        return redirect("workspace:workshop-measurand", found.public_id, one.public_id)
    blocks: list[dict[str, Any]] = []
    if found.state == "draft":
        blocks.append(_measurand_form(changing, found))
    blocks += _material_blocks(found, one, judging, allowing)
    if not one.by_consensus and found.state != Round.State.CANCELLED:
        questions = [
            stating.ask("reference_value", "decimal", _("Value"), unit=one.unit),
            stating.ask("reference_U", "decimal", _("Expanded uncertainty U"), unit=one.unit),
            stating.ask("reference_k", "decimal", _("Coverage factor k")),
            stating.ask("reference_source", "text", _("Where it comes from")),
        ]
        if one.reference_value and queries.today_of(found.organisation) > found.results_until:
            questions.append(stating.ask("reference_reason", "long_text", _("Why it changes after results are known")))
        blocks.append(
            {
                "title": _("Reference value"),
                "text": [_("Told to nobody before the report.")],
                "form": {"answers": stating, "questions": questions, "button": _("State the value")},
            }
        )
    if found.state == "draft":
        blocks.append(
            {
                "title": _("Take it out"),
                "form": {"answers": removing, "questions": [], "button": _("Take it out of the draft")},
            }
        )
    return page(
        request,
        one.name,
        blocks,
        crumbs=[crumb(found), {"label": one.name}],
        head={"facts": [one.unit, material_words(one)] if one.unit else [material_words(one)]},
    )


def _set(answers: Answers, found: Round, one: Measurand | None, membership: Membership) -> Measurand | None:
    decimals = str(answers.raw("decimals")).strip()
    values = {
        "name": answers.both("name"),
        "unit": answers.text("unit", most=30),
        "decimals": int(decimals) if decimals.isdecimal() and int(decimals[:3]) <= 9 else 2,
        "value_by": answers.chosen("value_by", {key: key for key in VALUE_BY}),
        "sigma_by": answers.chosen("sigma_by", {key: key for key in SIGMA_BY}),
        "score_by": answers.chosen("score_by", {key: key for key in SCORE_BY}),
        "sigma_pt": _fitting(answers, "sigma_pt"),
        "mass_fraction": _fitting(answers, "mass_fraction"),
    }
    if answers.errors:
        return None
    return rounds.set_measurand(found=found, measurand=one, by=membership, at=clock.now(), **values)


def _fitting(answers: Answers, name: str) -> Decimal | None:
    value = answers.decimal(name)
    # What no column holds is no σ_pt; zero is refused by its own sentence.
    return None if value is None else value if abs(value) < 10**12 else Decimal(0)


def _judged(answers: Answers, one: Measurand, membership: Membership) -> Any:
    from testamur.proficiency.reported import text_of

    files = answers.files("file")
    first = text_of(files[0][1]) if files else answers.text("homogeneity", most=100_000)
    return material.judge(
        measurand=one,
        homogeneity=first,
        stability=answers.text("stability", most=100_000),
        by=membership,
        at=clock.now(),
    )


def _stated(answers: Answers, one: Measurand, membership: Membership) -> Any:
    value, U, k = (answers.decimal(f"reference_{name}", required=True) for name in ("value", "U", "k"))
    if value is None or U is None or k is None:
        return None
    return rounds.state_value(
        measurand=one,
        value=value,
        U=U,
        k=k,
        source=answers.text("reference_source"),
        reason=answers.text("reference_reason"),
        by=membership,
        at=clock.now(),
    )


def _measurand_form(answers: Answers, found: Round) -> dict[str, Any]:
    expected = _("In the unit. Where σ_pt comes from the data: the value you expect; the material is judged by it.")
    questions = [
        answers.ask("name-en", "text", _("Name, in English"), required=False),
        answers.ask("name-zh", "text", _("Name, in Chinese"), required=False),
        answers.ask("unit", "text", _("Unit"), required=False),
        answers.ask("decimals", "whole_number", _("Decimals in the report")),
        answers.ask("value_by", "choice", _("Assigned value"), options=options(VALUE_BY)),
        answers.ask("sigma_by", "choice", _("σ_pt"), options=options(SIGMA_BY)),
        answers.ask("sigma_pt", "decimal", _("Value of σ_pt"), help=expected, required=False),
        answers.ask(
            "mass_fraction",
            "decimal",
            _("For Horwitz: mass fraction of one unit"),
            help=_("mg/kg is 0.000001"),
            required=False,
        ),
        answers.ask("score_by", "choice", _("Score"), options=options(SCORE_BY)),
    ]
    limits = _("|score| above 2 is a warning signal, from 3 an action signal; for E_n from 1.")
    return {
        "title": _("How it is judged"),
        "text": [limits],
        "form": {"answers": answers, "questions": questions, "button": _("Keep it"), "back": crumb(found)["href"]},
    }


def _material_blocks(found: Round, one: Measurand, judging: Answers, allowing: Answers) -> list[dict[str, Any]]:
    blocks: list[dict[str, Any]] = []
    last = one.checks.order_by("id").last()
    if last is not None:
        numbers = [
            {"label": gettext(label), "value": f"{last.answer[name]:.6g}"}
            for name, label in MATERIAL.items()
            if last.answer.get(name) is not None
        ]
        told = [gettext(each["message"]).format_map(each["facts"]) for each in last.answer["warnings"]]
        blocks.append({"title": _("Test material"), "text": [material_words(one), *told], "facts": numbers})
        allowed = getattr(last, "allowance", None)
        if allowed is not None:
            blocks[-1]["text"].append(allowed.reason)
        elif not last.sufficient and found.state in ("draft", "open"):
            note = _(
                "Judge by z′ with the material's uncertainty. In an open round this is a new version of the rules."
            )
            blocks.append(
                {
                    "title": _("Use it all the same"),
                    "text": [note],
                    "form": {
                        "answers": allowing,
                        "button": _("Use it with z′"),
                        "questions": [allowing.ask("allow_reason", "long_text", _("Why"))],
                    },
                }
            )
    if found.state in ("draft", "open", "dispatched"):
        note = _("One item a line, its results side by side; at least ten items, twice each.")
        questions = [
            judging.ask("homogeneity", "long_text", _("Homogeneity"), help=note, required=False),
            judging.ask("file", "file", _("Or a file (CSV, TSV)"), required=False, accept=["csv", "tsv", "txt"]),
            judging.ask("stability", "long_text", _("Stability: items measured later"), required=False),
        ]
        blocks.append(
            {
                "title": _("Judge the material"),
                "form": {"answers": judging, "questions": questions, "button": _("Judge it"), "files": True},
            }
        )
    return blocks
