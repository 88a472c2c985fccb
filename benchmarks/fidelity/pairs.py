"""Which native method is compared with which published implementation, and where they differ on purpose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Pair:
    """A native method and its original.

    Attributes:
        native: name of the native method.
        original: name of the wrapped one.
        purpose: what the native one does otherwise on purpose; stands beside the row.
        unbounded: the original searches the inputs themselves and leaves the training range.
        blind: the original reads neither immutables nor ranges, so it answers the same with and without.
        settings: parameters of the native method that undo what its defaults do otherwise.
    """

    native: str
    original: str
    purpose: str
    unbounded: bool = False
    blind: bool = True
    settings: Mapping[str, object] = field(default_factory=dict)

    @property
    def native_label(self) -> str:
        """The native method and its settings, as the table names it."""
        return ", ".join([self.native, *(f"{name}={value}" for name, value in self.settings.items())])


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
        "takes back needless changes (the paper's Algorithm 2), which CARLA leaves out",
        unbounded=True,
        blind=False,
    ),
    Pair(
        "cchvae",
        "carla-cchvae",
        "the autoencoder is conditional on immutables, models categories and is trained with an annealed KL"
        " term; CARLA's adds a mean squared error to a summed KL and collapses",
    ),
    Pair(
        "revise",
        "carla-revise",
        "the autoencoder is the same as that of cchvae, and of the accepted decodings the cheapest is kept;"
        " CARLA keeps the one with the lowest loss",
    ),
    Pair(
        "cruds",
        "carla-cruds",
        "the search begins at the person's own code and at draws from the target class; CARLA's begins at"
        " one uniform draw",
    ),
    Pair(
        "clue",
        "carla-clue",
        "pulls towards the target class and begins at the person's code; CARLA's lowers the entropy only and"
        " begins at zero",
    ),
    Pair(
        "face",
        "carla-face",
        "the graph holds all training rows and end points must be clearly accepted and in a dense region;"
        " CARLA's holds a tenth, drawn anew for each person, and takes the nearest accepted row",
        blind=False,
    ),
    Pair(
        "face",
        "carla-face",
        "end points as in CARLA, every accepted row; its graph holds a tenth of the rows, drawn anew for each"
        " person, and has edges for people with one value of the last immutable feature only",
        blind=False,
        settings={"prediction": 0, "density": 0},
    ),
    Pair(
        "dice",
        "dice-ml-random",
        "the paper's hinge loss leads one logit beyond the threshold (P = 0.73), its distance is counted in"
        " median deviations, and its determinant pushes a person's points apart, and so away; dice-ml's"
        " changes as few features as it can at random and stops at the threshold",
        blind=False,
    ),
    Pair(
        "dice",
        "dice-ml-genetic",
        "as above; dice-ml's is a genetic search",
        blind=False,
    ),
)
"""Every native method that has an original on hand."""
