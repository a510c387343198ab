"""Programs that call: ``Authorization: Bearer <access token>`` (RFC 6750) instead of a session."""

from __future__ import annotations

from allauth.core.internal import ratelimit
from django.http import HttpRequest

from testamur.api.problems import Problem
from testamur.kernel import clock
from testamur.kernel.refusal import _, refusal_of
from testamur.parties import policies, queries
from testamur.parties.models import AccessToken, Membership

SCHEME = "bearer"
#: Wrong tokens that one address may show in a minute, before it has to wait.
WRONG_A_MINUTE = 20


def shown(request: HttpRequest) -> str:
    """Return the token that a request shows, "" where it shows none."""
    scheme, _space, secret = request.headers.get("Authorization", "").partition(" ")
    return secret.strip() if scheme.lower() == SCHEME else ""


def admit(request: HttpRequest, secret: str) -> Membership:
    """Let a program in: the request then acts under its token's membership, narrowed to its functions.

    Raises:
        Problem: no such token, one that works no more, or too many wrong ones.
    """
    config = {"wrong-token": f"{WRONG_A_MINUTE}/m/ip"}
    limit = {"app": "testamur.api", "action": "wrong-token", "config": config, "limit_get": True}
    if not ratelimit.consume(request, dry_run=True, **limit):
        raise Problem("too_many")
    token = queries.with_secret(secret)
    if token is None:
        ratelimit.consume(request, **limit)
        raise Problem("unauthenticated", _("This access token is not known here."))
    refusal = refusal_of(policies.check_token_works, token, clock.now())
    if refusal is not None:
        raise Problem.of("unauthenticated", refusal)
    today = queries.today(token.membership.organisation)
    if token.last_used_on != today:
        AccessToken.objects.filter(pk=token.pk).update(last_used_on=today)
    membership = queries.acting_for(token)
    request.membership, request.memberships = membership, [membership]  # type: ignore[attr-defined]
    return membership
