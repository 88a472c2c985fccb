"""The API: what ``import recbench`` offers. The command line is parsing, one call in here, and printing."""
