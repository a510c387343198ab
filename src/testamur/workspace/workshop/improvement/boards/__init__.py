"""Screens of PDCA boards."""
