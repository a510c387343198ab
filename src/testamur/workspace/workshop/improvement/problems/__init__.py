"""Screens of problems: the list, the page of one, its report."""
