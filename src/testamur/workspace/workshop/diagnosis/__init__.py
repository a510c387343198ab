"""Screens of ``testamur.diagnosis``."""
