"""Holders under several names: spellings gathered from records, likely pairs suggested, links that people confirmed."""
