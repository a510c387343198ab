"""Acts on the register: on single attestations (``attestations``), on sources (``sources``), on what they deliver
(``deliveries``), on open data (``snapshots``), on the names of holders
(``holders``)."""

from testamur.register.actions.attestations import (
    add_edition,
    annul,
    change_status,
    enter,
    rebuild_current,
    write_annulment,
)
from testamur.register.actions.conflicts import settle
from testamur.register.actions.deliveries import begin, carry_on, commit, give_up, receive
from testamur.register.actions.holders import link_holders, part_holders, undo_holder_link
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
    "link_holders",
    "name_source",
    "part_holders",
    "publish_snapshot",
    "rebuild_current",
    "receive",
    "save_mapping",
    "settle",
    "undo_holder_link",
    "write_annulment",
]
