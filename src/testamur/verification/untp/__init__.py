"""UNTP credentials, one module for each pinned version; versions are never mixed in one credential."""
