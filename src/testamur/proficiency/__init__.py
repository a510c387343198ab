"""Proficiency tests: rounds, blinded participants, homogeneity, results, scores, reports, drift."""
