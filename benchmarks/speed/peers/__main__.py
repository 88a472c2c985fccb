"""``python -m benchmarks.speed.peers``, from the root of the repository."""

from benchmarks.speed.peers.compare import command

if __name__ == "__main__":
    command()
