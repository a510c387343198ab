"""What improvement tells the journal."""

from testamur.improvement import events_system  # noqa: F401 - describes its kinds
