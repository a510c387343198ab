"""Screens of the cost of quality."""
