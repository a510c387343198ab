"""What an enterprise remembers of its quality work."""

from testamur.improvement.models.boards import Board, BoardCard
from testamur.improvement.models.control_plans import ControlPlan, ControlPlanEdition, ControlPlanRow
from testamur.improvement.models.costs import QualityCost
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
from testamur.improvement.models.risks import FailureMode, Fmea, Rating, RiskAction

__all__ = [
    "Analysis",
    "Board",
    "BoardCard",
    "Containment",
    "ControlPlan",
    "ControlPlanEdition",
    "ControlPlanRow",
    "EffectCheck",
    "FailureMode",
    "FishboneCause",
    "Fmea",
    "Member",
    "Prevention",
    "Problem",
    "ProblemAction",
    "ProblemFile",
    "QualityCost",
    "Rating",
    "RiskAction",
    "StepPlan",
]
