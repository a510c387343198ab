"""What an enterprise remembers of its quality work."""

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

__all__ = [
    "Analysis",
    "Containment",
    "EffectCheck",
    "FishboneCause",
    "Member",
    "Prevention",
    "Problem",
    "ProblemAction",
    "ProblemFile",
    "StepPlan",
]
