"""Screens of the workspace, one file a noun."""
