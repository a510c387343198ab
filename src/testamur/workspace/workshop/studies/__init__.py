"""Screens of ``testamur.studies``."""
