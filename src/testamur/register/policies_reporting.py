"""Who may report in, who may mirror, and whose word settles a conflict."""

from __future__ import annotations

from datetime import datetime

from testamur.kernel.refusal import Refused, _
from testamur.kernel.words import Function
from testamur.parties.models import Membership, Organisation, Platform
from testamur.parties.policies import check_holds, check_lives
from testamur.parties.queries import is_root

Actor = Membership | Platform
#: Rule text that says who reports, who mirrors, and which word holds.
REPORTED, MIRRORED, CONFLICT = (
    "testamur@2026-1#register.origin", "testamur@2026-1#register.mirror", "testamur@2026-1#register.conflict",
)  # fmt: skip


def check_may_deliver(by: Actor, organisation: Organisation | None, at: datetime) -> None:
    """A body delivers what it certified; other registers are mirrored by who runs this one, and by nobody else.

    Args:
        organisation: the body that reports; None for a register that is mirrored.

    Raises:
        Refused: another body's source; a mirror, by somebody who does not act for the root.
    """
    check_lives(by, at)
    check_holds(by, Function.RECORDS, organisation)
    if isinstance(by, Platform) or organisation is not None or is_root(by.organisation):
        return
    raise Refused(
        _("Other registers are mirrored by who runs this one; {organisation} reports what it certified itself."),
        {"organisation": by.organisation.names}, rule="register.mirror", source=MIRRORED,
    )  # fmt: skip


def mirrors(membership: Membership) -> bool:
    """Say whether somebody brings other registers in: the function *records* for the root of this installation."""
    return membership.holds(Function.RECORDS) and is_root(membership.organisation)
