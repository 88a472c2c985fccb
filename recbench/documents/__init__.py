"""Documents: what people write, read into typed models."""
