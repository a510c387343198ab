"""The way from an opened case to the beginning of determination, under the real schemes."""

from testamur.selection.models import Case


def test_a_quality_management_case_reaches_determination(world):
    case = world.determining()

    assert case.stage == Case.Stage.DETERMINATION
