"""Work of the calendar: lists that must not grow stale, files that a crash left unwritten."""

from __future__ import annotations

from testamur.attestation import actions, publishing


def publish_lists() -> int:
    """Sign every status list anew; called on start and every six hours."""
    return actions.publish_lists()


def publish_waiting() -> int:
    """Write the files of the public site that are missing; called after sequencing and on start."""
    return publishing.publish_waiting()
