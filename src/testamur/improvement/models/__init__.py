"""What improvement remembers, a noun a module."""

from testamur.improvement.models.documents import (
    Acknowledgement,
    ControlledDocument,
    Distribution,
    DocumentReview,
    DocumentVersion,
    Training,
)
from testamur.improvement.models.objectives import Measurement, Objective
from testamur.improvement.models.processes import Process

__all__ = [
    "Acknowledgement",
    "ControlledDocument",
    "Distribution",
    "DocumentReview",
    "DocumentVersion",
    "Measurement",
    "Objective",
    "Process",
    "Training",
]
