"""``python -m benchmarks.consistency``, from the root of the repository."""

from benchmarks.consistency.run import main

if __name__ == "__main__":
    main()
