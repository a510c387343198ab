"""Messages to other systems: what is in them, how they are signed, and when an endpoint is switched off."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q

from testamur.journal.actions import record
from testamur.kernel import clock
from testamur.kernel.words import Function
from testamur.notices import secrets, signing
from testamur.notices.calling import Answer, call
from testamur.notices.models import Change, Endpoint, Message
from testamur.notices.words import KINDS, address_of, number_of
from testamur.parties.models import Membership, Platform

#: Changes of one message at most.
OF_A_MESSAGE = 100
#: An endpoint that has answered nothing for so long is switched off.
FAILING = timedelta(days=5)
CHANGED, TEST = "register.changed", "endpoint.test"


@dataclass(frozen=True)
class Call:
    """A call that is ready to be made, by whoever; no database is needed for it."""

    url: str
    body: bytes
    headers: dict[str, str]
    private: bool


def told(rows: Sequence[Change], at: datetime) -> dict[str, Any]:
    """Return the body of a message about changes (Standard Webhooks: type, timestamp, data)."""
    return {
        "type": CHANGED,
        "timestamp": at.isoformat(),
        "data": {"changes": [line(one) for one in rows], "cursor": str(rows[-1].pk), "sample": settings.SAMPLE},
    }


def line(change: Change) -> dict[str, Any]:
    """Return a change as a message tells it; what it does not say, the record's page and the API do."""
    return {
        "id": change.pk,
        "kind": change.kind,
        "what": KINDS[change.kind],
        "number": number_of(change),
        "attestation": change.attestation.public_id,
        "issuer": change.issuer.public_id,
        "scheme": change.scheme,
        "effective_on": change.effective_on.isoformat(),
        "recorded_at": change.recorded_at.isoformat(),
        "url": settings.ORIGIN + address_of(change),
        "api": f"{settings.ORIGIN}/api/v1/attestations/{change.attestation.public_id}",
    }


def prepared(message: Message) -> Call:
    """Return the call of a message, signed now by every secret that holds."""
    assert message.endpoint is not None
    now = clock.real_now()
    body = json.dumps(message.body, ensure_ascii=False, separators=(",", ":")).encode()
    holding = message.endpoint.secrets.filter(Q(ends_at=None) | Q(ends_at__gt=now))
    signed = signing.headers(
        f"msg_{message.public_id}", now, body, [secrets.unseal(bytes(one.sealed)) for one in holding]
    )
    headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": f"Testamur/1 (+{settings.ORIGIN})"}
    return Call(message.endpoint.url, body, headers | signed, settings.WEBHOOKS_PRIVATE)


def made(one: Call) -> Answer:
    """Make a call."""
    return call(one.url, one.body, one.headers, private=one.private)


def note(endpoint: Endpoint, answer: Answer, at: datetime) -> None:
    """Write down whether an endpoint answers; switch it off where it is gone or has failed for long."""
    rows = Endpoint.objects.filter(pk=endpoint.pk)
    if not answer.problem:
        rows.update(failing_since=None)
        return
    rows.filter(failing_since=None).update(failing_since=at)
    endpoint.refresh_from_db()
    if endpoint.disabled_at is not None:
        return
    gone = answer.code == 410
    if gone or (endpoint.failing_since is not None and at - endpoint.failing_since >= FAILING):
        switch_off(endpoint, "gone" if gone else "failing", at)


def switch_off(endpoint: Endpoint, reason: str, at: datetime) -> None:
    """Call an endpoint no more, and tell those who administer its organisation."""
    from testamur.notices import letters

    if not Endpoint.objects.filter(pk=endpoint.pk, disabled_at=None).update(disabled_at=at, disabled_for=reason):
        return
    endpoint.disabled_at, endpoint.disabled_for = at, reason
    record(
        "notices.endpoint_disabled", subject=endpoint, by=Platform("notices.failing"), at=at,
        payload={"endpoint": endpoint.public_id, "reason": reason},
    )  # fmt: skip
    members = Membership.objects.filter(organisation=endpoint.organisation).select_related("person__account")
    for member in members:
        account = getattr(member.person, "account", None)
        if account is not None and account.is_active and member.holds(Function.ADMINISTRATION):
            letters.endpoint_off(endpoint, account, at)
