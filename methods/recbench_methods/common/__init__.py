"""What several methods share; no method's room imports another's."""
