"""Screens of reporting in: files that are uploaded, looked at and taken in, who is late, and where two do not agree."""
