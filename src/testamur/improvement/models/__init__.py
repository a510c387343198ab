"""What improvement remembers, a noun a module."""

from testamur.improvement.models.audits import AuditFinding, AuditProgramme, AuditTarget, InternalAudit
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
    "AuditFinding",
    "AuditProgramme",
    "AuditTarget",
    "ControlledDocument",
    "Distribution",
    "DocumentReview",
    "DocumentVersion",
    "InternalAudit",
    "Measurement",
    "Objective",
    "Process",
    "Training",
]
