"""Acts on the register: on single attestations (``attestations``), on sources (``sources``), on what they deliver
(``deliveries``), on open data (``snapshots``)."""

from testamur.register.actions.attestations import (
    add_edition,
    annul,
    change_status,
    enter,
    rebuild_current,
    write_annulment,
)
from testamur.register.actions.deliveries import begin, carry_on, commit, give_up, receive
from testamur.register.actions.snapshots import publish_snapshot
from testamur.register.actions.sources import name_source, save_mapping

__all__ = [
    "add_edition",
    "annul",
    "begin",
    "carry_on",
    "change_status",
    "commit",
    "enter",
    "give_up",
    "name_source",
    "publish_snapshot",
    "rebuild_current",
    "receive",
    "save_mapping",
    "write_annulment",
]
