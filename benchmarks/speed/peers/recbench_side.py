"""A method of the registry: ``python -m benchmarks.speed.peers.recbench_side METHOD FOLDER``. One thread."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import torch

import recbench as rb
from benchmarks.speed.peers.problem import read_task
from benchmarks.speed.peers.serving import AT_ONCE, serve


class Registered:
    """A registered method on a problem; its people get what a benchmark cell of this seed has for them."""

    def __init__(self, name: str, folder: Path) -> None:
        torch.set_num_threads(1)
        self.task, ids = read_task(folder)
        self.seed = 0
        self.method = rb.get_method(name)
        with np.load(folder / "arrays.npz") as arrays:
            self.people = torch.from_numpy(arrays["people"])
        self.streams = rb.Rng(self.seed).stream("method", name).stream("generate").people(ids)

    def fit(self) -> None:
        """Fit the method."""
        self.method.fit(self.task, self.seed)

    def warm(self, people: int) -> None:
        """Answer a few: libraries import what they need on first use."""
        self.generate(min(people, 2))

    def generate(self, people: int) -> np.ndarray:
        """Return counterfactuals (people, d)."""
        parts = []
        for start in range(0, people, AT_ONCE):
            rows = slice(start, min(start + AT_ONCE, people))
            answer = self.method.method.generate(self.people[rows], self.streams.of(rows))
            parts.append(answer.counterfactuals if isinstance(answer, rb.Recourse) else answer)
        found: np.ndarray = torch.cat(parts).detach().numpy()
        return found


if __name__ == "__main__":
    serve(lambda: Registered(sys.argv[1], Path(sys.argv[2])))
