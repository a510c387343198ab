"""Screens of control plans."""
