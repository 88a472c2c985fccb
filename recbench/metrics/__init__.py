"""Metrics: what a recourse is worth, person by person."""
