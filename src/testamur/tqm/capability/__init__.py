"""Process capability and performance with intervals, lower bound first (ISO 22514-1, -2, -4)."""

NAMES = {
    "Capability": "normal",
    "capability_boxcox": "boxcox",
    "capability_from_parameters": "normal",
    "capability_normal": "normal",
    "capability_quantile": "quantile",
    "normality": "fit",
    "stability_gate": "gate",
    "tolerance_interval": "tolerance",
}
