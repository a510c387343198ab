"""What improvement tells the journal."""

from testamur.improvement.events import problems, risks, system  # noqa: F401
