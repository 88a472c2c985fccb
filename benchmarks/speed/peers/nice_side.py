"""NICEx 0.2.3, in an environment of its own: ``python -m benchmarks.speed.peers.nice_side METHOD FOLDER``.

It takes values from training rows, so they lie on their steps; it knows no immutables and no directions. It
answers one person at a time.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from benchmarks.speed.peers.serving import check_network, layers, serve

SETTINGS = {"NICE, nearest row": "none", "NICE": "sparsity"}
"""``optimization`` of each contestant; ``sparsity`` is what it does by default."""


class Nice:
    """NICE on a problem."""

    def __init__(self, name: str, folder: Path) -> None:
        self.optimization = SETTINGS[name]
        with np.load(folder / "arrays.npz") as arrays:
            self.x, self.y = arrays["x"].astype("float64"), arrays["y"]
            self.people = arrays["people"].astype("float64")
            self.categories = np.flatnonzero(arrays["nominal"]).tolist()
            probability = arrays["probability"]
            self.weights = layers(arrays)
        check_network(self.predict(self.people)[:, 1], probability)

    def predict(self, x: np.ndarray) -> np.ndarray:
        """Return (n, 2) probabilities of (n, d) rows."""
        for weight, bias in self.weights[:-1]:
            x = np.maximum(x @ weight.T + bias, 0)
        weight, bias = self.weights[-1]
        favourable = 1 / (1 + np.exp(-(x @ weight.T + bias)))
        return np.concatenate([1 - favourable, favourable], axis=1)

    def fit(self) -> None:
        """Let NICE look at the training rows."""
        from nice import NICE

        self.nice = NICE(
            predict_fn=self.predict,
            X_train=self.x,
            cat_feat=self.categories,
            y_train=self.y,
            optimization=self.optimization,
        )

    def warm(self, people: int) -> None:
        """Answer a few."""
        self.generate(min(people, 2))

    def generate(self, people: int) -> np.ndarray:
        """Return counterfactuals (people, d)."""
        return np.concatenate([self.nice.explain(one[None].copy()) for one in self.people[:people]])


if __name__ == "__main__":
    serve(lambda: Nice(sys.argv[1], Path(sys.argv[2])))
