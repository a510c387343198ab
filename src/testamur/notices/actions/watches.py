"""Watching by mail. What people watch is their own affair: no event tells of it, and nothing of it is left behind.

Whoever asks with an address gets the same answer whether it is known here or not; only a letter to it says more.
"""

from __future__ import annotations

from datetime import timedelta

from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from testamur.kernel import clock
from testamur.kernel.refusal import Refused, _
from testamur.notices import letters, links, telling
from testamur.notices.models import Message, Watch, Watcher
from testamur.notices.subjects import Subject
from testamur.parties.models import Account

#: Letters that strangers can make us send to one address in a day, and watches of one address.
LETTERS_A_DAY, MOST = 5, 200
_ASKING = ("watch.confirm", "watch.already", "watch.list")


@transaction.atomic
def ask(*, address: str, subject: Subject, pace: str, language: str) -> None:
    """Send a letter that asks whether a watch is wanted; it begins when its link is followed.

    Raises:
        Refused: this is no address, or no pace.
    """
    address = checked(address)
    check_pace(pace)
    watcher, _new = Watcher.objects.get_or_create(address=address, defaults={"language": language})
    watch = watcher.watches.filter(subject=subject.kind, key=subject.key).first()
    if watch is None:
        if watcher.watches.count() >= MOST:
            return
        watch = Watch.objects.create(watcher=watcher, subject=subject.kind, key=subject.key, pace=pace)
    if (turn := _turn(watcher)) is None:
        return
    if watch.confirmed_at is not None:
        letters.already(watch, subject, turn)
        return
    if watch.pace != pace:
        change_pace(watch=watch, pace=pace)
    if not watcher.watches.filter(confirmed_at__isnull=False).exists():
        watcher.language = language  # nobody chose another one yet
        watcher.save(update_fields=["language"])
    letters.ask(watch, subject, turn)


@transaction.atomic
def confirm(*, token: str) -> Watch:
    """Begin a watch, from now on.

    Raises:
        Refused: the link is too old, or the watch was stopped.
    """
    watch = Watch.objects.filter(public_id=links.read("confirm", token) or "").select_related("watcher").first()
    if watch is None:
        raise Refused(
            _("This link is too old, or the watch was stopped. Ask for it again; a new letter comes at once."),
            rule="notices.link",
        )
    if watch.confirmed_at is None:
        watch.confirmed_at, watch.upto = clock.now(), telling.newest()
        watch.save(update_fields=["confirmed_at", "upto"])
    return watch


@transaction.atomic
def watch_as(*, account: Account, subject: Subject, pace: str) -> Watch:
    """Watch with the verified address of one's account; no letter asks.

    Raises:
        Refused: the address is not verified; too many watches; no such pace.
    """
    check_pace(pace)
    if not EmailAddress.objects.filter(user=account, email__iexact=account.email, verified=True).exists():
        raise Refused(_("Verify your e-mail address first, under your account."), rule="notices.verified")
    watcher, _new = Watcher.objects.get_or_create(account=account, defaults={"language": account.language})
    known = watcher.watches.filter(subject=subject.kind, key=subject.key).first()
    if known is not None:
        return change_pace(watch=known, pace=pace)
    if watcher.watches.count() >= MOST:
        raise Refused(_("You watch {most} things already; stop one first."), {"most": MOST}, rule="notices.most")
    return Watch.objects.create(
        watcher=watcher, subject=subject.kind, key=subject.key, pace=pace, confirmed_at=clock.now(),
        upto=telling.newest(),
    )  # fmt: skip


def change_pace(*, watch: Watch, pace: str) -> Watch:
    """Have its letters come at once, daily or weekly.

    Raises:
        Refused: no such pace.
    """
    check_pace(pace)
    Watch.objects.filter(pk=watch.pk).update(pace=pace)
    watch.pace = pace
    return watch


@transaction.atomic
def stop(*, watch: Watch) -> None:
    """End a watch; with the last one the address goes too, and what was on its way to it."""
    watcher = watch.watcher
    watch.delete()
    if not watcher.watches.exists():
        watcher.delete()


@transaction.atomic
def stop_all(*, watcher: Watcher) -> None:
    """End every watch of an address and forget it."""
    watcher.delete()


@transaction.atomic
def send_list(*, address: str) -> None:
    """Send an address the link to its own list, where it watches something.

    Raises:
        Refused: this is no address.
    """
    watcher = Watcher.objects.filter(address=checked(address)).first()
    if watcher is not None and (turn := _turn(watcher)) is not None:
        letters.list_link(watcher, turn)


@transaction.atomic
def forget() -> int:
    """Forget what was never confirmed, and addresses without a watch; returns how many watches."""
    old = clock.now() - timedelta(seconds=links.TO_CONFIRM)
    gone = Watch.objects.filter(confirmed_at=None, made_at__lt=old).delete()[1].get("notices.Watch", 0)
    Watcher.objects.filter(watches=None, made_at__lt=old).delete()
    return gone


def check_pace(pace: str) -> None:
    """Refuse a pace that there is not."""
    if pace not in Watch.Pace.values:
        raise Refused(_("Choose at once, daily or weekly."), rule="notices.pace", field="pace")


def checked(address: str) -> str:
    """Return an address in its one spelling.

    Raises:
        Refused: this is none.
    """
    address = address.strip().lower()
    try:
        validate_email(address if len(address) <= 254 else "")
    except ValidationError:
        raise Refused(
            _("This is no e-mail address; look for a missing or wrong sign."), rule="notices.address", field="address"
        ) from None
    return address


def _turn(watcher: Watcher) -> int | None:
    """Return the number of the next letter that a stranger may cause; None where today's are used up."""
    asked = Message.objects.filter(watcher=watcher, kind__in=_ASKING)
    if asked.filter(made_at__gte=clock.real_now() - timedelta(days=1)).count() >= LETTERS_A_DAY:
        return None
    return 1 + (asked.order_by("-pk").values_list("pk", flat=True).first() or 0)
