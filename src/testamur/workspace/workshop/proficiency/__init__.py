"""Screens of ``testamur.proficiency``."""
