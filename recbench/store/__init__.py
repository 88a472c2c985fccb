"""The store: one folder of results, which is the truth."""
