"""Access tokens: what a program shows to act under a member's membership."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction

from testamur.journal.actions import record
from testamur.kernel import clock
from testamur.kernel.refusal import Refused, _
from testamur.kernel.words import Function
from testamur.parties import policies
from testamur.parties.models import AccessToken, Membership
from testamur.parties.queries import token_digest

#: Random bytes of a token: it cannot be guessed, so a plain SHA-256 of it is kept.
BYTES = 32
#: Every token begins so; programs that look for leaked secrets find it by that.
BEGINS = "testamur_"


@transaction.atomic
def make_token(
    *, name: str, functions: Iterable[Function | str], until_day: date, by: Membership, at: datetime
) -> tuple[AccessToken, str]:
    """Let a program act under one's own membership.

    Args:
        name: of the program.
        functions: what it may do, of those the member holds; none: it reads what the member sees.
        until_day: last day on which it works, at most a year ahead.

    Returns:
        The row, and the token itself, which is told this once and kept nowhere.
    """
    Membership.objects.select_for_update(of=("self",)).get(pk=by.pk)
    given = policies.check_may_let_act(by, functions, until_day, at)
    called = " ".join(name.split())
    if not called or len(called) > 80:
        raise Refused(
            _("Name the program, in at most 80 characters."), rule="parties.token", field="name", source=policies.TOKENS
        )
    secret = BEGINS + secrets.token_urlsafe(BYTES)
    token = AccessToken.objects.create(
        membership=by,
        name=called,
        functions=given,
        digest=token_digest(secret),
        hint=secret[-4:],
        until_day=until_day,
        by=by,
        effective_at=at,
    )
    facts = {"token": token.public_id, "functions": given, "last_day": until_day.isoformat()}
    record("token.made", subject=token, by=by, at=at, payload=facts)
    return token, secret


@transaction.atomic
def revoke_token(*, token: AccessToken, by: Membership, at: datetime) -> AccessToken:
    """Take a token back, from now on: one's own, or as administrator any of the organisation."""
    token = AccessToken.objects.select_for_update(of=("self",)).select_related("membership").get(pk=token.pk)
    policies.check_may_revoke(by, token, at)
    if token.revoked_at is not None:
        raise Refused(_("This token is revoked already."), rule="parties.token", source=policies.TOKENS)
    token.revoked_at, token.revoked_by = clock.now(), by
    token.save(update_fields=["revoked_at", "revoked_by"])
    record("token.revoked", subject=token, by=by, at=at, payload={"token": token.public_id})
    return token
