"""``python -m benchmarks.speed.growth``, from the root of the repository."""

from benchmarks.speed.growth.command import command

if __name__ == "__main__":
    command()
