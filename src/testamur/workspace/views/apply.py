"""Apply: choose what for, whom to ask, and whether to be audited for more than one standard together."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from testamur.kernel import clock
from testamur.kernel.refusal import Refused, refusal_of
from testamur.kernel.words import Occasion
from testamur.parties import acting
from testamur.parties import policies as parties
from testamur.parties.models import Membership
from testamur.parties.templatetags.parties_words import sentence
from testamur.register.models import Attestation
from testamur.schemes import queries as schemes
from testamur.selection import actions
from testamur.wording.templatetags.say import translated, words
from testamur.workspace import case_pages, offers
from testamur.workspace.answers import Answers, options
from testamur.workspace.said import OCCASIONS


@require_safe
@acting.requires()
def choose(request: HttpRequest) -> HttpResponse:
    """List what may be applied for today."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    today = case_pages.today_cn()
    cards = []
    for scheme in schemes.open_to_applications(today):
        head = scheme.definition.scheme
        cards.append(
            {
                "scheme": scheme,
                "proves": head.proves,
                "proves_not": head.proves_not,
                "for_person": head.holder == "person",
                "issuers": len(offers.issuers(scheme.definition, today)),
                "together": [one.title for one, _others in offers.combinations(scheme, today)],
            }
        )
    return render(
        request,
        "workspace/apply.html",
        {
            "head": {
                "title": _("Apply"),
                "facts": [_("Choose what you want to have certified, licensed, accredited or registered.")],
            },
            "crumbs": [{"label": _("Cases"), "href": reverse("workspace:cases")}, {"label": _("Apply")}],
            "cards": cards,
            "refusal": refusal_of(parties.check_holds, membership, "application", membership.organisation),
            "today": today,
        },
    )


@require_http_methods(["GET", "POST"])
@acting.requires()
def start(request: HttpRequest, scheme_id: str) -> HttpResponse:
    """Choose the issuer, and open the case with its application."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    today = case_pages.today_cn()
    scheme = next((one for one in schemes.open_to_applications(today) if one.scheme_id == scheme_id), None)
    if scheme is None:
        raise Http404
    for_person = scheme.definition.scheme.holder == "person"
    issuers = {one.organisation.public_id: one for one in offers.issuers(scheme.definition, today)}
    issuers.pop("" if for_person else membership.organisation.public_id, None)
    together = {one.scheme_id: (one, others) for one, others in offers.combinations(scheme, today)}
    answers = Answers(request, initial={"issuer": next(iter(issuers)) if len(issuers) == 1 else "", "together": ""})
    issuer = answers.chosen("issuer", issuers) if answers.sent else None
    joint = (
        answers.chosen("together", {key: row[0] for key, row in together.items()}, required=False)
        if answers.sent
        else None
    )

    def act() -> Any:
        side = {"person": membership.person} if for_person else {"client": membership.organisation}
        return actions.open_case(
            scheme=joint or scheme,
            issuer=issuer.organisation,
            occasion=Occasion.INITIAL,
            by=membership,
            at=clock.now(),
            **side,
        )

    if answers.attempt(act):
        if answers.again:
            return redirect("workspace:inbox")
        messages.success(request, _("Your application is open. It is saved while you write."))
        return redirect("workspace:application", answers.result.public_id)
    questions = [
        answers.ask(
            "issuer",
            "choice",
            _("Who shall assess and decide?"),
            help=_("Only bodies are listed that hold, today, everything the scheme asks of an issuer."),
            options=[{"id": key, "label": one.organisation.names, "note": _held(one)} for key, one in issuers.items()],
        )
    ]
    if together:
        rows = [("", _("Only {scheme}").format(scheme=words(scheme.title)))]
        rows += [
            (
                key,
                _("Together with {others}: one application, one visit").format(
                    others=", ".join(words(o.title) for o in others)
                ),
            )
            for key, (_one, others) in together.items()
        ]
        questions.append(
            answers.ask("together", "choice", _("More than one standard?"), required=False, options=options(rows))
        )
    return render(
        request,
        "workspace/apply_start.html",
        {
            "head": {"title": scheme.title, "number": scheme.key, "facts": [translated(OCCASIONS[Occasion.INITIAL])]},
            "crumbs": [
                {"label": _("Apply"), "href": reverse("workspace:apply")},
                {"label": scheme.title},
            ],
            "scheme": scheme,
            "definition": scheme.definition,
            "answers": answers,
            "questions": questions,
            "issuers": issuers,
            "today": today,
        },
    )


def _held(one: offers.Issuer) -> str:
    return " · ".join(f"{words(kind)} {number}" for kind, number in one.holds)


#: What a holder may ask for about a certificate it has.
ABOUT = (Occasion.RENEWAL, Occasion.EXTENSION, Occasion.CHANGE, Occasion.TRANSITION, Occasion.RESTORATION)


def possible(attestation: Attestation) -> list[Occasion]:
    """Return what the scheme lets a holder ask for about an attestation."""
    edition = attestation.editions.exclude(scheme=None).order_by("-edition").first()
    if edition is None or edition.scheme is None:
        return []
    definition = edition.scheme.definition
    return [one for one in ABOUT if definition.parts_on(one) or definition.activities_on(one)]


@require_http_methods(["POST"])
@acting.requires()
def about(request: HttpRequest, attestation_id: str) -> HttpResponse:
    """Open a case about a certificate one holds: renewal, extension, change."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    rows = Attestation.objects.filter(holder=membership.organisation_id) | Attestation.objects.filter(
        person=membership.person_id
    )
    attestation = get_object_or_404(rows, public_id=attestation_id)
    occasion = request.POST.get("occasion", "")
    if occasion not in possible(attestation):
        raise Http404
    edition = attestation.editions.exclude(scheme=None).latest("edition")
    try:
        scheme = schemes.effective(edition.scheme.scheme_id, case_pages.today_cn())
        case = actions.open_case(
            scheme=scheme,
            issuer=attestation.issuer,
            occasion=occasion,
            client=attestation.holder,
            person=attestation.person,
            attestation=attestation,
            by=membership,
            at=clock.now(),
        )
    except Refused as refused:
        messages.error(request, sentence(refused))
        return redirect("workspace:certificate", attestation.public_id)
    messages.success(request, _("The case is open."))
    page = "workspace:application" if hasattr(case, "application") else "workspace:case"
    return redirect(page, case.public_id)
