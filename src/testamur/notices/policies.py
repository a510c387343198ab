"""Who may look at everything that is on its way, and deal with it."""

from __future__ import annotations

from datetime import datetime

from testamur.kernel.refusal import Refused, _
from testamur.kernel.words import Function
from testamur.parties.models import Membership
from testamur.parties.policies import check_holds, check_lives
from testamur.parties.queries import is_root


def check_may_run_outbox(by: Membership, at: datetime) -> None:
    """Messages of all organisations and addresses of private persons: for who runs this installation, and nobody else.

    Raises:
        Refused: not an administrator of a root of this installation.
    """
    check_lives(by, at)
    check_holds(by, Function.ADMINISTRATION, by.organisation)
    if not is_root(by.organisation):
        raise Refused(
            _("What is on its way to others is for who runs this installation. Your own webhooks are under Webhooks."),
            rule="notices.outbox",
        )


def runs_outbox(membership: Membership | None) -> bool:
    """Say whether somebody runs this installation: administration, for one of its roots."""
    return (
        membership is not None and membership.holds(Function.ADMINISTRATION) and is_root(membership.organisation)
    )
