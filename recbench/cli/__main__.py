"""``python -m recbench.cli`` does what ``recbench`` does."""

from recbench.cli import main

main()
