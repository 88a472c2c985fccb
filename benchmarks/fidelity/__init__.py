"""Fidelity: do the native methods do what the published implementations do, on the same people?"""
