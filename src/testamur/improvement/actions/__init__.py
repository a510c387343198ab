"""Verbs of an enterprise's quality work: keyword-only, one transaction, one event."""
