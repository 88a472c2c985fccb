"""Data: schema, encoding and the tables of a data set."""
