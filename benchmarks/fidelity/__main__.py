"""``python -m benchmarks.fidelity``, from the root of the repository."""

from benchmarks.fidelity.compare import main

if __name__ == "__main__":
    main()
