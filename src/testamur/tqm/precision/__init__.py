"""Precision of measurement methods: repeatability and reproducibility (ISO 5725-2)."""

NAMES = {
    "cochran": "outliers",
    "grubbs": "outliers",
    "grubbs_double": "outliers",
    "mandel": "outliers",
    "precision_study": "study",
    "functional_relation": "relation",
}
