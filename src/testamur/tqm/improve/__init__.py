"""Improvement: Pareto analysis, failure mode and effects analysis, 8D problem solving."""

NAMES = {
    "pareto": "pareto_chart",
    "fmea_action_priority": "fmea",
    "fmea_rpn": "fmea",
    "EightD": "eight",
    "eight_d": "eight",
}
