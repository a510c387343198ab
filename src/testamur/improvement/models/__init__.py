"""What improvement remembers, a noun a module."""

from testamur.improvement.models.objectives import Measurement, Objective
from testamur.improvement.models.processes import Process

__all__ = ["Measurement", "Objective", "Process"]
