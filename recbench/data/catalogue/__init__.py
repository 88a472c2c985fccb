"""The catalogue: data sets that come with recbench."""
