"""Verbs that change the world of proficiency tests, by the noun they act on."""
