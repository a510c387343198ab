"""What improvement remembers, a noun a module."""

from testamur.improvement.models.audits import AuditFinding, AuditProgramme, AuditTarget, InternalAudit
from testamur.improvement.models.boards import Board, BoardCard
from testamur.improvement.models.control_plans import ControlPlan, ControlPlanEdition, ControlPlanRow, RowLook
from testamur.improvement.models.costs import QualityCost
from testamur.improvement.models.documents import (
    Acknowledgement,
    ControlledDocument,
    Distribution,
    DocumentReview,
    DocumentVersion,
    Training,
)
from testamur.improvement.models.objectives import Measurement, Objective
from testamur.improvement.models.problems import (
    Analysis,
    Containment,
    EffectCheck,
    FishboneCause,
    Member,
    Prevention,
    Problem,
    ProblemAction,
    ProblemFile,
    StepPlan,
)
from testamur.improvement.models.processes import Process
from testamur.improvement.models.reviews import ManagementReview, ReviewDecision, ReviewRemark
from testamur.improvement.models.risks import FailureMode, Fmea, Rating, RiskAction
from testamur.improvement.models.suppliers import Supplier, SupplierApproval, SupplierCertificate, SupplierScore

__all__ = [
    "Acknowledgement",
    "Analysis",
    "AuditFinding",
    "AuditProgramme",
    "AuditTarget",
    "Board",
    "BoardCard",
    "Containment",
    "ControlPlan",
    "ControlPlanEdition",
    "ControlPlanRow",
    "ControlledDocument",
    "Distribution",
    "DocumentReview",
    "DocumentVersion",
    "EffectCheck",
    "FailureMode",
    "FishboneCause",
    "Fmea",
    "InternalAudit",
    "ManagementReview",
    "Measurement",
    "Member",
    "Objective",
    "Prevention",
    "Problem",
    "ProblemAction",
    "ProblemFile",
    "Process",
    "QualityCost",
    "Rating",
    "ReviewDecision",
    "ReviewRemark",
    "RiskAction",
    "RowLook",
    "StepPlan",
    "Supplier",
    "SupplierApproval",
    "SupplierCertificate",
    "SupplierScore",
    "Training",
]
