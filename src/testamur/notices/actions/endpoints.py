"""Webhooks of an organisation: added, changed, tried, switched on again, their secret replaced, messages sent again."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from testamur.journal.actions import record
from testamur.kernel import clock
from testamur.kernel.refusal import Refused, _
from testamur.kernel.words import Function
from testamur.notices import calls, outbox, secrets, subjects
from testamur.notices.calling import check_url
from testamur.notices.models import Change, Endpoint, Message, Secret
from testamur.parties.models import Membership
from testamur.parties.policies import check_holds, check_lives
from testamur.schemes.models import Scheme

#: Webhooks of one organisation, and hours for which a replaced secret still signs.
MOST, OVERLAP = 20, 24
About = Endpoint.About


@transaction.atomic
def add(
    *, url: str, about: str, key: str = "", kinds: Iterable[str] = (), by: Membership, at: datetime
) -> tuple[Endpoint, str]:
    """Have an address called when something changes.

    Args:
        about: one of ``Endpoint.About``; key: the scheme, body or standard it means.
        kinds: of changes; none: all.

    Returns:
        The endpoint, and its secret, which is told this once.

    Raises:
        Refused: no public https address; nothing of that name; too many.
    """
    check_lives(by, at)
    check_holds(by, Function.ADMINISTRATION, by.organisation)
    fields = _fields(url, about, key, kinds)
    if Endpoint.objects.filter(organisation=by.organisation, removed_at=None).count() >= MOST:
        raise Refused(
            _("An organisation has {most} webhooks at most; remove one first."), {"most": MOST}, rule="notices.most"
        )
    endpoint = Endpoint.objects.create(organisation=by.organisation, **fields)
    secret = secrets.new()
    Secret.objects.create(endpoint=endpoint, sealed=secrets.seal(secret))
    _record("endpoint_added", endpoint, by, at, about=endpoint.about, key=endpoint.key, kinds=endpoint.kinds)
    return endpoint, secrets.shown(secret)


@transaction.atomic
def change(
    *, endpoint: Endpoint, url: str, about: str, key: str = "", kinds: Iterable[str] = (), by: Membership, at: datetime
) -> Endpoint:
    """Have another address called, or for other changes; its secret stays."""
    endpoint = _own(endpoint, by, at)
    for name, value in _fields(url, about, key, kinds).items():
        setattr(endpoint, name, value)
    endpoint.save(update_fields=["url", "about", "key", "kinds"])
    _record("endpoint_changed", endpoint, by, at, about=endpoint.about, key=endpoint.key, kinds=endpoint.kinds)
    return endpoint


@transaction.atomic
def remove(*, endpoint: Endpoint, by: Membership, at: datetime) -> Endpoint:
    """Call an address no more; what waits for it is not sent, and its secrets are destroyed."""
    endpoint = _own(endpoint, by, at)
    endpoint.removed_at = at
    endpoint.save(update_fields=["removed_at"])
    endpoint.secrets.all().delete()
    endpoint.messages.all().delete()
    _record("endpoint_removed", endpoint, by, at)
    return endpoint


@transaction.atomic
def switch_off(*, endpoint: Endpoint, by: Membership, at: datetime) -> Endpoint:
    """Call an address no more until somebody switches it on again; what changes meanwhile is not queued."""
    endpoint = _own(endpoint, by, at)
    if endpoint.disabled_at is not None:
        raise Refused(_("This webhook is switched off; switch it on first."), rule="notices.off")
    endpoint.disabled_at, endpoint.disabled_for = at, "owner"
    endpoint.save(update_fields=["disabled_at", "disabled_for"])
    _record("endpoint_disabled", endpoint, by, at, reason="owner")
    return endpoint


@transaction.atomic
def switch_on(*, endpoint: Endpoint, by: Membership, at: datetime) -> Endpoint:
    """Call an address again that was switched off; what still waits is sent now."""
    endpoint = _own(endpoint, by, at)
    if endpoint.disabled_at is None:
        raise Refused(_("This webhook is switched on already."), rule="notices.off")
    endpoint.disabled_at, endpoint.disabled_for, endpoint.failing_since = None, "", None
    endpoint.save(update_fields=["disabled_at", "disabled_for", "failing_since"])
    _record("endpoint_enabled", endpoint, by, at)
    return endpoint


@transaction.atomic
def rotate(*, endpoint: Endpoint, by: Membership, at: datetime) -> str:
    """Give an endpoint a new secret; the one before signs beside it for a day, so that nothing is lost meanwhile.

    Returns:
        The secret, which is told this once.
    """
    endpoint = _own(endpoint, by, at)
    now = clock.real_now()
    endpoint.secrets.filter(ends_at__lt=now).delete()
    endpoint.secrets.filter(ends_at=None).update(ends_at=now + timedelta(hours=OVERLAP))
    secret = secrets.new()
    Secret.objects.create(endpoint=endpoint, sealed=secrets.seal(secret))
    _record("secret_rotated", endpoint, by, at)
    return secrets.shown(secret)


@transaction.atomic
def test(*, endpoint: Endpoint, by: Membership, at: datetime) -> Message:
    """Queue a message that says nothing, to see whether it arrives. It is no change, so no event tells of it."""
    endpoint = _own(endpoint, by, at)
    _check_lives(endpoint)
    body = {
        "type": calls.TEST, "timestamp": clock.now().isoformat(),
        "data": {"endpoint": endpoint.public_id, "sample": settings.SAMPLE},
    }  # fmt: skip
    once = f"test:{endpoint.public_id}:{clock.real_now().timestamp()}"
    message = outbox.put(calls.TEST, once, body, endpoint=endpoint)
    assert message is not None
    return message


@transaction.atomic
def replay(
    *, endpoint: Endpoint, by: Membership, at: datetime, message: Message | None = None, since: datetime | None = None
) -> int:
    """Send one message again, or all since an instant that never arrived; under the same ids.

    Returns:
        How many are sent again.
    """
    endpoint = _own(endpoint, by, at)
    _check_lives(endpoint)
    rows = endpoint.messages.all()
    if message is not None:
        rows = rows.filter(pk=message.pk)
    else:
        rows = rows.exclude(state=Message.State.SENT)
        rows = rows.filter(made_at__gte=since) if since is not None else rows
    count = outbox.again(rows)
    _record("replayed", endpoint, by, at, count=count, message=message.public_id if message else "",
            since=since.isoformat() if since else "")  # fmt: skip
    return count


def _own(endpoint: Endpoint, by: Membership, at: datetime) -> Endpoint:
    check_lives(by, at)
    check_holds(by, Function.ADMINISTRATION, endpoint.organisation)
    endpoint = Endpoint.objects.select_for_update(of=("self",)).get(pk=endpoint.pk)
    if endpoint.removed_at is not None:
        raise Refused(_("This webhook was removed; add another one."), rule="notices.removed")
    return endpoint


def _check_lives(endpoint: Endpoint) -> None:
    if not endpoint.lives:
        raise Refused(_("This webhook is switched off; switch it on first."), rule="notices.off")


def _fields(url: str, about: str, key: str, kinds: Iterable[str]) -> dict[str, object]:
    url = url.strip()
    check_url(url, private=settings.WEBHOOKS_PRIVATE)
    if len(url) > 500:
        raise Refused(_("This address is longer than 500 characters."), rule="notices.url", field="url")
    if about not in About.values:
        raise Refused(_("Choose what it is about."), rule="notices.about", field="about")
    chosen = [one for one in Change.Kind.values if one in set(kinds)]
    return {"url": url, "about": about, "key": _key(about, key.strip()), "kinds": chosen}


def _key(about: str, key: str) -> str:
    if about in (About.BODY, About.STANDARD):
        subject = subjects.find(about, key)
        if subject is not None:
            return subject.key
    elif about == About.SCHEME:
        if Scheme.objects.filter(scheme_id=key).exists() or Change.objects.filter(scheme=key).exists():
            return key
    else:
        return ""
    raise Refused(
        _("Nothing of this name is on record here; write the id of a scheme or a body, or a standard's designation."),
        rule="notices.about", field="key",
    )  # fmt: skip


def _record(what: str, endpoint: Endpoint, by: Membership, at: datetime, **facts: object) -> None:
    # The address may hold a secret part of its owner's; the journal names the endpoint, not the address.
    record(f"notices.{what}", subject=endpoint, by=by, at=at, payload={"endpoint": endpoint.public_id, **facts})
