"""Proficiency testing by interlaboratory comparison (ISO 13528, ISO/IEC 17043)."""

NAMES = {
    "algorithm_a": "consensus",
    "algorithm_s": "consensus",
    "qn": "consensus",
    "q_method": "consensus",
    "hampel": "consensus",
    "consensus": "overview",
    "robust_summary": "overview",
    "censored": "censoring",
    "kernel_density": "density",
    "scores": "scoring",
    "horwitz": "scoring",
    "homogeneity": "material",
    "stability": "material",
    "expanded_criterion": "material",
}
