"""Say what waits to be sent and what was given up; with --replay, send what was given up again."""

from __future__ import annotations

import argparse


def main(argv: list[str]) -> int:
    """List or replay; returns 1 where something was given up and is not sent again."""
    parser = argparse.ArgumentParser(prog="testamur outbox", description=__doc__)
    parser.add_argument("--replay", action="store_true", help="send everything again that was given up")
    parser.add_argument("--id", default="", help="only the message of this id")
    options = parser.parse_args(argv)
    from testamur.cli import django

    django()
    from testamur.notices import outbox
    from testamur.notices.models import Message

    waiting = Message.objects.filter(state=Message.State.WAITING)
    dead = Message.objects.filter(state=Message.State.DEAD)
    if options.id:
        waiting, dead = (rows.filter(public_id=options.id.removeprefix("msg_")) for rows in (waiting, dead))
    oldest = waiting.order_by("made_at").first()
    print(f"{waiting.count()} wait" + (f", the oldest since {oldest.made_at:%Y-%m-%d %H:%M} UTC" if oldest else ""))
    if options.replay:
        print(f"{outbox.again(dead)} are sent again")
        return 0
    for one in dead.order_by("pk").prefetch_related("attempts"):
        last = next(iter(one.attempts.all()), None)
        # Whom it goes to is not said: a log of this command shall hold no address.
        why = f"{last.at:%Y-%m-%d %H:%M} {last.problem}" if last else "never tried"
        print(f"msg_{one.public_id}  {one.channel}  {one.kind}  {one.attempted} tries  {why}")
    return 1 if dead.exists() else 0
