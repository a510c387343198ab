"""Who may report in, who may mirror, and whose word settles a conflict."""

from __future__ import annotations

from datetime import datetime

from testamur.kernel.refusal import Refused, _
from testamur.kernel.words import Function
from testamur.parties.models import Membership, Organisation, Platform
from testamur.parties.policies import check_holds, check_lives
from testamur.parties.queries import is_root
from testamur.register.models import Attestation, Conflict

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


def check_may_settle(conflict: Conflict, holds: Attestation, by: Actor, at: datetime) -> None:
    """Whose certificate it is says which record is right; of two bodies each may give way, and none may win alone.

    Who runs the register settles what the bodies do not.

    Raises:
        Refused: somebody who is not concerned; the conflict has ended; a body that declares itself right.
    """
    check_lives(by, at)
    check_holds(by, Function.RECORDS)
    if conflict.ended_by_id is not None:
        raise Refused(
            _("The two agree by now; there is nothing left to settle."), rule="register.conflict", source=CONFLICT
        )
    if holds.pk not in (conflict.first_id, conflict.second_id):
        raise Refused(_("Choose one of the two records."), rule="register.conflict", source=CONFLICT, field="holds")
    if isinstance(by, Platform) or is_root(by.organisation):
        return
    issuers = {conflict.first.issuer_id, conflict.second.issuer_id}
    if by.organisation_id not in issuers:
        raise Refused(
            _("{organisation} issued neither of the two; the bodies concerned settle it."),
            {"organisation": by.organisation.names}, rule="register.conflict", source=CONFLICT,
        )  # fmt: skip
    if len(issuers) == 2 and holds.issuer_id == by.organisation_id:
        raise Refused(
            _("You can say that {other} is right. That you are is for {other} to say, or for who runs this register."),
            {"other": (conflict.second if holds.pk == conflict.first_id else conflict.first).issuer.names},
            rule="register.conflict", source=CONFLICT, field="holds",
        )  # fmt: skip
