"""Screens of FMEA sheets."""
