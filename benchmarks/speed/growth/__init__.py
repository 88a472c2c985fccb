"""Growth: how seconds and memory grow with people and with features."""
