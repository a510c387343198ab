"""Measurement systems: gauge repeatability and reproducibility, bias, linearity, stability, agreement of ratings."""

NAMES = {
    "GageRR": "anova",
    "attribute_agreement": "agreement",
    "bias_study": "studies",
    "cohen_kappa": "kappa",
    "fleiss_kappa": "kappa",
    "gage_rr_average_range": "average_range",
    "gage_rr_crossed": "anova",
    "gage_rr_nested": "nested",
    "kendall_w": "kappa",
    "linearity_study": "studies",
    "measurement_capability": "budget",
    "stability_study": "studies",
}
