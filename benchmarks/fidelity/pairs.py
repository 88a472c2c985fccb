"""Which native method is compared with which published implementation, and where they differ on purpose."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Pair:
    """A native method and its original.

    Attributes:
        native: name of the native method.
        original: name of the wrapped one.
        purpose: what the native one does otherwise on purpose; stands beside the row.
        unbounded: the original searches the inputs themselves and leaves the training range.
        blind: the original reads neither immutables nor ranges, so it answers the same with and without.
    """

    native: str
    original: str
    purpose: str
    unbounded: bool = False
    blind: bool = True


PAIRS = (
    Pair(
        "wachter",
        "carla-wachter",
        "the weight of the distance adapts per person both ways and the cheapest accepted point is kept;"
        " CARLA's stops at the first accepted point",
        unbounded=True,
    ),
    Pair(
        "growing-spheres",
        "carla-growing-spheres",
        "measures distance as the task's cost and makes unneeded changes undone (the paper's second step),"
        " which CARLA leaves out",
        unbounded=True,
        blind=False,
    ),
    Pair("cchvae", "carla-cchvae", "the VAE is conditional on immutables and its KL term is annealed"),
    Pair("revise", "carla-revise", "the VAE models categories and its KL term is annealed"),
    Pair("cruds", "carla-cruds", "the latent search starts from the person, not from a random point"),
    Pair("clue", "carla-clue", "searches for the target class; CARLA's takes any certain prediction"),
    Pair(
        "face",
        "carla-face",
        "the graph holds all training rows; CARLA's a tenth of them, drawn anew for each person",
        blind=False,
    ),
    Pair(
        "dice",
        "dice-ml-random",
        "gradient search with the determinantal term; dice-ml's samples at random",
        blind=False,
    ),
    Pair(
        "dice",
        "dice-ml-genetic",
        "gradient search with the determinantal term; dice-ml's is a genetic search",
        blind=False,
    ),
)
"""Every native method that has an original on hand."""
