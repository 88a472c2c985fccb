"""Speed: what recbench itself costs, measured by commands that anyone can run."""
