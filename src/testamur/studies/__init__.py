"""Characteristics, their data, control charts with frozen limits, and studies that stand as evidence in a case."""
