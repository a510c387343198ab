"""The scheme language: reads, checks, composes, flattens. Plain Python: no framework, no database."""
