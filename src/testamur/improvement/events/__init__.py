"""What improvement tells the journal."""

from testamur.improvement.events import problems  # noqa: F401
