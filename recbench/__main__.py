"""``python -m recbench`` does what ``recbench`` does."""

from recbench.cli import main

main()
