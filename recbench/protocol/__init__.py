"""The protocol: from a data set, a recipe and a seed to a task and its judge."""
