"""Reports: statistics, tables and figures, from the store alone."""
