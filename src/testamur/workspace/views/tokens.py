"""Programs that act for members of one's organisation: access tokens, made by each for themselves."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from testamur.kernel import clock
from testamur.kernel.refusal import Refused
from testamur.parties import acting, actions, queries
from testamur.parties.allowance import QUOTAS, counts
from testamur.parties.forms import TokenForm, add_refusal
from testamur.parties.models import AccessToken, Membership
from testamur.parties.templatetags.parties_words import sentence
from testamur.workspace.answers import Answers

TOKENS = "workspace:organisation-tokens"
#: Days after which a token ends unless another day is chosen.
USUAL_DAYS = 90


@require_safe
@acting.requires()
def tokens(request: HttpRequest) -> HttpResponse:
    """List one's own access tokens; an administrator sees the whole organisation's."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    facts = {
        "organisation": membership.organisation,
        "tokens": queries.tokens(membership),
        "quotas": _quotas(queries.tokens(membership), queries.today(membership.organisation)),
        "today": queries.today(membership.organisation),
        "is_root": queries.is_root(membership.organisation),
    }
    return render(request, "workspace/organisation_tokens.html", facts)


def _quotas(tokens: Iterable[AccessToken], today: date) -> list[dict[str, Any]]:
    """Return what may be asked in a minute, and what is left of it for each token that works."""
    working = [one for one in tokens if one.revoked_at is None and one.until_day >= today]
    return [
        {
            "word": word,
            "address": quota.address,
            "token": quota.token,
            "left": [(one.name, counts.left(action, f"key {one.public_id}", quota.token).left) for one in working],
        }
        for action, word in ASKED.items()
        if (quota := QUOTAS[action])
    ]


#: What programs ask for most, as people call it.
ASKED: dict[str, dict[str, str]] = {
    "verify_number": {"en": "one number", "zh": "单个编号"},
    "verify_numbers": {"en": "a list of up to 10,000 numbers", "zh": "清单（最多10,000个编号）"},
}


@never_cache
@sensitive_variables("secret")
@require_http_methods(["GET", "POST"])
@acting.requires()
def token_new(request: HttpRequest) -> HttpResponse:
    """Make an access token; it is shown on the answer to this one request and never again.

    A form sent twice makes one: the second answer cannot show it, and says what to do.
    """
    membership: Membership = request.membership  # type: ignore[attr-defined]
    usual = queries.today(membership.organisation) + timedelta(days=USUAL_DAYS)
    form = TokenForm(membership, request.POST or None, initial={"until_day": usual})
    answers = Answers(request)
    if answers.sent and form.is_valid():
        if answers.attempt(lambda: actions.make_token(by=membership, at=clock.now(), **form.cleaned_data)):
            if answers.again:
                twice = _(
                    "This form was sent twice and made one token. If you did not copy it, revoke it and make another."
                )
                messages.warning(request, twice)
                return redirect(TOKENS)
            made, secret = answers.result
            return render(request, "workspace/organisation_token_made.html", {"token": made, "secret": secret})
        for refusal in [*answers.errors.values(), *([answers.refused] if answers.refused else [])]:
            add_refusal(form, refusal)
    facts = {
        "once": answers.once,
        "form": form,
        "title": _("Let a program act for you"),
        "button": _("Make the token"),
        "back": TOKENS,
        "lead": _("It acts in your name, with what you choose of your functions. Reviews and decisions stay with you."),
    }
    return render(request, "workspace/organisation_form.html", facts)


@require_POST
@acting.requires()
def token_revocation(request: HttpRequest, token_id: str) -> HttpResponse:
    """Revoke an access token."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    token = get_object_or_404(queries.tokens(membership), public_id=token_id)
    try:
        actions.revoke_token(token=token, by=membership, at=clock.now())
    except Refused as refusal:
        messages.error(request, sentence(refusal))
    else:
        messages.success(request, _("The token is revoked; from now on it opens nothing."))
    return redirect(TOKENS)
