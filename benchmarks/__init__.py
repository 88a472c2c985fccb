"""Suites, and experiments that use recbench as anybody can: through `import recbench` and nothing behind."""
