"""Acceptance sampling by attributes and by variables (ISO 2859, ISO 3951)."""

NAMES = {
    "code_letter": "letters",
    "plan_single": "attributes",
    "plan_double": "attributes",
    "plan_variables": "variables",
    "matched_variables_plan": "variables",
    "estimated_fraction": "fraction",
    "allowed_fraction": "fraction",
    "accept_by_variables": "fraction",
    "Stages": "curves",
    "oc_curve": "curves",
    "oc_variables": "curves",
    "aoq": "curves",
    "aoql": "curves",
    "ati": "curves",
    "asn": "curves",
    "find_plan": "design",
    "zero_acceptance": "design",
    "isolated_lot": "design",
    "SwitchingState": "switching",
    "switching": "switching",
}
