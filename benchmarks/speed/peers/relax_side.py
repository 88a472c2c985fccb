"""jax-relax 0.2.9, in its own environment: ``python -m benchmarks.speed.peers.relax_side METHOD FOLDER``.

Each feature is a min-max scaled column of relax's own data module, on the training rows that recbench's
methods have, so relax keeps immutables and the training range. It knows no directions and no steps, and
categories are points of the same code as in the network's input. The target is the favourable class;
``generate_cf_explanations`` hands in what mirrors the prediction, with which ``VanillaCF`` is accepted less
often at several times the cost. Functions are mapped over people (``VmapStrategy``, relax's default) and
compiled once per number of people: as shipped it compiles anew in every call, since a loss made for each call
is part of the key.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.speed.peers.serving import AT_ONCE, check_network, layers, serve

os.environ["KERAS_BACKEND"] = "jax"

SETTINGS: dict[str, tuple[str, dict[str, Any]]] = {
    "VanillaCF, 1,000 steps": ("VanillaCF", {"n_steps": 1000}),
    "VanillaCF": ("VanillaCF", {}),
    "DiverseCF": ("DiverseCF", {}),
    "ProtoCF": ("ProtoCF", {}),
    "CLUE": ("CLUE", {}),
    "CCHVAE": ("CCHVAE", {}),
    "GrowingSphere": ("GrowingSphere", {}),
}
"""Class and parameters of each contestant; what is left out is as shipped."""


class Relax:
    """A method of ``relax.methods`` on a problem."""

    def __init__(self, name: str, folder: Path) -> None:
        import jax
        from relax import methods
        from relax.data_module import DataModule
        from relax.data_utils.features import Feature, FeaturesList
        from relax.strategy import VmapStrategy

        kind, settings = SETTINGS[name]
        with np.load(folder / "arrays.npz") as arrays:
            x, y, self.people = arrays["x"], arrays["y"], arrays["people"]
            immutable, probability = arrays["immutable"], arrays["probability"]
            self.predict = _network(layers(arrays))
        check_network(np.asarray(self.predict(self.people))[:, 1], probability)
        constant = x.min(axis=0) == x.max(axis=0)
        columns = [
            Feature(
                f"f{j}",
                x[:, j : j + 1],
                transformation="identity" if constant[j] else "minmax",
                is_immutable=bool(immutable[j]),
            )
            for j in range(x.shape[1])
        ]
        label = Feature("label", y[:, None].astype("float32"), transformation="identity")
        self.data = DataModule(FeaturesList(columns), FeaturesList([label]), name="problem")
        if np.abs(np.asarray(self.data.xs) - x).max() > 1e-6:
            raise ValueError("relax scales the training rows otherwise")
        self.method = getattr(methods, kind)(settings or None)
        strategy = VmapStrategy()
        self.answer = jax.jit(
            lambda x, targets, keys: strategy(self.method.generate_cf, x, self.predict, targets, keys)
        )

    def fit(self) -> None:
        """Train what the method trains, ten epochs as shipped."""
        from relax.explain import prepare_cf_module

        prepare_cf_module(self.method, self.data, self.predict)

    def warm(self, people: int) -> None:
        """Compile for this number of people."""
        self.generate(people)

    def generate(self, people: int) -> np.ndarray:
        """Return counterfactuals (people, d), or (people, 5, d) of the diverse ones."""
        from relax.explain import prepare_rng_keys

        size = min(people, AT_ONCE)
        favourable = np.tile(np.array([0.0, 1.0], dtype="float32"), (size, 1))
        parts = []
        for start in range(0, people, size):
            # The last part is filled up with people answered before: another shape would be compiled.
            first = min(start, people - size)
            rows = self.people[first : first + size]
            keys = prepare_rng_keys(None, people)[first : first + size]
            answer = np.asarray(self.answer(rows, favourable, keys))
            parts.append(answer[start - first :])
        return np.concatenate(parts)


def _network(weights: list[tuple[np.ndarray, np.ndarray]]) -> Any:
    """Return relax's predict function, from (n, d) rows to (n, 2) probabilities, of a ReLU network."""
    import jax
    import jax.numpy as jnp

    def predict(x: Any) -> Any:
        for weight, bias in weights[:-1]:
            x = jax.nn.relu(x @ weight.T + bias)
        weight, bias = weights[-1]
        favourable = jax.nn.sigmoid(x @ weight.T + bias)
        return jnp.concatenate([1 - favourable, favourable], axis=-1)

    return predict


if __name__ == "__main__":
    serve(lambda: Relax(sys.argv[1], Path(sys.argv[2])))
