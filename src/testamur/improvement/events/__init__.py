"""What improvement tells the journal."""

from testamur.improvement.events import problems, risks  # noqa: F401
