"""Data sets: the catalogue, and a person's own tables."""
