"""Screens of ``testamur.improvement``."""
