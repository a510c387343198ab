"""Verbs of improvement; a module for each noun."""
