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
from testamur.improvement.models.reviews import ManagementReview, ReviewDecision, ReviewRemark
from testamur.improvement.models.suppliers import Supplier, SupplierApproval, SupplierCertificate, SupplierScore

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
    "ManagementReview",
    "Measurement",
    "Objective",
    "Process",
    "ReviewDecision",
    "ReviewRemark",
    "Supplier",
    "SupplierApproval",
    "SupplierCertificate",
    "SupplierScore",
    "Training",
]
