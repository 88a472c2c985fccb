"""Run: plan the cells of a suite, compute them, and keep what came of them."""
