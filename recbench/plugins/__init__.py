"""Plug-ins: cards, the registry that lists them, and their parameters. Nothing here imports torch."""
