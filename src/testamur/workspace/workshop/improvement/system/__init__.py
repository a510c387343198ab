"""Screens of the management system: objectives, documents, audits, reviews, suppliers."""
