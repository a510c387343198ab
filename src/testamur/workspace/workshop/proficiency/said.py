"""Words of the pages of proficiency: states, ways, ratings, flags. Message ids; translated where they are shown."""

from __future__ import annotations

from testamur.kernel.refusal import _

STATES = {
    "draft": (_("draft"), "mute"),
    "open": (_("open for enrolment"), "info"),
    "dispatched": (_("items dispatched"), "info"),
    "reported": (_("reported"), "ok"),
    "cancelled": (_("cancelled"), "bad"),
}
VALUE_BY = {
    "algorithm_a": _("consensus, Algorithm A"),
    "q_hampel": _("consensus, Q/Hampel"),
    "median": _("consensus, median"),
    "known": _("known by formulation"),
    "reference": _("reference value"),
}
SIGMA_BY = {
    "prescribed": _("prescribed"),
    "horwitz": _("by Horwitz, from the level"),
    "data": _("robust standard deviation of the results"),
}
SCORE_BY = {
    "z": _("z; z′ where the assigned value is uncertain"),
    "z_prime": _("z′"),
    "zeta": _("ζ"),
    "En": _("E_n"),
}
MATERIAL = {
    "mean": _("General mean"),
    "s_w": _("Standard deviation within items"),
    "s_s": _("Standard deviation between items"),
    "criterion_0_3_sigma_pt": _("Criterion 0.3 σ_pt"),
    "criterion_expanded": _("Expanded criterion"),
    "items": _("Items"),
    "replicates": _("Results for each item"),
    "stability_mean": _("Mean of the items measured later"),
    "stability_difference": _("Difference of the means"),
}
RATINGS = {
    "acceptable": (_("acceptable"), "ok"),
    "warning": (_("warning signal"), "warn"),
    "action": (_("action signal"), "bad"),
    "none": (_("no score"), "mute"),
}
ADMITS = {"everybody": _("every laboratory"), "invited": _("invited laboratories only")}
GROUPING = {
    "one": _("One group: codes, number of results and spread are published to its participants."),
    "joint": _("Groups that do not see each other share the assigned value; no number and no spread is published."),
    "apart": _("Groups that do not see each other are judged and told each by itself."),
}
FLAGS = {
    "few": _("Fewer than 12 results: the assigned value is uncertain. Consider z′, or a reference value."),
    "uncertain_assigned_value": _("u(x_pt) exceeds 0.3 σ_pt: scores are z′."),
    "no_variation": _("All results are equal, or nearly all. Were they copied, or rounded too coarsely?"),
    "material": _("The uncertainty of the material is part of u(x_pt)."),
    "material_insufficient": _(
        "The last check finds the material not sufficient. Say in the comment what that means, or cancel the round."
    ),
    "missing": _("{code}: no result."),
    "below": _("{code}: below a limit; no score."),
    "below_contradicts": _("{code}: states less than a limit far below the assigned value."),
    "decimal_shift": _("{code}: looks like a shifted decimal mark or another unit."),
    "far": _("{code}: more than five robust standard deviations away. Is it a blunder?"),
    "low_uncertainty": _("{code}: states an uncertainty smaller than that of the assigned value."),
}
SIGNALS = {
    "action": _("|score| of 3 or more"),
    "two_warnings": _("two rounds in a row with |score| above 2"),
    "drift": _("a slow drift: the cumulative sum left its interval"),
}
