"""Verify one number: whether what bears it holds, whether it covers what is asked, on any day, as known on any day."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from testamur.kernel import days
from testamur.portal import answered, asking, showing
from testamur.portal.frame import page
from testamur.portal.limits import limited
from testamur.portal.views.search import no_record
from testamur.register.answering.kept import LONGEST
from testamur.register.answering.questions import Question, answers_to
from testamur.register.claims import Claim
from testamur.register.words import number_key

CRUMBS = {"label": {"en": "Verify", "zh": "验证"}}
#: Records of one number that are shown; more than a few mean that the number is no number.
SHOWN_MOST = 20


@require_safe
@limited("verify-number", a_minute=300)
def verify_number(request: HttpRequest) -> HttpResponse:
    """Show the form, or the answers: one for each record that bears the number, each in two signed parts."""
    asked, errors = _asked(request)
    number = asking.text(request, "number")
    context: dict[str, Any] = {
        "crumbs": [{**CRUMBS, "href": reverse("portal:verify")}, {"label": {"en": "By number", "zh": "按编号"}}],
        "way": "number",
        "errors": errors,
        "asked": {name: asking.text(request, name) for name in FIELDS},
        "claim_fields": [
            {"name": name, "label": label, "value": asking.text(request, name)}
            for name, label in answered.CLAIM_FIELDS
        ],
        "claim_open": any(asking.text(request, name) for name in answered.CLAIM_TITLES),
        "days_open": any(asking.text(request, name) for name in ("on", "known")),
    }
    if asked is None:
        return page(request, "verify_number", context)
    found = answers_to([asked], getattr(request, "membership", None))[0]
    several = [one for one in found if one.told.attestation is not None]
    context |= {
        "cards": [answered.card(one, asked) for one in found[:SHOWN_MOST]],
        "more": max(0, len(found) - SHOWN_MOST),
        "several": len(several) > 1,
        "json_href": answered.address_of(asked),
    }
    if not several and not asked.issuer:
        nothing = no_record(number)
        context |= {"means": nothing["means"], "near": nothing["near"]}
    return page(request, "verify_number", context)


FIELDS = ("number", "holder", "issuer", "made_on", "on", "known")


def _asked(request: HttpRequest) -> tuple[Question | None, list[dict[str, Any]]]:
    """Return what is asked, None where nothing is or where it cannot be read, and what is wrong with it."""
    errors: list[dict[str, Any]] = []
    found: dict[str, Any] = {}
    for name in ("made_on", "on", "known"):
        found[name], wrong = asking.day(request, name)
        if wrong:
            errors.append({"id": f"v-{name}", "text": gettext("This is no day; write it as 2026-03-31.")})
    number = asking.text(request, "number")
    if "number" in request.GET and not number_key(number):
        errors.append(
            {"id": "v-number", "text": gettext("Type a number: it has at least one letter or digit.")}
        )  # fmt: skip
    if len(number) > LONGEST:
        errors.append({"id": "v-number", "text": gettext("Send the number as printed, at most 120 characters.")})
    if errors or not number:
        return None, errors
    # What is known is asked for as of the end of a day that is over; today's end has not come.
    known = days.last_second(found["known"], "CN") if found["known"] and found["known"] < showing.today() else None
    parts = {name: asking.text(request, name) for name, _label in answered.CLAIM_FIELDS}
    given: dict[str, Any] = {**parts, "destination": parts["destination"].upper(), "made_on": found["made_on"]}
    claim = Claim(**given)
    question = Question(
        number, asking.text(request, "holder"), asking.text(request, "issuer"), found["on"], known,
        claim if claim.asks else None,
    )  # fmt: skip
    return question, []
