"""Sentences that are kept as message ids and translated where they are shown."""

from __future__ import annotations

from testamur.kernel.refusal import _

MEASURE = _("Measure the objective: {objective}")
APPROVE = _("Approve version {number} of {document}, or send it back")
READ = _("Read version {number} of {document}, and say so")
REVIEW = _("Look whether {document} still fits")
CHOOSE_FILE = _("Choose the file.")
BETTER = {"more": _("more is better"), "less": _("less is better")}
PROGRAMMES = {"gap": _("something is not planned"), "running": _("under way"), "complete": _("complete")}
READING = {"unread": _("not read yet"), "read": _("read")}
HOLD = _("Hold audit {number} and report it")
CLOSE = _("Close audit {number} when each nonconformity is being cured")
GAP = _("Plan an audit of what nobody looks at: {names}")
DECIDED = _("{number}: {decision}")
